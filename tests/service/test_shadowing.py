"""A replay counts what a register would have stopped by what was known then, and what it would have cost."""

import csv
import json
import socket
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import pytest

from holdshort.core.history_events import HistoryEvent, in_time
from holdshort.core.screening import Screener
from holdshort.core.shadow import Replayer, known_at, looks_at_clock
from holdshort.core.shadow_statistics import Mean, Share, chance_of, wilson
from holdshort.service.history_sources import read_history
from holdshort.service.load_playbook import load_playbook
from holdshort.service.made_history import MadeHistory, write_history
from holdshort.service.shadow_html import shadow_page
from holdshort.service.shadowing import shadow
from tests.history.histories import MONDAY, ended, facts, learnt, ran, write
from tests.playbooks import ROWS, write_playbook

STARTER = Path(str(files("holdshort").joinpath("starter")))
NO_CRITERIA = {"success_criteria": None}


@pytest.fixture
def playbook(tmp_path):
    return write_playbook(tmp_path / "playbook")


@cache
def starter():
    return load_playbook(STARTER).playbook


@cache
def starter_replayer():
    return Replayer(starter())


def replayed(playbook, tmp_path, *events, **options):
    return shadow(playbook, [write(tmp_path / "history.jsonl", *events)], **options)


def row(report, case="CO-EDGE-001"):
    return report.first.measures.rows[case]


# --- known then ---


@pytest.mark.shows("N5", "D1")
def test_a_bad_outcome_is_caught_by_a_row_that_stood_before_it(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), ran("D-1", 2, "create_kickoff_tasks"),
        ended("D-1", 90, "handoff returned", "create_kickoff_tasks"),
    )  # fmt: skip
    assert (row(report).caught, row(report).only_caught) == (1, 1)
    assert report.first.measures.catch(report.first.measures.total) == Share(1, 1)
    assert row(report).caught_keys == ["D-1"]


@pytest.mark.shows("N5")
def test_a_fact_learnt_after_the_harm_catches_nothing(playbook, tmp_path):
    """The criteria were there when the tasks were created; that they were found wanting later makes nobody wise before."""
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0), ran("D-1", 2, "create_kickoff_tasks"),
        learnt("D-1", 3, handoff=NO_CRITERIA),
        ended("D-1", 90, "handoff returned", "create_kickoff_tasks"),
    )  # fmt: skip
    assert row(report).caught == 0
    assert row(report).stood == 1


def test_what_becomes_known_in_the_moment_of_the_harm_came_too_late(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0), learnt("D-1", 5, handoff=NO_CRITERIA), ended("D-1", 5, "handoff returned"),
    )  # fmt: skip
    assert row(report).caught == 0


def test_a_gap_that_was_filled_before_anything_ran_is_neither_catch_nor_drag(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), learnt("D-1", 1, handoff={"success_criteria": "80% by day 30"}),
        ran("D-1", 2, "create_kickoff_tasks"), ended("D-1", 90, "handoff returned", "create_kickoff_tasks"),
        facts("D-2", 0, handoff=NO_CRITERIA), learnt("D-2", 1, handoff={"success_criteria": "80% by day 30"}),
        ran("D-2", 2, "create_kickoff_tasks"), ended("D-2", 90, "went well"),
    )  # fmt: skip
    assert (row(report).caught, row(report).held_clean, row(report).stood) == (0, 0, 2)


@pytest.mark.parametrize("seed", range(2))
def test_a_poisoned_later_fact_changes_no_earlier_verdict(seed, tmp_path):
    """Facts added to the end of any onboarding leave every moment before them as it was."""
    write_history(tmp_path / "made", seed, 4)
    replayer = starter_replayer()
    poison = {
        "handoff": None,
        "contract": {"status": "terminated"},
        "crm": {"plan": "Enterprise"},
        "notes": [],
    }
    for history in read_history([tmp_path / "made"], "UTC").onboardings():
        middle = history.events[len(history.events) // 2].at
        later = HistoryEvent(history.key, middle, "facts", 10**9, poison)
        clean, poisoned = (
            replayer.replay(history),
            replayer.replay(in_time(history.key, [*history.events, later])),
        )
        before = [each for each in clean.moments if each.at < middle]
        assert before
        assert [each for each in poisoned.moments if each.at < middle] == before
        assert poisoned.moments[-1] != clean.moments[-1]


def test_asking_only_rows_that_look_at_the_clock_finds_what_asking_all_would(tmp_path):
    write_history(tmp_path / "made", 5, 8)
    playbook = starter()
    replayer, screener = starter_replayer(), Screener(playbook)
    clocked = [each for each in playbook.register.active if looks_at_clock(each.trigger, playbook.glossary)]
    assert 0 < len(clocked) < len(playbook.register.active)
    for history in read_history([tmp_path / "made"], "UTC").onboardings():
        for moment, (at, record, _) in zip(replayer.replay(history).moments, known_at(history), strict=True):
            answer = screener.screen({**record, "as_of": at.isoformat()}, 1, at)
            assert list(moment.findings) == [each.case for each in answer.findings]
            assert moment.triggered == (answer.verdict != "not triggered")


# --- cost ---


@pytest.mark.shows("N5")
def test_drag_is_an_onboarding_that_went_well_and_would_have_been_held_with_its_hours(playbook, tmp_path):
    """Held from Monday 11:00; the criteria came on Tuesday 10:00, so that 6 + 1 business hours were lost."""
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), ran("D-1", 2, "create_kickoff_tasks"),
        learnt("D-1", 25, handoff={"success_criteria": "80% by day 30"}), ended("D-1", 90, "went well"),
        facts("D-2", 0), ran("D-2", 2, "create_kickoff_tasks"), ended("D-2", 90, "went well"),
    )  # fmt: skip
    measures = report.first.measures
    assert measures.drag(measures.total) == Share(1, 2)
    assert row(report).hours.value == pytest.approx(7)
    assert row(report).minutes == 10


def test_a_hold_that_nothing_ends_lasts_as_long_as_the_owner_may_take(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), ran("D-1", 2, "create_kickoff_tasks"), ended("D-1", 900, "went well"),
    )  # fmt: skip
    assert row(report).hours.value == pytest.approx(16)


def test_a_row_that_stops_another_action_is_not_what_stood_in_the_way(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), ran("D-1", 2, "provision_access"),
        ended("D-1", 90, "wrong plan", "provision_access"),
    )  # fmt: skip
    assert (row(report).caught, row(report).held_bad) == (0, 0)


def test_onboardings_of_which_nobody_says_how_they_ended_count_as_neither(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path,
        facts("D-1", 0, handoff=NO_CRITERIA), facts("D-2", 0), ended("D-2", 9, "went well"),
    )  # fmt: skip
    measures = report.first.measures
    assert (measures.bad, measures.clean, measures.open) == (0, 1, 1)
    assert row(report).held_open == 1


def test_minutes_of_reviewers_come_from_the_playbook_and_are_called_an_assumption(playbook, tmp_path):
    toml = playbook / "playbook.toml"
    toml.write_text(toml.read_text("utf-8") + "\n[shadow]\nminutes = {medium = 45}\n", "utf-8")
    report = replayed(playbook, tmp_path, facts("D-1", 0, handoff=NO_CRITERIA), ended("D-1", 9, "went well"))
    assert row(report).minutes == 45
    assert "an assumption: low 5, medium 45" in shadow_page(report)


def test_only_the_days_asked_for_count(playbook, tmp_path):
    report = replayed(
        playbook, tmp_path, facts("old", 0), ended("old", 1, "went well"), facts("new", 2400),
        ended("new", 2401, "went well"), days=30,
    )  # fmt: skip
    assert (report.replayed, report.outside) == (1, 1)


# --- two registers ---


@pytest.mark.shows("N5")
def test_a_draft_register_is_set_beside_the_one_that_runs(playbook, tmp_path):
    draft = tmp_path / "draft.yaml"
    draft.write_text(ROWS.replace("success criteria is missing\n", "CRM plan is Enterprise\n", 1), "utf-8")
    events = [
        event
        for number in range(4)
        for event in (
            facts(f"D-{number}", 0, handoff=NO_CRITERIA if number < 3 else {}),
            ended(f"D-{number}", 9, "handoff returned", "create_kickoff_tasks"),
        )
    ]
    report = replayed(playbook, tmp_path, *events, against=draft)
    assert report.comparison.caught_by_first == 3
    assert report.comparison.caught_by_second == report.comparison.caught_by_both == 0
    assert [side.measures.total.caught for side in report.sides] == [3, 0]


# --- planted truth ---


@pytest.mark.shows("N5")
def test_planted_catch_and_drag_lie_inside_the_intervals_that_a_replay_states(tmp_path):
    """What was planted is found exactly, and the rates of the draw lie inside what is said of them (seed 7)."""
    write_history(tmp_path / "made", 7, 110)
    truth = json.loads((tmp_path / "made" / "truth.json").read_text("utf-8"))
    measures = shadow(STARTER, [tmp_path / "made"]).first.measures
    assert (measures.bad, measures.clean) == (truth["went_wrong"], truth["went_well"])
    for what, measured in (("catch", measures.catch), ("drag", measures.drag)):
        drawn = truth["drawn"]["caught" if what == "catch" else "held_clean"]
        assert measured(measures.total).count == sum(drawn.values())
        for case, rate in truth["planted_rates"][what].items():
            share = measured(measures.total if case == "all" else measures.rows[case])
            assert share.low <= rate <= share.high, (what, case)
            if case != "all":
                assert share.count == drawn.get(case, 0)


def test_the_stated_intervals_hold_the_planted_rates_as_often_as_they_say():
    """Nine of ten at least, where 95 of 100 are promised; of what was drawn, which a replay finds exactly (above)."""
    inside = tried = 0
    for seed in range(10):
        made = MadeHistory(seed, 60)
        assert sum(1 for _ in made.events()) > 60
        truth = made.truth()
        for what, among, drawn in (("catch", "went_wrong", "caught"), ("drag", "went_well", "held_clean")):
            for case, rate in truth["planted_rates"][what].items():
                counts = truth["drawn"][drawn]
                count = sum(counts.values()) if case == "all" else counts.get(case, 0)
                low, high = wilson(count, truth[among])
                inside += low <= rate <= high
                tried += 1
    assert inside >= 0.9 * tried, (inside, tried)


def test_the_same_seed_makes_the_same_days_and_another_makes_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_history(tmp_path / name, seed, 8)
    first, again, other = ((tmp_path / name / "history.jsonl").read_bytes() for name in "abc")
    assert first == again
    assert first != other


# --- arithmetic ---


def test_intervals_are_wilsons():
    """Against the figures of Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    for count, of, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert wilson(count, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(0, 0) == (0.0, 1.0)


def test_chance_is_fishers_exact_test():
    """The lady tasting tea: 3 or more right of 4 is 17 of 70."""
    assert chance_of(3, 4, 4, 8) == pytest.approx(17 / 70)
    assert chance_of(0, 4, 4, 8) == pytest.approx(1)


def test_a_mean_keeps_no_numbers_and_knows_its_interval():
    mean = Mean()
    for number in (1, 2, 3, 4, 5):
        mean.add(number)
    assert mean.value == 3
    assert mean.interval == (pytest.approx(3 - 1.386, abs=1e-3), pytest.approx(3 + 1.386, abs=1e-3))


# --- what cannot be known, and what may not happen ---


@pytest.mark.keeps("S29")
def test_a_replay_reaches_no_network_and_writes_nothing(playbook, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a replay reached for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    before = _digest(tmp_path / "playbook")
    report = replayed(
        playbook, tmp_path, facts("D-1", 0, handoff=NO_CRITERIA), ran("D-1", 2, "create_kickoff_tasks"),
        ended("D-1", 9, "went well"),
    )  # fmt: skip
    assert report.replayed == 1
    assert _digest(tmp_path / "playbook") == before


def _digest(folder):
    return {
        str(each): sha256(each.read_bytes()).hexdigest()
        for each in sorted(folder.rglob("*"))
        if each.is_file()
    }


@pytest.mark.shows("D1")
def test_a_plain_export_with_outcome_columns_says_what_it_cannot_tell(playbook, tmp_path):
    sheet, mapping = tmp_path / "deals.csv", tmp_path / "mapping.yaml"
    with sheet.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Deal", "Stage", "Won on", "Plan", "Criteria", "Returned", "Fine"])
        writer.writerow(["D-1", "won", "2026-06-01", "Pro", "", "2026-06-09", ""])
        writer.writerow(["D-2", "won", "2026-06-01", "Pro", "80%", "yes", ""])
        writer.writerow(["D-3", "won", "2026-06-02", "Pro", "", "", "yes"])
    mapping.write_text(
        "name: deals\ntables:\n  - table: deals\n    system: record\n    one record per: row\n    columns:\n"
        "      Deal: crm.opportunity_id\n      Stage: crm.stage\n      Won on: crm.close_date\n      Plan: crm.plan\n"
        "      Criteria: handoff.success_criteria\n      Returned: outcomes.handoff returned\n      Fine: outcomes.went well\n",
        "utf-8",
    )
    report = shadow(playbook, [sheet], mapping=mapping)
    measures = report.first.measures
    assert (measures.bad, measures.bad_undated, measures.clean) == (1, 1, 1)
    assert (row(report).caught, row(report).held_clean) == (1, 1)
    said = " ".join(report.all_limits())
    assert (
        "no history of when a field was filled: their facts are treated as known at the moment the onboarding began"
        in said
    )
    assert "went wrong at a moment that nobody wrote down" in said


def test_facts_of_a_record_that_say_when_they_became_known_are_known_from_then_on(playbook, tmp_path):
    record = facts("D-1", 0)["record"] | {"trigger": {"received_at": "2026-06-01"}, "record_id": "D-1"}
    record["handoff"] = {
        "lane": "guided",
        "success_criteria": {"value": "80%", "as_of": "2026-06-05T09:00:00Z"},
    }
    record["outcomes"] = {"handoff returned": "2026-06-03"}
    path = tmp_path / "records.jsonl"
    path.write_text(json.dumps(record) + "\n", "utf-8")
    (history,) = read_history([path], "UTC").onboardings()
    known = [record.get("handoff", {}).get("success_criteria") for _, record, _ in known_at(history)]
    assert known[:2] == [None, None]
    assert known[-1]["value"] == "80%"
    assert row(shadow(playbook, [path])).caught == 1


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ({"at": "2026-06-08", "record": {}}, "HISTORY-002", "names no onboarding"),
        ({"key": "D-1", "record": {}}, "HISTORY-002", "says no moment"),
        ({"key": "D-1", "at": "soon", "record": {}}, "HISTORY-004", "`soon` is no moment"),
        (
            {"key": "D-1", "at": "2026-06-08", "outcome": "handoff retured"},
            "HISTORY-005",
            "did you mean `handoff returned`?",
        ),
        ({"key": "D-1", "at": "2026-06-08", "recrod": {}}, "HISTORY-001", "did you mean `record`?"),
        ({"key": "D-1", "at": "2026-06-08", "record": {}, "action": "x"}, "HISTORY-003", "one of `record`"),
    ],
)
def test_a_line_that_cannot_be_read_is_named_and_hides_no_other(playbook, tmp_path, line, code, words):
    report = replayed(playbook, tmp_path, facts("D-2", 0), line, ended("D-2", 9, "went well"))
    (fault,) = report.faults
    assert fault.code == code
    assert words in str(fault)
    assert (fault.where.line, report.replayed) == (2, 1)


def test_what_others_wrote_is_escaped_on_the_page(playbook, tmp_path):
    draft = tmp_path / "<img src=x>.yaml"
    draft.write_text(ROWS, "utf-8")
    page = shadow_page(
        replayed(playbook, tmp_path, facts("D-1", 0), ended("D-1", 9, "went well"), register=draft)
    )
    assert "<img" not in page
    assert "&lt;img" in page


# --- tables of a CRM ---


def test_a_field_history_brings_each_value_from_its_moment_on(tmp_path):
    path = tmp_path / "OpportunityFieldHistory.csv"
    path.write_text(
        "OpportunityId,Field,OldValue,NewValue,CreatedDate\n"
        "006A,Amount,100,200,2026-06-09T10:00:00Z\n006A,StageName,Proposal,Closed Won,2026-06-08T10:00:00Z\n",
        "utf-8",
    )
    (history,) = read_history([path], "UTC", preset="salesforce").onboardings()
    known = [(at, record["crm"].get("amount")) for at, record, _ in known_at(history)]
    assert known[0][1] == "100"
    assert known[-1] == (datetime(2026, 6, 9, 10, tzinfo=UTC), "200")


@pytest.mark.shows("D4")
@pytest.mark.parametrize(("system", "deals"), [("hubspot", 14), ("salesforce", 10)])
def test_history_tables_of_real_crms_replay_and_say_what_they_cannot_tell(
    shared_data, playbook, system, deals
):
    report = shadow(playbook, [shared_data / "crm" / system], days=10_000)
    assert report.replayed == deals
    said = " ".join(report.limits)
    assert "say nothing of contracts, handoffs, notes or of what went wrong" in said
    assert "it is about accounts" in said
    assert report.first.measures.bad == report.first.measures.clean == 0
    assert any("neither catch nor drag" in each for each in report.all_limits())


def test_the_first_monday_is_one():
    assert MONDAY.weekday() == 0
