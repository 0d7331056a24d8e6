"""Slips in where the row applies: lanes and segments; and the row that is gone altogether."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    return [
        Mutant(row.case, "deleted row", True, f"{row.case} were deleted", None),
        *_places(row, "lanes", "lane", ground.lanes),
        *_places(row, "segments", "segment", ground.segments),
    ]


def _places(row: EdgeCase, field: str, word: str, usual: tuple[str, ...]) -> list[Mutant]:
    stated: tuple[str, ...] = getattr(row, field)
    found = []
    if not stated and usual:
        what = f"{row.case} were for the {word} {usual[0]} only"
        found.append(Mutant(row.case, word, True, what, replace(row, **{field: (usual[0],)})))  # type: ignore[arg-type]
    for each in stated if len(stated) > 1 else ():
        left = tuple(one for one in stated if one != each)
        what = f"{row.case} were no longer for the {word} {each}"
        found.append(Mutant(row.case, word, True, what, replace(row, **{field: left})))  # type: ignore[arg-type]
    if stated:
        what = f"{row.case} were for any {word}"
        found.append(Mutant(row.case, word, False, what, replace(row, **{field: ()})))  # type: ignore[arg-type]
    return found
