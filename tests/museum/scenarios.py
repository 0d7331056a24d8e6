"""
Short stories of the small town, each about one thing that must not happen. They say what is wrong by an AssertionError.

The museum plays them against variants of the product that are known to be bad; against the product itself all end well.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.program import Program
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.screening import Screener
from holdshort.ports import Order, Outcome, Switch, Unavailable
from holdshort.service.flow import Flow
from tests.flow.town import FACTS, NOON, Town, record

TO_ANN = {"to": "ann@acme.example", "text": "hi"}
_PEOPLE = {"csm": "tom", "finance_ops": "fin", "revops": "rae", "systems_admin": "ada", "privacy": "pri"}


def ask(kind: str, **payload: Any) -> dict[str, Any]:
    return {"kind": kind, "payload": {**TO_ANN, **payload}}


def received(town: Town, *asks: Any, key: int = 1, **facts: Any) -> int:
    number = town.intake(record(key, {**FACTS, **facts}, town.clock.now(), asks)).number
    assert number is not None
    return number


def later(town: Town, *, hours: float = 1.0, key: int = 1, **facts: Any) -> None:
    """The source says so, some time afterwards."""
    town.clock.jump(hours=hours)
    town.intake(record(key, {**FACTS, **facts}, town.clock.now()))


def decide(town: Town, number: int, by: str, code: str = "J9", about: str = "action", **more: Any) -> None:
    """On the first open review of that sort."""
    review = next(each for each in town.flow.state(number).open_reviews() if each.about == about)
    told = {"stepped_up": True, "reason": "looked into it", "exception": "agreed", "owner": "revops", **more}
    town.act(number, c.Decide(review.no, code, by, **told), by)  # type: ignore[arg-type]


def state(town: Town, number: int) -> Onboarding:
    return town.flow.state(number)


def sent(town: Town, kind: str = "") -> list[str]:
    return [each.kind for each in town.outside.effects if kind in ("", each.kind)]


@contextmanager
def refused(*codes: str) -> Any:
    found = "nothing"
    try:
        yield
    except c.Refused as refusal:
        found = refusal.code
    assert found in codes, f"that should be refused with {codes}, and was with {found}"


def released(**facts: Any) -> tuple[Town, int]:
    """A message to the customer that its CSM has approved."""
    town = Town()
    number = received(town, ask("send_customer_message"), **facts)
    decide(town, number, "tom")
    assert state(town, number).actions[1].run == "released", "an approved message is released"
    return town, number


# --- runs ---------------------------------------------------------------------------------------------------


def what_is_approved_runs_once() -> None:
    town, _ = released()
    for _ in range(3):
        town.sweep("w1")
        town.sweep("w2")
    assert sent(town) == ["send_customer_message"]


def an_outcome_that_nobody_knows_is_asked_and_never_tried_again() -> None:
    for fault in ("crash after", "no answer, done", "breaks off"):
        town, number = released()
        town.outside.remembers = False
        town.sweep("w1", fault)
        for _ in range(4):
            town.clock.jump(minutes=10)
            town.sweep("w2")
        assert len(sent(town)) <= 1, f"after {fault} it happened twice"
        assert state(town, number).actions[1].run == "uncertain", (
            f"after {fault} nobody says that it is unknown"
        )
        assert any(each.about == "run" for each in state(town, number).open_reviews())


def a_worker_that_dies_before_it_acts_has_written_down_that_it_began() -> None:
    town, number = released()
    town.sweep("w1", "crash before")
    assert state(town, number).actions[1].run == "attempting"


def an_attempt_under_way_is_nobody_elses() -> None:
    town, number = released()
    started = town.act(number, c.StartRun(1, "w1", 60.0, None), "w1").events[-1]
    assert isinstance(started, e.RunStarted)
    with refused("FLOW-043"):
        town.act(number, c.FinishRun(1, 1, "w2", "failed", "lost", lost=True), "w2")
    with refused("FLOW-040"):
        town.act(number, c.StartRun(1, "w2", 60.0, None), "w2")


def a_worker_that_comes_too_late_changes_nothing() -> None:
    town, number = released()
    town.act(number, c.StartRun(1, "w1", 60.0, None), "w1")
    town.clock.jump(minutes=5)
    town.act(number, c.FinishRun(1, 1, "w2", "failed", "it is not there", lost=True), "w2")
    town.clock.jump(minutes=5)
    town.act(number, c.Recheck())
    town.act(number, c.StartRun(1, "w1", 60.0, None), "w1")
    with refused("FLOW-042", "FLOW-043"):
        town.act(number, c.FinishRun(1, 1, "w1", "done", "so it went"), "w1")


def a_target_that_lies_is_found_out() -> None:
    town, number = released()

    def lies(order: Order, outcome: Outcome, timeout_s: float) -> dict[str, Any]:
        return {**order.payload, "text": "something else"}

    town.outside.read_back = lies  # type: ignore[method-assign]
    town.sweep()
    assert any(each.about == "run" for each in state(town, number).open_reviews())


def facts_are_read_again_just_before_it_runs() -> None:
    town, number = released()
    town.clock.jump(hours=1)
    town.reread[state(town, number).key] = record(1, {**FACTS, "AI confidence": 0.2}, town.clock.now())
    town.sweep()
    assert not sent(town), "it ran although its source says something else now"


def an_operation_whose_first_try_broke_is_done_by_the_second() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    review = next(iter(state(town, number).open_reviews()))
    told = c.Decide(review.no, "J9", "tom", stepped_up=True, reason="looked", owner="revops")
    real = town.store.transaction

    @contextmanager
    def breaks() -> Any:
        with real() as tx:
            tx.append = _away
            yield tx

    def _away(*_: Any) -> None:
        raise Unavailable("the disk is full")

    town.store.transaction = breaks
    try:
        town.flow.act(number, told, "tom", "click-1")
        raise AssertionError("it said that it was done")
    except Unavailable:
        town.store.transaction = real
    town.flow.act(number, told, "tom", "click-1")
    assert state(town, number).actions[1].run == "released", "the decision is lost"


def an_operation_that_comes_again_changes_nothing() -> None:
    town = Town()
    number = received(town)
    for _ in range(2):
        town.flow.act(number, c.RaiseHold("rae", "a feeling", "csm", "medium", ()), "rae", "click-2")
    assert len(state(town, number).holds) == 1


# --- approvals ----------------------------------------------------------------------------------------------


def a_message_waits_for_its_person() -> None:
    town = Town()
    received(town, ask("send_customer_message"), ask("write_billing"))
    town.sweep()
    assert not sent(town), "nobody has looked at it"


def an_approval_covers_this_content_only() -> None:
    town, number = released()
    town.act(number, c.Amend(1, {**TO_ANN, "text": "changed"}, "out"), "out")
    town.sweep()
    assert not sent(town), "what was sent is not what was approved"


def an_approval_covers_this_action_only() -> None:
    town = Town()
    number = received(
        town, ask("send_customer_message"), ask("send_customer_message", text="two"), **{"AI confidence": 0.4}
    )
    decide(town, number, "tom", about="finding", scope=(1,))
    town.sweep()
    assert sent(town, "send_customer_message") == ["send_customer_message"]


def an_approval_covers_this_address_only() -> None:
    town, number = released()
    town.publish("two rows less, another address")
    town.act(number, c.Pin())
    town.sweep()
    assert not sent(town), "it went to another address than was approved"


def an_approval_runs_out() -> None:
    town, number = released()
    with town.store.transaction() as tx:
        tx.set_switch(Switch("everything", "rae", "drill", town.clock.now()))
    town.clock.jump(hours=80)
    with town.store.transaction() as tx:
        tx.clear_switch("everything")
    town.sweep()
    assert not sent(town), f"it was approved {80} hours ago"


def an_approval_taken_back_counts_no_more() -> None:
    town, number = released()
    town.act(number, c.Recall(1, "tom", "on second thoughts"), "tom")
    town.sweep()
    assert not sent(town)


def an_approval_ends_when_its_evidence_moves() -> None:
    town = Town()
    number = received(town, ask("provision_access"), **{"contract plan": "Enterprise"})
    decide(town, number, "rae", about="finding")
    assert state(town, number).actions[1].run == "released"
    later(town, **{"contract plan": "Enterprise", "CRM plan": ""})
    town.sweep()
    assert not sent(town, "provision_access"), "it was approved on other evidence"


def a_condition_that_is_not_met_in_time_ends_the_approval() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    deadline = town.clock.now() + timedelta(hours=2)
    decide(
        town, number, "tom", "J5", scope=(1,), conditions=(e.Condition("papers come", "revops", deadline),)
    )
    town.clock.jump(hours=3)
    town.sweep()
    assert not sent(town), "its condition was not met"


def who_lost_the_role_has_not_approved() -> None:
    town, _ = released()
    town.has_roles("tom", frozenset(["support"]))
    town.sweep()
    assert not sent(town), "tom is no CSM any more"


def who_left_has_not_approved() -> None:
    town, _ = released()
    town.has_roles("tom", frozenset(["csm"]), active=False)
    town.sweep()
    assert not sent(town)


def nobody_approves_what_they_asked_for() -> None:
    town = Town()
    number = received(town)
    town.act(number, c.Request("send_customer_message", TO_ANN, "tom"), "tom")
    with refused("FLOW-033"):
        decide(town, number, "tom")
    town.sweep()
    assert not sent(town)


def nobody_approves_what_they_changed() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    town.act(number, c.Amend(1, {**TO_ANN, "text": "mine"}, "tom"), "tom")
    with refused("FLOW-033"):
        decide(town, number, "tom")


def two_steps_take_two_people() -> None:
    town = Town()
    number = received(town, ask("create_kickoff_tasks"), segment="enterprise", **{"promised timeline": ""})
    decide(town, number, "max", about="finding")
    with refused("FLOW-035"):
        decide(town, number, "max", about="finding")
    town.sweep()
    assert not sent(town, "create_kickoff_tasks")


def only_whose_turn_it_is_decides() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    with refused("FLOW-010"):
        decide(town, number, "fin")


def a_stand_in_decides_only_while_somebody_is_away() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    town.delegate("tom", "out", NOON - timedelta(hours=5), NOON - timedelta(hours=1))
    with refused("FLOW-010"):
        decide(town, number, "out")


def a_weighty_decision_takes_the_password_again() -> None:
    town = Town()
    number = received(town, ask("provision_access"), **{"contract plan": "Enterprise"})
    with refused("FLOW-012"):
        decide(town, number, "rae", about="finding", stepped_up=False)


def an_override_takes_a_reason() -> None:
    town = Town()
    number = received(town, ask("send_customer_message"))
    with refused("FLOW-013"):
        decide(town, number, "tom", reason=" ")


def who_was_asked_for_a_reason_that_is_gone_has_no_say() -> None:
    town = Town()
    number = received(town, ask("write_billing"), **{"AI confidence": 0.4})
    decide(town, number, "tom", "J1", about="finding")
    decide(town, number, "tom")
    later(town)
    town.sweep()
    assert not sent(town, "write_billing"), "no one of finance has looked at a billing write"


def what_was_seen_must_still_be_so() -> None:
    from holdshort.core.onboarding.deciding import seen_digest, waiting_for
    from holdshort.core.onboarding.lease import bind
    from holdshort.core.onboarding.looking import look

    town = Town()
    number = received(town, ask("provision_access"), **{"contract plan": "Enterprise"})
    before = state(town, number)
    world = town.flow.world(before)
    review = next(each for each in before.open_reviews() if each.about == "finding")
    answer = look(before, world)
    waiting = tuple(waiting_for(review, before, answer, world))
    seen = seen_digest(review, bind(review, before, answer, world), waiting)
    later(town, **{"contract plan": "Enterprise", "CRM plan": ""})
    with refused("FLOW-011"):
        decide(town, number, "rae", about="finding", seen=seen)


# --- the register -------------------------------------------------------------------------------------------


def a_matched_row_holds_what_it_names() -> None:
    town = Town()
    received(town, ask("create_kickoff_tasks"), **{"success criteria": ""})
    town.sweep()
    assert not sent(town, "create_kickoff_tasks")


def what_cannot_be_told_holds_as_well() -> None:
    town = Town()
    received(town, ask("create_kickoff_tasks"), segment="", **{"promised timeline": ""})
    town.sweep()
    assert not sent(town, "create_kickoff_tasks"), "the segment is not known, and it may be an enterprise"


def a_hold_tier_stops_every_outside_action() -> None:
    town = Town()
    received(town, ask("create_project"), **{"AI confidence": 0.4})
    town.sweep()
    assert not sent(town, "create_project")


def a_persons_hold_stops_it_until_lifted() -> None:
    town, number = released()
    town.act(number, c.RaiseHold("rae", "a feeling", "csm", "medium", ("send_customer_message",)), "rae")
    town.sweep()
    assert not sent(town)


def a_newer_fact_is_not_overwritten_by_an_older() -> None:
    town = Town()
    number = received(town, ask("provision_access"), **{"contract plan": "Enterprise"})
    old = record(1, FACTS, NOON - timedelta(hours=3))
    town.intake(old)
    assert any(each.case == "CO-EDGE-002" for each in state(town, number).findings), (
        "an old record cleared it"
    )


def the_same_record_by_another_channel_is_the_same() -> None:
    town = Town()
    made = record(1, FACTS, NOON, (ask("notify_csm"),))
    numbers = {town.intake(made, channel).number for channel in ("crm", "mail", "crm")}
    assert len(numbers) == 1
    number = numbers.pop() or 0
    assert sum(each.kind == "notify_csm" for each in state(town, number).actions.values()) == 1
    town.sweep()
    assert sent(town) == ["notify_csm"]


def a_reminder_goes_once_and_an_escalation_when_it_is_due() -> None:
    town = Town()
    number = received(town, **{"import is late": True})
    for hours in (0, 1, 2):
        town.clock.jump(hours=hours)
        town.act(number, c.Recheck())
        town.sweep()
    assert sent(town) == ["send_reminder"], sent(town)
    town.clock.jump(hours=22)
    for _ in range(3):
        town.sweep()
    assert sent(town) == ["send_reminder", "escalate_to_csm"], sent(town)


# --- what stops everything ----------------------------------------------------------------------------------


def a_pause_stops_what_is_released() -> None:
    town, _ = released()
    with town.store.transaction() as tx:
        tx.set_switch(Switch("everything", "rae", "drill", town.clock.now()))
    town.sweep()
    assert not sent(town)


def a_pause_file_stops_what_is_released() -> None:
    town, number = released()
    town.flow = Flow(
        town.store, town.programs, town.clock, lambda address: f"#{address}", lambda: "a file says so"
    )  # type: ignore[arg-type]
    for work in town.works.values():
        work.flow = town.flow
    town.sweep()
    assert not sent(town)


def a_restored_backup_sends_nothing() -> None:
    town, _ = released()
    with town.store.transaction() as tx:
        tx.set_quarantine("restored from a backup")
    town.sweep()
    assert not sent(town)


def a_cap_trips_by_itself() -> None:
    town = Town()
    plain = town.programs.latest().playbook
    capped = replace(
        plain, settings=replace(plain.settings, limits=replace(plain.settings.limits, per_hour=1))
    )
    program = Program(1, "first 1", Screener(capped), town.programs.latest().target_of)
    town.programs.version = lambda version: program  # type: ignore[method-assign]
    received(town, ask("create_project"), ask("notify_csm"))
    town.sweep()
    town.sweep()
    assert len(sent(town)) == 1, "the playbook allows one run an hour"


def a_closed_onboarding_does_nothing() -> None:
    town, number = released()
    town.act(number, c.Close("rae", "they left"), "rae")
    town.sweep()
    assert not sent(town)


def a_legal_hold_keeps_everything() -> None:
    town = Town()
    number = received(town)
    town.act(number, c.PlaceLegalHold("leg", "a law suit"), "leg")
    with refused("FLOW-051"):
        town.act(number, c.Erase("pri", "DSR-1"), "pri")


def a_second_process_is_heard() -> None:
    town, number = released()
    assert state(town, number).actions[1].run == "released"
    other = Flow(town.store, town.programs, town.clock, lambda address: f"#{address}")  # type: ignore[arg-type]
    other.act(number, c.Recall(1, "tom", "on second thoughts"), "tom")
    assert state(town, number).actions[1].run == "", "what another process wrote was not seen"


SCENARIOS = tuple(
    value
    for name, value in list(globals().items())
    if callable(value)
    and getattr(value, "__module__", "") == __name__
    and name not in ("ask", "received", "later", "decide", "state", "sent", "refused", "released")
)
