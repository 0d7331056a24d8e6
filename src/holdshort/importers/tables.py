"""Read an exported table (.csv, .tsv, .xlsx, .parquet) into rows of raw cells; nothing is interpreted."""

from __future__ import annotations

import codecs
import csv
import datetime
import importlib
import io
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.limits import check_zip, password

FILE_BYTES = 256_000_000
CELLS_AT_MOST = 30_000_000
Cell = str | int | float | bool | None
_DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class TableRow:
    number: int
    """Line of a .csv, row of a sheet, or how-manieth row of a .parquet."""
    cells: Sequence[Cell]


@dataclass(slots=True)
class Table:
    """One table as exported."""

    file: str
    name: str
    """Name of the sheet where a workbook has several, else of the file without its ending."""
    headers: list[str]
    rows: list[TableRow]
    remarks: list[Diagnostic] = field(default_factory=list)
    sheet: str = ""


def read_tables(path: Path) -> list[Table]:
    """
    Read every table of a file: one of a .csv or .parquet, one for each visible sheet of a workbook.

    Raises:
        HoldshortError: missing, a folder, empty, too large, damaged, of another kind, or pyarrow is not installed.
    """
    file, ending = printable(path.name), path.suffix.lower()
    if ending == ".parquet":
        _gate(path, file)
        return [_read_parquet(path, file)]
    if ending in (".xlsx", ".xlsm"):
        return _read_xlsx(_bytes(path, file), file)
    if ending in (".csv", ".tsv", ".tab", ".txt"):
        return [_read_csv(_bytes(path, file), file)]
    raise _refusal(
        "TABLE-101",
        f"`{file}` is of a kind that is not read as a table",
        file,
        "export it as .csv, .xlsx or .parquet" + ("; .xls: save it as .xlsx" if ending == ".xls" else ""),
    )


def stem_of(file: str) -> str:
    """The name of a file up to its first dot: `sf_user_data.HEADER_ONLY.csv` is `sf_user_data`."""
    return file.split(".")[0] or file


# --- csv ---


def _read_csv(data: bytes, file: str) -> Table:
    text, remarks = _decoded(data, file)
    stated = text[:6].lower()
    delimiter = ""
    if stated.startswith("sep=") and len(text) > 4:
        delimiter, text = text[4], text.partition("\n")[2]
    delimiter = delimiter or _delimiter_of(text)
    lines: list[tuple[int, list[str]]] = []
    csv.field_size_limit(max(csv.field_size_limit(), 16_000_000))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start, cells = 1 + (1 if stated.startswith("sep=") else 0), 0
    offset = start - 1
    try:
        for row in reader:
            cells += len(row)
            if cells > CELLS_AT_MOST:
                raise _too_many(file)
            lines.append((start, row))
            start = reader.line_num + 1 + offset
    except csv.Error as error:
        remarks.append(
            Diagnostic(
                "TABLE-102",
                "a quotation mark in this row is not closed, so the rows after it cannot be told apart",
                Where(file=file, line=start),
                'close the text with `"`, and write `""` for a quotation mark inside it',
            )
        )
        if not lines:
            raise HoldshortError(remarks) from error
    return _table(file, "", [(number, list(row)) for number, row in lines], remarks)


def _decoded(data: bytes, file: str) -> tuple[str, list[Diagnostic]]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            try:
                return data[len(mark) :].decode(encoding), []
            except UnicodeDecodeError as error:
                raise _refusal(
                    "TABLE-103", f"the file begins as {encoding} but is not", file, "save it as `CSV UTF-8`"
                ) from error
    if b"\0" in data:
        raise _refusal(
            "TABLE-103", "the file holds NUL bytes, so it is not a text table", file, "save it as `CSV UTF-8`"
        )
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    note = Diagnostic(
        "TABLE-104",
        "the file is not UTF-8; it was read as Windows-1252",
        Where(file=file, line=line),
        "look at accents and currency signs; save as `CSV UTF-8` to be sure",
        "warning",
    )
    return data.decode("cp1252", errors="replace"), [note]


def _delimiter_of(text: str) -> str:
    """The delimiter that cuts the first lines into the most cells of an even number."""
    sample = "\n".join(text.splitlines()[:20])
    best, best_score = ",", (0, 0)
    for delimiter in _DELIMITERS:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row]
        except csv.Error:
            continue
        common = max(set(widths), key=widths.count, default=0)
        score = (widths.count(common) if common > 1 else 0, common)
        if score > best_score:
            best, best_score = delimiter, score
    return best


# --- xlsx ---

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def _read_xlsx(data: bytes, file: str) -> list[Table]:
    import python_calamine as calamine  # late: only where a workbook is read

    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise password(file)
        raise _refusal(
            "TABLE-101",
            "the file is a workbook of the old .xls kind",
            file,
            "save it as .xlsx or .csv and name that",
        )
    check_zip(data, file)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            meta.name
            for meta in book.sheets_metadata
            if meta.typ == calamine.SheetTypeEnum.WorkSheet
            and meta.visible == calamine.SheetVisibleEnum.Visible
        ]
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in visible]
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:  # a panic of the reader is no Exception
        raise _refusal(
            "TABLE-105",
            "the workbook is damaged and cannot be read",
            file,
            "open it and save it again as .xlsx",
        ) from error
    if sum(len(rows) * len(rows[0]) for _, rows in sheets if rows) > CELLS_AT_MOST:
        raise _too_many(file)
    filled = [(name, rows) for name, rows in sheets if any(_is_filled(row) for row in rows)]
    if not filled:
        raise _refusal("FILE-004", "the workbook has no visible sheet with rows", file, "export it again")
    alone = len(filled) == 1
    return [
        _table(
            file,
            name,
            [(number, [_plain(value) for value in row]) for number, row in enumerate(rows, start=1)],
            [],
            stem_of(file) if alone else name,
        )
        for name, rows in filled
    ]


def _is_filled(row: Sequence[Any]) -> bool:
    return any(value != "" for value in row)


# --- parquet ---


def _read_parquet(path: Path, file: str) -> Table:
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")  # late: heavy, and an extra
    except ImportError as error:
        raise _refusal(
            "TABLE-106", "reading .parquet needs pyarrow, which is not installed", file,
            "install `holdshort[parquet]`, or export the table as .csv",
        ) from error  # fmt: skip
    try:
        opened = parquet.ParquetFile(path)
        facts = opened.metadata
        unpacked = sum(facts.row_group(at).total_byte_size for at in range(facts.num_row_groups))
        if facts.num_rows * max(facts.num_columns, 1) > CELLS_AT_MOST or unpacked > 4 * FILE_BYTES:
            raise _too_many(file)
        headers = list(opened.schema_arrow.names)
        rows: list[TableRow] = []
        for batch in opened.iter_batches():
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                rows.append(TableRow(len(rows) + 1, [_plain(value) for value in cells]))
    except HoldshortError:
        raise
    except Exception as error:  # pyarrow raises many kinds; each means that the file cannot be read
        raise _refusal(
            "TABLE-105", "the .parquet file is damaged and cannot be read", file, "export it again"
        ) from error
    return Table(file, stem_of(file), headers, rows)


# --- all kinds ---


def _table(
    file: str, sheet: str, lines: list[tuple[int, list[Any]]], remarks: list[Diagnostic], name: str = ""
) -> Table:
    """Find the header row, drop blank rows and the footer of a report, and speak of ragged rows."""
    head = _header_at([row for _, row in lines[:30]])
    if head is None:
        raise _refusal("FILE-004", "the file holds no table", file, "export it again, with its header row")
    headers = [_header_text(cell) for cell in lines[head][1]]
    while (
        headers
        and not headers[-1]
        and not any(len(row) >= len(headers) and _has(row[len(headers) - 1]) for _, row in lines[head + 1 :])
    ):
        headers.pop()
    for number, row in lines[:head]:
        if any(_has(cell) for cell in row):
            remarks.append(
                _note("TABLE-107", "the row stands above the header, so it is not read", file, sheet, number)
            )
    rows: list[TableRow] = []
    after_blank = False
    for number, row in lines[head + 1 :]:
        filled = [cell for cell in row if _has(cell)]
        if not filled:
            after_blank = True
            continue
        if (
            len(headers) > 1
            and len(filled) == 1
            and _has(row[0])
            and (after_blank or _is_footer(str(row[0])))
        ):
            remarks.append(
                _note(
                    "TABLE-108",
                    f"`{str(row[0]).strip()[:60]}` stands below the table, so it is not read",
                    file,
                    sheet,
                    number,
                )
            )
            continue
        rows.append(TableRow(number, row))
    return Table(file, name or (stem_of(file)), headers, rows, remarks, sheet)


def _header_at(rows: Sequence[Sequence[Any]]) -> int | None:
    widths = [sum(1 for cell in row if _has(cell)) for row in rows]
    widest = max(widths, default=0)
    for at, width in enumerate(widths):
        if width and width * 2 >= widest:
            return at
    return None


def _header_text(cell: Any) -> str:
    return " ".join(printable(str(cell)).split()) if _has(cell) else ""


def printable(text: str) -> str:
    """A header or file name without the marks that hide in it or steer a terminal."""
    return "".join(letter for letter in text if letter.isspace() or unicodedata.category(letter)[0] != "C")


def _is_footer(text: str) -> bool:
    plain = text.strip().casefold()
    return plain.startswith(
        ("grand total", "copyright (c)", "confidential information", "generated by:", "total records")
    )


def _has(cell: Any) -> bool:
    return cell is not None and str(cell).strip() != ""


def _plain(value: Any) -> Cell:
    """A cell as JSON can hold it: whole floats as integers, dates and times as ISO text, nothing else changed."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        if math.isnan(value) or math.isinf(value):
            return None
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time() and value.tzinfo is None:
            return value.date().isoformat()
        return value.isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", errors="replace")
    if isinstance(value, list | dict):
        import json

        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)


def _bytes(path: Path, file: str) -> bytes:
    _gate(path, file)
    with path.open("rb") as stream:
        data = stream.read(FILE_BYTES + 1)
    if len(data) > FILE_BYTES:
        raise _too_large(file, len(data))
    if not data.strip(b"\0 \t\r\n"):
        raise _refusal("FILE-004", "the file is empty", file, "export it again")
    return data


def _gate(path: Path, file: str) -> None:
    try:
        if path.is_dir():
            raise _refusal("FILE-002", f"`{path}` is a folder", file, "name the file inside it")
        if not path.is_file():
            raise _refusal("FILE-001", f"there is no file `{path}`", file, "check the name and the folder")
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be a file name"
        raise _refusal(
            "FILE-003",
            f"`{path}` cannot be read: {reason.lower()}",
            file,
            "check who may read it, and the name",
        ) from error
    if size > FILE_BYTES:
        raise _too_large(file, size)
    if size == 0:
        raise _refusal("FILE-004", "the file is empty", file, "export it again")


def _too_large(file: str, size: int) -> HoldshortError:
    return _refusal(
        "FILE-005",
        f"the file holds {size / 1e6:,.0f} MB; at most {FILE_BYTES / 1e6:,.0f} MB are read",
        file,
        "export fewer columns, or one quarter at a time",
    )


def _too_many(file: str) -> HoldshortError:
    return _refusal(
        "TABLE-109",
        f"the table holds more than {CELLS_AT_MOST:,} cells",
        file,
        "export one quarter at a time",
    )


def _note(code: str, message: str, file: str, sheet: str, line: int) -> Diagnostic:
    return Diagnostic(code, message, Where(file=file, sheet=sheet, line=line), "", "note")


def _refusal(code: str, message: str, file: str, mend: str) -> HoldshortError:
    return HoldshortError([Diagnostic(code, message, Where(file=file), mend)])


def rows_of(tables: Sequence[Table]) -> Iterator[tuple[Table, TableRow]]:
    """Every row of several tables, in order."""
    for table in tables:
        for row in table.rows:
            yield table, row
