"""
What a sentence says that can be checked: dates, spans of time, amounts, numbers, plans, and whether it means it.

All places are characters of the text that is given. Every repetition is bounded: the time grows with the text's length.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from holdshort.core.amounts import read_money, read_number
from holdshort.core.dates import read_date
from holdshort.core.unreadable import Unreadable

SpotKind = Literal["date", "duration", "money", "percent", "number", "plan"]


@dataclass(frozen=True, slots=True)
class Spot:
    """`value` is a key: two spots that mean the same have the same kind and value."""

    kind: SpotKind
    start: int
    end: int
    text: str
    value: str


# --- dates, times, amounts --------------------------------------------------------------------------------

_MONTHS = (
    "january february march april may june july august september october november december jan feb mar apr jun jul aug "
    "sep sept oct nov dec"
).split()
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?)"
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100}
NUMBER_WORDS = frozenset(_NUMBER_WORDS)
"""Spelled-out numbers, in small letters."""
_COUNT = rf"(?:\d{{1,6}}(?:[.,]\d{{1,3}})?|{'|'.join(_NUMBER_WORDS)}|a|an)"
_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_DATE = re.compile(
    rf"""(?<![\w.])(?:
      (?P<iso>\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}})(?:T[\d:.]{{4,15}}(?:Z|[+-]\d\d:?\d\d)?)?
    | (?P<numeric>\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}}))
    | (?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\ (?:of\ )?(?P<month1>{_MONTH}),?(?:\ (?P<year1>\d{{4}}))?
    | (?P<month2>{_MONTH})\ (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,?\ (?P<year2>\d{{4}}))?
    | (?P<part>early|mid|late|(?:the\ )?(?:end|start|beginning|middle)\ of)[\ -](?P<month3>{_MONTH})(?:,?\ (?P<year3>\d{{4}}))?
    | (?P<month4>{_MONTH})\ (?P<year4>\d{{4}})
    | (?P<quarter>q[1-4])(?:[\ /-]?(?P<year5>\d{{4}}))?
    | (?<=by\ )(?P<month5>{_MONTH}) | (?<=in\ )(?P<month6>{_MONTH}) | (?<=until\ )(?P<month7>{_MONTH})
    | (?P<nth>day)\ (?P<nthday>\d{{1,3}})
    | (?P<weekday>(?:next\ |this\ )?{_WEEKDAY})
    )(?!\w)""",
    re.IGNORECASE | re.VERBOSE,
)  # fmt: skip
_DURATION = re.compile(
    rf"(?<![\w.])(?P<count>{_COUNT})(?:[ -](?P<upto>to|or|–|-)[ -]?(?P<count2>{_COUNT}))?[ -]?(?P<kind>business|working|calendar)?[ -]?"
    r"(?P<unit>minute|hour|day|week|fortnight|month|quarter|year)s?(?!\w)",
    re.IGNORECASE,
)
_SIGN = r"(?:US\$|CA\$|AU\$|NZ\$|[$€£¥₹])"
_CODE = r"(?:USD|EUR|GBP|CHF|CAD|AUD|JPY|SEK|NOK|DKK|PLN|INR|dollars?|euros?|pounds?)"
_MONEY = re.compile(
    rf"(?<![\w.])(?:(?P<before>{_SIGN}|{_CODE})\ ?(?P<body1>\d[\d.,'’]{{0,20}}\d|\d)(?P<scale1>\ ?(?:k|m|bn|million|thousand))?"
    rf"|(?P<body2>\d[\d.,'’]{{0,20}}\d|\d)(?P<scale2>\ ?(?:k|m|bn|million|thousand))?\ ?(?P<after>{_CODE}|€))(?!\w)",
    re.IGNORECASE | re.VERBOSE,
)
_PERCENT = re.compile(r"(?<![\w.])(\d{1,3}(?:[.,]\d{1,4})?) ?(?:%|percent\b|per cent\b)", re.IGNORECASE)
_NUMBER = re.compile(
    rf"(?<![\w.])(?:\d[\d.,]{{0,20}}\d|\d|{'|'.join(w for w in _NUMBER_WORDS if w != 'one')})(?:\ ?k(?!\w))?(?![\w])",
    re.IGNORECASE | re.VERBOSE,
)
_CURRENCIES = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "dollar": "USD",
    "euro": "EUR",
    "pound": "GBP",
    "us$": "USD",
}


def spots(text: str, plans: Sequence[str] = ()) -> tuple[Spot, ...]:
    """
    Every date, span of time, amount, number and plan of a text, in its order; none lies within another.

    Args:
        text: As a person sees it.
        plans: Names of plans; found as whole words in any case. One that begins a longer word is none.
    """
    if len(text) <= _REMEMBERED:  # one note is looked at for many reasons, one after the other
        return _spots_of_short(text, tuple(plans))
    return _spots(text, tuple(plans))


_REMEMBERED = 1_500


@lru_cache(maxsize=4_096)
def _spots_of_short(text: str, plans: tuple[str, ...]) -> tuple[Spot, ...]:
    return _spots(text, plans)


def _spots(text: str, plans: tuple[str, ...]) -> tuple[Spot, ...]:
    taken: list[Spot] = []
    used = bytearray(len(text))

    def take(spot: Spot | None) -> None:
        if spot is not None and not any(used[spot.start : spot.end]):
            used[spot.start : spot.end] = b"\1" * (spot.end - spot.start)
            taken.append(spot)

    for found in _DATE.finditer(text):
        take(_date(found))
    for found in _DURATION.finditer(text):
        take(_duration(found))
    for found in _MONEY.finditer(text):
        take(_money(found))
    for found in _PERCENT.finditer(text):
        take(Spot("percent", *found.span(), found[0], _plain(found[1])))
    if plans:
        for found in _plan_pattern(plans).finditer(text):
            take(Spot("plan", *found.span(), found[0], found[0].casefold()))
    for found in _NUMBER.finditer(text):
        take(Spot("number", *found.span(), found[0], _plain(found[0])))
    return tuple(sorted(taken, key=lambda spot: spot.start))


def _date(found: re.Match[str]) -> Spot | None:
    part = found.groupdict()
    value = ""
    if part["iso"] or part["numeric"]:
        read = read_date(part["iso"] or part["numeric"])
        value = f"? {found[0]}" if isinstance(read, Unreadable) else read.isoformat()
    elif part["nth"]:
        value = f"day {int(part['nthday'])}"
    elif part["weekday"]:
        value = " ".join(part["weekday"].casefold().split())
    elif part["quarter"]:
        value = f"{part['year5'] or '----'} {part['quarter'].upper()}"
    else:
        month = next(part[f"month{no}"] for no in range(1, 8) if part[f"month{no}"])
        year = next((part[f"year{no}"] for no in range(1, 5) if part[f"year{no}"]), None) or "----"
        day = part["day1"] or part["day2"]
        number = _MONTHS.index(month.casefold().rstrip(".")[:3] if month.casefold() != "sept" else "sep")
        number = number if number < 12 else [0, 1, 2, 3, 5, 6, 7, 8, 8, 9, 10, 11][number - 12]
        value = f"{year}-{number + 1:02d}" + (f"-{int(day):02d}" if day else "")
        if part["part"]:
            value += f" {part['part'].casefold().removeprefix('the ')}"
    return Spot("date", *found.span(), found[0], value)


def _duration(found: re.Match[str]) -> Spot | None:
    count, unit = found["count"].casefold(), found["unit"].casefold()
    more = found["count2"].casefold() if found["count2"] else ""
    kind = {"business": "business ", "working": "business "}.get((found["kind"] or "").casefold(), "")
    if count in ("a", "an") and not found[0].casefold().startswith(("a ", "an ")):
        return None
    value = f"{_counted(count)}{'-' + _counted(more) if more else ''} {kind}{unit}"
    return Spot("duration", *found.span(), found[0], value)


def _counted(word: str) -> str:
    if word in ("a", "an"):
        return "1"
    return str(_NUMBER_WORDS[word]) if word in _NUMBER_WORDS else _plain(word)


def _money(found: re.Match[str]) -> Spot:
    body, scale = (
        found["body1"] or found["body2"],
        (found["scale1"] or found["scale2"] or "").strip().casefold(),
    )
    sign = (found["before"] or found["after"]).casefold().rstrip("s")
    currency = _CURRENCIES.get(sign, sign.upper())
    short = {"thousand": "k", "million": "m"}.get(scale, scale)
    read = read_money(body + short, currency)
    value = f"? {found[0]}" if isinstance(read, Unreadable) else f"{read.amount.normalize():f} {currency}"
    return Spot("money", *found.span(), found[0], value)


def _plain(text: str) -> str:
    word = text.casefold().strip()
    if word in _NUMBER_WORDS:
        return str(_NUMBER_WORDS[word])
    read = read_number(word)
    return f"? {word}" if isinstance(read, Unreadable) else f"{read.normalize():f}"


@lru_cache(maxsize=64)
def _plan_pattern(plans: tuple[str, ...]) -> re.Pattern[str]:
    names = sorted({each for each in plans if each.strip()}, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?!\w)", re.IGNORECASE)


# --- sentences --------------------------------------------------------------------------------------------

_ABBREVIATIONS = re.compile(
    r"(?:\b(?:e\.g|i\.e|incl|approx|no|vs|etc|inc|ltd|co|dr|mr|mrs|ms|st|sec|art|resp|ca|min|max|dept|est)|\b[A-Z])$",
    re.IGNORECASE,
)
_STOP = re.compile(r"\n|[.!?]+[\"'”’)\]]*(?=\s|$)|[;|](?=\s)")
LONGEST_SENTENCE = 1_200


@lru_cache(maxsize=512)
def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Start and end of every sentence, blanks around it left out; a line always ends one."""
    found: list[tuple[int, int]] = []
    start = 0
    for stop in _STOP.finditer(text):
        if stop[0] == "." and _ABBREVIATIONS.search(text[max(0, stop.start() - 8) : stop.start()]):
            continue
        _add(found, text, start, stop.end())
        start = stop.end()
    _add(found, text, start, len(text))
    return tuple(found)


def _add(found: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        found.append((start, end))


# --- does it mean it --------------------------------------------------------------------------------------

_NT = r"(?:do|does|did|is|are|was|were|wo|ca|ai|has|have|had|would|could|should|must|need|might)n['’]?t"
NEGATION = re.compile(
    rf"(?<![\w'’])(?:no|not|never|none|nobody|nothing|without|neither|nor|cannot|excluding|excludes?|excluded|declined|rejected|"
    rf"refused|denied|removed|cancel+ed|dropped|{_NT}|non(?=-)|un(?:available|supported|approved|signed|paid)|rather than|instead of|"
    r"out of scope|ruled out|descoped|lacks?|fails? to|no longer)(?![\w'’])",
    re.IGNORECASE,
)
HEDGE = re.compile(
    r"(?<![\w'’])(?:may|might|could|would|should|maybe|perhaps|possibly|probably|hopefully|ideally|potentially|likely|unlikely|try|tries|trying|"
    r"aim|aims|aiming|hope|hopes|hoping|plan to|plans to|planning to|expects?|expected|expecting|intends?|consider(?:s|ing)?|explor(?:e|es|ing)|"
    r"look(?:ing|s)? (?:into|at)|best efforts?|reasonable efforts?|subject to change|tentative(?:ly)?|target(?:s|ing|ed)?|estimated?|estimate|approximately|approx|roughly|around|about|"
    r"tbd|tbc|to be (?:confirmed|decided|determined)|not sure|unsure|unclear|think|thinks|believes?|guess|assum(?:e|es|ed|ing)|seems?|appears?|"
    r"nice to have|roadmap|phase (?:two|2)|later|someday|eventually|in principle|up to|at least|at most|optional(?:ly)?|propos(?:e|es|ed)|draft|pending|we'll see)(?![\w'’])",
    re.IGNORECASE,
)
CONDITION = re.compile(
    r"(?<![\w'’])(?:if|unless|only|provided|providing|subject to|except|until|once|assuming|depend(?:s|ing)? on|contingent|as long as|so long as|conditional|"
    r"in case|otherwise|but|however|although|though|whether|after|before|when|where|while|solely|other than)(?![\w'’])",
    re.IGNORECASE,
)
HEARSAY = re.compile(
    r"(?<![\w'’])(?:want(?:s|ed)?|wish(?:es|ed)?|would like|ask(?:s|ed|ing)?(?: for| about| whether| if)?|request(?:s|ed|ing)?|requir(?:e|es|ed)|need(?:s|ed)?|demand(?:s|ed)?|"
    r"said|says|told|tells|claim(?:s|ed)?|mention(?:s|ed)?|reported(?:ly)?|according to|wonder(?:s|ed)?|insist(?:s|ed)?|"
    r"believe[sd]?|interested in|per (?=\w)|heard|rumou?r|quoted)(?![\w'’])",
    re.IGNORECASE,
)
INSTRUCTION = re.compile(
    r"(?<![\w])(?:ignore|disregard|forget|override|bypass|skip)\b[^.\n]{0,40}\b(?:rules?|instructions?|guidance|checks?|polic(?:y|ies)|prompts?|reviews?|approvals?|previous|above|holds?)\b"
    r"|(?<!\w)system(?: prompt| override)?\s?:|\b(?:developer mode|jailbreak|tool_call|system prompt|auto[-_ ]?(?:approve|execute))\b"
    r"|\b(?:mark|set|treat|classify|consider|record)\b[^.\n]{0,40}\b(?:as approved|approved|as released|as low|low risk|as clean|verified|no review)\b"
    r"|\b(?:the )?(?:assistant|ai|model|agent|bot) (?:must|should|shall|is to|will)\b|\b(?:do not|don't|never) (?:tell|flag|mention|escalate)\b"
    r"|<\|?(?:system|im_start|assistant|user)\b|\[/?(?:INST|SYSTEM)\]|\bas an ai\b|\byou are now\b",
    re.IGNORECASE,
)


_IDIOM = re.compile(
    r"\b(?:no problems?|no worries|no doubt|not only|no later than|no (?:extra |additional )?(?:cost|charge|fee)s?"
    r"|do(?:n['’]t| not) hesitate)\b",
    re.IGNORECASE,
)


def denials(text: str) -> tuple[re.Match[str], ...]:
    """Every word that denies; `no problem` and the like do not."""
    return tuple(NEGATION.finditer(_IDIOM.sub(lambda idiom: "~" * len(idiom[0]), text)))


def words_of(pattern: re.Pattern[str], text: str) -> tuple[str, ...]:
    """What a pattern of this module finds, folded, in order."""
    return tuple(found[0].casefold().replace("’", "'") for found in pattern.finditer(text))


def without_spots(text: str) -> str:
    """The same with dates and amounts blanked out: `May 5` is no `may`."""
    kept = list(text)
    for spot in spots(text):
        if spot.kind in ("date", "duration", "money"):
            kept[spot.start : spot.end] = " " * (spot.end - spot.start)
    return "".join(kept)
