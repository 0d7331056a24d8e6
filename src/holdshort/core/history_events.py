"""
The events of a history: what became known, was done, went wrong or was decided, each at its moment.

A history is read as it was known then. What an event says holds from its moment on and never before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any, Literal

from holdshort.core.dates import read_date, read_instant
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.shadow_outcomes import is_well, outcome_kind, outcome_words
from holdshort.core.unreadable import Unreadable

EventKind = Literal["facts", "outcome", "action", "decision"]
_KINDS: Mapping[str, EventKind] = {
    "record": "facts",
    "outcome": "outcome",
    "action": "action",
    "decision": "decision",
}
_MORE = ("what", "by", "case", "of")
KEYS = ("key", "at", *_KINDS, *_MORE)
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class HistoryEvent:
    """
    One event of one onboarding.

    `word` is the outcome, the kind of action or the decision; `of` the action that an outcome came of, `case` the row that
    was decided on; `what` says in somebody's words what happened. `order` tells events of one moment apart.
    """

    key: str
    at: datetime
    kind: EventKind
    order: int = 0
    record: Mapping[str, Any] = field(default_factory=dict)
    word: str = ""
    of: str = ""
    case: str = ""
    by: str = ""
    what: str = ""
    dated: bool = True
    """False where nobody knows when: a plain export says that something happened, not at which moment."""


@dataclass(frozen=True, slots=True)
class History:
    """Everything that is known of one onboarding, in the order of its moments."""

    key: str
    events: tuple[HistoryEvent, ...]

    def of(self, kind: EventKind) -> tuple[HistoryEvent, ...]:
        return tuple(each for each in self.events if each.kind == kind)


def in_time(key: str, events: Iterable[HistoryEvent]) -> History:
    return History(key, tuple(sorted(events, key=lambda each: (each.at, each.order))))


def read_event(data: Mapping[str, Any], where: Where, order: int, zone: str) -> HistoryEvent | Diagnostic:
    """
    Read one line of a history.

    A day without a time counts as late as possible for a fact and as early as possible for everything else, so that
    nothing is taken to have been known in time because a clock is missing.

    Args:
        data: The line's JSON object.
        where: Its place, for a fault.
        order: Its place among all lines.
        zone: The calendar's zone, for moments that state none.
    """
    fault = _shape(data)
    if fault is not None:
        return Diagnostic(fault[0], fault[1], where, fault[2])
    (said,) = [each for each in _KINDS if each in data]
    kind = _KINDS[said]
    at = moment_of(data["at"], zone, late=kind == "facts")
    if at is None:
        shown = str(data["at"])[:40]
        return Diagnostic(
            "HISTORY-004", f"`{shown}` is no moment", where, "write one such as `2026-03-11T15:00:00Z`"
        )
    key = str(data["key"]).strip()
    what, by, case, of = (str(data.get(name) or "")[:_LONGEST] for name in ("what", "by", "case", "of"))
    if kind == "facts":
        return HistoryEvent(key, at, kind, order, data["record"], by=by, what=what)
    word = str(data[said]).strip()
    if kind == "outcome" and outcome_kind(word) is None and not is_well(word):
        return _no_outcome(word, where)
    if kind == "action":
        word = word.replace(" ", "_")
    return HistoryEvent(key, at, kind, order, {}, word, of.replace(" ", "_"), case, by, what)


def _shape(data: Mapping[str, Any]) -> tuple[str, str, str] | None:
    for key in data:
        if key not in KEYS:
            near = did_you_mean(key, KEYS)
            mend = (
                f"did you mean `{near}`?" if near else "take it out; docs/reference/history.md lists the keys"
            )
            return "HISTORY-001", f"an event has no `{key[:60]}`", mend
    if not str(data.get("key") or "").strip() or isinstance(data.get("key"), dict | list):
        return "HISTORY-002", "the event names no onboarding", 'write its key: `"key": "D-2210"`'
    if "at" not in data:
        return (
            "HISTORY-002",
            "the event says no moment",
            'write when it became known: `"at": "2026-03-11T15:00:00Z"`',
        )
    said = [each for each in _KINDS if each in data]
    if len(said) != 1:
        what = "nothing" if not said else " and ".join(f"`{each}`" for each in said)
        return (
            "HISTORY-003",
            f"the event says {what}",
            "say one of `record`, `outcome`, `action` or `decision` a line",
        )
    if said == ["record"] and not isinstance(data["record"], dict):
        return (
            "HISTORY-003",
            "`record` is no object",
            'write the facts that became known: `"record": {"crm": {…}}`',
        )
    if said != ["record"] and not (isinstance(data[said[0]], str) and data[said[0]].strip()):
        return "HISTORY-003", f"`{said[0]}` is no word", f"write `{said[0]}` as a text"
    return None


def _no_outcome(word: str, where: Where) -> Diagnostic:
    words = outcome_words()
    near = did_you_mean(word, words)
    mend = f"did you mean `{near}`?" if near else "write one of " + ", ".join(f"`{each}`" for each in words)
    return Diagnostic("HISTORY-005", f"`{word[:60]}` is no outcome", where, mend)


def moment_of(raw: Any, zone: str, *, late: bool) -> datetime | None:
    """An instant; of a day alone its last second where `late`, else its first."""
    if isinstance(raw, str):
        # What warehouses write: `2021-01-07 6:49:18`, with one digit for the hour.
        raw = raw.strip()
    read = read_instant(raw, zone)
    if not isinstance(read, Unreadable):
        return read
    day = read_date(raw, zone=zone)
    if isinstance(day, Unreadable):
        return None
    found = read_instant(f"{day.isoformat()}T{time(23, 59, 59) if late else time(0, 0, 1)}", zone)
    return datetime.combine(day, time(12), UTC) if isinstance(found, Unreadable) else found


def learnt(record: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The record once `facts` are known as well: objects key by key, everything else replaced; null is null."""
    result = dict(record)
    for key, value in facts.items():
        below = result.get(key)
        merge = isinstance(value, dict) and isinstance(below, dict) and "value" not in value
        result[key] = learnt(below, value) if merge else value  # type: ignore[arg-type]
    return result
