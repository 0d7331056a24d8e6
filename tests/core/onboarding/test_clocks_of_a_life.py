"""What happens by the clock alone: at risk, breached, escalated, reminded, each once and never twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clocks import wake_at
from tests.core.onboarding.life import NOW, Life, kinds_of, once, only


@pytest.fixture
def waiting() -> Life:
    life = Life(only("CO-EDGE-014"))
    life.receive("strategic-gaps")
    return life


@pytest.mark.shows("B12", "M12")
def test_a_review_is_at_risk_then_breached_and_then_the_escalation_owner_decides_too(waiting: Life) -> None:
    review = waiting.review("CO-EDGE-014")
    assert not kinds_of(waiting.at(review.at_risk_at - timedelta(seconds=1)).do(c.Recheck()), e.ReviewAtRisk)
    assert once(kinds_of(waiting.at(review.at_risk_at).do(c.Recheck()), e.ReviewAtRisk)).review == review.no
    events = waiting.at(review.breaches_at).do(c.Recheck())
    assert once(kinds_of(events, e.ReviewBreached)).owner == "revops"
    escalated = once(kinds_of(events, e.ReviewEscalated))
    assert (escalated.role, escalated.alone) == ("cs_leader", False)
    assert waiting.cannot(waiting.review("CO-EDGE-014"), "J9", "finance_ops").code == "FLOW-010"
    waiting.approve("CO-EDGE-014", "cs_leader", "sales_manager")
    assert "create_kickoff_tasks" in waiting.released()


def test_the_clock_escalates_once_however_long_nobody_decides() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    seen = []
    for _ in range(60):
        seen += life.later(hours=12)
    assert len(kinds_of(seen, e.ReviewBreached)) == 1
    assert len(kinds_of(seen, e.ReviewEscalated)) <= 1


@given(st.lists(st.integers(-48, 96), min_size=1, max_size=12))
@settings(max_examples=40, deadline=None)
@pytest.mark.shows("K5")
def test_however_the_clock_jumps_nothing_is_said_twice_and_in_the_end_nothing_is_missed(
    jumps: list[int],
) -> None:
    """The machine's clock goes forwards, backwards and far ahead."""
    life = Life(only("CO-EDGE-601", "CO-EDGE-001"))
    life.receive("import-file-overdue")
    seen: list[e.Event] = []
    for hours in jumps:
        seen += life.later(hours=hours)
    seen += life.at(NOW + timedelta(days=60)).do(c.Recheck())
    asked = [each for each, _ in life.log if isinstance(each, e.ActionRequested)]
    assert [each.kind for each in asked].count("send_reminder") == 1
    assert [each.kind for each in asked].count("escalate_to_csm") == 1
    reviews = {each.no for each in life.state.reviews.values()}
    assert len(kinds_of(seen, e.ReviewAtRisk)) <= 2 * len(reviews)
    assert len(kinds_of(seen, e.ReviewBreached)) == len(reviews)
    assert wake_at(life.state, life.now) is None or wake_at(life.state, life.now) > life.now


@pytest.mark.shows("K5", "L4.1")
def test_an_overdue_import_gets_one_reminder_and_after_the_threshold_the_csm() -> None:
    life = Life(only("CO-EDGE-601"))
    life.receive("import-file-overdue")
    assert life.action("send_reminder").run == "released"
    assert life.gate("escalate_to_csm").state == "not due"
    life.run("send_reminder")
    assert not kinds_of(life.later(days=1), e.ActionRequested)
    due = life.action("escalate_to_csm").due_at
    assert due is not None
    assert not kinds_of(life.at(due - timedelta(seconds=1)).do(c.Recheck()), e.ReleaseGranted)
    granted = once(kinds_of(life.at(due).do(c.Recheck()), e.ReleaseGranted))
    assert life.state.actions[granted.action].kind == "escalate_to_csm"
    life.run("escalate_to_csm")
    assert not kinds_of(life.later(days=40), e.ActionRequested)


def test_a_reminder_that_was_withdrawn_before_it_went_is_not_lost_when_its_finding_comes_back() -> None:
    life = Life(only("CO-EDGE-601"))
    life.receive("import-file-overdue")
    late = life.state.facts.record()["tasks"]
    life.receive("import-file-overdue", as_of="2026-03-11T16:00:00Z", tasks=[])
    assert life.action("send_reminder").dropped == "withdrawn"
    life.receive("import-file-overdue", as_of="2026-03-11T17:00:00Z", tasks=late)
    assert life.action("send_reminder").run == "released"
    life.run("send_reminder")
    life.receive("import-file-overdue", as_of="2026-03-11T18:00:00Z", tasks=[])
    life.receive("import-file-overdue", as_of="2026-03-11T19:00:00Z", tasks=late)
    assert [each.case for each in life.state.findings] == ["CO-EDGE-601"]
    assert life.action("send_reminder").run == "done"
    life.do(c.Recheck())
    assert [each.run for each in life.state.actions.values() if each.kind == "send_reminder"] == ["", "done"]


def test_whoever_passes_a_review_on_starts_its_clock_anew(waiting: Life) -> None:
    waiting.later(hours=6)
    before = waiting.review("CO-EDGE-014").breaches_at
    waiting.decide_(waiting.review("CO-EDGE-014"), "J8", "revops", to="legal")
    assert waiting.review("CO-EDGE-014").breaches_at > before
    assert waiting.review("CO-EDGE-014").at_risk is False


def test_an_onboarding_with_nothing_to_wait_for_wakes_nobody() -> None:
    """Else a million finished ones would keep the sweeper busy and real clocks waiting."""
    life = Life(only("CO-EDGE-005"))
    life.receive("sso-without-review")
    life.request("provision_access")
    life.approve("CO-EDGE-005", "security")
    for each in list(life.state.actions.values()):
        life.run(each.kind)
    life.later(days=30)
    assert wake_at(life.state, life.now) is None


def test_a_clock_that_has_said_its_word_is_not_the_next_one() -> None:
    """An escalation that is due but held has no next moment: whatever lifts the hold looks again anyway."""
    life = Life(only("CO-EDGE-601"))
    life.receive("import-file-overdue")
    life.do(c.RaiseHold("csm", "wait", owner="csm", kinds=("escalate_to_csm",)))
    for _ in range(3):
        life.later(days=30)
    assert life.gate("escalate_to_csm").state == "held"
    assert wake_at(life.state, life.now) is None
