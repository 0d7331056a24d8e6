"""
What the fast reader does not say about a sheet: formulas, error values, and how far the cells reach.

The reader makes room for the whole rectangle up to the last cell, so one cell at XFD1048576 would end
the process. This scan walks the XML first and refuses such a sheet.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.limits import damaged

CELLS_AT_MOST = 2_000_000
_REFERENCE = re.compile(r"([A-Za-z]{1,3})([1-9][0-9]{0,6})")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


@dataclass(slots=True)
class SheetFacts:
    """Formula cells with their last value and its type, and error cells, by row and column from 1."""

    formulas: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    last_row: int = 0
    last_column: int = 0


def sheet_parts(data: bytes, file: str) -> dict[str, str]:
    """
    Map each sheet name to the part of the zip that holds it.

    Raises:
        HoldshortError: the workbook part is damaged, or names two sheets alike.
    """
    from defusedxml import ElementTree  # type: ignore[import-untyped]  # late: only where it is read

    parts: dict[str, str] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
            workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
            targets: dict[str, str] = {}
            for each in relations.iter():
                if each.tag.endswith("}Relationship"):
                    if each.get("Id", "") in targets:
                        raise damaged(file, "two relations of the workbook have the same id")
                    targets[each.get("Id", "")] = _part_name(each.get("Target", ""))
            for each in workbook.iter():
                if each.tag.endswith("}sheet"):
                    name = each.get("name", "")
                    if name in parts:
                        raise damaged(file, f"two sheets are named `{name}`")
                    parts[name] = targets.get(each.get(_RELATION) or each.get(_STRICT_RELATION) or "", "")
    except (KeyError, ElementTree.ParseError, ValueError, LookupError, zipfile.BadZipFile, OSError) as error:
        raise damaged(file, "its list of sheets cannot be read") from error
    return parts


def scan_sheet(data: bytes, part: str, file: str, sheet: str) -> SheetFacts:
    """
    Walk one sheet and return its facts.

    Raises:
        HoldshortError: damaged XML, or cells too far out to make room for.
    """
    scan = _Scan()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = scan.start
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text
    parser.EntityDeclHandler = _no_entities
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(part) as stream:
            while chunk := stream.read(1 << 18):
                parser.Parse(chunk, False)
                _check_reach(scan.facts, file, sheet)
            parser.Parse(b"", True)
    except (
        KeyError,
        expat.ExpatError,
        ValueError,
        LookupError,
        zipfile.BadZipFile,
        OSError,
        EOFError,
    ) as error:
        raise damaged(file, f"sheet `{sheet}` cannot be read") from error
    _check_reach(scan.facts, file, sheet)
    return scan.facts


def column_letters(index: int) -> str:
    """`A` for 0, `AA` for 26."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def reference(row: int, column: int) -> str:
    """`B3` for row 3 and column 2, both from 1."""
    return f"{column_letters(column - 1)}{row}"


def _part_name(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target))


def _no_entities(*_: Any) -> None:
    raise ValueError("entity declared")


def _check_reach(facts: SheetFacts, file: str, sheet: str) -> None:
    if facts.last_row * facts.last_column > CELLS_AT_MOST:
        last = reference(facts.last_row, facts.last_column)
        raise HoldshortError(
            [
                Diagnostic(
                    "FILE-025",
                    f"the cells of the sheet reach to {last}; at most {CELLS_AT_MOST:,} cells are read",
                    Where(file=file, sheet=sheet, cell=last),
                    "delete the rows and columns beyond the register, or move it to a sheet of its own",
                )
            ]
        )


class _Scan:
    """Handlers that follow rows and cells, with or without stated positions, as the reader does."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self._row = self._column = 0
        self._kind = ""
        self._value = ""
        self._formula = self._filled = self._in_value = self._in_cell = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            stated = attributes.get("r", "")
            self._row = (
                int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= 7 else self._row + 1
            )
            self._column = 0
        elif name == "c":
            self._place(attributes.get("r"))
            self._kind = attributes.get("t", "n")
            self._value = ""
            self._formula = self._filled = False
            self._in_cell = True
        elif self._in_cell and name in ("v", "is", "f"):
            self._filled = True
            self._formula = self._formula or name == "f"
            self._in_value = name == "v"

    def end(self, tag: str) -> None:
        name = tag.rpartition(" ")[2]
        if name == "v":
            self._in_value = False
        elif name == "c" and self._in_cell:
            self._in_cell = False
            self._close()

    def text(self, data: str) -> None:
        if self._in_value and len(self._value) < 1_000_000:
            self._value += data

    def _place(self, stated: str | None) -> None:
        if stated is None:
            self._column += 1
            return
        match = _REFERENCE.fullmatch(stated)
        if match is None:
            raise ValueError("a cell has no place")
        self._column = 0
        for letter in match[1].upper():
            self._column = self._column * 26 + ord(letter) - 64
        self._row = int(match[2])

    def _close(self) -> None:
        if not self._filled:
            return
        facts, at = self.facts, (self._row, self._column)
        facts.last_row = max(facts.last_row, self._row)
        facts.last_column = max(facts.last_column, self._column)
        if self._kind == "e":
            facts.errors[at] = self._value or "#N/A"
        if self._formula:
            facts.formulas[at] = (self._kind, self._value)
