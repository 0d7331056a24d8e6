"""The eight scenarios K1 to K8: the starter register brings each about, and a broken row is noticed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import holdshort
from holdshort.core.acceptance import Outcome, run_tests
from holdshort.core.clauses import AcceptanceTest, SystemAction
from holdshort.core.register import EdgeCase
from holdshort.core.screening import Screener
from holdshort.service.acceptance import load_records
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

STARTER = Path(holdshort.__path__[0]) / "starter"
NOW = datetime(2026, 3, 11, 15, tzinfo=UTC)


def scenario(code: str, case: str, *tests: str):
    return pytest.param(case, tests, id=code, marks=pytest.mark.shows(code))


SCENARIOS = [
    scenario(
        "K1",
        "CO-EDGE-001",
        "given missing-success-criteria, create kickoff tasks is held and the reviewer is RevOps until success "
        "criteria is present or RevOps approves an exception",
    ),
    scenario(
        "K2",
        "CO-EDGE-002",
        "given clean-mid-market with contract plan set to Enterprise and order form plan set to Enterprise and billing "
        "plan set to Enterprise, provision access is held and the reviewer is RevOps until contract plan and CRM plan agree",
    ),
    scenario(
        "K3",
        "CO-EDGE-301",
        "given fourteen-day-promise, send timeline is held and the reviewer is implementation lead",
    ),
    scenario(
        "K4",
        "CO-EDGE-004",
        "given po-missing, send activation message is held and create finance task is released and the reviewer is "
        "finance operations until PO number is present",
        "given clean-mid-market with billing tax ID blank, send activation message is held",
    ),
    scenario(
        "K6",
        "CO-EDGE-005",
        "given sso-without-review, provision access is held and the reviewer is security until security review is approved",
        "given clean-mid-market with regulated data set to yes, provision access is held",
    ),
    scenario("K7", "CO-EDGE-701", "given ai-unsure, send customer message is held and the reviewer is CSM"),
    scenario(
        "K7", "CO-EDGE-711", "given ai-sources-differ, send customer message is held and the reviewer is CSM"
    ),
    scenario(
        "K8",
        "CO-EDGE-901",
        "given sponsor-asks, send customer message is held and notify CS leader and notify account owner are released "
        "and the reviewer is CS leader",
    ),
]


@pytest.fixture(scope="module")
def loaded() -> LoadedPlaybook:
    return load_playbook(STARTER)


@pytest.fixture(scope="module")
def records():
    return load_records(STARTER / "records")[0]


@pytest.fixture(scope="module")
def screener(loaded) -> Screener:
    return Screener(loaded.playbook)


def with_tests(loaded: LoadedPlaybook, case_id: str, *sentences: str) -> EdgeCase:
    """The row with these sentences in its acceptance-test cell."""
    case = loaded.playbook.register.case(case_id)
    assert case is not None
    stand_for = {"owner": case.owner, "escalation owner": case.escalation}
    read = [test for _, test in loaded.clauses.tests("\n".join(sentences), stand_for)]
    assert all(isinstance(each, AcceptanceTest) for each in read), read
    return replace(case, tests=tuple(read))


def run_with(
    loaded: LoadedPlaybook, case: EdgeCase, records, instead: EdgeCase | None
) -> tuple[Outcome, ...]:
    """Run the row's tests against the starter register with the row exchanged, or left out."""
    register = loaded.playbook.register
    cases = [each for each in register.cases if each.case != case.case] + ([instead] if instead else [])
    changed = Screener(replace(loaded.playbook, register=replace(register, cases=tuple(cases))))
    return run_tests(case, changed, records, NOW)


def without_holds(case: EdgeCase) -> EdgeCase:
    """The row as before, except that it stops nothing."""
    reviews = tuple(replace(rule, actions=()) for rule in case.review)
    tier = "high" if case.tier == "hold" else case.tier
    return replace(case, action=SystemAction((), case.action.asks), review=reviews, tier=tier)


@pytest.mark.parametrize(("case_id", "tests"), SCENARIOS)
def test_the_starter_register_brings_it_about(loaded, screener, records, case_id, tests) -> None:
    for outcome in run_tests(with_tests(loaded, case_id, *tests), screener, records, NOW):
        assert outcome.passed, outcome.failures
        assert outcome.notes == ()


@pytest.mark.parametrize(("case_id", "tests"), SCENARIOS)
def test_a_row_that_stops_nothing_any_more_is_noticed(loaded, records, case_id, tests) -> None:
    case = with_tests(loaded, case_id, *tests)
    for outcome in run_with(loaded, case, records, without_holds(case)):
        assert not outcome.passed, outcome.test.said


@pytest.mark.parametrize(("case_id", "tests"), SCENARIOS)
def test_a_row_that_is_gone_is_noticed(loaded, records, case_id, tests) -> None:
    case = with_tests(loaded, case_id, *tests)
    for outcome in run_with(loaded, case, records, None):
        assert not outcome.passed, outcome.test.said


@pytest.mark.parametrize(
    ("case_id", "test"),
    [
        (
            "CO-EDGE-001",
            'given missing-success-criteria with success criteria set to "90% by day 45", the case is clear',
        ),
        ("CO-EDGE-004", 'given po-missing with PO number set to "PO-77", the case is clear'),
        ("CO-EDGE-005", "given sso-without-review with security review set to approved, the case is clear"),
    ],
)
def test_the_hold_ends_once_what_was_missing_is_there(loaded, screener, records, case_id, test) -> None:
    [outcome] = run_tests(with_tests(loaded, case_id, test), screener, records, NOW)
    assert outcome.passed, outcome.failures


OVERDUE = "given import-file-overdue, the case is matched and send reminder is released and escalate to CSM is not due"


@pytest.mark.shows("K5")
def test_an_overdue_import_file_is_reminded_once_before_the_csm_hears_of_it(
    loaded, screener, records
) -> None:
    case = with_tests(loaded, "CO-EDGE-601", OVERDUE)
    [outcome] = run_tests(case, screener, records, NOW)
    assert outcome.passed, outcome.failures
    [reminder, escalation] = case.action.asks
    assert (reminder.kind, reminder.once, reminder.after) == ("send_reminder", True, None)
    assert escalation.kind == "escalate_to_csm"
    assert escalation.after is not None


@pytest.mark.shows("K5")
def test_a_reminder_row_that_holds_the_reminder_or_is_gone_is_noticed(loaded, records) -> None:
    case = with_tests(loaded, "CO-EDGE-601", OVERDUE)
    held = replace(case, action=SystemAction(("send_reminder",), case.action.asks))
    [outcome] = run_with(loaded, case, records, held)
    assert "expected send reminder is released, but it is held" in outcome.failures[0]
    [outcome] = run_with(loaded, case, records, None)
    assert not outcome.passed
