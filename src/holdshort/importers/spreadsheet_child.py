"""
Read an old .xls, an .xlsb or an .ods in a process of its own, started by file name.

These formats state no size that can be checked beforehand, and the reader may ask for more memory than
there is, which ends its process. Reads the file from standard input, writes JSON to standard output.
Imports nothing of Holdshort, so that it starts fast and stands alone.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import sys
from typing import Any

MEMORY_BYTES = 2 << 30
CELLS_AT_MOST = 2_000_000


def text_of(value: Any) -> str:
    """The text of a cell value as its reader would say it: whole numbers without `.0`, dates as ISO."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def main() -> None:
    """Answer with every sheet: name, whether it is visible, its rows and its merged cells."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
        sheets = [_sheet(book, each, python_calamine) for each in book.sheets_metadata]
        answer: dict[str, Any] = {"sheets": [sheet for sheet in sheets if sheet]}
    except python_calamine.PasswordError:
        answer = {"fault": "password"}
    except Exception as error:
        answer = {"fault": "damaged", "why": str(error)[:200]}
    json.dump(answer, sys.stdout)


def _sheet(book: Any, meta: Any, calamine: Any) -> dict[str, Any] | None:
    if meta.typ != calamine.SheetTypeEnum.WorkSheet:
        return None
    sheet = book.get_sheet_by_name(meta.name)
    if sheet.total_height * sheet.total_width > CELLS_AT_MOST:
        raise ValueError(f"sheet {meta.name} is too large")
    return {
        "name": meta.name,
        "visible": meta.visible == calamine.SheetVisibleEnum.Visible,
        "rows": [[text_of(value) for value in row] for row in sheet.to_python(skip_empty_area=False)],
        "merged": sheet.merged_cell_ranges or [],
    }


if __name__ == "__main__":
    main()
