"""Governance after NIST's AI risk framework (requirements W): where AI is used, where it fails, who answers, what holds."""

from __future__ import annotations

from collections import Counter

from holdshort.core.golive.facts import Facts
from holdshort.core.roles import TITLES
from holdshort.core.rules.walk import names_in

_USES = {
    "H1": "classify the lane", "H2": "extract facts", "H3": "summarise gaps and conflicts", "H4": "suggest a reviewer",
    "H5": "draft internal questions and tasks", "H6": "draft customer messages", "H7": "prepare packets",
    "H8": "cluster decided cases",
}  # fmt: skip
_MOST = 12


def governance(facts: Facts) -> dict[str, tuple[str, ...]]:
    """The four parts, in words, from the register of the lane."""
    glossary = facts.playbook.glossary
    about_ai = [
        each
        for each in facts.cases
        if any(glossary.names[name].is_about_ai for name in names_in(each.trigger, glossary))
    ]
    uses = Counter(use.capability for each in facts.cases for use in each.ai)
    owners = Counter(each.owner for each in about_ai)
    return {
        "map": tuple(f"AI may {_USES[code]} in {count} rows" for code, count in sorted(uses.items()))
        or ("AI is used in no row",),
        "measure": tuple(f"{each.case}: {' '.join(each.scenario.split())}" for each in about_ai[:_MOST])
        or ("no row says how AI could fail",),
        "govern": tuple(
            f"{TITLES.get(role, role)} ({', '.join(facts.playbook.settings.people.get(role, ())) or 'nobody'}) owns {count} rows about AI output"
            for role, count in owners.most_common()
        )
        or ("nobody owns AI output",),
        "manage": tuple(
            f"{each.case} ({each.tier}) holds "
            + (
                "every customer-facing action and system write"
                if each.tier == "hold"
                else f"{len(each.holds)} kinds of action"
            )
            for each in about_ai[:_MOST]
        )
        or ("no hold is in force",),
    }
