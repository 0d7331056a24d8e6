"""
What follows from any change: the register is asked again, then reviews, approvals, actions and states are put in order.

Each part looks at the state and says what happens next; `settle` runs them in turn until nothing follows any more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from holdshort.core.answers import Answer
from holdshort.core.canonical import digest, plain
from holdshort.core.clauses import AskedAction
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clearance import (
    CATALOGUE,
    Clearance,
    Stop,
    agreed_steps,
    clearance,
    person_stop,
    still_may,
    stops_of,
)
from holdshort.core.onboarding.clocks import after, clock, overdue
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.lease import bind, moved, moved_targets
from holdshort.core.onboarding.looking import answer_of_findings, look, placed, quick_digest, record_of
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.progress import stage_of, state_of
from holdshort.core.onboarding.state import Action, Onboarding

Part = Callable[[Onboarding, Answer, World], Iterator[e.Event]]
SYSTEM = e.SYSTEM
_MOST_ROUNDS = 20
_NO_ROWS = ("record", "request", "decision", "clock")
"""Sources of actions that are no row; what a row asks for is asked for as long as it matches."""


def settle(state: Onboarding, world: World) -> list[e.Event]:
    """Everything that follows from `state` at this moment, in order. Empty where nothing does."""
    events: list[e.Event] = []
    for _ in range(_MOST_ROUNDS):
        before = len(events)
        for part in _PARTS:
            answer = look(state, world)
            for event in part(state, answer, world):
                events.append(event)
                state = evolve(state, event, world.now)
        if len(events) == before:
            return events
    raise RuntimeError("an onboarding does not settle")  # a fault of ours: nothing is written


# --- the register's answer ---


def _screening(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    content = answer_of_findings(answer)
    found = quick_digest(content)
    if found == state.screened:
        return
    lane, segment = placed(record_of(state, world), world)
    yield e.Screened(
        world.program.version,
        found,
        answer.verdict,
        answer.tier,
        lane,
        segment,
        answer.reviewers,
        tuple(e.Found(each.case, each.result, each.tier, each.owner, each.holds) for each in answer.findings),
        content,
    )


# --- what rows ask for ---


def _asked(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    """Each action that a matched row asks for, once for as long as the finding stands; `once` is once for ever."""
    if state.is_closed:
        return
    number = max(state.actions, default=0)
    for finding in answer.findings:
        row = world.program.row(finding.case)
        episode = state.episodes.get(finding.case)
        if row is None or episode is None or finding.result != "matched":
            continue
        for ask in row.action.asks:
            about = ask.quoted if ask.once else f"{ask.quoted}#{episode.count}"
            if (finding.case, ask.kind, about) in state.asked:
                continue
            number += 1
            due = after(episode.since, ask.after, world) if ask.after else None
            yield requested(
                state, number, ask.kind, finding.case, SYSTEM, _payload(ask, finding.case), about, due
            )


def _payload(ask: AskedAction, case: str) -> dict[str, object]:
    payload: dict[str, object] = {"case": case}
    if ask.role:
        payload["for"] = ask.role
    if ask.quoted:
        payload["about"] = ask.quoted
    return payload


def requested(
    state: Onboarding, number: int, kind: str, source: str, by: str, payload: object, about: str = "",
    due_at: datetime | None = None, answers: str = "",
) -> e.ActionRequested:  # fmt: skip
    """The event for an action, with the digest that approvals are bound to."""
    content = plain(payload)
    wanted = action_digest(state.key, kind, content, about)
    return e.ActionRequested(number, kind, source, by, wanted, due_at, about, content, answers)


def action_digest(key: str, kind: str, payload: object, about: str = "") -> str:
    """Of one action of one onboarding: the same thing asked for elsewhere is another action."""
    return digest({"onboarding": key, "kind": kind, "payload": plain(payload), "about": about})


# --- reviews ---


def _reviews(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    """Opens a review for every finding and hold that has none, closes those whose reason is gone."""
    wanted = {each.key: each for each in _wanted(state, answer, world)} if not state.is_closed else {}
    for review in state.open_reviews():
        key = (review.case, review.part, review.action)
        if review.about == "run":
            continue
        if key not in wanted:
            why = "the onboarding is closed" if state.is_closed else "what it was about is gone"
            yield e.ReviewClosed(review.no, "closed", why)
        elif wanted[key].row_digest != review.row_digest:
            yield e.ReviewClosed(review.no, "closed", "who decides is written otherwise in the register now")
    number = max(state.reviews, default=0)
    for key, stop in wanted.items():
        last = state.review_of(*key)
        if last is None or _reopens(last.status, stop, state, answer, world):
            number += 1
            at = clock(world, stop.tier, stop.owner)
            yield e.ReviewOpened(
                number, stop.case, stop.about, stop.tier, stop.owner, stop.escalation, stop.steps,
                at.at_risk_at, at.breaches_at, stop.action, stop.part, stop.row_digest,
            )  # fmt: skip


def _wanted(state: Onboarding, answer: Answer, world: World) -> Iterator[Stop]:
    for finding in answer.findings:
        if finding.owner != "none":
            yield from stops_of(finding, world)
    for hold in state.holds.values():
        if not hold.lifted:
            yield person_stop(hold.case, hold.tier, hold.owner)
    for action in state.actions.values():
        if action.is_open and action.run not in ("attempting", "uncertain"):
            found = clearance(action, state, answer, world)
            yield from (each for each in found.stops if each.case == CATALOGUE)
            yield from _agreed_catalogue(action, state, found)


def _agreed_catalogue(action: Action, state: Onboarding, found: Clearance) -> Iterator[Stop]:
    """
    A review about one action stays as it is while its action may still run. One that was closed does not come back by this:
    whom it had been passed on to has no say in another one, for which the catalogue asks its own people.
    """
    review = state.review_of(CATALOGUE, 0, action.no)
    if (
        review is not None
        and review.status != "closed"
        and not any(each.case == CATALOGUE for each in found.stops)
    ):
        yield Stop(
            CATALOGUE, "action", review.tier, review.owner, review.escalation, review.steps, 0, action.no,
            review.row_digest,
        )  # fmt: skip


def _reopens(status: str, stop: Stop, state: Onboarding, answer: Answer, world: World) -> bool:
    """A decided review opens again where something still waits for it, a closed one where its finding is back."""
    if status == "open":
        return False
    if status == "closed" or _agreement_ended(stop, state, world):
        return True
    return any(
        stop.key == each.key
        for action in state.actions.values()
        if action.is_open and action.run not in ("attempting", "uncertain")
        for each in clearance(action, state, answer, world).stops
    )


def _agreement_ended(stop: Stop, state: Onboarding, world: World) -> bool:
    """Whether what was agreed on is not agreed any more, and not because it has run."""
    review = state.review_of(*stop.key)
    given = [each for each in state.approvals.values() if review and each.decision.review == review.no]
    if review is None or not any(each.ended or each.missed for each in given):
        return False
    return agreed_steps(review, state, world, lambda each: True).steps < len(review.steps)


# --- approvals ---


def _approvals(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    """Ends those that have run out, whose evidence has moved, or whose decider may not decide any more."""
    for approval in state.valid_approvals():
        decision = approval.decision
        review = state.reviews[decision.review]
        if state.is_spent(decision):
            continue
        if decision.expires_at is not None and world.now >= decision.expires_at:
            yield e.ApprovalEnded(decision.decision, decision.review, "expired", SYSTEM)
            continue
        roles = review.roles(decision.step) if decision.step < len(review.steps) else ()
        if not still_may(decision.by, decision.role, roles, world):
            words: tuple[str, ...] = (
                f"{decision.by} does not decide as {decision.role.replace('_', ' ')} any more",
            )
            yield e.ApprovalEnded(decision.decision, decision.review, "void", SYSTEM, words)
            continue
        words = moved(decision, review, bind(review, state, answer, world)) + moved_targets(
            decision, state, world
        )
        if words:
            yield e.ApprovalEnded(decision.decision, decision.review, "stale", SYSTEM, words)
            continue
        for number, condition in enumerate(decision.conditions):
            if number not in (*approval.met, *approval.missed) and world.now >= condition.deadline:
                yield e.ConditionMissed(decision.decision, number)


# --- actions ---


def _actions(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    """Grants leave to those that nothing stops, takes it back from those that something stops again."""
    mode = world.program.playbook.settings.mode
    cases = {each.case for each in answer.findings if each.result == "matched"}
    for action in state.actions.values():
        if not action.is_open or action.run in ("attempting", "uncertain"):
            continue
        gone = _why_gone(action, state, cases)
        if gone:
            if action.run == "released":
                yield e.ReleaseWithdrawn(action.no, gone)
            yield e.ActionDropped(action.no, "withdrawn", SYSTEM, gone)
            continue
        found = clearance(action, state, answer, world)
        released = found.state == "released" and not state.is_closed and mode != "shadow"
        target = world.program.target_of(action.kind)
        if action.run == "released":
            if not released:
                why = "the onboarding is closed" if state.is_closed else found.why
                yield e.ReleaseWithdrawn(action.no, why)
            elif (action.target, action.decisions) != (target, found.decisions):
                yield e.ReleaseWithdrawn(action.no, "what it rests on has changed")
        elif released and (action.run != "failed" or _may_retry(action, world)):
            key = action.key if action.same_key else f"{action.digest[:40]}-{action.attempt + 1}"
            yield e.ReleaseGranted(action.no, action.digest, target, key, found.decisions, found.why)


def _why_gone(action: Action, state: Onboarding, cases: set[str]) -> str:
    """Why nothing asks for an action any more; empty where something does."""
    if action.source not in _NO_ROWS and action.source not in cases:
        return f"{action.source} does not ask for it any more"
    if action.source != "decision":
        return ""
    # What an approved kickoff began and what has not run goes with its approval.
    for number, approval in state.approvals.items():
        if action.about == f"decision {number}" and approval.ended:
            return f"the approval d{number} that began it is {approval.ended}"
    return ""


def _may_retry(action: Action, world: World) -> bool:
    return action.retry_at is not None and world.now >= action.retry_at


# --- reviews that are over ---


def _decided(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    """A review is decided once all its steps have agreed on something, and nothing waits for it."""
    waiting = {
        stop.key
        for action in state.actions.values()
        if action.is_open and action.run not in ("attempting", "uncertain")
        for stop in clearance(action, state, answer, world).stops
    }
    for review in state.open_reviews():
        if review.about == "run" or (review.case, review.part, review.action) in waiting:
            continue
        agreed = agreed_steps(review, state, world, lambda each: True)
        if agreed.decisions and agreed.steps == len(review.steps):
            yield e.ReviewClosed(review.no, "decided", "everybody who has to has agreed")


# --- clocks ---


def _clocks(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    yield from overdue(state, world)


# --- where it stands ---


def _standing(state: Onboarding, answer: Answer, world: World) -> Iterator[e.Event]:
    stage, why = stage_of(state, answer, world)
    if stage != state.stage:
        yield e.StageReached(stage, why)
    now, why = state_of(state, answer, world)
    if now != state.state:
        yield e.StateChanged(state.state, now, why)


_PARTS: tuple[Part, ...] = (
    _screening,
    _asked,
    _approvals,
    _reviews,
    _actions,
    _decided,
    _clocks,
    _standing,
)
