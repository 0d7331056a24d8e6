"""Registers that come and go: write one for a spreadsheet, take one back, and say what differs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from holdshort.core.columns import COLUMNS
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, in_order
from holdshort.core.lint.all_checks import lint
from holdshort.core.register import Register, RegisterReader
from holdshort.core.roles import TITLES
from holdshort.core.table import ROW, CellChange, Form, RegisterTable, TableRow, diff_tables
from holdshort.importers.limits import read_bytes
from holdshort.importers.register_files import read_register, replace_file, update_register, write_register
from holdshort.importers.register_xlsx_write import GlossaryRow
from holdshort.service.lint import record_names
from holdshort.service.load_playbook import REGISTER_FILES, LoadedPlaybook, _register_file, load_playbook

WORK_AREAS = (
    "closed-won handoff",
    "kickoff",
    "implementation",
    "provisioning",
    "billing",
    "milestones",
    "messages",
    "legal and security",
    "strategic",
)
_OTHER_FILES = ("playbook.toml", "glossary.yaml", "clean-path.yaml", "actions.yaml")
ChangeKind = Literal["cell", "row added", "row removed", "order"]


@dataclass(frozen=True)
class Difference:
    """What differs between two registers: cells, rows, and whether the rows they share stand in another order."""

    changes: tuple[CellChange, ...]
    order_differs: bool = False

    @property
    def is_none(self) -> bool:
        return not self.changes and not self.order_differs

    def cases(self, kind: ChangeKind) -> tuple[str, ...]:
        """The IDs of the rows with a change of this kind, each once."""
        return tuple(dict.fromkeys(each.case for each in self.changes if kind_of(each) == kind))


@dataclass(frozen=True)
class Inactive:
    """A row that would not take part in a run, and why."""

    case: str
    why: str
    was_active: bool


@dataclass(frozen=True)
class ImportReport:
    """What an import would do, or did: `written` says which."""

    file: Path
    register_file: Path
    table: RegisterTable
    """The whole register as it would be."""
    difference: Difference
    diagnostics: tuple[Diagnostic, ...]
    inactive: tuple[Inactive, ...]
    other_errors: int
    """Errors in the playbook's other files, which an import does not touch."""
    was: bytes
    """What the playbook's register file held when it was compared."""
    written: bool = False
    previous: Path | None = None
    """Where the register as it was before is kept."""

    @property
    def errors(self) -> int:
        return sum(1 for each in self.diagnostics if each.severity == "error")

    def to_json(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "register": str(self.register_file),
            "written": self.written,
            "previous": str(self.previous) if self.previous else None,
            "errors": self.errors,
            "changes": changes_to_json(self.difference),
            "inactive": [
                {"case": each.case, "why": each.why, "was_active": each.was_active} for each in self.inactive
            ],
            "diagnostics": [each.to_json() for each in self.diagnostics],
        }


# --- out -------------------------------------------------------------------------------------------------------


def drop_downs(loaded: LoadedPlaybook) -> dict[str, tuple[str, ...]]:
    """The choices of a workbook's columns: this playbook's lanes and segments, the work areas and the roles."""
    path = loaded.playbook.clean_path
    areas = (row.text("work_area").strip() for row in loaded.table.rows)
    roles = tuple(TITLES.values())
    return {
        "lane": ("any", *dict.fromkeys(path.lanes.values())),
        "work_area": tuple(dict.fromkeys([*WORK_AREAS, *(area for area in areas if area)])),
        "segment": ("any", *dict.fromkeys(path.segments.values())),
        "owner": roles,
        "escalation": roles,
    }


def glossary_sheet(loaded: LoadedPlaybook) -> list[GlossaryRow]:
    """What the workbook's sheet `Glossary` lists: every word that a cell may use, and where its value lives."""
    glossary = loaded.playbook.glossary
    rows: list[GlossaryRow] = [
        (system.name, "system", system.key, "yes" if system.expected else "no", system.title)
        for system in glossary.systems.values()
    ]
    for name in glossary.every_name():
        paths = [*name.paths, *name.else_paths]
        where = ", ".join(map(str, paths)) or (f"part of {name.parent}" if name.parent else "")
        choices = f"choice: {', '.join(name.options)}" if name.options else name.type
        rows.append((name.name, choices, where, "yes" if name.expected else "no", ", ".join(name.synonyms)))
    rows += [(name, "threshold", str(value), "", "") for name, value in glossary.thresholds.items()]
    rows += [(name, "definition", text, "", "") for name, text in glossary.definition_texts.items()]
    rows += [(name, "word list", ", ".join(words), "", "") for name, words in glossary.word_lists.items()]
    return rows


def export_register(
    folder: Path, file: Path, form: Form = "long", *, force: bool = False
) -> list[Diagnostic]:
    """
    Write the playbook's register as a new file, in the format that the name ends in.

    Args:
        folder: The playbook.
        file: Ends in .xlsx, .csv, .tsv, .yaml, .yml or .md.
        form: `short` writes the nine columns.
        force: Replace `file` where it exists.

    Returns:
        Warnings on what the short form leaves out, and a note where the register has errors.

    Raises:
        HoldshortError: the playbook cannot be read, `file` is its register or exists, or it cannot be written.
    """
    loaded = load_playbook(folder)
    if _same_file(file, loaded.register_file):
        raise _refusal(
            "CHANGE-001",
            f"`{file}` is the register of the playbook itself",
            file,
            "give the copy another name",
        )
    if file.name in REGISTER_FILES and _same_file(file.parent, folder):
        raise _refusal(
            "CHANGE-002",
            f"a second `{file.name}` in the playbook would leave open which register counts",
            file,
            "write it into another folder, or under another name",
        )
    if file.exists() and not force:
        raise _refusal(
            "CHANGE-003",
            f"`{file}` exists already",
            file,
            "choose another name, or add `--force` to replace it",
        )
    written = write_register(file, loaded.table, drop_downs(loaded), glossary_sheet(loaded), form)
    remarks = [each for each in written if each.code != "TABLE-020"]
    left_out = [each.where.column for each in written if each.code == "TABLE-020"]
    if left_out:
        remarks.append(
            Diagnostic(
                "CHANGE-010",
                f"the nine-column form leaves out {_listed(left_out)}, where rows say something",
                Where(file=file.name),
                "nothing is lost in the playbook: importing the file keeps those cells",
                "note",
            )
        )
    if loaded.errors:
        remarks.append(
            Diagnostic(
                "CHANGE-004",
                f"the playbook has {len(loaded.errors)} error(s); its register was written as it stands",
                Where(str(folder)),
                "`holdshort lint` shows them",
                "warning",
            )
        )
    return remarks


# --- in --------------------------------------------------------------------------------------------------------


def plan_import(folder: Path, file: Path, *, partial: bool = False) -> ImportReport:
    """
    Say what the register of the playbook would become with the rows of `file`. Writes nothing.

    A column that the file leaves out keeps what the playbook says for a row it knows, and gets the column's default for
    a new one. Rows keep the playbook's order; new ones come last.

    Args:
        folder: The playbook.
        file: A register file of any kind, long or short.
        partial: Rows that `file` lacks stay, instead of being removed.

    Raises:
        HoldshortError: the playbook or the file cannot be read.
    """
    # Read before the playbook is: what somebody saves in between then shows as a change when it comes to writing.
    was = read_bytes(_register_file(folder)) if folder.is_dir() else b""
    loaded = load_playbook(folder)
    if _same_file(file, loaded.register_file):
        raise _refusal(
            "CHANGE-005",
            f"`{file}` is the register of the playbook itself",
            file,
            "it needs no import: edit it, then `holdshort lint`",
        )
    incoming, remarks = read_register(file)
    table = _combined(loaded.table, incoming, partial)
    return report_on_change(loaded, file, table, incoming, remarks, was)


def report_on_change(
    loaded: LoadedPlaybook,
    file: Path,
    table: RegisterTable,
    incoming: RegisterTable,
    remarks: Sequence[Diagnostic],
    was: bytes,
) -> ImportReport:
    """
    Say what it means that the register of a playbook becomes `table`.

    Args:
        file: Where the change comes from; `incoming` is what stands there and `remarks` what was odd about it.
        was: What the playbook's register file held when it was read.
    """
    register, faults = read_with_words_of(loaded, table)
    difference = difference_of(loaded.table, table)
    found = [each for each in remarks if each.code not in ("TABLE-010", "TABLE-011")]
    found += [each for each in faults if not _said_already(each, remarks)]
    doubts = _new_doubts(loaded, register, table, [*remarks, *faults])
    found += [each for each in doubts if each.where.file not in _OTHER_FILES]
    found += _kept_columns(incoming, file.name)
    found += _renamed(loaded.table, table, difference)
    found += _order_kept(loaded.table, incoming, file.name)
    broken = {each.where.case.casefold() for each in [*remarks, *faults] if each.severity == "error"}
    return ImportReport(
        file=file,
        register_file=loaded.register_file,
        table=table,
        difference=difference,
        diagnostics=tuple(in_order(found)),
        inactive=tuple(_inactive(table, register, loaded.playbook.register, broken)),
        other_errors=sum(
            1
            for each in (*loaded.errors, *doubts)
            if each.where.file in _OTHER_FILES and each.severity == "error"
        ),
        was=was,
    )


def write_import(report: ImportReport) -> ImportReport:
    """
    Make the playbook's register say what the report shows, in place; the old file is kept beside it.

    Extra columns, other sheets, comments, order and formats of the playbook's own file stay. With errors, or where
    nothing differs, nothing is written.

    Raises:
        HoldshortError: the register changed since it was compared, or cannot be written.
    """
    if report.errors or not report.difference.changes:
        return report
    target = report.register_file
    if read_bytes(target) != report.was:
        raise _refusal(
            "CHANGE-006",
            f"`{target}` was changed while this import was under way; nothing was written",
            target,
            "look at the changes again, then write",
        )
    previous = previous_of(target)
    replace_file(previous, report.was)
    remarks = update_register(target, report.table)
    found = tuple(in_order([*report.diagnostics, *remarks]))
    return replace(report, diagnostics=found, written=True, previous=previous)


def previous_of(register_file: Path) -> Path:
    """Where the register as it was before the last import is kept: `register.previous.xlsx`, openable as it is."""
    return register_file.with_name(f"{register_file.stem}.previous{register_file.suffix}")


def read_with_words_of(
    loaded: LoadedPlaybook, table: RegisterTable
) -> tuple[Register, tuple[Diagnostic, ...]]:
    """Read another table with a playbook's words."""
    path = loaded.playbook.clean_path
    reader = RegisterReader(loaded.clauses, path.lanes, path.segments)
    return reader.read(table), tuple(reader.faults)


def _new_doubts(
    loaded: LoadedPlaybook, register: Register, table: RegisterTable, faults: Iterable[Diagnostic]
) -> list[Diagnostic]:
    """
    What `holdshort lint` would say of the new register: errors, and those warnings that it does not say already.

    A row without a test is left out: it is read, it does not run, and the report lists it under `inactive`.
    """
    records, clauses = record_names(loaded.folder), loaded.clauses
    known = {
        (each.code, each.where.case, each.message)
        for each in lint(
            loaded.playbook, loaded.table, records=records, faults=loaded.diagnostics, clauses=clauses
        )
    }
    playbook = replace(loaded.playbook, register=register)
    return [
        each
        for each in lint(playbook, table, records=records, faults=faults, clauses=clauses)
        if each.code != "LINT-030"
        and (each.severity == "error" or (each.code, each.where.case, each.message) not in known)
    ]


def _combined(base: RegisterTable, incoming: RegisterTable, partial: bool) -> RegisterTable:
    """The incoming rows filled up from the base, in the base's order; new ones come last, in the file's order."""
    given = set(incoming.keys)
    by_case: dict[str, list[TableRow]] = {}
    for row in incoming.rows:
        by_case.setdefault(row.case, []).append(row)
    rows: list[TableRow] = []
    for old in base.rows:
        found = by_case.pop(old.case, [])
        rows += [_filled(old, row, given) for row in found] if found else [old] * partial
    rows += [row for each in by_case.values() for row in each]
    extras = dict.fromkeys([*base.extra_headers, *incoming.extra_headers])
    headers = (*(column.title for column in COLUMNS), *extras)
    return RegisterTable(tuple(rows), headers, "long", base.name)


def _filled(old: TableRow, new: TableRow, given: set[str]) -> TableRow:
    cells = {**new.cells, **{key: cell for key, cell in old.cells.items() if key not in given}}
    return TableRow(cells, {**old.extra, **new.extra}, new.place)


def _kept_columns(incoming: RegisterTable, file: str) -> list[Diagnostic]:
    """Say which columns the file leaves out, and what its rows get instead."""
    left_out = [column.title for column in COLUMNS if column.key not in incoming.keys]
    if not left_out:
        return []
    return [
        Diagnostic(
            "CHANGE-007",
            f"the file leaves out {_listed(left_out)}: rows that the playbook has keep what it says there, "
            "new rows get the column's default",
            Where(file=file),
            "add a column where it has to change",
            "note",
        )
    ]


def _said_already(fault: Diagnostic, remarks: Iterable[Diagnostic]) -> bool:
    """A blank or repeated ID is seen both by who reads the file and by who reads the row; once is enough."""
    twin = {"REG-001": "TABLE-014", "REG-002": "TABLE-015"}.get(fault.code)
    return twin is not None and any(
        each.code == twin and _place(each.where) == _place(fault.where) for each in remarks
    )


def _place(where: Where) -> tuple[str, str, str, int | None]:
    return where.file, where.sheet, where.cell, where.line


def _renamed(base: RegisterTable, table: RegisterTable, difference: Difference) -> list[Diagnostic]:
    """Warn of a row that comes back under another ID: tests, decisions and history point at the old one."""
    remarks = []
    gone = [row for case in difference.cases("row removed") if (row := base.row(case))]
    for case in difference.cases("row added"):
        new = table.row(case)
        if new is None:
            continue
        for old in gone:
            if (
                old.case.casefold() == case.casefold()
                or old.text("trigger").strip() == new.text("trigger").strip()
            ):
                remarks.append(
                    Diagnostic(
                        "CHANGE-008",
                        f"`{case}` looks like `{old.case}` under another ID",
                        new.cells["id"].where,
                        f"an ID never changes: write `{old.case}`, unless it really is another row",
                        "warning",
                    )
                )
                break
    return remarks


def _order_kept(base: RegisterTable, incoming: RegisterTable, file: str) -> list[Diagnostic]:
    if not difference_of(base, incoming).order_differs:
        return []
    return [
        Diagnostic(
            "CHANGE-009",
            "the rows stand in another order than in the playbook; the playbook's order is kept",
            Where(file=file),
            "nothing to do: a row is found by its ID",
            "note",
        )
    ]


def _inactive(
    table: RegisterTable, register: Register, before: Register, broken: set[str]
) -> Iterable[Inactive]:
    active = {case.case for case in before.active}
    runs = {case.case for case in register.active}
    for case in dict.fromkeys(row.case for row in table.rows):
        if case.casefold() in broken:
            yield Inactive(case, "its cells have errors", case in active)
        elif case not in runs:
            yield Inactive(case, "it has no acceptance test", case in active)


# --- differences -----------------------------------------------------------------------------------------------


def diff_registers(a: Path, b: Path) -> tuple[Difference, list[Diagnostic]]:
    """
    Compare two registers, each a playbook folder or a register file.

    Returns:
        What differs, and what was odd about either file.

    Raises:
        HoldshortError: with the problems of both, where one cannot be read.
    """
    tables: list[RegisterTable] = []
    remarks: list[Diagnostic] = []
    problems: list[Diagnostic] = []
    for path in (a, b):
        try:
            table, found = read_register(_register_file(path) if path.is_dir() else path)
            tables.append(table)
            remarks += found
        except HoldshortError as error:
            problems += error.diagnostics
    if problems:
        raise HoldshortError(problems)
    return difference_of(*tables), remarks


def difference_of(a: RegisterTable, b: RegisterTable) -> Difference:
    """What differs from `a` to `b`; the order counts only among the rows that both have."""
    before, after = [row.case for row in a.rows], [row.case for row in b.rows]
    shared = set(before) & set(after)
    order = [case for case in before if case in shared] != [case for case in after if case in shared]
    repeated = len(set(before)) < len(before) or len(set(after)) < len(after)
    return Difference(tuple(diff_tables(a, b)), order and not repeated)


def kind_of(change: CellChange) -> ChangeKind:
    """Whether a change is of one cell or of a whole row."""
    if change.column_title != ROW:
        return "cell"
    return "row removed" if change.before else "row added"


def changes_to_json(difference: Difference) -> list[dict[str, str]]:
    """One object a change, with the whole texts."""
    found: list[dict[str, str]] = []
    for each in difference.changes:
        kind = kind_of(each)
        data = {"change": kind, "case": each.case}
        if kind == "cell":
            data["column"] = each.column_title
        found.append({**data, "before": each.before, "after": each.after})
    if difference.order_differs:
        found.append({"change": "order"})
    return found


def change_lines(difference: Difference, width: int = 160) -> list[str]:
    """
    One line a change, beginning with the case ID: `CO-EDGE-002  Risk tier: high -> hold`.

    Args:
        difference: What to show.
        width: About how many characters the two texts of a cell may take; longer ones are shown around the change.
    """
    lines = []
    for each in difference.changes:
        kind, case = kind_of(each), plain(each.case) or "(no ID)"
        if kind == "cell":
            before, after = _around_change(plain(each.before), plain(each.after), width)
            lines.append(f"{case}  {plain(each.column_title)}: {before} -> {after}")
        else:
            lines.append(f"{case}  {kind}: {_cut(plain(each.before or each.after), width)}")
    if difference.order_differs:
        lines.append("(order)  the rows that both have stand in another order")
    return lines


def plain(text: str) -> str:
    """A text on one line that cannot steer a terminal."""
    one_line = text.strip().replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in one_line)


def _around_change(before: str, after: str, width: int) -> tuple[str, str]:
    if len(before) + len(after) > width:
        lead, trail = _shared(before, after), 0
        rest = min(len(before), len(after)) - lead
        trail = min(rest, _shared(before[::-1], after[::-1]))
        start, end = max(0, lead - 24), max(0, trail - 24)
        start = before.rfind(" ", 0, start) + 1 if start else 0
        half = width // 2
        before, after = (
            ("…" if start else "") + _cut(text[start : len(text) - end], half) + ("…" if end else "")
            for text in (before, after)
        )
    return before or "(blank)", after or "(blank)"


def _shared(a: Sequence[str], b: Sequence[str]) -> int:
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _listed(titles: Sequence[str]) -> str:
    return ", ".join(f"`{title}`" for title in titles)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _same_file(a: Path, b: Path) -> bool:
    try:
        return a.resolve() == b.resolve() or a.samefile(b)
    except OSError:
        return False


def _refusal(code: str, message: str, file: Path, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file.name), mend)])
