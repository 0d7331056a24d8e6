"""Acceptance tests: is there one, can it be run, and does it show the row at work?"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from holdshort.core.clauses import AcceptanceTest, Expectation
from holdshort.core.diagnostics import did_you_mean
from holdshort.core.gate import clear_to_run
from holdshort.core.lint.rows import LintRow, Report
from holdshort.core.lint.triggers import stopped_by
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES


def check_proof(
    rows: Sequence[LintRow], playbook: Playbook, records: Collection[str] | None, report: Report
) -> None:
    for row in rows:
        if "test" not in row.broken and not (row.case and row.case.tests):
            report.cell(
                row,
                "test",
                "LINT-030",
                "the row has no acceptance test, so it cannot activate",
                "write for instance `given RECORD, create kickoff tasks is held until success criteria is present`",
                "error",
            )
        if row.case is None:
            continue
        for test in row.case.tests:
            if records is not None:
                _record(row, test, records, report)
            if row.readable("action", "review", "tier", "owner") is not None:
                _fits_the_row(row, row.case, test, playbook, report)
        if row.case.tests and "test" not in row.broken:
            _shows_something(row, row.case, playbook, report)


def _record(row: LintRow, test: AcceptanceTest, records: Collection[str], report: Report) -> None:
    if test.record in records:
        return
    near = did_you_mean(test.record, records)
    report.cell(
        row,
        "test",
        "LINT-031",
        f"the folder records/ holds no record `{test.record}`",
        f"did you mean `{near}`?" if near else f"add records/{test.record}.json, or name one that is there",
        "error",
        words=test.record,
    )


def _fits_the_row(
    row: LintRow, case: EdgeCase, test: AcceptanceTest, playbook: Playbook, report: Report
) -> None:
    stopped = stopped_by(case, playbook.catalogue)
    for expected in test.expectations:
        if expected.subject != "actions" or expected.wanted != "held":
            continue
        others = [kind.replace("_", " ") for kind in expected.kinds if kind not in stopped]
        if others:
            report.cell(
                row,
                "test",
                "LINT-033",
                f"the test expects `{others[0]}` to be held, which this row does not hold",
                f"add `{others[0]}` to the system action, or expect only what the row holds",
                "warning",
                words=others[0] if others[0] in test.said.casefold() else test.said,
            )
    deciding = {role for rule in case.review for step in rule.steps for role in step.roles}
    deciding |= {case.owner, case.escalation}
    if test.until_role and test.until_role not in deciding:
        title = TITLES.get(test.until_role, test.until_role)
        report.cell(
            row,
            "test",
            "LINT-034",
            f"the test lets `{title}` approve an exception, who neither owns nor reviews the row",
            "name a role of the review rule, or add this one to it",
            "warning",
            words=title,
        )


def _shows_something(row: LintRow, case: EdgeCase, playbook: Playbook, report: Report) -> None:
    expectations = [each for test in case.tests for each in test.expectations]
    if all(_holds_anyway(each, playbook) for each in expectations):
        report.cell(
            row,
            "test",
            "LINT-032",
            "no test shows the row at work: all would pass if the row did not exist",
            "add a test on a record that the row is for, such as `given RECORD, the case is matched`",
            "note",
        )


def _holds_anyway(expected: Expectation, playbook: Playbook) -> bool:
    """Whether the catalogue alone, without any finding, gives what is expected."""
    if expected.subject in ("reviewer", "decider", "people", "asks", "tier", "lacks", "check"):
        return False
    if expected.subject == "case":
        return expected.wanted == "clear"
    return all(
        clear_to_run(kind, (), playbook.catalogue, playbook.settings.mode).state == expected.wanted
        for kind in expected.kinds
    )
