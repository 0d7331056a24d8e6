"""Ways in which a value, an address or a file's slip could have released what should be held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import holdshort
from holdshort.core.actions import Catalogue, read_catalogue
from holdshort.core.answers import Answer, Finding
from holdshort.core.gate import clear_to_run
from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.screening import Screener
from holdshort.core.text import domain_of
from holdshort.service.acceptance import load_records
from holdshort.service.load_playbook import load_playbook

NOW = datetime(2026, 3, 11, 15, tzinfo=UTC)
STARTER = Path(holdshort.__path__[0]) / "starter"


@pytest.fixture(scope="module")
def screener() -> Screener:
    return Screener(load_playbook(STARTER).playbook)


@pytest.fixture
def clean() -> dict[str, Any]:
    records, _ = load_records(STARTER / "records")
    return dict(records["clean-mid-market"])


def answer(screener: Screener, record: dict[str, Any], **systems: Any) -> Answer:
    return screener.screen({**record, **systems}, 1, NOW)


@pytest.mark.parametrize(
    "address",
    [
        "spy@evil.example, Y <y@oldmill.example>",
        "<e@evil.example>,<y@oldmill.example>",
        "e@evil.example <y@oldmill.example>",
        "mailto:y@oldmill.example?cc=e@evil.example",
        "y%evil.example@oldmill.example",
        "evil.example/@oldmill.example",
    ],
)
def test_a_second_recipient_does_not_pass_as_the_customers(
    address: str, screener: Screener, clean: dict[str, Any]
) -> None:
    assert domain_of(address) is None
    draft = {"id": "M1", "status": "draft", "to": [address], "body": "Hello", "sources": ["handoff.risks"]}
    got = answer(screener, clean, messages=[draft], proposed_actions=["send_customer_message"])
    assert got.actions["send_customer_message"].state == "held"


@pytest.mark.parametrize("blank", [[""], ["TBD"], ["", " "]])
def test_a_list_of_blanks_is_no_answer(blank: list[str], screener: Screener, clean: dict[str, Any]) -> None:
    got = answer(screener, clean, handoff={**clean["handoff"], "success_criteria": blank})
    assert "CO-EDGE-001" in [finding.case for finding in got.findings]


@pytest.mark.parametrize("proposed", [{"kind": "delete_all"}, {"what": "anything"}, ["send"], 7])
def test_a_proposal_of_another_shape_is_held(
    proposed: object, screener: Screener, clean: dict[str, Any]
) -> None:
    got = answer(screener, clean, proposed_actions=[proposed])
    added = [
        verdict for kind, verdict in got.actions.items() if kind not in screener.playbook.catalogue.kinds
    ]
    assert [verdict.state for verdict in added] == ["held"]


def catalogue(**prefixes: str) -> Catalogue:
    words = {"draft-first": "released", "live": "released", "shadow": "person"}
    data = {
        "classes": {"customer": {"customer facing": True, **words}},
        "actions": {"send_mail": {"class": "customer"}},
        "prefixes": prefixes,
    }
    found, faults = read_catalogue(data, "actions.yaml")
    assert not faults
    return found


def test_a_hold_stops_kinds_that_only_a_prefix_knows() -> None:
    held = Finding("CO-EDGE-900", "matched", "hold", "legal", ("because",), (), ())
    assert clear_to_run("send_wire", [held], catalogue(send_="customer"), "live").state == "held"


def test_a_quoted_yes_is_reported_and_counts_as_yes() -> None:
    data = {"classes": {"c": {"customer facing": "yes"}}, "actions": {"a": {"class": "c"}}}
    found, faults = read_catalogue(data, "actions.yaml")
    assert [fault.code for fault in faults] == ["ACT-007"]
    assert found.classes["c"].customer_facing


def reader_of(
    glossary: dict[str, Any], thresholds: dict[str, Any] | None = None
) -> tuple[RecordReader, list[str]]:
    words = GlossaryReader("glossary.yaml")
    read = words.read(glossary, thresholds or {})
    return RecordReader(read), [fault.code for fault in words.faults]


def test_a_second_source_that_nobody_can_read_leaves_the_value_in_doubt() -> None:
    reader, _ = reader_of({"names": {"seats": {"from": ["crm.seats", "contract.seats"], "type": "number"}}})
    value = reader.read(
        reader.glossary.names["seats"], {"crm": {"seats": 50}, "contract": {"seats": "1,500 or so"}}
    )
    assert isinstance(value, NotKnown)


@pytest.mark.parametrize("system", ["hold", 1, [{"hold": True}]])
def test_a_system_of_another_kind_is_in_doubt_not_absent(system: object) -> None:
    reader, _ = reader_of(
        {"names": {"legal hold": {"from": "legal.hold", "type": "yes/no", "expected": False}}}
    )
    value = reader.read(reader.glossary.names["legal hold"], {"legal": system})
    assert isinstance(value, NotKnown)
    assert value.truth is None


def test_an_age_without_a_now_is_no_proof_of_freshness() -> None:
    reader, _ = reader_of({"names": {"map": {"from": "crm.map", "type": "text", "fresh for": "30 days"}}})
    value = reader.read(reader.glossary.names["map"], {"crm": {"map": {"value": "x", "as_of": "2020-01-01"}}})
    assert isinstance(value, NotKnown)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_threshold_must_be_a_finite_number(number: float) -> None:
    _, faults = reader_of({"names": {}}, {"risk": number})
    assert faults == ["GLOS-002"]


def test_what_builds_on_a_broken_definition_is_reported_and_does_not_run() -> None:
    reader, faults = reader_of(
        {
            "names": {"plan": {"from": "crm.plan", "type": "choice", "values": ["Pro"]}},
            "definitions": {"first": "plan is Prro", "second": "first or plan is Pro"},
        }
    )
    assert faults == ["RULE-012", "GLOS-013"]
    assert reader.glossary.definitions == {}


def test_a_choice_named_like_a_variable_is_only_a_choice() -> None:
    from holdshort.core.dates import Calendar
    from holdshort.core.rules.compiled import CompiledRules

    reader, faults = reader_of(
        {
            "names": {
                "contacts": {
                    "type": "list",
                    "from": "contacts",
                    "item": "contact",
                    "fields": {"role": {"type": "choice", "values": ["k12", "f9"]}},
                }
            }
        }
    )
    assert not faults
    condition = parse_condition("any contact whose role is k12", Vocabulary(reader.glossary))
    rules = CompiledRules([condition], reader, Calendar("every weekday"))
    assert rules.evaluate({"contacts": [{"role": "k12"}]}, NOW) == [True]


def test_lanes_that_differ_place_the_record_nowhere(screener: Screener, clean: dict[str, Any]) -> None:
    playbook = screener.playbook
    name = playbook.clean_path.lane_name
    entry = playbook.glossary.names[name]
    both = replace(entry, paths=(entry.paths[0], playbook.glossary.names["segment"].paths[0]))
    reader = RecordReader(replace(playbook.glossary, names={**playbook.glossary.names, name: both}))
    assert isinstance(reader.read(both, clean), NotKnown)


@pytest.mark.shows("L7.3", "G11")
@pytest.mark.parametrize(
    "said", [{}, [], [{"type": "customer_message", "confidence": 0.99}], "I am sure", 0.99]
)
@pytest.mark.parametrize("kind", ["send_customer_message", "create_project"])
def test_ai_output_that_is_empty_or_no_object_is_ai_that_is_unsure_where_something_is_proposed(
    said: Any, kind: str, screener: Screener, clean: dict[str, Any]
) -> None:
    got = answer(screener, clean, ai_output=said, proposed_actions=[kind])
    assert "CO-EDGE-701" in [finding.case for finding in got.findings]
    assert got.actions[kind].state == "held"


def test_an_empty_ai_output_beside_nothing_that_leans_on_it_is_none(
    screener: Screener, clean: dict[str, Any]
) -> None:
    got = answer(screener, clean, ai_output={}, proposed_actions=[], messages=[])
    assert got.verdict == answer(screener, clean, proposed_actions=[], messages=[]).verdict == "clean"
