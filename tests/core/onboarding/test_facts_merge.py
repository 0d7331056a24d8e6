"""Facts come by many channels, late, twice and out of order; what is known in the end does not depend on it."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.onboarding.facts import Facts, merge

pytestmark = [pytest.mark.shows("G1"), pytest.mark.keeps("S7")]
NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)

moments = st.integers(0, 4).map(lambda hours: (NOON + timedelta(hours=hours)).isoformat())
values = st.one_of(
    st.sampled_from(["Pro", "Enterprise", "", "N/A"]), st.none(), st.booleans(), st.integers(0, 2)
)
fields = st.one_of(values, st.fixed_dictionaries({"value": values, "as_of": moments}))
systems = st.one_of(
    st.none(),
    st.dictionaries(st.sampled_from(["plan", "seats", "_as_of"]), fields, max_size=3).map(
        lambda made: {k: v for k, v in made.items() if k != "_as_of"}
    ),
    st.tuples(st.dictionaries(st.sampled_from(["plan", "seats"]), values, max_size=2), moments).map(
        lambda pair: {**pair[0], "_as_of": pair[1]}
    ),
    st.lists(st.integers(0, 2), max_size=2),
)
records = st.fixed_dictionaries(
    {"as_of": moments},
    optional={
        "record_id": st.sampled_from(["r1", "r2"]),
        "crm": systems,
        "contract": systems,
        "notes": systems,
        "proposed_actions": st.just(["create_project"]),
    },
)


def put_together(*made: dict[str, Any], received_at: datetime = NOON) -> Facts:
    facts = Facts()
    for each in made:
        facts = merge(facts, each, received_at).facts
    return facts


def known(facts: Facts) -> tuple[Any, ...]:
    """What is known, without when it came."""
    return facts.record(), facts.values, facts.gone, facts.as_of, facts.record_id


@given(st.lists(records, min_size=2, max_size=3))
@settings(max_examples=200)
def test_in_whatever_order_records_come_the_same_is_known(made: list[dict[str, Any]]) -> None:
    results = [known(put_together(*order)) for order in itertools.permutations(made)]
    assert all(each == results[0] for each in results)


@given(records, st.lists(records, max_size=3))
def test_a_record_that_comes_again_changes_nothing(
    again: dict[str, Any], others: list[dict[str, Any]]
) -> None:
    facts = put_together(again, *others)
    merged = merge(facts, again, NOON + timedelta(days=1))
    assert not merged.changed
    assert known(merged.facts) == known(facts)
    assert merged.facts.changed_at == facts.changed_at


@given(st.lists(records, min_size=1, max_size=3), st.lists(records, min_size=1, max_size=3))
def test_two_piles_of_records_give_what_one_pile_gives(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    """Associative: a pile that was put together elsewhere and comes field by field says the same."""
    assert known(put_together(*first, *second)) == known(put_together(*second, *first))


@given(st.lists(records, min_size=1, max_size=4), records)
def test_no_value_is_ever_replaced_by_an_older_one(made: list[dict[str, Any]], one: dict[str, Any]) -> None:
    before = put_together(*made)
    after = merge(before, one, NOON).facts
    for place, (at, _) in before.values.items():
        assert after.values[place][0] >= at


def test_what_came_later_but_is_older_is_reported_and_left_out() -> None:
    new = {"as_of": "2026-03-11T12:00:00Z", "crm": {"plan": "Enterprise"}}
    old = {"as_of": "2026-03-10T12:00:00Z", "crm": {"plan": "Pro"}}
    merged = merge(put_together(new), old, NOON)
    assert merged.older == (("crm", "plan"),)
    assert merged.changed == ()
    assert merged.facts.record()["crm"] == {"plan": "Enterprise"}


def test_a_field_that_a_newer_record_leaves_out_stays() -> None:
    facts = put_together(
        {"as_of": "2026-03-10T12:00:00Z", "crm": {"plan": "Pro", "seats": 5}},
        {"as_of": "2026-03-11T12:00:00Z", "crm": {"plan": "Enterprise"}},
    )
    assert facts.record()["crm"] == {"plan": "Enterprise", "seats": 5}


def test_a_system_that_is_known_to_be_absent_takes_its_older_fields_with_it() -> None:
    facts = put_together(
        {"as_of": "2026-03-10T12:00:00Z", "contract": {"plan": "Pro", "status": "signed"}},
        {"as_of": "2026-03-11T12:00:00Z", "contract": None},
    )
    assert facts.record()["contract"] is None


def test_a_new_contract_does_not_inherit_the_signature_of_the_one_that_was_withdrawn() -> None:
    facts = put_together(
        {"as_of": "2026-03-10T12:00:00Z", "contract": {"plan": "Pro", "status": "signed"}},
        {"as_of": "2026-03-11T12:00:00Z", "contract": None},
        {"as_of": "2026-03-12T12:00:00Z", "contract": {"plan": "Enterprise"}},
    )
    assert facts.record()["contract"] == {"plan": "Enterprise"}


def test_a_fact_with_its_own_moment_counts_from_that_moment() -> None:
    facts = put_together(
        {"as_of": "2026-03-11T12:00:00Z", "crm": {"plan": {"value": "Pro", "as_of": "2026-03-01"}}},
        {"as_of": "2026-03-10T12:00:00Z", "crm": {"plan": "Enterprise"}},
    )
    assert facts.record()["crm"]["plan"] == "Enterprise"


def test_what_a_record_proposes_is_no_fact_about_the_customer() -> None:
    assert (
        "proposed_actions"
        not in put_together({"as_of": "2026-03-11", "proposed_actions": ["write_crm"]}).record()
    )


@given(st.timedeltas(timedelta(0), timedelta(days=30)))
def test_the_onboardings_clock_runs_with_the_wall_clock_and_never_backwards(passed: timedelta) -> None:
    facts = put_together({"as_of": "2026-03-01T00:00:00Z"})
    assert facts.moment(NOON + passed) == datetime(2026, 3, 1, tzinfo=UTC) + passed
    assert facts.moment(NOON - passed) == datetime(2026, 3, 1, tzinfo=UTC)
