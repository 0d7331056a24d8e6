"""What the cells beside the trigger say once read: reviews, actions, evidence, AI uses, tests. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from holdshort.core.rules.ast import Condition

Capability = Literal["H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8"]
ActionState = Literal["released", "needs review", "held", "not due"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a review: `needed` of `roles` have to agree. Role ids; `owner` and `escalation owner` are resolved."""

    roles: tuple[str, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class ReviewRule:
    """Who decides, step after step, and the actions that wait for it. `actions` are kinds."""

    steps: tuple[Step, ...]
    verb: str
    actions: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class AskedAction:
    """An action that the row itself asks for; `role` is whom it is for, `quoted` what it is about."""

    kind: str
    role: str = ""
    quoted: str = ""
    after: tuple[Decimal, str] | None = None
    """Due only after so much time (amount, unit)."""
    once: bool = False


@dataclass(frozen=True, slots=True)
class SystemAction:
    holds: tuple[str, ...]
    """Kinds that do not run while the finding stands."""
    asks: tuple[AskedAction, ...]
    stops_evaluation: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A name or a whole system that has to be there before a person decides."""

    name: str
    is_system: bool


@dataclass(frozen=True, slots=True)
class AiUse:
    capability: Capability
    said: str


@dataclass(frozen=True, slots=True)
class Change:
    """
    What a test alters in its record: a glossary name set to a raw value, blanked (None) or not provided (`paths.ABSENT`);
    or a system that has nothing on file (None) or is not connected (`paths.ABSENT`).
    """

    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    What a test claims: the state of actions, the case's result, the reviewer, one of those who decide the row, how many of them it takes, what the row asks for, the
    tier,
    what the row lacks before a person may simply approve (`kinds` holds names or systems), a check of it that fails, or a
    use that AI may not have.
    """

    subject: Literal[
        "actions", "case", "reviewer", "decider", "people", "asks", "tier", "lacks", "check", "ai"
    ]
    kinds: tuple[str, ...]
    wanted: str
    condition: Condition | None = None
    """The check, where `subject` is `check`."""


@dataclass(frozen=True, slots=True)
class AcceptanceTest:
    record: str
    changes: tuple[Change, ...]
    expectations: tuple[Expectation, ...]
    until: Condition | None
    until_role: str
    said: str
