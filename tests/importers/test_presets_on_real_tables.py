"""The presets on real exports with their real mess: everything odd is said, nothing is invented or lost."""

import csv
import datetime
import os

import pytest

from holdshort.importers.mapping import import_records, plan_import
from holdshort.importers.mapping_file import load_preset, plain
from holdshort.importers.tables import stem_of

from .test_mapping import said

TODAY = datetime.date(2026, 6, 10)
SYSTEMS = ("salesforce", "hubspot", "stripe")


def tables_of(shared_data, system):
    return sorted((shared_data / "crm" / system).glob("*.csv"))


def rows_in(path):
    with path.open(newline="", encoding="utf-8-sig") as stream:
        return list(csv.DictReader(stream))


def one(shared_data, system, name):
    """The records and notes of one table alone."""
    path = shared_data / "crm" / system / name
    lines = list(import_records([path], preset=system, today=TODAY))
    return [each.record for each in lines], plan_import([path], preset=system, today=TODAY).notes


def rows_said(notes, code):
    return [each.row for each in said(notes, code)]


def leaves(value):
    if isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value


# --- for every table ---


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_table_is_used_or_left_out_for_a_stated_reason(shared_data, system):
    files = tables_of(shared_data, system)
    plan = plan_import(files, preset=system, today=TODAY)
    assert {each.file for each in plan.tables} == {path.name for path in files}
    assert not plan.faults
    assert all(each.table or each.why_unused for each in plan.tables)
    assert not any("names no such table" in each.why_unused for each in plan.tables)
    assert plan.records == sum(1 for _ in import_records(files, preset=system, today=TODAY)) > 0


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_preset_is_guessed_rightly(shared_data, system):
    assert plan_import(tables_of(shared_data, system), today=TODAY).mapping == system


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.shows("G3")
def test_nothing_that_the_export_lacks_is_in_a_record(shared_data, system):
    """Every value of a record stands in a cell, is made of one by the preset's word, or is the preset's own."""
    files = tables_of(shared_data, system)
    mapping = load_preset(system)
    own = {str(value) for rule in mapping.tables for value in rule.constant.values()} | {mapping.timezone}
    cells, amounts = set(), set()
    for path in files:
        for row in rows_in(path):
            for cell in row.values():
                cells.add(cell)
                if cell and cell.replace(".", "", 1).isdigit():
                    amounts.add(float(cell) / 100)
    inner = {
        value
        for cell in cells
        if cell and cell.startswith("{")
        for value in leaves(__import__("json").loads(cell))
    }
    for line in import_records(files, preset=system, today=TODAY):
        for value in leaves(line.record):
            if value is None or isinstance(value, bool):
                continue
            assert (
                value in cells
                or value in own
                or value in inner
                or value in amounts
                or ";" in "".join(cell for cell in cells if str(value) in cell and ";" in cell)
            ), value
        assert not {"as_of", "trigger", "ai_output", "approvals", "reviews"} & set(line.record)


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_field_is_set_only_where_its_column_is(shared_data, system):
    """Each table alone: the fields of its records are those that the dry run lists as mapped."""
    for path in tables_of(shared_data, system):
        plan = plan_import([path], preset=system, today=TODAY).tables[0]
        rule = next((each for each in load_preset(system).tables if each.name == plan.table), None)
        if rule is None:
            continue
        allowed = {name.split(".")[0] for _, name in plan.mapped} | set(rule.constant) | {"timezone"}
        for line in import_records([path], preset=system, today=TODAY):
            part = line.record
            for key in rule.system.removesuffix("[]").split("."):
                part = part[key]
            for fields in part if isinstance(part, list) else [part]:
                assert set(fields) <= allowed, (path.name, set(fields) - allowed)


@pytest.mark.parametrize("system", SYSTEMS)
def test_an_empty_cell_is_null_and_a_filled_one_keeps_its_text(shared_data, system):
    for path in tables_of(shared_data, system):
        mapping = load_preset(system)
        names = {plain(name) for rule in mapping.tables if rule.per != "look-up" for name in rule.table}
        stem = plain(stem_of(path.name).removesuffix("_data"), mapping.table_prefixes)
        if stem not in names:
            continue
        rule = next(each for each in mapping.tables if stem in {plain(name) for name in each.table})
        found = {each.line: each.record for each in import_records([path], preset=system, today=TODAY)}
        mapped = dict(plan_import([path], preset=system, today=TODAY).tables[0].mapped)
        untouched = {column: name for column, name in mapped.items() if _is_as_is(rule, mapping, column)}
        for number, row in enumerate(rows_in(path), start=2):
            for column, name in untouched.items():
                if number in found:
                    assert _at(found[number], rule.system, name) == (row[column] or None), (
                        path.name,
                        number,
                        column,
                    )


def _is_as_is(rule, mapping, column):
    each = [
        one
        for ref, one in rule.columns.items()
        if plain(ref, mapping.prefixes) == plain(column, mapping.prefixes)
    ]
    return bool(each) and all(
        one.type in ("as is", "text") and not one.smallest_unit_of and one.true_when is None for one in each
    )


def _at(record, system, name):
    value = record
    for key in [
        *system.removesuffix("[]").split("."),
        *([0] if system.endswith("[]") else []),
        *name.split("."),
    ]:
        value = value[key]
    return value


def test_tables_whose_ids_are_scrambled_are_said_not_to_join(shared_data):
    notes = plan_import(tables_of(shared_data, "salesforce"), preset="salesforce", today=TODAY).notes
    assert {each.file for each in said(notes, "IMPORT-003")} >= {"sf_account_data.csv", "sf_contact_data.csv"}


def test_a_history_table_is_read_only_where_the_table_itself_is_not_there(shared_data):
    folder = shared_data / "crm" / "salesforce"
    history = folder / "sf_opportunity_history_data.csv"
    assert plan_import([history], preset="salesforce", today=TODAY).records == 8
    both = plan_import([history, folder / "sf_opportunity_data.csv"], preset="salesforce", today=TODAY)
    assert both.records == 8
    assert "older versions" in next(each for each in both.tables if each.file == history.name).why_unused


# --- Salesforce ---


def test_deleted_opportunities_are_records_that_say_so(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    assert len(records) == 8
    assert all(each["crm"]["is_deleted"] is True for each in records)
    assert len(said(notes, "ROW-004")) == 8


def test_superseded_opportunities_are_no_records_and_are_named(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    kept = {each["crm"]["opportunity_id"] for each in records}
    assert not {"006q000000HcZXXAA3", "006q000000HdOhuAAF"} & kept
    assert {each.message.split("`")[1] for each in said(notes, "ROW-008")} == {
        "006q000000HcZXXAA3",
        "006q000000HdOhuAAF",
    }
    assert all(each.severity == "warning" for each in said(notes, "ROW-008"))


def test_the_amount_of_24_million_on_a_1_million_deal_is_seen(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    assert records[0]["crm"]["amount"] == "24120000"
    assert rows_said(notes, "ROW-102") == [2, 9]
    assert [each.row for each in said(notes, "ROW-103") if "$1m" in each.message] == [2]


def test_the_probability_of_1000_is_seen_and_kept(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    assert records[0]["crm"]["probability"] == "1000"
    assert rows_said(notes, "ROW-104") == [2]


def test_test_looking_deals_and_accounts_are_seen(shared_data):
    _, deals = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    assert rows_said(deals, "ROW-101") == [3, 4, 5, 7, 9, 10]
    _, accounts = one(shared_data, "salesforce", "sf_account_data.csv")
    assert rows_said(accounts, "ROW-101") == [2, 4, 5, 7, 8]


def test_a_merged_account_names_the_other_one(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_account_data.csv")
    assert rows_said(notes, "ROW-111") == [3]
    assert records[1]["crm"]["account_merged_into"] == "L4izOo4yZpLq5io5YM8pvA=="
    assert records[0]["crm"]["account_is_deleted"] is False


@pytest.mark.shows("L5.4", "G8")
def test_activated_orders_without_contract_end_or_total_are_seen(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_order_data.csv")
    found = said(notes, "ROW-106")
    assert len([each for each in found if "no contract" in each.message]) == 10
    assert len([each for each in found if "no end date" in each.message]) == 10
    assert len([each for each in found if "total 0" in each.message]) == 5
    form = records[0]["order_form"]
    assert (form["status"], form["contract_id"], form["end_date"], form["total"], form["po_number"]) == (
        "Activated",
        None,
        None,
        "0",
        None,
    )
    assert form["payment_terms"] == "Net 30"


@pytest.mark.shows("L5.5")
def test_addresses_shifted_by_one_column_are_seen_and_not_moved(shared_data):
    records, notes = one(shared_data, "salesforce", "sf_order_data.csv")
    assert rows_said(notes, "ROW-107") == [2, 3]
    assert records[0]["order_form"]["billing_address"] == {
        "street": "123 Ave", "city": "New York, NY", "state": "55555-1502", "postal_code": "USA", "country": "United States",
    }  # fmt: skip


def test_ids_with_a_space_in_them_are_seen(shared_data):
    _, notes = one(shared_data, "salesforce", "sf_opportunity_line_item_data.csv")
    spaced = [number for number, row in enumerate(rows_in(shared_data / "crm/salesforce/sf_opportunity_line_item_data.csv"), 2) if any(" " in row[name] for name in ("id", "product_2_id", "opportunity_id"))]  # fmt: skip
    assert sorted(set(rows_said(notes, "ROW-112"))) == spaced != []


def test_a_table_that_is_only_a_header_gives_no_record_and_no_fault(shared_data):
    records, _ = one(shared_data, "salesforce", "sf_user_data.HEADER_ONLY.csv")
    assert records == []


# --- HubSpot ---


def test_deals_without_a_stage_say_nothing_about_being_won(shared_data):
    folder = shared_data / "crm" / "hubspot"
    files = [folder / "deal_data.csv", folder / "deal_pipeline_stage_data.csv"]
    for line in import_records(files, preset="hubspot", today=TODAY):
        assert line.record["crm"]["stage_id"] is None
        assert not {"stage_is_won", "stage_label", "is_closed"} & set(line.record["crm"])


@pytest.mark.parametrize(("won", "count"), [("TRUE", 5), ("FALSE", 66)])
def test_hashed_stages_are_resolved_by_the_real_stage_table(shared_data, tmp_path, won, count):
    stages = shared_data / "crm" / "hubspot" / "deal_pipeline_stage_data.csv"
    ids = [row["stage_id"] for row in rows_in(stages) if row["closed_won"] == won]
    assert len(ids) == count
    deals = tmp_path / "deal_data.csv"
    deals.write_text(
        "deal_id,deal_pipeline_stage_id\n"
        + "".join(f"{at},{each}\n" for at, each in enumerate([*ids, "422982642"], 1))
    )
    *known, unknown = (
        each.record["crm"] for each in import_records([deals, stages], preset="hubspot", today=TODAY)
    )
    assert all(each["stage_is_won"] is (won == "TRUE") and each["stage_label"] for each in known)
    assert unknown == {"opportunity_id": str(count + 1), "stage_id": "422982642"}


def test_hashed_texts_are_texts_and_hashes_of_nothing_are_said(shared_data):
    records, notes = one(shared_data, "hubspot", "company_data.csv")
    assert (
        records[0]["crm"]["account_name"]
        == rows_in(shared_data / "crm/hubspot/company_data.csv")[0]["property_name"]
    )
    assert {"MD5" in each.message for each in said(notes, "ROW-113")} == {True}


def test_a_value_that_every_company_has_is_said_to_look_like_a_default(shared_data):
    _, notes = one(shared_data, "hubspot", "company_data.csv")
    assert {each.column for each in said(notes, "IMPORT-008")} == {"property_state", "property_annualrevenue"}


def test_owners_join_their_deals_and_an_empty_active_user_is_not_taken_for_inactive(shared_data):
    folder = shared_data / "crm" / "hubspot"
    found = [
        each.record["crm"]["owner"]
        for each in import_records(
            [folder / "deal_data.csv", folder / "owner_data.csv"], preset="hubspot", today=TODAY
        )
    ]
    assert any(each.get("email") for each in found)
    assert not any("active" in each for each in found)


def test_merged_contacts_and_deals_are_named(shared_data):
    records, notes = one(shared_data, "hubspot", "contact_data.csv")
    assert rows_said(notes, "ROW-111") == [2]
    assert records[0]["stakeholders"][0]["merged_object_ids"] == ["76340251", "46897301", "76226001"]
    merged, _ = one(shared_data, "hubspot", "merged_deal_data.csv")
    assert merged[0] == {
        "crm": {"merged_deals": [{"opportunity_id": "9089908390", "merged_opportunity_id": "9014070905"}]}
    }


def test_a_note_is_text_with_its_source(shared_data):
    records, _ = one(shared_data, "hubspot", "engagement_note_data.csv")
    note = records[0]["notes"][0]
    assert (note["id"], note["text"], note["source"], note["format"]) == (
        "19732728857",
        "note body",
        "crm_note",
        "html",
    )


# --- Stripe ---


@pytest.mark.shows("L5.1")
def test_active_subscriptions_that_have_ended_are_seen(shared_data):
    records, notes = one(shared_data, "stripe", "subscription_data.csv")
    assert sorted(set(rows_said(notes, "ROW-108"))) == [2, 3]
    billing = records[0]["billing"]
    assert (billing["status"], billing["ended_at"], billing["cancel_at_period_end"]) == (
        "active",
        "2021-02-19 14:16:37",
        True,
    )
    assert billing["timezone"] == "UTC"
    assert "locale" not in billing


def test_superseded_subscriptions_are_no_records(shared_data):
    records, notes = one(shared_data, "stripe", "subscription_history_data.csv")
    assert [each["billing"]["subscription_id"] for each in records] == ["sdgfs4536"]
    assert rows_said(notes, "ROW-008") == [3]


def test_cents_become_units_of_the_stated_currency(shared_data):
    folder = shared_data / "crm" / "stripe"
    records, notes = one(shared_data, "stripe", "invoice_data.csv")
    invoice = records[0]["billing"]["invoices"][0]
    assert (invoice["total"], invoice["amount_paid"], invoice["currency"], invoice["paid"]) == (
        10,
        10,
        "usd",
        True,
    )
    assert rows_said(notes, "ROW-109") == [3]
    assert rows_said(notes, "ROW-110") == [3]
    joined = [each.record["billing"] for each in import_records([folder / name for name in ("subscription_data.csv", "subscription_item_data.csv", "plan_data.csv")], preset="stripe", today=TODAY)]  # fmt: skip
    assert [each["unit_amount"] for each in joined] == [1500, 1500]
    assert [each["interval"] for each in joined] == ["month", "month"]


@pytest.mark.shows("G7", "L5.1")
def test_a_quantity_on_which_subscription_and_item_differ_is_left_open(shared_data):
    folder = shared_data / "crm" / "stripe"
    files = [folder / "subscription_data.csv", folder / "subscription_item_data.csv"]
    lines = list(import_records(files, preset="stripe", today=TODAY))
    assert all("quantity" not in each.record["billing"] for each in lines)
    assert all("ROW-007" in {fault.code for fault in each.faults} for each in lines)


def test_a_deleted_customer_says_so_and_metadata_is_an_object(shared_data):
    records, _ = one(shared_data, "stripe", "customer_data.csv")
    assert [each["billing"]["customer_is_deleted"] for each in records].count(True) == 1
    assert records[0]["billing"]["customer_metadata"] == {
        "external_id": "80755622-45b3-40a6-9544-25af39e0e50c"
    }
    assert records[0]["billing"]["tax_id"] is None
    assert records[0]["billing"]["livemode"] is True


def test_true_and_false_are_read_however_they_are_written(shared_data):
    records, _ = one(shared_data, "stripe", "invoice_data.csv")
    assert [each["billing"]["invoices"][0]["livemode"] for each in records] == [True, False]
    upper, _ = one(shared_data, "salesforce", "sf_order_data.csv")
    assert {each["order_form"]["contracted"] for each in upper} == {True}
    lower, _ = one(shared_data, "salesforce", "sf_opportunity_data.csv")
    assert {each["crm"]["stage_is_won"] for each in lower} == {True, False}


def test_no_path_of_this_machine_is_in_a_plan(shared_data):
    plan = plan_import(tables_of(shared_data, "stripe"), preset="stripe", today=TODAY)
    assert str(shared_data) not in plan.to_text() + str(plan.to_json())
    assert os.sep not in {each.file for each in plan.tables}
