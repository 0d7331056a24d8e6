"""
The slow, obvious evaluator: what a condition means, written to be read.

The compiled evaluator must agree with it on every input; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Glossary, Name, System
from holdshort.core.paths import ABSENT
from holdshort.core.presence import MISSING, NotKnown, Truth, kleene_and, kleene_not, kleene_or, unreadable
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast, operations


@dataclass(frozen=True)
class Situation:
    """One record at one moment, with all that a sentence about it may need."""

    record: Mapping[str, Any]
    reader: RecordReader
    calendar: Calendar
    now: datetime
    item: Any = None
    list_name: str = ""
    it: Name | None = None
    told: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What is already known of definitions, so that a chain of them that doubles is walked once."""

    @property
    def glossary(self) -> Glossary:
        return self.reader.glossary


def evaluate(condition: ast.Condition, at: Situation) -> Truth:
    """Return True (matched), False (clear) or None (cannot tell)."""
    match condition:
        case ast.Always(truth):
            return truth
        case ast.And(parts):
            result: Truth = True
            for part in parts:
                result = kleene_and(result, evaluate(part, at))
            return result
        case ast.Or(parts):
            result = False
            for part in parts:
                result = kleene_or(result, evaluate(part, at))
            return result
        case ast.Not(part):
            return kleene_not(evaluate(part, at))
        case ast.Unless(part, exception):
            return kleene_and(evaluate(part, at), kleene_not(evaluate(exception, at)))
        case ast.Defined(name):
            means = at.glossary.definitions[name]
            inner = replace(at, item=None, list_name="", it=None)
            found: Truth = told_once(at, ("truth", name), lambda: evaluate(means, inner))
            return found
        case ast.Attached(system, negated):
            return attached(at.record, at.glossary.systems[system], negated)
        case ast.Agree(names, negated):
            return operations.agree(
                [at.reader.read(at.glossary.names[name], at.record) for name in names], negated
            )
        case ast.Group(quantifier, count, names, body):
            truths = [evaluate(body, replace(at, it=at.glossary.names[name])) for name in names]
            return operations.counted(truths, quantifier, count)
        case ast.Quantified():
            return _quantified(condition, at)
        case ast.ListSize(term, comparison, count):
            value = value_of(term, at)
            if isinstance(value, NotKnown):
                return operations.not_known(value)
            sure, possible = _size(term, value, at)
            return operations.counted_between(sure, possible, comparison, count)
        case ast.Include():
            return _include(condition, at)
        case ast.DistinctValues(term, comparison, count, field):
            return _distinct(term, comparison, count, field, at)
        case _:
            return _predicate(condition, at)


def told_once(at: Situation, key: tuple[object, ...], work: Callable[[], Any]) -> Any:
    """What `work` finds of a definition, which speaks of the record alone; done once for each record."""
    known = at.told.get((*key, id(at.record)))
    if known is None:
        # The record is kept with it, so that no other one is ever known by its id.
        known = at.told[(*key, id(at.record))] = (at.record, work())
    return known[1]


def attached(record: Mapping[str, Any], system: System, negated: bool) -> Truth:
    """Whether a system holds something for this customer; one that no source gives cannot be told."""
    value = record.get(system.key, ABSENT)
    if value is ABSENT:
        return None if system.expected else False
    return (value is not None and value != {}) != negated


def value_of(term: ast.Term, at: Situation) -> Any:
    """The value that a term stands for, or `NotKnown`."""
    match term:
        case ast.NameRef(name):
            return (
                _list_value(name, at)
                if at.glossary.names[name].is_list
                else at.reader.read(at.glossary.names[name], at.record)
            )
        case ast.FieldRef(field):
            if not isinstance(at.item, Mapping):
                return _no_object(at.item)
            return at.reader.read(at.glossary.fields_of(at.list_name)[field], at.item)
        case ast.ItemRef():
            owner = at.glossary.list_of(at.list_name)
            return plain_value(at.reader, owner, at.item)
        case ast.ItRef():
            assert at.it is not None
            return value_of(ast.NameRef(at.it.name), at)
        case ast.Today():
            return operations.day_of(at.now, at.calendar.zone)
        case ast.Now():
            return at.now
        case ast.Number(value) | ast.Text(value) | ast.Choice(value) | ast.YesNo(value) | ast.Day(value):
            return value
        case ast.MoneyLiteral(amount, currency):
            return Money(amount, currency)
        case ast.Threshold(name):
            return at.glossary.thresholds[name]


def plain_value(reader: RecordReader, owner: Name, item: Any) -> Any:
    """An element of a list of plain values, read as their type."""
    assert owner.value_type is not None
    name = Name(owner.item or owner.name, owner.value_type, options=owner.options, spellings=owner.spellings)
    return MISSING if item is None or item == "" else reader.value(name, item)


def _no_object(item: Any) -> NotKnown:
    return unreadable("an element of the list is not an object")


def elements(list_name: str, at: Situation) -> list[tuple[Any, Truth]] | NotKnown:
    """The elements of a list, each with whether it belongs to that part of the list."""
    name = at.glossary.names[list_name]
    if not name.parent:
        value = at.reader.read(name, at.record)
        return value if isinstance(value, NotKnown) else [(item, True) for item in value]
    above = elements(name.parent, at)
    if isinstance(above, NotKnown):
        return above
    condition = at.glossary.list_filters[list_name]
    return [
        (item, kleene_and(belongs, evaluate(condition, replace(at, item=item, list_name=list_name, it=None))))
        for item, belongs in above
    ]


def _list_value(list_name: str, at: Situation) -> Any:
    found = elements(list_name, at)
    if isinstance(found, NotKnown):
        return found
    return [item for item, belongs in found if belongs is True]


def _size(term: ast.NameRef | ast.FieldRef, value: list[Any], at: Situation) -> tuple[int, int]:
    if isinstance(term, ast.FieldRef):
        return len(value), len(value)
    found = elements(term.name, at)
    assert not isinstance(found, NotKnown)
    sure = sum(1 for _, belongs in found if belongs is True)
    return sure, sure + sum(1 for _, belongs in found if belongs is None)


def _quantified(condition: ast.Quantified, at: Situation) -> Truth:
    found = elements(condition.list, at)
    if isinstance(found, NotKnown):
        return operations.not_known(found)
    truths = []
    for item, belongs in found:
        inner = replace(at, item=item, list_name=condition.list, it=None)
        chosen = belongs
        if condition.where is not None:
            chosen = kleene_and(chosen, evaluate(condition.where, inner))
        said = True if condition.body is None else evaluate(condition.body, inner)
        if condition.quantifier == "every":
            truths.append(kleene_or(kleene_not(chosen), said))
        else:
            truths.append(kleene_and(chosen, said))
    return operations.counted(truths, condition.quantifier, condition.count)


def _include(condition: ast.Include, at: Situation) -> Truth:
    found = elements(condition.list, at)
    if isinstance(found, NotKnown):
        return operations.not_known(found)
    owner = at.glossary.list_of(condition.list)
    field = ast.FieldRef(owner.named_by)
    kinds = [
        (value_of(field, replace(at, item=item, list_name=condition.list)), belongs)
        for item, belongs in found
    ]
    result: Truth = condition.joined_by == "and"
    for quantifier, count, wanted in condition.items:
        truths = [
            kleene_and(belongs, None if isinstance(kind, NotKnown) else kind == wanted)
            for kind, belongs in kinds
        ]
        answer = operations.counted(truths, quantifier, count)
        result = kleene_and(result, answer) if condition.joined_by == "and" else kleene_or(result, answer)
    return result


def _distinct(
    term: ast.NameRef | ast.FieldRef, comparison: str, count: int, field: str, at: Situation
) -> Truth:
    value = value_of(term, at)
    if isinstance(value, NotKnown):
        return operations.not_known(value)
    owner = (
        at.glossary.fields_of(at.list_name)[term.field]
        if isinstance(term, ast.FieldRef)
        else at.glossary.names[term.name]
    )
    read = [
        at.reader.read(owner.fields[field], each) if isinstance(each, Mapping) else None for each in value
    ]
    known = {each for each in read if each is not None and not isinstance(each, NotKnown)}
    unknown = len(read) - sum(1 for each in read if each is not None and not isinstance(each, NotKnown))
    least = max(len(known), 1 if unknown else 0)
    return operations.counted_between(least, len(known) + unknown, comparison, count)


def _predicate(condition: ast.Predicate, at: Situation) -> Truth:
    value = value_of(condition.term, at)
    match condition:
        case ast.Presence(_, kind, negated):
            return operations.presence(value, kind, negated)
        case ast.Equals(_, other, negated):
            return operations.equal_values(value, value_of(other, at), negated)
        case ast.DiffersBy(_, other, limit, percent, currency, negated):
            return operations.differs_by(value, value_of(other, at), limit, percent, currency, negated)
        case ast.BusinessDay(_, negated):
            return operations.business_day(value, negated, at.calendar)
        case ast.OneOf(_, options, negated):
            return operations.one_of(value, [value_of(option, at) for option in options], negated)
        case ast.Recognised(term, negated):
            return operations.recognised(value, described(term, at), negated)
        case ast.Compare(_, comparison, other, negated):
            return operations.compare(value, comparison, value_of(other, at), negated)
        case ast.Between(_, low, high, negated):
            return operations.between(value, value_of(low, at), value_of(high, at), negated)
        case ast.Order(_, relation, other, negated):
            return operations.order(value, relation, value_of(other, at), negated, at.calendar)
        case ast.Within(_, amount, unit, other, negated):
            return operations.within(value, amount, unit, value_of(other, at), negated, at.calendar)
        case ast.Distance(_, comparison, amount, unit, side, other, negated):
            other_value = value_of(other, at)
            return operations.apart(value, comparison, amount, unit, side, other_value, negated, at.calendar)
        case ast.Overdue(_, amount, unit, negated):
            return operations.overdue(value, amount, unit, negated, at.now, at.calendar)
        case ast.Mentions(_, phrases, word_list, negated):
            return operations.mention(value, phrases or at.glossary.word_lists[word_list], negated)
        case ast.Contradicts(_, name, negated):
            on_record = value_of(ast.NameRef(name), at)
            return operations.contradiction(value, on_record, at.glossary.names[name], negated)
        case ast.InDomains(_, domains, negated):
            return operations.in_domains(value, value_of(ast.NameRef(domains), at), negated)
        case ast.InList(_, values, negated):
            return operations.in_list(value, value_of(ast.NameRef(values), at), negated)


def described(term: ast.Reference, at: Situation) -> Name:
    """The glossary entry that describes the values of a term."""
    match term:
        case ast.NameRef(name):
            return at.glossary.names[name]
        case ast.FieldRef(field):
            return at.glossary.fields_of(at.list_name)[field]
        case ast.ItemRef():
            return at.glossary.list_of(at.list_name)
        case ast.ItRef():
            assert at.it is not None
            return at.it
