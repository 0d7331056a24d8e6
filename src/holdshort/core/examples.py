"""
Search for records that fire a row, records that nearly do, and one on which it cannot tell.

The search starts from a clean record and changes as little as it can; every example is shown by the real screening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Literal

from holdshort.core.acceptance import Record, situation, why_clear
from holdshort.core.clauses import AcceptanceTest
from holdshort.core.differences import Difference, Teller
from holdshort.core.example_edits import with_raw
from holdshort.core.example_values import unreadable
from holdshort.core.example_ways import Ways, in_turn
from holdshort.core.paths import ABSENT
from holdshort.core.playbook import Playbook
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation
from holdshort.core.rules.walk import names_in
from holdshort.core.screening import Screener

Kind = Literal["fires", "near miss", "cannot tell"]
WANTED = 3
_MOST_TRIES = 1_500
_CANDIDATES = 24
_MOST_CHANGES = 5
_BASES = 3
_SOME_TEST = AcceptanceTest("", (), (), None, "", "")
"""Makes a row active that has no test yet, so that it can be explained."""


@dataclass(frozen=True)
class Example:
    """A record told as what differs from a record of the playbook; `of` is the firing example it is one change from."""

    kind: Kind
    base: str
    changes: tuple[str, ...]
    why: tuple[str, ...]
    record: Record
    of: int | None = None


@dataclass(frozen=True)
class Examples:
    fires: tuple[Example, ...]
    misses: tuple[Example, ...]
    unsure: tuple[Example, ...]
    tries: int
    """How many records were tried."""


class ExampleFinder:
    """Finds examples for the rows of one playbook."""

    def __init__(self, playbook: Playbook, records: Mapping[str, Record], now: datetime) -> None:
        self.playbook = playbook
        self.glossary = playbook.glossary
        self.ways = Ways(RecordReader(playbook.glossary, playbook.settings.calendar.zone), records)
        self.records = records
        self.now = now
        self.teller = Teller(playbook.glossary)
        self._screening = self._only(())

    def find(self, case: EdgeCase) -> Examples:
        """Examples for one row, those with the fewest changes first."""
        self.ways.tries, self.ways.limit = 0, _MOST_TRIES
        ending = [each for each in self.playbook.register.active if each.action.stops_evaluation]
        row = case if case.is_active else replace(case, tests=(_SOME_TEST,))
        self._screening = self._only({each.case: each for each in (*ending, row)}.values())
        goal = self._goal(case)
        bases = [(name, self._at(record)) for name, record in self._bases(goal)]
        fires = self._fires(case, goal, bases)
        # What one kind of example used up shall not starve the next.
        self.ways.limit = self.ways.tries + _MOST_TRIES
        misses = self._misses(case, goal, fires)
        unsure = self._unsure(goal, bases, fires)
        return Examples(tuple(fires), tuple(misses), tuple(unsure), self.ways.tries)

    def _goal(self, case: EdgeCase) -> ast.Condition:
        """The trigger, and the lane and segment where the row names them."""
        path = self.playbook.clean_path
        parts: list[ast.Condition] = []
        for name, wanted in ((path.lane_name, case.lanes), (path.segment_name, case.segments)):
            if wanted and name in self.glossary.names:
                parts.append(ast.OneOf(ast.NameRef(name), tuple(ast.Choice(each) for each in wanted)))
        return ast.And((*parts, case.trigger)) if parts else case.trigger

    def _bases(self, goal: ast.Condition) -> list[tuple[str, Record]]:
        """Records on which the row is clear: those called clean first, among them those that tests build on most."""
        cases = self.playbook.register.cases
        used = Counter(test.record for case in cases for test in case.tests)
        ranked = sorted(self.records, key=lambda name: (not name.startswith("clean"), -used[name], name))
        clear = (
            (name, self.records[name])
            for name in ranked
            if self.ways.truth(goal, self._at(self.records[name])) is False
        )
        return list(islice(clear, _BASES)) or [("an empty record", {})]

    def _only(self, cases: Iterable[EdgeCase]) -> Screener:
        """The real screening with these rows; what others would find decides nothing here."""
        register = replace(self.playbook.register, cases=tuple(cases))
        return Screener(replace(self.playbook, register=register))

    def _at(self, record: Record) -> Situation:
        return situation(self._screening, record, self.now)

    def _fires(
        self, case: EdgeCase, goal: ast.Condition, bases: list[tuple[str, Situation]]
    ) -> list[Example]:
        found: list[Example] = []
        again: list[Example] = []
        seen: set[tuple[str, ...]] = set()
        for example in self._made(goal, bases):
            if len(found) == WANTED:
                break
            known = example.changes in seen
            if known and (len(again) == WANTED or any(_alike(each, example) for each in (*found, *again))):
                continue
            if self._is_found(case, example.record):
                (again if known else found).append(example)
                seen.add(example.changes)
        return [*found, *again][:WANTED]

    def _made(self, goal: ast.Condition, bases: list[tuple[str, Situation]]) -> Iterator[Example]:
        """Records that ought to fire: made from the first base, the playbook's own, made from the other bases."""

        def example(base: str, changes: list[Difference], at: Situation) -> Example:
            return Example(
                "fires",
                base,
                tuple(each.words for each in changes),
                tuple(reasons(goal, at, True)),
                at.record,
            )

        for place, (name, base) in enumerate(bases):
            made = islice(self.ways.leading_to(goal, True, base), _CANDIDATES)
            least = [self._least(goal, base, each) for each in made]
            options = sorted(((at, self._changes(base, at)) for at in least), key=lambda pair: len(pair[1]))
            for at, changes in _varied([pair for pair in options if pair[1]]):
                yield example(name, changes, at)
            for own, record in self.records.items() if place == 0 else ():
                at = self._at(record)
                if self.ways.truth(goal, at) is True:
                    changes = self._changes(base, at)
                    yield (
                        example(name, changes, at) if len(changes) <= _MOST_CHANGES else example(own, [], at)
                    )

    def _misses(self, case: EdgeCase, goal: ast.Condition, fires: list[Example]) -> list[Example]:
        """Records one change away from a firing one, in turn from each of those."""
        found: list[Example] = []
        plain: list[Example] = []
        idle: list[Example] = []
        more: list[Example] = []
        kinds: set[tuple[str, ...]] = set()
        seen: set[tuple[str, tuple[str, ...]]] = set()
        for place, at, fire in in_turn([self._near(goal, place, fire) for place, fire in enumerate(fires)]):
            base = self._at(self.records.get(fire.base, {}))
            changes = self._changes(base, at)
            words = tuple(each.words for each in changes)
            if (fire.base, words) in seen:
                continue
            seen.add((fire.base, words))
            answer = self._screening.screen(at.record, 1, self.now)
            if any(each.case == case.case for each in answer.findings):
                continue
            example = Example("near miss", fire.base, words, tuple(why_clear(goal, at)), at.record, place)
            fired = self.teller.differences(fire.record, at.record)
            kind = tuple(key for key in fired[0].path if isinstance(key, str))
            if kind in kinds and words and answer.verdict != "not triggered":
                more.append(example)
                continue
            kinds.add(kind)
            # What says more comes first: the base itself, or a record that starts no onboarding, says little.
            (idle if answer.verdict == "not triggered" else found if words else plain).append(example)
            if len(found) == WANTED:
                break
        # The base itself is one change away from a record that fires by one change.
        for place, fire in enumerate(fires):
            if len(fire.changes) == 1 and all(each.base != fire.base for each in plain):
                at = self._at(self.records.get(fire.base, {}))
                plain.append(
                    Example("near miss", fire.base, (), tuple(why_clear(goal, at)), at.record, place)
                )
        return [*found, *more, *plain, *idle][:WANTED]

    def _near(
        self, goal: ast.Condition, place: int, fire: Example
    ) -> Iterator[tuple[int, Situation, Example]]:
        start = self._at(fire.record)
        base = self._at(self.records.get(fire.base, {}))
        changed = {each.path for each in self._changes(base, start)}
        made = islice(self.ways.leading_to(goal, False, start), _CANDIDATES)
        options = [(at, changes) for at in made if (changes := self._changes(start, at))]
        # Where one change is not enough, two have to do.
        options = [pair for pair in options if len(pair[1]) == 1] or [
            pair for pair in options if len(pair[1]) == 2
        ]
        # Beside what makes it fire first: 99,999 where 100,000 fires says more than another deal stage.
        options.sort(key=lambda pair: pair[1][0].path not in changed)
        for at, _ in _varied(options):
            yield place, at, fire

    def _unsure(
        self, goal: ast.Condition, bases: list[tuple[str, Situation]], fires: list[Example]
    ) -> list[Example]:
        """The one change that leaves the row unable to tell, if there is one."""
        names = [self.glossary.names[each] for each in names_in(goal, self.glossary)]
        starts = [*bases[:1], *((each.base, self._at(each.record)) for each in fires)]
        for base_name, start in starts:
            for name in names:
                if not name.paths or not name.expected:
                    continue
                for raw in (None, ABSENT, unreadable(name)):
                    record = with_raw(start.record, name, raw)
                    at = self._at(record)
                    if self.ways.truth(goal, at) is not None:
                        continue
                    base = self._at(self.records.get(base_name, {}))
                    words = tuple(each.words for each in self._changes(base, at))
                    if words:
                        return [
                            Example("cannot tell", base_name, words, tuple(reasons(goal, at, None)), record)
                        ]
        return []

    def _is_found(self, case: EdgeCase, record: Record) -> bool:
        """Whether the real screening finds the row matched."""
        answer = self._screening.screen(record, 1, self.now)
        return any(each.case == case.case and each.result == "matched" for each in answer.findings)

    def _changes(self, base: Situation, at: Situation) -> list[Difference]:
        return self.teller.differences(base.record, at.record)

    def _least(self, goal: ast.Condition, base: Situation, at: Situation) -> Situation:
        """The same example without the changes that it does not need."""
        changes = self._changes(base, at)
        for change in changes if len(changes) > 1 else ():
            less = replace(at, record=change.undone(at.record))
            if less.record is not at.record and self.ways.truth(goal, less) is True:
                at = less
        return at


def _alike(left: Example, right: Example) -> bool:
    return (left.base, left.changes) == (right.base, right.changes)


def _varied(options: list[tuple[Situation, list[Difference]]]) -> list[tuple[Situation, list[Difference]]]:
    """Those with fewer changes first; of as many changes, each kind once before any kind comes again."""
    ranked = []
    seen: Counter[tuple[str, ...]] = Counter()
    for place, (at, changes) in enumerate(options):
        kind = tuple(sorted(str(each.path) for each in changes))
        ranked.append((len(changes), seen[kind], place, (at, changes)))
        seen[kind] += 1
    ranked.sort(key=lambda each: each[:3])
    return [each[3] for each in ranked]
