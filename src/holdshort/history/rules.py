"""
The columnar evaluator: many conditions over many records at once.

It says exactly what `core.rules.reference` says. Comparisons, presence, agreement, dates, business days and mentions run
in columns; what looks into the elements of a list is asked record by record by `core.rules.compiled`, and so is, whole,
every record with a value that a column cannot hold exactly. `ways` says how each condition ran.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import polars as pl

from holdshort.core.dates import Calendar
from holdshort.core.presence import Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.walk import names_in, nodes
from holdshort.history.batch import Batch, BatchReader
from holdshort.history.conditions import ConditionWriter

IN_COLUMNS = "in columns"
PARTLY = "in columns, list parts record by record"
BY_RECORD = "record by record"
BATCH = 50_000


@dataclass(frozen=True)
class Truths:
    """What came out for a batch: a Boolean column for each condition, `0` and on; null is *cannot tell*."""

    frame: pl.DataFrame
    odd: int
    """How many records were asked again, whole, by the evaluator of single records."""

    def rows(self) -> list[tuple[Truth, ...]]:
        return self.frame.rows()


class ColumnarRules:
    """Conditions against one glossary and calendar, over batches of records."""

    def __init__(self, conditions: Sequence[ast.Condition], reader: RecordReader, calendar: Calendar) -> None:
        self.conditions = tuple(conditions)
        self.reader, self.calendar = reader, calendar
        glossary = reader.glossary
        names, systems = _speak_of(self.conditions, reader)
        self._batches = BatchReader(reader, calendar.zone, names, systems)
        probe = ConditionWriter(glossary, calendar, self._batches.read([], []))
        self.ways = tuple(self._way(probe, each) for each in self.conditions)
        self._parts = tuple(probe.parts)
        self._compiled_parts = CompiledRules(self._parts, reader, calendar) if self._parts else None
        self._compiled: CompiledRules | None = None

    @property
    def needs_records(self) -> bool:
        """Whether some part is asked record by record, so that columns alone do not do."""
        return bool(self._parts)

    def evaluate(self, records: Sequence[Mapping[str, Any]], moments: Sequence[datetime]) -> Truths:
        """
        Ask every condition about every record.

        Args:
            records: As `docs/reference/records.md` describes; hand over some ten thousands at a time.
            moments: The "now" of each record.
        """
        return self.evaluate_batch(self._batches.read(records, moments), records, moments)

    def read(self, records: Sequence[Mapping[str, Any]], moments: Sequence[datetime]) -> Batch:
        """The columns of these records, for those who ask them more than once."""
        return self._batches.read(records, moments)

    def evaluate_batch(
        self, batch: Batch, records: Sequence[Mapping[str, Any]], moments: Sequence[datetime]
    ) -> Truths:
        """The same over columns that were read before; `records` are looked into only for what columns lack."""
        frame = batch.frame
        writer = ConditionWriter(self.reader.glossary, self.calendar, batch)
        wanted = [writer.condition(each) for each in self.conditions]
        if writer.parts:
            frame = frame.with_columns(self._truths_of_parts(writer.parts, records, moments))
        size = frame.height
        doubts = (
            [pl.any_horizontal(writer.doubts).fill_null(value=False).alias("doubt")] if writer.doubts else []
        )
        found = (
            frame.lazy().select([*(each.alias(str(at)) for at, each in enumerate(wanted)), *doubts]).collect()
        )
        if found.height != size:  # every condition is a constant
            found = pl.DataFrame([pl.Series(each.name, [each[0]] * size, pl.Boolean) for each in found])
        odd = set(batch.odd)
        if doubts:
            odd.update(found["doubt"].arg_true().to_list())
            found = found.drop("doubt")
        return Truths(self._corrected(found, sorted(odd), records, moments), len(odd))

    def _truths_of_parts(
        self,
        parts: Mapping[ast.Condition, str],
        records: Sequence[Mapping[str, Any]],
        moments: Sequence[datetime],
    ) -> list[pl.Series]:
        compiled = self._compiled_parts
        if compiled is None or any(each not in self._parts for each in parts):
            self._parts = tuple(dict.fromkeys([*self._parts, *parts]))
            compiled = self._compiled_parts = CompiledRules(self._parts, self.reader, self.calendar)
        truths: list[list[Truth]] = [[False] * len(records) for _ in self._parts]
        for row, (record, now) in enumerate(zip(records, moments, strict=True)):
            for at, truth in compiled.found(record, now):
                truths[at][row] = truth
        place = {each: at for at, each in enumerate(self._parts)}
        return [pl.Series(name, truths[place[each]], pl.Boolean) for each, name in parts.items()]

    def _corrected(
        self,
        found: pl.DataFrame,
        odd: list[int],
        records: Sequence[Mapping[str, Any]],
        moments: Sequence[datetime],
    ) -> pl.DataFrame:
        if not odd:
            return found
        if self._compiled is None:
            self._compiled = CompiledRules(self.conditions, self.reader, self.calendar)
        truths = [self._compiled.evaluate(records[row], moments[row]) for row in odd]
        columns = [
            series.scatter(odd, pl.Series([each[at] for each in truths], dtype=pl.Boolean))
            for at, series in enumerate(found)
        ]
        return pl.DataFrame(columns)

    def _way(self, probe: ConditionWriter, condition: ast.Condition) -> str:
        fresh = ConditionWriter(probe.glossary, probe.calendar, probe.batch)
        fresh.condition(condition)
        probe.condition(condition)
        if not fresh.parts:
            return IN_COLUMNS
        return BY_RECORD if condition in fresh.parts else PARTLY


def in_batches(records: Iterable[Mapping[str, Any]], size: int = BATCH) -> Iterator[list[Mapping[str, Any]]]:
    """Some records at a time, so that memory stays flat however many there are."""
    stream = iter(records)
    while batch := list(islice(stream, size)):
        yield batch


def _speak_of(conditions: Sequence[ast.Condition], reader: RecordReader) -> tuple[list[str], list[str]]:
    """The names and systems that the conditions speak of, definitions unfolded."""
    glossary = reader.glossary
    names: dict[str, None] = {}
    systems: dict[str, None] = {}
    waiting, seen = list(conditions), set[str]()
    while waiting:
        node = waiting.pop()
        names.update(dict.fromkeys(names_in(node, glossary)))
        for each in nodes(node):
            if isinstance(each, ast.Attached):
                systems[each.system] = None
            elif isinstance(each, ast.Defined) and each.name not in seen:
                seen.add(each.name)
                waiting.append(glossary.definitions[each.name])
    return list(names), list(systems)
