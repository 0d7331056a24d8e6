"""The dry run of an import, as data, as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from holdshort.core.diagnostics import Diagnostic
from holdshort.importers.mapping_rows import Ambiguous
from holdshort.importers.row_notes import RowNote


@dataclass(slots=True)
class TablePlan:
    """What would become of one table."""

    file: str
    sheet: str = ""
    table: str = ""
    """Name in the mapping; empty where the mapping has no use for it."""
    system: str = ""
    rows: int = 0
    records: int = 0
    joined_by: str = ""
    mapped: list[tuple[str, str]] = field(default_factory=list)
    """Column and field."""
    unmapped: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    ambiguous: list[Ambiguous] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    """Fields for which the export has no column: not provided, in every record."""
    absent_wanted: list[str] = field(default_factory=list)
    why_unused: str = ""

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"file": self.file, "rows": self.rows, "records": self.records}
        for name in ("sheet", "table", "system", "joined_by", "why_unused"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        data["mapped"] = [{"column": column, "field": name} for column, name in self.mapped]
        data["ambiguous"] = [
            {"columns": list(each.columns), "field": each.field, "why": each.why} for each in self.ambiguous
        ]
        for name in ("unmapped", "skipped", "absent"):
            data[name] = getattr(self, name)
        return data


@dataclass(slots=True)
class ImportPlan:
    """What an import would do, and what a person should know about the data first."""

    mapping: str
    tables: list[TablePlan] = field(default_factory=list)
    records: int = 0
    refused: int = 0
    notes: list[RowNote] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    """Files that could not be read."""

    def to_json(self) -> dict[str, Any]:
        return {
            "mapping": self.mapping,
            "records": self.records,
            "refused": self.refused,
            "tables": [each.to_json() for each in self.tables],
            "notes": [each.to_json() for each in self.notes],
            "faults": [each.to_json() for each in self.faults],
        }

    def to_text(self, notes_each: int = 5) -> str:
        """
        Say it for reading.

        Args:
            notes_each: How many notes of one kind are shown in full.
        """
        lines = [
            f"Dry run with mapping `{self.mapping}`: {_count(self.records, 'record')}"
            + (f", {_count(self.refused, 'row')} refused" if self.refused else "")
            + ". Nothing has been imported.",
        ]
        for table in self.tables:
            lines += ["", *_table_lines(table)]
        if self.notes:
            lines += ["", "What the data says:", *_note_lines(self.notes, notes_each)]
        if self.faults:
            lines += ["", "Not read:", *(str(each) for each in self.faults)]
        return "\n".join(lines) + "\n"


def _table_lines(table: TablePlan) -> list[str]:
    place = table.file + (f", sheet '{table.sheet}'" if table.sheet else "")
    if not table.table:
        return [f"{place}: not used, {table.why_unused}"]
    made = (
        f"{_count(table.records, 'record')} of its own" if table.records else f"joined by {table.joined_by}"
    )
    if not table.records and not table.joined_by:
        made = "no record of its own"
    lines = [f"{place}: table `{table.table}`, {_count(table.rows, 'row')}, {made}"]
    width = max((len(column) for column, _ in table.mapped), default=0)
    lines += [f"    {column.ljust(width)}  ->  {name}" for column, name in table.mapped]
    for each in table.ambiguous:
        lines.append(
            f"  ambiguous: {', '.join(f'`{name}`' for name in each.columns)} for {each.field} ({each.why})"
        )
    for title, names in (
        ("not mapped", table.unmapped),
        ("left out on purpose", table.skipped),
        ("the export has no column for", table.absent_wanted),
    ):
        if names:
            lines.append(f"  {title}: {_some(names, 12)}")
    return lines


def _note_lines(notes: Sequence[RowNote], each_of: int) -> list[str]:
    shown: Counter[str] = Counter()
    lines: list[str] = []
    for note in notes:
        shown[note.code] += 1
        if shown[note.code] <= each_of:
            place = note.file + (f", sheet '{note.sheet}'" if note.sheet else "")
            place += f", row {note.row}" if note.row else ""
            place += f", column `{note.column}`" if note.column else ""
            lines.append(f"  {note.severity}[{note.code}] {place}: {note.message}")
            if note.mend:
                lines.append(f"      {note.mend}")
    for code, count in shown.items():
        if count > each_of:
            lines.append(f"  … and {count - each_of} more of {code}")
    return lines


def _some(names: Sequence[str], most: int) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" + ("" if number == 1 else "s")
