"""Each event of an onboarding's log as a sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdshort.cli import words
from holdshort.core.action_words import phrase, role
from holdshort.core.attachments import kind_in_words
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.onboarding.progress import STAGES
from holdshort.service.story import Story


def said(event: e.Event, story: Story) -> str:
    """What happened, in a sentence; an event that has no sentence here shows its name."""
    say = _SAY.get(type(event))
    return say(event, story) if say is not None else type(event).__name__


def _received(event: e.FactsReceived, story: Story) -> str:
    text = f"a record came in{' by ' + event.channel if event.channel else ''}"
    return f"{text}; older than what is known and left out: {', '.join(event.older)}" if event.older else text


def _screened(event: e.Screened, story: Story) -> str:
    cases = ", ".join(each.case for each in event.findings)
    return f"the register says {event.verdict}{': ' + cases if cases else ''}"


def _decided(event: e.DecisionRecorded, story: Story) -> str:
    text = (
        f"{event.by} decided as {role(event.role)}: {NAMES[event.code]} on {event.case} (d{event.decision})"
    )
    return f"{text}; {event.reason}" if event.reason else text


def _route(event: e.RouteCorrected, story: Story) -> str:
    new = (("lane", event.lane), ("owner", role(event.owner) if event.owner else ""), ("tier", event.tier))
    text = ", ".join(f"{name} {value}" for name, value in new if value)
    plan = f"milestones: {event.milestones}" if event.milestones else ""
    return f"the route was corrected: {'; '.join(each for each in (text, plan) if each)}"


def _action(number: int, story: Story) -> str:
    action = story.state.actions.get(number)
    return f"a{number} {phrase(action.kind)}" if action else f"a{number}"


def _review(event: Any, story: Story) -> str:
    review = story.state.reviews[event.review]
    return f"review {story.number}.{review.no} ({review.case})"


def _ended(event: e.ApprovalEnded, story: Story) -> str:
    text = f"the approval d{event.decision} is {event.how}"
    return f"{text}: {'; '.join(event.words)}" if event.words else text


def _hold(event: e.HoldRaised, story: Story) -> str:
    what = ", ".join(map(phrase, event.kinds)) or "everything that reaches the customer or a system"
    return f"{event.by} raised a hold on {what}: {event.why}"


def _failed(event: e.RunFailed, story: Story) -> str:
    again = f"; tried again {words.moment(event.retry_at)}" if event.retry_at else ""
    return f"{_action(event.action, story)} failed: {event.why}{again}"


_SAY: dict[type[e.Event], Callable[[Any, Story], str]] = {
    e.OnboardingOpened: lambda event, story: (
        f"the onboarding began ({event.trigger}), under register {event.register}"
    ),
    e.FactsReceived: _received,
    e.Screened: _screened,
    e.StageReached: lambda event, story: f"at stage {event.stage} {STAGES[event.stage]}: {event.why}",
    e.StateChanged: lambda event, story: f"now {event.now}: {event.why}",
    e.RouteCorrected: _route,
    e.RegisterPinned: lambda event, story: (
        f"runs under register {event.now} (was {event.was}): {event.choice}"
    ),
    e.RegisterKept: lambda event, story: (
        f"stays with register {event.kept} although {event.newer} is out: {event.choice}"
    ),
    e.OnboardingClosed: lambda event, story: f"closed: {event.why}",
    e.OnboardingReopened: lambda event, story: f"opened again: {event.why}",
    e.ReviewOpened: lambda event, story: f"{_review(event, story)} opened for {words.steps(event.steps)}",
    e.ReviewClosed: lambda event, story: f"{_review(event, story)} is over: {event.why}",
    e.ReviewClaimed: lambda event, story: f"{event.by} took {_review(event, story)}",
    e.ReviewAtRisk: lambda event, story: f"{_review(event, story)} is nearly late",
    e.ReviewBreached: lambda event, story: (
        f"{_review(event, story)} is late: {role(event.owner)} did not decide in time"
    ),
    e.ReviewEscalated: lambda event, story: (
        f"{_review(event, story)} goes to {role(event.role)}: {event.why}"
    ),
    e.HoldRaised: _hold,
    e.HoldLifted: lambda event, story: f"{event.by} lifted hold {event.hold}",
    e.CommentAdded: lambda event, story: (
        f"{event.by} remarked{' on ' + _review(event, story) if event.review else ''}: {event.text or '(erased)'}"
    ),
    e.EvidenceAttached: lambda event, story: (
        f"{event.by} attached evidence ({kind_in_words(event.media_type)})"
        f"{' to ' + _review(event, story) if event.review else ''}: {event.name or '(erased)'}"
    ),
    e.GapReported: lambda event, story: (
        f"{event.by} had to look elsewhere for {_review(event, story)}: {event.text or '(erased)'}"
    ),
    e.DecisionRecorded: _decided,
    e.ApprovalEnded: _ended,
    e.ConditionMet: lambda event, story: (
        f"condition {event.condition + 1} of d{event.decision} is met, says {event.by}"
    ),
    e.ConditionMissed: lambda event, story: (
        f"condition {event.condition + 1} of d{event.decision} was missed"
    ),
    e.ActionRequested: lambda event, story: f"{_action(event.action, story)} was asked for",
    e.ActionAmended: lambda event, story: (
        f"{_action(event.action, story)} has another content now, by {event.by}"
    ),
    e.ActionDropped: lambda event, story: (
        f"{_action(event.action, story)} was {event.how}" + (f": {event.why}" if event.why else "")
    ),
    e.ReleaseGranted: lambda event, story: f"{_action(event.action, story)} may run: {event.why}",
    e.ReleaseWithdrawn: lambda event, story: (
        f"{_action(event.action, story)} may not run any more: {event.why}"
        + (f" ({'; '.join(event.words)})" if event.words else "")
    ),
    e.RunStarted: lambda event, story: (
        f"{_action(event.action, story)} began to run, attempt {event.attempt}"
    ),
    e.RunSucceeded: lambda event, story: (
        f"{_action(event.action, story)} is done"
        + (f" ({event.reference})" if event.reference else "")
        + (f", but was stored otherwise: {'; '.join(event.words)}" if event.differs else "")
    ),
    e.RunFailed: _failed,
    e.RunUncertain: lambda event, story: (
        f"nobody knows whether {_action(event.action, story)} happened: {event.why}"
    ),
    e.RunResolved: lambda event, story: (
        f"{event.by} found out: {_action(event.action, story)} "
        + ("happened" if event.happened else "did not happen")
    ),
    e.LegalHoldPlaced: lambda event, story: f"{event.by} placed a legal hold: {event.why}",
    e.SuggestionMade: lambda event, story: (
        f"assist ({event.model}) suggested s{event.suggestion} for {', '.join(event.cases)}"
        + (f"; paused by {', '.join(event.paused)}" if event.paused else "")
    ),
    e.SuggestionJudged: lambda event, story: (
        f"{event.by} {event.outcome} suggestion s{event.suggestion}"
        + (f"; {event.note}" if event.note else "")
    ),
    e.LegalHoldLifted: lambda event, story: f"{event.by} lifted the legal hold",
    e.PersonErased: lambda event, story: f"{event.by} erased a person's data ({event.request})",
}
