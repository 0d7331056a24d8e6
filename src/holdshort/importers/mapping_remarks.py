"""What can be said about an exported table as a whole: its columns, its dates, its keys."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from holdshort.core.diagnostics import Diagnostic
from holdshort.importers import row_checks
from holdshort.importers.mapping_cells import short
from holdshort.importers.mapping_join import Placed, repeated_keys
from holdshort.importers.mapping_rows import Loaded
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import rows_of

_DATE_FIELD = re.compile(r"(date|_at|_on|due|start|end)$")
_FREE_FIELD = re.compile(r"(\.state|\.city|\.street|revenue|amount|seats|arr)$")
"""Fields that differ from customer to customer."""
_SAME_FROM_ROWS = 10
_SHAPES = (
    ("year first", re.compile(r"\d{4}-\d{1,2}-\d{1,2}([T ].*)?")),
    ("with slashes", re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}( .*)?")),
    ("with dots", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2,4}( .*)?")),
    ("milliseconds", re.compile(r"\d{12,13}")),
    ("in words", re.compile(r".*[A-Za-z]{3}.*\d.*")),
)


def notes_on_keys(placed: Sequence[Placed]) -> list[RowNote]:
    notes = [
        loaded.note(
            row, "ROW-013", "the row has no ID, so it joins with nothing", "export its ID", loaded.rule.key[0]
        )
        for loaded, row in placed
        if loaded.has_key() and not loaded.key(row)
    ]
    for key, rows in repeated_keys(placed).items():
        first = rows[0][1].number
        for loaded, row in rows[1:]:
            notes.append(
                loaded.note(row, "ROW-012", f"`{short(key)}` stands in row {first} as well",
                            "keep the current one; both were read")
            )  # fmt: skip
    return notes


def typical_amounts(loaded: Loaded) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, bindings in loaded.bound.items():
        index = bindings[0].index
        if index >= 0 and row_checks.is_amount(name):
            found[name] = row_checks.typical(
                [row.cells[index] for row in loaded.table.rows if index < len(row.cells)]
            )
    return found


def notes_on_columns(loaded: Loaded) -> list[RowNote]:
    """What can be said once for a table: ambiguous columns and dates that are written in several ways."""
    notes = [
        loaded.note(None, "IMPORT-005", f"{', '.join(f'`{name}`' for name in each.columns)} for {each.field}: {each.why}",
                    "name in the mapping the one that is meant", each.columns[0],
                    "note" if each.why.startswith("not mapped") else "warning")
        for each in loaded.ambiguous
    ]  # fmt: skip
    for name, bindings in loaded.bound.items():
        if _DATE_FIELD.search(name):
            for binding in bindings:
                notes += _date_notes(loaded, binding.index, binding.header)
        if _FREE_FIELD.search(name):
            notes += [
                note
                for binding in bindings
                for note in _constant_notes(loaded, binding.index, binding.header)
            ]
    return notes


def _constant_notes(loaded: Loaded, index: int, header: str) -> list[RowNote]:
    texts = [str(row.cells[index]) for row in loaded.table.rows if 0 <= index < len(row.cells)]
    if len(texts) < _SAME_FROM_ROWS or len(set(texts)) > 1 or not texts[0].strip() or texts[0] == "None":
        return []
    return [
        loaded.note(None, "IMPORT-008", f"all {len(texts)} rows say `{short(texts[0])}`, which looks like a default and not like an answer",
                    "find out where the value comes from", header)
    ]  # fmt: skip


def _date_notes(loaded: Loaded, index: int, header: str) -> list[RowNote]:
    shapes: Counter[str] = Counter()
    for _, row in rows_of([loaded.table]):
        text = str(row.cells[index] or "").strip() if 0 <= index < len(row.cells) else ""
        if text:
            shapes[next((name for name, shape in _SHAPES if shape.fullmatch(text)), "in another way")] += 1
    notes: list[RowNote] = []
    if len(shapes) > 1:
        counted = ", ".join(f"{count} {name}" for name, count in shapes.most_common())
        notes.append(
            loaded.note(None, "IMPORT-006", f"dates are written in several ways: {counted}; each is kept as text",
                        "export them as YYYY-MM-DD", header)
        )  # fmt: skip
    if not (loaded.rule.locale or loaded.mapping.locale) and (shapes["with slashes"] or shapes["with dots"]):
        notes.append(
            loaded.note(None, "IMPORT-007", "which part is the day and which the month is not stated, so such dates stay open",
                        "set `locale` in the mapping (`en-US`, `en-GB`, `de-DE`), or export as YYYY-MM-DD", header)
        )  # fmt: skip
    return notes


def as_note(each: Diagnostic) -> RowNote:
    where = each.where
    return RowNote(
        where.file,
        where.line or 0,
        where.column,
        each.code,
        each.message,
        each.mend,
        each.severity,
        where.sheet,
    )
