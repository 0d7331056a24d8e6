"""Exported tables become records: nothing invented, nothing lost without a word."""

import contextlib
import csv
import datetime
import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.diagnostics import HoldshortError
from holdshort.importers.mapping import import_records, plan_import
from holdshort.importers.mapping_cells import convert
from holdshort.importers.mapping_file import (
    ColumnRule,
    load_mapping,
    load_preset,
    plain,
    preset_names,
    read_mapping,
    read_way,
)
from holdshort.importers.tables import read_tables

TODAY = datetime.date(2026, 6, 10)


def table(tmp_path, name, rows, encoding="utf-8", delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    path = tmp_path / name
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def workbook(tmp_path, name, sheets):
    import xlsxwriter

    path = tmp_path / name
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False}) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, datetime.date):
                        sheet.write_datetime(
                            at, column, datetime.datetime.combine(cell, datetime.time()), day
                        )
                    elif cell is not None:
                        sheet.write(at, column, cell)
    return path


def mapping_of(**rule):
    return read_mapping({"tables": [{"table": "deals", "system": "crm", "one record per": "row", **rule}]})


def records(files, mapping=None, preset=None):
    return [each.record for each in import_records(files, mapping, preset, TODAY)]


def notes(files, mapping=None, preset=None):
    return plan_import(files, mapping, preset, TODAY).notes


def said(found, code):
    return [each for each in found if each.code == code]


# --- one table ---


def test_a_column_becomes_its_field_and_every_cell_keeps_its_text(tmp_path):
    path = table(
        tmp_path, "deals.csv", [["Deal ID", "Amount", "Close Date"], ["007", "1.234,50", "03/04/2026"]]
    )
    mapping = mapping_of(
        columns={"deal_id": "opportunity_id", "amount": "amount", "close-date": "close_date"}
    )
    assert records([path], mapping) == [
        {"crm": {"opportunity_id": "007", "amount": "1.234,50", "close_date": "03/04/2026"}}
    ]


def test_a_column_that_the_export_lacks_is_absent_and_an_empty_cell_is_null(tmp_path):
    path = table(tmp_path, "deals.csv", [["Name", "Amount"], ["A", ""], ["B", "  "]])
    mapping = mapping_of(
        columns={"name": "deal_name", "amount": "amount", "currency": "currency"},
        wanted=["currency", "amount"],
    )
    assert records([path], mapping) == [
        {"crm": {"deal_name": "A", "amount": None}},
        {"crm": {"deal_name": "B", "amount": None}},
    ]
    plan = plan_import([path], mapping, today=TODAY)
    assert plan.tables[0].absent == ["currency"]
    assert [each.message for each in said(plan.notes, "ROW-011")] == ["the row lacks amount"] * 2
    assert "the export has no column for: currency" in plan.to_text()


def test_headers_are_compared_without_case_spaces_and_hyphens_and_exact_ones_count_first(tmp_path):
    path = table(tmp_path, "deals.csv", [["dealstage", "Deal Stage"], ["422982642", "Closed Won"]])
    mapping = mapping_of(columns={"dealstage": "stage_id", "Deal Stage": "stage_label"})
    assert records([path], mapping) == [{"crm": {"stage_id": "422982642", "stage_label": "Closed Won"}}]
    loud = table(tmp_path, "deals.csv", [["DEAL STAGE", "x"], ["Closed Won", "1"]])
    plan = plan_import([loud], mapping, today=TODAY)
    assert plan.tables[0].ambiguous[0].field == "stage_id or stage_label"
    assert records([loud], mapping) == [{"crm": {}}]


def test_two_columns_that_could_be_the_close_date_are_reported_and_never_chosen_between(tmp_path):
    path = table(
        tmp_path, "deals.csv",
        [["Close Date", "close_date", "Contract close date"], ["2026-01-01", "2026-01-02", ""], ["2026-01-01", "2026-01-01", ""], ["", "2026-01-03", ""]],
    )  # fmt: skip
    mapping = mapping_of(columns={"Close Date": "close_date"})
    plan = plan_import([path], mapping, today=TODAY)
    assert [each.columns for each in plan.tables[0].ambiguous] == [
        ("Close Date", "close_date"),
        ("Contract close date",),
    ]
    assert [each.row for each in said(plan.notes, "ROW-003")] == [2]
    assert records([path], mapping) == [
        {"crm": {}},
        {"crm": {"close_date": "2026-01-01"}},
        {"crm": {"close_date": "2026-01-03"}},
    ]


def test_a_header_that_stands_twice_is_reported(tmp_path):
    path = table(tmp_path, "deals.csv", [["Amount", "Amount", "Name"], ["1", "2", "A"]])
    plan = plan_import([path], mapping_of(columns={"amount": "amount", "name": "deal_name"}), today=TODAY)
    assert plan.tables[0].ambiguous[0].why == "the headers are the same"
    assert said(plan.notes, "ROW-003")


def test_columns_without_a_use_are_listed(tmp_path):
    path = table(tmp_path, "deals.csv", [["Name", "Mood", "Fax", ""], ["A", "good", "1", "loose"]])
    plan = plan_import([path], mapping_of(columns={"name": "deal_name"}, skip=["fax"]), today=TODAY)
    assert plan.tables[0].mapped == [("Name", "deal_name")]
    assert plan.tables[0].unmapped == ["Mood", "column 4 (no header)"]
    assert plan.tables[0].skipped == ["Fax"]


def test_types_constants_links_and_words_for_yes(tmp_path):
    path = table(
        tmp_path, "deals.csv",
        [["Name", "Won", "Phase", "Tags", "Extra", "Link", "Odd"], ["A", "TRUE", "#09 WON", "a; b;", '{"crm_id": "X"}', "https://crm.example/1", "maybe"]],
    )  # fmt: skip
    mapping = mapping_of(
        columns={
            "name": {"field": "deal_name", "url column": "link"},
            "won": {"field": "stage_is_won", "type": "yes/no"},
            "phase": {"field": "is_won_by_phase", "true when": ["#09 won", "Closed Won"]},
            "tags": {"field": "tags", "type": "list"},
            "extra": {"field": "extra", "type": "json"},
            "extra.crm_id": "owner.id",
            "odd": {"field": "odd", "type": "yes/no"},
        },
        constant={"pipeline": "default"},
        locale="en-GB",
        timezone="Europe/London",
    )
    assert records([path], mapping) == [
        {
            "crm": {
                "deal_name": {"value": "A", "url": "https://crm.example/1"},
                "stage_is_won": True,
                "is_won_by_phase": True,
                "tags": ["a", "b"],
                "extra": {"crm_id": "X"},
                "owner": {"id": "X"},
                "odd": "maybe",
                "pipeline": "default",
                "locale": "en-GB",
                "timezone": "Europe/London",
            }
        }
    ]
    assert said(notes([path], mapping), "ROW-006")


@pytest.mark.parametrize(
    ("cell", "currency", "value"),
    [
        ("2999", "usd", 29.99),
        ("100000", "eur", 1000),
        ("500", "jpy", 500),
        ("1234", "KWD", 1.234),
        ("0", "", 0),
        ("-250", "usd", -2.5),
    ],
)
def test_an_amount_in_the_smallest_unit_is_scaled_by_its_currency(cell, currency, value):
    rule = ColumnRule(field="amount", smallest_unit_of="currency")
    assert convert(cell, rule, currency) == (value, None)


@pytest.mark.parametrize(
    ("cell", "currency"), [("2999", ""), ("2999", "dollars"), ("1,299", "usd"), ("about 5", "usd")]
)
def test_an_amount_that_cannot_be_scaled_is_not_set_and_said(tmp_path, cell, currency):
    path = table(tmp_path, "deals.csv", [["amount", "currency"], [cell, currency]])
    rule = {"field": "amount", "smallest unit of currency column": "currency"}
    mapping = mapping_of(columns={"amount": rule, "currency": "currency"})
    assert "amount" not in records([path], mapping)[0]["crm"]
    assert any(each.code in ("ROW-005", "ROW-006") for each in notes([path], mapping))


@settings(deadline=None)
@given(st.text(max_size=30))
def test_a_text_cell_is_never_changed(cell):
    value, remark = convert(cell, ColumnRule(field="x"))
    assert remark is None
    assert value == (cell if cell.strip() else None)


# --- rows that are off ---


def test_a_row_with_too_many_cells_is_refused_and_the_next_is_read(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text("Name,Amount\nA,1,200\nB,5\nC\n")
    mapping = mapping_of(columns={"name": "deal_name", "amount": "amount"})
    found = list(import_records([path], mapping, today=TODAY))
    assert [each.record for each in found] == [
        None,
        {"crm": {"deal_name": "B", "amount": "5"}},
        {"crm": {"deal_name": "C"}},
    ]
    assert [[fault.code for fault in each.faults] for each in found] == [["ROW-001"], [], ["ROW-002"]]
    assert [each.line for each in found] == [2, 3, 4]
    assert plan_import([path], mapping, today=TODAY).refused == 1


def test_deleted_rows_stay_with_the_fact_and_older_versions_are_no_records(tmp_path):
    rows = [["id", "name", "is_deleted", "_fivetran_deleted", "_fivetran_active"], ["1", "A", "false", "TRUE", "true"],
            ["2", "B", "false", "", "true"], ["2", "B old", "false", "", "false"], ["3", "C old", "", "", "FALSE"]]  # fmt: skip
    path = table(tmp_path, "deals.csv", rows)
    mapping = mapping_of(
        key="id",
        columns={"id": "opportunity_id", "name": "deal_name"},
        deleted=["is_deleted", "_fivetran_deleted"],
        current="_fivetran_active",
    )
    assert [
        (each["crm"]["opportunity_id"], each["crm"]["is_deleted"]) for each in records([path], mapping)
    ] == [("1", True), ("2", False)]
    found = said(notes([path], mapping), "ROW-008")
    assert [(each.row, each.severity) for each in found] == [(4, "note"), (5, "warning")]
    assert [each.row for each in said(notes([path], mapping), "ROW-004")] == [2]


def test_an_id_that_stands_twice_is_said_and_both_rows_are_read(tmp_path):
    path = table(tmp_path, "deals.csv", [["id", "name"], ["1", "A"], ["1", "B"]])
    mapping = mapping_of(key="id", columns={"id": "opportunity_id", "name": "deal_name"})
    assert len(records([path], mapping)) == 2
    assert [each.row for each in said(notes([path], mapping), "ROW-012")] == [3]


def test_mixed_dates_are_kept_as_text_and_said_once(tmp_path):
    path = table(
        tmp_path,
        "deals.csv",
        [["close"], ["2026-11-15"], ["10/01/2026"], ["March 1, 2026"], ["1470145673504"]],
    )
    mapping = mapping_of(columns={"close": "close_date"})
    assert [each["crm"]["close_date"] for each in records([path], mapping)] == [
        "2026-11-15",
        "10/01/2026",
        "March 1, 2026",
        "1470145673504",
    ]
    found = notes([path], mapping)
    assert [len(said(found, code)) for code in ("IMPORT-006", "IMPORT-007")] == [1, 1]
    stated = mapping_of(columns={"close": "close_date"}, locale="en-US")
    assert not said(notes([path], stated), "IMPORT-007")
    assert records([path], stated)[0]["crm"]["locale"] == "en-US"


@pytest.mark.shows("G1")
@pytest.mark.parametrize(
    "name",
    [
        "Test",
        "Blue Test -",
        "lu test 3",
        "Testing Opp Close",
        "DEMO account",
        "asdf",
        "Sample Company",
        "test_123",
    ],
)
def test_a_name_that_looks_like_a_test_is_said(tmp_path, name):
    path = table(tmp_path, "deals.csv", [["name", "x"], [name, "1"]])
    assert said(notes([path], mapping_of(columns={"name": "deal_name"})), "ROW-101")


@pytest.mark.parametrize(
    "name",
    [
        "Northwind Freight",
        "Attest Ltd",
        "Contest Media",
        "Greatest Hits",
        "Testa Rossa GmbH",
        "Protestant Aid",
    ],
)
def test_a_name_that_only_holds_the_letters_is_not(tmp_path, name):
    path = table(tmp_path, "deals.csv", [["name", "x"], [name, "1"]])
    assert not said(notes([path], mapping_of(columns={"name": "deal_name"})), "ROW-101")


@pytest.mark.parametrize(
    ("chance", "is_odd"),
    [
        ("1000", True),
        ("-5", True),
        ("0", False),
        ("75%", False),
        ("100", False),
        ("", False),
        ("high", False),
    ],
)
def test_a_probability_outside_0_to_100_is_said(tmp_path, chance, is_odd):
    path = table(tmp_path, "deals.csv", [["name", "probability"], ["A", chance]])
    mapping = mapping_of(columns={"name": "deal_name", "probability": "probability"})
    assert bool(said(notes([path], mapping), "ROW-104")) == is_odd


@pytest.mark.shows("C7.1", "C7.5", "C7.7")
def test_one_flat_table_may_fill_several_systems(tmp_path):
    path = table(
        tmp_path, "handoffs.csv",
        [["Deal", "Deal name", "Contract plan", "Billing status", "Ended", "Gone", "Chance"], ["1", "Test", "Pro", "active", "2026-01-01", "yes", "1000"]],
    )  # fmt: skip
    mapping = read_mapping(
        {
            "locale": "en-US",
            "record": {"as_of": "2026-06-10T15:00:00Z"},
            "tables": [
                {
                    "table": "handoffs",
                    "system": "record",
                    "deleted": "Gone",
                    "columns": {
                        "Deal": "crm.opportunity_id",
                        "Deal name": "crm.deal_name",
                        "Contract plan": "contract.plan",
                        "Billing status": "billing.status",
                        "Ended": "billing.ended_at",
                        "Chance": "crm.probability",
                    },
                }
            ],
        }
    )
    assert records([path], mapping) == [
        {
            "as_of": "2026-06-10T15:00:00Z",
            "crm": {
                "opportunity_id": "1",
                "deal_name": "Test",
                "probability": "1000",
                "is_deleted": True,
                "locale": "en-US",
            },
            "contract": {"plan": "Pro", "locale": "en-US"},
            "billing": {"status": "active", "ended_at": "2026-01-01", "locale": "en-US"},
        }
    ]
    assert {"ROW-101", "ROW-104", "ROW-108", "ROW-004"} <= {each.code for each in notes([path], mapping)}


def test_a_deleted_order_beside_a_live_one_is_not_used_and_said(tmp_path):
    files = exported(tmp_path)
    files[5] = table(
        tmp_path, "Order.csv",
        [["Id", "OpportunityId", "IsDeleted"], ["801", "0061G00000Ja7B6QAJ", "true"], ["802", "0061G00000Ja7B6QAJ", "false"]],
    )  # fmt: skip
    assert records(files, preset="salesforce")[0]["order_form"]["order_form_id"] == "802"
    assert [each.row for each in said(notes(files, preset="salesforce"), "ROW-014")] == [2]


def test_a_date_in_a_mapping_file_stays_the_text_that_was_written(tmp_path):
    path = tmp_path / "our.yaml"
    path.write_text("record: {as_of: 2026-06-10}\ntables: [{table: a, system: crm}]\n")
    assert load_mapping(path).record == {"as_of": "2026-06-10"}


def test_a_row_without_an_id_is_said(tmp_path):
    path = table(tmp_path, "deals.csv", [["id", "name"], ["", "A"], ["2", "B"]])
    mapping = mapping_of(key="id", columns={"id": "opportunity_id", "name": "deal_name"})
    assert [each.row for each in said(notes([path], mapping), "ROW-013")] == [2]


def test_a_column_that_is_not_in_the_record_still_serves_the_checks(tmp_path):
    path = table(tmp_path, "deals.csv", [["name", "chance"], ["A", "1000"]])
    mapping = mapping_of(
        columns={"name": "deal_name", "chance": {"field": "probability", "not in the record": True}}
    )
    assert records([path], mapping) == [{"crm": {"deal_name": "A"}}]
    assert said(notes([path], mapping), "ROW-104")


def test_marks_that_hide_in_a_header_or_steer_a_terminal_are_taken_out(tmp_path):
    path = table(tmp_path, "deals.csv", [["\u200bName", "x\x1b[2J"], ["A\x1b[31m", "1"]])
    plan = plan_import([path], mapping_of(columns={"name": "deal_name"}), today=TODAY)
    assert plan.tables[0].mapped == [("Name", "deal_name")]
    assert "\x1b" not in plan.to_text()


def test_an_id_that_a_spreadsheet_cut_is_said(tmp_path):
    path = table(tmp_path, "deals.csv", [["id", "name"], ["1.24E+09", "A"], ["1244495215", "B"]])
    mapping = mapping_of(key="id", columns={"id": "opportunity_id", "name": "deal_name"})
    assert [each.row for each in said(notes([path], mapping), "ROW-112")] == [2]


# --- files ---


def test_a_cp1252_file_is_read_with_a_warning_and_utf_8_with_a_mark_without(tmp_path):
    mapping = mapping_of(columns={"name": "deal_name"})
    western = table(tmp_path, "deals.csv", [["Name", "x"], ["Café Zürich – “A”", "1"]], "cp1252")
    assert records([western], mapping)[0]["crm"]["deal_name"] == "Café Zürich – “A”"
    assert said(notes([western], mapping), "TABLE-104")
    for encoding in ("utf-8-sig", "utf-16"):
        marked = table(tmp_path, "deals.csv", [["Name", "x"], ["Zoë", "1"]], encoding)
        assert records([marked], mapping)[0]["crm"]["deal_name"] == "Zoë"
        assert not said(notes([marked], mapping), "TABLE-104")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    path = table(tmp_path, "deals.csv", [["Name", "Amount"], ["A", "1,5"], ["B", "2"]], delimiter=delimiter)
    mapping = mapping_of(columns={"name": "deal_name", "amount": "amount"})
    assert records([path], mapping)[0] == {"crm": {"deal_name": "A", "amount": "1,5"}}


def test_titles_above_and_the_footer_below_a_report_are_not_rows(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text(
        'Won deals\n\nName,Amount,Stage\nA,1,Won\n\n"Grand Totals (1 record)"\n"Confidential Information - Do Not Distribute"\n'
    )
    mapping = mapping_of(columns={"name": "deal_name"})
    assert records([path], mapping) == [{"crm": {"deal_name": "A"}}]
    found = notes([path], mapping)
    assert (len(said(found, "TABLE-107")), len(said(found, "TABLE-108"))) == (1, 2)


def test_an_open_quotation_mark_is_a_fault_with_its_line(tmp_path):
    path = tmp_path / "deals.csv"
    path.write_text('Name,Amount\nA,1\n"B,2\nC,3\n')
    plan = plan_import([path], mapping_of(columns={"name": "deal_name"}), today=TODAY)
    assert [(each.code, each.where.line) for each in plan.faults] == [("TABLE-102", 3)]
    assert plan.records == 1


def test_a_workbook_keeps_texts_whole_numbers_and_dates(tmp_path):
    path = workbook(tmp_path, "deals.xlsx", {"Export": [["Name", "Amount", "Rate", "Close", "Won", "ID"], ["A", 48000, 0.5, datetime.date(2026, 6, 8), True, "007"], [None, None, None, None, None, None], ["B", None, 1, None, False, 1244495215]]})  # fmt: skip
    mapping = mapping_of(columns={"name": "deal_name", "amount": "amount", "rate": "rate", "close": "close_date", "won": {"field": "stage_is_won", "type": "yes/no"}, "id": {"field": "opportunity_id", "type": "text"}})  # fmt: skip
    found = records([path], mapping)
    assert found[0]["crm"] == {"deal_name": "A", "amount": 48000, "rate": 0.5, "close_date": "2026-06-08", "stage_is_won": True, "opportunity_id": "007"}  # fmt: skip
    assert isinstance(found[0]["crm"]["amount"], int)
    assert found[1]["crm"] == {"deal_name": "B", "amount": None, "rate": 1, "close_date": None, "stage_is_won": False, "opportunity_id": "1244495215"}  # fmt: skip
    assert [each.line for each in import_records([path], mapping, today=TODAY)] == [2, 4]


def test_each_visible_sheet_of_a_workbook_is_a_table(tmp_path):
    path = workbook(
        tmp_path,
        "export.xlsx",
        {"Deals": [["Name", "Account"], ["A", "1"]], "Accounts": [["Id", "City"], ["1", "Rome"]]},
    )
    mapping = read_mapping(
        {
            "tables": [
                {
                    "table": "deals",
                    "system": "crm",
                    "columns": {"name": "deal_name", "account": "account_id"},
                },
                {
                    "table": "accounts",
                    "system": "crm",
                    "columns": {"city": "city"},
                    "join": "accounts.id = deals.account",
                },
            ]
        }
    )
    assert records([path], mapping) == [{"crm": {"deal_name": "A", "account_id": "1", "city": "Rome"}}]


def test_a_parquet_file_is_read(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "deals.parquet"
    parquet.write_table(
        arrow.table({
            "Name": ["A", None], "Amount": [1.0, float("nan")], "Id": [2**60, 2],
            "At": [datetime.datetime(2026, 6, 8, 14, 2, 5, tzinfo=datetime.UTC), None],
        }), path,
    )  # fmt: skip
    mapping = mapping_of(
        columns={
            "name": "deal_name",
            "amount": "amount",
            "id": {"field": "opportunity_id", "type": "text"},
            "at": "stage_entered_at",
        }
    )
    assert records([path], mapping) == [
        {
            "crm": {
                "deal_name": "A",
                "amount": 1,
                "opportunity_id": str(2**60),
                "stage_entered_at": "2026-06-08T14:02:05+00:00",
            }
        },
        {"crm": {"deal_name": None, "amount": None, "opportunity_id": "2", "stage_entered_at": None}},
    ]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "deals.parquet"
    path.write_bytes(b"PAR1")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    with pytest.raises(HoldshortError, match=r"holdshort\[parquet\]"):
        read_tables(path)


def bomb():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"\0" * 300_000_000)
    return data.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("deals.parquet", lambda: b"PAR1 not really PAR1", "TABLE-105"),
        ("deals.parquet", lambda: b"", "FILE-004"),
        ("deals.xlsx", lambda: b"PK\x03\x04 broken", "FILE-008"),
        ("deals.xlsx", lambda: b"Name,Amount\n", "FILE-008"),
        ("deals.xlsx", bomb, "FILE-009"),
        ("deals.csv", lambda: b"", "FILE-004"),
        ("deals.csv", lambda: b"\n\n", "FILE-004"),
        ("deals.csv", lambda: b"Na\0me,x\n", "TABLE-103"),
        ("deals.csv", lambda: b'"never closed,x\n1,2\n', "TABLE-102"),
        ("deals.xls", lambda: b"\xd0\xcf\x11\xe0", "TABLE-101"),
        ("deals.pdf", lambda: b"%PDF", "TABLE-101"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_and_hides_no_other(tmp_path, name, data, code):
    bad = tmp_path / name
    bad.write_bytes(data())
    with pytest.raises(HoldshortError, match=code) as refused:
        read_tables(bad)
    assert refused.value.diagnostics[0].mend
    good = table(tmp_path, "good deals.csv", [["Name", "Amount", "Stage"], ["A", "1", "Won"]])
    mapping = mapping_of(
        key="name", columns={"name": "deal_name", "amount": "amount", "stage": "stage_label"}
    )
    plan = plan_import([bad, good], mapping, today=TODAY)
    assert [each.code for each in plan.faults] == [code]
    assert plan.records == 1
    assert [each.record is None for each in import_records([bad, good], mapping, today=TODAY)] == [
        True,
        False,
    ]


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_crash_the_table_reader(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("any")
    for ending in ("csv", "xlsx"):
        path = folder / f"deals.{ending}"
        path.write_bytes(data)
        with contextlib.suppress(HoldshortError):
            read_tables(path)


# --- several tables ---


def exported(tmp_path):
    return [
        table(tmp_path, "Opportunity.csv", [["Id", "Name", "AccountId", "StageName", "IsWon", "CloseDate", "Amount", "CurrencyIsoCode", "OwnerId"],
              ["0061G00000Ja7B6QAJ", "Northwind - Platform", "0011G00000eM9wvQAC", "Closed Won", "true", "2026-06-08", "48000", "USD", "0051G000005MunnQAC"],
              ["0061G00000Ja7B7QAJ", "Second", "0011G00000eM9wxQAC", "Negotiation", "false", "2026-07-01", "", "USD", "0051G000005MunxQAC"]]),
        table(tmp_path, "Account.csv", [["Account ID", "Account Name", "BillingState", "BillingPostalCode"],
              ["0011G00000eM9wv", "Northwind Freight Ltd", "55555-1502", "USA"], ["0011G00000eM9zz", "Nobody", "", ""]]),
        table(tmp_path, "User.csv", [["Id", "Email", "IsActive"], ["0051G000005MunnQAC", "rep@vendor.example", "FALSE"]]),
        table(tmp_path, "OpportunityContactRole.csv", [["Id", "OpportunityId", "ContactId", "Role", "IsPrimary"],
              ["1", "0061G00000Ja7B6QAJ", "C1", "Executive", "true"], ["2", "0061G00000Ja7B6QAJ", "C2", "Instance Admin", "false"]]),
        table(tmp_path, "Contact.csv", [["Id", "AccountId", "Name", "Email", "IsDeleted"],
              ["C1", "0011G00000eM9wvQAC", "Ada", "coo@northwind.example", "false"], ["C2", "0011G00000eM9wvQAC", "Bo", "", "true"],
              ["C3", "0011G00000eM9wvQAC", "Cy", "cy@northwind.example", "false"]]),
        table(tmp_path, "Order.csv", [["Id", "OpportunityId", "Status", "TotalAmount", "EndDate", "ContractId"],
              ["801", "0061G00000Ja7B6QAJ", "Activated", "0", "", "800"]]),
        table(tmp_path, "Contract.csv", [["Id", "AccountId", "Status", "ContractTerm"], ["800", "0011G00000eM9wvQAC", "Activated", "12"]]),
        table(tmp_path, "OpportunityLineItem.csv", [["Id", "OpportunityId", "Product Name", "Quantity"], ["1", "0061G00000Ja7B6QAJ", "Pro", "100"]]),
    ]  # fmt: skip


@pytest.mark.shows("C7.1", "C7.7")
def test_tables_of_one_export_that_join_make_whole_onboardings(tmp_path):
    files = exported(tmp_path)
    whole, second = records(files, preset="salesforce")
    assert whole["crm"]["account_name"] == "Northwind Freight Ltd"
    assert whole["crm"]["account_id"] == "0011G00000eM9wvQAC"
    assert whole["crm"]["owner"] == {
        "id": "0051G000005MunnQAC",
        "email": "rep@vendor.example",
        "active": False,
    }
    assert (whole["crm"]["plan"], whole["crm"]["seats"], whole["crm"]["stage_is_won"]) == ("Pro", "100", True)
    assert whole["order_form"] == {"order_form_id": "801", "opportunity_id": "0061G00000Ja7B6QAJ", "contract_id": "800", "end_date": None, "status": "Activated", "total": "0"}  # fmt: skip
    assert whole["contract"] == {
        "contract_id": "800",
        "account_id": "0011G00000eM9wvQAC",
        "status": "Activated",
        "term_months": "12",
    }
    assert [(each["role"], each["is_primary"], each["is_deleted"]) for each in whole["stakeholders"]] == [("Executive", True, False), ("Instance Admin", False, True)]  # fmt: skip
    assert set(second) == {"crm"}
    assert second["crm"]["owner"] == {"id": "0051G000005MunxQAC"}
    assert "trigger" not in whole
    assert "as_of" not in whole


def test_what_joined_rows_say_comes_with_the_record(tmp_path):
    first, second = import_records(exported(tmp_path), preset="salesforce", today=TODAY)
    assert {"ROW-107", "ROW-106", "ROW-004", "ROW-011"} <= {fault.code for fault in first.faults}
    assert {fault.where.file for fault in first.faults} >= {"Account.csv", "Order.csv", "Contact.csv"}
    assert any(fault.code == "ROW-009" and "owner" in fault.message for fault in second.faults)


def test_rows_that_belong_to_no_record_are_counted_and_said(tmp_path):
    found = said(notes(exported(tmp_path), preset="salesforce"), "IMPORT-004")
    assert {each.message for each in found} >= {
        "table `account`: 1 of its rows belong to no record and are left out",
        "table `contact`: 1 of its rows belong to no record and are left out",
    }


@pytest.mark.shows("G4")
def test_two_orders_that_differ_leave_the_field_open_and_say_so(tmp_path):
    files = exported(tmp_path)
    files[5] = table(tmp_path, "Order.csv", [["Id", "OpportunityId", "TotalAmount", "Status"], ["801", "0061G00000Ja7B6QAJ", "5", "Draft"], ["802", "0061G00000Ja7B6QAJ", "6", "Draft"]])  # fmt: skip
    record = records(files, preset="salesforce")[0]
    assert record["order_form"] == {"opportunity_id": "0061G00000Ja7B6QAJ", "status": "Draft"}
    assert {each.column for each in said(notes(files, preset="salesforce"), "ROW-007")} == {
        "order_form_id",
        "total",
    }


def test_several_line_items_set_neither_plan_nor_seats(tmp_path):
    files = exported(tmp_path)
    files[7] = table(tmp_path, "OpportunityLineItem.csv", [["Id", "OpportunityId", "Product Name", "Quantity"], ["1", "0061G00000Ja7B6QAJ", "Pro", "100"], ["2", "0061G00000Ja7B6QAJ", "SSO", "1"]])  # fmt: skip
    record = records(files, preset="salesforce")[0]
    assert len(record["crm"]["line_items"]) == 2
    assert not {"plan", "seats"} & set(record["crm"])
    assert said(notes(files, preset="salesforce"), "ROW-010")


def hubspot(tmp_path, stages=True, won="TRUE", chance="1.0"):
    files = [
        table(tmp_path, "deal_data.csv", [["deal_id", "property_dealname", "deal_pipeline_stage_id", "property_closedate"], ["11", "Fabrikam", "422982642", "2026-06-08"], ["12", "Adatum", "999", "2026-06-08"]]),
        table(tmp_path, "deal_company_data.csv", [["company_id", "deal_id"], ["7", "11"]]),
        table(tmp_path, "company_data.csv", [["id", "property_name"], ["7", "Fabrikam Inc"]]),
    ]  # fmt: skip
    if stages:
        files.append(
            table(tmp_path, "deal_pipeline_stage_data.csv", [["stage_id", "label", "closed_won", "probability", "_fivetran_deleted"], ["422982642", "#09 WON", won, chance, "FALSE"]])
        )  # fmt: skip
    return files


def test_a_numeric_stage_is_resolved_by_the_stage_table(tmp_path):
    first, second = records(hubspot(tmp_path), preset="hubspot")
    assert (first["crm"]["stage_id"], first["crm"]["stage_label"], first["crm"]["stage_is_won"]) == (
        "422982642",
        "#09 WON",
        True,
    )
    assert first["crm"]["account_name"] == "Fabrikam Inc"
    assert second["crm"]["stage_id"] == "999"
    assert not {"stage_is_won", "stage_label"} & set(second["crm"])
    assert [each.row for each in said(notes(hubspot(tmp_path), preset="hubspot"), "ROW-009")] == [3]


def test_without_the_stage_table_whether_a_deal_is_won_stays_unknown(tmp_path):
    files = hubspot(tmp_path, stages=False)
    assert all(
        "stage_is_won" not in each["crm"] and each["crm"]["stage_id"]
        for each in records(files, preset="hubspot")
    )
    assert "unknown" in said(notes(files, preset="hubspot"), "IMPORT-009")[0].message


def test_a_won_flag_that_its_probability_contradicts_is_left_open(tmp_path):
    files = hubspot(tmp_path, chance="0.0")
    assert "stage_is_won" not in records(files, preset="hubspot")[0]["crm"]
    assert said(notes(files, preset="hubspot"), "ROW-105")


def test_labels_of_the_export_screen_fill_the_same_fields_as_the_api_names(tmp_path):
    labels = table(tmp_path, "hubspot-crm-exports-all-deals.csv", [["Record ID", "Deal Name", "Deal Stage", "Close Date", "Deal owner", "Amount", "Associated Company"], ["11", "Fabrikam", "Closed Won", "2026-06-08 14:02", "Rep A", "12,400.00", "Fabrikam Inc"]])  # fmt: skip
    assert records([labels], preset="hubspot") == [
        {"crm": {"opportunity_id": "11", "deal_name": "Fabrikam", "stage_label": "Closed Won", "close_date": "2026-06-08 14:02", "owner": {"name": "Rep A"}, "amount": "12,400.00", "account_name": "Fabrikam Inc"}}
    ]  # fmt: skip
    report = table(tmp_path, "report1718.csv", [["Opportunity ID", "Opportunity Name", "Account Name", "Stage", "Close Date", "Amount", "Opportunity Owner", "Probability (%)"], ["0061G00000Ja7B6", "Fabrikam", "Fabrikam Inc", "Closed Won", "6/8/2026", "$12,400.00", "Rep A", "100%"]])  # fmt: skip
    assert records([report], preset="salesforce")[0]["crm"]["stage_label"] == "Closed Won"
    assert said(notes([report], preset="salesforce"), "IMPORT-007")


# --- choosing and reading the mapping ---


@pytest.mark.parametrize("name", ["salesforce", "hubspot"])
def test_the_preset_is_guessed_from_the_tables_with_a_note(tmp_path, name):
    files = exported(tmp_path) if name == "salesforce" else hubspot(tmp_path)
    plan = plan_import(files, today=TODAY)
    assert plan.mapping == name
    assert said(plan.notes, "IMPORT-001")


def test_a_table_that_fits_no_preset_is_refused_with_the_choices(tmp_path):
    path = table(tmp_path, "weather.csv", [["city", "rain"], ["Rome", "1"]])
    with pytest.raises(HoldshortError, match="MAPPING-006"):
        plan_import([path])
    with pytest.raises(HoldshortError, match="did you mean `hubspot`"):
        plan_import([path], preset="hubspott")


def test_every_preset_is_a_mapping():
    assert preset_names() == ["hubspot", "salesforce", "stripe"]
    for name in preset_names():
        assert load_preset(name).name == name


def test_every_fault_of_a_mapping_file_is_reported_at_once(tmp_path):
    path = tmp_path / "our.yaml"
    path.write_text(
        "tables:\n- table: deals\n  system: crm\n  colums: {a: b}\n  columns: {name: {feld: x}}\n"
        "- table: contacts\n  system: stakeholders\n  one record per: list item\n"
    )
    with pytest.raises(HoldshortError) as refused:
        load_mapping(path)
    text = str(refused.value)
    assert "did you mean `columns`" in text
    assert "did you mean `field`" in text
    assert "ends in `[]`" in text
    assert all(each.where.file == "our.yaml" for each in refused.value.diagnostics)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("tables: [", "not valid YAML"),
        ("- 1\n", "an object with `tables`"),
        ("tables: []\ntables: []\n", "stands twice"),
        ("a: &x [1]\nb: *x\n", "aliases"),
        ("tables: []", "at least 1"),
        ("tables: [{table: a, system: crm, join: a.id = b.id}]", "does not have"),
        ("tables: [{table: a, system: crm, join: a.id}]", "no way to join"),
        ("? [1, 2]\n: 3\n", "MAPPING"),
        ("!!python/object/apply:os.system [ls]", "MAPPING-003"),
    ],
)
def test_a_mapping_file_that_is_none_says_why(tmp_path, text, part):
    path = tmp_path / "our.yaml"
    path.write_text(text)
    with pytest.raises(HoldshortError, match=part):
        load_mapping(path)


def test_a_way_to_join_reads_left_to_right():
    way = read_way("a.id|ID = b.a_id then b.c_id = c.id")
    assert [(left.table, right.table) for left, right in way] == [("a", "b"), ("b", "c")]
    assert way[0][0].columns == ("id", "ID")
    with pytest.raises(ValueError, match="breaks"):
        read_way("a.id = b.id then c.id = d.id")


def test_names_fold_as_people_write_them():
    assert plain("Close Date") == plain("close_date") == plain("CLOSE-DATE") == plain("closedate")
    assert plain("property_closedate", ["property_"]) == "closedate"


def test_the_plan_is_data_and_text(tmp_path):
    plan = plan_import(exported(tmp_path), preset="salesforce", today=TODAY)
    data = json.loads(json.dumps(plan.to_json()))
    assert (data["records"], data["mapping"]) == (2, "salesforce")
    assert (
        {"file", "row", "column", "code", "severity", "message", "mend"}
        >= set(data["notes"][0])
        >= {"file", "code", "message"}
    )
    text = plan.to_text()
    assert "Dry run with mapping `salesforce`: 2 records" in text
    assert "Nothing has been imported." in text


def test_the_dry_run_counts_what_the_import_gives(tmp_path):
    files = exported(tmp_path)
    assert plan_import(files, preset="salesforce").records == len(records(files, preset="salesforce"))
