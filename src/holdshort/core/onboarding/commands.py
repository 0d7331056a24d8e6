"""What may be asked of an onboarding. Values only; `decide` answers with events or refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from holdshort.core.onboarding.events import Code, Condition


@dataclass(frozen=True, slots=True)
class Command:
    """Something asked of one onboarding."""


@dataclass(frozen=True, slots=True)
class Receive(Command):
    """A record has come by some channel. `key` and `trigger` place it (they follow from the record)."""

    record: Mapping[str, Any]
    key: str
    trigger: str
    title: str = ""
    channel: str = ""
    source_event: str = ""


@dataclass(frozen=True, slots=True)
class Request(Command):
    """
    An automation, an agent or a person asks for an action. `about` tells two of the same payload apart, `answers` is the
    person who answers for a program that asks.
    """

    kind: str
    payload: Mapping[str, Any]
    by: str
    about: str = ""
    answers: str = ""


@dataclass(frozen=True, slots=True)
class Amend(Command):
    """Another payload in place of the one that was asked for."""

    action: int
    payload: Mapping[str, Any]
    by: str


@dataclass(frozen=True, slots=True)
class Withdraw(Command):
    action: int
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Decide(Command):
    """
    One of the nine decisions on one review (requirements J).

    Args:
        stepped_up: The person has just shown their password or second factor again.
        seen: Digest of what the person saw; refused where it is another by now. Empty: as it stands.
        scope: Numbers of the actions it is about; empty: all that the review stops and the decision may allow.
        payload: The edited message of J6.
        to: The role of J3 (who is asked) or J8 (who decides).
        owner: The new owner of J2, or who answers for an override (J9).
    """

    review: int
    code: Code
    by: str
    stepped_up: bool = False
    seen: str = ""
    reason: str = ""
    exception: str = ""
    scope: tuple[int, ...] = ()
    conditions: tuple[Condition, ...] = ()
    payload: Mapping[str, Any] | None = None
    to: str = ""
    owner: str = ""
    lane: str = ""
    tier: str = ""
    milestones: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class RaiseHold(Command):
    """Empty `kinds`: every customer-facing action and system write."""

    by: str
    why: str
    owner: str = ""
    tier: str = "hold"
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment(Command):
    """A remark for whoever reads this next: on one review, or (0) on the onboarding. It changes no verdict."""

    by: str
    text: str
    review: int = 0


@dataclass(frozen=True, slots=True)
class Attach(Command):
    """
    Put a file beside one review, or (0) beside the onboarding. The bytes are kept elsewhere, sealed under `key`.

    `media_type` is what its content says, empty for what is not taken; `digest` and `sealed_digest` are SHA-256.
    """

    by: str
    name: str
    media_type: str
    size: int
    digest: str
    sealed_digest: str
    key: str
    review: int = 0


@dataclass(frozen=True, slots=True)
class ReportGap(Command):
    """A reviewer had to look elsewhere for something that the packet should have shown (requirements I)."""

    review: int
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Claim(Command):
    review: int
    by: str


@dataclass(frozen=True, slots=True)
class Reassign(Command):
    """Give a review to another person who may decide it."""

    review: int
    to: str
    by: str


@dataclass(frozen=True, slots=True)
class Recall(Command):
    """Take back a decision's approval; what has not run under it does not run."""

    decision: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MeetCondition(Command):
    decision: int
    condition: int
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recheck(Command):
    """Look again: time has passed, or the register, the people or the switches have changed."""


@dataclass(frozen=True, slots=True)
class Pin(Command):
    """Run under the register of the world from here on; `choice` is how it came about (recheck, grandfather, drain)."""

    choice: str = "recheck"


@dataclass(frozen=True, slots=True)
class Keep(Command):
    """Stay with the own register version although `newer` was published."""

    newer: int
    choice: Literal["grandfather", "drain"]


@dataclass(frozen=True, slots=True)
class StartRun(Command):
    """`record` holds the facts read again just before, where a source for them is connected."""

    action: int
    worker: str
    lease_s: float
    record: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class FinishRun(Command):
    """
    What became of an attempt. `differs`: in words, where the target stored something else than was sent.

    `lost`: the worker that began it never said so, and its lease has run out.
    """

    action: int
    attempt: int
    worker: str
    state: Literal["done", "failed", "uncertain"]
    why: str
    reference: str = ""
    differs: tuple[str, ...] = ()
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Resolve(Command):
    """A person has found out whether an uncertain run happened."""

    action: int
    happened: bool
    by: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Close(Command):
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Reopen(Command):
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Suggest(Command):
    """What assist said about `snapshot`, as `Suggestion.to_json` writes it: something to read and nothing else."""

    snapshot: str
    made: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class JudgeSuggestion(Command):
    suggestion: int
    by: str
    outcome: Literal["kept", "edited", "rejected"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class PlaceLegalHold(Command):
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class LiftLegalHold(Command):
    by: str


@dataclass(frozen=True, slots=True)
class Erase(Command):
    """`places`: seqs of the events out of which a person's data is taken."""

    by: str
    request: str
    places: tuple[int, ...] = field(default=())


class Refused(Exception):
    """The command is not allowed or not possible; nothing happened. `code` is stable, `mend` says what would help."""

    def __init__(self, code: str, why: str, mend: str = "") -> None:
        super().__init__(why)
        self.code = code
        self.why = why
        self.mend = mend
