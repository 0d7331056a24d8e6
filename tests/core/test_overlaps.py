"""Gaps, conflicts and overlaps of rows, each shown as a record."""

from dataclasses import replace

import pytest

from holdshort.core.overlaps import find_overlaps
from tests.core.escapes.village import CLEAN, NOW, ROWS, Row, village

TWO_PLANS = {**CLEAN, "crm": {**CLEAN["crm"], "plan": "Enterprise"}}


def found(rows, records):
    return find_overlaps(village(rows).playbook, records, NOW)


@pytest.mark.shows("G4", "L2.1")
def test_a_difference_that_no_row_looks_at_is_a_gap_with_its_record():
    report = found(tuple(each for each in ROWS if each.case != "V-05"), {"clean": CLEAN})
    (gap,) = [each for each in report.found if each.what == "gap"]
    assert "contract seats" in gap.says
    assert "billing seats" in gap.says
    assert gap.record_name == "clean"
    assert gap.changes == ("billing seats = 81",)
    assert found(ROWS, {"clean": CLEAN}).count("gap") == 0


def test_two_owners_of_one_action_over_the_same_values_overlap():
    other = Row("V-90", ("CRM plan differs from contract plan",), ("write billing",), ())
    loaded = village((*ROWS, other))
    cases = [
        replace(each, owner="finance_ops") if each.case == "V-90" else each
        for each in loaded.playbook.register.cases
    ]
    playbook = replace(loaded.playbook, register=replace(loaded.playbook.register, cases=tuple(cases)))
    report = find_overlaps(playbook, {"two plans": TWO_PLANS}, NOW)
    (overlap,) = [each for each in report.found if each.what == "overlap"]
    assert overlap.cases == ("V-01", "V-90")
    assert "RevOps and finance operations both decide write billing" in overlap.says
    assert overlap.record_name == "two plans"


def test_a_row_that_asks_for_what_another_holds_is_a_conflict():
    from holdshort.core.clauses import AskedAction, SystemAction

    other = Row("V-91", ("CRM plan differs from contract plan",), ("grant admin",), ())
    loaded = village((*ROWS, other))
    asks = SystemAction(("grant_admin",), (AskedAction("write_billing"),))
    cases = [
        replace(each, action=asks) if each.case == "V-91" else each for each in loaded.playbook.register.cases
    ]
    playbook = replace(loaded.playbook, register=replace(loaded.playbook.register, cases=tuple(cases)))
    report = find_overlaps(playbook, {"two plans": TWO_PLANS}, NOW)
    conflict = next(each for each in report.found if each.cases == ("V-01", "V-91"))
    assert conflict.what == "conflict"
    assert conflict.says == "V-91 asks for write billing, which V-01 holds"
    assert {each.cases[1] for each in report.found if each.what == "conflict"} == {"V-91"}


def test_without_records_nothing_is_claimed():
    report = found(ROWS, {})
    assert (report.found, report.records) == ((), 0)
