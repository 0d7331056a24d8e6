"""
What each comparison means for values that are known, and for those that are not.

Both evaluators call these functions, so that they can only differ in how they walk the tree. Every function takes
read values (see `core.reading`) or `NotKnown` and returns a `Truth`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Name
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.rules import ast
from holdshort.core.text import domain_of, fold, mentions, within_domain


def not_known(*values: Any) -> Truth:
    """The truth of a comparison in which at least one value is not known."""
    for value in values:
        if value.__class__ is NotKnown and value.truth is False:
            return False
    return None


def negate(truth: Truth, negated: bool) -> Truth:
    return (not truth) if negated and truth is not None else truth


def presence(value: Any, kind: ast.PresenceKind, negated: bool) -> Truth:
    """What is there always has an answer, except that an unexpected value nobody gives is neither."""
    unknown = value.__class__ is NotKnown
    if kind == "provided":
        answer = not (unknown and value.state == "not_provided")
    elif unknown and value.truth is False and not value.missing:
        return False
    elif kind == "missing":
        answer = unknown and value.missing
    elif kind == "present":
        answer = not (unknown and value.missing)
    elif kind == "ambiguous":
        answer = unknown and value.state == "known"
    else:
        answer = unknown and value.state == kind
    return answer != negated


def equals(left: Any, right: Any) -> Truth:
    """Whether two known values are the same; money without a stated currency cannot be told."""
    if left.__class__ is str and right.__class__ is str:
        return left == right or fold(left) == fold(right)
    if isinstance(left, Money) and isinstance(right, Money):
        return _same_money(left, right)
    if isinstance(left, Money) and isinstance(right, int | Decimal):
        return left.amount == right
    if (
        isinstance(left, date)
        and isinstance(right, date)
        and isinstance(left, datetime) != isinstance(right, datetime)
    ):
        return day_of(left) == day_of(right)
    return bool(left == right)


def _same_money(left: Money, right: Money) -> Truth:
    if left.amount != right.amount:
        return False
    if left.currency and right.currency:
        return left.currency == right.currency
    return True if left.currency == right.currency else None


def equal_values(left: Any, right: Any, negated: bool) -> Truth:
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    return negate(equals(left, right), negated)


def differs_by(left: Any, right: Any, limit: Decimal, percent: bool, currency: str, negated: bool) -> Truth:
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    pair = _numbers(left, right)
    if pair is None:
        return negate(True, negated) if _currencies_differ(left, right) else None
    if currency and isinstance(left, Money) and left.currency != currency:
        return None
    allowed = abs(pair[1]) * limit / 100 if percent else limit
    return negate(abs(pair[0] - pair[1]) > allowed, negated)


def _currencies_differ(left: Any, right: Any) -> bool:
    return (
        isinstance(left, Money)
        and isinstance(right, Money)
        and bool(left.currency and right.currency)
        and left.currency != right.currency
    )


def one_of(value: Any, options: Sequence[Any], negated: bool) -> Truth:
    if value.__class__ is NotKnown:
        return not_known(value)
    answer: Truth = False
    for option in options:
        same = equals(value, option)
        if same is True:
            return not negated
        answer = None if same is None else answer
    return negate(answer, negated)


def recognised(value: Any, name: Name, negated: bool) -> Truth:
    if value.__class__ is NotKnown:
        return not_known(value)
    return (value in name.options) != negated


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "at least": lambda left, right: left >= right,
    "at most": lambda left, right: left <= right,
    "more than": lambda left, right: left > right,
    "less than": lambda left, right: left < right,
    "exactly": lambda left, right: left == right,
    "fewer than": lambda left, right: left < right,
}


def compare(left: Any, comparison: str, right: Any, negated: bool) -> Truth:
    """Numbers and money in order; money of different or unstated currencies cannot be told."""
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    pair = _numbers(left, right)
    if pair is None:
        return None
    return _COMPARE[comparison](*pair) != negated


def _numbers(left: Any, right: Any) -> tuple[Any, Any] | None:
    if isinstance(left, Money) and isinstance(right, Money):
        if left.currency != right.currency:
            return None
        return left.amount, right.amount
    return (
        left.amount if isinstance(left, Money) else left,
        right.amount if isinstance(right, Money) else right,
    )


def between(value: Any, low: Any, high: Any, negated: bool) -> Truth:
    if any(each.__class__ is NotKnown for each in (value, low, high)):
        return not_known(value, low, high)
    if isinstance(value, date):
        days = day_of(value)
        return (day_of(low) <= days <= day_of(high)) != negated
    first, second = compare(value, "at least", low, False), compare(value, "at most", high, False)
    if first is None or second is None:
        return None
    return (first and second) != negated


# --- dates and times ---


def day_of(value: Any, zone: str = "UTC") -> date:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).date()
    return value  # type: ignore[no-any-return]


def order(left: Any, relation: str, right: Any, negated: bool, calendar: Calendar) -> Truth:
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    exact = isinstance(left, datetime) and isinstance(right, datetime) and relation != "on"
    first, second = (left, right) if exact else (day_of(left, calendar.zone), day_of(right, calendar.zone))
    answer = {
        "before": first < second,
        "after": first > second,
        "on": first == second,
        "on or before": first <= second,
        "on or after": first >= second,
    }[relation]
    return answer != negated


def distance(left: Any, right: Any, unit: str, calendar: Calendar) -> Decimal | None:
    """How far `left` lies after `right`, in `unit`; None where days cannot tell hours."""
    if unit in ("hours", "minutes"):
        if not (isinstance(left, datetime) and isinstance(right, datetime)):
            return None
        seconds = Decimal(str((left - right).total_seconds()))
        return seconds / (3600 if unit == "hours" else 60)
    first, second = day_of(left, calendar.zone), day_of(right, calendar.zone)
    if unit == "business days":
        return Decimal(calendar.business_days_between(second, first))
    days = Decimal((first - second).days)
    return days / 7 if unit == "weeks" else days


def within(left: Any, amount: Decimal, unit: str, right: Any, negated: bool, calendar: Calendar) -> Truth:
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    far = distance(left, right, unit, calendar)
    return None if far is None else (abs(far) <= amount) != negated


def apart(
    left: Any,
    comparison: str,
    amount: Decimal,
    unit: str,
    side: str,
    right: Any,
    negated: bool,
    calendar: Calendar,
) -> Truth:
    """`is more than 3 business days after …`; a date on the other side is at no such distance at all."""
    if left.__class__ is NotKnown or right.__class__ is NotKnown:
        return not_known(left, right)
    far = distance(left, right, unit, calendar)
    if far is None:
        return None
    if side == "before":
        far = -far
    if comparison in ("at most", "less than", "exactly") and far < 0:
        return negated
    return _COMPARE[comparison](far, amount) != negated


def overdue(
    value: Any, amount: Decimal, unit: str, negated: bool, now: datetime, calendar: Calendar
) -> Truth:
    if value.__class__ is NotKnown:
        return not_known(value)
    exact = isinstance(value, datetime)
    far = distance(now if exact else day_of(now, calendar.zone), value, unit, calendar)
    return None if far is None else (far > amount) != negated


def business_day(value: Any, negated: bool, calendar: Calendar) -> Truth:
    if value.__class__ is NotKnown:
        return not_known(value)
    return calendar.is_business_day(day_of(value, calendar.zone)) != negated


# --- words ---


def mention(value: Any, phrases: tuple[str, ...], negated: bool) -> Truth:
    if value.__class__ is NotKnown:
        return not_known(value)
    return mentions(value, phrases) != negated


def contradiction(text: Any, value: Any, name: Name, negated: bool) -> Truth:
    """Whether `text` names a choice of `name` other than the one on record."""
    if text.__class__ is NotKnown or value.__class__ is NotKnown:
        return not_known(text, value)
    others = tuple(sorted(spelling for spelling, option in name.spellings.items() if option != value))
    return (bool(others) and mentions(text, others)) != negated


def in_domains(value: Any, domains: Any, negated: bool) -> Truth:
    if value.__class__ is NotKnown or domains.__class__ is NotKnown:
        return not_known(value, domains)
    own = domain_of(value)
    if own is None:
        return None
    return within_domain(own, [found for each in domains if (found := domain_of(str(each)))]) != negated


def in_list(value: Any, values: Any, negated: bool) -> Truth:
    if value.__class__ is NotKnown or values.__class__ is NotKnown:
        return not_known(value, values)
    wanted = fold(str(value))
    return any(fold(str(each)) == wanted for each in values) != negated


# --- several values ---


def agree(values: Sequence[Any], negated: bool) -> Truth:
    """All the same; values that do not apply are left out, and fewer than two say nothing."""
    applying = [each for each in values if not (each.__class__ is NotKnown and each.truth is False)]
    if len(applying) < 2:
        return False
    answer: Truth = True
    for place, left in enumerate(applying):
        for right in applying[place + 1 :]:
            if left.__class__ is NotKnown or right.__class__ is NotKnown:
                same: Truth = None
            else:
                same = equals(left, right)
            if same is False:
                return negated
            answer = None if same is None else answer
    return negate(answer, negated)


def counted(truths: Iterable[Truth], quantifier: str, count: int) -> Truth:
    """Whether so many of the truths hold, given that some may not be known."""
    sure = possible = total = 0
    for truth in truths:
        total += 1
        if truth is True:
            sure += 1
            possible += 1
        elif truth is None:
            possible += 1
    if quantifier == "every":
        return True if sure == total else False if possible < total else None
    if quantifier == "no":
        return True if possible == 0 else False if sure else None
    if quantifier == "any":
        return True if sure else False if possible == 0 else None
    return counted_between(sure, possible, quantifier, count)


def counted_between(sure: int, possible: int, comparison: str, count: int) -> Truth:
    """Compare a count that lies from `sure` to `possible`."""
    if comparison == "exactly":
        if sure == possible == count:
            return True
        return None if sure <= count <= possible else False
    test = _COMPARE[comparison]
    low, high = test(sure, count), test(possible, count)
    return low if low == high else None
