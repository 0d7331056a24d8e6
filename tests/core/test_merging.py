"""Joining what two people changed since one register: nothing of either is lost, and nobody's text wins unseen."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.merging import Conflict, merge_tables, repeated_cases
from holdshort.core.table import ROW, CellChange, diff_tables, make_table

KEYS = ("scenario", "trigger", "tier", "owner")
TEXTS = st.sampled_from(["", "one", "two", "three"])
rows_of = st.dictionaries(
    st.sampled_from(["A-1", "A-2", "A-3", "A-4"]),
    st.fixed_dictionaries(dict.fromkeys(KEYS, TEXTS)),
    max_size=4,
)


def table(rows):
    return make_table([{"id": case, **texts} for case, texts in rows.items()])


BASE = {"A-1": {"scenario": "gap", "tier": "low"}, "A-2": {"scenario": "clash", "tier": "high"}}


def test_edits_to_different_cells_of_one_row_both_count():
    ours = {**BASE, "A-1": {"scenario": "gap", "tier": "medium"}}
    theirs = {**BASE, "A-1": {"scenario": "no criteria", "tier": "low"}}
    merge = merge_tables(table(BASE), table(ours), table(theirs))
    row = merge.table.row("A-1")
    assert (row.text("scenario"), row.text("tier")) == ("no criteria", "medium")
    assert merge.taken == (CellChange("A-1", "Scenario", "gap", "no criteria"),)
    assert merge.conflicts == ()


def test_two_texts_for_one_cell_are_a_conflict_and_ours_stays_until_a_person_settles_it():
    ours = {**BASE, "A-1": {"scenario": "gap", "tier": "medium"}}
    theirs = {**BASE, "A-1": {"scenario": "gap", "tier": "hold"}}
    merge = merge_tables(table(BASE), table(ours), table(theirs))
    assert merge.conflicts == (Conflict("A-1", "Risk tier", "low", "medium", "hold"),)
    assert merge.table.row("A-1").text("tier") == "medium"
    settled = merge_tables(table(BASE), table(ours), table(theirs), lambda conflict: "theirs")
    assert settled.conflicts == ()
    assert settled.table.row("A-1").text("tier") == "hold"


def test_a_row_that_one_side_removed_and_the_other_changed_is_a_conflict():
    changed = {**BASE, "A-1": {"scenario": "gap", "tier": "hold"}}
    removed = {"A-2": BASE["A-2"]}
    for ours, theirs in ((changed, removed), (removed, changed)):
        merge = merge_tables(table(BASE), table(ours), table(theirs))
        assert [(each.case, each.column_title) for each in merge.conflicts] == [("A-1", ROW)]
        assert (merge.table.row("A-1") is not None) == (ours is changed)


def test_a_row_that_only_one_side_removed_is_gone():
    removed = {"A-2": BASE["A-2"]}
    assert merge_tables(table(BASE), table(BASE), table(removed)).table.row("A-1") is None
    assert merge_tables(table(BASE), table(removed), table(BASE)).table.row("A-1") is None


def test_a_column_that_the_spreadsheet_leaves_out_is_unchanged():
    ours = {**BASE, "A-1": {"scenario": "gap", "tier": "medium"}}
    back = table({**BASE, "A-1": {"scenario": "no criteria", "tier": "low"}})
    back = replace(back, headers=("Edge-case ID", "Scenario"))
    row = merge_tables(table(BASE), table(ours), back).table.row("A-1")
    assert (row.text("scenario"), row.text("tier")) == ("no criteria", "medium")


def test_an_extra_column_comes_along_and_is_merged_cell_by_cell():
    base = {case: {**texts, "Notes": "n"} for case, texts in BASE.items()}
    theirs = {**base, "A-1": {**base["A-1"], "Notes": "ask Rae", "Ticket": "7"}}
    ours = {**base, "A-2": {**base["A-2"], "Notes": "mine"}}
    merged = merge_tables(table(base), table(ours), table(theirs)).table
    assert dict(merged.row("A-1").extra) == {"Notes": "ask Rae", "Ticket": "7"}
    assert merged.row("A-2").extra["Notes"] == "mine"
    assert merged.extra_headers == ("Notes", "Ticket")


def test_rows_keep_our_order_and_new_ones_come_last():
    theirs = {"B-1": {"scenario": "new"}, "A-2": BASE["A-2"], "A-1": BASE["A-1"]}
    merged = merge_tables(table(BASE), table(BASE), table(theirs)).table
    assert [row.case for row in merged.rows] == ["A-1", "A-2", "B-1"]


@given(rows_of, rows_of)
def test_who_changed_nothing_receives_exactly_the_other_side(base, other):
    merge = merge_tables(table(base), table(base), table(other))
    assert merge.conflicts == ()
    assert diff_tables(merge.table, table(other)) == []
    back = merge_tables(table(base), table(other), table(base))
    assert back.conflicts == ()
    assert diff_tables(back.table, table(other)) == []


@given(rows_of, rows_of, rows_of)
def test_every_change_of_either_side_is_in_the_result_or_in_a_conflict(base, ours, theirs):
    merge = merge_tables(table(base), table(ours), table(theirs))
    disputed = {(each.case, each.column_title) for each in merge.conflicts}
    for side in (ours, theirs):
        for change in diff_tables(table(base), table(side)):
            if (change.case, change.column_title) in disputed or (change.case, ROW) in disputed:
                continue
            left = {(each.case, each.column_title) for each in diff_tables(merge.table, table(side))}
            assert (change.case, change.column_title) not in left


@given(rows_of, rows_of, rows_of)
def test_both_sides_see_the_same_conflicts(base, ours, theirs):
    there = merge_tables(table(base), table(ours), table(theirs)).conflicts
    back = merge_tables(table(base), table(theirs), table(ours)).conflicts
    assert {(c.case, c.column_title, c.ours, c.theirs) for c in there} == {
        (c.case, c.column_title, c.theirs, c.ours) for c in back
    }


@pytest.mark.parametrize("case", ["A-1", "A-2"])
def test_an_id_that_stands_twice_is_named(case):
    assert repeated_cases(make_table([{"id": "A-1"}, {"id": "A-2"}, {"id": case}])) == (case,)
