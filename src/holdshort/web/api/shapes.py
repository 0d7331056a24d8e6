"""What goes in and what comes out, as the API's own description says it."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from holdshort.service.schemas import AnswerModel, FindingModel, GapModel

Tier = Literal["none", "low", "medium", "high", "hold"]
Verdict = Literal["clean", "held", "needs review", "not triggered", ""]
_NUMBER = 10**12


class Fault(Schema):
    model_config = ConfigDict(extra="allow")


class Problem(Schema):
    """RFC 9457. `code` is stable and listed among the error codes; `mend` says what would help."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    mend: str
    instance: str
    faults: list[Fault] | None = None


def problems(*statuses: int) -> dict[int, Any]:
    """What every operation may answer, and these."""
    return dict.fromkeys(sorted({400, 401, 403, 404, 409, 413, 422, 429, 503, *statuses}), Problem)


class In(Schema):
    """What a request says; a field that nobody knows is refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


# --- intake and run ---


class Taken(Schema):
    """What became of one record. `unreadable`: nothing of it was kept, and `faults` say why."""

    line: int
    outcome: Literal[
        "opened",
        "updated",
        "unchanged",
        "ignored",
        "not triggered",
        "unreadable",
        "put down",
        "put down before",
    ]
    onboarding: str = ""
    number: int | None = None
    verdict: Verdict = ""
    tier: str = ""
    state: str = ""
    decides: list[str] = Field(default_factory=list)
    reviews: list[str] = Field(default_factory=list)
    released: list[str] = Field(default_factory=list)
    faults: list[Fault] = Field(default_factory=list)


class TakenList(Schema):
    items: list[Taken]


class Ran(Schema):
    """One record's answer; null where it could not be read, and `faults` say why."""

    line: int
    answer: AnswerModel | None
    faults: list[Fault]


class RanList(Schema):
    register_: int = Field(alias="register", description="The published version that answered.")
    items: list[Ran]


# --- onboardings ---


class OnboardingRow(Schema):
    number: int
    onboarding: str
    title: str
    lane: str
    segment: str
    stage: str
    state: str
    verdict: str
    tier: str
    register_: int = Field(alias="register")
    opened_at: str
    closed_at: str | None
    legal_hold: bool


class Onboardings(Schema):
    items: list[OnboardingRow]
    next: str | None


class Evidence(Schema):
    name: str
    system: str
    field: str
    value: Any = None
    state: str
    as_of: str | None


class Awaited(Schema):
    review: str
    case: str
    decides: list[str]


class Action(Schema):
    """`verdict` is the gate's answer now; `why` says what stands in the way."""

    id: str
    kind: str
    status: str
    verdict: Literal["released", "needs review", "held", "not due"]
    why: str
    waits_for: list[Awaited]
    target: str
    recipients: list[str]
    payload: dict[str, Any]
    unfounded: list[str] = Field(
        description="Words of a message that nothing on record bears out, each with why."
    )
    digest: str
    source: str
    by: str
    about: str
    due_at: str | None
    rests_on: list[str]
    attempts: int
    key: str


class ConditionShown(Schema):
    id: str
    text: str
    owner: str
    deadline: str | None
    state: Literal["open", "met", "missed"]


class Decision(Schema):
    id: str
    review: str
    case: str
    code: str
    name: str
    by: str
    role: str
    on_behalf_of: str
    at: str | None
    covers: list[str]
    route_accepted: bool
    standing: str
    why_ended: list[str]
    reason: str
    exception: str
    owner: str
    asked: str
    expires_at: str | None
    conditions: list[ConditionShown]


class Step(Schema):
    roles: list[str]
    needed: int


class Review(Schema):
    """`seen` is the digest that a decision names; `decisions` maps each that fits to the actions that it may allow."""

    id: str
    onboarding: str
    title: str
    status: str
    case: str
    about: str
    scenario: str
    row: dict[str, str] | None
    result: str
    why: list[str]
    tier: str
    owner: str
    steps: list[Step]
    escalated_to: list[str]
    decides: list[str]
    step: int
    may_decide: list[str]
    claimed_by: str
    asked: str
    opened_at: str | None
    at_risk_at: str | None
    breaches_at: str | None
    pace: str
    evidence: list[Evidence]
    lacks: list[str]
    waiting: list[Action]
    decisions: dict[str, list[str]]
    decided: list[Decision]
    seen: str


class Hold(Schema):
    case: str
    by: str
    owner: str
    tier: str
    kinds: list[str]
    why: str
    lifted: bool


class Run(Schema):
    action: str
    attempt: int
    at: str | None
    target: str
    key: str
    outcome: str
    words: list[str]
    changed: list[str]


class Onboarding(Schema):
    number: int
    onboarding: str
    title: str
    state: str
    state_why: str
    stage: str
    stage_name: str
    stage_why: str
    lane: str
    segment: str
    register_: int = Field(alias="register")
    opened_at: str | None
    closed_at: str | None
    legal_hold: Any
    verdict: str
    tier: str
    findings: list[FindingModel]
    gaps: list[GapModel]
    holds: list[Hold]
    reviews: list[Review]
    actions: list[Action]
    decisions: list[Decision]
    runs: list[Run]
    facts: list[Evidence]


class Event(Schema):
    seq: int
    at: str | None
    by: str
    kind: str
    words: str
    hash: str


class Events(Schema):
    items: list[Event]
    next: str | None


# --- reviews ---


class ReviewRow(Schema):
    review: str
    onboarding: str
    number: int
    title: str
    state: str
    lane: str
    case: str
    about: str
    scenario: str
    tier: str
    owner: str
    decides: list[str]
    step: int
    steps: int
    claimed_by: str
    opened_at: str
    at_risk_at: str
    breaches_at: str
    pace: Literal["on time", "at risk", "breached"]
    business_minutes_left: int


class Reviews(Schema):
    items: list[ReviewRow]
    next: str | None


class ConditionIn(In):
    text: str = Field(min_length=1, max_length=2000)
    owner: str = Field(max_length=64, description="The role that sees to it.")
    deadline: str = Field(
        max_length=40, description="2026-12-01 (its closing time), or an instant with its zone."
    )


class DecisionIn(In):
    """
    One of the nine decisions. `seen` is the digest of what you looked at, from `GET /reviews/…`: refused where it is another
    by now. A high or hold review asks for `password`, or `code` where you have a second factor.
    """

    decision: Literal[
        "accept-route", "correct-route", "request-info", "approve-kickoff", "approve-with-conditions",
        "approve-message", "reject", "escalate", "override",
    ]  # fmt: skip
    seen: str = Field(min_length=64, max_length=64)
    reason: str = Field("", max_length=20_000)
    exception: str = Field("", max_length=20_000)
    scope: list[str] = Field(
        [], max_length=500, description="Ids of actions; all that wait where it is empty."
    )
    conditions: list[ConditionIn] = Field([], max_length=20)
    payload: dict[str, Any] | None = Field(
        None, description="What of the message is otherwise (approve-message)."
    )
    to: str = Field(
        "", max_length=64, description="The role that is asked (request-info) or decides (escalate)."
    )
    owner: str = Field("", max_length=150)
    lane: str = Field("", max_length=200)
    tier: Literal["", "low", "medium", "high", "hold"] = ""
    milestones: str = Field("", max_length=20_000)
    question: str = Field("", max_length=20_000)
    password: str = Field("", max_length=200)
    code: str = Field("", max_length=40)
    dry_run: bool = Field(False, description="Say exactly what it would do, and do nothing.")


class Effect(Schema):
    id: str
    kind: str
    target: str
    recipients: list[str]
    payload: dict[str, Any]
    digest: str
    why: str = ""
    waits_for: list[Awaited] = Field(default_factory=list)


class ReviewsMoved(Schema):
    opened: list[dict[str, Any]]
    closed: list[dict[str, Any]]
    passed_on: list[dict[str, Any]]


class Effects(Schema):
    """What an act did, or with `dry_run` would do, to actions and reviews."""

    dry_run: bool
    number: int
    onboarding: str
    decision: dict[str, Any] | None = None
    released: list[Effect]
    allowed: list[Effect]
    withheld: list[Effect]
    stopped: list[Effect]
    asked: list[Effect]
    reviews: ReviewsMoved
    state: str
    events: list[str]


class HoldIn(In):
    """Stop something although no row fires. Empty `kinds`: all that reaches the customer or a system."""

    reason: str = Field(min_length=1, max_length=20_000)
    kinds: list[str] = Field([], max_length=200)
    owner: str = Field("", max_length=64)
    tier: Literal["low", "medium", "high", "hold"] = "hold"


# --- actions ---


class ActionIn(In):
    """Ask for an action. The same content again is the same action; `about` tells two of the same content apart."""

    kind: str = Field(min_length=1, max_length=100)
    payload: dict[str, Any] = Field(default_factory=dict)
    about: str = Field("", max_length=500)


# --- register ---


class RowShort(Schema):
    case: str
    scenario: str
    lanes: list[str]
    segments: list[str]
    tier: str
    owner: str
    escalation: str
    holds: list[str]
    active: bool


class Register(Schema):
    version: int
    digest: str
    author: str
    publisher: str
    published_at: str
    items: list[RowShort]
    next: str | None


class Row(RowShort):
    texts: dict[str, str] = Field(description="The row's cells as written, by column.")


# --- audit ---


class AuditEvent(Schema):
    """An event as the chain has it. What came from a customer's records is sealed, and only its commitment is here."""

    number: int
    seq: int
    kind: str
    at: str
    actor: str
    body: dict[str, Any]
    commitment: str
    hash: str


class AuditEvents(Schema):
    items: list[AuditEvent]
    next: str | None


class HeadShown(Schema):
    number: int
    seq: int
    hash: str


class CheckpointShown(Schema):
    no: int
    at: str
    heads: list[HeadShown]
    previous: str
    signature: str
    key_id: str


class AuditHead(Schema):
    """The last signed checkpoint, and the ends of logs that grew since then."""

    checkpoint: CheckpointShown | None
    unanchored: list[HeadShown]
    public_key: str


# --- webhooks ---


class Heard(Schema):
    received: bool
    already: bool = False
    challenge: str | None = None


class SubscriptionIn(In):
    url: str = Field(min_length=1, max_length=2000)
    kinds: list[str] = Field([], max_length=50, description="What to hear of; everything where it is empty.")
    about: str = Field("", max_length=500)


class Subscription(Schema):
    id: int
    url: str
    kinds: list[str]
    about: str
    created_by: str
    created_at: str
    ended_at: str | None


class SubscriptionMade(Subscription):
    secret: str = Field(description="Messages are signed with it. Shown only now.")


class Secret(Schema):
    secret: str


class Subscriptions(Schema):
    items: list[Subscription]
    kinds: list[str] = Field(description="All that one can hear of.")


class Delivery(Schema):
    id: int
    event: str
    kind: str
    state: Literal["waiting", "delivered", "failed"]
    tries: int
    created_at: str
    due_at: str
    tried_at: str | None
    status: int | None
    why: str


class Deliveries(Schema):
    items: list[Delivery]
    next: str | None


class Arrival(Schema):
    id: int
    source: str
    event: str
    state: Literal["waiting", "done", "failed"]
    received_at: str
    tries: int
    number: int | None
    why: str


class Arrivals(Schema):
    items: list[Arrival]
    next: str | None
