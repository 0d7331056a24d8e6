"""Each thing that an acceptance test may expect, shown to pass and shown to be able to fail."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from holdshort.core.acceptance import Outcome, run_tests, with_value, written
from holdshort.core.paths import read_path
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import load_playbook
from tests.playbooks import record, write_playbook

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
RECORDS = {
    "clean": record("clean"),
    "conflict": record("conflict", contract={"plan": "Enterprise"}),
    "no-criteria": record("no-criteria", handoff={"success_criteria": ""}),
    "open-deal": record("open-deal", crm={"stage": "open"}),
    "no-contract-source": {key: value for key, value in record("x").items() if key != "contract"},
}
ROW = """
  - id: {case}
    scenario: {case}
    lane: {lane}
    trigger: {trigger}
    tier: {tier}
    evidence: contract
    ai: none
    review: {review}
    owner: {owner}
    escalation: CSM
    action: {action}
    test: '{test}'
"""


def row(test: str = "given clean, the case is clear", **cells: str) -> str:
    defaults = {
        "case": "CO-EDGE-001",
        "lane": "any",
        "trigger": "contract plan and CRM plan disagree",
        "tier": "high",
        "review": "none",
        "owner": "RevOps",
        "action": "hold provision access",
        "test": test,
    }
    return ROW.format(**{**defaults, **cells})


@pytest.fixture
def run(tmp_path: Path):
    """Run the test of the first of some rows."""

    def outcome(*rows: str, records: dict[str, Any] = RECORDS) -> Outcome:
        loaded = load_playbook(write_playbook(tmp_path / "playbook", "cases:\n" + "".join(rows)))
        assert not loaded.errors, "\n".join(map(str, loaded.errors))
        screener = Screener(loaded.playbook)
        return run_tests(loaded.playbook.register.cases[0], screener, records, NOW)[0]

    return outcome


def only_failure(outcome: Outcome) -> str:
    assert len(outcome.failures) == 1, outcome.failures
    return outcome.failures[0]


# --- held -------------------------------------------------------------------------------------------------


def test_a_hold_that_the_row_brings_about_passes(run) -> None:
    assert run(row("given conflict, provision access is held")).passed


def test_an_action_that_is_not_held_fails_and_says_what_came_and_why_the_row_is_clear(run) -> None:
    said = only_failure(run(row("given clean, provision access is held")))
    assert "expected provision access is held, but it needs review" in said
    assert "CO-EDGE-001 is clear: contract plan is Pro, CRM plan is Pro" in said


def test_an_action_that_the_matched_row_does_not_name_fails(run) -> None:
    said = only_failure(run(row("given conflict, create project is held")))
    assert "expected create project is held, but it is released: no row holds it" in said
    assert (
        "CO-EDGE-001 matched: contract plan is Enterprise, CRM plan is Pro; it holds provision access" in said
    )


def test_a_hold_for_another_rows_reason_fails(run) -> None:
    """Otherwise a row could be broken and its test would not notice."""
    mine = row("given no-criteria, provision access is held")
    other = row(case="CO-EDGE-002", trigger="success criteria is missing")
    said = only_failure(run(mine, other))
    assert "CO-EDGE-002 decided that and not CO-EDGE-001" in said


def test_a_hold_of_a_kind_that_another_row_holds_too_passes(run) -> None:
    assert run(
        row("given conflict, provision access is held"), row(case="CO-EDGE-002", trigger="always")
    ).passed


# --- the other states -------------------------------------------------------------------------------------


def test_released_can_pass_and_fail(run) -> None:
    assert run(row("given conflict, create project is released")).passed
    assert "is released, but it is held" in only_failure(
        run(row("given conflict, provision access is released"))
    )


def test_needs_review_can_pass_and_fail(run) -> None:
    assert run(row("given clean, provision access needs review")).passed
    assert "needs review, but it is released" in only_failure(
        run(row("given clean, create project needs review"))
    )


def test_not_due_can_pass_and_fail(run) -> None:
    """Nothing is due for a deal that is not won."""
    assert run(row("given open-deal, create project is not due")).passed
    assert "is not due, but it is released" in only_failure(
        run(row("given clean, create project is not due"))
    )


def test_a_test_that_would_pass_without_the_row_carries_a_note(run) -> None:
    assert run(row("given conflict, create project is released")).notes == (
        "nothing here depends on CO-EDGE-001: the test would pass without the row",
    )
    assert run(row("given conflict, provision access is held and create project is released")).notes == ()


# --- the case itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "result"), [("conflict", "matched"), ("clean", "clear"), ("no-contract-source", "unknown")]
)
def test_each_result_of_the_case_passes_where_it_is_so_and_fails_where_it_is_not(run, given, result) -> None:
    for wanted in ("matched", "clear", "unknown"):
        outcome = run(row(f"given {given}, the case is {wanted}"))
        assert outcome.passed is (wanted == result), outcome.failures


def test_a_case_is_not_clear_when_no_onboarding_has_begun(run) -> None:
    said = only_failure(run(row("given open-deal, the case is clear")))
    assert said == (
        "the case is clear only because it was not asked: no onboarding has begun, as the record has no valid trigger"
    )


def test_a_case_is_not_clear_when_another_row_ended_the_evaluation(run) -> None:
    ending = row(case="CO-EDGE-002", trigger="success criteria is missing", action="stop evaluation")
    said = only_failure(run(row("given no-criteria, the case is clear"), ending))
    assert "not asked: CO-EDGE-002 ended the evaluation before (success criteria is missing)" in said


def test_a_case_of_another_lane_is_clear(run) -> None:
    assert run(row("given conflict, the case is clear", lane="self-serve")).passed
    said = only_failure(run(row("given conflict, the case is matched", lane="self-serve")))
    assert "its lane or segment is another than the record's" in said


def test_a_row_that_cannot_tell_holds_and_the_report_says_so(run) -> None:
    outcome = run(row("given no-contract-source, provision access is held"))
    assert outcome.passed
    assert (
        "cannot tell on this record rather than match: contract plan is not provided by any source"
        in outcome.notes[0]
    )


# --- the reviewer -----------------------------------------------------------------------------------------


def test_the_reviewer_can_pass_and_fail(run) -> None:
    assert run(row("given conflict, the reviewer is RevOps")).passed
    said = only_failure(run(row("given conflict, the reviewer is legal")))
    assert "expected the reviewer to be legal, but it is RevOps, first because of CO-EDGE-001" in said


def test_a_reviewer_for_another_rows_reason_fails(run) -> None:
    other = row(case="CO-EDGE-002", trigger="success criteria is missing")
    said = only_failure(run(row("given no-criteria, the reviewer is RevOps"), other))
    assert "because of CO-EDGE-002 and not of CO-EDGE-001" in said


def test_no_reviewer_fails_where_one_is_expected(run) -> None:
    said = only_failure(run(row("given clean, the reviewer is RevOps")))
    assert "expected the reviewer to be RevOps, but it is nobody: no row found anything" in said


# --- until ------------------------------------------------------------------------------------------------


def test_an_until_that_is_not_yet_so_passes(run) -> None:
    assert run(row("given conflict, provision access is held until contract plan and CRM plan agree")).passed


def test_an_until_that_is_so_from_the_start_proves_nothing(run) -> None:
    said = only_failure(
        run(row("given conflict, provision access is held until success criteria is present"))
    )
    assert said.startswith("the until part is already so: success criteria is present holds in the record")


# --- records and changes ----------------------------------------------------------------------------------


def test_an_unknown_record_fails_with_the_near_name(run) -> None:
    said = only_failure(run(row("given conflct, provision access is held")))
    assert said == "there is no record `conflct` in records/; did you mean `conflict`?"


def test_changes_are_applied_and_the_record_stays_as_it_was(run) -> None:
    before = record("clean")
    assert run(row("given clean with CRM plan set to Enterprise, provision access is held")).passed
    assert run(row("given clean with contract plan blank, the case is unknown")).passed
    assert run(
        row("given conflict with contract plan set to Pro and success criteria blank, the case is clear")
    ).passed
    assert RECORDS["clean"] == before


def test_a_change_of_a_whole_list_of_things_is_refused(run) -> None:
    said = only_failure(run(row('given clean with notes set to "tidy up", the case is clear')))
    assert said.startswith("`notes` is a list of things with fields and cannot be set to one value")


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("crm.plan", {}, {"crm": {"plan": 1}}),
        ("contract.plan", {"contract": None}, {"contract": {"plan": 1}}),
        ("crm.owner.email", {"crm": {"owner": {"id": 7}}}, {"crm": {"owner": {"id": 7, "email": 1}}}),
        (
            "crm.plan",
            {"crm": {"plan": {"value": 0, "as_of": "2026-01-01"}}},
            {"crm": {"plan": {"value": 1, "as_of": "2026-01-01"}}},
        ),
        ("reviews[type=security].status", {}, {"reviews": [{"type": "security", "status": 1}]}),
        (
            "reviews[type=security].status",
            {"reviews": [{"type": "Security"}, {"type": "legal"}, {"type": "security"}]},
            {"reviews": [{"type": "Security"}, {"type": "legal"}, {"type": "security", "status": 1}]},
        ),
        ("messages[].to", {"messages": [{}, {"to": 0}]}, {"messages": [{"to": 1}, {"to": 1}]}),
        ("contract.value", {"contract": {"value": 5, "plan": "x"}}, {"contract": {"value": 1, "plan": "x"}}),
    ],
)
def test_a_value_is_written_where_the_glossary_says_it_lives(path, before, after) -> None:
    found = read_path(path)
    assert found is not None
    assert written(before, found, 1) == after


def test_a_name_set_is_not_left_conflicting_with_its_other_sources(tmp_path) -> None:
    loaded = load_playbook(write_playbook(tmp_path / "playbook"))
    name = loaded.playbook.glossary.names["CRM plan"]
    both = type(name)(
        name.name, "text", (*name.paths, *loaded.playbook.glossary.names["contract plan"].paths)
    )
    changed = with_value({"crm": {"plan": "Pro"}, "contract": {"plan": "Pro"}}, both, "Enterprise")
    assert changed == {"crm": {"plan": "Enterprise"}, "contract": {"plan": "Enterprise"}}


def test_a_record_may_have_with_in_its_name(run) -> None:
    records = {**RECORDS, "signed-with-stamp": RECORDS["conflict"], "sold-with": RECORDS["clean"]}
    assert run(row("given signed-with-stamp, provision access is held"), records=records).passed
    changed = "given sold-with with CRM plan set to Enterprise, provision access is held"
    assert run(row(changed), records=records).passed
