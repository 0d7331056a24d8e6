"""
What is worth trying for a value: every point at which some condition of the register changes, and every way of not being known.

For a number the literals that stand beside it, just below and just above; for a choice every option; for a text one with
and one without each phrase that a row looks for; what the playbook's own records hold; then blank, absent, unreadable, old.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from holdshort.core.example_values import (
    as_raw,
    near_values,
    other_values,
    sample_of_type,
    texts_for,
    unreadable,
)
from holdshort.core.glossary import Glossary, Name
from holdshort.core.lint.rows import every_node
from holdshort.core.paths import ABSENT, follow
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast

MOST = 14
_MOST_SAMPLES = 4


class Values:
    """Raw values for each name of one playbook. The same playbook and records give the same values."""

    def __init__(
        self,
        glossary: Glossary,
        reader: RecordReader,
        conditions: Iterable[ast.Condition],
        records: Mapping[str, Any],
    ) -> None:
        self._glossary = glossary
        self._reader = reader
        self._records = records
        self._spoken: dict[str, list[Any]] = {}
        for condition in conditions:
            self._gather(condition)
        for condition in glossary.definitions.values():
            self._gather(condition)
        self._known: dict[str, tuple[Any, ...]] = {}

    def of(self, name: str) -> tuple[Any, ...]:
        """Raw values, `ABSENT` for no field at all; at most MOST."""
        found = self._known.get(name)
        if found is None:
            entry = self._glossary.names[name]
            found = self._known[name] = tuple(_once(self._candidates(entry)))[:MOST]
        return found

    def _gather(self, condition: object) -> None:
        for node in every_node(condition):
            term = getattr(node, "term", None)
            if isinstance(term, ast.NameRef):
                self._spoken.setdefault(term.name, []).append(node)

    def _candidates(self, entry: Name) -> Iterator[Any]:
        if not entry.is_list:
            yield from (None, ABSENT)
        yield from entry.options if len(entry.options) <= 6 else entry.options[:6]
        for node in self._spoken.get(entry.name, ()):
            yield from self._around(node, entry)
        yield from self._samples(entry)
        if entry.is_list:
            yield from ([], None, ABSENT)
            return
        yield sample_of_type(entry)
        if entry.type == "yes/no":
            yield from (True, False)
        yield from other_values(entry, [])[:1]
        yield unreadable(entry)
        if entry.fresh_for_days is not None:
            yield {"value": sample_of_type(entry), "as_of": "2000-01-01"}

    def _around(self, node: Any, entry: Name) -> Iterator[Any]:
        if isinstance(node, ast.Mentions):
            phrases = node.phrases or self._glossary.word_lists.get(node.word_list, ())
            yield from texts_for(None, phrases[:1])[:2]
            return
        for key in ("other", "low", "high"):
            value = _literal(getattr(node, key, None), self._glossary)
            if value is not None:
                yield from near_values(value, entry)
        for option in getattr(node, "options", ()):
            value = _literal(option, self._glossary)
            if value is not None:
                yield as_raw(value, entry)

    def _samples(self, entry: Name) -> Iterator[Any]:
        seen = 0
        for record in self._records.values():
            for path in entry.paths:
                raw, _ = follow(path, record)
                if raw is ABSENT or raw in (None, ""):
                    continue
                if not isinstance(self._reader.read(entry, record), NotKnown):
                    yield raw
                    seen += 1
            if seen >= 40:
                return


def _literal(term: Any, glossary: Glossary) -> Any:
    match term:
        case ast.Number(value) | ast.Text(value) | ast.Choice(value) | ast.Day(value):
            return value
        case ast.MoneyLiteral(amount, _):
            return amount
        case ast.Threshold(name):
            return glossary.thresholds[name]
    return None


def _once(values: Iterable[Any]) -> Iterator[Any]:
    seen: list[Any] = []
    for each in values:
        if not any(each is old or (type(each) is type(old) and each == old) for old in seen):
            seen.append(each)
            yield each
