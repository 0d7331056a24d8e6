"""What has to change in a register file so that it says what a table says; no format knows more."""

from __future__ import annotations

from dataclasses import dataclass, field

from holdshort.core.columns import BY_KEY, COLUMNS
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.table import RegisterTable, TableRow
from holdshort.importers.register_grid import Header
from holdshort.importers.register_text import one_line_end, text_problems


@dataclass(slots=True)
class Edits:
    """Changes by place and column index from 0, places to delete, new rows by column index, new columns."""

    changed: dict[int, dict[int, str]] = field(default_factory=dict)
    deleted: list[int] = field(default_factory=list)
    added: list[dict[int, str]] = field(default_factory=list)
    new_headers: list[Header] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.changed or self.deleted or self.added or self.new_headers)


def refuse_unstorable(table: RegisterTable, file: str) -> None:
    """
    Refuse a table that some register format could not hold.

    Raises:
        HoldshortError: every cell that is too long or holds characters that a spreadsheet cannot keep.
    """
    problems: list[Diagnostic] = []
    for header in table.headers:
        problems += text_problems(header.replace("\r", "\n"), Where(file=file, column=header[:60]))
    for row in table.rows:
        named = [(BY_KEY[key].title, cell.text) for key, cell in row.cells.items() if key in BY_KEY]
        for title, text in [*named, *row.extra.items()]:
            where = Where(file=file, case=row.case, column=title)
            problems += text_problems(text.replace("\r", "\n"), where)
    if problems:
        raise HoldshortError(problems)


def same_text(a: str, b: str) -> bool:
    """Whether two texts are the same in a file: cells with nothing but spaces are both blank."""
    return one_line_end(a) == one_line_end(b) or not (a.strip() or b.strip())


def plan_edits(old: RegisterTable, headers: tuple[Header, ...], new: RegisterTable, file: str) -> Edits:
    """
    Compare what stands in a file with what should stand there.

    Rows are matched by edge-case ID; a row without one by its place. What the new table does not
    mention (an extra column, a key left out of a row) stays.

    Raises:
        HoldshortError: an ID that stands twice in either table.
    """
    before, after = _keyed(old, file), _keyed(new, file)
    edits = Edits(new_headers=_new_headers(headers, old, new))
    columns = (*headers, *edits.new_headers)
    for key, row in before.items():
        wanted = after.get(key)
        if wanted is None:
            edits.deleted.append(row.place)
            continue
        changed = {
            column.index: text
            for column in columns
            if (text := _wanted(wanted, column)) is not None and not same_text(text, _standing(row, column))
        }
        if changed:
            edits.changed[row.place] = changed
    for key, row in after.items():
        if key not in before:
            edits.added.append({column.index: _wanted(row, column) or "" for column in columns})
    return edits


def _keyed(table: RegisterTable, file: str) -> dict[str, TableRow]:
    keyed: dict[str, TableRow] = {}
    problems: list[Diagnostic] = []
    for row in table.rows:
        key = row.case or f"\0row {row.place}"
        if key in keyed:
            problems.append(
                Diagnostic(
                    "TABLE-015",
                    f"`{row.case}` stands twice, so its cells cannot be told apart",
                    Where(file=file, case=row.case, column=BY_KEY["id"].title),
                    "give one of the two rows another ID first",
                )
            )
        keyed[key] = row
    if problems:
        raise HoldshortError(problems)
    return keyed


def _new_headers(headers: tuple[Header, ...], old: RegisterTable, new: RegisterTable) -> list[Header]:
    """Columns that the file lacks and that say more than their default in some row."""
    keys = {header.key for header in headers}
    titles = {header.title for header in headers}
    wanted: list[tuple[str, str | None]] = [
        (column.title, column.key)
        for column in COLUMNS
        if column.key not in keys
        and any(row.cells[column.key].text != column.default for row in new.rows if column.key in row.cells)
    ]
    extras = dict.fromkeys(title for row in new.rows for title, text in row.extra.items() if text)
    wanted += [(title, None) for title in extras if title not in titles]
    first = max((header.index for header in headers), default=-1) + 1
    return [Header(first + at, title, key) for at, (title, key) in enumerate(wanted)]


def _wanted(row: TableRow, column: Header) -> str | None:
    if column.key:
        return one_line_end(row.cells[column.key].text) if column.key in row.cells else None
    text = row.extra.get(column.title)
    return None if text is None else one_line_end(text)


def _standing(row: TableRow, column: Header) -> str:
    return row.text(column.key) if column.key else row.extra.get(column.title, "")
