"""What is known of one customer, put together from records that arrive in any order, any number of times."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from holdshort.core.dates import read_date, read_instant
from holdshort.core.unreadable import Unreadable

_OF_THE_RECORD = frozenset({"as_of", "record_id", "proposed_actions"})
"""Said by the one who sends the record; no facts about the customer."""
_OF_THE_SYSTEM = frozenset({"_as_of", "_url", "locale", "timezone"})
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)

Place = tuple[str, str]
"""System and field; the field is empty for the system as a whole."""


@dataclass(frozen=True, slots=True)
class Facts:
    """
    Facts by place, each with the moment it speaks of. Merging is order-free: the newest value of each place stays.

    `as_of` is the newest moment of any record, `received_at` when that record came: together they say how far an
    onboarding's own clock is from the wall clock.
    """

    values: Mapping[Place, tuple[datetime, Any]] = field(default_factory=dict)
    as_of: datetime = _EARLIEST
    received_at: datetime = _EARLIEST
    record_id: Any = None
    changed_at: Mapping[Place, datetime] = field(default_factory=dict)
    """When each value was received that stands now."""
    gone: Mapping[str, datetime] = field(default_factory=dict)
    """The newest moment at which a system was known to be absent: what it said before never comes back."""

    def moment(self, now: datetime) -> datetime:
        """The onboarding's own present: the record's "now", moved on by the time since it came."""
        if self.as_of == _EARLIEST:
            return now
        return self.as_of + max(now - self.received_at, timedelta(0))

    def record(self) -> dict[str, Any]:
        """All facts as one record; fields that are older than the news that their system is absent are left out."""
        made: dict[str, Any] = {}
        for (system, name), (_, value) in self.values.items():
            if not name:
                made[system] = {} if isinstance(value, dict) else value
        for (system, name), (at, value) in self.values.items():
            if not name or self._is_gone(system, at):
                continue
            held = made.get(system)
            if not isinstance(held, dict):
                held = made[system] = {}
            held[name] = value
        if self.as_of != _EARLIEST:
            made["as_of"] = written(self.as_of)
        if self.record_id is not None:
            made["record_id"] = self.record_id
        return made

    def _is_gone(self, system: str, at: datetime) -> bool:
        whole = self.values.get((system, ""))
        if whole is not None and not isinstance(whole[1], dict) and at <= whole[0]:
            return True  # it is no object at all
        return system in self.gone and at < self.gone[system]


@dataclass(frozen=True, slots=True)
class Merged:
    """
    `changed` and `older` are places: those that are new or newer, and those for which something newer was known.

    `confirmed`: something is said again, of a later moment. That is news too: nothing older counts against it any more.
    """

    facts: Facts
    changed: tuple[Place, ...]
    older: tuple[Place, ...]
    confirmed: bool = False

    @property
    def is_news(self) -> bool:
        return bool(self.changed or self.older or self.confirmed)


def merge(facts: Facts, record: Mapping[str, Any], received_at: datetime) -> Merged:
    """
    Return `facts` with those of `record` merged in; newer ones are never overwritten by older ones.

    Two values that claim the same moment are settled by their canonical text, so that every order of arrival ends in
    the same facts.
    """
    as_of = _moment(record.get("as_of"), received_at)
    values = dict(facts.values)
    changed_at = dict(facts.changed_at)
    changed: list[Place] = []
    older: list[Place] = []
    confirmed = as_of > facts.as_of
    for place, at, value in _facts_of(record, as_of):
        known = values.get(place)
        if known is not None and _comes_last(known, (at, value)):
            if known[1] != value:
                older.append(place)
            continue
        if known is None or known[1] != value:
            changed.append(place)
            changed_at[place] = received_at
        confirmed = confirmed or known is not None
        values[place] = (at, value)
    gone = dict(facts.gone)
    for system, value in record.items():
        if value is None and system not in _OF_THE_RECORD:
            gone[system] = max(as_of, gone.get(system, _EARLIEST))
    came = received_at if as_of > facts.as_of else facts.received_at
    record_id = record.get("record_id") if as_of > facts.as_of else facts.record_id
    if as_of == facts.as_of:
        came = min(came, received_at)
        record_id = max(record.get("record_id"), facts.record_id, key=_text)
    newest = max(as_of, facts.as_of)
    merged = Facts(values, newest, came, record_id, changed_at, gone)
    return Merged(merged, tuple(changed), tuple(older), confirmed)


def written(moment: datetime) -> str:
    """An instant as records write it: `2026-06-10T15:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _facts_of(record: Mapping[str, Any], as_of: datetime) -> Iterator[tuple[Place, datetime, Any]]:
    for system, value in record.items():
        if system in _OF_THE_RECORD:
            continue
        if not isinstance(value, dict):
            yield (system, ""), as_of, value
            continue
        at = _moment(value.get("_as_of"), as_of)
        yield (system, ""), at, {}
        for name, inner in value.items():
            if name in _OF_THE_SYSTEM or not (isinstance(inner, dict) and "as_of" in inner):
                yield (system, name), at, inner
            else:
                yield (system, name), _moment(inner["as_of"], at), inner


def _moment(stated: Any, otherwise: datetime) -> datetime:
    if stated is None:
        return otherwise
    read = read_instant(stated, "UTC")
    if not isinstance(read, Unreadable):
        return read
    day = read_date(stated)  # a day begins where it begins: it is older than whatever happened on it
    return otherwise if isinstance(day, Unreadable) else datetime(day.year, day.month, day.day, tzinfo=UTC)


def _comes_last(known: tuple[datetime, Any], new: tuple[datetime, Any]) -> bool:
    """Whether what is known stands against what is new: it is newer, or of the same moment and not before it as text."""
    if known[0] != new[0]:
        return known[0] > new[0]
    before, after = (json.dumps(each[1], sort_keys=True, default=str) for each in (known, new))
    return before >= after


def _text(value: Any) -> str:
    """Canonical; nothing at all comes before everything else."""
    return "" if value is None else json.dumps(value, sort_keys=True, default=str)
