"""Who may decide what: roles, several people, several steps, stand-ins, and nobody for themselves."""

from __future__ import annotations

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from tests.core.onboarding.life import Life, kinds_of, once, only

pytestmark = pytest.mark.shows("B10", "J9")
BOTH = "CO-EDGE-521"  # finance operations and sales manager both approve before extend entitlement
IN_TURN = "CO-EDGE-014"  # first RevOps, then CS leader or sales manager approve before create kickoff tasks
EITHER = "CO-EDGE-005"  # security or privacy approves before provision access


@pytest.fixture
def both() -> Life:
    life = Life(only(BOTH))
    life.receive("bridge-asked")
    return life


@pytest.fixture
def in_turn() -> Life:
    life = Life(only(IN_TURN))
    life.receive("strategic-gaps")
    return life


@pytest.fixture
def either() -> Life:
    life = Life(only(EITHER))
    life.receive("sso-without-review")
    life.request("provision_access")
    return life


# --- roles ---


@pytest.mark.parametrize("code", ["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9"])
def test_whoever_holds_none_of_the_roles_of_a_review_decides_nothing_of_it(either: Life, code: str) -> None:
    refusal = either.cannot(either.review(EITHER), code, "finance_ops")
    assert refusal.code == "FLOW-010"
    assert "finance_ops may not decide this: it is for" in refusal.why
    assert "security" in refusal.mend


def test_each_of_the_named_roles_may_decide(either: Life) -> None:
    for by in ("security", "security_2", "privacy"):
        life = Life(only(EITHER))
        life.receive("sso-without-review")
        life.request("provision_access")
        life.approve(EITHER, by)
        assert life.released() >= {"provision_access"}


def test_nobody_of_that_name_decides_nothing(either: Life) -> None:
    assert either.cannot(either.review(EITHER), "J9", "nobody").code == "FLOW-009"


def test_who_has_left_decides_nothing(either: Life) -> None:
    either.leaves("security")
    assert either.cannot(either.review(EITHER), "J9", "security").code == "FLOW-009"


@pytest.mark.parametrize(
    ("case", "name", "by"), [(EITHER, "sso-without-review", "security"), ("CO-EDGE-701", "ai-unsure", "csm")]
)
def test_a_high_or_hold_decision_needs_the_password_again(case: str, name: str, by: str) -> None:
    life = Life()
    life.receive(name)
    refusal = life.cannot(life.review(case), "J7", by, stepped_up=False)
    assert refusal.code == "FLOW-012"
    assert "password or second factor" in refusal.why


def test_a_medium_decision_needs_no_password_again() -> None:
    life = Life()
    life.receive("missing-success-criteria")
    life.decide_(life.review("CO-EDGE-001"), "J9", "revops", stepped_up=False)
    assert "create_kickoff_tasks" in life.released()


def test_once_its_tier_was_raised_a_review_asks_for_the_password() -> None:
    life = Life()
    life.receive("missing-success-criteria")
    life.decide_(life.review("CO-EDGE-001"), "J2", "revops", tier="high")
    assert life.cannot(life.review("CO-EDGE-001"), "J9", "revops", stepped_up=False).code == "FLOW-012"


# --- two of them ---


def test_where_both_approve_one_alone_releases_nothing(both: Life) -> None:
    for first in ("finance_ops", "sales_manager"):
        life = Life(only(BOTH))
        life.receive("bridge-asked")
        life.approve(BOTH, first)
        assert life.gate("extend_entitlement").state == "held"
        assert life.review(BOTH).status == "open"


def test_where_both_approve_the_two_of_them_release_it_in_either_order() -> None:
    for order in (("finance_ops", "sales_manager"), ("sales_manager", "finance_ops")):
        life = Life(only(BOTH))
        life.receive("bridge-asked")
        life.approve(BOTH, *order)
        assert "extend_entitlement" in life.released()
        assert life.review(BOTH).status == "decided"
        assert len(life.action("extend_entitlement").decisions) == 2


def test_two_people_of_the_same_role_are_not_both_roles(both: Life) -> None:
    both.approve(BOTH, "finance_ops")
    refusal = both.cannot(both.review(BOTH), "J9", "finance_ops_2")
    assert refusal.code == "FLOW-010"
    assert "sales manager" in refusal.why
    assert both.gate("extend_entitlement").state == "held"


def test_one_person_with_both_roles_counts_once(both: Life) -> None:
    both.has_roles("max", "finance_ops", "sales_manager")
    both.approve(BOTH, "max")
    refusal = both.cannot(both.review(BOTH), "J9", "max")
    assert refusal.code == "FLOW-035"
    assert "max has decided" in refusal.why
    assert both.gate("extend_entitlement").state == "held"


def test_a_person_with_both_roles_brings_the_one_that_is_missing(both: Life) -> None:
    both.has_roles("max", "finance_ops", "sales_manager")
    both.approve(BOTH, "finance_ops", "max")
    assert "extend_entitlement" in both.released()


def test_nobody_counts_for_themselves_and_for_whom_they_stand_in(both: Life) -> None:
    both.away("sales_manager", who="finance_ops")
    both.approve(BOTH, "finance_ops")
    assert both.cannot(both.review(BOTH), "J9", "finance_ops").code == "FLOW-035"
    assert both.gate("extend_entitlement").state == "held"


def test_whoever_was_stood_in_for_does_not_count_a_second_time(both: Life) -> None:
    """`sol` decided on behalf of `sales_manager`, who also happens to hold the other role."""
    both.has_roles("sales_manager", "sales_manager", "finance_ops")
    both.has_roles("sol", "support")
    both.away("sales_manager", who="sol")
    both.approve(BOTH, "sol")
    assert both.cannot(both.review(BOTH), "J9", "sales_manager").code == "FLOW-035"
    assert both.gate("extend_entitlement").state == "held"


# --- one after another ---


def test_the_second_step_does_not_decide_before_the_first(in_turn: Life) -> None:
    refusal = in_turn.cannot(in_turn.review(IN_TURN), "J9", "cs_leader")
    assert refusal.code == "FLOW-010"
    assert "at step 1 of 2" in refusal.why


def test_after_the_first_step_the_second_one_is_asked_and_then_it_goes(in_turn: Life) -> None:
    in_turn.approve(IN_TURN, "revops")
    assert in_turn.gate("create_kickoff_tasks").state == "held"
    assert "at step 2 of 2" in in_turn.cannot(in_turn.review(IN_TURN), "J9", "revops_2").why
    in_turn.approve(IN_TURN, "sales_manager")
    assert "create_kickoff_tasks" in in_turn.released()


def test_one_person_does_not_fill_two_steps(in_turn: Life) -> None:
    in_turn.has_roles("max", "revops", "cs_leader")
    in_turn.approve(IN_TURN, "max")
    assert in_turn.cannot(in_turn.review(IN_TURN), "J9", "max").code == "FLOW-035"
    assert in_turn.gate("create_kickoff_tasks").state == "held"


def test_an_action_that_asks_after_the_first_step_begins_at_the_first_step(in_turn: Life) -> None:
    """Nobody's work is stuck because another action of the same review is further on."""
    in_turn.approve(IN_TURN, "revops")
    in_turn.request("send_kickoff_invite", to="a@x.example")
    review = in_turn.review(IN_TURN)
    invite, tasks = in_turn.action("send_kickoff_invite").no, in_turn.action("create_kickoff_tasks").no
    in_turn.decide_(review, "J9", "revops", scope=(invite,))
    in_turn.decide_(review, "J9", "cs_leader", scope=(invite, tasks))
    assert in_turn.released() >= {"send_kickoff_invite", "create_kickoff_tasks"}


def test_what_is_changed_after_the_first_step_begins_again_at_the_first_step(in_turn: Life) -> None:
    in_turn.approve(IN_TURN, "revops")
    in_turn.do(c.Amend(in_turn.action("create_kickoff_tasks").no, {"tasks": ["other"]}, "csm"))
    in_turn.approve(IN_TURN, "revops", "cs_leader")
    assert "create_kickoff_tasks" in in_turn.released()


def test_what_was_passed_on_is_decided_by_the_new_role_alone_however_many_were_needed(both: Life) -> None:
    both.decide_(both.review(BOTH), "J8", "finance_ops", to="cs_leader")
    both.approve(BOTH, "cs_leader")
    assert "extend_entitlement" in both.released()


def test_passing_on_at_the_second_step_ends_what_the_first_steps_agreed(in_turn: Life) -> None:
    in_turn.approve(IN_TURN, "revops", "cs_leader")
    in_turn.request("send_kickoff_invite", to="a@x.example")
    in_turn.decide_(in_turn.review(IN_TURN), "J8", "revops", to="legal")
    in_turn.approve(IN_TURN, "legal")
    assert "send_kickoff_invite" in in_turn.released()


def test_another_action_of_the_same_review_does_not_undo_what_was_approved(either: Life) -> None:
    either.approve(EITHER, "security")
    assert "provision_access" in either.released()
    events = either.do(c.Request("grant_admin", {"who": "it@oldmill.example"}, "agent"))
    assert not kinds_of(events, e.ReleaseWithdrawn)
    assert "provision_access" in either.released()
    assert either.gate("grant_admin").state == "held"
    either.approve(EITHER, "privacy")
    assert either.released() >= {"provision_access", "grant_admin"}


# --- nobody for themselves ---


def test_nobody_approves_what_they_asked_for(either: Life) -> None:
    either.request("grant_admin", by="security", who="me")
    refusal = either.cannot(either.review(EITHER), "J9", "security", scope=(either.action("grant_admin").no,))
    assert refusal.code == "FLOW-033"
    assert "nobody approves their own request" in refusal.why
    either.decide_(either.review(EITHER), "J9", "security")
    assert either.gate("grant_admin").state == "held"
    assert "provision_access" in either.released()


def test_nobody_approves_what_they_changed(either: Life) -> None:
    number = either.action("provision_access").no
    either.do(c.Amend(number, {"seats": 400}, "security"))
    assert either.cannot(either.review(EITHER), "J9", "security", scope=(number,)).code == "FLOW-033"


def test_who_asked_first_does_not_approve_it_after_somebody_else_has_touched_it(either: Life) -> None:
    number = either.request("grant_admin", by="security", who="me").no
    either.do(c.Amend(number, {"who": "me", "note": "ok"}, "csm"))
    assert either.cannot(either.review(EITHER), "J9", "security", scope=(number,)).code == "FLOW-033"


def test_a_stand_in_does_not_approve_what_the_absent_one_asked_for(either: Life) -> None:
    number = either.request("grant_admin", by="security", who="me").no
    either.has_roles("sol", "support")
    either.away("security", who="sol")
    assert either.cannot(either.review(EITHER), "J9", "sol", scope=(number,)).code == "FLOW-033"


def test_accepting_the_route_of_ones_own_request_does_not_release_it(either: Life) -> None:
    either.request("grant_admin", by="security", who="me")
    either.decide_(either.review(EITHER), "J1", "security", exception="checked by hand")
    assert either.gate("grant_admin").state == "needs review"
    assert either.cannot(either.own_review("grant_admin"), "J1", "security").code == "FLOW-033"


# --- stand-ins ---


def test_a_stand_in_decides_within_the_dates_and_the_log_says_for_whom(either: Life) -> None:
    either.away("security", who="support", starts_h=1, ends_h=5)
    assert either.cannot(either.review(EITHER), "J9", "support").code == "FLOW-010"
    either.later(hours=2)
    decision = once(kinds_of(either.decide_(either.review(EITHER), "J9", "support"), e.DecisionRecorded))
    assert (decision.by, decision.role, decision.on_behalf_of) == ("support", "security", "security")
    assert "provision_access" in either.released()


@pytest.mark.parametrize("hours", [5, 48])
def test_a_stand_in_does_not_decide_after_the_dates(either: Life, hours: float) -> None:
    either.away("security", who="support", starts_h=1, ends_h=5)
    either.later(hours=hours)
    assert either.cannot(either.review(EITHER), "J9", "support").code == "FLOW-010"


def test_nobody_stands_in_for_a_stand_in(either: Life) -> None:
    either.away("security", who="support")
    either.away("support", who="csm")
    assert either.cannot(either.review(EITHER), "J9", "csm").code == "FLOW-010"


def test_nobody_stands_in_for_somebody_who_has_left(either: Life) -> None:
    either.away("security", who="support")
    either.leaves("security")
    assert either.cannot(either.review(EITHER), "J9", "support").code == "FLOW-010"


# --- what they saw ---


def test_whoever_decides_on_an_old_view_is_refused(either: Life) -> None:
    review = either.review(EITHER)
    seen = once(kinds_of(_dry(either, review), e.DecisionRecorded)).seen_digest
    either.do(c.Amend(either.action("provision_access").no, {"seats": 400}, "agent"))
    refusal = either.cannot(review, "J9", "security", seen=seen)
    assert refusal.code == "FLOW-011"
    assert "out of date" in refusal.why


def test_whoever_decides_on_the_view_as_it_is_may(either: Life) -> None:
    review = either.review(EITHER)
    seen = once(kinds_of(_dry(either, review), e.DecisionRecorded)).seen_digest
    either.decide_(review, "J9", "security", seen=seen)
    assert "provision_access" in either.released()


def _dry(life: Life, review: object) -> list[e.Event]:
    from holdshort.core.onboarding.decide import decide

    return decide(life.asks(review, "J9", "security"), life.state, life.world)  # type: ignore[arg-type]


def test_a_decided_review_is_not_decided_twice(either: Life) -> None:
    review = either.review(EITHER)
    either.approve(EITHER, "security")
    refusal = either.cannot(review, "J7", "privacy")
    assert refusal.code == "FLOW-008"
    assert "was decided" in refusal.why


def test_a_review_that_does_not_exist_is_not_decided(either: Life) -> None:
    assert either.cannot(99, "J9", "security").code == "FLOW-007"


# --- claims ---


def test_a_review_is_claimed_by_one_and_given_on_by_reassigning(either: Life) -> None:
    number = either.review(EITHER).no
    either.do(c.Claim(number, "security"))
    assert either.do(c.Claim(number, "security")) == []
    assert either.refused(c.Claim(number, "privacy")).code == "FLOW-046"
    assert either.refused(c.Claim(number, "csm")).code == "FLOW-010"
    assert either.refused(c.Reassign(number, "csm", "security")).code == "FLOW-010"
    either.do(c.Reassign(number, "privacy", "security"))
    assert either.review(EITHER).claimed_by == "privacy"
