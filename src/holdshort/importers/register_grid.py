"""Find the register in a grid of texts, whichever kind of file the grid came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from holdshort.core.columns import BY_KEY, COLUMNS, TIERS, Column, find_column
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where, did_you_mean, in_order
from holdshort.core.table import Cell, RegisterTable, TableRow, form_of
from holdshort.importers.register_text import one_line_end, text_problems

HEADER_SEARCH_ROWS = 20
ROWS_AT_MOST = 20_000
COLUMNS_AT_MOST = 200
_NEEDED = ("id", "trigger")


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a grid; `place` is its row or line in the file, from 1."""

    place: int
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Header:
    """One column of a grid: where it stands (from 0), how it is spelled and which register column it is."""

    index: int
    title: str
    key: str | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, the remarks on it, and where in the file it stands, for those who edit it there."""

    table: RegisterTable
    diagnostics: list[Diagnostic]
    headers: tuple[Header, ...] = ()
    header_place: int = 0
    sheet: str = ""
    cached: Mapping[tuple[int, int], str] = field(default_factory=dict)
    """Last value of each formula cell, by row and column from 1."""
    merged: tuple[tuple[int, int, int, int], ...] = ()


Locate = Callable[[int, int], Where]
"""From a place (from 1) and a column index (from 0) to where that is; index -1 means the whole line."""


def find_header(lines: Sequence[Line]) -> int | None:
    """The index of the line, among the first twenty, that names most register columns and both needed ones."""
    best, best_score = None, 0
    for index, line in enumerate(lines[:HEADER_SEARCH_ROWS]):
        keys = _keys(line.texts)
        if all(key in keys for key in _NEEDED) and len(keys) > best_score:
            best, best_score = index, len(keys)
    return best


def read_grid(lines: Sequence[Line], name: str, locate: Locate) -> Reading:
    """
    Read the register out of a grid.

    Returns:
        The table with its remarks. A problem of one cell or row (`severity` error) stands among them
        while the table is still returned, so that it does not hide the problems of other cells.

    Raises:
        HoldshortError: no header row, a column that stands twice, or shifted columns.
    """
    found = find_header(lines)
    if found is None:
        raise HoldshortError([_no_header(lines, locate)])
    head = lines[found]
    headers = tuple(
        Header(index, title.strip(), column.key if (column := find_column(title)) else None)
        for index, title in enumerate(map(one_line_end, head.texts))
        if title.strip()
    )
    body = [line for line in lines[found + 1 :] if any(text.strip() for text in line.texts)]
    refuse_too_many(len(body), len(headers), locate(head.place, -1))
    problems = _double_headers(headers, head.place, locate)
    problems += _shifted(headers, body, head.place, locate)
    if problems:
        raise HoldshortError(in_order(problems))
    remarks = header_remarks(headers, lambda index: locate(head.place, index))
    remarks += _headless(headers, body, locate)
    rows: list[TableRow] = []
    for line in body:
        row, row_problems = _row(line, headers, locate)
        rows.append(row)
        remarks += row_problems
    remarks += row_remarks(rows, locate)
    keys = [header.key for header in headers if header.key]
    table = RegisterTable(tuple(rows), tuple(each.title for each in headers), form_of(keys), name)
    return Reading(table, remarks, headers, head.place)


def refuse_too_many(rows: int, columns: int, where: Where) -> None:
    """
    Refuse a table that is far larger than a register.

    Raises:
        HoldshortError: more than 20,000 rows or 200 columns.
    """
    for count, limit, what in ((rows, ROWS_AT_MOST, "rows"), (columns, COLUMNS_AT_MOST, "columns")):
        if count > limit:
            message = f"the register has {count:,} {what}; at most {limit:,} are read"
            mend = "keep only edge cases in it; history and records belong in files of their own"
            raise HoldshortError([Diagnostic("FILE-025", message, where, mend)])


def build_row(
    texts: Mapping[str, tuple[str, Where]], extra: Mapping[str, str], place: int, whole: Where
) -> TableRow:
    """Make a row of the texts that the file holds; what it leaves out gets the column's default."""
    case = texts["id"][0].strip() if "id" in texts else ""
    cells: dict[str, Cell] = {}
    for column in COLUMNS:
        text, where = texts.get(column.key, (column.default, whole))
        cells[column.key] = Cell(
            text, Where(where.file, where.sheet, where.cell, where.line, case, column.title)
        )
    return TableRow(cells, dict(extra), place)


def header_remarks(headers: Iterable[Header], locate: Callable[[int], Where]) -> list[Diagnostic]:
    """Say which columns are left out and what they get instead, and which headers mean nothing here."""
    headers = list(headers)
    present = {header.key for header in headers}
    absent = [column for column in COLUMNS if column.key not in present]
    remarks = [_absent(column, locate(-1)) for column in absent if column.key not in ("work_area", "sources")]
    names = {name: column for column in absent for name in (column.title, *column.aliases)}
    for header in headers:
        near = did_you_mean(header.title, names) if not header.key and len(header.title) <= 60 else None
        if near:
            remarks.append(
                Diagnostic(
                    "TABLE-012",
                    f"`{header.title}` is not a register column; it is kept but not read",
                    locate(header.index),
                    f"did you mean `{near}`?",
                    "warning",
                )
            )
    return remarks


def row_remarks(rows: Sequence[TableRow], locate: Locate) -> list[Diagnostic]:
    """Say which rows lack an ID or share one, and where there are no rows at all."""
    remarks: list[Diagnostic] = []
    first: dict[str, TableRow] = {}
    for row in rows:
        where = row.cells["id"].where
        if not row.case:
            remarks.append(
                Diagnostic(
                    "TABLE-014", "the row has no edge-case ID", where, "give it an ID that no other row has"
                )
            )
        elif row.case in first:
            remarks.append(
                Diagnostic(
                    "TABLE-015",
                    f"`{row.case}` already stands in row {first[row.case].place}",
                    where,
                    "give one of the two rows another ID, or delete it",
                )
            )
        else:
            first[row.case] = row
    if not rows:
        remarks.append(
            Diagnostic(
                "TABLE-016",
                "the register has no rows",
                locate(1, -1),
                "add a row below the header",
                "warning",
            )
        )
    return remarks


def _keys(texts: Sequence[str]) -> set[str]:
    return {column.key for text in texts if text and (column := find_column(text))}


def _no_header(lines: Sequence[Line], locate: Locate) -> Diagnostic:
    searched = lines[:HEADER_SEARCH_ROWS]
    needed = [BY_KEY[key] for key in _NEEDED]
    nearest = max(searched, key=lambda line: len(_keys(line.texts)), default=None)
    message = "no header row names an edge-case ID and a trigger"
    mend = f"write `{needed[0].title}` and `{needed[1].title}` above the columns, within the first 20 rows"
    if nearest is None or not _keys(nearest.texts):
        return Diagnostic("TABLE-001", message, locate(1, -1), mend)
    missing = [column for column in needed if column.key not in _keys(nearest.texts)]
    message += f"; row {nearest.place} lacks " + " and ".join(f"`{column.title}`" for column in missing)
    for column in missing:
        others = [
            text.strip()
            for text in nearest.texts
            if text.strip() and len(text) <= 60 and not find_column(text)
        ][:COLUMNS_AT_MOST]
        near = did_you_mean(column.title, others)
        if near:
            mend = f"did you mean `{column.title}` where it says `{near[:80]}`?"
    return Diagnostic("TABLE-001", message, locate(nearest.place, -1), mend)


def _double_headers(headers: Iterable[Header], place: int, locate: Locate) -> list[Diagnostic]:
    first: dict[str, Header] = {}
    problems: list[Diagnostic] = []
    for header in headers:
        known = first.setdefault(header.key or f"\0{header.title.casefold()}", header)
        if known is header:
            continue
        meaning = (
            f", which means `{BY_KEY[header.key].title}`,"
            if header.key and header.title != known.title
            else ""
        )
        problems.append(
            Diagnostic(
                "TABLE-002",
                f"the column `{header.title}`{meaning} stands twice; the first is `{known.title}`, column {known.index + 1}",
                locate(place, header.index),
                "delete one of the two, or rename it",
            )
        )
    return problems


def _shifted(headers: Sequence[Header], body: Sequence[Line], place: int, locate: Locate) -> list[Diagnostic]:
    at = {header.key: header for header in headers if header.key}
    empty = sum(1 for line in body if not _text(line, at["id"].index).strip())
    if body and empty * 2 > len(body):
        return [
            Diagnostic(
                "TABLE-003",
                f"{empty} of {len(body)} rows have nothing under `{at['id'].title}`; the columns look shifted",
                locate(place, at["id"].index),
                "put each value under its own header again, the ID under the ID",
            )
        ]
    if "tier" not in at:
        return []
    moved = [(line, by) for line in body if (by := _tier_moved(line, at["tier"].index))]
    if len(moved) * 2 > len(body):
        to = "right" if moved[0][1] > 0 else "left"
        return [
            Diagnostic(
                "TABLE-003",
                f"the risk tiers stand one column to the {to} of `{at['tier'].title}` in {len(moved)} of {len(body)} rows",
                locate(place, at["tier"].index),
                "the columns are shifted: put each value under its own header again",
            )
        ]
    return []


def _tier_moved(line: Line, index: int) -> int:
    """1 or -1 where the tier stands in the cell to the right or left and its own cell is not a tier."""
    if _is_tier(_text(line, index)):
        return 0
    return next((by for by in (1, -1) if index + by >= 0 and _is_tier(_text(line, index + by))), 0)


def _is_tier(text: str) -> bool:
    return text.strip().casefold() in TIERS


def _text(line: Line, index: int) -> str:
    return line.texts[index] if index < len(line.texts) else ""


def _headless(headers: Sequence[Header], body: Sequence[Line], locate: Locate) -> list[Diagnostic]:
    named = {header.index for header in headers}
    seen: set[int] = set()
    remarks: list[Diagnostic] = []
    for line in body:
        for index, text in enumerate(line.texts):
            if text.strip() and index not in named and index not in seen:
                seen.add(index)
                remarks.append(
                    Diagnostic(
                        "TABLE-013",
                        f"column {index + 1} has no header, so its cells are not read; the first says `{_brief(text)}`",
                        locate(line.place, index),
                        "write a header above it, or clear the column",
                        "warning",
                    )
                )
    return remarks


def _row(line: Line, headers: Sequence[Header], locate: Locate) -> tuple[TableRow, list[Diagnostic]]:
    texts: dict[str, tuple[str, Where]] = {}
    extra: dict[str, str] = {}
    problems: list[Diagnostic] = []
    for header in headers:
        text = one_line_end(_text(line, header.index))
        where = locate(line.place, header.index)
        if header.key:
            texts[header.key] = (text, where)
        else:
            extra[header.title] = text
    row = build_row(texts, extra, line.place, locate(line.place, -1))
    for header in headers:
        where = row.cells[header.key].where if header.key else locate(line.place, header.index)
        problems += text_problems(_text(line, header.index).replace("\r", "\n"), where)
    tier = next((header for header in headers if header.key == "tier"), None)
    if tier and _tier_moved(line, tier.index):
        where = row.cells["tier"].where
        moved = _text(line, tier.index + _tier_moved(line, tier.index)).strip()
        problems.append(
            Diagnostic(
                "TABLE-004",
                f"the tier `{moved}` stands beside its column; the row looks shifted",
                where,
                "put each value of the row under its own header",
            )
        )
    return row, problems


def _absent(column: Column, where: Where) -> Diagnostic:
    where = Where(where.file, where.sheet, where.cell, where.line, "", column.title)
    if column.short:
        return Diagnostic(
            "TABLE-010",
            f"the register has no column `{column.title}`, so every row leaves it blank",
            where,
            "add the column: " + column.help[0].lower() + column.help[1:],
            "warning",
        )
    gets = f"gets `{column.default}`" if column.default else "leaves it blank"
    return Diagnostic(
        "TABLE-011",
        f"the register has no column `{column.title}`, so every row {gets}",
        where,
        "add the column where rows differ",
        "note",
    )


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"
