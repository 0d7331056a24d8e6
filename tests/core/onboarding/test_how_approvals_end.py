"""An approval counts for what was seen, for so long, while whoever gave it may give it, and until it is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from tests.core.onboarding.life import Life, kinds_of, once, only

CASE = "CO-EDGE-005"
pytestmark = pytest.mark.shows("J9", "O13")


@pytest.fixture
def approved() -> Life:
    life = Life(only(CASE, "CO-EDGE-001"))
    life.receive("sso-without-review")
    life.request("provision_access", seats=80)
    life.approve(CASE, "security")
    assert life.released() >= {"provision_access"}
    return life


def ended(events: list[e.Event]) -> e.ApprovalEnded:
    return once(kinds_of(events, e.ApprovalEnded))  # type: ignore[no-any-return]


def assert_stopped(life: Life) -> None:
    assert life.action("provision_access").run == ""
    assert life.gate("provision_access").state == "held"
    assert CASE in life.open_cases()
    assert life.refused(c.StartRun(life.action("provision_access").no, "w1", 60)).code == "FLOW-040"


def test_an_approval_runs_out_at_its_hour_and_not_before(approved: Life) -> None:
    expiry = next(iter(approved.state.approvals.values())).decision.expires_at
    assert expiry is not None
    approved.at(expiry - timedelta(seconds=1)).do(c.Recheck())
    assert "provision_access" in approved.released()
    assert ended(approved.at(expiry).do(c.Recheck())).how == "expired"
    assert_stopped(approved)


def test_an_approval_that_has_run_out_starts_no_run_even_if_no_clock_has_looked(approved: Life) -> None:
    approved.now += timedelta(days=30)
    events = approved.start("provision_access")
    assert ended(events).how == "expired"
    assert not kinds_of(events, e.RunStarted)
    assert_stopped(approved)


def test_an_approval_is_taken_back_by_who_gave_it_or_by_who_could_have(approved: Life) -> None:
    assert approved.refused(c.Recall(1, "csm", "no")).code == "FLOW-010"
    assert approved.refused(c.Recall(1, "security", " ")).code == "FLOW-013"
    found = ended(approved.do(c.Recall(1, "privacy", "the certificate is older than I thought")))
    assert (found.how, found.by, found.words) == (
        "recalled",
        "privacy",
        ("the certificate is older than I thought",),
    )
    assert_stopped(approved)
    assert approved.refused(c.Recall(1, "security", "again")).code == "FLOW-047"


def test_a_recall_after_the_run_began_does_not_pretend_to_stop_it(approved: Life) -> None:
    approved.start("provision_access")
    approved.do(c.Recall(1, "security", "too late"))
    assert approved.action("provision_access").run == "attempting"


@pytest.mark.parametrize("how", ["has_left", "other_role"])
def test_a_role_that_was_lost_before_the_run_voids_the_approval(approved: Life, how: str) -> None:
    if how == "has_left":
        approved.leaves("security")
    else:
        approved.has_roles("security", "support")
    events = approved.start("provision_access")
    found = ended(events)
    assert found.how == "void"
    assert found.words == ("security does not decide as security any more",)
    assert not kinds_of(events, e.RunStarted)
    assert_stopped(approved)


def test_what_a_stand_in_approved_is_void_once_the_dates_are_over() -> None:
    life = Life(only(CASE))
    life.receive("sso-without-review")
    life.request("provision_access")
    life.away("security", who="support", starts_h=0, ends_h=4)
    life.approve(CASE, "support")
    assert "provision_access" in life.released()
    assert ended(life.later(hours=5)).how == "void"
    assert_stopped(life)


def test_when_the_first_of_two_steps_is_taken_back_the_second_is_asked_again() -> None:
    """What was built on an approval does not outlive it."""
    life = Life(only("CO-EDGE-014"))
    life.receive("strategic-gaps")
    life.approve("CO-EDGE-014", "revops", "cs_leader")
    assert "create_kickoff_tasks" in life.released()
    life.do(c.Recall(1, "revops", "I read the wrong file"))
    assert "create_kickoff_tasks" not in life.released()
    life.approve("CO-EDGE-014", "revops_2")
    assert life.gate("create_kickoff_tasks").state == "held"
    life.approve("CO-EDGE-014", "cs_leader_2")
    assert "create_kickoff_tasks" in life.released()


# --- conditions ---


@pytest.fixture
def on_condition() -> Life:
    life = Life(only(CASE))
    life.receive("sso-without-review")
    life.request("provision_access")
    life.request("import_data")
    condition = e.Condition("the DPA is signed", "legal", life.now + timedelta(hours=6))
    scope = (life.action("provision_access").no, life.action("import_data").no)
    life.decide_(life.review(CASE), "J5", "security", conditions=(condition,), scope=scope)
    assert life.released() >= {"provision_access", "import_data"}
    return life


def test_a_condition_that_is_not_met_in_time_stops_what_has_not_run(on_condition: Life) -> None:
    on_condition.run("import_data")
    events = on_condition.later(hours=6)
    assert once(kinds_of(events, e.ConditionMissed)).condition == 0
    assert on_condition.action("import_data").run == "done"
    assert_stopped(on_condition)


def test_a_condition_that_is_met_in_time_stops_nothing(on_condition: Life) -> None:
    assert on_condition.refused(c.MeetCondition(1, 0, "security")).code == "FLOW-010"
    on_condition.do(c.MeetCondition(1, 0, "legal", "signed this morning"))
    on_condition.later(hours=6)
    assert on_condition.released() >= {"provision_access", "import_data"}


def test_a_condition_that_was_missed_cannot_be_met_afterwards(on_condition: Life) -> None:
    on_condition.later(hours=7)
    assert on_condition.do(c.MeetCondition(1, 0, "legal", "now")) == []
    assert_stopped(on_condition)


def test_a_condition_that_does_not_exist_is_not_met(on_condition: Life) -> None:
    assert on_condition.refused(c.MeetCondition(1, 5, "legal")).code == "FLOW-048"


# --- evidence ---


def test_a_fact_that_counts_and_moved_makes_the_approval_stale_in_words(approved: Life) -> None:
    found = ended(
        approved.receive(
            "sso-without-review",
            as_of="2026-03-12T09:00:00Z",
            order_form__sso=False,
            order_form__data_migration="Large",
        )
    )
    assert found.how == "stale"
    assert any("you approved" in each and "now says" in each for each in found.words)
    assert_stopped(approved)


def test_a_fact_that_counts_for_nobody_leaves_the_approval_and_the_run_says_so(approved: Life) -> None:
    approved.later(hours=1)
    approved.receive("sso-without-review", as_of="2026-03-12T09:00:00Z", crm__deal_name="Another name")
    started = once(kinds_of(approved.start("provision_access"), e.RunStarted))
    assert started.changed == ("crm.deal_name",)


def test_facts_that_are_read_again_just_before_the_run_count(approved: Life) -> None:
    from tests.core.onboarding.life import record

    now = record("sso-without-review", as_of="2026-03-12T09:00:00Z", contract__dpa_required=True)
    events = approved.start("provision_access", record=now)
    assert once(kinds_of(events, e.FactsReceived)).channel == "re-read"
    assert ended(events).how == "stale"
    assert not kinds_of(events, e.RunStarted)


def test_who_confirms_again_after_something_moved_lets_it_go(approved: Life) -> None:
    approved.receive("sso-without-review", as_of="2026-03-12T09:00:00Z", contract__dpa_required=True)
    assert_stopped(approved)
    approved.approve(CASE, "security")
    assert "provision_access" in approved.released()


def test_a_finding_that_is_gone_stops_nothing_any_more() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    events = life.receive(
        "missing-success-criteria", as_of="2026-03-12T09:00:00Z", handoff__success_criteria="90% by day 45"
    )
    assert once(kinds_of(events, e.ReviewClosed)).why == "what it was about is gone"
    assert "create_kickoff_tasks" in life.released()


def test_a_finding_that_comes_back_asks_again() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    life.receive(
        "missing-success-criteria", as_of="2026-03-12T09:00:00Z", handoff__success_criteria="90% by day 45"
    )
    life.receive("missing-success-criteria", as_of="2026-03-13T09:00:00Z", handoff__success_criteria="TBD")
    assert life.gate("create_kickoff_tasks").state == "held"
    assert life.open_cases() == {"CO-EDGE-001"}
    assert len([each for each in life.state.actions.values() if each.kind == "create_needs_info_task"]) == 2
