"""What may stand in a register cell, and how the bytes of a text file become characters."""

from __future__ import annotations

import codecs
import re

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where

CELL_LIMIT = 32_767
"""UTF-16 units that a spreadsheet cell can hold; every format keeps to it so that each converts to each."""

# What XML, and with it a spreadsheet, cannot hold. CR is turned into LF before this is asked.
_UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


def one_line_end(text: str) -> str:
    """Turn CR LF and CR into LF, as every reader and writer here does."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def text_problems(text: str, where: Where) -> list[Diagnostic]:
    """Say what keeps a text from being stored alike in every register format."""
    problems: list[Diagnostic] = []
    length = (
        len(text) if len(text) <= CELL_LIMIT // 2 else len(text.encode("utf-16-le", "surrogatepass")) // 2
    )
    if length > CELL_LIMIT:
        problems.append(
            Diagnostic(
                "TABLE-007",
                f"the cell holds {length:,} characters; a spreadsheet cell holds {CELL_LIMIT:,}",
                where,
                "shorten the text, or keep it in a document and name that document here",
            )
        )
    bad = _UNSTORABLE.search(text)
    if bad:
        problems.append(
            Diagnostic(
                "TABLE-008",
                f"the cell holds the invisible character U+{ord(bad.group()):04X}, which no spreadsheet can keep",
                where,
                f"delete character {bad.start() + 1} of the cell",
            )
        )
    return problems


def decode_text(data: bytes, file: str) -> tuple[str, list[Diagnostic]]:
    """
    Turn the bytes of a text file into characters with LF or CR LF ends as written.

    UTF-8 with or without a byte-order mark, UTF-16 with one; else Windows-1252, with a note.

    Raises:
        HoldshortError: NUL bytes, or bytes that fit none of these encodings.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return _marked(data[len(mark) :], encoding, file), []
    if b"\0" in data:
        raise HoldshortError([_nul(data.count(b"\n", 0, data.index(b"\0")) + 1, file)])
    try:
        return data.decode("utf-8"), []
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError as error:
        raise HoldshortError([_unknown_encoding(file, data.count(b"\n", 0, error.start) + 1)]) from error
    note = Diagnostic(
        "FILE-016",
        "the file is not UTF-8; it was read as Windows-1252",
        Where(file=file, line=line),
        "look at accents and quotation marks; save as `CSV UTF-8` to be sure",
        "note",
    )
    return text, [note]


def _marked(data: bytes, encoding: str, file: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise HoldshortError([_unknown_encoding(file, None)]) from error
    if "\0" in text:
        raise HoldshortError([_nul(text.count("\n", 0, text.index("\0")) + 1, file)])
    return text


def _nul(line: int, file: str) -> Diagnostic:
    return Diagnostic(
        "FILE-014",
        "the file holds NUL bytes, so it is not a text file",
        Where(file=file, line=line),
        "save it again from the spreadsheet as `CSV UTF-8` or as .xlsx",
    )


def _unknown_encoding(file: str, line: int | None) -> Diagnostic:
    return Diagnostic(
        "FILE-013",
        "the file holds bytes that are neither UTF-8, UTF-16 nor Windows-1252",
        Where(file=file, line=line),
        "save it again as UTF-8",
    )
