"""Slips in the trigger: when the row applies."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.mutants.conditions import changes
from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    return [
        Mutant(
            row.case,
            f"trigger: {each.family}",
            each.direction == "less",
            f"in the trigger of {row.case} {each.what}",
            replace(row, trigger=each.after),
            changed=(row.trigger, each.after),
            only=each.only,
        )
        for each in changes(row.trigger, ground.glossary)
    ]
