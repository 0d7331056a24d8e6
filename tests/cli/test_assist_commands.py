"""What the assistant says on a running store, and on files: shown, judged, and followed by nothing."""

import json

import pytest

from tests.cli.live import starter_record


@pytest.fixture
def number(sqlite_live):
    record = starter_record("clean-mid-market", handoff={"success_criteria": "n/a"})
    record["notes"] = [
        *record["notes"],
        {"id": "N9", "text": "We promised them a custom dashboard by July 1, 2026."},
    ]
    return sqlite_live.take_in(record)["number"]


@pytest.mark.shows("H2", "H3", "H5", "I9", "B14")
@pytest.mark.keeps("S16")
def test_what_it_says_is_shown_logged_and_stands_in_the_packet_and_nothing_follows(sqlite_live, number):
    before = sqlite_live.show(number)
    said = sqlite_live.json("assist", number)
    assert {"H2", "H3", "H5"} <= {each["capability"] for each in said["suggestions"]}
    assert ("custom dashboard", "outside the paper") in {
        (each["said"], each["match"]) for each in said["promises"]
    }
    after = sqlite_live.show(number)
    assert (before["actions"], before["reviews"]) == (after["actions"], after["reviews"])
    packet = sqlite_live.json("packet", number)
    part = next(each for each in packet["parts"] if each["code"] == "I9")
    assert any("custom dashboard" in json.dumps(row) for row in part["rows"])
    assert "assist (built-in) suggested s1" in sqlite_live.ok("audit log", number)


@pytest.mark.shows("M9", "M8", "B14")
@pytest.mark.keeps("S19")
def test_a_person_says_what_became_of_it_and_the_same_snapshot_is_not_asked_again(sqlite_live, number):
    first = sqlite_live.json("assist", number)["suggestions"]
    signed = ("--as", "rae", "--password-file", sqlite_live.password("rae"))
    sqlite_live.ok("assist", number, "--keep", 1, "--reject", 2, *signed)
    again = sqlite_live.json("assist", number)["suggestions"]
    assert len(again) == len(first)
    assert [each["outcome"] for each in again][:2] == ["kept", "rejected"]
    refused = sqlite_live.json("assist", number, "--keep", 99, *signed, exit_code=1)["refused"]
    assert refused["code"] == "FLOW-095"


@pytest.mark.shows("H2")
def test_the_worker_asks_about_onboardings_that_wait_for_people(sqlite_live, number):
    said = [json.loads(line) for line in sqlite_live.ok("worker --once --json").splitlines()]
    assert [each["words"] for each in said if each.get("chore") == "assist"]


@pytest.mark.shows("H3")
def test_it_can_be_tried_on_files_without_a_store(sqlite_live, tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text(
        json.dumps(starter_record("clean-mid-market", handoff={"success_criteria": "TBD"})), "utf-8"
    )
    from click.testing import CliRunner

    from holdshort.cli.main import cli

    ran = CliRunner().invoke(cli, ["suggest", str(sqlite_live.folder), "--records", str(path), "--json"])
    assert ran.exit_code == 0, ran.output
    data = json.loads(ran.stdout)
    assert {each["capability"] for each in data["suggestions"]} >= {"H3", "H5"}


@pytest.mark.shows("H8")
def test_only_decided_cases_are_clustered_with_counts_and_examples(sqlite_live):
    numbers = []
    for no in range(3):
        record = starter_record("ai-unsure", [], crm={"opportunity_id": f"OPP-77{no}"})
        numbers.append(sqlite_live.take_in(record)["number"])
    assert sqlite_live.json("assist", "--clusters")["clusters"] == [], "nobody has decided anything"
    for number in numbers[:2]:
        review = sqlite_live.review(number, "CO-EDGE-701")
        sqlite_live.decide("reject", review, "tomas", "--reason", "the assistant invented a stakeholder")
    made = sqlite_live.json("assist", "--clusters")
    (found,) = made["clusters"]
    assert (found["count"], found["rows"], made["cases"]) == (2, ["CO-EDGE-701"], 2)
    assert {each.partition(".")[0] for each in found["examples"]} == {str(each) for each in numbers[:2]}
    assert "stakehold" in " ".join(found["words"])
    assert "2 decided cases are alike" in sqlite_live.ok("assist", "--clusters")


@pytest.mark.shows("M9")
@pytest.mark.keeps("S19")
def test_calibration_says_not_calibrated_until_enough_was_judged(sqlite_live, number):
    assert "Nobody has said" in sqlite_live.ok("assist", "--calibration")
    said = sqlite_live.json("assist", number)["suggestions"]
    with_fields = next(each["no"] for each in said if each["fields"])
    sqlite_live.ok(
        "assist", number, "--keep", with_fields, "--as", "rae", "--password-file", sqlite_live.password("rae")
    )
    (first, *_) = sqlite_live.json("assist", "--calibration")["measured"]
    assert (first["calibrated"], first["needed"], first["threshold"], first["coverage"]) == (
        False,
        200,
        None,
        0.0,
    )
    assert "not calibrated" in sqlite_live.ok("assist", "--calibration")
    assert sqlite_live.run("assist", number, "--calibration").exit_code == 2
    assert sqlite_live.run("assist").exit_code == 2
