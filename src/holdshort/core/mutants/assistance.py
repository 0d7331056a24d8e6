"""Slips in what AI is let do: one use more than the row allows."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from holdshort.core.clauses import AiUse, Capability
from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase

_USES = {
    "H1": "classify the lane",
    "H2": "extract what the sources say",
    "H4": "suggest a reviewer",
    "H5": "draft internal questions",
    "H6": "draft a customer message",
}


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    """A message to the customer is the one use that reaches past the house, so that one is a matter of safety."""
    used = {each.capability for each in row.ai}
    return [
        Mutant(
            row.case,
            "AI",
            capability == "H6",
            f"AI were also let {said} in {row.case}",
            replace(row, ai=(*row.ai, AiUse(cast(Capability, capability), said))),
        )
        for capability, said in _USES.items()
        if capability not in used
    ]
