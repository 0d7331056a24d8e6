"""From one state and one event to the next state. Pure: a log replayed is the state, always."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from holdshort.core.clauses import Step
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.facts import merge
from holdshort.core.onboarding.state import Action, Approval, Episode, Onboarding, PersonHold, Review

K = TypeVar("K")
V = TypeVar("V")


def evolve(state: Onboarding, event: e.Event, at: datetime) -> Onboarding:
    """The state after `event`, which happened at `at` (UTC)."""
    return _STEPS[type(event)](state.changed(seq=state.seq + 1), event, at)


def replay(events: Iterable[tuple[e.Event, datetime]], state: Onboarding | None = None) -> Onboarding:
    state = state or Onboarding()
    for event, at in events:
        state = evolve(state, event, at)
    return state


def _with(items: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    return {**items, key: value}


# --- the onboarding and its facts ---


def _opened(state: Onboarding, event: e.OnboardingOpened, at: datetime) -> Onboarding:
    return state.changed(
        key=event.key, title=event.title, trigger=event.trigger, register=event.register, opened_at=at
    )


def _received(state: Onboarding, event: e.FactsReceived, at: datetime) -> Onboarding:
    merged = merge(state.facts, event.record, event.received_at)
    if merged.changed:  # what was asked for may have come: the reviewer looks again
        reviews = {no: replace(each, asked_role="") for no, each in state.reviews.items()}
        state = state.changed(reviews=reviews)
    return state.changed(facts=merged.facts)


def _screened(state: Onboarding, event: e.Screened, at: datetime) -> Onboarding:
    cases = {each.case for each in event.findings}
    past = dict(state.past_episodes)
    episodes = {}
    for case, episode in state.episodes.items():
        if case in cases:
            episodes[case] = episode
        else:
            past[case] = episode.count
    for case in cases - episodes.keys():
        episodes[case] = Episode(case, at, past.get(case, 0) + 1)
    return state.changed( screened=event.digest, verdict=event.verdict, tier=event.tier, lane=event.lane, segment=event.segment,
        reviewers=event.reviewers, findings=event.findings, episodes=episodes, past_episodes=past,
    )  # fmt: skip


def _stage(state: Onboarding, event: e.StageReached, at: datetime) -> Onboarding:
    return state.changed(stage=event.stage)


def _state(state: Onboarding, event: e.StateChanged, at: datetime) -> Onboarding:
    return state.changed(state=event.now)


def _corrected(state: Onboarding, event: e.RouteCorrected, at: datetime) -> Onboarding:
    case = state.reviews[event.review].case
    if event.tier:  # whoever decides from here on decides something of that tier
        tiers = {
            no: replace(each, tier=event.tier) if each.case == case and each.status == "open" else each
            for no, each in state.reviews.items()
        }
        state = state.changed(reviews=tiers)
    return state.changed(
        corrected_lane=event.lane or state.corrected_lane,
        corrected_owner=_with(state.corrected_owner, case, event.owner)
        if event.owner
        else state.corrected_owner,
        corrected_tier=_with(state.corrected_tier, case, event.tier) if event.tier else state.corrected_tier,
    )


def _pinned(state: Onboarding, event: e.RegisterPinned, at: datetime) -> Onboarding:
    return state.changed(register=event.now, keeps="")


def _closed(state: Onboarding, event: e.OnboardingClosed, at: datetime) -> Onboarding:
    return state.changed(closed_at=at)


def _reopened(state: Onboarding, event: e.OnboardingReopened, at: datetime) -> Onboarding:
    return state.changed(closed_at=None)


def _suggested(state: Onboarding, event: e.SuggestionMade, at: datetime) -> Onboarding:
    """How many there are and what they were made from; what they say is no part of the state."""
    return state.changed(suggestions=max(state.suggestions, event.suggestion), suggested=event.snapshot)


# --- reviews ---


def _review_opened(state: Onboarding, event: e.ReviewOpened, at: datetime) -> Onboarding:
    review = Review(
        event.review, event.case, event.about, event.tier, event.owner, event.escalation, event.steps, at,
        event.at_risk_at, event.breaches_at, event.action, event.part, event.row_digest,
    )  # fmt: skip
    return state.changed(reviews=_with(state.reviews, event.review, review))


def _on_review(state: Onboarding, no: int, **changes: Any) -> Onboarding:
    return state.changed(reviews=_with(state.reviews, no, replace(state.reviews[no], **changes)))


def _review_closed(state: Onboarding, event: e.ReviewClosed, at: datetime) -> Onboarding:
    status = "decided" if event.outcome == "decided" else "closed"
    return _on_review(state, event.review, status=status, decided_at=at)


def _escalated(state: Onboarding, event: e.ReviewEscalated, at: datetime) -> Onboarding:
    review = state.reviews[event.review]
    to = (event.role,) if event.alone else tuple(dict.fromkeys([*review.escalated_to, event.role]))
    changes: dict[str, Any] = {
        "escalated_to": to,
        "claimed_by": "",
        "at_risk_at": event.at_risk_at,
        "breaches_at": event.breaches_at,
        "at_risk": False,
    }
    if event.alone:
        changes |= {
            "owner": event.role,
            "steps": (Step((event.role,), 1),),
            "breached": False,
        }
    return _on_review(state, event.review, **changes)


def _hold_raised(state: Onboarding, event: e.HoldRaised, at: datetime) -> Onboarding:
    hold = PersonHold(event.hold, event.by, event.owner, event.tier, event.kinds)
    return state.changed(holds=_with(state.holds, event.hold, hold))


def _hold_lifted(state: Onboarding, event: e.HoldLifted, at: datetime) -> Onboarding:
    return state.changed(holds=_with(state.holds, event.hold, replace(state.holds[event.hold], lifted=True)))


# --- decisions ---


def _decided(state: Onboarding, event: e.DecisionRecorded, at: datetime) -> Onboarding:
    state = state.changed(decisions=max(state.decisions, event.decision))
    if event.code == "J3":
        state = _on_review(state, event.review, asked_role=event.asked_role)
    if not event.approves:
        return state
    return state.changed(approvals=_with(state.approvals, event.decision, Approval(event, at)))


def _on_approval(state: Onboarding, no: int, **changes: Any) -> Onboarding:
    if no not in state.approvals:
        return state
    return state.changed(approvals=_with(state.approvals, no, replace(state.approvals[no], **changes)))


def _approval_ended(state: Onboarding, event: e.ApprovalEnded, at: datetime) -> Onboarding:
    return _on_approval(state, event.decision, ended=event.how)


def _condition_met(state: Onboarding, event: e.ConditionMet, at: datetime) -> Onboarding:
    met = (*state.approvals[event.decision].met, event.condition)
    return _on_approval(state, event.decision, met=met)


def _condition_missed(state: Onboarding, event: e.ConditionMissed, at: datetime) -> Onboarding:
    missed = (*state.approvals[event.decision].missed, event.condition)
    return _on_approval(state, event.decision, missed=missed)


# --- actions and runs ---


def _requested(state: Onboarding, event: e.ActionRequested, at: datetime) -> Onboarding:
    action = Action(
        event.action,
        event.kind,
        event.source,
        event.by,
        event.digest,
        event.payload,
        event.about,
        frozenset([event.by, event.answers] if event.answers else [event.by]),
        event.due_at,
    )
    asked = state.asked | {(event.source, event.kind, event.about)}
    known = state.known | {event.digest}
    return state.changed(actions=_with(state.actions, event.action, action), asked=asked, known=known)


def _on_action(state: Onboarding, no: int, **changes: Any) -> Onboarding:
    return state.changed(actions=_with(state.actions, no, replace(state.actions[no], **changes)))


def _amended(state: Onboarding, event: e.ActionAmended, at: datetime) -> Onboarding:
    authors = state.actions[event.action].authors | {event.by}
    state = state.changed(known=state.known | {event.digest})
    return _on_action(
        state, event.action, digest=event.digest, payload=event.payload, authors=authors, amended=True
    )


def _dropped(state: Onboarding, event: e.ActionDropped, at: datetime) -> Onboarding:
    action = state.actions[event.action]
    if event.how == "withdrawn" and event.by == e.SYSTEM:  # its row may ask again, even for what it asks once
        state = state.changed(asked=state.asked - {(action.source, action.kind, action.about)})
    return _on_action(
        state, event.action, dropped=event.how, run="" if action.run == "released" else action.run
    )


def _granted(state: Onboarding, event: e.ReleaseGranted, at: datetime) -> Onboarding:
    return _on_action(
        state,
        event.action,
        run="released",
        key=event.key,
        target=event.target,
        decisions=event.decisions,
        retry_at=None,
        granted_at=at,
    )


def _withdrawn(state: Onboarding, event: e.ReleaseWithdrawn, at: datetime) -> Onboarding:
    return _on_action(state, event.action, run="", decisions=())


def _started(state: Onboarding, event: e.RunStarted, at: datetime) -> Onboarding:
    return _on_action(
        state, event.action, run="attempting", attempt=event.attempt, key=event.key, worker=event.worker,
        started_at=at, lease_until=event.lease_until, target=event.target,
    )  # fmt: skip


def _succeeded(state: Onboarding, event: e.RunSucceeded, at: datetime) -> Onboarding:
    return _on_action(state, event.action, run="done", lease_until=None)


def _failed(state: Onboarding, event: e.RunFailed, at: datetime) -> Onboarding:
    return _on_action(
        state, event.action, run="failed", lease_until=None, retry_at=event.retry_at, same_key=event.lost
    )


def _uncertain(state: Onboarding, event: e.RunUncertain, at: datetime) -> Onboarding:
    return _on_action(state, event.action, run="uncertain", lease_until=None)


def _resolved(state: Onboarding, event: e.RunResolved, at: datetime) -> Onboarding:
    return _on_action(
        state, event.action, run="done" if event.happened else "failed", retry_at=at, same_key=False
    )


_STEPS: dict[type[e.Event], Callable[[Onboarding, Any, datetime], Onboarding]] = {
    e.OnboardingOpened: _opened,
    e.FactsReceived: _received,
    e.Screened: _screened,
    e.StageReached: _stage,
    e.StateChanged: _state,
    e.RouteCorrected: _corrected,
    e.RegisterPinned: _pinned,
    e.RegisterKept: lambda state, event, at: state.changed(keeps=event.choice),
    e.OnboardingClosed: _closed,
    e.OnboardingReopened: _reopened,
    e.SuggestionMade: _suggested,
    e.SuggestionJudged: lambda state, event, at: state,
    e.ReviewOpened: _review_opened,
    e.ReviewClosed: _review_closed,
    e.ReviewClaimed: lambda state, event, at: _on_review(state, event.review, claimed_by=event.by),
    e.ReviewAtRisk: lambda state, event, at: _on_review(state, event.review, at_risk=True),
    e.ReviewBreached: lambda state, event, at: _on_review(state, event.review, breached=True),
    e.ReviewEscalated: _escalated,
    e.HoldRaised: _hold_raised,
    e.HoldLifted: _hold_lifted,
    e.CommentAdded: lambda state, event, at: state.changed(comments=state.comments + 1),
    e.EvidenceAttached: lambda state, event, at: state.changed(attachments=state.attachments + 1),
    e.GapReported: lambda state, event, at: state,
    e.DecisionRecorded: _decided,
    e.ApprovalEnded: _approval_ended,
    e.ConditionMet: _condition_met,
    e.ConditionMissed: _condition_missed,
    e.ActionRequested: _requested,
    e.ActionAmended: _amended,
    e.ActionDropped: _dropped,
    e.ReleaseGranted: _granted,
    e.ReleaseWithdrawn: _withdrawn,
    e.RunStarted: _started,
    e.RunSucceeded: _succeeded,
    e.RunFailed: _failed,
    e.RunUncertain: _uncertain,
    e.RunResolved: _resolved,
    e.LegalHoldPlaced: lambda state, event, at: state.changed(legal_hold=event.why),
    e.LegalHoldLifted: lambda state, event, at: state.changed(legal_hold=""),
    e.PersonErased: lambda state, event, at: state,
}
