"""`holdshort explain`: a row told to somebody who does not write code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import holdshort
from holdshort.cli.commands.explain import command
from holdshort.core.diagnostics import HoldshortError
from tests.playbooks import ROWS, write_playbook

STARTER = Path(holdshort.__path__[0]) / "starter"


def run(*args: object):
    return CliRunner().invoke(command, [str(each) for each in args], env={"COLUMNS": "110"})


def test_a_row_is_told_with_its_examples(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p"), "co-edge-002")
    assert result.exit_code == 0, result.output
    said = " ".join(result.output.split())
    assert "contract plan and CRM plan disagree" in said
    assert "CRM plan = Enterprise; all else as in clean" in said
    assert "because contract plan is Pro, CRM plan is Enterprise" in said
    assert "Nearly, but does not fire on" in said
    assert "Cannot tell on" in said
    assert "crm.plan" in said


def test_json_holds_the_records_themselves(tmp_path: Path) -> None:
    result = run(write_playbook(tmp_path / "p"), "CO-EDGE-001", "--json")
    data = json.loads(result.output)
    assert data["case"] == "CO-EDGE-001"
    assert data["fires"][0]["record"]["handoff"]["success_criteria"] is None
    assert {"cells", "names", "definitions", "near_misses", "cannot_tell", "tries"} <= set(data)


def test_an_unknown_row_is_refused_with_the_near_one_and_exit_code_2(tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "p")
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "from holdshort.cli.main import main; main()",
            "explain",
            str(playbook),
            "CO-EDGE-0O1",
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "did you mean `CO-EDGE-001`?" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_row_that_cannot_be_read_shows_what_is_wrong_with_it(tmp_path: Path) -> None:
    rows = ROWS.replace("trigger: success criteria is missing", "trigger: success is odd")
    result = run(write_playbook(tmp_path / "p", rows), "CO-EDGE-001")
    assert isinstance(result.exception, HoldshortError)
    assert "success" in str(result.exception)
    assert "CO-EDGE-001" in str(result.exception)


def test_words_in_square_brackets_are_shown_as_they_stand(tmp_path: Path) -> None:
    """They would be taken for colours otherwise."""
    rows = ROWS.replace(
        "scenario: Success criteria are missing", "scenario: 'Success [bold]criteria[/bold] are missing'"
    )
    result = run(write_playbook(tmp_path / "p", rows), "CO-EDGE-001")
    assert "Success [bold]criteria[/bold] are missing" in result.output


@pytest.mark.parametrize("case", ["CO-EDGE-002", "CO-EDGE-014", "CO-EDGE-602"])
def test_no_raw_json_and_no_python_words_are_shown(case: str) -> None:
    result = run(STARTER, case)
    assert result.exit_code == 0, result.output
    for word in ("{", "}", "None", "True", "False", "ABSENT", "NotKnown"):
        assert word not in result.output
