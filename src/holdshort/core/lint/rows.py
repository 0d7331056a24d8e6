"""Rows as lint sees them: what could be read of each, where its cells stand, and the report that is filled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from holdshort.core.clause_parser import ClauseParser
from holdshort.core.columns import BY_KEY
from holdshort.core.diagnostics import Diagnostic, Severity, Where
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase, RegisterReader
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.table import Cell, RegisterTable, TableRow


@dataclass(frozen=True)
class LintRow:
    """
    One row of the file.

    `case` holds what could be read of it; None where nothing could. `broken` are the columns with an error of their
    own: what stands there is not judged a second time.
    """

    row: TableRow
    case: EdgeCase | None
    broken: frozenset[str] = frozenset()

    @cached_property
    def trigger_nodes(self) -> tuple[object, ...]:
        """Every node of the trigger, walked once for all checks."""
        return () if self.case is None else tuple(every_node(self.case.trigger))

    @cached_property
    def check_nodes(self) -> tuple[object, ...]:
        return () if self.case is None else tuple(every_node(self.case.checks))

    def readable(self, *keys: str) -> EdgeCase | None:
        """The case, where all of these columns could be read."""
        return None if self.broken.intersection(keys) else self.case

    def place(self, key: str) -> Where:
        cell = self.row.cells.get(key)
        where = cell.where if cell else Where()
        return Where(where.file, where.sheet, where.cell, where.line, self.row.case, BY_KEY[key].title)


@dataclass
class Report:
    """Gathers diagnostics, each at its cell with the words at fault underlined."""

    found: list[Diagnostic] = field(default_factory=list)

    def cell(
        self,
        row: LintRow,
        key: str,
        code: str,
        message: str,
        mend: str,
        severity: Severity,
        *,
        words: str = "",
        span: tuple[int, int] | None = None,
    ) -> None:
        """Report on a cell; `words` are those at fault, the whole cell where they do not stand in it."""
        text = row.row.text(key)
        if span is None and text.strip():
            start = text.casefold().find(words.casefold()) if words else -1
            span = (start, start + len(words)) if start >= 0 else _whole(text)
        self.found.append(Diagnostic(code, message, row.place(key), mend, severity, text, span))

    def file(self, file: str, place: str, code: str, message: str, mend: str, severity: Severity) -> None:
        self.found.append(Diagnostic(code, message, Where(file, column=place), mend, severity))


def _whole(text: str) -> tuple[int, int]:
    return len(text) - len(text.lstrip()), len(text.rstrip())


def every_node(node: object) -> list[object]:
    """Every node of a tree, parents first; the quick sister of `rules.walk.nodes`."""
    found: list[object] = []
    todo: list[object] = [node]
    while todo:
        each = todo.pop()
        if isinstance(each, tuple):
            todo.extend(reversed(each))
        elif (own := getattr(each.__class__, "__dataclass_fields__", None)) is not None:
            found.append(each)
            todo.extend([getattr(each, name) for name in reversed(own)])
    return found


def rows_of(
    playbook: Playbook,
    table: RegisterTable,
    faults: Iterable[Diagnostic],
    clauses: ClauseParser | None = None,
) -> list[LintRow]:
    """Pair every row of the file with what could be read of it; a row with an error is read as far as it goes."""
    read: dict[Where, EdgeCase] = {case.where: case for case in playbook.register.cases}
    broken = _broken(faults)
    rows: list[LintRow] = []
    reader: _Reader | None = None
    for row in table.rows:
        bad = _broken_in(row, broken)
        where = row.cells["id"].where if "id" in row.cells else Where()
        case = read.get(where)
        # A cell's place tells rows apart; tables made in memory have no places, only IDs.
        if case is not None and case.case != row.case:
            case = None
        if case is None:
            reader = reader or _Reader(
                clauses or ClauseParser(Vocabulary(playbook.glossary), playbook.catalogue),
                playbook.clean_path.lanes,
                playbook.clean_path.segments,
            )
            case, bad = reader.as_far_as_it_goes(row, bad)
        rows.append(LintRow(row, case, bad))
    return rows


_Spot = tuple[str, int | None, str, str]


def _broken(faults: Iterable[Diagnostic]) -> dict[_Spot, None]:
    return {
        (each.where.cell, each.where.line, each.where.case, each.where.column): None
        for each in faults
        if each.severity == "error"
    }


def _broken_in(row: TableRow, broken: Mapping[_Spot, None]) -> frozenset[str]:
    if not broken:
        return frozenset()
    return frozenset(
        key
        for key, cell in row.cells.items()
        if (cell.where.cell, cell.where.line, row.case, BY_KEY[key].title) in broken
    )


class _Reader(RegisterReader):
    """Reads rows that have errors, so that one fault does not hide the next."""

    def as_far_as_it_goes(
        self, row: TableRow, broken: frozenset[str]
    ) -> tuple[EdgeCase | None, frozenset[str]]:
        before = len(self.faults)
        case = self._row(row)
        if case is None:
            # Where the trigger is at fault, the other columns can still be judged.
            broken |= {"trigger"}
            cell = row.cells.get("trigger")
            cells = {**row.cells, "trigger": Cell("always", cell.where if cell else Where())}
            case = self._row(replace(row, cells=cells))
        titles = {each.where.column for each in self.faults[before:]}
        return case, broken | {key for key, column in BY_KEY.items() if column.title in titles}
