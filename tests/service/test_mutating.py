"""A register broken on purpose: every weakness of its tests is found, and told with a test that would have noticed."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import holdshort
from holdshort.bootstrap import memory_stage
from holdshort.core.clauses import AcceptanceTest
from holdshort.service.acceptance import load_records
from holdshort.service.load_playbook import load_playbook
from holdshort.service.mutating import Breaker, Fate
from tests.playbooks import write_playbook
from tests.service.planted_slips import CLAIMS, RECORDS, register

STARTER = Path(holdshort.__path__[0]) / "starter"
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
WEAKENED = [(case, place) for case, claims in CLAIMS.items() for place in range(len(claims))]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    """The register with tests that notice everything."""
    found = load_playbook(write_playbook(tmp_path_factory.mktemp("planted") / "playbook", register()))
    assert not found.errors, "\n".join(map(str, found.errors))
    return found


def fates(loaded, case: str, *, propose: bool = False) -> tuple[Fate, ...]:
    name, found, failing = Breaker(loaded, RECORDS, memory_stage, NOW, propose).row(case)
    assert failing == ()
    return found


def weakened(loaded, case: str, place: int):
    """The register without one claim of one row."""
    register = loaded.playbook.register
    cases = tuple(
        each
        if each.case != case
        else replace(each, tests=tuple(test for at, test in enumerate(each.tests) if at != place))
        for each in register.cases
    )
    return replace(loaded, playbook=replace(loaded.playbook, register=replace(register, cases=cases)))


@pytest.mark.parametrize("case", CLAIMS)
def test_with_all_its_tests_no_slip_in_the_safety_of_the_register_goes_unnoticed(loaded, case) -> None:
    found = fates(loaded, case)
    assert [each.what for each in found if each.counts] == []
    assert sum(each.ending == "killed" for each in found) > 15


@pytest.mark.shows("B15", "O15")
@pytest.mark.parametrize(("case", "place"), WEAKENED)
def test_each_weakening_of_the_tests_is_found(loaded, case, place) -> None:
    """Thirty-four registers, each of which lacks one claim."""
    slip = CLAIMS[case][place][2]
    surviving = [each.what for each in fates(weakened(loaded, case, place), case) if each.counts]
    assert any(slip in each for each in surviving), surviving


@pytest.mark.parametrize("case", CLAIMS)
def test_what_is_proposed_reads_passes_and_would_have_noticed(loaded, case) -> None:
    """With only the first claim left, every safety survivor is told with a test, and those together notice them all."""
    bare = loaded
    for place in reversed(range(1, len(CLAIMS[case]))):
        bare = weakened(bare, case, place)
    surviving = [each for each in fates(bare, case, propose=True) if each.counts]
    assert len(surviving) > 8
    assert [each.what for each in surviving if each.proposal is None] == []

    row = loaded.playbook.register.case(case)
    stand_for = {"owner": row.owner, "escalation owner": row.escalation}
    added, records = [], dict(RECORDS)
    for number, each in enumerate(surviving):
        sentence = each.proposal.sentence
        if each.proposal.record is not None:
            name, record = each.proposal.record
            sentence = sentence.replace(name, f"made-{number}", 1)
            records[f"made-{number}"] = record
        [(_, test)] = loaded.clauses.tests(sentence, stand_for)
        assert isinstance(test, AcceptanceTest)
        added.append(test)
    register = bare.playbook.register
    cases = tuple(
        replace(each, tests=(*each.tests, *added)) if each.case == case else each for each in register.cases
    )
    mended = replace(bare, playbook=replace(bare.playbook, register=replace(register, cases=cases)))
    _, after, failing = Breaker(mended, records, memory_stage, NOW, False).row(case)
    assert failing == ()
    assert [each.what for each in after if each.counts] == []


def test_what_the_row_stops_twice_makes_no_difference_and_says_why(tmp_path) -> None:
    rows = register().replace(
        "action: hold send customer message", "action: hold send customer message and create project"
    )
    loaded = load_playbook(write_playbook(tmp_path / "playbook", rows))
    found = {each.what: each for each in fates(loaded, "CO-EDGE-002")}
    twice = found["`send customer message` were no longer held by the system action of CO-EDGE-002"]
    assert (twice.ending, twice.why) == (
        "makes no difference",
        "the review rule of the row stops send customer message as well",
    )
    tier = found["`create project` were no longer held by the system action of CO-EDGE-002"]
    assert tier.ending == "makes no difference"
    assert "tier hold" in tier.why


def test_a_test_that_fails_already_notices_nothing(tmp_path) -> None:
    rows = register().replace("the tier is high", "the tier is hold")
    loaded = load_playbook(write_playbook(tmp_path / "playbook", rows))
    _, found, failing = Breaker(loaded, RECORDS, memory_stage, NOW, False).row("CO-EDGE-001")
    assert failing == (("CO-EDGE-001", "given clean with CRM plan set to Enterprise, the tier is hold"),)
    assert any(each.counts and each.family == "tier" for each in found)


def test_an_exchanged_row_answers_as_the_register_with_that_row(loaded) -> None:
    """What stands in for a whole register while slips are tried is the same as that register."""
    from holdshort.core.mutants.families import ground_of, mutants_of
    from holdshort.core.screening import Screener
    from holdshort.core.screening_exchanged import Exchanger

    base = Screener(loaded.playbook)
    exchanger = Exchanger(base)
    ground = ground_of(loaded.playbook, RECORDS)
    for case in loaded.playbook.register.cases:
        for mutant in mutants_of(case, ground)[::3]:
            quick = exchanger.with_row(mutant.case, mutant.row)
            slow = Screener(quick.playbook)
            for record in RECORDS.values():
                left, right = quick.screen(record, 1, NOW), slow.screen(record, 1, NOW)
                assert replace(left, gaps=()) == replace(right, gaps=()), mutant.what
                assert set(_own(left.gaps)) == set(_own(right.gaps)), mutant.what


def _own(gaps):
    return [each for each in gaps if "no connected source" not in each.why]


def starter_breaker() -> Breaker:
    found = load_playbook(STARTER)
    return Breaker(found, load_records(STARTER / "records")[0], memory_stage, NOW)


@pytest.mark.shows("B15", "O15", "K2", "K8")
def test_no_slip_in_the_safety_of_these_starter_rows_goes_unnoticed() -> None:
    """A sample: a plan conflict, a sponsor who asks. The sweep below breaks all 74 rows of tier high and hold."""
    breaker = starter_breaker()
    for case in ("CO-EDGE-002", "CO-EDGE-901"):
        _, found, failing = breaker.row(case)
        assert failing == ()
        assert [each.what for each in found if each.counts] == []


@pytest.mark.skipif(os.environ.get("HOLDSHORT_TORTURE") != "1", reason="takes minutes: HOLDSHORT_TORTURE=1")
def test_no_slip_in_the_safety_of_any_high_or_hold_row_of_the_starter_goes_unnoticed() -> None:
    breaker = starter_breaker()
    strict = [
        each.case for each in load_playbook(STARTER).playbook.register.cases if each.tier in ("high", "hold")
    ]
    surviving = [each.what for case in strict for each in breaker.row(case)[1] if each.counts]
    assert surviving == []
