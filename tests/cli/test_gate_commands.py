"""`gate`, `escapes`, `metrics` and `pictures` on the command line, and live mode behind the gate."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest
from click.testing import CliRunner

from holdshort.bootstrap import open_house
from holdshort.cli.main import cli
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.screening import Screener
from holdshort.ports import User
from holdshort.service import golive
from holdshort.service.load_playbook import load_playbook
from holdshort.service.programs import GATE, in_effect, live_until
from holdshort.service.publish import candidate, publish
from tests.houses import empty_house, house, published_house  # noqa: F401 (fixtures)
from tests.service.golive_playbook import NOW, PROVEN, copy_of, write_playbook


@pytest.fixture(scope="module")
def passing(tmp_path_factory):
    return write_playbook(tmp_path_factory.mktemp("gate") / "playbook")


@pytest.fixture
def playbook(passing, tmp_path):
    return copy_of(passing, tmp_path / "playbook")


@pytest.fixture
def proven(monkeypatch):
    monkeypatch.setattr(golive, "usual_provers", lambda: PROVEN)


def run(*args):
    result = CliRunner().invoke(cli, [str(each) for each in args], env={"COLUMNS": "120"})
    if isinstance(result.exception, HoldshortError):
        return 2, "\n".join(map(str, result.exception.diagnostics))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


@pytest.mark.shows("P9", "O6")
def test_the_gate_says_what_is_left_and_takes_a_sign_off(playbook, proven):
    # The sign-offs of the fixture are of June; for the clock of this machine they may be old.
    (playbook / "sign-offs.yaml").unlink()
    code, said = run("gate", playbook, "--json")
    report = json.loads(said)
    assert (code, report["passed"], report["failing"]) == (1, False, ["O6", "O10"])
    assert run("gate", playbook, "--sign", "O6", "--as", "rae", "--note", "went through them")[0] == 0
    assert run("gate", playbook, "--sign", "O10", "--as", "omar", "--note", "all of them are ours")[0] == 0
    code, said = run("gate", playbook)
    assert code == 0
    assert "18 of 18 items pass. The lane may go live." in said
    code, said = run("gate", playbook, "--path")
    assert (code, "8 of 8 steps done" in said) == (0, True)


@pytest.mark.shows("N1", "N8")
def test_the_path_names_the_step_and_the_command_to_run(playbook, proven):
    toml = playbook / "playbook.toml"
    toml.write_text(toml.read_text("utf-8").replace('lane = "mid-market guided"', 'lane = ""'), "utf-8")
    code, said = run("gate", playbook, "--path")
    assert code == 1
    assert "▶ N1" in said
    assert "next: holdshort import" in said


def test_a_sign_off_without_a_name_is_wrong_usage_and_an_unknown_one_is_refused(playbook):
    assert run("gate", playbook, "--sign", "O6")[0] == 2
    assert run("gate", playbook, "--as", "rae")[0] == 2
    code, said = run("gate", playbook, "--sign", "O6", "--as", "mallory", "--note", "x")
    assert (code, "GATE-004" in said) == (2, True)


def test_the_report_is_written_as_a_page(playbook, proven, tmp_path):
    run("gate", playbook, "--html", tmp_path / "gate.html")
    assert "<!doctype html>" in (tmp_path / "gate.html").read_text("utf-8")
    code, said = run("gate", playbook, "--html", tmp_path / "no" / "gate.html")
    assert (code, "GATE-007" in said) == (2, True)


@pytest.mark.shows("O13")
def test_escapes_prints_its_certificate_and_a_hole_with_the_smallest_record(playbook):
    code, said = run("escapes", playbook, "--json", "--records", "60")
    report = json.loads(said)
    assert set(report) == {"passed", "certificate", "escapes", "bare"}
    assert report["certificate"]["records"] > 0
    actions = playbook / "actions.yaml"
    actions.write_text(
        actions.read_text("utf-8").replace(
            "prefixes: {draft_: internal", "prefixes: {wire_: internal, draft_: internal"
        ),
        "utf-8",
    )
    code, said = run("escapes", playbook, "--records", "60")
    assert code == 1
    assert "SAFE-12" in said
    assert "wire_money_somewhere" in said
    assert '"proposed_actions"' in said


def test_escapes_shows_gaps_and_overlaps_with_their_records(playbook):
    _, said = run("escapes", playbook, "--gaps", "--json")
    report = json.loads(said)
    assert {each["what"] for each in report["found"]} <= {"gap", "conflict", "overlap"}
    assert any(each["what"] == "gap" for each in report["found"])  # nine rows do not look at everything
    assert all(each["record"] for each in report["found"])


# --- live ---


def live(folder):
    toml = folder / "playbook.toml"
    toml.write_text(toml.read_text("utf-8").replace('mode = "draft-first"', 'mode = "live"'), "utf-8")


@pytest.fixture
def at_noon(monkeypatch):
    monkeypatch.setenv("HOLDSHORT_NOW", NOW.isoformat())


@pytest.fixture
def opened(playbook, at_noon):
    found = open_house(playbook)
    with found.store.transaction() as tx:
        tx.put_user(User("rae", "Rae", "rae@lumenboard.example", frozenset(["revops"])), "secret words here")
    yield found
    found.store.close()


@pytest.mark.shows("P9", "O12")
def test_live_mode_is_published_only_behind_the_gate_and_only_for_its_lane(opened, playbook, proven):
    live(playbook)
    refused = candidate(opened.flow, playbook)
    assert {each.code for each in refused.faults} == {"GATE-011"}
    assert "O12" in refused.faults[0].message
    with pytest.raises(HoldshortError):
        publish(opened.flow, refused, "rae")
    golive.sign(playbook, "O12", "omar", "six weeks of drafts went out unedited", now=NOW)
    publish(opened.flow, candidate(opened.flow, playbook), "rae")
    stored = opened.store.latest_register()
    assert json.loads(stored.files[GATE])["passed"] is True
    program = opened.flow.programs.latest()
    assert program.playbook.mode_in("mid-market guided", NOW) == "live"
    assert program.playbook.mode_in("migration", NOW) == "draft-first"
    assert program.playbook.mode_in("", NOW) == "draft-first"


@pytest.mark.shows("P9", "O12")
def test_a_live_version_drafts_first_again_once_its_sign_offs_are_too_old(opened, playbook, proven):
    live(playbook)
    golive.sign(playbook, "O12", "omar", "six weeks of drafts went out unedited", now=NOW)
    publish(opened.flow, candidate(opened.flow, playbook), "rae")
    found = opened.flow.programs.latest().playbook
    until = found.settings.live_until
    assert (until - NOW).days == 90
    assert found.mode_in("mid-market guided", until) == "draft-first"


@pytest.mark.parametrize(
    "word",
    [
        None,
        b"",
        b"{}",
        b'{"passed": false, "register": "%s", "live_until": "2030-01-01T00:00:00+00:00"}',
        b"[1]",
    ],
)
def test_a_version_that_says_live_without_the_gates_word_drafts_first(playbook, word):
    live(playbook)
    found = load_playbook(playbook).playbook
    files = {} if word is None else {GATE: word.replace(b"%s", found.register.digest.encode())}
    assert in_effect(found, files).settings.mode == "draft-first"
    other = json.dumps(
        {"passed": True, "register": "another", "live_until": "2030-01-01T00:00:00+00:00"}
    ).encode()
    assert live_until({GATE: other}, found.register.digest) is None


@pytest.mark.shows("O12")
def test_screening_is_live_in_one_lane_and_drafts_first_in_every_other(playbook):
    live(playbook)
    loaded = load_playbook(playbook)
    from holdshort.service.acceptance import load_records

    record = load_records(playbook / "records")[0]["clean-mid-market"]
    screener = Screener(replace(loaded.playbook, settings=replace(loaded.playbook.settings, mode="live")))
    state = screener.screen(record, 1, NOW).actions["send_kickoff_invite"].state
    elsewhere = {**record, "handoff": {**record["handoff"], "lane": "migration"}}
    assert (state, screener.screen(elsewhere, 1, NOW).actions["send_kickoff_invite"].state) == (
        "released",
        "needs review",
    )


# --- around it ---


@pytest.mark.shows("M1", "M12")
def test_metrics_of_a_running_store_are_read_from_its_log(house):  # noqa: F811
    house.take_in(house.record("missing-success-criteria"))
    house.take_in(house.record(deal="2"))
    answer = house.run("metrics", "--days", "3650", "--json")
    assert answer.code == 0
    report = answer.json
    assert report["onboardings"] == 2
    assert [each["metric"] for each in report["metrics"]] == [f"M{number}" for number in range(1, 17)]
    assert report["metrics"][0]["value"] is None or report["metrics"][0]["value"] >= 0
    shown = house.run("metrics", house.folder)
    assert (shown.code, "onboardings opened" in shown.said) == (0, True)


def test_the_demo_writes_a_playbook_that_lacks_nothing_but_what_a_search_shows(tmp_path, proven):
    assert run("demo", "--playbook", tmp_path / "demo")[0] == 0
    code, said = run("gate", tmp_path / "demo", "--json")
    assert json.loads(said)["failing"] == []
    assert code == 0


def test_a_new_team_hears_exactly_what_it_still_has_to_do(tmp_path, proven):
    assert run("init", tmp_path / "new")[0] == 0
    code, said = run("gate", tmp_path / "new", "--json")
    assert code == 1
    assert json.loads(said)["failing"] == ["O3", "O4", "O6", "O10", "O17"]


def test_the_offline_commands_need_no_web_framework_and_no_database(playbook):
    code = (
        "import sys; from holdshort.cli.main import cli\n"
        f"try: cli(['gate', {str(playbook)!r}, '--json'])\nexcept SystemExit: pass\n"
        "bad = [each for each in ('django', 'psycopg', 'cryptography', 'polars') if each in sys.modules]\n"
        "print(bad, file=sys.stderr); sys.exit(bool(bad))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
