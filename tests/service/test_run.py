import io
import json
from datetime import UTC, datetime

import pytest

from holdshort.core.diagnostics import HoldshortError
from holdshort.service.run import run_records
from tests.playbooks import ROWS, conflicting, record, write_playbook, write_records

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


@pytest.fixture
def playbook(tmp_path):
    return write_playbook(tmp_path / "playbook")


def test_answers_come_in_input_order_across_files(playbook, tmp_path):
    first = write_records(tmp_path / "b.jsonl", record("1"), conflicting("2"))
    second = write_records(tmp_path / "a.jsonl", record("3"))

    run = run_records(playbook, [first, second], NOW)

    assert [each.answer.record_id for each in run] == ["1", "2", "3"]
    assert run.exit_code == 0


@pytest.mark.shows("P3", "P4")
def test_a_finding_is_what_the_run_is_for_and_no_failure_of_it(playbook, tmp_path):
    run = run_records(playbook, [write_records(tmp_path / "r.jsonl", conflicting())], NOW)

    assert [each.answer.verdict for each in run] == ["held"]
    assert run.exit_code == 0


def test_an_unreadable_record_is_named_and_does_not_hide_the_next_one(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", record("1"), "{broken", record("3"))
    run = run_records(playbook, [path], NOW)

    found = list(run)

    assert [each.answer.record_id if each.answer else None for each in found] == ["1", None, "3"]
    assert found[1].faults[0].where.line == 2
    assert (run.tally.answered, run.tally.unreadable, run.exit_code) == (2, 1, 1)


def test_a_file_that_is_not_there_does_not_hide_the_next_one(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", record("1"))
    run = run_records(playbook, [tmp_path / "gone.jsonl", path], NOW)

    assert [each.answer is not None for each in run] == [False, True]
    assert run.exit_code == 1


def test_nothing_read_is_exit_code_two(playbook, tmp_path):
    run = run_records(playbook, [tmp_path / "gone.jsonl"], NOW)

    assert [each.answer for each in run] == [None]
    assert run.exit_code == 2


def test_rows_with_errors_do_not_run_and_the_others_still_answer(tmp_path):
    rows = ROWS.replace("contract plan and CRM plan disagree", "contract plam and CRM plan disagree")
    playbook = write_playbook(tmp_path / "playbook", rows)
    blank = record("blank", handoff={"success_criteria": "TBD"})
    run = run_records(playbook, [write_records(tmp_path / "r.jsonl", conflicting(), blank)], NOW)

    cases = [[finding.case for finding in each.answer.findings] for each in run]

    assert cases == [[], ["CO-EDGE-001"]]
    assert run.loaded.errors
    assert run.exit_code == 1


def test_a_record_that_breaks_the_program_never_passes_for_an_answered_one(playbook, tmp_path, monkeypatch):
    path = write_records(tmp_path / "r.jsonl", record("1"), record("2"))
    run = run_records(playbook, [path], NOW)
    screen = run._screener.screen

    def breaks(data, line, now):
        if data["record_id"] == "1":
            raise KeyError("boom")
        return screen(data, line, now)

    monkeypatch.setattr(run._screener, "screen", breaks)

    found = list(run)

    assert [each.answer is not None for each in found] == [False, True]
    assert found[0].faults[-1].code == "RUN-001"
    assert run.exit_code == 1


def test_the_limit_counts_records_read(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", *(record(str(number)) for number in range(9)))

    assert len(list(run_records(playbook, [path], NOW, limit=4))) == 4


def test_records_come_from_standard_input(playbook):
    stdin = io.BytesIO(json.dumps(record("piped")).encode())

    run = run_records(playbook, ["-"], NOW, stdin=stdin)

    assert [each.answer.record_id for each in run] == ["piped"]


def test_an_export_needs_a_mapping_or_a_preset(playbook, tmp_path):
    (tmp_path / "deals.csv").write_text("Id,Name\n1,Acme\n", encoding="utf-8")

    with pytest.raises(HoldshortError, match="RUN-002"):
        run_records(playbook, [tmp_path / "deals.csv"], NOW)


def test_a_mapping_without_an_export_is_refused(playbook, tmp_path):
    path = write_records(tmp_path / "r.jsonl", record())

    with pytest.raises(HoldshortError, match="RUN-003"):
        run_records(playbook, [path], NOW, preset="salesforce")


def test_an_export_is_answered_through_a_mapping_file(playbook, tmp_path):
    (tmp_path / "deals.csv").write_text(
        "Deal ID,Account,Stage,Plan\nOPP-7,ACC-7,won,Pro\nOPP-8,ACC-8,open,Pro\n", encoding="utf-8"
    )
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "tables:\n  - table: deals\n    system: crm\n    key: Deal ID\n    columns:\n"
        "      Deal ID: opportunity_id\n      Account: account_id\n      Stage: stage\n      Plan: plan\n",
        encoding="utf-8",
    )

    run = run_records(playbook, [tmp_path / "deals.csv"], NOW, mapping=mapping)

    assert [(each.answer.onboarding, each.answer.verdict) for each in run] == [
        ("ACC-7/OPP-7/closed_won", "held"),
        ("ACC-8/OPP-8/none", "not triggered"),
    ]
