"""Any texts survive any file; an edited file changes where it was edited and nowhere else."""

import csv
import io
import os

import openpyxl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.worksheet.datavalidation import DataValidation

from holdshort.core.columns import COLUMNS
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.table import diff_tables, make_table
from holdshort.importers.register_files import read_register, update_register, write_register
from holdshort.importers.register_yaml import update_yaml_file

from .register_samples import SHORT_HEAD, SHORT_ROW, codes, row, short, workbook

texts = st.text(
    st.characters(
        exclude_categories=["Cs"],
        exclude_characters=[chr(c) for c in range(32) if c not in (9, 10, 13)] + ["\ufffe", "\uffff"],
    ),
    max_size=30,
)
spicy = st.lists(
    st.sampled_from(
        [
            "=",
            "'",
            "-",
            "|",
            "\\",
            "<br>",
            "&amp;",
            "&#32;",
            " ",
            "\n",
            "\t",
            "\r\n",
            '"',
            ",",
            ";",
            ": ",
            " #",
            "a",
            "null",
            "_x000D_",
            "_x005F_",
            "é",
            "😀",
            "\u2028",
            "\x85",
            "\ufeff",
            "\xa0",
            "---",
            "{",
            "[",
            "!",
            "&a",
            "*a",
            "%",
        ]
    ),
    max_size=8,
).map("".join)
cells = st.one_of(texts, spicy)
quietly = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=60,
)


def plain(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def blank(text):
    """A cell of nothing but spaces counts as blank once a file is edited."""
    return text if text.strip() else ""


def all_texts(table):
    return [{**{key: cell.text for key, cell in each.cells.items()}, **each.extra} for each in table.rows]


@pytest.mark.shows("B1")
@pytest.mark.parametrize("name", ["r.xlsx", "r.csv", "r.tsv", "r.yaml", "r.md"])
@quietly
@given(
    rows=st.lists(
        st.fixed_dictionaries({c.key: cells for c in COLUMNS if c.key != "id"} | {"Extra note": cells}),
        min_size=1,
        max_size=3,
    )
)
@example(rows=[{"scenario": "", "trigger": "\n", "tier": " "}])
def test_any_texts_survive_a_round_trip(tmp_path, name, rows):
    table = make_table([{"id": f"A-{at}", **each, "tier": "low"} for at, each in enumerate(rows)])
    write_register(tmp_path / name, table)
    back, _ = read_register(tmp_path / name)
    assert all_texts(back) == [{key: plain(text) for key, text in each.items()} for each in all_texts(table)]


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv", "r.yaml", "r.md"])
@settings(quietly, max_examples=25)
@given(old=cells, new=cells, added=cells)
def test_a_changed_cell_is_the_only_change_in_any_file(tmp_path, name, old, new, added):
    path = tmp_path / name
    start = [row("A-1", scenario=old, ai=old), row("A-2", scenario=old), row("A-3")]
    write_register(path, make_table(start))
    wanted = make_table(
        [row("A-1", scenario=old, ai=old), row("A-2", scenario=new), row("A-4", scenario=added, tier="low")]
    )
    update_register(path, wanted)
    read = all_texts(read_register(path)[0])
    assert [{k: blank(t) for k, t in each.items()} for each in read] == [
        {k: blank(plain(t)) for k, t in each.items()} for each in all_texts(wanted)
    ]


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv", "r.yaml", "r.md"])
@pytest.mark.parametrize("text", ["\x00", "a\x07", "\x1b", "\ufffe", "\ud800", "x" * 32_768, "😀" * 16_384])
def test_a_text_that_a_spreadsheet_cannot_hold_is_refused_in_every_format(tmp_path, name, text):
    with pytest.raises(HoldshortError) as caught:
        write_register(tmp_path / name, make_table([row("A-1", scenario=text), row("A-2", ai=text)]))
    assert [(each.where.case, each.where.column) for each in caught.value.diagnostics] == [
        ("A-1", "Scenario"), ("A-2", "AI assistance allowed"),
    ]  # fmt: skip
    assert not (tmp_path / name).exists()


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv", "r.yaml", "r.md"])
def test_an_untouched_table_leaves_the_file_untouched(tmp_path, name):
    path = tmp_path / name
    write_register(path, make_table([row("A-1", Note="n"), row("A-2")]))
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    assert update_register(path, read_register(path)[0]) == []
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)


def company_workbook(path):
    """A register as a company keeps it: own columns, another sheet, a comment, colours, lists, a formula."""
    workbook(
        path,
        [
            ["Our edge cases"],
            [*SHORT_HEAD, "Region", "Count"],
            [*SHORT_ROW, "EU"],
            [*short("CO-EDGE-002"), "US"],
            [*short("CO-EDGE-003"), "EU"],
        ],
    )
    book = openpyxl.load_workbook(path)
    sheet = book["Edge cases"]
    sheet.column_dimensions["C"].width = 61
    sheet.row_dimensions[5].height = 77
    sheet["B3"].fill = openpyxl.styles.PatternFill("solid", fgColor="FFCC00")
    sheet["C5"].comment = Comment("ask finance", "Ana")
    sheet["K3"] = '=LEN(B3)&" signs"'
    listed = DataValidation(type="list", formula1='"low,medium,high,hold"')
    listed.add("D3:D5")
    sheet.add_data_validation(listed)
    sheet.merge_cells("J4:J5")
    sheet.auto_filter.ref = "A2:K5"
    other = book.create_sheet("Numbers")
    other["A1"], other["A2"] = 4, "=A1*2"
    book.save(path)
    return path


def changed(table, case, **new):
    rows = [{**texts, **(new if texts["id"] == case else {})} for texts in all_texts(table)]
    return make_table(rows)


@pytest.mark.shows("B1")
def test_a_changed_cell_leaves_the_rest_of_a_company_workbook_as_it_was(tmp_path):
    path = company_workbook(tmp_path / "r.xlsx")
    table, _ = read_register(path)
    old = openpyxl.load_workbook(path)
    update_register(path, changed(table, "CO-EDGE-001", scenario="=now"))
    new = openpyxl.load_workbook(path)
    assert new.sheetnames == old.sheetnames
    for name in old.sheetnames:
        for line in old[name].iter_rows():
            for cell in line:
                other = new[name][cell.coordinate]
                if (name, cell.coordinate) != ("Edge cases", "B3"):
                    assert (other.value, other.data_type) == (cell.value, cell.data_type)
                assert other.fill.fgColor.rgb == cell.fill.fgColor.rgb
    sheet = new["Edge cases"]
    assert (sheet["B3"].value, sheet["B3"].data_type, sheet["B3"].quotePrefix) == ("=now", "s", True)
    assert sheet["C5"].comment.text == "ask finance"
    assert sheet.column_dimensions["C"].width == 61
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["D3:D5"]
    assert [str(each) for each in sheet.merged_cells.ranges] == ["J4:J5"]


def test_rows_are_deleted_and_appended_with_what_belongs_to_them(tmp_path):
    path = company_workbook(tmp_path / "r.xlsx")
    table, _ = read_register(path)
    rows = [each for each in all_texts(table) if each["id"] != "CO-EDGE-001"]
    remarks = update_register(path, make_table([*rows, row("NEW-1", tier="low", Region="APAC")]))
    assert codes(remarks) == []
    sheet = openpyxl.load_workbook(path)["Edge cases"]
    assert [sheet.cell(at, 1).value for at in range(1, 7)] == [
        "Our edge cases",
        "ID",
        "CO-EDGE-002",
        "CO-EDGE-003",
        "NEW-1",
        None,
    ]
    assert sheet["C4"].comment.text == "ask finance"
    assert sheet.row_dimensions[4].height == 77
    assert [str(each.sqref) for each in sheet.data_validations.dataValidation] == ["D3:D4"]
    assert [str(each) for each in sheet.merged_cells.ranges] == ["J3:J4"]
    assert sheet.auto_filter.ref == "A2:K5"
    assert read_register(path)[0].row("NEW-1").extra["Region"] == "APAC"


def test_a_change_inside_merged_cells_takes_them_apart_without_losing_the_others(tmp_path):
    path = company_workbook(tmp_path / "r.xlsx")
    table, _ = read_register(path)
    assert table.row("CO-EDGE-003").extra["Region"] == "US"
    update_register(path, changed(table, "CO-EDGE-003", Region="UK"))
    assert [each.extra["Region"] for each in read_register(path)[0].rows] == ["EU", "US", "UK"]


def test_a_formula_keeps_its_last_value_through_an_edit(tmp_path):
    def formula(book, sheet):
        sheet.write_formula("J2", '=LEN(B2)&"<"', None, "16<")
        book.add_worksheet("Sum").write_formula("A1", "=1+2", None, 3)

    path = workbook(tmp_path / "r.xlsx", [[*SHORT_HEAD, "Signs"], SHORT_ROW], change=formula)
    table, _ = read_register(path)
    update_register(path, changed(table, "CO-EDGE-001", tier="hold"))
    assert read_register(path)[0].rows[0].extra["Signs"] == "16<"
    assert openpyxl.load_workbook(path)["Edge cases"]["J2"].value == '=LEN(B2)&"<"'
    assert openpyxl.load_workbook(path, data_only=True)["Sum"]["A1"].value == 3


def test_a_text_that_looks_like_an_escape_survives_an_edit_of_its_neighbour(tmp_path):
    path = tmp_path / "r.xlsx"
    write_register(path, make_table([row("A-1", scenario="_x000D_", Note="_x005F_"), row("A-2")]))
    update_register(path, changed(read_register(path)[0], "A-2", tier="low"))
    first = read_register(path)[0].rows[0]
    assert (first.text("scenario"), first.extra["Note"]) == ("_x000D_", "_x005F_")


@pytest.mark.parametrize("name", ["r.xlsx", "r.csv", "r.yaml", "r.md"])
def test_a_missing_column_is_added_only_when_a_row_needs_it(tmp_path, name):
    path = tmp_path / name
    write_register(path, make_table([row("A-1"), row("A-2")], form="short"), form="short")
    table, _ = read_register(path)
    update_register(path, changed(table, "A-2", owner="CSM", Region="EU"))
    back, _ = read_register(path)
    assert [each.text("owner") for each in back.rows] == ["", "CSM"]
    assert [each.extra.get("Region", "") for each in back.rows] == ["", "EU"]
    assert "segment" not in back.keys


YAML = """\
# Register of Acme, do not reorder
version: 3
cases:
# the first one
- id: A-1      # stable
  trigger: "x is missing"
  Risk: low    # agreed 3 May

  evidence: [order form, contract]
  Region: EU
# billing
- id: A-2
  trigger: >-
    a long
    folded text
  Risk: high
"""


def test_yaml_keeps_comments_order_quotes_and_spelling_around_a_change(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(YAML)
    table, _ = read_register(path)
    update_yaml_file(path, changed(table, "A-1", tier="hold"))
    assert path.read_text() == YAML.replace("Risk: low    #", "Risk: hold   #")


def test_yaml_rows_are_appended_and_deleted(tmp_path):
    path = tmp_path / "r.yaml"
    path.write_text(YAML)
    rows = all_texts(read_register(path)[0])[1:]
    update_register(path, make_table([*rows, row("A-9", test="given\nthen")]))
    text = path.read_text()
    assert text.startswith("# Register of Acme, do not reorder\nversion: 3\ncases:\n")
    assert "A-1" not in text
    assert "- id: A-9\n" in text
    assert "    folded text" in text


def test_csv_keeps_title_rows_extra_columns_header_spelling_and_delimiter(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"Our cases;;\r\ncase id;Region;TRIGGER\r\nA-1;EU;x\r\nA-2;US;y\r\n")
    table, _ = read_register(path)
    update_register(path, changed(table, "A-2", trigger="=z"))
    records = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))
    assert records == [
        ["Our cases", "", ""],
        ["case id", "Region", "TRIGGER"],
        ["A-1", "EU", "x"],
        ["A-2", "US", "'=z"],
    ]


def test_markdown_keeps_the_text_around_the_table_and_untouched_lines(tmp_path):
    path = tmp_path / "r.md"
    text = "# Title\n\n| ID  | Trigger |\n|:----|--------:|\n| A-1 |   x     |\n| A-2 | y |\n\nAfter.\n"
    path.write_text(text)
    update_register(path, changed(read_register(path)[0], "A-2", trigger="a|b"))
    assert path.read_text() == text.replace("| A-2 | y |", "| A-2 | a\\|b |")


def test_two_rows_of_one_id_are_not_edited_apart(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"ID,Trigger\r\nA,x\r\nA,y\r\n")
    with pytest.raises(HoldshortError) as caught:
        update_register(path, read_register(path)[0])
    assert codes(caught.value.diagnostics) == ["TABLE-015"]


def test_a_row_without_an_id_stays_where_it_is(tmp_path):
    path = tmp_path / "r.csv"
    path.write_bytes(b"ID,Trigger\r\nA,x\r\n,y\r\nB,z\r\n")
    table, _ = read_register(path)
    assert update_register(path, table) == []
    assert diff_tables(table, read_register(path)[0]) == []


def test_a_file_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "r.csv"
    write_register(path, make_table([row("A-1")]))
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(HoldshortError) as caught:
        write_register(path, make_table([row("A-2")]))
    assert codes(caught.value.diagnostics) == ["FILE-022"]
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["r.csv"]


def test_a_folder_that_is_not_there_says_so(tmp_path):
    with pytest.raises(HoldshortError) as caught:
        write_register(tmp_path / "no" / "r.csv", make_table([row("A-1")]))
    assert codes(caught.value.diagnostics) == ["FILE-022"]


def test_a_register_is_not_written_under_an_unknown_ending(tmp_path):
    with pytest.raises(HoldshortError) as caught:
        write_register(tmp_path / "r.docx", make_table([row("A-1")]))
    assert codes(caught.value.diagnostics) == ["FILE-006"]


def test_a_file_keeps_its_permissions(tmp_path):
    path = tmp_path / "r.csv"
    write_register(path, make_table([row("A-1")]))
    path.chmod(0o640)
    update_register(path, make_table([row("A-1", tier="low")]))
    assert path.stat().st_mode & 0o777 == 0o640
