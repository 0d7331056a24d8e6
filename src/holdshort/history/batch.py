"""
Records as columns: for each glossary name its values, typed, and what is known where there is no value.

A value that is not known is null in its value column; the state column says why. Texts are kept once, in a dictionary
of the batch, and columns hold their numbers. What a column cannot hold exactly marks its record as *odd*: such a record
is asked again, whole, by the evaluator of single records.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from holdshort.core.glossary import Name, System
from holdshort.core.paths import ABSENT, follow
from holdshort.core.presence import (
    AI_ONLY,
    MISSING,
    NOT_EXPECTED,
    NOT_ON_FILE,
    NOT_PROVIDED,
    OPTIONAL_BLANK,
    STALE,
    NotKnown,
    conflicting,
    unreadable,
)
from holdshort.core.reading import RecordReader
from holdshort.core.text import fold

KNOWN = 0
STATES: tuple[NotKnown | None, ...] = (
    None,
    MISSING,
    NOT_PROVIDED,
    NOT_EXPECTED,
    NOT_ON_FILE,
    OPTIONAL_BLANK,
    STALE,
    AI_ONLY,
    unreadable(""),
    conflicting(""),
)
"""By the code that a state column holds; `None` is a known value."""
_CODES = {id(each): code for code, each in enumerate(STATES) if each is not None}
_UNREADABLE, _CONFLICTING = 8, 9
WORDED = ("text", "choice", "name", "email", "zone")
NUMERIC = ("number", "confidence")
_MOST_DIGITS = 15
"""A decimal of so many digits is told from every other by its float, and in the same order."""
_MOST_REMEMBERED = 100_000
_EPOCH = date(1970, 1, 1).toordinal()


@dataclass
class Batch:
    """Some records in columns. `frame` has a row a record; the columns of the name `i` begin with its number."""

    names: Mapping[str, int]
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    texts: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    """The place of each text in `texts`."""
    keys: dict[str, int] = field(default_factory=dict)
    """Folded text to its number; two texts that mean the same have one."""
    states: dict[str, frozenset[int]] = field(default_factory=dict)
    """The state codes that occur, by name."""
    currencies: dict[str, frozenset[int]] = field(default_factory=dict)
    """The numbers of the currencies that occur, by name."""
    odd: list[int] = field(default_factory=list)
    """Rows that hold something which a column does not hold exactly."""

    def column(self, name: str, part: str) -> str:
        return f"{self.names[name]}{part}"


class _Texts:
    """Numbers for texts (as they stand) and for their folded forms."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.keys: dict[str, int] = {}
        self.key_of: list[int] = []

    def number(self, text: str) -> int:
        found = self.numbers.get(text)
        if found is None:
            found = self.numbers[text] = len(self.numbers)
            self.key_of.append(self.keys.setdefault(fold(text), len(self.keys)))
        return found


class BatchReader:
    """Reads the names that some conditions speak of, batch after batch, into columns."""

    def __init__(self, reader: RecordReader, zone: str, names: Iterable[str], systems: Iterable[str]) -> None:
        glossary = reader.glossary
        self.reader = reader
        self._zone = ZoneInfo(zone)
        self._names = [glossary.names[name] for name in dict.fromkeys(names)]
        self._systems = [glossary.systems[name] for name in dict.fromkeys(systems)]
        self.numbers = {each.name: place for place, each in enumerate(self._names)}
        self._known: dict[str, dict[Any, Any]] = {each.name: {} for each in self._names}

    def read(self, records: Sequence[Mapping[str, Any]], moments: Sequence[datetime]) -> Batch:
        """
        Put records into columns.

        Args:
            records: As `docs/reference/records.md` describes.
            moments: The "now" of each record, with its zone.
        """
        batch, texts, odd = Batch(self.numbers), _Texts(), set[int]()
        columns: list[pl.Series] = [
            pl.Series("now", [_microseconds(each) for each in moments], pl.Int64),
            pl.Series("now day", [_day(each.astimezone(self._zone)) for each in moments], pl.Int32),
            pl.Series("now utc", [_day(each.astimezone(UTC)) for each in moments], pl.Int32),
        ]
        for system in self._systems:
            columns.append(_attachment(system, records))
        for name in self._names:
            values = self._values(name, records)
            columns += self._encoded(batch, name, values, texts, odd)
        batch.frame = pl.DataFrame(columns)
        batch.texts, batch.numbers, batch.keys = list(texts.numbers), texts.numbers, texts.keys
        batch.odd = sorted(odd)
        return batch

    # --- reading ---

    def _values(self, name: Name, records: Sequence[Mapping[str, Any]]) -> list[Any]:
        read = self.reader.read
        if not _is_simple(name):
            return [read(name, record) for record in records]
        known = self._known[name.name]
        if len(known) >= _MOST_REMEMBERED:
            known.clear()
        system, field_ = (step.key for step in name.paths[0].steps)
        values = []
        for record in records:
            about = record.get(system, ABSENT)
            raw = about.get(field_, ABSENT) if about.__class__ is dict else about
            # Two raw values of one spelling mean the same, as long as nothing beside them bears on the meaning.
            key = raw if raw.__class__ is str else (raw.__class__, raw)
            if about.__class__ is not dict or self._is_qualified(name, about):
                key = (key, about.__class__, *self._qualified(name, about, record))
            try:
                value = known[key]
            except KeyError:
                value = known[key] = read(name, record)
            except TypeError:  # a list or an object, which is read anew
                value = read(name, record)
            values.append(value)
        return values

    def _is_qualified(self, name: Name, about: Mapping[str, Any]) -> bool:
        return (
            name.currency_path is not None
            or name.zone_path is not None
            or "locale" in about
            or "timezone" in about
            or "date_locale" in about
        )

    def _qualified(self, name: Name, about: Any, record: Mapping[str, Any]) -> tuple[Any, ...]:
        """What else bears on how a value is read: its system's locale and zone, its currency, its own zone."""
        spelling = (
            (about.get("locale"), about.get("date_locale"), about.get("timezone"))
            if about.__class__ is dict
            else ()
        )
        beside = (
            follow(path, record)[0] for path in (name.currency_path, name.zone_path) if path is not None
        )
        return (*spelling, *beside)

    # --- encoding ---

    def _encoded(
        self, batch: Batch, name: Name, values: list[Any], texts: _Texts, odd: set[int]
    ) -> list[pl.Series]:
        states = [KNOWN if each.__class__ is not NotKnown else _code(each) for each in values]
        seen = frozenset(states)
        batch.states[name.name] = seen
        at = self.numbers[name.name]
        series = [] if seen == {KNOWN} else [pl.Series(f"{at}s", states, pl.UInt8)]
        known = (
            [None if each.__class__ is NotKnown else each for each in values] if seen != {KNOWN} else values
        )
        if name.is_list:
            sizes = [None if each is None else len(each) for each in known]
            return [*series, pl.Series(f"{at}n", sizes, pl.UInt32)]
        if name.type in WORDED:
            words = [None if each is None else texts.number(each) for each in known]
            keys = [None if each is None else texts.key_of[each] for each in words]
            return [*series, pl.Series(f"{at}v", words, pl.UInt32), pl.Series(f"{at}k", keys, pl.UInt32)]
        if name.type == "yes/no":
            return [*series, pl.Series(f"{at}v", known, pl.Boolean)]
        if name.type in NUMERIC:
            return [*series, pl.Series(f"{at}v", _floats(known, odd), pl.Float64)]
        if name.type == "money":
            amounts = [None if each is None else each.amount for each in known]
            currencies = [None if each is None else texts.number(each.currency) for each in known]
            batch.currencies[name.name] = frozenset(each for each in currencies if each is not None)
            return [
                *series,
                pl.Series(f"{at}v", _floats(amounts, odd), pl.Float64),
                pl.Series(f"{at}c", currencies, pl.UInt32),
            ]
        days = [None if each is None else _day(each) for each in known]
        series.append(pl.Series(f"{at}u", days, pl.Int32))
        if name.type == "time":
            series.append(
                pl.Series(
                    f"{at}v", [None if each is None else _microseconds(each) for each in known], pl.Int64
                )
            )
            days = [None if each is None else _day(each.astimezone(self._zone)) for each in known]
        return [*series, pl.Series(f"{at}z", days, pl.Int32)]


def _is_simple(name: Name) -> bool:
    """What stands at one path decides the value, together with the spelling of its system."""
    return (
        len(name.paths) == 1
        and not name.else_paths
        and name.ai_path is None
        and name.fresh_for_days is None
        and name.paths[0].is_plain
        and name.type not in ("confidence", "list")
    )


def _code(value: NotKnown) -> int:
    found = _CODES.get(id(value))
    if found is not None:
        return found
    return _CONFLICTING if value.state == "conflicting" else _UNREADABLE


def _attachment(system: System, records: Sequence[Mapping[str, Any]]) -> pl.Series:
    """True where something is on file, False where nothing is, null where no source says."""
    found: list[bool | None] = []
    for record in records:
        value = record.get(system.key, ABSENT)
        found.append(None if value is ABSENT else value is not None and value != {})
    return pl.Series(f"system {system.name}", found, pl.Boolean)


def _floats(values: Sequence[Any], odd: set[int]) -> list[float | None]:
    found: list[float | None] = []
    for row, each in enumerate(values):
        if each is None:
            found.append(None)
            continue
        if not is_exact(each):
            odd.add(row)
        found.append(float(each))
    return found


def is_exact(number: Decimal | int) -> bool:
    """Whether the float of this number stands for no other number of as few digits."""
    if number.__class__ is int:
        return bool(abs(number) < 10**_MOST_DIGITS)
    digits = Decimal(number).as_tuple().digits
    return len(digits) <= _MOST_DIGITS


def _day(value: date | datetime) -> int:
    """Days since 1970 began; of an instant in its own zone."""
    return value.toordinal() - _EPOCH


def _microseconds(value: datetime) -> int:
    return (value - _BEGIN) // timedelta(microseconds=1)


_BEGIN = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
