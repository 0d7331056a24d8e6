"""Rows that never or always fire, that say the same as another or less, and checks that prove nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from holdshort.core.actions import Catalogue
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.glossary import Glossary
from holdshort.core.lint.rows import LintRow, Report
from holdshort.core.lint.suppose import Supposer
from holdshort.core.playbook import Playbook
from holdshort.core.register import TIER_ORDER, EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.tokens import words_of

_MOST_PAIRS = 30
_MOST_STRETCHES = 200
_JOINT = re.compile(r"\b(?:and|or|unless)\b|[();\n]", re.IGNORECASE)


def check_triggers(
    rows: Sequence[LintRow], playbook: Playbook, clauses: ClauseParser, report: Report
) -> None:
    supposer = Supposer(playbook.glossary, playbook.settings.calendar)
    never: set[int] = set()
    for row in rows:
        case = row.readable("trigger")
        if case is not None:
            if not _firing(row, case, supposer, clauses, report):
                never.add(id(row))
            _hard_coded(row, "trigger", row.trigger_nodes, playbook.glossary, report)
    for row in rows:
        case = row.case
        if case is not None:
            _checks(row, case, id(row) in never, supposer, clauses, report)
            _hard_coded(row, "checks", row.check_nodes, playbook.glossary, report)
    _same_triggers(rows, report)
    _adds_nothing(rows, playbook.catalogue, report)


def conjuncts(condition: ast.Condition) -> Iterator[ast.Condition]:
    """The parts that all have to hold."""
    match condition:
        case ast.And(parts):
            for part in parts:
                yield from conjuncts(part)
        case ast.Unless(part, exception):
            yield from conjuncts(part)
            yield ast.Not(exception)
        case _:
            yield condition


# --- never, always ---


def _firing(row: LintRow, case: EdgeCase, supposer: Supposer, clauses: ClauseParser, report: Report) -> bool:
    """Report on a trigger that never or always fires; False where it never does."""
    trigger, text = case.trigger, case.texts["trigger"]
    if supposer.can_match(trigger) is False:
        part, why, mend = _why_never(trigger, supposer)
        report.cell(
            row,
            "trigger",
            "LINT-010",
            f"the trigger can never be matched: {why}",
            mend,
            "warning",
            span=span_of(part, text, clauses),
        )
        return False
    if isinstance(trigger, ast.Or):
        for part in trigger.parts:
            if supposer.can_match(part) is False:
                said = print_condition(part, supposer.glossary)
                report.cell(
                    row,
                    "trigger",
                    "LINT-011",
                    f"one alternative can never be matched: `{said}`",
                    "mend what excludes itself in it, or take the alternative out",
                    "warning",
                    span=span_of(part, text, clauses),
                )
    if supposer.always_matches(trigger):
        report.cell(
            row,
            "trigger",
            "LINT-012",
            "the trigger is matched by every record, so no onboarding passes without this finding",
            "say what is wrong with an onboarding that the row is for; what holds for all belongs in actions.yaml",
            "warning",
        )
    return True


def span_of(part: ast.Condition | None, text: str, clauses: ClauseParser) -> tuple[int, int] | None:
    """Where the words of `part` stand in `text`: the stretch between two joining words that reads as just that."""
    if part is None:
        return None
    joints = [0, *(at for match in _JOINT.finditer(text) for at in match.span()), len(text)]
    stretches = [(start, end) for start in joints for end in joints if text[start:end].strip()]
    for start, end in sorted(stretches, key=lambda each: each[1] - each[0])[:_MOST_STRETCHES]:
        stretch = text[start:end]
        try:
            found = clauses.condition(stretch)
        except RuleFault:
            continue
        if found == part:
            return start + len(stretch) - len(stretch.lstrip()), start + len(stretch.rstrip())
    return None


def _why_never(trigger: ast.Condition, supposer: Supposer) -> tuple[ast.Condition | None, str, str]:
    """The part at fault, why and the mend; the smallest contradiction that is quickly found."""
    glossary = supposer.glossary
    parts = list(conjuncts(trigger))
    if ast.Always(False) in parts:
        return (
            ast.Always(False),
            "it says `never`, so the row is switched off",
            "take `never` out, or delete the row if nobody needs it",
        )
    for part in parts if len(parts) > 1 else ():
        if supposer.can_match(part) is False:
            said = print_condition(part, glossary)
            return (
                part,
                f"`{said}` is never so",
                "mend this part or take it out",
            )
    pairs = [(left, right) for at, left in enumerate(parts) for right in parts[at + 1 :]]
    for left, right in pairs[:_MOST_PAIRS]:
        if supposer.can_match(ast.And((left, right))) is False:
            first, second = print_condition(left, glossary), print_condition(right, glossary)
            return (
                right,
                f"`{first}` and `{second}` exclude each other",
                "take one of the two out, or join them with `or`",
            )
    return (
        None,
        "its parts exclude each other",
        "take the part out that contradicts the others, or join them with `or`",
    )


# --- checks ---


def _checks(
    row: LintRow, case: EdgeCase, never: bool, supposer: Supposer, clauses: ClauseParser, report: Report
) -> None:
    trigger = list(conjuncts(case.trigger)) if row.readable("trigger") and not never else []
    text = case.texts["checks"]
    for check in case.checks:
        said = print_condition(check, supposer.glossary)
        if supposer.can_match(check) is False:
            report.cell(
                row,
                "checks",
                "LINT-018",
                f"the check can never hold: `{said}`",
                "mend it; as it stands the row can only be approved as an exception",
                "warning",
                span=span_of(check, text, clauses),
            )
        elif check in trigger:
            report.cell(
                row,
                "checks",
                "LINT-017",
                f"the check repeats the trigger, so it always holds where the row is matched: `{said}`",
                "say what has to be so before a person may approve, or take the check out",
                "note",
                span=span_of(check, text, clauses),
            )


def _hard_coded(row: LintRow, key: str, nodes: Sequence[object], glossary: Glossary, report: Report) -> None:
    """A number where the playbook has a threshold for this very name."""
    for node in nodes:
        if not isinstance(node, ast.Compare) or not isinstance(node.term, ast.NameRef):
            continue
        if not isinstance(node.other, ast.Number):
            continue
        wanted = {word.casefold() for word in words_of(node.term.name)}
        for threshold, value in glossary.thresholds.items():
            if wanted and wanted <= set(words_of(threshold)):
                report.cell(
                    row,
                    key,
                    "LINT-016",
                    f"`{node.other.value}` is written out although the playbook has the `{threshold}` ({value})",
                    f"write `the {threshold}`, so that one change in playbook.toml reaches every row",
                    "note",
                    words=str(node.other.value),
                )
                break


# --- rows beside each other ---


def _meet(left: EdgeCase, right: EdgeCase) -> bool:
    """Whether some onboarding is looked at by both rows."""
    lanes = not left.lanes or not right.lanes or bool(set(left.lanes) & set(right.lanes))
    segments = not left.segments or not right.segments or bool(set(left.segments) & set(right.segments))
    return lanes and segments


def _same_triggers(rows: Sequence[LintRow], report: Report) -> None:
    seen: dict[ast.Condition, list[EdgeCase]] = {}
    for row in rows:
        case = row.readable("trigger")
        if case is None:
            continue
        others = [each for each in seen.setdefault(case.trigger, []) if _meet(each, case)]
        seen[case.trigger].append(case)
        if not others:
            continue
        other = others[0]
        differ = []
        if "tier" not in row.broken and other.tier in TIER_ORDER and other.tier != case.tier:
            differ.append(f"tier {other.tier} there, {case.tier} here")
        if "owner" not in row.broken and other.owner and other.owner != case.owner:
            differ.append(f"owner {other.owner} there, {case.owner or 'nobody'} here")
        if differ:
            report.cell(
                row,
                "trigger",
                "LINT-013",
                f"`{other.case}` has the same trigger and weighs it differently: {'; '.join(differ)}",
                "make one row of the two, or say in the triggers what tells them apart",
                "warning",
            )
        else:
            report.cell(
                row,
                "trigger",
                "LINT-014",
                f"`{other.case}` has the same trigger, tier and owner",
                "make one row of the two, or say in the triggers what tells them apart",
                "note",
            )


def _adds_nothing(rows: Sequence[LintRow], catalogue: Catalogue, report: Report) -> None:
    """A row that is only matched where another one is, which already does all of it."""
    numbers: dict[ast.Condition, int] = {}
    known: list[tuple[LintRow, EdgeCase, frozenset[int], frozenset[str]]] = []
    for row in rows:
        case = row.readable("trigger", "tier", "owner", "action", "review")
        if case is not None and not case.action.stops_evaluation:
            parts = frozenset(numbers.setdefault(each, len(numbers)) for each in conjuncts(case.trigger))
            known.append((row, case, parts, stopped_by(case, catalogue)))
    for row, case, parts, stopped in known:
        for _, other, fewer, more in known:
            if (
                fewer < parts
                and stopped <= more
                and TIER_ORDER[case.tier] <= TIER_ORDER[other.tier]
                and case.owner == other.owner
                and (not other.lanes or (case.lanes and set(case.lanes) <= set(other.lanes)))
                and (not other.segments or (case.segments and set(case.segments) <= set(other.segments)))
            ):
                report.cell(
                    row,
                    "trigger",
                    "LINT-015",
                    f"`{other.case}` is matched whenever this row is and already stops all that it stops",
                    "delete the row, or give it a stricter tier, an owner or a hold of its own",
                    "note",
                )
                break


def stopped_by(case: EdgeCase, catalogue: Catalogue) -> frozenset[str]:
    """The kinds of action that a finding of this row stops."""
    kinds = set(case.holds)
    if case.tier == "hold":
        kinds |= {kind.kind for kind in catalogue.kinds.values() if kind.stopped_by_hold}
    return frozenset(kinds)
