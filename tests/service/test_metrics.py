"""The sixteen metrics, counted from events: each with numerator and denominator, and `cannot say` where there is nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import holdshort
from holdshort.core.charts import Bar, bars
from holdshort.core.clauses import Step
from holdshort.core.metrics.catalogue import METRICS, find_metric
from holdshort.core.metrics.tally import Tally
from holdshort.core.onboarding import events as e
from holdshort.service.acceptance import load_records
from holdshort.service.load_playbook import load_playbook

STARTER = Path(holdshort.__file__).parent / "starter"
MONDAY = datetime(2026, 3, 16, 9, tzinfo=UTC)
SINCE, UNTIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def playbook():
    return load_playbook(STARTER).playbook


@pytest.fixture(scope="module")
def record():
    return load_records(STARTER / "records")[0]["clean-mid-market"]


def hours(number):
    return MONDAY + timedelta(hours=number)


def opened(at=MONDAY):
    return (at, e.OnboardingOpened("A/D/closed_won", "closed_won", 1))


def found(case, tier="medium", result="matched", holds=()):
    return e.Found(case, result, tier, "revops", holds)


def screened(*findings, at=MONDAY):
    tier = findings[0].tier if findings else "none"
    return (at, e.Screened(1, "d", "held", tier, "", "", (), findings))


def state(now, at):
    return (at, e.StateChanged("", now, ""))


def review(number, case="CO-EDGE-002", at=MONDAY):
    return (
        at,
        e.ReviewOpened(number, case, "finding", "high", "revops", "", (Step(("revops",), 1),), at, at),
    )


def decided(number, code, case="CO-EDGE-002", at=MONDAY, covers=()):
    return (at, e.DecisionRecorded(number, 1, case, code, "rae", "revops", covers=covers))


def asked(number, kind, at=MONDAY):
    return (at, e.ActionRequested(number, kind, "record", "x", "d"))


def counted(playbook, *stories):
    tally = Tally(playbook, SINCE, UNTIL)
    for story in stories:
        tally.add(story)
    return tally.report()


def value(playbook, code, *stories):
    result = counted(playbook, *stories).result(code)
    return result.value, result.counted, result.of


@pytest.mark.shows(*(f"M{number}" for number in range(1, 17)))
def test_without_data_every_metric_says_that_it_cannot_say(playbook):
    report = counted(playbook)
    assert [each.metric.code for each in report.results] == [f"M{number}" for number in range(1, 17)]
    assert {each.value for each in report.results} == {None}
    assert all(each.words().startswith("cannot say") for each in report.results)
    assert "cannot say" in report.headline.words()
    for each in report.to_json()["metrics"]:
        assert set(each) == {"metric", "title", "value", "unit", "numerator", "denominator", "by", "words"}


@pytest.mark.shows("M1", "M2", "M3")
def test_times_are_business_hours_and_days_and_the_median_counts(playbook):
    stories = [
        [
            opened(),
            state("accepted", hours(4)),
            state("kickoff scheduled", hours(6)),
            state("first value reached", hours(48)),
        ],
        [opened(), state("accepted", hours(2))],
        [opened(), state("accepted", hours(26))],  # Tuesday 11:00: 8 hours of Monday and 2 of Tuesday
    ]
    assert value(playbook, "M1", *stories) == (4.0, 3, 3)
    assert value(playbook, "M2", *stories) == (2.0, 1, 1)
    assert value(playbook, "M3", *stories) == (2.0, 1, 1)


@pytest.mark.shows("M4", "M5", "M6", "M7")
def test_shares_of_onboardings_name_what_was_counted(playbook):
    returned = [opened(), decided(1, "J3")]
    conflict = [
        opened(),
        screened(found("CO-EDGE-002", "high", holds=("write_billing",))),
        asked(1, "write_billing"),
    ]
    stalled = [opened(), screened(found("CO-EDGE-602"))]
    clean = [opened()]
    stories = [returned, conflict, stalled, clean]
    for code in ("M4", "M5", "M6", "M7"):
        assert value(playbook, code, *stories) == (25.0, 1, 4), code
    assert counted(playbook, *stories).result("M4").words() == "25 % (1 of 4)"


@pytest.mark.shows("M6")
def test_a_billing_run_that_failed_counts_as_blocked_although_no_row_held_it(playbook):
    story = [opened(), asked(1, "write_billing"), (MONDAY, e.RunFailed(1, 1, None))]
    assert value(playbook, "M6", story) == (100.0, 1, 1)
    other = [opened(), asked(1, "create_project"), (MONDAY, e.RunFailed(1, 1, None))]
    assert value(playbook, "M6", other) == (0.0, 0, 1)


@pytest.mark.shows("M8", "M13")
def test_messages_edited_and_rejected_are_told_from_those_approved_as_drafted(playbook):
    def message(*events):
        return [opened(), asked(1, "send_customer_message"), *events]

    cover = (e.Covered(1, "send_customer_message", "d", "outbox"),)
    stories = [
        message(decided(1, "J6", covers=cover)),
        message((MONDAY, e.ActionAmended(1, "d2", "d", "tomas")), decided(1, "J6", covers=cover)),
        message((MONDAY, e.ActionDropped(1, "rejected", "tomas"))),
    ]
    assert value(playbook, "M8", *stories) == (50.0, 1, 2)
    assert value(playbook, "M13", *stories) == (2.0, 2, 0)


@pytest.mark.shows("M9", "M10")
def test_what_people_did_with_unsure_ai_is_counted(playbook):
    stories = [
        [
            opened(),
            screened(found("CO-EDGE-701", "hold")),
            decided(1, "J7", "CO-EDGE-701"),
            decided(2, "J1", "CO-EDGE-701"),
        ],
        [opened(), screened(found("CO-EDGE-701", "hold")), screened(found("CO-EDGE-701", "hold"))],
    ]
    assert value(playbook, "M9", *stories) == (50.0, 1, 2)
    assert value(playbook, "M10", *stories) == (2.0, 2, 0)


@pytest.mark.shows("M11", "M12")
def test_escalations_and_late_reviews_are_parted_by_owner(playbook):
    late = (hours(9), e.ReviewBreached(1, "revops"))
    passed_on = (hours(10), e.ReviewEscalated(1, "cs_leader", "late", False, MONDAY, MONDAY))
    report = counted(playbook, [opened(), review(1), late, passed_on], [opened(), review(1)])
    assert report.result("M11").value == 1
    assert report.result("M11").by == {"revops high": 1}
    assert (report.result("M12").value, dict(report.result("M12").by)) == (50.0, {"revops": 1})


@pytest.mark.shows("M14")
def test_three_overrides_of_a_row_call_for_a_rule(playbook):
    stories = [[opened(), decided(1, "J9", "CO-EDGE-141")] for _ in range(3)] + [
        [opened(), decided(1, "J9", "CO-EDGE-004")]
    ]
    result = counted(playbook, *stories).result("M14")
    assert (result.value, dict(result.by)) == (1.0, {"CO-EDGE-141": 3})


@pytest.mark.shows("M15", "M16")
def test_rework_and_missing_fields_are_shares(playbook, record):
    run = [
        opened(),
        asked(1, "create_project"),
        (MONDAY, e.RunStarted(1, 1, "k", "outbox", "w", MONDAY)),
        (MONDAY, e.RunSucceeded(1, 1, "sent", True)),
    ]
    assert value(playbook, "M15", run) == (100.0, 1, 1)
    less = {**record, "handoff": {**record["handoff"], "success_criteria": "TBD"}}
    whole, gap = (
        [opened(), (MONDAY, e.FactsReceived("crm", "", "d", MONDAY, (), each))] for each in (record, less)
    )
    before = counted(playbook, whole).result("M16")
    after = counted(playbook, gap).result("M16")
    assert after.of == before.of > 5
    assert after.counted == before.counted + 1


def test_the_headline_is_risk_handled_right_and_drag_on_clean_ones_never_a_count_of_tasks(playbook):
    right = [opened(), screened(found("CO-EDGE-002", "high")), review(1)]
    late = [
        opened(),
        screened(found("CO-EDGE-002", "high")),
        review(1),
        (hours(9), e.ReviewBreached(1, "revops")),
    ]
    clean = [opened(), asked(1, "create_project")]
    slow = [opened(), review(1), (hours(2), e.ReviewClosed(1, "decided", ""))]
    headline = counted(playbook, right, late, clean, slow).headline
    assert (headline.risky, headline.right, headline.clean, headline.dragged, headline.drag_hours) == (
        2,
        1,
        2,
        1,
        2.0,
    )
    assert (
        headline.words()
        == "1 of 2 risky or unclear onboardings handled right; 1 of 2 clean ones waited for a person, 2.0 business hours in the median"
    )
    assert not any("task" in each.title.casefold() for each in METRICS)


def test_what_lies_outside_the_period_does_not_count(playbook):
    before, after = SINCE - timedelta(days=3), UNTIL + timedelta(days=3)
    old = [opened(before), decided(1, "J3", at=before), state("accepted", before)]
    late = [opened(), decided(1, "J3", at=after), state("accepted", after)]
    report = counted(playbook, old, late, [opened(after)])
    assert report.onboardings == 1
    assert (report.result("M4").counted, report.result("M4").of) == (0, 1)
    assert report.result("M1").value is None
    # An onboarding that was opened before may be accepted within it.
    assert value(playbook, "M1", [opened(before), state("accepted", hours(1))])[1] == 1


def test_a_metric_is_named_by_code_or_title():
    assert find_metric("m12") is find_metric("Reviews late") is METRICS[11]
    assert find_metric("tasks created") is None


def test_a_chart_is_inert_and_says_what_it_shows():
    svg = bars(
        "<b>Late</b>", 'by "owner"', [Bar("<script>x</script>", 3, "3"), Bar("nobody", None, "cannot say")]
    )
    assert "<script" not in svg
    assert "<b>" not in svg
    assert svg.count("<rect") == 1
    assert "<title" in svg
    assert "<desc" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
