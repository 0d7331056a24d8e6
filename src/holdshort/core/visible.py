"""Show a text that somebody else wrote without letting it hide, reorder or command anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_BLANK_LETTERS = frozenset("\u115f\u1160\u17b4\u17b5\u3164\uffa0\u2800\u034f")
_MARKS_IN_A_ROW = 6
_LONGEST_ADDRESS = 2000
_WEB_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9.-]+(:\d{1,5})?([/?#][A-Za-z0-9._~:/?#@!$&()*+,;=%\[\]-]*)?", re.ASCII
)


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """
    Split a text into runs of plain characters (False) and names of characters that cannot be seen (True).

    Invisible characters, direction marks, control characters and stacked marks come out as a name such as
    `U+202E`. Line ends and tabs stay as they are.
    """
    if text.isascii() and text.isprintable():
        if text:
            yield text, False
        return
    run: list[str] = []
    before = ""
    stack = dropped = 0
    for each in text:
        if each.isascii() and (each.isprintable() or each in "\n\t"):
            stack = 0
            if dropped:
                yield from _flush(run, f"{dropped} more marks")
                dropped = 0
            run.append(each)
        elif unicodedata.combining(each):
            stack += 1
            if stack <= _MARKS_IN_A_ROW:
                run.append(each)
            else:
                dropped += 1
        else:
            stack = 0
            if dropped:
                yield from _flush(run, f"{dropped} more marks")
                dropped = 0
            if _is_hidden(each, before):
                yield from _flush(run, f"U+{ord(each):04X}")
            else:
                run.append(each)
        before = each
    if dropped:
        yield from _flush(run, f"{dropped} more marks")
    if run:
        yield "".join(run), False


def visible(text: str) -> str:
    """The text with every unseen character spelled out, such as `[U+202E]`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[{piece}]" if hidden else piece for piece, hidden in pieces(text))


def one_line(text: str) -> str:
    """As `visible`, with line ends and runs of blanks made one space."""
    return " ".join(visible(text).split())


def is_web_address(text: str) -> bool:
    """Whether it is a plain http(s) address that shows itself whole; anything else is a text that nobody should follow."""
    return len(text) <= _LONGEST_ADDRESS and _WEB_ADDRESS.fullmatch(text) is not None


def _flush(run: list[str], name: str) -> Iterator[tuple[str, bool]]:
    if run:
        yield "".join(run), False
        run.clear()
    yield name, True


def _is_hidden(each: str, before: str) -> bool:
    if each == "\ufe0f":  # asks for the coloured form of the sign before it
        return not before or unicodedata.category(before) not in ("So", "Sm", "Po", "Nd", "Pd")
    if "\ufe00" <= each <= "\ufe0e" or "\U000e0100" <= each <= "\U000e01ef" or each in _BLANK_LETTERS:
        return True
    return unicodedata.category(each) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
