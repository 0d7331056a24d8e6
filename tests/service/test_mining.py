"""Mining names the mechanism of failure with its values, proposes a row that proves itself, and leaves the deciding to people."""

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.lint.all_checks import lint
from holdshort.core.mining_rows import ProposedTest, cells
from holdshort.core.rules import ast
from holdshort.core.shadow_outcomes import KINDS, is_label, outcome_kind
from holdshort.core.table import make_table
from holdshort.service.acceptance import prove_playbook
from holdshort.service.load_playbook import load_playbook
from holdshort.service.made_history import write_history
from holdshort.service.mining import accept, mine, write_candidates
from holdshort.service.registers import read_with_words_of
from tests.history.histories import decided, ended, facts, learnt, ran, write
from tests.playbooks import write_playbook

STARTER = Path(str(files("holdshort").joinpath("starter")))


@pytest.fixture
def playbook(tmp_path):
    return write_playbook(tmp_path / "playbook")


def mined(playbook, tmp_path, *events):
    return mine(playbook, [write(tmp_path / "history.jsonl", *events)])


def enterprise_trouble():
    """Enterprise customers whose notes speak of a migration cannot get in; all others do well."""
    for number in range(40):
        bad = number < 12
        text = "They move from a legacy warehouse system." if bad else "Standard rollout."
        yield facts(
            f"D-{number:02}",
            0,
            notes=[{"id": "N1", "text": text}],
            crm={"segment": "enterprise" if bad else "smb"},
        )
        yield ran(f"D-{number:02}", 4, "provision_access")
        if bad:
            yield ended(f"D-{number:02}", 90, "technical blocker", "provision_access", "bad handoff")
            yield learnt(f"D-{number:02}", 95, handoff={"success_criteria": None})
        else:
            yield ended(f"D-{number:02}", 90, "went well")


@pytest.mark.shows("D6", "N1")
def test_the_mechanism_is_named_with_its_values_and_its_numbers(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    found = report.found[0]
    assert found.kind.source == "D6"
    assert found.mechanism.condition == ast.Equals(ast.NameRef("segment"), ast.Choice("enterprise"))
    assert (found.mechanism.failed.count, found.mechanism.failed.of) == (12, 12)
    assert (found.mechanism.fine.count, found.mechanism.fine.of) == (0, 28)
    assert "so in 12 of 12 onboardings in which provisioning, SSO, import" in found.said
    assert found.examples[0] == ("D-00", "segment is enterprise")


def test_what_was_learnt_after_the_harm_explains_nothing(playbook, tmp_path):
    """Criteria were emptied in every failed onboarding afterwards; no mechanism may speak of them."""
    report = mined(playbook, tmp_path, *enterprise_trouble())
    assert all("success criteria" not in each.said for each in report.found)


def test_a_label_is_refused_as_a_mechanism(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    assert report.labels == {"bad handoff": 12}
    assert all("bad handoff" not in why for each in report.found for _, why in each.examples)
    assert is_label("Bad  Handoff")
    assert not is_label("contract says Pro, CRM says Enterprise")


@pytest.mark.shows("B15", "N2")
def test_a_proposed_row_has_all_fifteen_cells_parses_and_passes_its_own_test(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    (candidate,) = report.candidates()
    assert candidate.fault == ""
    empty = [key for key, text in candidate.cells.items() if not text.strip()]
    assert not empty
    assert len(candidate.cells) == 17  # the fifteen fields, the work area and the sources
    assert candidate.cells["trigger"] == "segment is enterprise"
    assert candidate.cells["work_area"] == "provisioning"
    assert candidate.cells["sources"].startswith("history: D-00")


def test_nothing_changes_before_a_person_accepts_a_row(playbook, tmp_path):
    before = (playbook / "register.yaml").read_bytes()
    report = mined(playbook, tmp_path, *enterprise_trouble())
    (candidate,) = report.candidates()
    planned = accept(report, [candidate.case], write=False)
    assert [each.case for each in planned.difference.changes] == [candidate.case]
    assert not planned.written
    assert (playbook / "register.yaml").read_bytes() == before


@pytest.mark.shows("N2")
def test_an_accepted_row_is_in_the_register_and_its_test_passes_there(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    (candidate,) = report.candidates()
    assert accept(report, [candidate.case], write=True).written
    loaded = load_playbook(playbook)
    assert not loaded.errors
    assert prove_playbook(playbook, candidate.case).passed
    again = mined(playbook, tmp_path, *enterprise_trouble())
    assert again.found[0].candidate is None
    assert "would have stopped it" in again.found[0].why_none


def test_only_a_candidate_that_holds_together_can_be_accepted(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    with pytest.raises(HoldshortError, match="`CO-MINED-0` is no candidate"):
        accept(report, ["CO-MINED-0"], write=True)


def test_candidates_go_into_a_register_file_of_their_own_to_be_edited(playbook, tmp_path):
    report = mined(playbook, tmp_path, *enterprise_trouble())
    for ending in ("csv", "yaml"):
        file = tmp_path / f"candidates.{ending}"
        assert write_candidates(report, file) == 1
        assert "segment is enterprise" in file.read_text("utf-8")
        table = load_playbook(playbook, file)
        assert not table.errors
        assert [each.case for each in table.playbook.register.active] == [report.candidates()[0].case]


@pytest.mark.shows("D8")
def test_words_that_only_failed_onboardings_have_in_their_notes_are_found(playbook, tmp_path):
    def events():
        for number in range(40):
            bad = number % 4 == 0
            text = f"Kickoff as usual, number {number}. " + (
                "Only a shared mailbox so far." if bad else "Team is known."
            )
            yield facts(f"D-{number:02}", 0, notes=[{"id": "N1", "text": text}])
            yield ended(f"D-{number:02}", 9, "message corrected" if bad else "went well")

    (found,) = mined(playbook, tmp_path, *events()).found
    assert 'any note mentions "shared mailbox"' in found.said
    assert found.candidate.fault == ""
    (record,) = found.candidate.records.values()
    assert record["change"]["notes"][0]["text"] == "They spoke of this: shared mailbox."


def test_data_that_do_not_tell_are_said_not_to(playbook, tmp_path):
    def events():
        for number in range(40):
            yield facts(f"D-{number:02}", 0)
            yield ended(f"D-{number:02}", 9, "escalation" if number < 10 else "went well")
        yield facts("D-99", 0)
        yield ended("D-99", 9, "told again")

    report = mined(playbook, tmp_path, *events())
    assert not report.found
    said = " ".join(report.limits)
    assert "escalation: 10 of 10 stay unexplained" in said
    assert "told again: it happened 1 times, too seldom to say why" in said


def test_chance_is_not_taken_for_a_mechanism(playbook, tmp_path):
    """Segments fall as a coin does; four more enterprise customers among the failed show nothing."""

    def events():
        for number in range(60):
            enterprise = number % 2 == 0 or number in (1, 3)
            yield facts(f"D-{number:02}", 0, crm={"segment": "enterprise" if enterprise else "smb"})
            yield ended(f"D-{number:02}", 9, "escalation" if number < 12 else "went well")

    assert not mined(playbook, tmp_path, *events()).found


@pytest.mark.shows("D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.word)
def test_each_source_leads_to_a_row_that_proves_itself(kind, tmp_path):
    playbook = write_playbook(tmp_path / "playbook")

    def events():
        for number in range(24):
            bad = number < 8
            yield facts(f"D-{number:02}", 0, crm={"segment": "enterprise" if bad else "smb"})
            yield ended(f"D-{number:02}", 9, kind.word if bad else "went well")

    (found,) = mined(playbook, tmp_path, *events()).found
    assert found.kind is kind
    assert found.kind.source in found.to_json(load_playbook(playbook))["source"]
    # The tiny playbook knows few actions; a kind of which it knows none gets no row that passes.
    known = {"create_project", "create_kickoff_tasks", "send_customer_message", "provision_access"}
    assert (found.candidate.fault == "") == bool(known & set(kind.holds))


def test_every_kind_of_outcome_holds_actions_that_the_starter_knows():
    catalogue = load_playbook(STARTER).playbook.catalogue
    assert {each.source for each in KINDS} == {f"D{number}" for number in range(1, 13)}
    for kind in KINDS:
        assert all(each in catalogue.kinds for each in kind.holds)
        assert outcome_kind(kind.word.upper().replace(" ", "_")) is kind


def test_a_row_of_every_kind_raises_no_doubt_in_the_starter(tmp_path):
    """Owners have authority, AI may do no more than the tier allows, the scenario says enough."""
    loaded = load_playbook(STARTER)
    condition = ast.Presence(ast.NameRef("success criteria"), "missing")
    given = ProposedTest("clean-mid-market", ("success criteria blank",))
    for kind in KINDS:
        said = f"The field for success criteria is empty; in the past {kind.said} where this was so"
        row = cells(
            condition,
            kind,
            given,
            said,
            ["history: D-1"],
            loaded.playbook.glossary,
            loaded.playbook.catalogue,
        )
        table = make_table([row], name="candidates")
        register, faults = read_with_words_of(loaded, table)
        playbook = replace(loaded.playbook, register=register)
        doubts = lint(playbook, table, records=["clean-mid-market"], faults=faults, clauses=loaded.clauses)
        assert [each for each in doubts if each.where.case] == [], kind.word


# --- decisions of people ---


def decisions(*words):
    for number, word in enumerate(words):
        yield facts(f"D-{number:02}", 0, crm={"plan": "Enterprise"})
        yield decided(f"D-{number:02}", 1, word, "CO-EDGE-002", by=f"p{number % 3}")


@pytest.mark.shows("M14")
def test_decisions_that_were_always_alike_become_a_row_that_decides_by_itself(playbook, tmp_path):
    ((row, candidate),) = mined(playbook, tmp_path, *decisions(*["request-info"] * 9)).decided
    assert row.always == "request-info"
    assert row.said == "CO-EDGE-002: people always decided request-info, 9 times"
    assert candidate.fault == ""
    assert candidate.cells["action"] == "hold provision access; create needs-info task for sales owner"
    assert candidate.cells["ai"] == "none"


@pytest.mark.shows("M14")
def test_a_row_that_people_always_let_pass_is_proposed_without_its_hold(playbook, tmp_path):
    ((_, candidate),) = mined(playbook, tmp_path, *decisions(*["approve kickoff"] * 8)).decided
    assert (candidate.cells["tier"], candidate.cells["id"]) == ("low", "CO-EDGE-002")
    assert "hold" not in candidate.cells["action"]


@pytest.mark.shows("M14")
@pytest.mark.parametrize("words", [["reject"] * 30 + ["approve-kickoff"], ["request-info"] * 7])
def test_where_people_decided_differently_or_seldom_no_rule_is_proposed(playbook, tmp_path, words):
    ((row, candidate),) = mined(playbook, tmp_path, *decisions(*words)).decided
    assert candidate is None
    assert row.always == ""


# --- planted truth, real tables ---


@pytest.mark.shows("D5", "D8", "N1")
def test_planted_mechanisms_are_found_and_those_without_a_row_get_one(tmp_path):
    write_history(tmp_path / "made", 7, 140)
    report = mine(STARTER, [tmp_path / "made"])
    said = {each.kind.word: each for each in report.found}
    assert "success criteria is missing" in said["handoff returned"].said
    assert dict(said["handoff returned"].stopped_by)["CO-EDGE-001"] == len(
        said["handoff returned"].mechanism.members
    )
    assert said["handoff returned"].candidate is None
    assert "seats is at least 3" in said["customer task late"].said
    assert said["customer task late"].candidate.fault == ""
    assert report.labels["bad handoff"] == report.happened["scope changed"]


@pytest.mark.shows("D4")
@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_history_tables_of_real_crms_are_read_and_named_as_telling_of_no_failure(
    shared_data, playbook, system
):
    report = mine(playbook, [shared_data / "crm" / system])
    assert not report.found
    assert report.said
    said = " ".join(report.limits)
    assert "nothing in this history says that anything went wrong" in said
    assert json.dumps(report.to_json(), default=str)
