"""`holdshort test`: every row proven by its own record, or said why not."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

import holdshort
from holdshort.cli.commands.test import command
from holdshort.core.diagnostics import HoldshortError
from holdshort.service.acceptance import load_records, merged
from tests.playbooks import ROWS, write_playbook

STARTER = Path(holdshort.__path__[0]) / "starter"
BROKEN = ROWS.replace("action: hold provision access\n", "action: none\n").replace(
    "review: RevOps decides before provision access", "review: RevOps decides"
)


def run(*args: object):
    return CliRunner().invoke(command, [str(each) for each in args])


def test_all_rows_proven_exits_with_0(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p"))
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "4 of 4 rows proven; 4 tests, none failed"


def test_a_row_that_lost_its_hold_fails_and_says_so(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p", BROKEN))
    assert result.exit_code == 1
    assert "FAIL  CO-EDGE-002" in result.output
    assert "expected provision access is held, but it needs review" in result.output
    assert "3 of 4 rows proven; 4 tests, 1 failed" in result.output


def test_a_row_without_a_test_is_listed_and_not_proven(tmp_path: Path) -> None:
    rows = ROWS.replace("    test: given unsure, send customer message is held\n", "    test: ''\n")
    result = run(write_playbook(tmp_path / "p", rows))
    assert result.exit_code == 1
    assert "Without a test, so not active: CO-EDGE-006" in result.output


def test_a_row_that_cannot_be_read_is_not_proven(tmp_path: Path) -> None:
    result = run(
        write_playbook(tmp_path / "p", ROWS.replace("success criteria is missing", "success is odd"))
    )
    assert result.exit_code == 1
    assert "Could not be read, see `holdshort lint`: CO-EDGE-001" in result.output


def test_one_row_can_be_asked_for_in_any_case(tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "p", BROKEN)
    assert run(playbook, "--case", "co-edge-001").exit_code == 0
    assert run(playbook, "--case", "CO-EDGE-002").exit_code == 1


def test_an_unknown_row_is_refused_with_the_near_one(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p"), "--case", "CO-EDGE-0O1")
    assert isinstance(result.exception, HoldshortError)
    assert "did you mean `CO-EDGE-001`?" in str(result.exception)


def test_json_holds_every_test_with_its_failures(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p", BROKEN), "--json")
    report = json.loads(result.output)
    assert report["passed"] is False
    failing = {row["case"] for row in report["rows"] if not row["passed"]}
    assert failing == {"CO-EDGE-002"}
    [test] = next(row["tests"] for row in report["rows"] if row["case"] == "CO-EDGE-002")
    assert test["failures"]


def test_junit_counts_and_explains(tmp_path: Path) -> None:
    file = tmp_path / "report.xml"
    run(write_playbook(tmp_path / "p", BROKEN), "--junit", file)
    suite = ElementTree.parse(file).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")
    [failure] = suite.iter("failure")
    assert "expected provision access is held" in failure.get("message", "")


# --- records ----------------------------------------------------------------------------------------------


def records(folder: Path, **files: object):
    for name, data in files.items():
        text = data if isinstance(data, str) else json.dumps(data)
        (folder / f"{name}.json").write_text(text, encoding="utf-8")
    return load_records(folder)


def test_a_record_builds_on_another(tmp_path: Path) -> None:
    found, faults = records(
        tmp_path,
        full={
            "as_of": "2026-01-01",
            "crm": {"plan": "Pro", "seats": 5},
            "tasks": [1, 2],
            "contract": {"a": 1},
        },
        less={"base": "full", "change": {"crm": {"plan": None}, "tasks": [], "contract": None}},
        more={"base": "less", "change": {"crm": {"seats": 6}}},
    )
    assert faults == []
    assert found["less"] == {
        "as_of": "2026-01-01",
        "crm": {"plan": None, "seats": 5},
        "tasks": [],
        "contract": None,
    }
    assert found["more"]["crm"] == {"plan": None, "seats": 6}
    assert found["full"]["crm"] == {"plan": "Pro", "seats": 5}


def test_merging_replaces_lists_and_null_sets_null() -> None:
    assert merged({"a": [1], "b": {"c": 1}}, {"a": [2], "b": {"d": None}}) == {
        "a": [2],
        "b": {"c": 1, "d": None},
    }


def test_each_faulty_record_is_reported_and_does_not_hide_the_next(tmp_path: Path) -> None:
    found, faults = records(
        tmp_path,
        good={"as_of": "2026-01-01"},
        broken="{",
        listed="[]",
        one={"base": "two", "change": {}},
        two={"base": "one", "change": {}},
        lost={"base": "goof", "change": {}},
        below={"base": "lost", "change": {}},
        both={"base": "good", "change": {}, "crm": {}},
        dateless={"crm": {}},
    )
    assert set(found) == {"good", "dateless"}
    codes = {each.where.file.removeprefix("records/").removesuffix(".json"): each.code for each in faults}
    assert codes == {
        "broken": "TEST-011",
        "listed": "TEST-011",
        "one": "TEST-013",
        "two": "TEST-013",
        "lost": "TEST-014",
        "below": "TEST-014",
        "both": "TEST-012",
        "dateless": "TEST-015",
    }
    assert "did you mean `good`?" in next(
        each.mend for each in faults if each.where.file == "records/lost.json"
    )


@pytest.mark.shows("B15", "P8")
def test_the_starter_register_is_proven_row_by_row() -> None:
    result = run(STARTER)
    assert result.exit_code == 0, result.output
