"""
The eight things that assist may do (requirements H), as functions from a frozen snapshot to suggestions.

None takes a store, a connector or a callback, and what they return is text with citations: there is nothing to act with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from holdshort.assist.clustering import Decided, cluster
from holdshort.assist.extracting import extract, unread
from holdshort.assist.lanes import place
from holdshort.core.clauses import Capability
from holdshort.core.documents import Concern, Snapshot
from holdshort.core.draft_check import WHY, Backing, backing_of, check_draft
from holdshort.core.roles import TITLES
from holdshort.core.suggestions import Suggestion, Withheld
from holdshort.core.templates import Template

VERSION = "built-in 1"


def role(id_: str) -> str:
    return TITLES.get(id_, id_.replace("_", " "))


@dataclass(frozen=True)
class Aids:
    """What drafts may use beside the snapshot: approved templates, values by glossary name, and what a draft may lean on."""

    templates: tuple[Template, ...] = ()
    values: Mapping[str, str] | None = None
    backing: Backing | None = None


def classify_lane(snapshot: Snapshot) -> Suggestion | None:
    """H1: a lane of the playbook with the facts that speak for it; nothing where none does."""
    placed = place(snapshot)
    if placed is None:
        return None
    doubt = (f"something speaks for {', '.join(placed.others)} too",) if placed.others else ()
    return _made("H1", (placed.lane, *placed.reasons), snapshot, uncertainty=(*doubt, *unread(snapshot)))


def extract_fields(snapshot: Snapshot) -> Suggestion | None:
    """H2: dates, amounts, people, integrations, promises, risks, criteria, outcomes, next steps; each with its words."""
    fields = extract(snapshot)
    doubts = unread(snapshot)
    if not fields and not doubts:
        return None
    unsure = tuple(
        f"{each.field} `{each.value[:60]}`: the sentence is {each.note}" for each in fields if each.note
    )
    content = tuple(f"{each.field}: {each.value}" for each in fields if not each.note)
    return Suggestion(
        "H2", content, fields=fields, uncertainty=(*doubts, *unsure[:20]), prompt_version=VERSION
    )


def summarise(snapshot: Snapshot) -> Suggestion | None:
    """H3: gaps, conflicts and what is uncertain, from what the rows found; nothing of it is new."""
    lines = [f"{each.case}: {why}" for each in snapshot.concerns for why in each.why]
    gaps = [f"{each.case} lacks {', '.join(each.gaps)}" for each in snapshot.concerns if each.gaps]
    unsure = [f"{each.case} cannot be told" for each in snapshot.concerns if each.result == "unknown"]
    if not lines and not gaps:
        return None
    return _made("H3", (*dict.fromkeys(lines), *gaps), snapshot, uncertainty=(*unsure, *unread(snapshot)))


def suggest_reviewer(snapshot: Snapshot) -> Suggestion | None:
    """H4: the owner of the strictest finding, as the register names it, and who comes after."""
    order = ("hold", "high", "medium", "low")
    named = [each for each in snapshot.concerns if each.owner not in ("", "none")]
    if not named:
        return None
    first = min(named, key=lambda each: (order.index(each.tier), each.result != "matched"))
    also = sorted({role(each.owner) for each in named} - {role(first.owner)})
    why = f"{first.case} is its strictest finding ({first.tier}); after it {role(first.escalation)}"
    rest = (f"other findings wait for {', '.join(also)}",) if also else ()
    return _made("H4", (role(first.owner), why, *rest), snapshot)


def draft_internal(snapshot: Snapshot) -> Suggestion | None:
    """H5: a question for each conflict and a missing-info task for each gap, to whom the row names."""
    lines = tuple(dict.fromkeys(line for each in snapshot.concerns for line in _questions(each)))
    return _made("H5", lines, snapshot) if lines else None


def _questions(concern: Concern) -> Sequence[str]:
    asked = ", ".join(role(each) for each in concern.asked_of) or role(concern.owner)
    if concern.gaps:
        what = "; ".join(concern.gaps)
        return (f"To {asked} ({concern.case}): please supply {what}. {_reason(concern)}",)
    if concern.conflicting:
        return (f"To {asked} ({concern.case}): which of these holds? {_reason(concern)}",)
    return (f"To {asked} ({concern.case}): please confirm or correct. {_reason(concern)}",)


def _reason(concern: Concern) -> str:
    return f"Why we ask: {'; '.join(concern.why[:3]) or concern.scenario}"


def draft_message(snapshot: Snapshot, aids: Aids) -> tuple[Suggestion, ...]:
    """
    H6: an approved template filled with values on record, where it concerns this onboarding. It is a draft for a person.

    A template with a value that is not on record is not drafted: nothing is made up in its place.
    """
    made = []
    backing = aids.backing or backing_of(snapshot)
    for template in aids.templates:
        filled, lacking = template.filled(aids.values or {})
        if lacking:
            continue
        commitments = (*backing.commitments, template.text)
        held = check_draft(filled, Backing(
            backing.facts, commitments, backing.plans, backing.domains, backing.secrets, backing.addresses,
        ))  # fmt: skip
        withheld = tuple(
            Withheld("says more", template.name, f"`{each.words[:60]}`: {WHY[each.why]}") for each in held[:5]
        )
        made.append(
            _made(
                "H6",
                () if held else (filled,),
                snapshot,
                uncertainty=(f"from the template {template.name}",),
                withheld=withheld,
            )
        )
    return tuple(made)


def prepare_notes(snapshot: Snapshot) -> Suggestion | None:
    """H7: for each finding the sentences of the sources that speak of it, word for word."""
    fields = extract(snapshot)
    wanted = {
        "promise": "promis", "risk": "risk", "success criterion": "success criteria", "outcome": "business outcome",
        "stakeholder": "stakeholder", "integration": "integration", "date": "timeline", "next step": "next step",
    }  # fmt: skip
    cited = []
    lines = []
    for concern in snapshot.concerns:
        about = " ".join((concern.scenario, *concern.why, *concern.gaps)).casefold()
        for each in fields:
            if wanted.get(each.field, "~") in about and each.citation not in cited:
                cited.append(each.citation)
                lines.append(f"{concern.case}: {each.citation.source} says “{each.citation.quote}”")
    if not lines:
        return None
    return Suggestion(
        "H7",
        tuple(lines[:20]),
        citations=tuple(cited[:20]),
        uncertainty=unread(snapshot),
        prompt_version=VERSION,
    )


def cluster_cases(decided: Sequence[Decided]) -> tuple[Suggestion, ...]:
    """H8: groups of decided cases that are alike, which may ask for a row of their own."""
    return tuple(
        Suggestion(
            "H8",
            (f"{len(each.members)} decided cases are alike: {', '.join(each.members[:12])}", f"they share: {', '.join(each.words)}"),
            uncertainty=(f"likeness {each.likeness}; alike in words is not the same cause",),
            cases=each.cases,
            prompt_version=VERSION,
        )
        for each in cluster(decided)
    )  # fmt: skip


def _made(
    capability: Capability,
    content: tuple[str, ...],
    snapshot: Snapshot,
    uncertainty: tuple[str, ...] = (),
    withheld: tuple[Withheld, ...] = (),
) -> Suggestion:
    return Suggestion(capability, content, uncertainty=uncertainty, withheld=withheld, prompt_version=VERSION)


_ONE: dict[Capability, Callable[[Snapshot], Suggestion | None]] = {
    "H1": classify_lane,
    "H2": extract_fields,
    "H3": summarise,
    "H4": suggest_reviewer,
    "H5": draft_internal,
    "H7": prepare_notes,
}


class BuiltIn:
    """The assistant that comes along: no model, no network. It quotes and fills in, and makes nothing up."""

    name = "built-in"

    def suggest(self, capability: Capability, snapshot: Snapshot, aids: Aids) -> tuple[Suggestion, ...]:
        """What it has to say for one capability; H8 is asked over many onboardings, with `cluster_cases`."""
        if capability == "H6":
            return draft_message(snapshot, aids)
        found = _ONE[capability](snapshot) if capability in _ONE else None
        return (found,) if found is not None else ()
