"""
Search for records that fire a row, records that nearly do, and one on which it cannot tell.

The search starts from a clean record and changes as little as it can. What to change follows from the row's own words:
a limit is tried on both of its sides, a date around its distance, a text with and without a phrase, a list with one
element more, fewer or altered. Whether a record fires is never assumed: the reference evaluator and the real screening
say so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Literal, cast

from holdshort.core.acceptance import Record, situation, why_clear, with_value
from holdshort.core.amounts import Money
from holdshort.core.clauses import AcceptanceTest
from holdshort.core.dates import Calendar
from holdshort.core.differences import Difference, Teller
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT, Path, Step, follow
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation, described, elements, evaluate, value_of
from holdshort.core.rules.walk import names_in
from holdshort.core.screening import Screener
from holdshort.core.text import fold

Kind = Literal["fires", "near miss", "cannot tell"]
WANTED = 3
_MOST_TRIES = 1_500
_BREADTH = 6
_CANDIDATES = 24
_MOST_CHANGES = 5
_BASES = 3
_SOME_TEST = AcceptanceTest("", (), (), None, "", "")
"""Makes a row active that has no test yet, so that it can be explained."""
_ELSEWHERE = "someone@elsewhere.example"


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

    def __init__(self, screener: Screener, records: Mapping[str, Record], now: datetime) -> None:
        self.screener = screener
        self.records = records
        self.now = now
        self.teller = Teller(screener.glossary)
        self.tries = 0
        self._limit = _MOST_TRIES
        self._screening = screener

    def find(self, case: EdgeCase) -> Examples:
        """Examples for one row, those with the fewest changes first."""
        self.tries, self._limit = 0, _MOST_TRIES
        self._screening = self._only(case)
        goal = self._goal(case)
        bases = [(name, self._at(record)) for name, record in self._bases(goal)]
        fires = self._fires(case, goal, bases)
        # What one kind of example used up shall not starve the next.
        self._limit = self.tries + _MOST_TRIES
        misses = self._misses(case, goal, fires)
        unsure = self._unsure(goal, bases, fires)
        return Examples(tuple(fires), tuple(misses), tuple(unsure), self.tries)

    # --- where to start, what to reach ---

    def _goal(self, case: EdgeCase) -> ast.Condition:
        """The trigger, and the lane and segment where the row names them."""
        path = self.screener.playbook.clean_path
        parts: list[ast.Condition] = []
        for name, wanted in ((path.lane_name, case.lanes), (path.segment_name, case.segments)):
            if wanted and name in self.screener.glossary.names:
                parts.append(ast.OneOf(ast.NameRef(name), tuple(ast.Choice(each) for each in wanted)))
        return ast.And((*parts, case.trigger)) if parts else case.trigger

    def _bases(self, goal: ast.Condition) -> list[tuple[str, Record]]:
        """Records on which the row is clear: those called clean first, among them those that tests build on most."""
        cases = self.screener.playbook.register.cases
        used = Counter(test.record for case in cases for test in case.tests)
        ranked = sorted(self.records, key=lambda name: (not name.startswith("clean"), -used[name], name))
        clear = (
            (name, self.records[name])
            for name in ranked
            if self._truth(goal, self._at(self.records[name])) is False
        )
        return list(islice(clear, _BASES)) or [("an empty record", {})]

    def _only(self, case: EdgeCase) -> Screener:
        """The real screening with this row and those that end evaluation; the others decide nothing here."""
        playbook = self.screener.playbook
        ending = (each for each in playbook.register.active if each.action.stops_evaluation)
        row = case if case.is_active else replace(case, tests=(_SOME_TEST,))
        cases = tuple({each.case: each for each in (*ending, row)}.values())
        return Screener(replace(playbook, register=replace(playbook.register, cases=cases)))

    def _at(self, record: Record) -> Situation:
        return situation(self.screener, record, self.now)

    def _truth(self, condition: ast.Condition, at: Situation) -> Truth:
        self.tries += 1
        return evaluate(condition, at)

    @property
    def _spent(self) -> bool:
        return self.tries >= self._limit

    # --- the three kinds ---

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
            made = islice(self._leading_to(goal, True, base), _CANDIDATES)
            least = [self._least(goal, base, each) for each in made]
            options = sorted(((at, self._changes(base, at)) for at in least), key=lambda pair: len(pair[1]))
            for at, changes in _varied([pair for pair in options if pair[1]]):
                yield example(name, changes, at)
            for own, record in self.records.items() if place == 0 else ():
                at = self._at(record)
                if self._truth(goal, at) is True:
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
        for place, at, fire in _in_turn([self._near(goal, place, fire) for place, fire in enumerate(fires)]):
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
        made = islice(self._leading_to(goal, False, start), _CANDIDATES)
        single = [(at, changes) for at in made if len(changes := self._changes(start, at)) == 1]
        # Beside what makes it fire first: 99,999 where 100,000 fires says more than another deal stage.
        single.sort(key=lambda pair: pair[1][0].path not in changed)
        for at, _ in _varied(single):
            yield place, at, fire

    def _unsure(
        self, goal: ast.Condition, bases: list[tuple[str, Situation]], fires: list[Example]
    ) -> list[Example]:
        """The one change that leaves the row unable to tell, if there is one."""
        names = [self.screener.glossary.names[each] for each in names_in(goal, self.screener.glossary)]
        starts = [*bases[:1], *((each.base, self._at(each.record)) for each in fires)]
        for base_name, start in starts:
            for name in names:
                if not name.paths or not name.expected:
                    continue
                for raw in (None, ABSENT, _unreadable(name)):
                    record = (
                        _without(start.record, name) if raw is ABSENT else with_value(start.record, name, raw)
                    )
                    at = self._at(record)
                    if self._truth(goal, at) is not None:
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
            if less.record is not at.record and self._truth(goal, less) is True:
                at = less
        return at

    # --- ways to bring a condition about ---

    def _leading_to(self, condition: ast.Condition, want: bool, at: Situation) -> Iterator[Situation]:
        """Situations near `at` in which the condition is as wanted."""
        for found in self._ways(condition, want, at):
            if self._spent:
                return
            if self._truth(condition, found) is want:
                yield found

    def _ways(self, condition: ast.Condition, want: bool, at: Situation) -> Iterator[Situation]:
        if self._spent:
            return
        match condition:
            case ast.And(parts):
                yield from self._all(parts, True, at) if want else self._some(parts, False, at)
            case ast.Or(parts):
                yield from self._some(parts, True, at) if want else self._all(parts, False, at)
            case ast.Not(part):
                yield from self._leading_to(part, not want, at)
            case ast.Unless(part, exception):
                yield from self._ways(ast.And((part, ast.Not(exception))), want, at)
            case ast.Defined(name):
                inner = replace(at, item=None, list_name="", it=None)
                for found in self._leading_to(at.glossary.definitions[name], want, inner):
                    yield replace(at, record=found.record)
            case ast.Attached(system, negated):
                yield from self._attached(system, want != negated, at)
            case ast.Agree(names, negated):
                yield from self._agreeing(names, want != negated, at)
            case ast.Group(quantifier, count, names, body):
                yield from self._group(quantifier, count, names, body, want, at)
            case ast.Quantified():
                yield from self._quantified(condition, want, at)
            case ast.Include(list_name, items, joined):
                field = at.glossary.list_of(list_name).named_by
                parts = tuple(
                    ast.Quantified(
                        how, count, list_name, None, ast.Equals(ast.FieldRef(field), ast.Choice(value))
                    )
                    for how, count, value in items
                )
                yield from self._ways(ast.And(parts) if joined == "and" else ast.Or(parts), want, at)
            case ast.ListSize(term, _, count):
                yield from self._sized(term, count, at)
            case ast.DistinctValues(term, _, count, field):
                yield from self._distinct(term, count, field, at)
            case ast.Always():
                return
            case _:
                yield from self._predicate(condition, at)

    def _all(self, parts: tuple[ast.Condition, ...], want: bool, at: Situation) -> Iterator[Situation]:
        """Each part in turn as wanted; forwards, and where that leads nowhere, backwards."""
        found = False
        for each in self._one_by_one(parts, want, at):
            found = True
            yield each
        if not found:
            yield from self._one_by_one(parts[::-1], want, at)

    def _one_by_one(self, parts: tuple[ast.Condition, ...], want: bool, at: Situation) -> Iterator[Situation]:
        open_parts = list(parts)
        while open_parts and self._truth(open_parts[0], at) is want:
            open_parts.pop(0)
        if not open_parts:
            # A later part may have undone an earlier one.
            if all(self._truth(part, at) is want for part in parts):
                yield at
            return
        rest = tuple(open_parts[1:])
        done = tuple(part for part in parts if part not in open_parts)
        options = islice(self._leading_to(open_parts[0], want, at), _BREADTH)
        yield from (
            _in_turn([self._one_by_one((*rest, *done, open_parts[0]), want, each) for each in options])
            if rest
            else (each for each in options if all(self._truth(part, each) is want for part in done))
        )

    def _some(self, parts: tuple[ast.Condition, ...], want: bool, at: Situation) -> Iterator[Situation]:
        return _in_turn([self._leading_to(part, want, at) for part in parts])

    def _attached(self, system: str, there: bool, at: Situation) -> Iterator[Situation]:
        key = at.glossary.systems[system].key
        if not there:
            yield replace(at, record={**at.record, key: None})
            return
        for record in self.records.values():
            if isinstance(record.get(key), Mapping) and record[key]:
                yield replace(at, record={**at.record, key: record[key]})
                return
        yield replace(at, record={**at.record, key: {"id": "made-up"}})

    def _agreeing(self, names: tuple[str, ...], same: bool, at: Situation) -> Iterator[Situation]:
        entries = [at.glossary.names[name] for name in names]
        for entry in entries:
            for other in entries:
                if other is entry:
                    continue
                value = at.reader.read(other, at.record)
                if isinstance(value, NotKnown):
                    continue
                for raw in [at.reader.raw(other, at.record)] if same else _near_values(value, entry)[1:4]:
                    yield replace(at, record=with_value(at.record, entry, raw))
        if not same:
            first, *others = entries
            for value in _near_values(_sample_of_type(first), first)[:1]:
                start = with_value(at.record, first, value)
                for other in others:
                    for raw in _near_values(self._sample(other), other)[1:3]:
                        yield replace(at, record=with_value(start, other, raw))

    def _group(
        self,
        quantifier: str,
        count: int,
        names: tuple[str, ...],
        body: ast.Condition,
        want: bool,
        at: Situation,
    ) -> Iterator[Situation]:
        def about(name: str, state: Situation) -> Situation:
            return replace(state, it=at.glossary.names[name])

        low, high = _bounds(quantifier, count, want, len(names))
        truths = [evaluate(body, about(name, at)) for name in names]
        up = sum(truth is True for truth in truths) < low
        wanted = low if up else high
        states = [at]
        for _ in range(len(names)):
            grown: list[Situation] = []
            for state in states:
                now = [evaluate(body, about(name, state)) for name in names]
                reached = (
                    sum(truth is True for truth in now) >= wanted
                    if up
                    else sum(truth is not False for truth in now) <= wanted
                )
                if reached:
                    yield state
                    continue
                for name, truth in zip(names, now, strict=True):
                    if truth is not up:
                        for found in islice(self._leading_to(body, up, about(name, state)), 2):
                            grown.append(replace(at, record=found.record))
                    if not up and len(grown) >= 2:
                        break
            states = grown[:_BREADTH]
        yield from states

    # --- lists ---

    def _quantified(self, condition: ast.Quantified, want: bool, at: Situation) -> Iterator[Situation]:
        filters = _filters(condition.list, at)
        said = [part for part in (condition.where, condition.body) if part is not None]
        quantifier = condition.quantifier
        if quantifier == "every":
            body: ast.Condition = condition.body or ast.Always(True)
            where = [condition.where] if condition.where is not None else []
            whole = ast.And((*filters, *where, ast.Not(body)))
            quantifier = "no"
        else:
            whole = ast.And((*filters, *said))
        low, high = _bounds(quantifier, condition.count, want, 1_000)
        matching = sum(self._truth(whole, inner) is True for inner in self._inside(condition.list, at))
        if matching < low:
            yield from self._more(condition.list, whole, low - matching, at)
        else:
            yield from self._fewer(condition.list, whole, high, at)

    def _inside(self, list_name: str, at: Situation) -> list[Situation]:
        found = elements(list_name, at)
        if isinstance(found, NotKnown):
            return []
        return [replace(at, item=item, list_name=list_name, it=None) for item, _ in found]

    def _more(self, list_name: str, whole: ast.Condition, lacking: int, at: Situation) -> Iterator[Situation]:
        """Altered or added elements, until `lacking` more of them are as wanted."""
        states: Iterable[Situation] = [at]
        for _ in range(min(lacking, 4)):
            states = list(
                islice(_in_turn([self._one_more(list_name, whole, each) for each in states]), _CANDIDATES)
            )
        yield from states

    def _one_more(self, list_name: str, whole: ast.Condition, at: Situation) -> Iterator[Situation]:
        owner = at.glossary.list_of(list_name)
        path = at.reader.path_used(owner, at.record) or owner.paths[0]
        ways: list[Iterator[Situation]] = []
        for inner in self._inside(list_name, at)[:4]:
            if self._truth(whole, inner) is not True:
                ways.append(self._altered(path, whole, inner, at))
        for item in self._templates(owner):
            inner = replace(at, item=item, list_name=list_name, it=None)
            ways.append(self._added(path, whole, inner, at))
        return _in_turn(ways)

    def _altered(
        self, path: Path, whole: ast.Condition, inner: Situation, at: Situation
    ) -> Iterator[Situation]:
        for found in islice(self._leading_to(whole, True, inner), _BREADTH):
            record = _with_item(found.record, path, inner.item, found.item)
            if record is not None:
                yield replace(at, record=record)

    def _added(
        self, path: Path, whole: ast.Condition, inner: Situation, at: Situation
    ) -> Iterator[Situation]:
        ready = [inner] if self._truth(whole, inner) is True else []
        for found in [*ready, *islice(self._leading_to(whole, True, inner), _BREADTH)]:
            yield replace(at, record=_appended(found.record, path, found.item))

    def _fewer(self, list_name: str, whole: ast.Condition, most: int, at: Situation) -> Iterator[Situation]:
        """Altered or removed elements, until at most `most` of them can be as in `whole`."""
        owner = at.glossary.list_of(list_name)
        path = at.reader.path_used(owner, at.record) or owner.paths[0]
        states = [at]
        for _ in range(6):
            grown: list[Situation] = []
            for state in states:
                inside = [
                    inner
                    for inner in self._inside(list_name, state)
                    if self._truth(whole, inner) is not False
                ]
                if len(inside) <= most:
                    yield state
                    continue
                inner = inside[-1]
                for found in islice(self._leading_to(whole, False, inner), _BREADTH):
                    record = _with_item(found.record, path, inner.item, found.item)
                    if record is not None:
                        grown.append(replace(at, record=record))
                fewer = _without_item(state.record, path, inner.item)
                if fewer is not None:
                    grown.append(replace(at, record=fewer))
            states = grown[:_CANDIDATES]
        if most == 0:
            yield replace(at, record=with_value(at.record, owner, []))

    def _templates(self, owner: Name) -> list[Any]:
        """What a new element may look like: such elements of the playbook's records, and an empty one."""
        if owner.value_type is not None:
            return [_sample_of_type(replace(owner, type=owner.value_type))]
        found: list[Any] = []
        ids = ("id", f"{owner.item}_id".replace(" ", "_"))
        for record in self.records.values():
            for path in owner.paths:
                raw, _ = follow(path, record)
                for item in raw if isinstance(raw, list) else ():
                    if isinstance(item, Mapping) and all(set(item) != set(each) for each in found):
                        found.append({key: value for key, value in item.items() if key not in ids})
        found.sort(key=len)
        return [*found[:3], {}]

    def _sized(self, term: ast.NameRef | ast.FieldRef, count: int, at: Situation) -> Iterator[Situation]:
        owner = at.glossary.list_of(term.name) if isinstance(term, ast.NameRef) else described(term, at)
        value = value_of(term, at)
        items = list(value) if isinstance(value, list) else []
        templates = items[:1] or self._templates(owner) if owner.paths else [{}]
        for size in dict.fromkeys((count, count + 1, max(count - 1, 0), 0)):
            more = [templates[0]] * max(size - len(items), 0)
            if owner.value_type is not None:
                more = [_numbered(templates[0], place + 1) for place in range(len(more))]
            yield _with_term(
                at, ast.NameRef(owner.name) if isinstance(term, ast.NameRef) else term, [*items[:size], *more]
            )

    def _distinct(
        self, term: ast.NameRef | ast.FieldRef, count: int, field: str, at: Situation
    ) -> Iterator[Situation]:
        owner = described(term, at)
        for size in (count, count + 1, max(count - 1, 0), 0):
            items = [
                with_value({}, owner.fields[field], word)
                for word in ("email", "phone", "chat", "letter", "visit", "portal")[:size]
            ]
            yield _with_term(at, term, items)

    # --- one value ---

    def _predicate(self, condition: ast.Predicate, at: Situation) -> Iterator[Situation]:
        own, others = self._own_values(condition, at), self._values_of_other(condition, at)
        return _in_turn([own, others])

    def _own_values(self, condition: ast.Predicate, at: Situation) -> Iterator[Situation]:
        term = condition.term
        for raw in self._raws(condition, described(term, at), at):
            yield _with_term(at, term, raw)
        if isinstance(condition, ast.Presence):
            yield _with_term(at, term, ABSENT)

    def _values_of_other(self, condition: ast.Predicate, at: Situation) -> Iterator[Situation]:
        """Leave the subject alone and change what it is compared with."""
        term, other = condition.term, _operand(condition)
        if other is None:
            return
        entry, about = described(term, at), described(other, at)
        if about.is_list:
            yield from self._in_list(condition, about, at)
            return
        value = value_of(term, at)
        if not isinstance(value, NotKnown):
            for near in self._around(condition, value, about, at):
                yield _with_term(at, other, _raw(near, about))
        elif isinstance(value_of(other, at), NotKnown):
            start = _with_term(at, other, self._sample(about))
            for raw in self._raws(condition, entry, start):
                yield _with_term(start, term, raw)

    def _in_list(self, condition: ast.Predicate, owner: Name, at: Situation) -> Iterator[Situation]:
        """Put the value, or its domain, into the list that the condition looks at."""
        value = value_of(condition.term, at)
        path = owner.paths[0]
        if isinstance(value, NotKnown):
            shown = _sample_of_type(described(condition.term, at))
            start = _with_term(at, condition.term, shown)
        else:
            shown, start = _raw(value, described(condition.term, at)), at
        listed = (
            shown.rpartition("@")[2]
            if isinstance(condition, ast.InDomains) and isinstance(shown, str)
            else shown
        )
        yield replace(start, record=_appended(start.record, path, listed))
        other = ["elsewhere.example"] if isinstance(condition, ast.InDomains) else []
        yield replace(start, record=with_value(start.record, owner, other))

    def _raws(self, condition: ast.Predicate, entry: Name, at: Situation) -> list[Any]:
        """Raw values worth trying for the subject of a condition."""
        value = value_of(condition.term, at)
        match condition:
            case ast.Presence(_, kind):
                old = {"value": self._sample(entry), "as_of": "2000-01-01"}
                special = [_unreadable(entry)] if kind == "ambiguous" else [old] if kind == "stale" else []
                return [*special, None, *self._samples(entry)]
            case ast.Recognised():
                return [*entry.options[:2], "something not listed"]
            case ast.OneOf(_, options):
                found = [raw for option in options for raw in _near_values(value_of(option, at), entry)[:1]]
                return [*found, *_others(entry, found), *_spelled_otherwise(entry, found[:1])]
            case ast.BusinessDay():
                start = at.now.date() if isinstance(value, NotKnown) else _day(value)
                return [(start + timedelta(days=step)).isoformat() for step in range(1, 8)]
            case ast.Mentions(_, phrases, word_list):
                return _texts(value, phrases or at.glossary.word_lists[word_list])
            case ast.Contradicts(_, name):
                plans = at.glossary.names[name].options
                return [f"The customer is on {plan}." for plan in plans[:4]] + ["Nothing is said about it."]
            case ast.InDomains(_, domains):
                listed = value_of(ast.NameRef(domains), at)
                inside = [f"someone@{each}" for each in listed[:1]] if isinstance(listed, list) else []
                return [*inside, _ELSEWHERE]
            case ast.InList(_, values):
                listed = value_of(ast.NameRef(values), at)
                return [
                    *(listed[:2] if isinstance(listed, list) else []),
                    *_near_values(self._sample(entry), entry)[1:3],
                ]
            case ast.Equals(_, other) if isinstance(other, ast.NameRef | ast.FieldRef):
                of_item = isinstance(other, ast.FieldRef) and isinstance(at.item, Mapping)
                raw = at.reader.raw(described(other, at), at.item if of_item else at.record)
                known = value_of(other, at)
                near = [] if isinstance(known, NotKnown) else _near_values(known, entry)
                return [raw, *near[1:], *near[:1]] if raw is not None else near
            case _:
                bounds = self._bound(condition, at)
                if isinstance(condition, ast.Equals) and entry.options:
                    return [*bounds, *_others(entry, bounds), *_spelled_otherwise(entry, bounds[:1])]
                return [_raw(each, entry) for each in bounds] + (
                    _others(entry, [_raw(each, entry) for each in bounds])
                    if isinstance(condition, ast.Equals)
                    else []
                )

    def _bound(self, condition: ast.Predicate, at: Situation) -> list[Any]:
        """Values at the limit that a comparison names, and to both sides of it."""
        entry = described(condition.term, at)
        match condition:
            case ast.Between(_, low, high):
                return [near for end in (low, high) for near in _around_value(value_of(end, at), entry)]
            case ast.Overdue():
                return self._around(condition, at.now, entry, at)
            case (
                ast.Equals(_, other)
                | ast.Compare(_, _, other)
                | ast.Order(_, _, other)
                | ast.Within(_, _, _, other)
                | ast.Distance(_, _, _, _, _, other)
                | ast.DiffersBy(_, other)
            ):
                value = value_of(other, at)
                return [] if isinstance(value, NotKnown) else self._around(condition, value, entry, at)
            case _:
                return []

    def _around(self, condition: ast.Predicate, value: Any, entry: Name, at: Situation) -> list[Any]:
        """Values at the distance from `value` that the condition speaks of, and just beside it."""
        match condition:
            case (
                ast.Within(_, amount, unit) | ast.Distance(_, _, amount, unit) | ast.Overdue(_, amount, unit)
            ):
                whole = int(amount)
                steps = [whole, whole + 1, max(whole - 1, 0), -whole, -whole - 1, 1 - whole, 0]
                if isinstance(condition, ast.Overdue) or (
                    isinstance(condition, ast.Distance) and condition.side == "before"
                ):
                    steps = [-step for step in steps]
                return [_shifted(value, step, unit, at.calendar) for step in dict.fromkeys(steps)]
            case ast.DiffersBy(_, _, limit, percent):
                number = value.amount if isinstance(value, Money) else value
                far = abs(Decimal(number)) * limit / 100 if percent else limit
                return [number + far + 1, number + far, number, number - far - 1]
            case _:
                return _around_value(value, entry)

    # --- samples ---

    def _sample(self, name: Name) -> Any:
        """A raw value that the name has in one of the playbook's records, else one of its type."""
        return self._samples(name)[0]

    def _samples(self, name: Name) -> list[Any]:
        found: list[Any] = []
        for record in self.records.values():
            for path in name.paths:
                raw, _ = follow(path, record)
                if raw is ABSENT or raw in (None, "", []) or raw in found:
                    continue
                if not isinstance(self.screener.reader.read(name, record), NotKnown):
                    found.append(raw["value"] if isinstance(raw, Mapping) and "value" in raw else raw)
            if len(found) == WANTED:
                break
        return found if len(found) > 1 else [*found, _sample_of_type(name)]


# --- values -----------------------------------------------------------------------------------------------


def _sample_of_type(name: Name) -> Any:
    if name.options:
        return name.options[0]
    return {
        "yes/no": True,
        "number": 10,
        "confidence": 0.9,
        "money": 10_000,
        "date": "2026-03-16",
        "time": "2026-03-16T10:00:00Z",
        "zone": "Europe/Berlin",
        "email": _ELSEWHERE,
        "name": "Another Company",
        "list": [],
    }.get(name.type, "stated")


def _unreadable(name: Name) -> Any:
    return {"number": "1,234", "money": "1,234", "date": "03/04/2026", "time": "03/04/2026 10:00"}.get(
        name.type, "something not listed"
    )


def _around_value(value: Any, entry: Name) -> list[Any]:
    """A read value and its neighbours."""
    if isinstance(value, bool):
        return [value, not value]
    if isinstance(value, datetime):
        return [
            value + step
            for step in (
                timedelta(0),
                timedelta(hours=1),
                timedelta(hours=-1),
                timedelta(days=1),
                timedelta(days=-1),
            )
        ]
    if isinstance(value, date):
        return [value + timedelta(days=step) for step in (0, 1, -1)]
    if isinstance(value, Money):
        return _around_value(value.amount, entry)
    if isinstance(value, int | Decimal):
        step = Decimal("0.05") if entry.type == "confidence" else 1
        return [value, value + step, value - step]
    if isinstance(value, str) and entry.type in ("text", "name", "email", "zone"):
        return [
            value,
            {"email": _ELSEWHERE, "name": "Another Company", "zone": "Asia/Tokyo"}.get(
                entry.type, "something else"
            ),
        ]
    return [value, *(each for each in entry.options if each != value)]


def _near_values(value: Any, entry: Name) -> list[Any]:
    return [_raw(each, entry) for each in _around_value(value, entry)]


def _others(entry: Name, taken: list[Any]) -> list[Any]:
    """Values other than those taken."""
    if entry.options:
        folded = {str(each).casefold() for each in taken}
        return [each for each in entry.options if each.casefold() not in folded][:3]
    return ["something else"] if entry.type == "text" else []


def _spelled_otherwise(entry: Name, options: list[Any]) -> list[str]:
    """Another spelling of a choice that the glossary knows."""
    found = (
        spelling
        for spelling, option in entry.spellings.items()
        if option in options and spelling != fold(option)
    )
    return list(islice(found, 1))


def _raw(value: Any, entry: Name) -> Any:
    """A read value as a record would hold it."""
    if isinstance(value, Money):
        value = value.amount
    if isinstance(value, datetime):
        return value.date().isoformat() if entry.type == "date" else value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value


def _shifted(value: Any, step: int, unit: str, calendar: Calendar) -> Any:
    if unit in ("hours", "minutes"):
        return value + timedelta(**{unit: step}) if isinstance(value, datetime) else value
    if unit == "business days":
        day = _day(value)
        moved = calendar.add_business_days(day, step) - day
    else:
        moved = timedelta(weeks=step) if unit == "weeks" else timedelta(days=step)
    return value + moved


_SPOKEN = {
    "{number}": "90",
    "{month}": "June",
    "{date}": "12 June",
    "{duration}": "two weeks",
    "{weekday}": "Friday",
}


def _texts(value: Any, phrases: tuple[str, ...]) -> list[Any]:
    """Texts with a phrase, alone and after what stands there, and one without any."""
    said = []
    for phrase in phrases[:3]:
        for word, shown in _SPOKEN.items():
            phrase = phrase.replace(word, shown)
        said.append(phrase.replace("*", "a").strip())
    before = [] if isinstance(value, NotKnown) or not isinstance(value, str) else [value.rstrip(". ")]
    after = [f"{old}. Also: {said[0]}." for old in before]
    return [*after, *(f"The customer: {each}." for each in said), "Nothing special.", *said]


def _numbered(template: Any, place: int) -> Any:
    return f"{template} {place}" if isinstance(template, str) else template


def _operand(condition: ast.Predicate) -> ast.NameRef | ast.FieldRef | None:
    """The other name of a comparison, or the list that it looks into."""
    match condition:
        case ast.InDomains(_, name) | ast.InList(_, name) | ast.Contradicts(_, name):
            return ast.NameRef(name) if not isinstance(condition, ast.Contradicts) else None
        case _:
            other = getattr(condition, "other", None)
            return other if isinstance(other, ast.NameRef | ast.FieldRef) else None


def _bounds(quantifier: str, count: int, want: bool, most: int) -> tuple[int, int]:
    """From how many to how many elements have to be so."""
    low, high = {
        "any": (1, most),
        "no": (0, 0),
        "every": (most, most),
        "at least": (count, most),
        "at most": (0, count),
        "more than": (count + 1, most),
        "fewer than": (0, count - 1),
        "exactly": (count, count),
    }[quantifier]
    if want:
        return low, high
    return (0, low - 1) if low > 0 else (high + 1, most)


# --- records ----------------------------------------------------------------------------------------------


def _filters(list_name: str, at: Situation) -> list[ast.Condition]:
    """What makes an element belong to this part of a list."""
    found: list[ast.Condition] = []
    name = at.glossary.names[list_name]
    while name.parent:
        found.insert(0, at.glossary.list_filters[name.name])
        name = at.glossary.names[name.parent]
    return found


def _with_term(at: Situation, term: ast.Reference, raw: Any) -> Situation:
    """The situation with another raw value of the term; `ABSENT` takes its field away."""
    match term:
        case ast.NameRef(name):
            return replace(at, record=_set(at.record, at.glossary.names[name], raw))
        case ast.ItRef():
            assert at.it is not None
            return replace(at, record=_set(at.record, at.it, raw))
        case ast.FieldRef(field):
            if not isinstance(at.item, Mapping):
                return at
            return replace(at, item=_set(at.item, at.glossary.fields_of(at.list_name)[field], raw))
        case _:
            return replace(at, item=raw)


def _set(record: Record, name: Name, raw: Any) -> Record:
    if not name.paths:
        return record
    return _without(record, name) if raw is ABSENT else with_value(record, name, raw)


def _without(record: Record, name: Name) -> Record:
    """The record without any field that could hold the name."""
    for path in (*name.paths, *name.else_paths):
        if any(step.pick is not None for step in path.steps):
            continue
        record = _cut(record, path.steps)
    return record


def _cut(holder: Any, steps: tuple[Step, ...]) -> Any:
    key = steps[0].key
    if not isinstance(holder, Mapping) or key not in holder:
        return holder
    if len(steps) == 1:
        return {each: value for each, value in holder.items() if each != key}
    return {**holder, key: _cut(holder[key], steps[1:])}


def _with_item(record: Record, path: Path, item: Any, new: Any) -> Record | None:
    """The record with one element of a list exchanged; None where the list cannot be written as one."""
    return _exchanged(record, path, item, [new])


def _without_item(record: Record, path: Path, item: Any) -> Record | None:
    return _exchanged(record, path, item, [])


def _exchanged(record: Record, path: Path, item: Any, new: list[Any]) -> Record | None:
    raw, _ = follow(path, record)
    if any(step.pick is not None for step in path.steps) or not isinstance(raw, list):
        return None
    places = [place for place, each in enumerate(raw) if each is item]
    if not places:
        return None
    at = places[0]
    return cast(Record, _put_list(record, path.steps, [*raw[:at], *new, *raw[at + 1 :]]))


def _put_list(holder: Any, steps: tuple[Step, ...], items: list[Any]) -> Any:
    below = holder if isinstance(holder, Mapping) else {}
    if len(steps) == 1:
        return {**below, steps[0].key: items}
    return {**below, steps[0].key: _put_list(below.get(steps[0].key), steps[1:], items)}


def _appended(record: Record, path: Path, item: Any) -> Record:
    """The record with one element more in the list at `path`, which may run through other lists."""
    found: Record = _append(record, path.steps, item, through_list=False)
    return found


def _append(value: Any, steps: tuple[Step, ...], item: Any, *, through_list: bool) -> Any:
    step, rest = steps[0], steps[1:]
    holder = value if isinstance(value, Mapping) else {}
    below = holder.get(step.key)
    listed = below if isinstance(below, list) else []
    if step.pick is None:
        if rest:
            return {**holder, step.key: _append(below, rest, item, through_list=through_list)}
        return {**holder, step.key: item if through_list else [*listed, item]}
    if not rest:
        return {**holder, step.key: [*listed, item]}
    new = {step.pick[0]: step.pick[1]} if step.pick else {}
    return {**holder, step.key: [*listed, _append(new, rest, item, through_list=True)]}


# --- choosing ---------------------------------------------------------------------------------------------


def _in_turn(sources: list[Iterator[Any]]) -> Iterator[Any]:
    """One of each source, then the next of each, until all are empty."""
    open_sources = list(sources)
    while open_sources:
        for source in tuple(open_sources):
            try:
                yield next(source)
            except StopIteration:
                open_sources.remove(source)


def _alike(left: Example, right: Example) -> bool:
    return (left.base, left.changes) == (right.base, right.changes)


def _varied(options: list[tuple[Situation, list[Difference]]]) -> list[tuple[Situation, list[Difference]]]:
    """First those that change different things, each kind once; then the others."""
    first: list[tuple[Situation, list[Difference]]] = []
    later: list[tuple[Situation, list[Difference]]] = []
    seen: set[tuple[Any, ...]] = set()
    for at, changes in options:
        signature = tuple(sorted(str(each.path) for each in changes))
        (later if signature in seen else first).append((at, changes))
        seen.add(signature)
    return [*first, *later]
