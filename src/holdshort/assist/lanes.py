"""Which lane an onboarding looks like, by rules that say why. A suggestion: the row or a person places it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from holdshort.core.documents import Snapshot
from holdshort.core.text import fold


@dataclass(frozen=True, slots=True)
class Placed:
    """A lane of the playbook with the facts that speak for it; `others` are lanes for which something speaks too."""

    lane: str
    reasons: tuple[str, ...]
    others: tuple[str, ...]


# In order of weight: a migration in an enterprise deal is a migration.
_RULES: tuple[tuple[str, str, str], ...] = (
    ("renewal or re-onboarding", r"deal_?type|pipeline|type", r"\b(?:renewal|re-?onboarding|expansion|existing)"),
    ("strategic account", r"segment|tier|account_type", r"strategic"),
    ("migration", r"migration", r"(?!(?:none|no|n/a|false|not in scope|0)\b)\S"),
    ("professional services", r"scope|services|package", r"professional[_ -]services|services[_ -]engagement|statement of work|\bsow\b"),
    ("enterprise implementation", r"segment", r"enterprise"),
    ("mid-market guided", r"segment", r"mid[_ -]?market"),
    ("tech-touch", r"segment|motion", r"\b(?:smb|small business|tech[_ -]?touch)"),
    ("self-serve", r"segment|motion|channel|type", r"self[_ -]?(?:serve|service)|portal[_ -]sign"),
)  # fmt: skip
_MANY = 3


def place(snapshot: Snapshot) -> Placed | None:
    """The first lane for which a fact speaks, or None: then nothing is suggested."""
    known = {fold(each): each for each in snapshot.lanes}
    found: dict[str, list[str]] = {}
    integrations = [
        each
        for each in snapshot.facts
        if re.search(r"(?:^|\.)integrations\.\d+$", each.field) and each.system == "order_form"
    ]
    if len(integrations) >= _MANY:
        found["integration-heavy"] = [f"the order form lists {len(integrations)} integrations"]
    for lane, field, value in _RULES:
        for fact in snapshot.facts:
            name = (
                fact.field.rpartition(".")[2] if not fact.field.rpartition(".")[2].isdigit() else fact.field
            )
            if (
                fact.system in ("crm", "order_form", "contract", "trigger")
                and re.search(rf"(?:^|_|\.)(?:{field})", name)
                and re.match(
                    rf".{{0,60}}?{value}" if not value.startswith("(?!") else value, fact.value, re.IGNORECASE
                )
            ):
                found.setdefault(lane, []).append(f"{fact.id} is {fact.value[:60]}")
    possible = [(known[fold(lane)], reasons) for lane, reasons in found.items() if fold(lane) in known]
    if not possible:
        return None
    order = ["renewal or re-onboarding", "strategic account", "migration", "integration-heavy"]
    possible.sort(key=lambda pair: order.index(pair[0]) if pair[0] in order else len(order))
    lane, reasons = possible[0]
    return Placed(lane, tuple(reasons[:3]), tuple(each for each, _ in possible[1:]))
