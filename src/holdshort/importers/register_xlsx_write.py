"""
Write a new workbook with the register, its drop-down lists, help and glossary.

Every text is a string cell with Excel's quote prefix where it begins like a formula, so neither Excel
nor LibreOffice evaluates it, not even after it is edited; no apostrophe enters the text itself, and
reading it back gives the same text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from holdshort.core.columns import BY_KEY, COLUMNS, TIERS, find_column
from holdshort.importers.xlsx_scan import column_letters

REGISTER_SHEET = "Edge cases"
_FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n")
_WIDTHS = {"id": 16, "lane": 18, "work_area": 18, "segment": 16, "tier": 9, "owner": 16, "escalation": 16}
_USUAL_WIDTH = 38
_SPARE_ROWS = 500
"""Rows below the register for which drop-down lists are laid out already."""

GlossaryRow = tuple[str, str, str, str, str]
"""Name, type, where the value lives, when it is expected, synonyms."""


def write_xlsx(
    records: Sequence[Sequence[str]],
    lists: Mapping[str, Sequence[str]] | None = None,
    glossary_rows: Iterable[GlossaryRow] = (),
) -> bytes:
    """
    Write records, the header first, as the bytes of an .xlsx file.

    Args:
        records: Texts without CR; the header's titles say which column is which.
        lists: Choices by column key for the drop-down lists; tiers are known already.
        glossary_rows: What the `Glossary` sheet lists.
    """
    import xlsxwriter  # type: ignore[import-untyped]  # late: only where a workbook is written

    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(out, options)
    sheets = _Sheets(book)
    choices = {"tier": TIERS, **{key: tuple(values) for key, values in (lists or {}).items() if values}}
    sheets.register(records, choices)
    sheets.plain(
        "Help", ("Column", "What it means", "Example"), [(c.title, c.help, c.example) for c in COLUMNS]
    )
    sheets.plain("Glossary", ("Name", "Type", "Where", "Expected", "Synonyms"), list(glossary_rows))
    sheets.lists(choices)
    book.close()
    return out.getvalue()


class _Sheets:
    def __init__(self, book: Any) -> None:
        self._book = book
        self._header = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E7ECF2", "bottom": 1}
        )
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._quoted = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})

    def register(self, records: Sequence[Sequence[str]], choices: Mapping[str, Sequence[str]]) -> None:
        head = records[0]
        sheet = self._book.add_worksheet(REGISTER_SHEET)
        self._fill(sheet, records)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(records) - 1, 1), len(head) - 1)
        places = {key: index for index, key in enumerate(choices)}
        for index, title in enumerate(head):
            column = find_column(title)
            key = column.key if column else ""
            sheet.set_column(index, index, _WIDTHS.get(key, _USUAL_WIDTH))
            if key in choices:
                self._drop_down(sheet, index, len(records) + _SPARE_ROWS, places[key], len(choices[key]))

    def _drop_down(self, sheet: Any, index: int, last_row: int, place: int, count: int) -> None:
        """A list that suggests; it warns about another text but lets it stand, since a cell may name two."""
        letters = column_letters(place)
        sheet.data_validation(
            1, index, last_row, index,
            {
                "validate": "list", "source": f"=Lists!${letters}$2:${letters}${count + 1}",
                "error_type": "warning", "error_title": "Not in the list",
                "error_message": "This is not one of the choices on the sheet Lists. Keep it anyway?",
            },
        )  # fmt: skip

    def plain(self, name: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        sheet = self._book.add_worksheet(name)
        self._fill(sheet, [head, *rows])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, len(head) - 1, 48)

    def lists(self, choices: Mapping[str, Sequence[str]]) -> None:
        titles = [BY_KEY[key].title if key in BY_KEY else key for key in choices]
        deepest = max(map(len, choices.values()), default=0)
        rows = [
            [values[at] if at < len(values) else "" for values in choices.values()] for at in range(deepest)
        ]
        self.plain("Lists", titles, rows)

    def _fill(self, sheet: Any, records: Sequence[Sequence[str]]) -> None:
        for column, title in enumerate(records[0]):
            sheet.write_string(0, column, title, self._header)
        for row, record in enumerate(records[1:], start=1):
            for column, text in enumerate(record):
                if text:
                    style = self._quoted if text.startswith((*_FORMULA_START, "'")) else self._text
                    sheet.write_string(row, column, text, style)
                else:
                    sheet.write_blank(row, column, None, self._text)
