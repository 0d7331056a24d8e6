"""
History tables of CRMs as events: versions of rows, changes of fields, stages entered.

Three shapes are read: row versions of a warehouse (`_fivetran_start`), changes of one property each (HubSpot's
property history, Salesforce's field history), and stages with the moment at which they were entered. Columns and properties
become fields of the record by the preset of the system; one that it does not know is left out and said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from holdshort.core.history_events import HistoryEvent, moment_of

if TYPE_CHECKING:
    from holdshort.importers.mapping_file import Mapping as FieldMapping
    from holdshort.importers.tables import Table, TableRow

ABOUT = {
    "crm": ("deal_id", "dealid", "opportunity_id", "opportunityid"),
    "accounts": ("company_id", "companyid", "account_id", "accountid"),
    "contacts": ("contact_id", "contactid"),
    "tickets": ("ticket_id", "ticketid"),
}
_PROPERTY, _NEW, _OLD = ("name", "field"), ("value", "newvalue"), ("oldvalue",)
_CHANGED = ("timestamp", "timestampinstant", "createddate", "changedate")
_ENTERED = ("dateentered",)
_VERSION = ("fivetranstart",)
_JUST = timedelta(seconds=1)


@dataclass
class TableHistory:
    """What history tables hold, and what they cannot say."""

    preset: str
    events: dict[str, list[HistoryEvent]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)
    """What was found, a sentence each."""
    limits: list[str] = field(default_factory=list)
    """What such tables cannot tell."""

    def add(self, event: HistoryEvent) -> None:
        self.events.setdefault(event.key, []).append(event)


def plain_header(header: str) -> str:
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def shape_of(table: Table) -> str:
    """`versions`, `properties`, `stages` or '' for a table that is no history."""
    headers = {plain_header(each) for each in table.headers}
    if headers & set(_PROPERTY) and headers & set(_NEW) and headers & set(_CHANGED):
        return "properties"
    if headers & set(_ENTERED) and "value" in headers:
        return "stages"
    if headers & set(_VERSION) and "id" in headers:
        return "versions"
    if {"opportunityid", "stagename", "createddate"} <= headers:
        return "versions"
    return ""


class TableHistoryReader:
    """Turns the history tables of one system into events."""

    def __init__(self, preset: str, zone: str) -> None:
        from holdshort.importers.mapping_file import load_preset

        self.found = TableHistory(preset)
        self._mapping: FieldMapping = load_preset(preset)
        self._zone = zone
        self._order = 0
        self._won_stages: dict[str, bool] = {}

    def learn_stages(self, table: Table) -> None:
        """Remember which stages are won ones, from a table of the pipeline's stages."""
        at = {plain_header(header): place for place, header in enumerate(table.headers)}
        if "stageid" not in at or "closedwon" not in at:
            return
        for row in table.rows:
            stage, won = _text(row, at["stageid"]), _text(row, at["closedwon"]).casefold()
            if stage and won:
                self._won_stages[stage] = won in ("true", "1", "yes")

    def read(self, table: Table) -> None:
        """Add the events of one history table, with a sentence on what it held and what it lacks."""
        shape = shape_of(table)
        {"versions": self._versions, "properties": self._properties, "stages": self._stages}[shape](table)

    # --- rows in versions ---

    def _versions(self, table: Table) -> None:
        from holdshort.importers.mapping_guess import rule_for
        from holdshort.importers.mapping_rows import Loaded

        rule = rule_for(table, self._mapping)
        if rule is None or all(column.field != "opportunity_id" for column in rule.columns.values()):
            about = f"{rule.name}s" if rule is not None else "something that the preset does not know"
            self._leave_out(table, about)
            return
        loaded = Loaded(table, rule, self._mapping)
        at = {plain_header(header): place for place, header in enumerate(table.headers)}
        started = at.get("fivetranstart", at.get("createddate"))
        ids = at.get("id") if "fivetranstart" in at else at.get("opportunityid")
        keys = Counter[str]()
        for row in table.rows:
            shaped = loaded.shape(row)
            key = _text(row, ids)
            moment = moment_of(_text(row, started), self._zone, late=True)
            if shaped.refused or not key or moment is None:
                continue
            keys[key] += 1
            self._facts(key, moment, {**shaped.fields, "opportunity_id": key})
        several = sum(1 for count in keys.values() if count > 1)
        self.found.said.append(
            f"{table.file}: {sum(keys.values())} versions of {len(keys)} deals; {several} of them changed at least once"
        )
        if loaded.unmapped:
            self.found.limits.append(
                f"{table.file}: {len(loaded.unmapped)} columns are no field of the preset: {_few(loaded.unmapped)}"
            )
        if "fivetranstart" in at:
            self.found.limits.append(
                f"{table.file}: a version begins when the warehouse copied it, which may be long after the CRM knew it"
            )
        if not several:
            self.found.limits.append(
                f"{table.file}: no deal has two versions here, so nothing shows what was known before the last change"
            )

    # --- one property a row ---

    def _properties(self, table: Table) -> None:
        at = {plain_header(header): place for place, header in enumerate(table.headers)}
        about = next(
            (kind for kind, names in ABOUT.items() if any(plain_header(name) in at for name in names)), ""
        )
        if about != "crm":
            self._leave_out(table, about or "something else")
            return
        ids = next(at[plain_header(name)] for name in ABOUT["crm"] if plain_header(name) in at)
        name_at, new_at, changed = (_first(at, names) for names in (_PROPERTY, _NEW, _CHANGED))
        old_at = _first(at, _OLD)
        assert name_at is not None
        changes, unknown, keys = 0, Counter[str](), set[str]()
        first: set[tuple[str, str]] = set()
        earliest: dict[str, datetime] = {}
        for row in table.rows:
            moment = moment_of(_text(row, changed), self._zone, late=True)
            if moment is not None:
                key = _text(row, ids)
                earliest[key] = min(moment, earliest.get(key, moment))
        for row in sorted(table.rows, key=lambda each: _text(each, changed)):
            key, name = _text(row, ids), _text(row, name_at).strip()
            moment = moment_of(_text(row, changed), self._zone, late=True)
            if not key or moment is None:
                continue
            changes += 1
            keys.add(key)
            fields = self._fields_of(name, _text(row, new_at))
            if not fields:
                unknown[name] += 1
                continue
            if old_at is not None and (key, name) not in first and _text(row, old_at):
                first.add((key, name))
                # Before its first change the field held the old value: since when, the table does not say.
                self._facts(key, earliest[key] - _JUST, self._fields_of(name, _text(row, old_at)))
            self._facts(key, moment, {**fields, "opportunity_id": key})
        self.found.said.append(f"{table.file}: {changes} changes of properties of {len(keys)} deals")
        if unknown:
            self.found.limits.append(
                f"{table.file}: {sum(unknown.values())} of {changes} changes are of {len(unknown)} properties that the preset "
                f"`{self.found.preset}` does not know, such as {_few(list(unknown))}: they change no fact here"
            )

    def _fields_of(self, name: str, value: str) -> dict[str, Any]:
        from holdshort.importers.mapping_file import plain
        from holdshort.importers.mapping_rows import Loaded
        from holdshort.importers.tables import Table, TableRow

        rule = next(each for each in self._mapping.tables if each.system == "crm" and each.per == "row")
        column = {"StageName": "Stage"}.get(name, name)
        known = {plain(each, self._mapping.prefixes) for each in rule.columns}
        if plain(column, self._mapping.prefixes) not in known:
            return {}
        table = Table("", "", [column], [TableRow(1, [value or None])])
        shaped = Loaded(table, rule, self._mapping).shape(table.rows[0])
        return dict(shaped.fields)

    # --- stages ---

    def _stages(self, table: Table) -> None:
        at = {plain_header(header): place for place, header in enumerate(table.headers)}
        ids = _first(at, tuple(plain_header(name) for name in ABOUT["crm"]))
        entered, value = at["dateentered"], at["value"]
        if ids is None:
            self._leave_out(table, "something else than deals")
            return
        keys, unknown, count = set[str](), set[str](), 0
        for row in table.rows:
            key, stage = _text(row, ids), _text(row, value)
            moment = moment_of(_text(row, entered), self._zone, late=True)
            if not key or moment is None:
                continue
            count += 1
            keys.add(key)
            fields: dict[str, Any] = {
                "opportunity_id": key,
                "stage_id": stage,
                "stage_entered_at": moment.isoformat(),
            }
            if stage in self._won_stages:
                fields["stage_is_won"] = self._won_stages[stage]
            else:
                unknown.add(stage)
            self._facts(key, moment, fields)
        self.found.said.append(f"{table.file}: {count} stages entered by {len(keys)} deals")
        if unknown:
            self.found.limits.append(
                f"{table.file}: {len(unknown)} stages are in no table of pipeline stages, so nobody can say whether they are won"
            )
        if count == len(keys):
            self.found.limits.append(
                f"{table.file}: each deal has one stage only, so the path by which it came there is not in the data"
            )

    # --- all ---

    def _facts(self, key: str, moment: datetime, fields: Mapping[str, Any]) -> None:
        from holdshort.importers.mapping_record import nested

        if fields:
            self._order += 1
            facts = {"crm": nested(dict(fields))}
            self.found.add(HistoryEvent(key, moment, "facts", self._order, facts))

    def _leave_out(self, table: Table, about: str) -> None:
        self.found.said.append(f"{table.file}: {len(table.rows)} rows about {about}")
        self.found.limits.append(
            f"{table.file}: it is about {about}, and nothing in it says to which deal a change belongs; it is left out"
        )


def _first(at: Mapping[str, int], names: tuple[str, ...]) -> int | None:
    return next((at[name] for name in names if name in at), None)


def _text(row: TableRow, place: int | None) -> str:
    if place is None or place >= len(row.cells):
        return ""
    cell = row.cells[place]
    return "" if cell is None else str(cell).strip()


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{each[:30]}`" for each in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
