import json
import re
import subprocess
import sys

import msgspec
import pytest
from click.testing import CliRunner

from holdshort.cli.main import cli
from tests.playbooks import ROWS, conflicting, record, write_playbook, write_records


@pytest.fixture
def playbook(tmp_path):
    return write_playbook(tmp_path / "playbook")


@pytest.fixture
def records(tmp_path):
    return write_records(
        tmp_path / "records.jsonl",
        record("clean"),
        conflicting("conflict"),
        record("open", crm={"stage": "open"}),
        record("unsure", ai_output={"confidence": 0.2}, proposed_actions=["send_customer_message"]),
    )


def run(*args, **options):
    return CliRunner().invoke(cli, ["run", *map(str, args)], catch_exceptions=False, **options)


def test_the_view_says_who_how_risky_what_is_held_and_who_decides(playbook, records):
    result = run(playbook, "--records", records)

    assert result.exit_code == 0
    for said in (
        "▲ high  Acme Ltd  held",
        "✓ clean  Acme Ltd",
        "■ hold  Acme Ltd  held",
        "– not triggered",
        "Held provision access",
        "Because contract plan is Enterprise, CRM plan is Pro (CO-EDGE-002, high)",
        "May go on create project, create kickoff tasks",
        "Decides RevOps (Rae)",
        "Missing check “contract plan and CRM plan agree” fails",
        "send customer message; also every customer-facing action and system write",
    ):
        assert " ".join(said.split()) in " ".join(result.output.split())


def test_the_last_line_counts_onboardings_by_verdict_and_owner_and_no_tasks(playbook, records):
    result = run(playbook, "--records", records)

    assert result.output.strip().splitlines()[-1] == (
        "4 onboardings: 2 held, 1 clean, 1 not triggered. First to decide: RevOps 1, CSM 1"
    )


@pytest.mark.parametrize("width", [80, 100])
def test_the_view_fits_the_terminal(playbook, tmp_path, width):
    path = write_records(tmp_path / "r.jsonl", conflicting(crm={"account_name": "A very long name " * 12}))

    result = run(playbook, "--records", path, "--why", env={"COLUMNS": str(width)})

    lines = result.output.splitlines()
    assert max(map(len, lines[:-1])) <= width


def test_why_prints_rule_reasons_and_evidence(playbook, records):
    result = run(playbook, "--records", records, "--why", "--only", "held")

    assert "“contract plan and CRM plan disagree”" in result.output
    assert "· contract plan is Enterprise, CRM plan is Pro" in result.output
    assert "CRM plan: Pro (CRM record plan, 2 days old)" in result.output


def test_json_is_one_answer_a_line_in_input_order_and_nothing_else(playbook, records):
    result = run(playbook, "--records", records, "--json")

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [each["record_id"] for each in answers] == ["clean", "conflict", "open", "unsure"]
    assert list(answers[0]) == [
        "onboarding", "record_id", "line", "verdict", "tier", "reviewer", "reviewers", "findings", "actions", "gaps",
    ]  # fmt: skip
    assert answers[1]["actions"]["provision_access"] == "held"


def test_json_copes_with_numbers_beyond_64_bits(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", conflicting(contract={"plan": 10**40}))

    result = run(playbook, "--records", path, "--json")

    assert str(10**40) in result.stdout or "1e40" in result.stdout.lower() or json.loads(result.stdout)


def test_two_runs_print_the_same_bytes(playbook, records):
    assert (
        run(playbook, "--records", records, "--json").stdout_bytes
        == run(playbook, "--records", records, "--json").stdout_bytes
    )


def test_several_files_after_one_option_are_read_in_their_order(playbook, tmp_path):
    names = [write_records(tmp_path / f"{number}.jsonl", record(number)) for number in ("3", "1", "2")]

    spread = run(playbook, "--records", names[0], names[1], "--json", "--records", names[2])
    repeated = run("--records", names[0], "--records", names[1], "--records", names[2], playbook, "--json")

    assert [json.loads(line)["record_id"] for line in spread.stdout.splitlines()] == ["3", "1", "2"]
    assert repeated.stdout == spread.stdout


def test_records_come_from_standard_input(playbook, records):
    result = run(playbook, "--records", "-", "--json", input=records.read_bytes())

    assert len(result.stdout.splitlines()) == 4


def test_an_unreadable_record_is_named_on_stderr_and_the_others_are_answered(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", record("1"), "{broken", record("3"))

    result = run(playbook, "--records", path, "--json")

    assert result.exit_code == 1
    assert [json.loads(line)["record_id"] for line in result.stdout.splitlines()] == ["1", "3"]
    assert "r.jsonl, line 2" in result.stderr


def test_rows_with_errors_are_named_loudly_and_the_rest_answers(tmp_path, records):
    playbook = write_playbook(
        tmp_path / "faulty", ROWS.replace("success criteria is missing", "success criterion is missing")
    )

    result = run(playbook, "--records", records, "--json")

    assert result.exit_code == 1
    assert "CO-EDGE-001" in result.stderr
    assert "did not run (CO-EDGE-001)" in result.stderr
    assert len(result.stdout.splitlines()) == 4


def test_nothing_to_read_is_exit_code_two(playbook, tmp_path):
    assert run(playbook, "--records", tmp_path / "gone.jsonl").exit_code == 2


@pytest.mark.parametrize(
    "args",
    [
        ("--dry-run",),
        ("--mapping", "m.yaml", "--preset", "stripe"),
        ("--limit", "0"),
        ("--only", "urgent"),
        ("--records", "-", "--records", "-"),
    ],
)
def test_arguments_that_do_not_fit_are_exit_code_two_and_say_why(playbook, records, args):
    result = run(playbook, "--records", records, *args)

    assert result.exit_code == 2
    assert "Error:" in result.stderr


def test_only_shows_these_and_counts_all(playbook, records):
    result = run(playbook, "--records", records, "--only", "clean")

    assert "✓ clean" in result.output
    assert "▲" not in result.output
    assert "4 onboardings" in result.output


def test_limit_reads_no_more(playbook, records):
    assert len(run(playbook, "--records", records, "--limit", "2", "--json").stdout.splitlines()) == 2


def test_out_writes_a_packet_for_each_onboarding_with_a_finding(playbook, records, tmp_path):
    result = run(playbook, "--records", records, "--out", tmp_path / "packets", "--quiet")

    pages = sorted(path.name for path in (tmp_path / "packets").glob("*.html"))
    assert result.exit_code == 0
    assert len(pages) == 3
    assert "index.html" in pages
    assert "2 packets in" in result.output


def test_a_dry_run_of_out_writes_nothing(playbook, records, tmp_path):
    result = run(playbook, "--records", records, "--out", tmp_path / "packets", "--dry-run", "-q")

    assert "2 packets would be written" in result.output
    assert not (tmp_path / "packets").exists()


def test_ctrl_c_ends_cleanly_with_whole_lines(playbook, records, monkeypatch):
    from holdshort.core.screening import Screener

    screen = Screener.screen

    def stops(self, data, line, now):
        if data["record_id"] == "open":
            raise KeyboardInterrupt
        return screen(self, data, line, now)

    monkeypatch.setattr(Screener, "screen", stops)

    result = run(playbook, "--records", records, "--json")

    assert result.exit_code == 130
    assert [json.loads(line)["record_id"] for line in result.stdout.splitlines()] == ["clean", "conflict"]
    assert "Stopped after 2 records" in result.stderr
    assert "Traceback" not in result.output


def test_no_text_of_a_record_commands_the_terminal(playbook, tmp_path):
    evil = "\x1b[2J\x1b]0;owned\x07 [bold red]x[/] \u202egnp.exe"
    path = write_records(
        tmp_path / "r.jsonl",
        conflicting(evil, crm={"account_name": evil, "plan": evil}, proposed_actions=[evil]),
    )

    result = run(playbook, "--records", path, "--why")

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", result.output)
    assert "[bold red]x[/]" in result.output
    assert "[U+001B][2J" in result.output


def test_the_json_lines_are_what_to_json_says(playbook, records):
    from datetime import UTC, datetime

    from holdshort.service.run import run_records

    wanted = [
        msgspec.json.encode(each.answer.to_json())
        for each in run_records(playbook, [records], datetime.now(UTC))
    ]

    assert run(playbook, "--records", records, "--json").stdout_bytes.splitlines() == wanted


@pytest.mark.parametrize("command", [("run", "--records", "x.jsonl"), ("lint",), ("explain", "CO-EDGE-001")])
def test_a_program_reads_in_json_why_nothing_could_be_done(command, tmp_path):
    name, *rest = command
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from holdshort.cli.main import main; main()",
            name,
            str(tmp_path / "none"),
            *rest,
            "--json",
        ],
        capture_output=True,
        text=True,
    )
    assert said.returncode == 2
    assert json.loads(said.stdout)["errors"][0]["code"] == "PLAY-010"
    assert "PLAY-010" in said.stderr
