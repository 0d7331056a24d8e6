"""Read a register out of a workbook."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.limits import damaged, password
from holdshort.importers.register_grid import Line, Reading, find_header, read_grid
from holdshort.importers.spreadsheet_child import text_of
from holdshort.importers.xlsx_scan import SheetFacts, reference, scan_sheet, sheet_parts

Merged = tuple[int, int, int, int]
"""First row, first column, last row, last column; from 0."""
_CHILD_TIMEOUT_S = 20
_SPREAD_AT_MOST = 200_000


@dataclass(slots=True)
class Sheet:
    """One sheet as texts, with what the texts do not show."""

    name: str
    rows: list[list[str]]
    merged: list[Merged] = field(default_factory=list)
    facts: SheetFacts = field(default_factory=SheetFacts)


@dataclass(frozen=True, slots=True)
class Book:
    """The visible sheets in order, read when asked for, and the names of the hidden ones."""

    names: tuple[str, ...]
    hidden: tuple[str, ...]
    sheet: Callable[[str], Sheet]


def read_xlsx(data: bytes, file: str) -> Reading:
    """
    Read the register sheet of an .xlsx or .xlsm; the size gates of `limits` come first.

    Raises:
        HoldshortError: damaged, protected, or no visible sheet holds a register.
    """
    return _read_book(_open_xlsx(data, file), file)


def read_other_workbook(data: bytes, file: str) -> Reading:
    """
    Read the register sheet of an .xls, .xlsb or .ods, in a process of its own.

    Formulas cannot be told from values in these formats, so nothing is said about them.
    """
    return _read_book(_open_in_child(data, file), file)


def _read_book(book: Book, file: str) -> Reading:
    remarks = [
        Diagnostic(
            "TABLE-009",
            f"sheet `{name}` is hidden, so it is not read",
            Where(file=file, sheet=name),
            "unhide it if it belongs to the register",
            "note",
        )
        for name in book.hidden
    ]
    sheet = _register_sheet(book)
    if sheet is None:
        raise HoldshortError([_no_sheet(book, file), *remarks])
    return _read_sheet(sheet, file, remarks)


def _register_sheet(book: Book) -> Sheet | None:
    """The sheet named after the register, else the first with a header row; None where there is no sheet."""
    first_choice = [name for name in book.names if _is_register_name(name)]
    nearest: Sheet | None = None
    for name in first_choice + [name for name in book.names if name not in first_choice]:
        sheet = book.sheet(name)
        if find_header(_lines(sheet)) is not None:
            return sheet
        nearest = nearest or sheet
    return nearest


def _is_register_name(name: str) -> bool:
    plain = "".join(letter for letter in name.casefold() if letter.isalnum())
    return "edgecase" in plain or "register" in plain


def _read_sheet(sheet: Sheet, file: str, remarks: list[Diagnostic]) -> Reading:
    def locate(place: int, index: int) -> Where:
        cell = reference(place, index + 1) if index >= 0 else ""
        return Where(file=file, sheet=sheet.name, cell=cell)

    for at, value in sheet.facts.errors.items():
        _put(sheet.rows, at, value)
    lines = _lines(sheet)
    head = find_header(lines)
    if head is not None:
        remarks = remarks + _spread_merged(sheet, lines[head].place, file)
        lines = _lines(sheet)
    try:
        reading = read_grid(lines, file, locate)
    except HoldshortError as error:
        raise HoldshortError([*error.diagnostics, *remarks]) from error
    remarks = remarks + _value_remarks(sheet, reading, file) + reading.diagnostics
    cached = {at: value for at, (_, value) in sheet.facts.formulas.items()}
    merged = tuple(sheet.merged)
    return Reading(reading.table, remarks, reading.headers, reading.header_place, sheet.name, cached, merged)


def _lines(sheet: Sheet) -> list[Line]:
    return [Line(place, row) for place, row in enumerate(sheet.rows, start=1)]


def _put(rows: list[list[str]], at: tuple[int, int], value: str) -> None:
    row, column = at
    while len(rows) < row:
        rows.append([])
    line = rows[row - 1]
    line.extend([""] * (column - len(line)))
    line[column - 1] = value


def _spread_merged(sheet: Sheet, header_place: int, file: str) -> list[Diagnostic]:
    """
    Give the text of cells merged downwards to each of their rows, and drop rows that are only a title.

    A title is one cell merged across more than half of the columns.
    """
    remarks: list[Diagnostic] = []
    spread = 0
    width = max((len(row) for row in sheet.rows), default=0)
    for top, left, bottom, right in sheet.merged:
        if top < header_place or top >= len(sheet.rows) or left >= len(sheet.rows[top]):
            continue
        text = sheet.rows[top][left]
        where = Where(file=file, sheet=sheet.name, cell=f"{reference(top + 1, left + 1)}")
        others = [each for index, each in enumerate(sheet.rows[top]) if index != left and each.strip()]
        if top == bottom and (right - left + 1) * 2 > width and not others:
            sheet.rows[top] = []
            remarks.append(
                Diagnostic(
                    "TABLE-017", f"`{text.strip()[:60]}` is merged across the row, so it is taken for a title",
                    where, "unmerge it if it is a row of the register", "note",
                )
            )  # fmt: skip
        elif bottom > top and text.strip():
            last = min(bottom, len(sheet.rows) - 1)
            spread += last - top + 1
            if spread > _SPREAD_AT_MOST:
                raise damaged(file, f"sheet `{sheet.name}` has more merged cells than a register can have")
            for row in range(top + 1, last + 1):
                _put(sheet.rows, (row + 1, left + 1), text)
            remarks.append(
                Diagnostic(
                    "TABLE-017", f"`{text.strip()[:60]}` is merged over rows {top + 1} to {bottom + 1}; each of them gets it",
                    where, "unmerge the cells to give each row its own text", "note",
                )
            )  # fmt: skip
    return remarks


def _value_remarks(sheet: Sheet, reading: Reading, file: str) -> list[Diagnostic]:
    rows = {row.place: row for row in reading.table.rows}
    titles = {header.index + 1: header for header in reading.headers}
    remarks: list[Diagnostic] = []
    for at in sorted({*sheet.facts.formulas, *sheet.facts.errors}):
        row, header = rows.get(at[0]), titles.get(at[1])
        if row is None or header is None:
            continue
        where = Where(file=file, sheet=sheet.name, cell=reference(*at), case=row.case, column=header.title)
        if at in sheet.facts.errors:
            remarks.append(
                Diagnostic(
                    "TABLE-006", f"the cell shows the error `{sheet.facts.errors[at][:40]}`", where,
                    "write the text itself in the cell", "error" if header.key else "warning",
                )
            )  # fmt: skip
        else:
            remarks.append(
                Diagnostic(
                    "TABLE-005", "the cell is a formula; the value last calculated is used", where,
                    "replace the formula by its text (copy, paste values)", "warning",
                )
            )  # fmt: skip
    return remarks


def _no_sheet(book: Book, file: str) -> Diagnostic:
    if book.hidden:
        mend = "unhide the register sheet: " + ", ".join(f"`{name}`" for name in book.hidden[:5])
    else:
        mend = "put the register on a sheet named `Edge cases`"
    return Diagnostic(
        "TABLE-001", "the workbook has no visible sheet with a register", Where(file=file), mend
    )


def _open_xlsx(data: bytes, file: str) -> Book:
    import python_calamine as calamine  # late: only where a workbook is read

    parts = sheet_parts(data, file)
    opened = _guarded(lambda: calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)), file)
    metas = [meta for meta in opened.sheets_metadata if meta.typ == calamine.SheetTypeEnum.WorkSheet]
    visible = calamine.SheetVisibleEnum.Visible

    def sheet(name: str) -> Sheet:
        facts = scan_sheet(data, parts.get(name, ""), file, name)
        found = _guarded(lambda: opened.get_sheet_by_name(name), file)
        values: list[list[Any]] = _guarded(lambda: found.to_python(skip_empty_area=False), file)
        merged = [(*top, *bottom) for top, bottom in found.merged_cell_ranges or []]
        return Sheet(name, [[text_of(value) for value in row] for row in values], merged, facts)

    return Book(
        tuple(meta.name for meta in metas if meta.visible == visible),
        tuple(meta.name for meta in metas if meta.visible != visible),
        sheet,
    )


def _guarded(read: Callable[[], Any], file: str) -> Any:
    """Run the reader; whatever it stumbles over means that the file is damaged."""
    import python_calamine as calamine

    try:
        return read()
    except calamine.PasswordError as error:
        raise password(file) from error
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise damaged(file, "the workbook cannot be read") from error


def _open_in_child(data: bytes, file: str) -> Book:

    program = Path(__file__).with_name("spreadsheet_child.py")
    try:
        done = subprocess.run(  # noqa: S603 - fixed program, the file goes in as bytes
            [sys.executable, "-I", str(program)], input=data, capture_output=True, timeout=_CHILD_TIMEOUT_S
        )
        answer: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        raise damaged(file, "the old format cannot be read within its limits") from error
    if answer.get("fault") == "password":
        raise password(file)
    if "sheets" not in answer:
        raise damaged(file, "the workbook cannot be read")
    sheets = {each["name"]: each for each in answer["sheets"]}

    def sheet(name: str) -> Sheet:
        merged = [(*top, *bottom) for top, bottom in sheets[name]["merged"]]
        return Sheet(name, sheets[name]["rows"], merged)

    names: Sequence[str] = list(sheets)
    return Book(
        tuple(name for name in names if sheets[name]["visible"]),
        tuple(name for name in names if not sheets[name]["visible"]),
        sheet,
    )
