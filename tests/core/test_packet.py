import json
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from holdshort.core.packet import build_packet, needs_packet
from holdshort.core.packet_layout import TITLES
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import load_playbook
from tests.playbooks import conflicting, record, write_playbook

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
TWELVE = [f"I{number}" for number in range(1, 13)]


@pytest.fixture(scope="module")
def playbook(tmp_path_factory):
    return load_playbook(write_playbook(tmp_path_factory.mktemp("tiny"))).playbook


@pytest.fixture(scope="module")
def starter():
    return load_playbook(Path(str(files("holdshort").joinpath("starter")))).playbook


@pytest.fixture(scope="module")
def situations(shared_data):
    path = shared_data / "situations.open.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def packet_of(data, playbook):
    return build_packet(Screener(playbook).screen(data, 1, NOW), data, playbook, NOW)


def row(packet, code, label):
    return next(each for each in packet.part(code).rows if each.label.startswith(label))


def labels(packet, code, kind=None):
    return [each.label for each in packet.part(code).rows if kind is None or each.kind == kind]


@pytest.mark.shows("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12")
def test_a_packet_has_its_twelve_parts_in_order(playbook):
    packet = packet_of(conflicting(), playbook)

    assert [part.code for part in packet.parts] == TWELVE == list(TITLES)
    assert [part["code"] for part in packet.to_json()["parts"]] == TWELVE


@pytest.mark.shows("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "I12")
def test_every_open_situation_with_a_finding_gets_all_twelve_parts(starter, situations):
    screener = Screener(starter)
    made = 0
    for number, situation in enumerate(situations, start=1):
        answer = screener.screen(situation["record"], number, NOW)
        if needs_packet(answer):
            packet = build_packet(answer, situation["record"], starter, NOW)
            assert [part.code for part in packet.parts] == TWELVE
            assert all(part.rows or part.gap for part in packet.parts)
            json.dumps(packet.to_json())
            made += 1
    assert made >= 55


def test_an_empty_part_says_that_it_is_empty_and_why(playbook):
    packet = packet_of(conflicting(), playbook)

    assert packet.part("I9").gap == "no AI output came with this record"
    assert "I9" in [part.code for part in packet.gaps]


@pytest.mark.shows("I1")
def test_links_show_account_and_opportunity_with_the_address_to_look_them_up(playbook):
    values = row(packet_of(conflicting(), playbook), "I1", "Account").values

    assert [(each.value, each.url) for each in values] == [
        ("Acme Ltd", "https://crm.example/opp/1"),
        ("ACC-1", "https://crm.example/opp/1"),
    ]


@pytest.mark.shows("I1", "I12")
def test_a_glossary_without_a_name_shows_what_the_record_holds(playbook):
    data = conflicting(
        projects=[{"project_id": "P-9", "status": "blocked"}],
        reviews=[{"type": "security", "status": "approved"}],
    )
    packet = packet_of(data, playbook)

    assert labels(packet, "I1")[2] == "Project P-9"
    review = row(packet, "I12", "Review recorded elsewhere")
    assert review.note == "A fact from elsewhere. It releases nothing here."


@pytest.mark.shows("I2", "I8")
def test_fields_that_differ_stand_side_by_side_with_system_field_and_age(playbook):
    packet = packet_of(conflicting(), playbook)

    found = row(packet, "I8", "Plan")

    assert found.differs
    assert [(each.system, each.field, each.value, each.age) for each in found.values] == [
        ("CRM record", "plan", "Pro", "2 days old"),
        ("contract", "plan", "Enterprise", ""),
    ]
    assert found.note == "looked at by CO-EDGE-002"
    assert row(packet, "I2", "Plan").differs


@pytest.mark.shows("I3")
def test_a_role_that_the_record_leaves_open_shows_who_holds_it_in_the_playbook(playbook):
    found = row(packet_of(conflicting(), playbook), "I3", "CSM")

    assert found.values[0].value == "Tom <tom@vendor.example>"
    assert found.values[0].system == "playbook"


@pytest.mark.shows("I4", "I8")
def test_a_text_taken_for_blank_is_shown_with_the_reason(playbook):
    packet = packet_of(record(handoff={"success_criteria": "TBD"}), playbook)

    shown = row(packet, "I4", "Success criteria").values[0]

    assert (shown.value, shown.state, shown.note) == ("TBD", "missing", "`TBD` counts as blank")
    assert row(packet, "I8", "Success criteria").state == "missing"


@pytest.mark.shows("I4", "I9")
def test_what_only_ai_says_is_marked_and_stays_missing(playbook):
    data = record(
        handoff={"success_criteria": None},
        ai_output={"confidence": 0.9, "fields": {"success_criteria": "faster"}},
    )
    packet = packet_of(data, playbook)

    assert row(packet, "I4", "Success criteria").values[0].state == "ai_only"
    assert row(packet, "I9", "Extracted: success criteria").values[0].value == "faster"
    assert packet.cases[0] == "CO-EDGE-001"


@pytest.mark.shows("I5", "I6", "I7")
def test_notes_people_and_needs_are_shown_in_full(starter):
    folder = Path(str(files("holdshort").joinpath("starter", "records")))
    data = json.loads((folder / "clean-mid-market.json").read_text(encoding="utf-8"))
    packet = packet_of({**data, "order_form": {**data["order_form"], "sso": True}}, starter)

    assert row(packet, "I5", "Note N1").quote.startswith("Standard rollout")
    assert "Stakeholder champion" in labels(packet, "I6")
    assert {"SSO", "Security review", "Data processing agreement"} <= set(labels(packet, "I7"))


@pytest.mark.shows("I9")
def test_the_suggestion_is_shown_whole_with_every_reason_to_doubt_it(playbook):
    said = {
        "type": "handoff_summary",
        "confidence": 0.4,
        "claims": [{"text": "Plan is Pro", "citations": ["crm.plan"]}, {"text": "All fine", "citations": []}],
        "uncertainty": "the term",
        "actions": ["send_customer_message"],
        "strange": {"deep": 1},
    }
    packet = packet_of(record(ai_output=said), playbook)

    assert labels(packet, "I9", "remark") == [
        "Its confidence 0.4 is below this playbook's 0.8",
        "At least one of its claims cites nothing",
    ]
    claims = [(each.quote, each.lines, each.note) for each in packet.part("I9").rows if each.label == "Claim"]
    assert claims == [("Plan is Pro", ("crm.plan",), ""), ("All fine", (), "cites nothing")]
    assert row(packet, "I9", "What it is unsure of").values[0].value == "the term"
    assert row(packet, "I9", "Strange: deep").values[0].value == "1"
    assert all(
        value.state == "ai_only"
        for each in packet.part("I9").rows
        if each.kind == "values"
        for value in each.values
    )


@pytest.mark.shows("I9")
@pytest.mark.parametrize("confidence", [None, "0.99", True, 7, {"value": "high"}])
def test_a_confidence_that_is_no_number_from_0_to_1_counts_as_none(playbook, confidence):
    packet = packet_of(record(ai_output={"confidence": confidence, "claims": []}), playbook)

    assert "It states no usable confidence, so it counts as unsure" in labels(packet, "I9", "remark")


@pytest.mark.shows("I10")
def test_the_case_shows_the_rows_own_words_the_reasons_and_the_evidence(playbook):
    found = row(packet_of(conflicting(), playbook), "I10", "CO-EDGE-002")

    assert found.quote == "contract plan and CRM plan disagree"
    assert found.label == "CO-EDGE-002 Contract and CRM name different plans"
    assert found.state == "high"
    assert "RevOps decides before provision access" in found.note
    assert "then legal" in found.note
    assert found.lines == ("contract plan is Enterprise, CRM plan is Pro",)
    assert [each.value for each in found.values] == ["Enterprise", "Pro"]


@pytest.mark.shows("I10")
def test_the_strictest_case_comes_first(playbook):
    data = conflicting(handoff={"success_criteria": None}, ai_output={"confidence": 0.1})

    assert [each.state for each in packet_of(data, playbook).part("I10").rows] == ["hold", "high", "medium"]


@pytest.mark.shows("I11", "J1", "J2", "J3", "J5", "J7", "J8", "J9")
def test_only_the_decisions_that_fit_are_offered_each_with_what_it_allows(playbook):
    packet = packet_of(conflicting(), playbook)
    decisions = {each.state: each for each in packet.part("I11").rows if each.kind == "decision"}

    assert list(decisions) == ["J1", "J2", "J3", "J5", "J7", "J8", "J9"]
    assert decisions["J7"].note == "Stops provision access."
    assert decisions["J9"].note.startswith("Lets provision access go on against the warning")
    assert decisions["J8"].note == "Passes it to legal. Everything stays paused."


@pytest.mark.shows("I11", "J4", "J6")
def test_kickoff_and_messages_are_offered_only_where_they_wait(playbook):
    kickoff = packet_of(record(handoff={"success_criteria": None}), playbook)
    message = packet_of(
        record(ai_output={"confidence": 0.1}, proposed_actions=["send_customer_message"]), playbook
    )

    assert row(kickoff, "I11", "Approve kickoff").note.startswith(
        "Allows create kickoff tasks, and a scheduling draft"
    )
    assert "Approve a customer message" not in labels(kickoff, "I11")
    assert row(message, "I11", "Approve a customer message").note.startswith(
        "Allows send customer message with exactly"
    )


@pytest.mark.shows("I11")
def test_actions_say_their_state_and_which_rows_hold_them(playbook):
    packet = packet_of(record(handoff={"success_criteria": None}), playbook)
    actions = {
        each.label: (each.state, each.lines) for each in packet.part("I11").rows if each.kind == "action"
    }

    assert actions["Create kickoff tasks"] == ("held", ("CO-EDGE-001",))
    assert actions["Create project"] == ("released", ())
    assert actions["Create needs info task"] == ("released", ())
    assert packet.held == ("create kickoff tasks",)


@pytest.mark.shows("I12")
def test_messages_are_history_and_a_draft_is_also_what_would_be_sent(playbook):
    messages = [
        {"id": "M1", "status": "sent", "body": "Welcome"},
        {"id": "M2", "status": "draft", "body": "New date"},
    ]
    packet = packet_of(conflicting(messages=messages), playbook)

    assert [each.quote for each in packet.part("I12").rows] == ["Welcome", "New date"]
    assert [each.quote for each in packet.part("I11").rows if each.kind == "element"] == ["New date"]


def test_the_age_of_a_value_counts_back_from_the_records_own_moment(playbook):
    data = conflicting(as_of="2026-06-18T12:00:00Z")

    assert row(packet_of(data, playbook), "I10", "CO-EDGE-002").values[1].age == "10 days old"


@pytest.mark.parametrize(
    "odd",
    [
        {"crm": None},
        {"stakeholders": "none", "projects": {}, "notes": [None, 3, ["x"], {}]},
        {"ai_output": {"claims": [None, 3, {"text": None, "citations": "x"}], "fields": {}}},
        {"contract": {"plan": {"value": "Enterprise", "as_of": "never", "url": 7}}},
        {"proposed_actions": [None, 1, "unheard_of"], "as_of": "yesterday"},
        {"crm": {"arr": 10**60, "stage": "won"}},
    ],
)
def test_no_record_however_odd_breaks_a_packet(playbook, starter, odd):
    for each in (playbook, starter):
        packet = packet_of({**conflicting(), **odd}, each)
        assert len(packet.parts) == 12
        json.dumps(packet.to_json())
