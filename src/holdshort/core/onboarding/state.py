"""An onboarding as its events leave it. Values only; `evolve` makes the next one from an event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from holdshort.core.clauses import Step
from holdshort.core.onboarding.events import About, DecisionRecorded, Found
from holdshort.core.onboarding.facts import Facts

RunStatus = Literal["", "released", "attempting", "done", "failed", "uncertain"]
LIVE: tuple[RunStatus, ...] = ("attempting", "uncertain")

STATES = (
    "handoff received", "needs information", "accepted", "kickoff scheduled", "implementation active", "blocked",
    "customer action needed", "go-live", "first value reached", "transitioned to CS", "closed",
)  # fmt: skip
"""The eleven completion states (requirements C8)."""


@dataclass(frozen=True, slots=True)
class Review:
    """
    A pause for a person. `steps` have to agree one after another; `escalated_to` may decide as well.

    `part` counts the parts of a row's review rule, each of which is a review of its own.
    """

    no: int
    case: str
    about: About
    tier: str
    owner: str
    escalation: str
    steps: tuple[Step, ...]
    opened_at: datetime
    at_risk_at: datetime
    breaches_at: datetime
    action: int = 0
    part: int = 0
    row_digest: str = ""
    status: Literal["open", "decided", "closed"] = "open"
    claimed_by: str = ""
    escalated_to: tuple[str, ...] = ()
    at_risk: bool = False
    breached: bool = False
    asked_role: str = ""
    """Who was asked for information (decision J3) that has not come yet."""
    decided_at: datetime | None = None

    def roles(self, step: int) -> tuple[str, ...]:
        """Who may decide this step."""
        return tuple(dict.fromkeys([*self.steps[step].roles, *self.escalated_to]))

    @property
    def all_roles(self) -> tuple[str, ...]:
        named = [role for each in self.steps for role in each.roles]
        return tuple(dict.fromkeys([self.owner, *named, *self.escalated_to]))


@dataclass(frozen=True, slots=True)
class Approval:
    """A decision that approves, for as long as it counts. `ended` says how it ended; empty while it counts."""

    decision: DecisionRecorded
    at: datetime
    ended: str = ""
    missed: tuple[int, ...] = ()
    met: tuple[int, ...] = ()

    def covers(self, action: int, digest: str, target: str) -> bool:
        return any(
            (each.action, each.digest, each.target) == (action, digest, target)
            for each in self.decision.covers
        )


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that was asked for. `attempt` counts the runs that began."""

    no: int
    kind: str
    source: str
    by: str
    digest: str
    payload: Mapping[str, Any]
    about: str = ""
    authors: frozenset[str] = frozenset()
    """Who asked for it and who changed it since: none of them approves it."""
    due_at: datetime | None = None
    dropped: Literal["", "rejected", "withdrawn"] = ""
    run: RunStatus = ""
    key: str = ""
    target: str = ""
    decisions: tuple[int, ...] = ()
    attempt: int = 0
    worker: str = ""
    started_at: datetime | None = None
    lease_until: datetime | None = None
    retry_at: datetime | None = None
    same_key: bool = False
    granted_at: datetime | None = None
    amended: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may still run one day, or is running."""
        return not self.dropped and self.run not in ("done",)


@dataclass(frozen=True, slots=True)
class PersonHold:
    no: int
    by: str
    owner: str
    tier: str
    kinds: tuple[str, ...]
    lifted: bool = False

    @property
    def case(self) -> str:
        return f"PERSON-{self.no}"


@dataclass(frozen=True, slots=True)
class Episode:
    """A finding that stands: since when, and how often it has stood before."""

    case: str
    since: datetime
    count: int


@dataclass(frozen=True)
class Onboarding:
    """Everything that is known of one customer's run along the path."""

    key: str = ""
    title: str = ""
    trigger: str = ""
    register: int = 0
    keeps: Literal["", "grandfather", "drain"] = ""
    """Why it stays with its register version although there is a newer one."""
    facts: Facts = field(default_factory=Facts)
    screened: str = ""
    """Digest of the last answer of the register."""
    verdict: str = ""
    tier: str = "none"
    lane: str = ""
    segment: str = ""
    reviewers: tuple[str, ...] = ()
    findings: tuple[Found, ...] = ()
    episodes: Mapping[str, Episode] = field(default_factory=dict)
    past_episodes: Mapping[str, int] = field(default_factory=dict)
    stage: str = ""
    state: str = ""
    corrected_lane: str = ""
    corrected_owner: Mapping[str, str] = field(default_factory=dict)
    corrected_tier: Mapping[str, str] = field(default_factory=dict)
    reviews: Mapping[int, Review] = field(default_factory=dict)
    approvals: Mapping[int, Approval] = field(default_factory=dict)
    decisions: int = 0
    actions: Mapping[int, Action] = field(default_factory=dict)
    holds: Mapping[int, PersonHold] = field(default_factory=dict)
    comments: int = 0
    attachments: int = 0
    asked: frozenset[tuple[str, str, str]] = frozenset()
    """What rows have asked for: case, kind and what it is about."""
    known: frozenset[str] = frozenset()
    """Digests of everything that was ever asked for, amended since or not: the same again is no new action."""
    suggestions: int = 0
    """How many assist has made; no rule looks at them."""
    suggested: str = ""
    """What the last ones were made from."""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    legal_hold: str = ""
    seq: int = 0

    @property
    def exists(self) -> bool:
        return self.opened_at is not None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    def changed(self, **changes: Any) -> Onboarding:
        """The same with these fields changed: `dataclasses.replace`, for a value with thirty fields that changes often."""
        new = object.__new__(Onboarding)
        new.__dict__.update(self.__dict__, **changes)
        return new

    def open_reviews(self) -> Iterator[Review]:
        return (each for each in self.reviews.values() if each.status == "open")

    def review_of(self, case: str, part: int = 0, action: int = 0) -> Review | None:
        """The newest review of a part of a case, or of one action."""
        wanted = (case, part, action)
        found = [each for each in self.reviews.values() if (each.case, each.part, each.action) == wanted]
        return found[-1] if found else None

    def is_spent(self, decision: DecisionRecorded) -> bool:
        """Everything it covered has run or is running: there is nothing left that could be stopped."""
        if decision.waives or decision.conditions:
            return False
        runs = [self.actions[each.action] for each in decision.covers if each.action in self.actions]
        return all(each.run in ("attempting", "done", "uncertain") or each.dropped for each in runs)

    def valid_approvals(self) -> Iterator[Approval]:
        return (each for each in self.approvals.values() if not each.ended and not each.missed)
