"""The register as a table of text: its columns and what differs between two of them."""

import pytest

from holdshort.core.columns import COLUMNS, DEFAULT_AUDIT_FIELDS, SHORT_COLUMNS, find_column
from holdshort.core.table import ROW, CellChange, diff_tables, form_of, make_table


@pytest.mark.shows(*(f"B{number}" for number in range(1, 16)))
def test_the_fifteen_fields_stand_in_the_order_of_the_requirement():
    assert [column.key for column in COLUMNS] == [
        "id", "scenario", "lane", "work_area", "segment", "trigger", "tier", "evidence", "checks", "ai",
        "review", "owner", "escalation", "action", "audit", "test", "sources",
    ]  # fmt: skip
    assert {column.code for column in COLUMNS} == {*(f"B{number}" for number in range(1, 16)), "B"}


def test_every_column_explains_itself_with_an_example():
    assert all(column.help.endswith(".") and column.example for column in COLUMNS)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Edge-case ID", "id"), ("edge_case id", "id"), ("CASE ID", "id"), ("id", "id"), ("Edge case", "id"),
        ("Risk", "tier"), ("AI may", "ai"), ("Human must", "review"), ("Person must", "review"),
        ("System may", "action"), ("Required evidence before review", "evidence"), ("Owner", "owner"),
        ("Test", "test"), ("Lane", "lane"), ("Segment", "segment"), ("Work\u00a0area", "work_area"),
        (" acceptance-test ", "test"), ("Trigger *", "trigger"), ("Escalation", "escalation"),
    ],
)  # fmt: skip
def test_a_header_is_found_whatever_its_case_spaces_and_hyphens(header, key):
    assert find_column(header).key == key


@pytest.mark.parametrize("header", ["", "   ", "Triggr", "Region", "x" * 5000])
def test_a_header_that_names_no_column_finds_none(header):
    assert find_column(header) is None


def test_no_name_means_two_columns():
    names = [name for column in COLUMNS for name in (column.title, *column.aliases)]
    assert all(find_column(name) in COLUMNS for name in names)
    for column in COLUMNS:
        assert all(find_column(name) is column for name in (column.key, column.title, *column.aliases))


@pytest.mark.shows("B1")
def test_the_nine_column_form_is_told_from_the_long_one():
    assert len(SHORT_COLUMNS) == 9
    assert form_of(column.key for column in SHORT_COLUMNS) == "short"
    assert form_of(column.key for column in COLUMNS) == "long"


@pytest.mark.shows("B14")
def test_a_row_that_says_nothing_gets_the_stated_defaults():
    row = make_table([{"id": "A-1"}]).rows[0]
    assert (row.text("lane"), row.text("segment"), row.text("audit")) == ("any", "any", DEFAULT_AUDIT_FIELDS)
    assert row.text("owner") == row.text("work_area") == row.text("sources") == ""


def test_changes_are_listed_by_id_and_column_whatever_the_order_of_rows():
    old = make_table([{"id": "A-1", "tier": "low"}, {"id": "A-2", "tier": "high", "scenario": "two"}])
    new = make_table([{"id": "A-3"}, {"id": " A-1 ", "tier": "medium", "Note": "n"}])
    assert diff_tables(old, new) == [
        CellChange("A-1", "Risk tier", "low", "medium"),
        CellChange("A-1", "Note", "", "n"),
        CellChange("A-2", ROW, "two", ""),
        CellChange("A-3", ROW, "", "A-3"),
    ]


def test_spaces_around_a_text_are_no_change():
    old = make_table([{"id": "A-1", "tier": "low"}])
    assert diff_tables(old, make_table([{"id": "A-1", "tier": "  low\n"}])) == []


def test_rows_that_share_an_id_are_compared_one_by_one():
    old = make_table([{"id": "A", "tier": "low"}, {"id": "A", "tier": "high"}])
    new = make_table([{"id": "A", "tier": "low"}, {"id": "A", "tier": "hold"}])
    assert diff_tables(old, new) == [CellChange("A", "Risk tier", "high", "hold")]


def test_a_table_knows_its_columns_and_the_ones_it_does_not_know():
    table = make_table([{"id": "A-1", "Region": "EU"}], form="short")
    assert table.extra_headers == ("Region",)
    assert table.keys == tuple(column.key for column in SHORT_COLUMNS)
    assert table.row(" A-1 ").extra == {"Region": "EU"}
    assert table.row("A-2") is None
