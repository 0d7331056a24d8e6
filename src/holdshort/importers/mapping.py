"""
Turn exported tables into records by a mapping file, with a dry run first.

What the export lacks is absent from the record, an empty cell is null, and every other cell keeps its text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers import row_checks
from holdshort.importers.mapping_cells import short
from holdshort.importers.mapping_file import Mapping, TableRule, load_mapping, load_preset, plain, read_way
from holdshort.importers.mapping_guess import choose_mapping, name_in, names_of, rule_for
from holdshort.importers.mapping_join import Join, Joiner, Placed
from holdshort.importers.mapping_plan import ImportPlan, TablePlan
from holdshort.importers.mapping_record import RecordBuilder
from holdshort.importers.mapping_remarks import as_note, notes_on_columns, notes_on_keys, typical_amounts
from holdshort.importers.mapping_rows import Loaded, Shaped
from holdshort.importers.records_json import RecordLine
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import Table, TableRow, read_tables

__all__ = ["choose_mapping", "import_records", "plan_import"]


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
            self.notes += [as_note(each) for each in table.remarks if each.severity != "error"]
        if not tables:
            raise HoldshortError(
                faults or [Diagnostic("FILE-001", "there is no file to import", Where(), "name one")]
            )
        self.mapping = self._mapping(mapping, preset, tables)
        self.plan = ImportPlan(self.mapping.name, faults=faults)
        self.loaded = self._assign(tables)
        self._typical = {id(each): typical_amounts(each) for each in self.loaded}
        self.rows = self._current_rows()
        self.joiner = Joiner(self.rows, self.mapping.tables, self.mapping.ids)
        joins = [self.joiner.join(rule.name) for rule in self.mapping.tables]
        self._joins_of = {
            rule.name: [join for join in joins if join.root is rule] for rule in self.mapping.tables
        }
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
        named = {name_in(table, self.mapping) for table in tables}
        loaded: list[Loaded] = []
        for table in tables:
            rule = rule_for(table, self.mapping)
            why = self._why_unused(table, rule, named)
            if rule is None or why:
                self.plan.tables.append(
                    TablePlan(table.file, table.sheet, rows=len(table.rows), why_unused=why)
                )
                continue
            if name_in(table, self.mapping) is None:
                self.notes.append(
                    RowNote(table.file, 0, "", "IMPORT-002", f"taken for table `{rule.name}` by its columns",
                            f"name the file `{rule.name}` to be sure", "note", table.sheet)
                )  # fmt: skip
            loaded.append(Loaded(table, rule, self.mapping))
        return loaded

    def _why_unused(self, table: Table, rule: TableRule | None, named: set[str | None]) -> str:
        if rule is None:
            folded = {plain(name): why for name, why in self.mapping.ignored.items()}
            for name in names_of(table, self.mapping):
                if name in folded:
                    return folded[name]
            return "the mapping names no such table, and its columns fit none"
        history = {plain(name) for name in rule.history}
        if name_in(table, self.mapping) in history and named & {plain(name) for name in rule.table}:
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
                        f"the row is an older version of `{short(loaded.key(row))}`, so it is no record of its own"
                        + ("; the export has no current version of it" if alone else ""),
                        "export the current version, or see whether it was deleted" if alone else "",
                        severity="warning" if alone else "note",
                    )
                )  # fmt: skip
        for name, placed in rows.items():
            if self.mapping.rule(name).per != "look-up":
                self.notes += notes_on_keys(placed)
        return rows

    def _table_plans(self) -> dict[int, TablePlan]:
        plans: dict[int, TablePlan] = {}
        for loaded in self.loaded:
            join = self.joiner.join(loaded.rule.name)
            plans[id(loaded)] = TablePlan(
                loaded.table.file, loaded.table.sheet, loaded.rule.name, loaded.rule.system, len(loaded.table.rows),
                0, join.way if join.is_joined else "", loaded.used, loaded.unmapped, loaded.skipped, loaded.ambiguous,
                loaded.absent, [name for name in loaded.rule.wanted if name in loaded.absent],
            )  # fmt: skip
            self.notes += notes_on_columns(loaded)
        self.plan.tables = [*plans.values(), *self.plan.tables]
        for rule in self.mapping.tables:
            self._say_absent_look_up(rule)
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
        builder = RecordBuilder(self.mapping.ids)
        shaped = loaded.shape(row)
        if shaped.refused:
            self._plan_of[id(loaded)].records -= 1
            self.notes += shaped.notes
            return RecordLine(row.number, None, tuple(note.to_diagnostic() for note in shaped.notes))
        builder.add(loaded, row, shaped)
        looked_up: dict[str, Any] = {}
        for join in self._joins_of[loaded.rule.name]:
            looked_up.update(self._attach(builder, join, at, placed))
        self._look(builder, loaded, row, shaped, looked_up)
        for each in self.mapping.tables:
            if not each.is_list:
                builder.mark(each, self.mapping.locale, self.mapping.timezone)
        self.notes += builder.notes
        record = {**self.mapping.record, **builder.record()}
        return RecordLine(row.number, record, tuple(note.to_diagnostic() for note in builder.notes))

    def _attach(self, builder: RecordBuilder, join: Join, at: int, root: Placed) -> dict[str, Any]:
        """Add the rows that belong to a record's own row; return what a look-up said, for the checks."""
        found = join.by_root.get(at, [])
        rule = join.rule
        if not found:
            if at in join.asked and rule.if_not_found:
                loaded, row = root
                builder.notes.append(
                    loaded.note(row, "ROW-009", f"`{short(join.asked[at])}` is not in table `{rule.name}`; {rule.if_not_found}",
                                "export the whole table")
                )  # fmt: skip
            return {}
        live = [each for each in found if each[0][0].is_deleted(each[0][1]) is not True]
        if live and not rule.is_list:
            for (other, old), _ in found:
                if other.is_deleted(old) is True:
                    builder.notes.append(
                        other.note(old, "ROW-014", f"the row of `{rule.name}` is deleted and another one is there, so it is not used",
                                   "", severity="note")
                    )  # fmt: skip
            found = live
        shapes: list[Shaped] = []
        for placed, links in found:
            shaped = placed[0].shape(placed[1], links)
            builder.add(placed[0], placed[1], shaped)
            if rule.per != "look-up":
                self._look(builder, placed[0], placed[1], shaped, {})
            shapes.append(shaped)
        if rule.when_only_one:
            self._when_only_one(
                builder,
                rule,
                found[0][0],
                [each for each in shapes if each.fields.get(rule.mark_of_deletion) is not True],
            )
        return dict(shapes[0].fields) if rule.per == "look-up" and len(shapes) == 1 else {}

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

    def _look(
        self, builder: RecordBuilder, loaded: Loaded, row: TableRow, shaped: Shaped, looked_up: dict[str, Any]
    ) -> None:
        """Say what looks wrong in a row, with what its look-ups said about it."""
        facts = {**looked_up, **shaped.fields, **shaped.hidden}
        table = row_checks.Table(self.today, self._typical[id(loaded)])
        for lead, part in _by_system(loaded.rule, facts).items():
            for finding in row_checks.look(part, table):
                first = lead + finding.fields[0]
                column = shaped.source.get(first, first)
                builder.note_once(
                    loaded.note(row, finding.code, finding.message, finding.mend, column, finding.severity)
                )
                for name in finding.unset:
                    builder.unset(loaded.rule.system, lead + name)
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

    def _say_absent_look_up(self, rule: TableRule) -> None:
        """Say once that a table is not there to which rows refer by an ID."""
        if not rule.if_not_found or self.rows[rule.name]:
            return
        for text in rule.join:
            end = read_way(text)[0][1]
            for loaded, row in self.rows[self.mapping.rule(end.table).name]:
                if any(loaded.text(row, column) for column in end.columns):
                    self.notes.append(
                        loaded.note(None, "IMPORT-009", f"table `{rule.name}` has no rows here: {rule.if_not_found}",
                                    f"export `{rule.name}` as well")
                    )  # fmt: skip
                    return

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


def _by_system(rule: TableRule, facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields by the system that they name themselves, where the rule leaves it to them."""
    if rule.system != "record":
        return {"": facts}
    parts: dict[str, dict[str, Any]] = {}
    for name, value in facts.items():
        system, dot, rest = name.partition(".")
        parts.setdefault(system + dot if rest else "", {})[rest or name] = value
    return parts
