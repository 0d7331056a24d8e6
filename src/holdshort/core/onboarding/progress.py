"""Where an onboarding stands: the stage of the path it rests at, and its completion state."""

from __future__ import annotations

from holdshort.core.answers import Answer
from holdshort.core.onboarding.looking import record_of
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding, Review
from holdshort.core.rules.reference import Situation, evaluate

STAGES = {
    "P1": "trigger",
    "P2": "handoff validation",
    "P3": "register",
    "P4": "deterministic checks",
    "P5": "AI assist boundary",
    "P6": "review packet",
    "P7": "system or customer action",
    "P8": "acceptance test",
    "P9": "go-live gate",
}
"""The nine stages (requirements P). P1 to P7 run for each onboarding, P8 and P9 for each register version."""

_HANDOFF = "closed-won handoff"
_SCHEDULED = frozenset({"schedule_kickoff", "send_kickoff_invite", "create_calendar_series"})
_ACTIVE = frozenset({"create_kickoff_tasks", "create_project"})


def stage_of(state: Onboarding, answer: Answer, world: World) -> tuple[str, str]:
    """The first stage that stops it, and why; P7 where none does."""
    if answer.verdict == "not triggered":
        return "P1", "no trigger of the clean path holds"
    waiting = [each for each in state.open_reviews() if each.about in ("finding", "hold")]
    areas = {each.no: _area(each, world) for each in waiting}
    handoff = [each for each in waiting if areas[each.no] == _HANDOFF]
    if handoff:
        return "P2", f"the handoff waits for {_cases(handoff)}"
    unknown = {each.case for each in answer.findings if each.result == "unknown"}
    cannot_tell = [each for each in waiting if each.case in unknown]
    if cannot_tell:
        return "P4", f"a check cannot tell: {_cases(cannot_tell)}"
    open_reviews = list(state.open_reviews())
    if open_reviews:
        return "P6", f"a person decides: {_cases(open_reviews)}"
    return "P7", "nothing waits for a person"


def state_of(state: Onboarding, answer: Answer, world: World) -> tuple[str, str]:
    """
    One of the eleven completion states, and why.

    A pause shows before progress: what a person asked for, then what holds it. Progress follows from what ran and from
    the facts that clean-path.yaml names.
    """
    if state.is_closed:
        return "closed", "a person closed it"
    asked = [each.asked_role for each in state.open_reviews() if each.asked_role]
    if "customer" in asked:
        return "customer action needed", "the customer was asked"
    if asked:
        return "needs information", f"{asked[0].replace('_', ' ')} was asked"
    reviews = [each for each in state.open_reviews() if each.about in ("finding", "hold")]
    blocked = [each for each in reviews if each.tier in ("high", "hold")]
    if blocked:
        return "blocked", f"{_cases(blocked)} waits for a decision"
    reached = _from_facts(state, world)
    if reached:
        return reached, "the facts say so"
    done = {each.kind for each in state.actions.values() if each.run == "done"}
    if done & _ACTIVE:
        return "implementation active", "its project has begun"
    if done & _SCHEDULED:
        return "kickoff scheduled", "the kickoff went out"
    if reviews:
        return "handoff received", f"{_cases(reviews)} waits for a decision"
    return "accepted", "nothing about the handoff waits for a person"


def _from_facts(state: Onboarding, world: World) -> str:
    """The furthest state whose condition in clean-path.yaml holds."""
    playbook = world.program.playbook
    if not playbook.clean_path.completion:
        return ""
    at = Situation(
        record_of(state, world),
        world.program.screener.reader,
        playbook.settings.calendar,
        state.facts.moment(world.now),
    )
    reached = [name for name, when in playbook.clean_path.completion if evaluate(when, at) is True]
    return reached[-1] if reached else ""


def _area(review: Review, world: World) -> str:
    row = world.program.row(review.case)
    return row.work_area if row is not None else ""


def _cases(reviews: list[Review]) -> str:
    return ", ".join(dict.fromkeys(each.case for each in reviews))
