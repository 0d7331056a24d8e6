"""The draft of the register: who changes it is known, what does not run is not written, and somebody else publishes it."""

from dataclasses import replace

import pytest

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.importers.register_files import read_register, write_register
from holdshort.service import drafting
from holdshort.service import publish as publishing
from holdshort.service.bringing_over import note_published
from holdshort.service.load_playbook import load_playbook
from holdshort.service.looking_back import look_back
from tests.houses import house, published_house  # noqa: F401 (fixtures)

CASE = "CO-EDGE-001"
TIER = "CO-EDGE-002"


@pytest.fixture
def opened(house):  # noqa: F811
    with house.opened() as found:
        yield found


def text_of(folder, case, key):
    return load_playbook(folder).table.row(case).text(key)


def edit(opened, text, seen=None, key="scenario", actor="tomas", case=CASE):
    standing = text_of(opened.folder, case, key) if seen is None else seen
    return drafting.edit_cell(
        opened.store, opened.folder, case, key, text, standing, actor, opened.clock.now()
    )


def test_whoever_changes_a_cell_stands_in_the_log_and_may_not_publish_it(opened):
    assert edit(opened, "The deal is won and nobody knows what success is")
    assert text_of(opened.folder, CASE, "scenario") == "The deal is won and nobody knows what success is"
    assert drafting.authors(opened.store) == ("tomas",)
    edit(opened, "The deal is won and nobody said what success is", actor="rae")
    found = publishing.candidate(opened.flow, opened.folder)
    with pytest.raises(Refused) as refused:
        publishing.publish(opened.flow, found, "rae")
    assert refused.value.code == "PUB-008"
    done = publishing.publish(opened.flow, found, "ravi", also=note_published({}))
    assert done.author == "tomas, rae"
    assert drafting.authors(opened.store) == ()


def test_a_cell_that_somebody_else_changed_meanwhile_is_not_overwritten(opened):
    seen = text_of(opened.folder, CASE, "scenario")
    edit(opened, "Mine")
    with pytest.raises(Refused) as refused:
        edit(opened, "Theirs", seen=seen)
    assert "Mine" in refused.value.why
    assert text_of(opened.folder, CASE, "scenario") == "Mine"


def test_a_text_that_does_not_run_is_not_written(opened):
    before = text_of(opened.folder, CASE, "trigger")
    with pytest.raises(HoldshortError) as error:
        edit(opened, "deal is won and sucess criteria is missing", key="trigger")
    assert error.value.diagnostics[0].code == "RULE-012"
    assert text_of(opened.folder, CASE, "trigger") == before
    assert drafting.authors(opened.store) == ()


def test_what_is_typed_is_read_before_it_is_saved(opened):
    loaded = load_playbook(opened.folder)
    good = drafting.check_cell(loaded, CASE, "trigger", "deal is won and success criteria is missing")
    assert good.ok
    assert good.reading.read == ("deal is won and success criteria is missing",)
    bad = drafting.check_cell(loaded, CASE, "tier", "urgent")
    assert not bad.ok
    assert bad.faults[0].mend
    no_test = drafting.check_cell(loaded, CASE, "test", "")
    assert no_test.becomes_inactive


def test_an_id_never_changes(opened):
    with pytest.raises(Refused) as refused:
        drafting.check_cell(load_playbook(opened.folder), CASE, "id", "CO-EDGE-999")
    assert refused.value.code == "DRAFT-004"


def test_a_spreadsheet_is_merged_against_the_version_that_was_published(opened, tmp_path):
    table, _ = read_register(opened.folder / "register.yaml")
    theirs = tmp_path / "theirs.csv"
    rows = tuple(
        drafting.row_with(row, "scenario", "They say it so") if row.case == TIER else row
        for row in table.rows
    )
    write_register(theirs, replace(table, rows=rows))
    edit(opened, "We say it so")
    report = drafting.plan_upload(opened.folder, opened.store.latest_register(), theirs)
    assert report.clean
    done = drafting.take_upload(opened.store, report, "dora", opened.clock.now())
    assert done.change.written
    assert text_of(opened.folder, CASE, "scenario") == "We say it so"
    assert text_of(opened.folder, TIER, "scenario") == "They say it so"
    assert drafting.authors(opened.store) == ("tomas", "dora")


def test_going_back_makes_the_draft_say_what_an_older_version_said(opened):
    before = text_of(opened.folder, CASE, "scenario")
    edit(opened, "Another sentence")
    assert drafting.go_back(opened.store, opened.folder, 1, "rae", opened.clock.now())
    assert text_of(opened.folder, CASE, "scenario") == before
    assert not drafting.go_back(opened.store, opened.folder, 1, "rae", opened.clock.now())
    with pytest.raises(Refused):
        drafting.go_back(opened.store, opened.folder, 7, "rae", opened.clock.now())


def test_before_publishing_one_sees_what_the_last_ninety_days_would_have_been(opened, house):  # noqa: F811
    number = opened.flow.intake(house.record("missing-success-criteria"), "crm").number
    opened.flow.intake(house.record("clean-mid-market", deal="2"), "crm")
    unchanged = look_back(opened.flow, publishing.candidate(opened.flow, opened.folder).program)
    assert unchanged.looked_at == 2
    assert unchanged.changed == ()
    edit(opened, "notify sales owner; draft internal questions", key="action")
    draft = publishing.candidate(opened.flow, opened.folder).program
    (changed,) = look_back(opened.flow, draft).changed
    assert changed.number == number
    assert changed.freed == ("schedule_kickoff",)
