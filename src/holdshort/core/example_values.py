"""Values worth trying for a name: the ones at a limit and beside it, other choices, texts with and without a phrase."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Name
from holdshort.core.presence import NotKnown
from holdshort.core.text import fold

ELSEWHERE = "someone@elsewhere.example"
_SPOKEN = {
    "{number}": "90",
    "{month}": "June",
    "{date}": "12 June",
    "{duration}": "two weeks",
    "{weekday}": "Friday",
}


def sample_of_type(name: Name) -> Any:
    if name.options:
        return name.options[0]
    return {
        "yes/no": True,
        "number": 10,
        "confidence": 0.9,
        "money": 10_000,
        "date": "2026-03-16",
        "time": "2026-03-16T10:00:00Z",
        "zone": "Europe/Berlin",
        "email": ELSEWHERE,
        "name": "Another Company",
        "list": [],
    }.get(name.type, "stated")


def unreadable(name: Name) -> Any:
    return {"number": "1,234", "money": "1,234", "date": "03/04/2026", "time": "03/04/2026 10:00"}.get(
        name.type, "something not listed"
    )


def around_value(value: Any, entry: Name) -> list[Any]:
    """A read value and its neighbours."""
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, datetime):
        return [
            value + step
            for step in (
                timedelta(0),
                timedelta(hours=1),
                timedelta(hours=-1),
                timedelta(days=1),
                timedelta(days=-1),
            )
        ]
    if isinstance(value, date):
        return [value + timedelta(days=step) for step in (0, 1, -1)]
    if isinstance(value, Money):
        return around_value(value.amount, entry)
    if isinstance(value, int | Decimal):
        step = Decimal("0.05") if entry.type == "confidence" else 1
        return [value, value + step, value - step]
    if isinstance(value, str) and entry.type in ("text", "name", "email", "zone"):
        return [
            value,
            {"email": ELSEWHERE, "name": "Another Company", "zone": "Asia/Tokyo"}.get(
                entry.type, "something else"
            ),
        ]
    return [value, *(each for each in entry.options if each != value)]


def near_values(value: Any, entry: Name) -> list[Any]:
    return [as_raw(each, entry) for each in around_value(value, entry)]


def other_values(entry: Name, taken: list[Any]) -> list[Any]:
    """Values other than those taken."""
    if entry.options:
        folded = {str(each).casefold() for each in taken}
        return [each for each in entry.options if each.casefold() not in folded][:3]
    return ["something else"] if entry.type == "text" else []


def spelled_otherwise(entry: Name, options: list[Any]) -> list[str]:
    """Another spelling of a choice that the glossary knows."""
    found = (
        spelling
        for spelling, option in entry.spellings.items()
        if option in options and spelling != fold(option)
    )
    return list(islice(found, 1))


def as_raw(value: Any, entry: Name) -> Any:
    """A read value as a record would hold it."""
    if isinstance(value, Money):
        value = value.amount
    if isinstance(value, datetime):
        return value.date().isoformat() if entry.type == "date" else value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return f"{value.isoformat()}T12:00:00Z" if entry.type == "time" else value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def day_alone(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def shifted(value: Any, step: int, unit: str, calendar: Calendar) -> Any:
    """The date or time `step` units later; itself where there is no such day."""
    try:
        if unit in ("hours", "minutes"):
            return value + timedelta(**{unit: step}) if isinstance(value, datetime) else value
        if unit == "business days":
            day = day_alone(value)
            return value + (calendar.add_business_days(day, step) - day)
        return value + (timedelta(weeks=step) if unit == "weeks" else timedelta(days=step))
    except OverflowError:
        return value


def texts_for(value: Any, phrases: tuple[str, ...]) -> list[Any]:
    """Texts with a phrase, alone and after what stands there, and one without any."""
    said = []
    for phrase in phrases[:3]:
        for word, shown in _SPOKEN.items():
            phrase = phrase.replace(word, shown)
        said.append(phrase.replace("*", "a").strip())
    before = [] if isinstance(value, NotKnown) or not isinstance(value, str) else [value.rstrip(". ")]
    after = [f"{old}. Also: {said[0]}." for old in before]
    return [*after, *(f"The customer: {each}." for each in said), "Nothing special.", *said]


def numbered(template: Any, place: int) -> Any:
    return f"{template} {place}" if isinstance(template, str) else template
