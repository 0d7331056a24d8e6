"""
Break a register on purpose and see which acceptance tests notice.

Each mutant is first screened by its own row's tests, then by those of other rows that it concerns, and last lived by its
own row's tests (who decides, what an approval lacks, what ends a hold). What survives is told together with a test that
would have noticed: a sentence that reads, that passes on the register as it is and fails on the broken one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from holdshort.core.acceptance import Record, record_of_test, screened, situation
from holdshort.core.clauses import AcceptanceTest
from holdshort.core.diagnostics import Diagnostic, HoldshortError
from holdshort.core.mutants.families import ground_of, mutants_of
from holdshort.core.mutants.mutant import Mutant
from holdshort.core.mutants.sentences import Proposal, Proposer
from holdshort.core.presence import Truth
from holdshort.core.register import EdgeCase
from holdshort.core.rules.ast import Condition
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.screening_again import RememberingScreener, content_of
from holdshort.core.screening_exchanged import Exchanger
from holdshort.service.acceptance import FOLDER, Tell, load_records, unknown_case
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.rehearsal import Rehearsal, SetStage

Ending = Literal["killed", "survived", "makes no difference"]
STRICT = ("high", "hold")
"""Tiers of which no safety mutant may survive."""


@dataclass(frozen=True)
class Fate:
    """
    What became of one mutant.

    `by` is the test that noticed (its row and sentence) and `how` what it said; `why` is the argument where the slip
    makes no difference; `proposal` a test that would have noticed, where one was found.
    """

    case: str
    tier: str
    family: str
    safety: bool
    what: str
    ending: Ending
    by: tuple[str, str] = ("", "")
    how: str = ""
    why: str = ""
    proposal: Proposal | None = None

    @property
    def counts(self) -> bool:
        """Whether it keeps the register from being proven."""
        return self.ending == "survived" and self.safety and self.tier in STRICT

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "tier": self.tier,
            "family": self.family,
            "safety": self.safety,
            "what": self.what,
            "result": self.ending,
            "noticed_by": {"case": self.by[0], "test": self.by[1], "said": self.how} if self.by[0] else None,
            "why": self.why,
            "proposal": self.proposal.to_json() if self.proposal else None,
        }


@dataclass(frozen=True)
class MutationReport:
    """How every mutant of a register ended; `failing` are tests that fail on the register as it is and prove nothing."""

    playbook: str
    digest: str
    fates: tuple[Fate, ...]
    failing: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def survivors(self) -> tuple[Fate, ...]:
        return tuple(each for each in self.fates if each.ending == "survived")

    @property
    def passed(self) -> bool:
        """No safety mutant of a high or hold row survives."""
        return not any(each.counts for each in self.fates)

    def count(self, ending: Ending, safety: bool | None = None) -> int:
        return sum(each.ending == ending and safety in (None, each.safety) for each in self.fates)

    def to_json(self) -> dict[str, Any]:
        return {
            "playbook": self.playbook,
            "register": self.digest,
            "passed": self.passed,
            "mutants": len(self.fates),
            "killed": self.count("killed"),
            "survived": self.count("survived"),
            "makes_no_difference": self.count("makes no difference"),
            "failing_tests": [{"case": case, "test": said} for case, said in self.failing],
            "fates": [each.to_json() for each in self.fates],
            "diagnostics": [each.to_json() for each in self.diagnostics],
        }


def mutate_playbook(
    folder: Path,
    set_stage: SetStage,
    case: str = "",
    *,
    workers: int = 1,
    propose: bool = True,
    with_all: bool = False,
    now: datetime | None = None,
    tell: Tell = lambda done, of: None,
) -> MutationReport:
    """
    Break every row of the playbook in `folder`, or one of them.

    Args:
        set_stage: Where tests are lived.
        workers: How many processes share the work.
        propose: Look for a test that would notice, for each survivor that counts.
        with_all: Look for one for all other survivors too.
        now: The moment of the evaluation for records that state no `as_of`.
        tell: Hears how many of how many rows are done.

    Raises:
        HoldshortError: The playbook cannot be read, or has no row of that ID.
    """
    loaded = load_playbook(folder)
    records, faults = load_records(folder / FOLDER)
    moment = now or datetime.now(UTC)
    register = loaded.playbook.register
    chosen = [each.case for each in register.cases]
    if case:
        chosen = [each for each in chosen if each.casefold() == case.strip().casefold()]
        if not chosen:
            raise HoldshortError([unknown_case(case, loaded)])
    fates: dict[str, tuple[Fate, ...]] = {}
    failing: list[tuple[str, str]] = []
    for name, found, broken in _worked(
        loaded, records, set_stage, moment, chosen, workers, (propose, with_all)
    ):
        fates[name] = found
        failing += broken
        tell(len(fates), len(chosen))
    return MutationReport(
        loaded.playbook.settings.name,
        register.digest,
        tuple(fate for name in chosen for fate in fates[name]),
        tuple(failing),
        (*loaded.errors, *(each for each in faults if each.severity == "error")),
    )


_Result = tuple[str, tuple[Fate, ...], tuple[tuple[str, str], ...]]


def _worked(
    loaded: LoadedPlaybook,
    records: Mapping[str, Record],
    set_stage: SetStage,
    now: datetime,
    chosen: Sequence[str],
    workers: int,
    propose: tuple[bool, bool],
) -> Iterator[_Result]:
    workers = min(workers, len(chosen) // 4 or 1)
    if workers <= 1:
        breaker = Breaker(loaded, records, set_stage, now, *propose)
        for each in chosen:
            yield breaker.row(each)
        return
    with ProcessPoolExecutor(
        workers, initializer=_begin, initargs=(loaded.folder, set_stage, now, propose)
    ) as pool:
        yield from pool.map(_row, chosen, chunksize=1)


_here: list[Breaker] = []
"""Of a process of the pool: each reads the playbook once."""


def _begin(folder: Path, set_stage: SetStage, now: datetime, propose: tuple[bool, bool]) -> None:
    _here[:] = [Breaker(load_playbook(folder), load_records(folder / FOLDER)[0], set_stage, now, *propose)]


def _row(case: str) -> _Result:
    return _here[0].row(case)


_OWN_MATTER = ("evidence", "check", "AI", "audit")
"""What other rows' tests cannot see: their answers do not depend on it."""
_SEEN_BY = {
    "evidence": ("lacks",),
    "check": ("check",),
    "AI": ("ai",),
    "audit": (),
    "ask": ("asks", "actions"),
    "stretched limit": ("asks", "actions"),
    "tier": ("tier", "actions", "reviewer"),
    "owner": ("reviewer", "decider"),
    "hold": ("actions",),
    "review": ("actions", "decider", "people"),
}
"""By family the claims of a row's own test that such a slip can make false; those left out can make any false."""


def may_notice(mutant: Mutant, test: AcceptanceTest) -> bool:
    """Whether a test of the row claims anything that the slip could make false."""
    subjects = _SEEN_BY.get(mutant.family)
    return subjects is None or any(each.subject in subjects for each in test.expectations)


def _has_end(test: AcceptanceTest) -> bool:
    """Whether it says what ends the hold, or what the row asks for in time."""
    return (
        test.until is not None
        or bool(test.until_role)
        or any(each.subject == "asks" for each in test.expectations)
    )


def _is_worth_living(mutant: Mutant, test: AcceptanceTest) -> bool:
    """Whether a life could show more than the screening did: who decides, or what ends the hold."""
    if mutant.family in ("review", "owner"):
        return bool(test.until_role)
    return mutant.family.startswith("trigger") and test.until is not None


@dataclass(frozen=True)
class _Proof:
    """One test with its record and what the register as it is finds there."""

    case: EdgeCase
    test: AcceptanceTest
    record: Record
    content: str
    found: Mapping[str, Truth]
    """By row what it found: True where it matched, None where it cannot tell; no entry where it is clear or not asked."""
    passes: bool


class Breaker:
    """Breaks the rows of one register and runs the tests that may notice."""

    def __init__(
        self,
        loaded: LoadedPlaybook,
        records: Mapping[str, Record],
        set_stage: SetStage,
        now: datetime,
        propose: bool = True,
        with_all: bool = False,
    ) -> None:
        self._all = with_all
        self._loaded = loaded
        self._records = records
        self._set_stage = set_stage
        self._now = now
        self._base = RememberingScreener(loaded.playbook)
        self._exchanger = Exchanger(self._base)
        self._ground = ground_of(loaded.playbook, records)
        self._proofs = [
            proof
            for case in loaded.playbook.register.cases
            for test in case.tests
            if (proof := self._proof(case, test)) is not None
        ]
        self._proposer = (
            Proposer(loaded.playbook, loaded.clauses, self._base, self._exchanger, records, now)
            if propose
            else None
        )

    def _proof(self, case: EdgeCase, test: AcceptanceTest) -> _Proof | None:
        record = record_of_test(test, self._records, self._base.glossary)
        if isinstance(record, str):
            return None
        passes = not screened(case, test, record, self._base, self._now).failures
        answer = self._base.screen(record, 1, self._now)
        found: dict[str, Truth] = {
            each.case: True if each.result == "matched" else None for each in answer.findings
        }
        return _Proof(case, test, record, content_of(record), found, passes)

    def row(self, name: str) -> _Result:
        """The fates of all mutants of one row, and those of its tests that fail on the row as it is."""
        case = self._loaded.playbook.register.case(name)
        assert case is not None
        own = [each for each in self._proofs if each.case.case == name and each.passes]
        live = self._rehearsal(self._base)
        # What a test claims without an end to it, its screening has shown already.
        lived = [
            each
            for each in own
            if not _has_end(each.test) or not live.live(case, each.test, each.record).failures
        ]
        sound = {id(each.test) for each in lived}
        failing = tuple((name, each.said) for each in case.tests if id(each) not in sound)
        fates = tuple(self._fate(case, mutant, lived) for mutant in mutants_of(case, self._ground))
        return name, fates, failing

    def _fate(self, case: EdgeCase, mutant: Mutant, own: Sequence[_Proof]) -> Fate:
        fate = Fate(mutant.case, case.tier, mutant.family, mutant.safety, mutant.what, "killed")
        if mutant.same:
            return replace(fate, ending="makes no difference", why=mutant.same)
        noticed = next(self._noticed(mutant, own), None)
        if noticed is not None:
            proof, said = noticed
            return replace(fate, by=(proof.case.case, " ".join(proof.test.said.split())), how=said)
        counts = mutant.safety and case.tier in STRICT
        if self._proposer is None or not (counts or self._all):
            return replace(fate, ending="survived")
        proposal, why = self._proposer.propose(
            case, mutant, lambda test, record: self._tells(mutant, test, record)
        )
        if proposal is None and why:
            return replace(fate, ending="makes no difference", why=why)
        return replace(fate, ending="survived", proposal=proposal)

    def _noticed(self, mutant: Mutant, own: Sequence[_Proof]) -> Iterator[tuple[_Proof, str]]:
        """The tests that fail on the mutant, the cheapest way of running them first."""
        screener = self._exchanger.with_row(mutant.case, mutant.row)
        for proof in own:
            if may_notice(mutant, proof.test):
                outcome = screened(mutant.row or proof.case, proof.test, proof.record, screener, self._now)
                if outcome.failures:
                    yield proof, outcome.failures[0]
        for proof in self._concerned(mutant):
            if proof.case.case != mutant.case and proof.passes:
                outcome = screened(proof.case, proof.test, proof.record, screener, self._now)
                if outcome.failures:
                    yield proof, outcome.failures[0]
        if mutant.row is None:
            return
        rehearsal = self._rehearsal(screener)
        for proof in own:
            if _is_worth_living(mutant, proof.test):
                outcome = rehearsal.live(mutant.row, proof.test, proof.record)
                if outcome.failures:
                    yield proof, outcome.failures[0]

    def _concerned(self, mutant: Mutant) -> Iterator[_Proof]:
        """The tests on whose records the row may now find something else than before, or the same in another way."""
        if mutant.family in _OWN_MATTER:
            return
        if mutant.changed is not None:
            yield from self._told_apart(mutant.changed[1], mutant.case)
        elif mutant.family in ("lane", "segment") and not mutant.safety:
            yield from self._proofs
        else:
            for proof in self._proofs:
                if mutant.case in proof.found:
                    yield proof

    def _told_apart(self, after: Condition, case: str) -> Iterator[_Proof]:
        """The tests on whose records a condition comes out otherwise than the row's own trigger."""
        rules = CompiledRules([after], self._base.reader, self._loaded.playbook.settings.calendar)
        truths: dict[str, Truth] = {}
        for proof in self._proofs:
            if proof.content not in truths:
                at = situation(self._base, proof.record, self._now)
                truths[proof.content] = dict(rules.screen(proof.record, at.now)).get(0, False)
            if truths[proof.content] is not proof.found.get(case, False):
                yield proof

    def _tells(self, mutant: Mutant, test: AcceptanceTest, record: Record) -> bool:
        """Whether a test passes on the register as it is and fails on the mutant."""
        case = self._loaded.playbook.register.case(mutant.case)
        assert case is not None
        if screened(case, test, record, self._base, self._now).failures:
            return False
        broken = mutant.row or case
        screener = self._exchanger.with_row(mutant.case, mutant.row)
        tells = bool(screened(broken, test, record, screener, self._now).failures)
        if not (tells or _has_end(test)) or self._rehearsal(self._base).live(case, test, record).failures:
            return False
        return tells or bool(self._rehearsal(screener).live(broken, test, record).failures)

    def _rehearsal(self, screener: Any) -> Rehearsal:
        return Rehearsal(screener, self._records, self._set_stage, self._now)
