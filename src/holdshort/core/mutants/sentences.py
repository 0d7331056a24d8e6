"""
A test that would have noticed a slip: the sentence, and the record that it is about.

The record comes from the same search that finds examples for `explain`, started from the playbook's own records; the
sentence is read back by the parser of the register before it is offered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any

from holdshort.core.acceptance import Record, record_of_test, situation, with_change
from holdshort.core.action_words import phrase
from holdshort.core.answers import Finding
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.clauses import AcceptanceTest, Change
from holdshort.core.differences import Difference, Teller
from holdshort.core.example_edits import with_raw
from holdshort.core.example_ways import Ways
from holdshort.core.glossary import Glossary, Name
from holdshort.core.lint.suppose import Supposer
from holdshort.core.mutants.mutant import Mutant
from holdshort.core.mutants.needs import rests_on
from holdshort.core.paths import ABSENT
from holdshort.core.playbook import Playbook
from holdshort.core.presence import Truth
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reference import Situation, evaluate
from holdshort.core.rules.walk import names_in, systems_in
from holdshort.core.screening import Screener
from holdshort.core.screening_again import content_of
from holdshort.core.screening_exchanged import Exchanger

Tells = Callable[[AcceptanceTest, Record], bool]
_MOST_TRIES = 1_500
_CANDIDATES = 24
_FIRING = 6
_MOST_NEAR = 400
_MOST_CHANGES = 4
_BASES = 2
_MOST_TESTS = 12
_RESULTS = {True: "matched", False: "clear", None: "unknown"}


@dataclass(frozen=True)
class Proposal:
    """`record` is given where the sentence needs a record that the playbook does not have yet: its name is in the sentence."""

    sentence: str
    record: tuple[str, Mapping[str, Any]] | None = None

    def to_json(self) -> dict[str, Any]:
        made = {"name": self.record[0], "record": self.record[1]} if self.record else None
        return {"test": self.sentence, "new_record": made}


@dataclass(frozen=True)
class _Tried:
    """A record near the limits of a trigger: what to give for it, itself where it needs a file, and how it comes out."""

    given: str
    record: Record | None
    at: Situation
    truth: Truth

    @property
    def is_new(self) -> bool:
        return self.record is not None


class Proposer:
    """Looks for tests over one playbook."""

    def __init__(
        self,
        playbook: Playbook,
        clauses: ClauseParser,
        base: Screener,
        exchanger: Exchanger,
        records: Mapping[str, Record],
        now: datetime,
    ) -> None:
        self._playbook = playbook
        self._clauses = clauses
        self._base = base
        self._exchanger = exchanger
        self._records = records
        self._now = now
        self._glossary = playbook.glossary
        self._ways = Ways(RecordReader(playbook.glossary, playbook.settings.calendar.zone), records)
        self._teller = Teller(playbook.glossary)
        self._names = _by_place(playbook)
        self._near_case = ""
        self._known_near: list[_Tried] = []

    def propose(self, case: EdgeCase, mutant: Mutant, tells: Tells) -> tuple[Proposal | None, str]:
        """A test that tells the row from its mutant, or why none can; both empty where none was found."""
        for count, (given, record, expected) in enumerate(self._ideas(case, mutant)):
            if count == _MOST_TESTS:
                break
            proposal = self._said(case, given, record, expected, tells)
            if proposal is not None:
                return proposal, ""
        return None, self._why_none(case, mutant)

    def _said(
        self, case: EdgeCase, given: str, record: Record | None, expected: str, tells: Tells
    ) -> Proposal | None:
        sentence = f"given {given}, {expected}"
        stand_for = {"owner": case.owner, "escalation owner": case.escalation}
        read = self._clauses.tests(sentence, stand_for)
        if len(read) != 1 or not isinstance(read[0][1], AcceptanceTest):
            return None
        test = read[0][1]
        found = record if record is not None else record_of_test(test, self._records, self._glossary)
        if isinstance(found, str) or not tells(test, found):
            return None
        return Proposal(sentence, (given, record) if record is not None else None)

    # --- ideas: what to give, and what to expect ---

    def _ideas(self, case: EdgeCase, mutant: Mutant) -> Iterator[tuple[str, Record | None, str]]:
        own = self._own(case)
        match mutant.family:
            case "tier":
                yield from ((given, None, f"the tier is {case.tier}") for given, _ in own)
            case "owner":
                yield from ((given, None, f"the reviewer is {TITLES[case.owner]}") for given, _ in own)
            case "AI":
                lost = mutant.row.ai[-1].said if mutant.row is not None else ""
                yield from ((given, None, f"AI may not {lost}") for given, _ in own)
            case "hold" | "review" | "ask" | "stretched limit":
                yield from self._about_actions(case, mutant, own)
            case "evidence" | "check":
                yield from self._about_gaps(case, mutant, own)
            case "lane" | "segment":
                yield from self._elsewhere(case, mutant, own)
            case _:
                yield from self._about_the_trigger(case, mutant)

    def _own(self, case: EdgeCase) -> list[tuple[str, Record]]:
        """What the row's tests give, where it finds something there; else records on which it does."""
        found: dict[str, Record] = {}
        for test in case.tests:
            record = record_of_test(test, self._records, self._glossary)
            if not isinstance(record, str) and self._finding(case, record) is not None:
                found.setdefault(_given(test, self._glossary), record)
        for name, record in self._records.items() if not found else ():
            if self._finding(case, record) is not None:
                found.setdefault(name, record)
        return list(found.items())

    def _finding(self, case: EdgeCase, record: Record) -> Finding | None:
        answer = self._base.screen(record, 1, self._now)
        return next((each for each in answer.findings if each.case == case.case), None)

    def _about_actions(
        self, case: EdgeCase, mutant: Mutant, own: list[tuple[str, Record]]
    ) -> Iterator[tuple[str, Record | None, str]]:
        assert mutant.row is not None
        lost = [kind for kind in case.holds if kind not in mutant.row.holds] or list(case.holds[:1])
        for given, _ in own:
            for kind in lost:
                yield given, None, f"{phrase(kind)} is held"
            for rule in case.review:
                for role in [each for step in reversed(rule.steps) for each in step.roles]:
                    for kind in (rule.actions or case.holds)[:1]:
                        yield (
                            given,
                            None,
                            f"{phrase(kind)} is held until {TITLES[role]} approves an exception",
                        )
            for role in [each for rule in case.review for step in rule.steps for each in step.roles]:
                if mutant.family == "review":
                    yield given, None, f"the case is decided by {TITLES[role]}"
            agreeing = sum(step.needed for rule in case.review for step in rule.steps)
            if mutant.family == "review" and agreeing > 1:
                yield given, None, f"{agreeing} people decide the case"
            for ask in case.action.asks:
                if ask not in mutant.row.action.asks:
                    yield given, None, f"the case asks to {phrase(ask.kind)}"

    def _about_gaps(
        self, case: EdgeCase, mutant: Mutant, own: list[tuple[str, Record]]
    ) -> Iterator[tuple[str, Record | None, str]]:
        assert mutant.row is not None
        for need in case.evidence if mutant.family == "evidence" else ():
            if need in mutant.row.evidence:
                continue
            ways = ("not on file", "not provided") if need.is_system else ("blank", "not provided")
            expected = f"the case lacks {need.name}"
            for given, _ in own:
                yield given, None, expected
            for given, _ in own:
                for way in ways:
                    yield _with(given, f"{need.name} {way}"), None, expected
            for tried in self._near(case):
                if tried.truth is not False:
                    if self._lacks(case, need.name, tried.at.record):
                        yield tried.given, tried.record, expected
                    for way in ways if tried.record is None else ():
                        yield _with(tried.given, f"{need.name} {way}"), None, expected
        for check in case.checks if mutant.family == "check" else ():
            if check in mutant.row.checks:
                continue
            expected = f'the check "{print_condition(check, self._glossary)}" fails'
            for given, _ in own:
                yield given, None, expected
            for tried in (*self._near(case), *self._failing(case, check)):
                if tried.truth is not False and evaluate(check, tried.at) is not True:
                    yield tried.given, tried.record, expected

    def _lacks(self, case: EdgeCase, name: str, record: Record) -> bool:
        answer = self._base.screen(record, 1, self._now)
        return any(each.case == case.case and each.name == name for each in answer.gaps)

    def _elsewhere(
        self, case: EdgeCase, mutant: Mutant, own: list[tuple[str, Record]]
    ) -> Iterator[tuple[str, Record | None, str]]:
        path = self._playbook.clean_path
        lane = mutant.family == "lane"
        name, spellings = (path.lane_name, path.lanes) if lane else (path.segment_name, path.segments)
        for value in dict.fromkeys(spellings.values()):
            for given, _ in own:
                for expected in ("the case is matched", "the case is clear"):
                    yield _with(given, f"{name} set to {value}"), None, expected

    def _about_the_trigger(self, case: EdgeCase, mutant: Mutant) -> Iterator[tuple[str, Record | None, str]]:
        if mutant.changed is None:
            for given, _ in self._own(case):
                yield given, None, "the case is matched"
            return
        _, after = mutant.changed
        # A record that a sentence can say comes before one that needs a file.
        aimed = list(self._aimed(case, mutant.only)) if mutant.only is not None else []
        for tried in sorted([*aimed, *self._near(case)], key=lambda each: each.is_new):
            if evaluate(after, tried.at) is not tried.truth:
                yield tried.given, tried.record, f"the case is {_RESULTS[tried.truth]}"

    # --- records ---

    def _near(self, case: EdgeCase) -> list[_Tried]:
        """Records around the limits of the row's trigger: just in, just out, and with a value blank or not provided."""
        if self._near_case != case.case:
            self._near_case = case.case
            self._known_near = list(self._searched(case))
        return self._known_near

    def _searched(self, case: EdgeCase) -> Iterator[_Tried]:
        seen: set[str] = set()
        for name, start in self._bases(case):
            at = situation(self._base, start, self._now)
            self._ways.tries, self._ways.limit = 0, _MOST_TRIES
            firing = [at] if self._ways.truth(case.trigger, at) is True else []
            firing += islice(self._ways.leading_to(case.trigger, True, at), _CANDIDATES)
            self._ways.limit += _MOST_TRIES
            found = list(firing)
            for each in firing[:_FIRING]:
                found += islice(self._ways.leading_to(case.trigger, False, each), _FIRING)
                found += self._without_a_value(case, each)
            for each in found:
                content = content_of(each.record)
                if content not in seen and len(seen) < _MOST_NEAR:
                    seen.add(content)
                    yield self._tried(case, name, start, each)

    def _failing(self, case: EdgeCase, check: ast.Condition) -> Iterator[_Tried]:
        """Records of the row's own tests on which the check would fail."""
        for test in case.tests:
            record = record_of_test(test, self._records, self._glossary)
            start = self._records.get(test.record)
            if isinstance(record, str) or start is None:
                continue
            at = situation(self._base, record, self._now)
            self._ways.tries, self._ways.limit = 0, _MOST_TRIES
            for found in islice(self._ways.leading_to(check, False, at), _FIRING):
                yield self._tried(case, test.record, start, found)

    def _aimed(self, case: EdgeCase, goal: ast.Condition) -> Iterator[_Tried]:
        """Records on which just the lost alternative makes the row match."""
        for name, start in self._bases(case):
            at = situation(self._base, start, self._now)
            self._ways.tries, self._ways.limit = 0, _MOST_TRIES
            for found in islice(self._ways.leading_to(goal, True, at), _FIRING):
                yield self._tried(case, name, start, found)

    def _without_a_value(self, case: EdgeCase, at: Situation) -> Iterator[Situation]:
        for name in names_in(case.trigger, self._glossary):
            for raw in (None, ABSENT):
                yield replace(at, record=with_raw(at.record, self._glossary.names[name], raw))
        for system in systems_in(case.trigger):
            key = self._glossary.systems[system].key
            rest = {each: value for each, value in at.record.items() if each != key}
            yield replace(at, record=rest)
            yield replace(at, record={**rest, key: None})

    def _tried(self, case: EdgeCase, name: str, start: Record, at: Situation) -> _Tried:
        words = self._words(start, at.record, self._teller.differences(start, at.record))
        truth = evaluate(case.trigger, at)
        if words is None:
            return _Tried(f"{name}-and-more", at.record, at, truth)
        return _Tried(_with(name, *words) if words else name, None, at, truth)

    def _bases(self, case: EdgeCase) -> Iterator[tuple[str, Record]]:
        names = list(dict.fromkeys(test.record for test in case.tests))
        names += sorted(self._records, key=lambda each: (not each.startswith("clean"), each))[:_BASES]
        usual = Counter(test.record for each in self._playbook.register.cases for test in each.tests)
        names += [each for each, _ in usual.most_common(1)]
        for name in dict.fromkeys(names):
            if name in self._records:
                yield name, self._records[name]

    def _words(self, start: Record, wanted: Record, differences: list[Difference]) -> list[str] | None:
        """The changes as `with …` says them; None where a sentence cannot bring this record about."""
        if len(differences) > _MOST_CHANGES:
            return None
        words: list[str] = []
        record = start
        for each in differences:
            change, said = self._change(each)
            if change is None:
                return None
            made = with_change(record, change, self._glossary)
            if isinstance(made, str):
                return None
            record = made
            words.append(said)
        return words

    def _change(self, difference: Difference) -> tuple[Change | None, str]:
        key = tuple(str(each) for each in difference.path)
        systems = {each.key: each.name for each in self._glossary.systems.values()}
        if len(key) == 1 and key[0] in systems and difference.new in (None, ABSENT):
            absent = difference.new is ABSENT
            name = systems[key[0]]
            return Change(name, difference.new), f"{name} {'not provided' if absent else 'not on file'}"
        name_ = self._names.get(key)
        if name_ is None or difference.how != "set":
            return None, ""
        return _change_of(name_, difference.new)

    # --- nothing to be found ---

    def _why_none(self, case: EdgeCase, mutant: Mutant) -> str:
        """The argument that no record can tell, where the row itself gives one."""
        if mutant.changed is not None:
            before, after = mutant.changed
            supposer = Supposer(self._glossary, self._playbook.settings.calendar)
            apart = ast.Or((ast.And((before, ast.Not(after))), ast.And((after, ast.Not(before)))))
            if supposer.can_match(apart) is False:
                return "whatever the values are, the sentence comes out the same"
        if mutant.family == "evidence" and mutant.row is not None:
            for need in case.evidence:
                if need in mutant.row.evidence:
                    continue
                there: ast.Condition = (
                    ast.Attached(need.name)
                    if need.is_system
                    else ast.Presence(ast.NameRef(need.name), "present")
                )
                supposer = Supposer(self._glossary, self._playbook.settings.calendar)
                if (
                    need.name in rests_on(case.trigger, self._glossary)
                    or supposer.can_match(ast.And((case.trigger, ast.Not(there)))) is False
                ):
                    return f"the row matches only where {need.name} is there"
        return ""


def _by_place(playbook: Playbook) -> dict[tuple[str, ...], Name]:
    """The names that a sentence can set, by the place that setting them writes to."""
    found: dict[tuple[str, ...], Name] = {}
    for name in playbook.glossary.names.values():
        for path in name.paths[:1]:
            if all(step.pick is None for step in path.steps):
                found.setdefault(tuple(step.key for step in path.steps), name)
    return found


def _change_of(name: Name, raw: Any) -> tuple[Change | None, str]:
    if isinstance(raw, Mapping) and set(raw) == {"value"}:
        raw = raw["value"]
    if raw is ABSENT:
        return Change(name.name, ABSENT), f"{name.name} not provided"
    if raw is None or raw == "" or raw == []:
        return Change(name.name, None), f"{name.name} blank"
    if isinstance(raw, bool):
        return Change(name.name, raw), f"{name.name} set to {'yes' if raw else 'no'}"
    if isinstance(raw, int | float):
        return Change(name.name, raw), f"{name.name} set to {raw}"
    if isinstance(raw, str) and '"' not in raw and "\n" not in raw:
        return Change(name.name, raw), f'{name.name} set to "{raw}"'
    return None, ""


def _given(test: AcceptanceTest, glossary: Glossary) -> str:
    """What a test gives, as it is written."""
    words = [_change_words(each, glossary) for each in test.changes]
    return _with(test.record, *words) if words else test.record


def _change_words(change: Change, glossary: Glossary) -> str:
    if change.name not in glossary.names:
        return f"{change.name} {'not provided' if change.value is ABSENT else 'not on file'}"
    return _change_of(glossary.names[change.name], change.value)[1]


def _with(given: str, *words: str) -> str:
    joined = " and ".join(words)
    return f"{given} and {joined}" if " with " in given else f"{given} with {joined}"
