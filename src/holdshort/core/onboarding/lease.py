"""The evidence an approval rests on, and in words what has moved since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.answers import Answer, Finding
from holdshort.core.canonical import digest, plain
from holdshort.core.onboarding.events import DecisionRecorded, Seen
from holdshort.core.onboarding.looking import record_of
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import LIVE, Onboarding, Review
from holdshort.core.register import EdgeCase

_LONGEST_SHOWN = 120


@dataclass(frozen=True)
class Bound:
    """What a decision on a review rests on."""

    evidence: tuple[Seen, ...]
    checks: tuple[str, ...]
    """Gaps of the row: required evidence that is not there, checks that fail or cannot tell."""
    result: str
    tier: str
    row_digest: str

    def digest(self) -> str:
        """Changes exactly when something that the decision rests on changes."""
        return digest(
            {
                "evidence": [
                    [each.name, each.system, each.field, each.state, each.digest] for each in self.evidence
                ],
                "checks": list(self.checks),
                "result": self.result,
                "tier": self.tier,
                "row": self.row_digest,
            }
        )


def bind(review: Review, state: Onboarding, answer: Answer, world: World) -> Bound:
    """What a decision on this review would rest on now."""
    record = record_of(state, world)
    finding = finding_of(review, answer)
    row = world.program.row(review.case) if review.about == "finding" else None
    names = _with_lane(_cited(finding, row) if finding is not None else world.program.context, world)
    evidence = tuple(_seen(name, record, world) for name in names)
    if row is not None:
        evidence += tuple(_on_file(each.name, record, world) for each in row.evidence if each.is_system)
    return Bound(
        evidence,
        tuple(row_gaps(row, answer, world)) if row is not None else (),
        finding.result if finding is not None else "",
        finding.tier if finding is not None else review.tier,
        _text_digest(review, state, world),
    )


def _text_digest(review: Review, state: Onboarding, world: World) -> str:
    """Of the text that asks for the review: the row's, or what the catalogue says of the kind of action."""
    if review.about == "action":
        return world.program.kind_digest(state.actions[review.action].kind)
    return world.program.row_digest(review.case)


def finding_of(review: Review, answer: Answer) -> Finding | None:
    return next((each for each in answer.findings if each.case == review.case), None)


def row_gaps(row: EdgeCase, answer: Answer, world: World) -> Iterator[str]:
    """What the row needs before a person approves and does not have, as a reviewer reads it."""
    needed = world.program.needs(row.case)
    for gap in answer.gaps:
        if gap.case == row.case and gap.name in needed:
            yield f"{gap.name}: {gap.why}"


def moved(
    decision: DecisionRecorded, review: Review, now: Bound, did: Literal["approved", "saw"] = "approved"
) -> tuple[str, ...]:
    """
    In words, what has changed of that on which a decision rests; empty where nothing did.

    `did` says whether it was approved or only looked at. A finding that is gone stops nothing any more, so nothing about it counts as moved.
    """
    if review.about == "finding" and not now.result:
        return ()
    words: list[str] = []
    if decision.row_digest != now.row_digest:
        text = (
            f"the row {decision.case} of the register"
            if review.about == "finding"
            else "the catalogue of actions"
        )
        words.append(f"{text} reads differently now")
    if decision.result != now.result:
        words.append(f"{decision.case} was {_result(decision.result)} and is {_result(now.result)} now")
    if decision.tier != now.tier:
        words.append(f"the tier was {decision.tier} and is {now.tier} now")
    before = {each.name: each for each in decision.evidence}
    for each in now.evidence:
        old = before.pop(each.name, None)
        if old is None:
            words.append(f"{each.name} counts now and you did not see it: it is {_shown(each)}")
        elif (old.state, old.digest) != (each.state, each.digest):
            words.append(f"you {did} {each.name} = {_shown(old)}; {_source(each)} now says {_shown(each)}")
        elif (old.system, old.field) != (each.system, each.field):
            words.append(f"you {did} {each.name} as {_source(old)} said it; now {_source(each)} says it")
    words.extend(f"{gone} was part of the evidence and is not any more" for gone in before)
    words.extend(
        f"not so when you {'approved' if did == 'approved' else 'looked'}: {gap}"
        for gap in now.checks
        if gap not in decision.checks
    )
    return tuple(words)


def moved_targets(decision: DecisionRecorded, state: Onboarding, world: World) -> tuple[str, ...]:
    """In words, which of the covered actions that may still run would go elsewhere than was approved."""
    words: list[str] = []
    for each in decision.covers:
        action, now = state.actions[each.action], world.program.target_of(each.kind)
        if action.is_open and action.run not in LIVE and each.target != now:
            name = each.kind.replace("_", " ")
            words.append(f"you approved {name} to {each.target}; it would go to {now} now")
    return tuple(words)


# --- one fact ---


def _with_lane(names: Sequence[str], world: World) -> list[str]:
    """The lane counts whatever a row cites: another lane is another way of working with the customer."""
    lane = world.program.playbook.clean_path.lane_name
    return list(dict.fromkeys([*names, lane] if lane else names))


def _cited(finding: Finding, row: EdgeCase | None) -> list[str]:
    names = [each.name for each in finding.evidence]
    if row is not None:
        names += [each.name for each in row.evidence if not each.is_system]
    return list(dict.fromkeys(names))


def _seen(name: str, record: Mapping[str, Any], world: World) -> Seen:
    screener = world.program.screener
    entry = screener.glossary.names[name]
    read = screener.read_evidence(entry, record)
    whole = screener.reader.raw(entry, record)
    return Seen(
        name, read.system, read.field, _shortened(read.value), read.state,
        digest(_digestible(whole)), read.as_of or "",
    )  # fmt: skip


def _on_file(system: str, record: Mapping[str, Any], world: World) -> Seen:
    key = world.program.playbook.glossary.systems[system].key
    state = "on file" if record.get(key) is not None else "not on file"
    return Seen(system, key, "", state, "known" if record.get(key) is not None else "missing", digest(state))


def _digestible(value: Any) -> Any:
    if value is None or isinstance(value, (str, int, float, bool, dict, list)):
        return plain(value)
    return None  # there is no such value: the state says why


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_SHOWN:
        return value[:_LONGEST_SHOWN] + " …"
    return value


def _shown(seen: Seen) -> str:
    if seen.state in ("missing", "not_provided") or seen.value is None:
        return {"missing": "blank", "not_provided": "not provided"}.get(
            seen.state, seen.state.replace("_", " ")
        )
    text = str(seen.value)
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + " …"


def _source(seen: Seen) -> str:
    return {"crm": "CRM"}.get(seen.system, seen.system.replace("_", " ")) or "no system"


def _result(result: str) -> str:
    return {"matched": "matched", "unknown": "impossible to tell", "": "not there"}[result]
