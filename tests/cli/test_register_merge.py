"""`holdshort register merge`: a spreadsheet comes back although the register has moved on."""

import json
import shutil
from dataclasses import replace

import openpyxl
import pytest

from holdshort.importers.register_files import read_register, update_register, write_register
from tests.cli.test_register_commands import holdshort, starter  # noqa: F401  (fixtures)


def edited(path, case, **texts):
    """Change cells of one row by column key, in place."""
    table, _ = read_register(path)
    rows = [
        replace(
            row,
            cells={**row.cells, **{key: replace(row.cells[key], text=text) for key, text in texts.items()}},
        )
        if row.case == case
        else row
        for row in table.rows
    ]
    update_register(path, replace(table, rows=tuple(rows)))


@pytest.fixture(params=["xlsx", "csv", "yaml"])
def places(request, starter, tmp_path):  # noqa: F811
    """A playbook with a register of this kind, the base as it was sent out, and the copy that comes back."""
    folder = shutil.copytree(starter, tmp_path / "pb")
    table, _ = read_register(folder / "register.csv")
    (folder / "register.csv").unlink()
    register = folder / f"register.{request.param}"
    write_register(register, table)
    base, theirs = tmp_path / "base.xlsx", tmp_path / "theirs.xlsx"
    write_register(base, table)
    write_register(theirs, table)
    return folder, register, base, theirs


@pytest.mark.shows("B1")
def test_edits_of_two_people_to_one_row_both_survive_in_every_format(holdshort, places):  # noqa: F811
    folder, register, base, theirs = places
    edited(register, "CO-EDGE-001", escalation="sales manager")
    edited(theirs, "CO-EDGE-001", scenario="Nobody wrote down what success is")
    said = holdshort("register", "merge", folder, base, theirs)
    assert said.returncode == 0, said.stdout + said.stderr
    row = read_register(register)[0].row("CO-EDGE-001")
    assert row.text("scenario") == "Nobody wrote down what success is"
    assert row.text("escalation") == "sales manager"
    assert register.with_name(f"register.previous{register.suffix}").exists()


def test_a_conflict_writes_nothing_and_shows_the_three_texts(holdshort, places):  # noqa: F811
    folder, register, base, theirs = places
    edited(register, "CO-EDGE-001", scenario="ours")
    edited(theirs, "CO-EDGE-001", scenario="theirs")
    before = register.read_bytes()
    said = holdshort("register", "merge", folder, base, theirs, "--json")
    assert said.returncode == 1
    assert register.read_bytes() == before
    (conflict,) = json.loads(said.stdout)["conflicts"]
    assert (conflict["case"], conflict["ours"], conflict["theirs"]) == ("CO-EDGE-001", "ours", "theirs")
    shown = holdshort("register", "merge", folder, base, theirs).stdout
    assert "CO-EDGE-001  conflict in Scenario" in shown
    assert holdshort("register", "merge", folder, base, theirs, "--prefer", "theirs").returncode == 0
    assert read_register(register)[0].row("CO-EDGE-001").text("scenario") == "theirs"


def test_a_dry_run_writes_nothing(holdshort, places):  # noqa: F811
    folder, register, base, theirs = places
    edited(theirs, "CO-EDGE-001", scenario="theirs")
    before = register.read_bytes()
    said = holdshort("register", "merge", folder, base, theirs, "--dry-run")
    assert said.returncode == 0
    assert "dry run" in said.stdout
    assert register.read_bytes() == before


def test_comments_formats_and_extra_columns_of_a_workbook_stay(holdshort, starter, tmp_path):  # noqa: F811
    folder = shutil.copytree(starter, tmp_path / "pb")
    table, _ = read_register(folder / "register.csv")
    (folder / "register.csv").unlink()
    register, base, theirs = folder / "register.xlsx", tmp_path / "base.xlsx", tmp_path / "theirs.xlsx"
    for path in (register, base, theirs):
        write_register(path, table)
    book = openpyxl.load_workbook(register)
    sheet = book.worksheets[0]
    extra = sheet.max_column + 1
    sheet.cell(1, extra).value, sheet.cell(2, extra).value = "Ticket", "OPS-7"
    sheet.cell(2, 1).comment = openpyxl.comments.Comment("ask Rae", "me")
    sheet.cell(2, 2).font = openpyxl.styles.Font(bold=True)
    book.save(register)
    edited(theirs, "CO-EDGE-001", scenario="Nobody wrote down what success is")
    assert holdshort("register", "merge", folder, base, theirs).returncode == 0
    sheet = openpyxl.load_workbook(register).worksheets[0]
    assert sheet.cell(2, extra).value == "OPS-7"
    assert sheet.cell(2, 1).comment.text.startswith("ask Rae")
    assert sheet.cell(2, 2).font.bold
    assert sheet.cell(2, 2).value == "Nobody wrote down what success is"


def test_an_id_that_stands_twice_or_a_missing_file_is_refused_with_all_faults(holdshort, places, tmp_path):  # noqa: F811
    folder, _, base, theirs = places
    said = holdshort("register", "merge", folder, tmp_path / "no.xlsx", tmp_path / "none.csv")
    assert said.returncode == 2
    assert "no.xlsx" in said.stderr
    assert "none.csv" in said.stderr
    table, _ = read_register(theirs)
    rows = tmp_path / "twice.csv"
    write_register(rows, table)
    lines = rows.read_text("utf-8-sig").splitlines(keepends=True)
    rows.write_text("".join([*lines, lines[1]]), "utf-8")
    said = holdshort("register", "merge", folder, base, rows)
    assert said.returncode == 2
    assert "CHANGE-012" in said.stderr
