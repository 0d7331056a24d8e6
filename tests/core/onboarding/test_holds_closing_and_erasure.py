"""A person's hold, closing and opening again, the law's hold, what is never released, and runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from tests.core.onboarding.life import (
    Life,
    changed_row,
    changed_settings,
    kinds_of,
    once,
    only,
    program_of,
    starter,
    with_rows,
)

CLEAN = "CO-EDGE-134"


@pytest.fixture
def clean() -> Life:
    life = Life(only(CLEAN))
    life.receive()
    assert life.released() == {"create_project", "create_kickoff_tasks"}
    return life


# --- a person's hold ---


@pytest.mark.shows("L8.8")
def test_a_hold_by_a_person_stops_everything_that_could_reach_the_customer(clean: Life) -> None:
    clean.request("notify_csm")
    events = clean.do(c.RaiseHold("support", "the sponsor sounded unhappy"))
    assert {clean.state.actions[each.action].kind for each in kinds_of(events, e.ReleaseWithdrawn)} == {
        "create_project",
        "create_kickoff_tasks",
    }
    assert clean.released() == {"notify_csm"}
    review = clean.review("PERSON-1")
    assert (review.about, review.owner, review.tier) == ("hold", "revops", "hold")


def test_only_who_owns_a_hold_lifts_it(clean: Life) -> None:
    clean.do(c.RaiseHold("support", "the sponsor sounded unhappy", owner="cs_leader"))
    for other in ("support", "csm", "revops"):
        assert clean.cannot(clean.review("PERSON-1"), "J1", other).code == "FLOW-010"
    assert clean.cannot(clean.review("PERSON-1"), "J1", "cs_leader", stepped_up=False).code == "FLOW-012"
    events = clean.decide_(clean.review("PERSON-1"), "J1", "cs_leader")
    assert once(kinds_of(events, e.HoldLifted)).by == "cs_leader"
    assert clean.released() == {"create_project", "create_kickoff_tasks"}


def test_a_hold_on_named_kinds_stops_those_alone(clean: Life) -> None:
    clean.do(c.RaiseHold("csm", "not before Monday", kinds=("create_project",)))
    assert clean.released() == {"create_kickoff_tasks"}


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.RaiseHold("nobody", "x"), "FLOW-009"),
        (c.RaiseHold("csm", " "), "FLOW-013"),
        (c.RaiseHold("csm", "x", kinds=("fly",)), "FLOW-002"),
        (c.RaiseHold("csm", "x", tier="huge"), "FLOW-045"),
        (c.RaiseHold("csm", "x", owner="none"), "FLOW-018"),
    ],
)
def test_a_hold_needs_a_name_a_reason_and_an_owner(clean: Life, command: c.RaiseHold, code: str) -> None:
    assert clean.refused(command).code == code


def test_two_holds_are_lifted_one_by_one(clean: Life) -> None:
    for _ in range(2):
        clean.do(c.RaiseHold("csm", "something is off", owner="csm"))
    clean.decide_(clean.review("PERSON-1"), "J1", "csm")
    assert clean.released() == set()
    clean.decide_(clean.review("PERSON-2"), "J1", "csm")
    assert clean.released() == {"create_project", "create_kickoff_tasks"}


# --- closing ---


@pytest.mark.shows("C8.11")
def test_nothing_runs_after_closing_and_opening_again_asks_the_gate_again(clean: Life) -> None:
    clean.do(c.Close("csm", "the customer withdrew"))
    assert (clean.state.state, clean.released()) == ("closed", set())
    assert clean.refused(c.Request("notify_csm", {}, "agent")).code == "FLOW-001"
    assert clean.refused(c.RaiseHold("csm", "x")).code == "FLOW-001"
    assert clean.refused(c.Close("csm", "again")).code == "FLOW-001"
    clean.receive(as_of="2026-03-12T09:00:00Z", proposed_actions=["log_audit"])
    assert clean.released() == set()
    clean.do(c.Reopen("csm", "they came back"))
    assert clean.released() == {"create_project", "create_kickoff_tasks", "log_audit"}
    assert clean.refused(c.Reopen("csm", "again")).code == "FLOW-050"


def test_closing_waits_for_what_has_begun_to_run(clean: Life) -> None:
    clean.start("create_project")
    assert clean.refused(c.Close("csm", "the customer withdrew")).code == "FLOW-049"
    clean.finish("create_project", "uncertain")
    assert clean.refused(c.Close("csm", "the customer withdrew")).code == "FLOW-049"
    clean.do(c.Resolve(clean.action("create_project").no, True, "onboarding_manager"))
    clean.do(c.Close("csm", "the customer withdrew"))


def test_reviews_close_with_the_onboarding_and_open_with_it_again() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    events = life.do(c.Close("csm", "the customer withdrew"))
    assert once(kinds_of(events, e.ReviewClosed)).why == "the onboarding is closed"
    life.do(c.Reopen("csm", "they came back"))
    assert life.open_cases() == {"CO-EDGE-001"}
    assert life.gate("create_kickoff_tasks").state == "held"


# --- the law ---


def test_a_legal_hold_blocks_erasure_with_its_reason(clean: Life) -> None:
    assert clean.refused(c.PlaceLegalHold("csm", "a suit")).code == "FLOW-010"
    clean.do(c.PlaceLegalHold("legal", "a suit is pending"))
    refusal = clean.refused(c.Erase("privacy", "DSR-1"))
    assert (refusal.code, refusal.why) == ("FLOW-051", "a legal hold keeps this data: a suit is pending")
    assert clean.refused(c.LiftLegalHold("csm")).code == "FLOW-010"
    clean.do(c.LiftLegalHold("privacy"))
    assert once(clean.do(c.Erase("privacy", "DSR-1", (2,)))).places == (2,)


def test_only_privacy_or_legal_erases(clean: Life) -> None:
    assert clean.refused(c.Erase("revops", "DSR-1")).code == "FLOW-010"


# --- what is never released ---


@pytest.mark.shows("G12")
def test_a_kind_that_the_catalogue_does_not_know_is_refused_or_held_whoever_asks(clean: Life) -> None:
    assert clean.refused(c.Request("launch_rocket", {}, "agent")).code == "FLOW-002"
    clean.receive(as_of="2026-03-12T09:00:00Z", proposed_actions=["launch_rocket", {"kind": 7}, 5])
    for kind in ("launch_rocket", "5"):
        assert clean.gate(kind).state == "held"
        assert clean.action(kind).run == ""


@pytest.mark.shows("F1")
def test_a_low_row_that_holds_nothing_stops_nothing() -> None:
    life = Life(only(CLEAN))
    life.receive("misspelt-name")
    assert (life.state.verdict, life.state.tier) == ("needs review", "low")
    assert life.released() >= {"create_project", "create_kickoff_tasks"}
    assert life.open_cases() == {CLEAN}


def test_an_onboarding_that_no_row_covers_stops_for_the_pause_owner() -> None:
    row = next(each for each in starter().register.cases if each.case == CLEAN)
    elsewhere = program_of(with_rows(starter(), [replace(row, lanes=("strategic account",))]))
    life = Life(elsewhere)
    life.receive()
    assert life.open_cases() == {"NO-ROW"}
    assert (life.review("NO-ROW").owner, life.review("NO-ROW").tier) == ("revops", "hold")
    assert life.released() == set()
    life.approve("NO-ROW", "revops")
    assert life.released() == {"create_project", "create_kickoff_tasks"}


@pytest.mark.shows("G1")
def test_a_deal_that_is_not_won_any_more_takes_its_releases_back(clean: Life) -> None:
    events = clean.receive(
        as_of="2026-03-12T09:00:00Z",
        crm__stage_is_won=False,
        crm__stage_id="negotiation",
        crm__stage_label="Negotiation",
    )
    assert clean.state.verdict == "not triggered"
    assert len(kinds_of(events, e.ReleaseWithdrawn)) == 2
    assert clean.gate("create_project").state == "not due"
    assert clean.state.stage == "P1"


def test_shadow_mode_releases_nothing() -> None:
    life = Life(changed_settings(only(CLEAN), mode="shadow"))
    life.receive()
    life.request("notify_csm")
    assert life.released() == set()


def test_going_back_to_shadow_mode_takes_releases_back(clean: Life) -> None:
    clean.program = changed_settings(only(CLEAN), version=2, mode="shadow")
    events = clean.do(c.Pin())
    assert len(kinds_of(events, e.ReleaseWithdrawn)) == 2
    assert clean.released() == set()


# --- the register changes ---


def test_a_row_that_names_somebody_else_is_decided_by_them_from_then_on() -> None:
    """An open review never keeps the people of a row that reads otherwise now."""
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    legal = next(each for each in starter().register.cases if each.case == "CO-EDGE-803")
    life.program = changed_row(
        only("CO-EDGE-001"), "CO-EDGE-001", owner="legal", review=legal.review, texts=legal.texts
    )
    life.do(c.Pin())
    review = life.review("CO-EDGE-001")
    assert (review.status, review.owner) == ("open", "legal")
    assert life.cannot(review, "J9", "revops").code == "FLOW-010"
    life.approve("CO-EDGE-001", "legal")
    assert "create_kickoff_tasks" in life.released()


def test_what_a_row_asked_for_is_withdrawn_with_the_row() -> None:
    life = Life(only("CO-EDGE-601"))
    life.receive("import-file-overdue")
    assert life.gate("escalate_to_csm").state == "not due"
    life.program = program_of(with_rows(starter(), only(CLEAN).playbook.register.cases), version=2)
    life.do(c.Pin())
    assert life.action("escalate_to_csm").dropped == "withdrawn"
    assert life.action("send_reminder").dropped == "withdrawn"


# --- runs ---


@pytest.mark.shows("L8.7")
def test_a_run_whose_outcome_nobody_knows_waits_for_a_person_and_is_never_tried_by_itself(
    clean: Life,
) -> None:
    clean.run("create_project", "uncertain")
    action = clean.action("create_project")
    clean.later(days=30)
    assert clean.action("create_project").run == "uncertain"
    assert clean.refused(c.StartRun(action.no, "w2", 60)).code == "FLOW-040"
    assert clean.refused(c.Resolve(action.no, False, "csm")).code == "FLOW-010"
    events = clean.do(c.Resolve(action.no, False, "onboarding_manager", "I looked in the project tool"))
    granted = once(kinds_of(events, e.ReleaseGranted))
    assert granted.key != action.key


def test_a_run_that_a_person_found_to_have_happened_is_done(clean: Life) -> None:
    clean.run("create_project", "uncertain")
    clean.do(c.Resolve(clean.action("create_project").no, True, "onboarding_manager"))
    assert clean.action("create_project").run == "done"
    assert "RUN" not in clean.open_cases()


def test_nobody_resolves_a_run_that_is_under_way(clean: Life) -> None:
    """Five failures ask a person; a new try by other means must not be resolved away while it runs."""
    for _ in range(5):
        clean.run("create_project", "failed")
        clean.later(hours=3)
    number = clean.action("create_project").no
    assert "RUN" in clean.open_cases()
    assert clean.action("create_project").run == "failed"
    clean.do(c.Resolve(number, False, "onboarding_manager"))
    clean.start("create_project")
    assert clean.refused(c.Resolve(number, False, "onboarding_manager")).code == "FLOW-044"


def test_two_workers_do_not_both_claim_one_action(clean: Life) -> None:
    clean.start("create_project", worker="w1")
    assert clean.refused(c.StartRun(clean.action("create_project").no, "w2", 60)).code == "FLOW-040"
    finish = c.FinishRun(clean.action("create_project").no, 1, "w2", "done", "so it went")
    assert clean.refused(finish).code == "FLOW-043"


def test_a_worker_is_called_lost_only_after_its_lease(clean: Life) -> None:
    clean.start("create_project")
    lost = c.FinishRun(clean.action("create_project").no, 1, "w2", "uncertain", "lost", lost=True)
    assert clean.refused(lost).code == "FLOW-043"
    clean.later(seconds=120)
    clean.do(lost)
    late = c.FinishRun(clean.action("create_project").no, 1, "w1", "done", "I did it")
    assert clean.refused(late).code == "FLOW-042"
    assert clean.action("create_project").run == "uncertain"


def test_after_a_lost_worker_the_next_try_keeps_the_key_and_after_a_failure_it_does_not(clean: Life) -> None:
    clean.start("create_project")
    key = clean.action("create_project").key
    clean.later(seconds=120)
    clean.do(c.FinishRun(clean.action("create_project").no, 1, "w2", "failed", "not there", lost=True))
    clean.later(hours=1)
    assert clean.action("create_project").key == key
    clean.run("create_project", "failed")
    clean.later(hours=1)
    assert clean.action("create_project").key != key


def test_nothing_starts_while_something_is_paused_and_it_goes_on_afterwards(clean: Life) -> None:
    clean.paused = ("rae paused everything: fire drill",)
    refusal = clean.refused(c.StartRun(clean.action("create_project").no, "w1", 60))
    assert (refusal.code, "fire drill" in refusal.why) == ("FLOW-041", True)
    clean.paused = ()
    assert once(kinds_of(clean.start("create_project"), e.RunStarted)).worker == "w1"


def test_the_same_request_again_is_no_new_action_and_another_payload_is(clean: Life) -> None:
    clean.request("notify_csm", text="a")
    assert clean.do(c.Request("notify_csm", {"text": "a"}, "somebody else")) == []
    clean.request("notify_csm", text="b")
    clean.request("notify_csm", about="second", text="a")
    assert len([each for each in clean.state.actions.values() if each.kind == "notify_csm"]) == 3


def test_what_has_run_or_is_running_is_neither_changed_nor_withdrawn(clean: Life) -> None:
    number = clean.action("create_project").no
    clean.start("create_project")
    assert clean.refused(c.Amend(number, {"a": 1}, "csm")).code == "FLOW-005"
    assert clean.refused(c.Withdraw(number, "csm")).code == "FLOW-005"
    clean.finish("create_project")
    assert clean.refused(c.Amend(number, {"a": 1}, "csm")).code == "FLOW-005"
    assert clean.refused(c.Withdraw(number, "csm")).code == "FLOW-004"
