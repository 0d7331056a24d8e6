"""What the register says of an onboarding now: its facts through its register version, at its own present."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from holdshort.core.acceptance import with_value
from holdshort.core.answers import Answer, Finding
from holdshort.core.onboarding.facts import written
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Action, Onboarding
from holdshort.core.register import TIER_ORDER
from holdshort.core.text import fold


def record_of(state: Onboarding, world: World) -> dict[str, Any]:
    """The record that is screened: all facts, what is still asked for, and what people set right."""
    record = state.facts.record()
    record["as_of"] = written(state.facts.moment(world.now))
    # Rows read which kinds are asked for; their content is for whoever approves it.
    asked = [each.kind for each in _asked(state)]
    if asked:
        record["proposed_actions"] = asked
    path = world.program.playbook.clean_path
    if state.corrected_lane and path.lane_name:
        record = dict(
            with_value(record, world.program.playbook.glossary.names[path.lane_name], state.corrected_lane)
        )
    return record


def look(state: Onboarding, world: World) -> Answer:
    """
    The answer of the register on this onboarding now, with the owners and tiers that people corrected.

    A corrected tier only ever makes a finding stricter: a looser one is a matter of the register.
    """
    key = _looked_at(state)
    found = world.looked.get(key)
    if found is None:
        found = _look(state, world)
        world.looked.clear()
        world.looked[key] = found
    return found


class _Same:
    """
    A value as itself, whatever it equals. It is held for as long as it is remembered: an address in memory would tell it
    from the next one only until it is forgotten and its place taken.
    """

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def _looked_at(state: Onboarding) -> tuple[object, ...]:
    """Everything of an onboarding that an answer depends on; facts are values that are replaced, never changed."""
    asked = tuple((each.no, each.digest) for each in _asked(state))
    return (
        _Same(state.facts), state.corrected_lane, tuple(state.corrected_owner.items()),
        tuple(state.corrected_tier.items()), asked,
    )  # fmt: skip


def _look(state: Onboarding, world: World) -> Answer:
    record = record_of(state, world)
    answer = world.program.screener.screen(record, 0, state.facts.moment(world.now))
    if not state.corrected_owner and not state.corrected_tier:
        return answer
    pairs = [(each, _corrected(each, state)) for each in answer.findings]
    if not pairs:
        return answer
    tier = max((after.tier for _, after in pairs), key=lambda each: TIER_ORDER[each])
    # In the order of those whom they stand for now.
    owners = tuple(
        dict.fromkeys(
            after.owner for was in answer.reviewers for before, after in pairs if before.owner == was
        )
    )
    return replace(
        answer,
        findings=tuple(after for _, after in pairs),
        tier=tier,
        verdict="held" if tier == "hold" else answer.verdict,
        reviewers=owners,
        reviewer=owners[0] if owners else "none",
    )


def _asked(state: Onboarding) -> Iterator[Action]:
    """What a record or a request proposes and has not run yet."""
    return (each for each in state.actions.values() if each.is_open and each.source in ("record", "request"))


def _corrected(finding: Finding, state: Onboarding) -> Finding:
    tier = state.corrected_tier.get(finding.case, finding.tier)
    stricter = max(tier, finding.tier, key=lambda each: TIER_ORDER[each])
    return replace(finding, tier=stricter, owner=state.corrected_owner.get(finding.case, finding.owner))


def is_ignored(answer: Answer, world: World) -> bool:
    """Whether the record only repeats an event that was handled already: a row ends its evaluation."""
    for finding in answer.findings:
        row = world.program.row(finding.case)
        if row is not None and row.action.stops_evaluation:
            return True
    return False


def placed(record: Mapping[str, Any], world: World) -> tuple[str, str]:
    """Lane and segment as the clean path names them; empty where they are not known."""
    path = world.program.playbook.clean_path
    return _place(path.lane_name, path.lanes, record, world), _place(
        path.segment_name, path.segments, record, world
    )


def _place(name: str, spellings: Mapping[str, str], record: Mapping[str, Any], world: World) -> str:
    screener = world.program.screener
    entry = screener.glossary.names.get(name)
    value = screener.reader.read(entry, record) if entry is not None else None
    return spellings.get(fold(value), value) if isinstance(value, str) else ""


def answer_of_findings(answer: Answer) -> dict[str, Any]:
    """The answer as the log keeps it: findings with reasons and evidence, and what their rows lack."""
    cases = {each.case for each in answer.findings}
    return {
        "verdict": answer.verdict,
        "findings": [each.to_json() for each in answer.findings],
        "gaps": [each.to_json() for each in answer.gaps if each.case in cases],
    }


def quick_digest(value: Any) -> str:
    """SHA-256 that tells two values of our own making apart. For what people agree to, `canonical.digest` is used."""
    text = json.dumps(value, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
