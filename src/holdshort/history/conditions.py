"""
Writes conditions as expressions over the columns of a batch.

A truth is a Boolean column in which null is *cannot tell*; `&`, `|` and `~` of columns follow Kleene's logic by
themselves. What the expressions mean is fixed by `core.rules.operations` and shown by `core.rules.reference`; tests
hold them together. What columns cannot say raises `NotInColumns`, and is asked record by record instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache, reduce
from operator import and_, or_
from typing import Any

import polars as pl

from holdshort.core.dates import FIRST_YEAR, LAST_YEAR, Calendar
from holdshort.core.glossary import Glossary, Name
from holdshort.core.rules import ast, operations
from holdshort.core.text import fold, mentions
from holdshort.history.batch import NUMERIC, STATES, WORDED, Batch, _day, is_exact

_MOST_CHOICES = 50
_MICROSECONDS = {"hours": 3_600_000_000, "minutes": 60_000_000}
_COMPARE: dict[str, Callable[[pl.Expr, Any], pl.Expr]] = {
    "at least": lambda left, right: left >= right,
    "at most": lambda left, right: left <= right,
    "more than": lambda left, right: left > right,
    "less than": lambda left, right: left < right,
    "fewer than": lambda left, right: left < right,
    "exactly": lambda left, right: left == right,
}
_NOWHERE = 2**32 - 1
"""The number of a text that no record of the batch holds."""
_NEAR = 1e-6
"""Closer to a limit than this share of the amounts, a difference of floats decides nothing."""


class NotInColumns(Exception):
    """Columns cannot say this; its cause is no fault of the condition."""


@dataclass(frozen=True)
class _Value:
    """One side of a comparison: the columns of a name, or a constant."""

    family: str
    """words, number, money, moment or truth"""
    name: str = ""
    value: Any = None
    """Of a number, amount or truth; for an instant microseconds, for a day None."""
    key: Any = None
    words: Any = None
    currency: Any = None
    only: int | None = None
    """The one currency of all values, where there is but one."""
    day: Any = None
    """The day in the calendar's zone, in days since 1970."""
    utc_day: Any = None
    is_instant: bool = False
    constant: Any = None


@dataclass
class ConditionWriter:
    """Writes conditions over one batch; the same condition may come out simpler over another."""

    glossary: Glossary
    calendar: Calendar
    batch: Batch
    parts: dict[ast.Condition, str] = field(default_factory=dict)
    """What is asked record by record, with the column that holds its truths."""
    doubts: list[pl.Expr] = field(default_factory=list)
    """Rows for which an expression does not decide exactly."""
    _defined: dict[str, pl.Expr] = field(default_factory=dict)

    def condition(self, node: ast.Condition) -> pl.Expr:
        """The truth of `node`, with parts that columns cannot say as columns of `parts`."""
        match node:
            case ast.Always(truth):
                return pl.lit(truth, pl.Boolean)
            case ast.And(parts):
                return reduce(and_, [self.condition(each) for each in parts])
            case ast.Or(parts):
                return reduce(or_, [self.condition(each) for each in parts])
            case ast.Not(part):
                return ~self.condition(part)
            case ast.Unless(part, exception):
                return self.condition(part) & ~self.condition(exception)
            case ast.Defined(name):
                if name not in self._defined:
                    self._defined[name] = self.condition(self.glossary.definitions[name])
                return self._defined[name]
        try:
            return self._leaf(node, None)
        except NotInColumns:
            return pl.col(self.parts.setdefault(node, f"part {len(self.parts)}"))

    # --- leaves ---

    def _leaf(self, node: ast.Condition, it: str | None) -> pl.Expr:
        match node:
            case ast.And(parts):
                return reduce(and_, [self._leaf(each, it) for each in parts])
            case ast.Or(parts):
                return reduce(or_, [self._leaf(each, it) for each in parts])
            case ast.Not(part):
                return ~self._leaf(part, it)
            case ast.Attached(system, negated):
                return self._attached(system, negated)
            case ast.Agree(names, negated):
                return self._agree(names, negated)
            case ast.Group(quantifier, count, names, body):
                return _counted([self._leaf(body, name) for name in names], quantifier, count)
            case ast.ListSize(ast.NameRef(name), comparison, count):
                return self._size(name, comparison, count)
            case ast.Presence(term, kind, negated):
                return self._presence(self._named(term, it), kind, negated)
            case ast.Equals(term, other, negated):
                left, right = self._value(term, it), self._value(other, it)
                return self._negated(self._equals(left, right), negated, left, right)
            case ast.OneOf(term, options, negated):
                return self._one_of(
                    self._value(term, it), [self._value(each, it) for each in options], negated
                )
            case ast.Recognised(term, negated):
                return self._recognised(self._named(term, it), negated)
            case ast.Compare(term, comparison, other, negated):
                left, right = self._value(term, it), self._value(other, it)
                return self._negated(_compared(left, comparison, right), negated, left, right)
            case ast.Between(term, low, high, negated):
                value, least, most = (self._value(each, it) for each in (term, low, high))
                return self._between(value, least, most, negated)
            case ast.DiffersBy():
                return self._differs_by(node, self._value(node.term, it), self._value(node.other, it))
            case ast.Order(term, relation, other, negated):
                left, right = self._moment(term, it), self._moment(other, it)
                return self._negated(_ordered(left, relation, right), negated, left, right)
            case ast.Within(term, amount, unit, other, negated):
                left, right = self._moment(term, it), self._moment(other, it)
                far, limit = self._distance(left, right, amount, unit)
                truth = far if far is None else far.abs() <= limit
                return self._negated(truth, negated, left, right)
            case ast.Distance():
                return self._apart(node, it)
            case ast.Overdue(term, amount, unit, negated):
                value = self._moment(term, it)
                now = self._value(ast.Now() if value.is_instant else ast.Today(), it)
                far, limit = self._distance(now, value, amount, unit)
                return self._negated(far if far is None else far > limit, negated, value)
            case ast.BusinessDay(term, negated):
                value = self._moment(term, it)
                return self._negated(_look_up(_is_business(self.calendar), value.day), negated, value)
            case ast.Mentions(term, phrases, word_list, negated):
                value = self._words(term, it)
                wanted = phrases or self.glossary.word_lists[word_list]
                return self._negated(self._mention(value.words, tuple(wanted)), negated, value)
            case ast.Contradicts(term, name, negated):
                return self._contradiction(self._words(term, it), name, negated)
        raise NotInColumns

    def _attached(self, system: str, negated: bool) -> pl.Expr:
        there = pl.col(f"system {system}")
        truth = there != negated
        return truth if self.glossary.systems[system].expected else truth.fill_null(value=False)

    def _presence(self, name: str, kind: ast.PresenceKind, negated: bool) -> pl.Expr:
        root = self.glossary.list_of(name).name if self.glossary.names[name].is_list else name
        true = {
            code for code in self.batch.states[root] if operations.presence(_stand_in(code), kind, negated)
        }
        return self._in_states(root, true)

    def _in_states(self, name: str, wanted: set[int]) -> pl.Expr:
        seen = self.batch.states[name]
        if not wanted or wanted >= seen:
            return pl.lit(bool(wanted)) if seen else pl.lit(value=False)
        state = pl.col(self.batch.column(name, "s"))
        if len(wanted) == 1:
            return state == next(iter(wanted))
        rest = seen - wanted
        return state != next(iter(rest)) if len(rest) == 1 else state.is_in(sorted(wanted))

    def _size(self, name: str, comparison: str, count: int) -> pl.Expr:
        entry = self.glossary.names[name]
        if entry.parent:
            raise NotInColumns
        size = pl.col(self.batch.column(name, "n"))
        return self._where_known(_COMPARE[comparison](size, count), name)

    def _equals(self, left: _Value, right: _Value) -> pl.Expr:
        """Whether two values are the same: null where one is not known, or their currencies leave it open."""
        if left.family == right.family == "words":
            return _expr(left.key == right.key)
        if left.family == right.family == "money":
            same = left.value == right.value
            both = (left.currency == right.currency) & same
            # An amount without a currency may or may not be the same money; two without one are.
            blank = self.batch_text("")
            open_ = (
                same
                & (left.currency != right.currency)
                & ((left.currency == blank) | (right.currency == blank))
            )
            return pl.when(_expr(open_)).then(None).otherwise(_expr(both))
        if left.family == "money" and right.family == "number":
            return _expr(left.value == right.value)
        if left.family != right.family:
            raise NotInColumns
        if left.family == "moment":
            if left.is_instant and right.is_instant:
                return _expr(left.value == right.value)
            return _expr(left.utc_day == right.utc_day)
        return _expr(left.value == right.value)

    def _one_of(self, value: _Value, options: Sequence[_Value], negated: bool) -> pl.Expr:
        if value.family == "words":
            keys = sorted({each.constant for each in options if each.constant not in (None, _NOWHERE)})
            return self._negated(value.key.is_in(keys), negated, value)
        return self._negated(reduce(or_, [self._equals(value, each) for each in options]), negated, value)

    def _recognised(self, name: str, negated: bool) -> pl.Expr:
        entry = self.glossary.names[name]
        if entry.type != "choice":
            raise NotInColumns
        value = self._value(ast.NameRef(name), None)
        options = set(entry.options)
        wanted = [number for number, text in enumerate(self.batch.texts) if text in options]
        return self._negated(value.words.is_in(wanted), negated, value)

    def _between(self, value: _Value, low: _Value, high: _Value, negated: bool) -> pl.Expr:
        if value.family == "moment":
            if low.family != "moment" or high.family != "moment":
                raise NotInColumns
            truth = (low.utc_day <= value.utc_day) & (value.utc_day <= high.utc_day)
            return self._negated(
                _strict(truth, low.utc_day, high.utc_day, value.utc_day), negated, value, low, high
            )
        first, second = _compared(value, "at least", low), _compared(value, "at most", high)
        return self._negated(_strict(first & second, first, second), negated, value, low, high)

    def _differs_by(self, node: ast.DiffersBy, left: _Value, right: _Value) -> pl.Expr:
        for each in (left, right):
            if each.family not in ("number", "money"):
                raise NotInColumns
        limit = float(node.limit)
        if not is_exact(node.limit):
            raise NotInColumns
        gap = (left.value - right.value).abs()
        allowed = right.value.abs() * (limit / 100) if node.percent else pl.lit(limit)
        size = left.value.abs() + right.value.abs() + allowed
        self.doubts.append(
            ((gap - allowed).abs() <= size * _NEAR) & ~((gap == allowed) & (gap == gap.floor()))
        )
        truth = gap > allowed
        if left.family == right.family == "money":
            blank = self.batch_text("")
            differ = left.currency != right.currency
            stated = (left.currency != blank) & (right.currency != blank)
            truth = pl.when(differ & stated).then(True).when(differ).then(None).otherwise(truth)
            if node.currency:
                other = ~differ & (left.currency != self.batch_text(node.currency))
                truth = pl.when(other).then(None).otherwise(truth)
        elif node.currency and left.family == "money":
            truth = pl.when(left.currency != self.batch_text(node.currency)).then(None).otherwise(truth)
        known = left.value.is_not_null() & right.value.is_not_null()
        return self._negated(pl.when(known).then(truth).otherwise(None), node.negated, left, right)

    def _distance(
        self, left: _Value, right: _Value, amount: Decimal, unit: str
    ) -> tuple[pl.Expr | None, Any]:
        """How far `left` lies after `right`, and `amount` in the same whole steps; None: days cannot tell hours."""
        if unit in _MICROSECONDS:
            if not (left.is_instant and right.is_instant):
                return None, None
            limit = amount * _MICROSECONDS[unit]
            return _expr(left.value - right.value), _step(limit)
        if unit == "business days":
            counts = _business_days(self.calendar)
            return _look_up(counts, left.day) - _look_up(counts, right.day), _step(amount)
        return _expr(left.day - right.day), _step(amount * 7 if unit == "weeks" else amount)

    def _apart(self, node: ast.Distance, it: str | None) -> pl.Expr:
        left, right = self._moment(node.term, it), self._moment(node.other, it)
        far, limit = self._distance(left, right, node.amount, node.unit)
        if far is None:
            return self._negated(None, node.negated, left, right)
        if node.side == "before":
            far = -far
        truth = _COMPARE[node.comparison](far, limit)
        if node.comparison in ("at most", "less than", "exactly"):
            truth = truth & (far >= 0)
        return self._negated(truth, node.negated, left, right)

    def _mention(self, words: pl.Expr, phrases: tuple[str, ...]) -> pl.Expr:
        found = self._texts_that(words, lambda text: mentions(text, phrases))
        return words.is_in(found)

    def _contradiction(self, text: _Value, name: str, negated: bool) -> pl.Expr:
        entry = self.glossary.names[name]
        value = self._words(ast.NameRef(name), None)
        numbers = self.batch.frame.select(value.words.unique()).to_series().drop_nulls().to_list()
        if len(numbers) > _MOST_CHOICES:
            raise NotInColumns
        truth = pl.lit(None, pl.Boolean)
        for number in numbers:
            chosen = self.batch.texts[number]
            others = tuple(sorted(each for each, option in entry.spellings.items() if option != chosen))
            said = self._mention(text.words, others) if others else text.words.is_null() & False
            truth = pl.when(value.words == number).then(_strict(said, text.words)).otherwise(truth)
        return self._negated(truth, negated, text, value)

    def _texts_that(self, words: pl.Expr, test: Callable[[str], bool]) -> list[int]:
        numbers = self.batch.frame.select(words.unique()).to_series().drop_nulls()
        return [number for number in numbers if test(self.batch.texts[number])]

    def _agree(self, names: tuple[str, ...], negated: bool) -> pl.Expr:
        values = [self._value(ast.NameRef(name), None) for name in names]
        aside = [self._is_aside(name) for name in names]
        pairs: list[pl.Expr] = []
        for place, left in enumerate(values):
            for other in range(place + 1, len(values)):
                same = self._equals(left, values[other])
                either = _any(each for each in (aside[place], aside[other]) if each is not None)
                pairs.append(same if either is None else pl.when(either).then(True).otherwise(same))
        truth = reduce(and_, pairs)
        truth = ~truth if negated else truth
        if all(each is None for each in aside):
            return truth
        applying = reduce(
            lambda sum_, each: sum_ + each,
            [pl.lit(1) if each is None else (~each).cast(pl.Int32) for each in aside],
        )
        return pl.when(applying < 2).then(False).otherwise(truth)

    # --- what is not known ---

    def _negated(self, truth: pl.Expr | None, negated: bool, *values: _Value) -> pl.Expr:
        """The truth, turned round if `negated`; where a value that is not known does not apply, it is clear."""
        said = pl.lit(None, pl.Boolean) if truth is None else ~truth if negated else truth
        return self._where_known(said, *(each.name for each in values if each.name))

    def _where_known(self, truth: pl.Expr, *names: str) -> pl.Expr:
        aside = _any(each for each in map(self._is_aside, names) if each is not None)
        return truth if aside is None else pl.when(aside).then(False).otherwise(truth)

    def _is_aside(self, name: str) -> pl.Expr | None:
        """Where the value is not known and a comparison does not apply; None where that never happens."""
        codes = {
            code
            for code in self.batch.states[name]
            if (state := STATES[code]) is not None and state.truth is False
        }
        return self._in_states(name, codes) if codes else None

    # --- terms ---

    def _named(self, term: ast.Reference, it: str | None) -> str:
        match term:
            case ast.NameRef(name):
                return name
            case ast.ItRef() if it is not None:
                return it
        raise NotInColumns

    def _value(self, term: ast.Term, it: str | None) -> _Value:
        match term:
            case ast.NameRef(name):
                return self._columns(self.glossary.names[name])
            case ast.ItRef() if it is not None:
                return self._columns(self.glossary.names[it])
            case ast.Text(text) | ast.Choice(text):
                key = self.batch.keys.get(fold(text), _NOWHERE)
                return _Value("words", key=pl.lit(key, pl.UInt32), constant=key)
            case ast.YesNo(truth):
                return _Value("truth", value=pl.lit(truth))
            case ast.Number(number):
                return _number(number)
            case ast.Threshold(name):
                return _number(self.glossary.thresholds[name])
            case ast.MoneyLiteral(amount, currency):
                literal = _number(amount).value
                only = self.batch.numbers.get(currency, _NOWHERE)
                return _Value("money", value=literal, currency=self.batch_text(currency), only=only)
            case ast.Day(day):
                that_day = pl.lit(_day(day), pl.Int32)
                return _Value("moment", day=that_day, utc_day=that_day)
            case ast.Today():
                return _Value("moment", day=pl.col("now day"), utc_day=pl.col("now day"))
            case ast.Now():
                return _Value(
                    "moment",
                    value=pl.col("now"),
                    day=pl.col("now day"),
                    utc_day=pl.col("now utc"),
                    is_instant=True,
                )
        raise NotInColumns

    def _columns(self, entry: Name) -> _Value:
        def part(letter: str) -> pl.Expr:
            return pl.col(self.batch.column(entry.name, letter))

        if entry.type in WORDED:
            return _Value("words", entry.name, key=part("k"), words=part("v"))
        if entry.type in NUMERIC:
            return _Value("number", entry.name, value=part("v"))
        if entry.type == "money":
            seen = self.batch.currencies.get(entry.name, frozenset())
            only = next(iter(seen)) if len(seen) == 1 else None
            return _Value("money", entry.name, value=part("v"), currency=part("c"), only=only)
        if entry.type == "yes/no":
            return _Value("truth", entry.name, value=part("v"))
        if entry.type in ("date", "time"):
            instant = entry.type == "time"
            value = part("v") if instant else None
            return _Value("moment", entry.name, value, day=part("z"), utc_day=part("u"), is_instant=instant)
        raise NotInColumns

    def _moment(self, term: ast.Term, it: str | None) -> _Value:
        value = self._value(term, it)
        if value.family != "moment":
            raise NotInColumns
        return value

    def _words(self, term: ast.Term, it: str | None) -> _Value:
        value = self._value(term, it)
        if value.words is None:
            raise NotInColumns
        return value

    def batch_text(self, text: str) -> pl.Expr:
        """The number of a text as it stands, or one that no column holds."""
        return pl.lit(self.batch.numbers.get(text, _NOWHERE), pl.UInt32)


def _stand_in(code: int) -> Any:
    """Something that is known, or what stands where a value would."""
    state = STATES[code]
    return True if state is None else state


def _number(number: Decimal | int) -> _Value:
    if not is_exact(number):
        raise NotInColumns
    return _Value("number", value=pl.lit(float(number), pl.Float64))


def _compared(left: _Value, comparison: str, right: _Value) -> pl.Expr:
    if not {left.family, right.family} <= {"number", "money"}:
        raise NotInColumns
    truth = _COMPARE[comparison](left.value, right.value)
    if left.family == right.family == "money" and (left.only is None or left.only != right.only):
        return pl.when(left.currency == right.currency).then(truth).otherwise(None)
    return truth


def _ordered(left: _Value, relation: str, right: _Value) -> pl.Expr:
    exact = left.is_instant and right.is_instant and relation != "on"
    first, second = (left.value, right.value) if exact else (left.day, right.day)
    found = {
        "before": first < second,
        "after": first > second,
        "on": first == second,
        "on or before": first <= second,
        "on or after": first >= second,
    }
    return _expr(found[relation])


def _counted(truths: Sequence[pl.Expr], quantifier: str, count: int) -> pl.Expr:
    if quantifier == "every":
        return reduce(and_, truths)
    if quantifier == "any":
        return reduce(or_, truths)
    if quantifier == "no":
        return ~reduce(or_, truths)
    sure = pl.sum_horizontal([each.fill_null(value=False).cast(pl.Int32) for each in truths])
    possible = pl.sum_horizontal([each.fill_null(value=True).cast(pl.Int32) for each in truths])
    if quantifier == "exactly":
        open_ = (sure <= count) & (count <= possible) & (sure != possible)
        return pl.when(open_).then(None).otherwise((sure == possible) & (sure == count))
    low, high = _COMPARE[quantifier](sure, count), _COMPARE[quantifier](possible, count)
    return pl.when(low == high).then(low).otherwise(None)


def _any(found: Any) -> pl.Expr | None:
    listed = list(found)
    return reduce(or_, listed) if listed else None


def _strict(truth: pl.Expr, *operands: pl.Expr) -> pl.Expr:
    """Not known as soon as one operand is, where Kleene's logic would already know."""
    return pl.when(reduce(or_, [each.is_null() for each in operands])).then(None).otherwise(truth)


def _step(limit: Decimal) -> pl.Expr:
    """An amount to which whole steps are compared; a fraction lies between two of them."""
    if limit == limit.to_integral_value() and abs(limit) < 2**62:
        return pl.lit(int(limit), pl.Int64)
    if not is_exact(limit):
        raise NotInColumns
    return pl.lit(float(limit), pl.Float64)


def _expr(found: Any) -> pl.Expr:
    assert isinstance(found, pl.Expr)
    return found


# --- days ---

_MARGIN = 400
"""Days before the first and after the last readable one that the tables cover: zones shift days."""
_FIRST_DAY = _day(date(FIRST_YEAR, 1, 1)) - _MARGIN


def _look_up(series: pl.Series, day: pl.Expr) -> pl.Expr:
    return pl.lit(series).gather(day - _FIRST_DAY, null_on_oob=True)


@lru_cache(maxsize=16)
def _business_days(calendar: Calendar) -> pl.Series:
    """How many business days there were up to each day, from some first one."""
    return _is_business(calendar).cast(pl.Int32).cum_sum()


@lru_cache(maxsize=16)
def _is_business(calendar: Calendar) -> pl.Series:
    first = date(FIRST_YEAR, 1, 1) - timedelta(days=_MARGIN)
    days = (date(LAST_YEAR, 12, 31) - first).days + _MARGIN
    return pl.Series([calendar.is_business_day(first + timedelta(days=each)) for each in range(days)])
