"""Each event of an onboarding in a sentence, for whoever reads its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdshort.core.action_words import phrase, role
from holdshort.core.attachments import kind_in_words
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.powers import NAMES
from holdshort.service.programs import target_name


def words_of(event: e.Event) -> str:
    """What happened; what was erased is said to be so."""
    return _WORDS[type(event)](event)


def _opened(x: e.OnboardingOpened) -> str:
    return f"{x.key} began, under version {x.register} of the register"


def _received(x: e.FactsReceived) -> str:
    older = f"; older than what was known: {', '.join(x.older)}" if x.older else ""
    return f"a record came{f' by {x.channel}' if x.channel else ''}{older}"


def _screened(x: e.Screened) -> str:
    found = ", ".join(f"{each.case} ({each.tier})" for each in x.findings)
    return f"the register says {x.verdict}{f': {found}' if found else ''}"


def _corrected(x: e.RouteCorrected) -> str:
    said = {"lane": x.lane, "owner": x.owner and role(x.owner), "tier": x.tier, "plan": x.milestones}
    changed = "; ".join(f"{name} {value}" for name, value in said.items() if value)
    return f"the route was corrected: {changed or 'its text was erased'}"


def _review(x: e.ReviewOpened) -> str:
    about = f" about a{x.action}" if x.action else ""
    return f"review {x.review} waits for {role(x.owner)}: {x.case} ({x.tier}){about}"


def _decision(x: e.DecisionRecorded) -> str:
    behalf = f" for {x.on_behalf_of}" if x.on_behalf_of else ""
    said = f"{x.by}{behalf} as {role(x.role)}: {NAMES[x.code]} on review {x.review} ({x.case})"
    covers = ", ".join(f"a{each.action} {phrase(each.kind)}" for each in x.covers)
    reason = x.reason or x.exception
    return said + (f", which allows {covers}" if covers else "") + (f'; "{reason}"' if reason else "")


def _ended(x: e.ApprovalEnded) -> str:
    words = f": {'; '.join(x.words)}" if x.words else ""
    return f"approval d{x.decision} does not count any more ({x.how}){words}"


def _asked(x: e.ActionRequested) -> str:
    return f"a{x.action} {phrase(x.kind)} was asked for by {x.by} ({x.source})"


def _granted(x: e.ReleaseGranted) -> str:
    on = f", on {', '.join(f'd{each}' for each in x.decisions)}" if x.decisions else ""
    return f"a{x.action} may run once at {target_name(x.target)}{on}: {x.why}"


def _succeeded(x: e.RunSucceeded) -> str:
    differs = "; it stored something else than was sent" if x.differs else ""
    return f"a{x.action} is done ({x.how}){differs}{f': {x.reference}' if x.reference else ''}"


def _failed(x: e.RunFailed) -> str:
    again = f"; again from {x.retry_at:%Y-%m-%d %H:%M} UTC" if x.retry_at else "; not again by itself"
    return f"a{x.action} failed, known not to have happened: {x.why or '(erased)'}{again}"


def _hold(x: e.HoldRaised) -> str:
    over = ", ".join(map(phrase, x.kinds)) or "everything that could reach the customer"
    return f"{x.by} raised a hold over {over}: {x.why or '(erased)'}"


def _commented(x: e.CommentAdded) -> str:
    place = f" on review {x.review}" if x.review else ""
    asked = f" (for {', '.join(x.mentions)})" if x.mentions else ""
    return f"{x.by} remarked{place}{asked}: {x.text or '(erased)'}"


def _attached(x: e.EvidenceAttached) -> str:
    place = f" to review {x.review}" if x.review else ""
    return f"{x.by} attached evidence ({kind_in_words(x.media_type)}){place}: {x.name or '(erased)'}"


_WORDS: dict[type[e.Event], Callable[[Any], str]] = {
    e.OnboardingOpened: _opened,
    e.FactsReceived: _received,
    e.Screened: _screened,
    e.StageReached: lambda x: f"it rests at {x.stage}: {x.why}",
    e.StateChanged: lambda x: f"{x.now}: {x.why}",
    e.RouteCorrected: _corrected,
    e.RegisterPinned: lambda x: f"it runs under version {x.now} of the register, before {x.was} ({x.choice})",
    e.RegisterKept: lambda x: f"it stays with version {x.kept} although there is {x.newer} ({x.choice})",
    e.OnboardingClosed: lambda x: f"closed: {x.why or '(erased)'}",
    e.OnboardingReopened: lambda x: f"open again: {x.why or '(erased)'}",
    e.ReviewOpened: _review,
    e.ReviewClosed: lambda x: f"review {x.review} is {x.outcome}: {x.why}",
    e.ReviewClaimed: lambda x: f"{x.by} has review {x.review}",
    e.ReviewAtRisk: lambda x: f"review {x.review} is at risk of being late",
    e.ReviewBreached: lambda x: f"review {x.review} is late, with {role(x.owner)}",
    e.ReviewEscalated: lambda x: f"review {x.review} goes to {role(x.role)}: {x.why}",
    e.HoldRaised: _hold,
    e.HoldLifted: lambda x: f"{x.by} lifted the hold {x.hold}",
    e.CommentAdded: _commented,
    e.EvidenceAttached: _attached,
    e.GapReported: lambda x: f"{x.by} had to look elsewhere for {x.case}: {x.text or '(erased)'}",
    e.DecisionRecorded: _decision,
    e.ApprovalEnded: _ended,
    e.ConditionMet: lambda x: f"{x.by} says that condition {x.condition} of d{x.decision} is met",
    e.ConditionMissed: lambda x: f"condition {x.condition} of d{x.decision} was not met in time",
    e.ActionRequested: _asked,
    e.ActionAmended: lambda x: f"the content of a{x.action} was changed",
    e.ActionDropped: lambda x: f"a{x.action} will not run: {x.how}{f', {x.why}' if x.why else ''}",
    e.ReleaseGranted: _granted,
    e.ReleaseWithdrawn: lambda x: f"a{x.action} may not run after all: {x.why}",
    e.RunStarted: lambda x: f"a{x.action} began to run at {target_name(x.target)}, attempt {x.attempt}",
    e.RunSucceeded: _succeeded,
    e.RunFailed: _failed,
    e.RunUncertain: lambda x: f"nobody knows whether a{x.action} happened: {x.why or '(erased)'}",
    e.RunResolved: lambda x: (
        f"{x.by} found out: a{x.action} {'happened' if x.happened else 'did not happen'}"
    ),
    e.LegalHoldPlaced: lambda x: f"{x.by} placed a legal hold: {x.why}",
    e.SuggestionMade: lambda x: (
        f"assist ({x.model}) suggested s{x.suggestion} for {', '.join(x.cases)}"
        + (f"; paused by {', '.join(x.paused)}" if x.paused else "")
    ),
    e.SuggestionJudged: lambda x: (
        f"{x.by} {x.outcome} suggestion s{x.suggestion}" + (f'; "{x.note}"' if x.note else "")
    ),
    e.LegalHoldLifted: lambda x: f"{x.by} lifted the legal hold",
    e.PersonErased: lambda x: f"{x.by} had a person erased from {len(x.places)} events, {x.request}",
}
