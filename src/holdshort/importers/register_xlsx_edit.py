"""Edit the register inside somebody's workbook, leaving everything else as it was."""

from __future__ import annotations

import copy
import io
import re
import warnings
import zipfile
from collections.abc import Callable
from html import escape
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.limits import damaged
from holdshort.importers.register_edit import Edits
from holdshort.importers.register_grid import Reading
from holdshort.importers.xlsx_scan import reference, scan_sheet, sheet_parts

_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FORMULA_START = ("=", "+", "-", "@", "\t", "\n", "'")


def edited_xlsx(data: bytes, file: str, reading: Reading, edits: Edits) -> tuple[bytes, list[Diagnostic]]:
    """
    Apply edits to the bytes of a workbook.

    Returns:
        The new bytes, and a warning for whatever in the workbook could not be carried over.
    """
    import openpyxl  # late: it takes a quarter of a second

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            book = openpyxl.load_workbook(
                io.BytesIO(data), rich_text=True, keep_vba=file.casefold().endswith(".xlsm")
            )
            sheet: Any = book[reading.sheet]
        except Exception as error:
            raise damaged(file, "it can be read but not edited") from error
        last_row = _Editor(sheet, reading).apply(edits)
        out = io.BytesIO()
        try:
            book.save(out)
        except Exception as error:
            raise damaged(file, "it can be read but not edited") from error
    remarks = [_lost(str(each.message), file) for each in said if "not supported" in str(each.message)]
    written = out.getvalue()
    remarks += [_lost(f"`{part}` is left out", file) for part in _parts_lost(data, written)]
    moved = set(edits.deleted)
    if moved and any(at[0] > min(moved) for at in reading.cached):
        remarks.append(_formulas_moved(file, reading.sheet, last_row))
    return _with_last_values(data, written, file, reading.sheet, min(moved, default=1 << 30)), remarks


class _Editor:
    def __init__(self, sheet: Any, reading: Reading) -> None:
        self._sheet = sheet
        self._reading = reading
        self._last = max((row.place for row in reading.table.rows), default=reading.header_place)

    def apply(self, edits: Edits) -> int:
        self._restore_escapes()
        for header in edits.new_headers:
            cell = self._set(self._reading.header_place, header.index, header.title)
            self._copy_style(self._reading.header_place, header.index - 1, cell)
        for place, texts in edits.changed.items():
            for index, text in texts.items():
                self._set(place, index, text)
        first = self._last
        for offset, texts in enumerate(edits.added, start=1):
            for index, text in texts.items():
                cell = self._set(first + offset, index, text)
                if first > self._reading.header_place:
                    self._copy_style(first, index, cell)
                    cell.quotePrefix = text.startswith(_FORMULA_START)
        if edits.added:
            self._stretch(first, first + len(edits.added))
        for place in sorted(edits.deleted, reverse=True):
            self._delete(place)
        return first

    def _restore_escapes(self) -> None:
        """The library drops `x005F_` when it reads; put it back for every text that looks like an escape."""
        titles = {header.title: header.index for header in self._reading.headers}
        keys = {header.key: header.index for header in self._reading.headers if header.key}
        for row in self._reading.table.rows:
            texts = [(keys[key], cell.text) for key, cell in row.cells.items() if key in keys]
            texts += [(titles[title], text) for title, text in row.extra.items() if title in titles]
            for index, text in texts:
                if _ESCAPED.search(text) and (row.place, index + 1) not in self._reading.cached:
                    self._set(row.place, index, text)

    def _set(self, place: int, index: int, text: str) -> Any:
        self._unmerge(place, index)
        cell = self._sheet.cell(row=place, column=index + 1)
        cell.value = None
        if text:
            cell.value = _ESCAPED.sub("_x005F_", text)
            cell.data_type = "s"
        if cell.quotePrefix != text.startswith(_FORMULA_START):
            cell.quotePrefix = text.startswith(_FORMULA_START)
        return cell

    def _copy_style(self, place: int, index: int, cell: Any) -> None:
        model = self._sheet.cell(row=place, column=max(index, 0) + 1)
        if model.has_style:
            cell._style = copy.copy(model._style)

    def _unmerge(self, place: int, index: int) -> None:
        """Take a merged range apart, each row keeping the text it was read with."""
        for area in list(self._sheet.merged_cells.ranges):
            if area.min_row <= place <= area.max_row and area.min_col <= index + 1 <= area.max_col:
                text = self._sheet.cell(row=area.min_row, column=area.min_col).value
                self._sheet.unmerge_cells(area.coord)
                for row in range(area.min_row + 1, area.max_row + 1):
                    self._sheet.cell(row=row, column=area.min_col).value = text

    def _stretch(self, old_last: int, new_last: int) -> None:
        """Let filter and tables that ended with the last row end with the new one."""
        sheet = self._sheet
        for holder in [
            sheet.auto_filter,
            *sheet.tables.values(),
            *(t.autoFilter for t in sheet.tables.values()),
        ]:
            if holder is not None and holder.ref:
                start, _, end = holder.ref.replace("$", "").partition(":")
                match = re.fullmatch(r"([A-Z]+)(\d+)", end)
                if match and int(match[2]) == old_last:
                    holder.ref = f"{start}:{match[1]}{new_last}"

    def _delete(self, place: int) -> None:
        for row_texts in [
            area for area in list(self._sheet.merged_cells.ranges) if area.min_row <= place <= area.max_row
        ]:
            self._unmerge(place, row_texts.min_col - 1)
        self._sheet.delete_rows(place)
        _move_up(self._sheet, place)


def _move_up(sheet: Any, deleted: int) -> None:
    """What the library leaves in place when a row goes: merges, lists, formats, heights, links, filter."""

    def shifted(ref: str) -> str:
        return _shift_ref(ref, deleted)

    _move_merged(sheet, deleted)
    for validation in list(sheet.data_validations.dataValidation):
        _reassign(validation, "sqref", shifted)
        if not str(validation.sqref):
            sheet.data_validations.dataValidation.remove(validation)
    rules = sheet.conditional_formatting
    kept = [(shifted(str(each.sqref)), each.rules) for each in rules]
    rules._cf_rules.clear()
    for ref, each in ((ref, rule) for ref, group in kept if ref for rule in group):
        rules.add(ref, each)
    for holder in [sheet.auto_filter, *sheet.tables.values(), *(t.autoFilter for t in sheet.tables.values())]:
        if holder is not None and holder.ref:
            holder.ref = shifted(holder.ref) or holder.ref
    for link in sheet._hyperlinks:
        link.ref = shifted(link.ref) or link.ref
    heights = {index: item for index, item in sheet.row_dimensions.items() if index != deleted}
    sheet.row_dimensions.clear()
    for index, item in heights.items():
        item.index = index - 1 if index > deleted else index
        sheet.row_dimensions[item.index] = item


def _move_merged(sheet: Any, deleted: int) -> None:
    for area in list(sheet.merged_cells.ranges):
        if area.min_row > deleted:
            sheet.merged_cells.remove(area.coord)
            area.shift(row_shift=-1)
            sheet.merged_cells.add(area.coord)


def _reassign(owner: Any, name: str, change: Callable[[str], str]) -> None:
    from openpyxl.worksheet.cell_range import MultiCellRange

    refs = [change(str(area)) for area in str(getattr(owner, name)).split()]
    setattr(owner, name, MultiCellRange(" ".join(ref for ref in refs if ref)))


def _shift_ref(ref: str, deleted: int) -> str:
    """A reference after one row is gone; '' where it was only that row."""
    moved: list[str] = []
    for area in ref.replace("$", "").split():
        start, _, end = area.partition(":")
        first, last = _split_cell(start), _split_cell(end or start)
        if first is None or last is None:
            moved.append(area)
            continue
        top = first[1] - (first[1] > deleted)
        bottom = last[1] - (last[1] >= deleted)
        if bottom >= top:
            moved.append(f"{first[0]}{top}:{last[0]}{bottom}" if end else f"{first[0]}{top}")
    return " ".join(moved)


def _split_cell(text: str) -> tuple[str, int] | None:
    match = re.fullmatch(r"([A-Z]+)([0-9]+)", text)
    return (match[1], int(match[2])) if match else None


def _with_last_values(old: bytes, new: bytes, file: str, changed_sheet: str, from_row: int) -> bytes:
    """
    Give formula cells their last calculated values back, which the library does not write.

    On the edited sheet only above the first deleted row, since below it the cells moved.
    """
    old_parts, new_parts = sheet_parts(old, file), sheet_parts(new, file)
    values: dict[str, dict[str, tuple[str, str]]] = {}
    for name, part in old_parts.items():
        facts = _facts(old, part, file, name)
        kept = {
            reference(*at): value
            for at, value in facts.items()
            if value[1] and (name != changed_sheet or at[0] < from_row)
        }
        if kept and name in new_parts:
            values[new_parts[name]] = kept
    if not values:
        return new
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(new)) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            content = source.read(entry)
            if entry.filename in values:
                content = _fill_values(content.decode("utf-8"), values[entry.filename]).encode("utf-8")
            target.writestr(entry, content)
    return out.getvalue()


def _facts(data: bytes, part: str, file: str, name: str) -> dict[tuple[int, int], tuple[str, str]]:
    try:
        return scan_sheet(data, part, file, name).formulas
    except HoldshortError:  # a chart sheet, or one too far out: its formulas are calculated anew on opening
        return {}


_FORMULA_CELL = re.compile(
    r'<c r="([A-Z]+[0-9]+)"((?: [a-z]+="[^"]*")*)>(<f\b(?:[^>]*/>|.*?</f>))<v ?(?:/>|></v>)</c>', re.DOTALL
)


def _fill_values(xml: str, values: dict[str, tuple[str, str]]) -> str:
    def fill(match: re.Match[str]) -> str:
        place, attributes, formula = match.groups()
        if place not in values:
            return match.group()
        kind, value = values[place]
        attributes = re.sub(r' t="[^"]*"', "", attributes) + (f' t="{kind}"' if kind != "n" else "")
        return f'<c r="{place}"{attributes}>{formula}<v>{escape(value, quote=False)}</v></c>'

    return _FORMULA_CELL.sub(fill, xml)


def _parts_lost(old: bytes, new: bytes) -> list[str]:
    """Kinds of parts, such as pictures or threaded comments, of which fewer are left."""
    kinds = (
        "xl/media/",
        "xl/charts/",
        "xl/threadedcomments/",
        "xl/slicers/",
        "xl/pivottables/",
        "xl/diagrams/",
        "customxml/",
    )
    before, after = _names(old), _names(new)
    return [
        kind.rstrip("/").removeprefix("xl/")
        for kind in kinds
        if sum(name.startswith(kind) for name in before) > sum(name.startswith(kind) for name in after)
    ]


def _names(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [name.casefold() for name in archive.namelist() if not name.endswith(".rels")]


def _lost(what: str, file: str) -> Diagnostic:
    return Diagnostic(
        "FILE-026",
        f"a part of the workbook could not be carried over: {what[0].lower() + what[1:]}",
        Where(file=file),
        "keep a copy of the old workbook, or edit these cells in the spreadsheet program",
        "warning",
    )


def _formulas_moved(file: str, sheet: str, row: int) -> Diagnostic:
    return Diagnostic(
        "FILE-027",
        "rows were deleted above formulas, whose references do not move with them",
        Where(file=file, sheet=sheet),
        f"look at the formulas up to row {row}, or replace them by their values",
        "warning",
    )
