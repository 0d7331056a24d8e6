"""Replay, determinism, and refusals that leave everything as it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.ports import StoredEvent
from holdshort.service.event_json import from_store, to_store
from tests.core.onboarding.life import Life, only

ROWS = ("CO-EDGE-001", "CO-EDGE-005", "CO-EDGE-014", "CO-EDGE-521", "CO-EDGE-601", "CO-EDGE-701")
PEOPLE = (
    "revops",
    "csm",
    "security",
    "privacy",
    "finance_ops",
    "sales_manager",
    "cs_leader",
    "onboarding_manager",
    "nobody",
)
KINDS = (
    "create_kickoff_tasks",
    "provision_access",
    "send_customer_message",
    "notify_csm",
    "extend_entitlement",
)

numbers = st.integers(1, 6)
people = st.sampled_from(PEOPLE)
steps = st.one_of(
    st.tuples(st.just("receive"), st.sampled_from(["missing-success-criteria", "sso-without-review", "strategic-gaps", "bridge-asked", "ai-unsure", "import-file-overdue", "clean-mid-market"]), st.integers(8, 28)),
    st.tuples(st.just("request"), st.sampled_from(KINDS), people),
    st.tuples(st.just("decide"), numbers, st.sampled_from(["J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9"]), people),
    st.tuples(st.just("approve"), numbers),
    st.tuples(st.just("hold"), people),
    st.tuples(st.just("amend"), numbers, people),
    st.tuples(st.just("recall"), numbers, people),
    st.tuples(st.just("start"), numbers),
    st.tuples(st.just("finish"), numbers, st.sampled_from(["done", "failed", "uncertain"])),
    st.tuples(st.just("resolve"), numbers, st.booleans()),
    st.tuples(st.just("later"), st.integers(1, 100)),
    st.tuples(st.just("close"), people),
    st.tuples(st.just("reopen"), people),
)  # fmt: skip


def lived(what: list[Any]) -> Life:
    """A life in which everything that is refused has left no trace."""
    life = Life(only(*ROWS))
    life.receive("missing-success-criteria")
    for step in what:
        before = life.state
        try:
            _take(life, step)
        except c.Refused:
            assert life.state is before
    return life


def _take(life: Life, step: tuple[Any, ...]) -> None:
    match step:
        case "receive", name, day:
            life.receive(name, as_of=f"2026-03-{day:02}T12:00:00Z")
        case "request", kind, by:
            life.do(c.Request(kind, {"to": "a@x.example"}, by))
        case "decide", number, code, by:
            life.decide_(number, code, by) if number in life.state.reviews else None
        case "approve", number:
            review = life.state.reviews.get(number)
            if review:
                life.decide_(number, "J9", review.steps[0].roles[0])
        case "hold", by:
            life.do(c.RaiseHold(by, "a feeling"))
        case "amend", number, by:
            life.do(c.Amend(number, {"to": "b@x.example"}, by))
        case "recall", number, by:
            life.do(c.Recall(number, by, "on second thoughts"))
        case "start", number:
            life.do(c.StartRun(number, "w1", 60))
        case "finish", number, state:
            action = life.state.actions.get(number)
            life.do(c.FinishRun(number, action.attempt if action else 1, "w1", state, "so it went"))
        case "resolve", number, happened:
            life.do(c.Resolve(number, happened, "onboarding_manager"))
        case "later", hours:
            life.later(hours=hours)
        case "close", by:
            life.do(c.Close(by, "enough"))
        case "reopen", by:
            life.do(c.Reopen(by, "not yet"))


@given(st.lists(steps, max_size=25))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_log_replayed_is_the_state(what: list[Any]) -> None:
    life = lived(what)
    assert life.replayed() == life.state
    assert life.state.seq == len(life.log)


@given(st.lists(steps, max_size=15))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_log_that_went_through_the_stores_form_is_the_state(what: list[Any]) -> None:
    life = lived(what)
    again = Life(life.program)
    for seq, (event, at) in enumerate(life.log, 1):
        new = to_store(event, "somebody", at)
        again.log.append(
            (from_store(StoredEvent(seq, new.kind, new.body, new.private, "somebody", at, "")), at)
        )
    assert again.replayed() == life.state


@given(st.lists(steps, max_size=20))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_life_lived_again_is_the_same(what: list[Any]) -> None:
    assert lived(what).log == lived(what).log


@given(st.lists(steps, max_size=20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_once_everything_has_followed_nothing_follows_any_more(what: list[Any]) -> None:
    """Looking again at the same moment says nothing new."""
    life = lived(what)
    life.do(c.Recheck())
    assert life.do(c.Recheck()) == []


def test_a_command_on_an_onboarding_that_is_not_there_is_refused() -> None:
    with pytest.raises(c.Refused, match="no such onboarding"):
        decide(c.Recheck(), Life().state, Life().world)
