"""
Read and write a register as a Markdown pipe table.

Inside a cell `|` and `\\` carry a backslash, a line end is `<br>`, and spaces at either end are written
as `&#32;`, since Markdown would drop them. Text around the table stays as it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence

from holdshort.core.diagnostics import Diagnostic, Where
from holdshort.importers.limits import too_large
from holdshort.importers.register_grid import Line, Reading, find_header, read_grid
from holdshort.importers.register_text import decode_text, one_line_end

_BYTES_AT_MOST = 5_000_000
_ENTITY = r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|nbsp);"
_READ = re.compile(rf"\\([!-/:-@\[-`{{-~])|(<br[ \t]*/?>)|({_ENTITY})", re.IGNORECASE)
_TO_ESCAPE = re.compile(rf"\\|\||<(?=br[ \t]*/?>)|(?={_ENTITY})&", re.IGNORECASE)
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


def read_markdown(data: bytes, file: str) -> Reading:
    """
    Read a register from the first pipe table that has an ID and a trigger.

    Raises:
        HoldshortError: larger than 5 MB, unknown encoding, or no such table.
    """
    if len(data) > _BYTES_AT_MOST:
        raise too_large(file, len(data), _BYTES_AT_MOST)
    text, remarks = decode_text(data, file)

    def locate(place: int, index: int) -> Where:
        return Where(file=file, line=place, column=f"column {index + 1}" if index >= 0 else "")

    tables = find_tables(one_line_end(text).split("\n"))
    chosen = next((table for table in tables if find_header(table[:1]) is not None), None)
    reading = read_grid(chosen or [line for table in tables for line in table[:1]], file, locate)
    return Reading(
        reading.table, [*remarks, *reading.diagnostics, *_overlong(reading, chosen or [], file)],
        reading.headers, reading.header_place,
    )  # fmt: skip


def find_tables(lines: Sequence[str]) -> list[list[Line]]:
    """Cut out every pipe table: its header line, then its rows, without the line of dashes."""
    tables: list[list[Line]] = []
    at = 1
    while at < len(lines):
        if (
            "|" in lines[at - 1]
            and len(lines[at]) < 2_000
            and "-" in lines[at]
            and _RULE.fullmatch(lines[at])
        ):
            table = [Line(at, split_row(lines[at - 1]))]
            at += 1
            while at < len(lines) and "|" in lines[at]:
                table.append(Line(at + 1, split_row(lines[at])))
                at += 1
            tables.append(table)
        at += 1
    return tables


def split_row(line: str) -> list[str]:
    """Cut a table line at its unescaped pipes and give back each cell as text."""
    line = line.strip(" \t").removeprefix("|")
    pieces, start, at = [], 0, 0
    while at < len(line):
        if line[at] == "\\":
            at += 2
            continue
        if line[at] == "|":
            pieces.append(line[start:at])
            start = at + 1
        at += 1
    if line[start:].strip(" \t"):
        pieces.append(line[start:])
    return [_unescaped(piece.strip(" \t")) for piece in pieces]


def join_row(texts: Iterable[str]) -> str:
    """Write one table line."""
    return "| " + " | ".join(_escaped(text) for text in texts) + " |"


def write_markdown(records: Sequence[Sequence[str]]) -> bytes:
    """Write records, the header first, as one pipe table with LF ends."""
    head, *rows = records
    lines = [join_row(head), "|" + " --- |" * len(head), *(join_row(row) for row in rows)]
    return ("\n".join(lines) + "\n").encode("utf-8")


def _overlong(reading: Reading, lines: Sequence[Line], file: str) -> list[Diagnostic]:
    """A row with more cells than the header has an unescaped pipe in it."""
    width = len(lines[0].texts) if lines else 0
    return [
        Diagnostic(
            "TABLE-018",
            f"the row has {len(line.texts)} cells under {width} headers",
            Where(file=file, line=line.place),
            "write `\\|` for a pipe inside a text",
        )
        for line in lines[1:]
        if len(line.texts) > width
    ]


def _escaped(text: str) -> str:
    body = text.lstrip(" \t")
    lead = text[: len(text) - len(body)]
    core = body.rstrip(" \t")
    trail = body[len(core) :]
    core = _TO_ESCAPE.sub(lambda match: "\\" + match.group(), core).replace("\n", "<br>")
    return _spaces(lead) + core + _spaces(trail)


def _spaces(text: str) -> str:
    return text.replace(" ", "&#32;").replace("\t", "&#9;")


def _unescaped(text: str) -> str:
    def read(match: re.Match[str]) -> str:
        punctuation, line_end, entity = match.groups()
        if punctuation:
            return str(punctuation)
        return "\n" if line_end else html.unescape(str(entity))

    return _READ.sub(read, text)
