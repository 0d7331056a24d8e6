"""
The pause rule for what assist says (requirements L7): six reasons, those that a rule can find first.

A paused suggestion may be read; nothing starts from it. No suggestion, paused or not, lifts a hold: the gate does not take one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Literal

from holdshort.core.calibration import Reliability
from holdshort.core.citing import is_genuine
from holdshort.core.documents import Snapshot
from holdshort.core.spotting import spots
from holdshort.core.suggestions import Extracted, Suggestion

PauseReason = Literal["L7.1", "L7.2", "L7.3", "L7.4", "L7.5", "L7.6"]
REASONS: dict[PauseReason, str] = {
    "L7.1": "it cites nothing, or what it cites does not stand there",
    "L7.2": "its sources say different things",
    "L7.3": "its confidence is too low, or nobody has measured it",
    "L7.4": "it contradicts contract or CRM",
    "L7.5": "a person, date, plan or commitment in it is doubtful",
    "L7.6": "it would reach the customer while evidence is missing",
}
_SETTLED = ("contract", "order_form", "crm")
_SAME_THING = {"plan": "plan", "amount": "value"}


def why_paused(
    suggestion: Suggestion,
    snapshot: Snapshot,
    threshold: Decimal,
    measured: Mapping[tuple[str, str], Reliability] = {},
) -> tuple[str, ...]:
    """
    Every reason why nothing may start from `suggestion`, each beginning with its code; none where none applies.

    Args:
        threshold: The playbook's, from 0 to 1.
        measured: What reviewers kept so far, by field and source.

    Confidence is looked at last and only ever adds a reason: a higher one takes no other away.
    """
    return tuple(f"{code}: {why}" for code, why in _reasons(suggestion, snapshot, threshold, measured))


def paused(
    suggestion: Suggestion,
    snapshot: Snapshot,
    threshold: Decimal,
    measured: Mapping[tuple[str, str], Reliability] = {},
) -> Suggestion:
    """The suggestion with the reasons that pause it."""
    return replace(suggestion, paused=why_paused(suggestion, snapshot, threshold, measured))


def _reasons(
    suggestion: Suggestion,
    snapshot: Snapshot,
    threshold: Decimal,
    measured: Mapping[tuple[str, str], Reliability],
) -> Iterator[tuple[PauseReason, str]]:
    if any(not is_genuine(each, snapshot) for each in suggestion.every_citation):
        yield "L7.1", "a citation is not what stands in its source"
    elif not suggestion.confidence.by_rules and suggestion.content and not suggestion.every_citation:
        yield "L7.1", REASONS["L7.1"]
    elif any(each.reason == "no citation" for each in suggestion.withheld):
        yield "L7.1", "a part of it cites nothing"
    differing = _differ(suggestion.fields)
    if differing:
        yield "L7.2", f"its sources give different {differing}s"
    elif any(each.conflicting for each in snapshot.concerns):
        cases = ", ".join(each.case for each in snapshot.concerns if each.conflicting)
        yield "L7.2", f"systems differ ({cases})"
    against = _contradicts(suggestion, snapshot)
    if against:
        yield "L7.4", against
    doubtful = _doubtful(suggestion)
    if doubtful:
        yield "L7.5", doubtful
    gaps = [name for each in snapshot.concerns for name in each.gaps]
    if suggestion.capability == "H6" and gaps:
        yield "L7.6", f"{', '.join(dict.fromkeys(gaps[:5]))} missing"
    yield from _unsure(suggestion, threshold, measured)


def _unsure(
    suggestion: Suggestion, threshold: Decimal, measured: Mapping[tuple[str, str], Reliability]
) -> Iterator[tuple[PauseReason, str]]:
    stated = suggestion.confidence.stated
    pairs = {(each.field, source_kind(each)) for each in suggestion.fields}
    if not suggestion.confidence.by_rules:
        if stated is None:
            yield "L7.3", "it states no usable confidence, which counts as none"
            return
        if stated < threshold:
            yield "L7.3", f"it states {stated}, the playbook asks for {threshold}"
            return
        missing = [
            key
            for key in pairs or {(suggestion.capability, "all")}
            if key not in measured or not measured[key].is_calibrated
        ]
        if missing:
            yield "L7.3", f"its confidence is not calibrated for {missing[0][0]} yet"
            return
    for key in sorted(pairs):
        found = measured.get(key)
        if found is not None and found.is_calibrated and Decimal(str(found.at_least)) < threshold:
            yield "L7.3", f"{key[0]} from {key[1]}: {found.words}"
            return


def source_kind(field: Extracted) -> str:
    """`notes` of `notes.N1`: reliability is measured by kind of source, not by single text."""
    return field.citation.source.partition(".")[0]


def _differ(fields: tuple[Extracted, ...]) -> str:
    """The kind of field for which two sources give different values of one thing."""
    for kind in ("plan", "amount", "go-live", "start"):
        said = {
            each.citation.source: each.value.casefold()
            for each in fields
            if each.field == kind and not each.note
        }
        if len(said) > 1 and len(set(said.values())) > 1:
            return kind
    return ""


def _contradicts(suggestion: Suggestion, snapshot: Snapshot) -> str:
    """A plan, amount or seat count that the paper gives otherwise."""
    for field in suggestion.fields:
        name = _SAME_THING.get(field.field)
        if name is None or field.note:
            continue
        held = {
            (each.id, each.value) for each in snapshot.facts if each.system in _SETTLED and each.field == name
        }
        said = {each.value for each in spots(field.value, snapshot.plans)} or {field.value.casefold()}
        for where, value in sorted(held):
            on_record = {each.value.partition(" ")[0] for each in spots(value, snapshot.plans)} or {
                value.casefold()
            }
            if not {each.partition(" ")[0] for each in said} & on_record:
                return f"{field.field} `{field.value[:40]}`, but {where} is `{value[:40]}`"
    lines = " ".join(suggestion.content) if suggestion.capability == "H6" else ""
    plans = {spot.value for spot in spots(lines, snapshot.plans) if spot.kind == "plan"}
    settled = {value.casefold() for value in snapshot.values("contract.plan", "crm.plan") if value}
    wrong = plans - settled if settled else set()
    return f"it names the plan {sorted(wrong)[0]}, which neither contract nor CRM has" if wrong else ""


_DOUBTED = ("stakeholder", "date", "plan", "promise", "amount")
_COMMITS = re.compile(r"\b(?:altered|other|hedge|negation|condition|hearsay|question|says more)\b")


def _doubtful(suggestion: Suggestion) -> str:
    for field in suggestion.fields:
        if field.field in _DOUBTED and field.note:
            return f"{field.field} `{field.value[:40]}`: the sentence is {field.note}"
    for each in suggestion.withheld:
        if _COMMITS.search(each.reason):
            return each.words
    return ""
