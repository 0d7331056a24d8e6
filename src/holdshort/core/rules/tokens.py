"""Cut a cell's text into words, numbers, dates and quoted texts, each with its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from holdshort.core.rules.faults import RuleFault

TokenKind = Literal["word", "number", "money", "date", "text", "mark", "end"]

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<date>\d{4}-\d{2}-\d{2}(?![\w-]))
    | (?P<money>[$€£]\s?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s(?:USD|EUR|GBP|CHF|AUD|CAD|JPY|SEK|NOK|DKK|PLN|INR)\b)
    | (?P<number>-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w))
    | (?P<text>"[^"]*"|“[^”]*”)
    | (?P<own>(?<=\w)(?:['’]s?\b|['’](?=\s)))
    | (?P<word>\w+(?:['’](?:t|s)\b(?!\w))?)
    | (?P<join>[-/&+.](?=\w))
    | (?P<mark>[(),;%])
    """,
    re.VERBOSE,
)
_SYMBOLS = {"$": "USD", "€": "EUR", "£": "GBP"}
# What people write who have used formulas, and the words for it.
_FORMULA = {
    ">=": "is at least",
    "<=": "is at most",
    "!=": "is not",
    "<>": "is not",
    "==": "is",
    "=": "is",
    ">": "is more than",
    "<": "is less than",
    "≥": "is at least",
    "≤": "is at most",
    "≠": "is not",
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "!": "not",
    ":": "is",
}
# More digits than any count or amount has, and few enough to print.
_MOST_DIGITS = 30


@dataclass(frozen=True, slots=True)
class Token:
    """`word` is the lower-case form of a word; `value` the number, money, date or text meant; `raw` as written."""

    kind: TokenKind
    word: str
    start: int
    end: int
    value: Decimal | tuple[Decimal, str] | date | str | None = None
    raw: str = ""

    @property
    def shown(self) -> str:
        """The writer's own letters."""
        return self.raw or self.word


@lru_cache(maxsize=4_096)
def tokenise(text: str) -> tuple[Token, ...]:
    """
    Return the tokens of `text`, closed by an `end` token.

    Hyphens and slashes inside words part them, so `go-live` and `go live` read the same.

    Raises:
        RuleFault: A character that no phrase uses, or a quotation that is not closed.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _stray(text, at)
        kind = match.lastgroup
        if kind == "word" and match.group().isalnum():
            # The common case, without looking for what parts a word.
            raw = match.group()
            tokens.append(Token("word", raw.casefold(), at, match.end(), raw=raw))
        elif kind not in ("blank", "join"):
            tokens.extend(_read(kind or "", match))
        at = match.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tuple(tokens)


@lru_cache(maxsize=20_000)
def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a name or phrase as the parser compares them."""
    return tuple(token.word for token in tokenise(phrase) if token.kind != "end")


def _read(kind: str, match: re.Match[str]) -> list[Token]:
    raw, start, end = match.group(), match.start(), match.end()
    if kind == "date":
        try:
            return [Token("date", raw, start, end, date.fromisoformat(raw))]
        except ValueError:
            raise RuleFault(
                "RULE-003",
                f"`{raw}` is not a day of the calendar",
                (start, end),
                "write a date as 2026-06-15",
            ) from None
    if kind == "number":
        return [Token("number", raw, start, end, _number(raw, start))]
    if kind == "money":
        symbol = _SYMBOLS.get(raw[0])
        amount = raw[1:].strip() if symbol else raw.split()[0]
        return [Token("money", raw, start, end, (_number(amount, start), symbol or raw.split()[1]))]
    if kind == "text":
        return [Token("text", raw, start, end, raw[1:-1])]
    if kind == "own":
        return [Token("mark", "'s", start, end)]
    if kind == "mark":
        return [Token("mark", raw, start, end)]
    # Underscores part words as hyphens do: `success_criteria` is `success criteria`.
    found = []
    for part in re.finditer(r"[^_]+", raw):
        shown = part.group()
        word = shown.casefold().replace("’", "'")
        # A possessive is a mark of its own, except in `isn't` and the like.
        if word.endswith("'s"):
            begin = start + part.start()
            found.append(Token("word", word[:-2], begin, start + part.end() - 2, raw=shown[:-2]))
            found.append(Token("mark", "'s", start + part.end() - 2, start + part.end()))
        else:
            found.append(Token("word", word, start + part.start(), start + part.end(), raw=shown))
    return found


def _number(raw: str, start: int) -> Decimal:
    if len(raw) > _MOST_DIGITS:
        raise RuleFault(
            "RULE-003",
            "a number of this length is a mistake",
            (start, start + len(raw)),
            f"write at most {_MOST_DIGITS} digits; put an account or serial number in double quotes",
        )
    return Decimal(raw.replace(",", ""))


def _stray(text: str, at: int) -> RuleFault:
    if text[at] in '"“':
        return RuleFault("RULE-002", "a quotation is not closed", (at, len(text)), 'close it with `"`')
    if text[at] in "'‘’`":
        return RuleFault(
            "RULE-001",
            f"{'a backtick' if text[at] == '`' else 'a single quotation mark'} means nothing in a rule",
            (at, at + 1),
            'put a text to look for in double quotes, as in `mentions "custom integration"`; a name or choice in none',
        )
    for length in (2, 1):
        words = _FORMULA.get(text[at : at + length])
        if words:
            sign = text[at : at + length]
            return RuleFault(
                "RULE-001", f"`{sign}` means nothing in a rule", (at, at + length), f"write `{words}` instead"
            )
    return RuleFault(
        "RULE-001",
        f"`{text[at]}` means nothing in a rule",
        (at, at + 1),
        "leave it out, or put the words in double quotes if they are text to look for",
    )
