"""A new folder gets a whole playbook; a folder with anything in it gets nothing."""

import os

import openpyxl
import pytest

from holdshort.core.columns import COLUMNS
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.register import digest_of
from holdshort.importers.register_files import read_register, write_register
from holdshort.service import init_playbook as module
from holdshort.service.init_playbook import FORMATS, init_playbook
from holdshort.service.load_playbook import load_playbook
from holdshort.service.registers import WORK_AREAS

FIELDS = [f"B{number}" for number in range(1, 16)]


def refused(folder, **options):
    with pytest.raises(HoldshortError) as caught:
        init_playbook(folder, **options)
    return caught.value.diagnostics[0]


def everything_in(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """One playbook a format, read by all tests that change nothing."""
    folder = tmp_path_factory.mktemp("written")
    for each in FORMATS:
        init_playbook(folder / each, each)
    return folder


@pytest.mark.parametrize("register_format", FORMATS)
def test_a_new_playbook_is_read_without_an_error(written, register_format):
    loaded = load_playbook(written / register_format)
    assert loaded.register_file.name == f"register.{register_format}"
    assert not loaded.errors
    assert len(loaded.playbook.register.active) == len(loaded.table.rows) > 0


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("register_format", FORMATS)
def test_the_starter_register_says_the_same_in_every_format(written, register_format):
    table, remarks = read_register(written / register_format / f"register.{register_format}")
    starter, _ = read_register(module.files("holdshort") / "starter" / "register.yaml")
    assert digest_of(table) == digest_of(starter)
    assert not [each for each in remarks if each.severity == "error"]


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("register_format", FORMATS)
def test_an_untouched_round_trip_gives_the_same_register_digest(written, tmp_path, register_format):
    """Out into a workbook and back, as people do who keep one and mail the other."""
    own = written / register_format / f"register.{register_format}"
    table, _ = read_register(own)
    for name in ("mailed.xlsx", f"back.{register_format}"):
        write_register(tmp_path / name, table)
        table, _ = read_register(tmp_path / name)
    assert digest_of(table) == digest_of(read_register(own)[0])


@pytest.mark.shows("B3", "B4", "B6", "B11", "B12")
def test_the_workbook_offers_the_choices_of_this_playbook_and_explains_every_column(written):
    book = openpyxl.load_workbook(written / "xlsx" / "register.xlsx")
    assert book.sheetnames == ["Edge cases", "Help", "Glossary", "Lists"]
    lists = {
        column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["Lists"].columns
    }
    assert lists["Risk tier"] == ["low", "medium", "high", "hold"]
    assert lists["Onboarding lane"][:2] == ["any", "self-serve"]
    assert lists["Customer segment"] == ["any", "smb", "mid-market", "enterprise", "strategic"]
    assert lists["Work area"][: len(WORK_AREAS)] == list(WORK_AREAS)
    assert "RevOps" in lists["First owner"]
    assert lists["First owner"] == lists["Escalation owner"]
    assert [row[0].value for row in book["Help"].iter_rows(min_row=2)] == [column.title for column in COLUMNS]
    names = {row[0].value: [cell.value for cell in row[1:]] for row in book["Glossary"].iter_rows(min_row=2)}
    assert names["contract plan"][:2] == ["choice: Enterprise, Business plan, Pro, Starter", "contract.plan"]
    assert names["weak handoff"][0] == "definition"
    ranges = [str(each.sqref) for each in book["Edge cases"].data_validations.dataValidation]
    assert len(ranges) == 6


def test_the_lane_of_the_first_release_is_set_without_touching_its_comment(tmp_path):
    report = init_playbook(tmp_path / "pb", "yaml", "Enterprise Implementation")
    assert report.lane == load_playbook(tmp_path / "pb").playbook.settings.lane == "enterprise implementation"
    text = (tmp_path / "pb" / "playbook.toml").read_text("utf-8")
    assert 'lane = "enterprise implementation"        # the one lane of the first release' in text


def test_an_unknown_lane_writes_nothing_and_offers_the_near_one(tmp_path):
    found = refused(tmp_path / "a" / "pb", lane="self serv")
    assert (found.code, found.mend) == ("INIT-004", "did you mean `self-serve`?")
    assert everything_in(tmp_path) == []


def test_a_folder_that_holds_anything_is_refused_and_left_alone(tmp_path):
    (tmp_path / ".hidden").write_text("mine")
    found = refused(tmp_path)
    assert found.code == "INIT-001"
    assert "`.hidden`" in found.message
    assert everything_in(tmp_path) == [".hidden"]


def test_a_file_of_that_name_is_refused(tmp_path):
    (tmp_path / "pb").write_text("mine")
    assert refused(tmp_path / "pb").code == "INIT-002"
    os.symlink(tmp_path / "nowhere", tmp_path / "link")
    assert refused(tmp_path / "link").code == "INIT-002"


def test_an_empty_folder_is_filled_in_place(tmp_path):
    (tmp_path / "pb").mkdir()
    inode = (tmp_path / "pb").stat().st_ino
    report = init_playbook(tmp_path / "pb", "csv")
    assert (tmp_path / "pb").stat().st_ino == inode
    top = {path.name for path in (tmp_path / "pb").iterdir()}
    assert top == {name.rstrip("/") for name, _ in report.written}
    assert top >= {"playbook.toml", "register.csv", "records", "messages"}


@pytest.mark.parametrize("exists", [True, False])
def test_nothing_half_written_stays_when_writing_fails(tmp_path, monkeypatch, exists):
    if exists:
        (tmp_path / "new").mkdir()
    before = everything_in(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_register", full)
    assert refused(tmp_path / "new").code == "INIT-003"
    assert everything_in(tmp_path) == before


def test_what_was_moved_into_an_empty_folder_is_taken_out_again_when_the_move_fails(tmp_path, monkeypatch):
    (tmp_path / "new").mkdir()
    rename = module.Path.rename

    def fail_at_the_last(self, target):
        if self.name == "playbook.toml":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(module.Path, "rename", fail_at_the_last)
    assert refused(tmp_path / "new").code == "INIT-003"
    assert everything_in(tmp_path / "new") == []


def test_others_may_read_the_new_folder_as_the_mask_allows(tmp_path):
    old = os.umask(0o022)
    try:
        init_playbook(tmp_path / "pb", "yaml")
    finally:
        os.umask(old)
    assert (tmp_path / "pb").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "pb" / "register.yaml").stat().st_mode & 0o777 == 0o644
