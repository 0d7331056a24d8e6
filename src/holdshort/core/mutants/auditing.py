"""Slips in what is written down: an audit field that is lost."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.clause_parser import AUDIT_FIELDS
from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase

_ALWAYS = "the log keeps trigger, AI suggestion, reviewer decision, edits and timestamp of every row, whatever the cell says"


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    return [
        Mutant(
            row.case,
            "audit",
            False,
            f"`{each}` were deleted from the audit fields of {row.case}",
            replace(row, audit=tuple(one for one in row.audit if one != each)),
            _ALWAYS if each in AUDIT_FIELDS else "",
        )
        for each in row.audit
    ]
