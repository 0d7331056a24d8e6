"""Acceptance tests that are lived: the until part has to release what was held, and nothing leaves before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdshort.bootstrap import memory_stage
from holdshort.core.acceptance import Outcome
from holdshort.core.screening_again import RememberingScreener
from holdshort.service.load_playbook import load_playbook
from holdshort.service.rehearsal import Rehearsal
from tests.playbooks import record, write_playbook

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
RECORDS = {
    "clean": record("clean"),
    "conflict": record("conflict", contract={"plan": "Enterprise"}),
    "no-criteria": record("no-criteria", handoff={"success_criteria": ""}),
    "open-deal": record("open-deal", crm={"stage": "open"}),
}
ROW = """
  - id: {case}
    scenario: {case}
    trigger: {trigger}
    tier: {tier}
    evidence: contract
    checks: '{checks}'
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
        "trigger": "contract plan and CRM plan disagree",
        "tier": "high",
        "checks": "none",
        "review": "none",
        "owner": "RevOps",
        "action": "hold provision access and create kickoff tasks",
        "test": test,
    }
    return ROW.format(**{**defaults, **cells})


@pytest.fixture
def live(tmp_path: Path):
    """Live the first test of the first row."""

    def outcome(*rows: str) -> Outcome:
        loaded = load_playbook(write_playbook(tmp_path / "playbook", "cases:\n" + "".join(rows)))
        assert not loaded.errors, "\n".join(map(str, loaded.errors))
        case = loaded.playbook.register.cases[0]
        rehearsal = Rehearsal(RememberingScreener(loaded.playbook), RECORDS, memory_stage, NOW)
        return rehearsal.run(case, case.tests[0])

    return outcome


def only_failure(outcome: Outcome) -> str:
    assert len(outcome.failures) == 1, outcome.failures
    return outcome.failures[0]


# --- until it is so ---------------------------------------------------------------------------------------


@pytest.mark.shows("B15", "P7")
def test_what_was_held_leaves_once_when_the_condition_has_become_true(live) -> None:
    outcome = live(row("given conflict, create kickoff tasks is held until contract plan and CRM plan agree"))
    assert outcome.passed, outcome.failures
    assert outcome.seen[0] == "create kickoff tasks is held by CO-EDGE-001; nothing left"
    assert outcome.seen[-1].endswith("create kickoff tasks left once")


def test_a_condition_that_does_not_end_the_hold_fails_and_says_with_which_record(live) -> None:
    test = "given no-criteria, create kickoff tasks is held until success criteria is present"
    said = live(row(test, trigger="deal stage is closed won")).failures[0]
    assert said.startswith("success criteria is present does not end the hold: with success criteria = ")
    assert "CO-EDGE-001 still holds create kickoff tasks" in said


def test_a_condition_that_ends_the_hold_in_one_way_and_not_in_another_fails(live) -> None:
    """Two of three systems agree, and the row looks at the third as well."""
    trigger = "contract plan and CRM plan disagree or contract plan is Enterprise"
    said = only_failure(
        live(
            row(
                "given conflict, create kickoff tasks is held until contract plan and CRM plan agree",
                trigger=trigger,
            )
        )
    )
    assert "with CRM plan = Enterprise CO-EDGE-001 still holds" in said


def test_a_condition_that_cannot_come_true_proves_nothing(live) -> None:
    said = only_failure(
        live(row("given conflict, provision access is held until CRM plan is Pro and CRM plan is Enterprise"))
    )
    assert said.startswith("no record was found in which")


def test_what_another_row_still_holds_is_said_and_is_no_failure(live) -> None:
    other = row(case="CO-EDGE-002", trigger="deal stage is closed won", owner="CSM")
    outcome = live(
        row("given conflict, create kickoff tasks is held until contract plan and CRM plan agree"), other
    )
    assert outcome.passed, outcome.failures
    assert outcome.seen[-1].endswith(
        "CO-EDGE-001 no longer holds create kickoff tasks; CO-EDGE-002 still does"
    )


# --- until somebody approves ------------------------------------------------------------------------------


@pytest.mark.shows("B15", "J9")
def test_the_named_role_approves_an_exception_and_it_leaves_once(live) -> None:
    outcome = live(row("given conflict, provision access is held until RevOps approves an exception"))
    assert outcome.passed, outcome.failures
    assert outcome.seen[-2:] == (
        "RevOps approved an exception for provision access",
        "once RevOps approved an exception, provision access left once",
    )


def test_a_role_without_a_say_fails_with_the_real_refusal(live) -> None:
    said = only_failure(
        live(row("given conflict, provision access is held until legal approves an exception"))
    )
    assert said == (
        "legal cannot approve an exception for provision access: legal may not decide this: it is for RevOps"
    )


def test_whoever_is_not_the_last_to_agree_does_not_end_the_hold(live) -> None:
    review = "first RevOps, then CSM approve before provision access"
    said = only_failure(
        live(
            row("given conflict, provision access is held until RevOps approves an exception", review=review)
        )
    )
    assert said == "once RevOps approved an exception, CSM still has to agree to provision access"
    assert live(
        row("given conflict, provision access is held until CSM approves an exception", review=review)
    ).passed


def test_an_exception_goes_on_although_a_check_fails(live) -> None:
    assert live(
        row(
            "given conflict, create kickoff tasks is held until RevOps approves an exception",
            checks="contract plan and CRM plan agree",
        )
    ).passed


# --- the beginning ----------------------------------------------------------------------------------------


def test_a_deal_that_is_not_won_has_no_life_and_so_nothing_to_release(live) -> None:
    outcome = live(row("given open-deal, create project is not due"))
    assert outcome.passed
    assert outcome.seen == ("nothing began: not triggered",)


def test_released_means_that_it_left_once(live) -> None:
    outcome = live(row("given conflict, create project is released and provision access is held"))
    assert outcome.passed, outcome.failures
    assert "create project is released; it left once" in outcome.seen


# --- what else a test may claim ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "wrong"),
    [
        ("the tier is high", "the tier is hold"),
        ("the case lacks contract", "the case lacks handoff record"),
        ('the check "CRM plan is Enterprise" fails', 'the check "CRM plan is Pro" fails'),
        ("the case is decided by RevOps", "the case is decided by legal"),
        ("2 people decide the case", "3 people decide the case"),
    ],
)
def test_each_claim_can_pass_and_fail(live, claim, wrong) -> None:
    cells = {
        "checks": "CRM plan is Enterprise; CRM plan is Pro",
        "review": "first RevOps, then CSM approve before provision access",
        "trigger": "deal stage is closed won",
    }
    given = "given clean with contract not on file" if "lacks" in claim else "given clean"
    assert live(row(f"{given}, {claim}", **cells)).passed
    assert only_failure(live(row(f"{given}, {wrong}", **cells))).startswith("expected")


def test_a_use_that_ai_has_is_noticed(live) -> None:
    claim = "given conflict, AI may not draft a customer message"
    assert live(row(claim)).passed
    assert "lets AI do what the test rules out" in only_failure(
        live(row(claim).replace("ai: none", "ai: draft customer message"))
    )


def test_a_system_may_be_not_on_file_or_not_provided(live) -> None:
    assert live(row("given clean with contract not on file, the case lacks contract")).passed
    assert live(row("given conflict with contract not provided, the case is unknown")).passed
    assert live(row("given conflict with CRM plan not provided, the case is unknown")).passed


@pytest.mark.shows("K5")
def test_what_the_row_asks_for_leaves_once_when_it_is_due_and_not_before(live) -> None:
    cells = {"trigger": "deal stage is closed won", "action": "create needs-info task; prepare review packet"}
    outcome = live(
        row("given clean, the case asks to create needs-info task and prepare review packet", **cells)
    )
    assert outcome.passed, outcome.failures
    assert "prepare review packet left once" in outcome.seen
    cells["action"] = "create needs-info task"
    said = live(row("given clean, the case asks to prepare review packet", **cells))
    assert said.failures[0].startswith("expected the case to ask to prepare review packet, but it does not")
