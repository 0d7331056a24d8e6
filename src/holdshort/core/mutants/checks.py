"""Slips in what has to be so before a person simply approves: required evidence and deterministic checks."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition

_NO_ONBOARDING = "a record without it names neither account nor deal, so that no onboarding begins"
_NO_PERSON = "nobody reviews this row, so nobody could approve without it"


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    same = "" if row.owner != "none" or row.review else _NO_PERSON
    found = [
        Mutant(
            row.case,
            "evidence",
            True,
            f"`{each.name}` were deleted from the required evidence of {row.case}",
            replace(row, evidence=row.evidence[:at] + row.evidence[at + 1 :]),
            same or (_NO_ONBOARDING if each.is_system and _says_whose(each.name, ground) else ""),
        )
        for at, each in enumerate(row.evidence)
    ]
    for at, check in enumerate(row.checks):
        said = print_condition(check, ground.glossary)
        before, after = row.checks[:at], row.checks[at + 1 :]
        found.append(
            Mutant(
                row.case,
                "check",
                True,
                f"the check `{said}` were deleted from {row.case}",
                replace(row, checks=(*before, *after)),
                same,
            )
        )
        found.append(
            Mutant(
                row.case,
                "check",
                True,
                f"the check `{said}` of {row.case} were turned into its opposite",
                replace(row, checks=(*before, ast.Not(check), *after)),
                same,
            )
        )
    return found


def _says_whose(system: str, ground: Ground) -> bool:
    """Whether account and deal are read from this system alone."""
    path, key = ground.playbook.clean_path, ground.glossary.systems[system].key
    names = [ground.glossary.names.get(each) for each in (path.account_name, path.deal_name)]
    places = [each for name in names if name is not None for each in (*name.paths, *name.else_paths)]
    return bool(places) and all(each.steps[0].key == key for each in places)
