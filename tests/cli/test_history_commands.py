"""`shadow`, `mine` and `demo --history`: what they print, write and answer with."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from holdshort.cli.main import cli
from tests.history.histories import ended, facts, ran, write
from tests.playbooks import ROWS, write_playbook


@pytest.fixture
def playbook(tmp_path):
    return write_playbook(tmp_path / "playbook")


@pytest.fixture
def history(tmp_path):
    def events():
        for number in range(24):
            bad = number < 8
            yield facts(f"D-{number:02}", 0, handoff={"success_criteria": None} if number < 4 else {},
                        crm={"segment": "enterprise" if bad else "smb"})  # fmt: skip
            yield ran(f"D-{number:02}", 2, "create_kickoff_tasks")
            yield ended(
                f"D-{number:02}", 90, "handoff returned" if bad else "went well", "create_kickoff_tasks"
            )

    return write(tmp_path / "history.jsonl", *events())


def run(*args):
    return CliRunner().invoke(cli, [*map(str, args)], catch_exceptions=False)


@pytest.mark.shows("N5")
def test_shadow_says_catch_and_drag_and_what_it_cannot_tell(playbook, history):
    result = run("shadow", playbook, "--history", history)
    assert result.exit_code == 0
    assert "catch  4 of 8 (50%; 22% to 78%)" in result.output
    assert "drag   0 of 16 (0%; 0% to 19%)" in result.output
    assert "handoff returned: 4 of 8 stopped before" in result.output
    assert "What this history cannot tell:" in result.output
    assert "Wilson's for shares" in result.output


def test_shadow_sets_two_registers_side_by_side_and_writes_a_page(playbook, history, tmp_path):
    draft, page = tmp_path / "draft.yaml", tmp_path / "shadow.html"
    draft.write_text(ROWS.replace("success criteria is missing\n", "segment is enterprise\n", 1), "utf-8")
    result = run("shadow", playbook, "--history", history, "--against", draft, "--html", page)
    assert result.exit_code == 0
    assert "caught: both 4, only playbook 0, only draft.yaml 4" in result.output
    assert "<script" not in page.read_text("utf-8")
    assert "only <bdi>draft.yaml</bdi>" in page.read_text("utf-8")


def test_shadow_in_json_is_one_object_with_intervals(playbook, history):
    result = run("shadow", playbook, "--history", history, "--json")
    data = json.loads(result.stdout)
    (register,) = data["registers"]
    assert register["total"]["catch"] == {
        "count": 4,
        "of": 8,
        "share": 0.5,
        "low": 0.215216,
        "high": 0.784784,
    }
    assert register["rows"][0]["only_this_row_catches"] == 4


def test_several_files_and_folders_make_one_history(playbook, history, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    write(more / "more.jsonl", facts("D-99", 0), ended("D-99", 9, "went well"))
    data = json.loads(run("shadow", playbook, "--history", history, more, "--json").stdout)
    assert data["replayed"] == 25


def test_a_broken_line_is_shown_and_the_exit_code_says_so(playbook, tmp_path):
    path = write(
        tmp_path / "h.jsonl", facts("D-1", 0), {"key": "D-1", "at": "2026-06-09", "outcome": "a mess"}
    )
    result = run("shadow", playbook, "--history", path)
    assert result.exit_code == 1
    assert "`a mess` is no outcome" in result.output


def test_nothing_to_read_is_said_without_a_traceback(playbook, tmp_path):
    code = "from holdshort.cli.main import main; main()"
    args = ["shadow", str(playbook), "--history", str(tmp_path / "none")]
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)
    assert done.returncode == 2
    assert "HISTORY-011" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.shows("N1", "D1")
def test_mine_prints_the_mechanism_and_a_row_and_changes_nothing(playbook, history):
    before = (playbook / "register.yaml").read_bytes()
    result = run("mine", playbook, "--history", history)
    assert result.exit_code == 0
    assert "CLOSED-WON HANDOFF" in result.output
    assert (
        "segment is enterprise: so in 8 of 8 onboardings in which the handoff was returned to sales"
        in result.output
    )
    assert "proposed row (parses, and its own test passes):" in result.output
    assert (playbook / "register.yaml").read_bytes() == before


@pytest.mark.shows("N2")
def test_a_person_accepts_a_mined_row_after_seeing_the_dry_run(playbook, history):
    data = json.loads(run("mine", playbook, "--history", history, "--json").stdout)
    case = data["found"][0]["candidate"]["id"]
    dry = run("mine", playbook, "--history", history, "--accept", case)
    assert "This was a dry run and nothing was written." in dry.output
    assert case not in (playbook / "register.yaml").read_text("utf-8")
    written = run("mine", playbook, "--history", history, "--accept", case, "--write")
    assert "Wrote" in written.output
    assert case in (playbook / "register.yaml").read_text("utf-8")
    assert run("test", playbook, "--case", case).exit_code == 0


def test_mined_rows_go_into_a_file_that_no_other_is_written_over(playbook, history, tmp_path):
    out = tmp_path / "candidates.csv"
    assert "1 proposed rows are in" in run("mine", playbook, "--history", history, "--out", out).output
    assert run("mine", playbook, "--history", history, "--out", out).exit_code == 2


def test_the_demo_writes_days_with_planted_failures_and_their_truth(tmp_path):
    result = run("demo", "--history", tmp_path / "days", "--seed", 4, "--onboardings", 12)
    assert result.exit_code == 0
    truth = json.loads((tmp_path / "days" / "truth.json").read_text("utf-8"))
    assert truth["went_wrong"] + truth["went_well"] == 12


def test_help_of_both_commands_loads_no_columns():
    code = (
        "import sys; from click.testing import CliRunner; from holdshort.cli.main import cli; "
        "[CliRunner().invoke(cli, [name, '--help']) for name in ('shadow', 'mine')]; "
        "sys.exit('polars' in sys.modules or 'django' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
