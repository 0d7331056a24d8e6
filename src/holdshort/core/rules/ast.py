"""
The one tree behind every condition. Printing it gives the sentence back; every evaluator reads it.

Nodes are inert and compare by value. Names are the glossary's own spelling, so synonyms are gone after parsing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

Unit = Literal["days", "business days", "weeks", "hours", "minutes"]
Comparison = Literal["at least", "at most", "more than", "less than", "exactly"]
Quantifier = Literal["any", "every", "no", "at least", "at most", "more than", "fewer than", "exactly"]
PresenceKind = Literal["missing", "present", "provided", "conflicting", "stale", "ambiguous"]


# Terms: what a sentence speaks about.
@dataclass(frozen=True, slots=True)
class NameRef:
    """A value of the record, by its glossary name."""

    name: str


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A field of the list element that the sentence is about."""

    field: str


@dataclass(frozen=True, slots=True)
class ItemRef:
    """The list element itself, where a list holds plain values."""


@dataclass(frozen=True, slots=True)
class ItRef:
    """The name at hand in `any of A, B or C …`."""


@dataclass(frozen=True, slots=True)
class Today:
    """The calendar day of the record's "now"."""


@dataclass(frozen=True, slots=True)
class Now:
    """The record's "now" to the second."""


@dataclass(frozen=True, slots=True)
class Number:
    value: Decimal


@dataclass(frozen=True, slots=True)
class MoneyLiteral:
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that the glossary lists for the subject."""

    value: str


@dataclass(frozen=True, slots=True)
class YesNo:
    value: bool


@dataclass(frozen=True, slots=True)
class Day:
    value: date


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of the playbook, by name."""

    name: str


Reference = NameRef | FieldRef | ItemRef | ItRef
Literal_ = Number | MoneyLiteral | Text | Choice | YesNo | Day | Threshold
Term = Reference | Literal_ | Today | Now


# Conditions.
@dataclass(frozen=True, slots=True)
class Always:
    truth: bool


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition


@dataclass(frozen=True, slots=True)
class Unless:
    """`part`, and not so that `exception`."""

    part: Condition
    exception: Condition


@dataclass(frozen=True, slots=True)
class Defined:
    """A condition that the glossary gives a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Attached:
    system: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    term: Reference
    kind: PresenceKind
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Equals:
    term: Reference
    other: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class DiffersBy:
    """`differs from contract value by more than 1 USD` or `… by more than 2%` (of the other value)."""

    term: Reference
    other: NameRef | FieldRef
    limit: Decimal
    percent: bool = False
    currency: str = ""
    """Of a limit in money; empty where the limit is in whatever the values are in."""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class BusinessDay:
    term: Reference
    negated: bool = False


@dataclass(frozen=True, slots=True)
class OneOf:
    term: Reference
    options: tuple[Literal_, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    term: Reference
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    term: Reference
    comparison: Comparison
    other: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Between:
    term: Reference
    low: Term
    high: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Dates and times in order: `before`, `after`, `on`, `on or before`, `on or after`."""

    term: Reference
    relation: Literal["before", "after", "on", "on or before", "on or after"]
    other: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    term: Reference
    amount: Decimal
    unit: Unit
    other: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Distance:
    """`is more than 3 business days after close date`."""

    term: Reference
    comparison: Comparison
    amount: Decimal
    unit: Unit
    side: Literal["before", "after"]
    other: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Overdue:
    """Before today, by more than `amount` units where an amount is given (0: at all)."""

    term: Reference
    amount: Decimal
    unit: Unit
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Mentions:
    """Any of the quoted phrases, or of a word list of the glossary."""

    term: Reference
    phrases: tuple[str, ...]
    word_list: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Contradicts:
    term: Reference
    name: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InDomains:
    """An address that lies inside (or, negated, outside) the domains of a list."""

    term: Reference
    domains: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class InList:
    term: Reference
    values: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Agree:
    """All names hold the same; negated: at least two known ones differ."""

    names: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A predicate about so many of several names; its subject is `ItRef`."""

    quantifier: Quantifier
    count: int
    names: tuple[str, ...]
    body: Condition


@dataclass(frozen=True, slots=True)
class Quantified:
    """So many elements of a list for which `where` and `body` hold (for `every`: all with `where` have `body`)."""

    quantifier: Quantifier
    count: int
    list: str
    where: Condition | None
    body: Condition | None


@dataclass(frozen=True, slots=True)
class ListSize:
    term: NameRef | FieldRef
    comparison: Comparison
    count: int


@dataclass(frozen=True, slots=True)
class Include:
    """`stakeholders include no admin or more than 1 executive sponsor`."""

    list: str
    items: tuple[tuple[Quantifier, int, str], ...]
    joined_by: Literal["and", "or"] = "or"


@dataclass(frozen=True, slots=True)
class DistinctValues:
    """`has touches on at least 2 channels`: so many different values of a field of an inner list."""

    term: NameRef | FieldRef
    comparison: Comparison
    count: int
    field: str


Predicate = (
    Presence
    | Equals
    | DiffersBy
    | BusinessDay
    | OneOf
    | Recognised
    | Compare
    | Between
    | Order
    | Within
    | Distance
    | Overdue
    | Mentions
    | Contradicts
    | InDomains
    | InList
)
Condition = (
    Always
    | And
    | Or
    | Not
    | Unless
    | Defined
    | Attached
    | Agree
    | Group
    | Quantified
    | ListSize
    | Include
    | DistinctValues
    | Predicate
)
