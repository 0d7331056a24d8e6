"""What a value may be: representatives that the parts of a condition can tell apart, and every way of not being known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Glossary, Name
from holdshort.core.presence import (
    AI_ONLY,
    MISSING,
    NOT_EXPECTED,
    NOT_ON_FILE,
    NOT_PROVIDED,
    STALE,
    conflicting,
    unreadable,
)
from holdshort.core.rules import ast, operations
from holdshort.core.text import fold

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""Any moment will do: dates are only tried where it makes no difference which day today is."""
_MOST_REPRESENTATIVES = 60
Key = tuple[str, str]
"""("name" | "field" | "system", its name)."""


class GaveUp(Exception):
    """There is more to try than the budget allows."""


# --- which values an atom speaks about ---


def _key(term: Any) -> Key | None:
    if isinstance(term, ast.NameRef):
        return "name", term.name
    if isinstance(term, ast.FieldRef):
        return "field", term.field
    return None


def keys_of(atom: Any) -> tuple[Key, ...] | None:
    """The values that an atom reads, or None where it cannot be said."""
    if isinstance(atom, ast.Attached):
        return (("system", atom.system),)
    if isinstance(atom, ast.Agree):
        return tuple(dict.fromkeys(("name", name) for name in atom.names))
    if isinstance(atom, ast.Quantified | ast.Include):
        return (("name", atom.list),)
    subject = _key(atom.term)
    if subject is None:
        return None
    keys = [subject]
    for each in ("other", "low", "high"):
        term = getattr(atom, each, None)
        if isinstance(term, ast.ItemRef | ast.ItRef):
            return None
        key = _key(term)
        if key is not None:
            keys.append(key)
    if isinstance(atom, ast.Contradicts):
        keys.append(("name", atom.name))
    elif isinstance(atom, ast.InDomains):
        keys.append(("name", atom.domains))
    elif isinstance(atom, ast.InList):
        keys.append(("name", atom.values))
    return tuple(dict.fromkeys(keys))


_TEMPORAL = (ast.Order, ast.Within, ast.Distance, ast.Overdue, ast.BusinessDay, ast.Between, ast.Equals)


def dates_are_comparable(atoms: Sequence[Any]) -> bool:
    """
    Whether dates of these atoms can be tried one by one.

    Either all stand to today, counted in days or weeks, whatever day today is; or all stand to days of the calendar.
    """
    relative = absolute = False
    for atom in atoms:
        if isinstance(atom, ast.Presence):
            continue
        if isinstance(atom, ast.BusinessDay):
            absolute = True
            continue
        ends = [getattr(atom, each) for each in ("other", "low", "high") if hasattr(atom, each)]
        if isinstance(atom, ast.Overdue) or any(isinstance(each, ast.Today) for each in ends):
            relative = True
        if any(isinstance(each, ast.Day) for each in ends):
            absolute = True
        if any(isinstance(each, ast.Now) for each in ends):
            return False
        if getattr(atom, "unit", "days") not in ("days", "weeks"):
            return False
    return not (relative and absolute)


def is_settled(atom: Any, name: Name, dates_comparable: bool) -> bool:
    """Whether the value alone decides the atom."""
    if isinstance(atom, ast.Presence):
        return True
    if name.is_list:
        return isinstance(atom, ast.ListSize) and not name.parent
    if name.type in ("text", "name", "email", "zone", "yes/no"):
        return isinstance(atom, ast.Equals | ast.OneOf)
    if name.type == "choice":
        return isinstance(atom, ast.Equals | ast.OneOf | ast.Recognised)
    if name.type in ("number", "money", "confidence"):
        return isinstance(atom, ast.Equals | ast.OneOf | ast.Compare | ast.Between)
    if name.type == "date":
        return dates_comparable and isinstance(atom, _TEMPORAL)
    return False


# --- what a value may be ---


def possible_values(
    name: Name, atoms: Sequence[Any], glossary: Glossary, calendar: Calendar
) -> Iterator[Any]:
    """Values that these atoms can tell apart, and every way in which there may be none."""
    known = _known_values(name, atoms, glossary, calendar)
    if name.parent:
        name = glossary.list_of(name.name)
    yield from known if len(known) <= _MOST_REPRESENTATIVES else _give_up()
    if name.type == "confidence":
        yield from (NOT_EXPECTED, NOT_ON_FILE)
        return
    yield MISSING
    yield NOT_PROVIDED if name.expected else NOT_EXPECTED
    if not name.expected:
        yield NOT_ON_FILE
    yield unreadable("it cannot be read")
    if name.fresh_for_days is not None:
        yield STALE
    if name.ai_path is not None:
        yield AI_ONLY
    if len(name.paths) > 1 and not name.is_list:
        yield conflicting("its sources differ")


def _give_up() -> Iterator[Any]:
    raise GaveUp


def _literals(atoms: Sequence[Any]) -> Iterator[Any]:
    for atom in atoms:
        for each in ("other", "low", "high"):
            if hasattr(atom, each):
                yield getattr(atom, each)
        yield from getattr(atom, "options", ())


def _known_values(name: Name, atoms: Sequence[Any], glossary: Glossary, calendar: Calendar) -> list[Any]:
    if name.is_list:
        counts = {0, 1}
        for atom in atoms:
            if isinstance(atom, ast.ListSize):
                counts.update((max(atom.count - 1, 0), atom.count, atom.count + 1))
        return [[{}] * count for count in sorted(counts) if count <= 1_000]
    literals = list(_literals(atoms))
    make = _KNOWN.get(name.type)
    return make(name, literals, atoms, glossary, calendar) if make else ["x"]


def _texts(name: Name, literals: list[Any], *_: Any) -> list[Any]:
    return [*dict.fromkeys(each.value for each in literals if isinstance(each, ast.Text)), "another text"]


def _truths(*_: Any) -> list[Any]:
    return [True, False]


def _choices(name: Name, literals: list[Any], *_: Any) -> list[Any]:
    said = list(dict.fromkeys(each.value for each in literals if isinstance(each, ast.Choice | ast.Text)))
    folded = {fold(each) for each in said}
    other = next((each for each in name.options if fold(each) not in folded), None)
    return [*said, *([other] if other is not None else []), "a value that is not listed"]


def _number_of(term: Any, glossary: Glossary) -> Decimal | None:
    match term:
        case ast.Number(value):
            return value
        case ast.MoneyLiteral(amount, _):
            return amount
        case ast.Threshold(name):
            return glossary.thresholds[name]
    return None


def _around(points: Sequence[Decimal]) -> list[Decimal]:
    """The points, what lies between neighbours, and one beyond either end."""
    ordered = sorted(set(points))
    if not ordered:
        return [Decimal(1)]
    between = [(low + high) / 2 for low, high in pairwise(ordered)]
    return sorted({*ordered, *between, ordered[0] - 1, ordered[-1] + 1})


def _numbers(name: Name, literals: list[Any], _: Any, glossary: Glossary, *__: Any) -> list[Any]:
    points = [value for each in literals if (value := _number_of(each, glossary)) is not None]
    if name.type == "confidence":
        return [each for each in _around([*points, Decimal(0), Decimal(1)]) if 0 <= each <= 1]
    values = _around(points)
    if name.type == "number":
        return list(values)
    currencies = {each.currency for each in literals if isinstance(each, ast.MoneyLiteral)} | {"", "XXX"}
    return [Money(value, currency) for value in values for currency in sorted(currencies)]


def _dates(
    name: Name, literals: list[Any], atoms: Sequence[Any], _: Glossary, calendar: Calendar
) -> list[Any]:
    points: set[date] = {each.value for each in literals if isinstance(each, ast.Day)}
    reach = {0}
    for atom in atoms:
        amount = getattr(atom, "amount", None)
        if amount is not None:
            days = amount * (7 if atom.unit == "weeks" else 1)
            reach.update((int(days), int(days) + 1))
    if max(reach) > 100_000:
        raise GaveUp
    spread = {sign * each + near for each in reach for sign in (1, -1) for near in (-1, 0, 1)}
    if any(isinstance(atom, ast.BusinessDay) for atom in atoms):
        spread |= set(range(-10, 11))
    try:
        starts = points or {operations.day_of(NOW, calendar.zone)}
        return sorted({start + timedelta(days=far) for start in starts for far in spread})
    except OverflowError:
        raise GaveUp from None


_KNOWN: dict[str, Callable[..., list[Any]]] = {
    "text": _texts,
    "name": _texts,
    "email": _texts,
    "zone": _texts,
    "yes/no": _truths,
    "choice": _choices,
    "number": _numbers,
    "money": _numbers,
    "confidence": _numbers,
    "date": _dates,
}
