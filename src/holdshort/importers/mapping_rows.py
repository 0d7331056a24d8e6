"""One exported table under its rule: which column is which field, and a row as fields of a record."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from holdshort.importers.mapping_cells import NO, UNSET, YES, Unset, convert, json_of, short, text_of
from holdshort.importers.mapping_file import ColumnRule, Mapping, TableRule, plain, read_way
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import Cell, Table, TableRow

_WORTH_A_HINT = re.compile(r"(date|_at|amount|total|value|arr|start|end|currency)$")
"""Fields of which an export often has two, where the wrong one would do harm."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A column that fills a field."""

    index: int
    header: str
    rule: ColumnRule


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Columns of which it cannot be said which one is meant."""

    columns: tuple[str, ...]
    field: str
    why: str


@dataclass(slots=True)
class Shaped:
    """A row as fields; `source` says which column each came from."""

    fields: dict[str, Any] = field(default_factory=dict)
    source: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    """Read for checks, not written."""
    notes: list[RowNote] = field(default_factory=list)
    refused: bool = False


class Loaded:
    """A table with the rule that it falls under."""

    def __init__(self, table: Table, rule: TableRule, mapping: Mapping) -> None:
        self.table, self.rule, self.mapping = table, rule, mapping
        self._exact: dict[str, int] = {}
        self._plain: dict[str, list[int]] = {}
        for index, header in enumerate(table.headers):
            if header:
                self._exact.setdefault(header, index)
                self._plain.setdefault(self._fold(header), []).append(index)
        self._places: dict[str, int | None] = {}
        self._links = [(ref, each) for ref, each in rule.columns.items() if self._is_link(ref)]
        self.bound: dict[str, list[Binding]] = {}
        self.unmapped: list[str] = []
        self.skipped: list[str] = []
        self.ambiguous: list[Ambiguous] = []
        places = (self.index(ref) for ref in dict.fromkeys(_join_refs(rule, mapping)))
        self.join_columns = [table.headers[at] for at in places if at is not None]
        marks = (self.index(ref) for ref in (*rule.deleted, *rule.current))
        self._used = {at for at in marks if at is not None}
        self._bind()

    # --- columns ---

    def _fold(self, header: str) -> str:
        return plain(header, self.mapping.prefixes)

    def index(self, ref: str) -> int | None:
        """Where a column stands: by its exact header, else by one that differs in case, spaces and the like."""
        if ref not in self._places:
            found = self._plain.get(self._fold(ref))
            self._places[ref] = self._exact.get(ref, found[0] if found else None)
        return self._places[ref]

    def text(self, row: TableRow, ref: str) -> str:
        """The text of a cell; empty where there is none. `metadata.crm_id` looks into a JSON cell."""
        index = self.index(ref)
        if index is not None:
            return text_of(row.cells[index]) if index < len(row.cells) else ""
        column, dot, key = ref.partition(".")
        inner = json_of(self.text(row, column)) if dot and self.index(column) is not None else None
        return text_of(inner.get(key)) if isinstance(inner, dict) else ""

    def has(self, ref: str) -> bool:
        return self.index(ref) is not None or ("." in ref and self.index(ref.partition(".")[0]) is not None)

    def _bind(self) -> None:
        own = {ref: rule for ref, rule in self.rule.columns.items() if not self._is_link(ref)}
        by_plain: dict[str, list[tuple[str, ColumnRule]]] = {}
        for ref, rule in own.items():
            by_plain.setdefault(self._fold(ref), []).append((ref, rule))
        skipped = {self._fold(ref) for ref in self.rule.skip}
        for index, header in enumerate(self.table.headers):
            shown = header or f"column {index + 1} (no header)"
            if header in own:
                candidates = [own[header]]
            else:
                candidates = [rule for _, rule in by_plain.get(self._fold(header), [])] if header else []
            fields = {rule.field for rule in candidates}
            if len(fields) > 1:
                self.ambiguous.append(
                    Ambiguous(
                        (shown,), " or ".join(sorted(fields)), "the mapping knows two columns of this name"
                    )
                )
            elif candidates:
                self.bound.setdefault(candidates[0].field, []).append(Binding(index, shown, candidates[0]))
            elif index in self._used or header in self.join_columns or self._is_key(header):
                continue
            elif header and (self._fold(header) in skipped or header.startswith("_fivetran")):
                self.skipped.append(shown)
            elif header or any(
                text_of(row.cells[index]) for row in self.table.rows if index < len(row.cells)
            ):
                self.unmapped.append(shown)
        self._bind_json(own)
        self._find_ambiguous(own)

    def _bind_json(self, own: dict[str, ColumnRule]) -> None:
        """Columns such as `metadata.crm_id`, which stand inside the JSON of another."""
        for ref, rule in own.items():
            column, dot, _ = ref.partition(".")
            if dot and self.index(ref) is None and self.index(column) is not None:
                self.bound.setdefault(rule.field, []).append(Binding(-1, ref, rule))

    def _find_ambiguous(self, own: dict[str, ColumnRule]) -> None:
        for name, bindings in self.bound.items():
            if len(bindings) > 1:
                same = len({self._fold(each.header) for each in bindings}) == 1
                why = "the headers are the same" if same else "each of them could be it"
                self.ambiguous.append(Ambiguous(tuple(each.header for each in bindings), name, why))
        known = {self._fold(each.header): name for name, each_of in self.bound.items() for each in each_of}
        wanted = {
            folded: name for folded, name in known.items() if len(folded) >= 6 and _WORTH_A_HINT.search(name)
        }
        for header in self.unmapped:
            folded = self._fold(header)
            for other, name in wanted.items():
                if other in folded and other != folded:
                    self.ambiguous.append(
                        Ambiguous((header,), name, "not mapped, but its name says that it could be it")
                    )

    def _is_key(self, header: str) -> bool:
        return any(self._fold(ref) == self._fold(header) for ref in self.rule.key)

    @property
    def used(self) -> list[tuple[str, str]]:
        """Columns and what they are used for, in the order of the table."""
        uses = {each.header: name for name, bindings in self.bound.items() for each in bindings}
        for refs, use in (
            (self.rule.deleted, self.rule.mark_of_deletion),
            (self.rule.current, "(older versions)"),
        ):
            for ref in refs:
                index = self.index(ref)
                if index is not None:
                    uses.setdefault(self.table.headers[index], use)
        for header in self.join_columns:
            uses.setdefault(header, "(joins)")
        order = {header: at for at, header in reversed(list(enumerate(self.table.headers)))}
        return sorted(uses.items(), key=lambda each: order.get(each[0], len(order)))

    def _is_link(self, ref: str) -> bool:
        table, dot, _ = ref.partition(".")
        return bool(dot) and any(plain(rule.name) == plain(table) for rule in self.mapping.tables)

    @property
    def absent(self) -> list[str]:
        """Fields that the rule could fill and the export has no column for."""
        links = {ref for ref, _ in self._links}
        known = {rule.field for ref, rule in self.rule.columns.items() if ref not in links}
        return sorted(known - set(self.bound))

    # --- rows ---

    def key(self, row: TableRow) -> str:
        for ref in self.rule.key:
            if self.has(ref):
                return self.text(row, ref)
        return ""

    def has_key(self) -> bool:
        return any(self.has(ref) for ref in self.rule.key)

    def is_superseded(self, row: TableRow) -> bool:
        return any(self.text(row, ref).casefold() in NO for ref in self.rule.current if self.has(ref))

    def is_deleted(self, row: TableRow) -> bool | Unset | None:
        """Whether a mark says so; None where all marks are empty, UNSET where the export has no such column."""
        marks = [self.text(row, ref).casefold() for ref in self.rule.deleted if self.has(ref)]
        if not marks:
            return UNSET
        if any(mark in YES for mark in marks):
            return True
        return False if any(mark in NO for mark in marks) else None

    def note(
        self,
        row: TableRow | None,
        code: str,
        message: str,
        mend: str = "",
        column: str = "",
        severity: Any = "warning",
    ) -> RowNote:
        number = row.number if row is not None else 0
        return RowNote(self.table.file, number, column, code, message, mend, severity, self.table.sheet)

    def shape(self, row: TableRow, links: Sequence[tuple[Loaded, TableRow]] = ()) -> Shaped:
        """Turn a row into fields; `links` are the rows of the tables on the way to the record."""
        shaped = Shaped()
        self._look_at_width(row, shaped)
        if shaped.refused:
            return shaped
        for name, bindings in self.bound.items():
            self._fill(row, name, bindings, shaped)
        for ref, rule in self._links:
            self._fill_from_link(ref, rule, links, shaped)
        self._mark_deleted(row, shaped)
        shaped.fields.update(self.rule.constant)
        return shaped

    def _look_at_width(self, row: TableRow, shaped: Shaped) -> None:
        width, wide = len(row.cells), len(self.table.headers)
        if width > wide and any(text_of(cell) for cell in row.cells[wide:]):
            shaped.refused = True
            shaped.notes.append(
                self.note(
                    row, "ROW-001", f"the row has {width} cells under {wide} headers, so its values cannot be told apart",
                    "put texts that hold the delimiter in quotation marks, and export again", severity="error",
                )
            )  # fmt: skip
        elif width < wide:
            shaped.notes.append(
                self.note(row, "ROW-002", f"the row ends after {width} of {wide} columns; the rest counts as not provided",
                          "export it again")
            )  # fmt: skip

    def _fill(self, row: TableRow, name: str, bindings: Sequence[Binding], shaped: Shaped) -> None:
        found: list[tuple[Any, Binding]] = []
        for binding in bindings:
            if binding.index >= len(row.cells):
                continue
            cell: Cell = (
                self.text(row, binding.header) or None if binding.index < 0 else row.cells[binding.index]
            )
            value = self._convert(cell, binding, row, shaped)
            if value is not UNSET:
                found.append((value, binding))
        if not found:
            return
        filled = [each for each in found if each[0] is not None]
        if (
            len(filled) > 1
            and len({json.dumps(value, sort_keys=True, default=str) for value, _ in filled}) > 1
        ):
            shown = ", ".join(f"`{each.header}` says `{short(value)}`" for value, each in filled)
            shaped.notes.append(
                self.note(row, "ROW-003", f"columns for one field differ: {shown}; the field is not set",
                          "map the one that is meant", bindings[0].header)
            )  # fmt: skip
            return
        value, binding = (filled or found)[0]
        target = shaped.hidden if binding.rule.ours_only else shaped.fields
        target[name] = self._with_url(value, binding.rule, row)
        shaped.source[name] = binding.header

    def _fill_from_link(
        self, ref: str, rule: ColumnRule, links: Sequence[tuple[Loaded, TableRow]], shaped: Shaped
    ) -> None:
        table, _, column = ref.partition(".")
        for loaded, row in links:
            index = loaded.index(column)
            if plain(loaded.rule.name) == plain(table) and index is not None and index < len(row.cells):
                value = loaded._convert(row.cells[index], Binding(index, column, rule), row, shaped)
                if value is not UNSET:
                    shaped.fields[rule.field] = value
                    shaped.source[rule.field] = ref
                return

    def _mark_deleted(self, row: TableRow, shaped: Shaped) -> None:
        deleted = self.is_deleted(row)
        if deleted is UNSET:
            return
        if self.rule.per != "look-up":
            shaped.fields[self.rule.mark_of_deletion] = deleted
        if deleted is True:
            shaped.notes.append(
                self.note(row, "ROW-004", f"the row of `{self.rule.name}` is marked as deleted in its system",
                          "the record says so; leave such rows out of the export if they do not matter", severity="note")
            )  # fmt: skip

    def _with_url(self, value: Any, rule: ColumnRule, row: TableRow) -> Any:
        if not rule.url_column or not self.has(rule.url_column):
            return value
        return {"value": value, "url": self.text(row, rule.url_column) or None}

    def _convert(self, cell: Cell, binding: Binding, row: TableRow, shaped: Shaped) -> Any:
        rule = binding.rule
        currency = self.text(row, rule.smallest_unit_of) if rule.smallest_unit_of else ""
        value, remark = convert(cell, rule, currency)
        if remark is not None:
            shaped.notes.append(
                self.note(row, remark.code, remark.message, remark.mend, binding.header, remark.severity)
            )
        return value


def _join_refs(rule: TableRule, mapping: Mapping) -> list[str]:
    """Columns of a table by which it, or another one, is joined."""
    ends = [end for each in mapping.tables for way in each.join for step in read_way(way) for end in step]
    return [column for end in ends if plain(end.table) == plain(rule.name) for column in end.columns]
