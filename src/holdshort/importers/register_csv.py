"""
Read and write a register as comma-separated text.

A text that a spreadsheet would take for a formula gets one apostrophe in front when it is written, and
loses one when it is read. The writer also doubles up a text of its own that already looks that way
(`'=1`), so the reader takes away exactly what the writer put: every text comes back as it was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdshort.core.columns import find_column
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.register_grid import Line, Reading, find_header, read_grid
from holdshort.importers.register_text import decode_text, one_line_end

_FORMULA_LIKE = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_DELIMITERS = ",;\t"
_FIELD_LIMIT = 60_000_000
CELLS_AT_MOST = 500_000


@dataclass(frozen=True, slots=True)
class CsvGrid:
    """The records of a file as written, without the guard against formulas, and how it is delimited."""

    lines: list[Line]
    delimiter: str
    diagnostics: list[Diagnostic]


def read_csv(data: bytes, file: str) -> Reading:
    """
    Read a register from the bytes of a .csv file.

    Raises:
        HoldshortError: unknown encoding, NUL bytes, an unclosed quotation mark, or no register inside.
    """
    grid = split_csv(data, file)

    def locate(place: int, index: int) -> Where:
        return Where(file=file, line=place, column=f"column {index + 1}" if index >= 0 else "")

    reading = read_grid(grid.lines, file, locate)
    return Reading(
        reading.table, [*grid.diagnostics, *reading.diagnostics], reading.headers, reading.header_place
    )


def split_csv(data: bytes, file: str) -> CsvGrid:
    """Cut the bytes of a .csv file into records, choosing the delimiter under which most headers appear."""
    text, remarks = decode_text(data, file)
    stated = re.match(r"sep=([,;\t|])\r?\n", text)
    skipped = 0
    delimiters: Iterable[str] = _DELIMITERS
    if stated:
        delimiters, skipped, text = stated.group(1), 1, text[stated.end() :]
    best: CsvGrid | None = None
    best_score, fault = -1, None
    for delimiter in delimiters:
        lines, problem = _records(text, delimiter, skipped, file)
        score = _score(lines)
        if score > best_score:
            best, best_score, fault = CsvGrid(lines, delimiter, remarks), score, problem
    if fault is not None:
        raise HoldshortError([fault])
    assert best is not None
    return best


def write_csv(records: Iterable[Sequence[str]], delimiter: str = ",") -> bytes:
    """Write records as UTF-8 with a byte-order mark and CR LF, which is what Excel opens rightly."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n", strict=True)
    for record in records:
        writer.writerow([guarded(text) for text in record])
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8")


def guarded(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return "'" + text if _FORMULA_LIKE.match(text) else text


def unguarded(text: str) -> str:
    """Take away the apostrophe that `guarded` put."""
    return text[1:] if text.startswith("'") and _FORMULA_LIKE.match(text) else text


def _records(text: str, delimiter: str, skipped: int, file: str) -> tuple[list[Line], Diagnostic | None]:
    csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: list[Line] = []
    start, cells = 1, 0
    try:
        for record in reader:
            cells += len(record)
            if cells > CELLS_AT_MOST:
                return lines, _too_many(file, start + skipped)
            lines.append(Line(start + skipped, [unguarded(one_line_end(each)) for each in record]))
            start = reader.line_num + 1
    except csv.Error:
        return lines, Diagnostic(
            "FILE-024",
            "a quotation mark in this record is not closed, or stands in the middle of a quoted text",
            Where(file=file, line=start + skipped),
            'close the text with `"`, and write `""` for a quotation mark inside it',
        )
    return lines, None


def _too_many(file: str, line: int) -> Diagnostic:
    return Diagnostic(
        "FILE-025",
        f"the file holds more than {CELLS_AT_MOST:,} cells",
        Where(file=file, line=line),
        "keep only edge cases in it; history and records belong in files of their own",
    )


def _score(lines: Sequence[Line]) -> int:
    head = find_header(lines)
    if head is not None:
        return 100 + sum(1 for text in lines[head].texts if find_column(text))
    return max((sum(1 for text in line.texts if find_column(text)) for line in lines[:20]), default=0)
