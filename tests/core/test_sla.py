"""The clock of a review: two instants, counted in business hours, that fire once each."""

import os
import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.columns import TIERS
from holdshort.core.dates import Calendar
from holdshort.core.playbook import Settings
from holdshort.core.settings_operations import SlaSettings
from holdshort.core.sla import SlaClock, clock_for, status

from .test_business_time import ZONES, SlowHours, any_hours, at, transitions

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
DAY, HOUR, TICK = timedelta(days=1), timedelta(hours=1), timedelta(microseconds=1)
LEGAL = SlaSettings(owners={"legal": {"high": 16 * HOUR, "hold": 8 * HOUR}})
NEW_YORK = Settings(
    calendar=Calendar("Head office", "America/New_York", holidays=frozenset({date(2026, 12, 25)})), sla=LEGAL
)
CLOCK = SlaClock(at("2026-03-06 15:00"), at("2026-03-06 17:00"))


# --- when ---


@pytest.mark.parametrize(
    ("tier", "owner", "opened", "at_risk", "breaches"),
    [
        ("hold", "revops", "2026-03-02 09:00-05:00", "2026-03-02 12:00-05:00", "2026-03-02 13:00-05:00"),
        ("high", "revops", "2026-03-06 15:00-05:00", "2026-03-09 13:00-04:00", "2026-03-09 15:00-04:00"),
        ("low", "revops", "2026-03-02 09:00-05:00", "2026-03-05 15:00-05:00", "2026-03-06 17:00-05:00"),
        ("hold", "legal", "2026-03-02 09:00-05:00", "2026-03-02 15:00-05:00", "2026-03-02 17:00-05:00"),
        ("medium", "legal", "2026-03-02 09:00-05:00", "2026-03-03 13:00-05:00", "2026-03-03 17:00-05:00"),
        ("hold", "csm", "2026-12-24 16:00-05:00", "2026-12-28 11:00-05:00", "2026-12-28 12:00-05:00"),
        ("hold", "csm", "2026-12-25 03:00-05:00", "2026-12-28 12:00-05:00", "2026-12-28 13:00-05:00"),
    ],
)
def test_a_review_has_the_business_hours_of_its_tier_and_owner(tier, owner, opened, at_risk, breaches):
    clock = clock_for(at(opened), tier, owner, NEW_YORK)
    assert clock == SlaClock(at(at_risk), at(breaches))
    assert clock.at_risk_at.tzinfo is clock.breaches_at.tzinfo is UTC


def test_a_tier_that_is_none_has_no_clock():
    with pytest.raises(ValueError, match="`urgent` is no tier"):
        clock_for(at("2026-03-02 09:00"), "urgent", "legal", NEW_YORK)
    with pytest.raises(ValueError, match="no time zone"):
        clock_for(datetime(2026, 3, 2, 9), "hold", "legal", NEW_YORK)


def test_a_playbook_without_these_settings_has_clocks_all_the_same():
    clock = clock_for(at("2026-03-02 09:00"), "high", "revops", Settings())
    assert clock.breaches_at == at("2026-03-02 17:00")


def test_clocks_agree_with_a_slow_walk_around_the_clock_changes_of_zones():
    rng = random.Random(None if TORTURE else 16)
    seed = rng.randrange(2**32)
    rng.seed(seed)
    zones = [zone for zone in ZONES if transitions(zone)]
    for zone in zones if TORTURE else rng.sample(zones, 40):
        change = rng.choice(transitions(zone))
        fast = any_hours(rng, zone, change)
        slow = SlowHours(fast, change - 6 * DAY, change + 12 * DAY)
        opened = change + timedelta(seconds=rng.randint(-300_000, 300_000))
        limit = slow.between(opened, change + 8 * DAY) / rng.randint(1, 5)
        if not limit:
            continue
        share = rng.choice((0.5, 0.75, 0.9, 1.0))
        playbook = Settings(
            calendar=fast.calendar,
            opens=fast.opens,
            closes=fast.closes,
            sla=SlaSettings(dict.fromkeys(TIERS, limit), share),
        )
        due = SlaClock(slow.add(opened, limit * share), slow.add(opened, limit))
        assert clock_for(opened, "high", "csm", playbook) == due, f"seed {seed}"


# --- how it stands ---


def test_an_instant_belongs_to_what_begins_with_it():
    moments = (
        "2026-03-06 14:59:59",
        "2026-03-06 15:00",
        "2026-03-06 16:59:59",
        "2026-03-06 17:00",
        "2036-01-01",
    )
    assert [status(CLOCK, at(each)) for each in moments] == [
        "on time", "at risk", "at risk", "breached", "breached",
    ]  # fmt: skip


ORDER = ("on time", "at risk", "breached")
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 1)).map(lambda each: each.replace(tzinfo=UTC))
PLAYBOOKS = st.builds(
    lambda zone, weekend, closes, share, limit: Settings(
        calendar=Calendar("any", zone, weekend),
        closes=closes,
        sla=SlaSettings(dict.fromkeys(TIERS, limit), share),
    ),
    st.sampled_from(ZONES),
    st.frozensets(st.integers(0, 6), max_size=5),
    st.sampled_from((time(9, 30), time(17), time(0))),
    st.floats(0.01, 1),
    st.timedeltas(timedelta(minutes=1), 30 * HOUR),
)
STEPS = st.lists(
    st.timedeltas(-2 * DAY, 20 * DAY)
    | st.sampled_from((TICK, -TICK, HOUR, -HOUR, DAY, -DAY, 3653 * DAY, 0 * DAY)),
    min_size=1,
    max_size=12,
)
few = settings(max_examples=5_000 if TORTURE else 80, deadline=None)


@few
@given(PLAYBOOKS, MOMENTS)
def test_a_clock_is_the_same_however_often_it_is_worked_out_and_never_begins_late(playbook, opened):
    clock = clock_for(opened, "high", "csm", playbook)
    assert clock == clock_for(opened, "high", "csm", playbook)
    assert opened < clock.at_risk_at <= clock.breaches_at
    assert status(clock, opened) == "on time"
    assert status(clock, clock.breaches_at - TICK) != "breached"
    assert playbook.hours.business_time_between(opened, clock.breaches_at) == playbook.sla.limit(
        "high", "csm"
    )


@few
@given(PLAYBOOKS, st.tuples(MOMENTS, MOMENTS))
def test_a_review_that_opened_later_is_not_due_sooner(playbook, moments):
    early, late = (clock_for(each, "low", "csm", playbook) for each in sorted(moments))
    assert early.at_risk_at <= late.at_risk_at
    assert early.breaches_at <= late.breaches_at


@few
@given(PLAYBOOKS, MOMENTS, st.lists(MOMENTS, min_size=2))
def test_as_time_goes_on_a_review_never_stands_better(playbook, opened, looks):
    clock = clock_for(opened, "hold", "csm", playbook)
    stands = [ORDER.index(status(clock, each)) for each in sorted(looks)]
    assert stands == sorted(stands)


@few
@given(PLAYBOOKS, MOMENTS, STEPS)
def test_who_remembers_what_was_told_tells_each_step_once(playbook, opened, steps):
    """The clock jumps an hour, a day or ten years on, stands still, or goes back; nothing is lost or comes twice."""
    clock = clock_for(opened, "high", "csm", playbook)
    now, told = opened, [0]
    for step in steps:
        now += step
        told += range(max(told) + 1, ORDER.index(status(clock, now)) + 1)
    latest = max([opened + sum(steps[:count], 0 * DAY) for count in range(len(steps) + 1)])
    assert told == list(range(ORDER.index(status(clock, latest)) + 1))
