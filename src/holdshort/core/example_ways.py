"""
Ways to bring a condition about: records near a given one in which it is matched, or is clear.

What to change follows from the condition itself. Whether a change does what it should is never assumed: the reference
evaluator says so, and every look at it counts towards a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from holdshort.core.acceptance import Record, with_value, written
from holdshort.core.amounts import Money
from holdshort.core.example_edits import appended, with_item, with_raw, without_item
from holdshort.core.example_values import (
    ELSEWHERE,
    around_value,
    as_raw,
    day_alone,
    near_values,
    numbered,
    other_values,
    sample_of_type,
    shifted,
    spelled_otherwise,
    texts_for,
    unreadable,
)
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT, Path, follow
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.reference import Situation, described, elements, evaluate, value_of

_BREADTH = 6
_CANDIDATES = 24
_SAMPLES = 3
_ROUNDS = 3
"""How often in a row each part of a condition may be brought about anew because another one has undone it."""


class Ways:
    """Finds the ways for one playbook; `tries` counts the situations looked at, up to `limit`."""

    def __init__(self, reader: RecordReader, records: Mapping[str, Record]) -> None:
        self.reader = reader
        self.records = records
        self.tries = 0
        self.limit = 0

    def truth(self, condition: ast.Condition, at: Situation) -> Truth:
        self.tries += 1
        return evaluate(condition, at)

    @property
    def is_spent(self) -> bool:
        return self.tries >= self.limit

    def leading_to(self, condition: ast.Condition, want: bool, at: Situation) -> Iterator[Situation]:
        """Situations near `at` in which the condition is as wanted."""
        for found in self._ways(condition, want, at):
            if self.is_spent:
                return
            if self.truth(condition, found) is want:
                yield found

    def _ways(self, condition: ast.Condition, want: bool, at: Situation) -> Iterator[Situation]:
        if self.is_spent:
            return
        match condition:
            case ast.And(parts):
                yield from self._all(parts, True, at) if want else self._some(parts, False, at)
            case ast.Or(parts):
                yield from self._some(parts, True, at) if want else self._all(parts, False, at)
            case ast.Not(part):
                yield from self.leading_to(part, not want, at)
            case ast.Unless(part, exception):
                yield from self._ways(ast.And((part, ast.Not(exception))), want, at)
            case ast.Defined(name):
                inner = replace(at, item=None, list_name="", it=None)
                for found in self.leading_to(at.glossary.definitions[name], want, inner):
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

    def _one_by_one(
        self, parts: tuple[ast.Condition, ...], want: bool, at: Situation, rounds: int = 0
    ) -> Iterator[Situation]:
        if rounds > _ROUNDS * len(parts):
            return  # each part undoes another, for ever
        open_parts = list(parts)
        while open_parts and self.truth(open_parts[0], at) is want:
            open_parts.pop(0)
        if not open_parts:
            # A later part may have undone an earlier one.
            if all(self.truth(part, at) is want for part in parts):
                yield at
            return
        rest = tuple(open_parts[1:])
        done = tuple(part for part in parts if part not in open_parts)
        options = islice(self.leading_to(open_parts[0], want, at), _BREADTH)
        yield from (
            in_turn(
                [self._one_by_one((*rest, *done, open_parts[0]), want, each, rounds + 1) for each in options]
            )
            if rest
            else (each for each in options if all(self.truth(part, each) is want for part in done))
        )

    def _some(self, parts: tuple[ast.Condition, ...], want: bool, at: Situation) -> Iterator[Situation]:
        return in_turn([self.leading_to(part, want, at) for part in parts])

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
                for raw in [at.reader.raw(other, at.record)] if same else near_values(value, entry)[1:4]:
                    yield replace(at, record=with_value(at.record, entry, raw))
        if not same:
            first, *others = entries
            for value in near_values(sample_of_type(first), first)[:1]:
                start = with_value(at.record, first, value)
                for other in others:
                    for raw in near_values(self.sample(other), other)[1:3]:
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
                        for found in islice(self.leading_to(body, up, about(name, state)), 2):
                            grown.append(replace(at, record=found.record))
                    if not up and len(grown) >= 2:
                        break
            states = grown[:_BREADTH]
        yield from states

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
        matching = sum(self.truth(whole, inner) is True for inner in self._inside(condition.list, at))
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
                islice(in_turn([self._one_more(list_name, whole, each) for each in states]), _CANDIDATES)
            )
        yield from states

    def _one_more(self, list_name: str, whole: ast.Condition, at: Situation) -> Iterator[Situation]:
        owner = at.glossary.list_of(list_name)
        path = at.reader.path_used(owner, at.record) or owner.paths[0]
        ways: list[Iterator[Situation]] = []
        for inner in self._inside(list_name, at)[:4]:
            if self.truth(whole, inner) is not True:
                ways.append(self._altered(path, whole, inner, at))
        for item in self._templates(owner):
            inner = replace(at, item=item, list_name=list_name, it=None)
            ways.append(self._added(path, whole, inner, at))
        return in_turn(ways)

    def _altered(
        self, path: Path, whole: ast.Condition, inner: Situation, at: Situation
    ) -> Iterator[Situation]:
        for found in islice(self.leading_to(whole, True, inner), _BREADTH):
            record = with_item(found.record, path, inner.item, found.item)
            if record is not None:
                yield replace(at, record=record)

    def _added(
        self, path: Path, whole: ast.Condition, inner: Situation, at: Situation
    ) -> Iterator[Situation]:
        ready = [inner] if self.truth(whole, inner) is True else []
        for found in [*ready, *islice(self.leading_to(whole, True, inner), _BREADTH)]:
            yield replace(at, record=appended(found.record, path, found.item))

    def _fewer(self, list_name: str, whole: ast.Condition, most: int, at: Situation) -> Iterator[Situation]:
        """Altered or removed elements, until at most `most` of them can be as in `whole`."""
        owner = at.glossary.list_of(list_name)
        path = at.reader.path_used(owner, at.record) or owner.paths[0]
        states = [at]
        for _ in range(6):
            grown: list[Situation] = []
            for state in states:
                inside = [
                    inner for inner in self._inside(list_name, state) if self.truth(whole, inner) is not False
                ]
                if len(inside) <= most:
                    yield state
                    continue
                inner = inside[-1]
                for found in islice(self.leading_to(whole, False, inner), _BREADTH):
                    record = with_item(found.record, path, inner.item, found.item)
                    if record is not None:
                        grown.append(replace(at, record=record))
                fewer = without_item(state.record, path, inner.item)
                if fewer is not None:
                    grown.append(replace(at, record=fewer))
            states = grown[:_CANDIDATES]
        if most == 0:
            yield replace(at, record=with_value(at.record, owner, []))

    def _templates(self, owner: Name) -> list[Any]:
        """What a new element may look like: such elements of the playbook's records, and an empty one."""
        if owner.value_type is not None:
            return [sample_of_type(replace(owner, type=owner.value_type))]
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
                more = [numbered(templates[0], place + 1) for place in range(len(more))]
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

    def _predicate(self, condition: ast.Predicate, at: Situation) -> Iterator[Situation]:
        own, others = self._own_values(condition, at), self._values_of_other(condition, at)
        return in_turn([own, others])

    def _own_values(self, condition: ast.Predicate, at: Situation) -> Iterator[Situation]:
        term = condition.term
        for raw in self._raws(condition, described(term, at), at):
            yield _with_term(at, term, raw)
        if isinstance(condition, ast.Presence):
            yield _with_term(at, term, ABSENT)
            if condition.kind == "conflicting" and isinstance(term, ast.NameRef):
                entry = at.glossary.names[term.name]
                for path, raw in zip(
                    entry.paths[:2], near_values(sample_of_type(entry), entry), strict=False
                ):
                    at = replace(at, record=written(at.record, path, raw))
                yield at

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
                yield _with_term(at, other, as_raw(near, about))
        elif isinstance(value_of(other, at), NotKnown):
            start = _with_term(at, other, self.sample(about))
            for raw in self._raws(condition, entry, start):
                yield _with_term(start, term, raw)

    def _in_list(self, condition: ast.Predicate, owner: Name, at: Situation) -> Iterator[Situation]:
        """Put the value, or its domain, into the list that the condition looks at."""
        value = value_of(condition.term, at)
        path = owner.paths[0]
        if isinstance(value, NotKnown):
            shown = sample_of_type(described(condition.term, at))
            start = _with_term(at, condition.term, shown)
        else:
            shown, start = as_raw(value, described(condition.term, at)), at
        listed = (
            shown.rpartition("@")[2]
            if isinstance(condition, ast.InDomains) and isinstance(shown, str)
            else shown
        )
        yield replace(start, record=appended(start.record, path, listed))
        domains = [["elsewhere.example"], ["vendor.example"]]
        for other in domains if isinstance(condition, ast.InDomains) else [[]]:
            yield replace(start, record=with_value(start.record, owner, other))

    def _raws(self, condition: ast.Predicate, entry: Name, at: Situation) -> list[Any]:
        """Raw values worth trying for the subject of a condition."""
        value = value_of(condition.term, at)
        match condition:
            case ast.Presence(_, kind):
                old = {"value": self.sample(entry), "as_of": "2000-01-01"}
                special = [unreadable(entry)] if kind == "ambiguous" else [old] if kind == "stale" else []
                return [*special, None, *self._samples(entry)]
            case ast.Recognised():
                return [*entry.options[:2], "something not listed"]
            case ast.OneOf(_, options):
                found = [raw for option in options for raw in near_values(value_of(option, at), entry)[:1]]
                return [*found, *other_values(entry, found), *spelled_otherwise(entry, found[:1])]
            case ast.BusinessDay():
                start = at.now.date() if isinstance(value, NotKnown) else day_alone(value)
                return [as_raw(start + timedelta(days=step), entry) for step in range(1, 8)]
            case ast.Mentions(_, phrases, word_list):
                return texts_for(value, phrases or at.glossary.word_lists[word_list])
            case ast.Contradicts(_, name):
                plans = at.glossary.names[name].options
                return [f"The customer is on {plan}." for plan in plans[:4]] + ["Nothing is said about it."]
            case ast.InDomains(_, domains):
                listed = value_of(ast.NameRef(domains), at)
                inside = [f"someone@{each}" for each in listed[:1]] if isinstance(listed, list) else []
                return [*inside, ELSEWHERE]
            case ast.InList(_, values):
                listed = value_of(ast.NameRef(values), at)
                return [
                    *(listed[:2] if isinstance(listed, list) else []),
                    *near_values(self.sample(entry), entry)[1:3],
                ]
            case ast.Equals(_, other) if isinstance(other, ast.NameRef | ast.FieldRef):
                of_item = isinstance(other, ast.FieldRef) and isinstance(at.item, Mapping)
                raw = at.reader.raw(described(other, at), at.item if of_item else at.record)
                known = value_of(other, at)
                near = [] if isinstance(known, NotKnown) else near_values(known, entry)
                return [raw, *near[1:], *near[:1]] if raw is not None else near
            case _:
                bounds = self._bound(condition, at)
                if isinstance(condition, ast.Equals) and entry.options:
                    return [*bounds, *other_values(entry, bounds), *spelled_otherwise(entry, bounds[:1])]
                return [as_raw(each, entry) for each in bounds] + (
                    other_values(entry, [as_raw(each, entry) for each in bounds])
                    if isinstance(condition, ast.Equals)
                    else []
                )

    def _bound(self, condition: ast.Predicate, at: Situation) -> list[Any]:
        """Values at the limit that a comparison names, and to both sides of it."""
        entry = described(condition.term, at)
        match condition:
            case ast.Between(_, low, high):
                return [near for end in (low, high) for near in around_value(value_of(end, at), entry)]
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
                return [shifted(value, step, unit, at.calendar) for step in dict.fromkeys(steps)]
            case ast.DiffersBy(_, _, limit, percent):
                number = value.amount if isinstance(value, Money) else value
                far = abs(Decimal(number)) * limit / 100 if percent else limit
                return [number + far + 1, number + far, number, number - far - 1]
            case _:
                return around_value(value, entry)

    def sample(self, name: Name) -> Any:
        """A raw value that the name has in one of the playbook's records, else one of its type."""
        return self._samples(name)[0]

    def _samples(self, name: Name) -> list[Any]:
        found: list[Any] = []
        for record in self.records.values():
            for path in name.paths:
                raw, _ = follow(path, record)
                if raw is ABSENT or raw in (None, "", []) or raw in found:
                    continue
                if not isinstance(self.reader.read(name, record), NotKnown):
                    found.append(raw["value"] if isinstance(raw, Mapping) and "value" in raw else raw)
            if len(found) == _SAMPLES:
                break
        return found if len(found) > 1 else [*found, sample_of_type(name)]


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
            return replace(at, record=with_raw(at.record, at.glossary.names[name], raw))
        case ast.ItRef():
            assert at.it is not None
            return replace(at, record=with_raw(at.record, at.it, raw))
        case ast.FieldRef(field):
            if not isinstance(at.item, Mapping):
                return at
            return replace(at, item=with_raw(at.item, at.glossary.fields_of(at.list_name)[field], raw))
        case _:
            return replace(at, item=raw)


def in_turn(sources: list[Iterator[Any]]) -> Iterator[Any]:
    """One of each source, then the next of each, until all are empty."""
    open_sources = list(sources)
    while open_sources:
        for source in tuple(open_sources):
            try:
                yield next(source)
            except StopIteration:
                open_sources.remove(source)
