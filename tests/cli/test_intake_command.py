"""`holdshort intake`: one onboarding a deal, by whichever channel and however often its record comes."""

import json

import pytest

from tests.cli.live import Live, starter_record

CLEAN = starter_record("clean-mid-market", ["create_project"])
HELD = starter_record("missing-success-criteria", ["create_kickoff_tasks"], crm={"opportunity_id": "D-2"})


@pytest.fixture
def live(sqlite_live):
    return sqlite_live


def write(live, *records):
    path = live.folder / "records.jsonl"
    path.write_text(
        "".join(each if isinstance(each, str) else json.dumps(each) + "\n" for each in records), "utf-8"
    )
    return path


def lines(result):
    return [json.loads(each) for each in result.stdout.splitlines()]


def test_each_record_is_one_line_with_what_became_of_it_and_who_decides(live):
    output = live.ok("intake", "--records", write(live, CLEAN, HELD))
    first, second, summary = output.splitlines()
    assert first.split() == [
        "opened",
        "1",
        "✓",
        "clean",
        "clean",
        "A-118/D-2210/closed_won",
        "waits",
        "for",
        "nobody",
    ]
    assert second.split() == [
        "opened",
        "2",
        "●",
        "medium",
        "held",
        "A-118/D-2/closed_won",
        "RevOps",
        "decides",
    ]
    assert summary == "2 records: 2 opened. 1 of them waits for a person: `holdshort inbox`"


@pytest.mark.shows("C2.1", "C2.6", "G1")
def test_the_same_deal_by_any_channel_any_number_of_times_is_one_onboarding(live):
    path = write(live, CLEAN, CLEAN)
    found = lines(live.run("intake", "--records", path, "--channel", "CRM", "--json"))
    assert [(each["outcome"], each["number"]) for each in found] == [("opened", 1), ("unchanged", 1)]
    newer = {**CLEAN, "as_of": "2026-03-11T17:00:00Z", "handoff": {**CLEAN["handoff"], "risks": "One"}}
    found = lines(live.run("intake", "--records", write(live, newer, CLEAN), "--channel", "Slack", "--json"))
    assert [each["outcome"] for each in found] == ["updated", "updated"]
    risks = [each["value"] for each in live.show(1)["facts"]]
    assert "None known" not in risks, "an older record never overwrites newer facts"
    log = [each["words"] for each in live.json("show", 1, "--log")["log"]]
    assert any("by Slack" in each and "older than what is known" in each for each in log)


def test_what_no_trigger_opens_and_what_was_handled_before_open_nothing(live):
    lost = starter_record(
        "clean-mid-market",
        crm={"stage_is_won": False, "stage_id": "negotiation", "stage_label": "Negotiation"},
    )
    found = lines(live.run("intake", "--records", write(live, lost, starter_record("event-again")), "--json"))
    assert [(each["outcome"], each["number"]) for each in found] == [
        ("not triggered", None),
        ("ignored", None),
    ]
    assert live.run("inbox", "--all", "--json").stdout == ""


def test_broken_records_are_reported_all_at_once_and_the_others_are_taken_in(live):
    nobody = {"as_of": "2026-03-11T15:00:00Z", "crm": {"stage_is_won": True}}
    path = write(live, CLEAN, "{broken\n", nobody, HELD, "[1, 2\n")
    result = live.run("intake", "--records", path)
    assert result.exit_code == 1
    assert result.stderr.count("error[") == 3
    assert "FLOW-060" in result.stderr
    assert [each.split()[0] for each in result.stdout.splitlines()[:2]] == ["opened", "opened"]
    assert "3 records could not be read" in result.stdout
    with_json = live.run("intake", "--records", path, "--json")
    unreadable = [each for each in lines(with_json) if each["outcome"] == "unreadable"]
    assert [each["line"] for each in unreadable] == [2, 3, 5]


def test_nothing_readable_is_exit_code_2(live):
    assert live.run("intake", "--records", write(live, "{broken\n")).exit_code == 2
    assert live.run("intake", "--records", live.folder / "nowhere.jsonl").exit_code == 2
    table = live.folder / "deals.csv"
    table.write_text("Id\n1\n", "utf-8")
    assert live.run("intake", "--records", table, "--preset", "salesforce", "--mapping", table).exit_code == 2


def test_a_dry_run_says_what_would_become_of_each_record_and_changes_nothing(live):
    path = write(live, HELD)
    output = live.ok("intake", "--records", path, "--dry-run")
    assert output.startswith("would open")
    assert "Dry run: nothing was changed" in output
    assert live.run("inbox", "--all", "--json").stdout == ""
    live.ok("intake", "--records", path)
    assert "unchanged" in live.ok("intake", "--records", path, "--dry-run")


def test_the_playbook_may_come_first_and_several_files_may_follow_records(live):
    from click.testing import CliRunner

    from holdshort.cli.main import cli

    one, two = write(live, CLEAN), live.folder / "two.json"
    two.write_text(json.dumps(HELD), "utf-8")
    result = CliRunner().invoke(cli, ["intake", str(live.folder), "--records", str(one), str(two), "--json"])
    assert result.exit_code == 0, result.output
    assert [each["number"] for each in lines(result)] == [1, 2]


def test_without_a_published_register_nothing_is_taken_in(tmp_path):
    import shutil

    from holdshort.core.diagnostics import HoldshortError
    from tests.cli.live import STARTER

    shutil.copytree(STARTER, tmp_path / "playbook")
    live = Live(tmp_path / "playbook")
    (live.folder / "r.json").write_text(json.dumps(CLEAN), "utf-8")
    with pytest.raises(HoldshortError, match="no register has been published"):
        live.run("intake", "--records", live.folder / "r.json")
    assert "No register has been published" in live.ok("inbox")


def test_text_of_a_record_cannot_steer_the_terminal(live):
    record = {**CLEAN, "crm": {**CLEAN["crm"], "opportunity_id": "D-\x1b[2J\u202e9"}}
    output = live.ok("intake", "--records", write(live, record))
    assert "\x1b" not in output
    assert "\u202e" not in output
