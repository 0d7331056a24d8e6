"""`holdshort mutate` and the pages of `holdshort test` and `holdshort mutate`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdshort.cli.commands.mutate import command as mutate
from holdshort.cli.commands.test import command as prove
from holdshort.core.diagnostics import HoldshortError
from tests.playbooks import ROWS, write_playbook

HOSTILE = '<script>alert(1)</script> & "friends" \x1b[31m'


def run(command, *args: object):
    return CliRunner().invoke(command, [str(each) for each in args])


def strong(folder: Path) -> Path:
    """One high row whose tests notice every slip in its safety."""
    return write_playbook(
        folder,
        """
cases:
  - id: CO-EDGE-002
    scenario: Contract and CRM name different plans
    trigger: contract plan and CRM plan disagree
    tier: high
    evidence: contract
    ai: summarise the conflict
    review: RevOps decides before provision access
    owner: RevOps
    escalation: legal
    action: hold provision access
    test: |-
      given clean with CRM plan set to Enterprise, provision access is held and the reviewer is RevOps and the tier is high and AI may not draft a customer message until RevOps approves an exception
      given clean with CRM plan set to Enterprise and onboarding lane set to self-serve, the case is matched
      given clean with CRM plan set to Enterprise and segment set to enterprise, the case is matched
      given clean with contract not provided, the case lacks contract
""",
    )


@pytest.mark.shows("B15")
def test_a_register_whose_tests_notice_every_slip_ends_with_0(tmp_path: Path) -> None:
    result = run(mutate, strong(tmp_path / "p"))
    assert result.exit_code == 0, result.output
    assert "no slip in the safety of a high or hold row goes unnoticed" in result.output.splitlines()[-1]


def test_an_unnoticed_slip_is_told_in_words_with_a_test_and_ends_with_1(tmp_path: Path) -> None:
    result = run(mutate, write_playbook(tmp_path / "p"), "--case", "co-edge-002")
    assert result.exit_code == 1
    assert (
        "CO-EDGE-002 (high): if the tier of CO-EDGE-002 were medium instead of high, no test would notice."
        in result.output
    )
    assert (
        '    this one would: given clean with CRM plan set to "enterprise", the tier is high' in result.output
    )


def test_the_offered_sentence_closes_the_gap(tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "p")
    said = run(mutate, playbook, "--case", "CO-EDGE-002", "--json").output
    offered = [each["proposal"]["test"] for each in json.loads(said)["fates"] if each["proposal"]]
    cell = "\n".join(f"      {each}" for each in dict.fromkeys(offered))
    test_line = "    test: given clean with CRM plan set to Enterprise, provision access is held\n"
    assert test_line in ROWS
    rows = ROWS.replace(
        test_line, f"    test: |-\n      {test_line.strip().removeprefix('test: ')}\n{cell}\n"
    )
    result = run(mutate, write_playbook(tmp_path / "q", rows), "--case", "CO-EDGE-002")
    assert result.exit_code == 0, result.output


def test_json_has_every_mutant_with_what_noticed_it(tmp_path: Path) -> None:
    report = json.loads(run(mutate, strong(tmp_path / "p"), "--json").output)
    assert report["passed"] is True
    assert report["mutants"] == len(report["fates"]) > 15
    killed = [each for each in report["fates"] if each["result"] == "killed"]
    assert len(killed) == report["killed"]
    assert all(each["noticed_by"]["said"] for each in killed)
    assert all(each["why"] for each in report["fates"] if each["result"] == "makes no difference")


def test_all_shows_what_noticed_each_slip(tmp_path: Path) -> None:
    result = run(mutate, strong(tmp_path / "p"), "--all")
    assert "noticed: if CO-EDGE-002 were deleted" in result.output
    assert "no difference: if `provision access` were no longer held" in result.output


def test_a_test_that_fails_already_ends_with_1(tmp_path: Path) -> None:
    playbook = strong(tmp_path / "p")
    file = playbook / "register.yaml"
    file.write_text(file.read_text("utf-8").replace("the tier is high", "the tier is hold"), "utf-8")
    result = run(mutate, playbook)
    assert result.exit_code == 1
    assert result.output.startswith("fails already, so it proves nothing: CO-EDGE-002")


def test_an_unknown_row_is_refused_with_the_near_one(tmp_path: Path) -> None:
    result = run(mutate, write_playbook(tmp_path / "p"), "--case", "CO-EDGE-0O2")
    assert isinstance(result.exception, HoldshortError)
    assert "did you mean `CO-EDGE-002`?" in str(result.exception)


@pytest.mark.parametrize("command", [prove, mutate])
def test_the_page_is_whole_inert_and_takes_no_text_for_markup(tmp_path: Path, command) -> None:
    rows = ROWS.replace("scenario: Contract and CRM name different plans", f"scenario: {json.dumps(HOSTILE)}")
    rows = rows.replace("tidy up", "<b>tidy up</b>")
    page = tmp_path / "page.html"
    more = () if command is prove else ("--all",)
    run(command, write_playbook(tmp_path / "p", rows), "--html", page, *more)
    text = page.read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<b>tidy|\x1b|\bon\w+=|src=|href=", text)
    assert ("&lt;script&gt;" if command is prove else "&lt;b&gt;tidy up") in text


def test_a_page_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    for command, code in ((prove, "OUT-001"), (mutate, "OUT-001")):
        result = run(command, strong(tmp_path / "p"), "--html", tmp_path / "nowhere" / "page.html")
        assert isinstance(result.exception, HoldshortError)
        assert code in str(result.exception)


def test_tests_are_lived_on_sqlite_with_the_same_answers(tmp_path: Path) -> None:
    playbook = strong(tmp_path / "p")
    in_memory, on_disk = (
        json.loads(run(prove, playbook, "--json", *more).output) for more in ((), ("--store", "sqlite"))
    )
    assert in_memory["passed"] is True
    assert in_memory == on_disk


def test_a_store_that_is_none_is_refused(tmp_path: Path) -> None:
    result = run(prove, strong(tmp_path / "p"), "--store", "oracle://x")
    assert isinstance(result.exception, HoldshortError)
    assert "TEST-017" in str(result.exception)
