"""What counts as known, missing or not provided, exactly as the fixed points say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from holdshort.core.dates import Calendar
from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.reference import Situation, evaluate
from holdshort.core.rules.vocabulary import Vocabulary

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
GLOSSARY = {
    "placeholders": ["N/A", "TBD", "-", ".", "none", "see notes"],
    "systems": {"contract": {}, "CRM": {"from": "crm"}, "archive": {"expected": False}},
    "names": {
        "criteria": {"from": "handoff.criteria", "type": "text", "ai from": "ai_output.fields.criteria"},
        "integrations": {"from": "handoff.integrations", "type": "text", "none is an answer": True},
        "contract status": {"from": "contract.status", "type": "choice", "values": ["signed", "sent"]},
        "review status": {
            "from": "review.status",
            "type": "choice",
            "values": ["approved", "pending"],
            "expected": False,
        },
        "CRM plan": {"from": "crm.plan", "type": "choice", "values": ["Pro", "Enterprise"]},
        "contract plan": {"from": "contract.plan", "type": "choice", "values": ["Pro", "Enterprise"]},
        "seats": {"from": "crm.seats", "type": "number"},
        "amount": {"from": "crm.amount", "type": "money", "currency": "crm.currency"},
        "close date": {"from": "crm.close_date", "type": "date"},
        "tax ID": {"from": ["contract.tax_id", "billing.tax_id"], "type": "text"},
        "map age": {"from": "crm.map", "type": "text", "fresh for": "30 days"},
        "deleted": {"from": "crm.is_deleted", "type": "yes/no"},
        "tasks": {"type": "list", "from": "tasks", "item": "task", "fields": {"owner": {"type": "text"}}},
    },
}


@pytest.fixture(scope="module")
def reader() -> RecordReader:
    words = GlossaryReader("glossary.yaml")
    glossary = words.read(GLOSSARY, {})
    assert not words.faults
    return RecordReader(glossary)


def truth(sentence: str, record: dict[str, Any], reader: RecordReader) -> bool | None:
    """The sentence's truth by both evaluators, which must agree."""
    condition = parse_condition(sentence, Vocabulary(reader.glossary))
    calendar = Calendar("every weekday")
    slow = evaluate(condition, Situation(record, reader, calendar, NOW))
    assert CompiledRules([condition], reader, calendar).evaluate(record, NOW) == [slow]
    return slow


def state(name: str, record: dict[str, Any], reader: RecordReader) -> str:
    value = reader.read(reader.glossary.names[name], record)
    return value.state if isinstance(value, NotKnown) else "known"


@pytest.mark.parametrize("record", [{}, {"handoff": {}}, {"handoff": {"other": 1}}])
def test_an_absent_key_or_system_is_not_provided(record: dict[str, Any], reader: RecordReader) -> None:
    assert state("criteria", record, reader) == "not_provided"


@pytest.mark.parametrize(
    "text", [None, "", "   ", "N/A", "n/a", " TBD ", "-", ".", "See Notes", "none", "\u00a0\u200b"]
)
def test_null_blank_and_placeholders_are_missing(text: str | None, reader: RecordReader) -> None:
    assert state("criteria", {"handoff": {"criteria": text}}, reader) == "missing"


@pytest.mark.parametrize("text", ["None", "none", "None known", "N/A - not in scope", "n/a"])
def test_none_is_known_where_the_glossary_says_it_is_an_answer(text: str, reader: RecordReader) -> None:
    assert state("integrations", {"handoff": {"integrations": text}}, reader) == "known"


def test_a_placeholder_that_is_a_listed_choice_is_known(reader: RecordReader) -> None:
    assert state("review status", {"review": {"status": "pending"}}, reader) == "known"


def test_empty_list_false_and_zero_are_known(reader: RecordReader) -> None:
    record = {"tasks": [], "crm": {"is_deleted": False, "seats": 0}}
    assert [state(name, record, reader) for name in ("tasks", "deleted", "seats")] == ["known"] * 3


def test_a_null_system_is_known_to_be_absent_and_its_fields_are_missing(reader: RecordReader) -> None:
    record: dict[str, Any] = {"contract": None}
    assert state("contract status", record, reader) == "missing"
    assert truth("contract is attached", record, reader) is False
    assert truth("contract is not attached", record, reader) is True


def test_an_unsigned_check_is_clear_without_a_contract(reader: RecordReader) -> None:
    assert (
        truth("contract is attached and contract status is not signed", {"contract": None}, reader) is False
    )


def test_sources_that_differ_are_conflicting_and_cannot_tell(reader: RecordReader) -> None:
    record = {"contract": {"tax_id": "1"}, "billing": {"tax_id": "2"}}
    assert state("tax ID", record, reader) == "conflicting"
    assert truth('tax ID is "1"', record, reader) is None
    assert truth("tax ID is conflicting", record, reader) is True


def test_a_value_past_its_limit_is_stale(reader: RecordReader) -> None:
    old = {"as_of": "2026-06-10", "crm": {"map": {"value": "x y", "as_of": "2026-04-01"}}}
    assert state("map age", old, reader) == "stale"
    assert (
        state("map age", {"as_of": "2026-06-10", "crm": {"map": "x y", "_as_of": "2026-06-01"}}, reader)
        == "known"
    )


def test_what_only_ai_says_is_never_enough(reader: RecordReader) -> None:
    record = {"handoff": {"criteria": ""}, "ai_output": {"fields": {"criteria": "80 % by day 60"}}}
    assert state("criteria", record, reader) == "ai_only"
    assert truth("criteria is missing", record, reader) is True
    assert truth("criteria is present", record, reader) is False


def test_a_fact_may_carry_its_age_and_address(reader: RecordReader) -> None:
    record = {"crm": {"plan": {"value": "Pro", "as_of": "2026-06-01", "url": "https://crm.example/1"}}}
    assert truth("CRM plan is Pro", record, reader) is True


@pytest.mark.parametrize("raw", ["48,000", "12.345", "about ten", True, {"x": 1}, float("nan")])
def test_a_number_that_could_mean_two_things_cannot_tell(raw: object, reader: RecordReader) -> None:
    assert truth("seats is more than 5", {"crm": {"seats": raw}}, reader) is None


def test_a_date_that_its_locale_leaves_ambiguous_cannot_tell(reader: RecordReader) -> None:
    record: dict[str, Any] = {"crm": {"close_date": "04/05/2026"}}
    assert truth("close date is on 2026-04-05", record, reader) is None
    assert truth("close date is ambiguous", record, reader) is True
    assert (
        truth("close date is on 2026-04-05", {"crm": {"close_date": "04/05/2026", "locale": "en-US"}}, reader)
        is True
    )


def test_money_takes_its_currency_from_its_own_pair(reader: RecordReader) -> None:
    record = {"crm": {"amount": "48k", "currency": "EUR"}}
    assert truth("amount is 48,000 EUR", record, reader) is True
    assert truth("amount is 48,000 USD", record, reader) is False
    assert truth("amount is more than 1,000 USD", record, reader) is None


class TestExpectedValues:
    def test_a_comparison_with_a_missing_one_cannot_tell(self, reader: RecordReader) -> None:
        for record in ({}, {"crm": {}}, {"crm": {"plan": ""}}, {"crm": None}):
            assert truth("CRM plan is Pro", record, reader) is None
            assert truth("CRM plan is not Pro", record, reader) is None

    def test_is_missing_answers(self, reader: RecordReader) -> None:
        assert truth("CRM plan is missing", {}, reader) is True

    def test_is_provided_always_answers(self, reader: RecordReader) -> None:
        assert truth("CRM plan is provided", {}, reader) is False
        assert truth("CRM plan is provided", {"crm": {"plan": None}}, reader) is True


class TestValuesThatAreNotExpected:
    def test_a_comparison_does_not_apply_and_is_clear(self, reader: RecordReader) -> None:
        assert truth("review status is approved", {}, reader) is False
        assert truth("review status is not approved", {}, reader) is False

    def test_unless_does_not_take_silence_for_an_approval(self, reader: RecordReader) -> None:
        assert truth("always unless review status is approved", {}, reader) is True

    def test_a_blank_is_missing_but_stops_nothing(self, reader: RecordReader) -> None:
        """Optional columns of an export are null more often than not; that must not hold every customer."""
        for blank in ("", None):
            record = {"review": {"status": blank}}
            assert truth("review status is missing", record, reader) is True
            assert truth("review status is present", record, reader) is False
            assert truth("review status is approved", record, reader) is False
            assert truth("review status is not approved", record, reader) is False

    def test_a_system_nobody_connects_is_clear_either_way(self, reader: RecordReader) -> None:
        assert truth("archive is attached", {}, reader) is False
        assert truth("archive is not attached", {}, reader) is False


def test_disagreement_needs_two_known_values_that_differ(reader: RecordReader) -> None:
    both = {"contract": {"plan": "Enterprise"}, "crm": {"plan": "Pro"}}
    assert truth("contract plan and CRM plan disagree", both, reader) is True
    assert (
        truth(
            "contract plan and CRM plan disagree",
            {"contract": {"plan": "Pro"}, "crm": {"plan": "pro"}},
            reader,
        )
        is False
    )
    assert (
        truth("contract plan and CRM plan disagree", {"contract": {"plan": "Pro"}, "crm": {}}, reader) is None
    )
