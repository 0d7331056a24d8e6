"""
Three registers become one: what two people changed since the same base, joined row by row and cell by cell.

A row is found by its edge-case ID, whatever place it stands at. Edits to different cells of one row both count; the
same edit made twice counts once; two different texts for one cell are a conflict, which a person settles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from holdshort.core.columns import COLUMNS
from holdshort.core.table import ROW, CellChange, RegisterTable, TableRow, diff_tables

Side = Literal["ours", "theirs"]
Settle = Callable[["Conflict"], "Side | None"]
"""Which side's text a conflict takes; None leaves it to be settled."""
_TITLES = {column.key: column.title for column in COLUMNS}


@dataclass(frozen=True)
class Conflict:
    """
    One cell, or one whole row, of which both sides made something else.

    For a row that one side removed, `column_title` is `row` and that side's text is empty.
    """

    case: str
    column_title: str
    base: str
    ours: str
    theirs: str


@dataclass(frozen=True)
class Merge:
    """
    The joined register and how it came about.

    `table` holds our text wherever there is a conflict. `taken` are the changes that it takes over from the other side,
    as changes to our register.
    """

    table: RegisterTable
    taken: tuple[CellChange, ...]
    conflicts: tuple[Conflict, ...]


def merge_tables(
    base: RegisterTable,
    ours: RegisterTable,
    theirs: RegisterTable,
    settle: Settle = lambda conflict: None,
) -> Merge:
    """
    Join what `ours` and `theirs` made of `base`.

    Args:
        base: The register that both started from.
        ours: The register that receives the changes; its order of rows and columns is kept, new rows come last.
        theirs: The register that brings changes. A column that it leaves out is unchanged.
        settle: Asked about each conflict; those that it leaves open are reported, and our text stays.

    Each edge-case ID must stand once in each of the three.
    """
    joined = _Joined(base, ours, theirs, settle)
    rows = tuple(joined.rows())
    extras = dict.fromkeys([*ours.extra_headers, *theirs.extra_headers])
    headers = (*(column.title for column in COLUMNS), *extras)
    table = RegisterTable(rows, headers, "long", ours.name)
    return Merge(table, tuple(diff_tables(ours, table)), tuple(joined.conflicts))


class _Joined:
    def __init__(
        self, base: RegisterTable, ours: RegisterTable, theirs: RegisterTable, settle: Settle
    ) -> None:
        self._base, self._ours, self._theirs = _by_case(base), _by_case(ours), _by_case(theirs)
        self._given = frozenset(theirs.keys)
        self._settle = settle
        self.conflicts: list[Conflict] = []

    def rows(self) -> Iterator[TableRow]:
        for case, mine in self._ours.items():
            row = self._known_here(case, mine)
            if row is not None:
                yield row
        for case, other in self._theirs.items():
            if case not in self._ours and (row := self._only_there(case, other)) is not None:
                yield row

    def _known_here(self, case: str, mine: TableRow) -> TableRow | None:
        """A row of ours: joined with theirs, or gone where they removed what we left alone."""
        before, other = self._base.get(case), self._theirs.get(case)
        if other is not None:
            return self._cells(mine, other, before)
        if before is None:
            return mine  # we added it
        if not self._changed(before, mine):
            return None
        removed = Conflict(case, ROW, _summary(before), _summary(mine), "")
        return None if self._settled(removed) == "theirs" else mine

    def _only_there(self, case: str, other: TableRow) -> TableRow | None:
        """A row that only they have: new, or one that we removed."""
        before = self._base.get(case)
        if before is None:
            return other
        if not self._changed(before, self._filled(other, before)):
            return None
        kept = Conflict(case, ROW, _summary(before), "", _summary(other))
        return self._filled(other, before) if self._settled(kept) == "theirs" else None

    def _cells(self, mine: TableRow, other: TableRow, before: TableRow | None) -> TableRow:
        cells = dict(mine.cells)
        for key, title in _TITLES.items():
            if key not in self._given:
                continue
            was = before.text(key) if before is not None else None
            if self._takes(mine.case, title, was, mine.text(key), other.text(key)):
                cells[key] = replace(other.cells[key])
        extra = dict(mine.extra)
        for title, text in other.extra.items():
            was = before.extra.get(title, "") if before is not None else None
            if self._takes(mine.case, title, was, mine.extra.get(title, ""), text):
                extra[title] = text
        return TableRow(cells, extra, mine.place)

    def _takes(self, case: str, title: str, was: str | None, mine: str, other: str) -> bool:
        """Whether the other side's text of a cell is the one to keep."""
        if _same(mine, other) or (was is not None and _same(other, was)):
            return False
        if was is not None and _same(mine, was):
            return True
        return self._settled(Conflict(case, title, was or "", mine, other)) == "theirs"

    def _settled(self, conflict: Conflict) -> Side | None:
        side = self._settle(conflict)
        if side is None:
            self.conflicts.append(conflict)
        return side

    def _changed(self, before: TableRow, after: TableRow) -> bool:
        texts = [(before.text(key), after.text(key)) for key in _TITLES]
        texts += [
            (before.extra.get(title, ""), after.extra.get(title, ""))
            for title in dict.fromkeys([*before.extra, *after.extra])
        ]
        return not all(_same(a, b) for a, b in texts)

    def _filled(self, other: TableRow, before: TableRow) -> TableRow:
        """Their row with the base's text in every column that their file leaves out."""
        kept = {key: cell for key, cell in before.cells.items() if key not in self._given}
        return replace(other, cells={**other.cells, **kept}, extra={**before.extra, **other.extra})


def _by_case(table: RegisterTable) -> Mapping[str, TableRow]:
    return {row.case: row for row in table.rows if row.case}


def repeated_cases(table: RegisterTable) -> tuple[str, ...]:
    """The edge-case IDs that stand more than once, each once, in order; a register with any cannot be joined."""
    seen: set[str] = set()
    return tuple(dict.fromkeys(_again(seen, (row.case for row in table.rows if row.case))))


def _again(seen: set[str], cases: Iterable[str]) -> Iterator[str]:
    for case in cases:
        if case in seen:
            yield case
        seen.add(case)


def _same(a: str, b: str) -> bool:
    return a.replace("\r\n", "\n").strip() == b.replace("\r\n", "\n").strip()


def _summary(row: TableRow) -> str:
    return row.text("scenario").strip() or row.case
