"""What the services need of the outside: a store, a clock, targets. Adapters fit these shapes without knowing them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from holdshort.core.onboarding.commands import Command
from holdshort.core.onboarding.events import Event
from holdshort.core.onboarding.state import Onboarding

# --- events -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewEvent:
    """
    Something that happened, ready to be written. Times are UTC instants.

    `body` may stand in the open for ever: kinds, codes, digests, users. `private` holds what came from the customer's
    records; the store seals it under the onboarding's own key, so that it can be erased while the chain still verifies.
    """

    kind: str
    body: Mapping[str, Any]
    private: Mapping[str, Any] | None
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as the log has it; `seq` counts from 1 for each onboarding, `hash` chains it to the one before."""

    seq: int
    kind: str
    body: Mapping[str, Any]
    private: Mapping[str, Any] | None
    actor: str
    at: datetime
    hash: str


# --- read tables ------------------------------------------------------------------------------------------

ReviewStatus = Literal["open", "decided", "closed"]
ActionStatus = Literal[
    "held", "needs review", "not due", "released", "attempting", "done", "failed", "uncertain", "rejected",
    "withdrawn",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnboardingRow:
    """One onboarding as lists show it. `wake_at`: when its clocks next have something to say; None: never."""

    number: int
    key: str
    title: str
    lane: str
    segment: str
    stage: str
    state: str
    verdict: str
    tier: str
    register: int
    opened_at: datetime
    wake_at: datetime | None
    closed_at: datetime | None
    legal_hold: bool = False


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One pause for a person. Its id is `NUMBER.NO`, as in `12.3`."""

    number: int
    no: int
    case: str
    about: str
    tier: str
    owner: str
    claimed_by: str
    status: ReviewStatus
    opened_at: datetime
    at_risk_at: datetime
    breaches_at: datetime
    breached: bool = False
    decided_at: datetime | None = None

    @property
    def id(self) -> str:
        return f"{self.number}.{self.no}"


@dataclass(frozen=True, slots=True)
class ActionRow:
    """One action that was asked for, with how far it came. Its id is `NUMBER/aNO`, as in `12/a3`."""

    number: int
    no: int
    kind: str
    status: ActionStatus
    target: str
    digest: str
    key: str
    due_at: datetime | None
    attempt: int = 0
    worker: str = ""
    lease_until: datetime | None = None
    started_at: datetime | None = None
    recipients: tuple[str, ...] = ()
    """Keyed hashes of the recipients, for the cap a recipient; never the addresses themselves."""

    @property
    def id(self) -> str:
        return f"{self.number}/a{self.no}"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one onboarding that an append changes; rows that stay as they were are left out."""

    onboarding: OnboardingRow
    reviews: tuple[ReviewRow, ...] = ()
    actions: tuple[ActionRow, ...] = ()


# --- everything else that is kept -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublishedRegister:
    """A playbook folder as it was published, for ever: `files` maps a relative name to its bytes."""

    version: int
    digest: str
    author: str
    publisher: str
    published_at: datetime
    files: Mapping[str, bytes] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class Switch:
    """One pause switch that is on. `scope`: `everything`, `lane:NAME` or `connector:NAME`."""

    scope: str
    by: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True)
class User:
    """A person who may sign in; `name` is the stable identity, as in `--as rae`."""

    name: str
    title: str
    email: str
    roles: frozenset[str]
    active: bool = True


@dataclass(frozen=True, slots=True)
class Delegation:
    """`from_user`'s reviews may be decided by `to_user` from one instant up to another."""

    from_user: str
    to_user: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """
    What a target is to perform: the stored, approved payload; never one sent again.

    `key` is the idempotency key (payload digest and epoch): printable ASCII without blanks, at most 200 characters.
    `onboarding` is the natural key, `release` the action's id, for people.
    """

    kind: str
    payload: Mapping[str, Any]
    key: str
    onboarding: str
    release: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How it ended. `failed` means KNOWN not to have happened; everything that might have happened is `uncertain`.

    `why` is one plain sentence for people. `reference` is the id at the other side, a file name or a message id.
    `stored` is what the target says it stored, where it can tell.
    """

    state: Literal["done", "failed", "uncertain"]
    why: str
    reference: str = ""
    stored: Mapping[str, Any] | None = None


class Target(Protocol):
    """
    One system that one action is performed against, at most once for a key.

    No method raises for anything that the outside world does; all keep within `timeout_s` seconds.
    """

    name: str

    def perform(self, order: Order, timeout_s: float) -> Outcome: ...

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        """Done or failed where the target can tell with authority what became of the key; None where it cannot."""
        ...

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        """The payload as the outside world now has it; empty when it has none; None when it cannot tell."""
        ...


@dataclass(frozen=True)
class Acted:
    """What one act did: the onboarding's number, the events that were written, the state after and before them."""

    number: int
    events: tuple[Event, ...]
    state: Onboarding
    before: Onboarding | None = None


class Workflow(Protocol):
    """Acts on onboardings, as the runner sees them."""

    def act(self, number: int, command: Command, actor: str, operation: str = "") -> Acted: ...

    def state(self, number: int) -> Onboarding: ...


HOUSE_KEY = "-/-/house"
HOUSE_NUMBER = 0
"""The log of the house itself (people, pauses, registers) has this key and number; intake refuses such a key, no list shows it."""


class Conflict(Exception):
    """Somebody else wrote first: another version of the onboarding, or the same key. Nothing was written."""


class Unavailable(Exception):
    """The store cannot be read or written now (away, locked, full, read-only). `outcome_unknown`: a commit got no reply."""

    def __init__(self, message: str, mend: str = "", *, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.mend = mend
        self.outcome_unknown = outcome_unknown


class Transaction(Protocol):
    """Everything done through it is committed together, or nothing is."""

    def number_of(self, key: str) -> int | None:
        """The onboarding with this natural key."""
        ...

    def open_onboarding(self, key: str) -> int:
        """A new onboarding's number, from 1; HOUSE_NUMBER for HOUSE_KEY. Raises Conflict where the key is taken."""
        ...

    def history(self, number: int) -> list[StoredEvent]:
        """All its events in order, the onboarding being locked for this transaction; empty where it is unknown."""
        ...

    def append(self, number: int, expected: int, events: Sequence[NewEvent], rows: Rows) -> None:
        """Write events after `expected` (the seq of the last one known), and the rows. Raises Conflict."""
        ...

    def mark(self, name: str) -> bool:
        """Remember that `name` was handled (an operation, an incoming event); False where it already was."""
        ...

    def marked(self, name: str) -> bool: ...

    def switches(self) -> list[Switch]: ...

    def set_switch(self, switch: Switch) -> None: ...

    def clear_switch(self, scope: str) -> bool: ...

    def quarantine(self) -> str:
        """Why nothing may leave (a restored backup that nobody reconciled); empty where all is well."""
        ...

    def set_quarantine(self, why: str) -> None: ...

    def runs_started(self, since: datetime, target: str = "", recipient: str = "") -> int:
        """How many runs began at or after `since`, of one target or to one recipient hash where named."""
        ...

    def users(self) -> list[User]: ...

    def delegations(self) -> list[Delegation]: ...

    def put_user(self, user: User, password: str | None = None) -> None:
        """Add or change a user; the password is hashed with Argon2 and None leaves it as it is."""
        ...

    def put_delegation(self, delegation: Delegation) -> None: ...

    def publish(self, published: PublishedRegister) -> None:
        """Raises Conflict where the version exists; versions never change."""
        ...

    def attach(self, number: int, no: int, sealed: bytes) -> None:
        """Keep the bytes of an onboarding's file, sealed already. Raises Conflict where this `no` has some."""
        ...

    def drop_attachments(self, number: int) -> None:
        """Destroy the bytes of all files of an onboarding; `erase` takes out the keys that opened them."""
        ...

    def erase(self, number: int, redacted: Mapping[int, Mapping[str, Any] | None]) -> None:
        """Seal these private parts (by seq) anew under a new key and destroy the old key and what it sealed."""
        ...


class Store(Protocol):
    """One face for SQLite, PostgreSQL and memory. Reads go to the primary only."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """One durable transaction (SQLite: IMMEDIATE). Raises Unavailable."""
        ...

    def history(self, number: int) -> list[StoredEvent]: ...

    def number_of(self, key: str) -> int | None: ...

    def onboarding(self, number: int) -> OnboardingRow | None: ...

    def onboardings(
        self, *, state: str = "", search: str = "", after: int = 0, limit: int = 50, open_only: bool = False
    ) -> list[OnboardingRow]:
        """By number, those after the cursor `after`."""
        ...

    def reviews(
        self, *, number: int | None = None, owners: Sequence[str] = (), claimed_by: str = "", status: str = "open",
        breached: bool | None = None, at_risk_before: datetime | None = None, after: str = "", limit: int = 50,
        about: str = "", tier: str = "", lane: str = "", case: str = "",
    ) -> list[ReviewRow]:  # fmt: skip
        """Most urgent first: by `breaches_at`, then id. `after` is the id of the last one seen, `lane` its onboarding's."""
        ...

    def actions(
        self, *, number: int | None = None, status: str = "", after: str = "", limit: int = 50
    ) -> list[ActionRow]: ...

    def due_actions(self, now: datetime, limit: int) -> list[ActionRow]:
        """Released and due, oldest first."""
        ...

    def lost_runs(self, now: datetime, limit: int) -> list[ActionRow]:
        """Attempting, with a lease that ran out."""
        ...

    def due_wakes(self, now: datetime, limit: int) -> list[int]:
        """Numbers of onboardings whose `wake_at` has come, oldest first."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Open reviews, breached ones, onboardings by state …, for headers."""
        ...

    def attachment(self, number: int, no: int) -> bytes | None:
        """The bytes of a file as they were given to `attach`; None where they were erased or never there."""
        ...

    def register(self, version: int) -> PublishedRegister | None: ...

    def latest_register(self) -> PublishedRegister | None: ...

    def latest_version(self) -> int:
        """Of the registers; 0 before the first. Without the files, which few who ask need."""
        ...

    def pinned(self, version: int) -> Iterator[int]:
        """Numbers of open onboardings that run under this register version."""
        ...

    def password_is(self, name: str, password: str) -> bool:
        """Constant-time; False for unknown or inactive users as well."""
        ...


# --- other programs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApiKey:
    """
    A program's key as it is kept. `prefix` is its public half: it finds the key and names it in logs.

    `owner` answers for it; a key of the kind `person` acts as its owner.
    """

    prefix: str
    digest: str
    name: str
    kind: Literal["service", "person"]
    owner: str
    scopes: frozenset[str]
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def standing(self, now: datetime) -> str:
        """`in use`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if now >= self.expires_at else "in use"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something another program sent that is still to be taken in. `body` is None where it cannot be opened any more."""

    id: int
    source: str
    event: str
    channel: str
    body: bytes | None
    tries: int


@dataclass(frozen=True, slots=True)
class ArrivalRow:
    """One arrival as lists show it; `state` is waiting, done or failed."""

    id: int
    source: str
    event: str
    state: str
    received_at: datetime
    tries: int
    number: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears of what by webhook. Empty `kinds`: of everything."""

    id: int
    url: str
    kinds: frozenset[str]
    secret_no: int
    about: str
    created_by: str
    created_at: datetime
    ended_at: datetime | None = None

    def wants(self, kind: str) -> bool:
        return self.ended_at is None and (not self.kinds or kind in self.kinds)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one subscriber; `state` is waiting, delivered or failed, `event` the same for every try."""

    id: int
    subscription: int
    event: str
    kind: str
    body: str
    state: str
    tries: int
    due_at: datetime
    created_at: datetime
    tried_at: datetime | None = None
    status: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """How one try to send a message ended. `status` None: no answer came; `why` says what happened, in words."""

    status: int | None
    why: str

    @property
    def arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """410: the receiver says that it never wants anything again."""
        return self.status == 410


class FileSeal(Protocol):
    """Seals the bytes of a file under a key made for it alone."""

    def seal(self, content: bytes) -> tuple[str, bytes]:
        """The new key as text, and what is kept of the file."""
        ...

    def open(self, key: str, sealed: bytes) -> bytes | None:
        """None where the key does not fit, or what was kept is damaged."""
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present as an aware UTC instant."""
        ...


# --- who somebody is, said by somebody else ---------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody as an identity provider knows them: for good by issuer and subject, an address is only a hint."""

    issuer: str
    subject: str
    email: str
    email_verified: bool


class ProviderDown(Exception):
    """An identity provider cannot be asked now. The message is a phrase about it."""


class NotBelieved(Exception):
    """What an identity provider, or somebody in its name, says does not hold. The message is a phrase about it."""


class IdentityProvider(Protocol):
    """Says who somebody is. `redirect`: the address of ours to which it sends the browser back."""

    def address(
        self, redirect: str, state: str, nonce: str, verifier: str, *, afresh: bool = False
    ) -> str: ...

    def redeem(
        self, code: str, redirect: str, nonce: str, verifier: str, *, since: float | None = None
    ) -> Identity: ...


class ModelDown(Exception):
    """A model gives no answer, or not in time. Nothing depends on it."""


class ModelTransport(Protocol):
    """Carries a question to a model and its answer back."""

    @property
    def name(self) -> str:
        """Provider and model, for the log."""
        ...

    def ask(self, request: Mapping[str, str], timeout_s: float) -> Mapping[str, Any]:
        """`task`, `sources` and `schema` go out; `text` and `tokens` come back. Raises ModelDown."""
        ...
