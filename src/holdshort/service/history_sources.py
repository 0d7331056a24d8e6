"""
Read a history from what there is: lines of events, plain records and exports, history tables of a CRM.

Onboardings come one after another, each with its events in the order of their moments; only the places of the lines are
kept meanwhile. What a source cannot tell is said in `limits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.history_events import History, HistoryEvent, in_time, moment_of, read_event
from holdshort.core.shadow_outcomes import is_well, outcome_kind

if TYPE_CHECKING:
    from holdshort.history.event_index import EventIndex
    from holdshort.importers.tables import Table

_TABLES = (".csv", ".tsv", ".xlsx", ".parquet")
_LINES = (".jsonl", ".ndjson")
_MOST_FAULTS = 50
_NO = frozenset(("", "no", "false", "0", "n", "none"))
_YES = frozenset(("yes", "true", "1", "y", "x"))


@dataclass
class HistorySource:
    """A history that was found; iterate over `onboardings` as often as needed."""

    zone: str
    index: EventIndex
    events: dict[str, list[HistoryEvent]] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    fault_count: int = 0
    said: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    latest: datetime | None = None
    event_count: int = 0
    outcomes: int = 0
    says_well: bool = False
    """At least one onboarding is said to have gone well, so that silence about others does not say so."""

    def onboardings(self) -> Iterator[History]:
        """Every onboarding, in the order in which it first appears."""
        for key in self.index:
            yield in_time(key, [*self._of_lines(key), *self.events.get(key, ())])
        for key, events in self.events.items():
            if key not in self.index:
                yield in_time(key, events)

    def count(self) -> int:
        return len(self.index) + sum(1 for key in self.events if key not in self.index)

    def _of_lines(self, key: str) -> Iterator[HistoryEvent]:
        from holdshort.importers.records_json import check_record

        for file, number, data in self.index.lines(key):
            line = check_record(data, file.name, number)
            if line.record is not None:
                event = read_event(line.record, Where(file.name, line=number), number, self.zone)
                if isinstance(event, HistoryEvent):
                    yield event

    def note(self, event: HistoryEvent) -> None:
        self.event_count += 1
        if self.latest is None or event.at > self.latest:
            self.latest = event.at
        if event.kind == "outcome":
            self.outcomes += outcome_kind(event.word) is not None
            self.says_well = self.says_well or is_well(event.word)

    def fault(self, fault: Diagnostic) -> None:
        self.fault_count += 1
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(fault)

    def add(self, event: HistoryEvent) -> None:
        self.events.setdefault(event.key, []).append(event)
        self.note(event)


def read_history(
    paths: Sequence[str | Path],
    zone: str,
    *,
    mapping: Path | None = None,
    preset: str | None = None,
) -> HistorySource:
    """
    Look through a history.

    Args:
        paths: Files or folders: .jsonl of events or records, .json of records, history tables and exports.
        zone: The calendar's zone, for moments that state none.
        mapping: Which column of a plain export is which field.
        preset: The same for a known system; guessed for history tables where it is left out.

    Raises:
        HoldshortError: There is no such file, nothing in them is history, or an export has neither mapping nor preset.
    """
    from holdshort.history.event_index import EventIndex

    source = HistorySource(zone, EventIndex())
    tables: list[tuple[Path, list[Table]]] = []
    exports: list[Path] = []
    for path in _files(paths):
        if path.suffix.lower() in _TABLES:
            _sort_table(path, tables, exports, source)
        elif path.suffix.lower() in _LINES and _is_of_events(path):
            _events(path, source)
        else:
            exports.append(path)
    if tables:
        _history_tables(tables, preset, source)
    if exports:
        _plain(exports, mapping, preset if mapping is None else None, source, has_tables=bool(tables))
    if not source.count():
        raise HoldshortError(
            source.faults
            or [
                Diagnostic(
                    "HISTORY-010",
                    "there is no onboarding in this history",
                    Where(str(paths[0]) if paths else ""),
                    "docs/reference/history.md shows what is read; `holdshort demo --history DIR` makes one to try",
                )
            ]
        )
    return source


def _files(paths: Iterable[str | Path]) -> Iterator[Path]:
    for each in paths:
        path = Path(each)
        if path.is_dir():
            known = (*_TABLES, *_LINES, ".json")
            # What `demo --history` writes beside a history to compare with is no part of it.
            yield from sorted(
                file for file in path.iterdir() if file.suffix.lower() in known and file.name != "truth.json"
            )
        elif path.is_file():
            yield path
        else:
            raise HoldshortError(
                [Diagnostic("HISTORY-011", f"there is no file `{path}`", Where(str(path)), "check its name")]
            )


# --- lines of events ---


def _is_of_events(path: Path) -> bool:
    import msgspec

    with path.open("rb") as stream:
        for data in stream:
            if data.strip():
                try:
                    first = msgspec.json.decode(data)
                except (msgspec.MsgspecError, UnicodeDecodeError):
                    return False
                return isinstance(first, dict) and "key" in first and "at" in first
    return False


def _events(path: Path, source: HistorySource) -> None:
    from holdshort.importers.records_json import check_record

    def learn(data: bytes, number: int) -> str | None:
        line = check_record(data, path.name, number)
        for fault in line.faults:
            source.fault(fault)
        if line.record is None:
            return None
        event = read_event(line.record, Where(path.name, line=number), number, source.zone)
        if isinstance(event, Diagnostic):
            source.fault(event)
            return None
        source.note(event)
        return event.key

    before = source.event_count
    source.index.add(path, learn)
    source.said.append(f"{path.name}: {source.event_count - before} events")


# --- history tables of a CRM ---


def _sort_table(
    path: Path, tables: list[tuple[Path, list[Table]]], exports: list[Path], source: HistorySource
) -> None:
    from holdshort.importers.tables import read_tables
    from holdshort.service.history_tables import plain_header, shape_of

    try:
        found = read_tables(path)
    except HoldshortError as error:
        for fault in error.diagnostics:
            source.fault(fault)
        return
    headers = {plain_header(each) for table in found for each in table.headers}
    if any(shape_of(table) for table in found) or {"stageid", "closedwon"} <= headers:
        tables.append((path, found))
    else:
        exports.append(path)


def _history_tables(
    tables: list[tuple[Path, list[Table]]], preset: str | None, source: HistorySource
) -> None:
    from holdshort.service.history_tables import TableHistoryReader, shape_of

    listed = [table for _, found in tables for table in found]
    reader = TableHistoryReader(preset or _preset_of(listed), source.zone)
    for table in listed:
        reader.learn_stages(table)
    for table in listed:
        if shape_of(table):
            reader.read(table)
    for events in reader.found.events.values():
        for event in events:
            source.add(event)
    source.said += reader.found.said
    source.limits += reader.found.limits
    source.limits.append(
        "history tables say what a CRM held and when; they say nothing of contracts, handoffs, notes or of what went wrong, "
        "unless another file does"
    )


def _preset_of(tables: Sequence[Table]) -> str:
    headers = {header.casefold() for table in tables for header in table.headers}
    return "hubspot" if headers & {"deal_id", "dealid", "portal_id"} else "salesforce"


# --- plain records and exports ---


def _plain(
    paths: list[Path], mapping: Path | None, preset: str | None, source: HistorySource, *, has_tables: bool
) -> None:
    from holdshort.service.record_sources import read_sources

    exports = [path for path in paths if path.suffix.lower() in _TABLES]
    if exports and mapping is None and preset is None and has_tables:
        # Beside history tables stand the others of the same system; its preset is known from them.
        source.limits.append(
            f"{len(exports)} tables are no history and were left out; name `--preset` or `--mapping` to read them as they "
            "stand today"
        )
        paths = [path for path in paths if path not in exports]
    used = [path for path in paths if path.suffix.lower() in _TABLES]
    count = undated = 0
    lines = read_sources(paths, mapping=mapping if used else None, preset=preset if used else None)
    for order, line in enumerate(lines):
        for fault in line.faults:
            if fault.severity == "error":
                source.fault(fault)
        if line.record is None:
            continue
        count += 1
        undated += _of_record(line.record, order, source)
    if count:
        source.said.append(f"{count} plain records")
    if undated:
        source.limits.append(
            f"{undated} plain records have no history of when a field was filled: their facts are treated as known at the moment "
            "the onboarding began, so a gap that was filled later looks as if it had never been there, and the catch of rows "
            "about missing values is too low"
        )


def _of_record(record: dict[str, Any], order: int, source: HistorySource) -> bool:
    """Add a plain record as events; return whether facts in it are of unknown moment."""
    key = _key_of(record, order)
    began = _began(record, source.zone)
    if began is None:
        source.fault(
            Diagnostic(
                "HISTORY-012",
                f"record `{key}` states no moment at all",
                Where(line=order + 1),
                "let it state `as_of`, `trigger.received_at`, `crm.stage_entered_at` or `crm.close_date`",
            )
        )
        return False
    outcomes = record.pop("outcomes", None)
    now, later = _by_moment(record, began, source.zone)
    source.add(HistoryEvent(key, began, "facts", order, now))
    for at, facts in later:
        source.add(HistoryEvent(key, at, "facts", order, facts))
    for event in _outcomes(outcomes, key, began, order, source):
        source.add(event)
    return bool(set(now) - {"record_id", "as_of", "trigger"})


def _key_of(record: Mapping[str, Any], order: int) -> str:
    crm = record.get("crm")
    deal = crm.get("opportunity_id") if isinstance(crm, dict) else None
    deal = deal.get("value") if isinstance(deal, dict) else deal
    return str(deal or record.get("record_id") or f"record {order + 1}")


def _began(record: Mapping[str, Any], zone: str) -> datetime | None:
    for system, name in (("trigger", "received_at"), ("crm", "stage_entered_at"), ("crm", "close_date")):
        inner = record.get(system)
        raw = inner.get(name) if isinstance(inner, dict) else None
        at = moment_of(raw.get("value") if isinstance(raw, dict) else raw, zone, late=False)
        if at is not None:
            return at
    return moment_of(record.get("as_of"), zone, late=False)


def _by_moment(
    record: Mapping[str, Any], began: datetime, zone: str
) -> tuple[dict[str, Any], list[tuple[datetime, dict[str, Any]]]]:
    """Facts that state when they became known (`as_of`, `_as_of`) after the beginning, apart from all others."""
    now: dict[str, Any] = {}
    later: dict[datetime, dict[str, Any]] = {}
    for system, facts in record.items():
        if not isinstance(facts, dict):
            now[system] = facts
            continue
        whole = moment_of(facts.get("_as_of"), zone, late=True)
        for name, value in facts.items():
            own = (
                moment_of(value.get("as_of"), zone, late=True)
                if isinstance(value, dict) and "value" in value
                else None
            )
            at = own or whole
            if at is not None and at > began and not name.startswith("_"):
                later.setdefault(at, {}).setdefault(system, {})[name] = value
            else:
                now.setdefault(system, {})[name] = value
        now.setdefault(system, {})
    return now, sorted(later.items(), key=lambda each: each[0])


def _outcomes(
    said: Any, key: str, began: datetime, order: int, source: HistorySource
) -> Iterator[HistoryEvent]:
    """Outcome columns of an export: `{"handoff returned": "2026-03-11"}`, or yes where nobody knows when."""
    if not isinstance(said, dict):
        return
    for word, value in said.items():
        word = word.replace("_", " ")
        text = str(value if value is not None else "").strip()
        if text.casefold() in _NO:
            continue
        if outcome_kind(word) is None and not is_well(word):
            source.fault(
                Diagnostic(
                    "HISTORY-005",
                    f"`{word}` is no outcome",
                    Where(line=order + 1),
                    "docs/reference/history.md lists them",
                )
            )
            continue
        at = moment_of(text, source.zone, late=False)
        if at is None and text.casefold() not in _YES:
            source.fault(
                Diagnostic(
                    "HISTORY-004", f"`{text[:40]}` is no moment for `{word}`", Where(line=order + 1),
                    "write a date, or yes where nobody knows when",
                )
            )  # fmt: skip
            continue
        yield HistoryEvent(key, at or began, "outcome", order, {}, word, dated=at is not None)
