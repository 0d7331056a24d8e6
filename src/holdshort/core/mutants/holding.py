"""Slips in what the row stops and how hard: the system action, the actions of its review rule, the tier."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from holdshort.core.action_words import phrase
from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase

_LOWER = {"hold": "high", "high": "medium", "medium": "low"}
_BY_TIER = "the row is of tier hold, which stops every customer-facing action and system write anyway"


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    return [*_tier(row), *_holds(row, ground), *_before(row, ground), *_asks(row)]


def _tier(row: EdgeCase) -> list[Mutant]:
    lower = _LOWER.get(row.tier)
    if lower is None:
        return []
    what = f"the tier of {row.case} were {lower} instead of {row.tier}"
    return [Mutant(row.case, "tier", True, what, replace(row, tier=lower))]


def _holds(row: EdgeCase, ground: Ground) -> list[Mutant]:
    found = []
    for kind in row.action.holds:
        left = tuple(each for each in row.action.holds if each != kind)
        changed = replace(row, action=replace(row.action, holds=left))
        what = f"`{phrase(kind)}` were no longer held by the system action of {row.case}"
        found.append(Mutant(row.case, "hold", True, what, changed, _held_anyway(changed, kind, ground)))
    if row.action.stops_evaluation:
        changed = replace(row, action=replace(row.action, stops_evaluation=False))
        found.append(Mutant(row.case, "hold", True, f"{row.case} no longer stopped evaluation", changed))
    return found


def _before(row: EdgeCase, ground: Ground) -> list[Mutant]:
    found = []
    for at, rule in enumerate(row.review):
        for kind in rule.actions:
            left = replace(rule, actions=tuple(each for each in rule.actions if each != kind))
            changed = replace(row, review=(*row.review[:at], left, *row.review[at + 1 :]))
            same = _held_anyway(changed, kind, ground) if len(row.review) == 1 else ""
            what = f"`before {phrase(kind)}` were deleted from the review rule of {row.case}"
            found.append(Mutant(row.case, "review", True, what, changed, same))
    return found


def _held_anyway(changed: EdgeCase, kind: str, ground: Ground) -> str:
    """Why the kind is stopped all the same; empty where it is not."""
    if kind in changed.holds:
        where = "review rule" if kind not in changed.action.holds else "system action"
        return f"the {where} of the row stops {phrase(kind)} as well"
    known = ground.catalogue.find(kind)
    return _BY_TIER if changed.tier == "hold" and known is not None and known.stopped_by_hold else ""


def _asks(row: EdgeCase) -> list[Mutant]:
    found = []
    for at, ask in enumerate(row.action.asks):
        asks = (*row.action.asks[:at], *row.action.asks[at + 1 :])
        what = f"{row.case} no longer asked to {phrase(ask.kind)}"
        safety = ask.after is not None
        found.append(
            Mutant(row.case, "ask", safety, what, replace(row, action=replace(row.action, asks=asks)))
        )
        if ask.after is None:
            continue
        amount, unit = ask.after
        for new in (amount * 2 or Decimal(1), Decimal(int(amount / 2))):
            later = replace(ask, after=(new, unit))
            asks = (*row.action.asks[:at], later, *row.action.asks[at + 1 :])
            what = f"{row.case} asked to {phrase(ask.kind)} after {new:f} {unit} instead of {amount:f}"
            changed = replace(row, action=replace(row.action, asks=asks))
            found.append(Mutant(row.case, "stretched limit", new > amount, what, changed))
    return found
