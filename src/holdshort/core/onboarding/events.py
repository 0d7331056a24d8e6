"""
What can happen to an onboarding, in the past tense. The log of these is the state.

A field marked `PRIVATE` holds something that came from the customer's records or from a person's pen; the store seals
it under the onboarding's own key. Everything else may stand in the open for ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from holdshort.core.clauses import Step

PRIVATE = {"private": True}
SYSTEM = "holdshort"
"""Who acts where nobody does."""

About = Literal["finding", "action", "hold", "run"]
Code = Literal["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened."""


# --- the onboarding and its facts ---


@dataclass(frozen=True, slots=True)
class OnboardingOpened(Event):
    key: str
    trigger: str
    register: int
    title: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class FactsReceived(Event):
    """A record came in. `older` names places for which something newer was known: those stayed as they were."""

    channel: str
    source_event: str
    digest: str
    received_at: datetime
    older: tuple[str, ...] = ()
    record: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, in the open: what of it may stand in the log for ever."""

    case: str
    result: str
    tier: str
    owner: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Screened(Event):
    """The register gave another answer than before. `answer` has reasons and evidence in full."""

    register: int
    digest: str
    verdict: str
    tier: str
    lane: str
    segment: str
    reviewers: tuple[str, ...]
    findings: tuple[Found, ...]
    answer: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class StageReached(Event):
    """Where the onboarding rests on the path of nine stages (requirements P)."""

    stage: str
    why: str


@dataclass(frozen=True, slots=True)
class StateChanged(Event):
    """Another of the eleven completion states (requirements C8)."""

    was: str
    now: str
    why: str


@dataclass(frozen=True, slots=True)
class RouteCorrected(Event):
    """What a person set right; empty where it stays. `milestones` is the new plan in their words."""

    review: int
    lane: str = ""
    owner: str = ""
    tier: str = ""
    milestones: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class RegisterPinned(Event):
    """The onboarding runs under another register version from here on."""

    was: int
    now: int
    digest: str
    choice: str


@dataclass(frozen=True, slots=True)
class RegisterKept(Event):
    """A newer version was published and this onboarding stays with its own: for good, or until nothing of it waits."""

    kept: int
    newer: int
    choice: Literal["grandfather", "drain"]


@dataclass(frozen=True, slots=True)
class OnboardingClosed(Event):
    why: str = field(metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class OnboardingReopened(Event):
    why: str = field(metadata=PRIVATE)


# --- what assist said ---


@dataclass(frozen=True, slots=True)
class SuggestionMade(Event):
    """
    Something to read. Nothing follows from it: no rule, review or action looks at it. `snapshot`: what it was made from.

    `paused`: codes of the pause rule that apply. `stated`: the confidence as written, empty where there is none.
    """

    suggestion: int
    capability: str
    cases: tuple[str, ...]
    model: str
    prompt_version: str
    snapshot: str
    paused: tuple[str, ...] = ()
    stated: str = ""
    tokens: int = 0
    minor_units: int = 0
    content: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class SuggestionJudged(Event):
    """What a person did with it: kept it as it was, edited it, or threw it out."""

    suggestion: int
    by: str
    outcome: Literal["kept", "edited", "rejected"]
    note: str = field(default="", metadata=PRIVATE)


# --- reviews ---


@dataclass(frozen=True, slots=True)
class ReviewOpened(Event):
    """
    A pause for a person.

    `action`: the one action it is about, where it is about one. `row_digest`: of the text that asks for it.
    """

    review: int
    case: str
    about: About
    tier: str
    owner: str
    escalation: str
    steps: tuple[Step, ...]
    at_risk_at: datetime
    breaches_at: datetime
    action: int = 0
    part: int = 0
    row_digest: str = ""


@dataclass(frozen=True, slots=True)
class ReviewClosed(Event):
    """It needs nobody any more: decided, or what it was about is gone."""

    review: int
    outcome: str
    why: str


@dataclass(frozen=True, slots=True)
class ReviewClaimed(Event):
    review: int
    by: str


@dataclass(frozen=True, slots=True)
class ReviewAtRisk(Event):
    review: int


@dataclass(frozen=True, slots=True)
class ReviewBreached(Event):
    review: int
    owner: str


@dataclass(frozen=True, slots=True)
class ReviewEscalated(Event):
    """`role` decides from here on: alone where a person passed it on, beside the owner where the clock did."""

    review: int
    role: str
    why: str
    alone: bool
    at_risk_at: datetime
    breaches_at: datetime


@dataclass(frozen=True, slots=True)
class HoldRaised(Event):
    """A person sensed a risk that no rule found (requirements L8). Empty `kinds`: everything that could reach the customer."""

    hold: int
    by: str
    owner: str
    tier: str
    kinds: tuple[str, ...]
    why: str = field(metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class HoldLifted(Event):
    hold: int
    by: str


# --- what people tell each other ---


@dataclass(frozen=True, slots=True)
class CommentAdded(Event):
    """`review` is 0 where it is about the onboarding. `mentions`: users who are asked to look. It changes no verdict."""

    comment: int
    review: int
    by: str
    mentions: tuple[str, ...] = ()
    text: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class GapReported(Event):
    """A reviewer had to look elsewhere: a gap of the row that sent the onboarding here. `text` says for what, and where."""

    review: int
    case: str
    by: str
    text: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class EvidenceAttached(Event):
    """
    A file that somebody put beside a review, or (0) beside the onboarding. It changes no verdict.

    `sealed_digest` is the SHA-256 of the bytes as they are kept, sealed under `key` (base64) alone: whoever erases the
    private part has erased the file. `digest` is that of the file itself, which would tell it to whoever guesses.
    """

    attachment: int
    review: int
    by: str
    media_type: str
    size: int
    sealed_digest: str
    name: str = field(default="", metadata=PRIVATE)
    digest: str = field(default="", metadata=PRIVATE)
    key: str = field(default="", metadata=PRIVATE)


# --- decisions ---


@dataclass(frozen=True, slots=True)
class Seen:
    """One fact as the packet showed it."""

    name: str
    system: str
    field: str
    value: Any
    state: str
    digest: str
    """Of the whole value, of which `value` may show a part only."""
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """One action exactly as it was approved: this payload, to this target."""

    action: int
    kind: str
    digest: str
    target: str


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to become true, who sees to it, and by when."""

    text: str
    owner: str
    deadline: datetime


@dataclass(frozen=True, slots=True)
class DecisionRecorded(Event):
    """
    What a named person decided. A decision that approves also binds: `covers`, the evidence, the row and an expiry.

    `step`: the step of the review for which it counts. `on_behalf_of`: whom a delegate stood in for. `waives`: the
    finding no longer holds, but each action still asks for itself. `checks`: the row's gaps, word for word.
    """

    decision: int
    review: int
    case: str
    code: Code
    by: str
    role: str
    step: int = 0
    on_behalf_of: str = ""
    covers: tuple[Covered, ...] = ()
    waives: bool = False
    register: int = 0
    row_digest: str = ""
    result: str = ""
    tier: str = ""
    seen_digest: str = ""
    expires_at: datetime | None = None
    owner: str = ""
    asked_role: str = ""
    evidence: tuple[Seen, ...] = field(default=(), metadata=PRIVATE)
    checks: tuple[str, ...] = field(default=(), metadata=PRIVATE)
    reason: str = field(default="", metadata=PRIVATE)
    exception: str = field(default="", metadata=PRIVATE)
    conditions: tuple[Condition, ...] = field(default=(), metadata=PRIVATE)

    @property
    def approves(self) -> bool:
        return bool(self.covers) or self.waives


@dataclass(frozen=True, slots=True)
class ApprovalEnded(Event):
    """A decision's approval no longer counts. `how`: stale, expired, recalled or void; `words` say what changed."""

    decision: int
    review: int
    how: Literal["stale", "expired", "recalled", "void"]
    by: str = ""
    words: tuple[str, ...] = field(default=(), metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class ConditionMet(Event):
    decision: int
    condition: int
    by: str
    note: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class ConditionMissed(Event):
    """Its deadline passed; what has not run under it does not run."""

    decision: int
    condition: int


# --- actions and runs ---


@dataclass(frozen=True, slots=True)
class ActionRequested(Event):
    """
    `source`: record, request, decision, clock, or the case of the row that asks. `about`: what makes it one of a kind.
    `answers`: the person who answers for the program that asks, and so does not approve it either.
    """

    action: int
    kind: str
    source: str
    by: str
    digest: str
    due_at: datetime | None = None
    about: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)
    answers: str = ""


@dataclass(frozen=True, slots=True)
class ActionAmended(Event):
    """Another payload stands in its place; approvals of the old one do not cover it."""

    action: int
    digest: str
    was: str
    by: str
    payload: Mapping[str, Any] = field(default_factory=dict, metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class ActionDropped(Event):
    """It will not run. `how`: rejected by a person, or withdrawn since nothing asks for it any more."""

    action: int
    how: Literal["rejected", "withdrawn"]
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseGranted(Event):
    """Leave to run this action once. `decisions`: those it rests on, by number; none where no row holds it."""

    action: int
    digest: str
    target: str
    key: str
    decisions: tuple[int, ...]
    why: str


@dataclass(frozen=True, slots=True)
class ReleaseWithdrawn(Event):
    action: int
    why: str
    words: tuple[str, ...] = field(default=(), metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """Written before the call leaves the house. `changed`: facts that moved since the approval and matter to nobody."""

    action: int
    attempt: int
    key: str
    target: str
    worker: str
    lease_until: datetime
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSucceeded(Event):
    """`differs`: the target says it stored something else than was sent."""

    action: int
    attempt: int
    how: str
    differs: bool = False
    reference: str = field(default="", metadata=PRIVATE)
    words: tuple[str, ...] = field(default=(), metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class RunFailed(Event):
    """
    Known not to have happened. `lost`: its worker never said so, the target was asked instead; since that worker may yet
    wake up, the next attempt goes out under the same key.
    """

    action: int
    attempt: int
    retry_at: datetime | None
    lost: bool = False
    why: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class RunUncertain(Event):
    """Nobody knows whether it happened: it is never tried again by itself, a person finds out."""

    action: int
    attempt: int
    why: str = field(default="", metadata=PRIVATE)


@dataclass(frozen=True, slots=True)
class RunResolved(Event):
    """A person looked: it happened, or it did not."""

    action: int
    attempt: int
    happened: bool
    by: str
    note: str = field(default="", metadata=PRIVATE)


# --- personal data ---


@dataclass(frozen=True, slots=True)
class LegalHoldPlaced(Event):
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class LegalHoldLifted(Event):
    by: str


@dataclass(frozen=True, slots=True)
class PersonErased(Event):
    """`places`: how many texts were taken out of which events, by seq."""

    by: str
    request: str
    places: tuple[int, ...] = ()


EVENTS: dict[str, type[Event]] = {each.__name__: each for each in Event.__subclasses__()}
"""Every kind of event by its name, as the log writes it."""
