"""Records on which the *until* part of a test has come true: the ones nearest to the record that the test starts from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from holdshort.core.acceptance import Record, situation
from holdshort.core.differences import Teller
from holdshort.core.example_ways import Ways
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.screening import Screener

_MOST_TRIES = 3_000
_CANDIDATES = 24
_NEAREST = 4


@dataclass(frozen=True)
class Way:
    """One record on which the condition holds, and in words what had to change for it."""

    record: Record
    changes: tuple[str, ...]


class UntilWays:
    """Finds the ways for one playbook."""

    def __init__(self, screener: Screener, records: Mapping[str, Record]) -> None:
        playbook = screener.playbook
        self._screener = screener
        self._ways = Ways(RecordReader(playbook.glossary, playbook.settings.calendar.zone), records)
        self._teller = Teller(playbook.glossary)

    def nearest(self, condition: ast.Condition, record: Record, now: datetime) -> tuple[Way, ...]:
        """
        The ways with the fewest changes, a few of them where there are several; empty where none was found.

        What a test says of *until* has to be so in each of them, so a condition that ends the hold in one way and not
        in another is a claim too many.
        """
        self._ways.tries, self._ways.limit = 0, _MOST_TRIES
        start = situation(self._screener, record, now)
        found: dict[tuple[str, ...], Record] = {}
        for at in islice(self._ways.leading_to(condition, True, start), _CANDIDATES):
            words = tuple(each.words for each in self._teller.differences(record, at.record))
            if words:
                found.setdefault(words, at.record)
        fewest = min(map(len, found), default=0)
        nearest = [Way(made, words) for words, made in found.items() if len(words) == fewest]
        return tuple(nearest[:_NEAREST])


def later(record: Record, moment: datetime, by: timedelta) -> Record:
    """The record as a source would send it `by` later: the same facts, of a newer moment."""
    return {**record, "as_of": (moment + by).isoformat().replace("+00:00", "Z")}
