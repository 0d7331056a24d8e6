"""Faults in what people wrote: what is wrong, where it stands and how to mend it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
SEVERITY_ORDER: dict[str, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Where:
    """A place in what was read; leave out what does not apply."""

    file: str = ""
    sheet: str = ""
    cell: str = ""
    """Spreadsheet cell such as `E14`."""
    line: int | None = None
    """Line of a text file, from 1."""
    case: str = ""
    """Edge-case ID."""
    column: str = ""
    """Register column or record field, in the reader's words."""

    def __str__(self) -> str:
        place = [self.file]
        if self.sheet:
            place.append(f"sheet '{self.sheet}'")
        if self.cell:
            place.append(f"cell {self.cell}")
        if self.line is not None:
            place.append(f"line {self.line}")
        text = ", ".join(part for part in place if part)
        inner = ", ".join(
            part for part in (self.case, f'column "{self.column}"' if self.column else "") if part
        )
        if not inner:
            return text
        return f"{text} ({inner})" if text else inner


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """
    One problem, complete enough to mend it without asking.

    `message` is one lower-case line without a full stop; the writer's own words stand in backticks.
    `text` and `span` show the offending words: `span` counts characters of `text`, end exclusive.
    """

    code: str
    message: str
    where: Where = field(default_factory=Where)
    mend: str = ""
    severity: Severity = "error"
    text: str = ""
    span: tuple[int, int] | None = None

    def __str__(self) -> str:
        lines = [f"{self.severity}[{self.code}]: {self.message}"]
        place = str(self.where)
        if place:
            lines.append(f"  --> {place}")
        if self.text and self.span is not None:
            lines.extend(_underlined(self.text, self.span))
        if self.mend:
            lines.append(f"   = {self.mend}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The same facts as plain data; empty parts are left out."""
        data: dict[str, Any] = {"code": self.code, "severity": self.severity, "message": self.message}
        for name in ("file", "sheet", "cell", "line", "case", "column"):
            value = getattr(self.where, name)
            if value not in ("", None):
                data[name] = value
        if self.text:
            data["text"] = self.text
        if self.span is not None:
            data["span"] = list(self.span)
        if self.mend:
            data["mend"] = self.mend
        return data


class HoldshortError(Exception):
    """Something that a person has to mend; carries every problem found, not only the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(str(each) for each in self.diagnostics))


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sort by place, so that a reader walks a file once from top to bottom."""
    return sorted(diagnostics, key=_place)


def did_you_mean(word: str, known: Iterable[str], cut_off: float = 0.75) -> str | None:
    """
    Return the known name nearest to `word`, or None where none is near enough to offer.

    `cut_off` is the similarity from 0 to 1 below which a guess would mislead rather than help.
    """
    best, best_score = None, cut_off
    wanted = _loose(word)
    for name in known:
        score = SequenceMatcher(None, wanted, _loose(name)).ratio()
        if score > best_score or (score == best_score and best is None):
            best, best_score = name, score
    return best


def _loose(word: str) -> str:
    return word.casefold().replace("_", " ").replace("-", " ")


def _place(each: Diagnostic) -> tuple[Any, ...]:
    column, row = _cell_position(each.where.cell)
    span = each.span[0] if each.span else 0
    return (each.where.file, each.where.sheet, each.where.line or 0, row, column, span, each.code)


def _cell_position(cell: str) -> tuple[int, int]:
    letters = "".join(each for each in cell if each.isalpha())
    digits = "".join(each for each in cell if each.isdigit())
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return column, int(digits) if digits else 0


def _underlined(text: str, span: tuple[int, int]) -> list[str]:
    """Show one line of `text` around the span, however long the cell is."""
    start, end = span
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    start, end = start - line_start, max(min(end - line_start, len(line)), start - line_start + 1)
    cut = max(0, start - 60)
    shown = line[cut : cut + 100]
    lead, trail = ("…" if cut else ""), ("…" if cut + 100 < len(line) else "")
    marks = " " * (start - cut + len(lead)) + "^" * max(1, min(end, cut + 100) - start)
    return [f"   | {lead}{shown}{trail}", f"   | {marks}"]
