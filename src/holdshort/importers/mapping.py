"""
Turn exported tables into records by a mapping file, with a dry run first.

What the export lacks is absent from the record, an empty cell is null, and every other cell keeps its text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers import row_checks
from holdshort.importers.mapping_file import (
    Mapping,
    TableRule,
    load_mapping,
    load_preset,
    plain,
    preset_names,
)
from holdshort.importers.mapping_join import Join, Joiner, Placed, repeated_keys
from holdshort.importers.mapping_plan import ImportPlan, TablePlan
from holdshort.importers.mapping_record import RecordBuilder
from holdshort.importers.mapping_rows import Loaded, Shaped
from holdshort.importers.records_json import RecordLine
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import Table, read_tables, rows_of, stem_of

__all__ = ["choose_mapping", "import_records", "plan_import"]

_DATE_FIELD = re.compile(r"(date|_at|_on|due|start|end)$")
_SHAPES = (
    ("year first", re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?")),
    ("with slashes", re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}( .*)?")),
    ("with dots", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}( .*)?")),
    ("milliseconds", re.compile(r"\d{12,13}")),
    ("in words", re.compile(r".*[A-Za-z]{3}.*\d.*")),
)


def plan_import(
    files: Iterable[str | Path],
    mapping: Mapping | str | Path | None = None,
    preset: str | None = None,
    today: date | None = None,
) -> ImportPlan:
    """
    Say what an import would do: columns mapped, unmapped, ambiguous, and what each row lacks or has wrong.

    Args:
        files: .csv, .tsv, .xlsx or .parquet files.
        mapping: A mapping, or the path of a mapping file.
        preset: Name of a preset instead. Left out too, the preset is guessed from names and columns, and said.
        today: The day that "past" is measured by; the machine's where it is left out.

    Raises:
        HoldshortError: no file could be read, or the mapping is faulty or cannot be guessed.
    """
    run = _Import(files, mapping, preset, today)
    plan = run.plan
    for line in run.lines():
        plan.records += line.record is not None
        plan.refused += line.record is None
    plan.notes = sorted(run.notes, key=lambda note: (note.file, note.sheet, note.row, note.code))
    return plan


def import_records(
    files: Iterable[str | Path],
    mapping: Mapping | str | Path | None = None,
    preset: str | None = None,
    today: date | None = None,
) -> Iterator[RecordLine]:
    """
    Yield the records of exported tables; each line carries what its rows have to say.

    Takes what `plan_import` takes. A row that cannot be read has no record and does not hide the next one; a
    file that cannot be read is a line without a record.

    Raises:
        HoldshortError: no file could be read, or the mapping is faulty or cannot be guessed.
    """
    run = _Import(files, mapping, preset, today)
    for fault in run.plan.faults:
        yield RecordLine(0, None, (fault,))
    yield from run.lines()


def choose_mapping(tables: Sequence[Table]) -> tuple[Mapping, RowNote]:
    """
    Guess the preset whose tables and columns fit best, with a note that says so.

    Raises:
        HoldshortError: no preset fits.
    """
    scores: dict[str, int] = {}
    loaded = {name: load_preset(name) for name in preset_names()}
    for name, mapping in loaded.items():
        scores[name] = 0
        for table in tables:
            rule = _rule_for(table, mapping)
            if rule is not None:
                bound = Loaded(table, rule, mapping)
                scores[name] += len(bound.bound)
    best = max(scores, key=lambda name: scores[name])
    if scores[best] < 3 or list(scores.values()).count(scores[best]) > 1:
        raise HoldshortError(
            [
                Diagnostic(
                    "MAPPING-006", "no preset fits these tables well enough to be guessed", Where(),
                    "name one (" + ", ".join(preset_names()) + "), or write a mapping file",
                )
            ]
        )  # fmt: skip
    file = tables[0].file
    note = RowNote(
        file, 0, "", "IMPORT-001", f"preset `{best}` was guessed: {scores[best]} columns fit it",
        "name the preset to be sure", "note",
    )  # fmt: skip
    return loaded[best], note


class _Import:
    """One import of some files under one mapping."""

    def __init__(
        self,
        files: Iterable[str | Path],
        mapping: Mapping | str | Path | None,
        preset: str | None,
        today: date | None,
    ) -> None:
        self.notes: list[RowNote] = []
        self.today = today or date.today()
        faults: list[Diagnostic] = []
        tables: list[Table] = []
        for file in files:
            try:
                tables += read_tables(Path(file))
            except HoldshortError as error:
                faults += error.diagnostics
        for table in tables:
            faults += [each for each in table.remarks if each.severity == "error"]
            self.notes += [_as_note(each) for each in table.remarks if each.severity != "error"]
        if not tables:
            raise HoldshortError(
                faults or [Diagnostic("FILE-001", "there is no file to import", Where(), "name one")]
            )
        self.mapping = self._mapping(mapping, preset, tables)
        self.plan = ImportPlan(self.mapping.name, faults=faults)
        self.loaded = self._assign(tables)
        self._typical = {id(each): _typical(each) for each in self.loaded}
        self.rows = self._current_rows()
        self.joiner = Joiner(self.rows, self.mapping.tables, self.mapping.ids)
        self._plan_of = self._table_plans()

    # --- which table is which ---

    def _mapping(
        self, mapping: Mapping | str | Path | None, preset: str | None, tables: list[Table]
    ) -> Mapping:
        if mapping is not None and preset is not None:
            raise HoldshortError(
                [
                    Diagnostic(
                        "MAPPING-007", "a mapping and a preset are both named", Where(), "name one of them"
                    )
                ]
            )
        if isinstance(mapping, Mapping):
            return mapping
        if mapping is not None:
            return load_mapping(Path(mapping))
        if preset is not None:
            return load_preset(preset)
        chosen, note = choose_mapping(tables)
        self.notes.append(note)
        return chosen

    def _assign(self, tables: list[Table]) -> list[Loaded]:
        named = {_name_in(table, self.mapping) for table in tables}
        loaded: list[Loaded] = []
        for table in tables:
            rule = _rule_for(table, self.mapping)
            why = self._why_unused(table, rule, named)
            if rule is None or why:
                self.plan.tables.append(
                    TablePlan(table.file, table.sheet, rows=len(table.rows), why_unused=why)
                )
                continue
            if _name_in(table, self.mapping) is None:
                self.notes.append(
                    RowNote(table.file, 0, "", "IMPORT-002", f"taken for table `{rule.name}` by its columns",
                            f"name the file `{rule.name}` to be sure", "note", table.sheet)
                )  # fmt: skip
            loaded.append(Loaded(table, rule, self.mapping))
        return loaded

    def _why_unused(self, table: Table, rule: TableRule | None, named: set[str | None]) -> str:
        if rule is None:
            folded = {plain(name): why for name, why in self.mapping.ignored.items()}
            for name in _names_of(table, self.mapping):
                if name in folded:
                    return folded[name]
            return "the mapping names no such table, and its columns fit none"
        history = {plain(name) for name in rule.history}
        if _name_in(table, self.mapping) in history and named & {plain(name) for name in rule.table}:
            return f"it holds older versions of `{rule.name}`, which is there itself"
        return ""

    def _current_rows(self) -> dict[str, list[Placed]]:
        rows: dict[str, list[Placed]] = {rule.name: [] for rule in self.mapping.tables}
        for loaded in self.loaded:
            current = {loaded.key(row) for row in loaded.table.rows if not loaded.is_superseded(row)}
            for row in loaded.table.rows:
                if not loaded.is_superseded(row):
                    rows[loaded.rule.name].append((loaded, row))
                    continue
                alone = loaded.key(row) not in current
                self.notes.append(
                    loaded.note(
                        row, "ROW-008",
                        f"the row is an older version of `{_short(loaded.key(row))}`, so it is no record of its own"
                        + ("; the export has no current version of it" if alone else ""),
                        "export the current version, or see whether it was deleted" if alone else "",
                        severity="warning" if alone else "note",
                    )
                )  # fmt: skip
        for name, placed in rows.items():
            if self.mapping.rule(name).per != "look-up":
                self.notes += _repeated(placed)
        return rows

    def _table_plans(self) -> dict[int, TablePlan]:
        plans: dict[int, TablePlan] = {}
        for loaded in self.loaded:
            join = self.joiner.join(loaded.rule.name)
            mapped = [(each.header, name) for name, bindings in loaded.bound.items() for each in bindings]
            mapped += [(ref, loaded.rule.deleted_field) for ref in loaded.rule.deleted if loaded.has(ref)]
            plans[id(loaded)] = TablePlan(
                loaded.table.file, loaded.table.sheet, loaded.rule.name, loaded.rule.system, len(loaded.table.rows),
                0, join.way if join.is_joined else "", mapped, loaded.unmapped, loaded.skipped, loaded.ambiguous,
                loaded.absent, [name for name in loaded.rule.wanted if name in loaded.absent],
            )  # fmt: skip
            self.notes += _table_notes(loaded)
        self.plan.tables = [*plans.values(), *self.plan.tables]
        return plans

    # --- records ---

    def lines(self) -> Iterator[RecordLine]:
        for rule in self.mapping.tables:
            join = self.joiner.join(rule.name)
            if rule.per == "look-up":
                self._say_unmatched(join)
                continue
            if not join.is_joined:
                if rule.join and join.way and self.rows[rule.name]:
                    self._say_not_joined(join)
                for at, placed in enumerate(self.rows[rule.name]):
                    yield self._line(placed, at)
            else:
                self._say_unmatched(join)

    def _line(self, placed: Placed, at: int) -> RecordLine:
        loaded, row = placed
        self._plan_of[id(loaded)].records += 1
        builder = RecordBuilder()
        shaped = loaded.shape(row)
        if shaped.refused:
            self._plan_of[id(loaded)].records -= 1
            self.notes += shaped.notes
            return RecordLine(row.number, None, tuple(note.to_diagnostic() for note in shaped.notes))
        self._add(builder, placed, shaped)
        for rule in self.mapping.tables:
            join = self.joiner.join(rule.name)
            if join.root is loaded.rule:
                self._attach(builder, join, at, placed)
        self._look(builder, loaded, row, shaped)
        for each in self.mapping.tables:
            if not each.is_list:
                builder.mark(each, self.mapping.locale, self.mapping.timezone)
        self.notes += builder.notes
        return RecordLine(row.number, builder.record(), tuple(note.to_diagnostic() for note in builder.notes))

    def _attach(self, builder: RecordBuilder, join: Join, at: int, root: Placed) -> None:
        found = join.by_root.get(at, [])
        rule = join.rule
        if not found:
            if at in join.asked and rule.if_not_found:
                loaded, row = root
                builder.notes.append(
                    loaded.note(row, "ROW-009", f"`{_short(join.asked[at])}` is not in table `{rule.name}`; {rule.if_not_found}",
                                "export the whole table")
                )  # fmt: skip
            return
        live = [each for each in found if each[0][0].is_deleted(each[0][1]) is not True]
        if live and not rule.is_list:
            found = live
        shapes: list[Shaped] = []
        for placed, links in found:
            shaped = placed[0].shape(placed[1], links)
            self._add(builder, placed, shaped)
            self._look(builder, placed[0], placed[1], shaped)
            shapes.append(shaped)
        if rule.when_only_one:
            self._when_only_one(
                builder,
                rule,
                found[0][0],
                [each for each in shapes if each.fields.get(rule.deleted_field) is not True],
            )

    def _when_only_one(
        self, builder: RecordBuilder, rule: TableRule, first: Placed, shapes: list[Shaped]
    ) -> None:
        loaded, row = first
        targets = rule.when_only_one
        if len(shapes) == 1:
            for name, target in targets.items():
                if name in shapes[0].fields:
                    system, _, field_name = target.partition(".")
                    builder.put(system, field_name, shapes[0].fields[name], loaded, row)
        elif len(shapes) > 1:
            builder.notes.append(
                loaded.note(row, "ROW-010", f"{len(shapes)} rows of `{rule.name}` belong to one record, so {', '.join(targets.values())} are not set from them",
                            "say in the mapping or the CRM which of them counts", severity="note")
            )  # fmt: skip

    def _add(self, builder: RecordBuilder, placed: Placed, shaped: Shaped) -> None:
        builder.add(placed[0], placed[1], shaped)

    def _look(self, builder: RecordBuilder, loaded: Loaded, row: Any, shaped: Shaped) -> None:
        """Say what looks wrong in a row; for the row of the record itself, with what was joined to it."""
        facts = {**shaped.fields, **shaped.hidden}
        if loaded.rule.per != "list item":
            joined = builder.fields_of(loaded.rule.system)
            facts = {**joined, **facts} if loaded.rule.per == "row" else facts
        table = row_checks.Table(self.today, self._typical[id(loaded)])
        for finding in row_checks.look(facts, table):
            column = shaped.source.get(finding.fields[0], finding.fields[0])
            builder.note_once(
                loaded.note(row, finding.code, finding.message, finding.mend, column, finding.severity)
            )
            for name in finding.unset:
                builder.unset(loaded.rule.system, name)
        lacks = [
            name for name in loaded.rule.wanted if name in shaped.fields and shaped.fields[name] is None
        ]  # an absent column is said once for the table
        if lacks:
            builder.note_once(
                loaded.note(
                    row,
                    "ROW-011",
                    "the row lacks " + ", ".join(lacks),
                    "fill it in its system",
                    severity="note",
                )
            )

    # --- what joins say ---

    def _say_not_joined(self, join: Join) -> None:
        loaded = self.rows[join.rule.name][0][0]
        self.notes.append(
            loaded.note(None, "IMPORT-003", f"no row of `{join.rule.name}` joins by `{join.way}`, so each is a record of its own",
                        "export both tables from the same system and day", severity="warning")
        )  # fmt: skip

    def _say_unmatched(self, join: Join) -> None:
        if not join.unmatched or not self.rows[join.rule.name]:
            return
        loaded = join.unmatched[0][0]
        number, is_lookup = len(join.unmatched), join.rule.per == "look-up"
        if is_lookup and join.is_joined:
            return
        whole = (
            "none of its rows is used"
            if is_lookup
            else f"{number} of its rows belong to no record and are left out"
        )
        self.notes.append(
            loaded.note(None, "IMPORT-004", f"table `{join.rule.name}`: {whole}",
                        "export both tables from the same system and day", severity="note" if is_lookup else "warning")
        )  # fmt: skip


def _rule_for(table: Table, mapping: Mapping) -> TableRule | None:
    name = _name_in(table, mapping)
    if name is not None:
        return next(
            rule for rule in mapping.tables if name in {plain(each) for each in (*rule.table, *rule.history)}
        )
    ignored = {plain(each) for each in mapping.ignored}
    if any(each in ignored for each in _names_of(table, mapping)):
        return None
    best, best_score = None, 2
    for rule in mapping.tables:
        bound = Loaded(table, rule, mapping)
        score = len(bound.bound)
        if score > best_score and bound.has_key():
            best, best_score = rule, score
    return best


def _names_of(table: Table, mapping: Mapping) -> list[str]:
    """The names that a table may go by: sheet, file; with and without `_data` and the mapping's prefixes."""
    names: list[str] = []
    for name in (table.name, stem_of(table.file), table.sheet):
        for text in (name, re.sub(r"[_\- ]data$", "", name, flags=re.IGNORECASE)):
            for folded in (plain(text), plain(text, mapping.table_prefixes)):
                if folded and folded not in names:
                    names.append(folded)
    return names


def _name_in(table: Table, mapping: Mapping) -> str | None:
    known = {plain(each) for rule in mapping.tables for each in (*rule.table, *rule.history)}
    return next((name for name in _names_of(table, mapping) if name in known), None)


def _repeated(placed: Sequence[Placed]) -> list[RowNote]:
    notes: list[RowNote] = []
    for key, rows in repeated_keys(placed).items():
        first = rows[0][1].number
        for loaded, row in rows[1:]:
            notes.append(
                loaded.note(row, "ROW-012", f"`{_short(key)}` stands in row {first} as well",
                            "keep the current one; both were read")
            )  # fmt: skip
    return notes


def _typical(loaded: Loaded) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, bindings in loaded.bound.items():
        index = bindings[0].index
        if index >= 0 and row_checks.is_amount(name):
            found[name] = row_checks.typical(
                [row.cells[index] for row in loaded.table.rows if index < len(row.cells)]
            )
    return found


def _table_notes(loaded: Loaded) -> list[RowNote]:
    """What can be said once for a table: ambiguous columns and dates that are written in several ways."""
    notes = [
        loaded.note(None, "IMPORT-005", f"{', '.join(f'`{name}`' for name in each.columns)} for {each.field}: {each.why}",
                    "name in the mapping the one that is meant", each.columns[0])
        for each in loaded.ambiguous
    ]  # fmt: skip
    for name, bindings in loaded.bound.items():
        if _DATE_FIELD.search(name):
            for binding in bindings:
                notes += _date_notes(loaded, binding.index, binding.header)
    return notes


def _date_notes(loaded: Loaded, index: int, header: str) -> list[RowNote]:
    shapes: Counter[str] = Counter()
    for _, row in rows_of([loaded.table]):
        text = str(row.cells[index] or "").strip() if 0 <= index < len(row.cells) else ""
        if text:
            shapes[next((name for name, shape in _SHAPES if shape.fullmatch(text)), "in another way")] += 1
    notes: list[RowNote] = []
    if len(shapes) > 1:
        counted = ", ".join(f"{count} {name}" for name, count in shapes.most_common())
        notes.append(
            loaded.note(None, "IMPORT-006", f"dates are written in several ways: {counted}; each is kept as text",
                        "export them as YYYY-MM-DD", header)
        )  # fmt: skip
    if not (loaded.rule.locale or loaded.mapping.locale) and (shapes["with slashes"] or shapes["with dots"]):
        notes.append(
            loaded.note(None, "IMPORT-007", "which part is the day and which the month is not stated, so such dates stay open",
                        "set `locale` in the mapping (`en-US`, `en-GB`, `de-DE`), or export as YYYY-MM-DD", header)
        )  # fmt: skip
    return notes


def _as_note(each: Diagnostic) -> RowNote:
    where = each.where
    return RowNote(
        where.file,
        where.line or 0,
        where.column,
        each.code,
        each.message,
        each.mend,
        each.severity,
        where.sheet,
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"
