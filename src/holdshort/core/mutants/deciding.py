"""Slips in who decides: the owner, the escalation owner, the steps of the review rule."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.clauses import ReviewRule, Step
from holdshort.core.mutants.mutant import Ground, Mutant
from holdshort.core.register import EdgeCase
from holdshort.core.roles import ROLES, TITLES


def mutants(row: EdgeCase, ground: Ground) -> list[Mutant]:
    if row.owner == "none" and not row.review:
        return []
    outsider = _outsider(row)
    return [*_owner(row, outsider), *_steps(row, outsider)]


def _outsider(row: EdgeCase) -> str:
    """A role that has no say in the row."""
    involved = {row.owner, row.escalation, "none", "requester"}
    involved |= {role for rule in row.review for step in rule.steps for role in step.roles}
    return next(role for role in reversed(ROLES) if role not in involved)


def _owner(row: EdgeCase, outsider: str) -> list[Mutant]:
    title = TITLES[outsider]
    found = [
        Mutant(
            row.case,
            "owner",
            True,
            f"{title} owned {row.case} instead of {TITLES[row.owner]}",
            replace(row, owner=outsider),
        )
    ]
    if row.escalation:
        what = f"{row.case} were escalated to {title} instead of {TITLES[row.escalation]}"
        found.append(Mutant(row.case, "owner", False, what, replace(row, escalation=outsider)))
    return found


def _steps(row: EdgeCase, outsider: str) -> list[Mutant]:
    found = []
    for at, rule in enumerate(row.review):
        for place, step in enumerate(rule.steps):
            found += _step(row, at, rule, place, step, outsider)
    return found


def _step(row: EdgeCase, at: int, rule: ReviewRule, place: int, step: Step, outsider: str) -> list[Mutant]:
    def changed(*steps: Step) -> EdgeCase:
        whole = (*rule.steps[:place], *steps, *rule.steps[place + 1 :])
        rules = (replace(rule, steps=whole),) if whole else ()
        return replace(row, review=(*row.review[:at], *rules, *row.review[at + 1 :]))

    said = f" in step {place + 1}" if len(rule.steps) > 1 else ""
    found = []
    for role in step.roles:
        left = tuple(each for each in step.roles if each != role)
        what = f"{TITLES[role]} were deleted from those who decide {row.case}{said}"
        if not left:
            alone = len(rule.steps) == 1 and len(row.review) == 1
            same = (
                "the owner of the row decides then, which is the same role"
                if alone and role == row.owner
                else ""
            )
            # Without the step its actions would go too, which is another slip; here only the person goes.
            if alone:
                # A rule without a step falls back on the owner, with the same actions.
                owner = replace(rule, steps=(Step((row.owner,), 1),))
                found.append(Mutant(row.case, "review", True, what, replace(row, review=(owner,)), same))
            else:
                found.append(Mutant(row.case, "review", True, what, changed()))
        elif len(left) >= step.needed:
            # Fewer people may agree then: a way is lost, and nothing gets past anybody.
            found.append(Mutant(row.case, "review", False, what, changed(Step(left, step.needed))))
        else:
            found.append(Mutant(row.case, "review", True, what, changed(Step(left, step.needed - 1))))
    if step.needed > 1:
        what = f"one less of {' and '.join(TITLES[each] for each in step.roles)} had to agree to {row.case}{said}"
        found.append(Mutant(row.case, "review", True, what, changed(Step(step.roles, step.needed - 1))))
    what = f"{TITLES[outsider]} decided {row.case}{said} instead of {' or '.join(TITLES[each] for each in step.roles)}"
    found.append(Mutant(row.case, "review", True, what, changed(Step((outsider,), 1))))
    return found
