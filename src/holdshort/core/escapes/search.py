"""
The search itself: make the danger, and where a row holds the action, try every change that could silence that row.

A record on which the action is free must differ from one on which a row holds it in a value which that row reads. So the
search tries, for one row that holds, every decision-relevant value of every name that it reads, and goes on from there:
within its depth it leaves no combination out, and it never tries a change that could not matter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import combinations, islice
from typing import Any

from holdshort.core.acceptance import situation
from holdshort.core.answers import Answer
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.clauses import AcceptanceTest
from holdshort.core.differences import Teller
from holdshort.core.escapes.report import Covered, Escape, EscapeReport, Grade
from holdshort.core.escapes.shrink import shrink
from holdshort.core.escapes.statements import STATEMENTS, UNKNOWN_KIND, Statement, dangers, kinds_of
from holdshort.core.escapes.values import Values
from holdshort.core.example_edits import with_raw
from holdshort.core.example_ways import Ways
from holdshort.core.gate import clear_to_run
from holdshort.core.lint.rows import every_node
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.reference import evaluate
from holdshort.core.rules.walk import names_in, systems_in
from holdshort.core.screening import Screener

Record = Mapping[str, Any]
DEPTH = 1
RECORDS = 1_500
_WAYS = 8
_MOST_BASES = 3
_PAIRED = 8
_HIT = ("released", "needs review")
_LISTS = (ast.Quantified, ast.Include, ast.ListSize, ast.DistinctValues, ast.Defined)
"""Where a change of one value does not say everything that may be tried."""


@dataclass(frozen=True)
class _Guards:
    """The rows that can stop some kinds of action, alone in a screening: what others find decides nothing here."""

    kinds: tuple[str, ...]
    screener: Screener
    rows: Mapping[str, EdgeCase]


@dataclass
class _Try:
    """One danger for some kinds: what has been tried, and how much may still be."""

    statement: Statement
    sentence: str
    danger: ast.Condition
    guards: _Guards
    seen: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


class EscapeSearch:
    """
    Searches one playbook. The same playbook and records give the same answer.

    Args:
        records: The playbook's records by name; searches begin at those that are clean.
        now: The moment of the evaluation for records that state none.
        depth: How many changes beside the danger are combined.
        budget: How many records may be tried for one statement.
        first_only: Leave a statement at the first record found for it.
        bare: Also look for records on which only the catalogue asks for a person and no row says why.
    """

    def __init__(
        self,
        playbook: Playbook,
        clauses: ClauseParser,
        records: Mapping[str, Record],
        now: datetime,
        depth: int = DEPTH,
        budget: int = RECORDS,
        bare: bool = False,
        first_only: bool = False,
    ) -> None:
        self.playbook = playbook
        self.clauses = clauses
        self.records = records
        self.now = now
        self.depth = depth
        self.budget = budget
        self.bare = bare
        self.first_only = first_only
        self.screener = Screener(playbook)
        cases = playbook.register.active
        self.values = Values(
            playbook.glossary, self.screener.reader, [each.trigger for each in cases], records
        )
        self.ways = Ways(self.screener.reader, records)
        self.teller = Teller(playbook.glossary)
        self.bases = self._bases()
        self._guards: dict[tuple[str, ...], tuple[Screener, Mapping[str, EdgeCase]]] = {}
        self._tried = 0
        self._reads: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}

    def run(self, statements: Sequence[Statement] = STATEMENTS) -> EscapeReport:
        """Search for every statement, in order."""
        covered: list[Covered] = []
        found: list[Escape] = []
        for statement in statements:
            about, escapes = self._statement(statement)
            covered.append(about)
            found += escapes
        settings = self.playbook.settings
        return EscapeReport(
            self.playbook.register.digest, settings.name, settings.mode, self.depth, tuple(self.bases), tuple(covered),
            tuple(found),
        )  # fmt: skip

    # --- one statement ---

    def _statement(self, statement: Statement) -> tuple[Covered, list[Escape]]:
        kinds = kinds_of(statement, self.playbook.catalogue)
        self._tried = 0
        if statement.always:
            said: list[tuple[str, ast.Condition]] = [("on any record", ast.Always(True))]
            unsaid: list[str] = []
        else:
            said, unsaid = dangers(statement, self.playbook, self.clauses)
        found: list[Escape] = []
        names: set[str] = set()
        free = tuple(kind for kind in kinds if self._goes_alone(kind))
        wanted = kinds if self.bare and statement.needs_a_row else free
        share = max(self.budget // max(len(said), 1), 1)
        complete = True
        for guards in self._grouped(wanted):
            for sentence, danger in said:
                if any(each.danger == sentence and set(guards.kinds) & set(each.kinds) for each in found):
                    continue
                one = _Try(statement, sentence, danger, guards)
                if found and self.first_only:
                    break
                limit = self._tried + share
                hit, whole = self._search(one, limit)
                complete = complete and (whole or hit is not None)
                names |= one.names
                if hit is not None:
                    found.append(hit)
        about = Covered(
            statement.code,
            statement.says,
            len(said),
            tuple(unsaid),
            len(kinds),
            len(kinds) - len(free),
            tuple(sorted(names)),
            self._tried,
            complete,
        )
        return about, found

    def _goes_alone(self, kind: str) -> bool:
        """Whether the catalogue releases it where no row holds it. A kind that it never lets go needs no search."""
        catalogue, mode = self.playbook.catalogue, self.playbook.settings.mode
        return clear_to_run(kind, (), catalogue, mode).state == "released"

    def _search(self, one: _Try, limit: int) -> tuple[Escape | None, bool]:
        """The smallest record found, with its fewest changes first; and whether all of the bounds was tried."""
        level: Iterator[tuple[str, Record]] = self._starts(one)
        for depth in range(self.depth + 1):
            held: list[tuple[str, Record, Answer]] = []
            for name, record in level:
                if self._tried >= limit:
                    return None, False
                if not self._is_new(one, record):
                    continue
                answer = self._screen(one, record)
                if answer.verdict == "not triggered":
                    continue
                if answer.actions[one.guards.kinds[0]].state in _HIT:
                    hit = self._escape(one, name, record)
                    if hit is not None:
                        return hit, True
                elif depth < self.depth:
                    held.append((name, record, answer))
            level = (
                (name, each) for name, record, answer in held for each in self._silenced(one, record, answer)
            )
        return None, True

    def _starts(self, one: _Try) -> Iterator[tuple[str, Record]]:
        for name, base in self.bases.items():
            if UNKNOWN_KIND in one.guards.kinds:
                base = {**base, "proposed_actions": [UNKNOWN_KIND]}
            for record in self._endangered(one, base):
                yield name, record

    def _screen(self, one: _Try, record: Record) -> Answer:
        self._tried += 1
        return one.guards.screener.screen(record, 1, self.now)

    def _is_new(self, one: _Try, record: Record) -> bool:
        key = repr(record)
        if key in one.seen:
            return False
        one.seen.add(key)
        return True

    # --- records worth trying ---

    def _endangered(self, one: _Try, base: Record) -> Iterator[Record]:
        """Records with the danger: as they are, by one value, by two, and as the condition's own ways lead there."""
        if self._is_endangered(one, base):
            yield base
            if one.statement.always:
                return
        glossary = self.playbook.glossary
        names = [each for each in names_in(one.danger, glossary) if glossary.names[each].paths]
        one.names.update(names)
        single = {
            name: [with_raw(base, glossary.names[name], raw) for raw in self.values.of(name)]
            for name in names
        }
        for records in single.values():
            yield from (each for each in records if self._is_endangered(one, each))
        for left, right in combinations(names, 2) if len(names) <= 4 else ():
            for record in single[left][:_PAIRED]:
                for raw in self.values.of(right)[:_PAIRED]:
                    both = with_raw(record, glossary.names[right], raw)
                    if self._is_endangered(one, both):
                        yield both
        self.ways.tries, self.ways.limit = 0, 400
        for at in islice(
            self.ways.leading_to(one.danger, True, situation(self.screener, base, self.now)), _WAYS
        ):
            yield at.record

    def _is_endangered(self, one: _Try, record: Record) -> bool:
        return evaluate(one.danger, situation(self.screener, record, self.now)) is True

    def _silenced(self, one: _Try, record: Record, answer: Answer) -> Iterator[Record]:
        """Every change of a value that the row which holds reads: without one of these it goes on holding."""
        holding = [
            one.guards.rows[case]
            for case in answer.actions[one.guards.kinds[0]].cases
            if case in one.guards.rows
        ]
        if not holding:
            return
        row = min(holding, key=lambda each: len(self._read_by(each)[0]))
        names, systems = self._read_by(row)
        one.names.update(names)
        glossary = self.playbook.glossary
        for name in names:
            for raw in self.values.of(name):
                changed = with_raw(record, glossary.names[name], raw)
                if self._is_endangered(one, changed):
                    yield changed
        for system in systems:
            key = glossary.systems[system].key
            for changed in (
                {**record, key: None},
                {each: value for each, value in record.items() if each != key},
            ):
                if self._is_endangered(one, changed):
                    yield changed
        if not any(isinstance(node, _LISTS) for node in every_node(row.trigger)):
            return
        self.ways.tries, self.ways.limit = 0, 100
        start = situation(self.screener, record, self.now)
        for at in islice(self.ways.leading_to(row.trigger, False, start), _WAYS):
            if self._is_endangered(one, at.record):
                yield at.record

    def _read_by(self, row: EdgeCase) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Names and systems on which it hangs whether a row holds: its trigger's, and lane and segment where it names any."""
        found = self._reads.get(row.case)
        if found is None:
            path, glossary = self.playbook.clean_path, self.playbook.glossary
            names = [each for each in names_in(row.trigger, glossary) if glossary.names[each].paths]
            names += [
                name
                for name, own in ((path.lane_name, row.lanes), (path.segment_name, row.segments))
                if own and name in glossary.names
            ]
            found = self._reads[row.case] = (tuple(dict.fromkeys(names)), tuple(systems_in(row.trigger)))
        return found

    # --- what was found ---

    def _escape(self, one: _Try, base: str, record: Record) -> Escape | None:
        """The finding, made minimal; None where the whole register, asked again, does hold the action."""
        answer = self.screener.screen(record, 1, self.now)
        grade: Grade = "escape"
        free = _in_state(one, answer, "released")
        if not free and self.bare and one.statement.needs_a_row:
            grade = "bare"
            free = _in_state(one, answer, "needs review")
        if not free:
            return None
        state = answer.actions[free[0]].state

        def still(less: Record) -> bool:
            return self._is_endangered(one, less) and set(free) <= set(
                _in_state(one, self.screener.screen(less, 1, self.now), state)
            )

        small = shrink(record, still)
        statement = one.statement
        return Escape(
            statement.code,
            statement.says,
            statement.item,
            one.sentence,
            free,
            grade,
            small,
            base,
            tuple(each.words for each in self.teller.differences(self.bases[base], record)),
            self.screener.screen(small, 1, self.now).actions[free[0]].why,
        )

    # --- preparation ---

    def _bases(self) -> dict[str, Record]:
        """Clean records that begin an onboarding: those on which tests build most, and those called clean, first."""
        found: dict[str, Record] = {}
        for name in by_use(self.playbook, self.records):
            answer = self.screener.screen(self.records[name], 1, self.now)
            if answer.verdict == "clean":
                found[name] = self.records[name]
            if len(found) == _MOST_BASES:
                return found
        return found or dict(islice(sorted(self.records.items()), _MOST_BASES))

    def _grouped(self, kinds: Sequence[str]) -> Iterator[_Guards]:
        """Kinds that the same rows can stop and that the catalogue treats alike are searched together."""
        groups: dict[tuple[Any, ...], list[str]] = {}
        for kind in kinds:
            known = self.playbook.catalogue.find(kind)
            rows = tuple(
                each.case
                for each in self.playbook.register.active
                if each.action.stops_evaluation
                or kind in each.holds
                or (each.tier == "hold" and known is not None and known.stopped_by_hold)
            )
            alike = (known.person_first, known.person_in, known.waits_for_a_row) if known else kind
            groups.setdefault((rows, alike), []).append(kind)
        for (rows, _), alike_kinds in groups.items():
            screener, cases = self._restricted(rows)
            yield _Guards(tuple(alike_kinds), screener, cases)

    def _restricted(self, rows: tuple[str, ...]) -> tuple[Screener, Mapping[str, EdgeCase]]:
        known = self._guards.get(rows)
        if known is None:
            register = self.playbook.register
            cases = [each for each in register.active if each.case in rows]
            idle = _idle(register.active)
            only = replace(register, cases=(*cases, *idle))
            screener = Screener(replace(self.playbook, register=only))
            known = self._guards[rows] = (screener, {each.case: each for each in cases})
        return known


def _in_state(one: _Try, answer: Answer, state: str) -> tuple[str, ...]:
    """Those of the kinds that the whole register leaves in this state."""
    if answer.verdict == "not triggered":
        return ()
    kinds = one.guards.kinds
    return tuple(kind for kind in kinds if kind in answer.actions and answer.actions[kind].state == state)


def by_use(playbook: Playbook, records: Mapping[str, Record]) -> list[str]:
    """Names of records: those called clean first, of these the one on which most tests build."""
    used = Counter(test.record for case in playbook.register.cases for test in case.tests)
    return sorted(records, key=lambda name: (not name.startswith("clean"), -used[name], name))


def _idle(cases: Sequence[EdgeCase]) -> tuple[EdgeCase, ...]:
    """A row that covers every lane and never matches, so that leaving rows out does not look like a case nobody covers."""
    some_test = AcceptanceTest("", (), (), None, "", "")
    places = {(each.lanes, each.segments): each for each in cases}
    return tuple(
        replace(each, case=f"IDLE-{each.case}", trigger=ast.Always(False), tests=(some_test,), evidence=(), checks=(),
                action=replace(each.action, holds=(), asks=(), stops_evaluation=False), review=(), tier="low")
        for each in places.values()
    )  # fmt: skip
