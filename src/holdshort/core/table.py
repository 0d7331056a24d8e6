"""The register as a table of text: what stands in which cell, before anybody asks what it means."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from holdshort.core.columns import BY_KEY, COLUMNS, SHORT_COLUMNS, Column, find_column
from holdshort.core.diagnostics import Where

Form = Literal["long", "short"]
ROW = "row"
"""Column name of a change that adds or removes a whole row."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The text of one cell, lines ended by LF, and where it stands."""

    text: str
    where: Where


@dataclass(frozen=True, slots=True)
class TableRow:
    """
    One row: every register column by key, and the cells of columns that the register does not know.

    A column that the file leaves out holds its default. `place` is the row or line of the file, from 1.
    """

    cells: Mapping[str, Cell]
    extra: Mapping[str, str]
    place: int

    def text(self, key: str) -> str:
        """The text of a column, or '' where the row has no such cell."""
        cell = self.cells.get(key)
        return cell.text if cell else ""

    @property
    def case(self) -> str:
        """The edge-case ID without the spaces around it."""
        return self.text("id").strip()


@dataclass(frozen=True, slots=True)
class RegisterTable:
    """A whole register as text; `headers` stand as their writer spelled and ordered them."""

    rows: tuple[TableRow, ...]
    headers: tuple[str, ...]
    form: Form
    name: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The register columns that the headers name, in header order."""
        found = (find_column(header) for header in self.headers)
        return tuple(column.key for column in found if column)

    @property
    def extra_headers(self) -> tuple[str, ...]:
        """Headers that name no register column."""
        return tuple(header for header in self.headers if find_column(header) is None)

    def row(self, case: str) -> TableRow | None:
        """The first row with this edge-case ID."""
        return next((row for row in self.rows if row.case == case.strip()), None)


@dataclass(frozen=True, slots=True)
class CellChange:
    """
    One cell that differs between two registers.

    For a row that was added, `column_title` is `row`, `before` is empty and `after` is its scenario
    (or its ID where it states none); for a removed row the other way round.
    """

    case: str
    column_title: str
    before: str
    after: str


def columns_of(form: Form) -> tuple[Column, ...]:
    """The columns that the long or the nine-column form writes."""
    return COLUMNS if form == "long" else SHORT_COLUMNS


def form_of(keys: Iterable[str]) -> Form:
    """Say `short` where none of the columns goes beyond the nine-column form."""
    return "short" if all(BY_KEY[key].short for key in keys) else "long"


def make_table(
    rows: Iterable[Mapping[str, str]], name: str = "", form: Form = "long", file: str = ""
) -> RegisterTable:
    """Build a table from texts by column key; other keys become extra columns."""
    made: list[TableRow] = []
    extras: dict[str, None] = {}
    for place, texts in enumerate(rows, start=1):
        case = texts.get("id", "").strip()
        cells = {
            column.key: Cell(
                texts.get(column.key, column.default), Where(file=file, case=case, column=column.title)
            )
            for column in COLUMNS
        }
        extra = {key: text for key, text in texts.items() if key not in BY_KEY}
        extras.update(dict.fromkeys(extra))
        made.append(TableRow(cells, extra, place))
    headers = tuple(column.title for column in columns_of(form)) + tuple(extras)
    return RegisterTable(tuple(made), headers, form, name)


def diff_tables(a: RegisterTable, b: RegisterTable) -> list[CellChange]:
    """
    List what changed from `a` to `b`, row by edge-case ID and cell by column.

    Spaces and line ends around a text do not count. Changed and removed rows come in the order of `a`,
    then added rows in the order of `b`. Of rows that share an ID the first is compared with the first.
    """
    before, after = _by_case(a), _by_case(b)
    changes: list[CellChange] = []
    for key, row in before.items():
        other = after.get(key)
        if other is None:
            changes.append(CellChange(row.case, ROW, _summary(row), ""))
        else:
            changes.extend(_row_changes(row, other))
    changes.extend(
        CellChange(row.case, ROW, "", _summary(row)) for key, row in after.items() if key not in before
    )
    return changes


def _by_case(table: RegisterTable) -> dict[tuple[str, int], TableRow]:
    seen: dict[str, int] = {}
    keyed: dict[tuple[str, int], TableRow] = {}
    for row in table.rows:
        seen[row.case] = seen.get(row.case, 0) + 1
        keyed[row.case, seen[row.case]] = row
    return keyed


def _row_changes(a: TableRow, b: TableRow) -> list[CellChange]:
    pairs = [(column.title, a.text(column.key), b.text(column.key)) for column in COLUMNS]
    headers = dict.fromkeys([*a.extra, *b.extra])
    pairs += [(header, a.extra.get(header, ""), b.extra.get(header, "")) for header in headers]
    return [
        CellChange(a.case, title, before, after)
        for title, before, after in pairs
        if before.strip() != after.strip()
    ]


def _summary(row: TableRow) -> str:
    return row.text("scenario").strip() or row.case or f"row {row.place}"
