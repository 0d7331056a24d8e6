"""
What can go wrong in a condition: a part that is lost, turned round, or a limit that is stretched.

Each change says whether the condition then matches less (a case gets past it) or more (it holds too much); where that
cannot be told from the sentence alone it counts as less.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from holdshort.core.glossary import Glossary
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition

Direction = Literal["less", "more"]
_STRETCH_DAYS = Decimal(2)
_UPWARDS = ("at least", "more than")
_DOWNWARDS = ("at most", "less than", "fewer than")


@dataclass(frozen=True)
class Changed:
    """
    `family`, what happened in words, the whole condition after it, and whether it matches less or more.

    `only` is the condition with nothing left of a list of alternatives but the one that was lost: a record on which it
    holds is the first to try.
    """

    family: str
    what: str
    after: ast.Condition
    direction: Direction
    only: ast.Condition | None = None


def changes(condition: ast.Condition, glossary: Glossary) -> Iterator[Changed]:
    """Every change of one place of the condition, the whole of it turned round first."""
    yield Changed(
        "negated", f"`{_short(condition, glossary)}` were turned into its opposite", _not(condition), "less"
    )
    yield from _inside(condition, glossary, up=True)


def _inside(node: ast.Condition, glossary: Glossary, up: bool) -> Iterator[Changed]:
    """`up`: the whole matches more where this part matches more."""

    def within(part: ast.Condition, rebuild: Any, up_there: bool) -> Iterator[Changed]:
        for each in _inside(part, glossary, up_there):
            only = rebuild(each.only) if each.only is not None else None
            yield replace(each, after=rebuild(each.after), only=only)

    match node:
        case ast.And(parts) | ast.Or(parts):
            kind = type(node)
            for at, part in enumerate(parts):
                rest = parts[:at] + parts[at + 1 :]
                matches_more = isinstance(node, ast.And)
                yield Changed(
                    "dropped part",
                    f"`{_short(part, glossary)}` were deleted",
                    rest[0] if len(rest) == 1 else kind(rest),
                    _direction(matches_more, up),
                    None if matches_more else part,
                )
                if _is_leaf(part):
                    turned = kind((*parts[:at], _not(part), *parts[at + 1 :]))
                    yield Changed("negated", f"`{_short(part, glossary)}` were turned round", turned, "less")
                yield from within(
                    part,
                    lambda new, at=at, kind=kind, parts=parts: kind((*parts[:at], new, *parts[at + 1 :])),
                    up,
                )
        case ast.Not(part):
            yield from within(part, ast.Not, not up)
        case ast.Unless(part, exception):
            yield Changed(
                "dropped part",
                f"the exception `unless {_short(exception, glossary)}` were deleted",
                part,
                _direction(True, up),
            )
            yield from within(part, lambda new: ast.Unless(new, exception), up)
            yield from within(exception, lambda new: ast.Unless(part, new), not up)
        case ast.Group(quantifier, _, names, body):
            yield from _names_dropped(node, names, glossary, up, quantifier)
            yield from within(
                body, lambda new: replace(node, body=new), up and quantifier not in ("no", *_DOWNWARDS)
            )
        case ast.Agree(names, negated) if len(names) > 2:
            for at, name in enumerate(names):
                yield Changed(
                    "dropped part",
                    f"`{name}` were deleted from `{_short(node, glossary)}`",
                    replace(node, names=names[:at] + names[at + 1 :]),
                    _direction(not negated, up),
                )
        case ast.Quantified(quantifier, _, _, where, body):
            positive = up if quantifier not in ("no", *_DOWNWARDS) else not up
            for field, inner in (("where", where), ("body", body)):
                if inner is None:
                    continue
                narrows = quantifier == "every" and field == "where"
                if field == "where":
                    yield Changed(
                        "dropped part",
                        f"`whose {_short(inner, glossary)}` were deleted",
                        replace(node, where=None),
                        _direction(not narrows, positive),
                    )
                yield from within(
                    inner, lambda new, field=field: replace(node, **{field: new}), positive != narrows
                )
            if node.count:
                yield from _counted(node, "count", quantifier, glossary, up)
        case ast.OneOf(_, options, negated) if len(options) > 1:
            for at, option in enumerate(options):
                yield Changed(
                    "dropped part",
                    f"`{getattr(option, 'value', option)}` were deleted from `{_short(node, glossary)}`",
                    replace(node, options=options[:at] + options[at + 1 :]),
                    _direction(negated, up),
                    replace(node, options=(option,)),
                )
        case ast.Mentions(_, phrases, "", negated) if len(phrases) > 1:
            for at, words in enumerate(phrases):
                yield Changed(
                    "dropped part",
                    f"“{words}” were deleted from what is looked for",
                    replace(node, phrases=phrases[:at] + phrases[at + 1 :]),
                    _direction(negated, up),
                    replace(node, phrases=(words,)),
                )
        case ast.Include(_, items, joined) if len(items) > 1:
            for at, item in enumerate(items):
                yield Changed(
                    "dropped part",
                    f"`{item[2]}` were deleted from `{_short(node, glossary)}`",
                    replace(node, items=items[:at] + items[at + 1 :]),
                    _direction(joined == "and", up),
                    replace(node, items=(item,)),
                )
        case ast.ListSize(_, comparison, _) | ast.DistinctValues(_, comparison, _, _):
            yield from _counted(node, "count", comparison, glossary, up)
        case ast.Compare(_, comparison, other, negated):
            yield from _limits(node, "other", other, comparison, up != negated, glossary)
        case ast.Between(_, low, high, negated):
            yield from _limits(node, "low", low, "at least", up != negated, glossary)
            yield from _limits(node, "high", high, "at most", up != negated, glossary)
        case ast.Order(_, relation, other, negated):
            side = "at least" if relation in ("after", "on or after") else "at most"
            if isinstance(other, ast.Day):
                yield from _limits(node, "other", other, side, up != negated, glossary)
        case ast.DiffersBy(_, _, limit, _, _, negated):
            yield from _amount(node, "limit", limit * 2, "more than", up != negated, glossary)
            if limit:
                yield from _amount(node, "limit", limit / 2, "more than", up != negated, glossary)
        case ast.Within(_, amount, _, _, negated):
            yield from _spans(node, amount, "at most", up != negated, glossary)
        case ast.Distance(_, comparison, amount, _, _, _, negated):
            yield from _spans(node, amount, comparison, up != negated, glossary)
        case ast.Overdue(_, amount, _, negated):
            yield from _spans(node, amount, "more than", up != negated, glossary)


def _names_dropped(
    node: ast.Group, names: tuple[str, ...], glossary: Glossary, up: bool, quantifier: str
) -> Iterator[Changed]:
    for at, name in enumerate(names):
        if len(names) < 2:
            return
        matches_more = quantifier in ("every", "no", *_DOWNWARDS)
        yield Changed(
            "dropped part",
            f"`{name}` were deleted from `{_short(node, glossary)}`",
            replace(node, names=names[:at] + names[at + 1 :]),
            _direction(matches_more, up),
            replace(node, names=(name,)),
        )


# --- limits -----------------------------------------------------------------------------------------------


def _counted(node: Any, field: str, comparison: str, glossary: Glossary, up: bool) -> Iterator[Changed]:
    count = getattr(node, field)
    for new in (count + 1, count - 1):
        if new >= (0 if comparison in ("more than", "exactly") else 1):
            yield from _amount(node, field, new, comparison, up, glossary)


def _spans(node: Any, amount: Decimal, comparison: str, up: bool, glossary: Glossary) -> Iterator[Changed]:
    yield from _amount(node, "amount", amount * 2 if amount else _STRETCH_DAYS, comparison, up, glossary)
    if amount >= 2:
        yield from _amount(node, "amount", Decimal(int(amount / 2)), comparison, up, glossary)


def _limits(
    node: Any, field: str, limit: ast.Term, comparison: str, up: bool, glossary: Glossary
) -> Iterator[Changed]:
    match limit:
        case ast.Number(value):
            for new in _around(value):
                yield from _amount(node, field, ast.Number(new), comparison, up, glossary, grows=new > value)
        case ast.MoneyLiteral(amount, currency):
            for new in _around(amount):
                literal = ast.MoneyLiteral(new, currency)
                yield from _amount(node, field, literal, comparison, up, glossary, grows=new > amount)


def _around(value: Decimal) -> tuple[Decimal, ...]:
    """Twice and half as much; for a share between 0 and 1 a tenth up and down."""
    if 0 < value < 1:
        return value + Decimal("0.1"), value - Decimal("0.1")
    whole = value == value.to_integral_value()
    half = Decimal(int(value / 2)) if whole else value / 2
    return tuple(dict.fromkeys(each for each in (value * 2 if value else Decimal(1), half) if each != value))


def _amount(
    node: Any, field: str, new: Any, comparison: str, up: bool, glossary: Glossary, grows: bool | None = None
) -> Iterator[Changed]:
    after = replace(node, **{field: new})
    larger = grows if grows is not None else new > getattr(node, field)
    direction: Direction = "less"
    if comparison in _UPWARDS:
        direction = _direction(not larger, up)
    elif comparison in _DOWNWARDS:
        direction = _direction(larger, up)
    yield Changed(
        "stretched limit", f"`{_short(node, glossary)}` read `{_short(after, glossary)}`", after, direction
    )


# --- words ------------------------------------------------------------------------------------------------


def _direction(matches_more: bool, up: bool) -> Direction:
    return "more" if matches_more == up else "less"


def _not(condition: ast.Condition) -> ast.Condition:
    return condition.part if isinstance(condition, ast.Not) else ast.Not(condition)


def _is_leaf(condition: ast.Condition) -> bool:
    return not isinstance(condition, ast.And | ast.Or | ast.Unless | ast.Not)


def _short(condition: ast.Condition, glossary: Glossary) -> str:
    said = print_condition(condition, glossary).strip()
    return said if len(said) <= 160 else f"{said[:150].rsplit(' ', 1)[0]} …"
