"""Registers out to a file and back: what would change is shown first, and nothing else changes."""

import csv
import io
import shutil
from dataclasses import replace
from importlib.resources import files

import openpyxl
import pytest
from openpyxl.comments import Comment

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.register import digest_of
from holdshort.core.table import diff_tables, make_table
from holdshort.importers.register_files import read_register, update_register, write_register
from holdshort.service.init_playbook import FORMATS
from holdshort.service.lint import lint_playbook
from holdshort.service.load_playbook import load_playbook
from holdshort.service.registers import (
    change_lines,
    diff_registers,
    difference_of,
    export_register,
    plan_import,
    previous_of,
    write_import,
)

NEW_ROW = {
    "id": "CO-EDGE-900",
    "scenario": "A row of our own",
    "trigger": "deal is won and ARR is at least 5000000",
    "tier": "high",
    "evidence": "contract",
    "ai": "none",
    "review": "CS leader approves before create kickoff tasks",
    "action": "hold create kickoff tasks",
    "test": "given clean-mid-market with ARR set to 6000000, the case is matched",
}

FIELDS = [f"B{number}" for number in range(1, 16)]


@pytest.fixture(scope="session")
def starters(tmp_path_factory):
    """The starter playbook with its first rows only, one in each format: the whole takes a second to read."""
    folder = tmp_path_factory.mktemp("starters")
    starter = files("holdshort") / "starter"
    table, _ = read_register(starter / "register.yaml")
    for each in FORMATS:
        shutil.copytree(starter, folder / each, ignore=shutil.ignore_patterns("register.*"))
        write_register(folder / each / f"register.{each}", replace(table, rows=table.rows[:7]))
    return folder


@pytest.fixture
def playbook(starters, tmp_path):
    """A playbook of one's own, as a workbook."""
    return shutil.copytree(starters / "xlsx", tmp_path / "pb")


def texts(folder_or_file):
    """The rows of a register as texts by column."""
    file = folder_or_file / "register.xlsx" if folder_or_file.is_dir() else folder_or_file
    table, _ = read_register(file)
    return [{**{key: cell.text for key, cell in row.cells.items()}, **row.extra} for row in table.rows]


def saved(path, rows, form="long"):
    write_register(path, make_table(rows, form=form), form=form)
    return path


def refused(act, *args, **options):
    with pytest.raises(HoldshortError) as caught:
        act(*args, **options)
    return [each.code for each in caught.value.diagnostics]


# --- out and back ---


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("own", ["xlsx", "yaml"])
def test_an_untouched_export_comes_back_with_nothing_to_change(starters, tmp_path, own, ending):
    file = tmp_path / f"out.{ending}"
    export_register(starters / own, file)
    exported, _ = read_register(file)
    assert digest_of(exported) == digest_of(load_playbook(starters / own).table)
    report = plan_import(starters / own, file)
    assert report.difference.is_none
    assert not report.errors
    assert not report.inactive
    assert not write_import(report).written


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("ending", FORMATS)
def test_the_nine_column_form_comes_back_without_losing_the_other_columns(starters, tmp_path, ending):
    file = tmp_path / f"short.{ending}"
    remarks = export_register(starters / "xlsx", file, "short")
    assert [each.code for each in remarks] == ["CHANGE-010"]
    assert len(read_register(file)[0].keys) == 9
    report = plan_import(starters / "xlsx", file)
    assert report.difference.is_none
    assert [each.code for each in report.diagnostics if each.severity != "error"] == ["CHANGE-007"]


def test_an_exported_text_that_looks_like_a_formula_is_no_formula(playbook, tmp_path):
    rows = texts(playbook)
    rows[0]["sources"] = "=HYPERLINK(1)"
    write_import(plan_import(playbook, saved(tmp_path / "in.yaml", rows)))
    for ending in ("csv", "xlsx"):
        export_register(playbook, tmp_path / f"out.{ending}")
    assert "'=HYPERLINK(1)" in (tmp_path / "out.csv").read_text("utf-8-sig")
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx")["Edge cases"]
    cell = next(cell for cell in sheet[2] if cell.value == "=HYPERLINK(1)")
    assert cell.data_type == "s"
    assert cell.quotePrefix


def test_an_export_never_replaces_the_register_nor_makes_a_second_one(playbook, tmp_path):
    own = playbook / "register.xlsx"
    before = own.read_bytes()
    assert refused(export_register, playbook, own, force=True) == ["CHANGE-001"]
    assert refused(export_register, playbook, playbook / "register.csv", force=True) == ["CHANGE-002"]
    assert own.read_bytes() == before
    load_playbook(playbook)


def test_an_export_replaces_a_file_only_when_told_to(playbook, tmp_path):
    file = tmp_path / "out.csv"
    file.write_text("mine")
    assert refused(export_register, playbook, file) == ["CHANGE-003"]
    assert file.read_text() == "mine"
    export_register(playbook, file, force=True)
    assert refused(export_register, playbook, tmp_path / "out.docx") == ["FILE-006"]


def test_a_register_with_errors_is_exported_as_it_stands_and_says_so(playbook, tmp_path):
    rows = texts(playbook)
    rows[0]["tier"] = "severe"
    write_register(playbook / "register.xlsx", make_table(rows))
    remarks = export_register(playbook, tmp_path / "out.csv")
    assert [each.code for each in remarks] == ["CHANGE-004"]
    assert texts(tmp_path / "out.csv")[0]["tier"] == "severe"


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("register_format", FORMATS)
def test_one_edited_cell_changes_exactly_one_row(starters, tmp_path, register_format):
    file = shutil.copy(starters / register_format / f"register.{register_format}", tmp_path)
    before, _ = read_register(file)
    case = before.rows[1].case
    after = _with(before, case, "scenario", "Somebody wrote another sentence; with a semicolon, | and =1+1")
    update_register(file, after)
    read, _ = read_register(file)
    assert {change.case for change in diff_tables(before, read)} == {case}
    assert [change.column_title for change in diff_tables(before, read)] == ["Scenario"]
    digests = [(digest_of(_only(before, row.case)), digest_of(_only(read, row.case))) for row in before.rows]
    assert sum(old != new for old, new in digests) == 1


def _with(table, case, key, text):
    rows = tuple(
        replace(row, cells={**row.cells, key: replace(row.cells[key], text=text)})
        if row.case == case
        else row
        for row in table.rows
    )
    return replace(table, rows=rows)


def _only(table, case):
    return replace(table, rows=tuple(row for row in table.rows if row.case == case))


# --- a dry run first ---


@pytest.mark.shows(*FIELDS)
def test_an_import_shows_each_changed_cell_and_writes_nothing(playbook, tmp_path):
    rows = texts(playbook)
    gone = rows.pop(4)
    rows[1]["tier"] = "medium"
    rows.append(NEW_ROW)
    before = (playbook / "register.xlsx").read_bytes()
    report = plan_import(playbook, saved(tmp_path / "in.csv", rows))
    assert change_lines(report.difference) == [
        "CO-EDGE-002  Risk tier: high -> medium",
        f"{gone['id']}  row removed: {gone['scenario']}",
        "CO-EDGE-900  row added: A row of our own",
    ]
    assert not report.errors
    assert (playbook / "register.xlsx").read_bytes() == before
    assert not previous_of(playbook / "register.xlsx").exists()


@pytest.mark.shows(*FIELDS)
def test_an_import_with_errors_shows_all_of_them_with_their_places_and_cannot_be_written(playbook, tmp_path):
    rows = texts(playbook)
    rows[0]["trigger"] = "deal is won and sucess criteria is missing"
    rows[1]["tier"] = "severe"
    rows[2]["action"] = ""
    file = saved(tmp_path / "in.xlsx", rows)
    before = (playbook / "register.xlsx").read_bytes()
    report = write_import(plan_import(playbook, file))
    errors = [each for each in report.diagnostics if each.severity == "error"]
    assert [(each.code, each.where.file, each.where.case) for each in errors] == [
        ("RULE-012", "in.xlsx", rows[0]["id"]),
        ("REG-003", "in.xlsx", rows[1]["id"]),
        ("REG-004", "in.xlsx", rows[2]["id"]),
    ]
    assert errors[0].where.cell == "F2"
    assert errors[0].mend == "did you mean `success criteria`?"
    assert [each.case for each in report.inactive] == [rows[0]["id"], rows[1]["id"], rows[2]["id"]]
    assert not report.written
    assert (playbook / "register.xlsx").read_bytes() == before


@pytest.mark.shows("B15")
def test_an_import_says_which_rows_would_stop_running_for_want_of_a_test(playbook, tmp_path):
    rows = texts(playbook)
    rows[3]["test"] = ""
    rows.append({**NEW_ROW, "test": ""})
    report = plan_import(playbook, saved(tmp_path / "in.csv", rows))
    assert [(each.case, each.was_active) for each in report.inactive] == [
        (rows[3]["id"], True),
        ("CO-EDGE-900", False),
    ]
    assert {each.why for each in report.inactive} == {"it has no acceptance test"}


def test_an_error_in_a_cell_that_the_file_leaves_out_is_shown_in_the_playbooks_own_file(playbook, tmp_path):
    rows = texts(playbook)
    rows[0]["checks"] = "nothing of the kind is present"
    write_register(playbook / "register.xlsx", make_table(rows))
    report = plan_import(playbook, saved(tmp_path / "short.csv", rows, "short"))
    assert [each.where.file for each in report.diagnostics if each.severity == "error"] == ["register.xlsx"]


def test_an_id_that_stands_twice_is_reported_once_and_stops_the_import(playbook, tmp_path):
    rows = texts(playbook)
    file = tmp_path / "in.csv"
    write_register(file, make_table([*rows, rows[0]]))
    report = plan_import(playbook, file)
    assert [each.code for each in report.diagnostics if each.severity == "error"] == ["TABLE-015"]


@pytest.mark.shows("B1")
@pytest.mark.parametrize("name", ["co-edge-002", "CO-EDGE-002-NEW"])
def test_a_row_that_comes_back_under_another_id_gets_a_warning(playbook, tmp_path, name):
    rows = texts(playbook)
    rows[1]["id"] = name
    report = plan_import(playbook, saved(tmp_path / "in.csv", rows))
    warned = [each for each in report.diagnostics if each.severity == "warning"]
    assert [each.code for each in warned] == ["CHANGE-008"]
    assert "`CO-EDGE-002`" in warned[0].message


def test_rows_in_another_order_are_no_change(playbook, tmp_path):
    report = plan_import(playbook, saved(tmp_path / "in.csv", texts(playbook)[::-1]))
    assert report.difference.is_none
    assert [each.code for each in report.diagnostics] == ["CHANGE-009"]


def test_rows_that_a_part_of_the_register_lacks_stay(playbook, tmp_path):
    rows = texts(playbook)
    rows[6]["tier"] = "low"
    report = plan_import(playbook, saved(tmp_path / "in.csv", [rows[6], NEW_ROW]), partial=True)
    assert change_lines(report.difference) == [
        f"{rows[6]['id']}  Risk tier: high -> low",
        "CO-EDGE-900  row added: A row of our own",
    ]


def test_the_register_itself_is_not_imported_and_a_missing_file_says_so(playbook):
    assert refused(plan_import, playbook, playbook / "register.xlsx") == ["CHANGE-005"]
    assert refused(plan_import, playbook, playbook / "nothing.csv") == ["FILE-001"]
    assert refused(plan_import, playbook / "nothing", playbook / "nothing.csv") == ["PLAY-010"]


# --- writing ---


@pytest.mark.shows(*FIELDS)
@pytest.mark.parametrize("own", FORMATS)
def test_an_import_makes_the_register_say_what_was_shown(starters, tmp_path, own):
    shutil.copytree(starters / own, tmp_path / "pb")
    rows = texts(tmp_path / "pb" / f"register.{own}")
    before = (tmp_path / "pb" / f"register.{own}").read_bytes()
    gone = rows.pop(5)["id"]
    rows[1]["scenario"] = "Two lines\nof text"
    report = write_import(plan_import(tmp_path / "pb", saved(tmp_path / "in.yaml", [*rows, NEW_ROW])))
    assert report.written
    loaded = load_playbook(tmp_path / "pb")
    assert difference_of(loaded.table, report.table).is_none
    assert loaded.table.row("CO-EDGE-900").text("lane") == "any"
    assert loaded.playbook.register.case("CO-EDGE-900").owner == "cs_leader"
    assert loaded.table.row(gone) is None
    assert not loaded.errors
    assert report.previous.read_bytes() == before


def test_the_playbooks_own_columns_comments_and_widths_stay(playbook, tmp_path):
    file = playbook / "register.xlsx"
    book = openpyxl.load_workbook(file)
    sheet = book["Edge cases"]
    last = sheet.max_column + 1
    sheet.cell(1, last, "Our notes")
    sheet.cell(2, last, "ask Rae")
    sheet["B3"].comment = Comment("why?", "Rae")
    sheet.column_dimensions["B"].width = 71
    book.create_sheet("Minutes")["A1"] = "kept"
    book.save(file)
    rows = [{key: text for key, text in row.items() if key != "Our notes"} for row in texts(playbook)]
    rows[1]["tier"] = "medium"
    assert write_import(plan_import(playbook, saved(tmp_path / "in.csv", rows))).written
    book = openpyxl.load_workbook(file)
    sheet = book["Edge cases"]
    assert sheet.cell(2, last).value == "ask Rae"
    assert sheet["B3"].comment.text == "why?"
    assert sheet.column_dimensions["B"].width == 71
    assert book["Minutes"]["A1"].value == "kept"
    assert texts(playbook)[1]["tier"] == "medium"


def test_comments_of_a_yaml_register_stay(starters, tmp_path):
    shutil.copytree(starters / "yaml", tmp_path / "pb")
    file = tmp_path / "pb" / "register.yaml"
    file.write_text("# The edge-case register\n" + file.read_text("utf-8"), "utf-8")
    rows = texts(file)
    rows[1]["tier"] = "medium"
    assert write_import(plan_import(tmp_path / "pb", saved(tmp_path / "in.csv", rows))).written
    assert file.read_text("utf-8").startswith("# The edge-case register")


def test_the_short_form_changes_its_own_columns_only_and_a_new_row_gets_defaults(playbook, tmp_path):
    rows = texts(playbook)
    before = {row["id"]: row for row in texts(playbook)}
    rows[4]["tier"] = "medium"
    assert write_import(plan_import(playbook, saved(tmp_path / "in.md", [*rows, NEW_ROW], "short"))).written
    after = {row["id"]: row for row in texts(playbook)}
    new = after.pop("CO-EDGE-900")
    assert (new["lane"], new["segment"], new["checks"], new["owner"]) == ("any", "any", "", "")
    assert after == {**before, rows[4]["id"]: {**before[rows[4]["id"]], "tier": "medium"}}


def test_undo_is_putting_the_previous_file_back(playbook, tmp_path):
    file = playbook / "register.xlsx"
    before, digest = file.read_bytes(), digest_of(load_playbook(playbook).table)
    report = write_import(plan_import(playbook, saved(tmp_path / "in.csv", texts(playbook)[:-1])))
    assert report.previous == playbook / "register.previous.xlsx"
    assert digest_of(load_playbook(playbook).table) != digest
    report.previous.replace(file)
    assert file.read_bytes() == before
    assert digest_of(load_playbook(playbook).table) == digest


def test_a_register_saved_by_somebody_else_in_between_is_not_overwritten(playbook, tmp_path):
    rows = texts(playbook)
    rows[1]["tier"] = "medium"
    report = plan_import(playbook, saved(tmp_path / "in.csv", rows))
    rows[1]["tier"] = "low"
    write_register(playbook / "register.xlsx", make_table(rows))
    assert refused(write_import, report) == ["CHANGE-006"]
    assert texts(playbook)[1]["tier"] == "low"


def test_errors_elsewhere_in_the_playbook_are_counted_and_do_not_stop_an_import(playbook, tmp_path):
    settings = playbook / "playbook.toml"
    settings.write_text(settings.read_text("utf-8").replace('mode = "draft-first"', 'mode = "fast"'), "utf-8")
    rows = texts(playbook)
    rows[1]["tier"] = "medium"
    report = plan_import(playbook, saved(tmp_path / "in.csv", rows))
    assert (report.errors, report.other_errors) == (0, 1)
    assert write_import(report).written
    assert lint_playbook(playbook).errors == 1


# --- differences ---


def test_two_playbooks_or_files_are_compared_cell_by_cell(starters, playbook, tmp_path):
    rows = texts(playbook)
    rows[1]["tier"] = "medium"
    difference, _ = diff_registers(starters / "yaml", saved(tmp_path / "b.csv", rows))
    assert change_lines(difference) == ["CO-EDGE-002  Risk tier: high -> medium"]
    assert diff_registers(starters / "md", starters / "csv")[0].is_none


def test_another_order_is_a_difference_because_it_decides_between_equals(starters, playbook, tmp_path):
    difference, _ = diff_registers(starters / "yaml", saved(tmp_path / "b.csv", texts(playbook)[::-1]))
    assert not difference.changes
    assert change_lines(difference) == ["(order)  the rows that both have stand in another order"]


def test_both_unreadable_registers_are_reported_at_once(tmp_path):
    assert refused(diff_registers, tmp_path / "a.csv", tmp_path) == ["FILE-001", "PLAY-012"]


def test_a_long_text_is_shown_around_what_changed():
    old = (
        "deal is won and " + "ARR is at least 1 and " * 20 + "segment is smb" + " and ARR is at least 2" * 20
    )
    new = old.replace("segment is smb", "segment is strategic")
    line = change_lines(
        difference_of(make_table([{"id": "A", "trigger": old}]), make_table([{"id": "A", "trigger": new}]))
    )[0]
    assert len(line) < 200
    assert "segment is smb" in line
    assert "segment is strategic" in line


def test_a_changed_cell_stays_on_one_line_and_cannot_steer_a_terminal():
    old, new = make_table([{"id": "A", "scenario": ""}]), make_table([{"id": "A", "scenario": "x\ny\x1b[2J"}])
    assert change_lines(difference_of(old, new)) == ["A  Scenario: (blank) -> x\\ny\\u001b[2J"]


def test_a_register_as_excel_saves_it_in_the_short_form_is_taken(playbook, tmp_path):
    """Semicolons, other headers, only three of the nine columns: what people really send."""
    out = io.StringIO()
    csv.writer(out, delimiter=";").writerows(
        [["Case ID", "Seen when", "Tier"], ["CO-EDGE-001", "success criteria is missing", "high"]]
    )
    (tmp_path / "mail.csv").write_text(out.getvalue(), "utf-8")
    report = plan_import(playbook, tmp_path / "mail.csv", partial=True)
    assert {change.column_title for change in report.difference.changes} == {"Trigger", "Risk tier"}
    assert not report.errors
