"""
The fast evaluator: all conditions of a register become one Python function over one record.

Each condition is an expression of `and`, `or` and comparisons that keeps *cannot tell*. What the expressions mean is
fixed by `operations` and shown by `reference`; tests hold the three together. Source text is made only from checked
trees (see `source`): words of a register enter it as quoted constants or bound objects, never as code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from holdshort.core.dates import Calendar
from holdshort.core.presence import Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.fast_rows import RowsWriter, lacking_function
from holdshort.core.rules.source import Source


class CompiledRules:
    """Conditions compiled against one glossary and calendar. What it remembers of records never shows in an answer."""

    def __init__(
        self,
        conditions: Sequence[ast.Condition],
        reader: RecordReader,
        calendar: Calendar,
        usual: int = 0,
    ) -> None:
        """`usual`: how many of the first conditions most records match, such as triggers."""
        self._count = len(conditions)
        source = Source(reader, calendar)
        screen = RowsWriter(source).function(conditions, usual)
        lacking, self.not_expected = lacking_function(source)
        self.source = "\n".join([*source.functions, screen, lacking])
        source.functions.clear()
        define(self.source, source.namespace)
        self.made_of = source
        """What other functions over the same records may share with it."""
        self.screen: Callable[[Any, datetime], list[tuple[int, Truth]]] = source.namespace["screen"]
        """The conditions that are matched (True) or cannot tell (None), by index."""
        self.lacking: Callable[[Any, datetime], tuple[bool, ...]] = source.namespace["lacking"]
        """For each of `not_expected`, whether no source gives it."""

    def found(self, record: Mapping[str, Any], now: datetime) -> list[tuple[int, Truth]]:
        """The conditions that are matched (True) or cannot tell (None), by index; all others are clear."""
        return self.screen(record, now)

    def evaluate(self, record: Mapping[str, Any], now: datetime) -> list[Truth]:
        """The truth of every condition, in order."""
        truths: list[Truth] = [False] * self._count
        for index, truth in self.found(record, now):
            truths[index] = truth
        return truths


def define(text: str, namespace: dict[str, Any]) -> None:
    """
    Run generated source, which defines functions in `namespace`.

    It is written by `fast_rows` and `fast_reasons` from checked trees alone; see docs/decisions/0006.
    """
    exec(compile(text, "<register>", "exec"), namespace)  # noqa: S102
