"""Which requirement lives in which starter row, and that each of those rows proves itself by its own tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import holdshort
from holdshort.core.register import Register
from holdshort.core.screening import Screener
from holdshort.importers.plain_yaml import read_plain_yaml
from holdshort.service.acceptance import AcceptanceReport, prove_playbook
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

STARTER = Path(holdshort.__path__[0]) / "starter"
COVERAGE = read_plain_yaml(STARTER / "coverage.yaml")
COUNTED_LISTS = ("C", "L")


def _marked() -> list[object]:
    """One case a requirement code; `E1.2` is the second failure of work area E1, `L1.2` has a code of its own."""
    cases = []
    for code, places in COVERAGE.items():
        rows = [place for place in places if str(place).startswith("CO-EDGE")]
        if rows:
            shown = code if code.startswith(COUNTED_LISTS) else code.split(".")[0]
            marks = [pytest.mark.shows(shown)] if shown[0].isupper() and shown[1:2].isdigit() else []
            cases.append(pytest.param(code, rows, id=str(code), marks=marks))
    return cases


@pytest.fixture(scope="module")
def loaded() -> LoadedPlaybook:
    return load_playbook(STARTER)


@pytest.fixture(scope="module")
def report() -> AcceptanceReport:
    return prove_playbook(STARTER)


@pytest.mark.parametrize(("code", "rows"), _marked())
def test_each_requirement_lives_in_rows_that_prove_themselves(
    code: str, rows: list[str], report: AcceptanceReport
) -> None:
    by_case = {row.case.case: row for row in report.rows}
    for row in rows:
        assert row in by_case, f"{code} names {row}, which the register lacks"
        assert by_case[row].passed, f"{code}: the tests of {row} do not pass"


def test_every_starter_row_is_active_and_serves_a_requirement_or_practice(loaded: LoadedPlaybook) -> None:
    register = loaded.playbook.register
    assert loaded.errors == ()
    assert len(register.active) == len(register.cases) == len(loaded.table.rows)
    named = {place for places in COVERAGE.values() for place in places}
    assert [case.case for case in register.cases if case.case not in named] == []


@pytest.mark.parametrize(
    "case_id", ["CO-EDGE-001", "CO-EDGE-002", "CO-EDGE-003", "CO-EDGE-004", "CO-EDGE-005"]
)
def test_without_the_row_the_action_would_go_on(case_id: str, loaded: LoadedPlaybook) -> None:
    """The row is what holds the action: take it away and nothing else names it as its reason."""
    from datetime import UTC, datetime

    from holdshort.core.acceptance import with_change
    from holdshort.service.acceptance import load_records

    case = loaded.playbook.register.case(case_id)
    assert case is not None
    records, _ = load_records(STARTER / "records")
    record: object = records[case.tests[0].record]
    for change in case.tests[0].changes:
        record = with_change(record, change, loaded.playbook.glossary)  # type: ignore[arg-type]
    now = datetime(2026, 3, 11, 15, tzinfo=UTC)
    kept = tuple(each for each in loaded.playbook.register.cases if each.case != case_id)
    without = replace(loaded.playbook, register=Register(kept, "", ""))
    assert isinstance(record, dict)
    answer = Screener(without).screen(record, 1, now)
    assert all(case_id not in verdict.cases for verdict in answer.actions.values())
    assert any(
        case_id in verdict.cases
        for verdict in Screener(loaded.playbook).screen(record, 1, now).actions.values()
    )


# How many entries each list of the clean path has, and under which key it stands.
CLEAN_PATH = {
    "C1": ("triggers", 6),
    "C2": ("channels", 10),
    "C3": ("handoff fields", 12),
    "C4": ("context", 11),
    "C5": ("lanes", 9),
    "C6": ("review owners", 16),
    "C7": ("systems of record", 9),
    "C8": ("completion states", 11),
}


@pytest.mark.parametrize(
    ("key", "position"),
    [
        pytest.param(key, position, id=f"{code}.{position}", marks=[pytest.mark.shows(f"{code}.{position}")])
        for code, (key, count) in CLEAN_PATH.items()
        for position in range(1, count + 1)
    ],
)
def test_the_clean_path_names_it_before_any_exception(key: str, position: int) -> None:
    data = read_plain_yaml(STARTER / "clean-path.yaml")[key]
    listed = [str(each) for each in data]
    assert len(listed) == len(set(listed)) == dict(CLEAN_PATH.values())[key]
    assert listed[position - 1].strip()


def test_every_trigger_lane_and_owner_of_the_clean_path_can_be_run(loaded: LoadedPlaybook) -> None:
    """The lists are not prose: triggers are conditions, lanes place records, owners are roles of the register."""
    path = loaded.playbook.clean_path
    assert len(path.triggers) == 6
    assert len(set(path.lanes.values())) == 9
    for owner in path.lists["review owners"]:
        assert loaded.clauses.role(owner)
