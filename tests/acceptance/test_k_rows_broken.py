"""K1 to K8: the starter's own tests pass on their row when lived, and fail however the row is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import holdshort
from holdshort.bootstrap import memory_stage
from holdshort.core.clauses import SystemAction
from holdshort.core.register import EdgeCase
from holdshort.core.rules.ast import Always, Not
from holdshort.core.screening_again import RememberingScreener
from holdshort.core.screening_exchanged import Exchanger
from holdshort.service.acceptance import load_records
from holdshort.service.load_playbook import load_playbook
from holdshort.service.rehearsal import Rehearsal

STARTER = Path(holdshort.__path__[0]) / "starter"
NOW = datetime(2026, 3, 11, 15, tzinfo=UTC)
ROWS = [
    pytest.param("CO-EDGE-001", id="K1", marks=pytest.mark.shows("K1")),
    pytest.param("CO-EDGE-002", id="K2", marks=pytest.mark.shows("K2")),
    pytest.param("CO-EDGE-301", id="K3", marks=pytest.mark.shows("K3")),
    pytest.param("CO-EDGE-004", id="K4", marks=pytest.mark.shows("K4")),
    pytest.param("CO-EDGE-601", id="K5", marks=pytest.mark.shows("K5")),
    pytest.param("CO-EDGE-005", id="K6", marks=pytest.mark.shows("K6")),
    pytest.param("CO-EDGE-701", id="K7", marks=pytest.mark.shows("K7")),
    pytest.param("CO-EDGE-711", id="K7-sources", marks=pytest.mark.shows("K7")),
    pytest.param("CO-EDGE-901", id="K8", marks=pytest.mark.shows("K8")),
]


def does_nothing(row: EdgeCase) -> EdgeCase:
    """It neither holds nor asks for anything."""
    reviews = tuple(replace(rule, actions=()) for rule in row.review)
    tier = "high" if row.tier == "hold" else row.tier
    return replace(row, action=SystemAction((), ()), review=reviews, tier=tier)


BREAKS: dict[str, Callable[[EdgeCase], EdgeCase | None]] = {
    "the row is gone": lambda row: None,
    "it never matches": lambda row: replace(row, trigger=Always(False)),
    "its trigger is turned round": lambda row: replace(row, trigger=Not(row.trigger)),
    "it does nothing": does_nothing,
}


@pytest.fixture(scope="module")
def starter():
    return load_playbook(STARTER)


@pytest.fixture(scope="module")
def records():
    return load_records(STARTER / "records")[0]


@pytest.fixture(scope="module")
def base(starter):
    return RememberingScreener(starter.playbook)


@pytest.mark.parametrize("case", ROWS)
def test_its_tests_pass_when_lived(starter, base, records, case) -> None:
    row = starter.playbook.register.case(case)
    rehearsal = Rehearsal(base, records, memory_stage, NOW)
    assert row.tests
    for test in row.tests:
        assert rehearsal.run(row, test).failures == ()


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("case", ROWS)
def test_a_broken_row_is_noticed_by_its_own_tests(starter, base, records, case, how) -> None:
    row = starter.playbook.register.case(case)
    broken = BREAKS[how](row)
    rehearsal = Rehearsal(Exchanger(base).with_row(case, broken), records, memory_stage, NOW)
    assert any(rehearsal.run(broken or row, test).failures for test in row.tests)


@pytest.mark.shows("B15", "O15")
def test_every_row_of_tier_high_or_hold_has_a_test_that_its_owner_ends(starter) -> None:
    """Each is proven from the hold to its release by somebody who may."""
    strict = [each for each in starter.playbook.register.cases if each.tier in ("high", "hold")]
    assert len(strict) > 70
    for row in strict:
        deciders = {role for rule in row.review for step in rule.steps for role in step.roles} or {row.owner}
        assert any(test.until_role in deciders for test in row.tests), row.case
