"""Registers in workbooks that people made."""

import datetime

import openpyxl
import pytest

from holdshort.core.table import diff_tables, make_table
from holdshort.importers.register_files import read_register, write_register

from .register_samples import SHORT_HEAD, SHORT_ROW, codes, refused, rezip, row, short, workbook


def named(diagnostics, code):
    return next(each for each in diagnostics if each.code == code)


@pytest.mark.shows("B1")
def test_the_nine_column_form_is_read_with_stated_defaults_for_the_rest(tmp_path):
    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW]))
    assert table.form == "short"
    assert table.headers == tuple(SHORT_HEAD)
    assert table.rows[0].text("lane") == "any"
    assert table.rows[0].text("review") == "RevOps confirms"
    assert {each.where.column for each in remarks if each.code == "TABLE-011"} >= {
        "Customer segment",
        "Audit fields",
    }
    assert {each.severity for each in remarks} == {"note"}


def test_every_cell_knows_its_place(tmp_path):
    table, _ = read_register(workbook(tmp_path / "r.xlsx", [["Our register"], [], SHORT_HEAD, [], SHORT_ROW]))
    where = table.rows[0].cells["trigger"].where
    assert (where.file, where.sheet, where.cell) == ("r.xlsx", "Edge cases", "C5")
    assert (where.case, where.column) == ("CO-EDGE-001", "Trigger")
    assert table.rows[0].place == 5


def test_title_rows_and_blank_rows_do_not_matter(tmp_path):
    rows = [
        ["Edge cases 2025"],
        [None, "for review"],
        SHORT_HEAD,
        SHORT_ROW,
        [None, "  "],
        short("CO-EDGE-002"),
    ]
    table, _ = read_register(workbook(tmp_path / "r.xlsx", rows))
    assert [each.case for each in table.rows] == ["CO-EDGE-001", "CO-EDGE-002"]


def test_a_register_that_does_not_begin_at_a1_keeps_its_places(tmp_path):
    rows = [[], [], [None, None, *SHORT_HEAD], [None, None, *SHORT_ROW]]
    table, _ = read_register(workbook(tmp_path / "r.xlsx", rows))
    assert table.rows[0].cells["id"].where.cell == "C4"


def test_the_sheet_named_after_the_register_is_read_even_when_it_is_not_the_first(tmp_path):
    def add(book, sheet):
        other = book.add_worksheet("Register")
        for number, values in enumerate([SHORT_HEAD, short("REAL-1")]):
            other.write_row(number, 0, values)

    table, _ = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW], "Old", add))
    assert [each.case for each in table.rows] == ["REAL-1"]


def test_a_hidden_sheet_is_not_read_and_a_note_says_so(tmp_path):
    def hide(book, sheet):
        sheet.hide()
        other = book.add_worksheet("Rows")
        other.activate()
        for number, values in enumerate([SHORT_HEAD, short("SEEN-1")]):
            other.write_row(number, 0, values)

    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW], "Edge cases", hide))
    assert [each.case for each in table.rows] == ["SEEN-1"]
    assert named(remarks, "TABLE-009").where.sheet == "Edge cases"


def test_a_sheet_without_a_header_says_what_the_nearest_row_lacks(tmp_path):
    head = ["Triger" if title == "Trigger" else title for title in SHORT_HEAD]
    (problem,) = refused(workbook(tmp_path / "r.xlsx", [["title"], head, SHORT_ROW]))
    assert problem.code == "TABLE-001"
    assert "row 2 lacks `Trigger`" in problem.message
    assert problem.mend == "did you mean `Trigger` where it says `Triger`?"


def test_a_misspelt_column_is_kept_and_its_right_name_offered(tmp_path):
    head = ["Evidense" if title == "Evidence" else title for title in SHORT_HEAD]
    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [head, SHORT_ROW]))
    assert table.rows[0].extra == {"Evidense": "CRM record"}
    assert named(remarks, "TABLE-012").mend == "did you mean `Evidence`?"
    assert named(remarks, "TABLE-010").severity == "warning"


def test_a_column_that_stands_twice_is_refused_even_under_two_names(tmp_path):
    problems = refused(workbook(tmp_path / "r.xlsx", [[*SHORT_HEAD, "Risk", "note", "Note"], SHORT_ROW]))
    assert codes(problems) == ["TABLE-002", "TABLE-002"]
    assert [each.where.cell for each in problems] == ["J1", "L1"]
    assert "`Risk tier`" in problems[0].message


def test_columns_that_lost_their_ids_are_refused_as_shifted(tmp_path):
    moved = [[None, *SHORT_ROW[:-1]] for _ in range(3)]
    (problem,) = refused(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, *moved]))
    assert problem.code == "TABLE-003"
    assert "3 of 3 rows" in problem.message


def test_tiers_under_the_neighbouring_header_are_refused_as_shifted(tmp_path):
    moved = [[SHORT_ROW[0] + str(at), "two cells", *SHORT_ROW[1:-1]] for at in range(3)]
    (problem,) = refused(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, *moved]))
    assert problem.code == "TABLE-003"
    assert "one column to the right" in problem.message


def test_one_shifted_row_is_an_error_that_does_not_hide_the_others(tmp_path):
    moved = ["CO-EDGE-009", "two cells", *SHORT_ROW[1:-1]]
    rows = [SHORT_HEAD, SHORT_ROW, short("CO-EDGE-002"), moved]
    table, remarks = read_register(workbook(tmp_path / "r.xlsx", rows))
    assert len(table.rows) == 3
    assert named(remarks, "TABLE-004").where.case == "CO-EDGE-009"
    assert named(remarks, "TABLE-004").severity == "error"


@pytest.mark.shows("B1")
def test_an_id_that_is_missing_or_stands_twice_is_an_error_of_its_row(tmp_path):
    rows = [SHORT_HEAD, SHORT_ROW, SHORT_ROW, [None, *SHORT_ROW[1:]]]
    _, remarks = read_register(workbook(tmp_path / "r.xlsx", rows))
    assert named(remarks, "TABLE-015").where.cell == "A3"
    assert "row 2" in named(remarks, "TABLE-015").message
    assert named(remarks, "TABLE-014").where.cell == "A4"


def test_a_formula_is_read_by_its_last_value_with_a_warning(tmp_path):
    def formula(book, sheet):
        sheet.write_formula("B2", '=A2&" late"', None, "CO-EDGE-001 late")

    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW], change=formula))
    assert table.rows[0].text("scenario") == "CO-EDGE-001 late"
    warning = named(remarks, "TABLE-005")
    assert (warning.where.cell, warning.severity) == ("B2", "warning")


@pytest.mark.parametrize("value", ["#REF!", "#N/A", "#NAME?"])
def test_an_error_value_is_an_error_at_its_cell(tmp_path, value):
    def formula(book, sheet):
        sheet.write_formula("C2", "=Missing!A1", None, value)

    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW], change=formula))
    problem = named(remarks, "TABLE-006")
    assert (problem.where.cell, problem.severity) == ("C2", "error")
    assert value in problem.message
    assert table.rows[0].text("trigger") == value


def test_numbers_dates_and_yes_or_no_read_as_people_see_them(tmp_path):
    def values(book, sheet):
        sheet.write(1, 9, 14.0)
        sheet.write(1, 10, 0.25)
        sheet.write_datetime(1, 11, datetime.datetime(2025, 3, 4), book.add_format({"num_format": "d.m.yy"}))
        sheet.write(1, 12, True)

    rows = [[*SHORT_HEAD, "whole", "part", "day", "yes"], SHORT_ROW]
    table, _ = read_register(workbook(tmp_path / "r.xlsx", rows, change=values))
    assert table.rows[0].extra == {"whole": "14", "part": "0.25", "day": "2025-03-04", "yes": "TRUE"}


def test_a_cell_merged_over_rows_speaks_for_each_of_them(tmp_path):
    rows = [SHORT_HEAD, SHORT_ROW, short("CO-EDGE-002"), short("CO-EDGE-003")]

    def merge(book, sheet):
        sheet.merge_range("D2:D3", "hold")

    table, remarks = read_register(workbook(tmp_path / "r.xlsx", rows, change=merge))
    assert [each.text("tier") for each in table.rows] == ["hold", "hold", "medium"]
    assert named(remarks, "TABLE-017").where.cell == "D2"


def test_a_title_merged_across_the_columns_is_no_row(tmp_path):
    def merge(book, sheet):
        sheet.merge_range("A3:I3", "Billing")

    table, _ = read_register(
        workbook(tmp_path / "r.xlsx", [SHORT_HEAD, SHORT_ROW, [], short("B-1")], change=merge)
    )
    assert [each.case for each in table.rows] == ["CO-EDGE-001", "B-1"]


def test_cells_under_no_header_are_mentioned_once(tmp_path):
    rows = [SHORT_HEAD, [*SHORT_ROW, "stray"], [*short("CO-EDGE-002"), "stray"]]
    _, remarks = read_register(workbook(tmp_path / "r.xlsx", rows))
    assert codes(remarks).count("TABLE-013") == 1


def test_a_cell_longer_than_a_spreadsheet_holds_is_named(tmp_path):
    path = workbook(tmp_path / "r.xlsx", [SHORT_HEAD, ["CO-EDGE-001", "LONG", *SHORT_ROW[2:]]])
    rezip(path, lambda name, data: data.replace(b"LONG", b"x" * 40_000))
    _, remarks = read_register(path)
    assert (named(remarks, "TABLE-007").where.cell, named(remarks, "TABLE-007").severity) == ("B2", "error")


def test_a_workbook_with_only_a_header_is_an_empty_register(tmp_path):
    table, remarks = read_register(workbook(tmp_path / "r.xlsx", [SHORT_HEAD]))
    assert table.rows == ()
    assert named(remarks, "TABLE-016").severity == "warning"


def test_an_empty_workbook_has_no_register(tmp_path):
    assert codes(refused(workbook(tmp_path / "r.xlsx", []))) == ["TABLE-001"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+49 30 1234", "-3 days", "@sales", "\tindented", "'=quoted", "=cmd|'/c calc'!A0"]
)
def test_a_text_like_a_formula_is_a_plain_text_in_the_workbook_and_comes_back(tmp_path, text):
    path = tmp_path / "r.xlsx"
    write_register(path, make_table([row("A-1", scenario=text)]))
    cell = openpyxl.load_workbook(path)["Edge cases"]["B2"]
    assert (cell.data_type, cell.quotePrefix, cell.value) == ("s", True, text)
    assert read_register(path)[0].rows[0].text("scenario") == text


@pytest.mark.shows("B1")
def test_a_written_workbook_helps_the_people_who_edit_it(tmp_path):
    path = tmp_path / "r.xlsx"
    lists = {"owner": ["RevOps", "CSM"], "lane": ["any", "kickoff"], "escalation": ["CS leader"]}
    glossary = [("success criteria", "text", "crm.success_criteria", "closed won", "goals")]
    write_register(path, make_table([row("A-1")]), lists, glossary)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Edge cases", "Help", "Glossary", "Lists"]
    sheet = book["Edge cases"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:Q2"
    assert sheet["A1"].font.bold
    assert sheet["B2"].alignment.wrap_text
    validations = {str(each.sqref).split(":")[0] for each in sheet.data_validations.dataValidation}
    assert validations == {"C2", "G2", "L2", "M2"}
    assert [cell.value for cell in book["Glossary"][2]] == list(glossary[0])
    assert book["Help"]["A2"].value == "Edge-case ID"
    assert [cell.value for cell in book["Lists"]["B"]] == ["First owner", "RevOps", "CSM", None, None][
        : book["Lists"].max_row
    ]


def test_the_short_form_warns_of_what_it_leaves_out(tmp_path):
    remarks = write_register(
        tmp_path / "r.xlsx", make_table([row("A-1", owner="CSM", Note="kept")]), form="short"
    )
    assert [each.where.column for each in remarks] == ["First owner"]
    table, _ = read_register(tmp_path / "r.xlsx")
    assert len(table.headers) == 10
    assert table.rows[0].extra == {"Note": "kept"}


def test_a_long_register_comes_back_whole(tmp_path):
    rows = [row(f"A-{at}", test="given x\nthen y", Region="EU") for at in range(50)]
    table = make_table(rows)
    write_register(tmp_path / "r.xlsx", table)
    assert diff_tables(table, read_register(tmp_path / "r.xlsx")[0]) == []
