"""
The fast evaluator: all conditions of a register become one Python function over one record.

Each fact is read once; each condition is an expression of `and`, `or` and comparisons that keeps *cannot tell*. What
the expressions mean is fixed by `operations` and shown by `reference`; tests hold the three together. Source text is
made only from checked trees: words of a register enter it as quoted constants, never as code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Name
from holdshort.core.paths import Path
from holdshort.core.presence import NOT_EXPECTED, NotKnown, Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast, fast_predicates, operations
from holdshort.core.rules.fast_facts import (
    CONTEXT_KEYS,
    NOT_AN_OBJECT,
    FactReader,
    FieldReader,
    Memories,
    absent_of,
    is_simple,
    simple_lines,
)
from holdshort.core.rules.reference import Situation, attached, evaluate, plain_value, value_of


class CompiledRules:
    """Conditions compiled against one glossary and calendar. Holds no state of any record."""

    def __init__(self, conditions: Sequence[ast.Condition], reader: RecordReader, calendar: Calendar) -> None:
        self._count = len(conditions)
        writer = _Writer(reader, calendar)
        self.source = writer.module(conditions)
        namespace = writer.namespace
        # The text is written by this module from a checked tree; see the note at the top.
        exec(compile(self.source, "<register>", "exec"), namespace)  # noqa: S102
        self.screen: Callable[[Any, datetime], tuple[list[tuple[int, Truth]], tuple[Any, ...]]] = namespace[
            "screen"
        ]
        """The conditions that are matched (True) or cannot tell (None), by index, and the values of `facts`."""
        self.facts = writer.facts
        """Place of each record-level name's value among what `screen` returns."""
        self.fields = writer.field_readers
        """Reader of each list field that the conditions use, by the identity of its glossary entry."""
        self.not_expected = tuple(name for name in self.facts if not reader.glossary.names[name].expected)
        self._not_expected_at = tuple(self.facts[name] for name in self.not_expected)

    def found(self, record: Mapping[str, Any], now: datetime) -> list[tuple[int, Truth]]:
        """The conditions that are matched (True) or cannot tell (None), by index; all others are clear."""
        return self.screen(record, now)[0]

    def lacking(self, values: tuple[Any, ...]) -> tuple[bool, ...]:
        """For each of `not_expected`, whether no source gives it."""
        return tuple([values[place] is NOT_EXPECTED for place in self._not_expected_at])

    def evaluate(self, record: Mapping[str, Any], now: datetime) -> list[Truth]:
        """The truth of every condition, in order."""
        truths: list[Truth] = [False] * self._count
        for index, truth in self.found(record, now):
            truths[index] = truth
        return truths


class _Writer:
    """Writes the function's source, binding every object it needs to a name of its namespace."""

    def __init__(self, reader: RecordReader, calendar: Calendar) -> None:
        self.reader = reader
        self.glossary = reader.glossary
        self.calendar = calendar
        self.namespace: dict[str, Any] = {
            "NK": NotKnown,
            "EMPTY": {},
            "STR_OR_NONE": (str, type(None)),
            "DATE": date,
            "MONEY": Money,
            "ZONE": ZoneInfo(calendar.zone),
            "NOT_AN_OBJECT": NOT_AN_OBJECT,
            "counted": operations.counted,
        }
        self._memories = Memories(reader)
        self._bound: dict[int, str] = {}
        self._kept: list[object] = []
        self._facts: dict[str, str] = {}
        self._systems: dict[str, str] = {}
        self._fields: dict[tuple[str, str], FieldReader] = {}
        self._kinds: dict[str, str] = {}
        self._head: list[str] = []
        self._functions: list[str] = []
        self._temporaries = 0

    @property
    def facts(self) -> dict[str, int]:
        return {name: place for place, name in enumerate(self._facts)}

    @property
    def field_readers(self) -> dict[int, FieldReader]:
        return {id(reader.name): reader for reader in self._fields.values()}

    def module(self, conditions: Sequence[ast.Condition]) -> str:
        """Source of `screen(record, now)`, and of a function for each question about the elements of a list."""
        body: list[str] = []
        for index, condition in enumerate(conditions):
            body.append(f"t = {self._condition(condition, None)}")
            body.append(f"if t is not False: found.append(({index}, t))")
        values = "".join(f"{var}, " for var in self._facts.values())
        lines = [
            "found = []",
            "get = record.get",
            "today = now.astimezone(ZONE).date()",
            *self._head,
            *body,
            f"return found, ({values})",
        ]
        return "\n".join(
            [*self._functions, "def screen(record, now):", *(f"    {line}" for line in lines), ""]
        )

    # --- names of the namespace ---

    def bind(self, value: object, hint: str) -> str:
        key = id(value)
        if key not in self._bound:
            self._bound[key] = f"{hint}_{len(self._bound)}"
            self._kept.append(value)
            self.namespace[self._bound[key]] = value
        return self._bound[key]

    def _temporary(self) -> str:
        self._temporaries += 1
        return f"t{self._temporaries}"

    # --- facts ---

    def fact(self, name: str) -> str:
        """The local variable that holds the value of a record-level name."""
        if name not in self._facts:
            self._facts[name] = var = f"f{len(self._facts)}"
            entry = self.glossary.names[name]
            if is_simple(entry):
                system = self._system(entry.paths[0].system)
                currency = self._raw(entry.currency_path) if entry.currency_path else "None"
                if currency is None:
                    self._head.append(
                        f"{var} = {self.bind(self.reader.read, 'read')}({self.bind(entry, 'name')}, record)"
                    )
                else:
                    memory = self._memories.of(entry)
                    self._head += simple_lines(entry, var, system, self.bind, self.reader, memory, currency)
            elif (
                entry.is_list
                and not entry.parent
                and len(entry.paths) == 1
                and len(entry.paths[0].steps) == 1
            ):
                key = entry.paths[0].steps[0].key
                slow = f"{self.bind(self.reader.read, 'read')}({self.bind(entry, 'name')}, record)"
                self._head += [f"{var} = get({key!r})", f"if {var}.__class__ is not list: {var} = {slow}"]
            else:
                self._head.append(self._slow_fact(var, entry))
        return self._facts[name]

    def _slow_fact(self, var: str, entry: Name) -> str:
        """A value in several places or behind a list; nothing is looked for where none of them is there."""
        slow = f"{self.bind(self.reader.read, 'read')}({self.bind(entry, 'name')}, record)"
        paths = [*entry.paths, *entry.else_paths, *([entry.ai_path] if entry.ai_path else [])]
        if entry.type == "confidence" or not entry.paths:
            return f"{var} = {slow}"
        places: dict[str, list[str]] = {}
        for path in paths:
            there = places.setdefault(path.system, [])
            if path.is_plain:
                system = self._system(path.system)
                # An empty system may be null, which is another answer than absent.
                there += [f"{system} is EMPTY", f"{path.steps[1].key!r} in {system}"]
        whole = {path.system for path in paths if not path.is_plain}
        given = " or ".join(
            f"{root!r} in record" + ("" if root in whole else f" and ({' or '.join(dict.fromkeys(there))})")
            for root, there in places.items()
        )
        return f"{var} = {slow} if {given} else {self.bind(absent_of(entry), 'absent')}"

    def _raw(self, path: Path) -> str | None:
        """Expression of the raw value at a plain path; None where it is not plain."""
        if not path.is_plain:
            return None
        return f"{self._system(path.system)}.get({path.steps[1].key!r})"

    def _system(self, key: str) -> str:
        if key not in self._systems:
            self._systems[key] = var = f"s{len(self._systems)}"
            said = " or ".join(f"{each!r} in {var}" for each in CONTEXT_KEYS)
            self._head += [
                f"{var} = get({key!r})",
                f"if {var}.__class__ is not dict: {var} = EMPTY",
                f"{var}_plain = EMPTY if {said} else {var}",
            ]
        return self._systems[key]

    # --- conditions ---

    def _condition(self, node: ast.Condition, scope: str | None) -> str:
        """An expression for `node`; `scope` is the list whose element is `i`, if the sentence is about one."""
        match node:
            case ast.Always(truth):
                return str(truth)
            case ast.And(parts):
                return self._all([self._condition(part, scope) for part in parts])
            case ast.Or(parts):
                return self._some([self._condition(part, scope) for part in parts])
            case ast.Unless(part, exception):
                return self._all([self._condition(part, scope), self._not(self._condition(exception, scope))])
            case ast.Not(part):
                return self._not(self._condition(part, scope))
            case ast.Defined(name):
                return self._condition(self.glossary.definitions[name], None)
            case ast.Attached(system, negated):
                entry = self.glossary.systems[system]
                return f"{self.bind(attached, 'attached')}(record, {self.bind(entry, 'system')}, {negated})"
            case ast.Agree(names, negated):
                return self._agree(names, negated)
            case ast.Group(quantifier, count, names, body):
                each = [self._condition(_about(body, name), scope) for name in names]
                if quantifier == "any":
                    return self._some(each)
                if quantifier == "every":
                    return self._all(each)
                return f"{self.bind(operations.counted, 'counted')}([{', '.join(each)}], {quantifier!r}, {count})"
            case ast.Quantified():
                return self._quantified(node, scope)
            case ast.Include(name, items, joined):
                each = [self._included(name, *item) for item in items]
                return self._all(each) if joined == "and" else self._some(each)
            case ast.ListSize(ast.NameRef(name), comparison, count):
                tests, root = self._filters(name)
                if not tests:
                    return self._size(self.fact(root), comparison, count)
                return self._over(root, self._all(tests), comparison, count)
            case ast.ListSize() | ast.DistinctValues():
                return self._slow(node, scope)
            case _:
                return self._predicate(node, scope)

    def _all(self, parts: list[str]) -> str:
        """Kleene's and: stops at the first part that is clear."""
        if len(parts) == 1:
            return parts[0]
        names = [self._temporary() for _ in parts]
        clear = " or ".join(f"({name} := {part}) is False" for name, part in zip(names, parts, strict=True))
        unsure = " or ".join(f"{name} is None" for name in names)
        return f"(False if {clear} else None if {unsure} else True)"

    def _some(self, parts: list[str]) -> str:
        """Kleene's or: stops at the first part that is matched."""
        if len(parts) == 1:
            return parts[0]
        names = [self._temporary() for _ in parts]
        matched = " or ".join(f"({name} := {part}) is True" for name, part in zip(names, parts, strict=True))
        unsure = " or ".join(f"{name} is None" for name in names)
        return f"(True if {matched} else None if {unsure} else False)"

    def _not(self, part: str) -> str:
        name = self._temporary()
        return f"(None if ({name} := {part}) is None else not {name})"

    def _agree(self, names: tuple[str, ...], negated: bool) -> str:
        facts = [self.fact(name) for name in names]
        slow = f"{self.bind(operations.agree, 'agree')}(({', '.join(facts)}), {negated})"
        # Known values that are plainly equal need no more than that; money may lack its currency.
        plain = all(self.glossary.names[name].type not in ("money", "list") for name in names)
        if not plain:
            return slow
        return f"({not negated} if {facts[0]}.__class__ is not NK and {' == '.join(facts)} else {slow})"

    # --- lists ---

    def _quantified(self, node: ast.Quantified, scope: str | None) -> str:
        if scope is not None:
            return self._slow(node, scope)
        tests, root = self._filters(node.list)
        if node.where is not None:
            tests.append(self._condition(node.where, node.list))
        if node.quantifier == "every":
            said = self._condition(node.body, node.list) if node.body is not None else "True"
            each = self._some([self._not(self._all(tests)), said]) if tests else said
        else:
            if node.body is not None:
                tests.append(self._condition(node.body, node.list))
            each = self._all(tests) if tests else "True"
        return self._over(root, each, node.quantifier, node.count)

    def _filters(self, list_name: str) -> tuple[list[str], str]:
        """The filters of a part of a list, outermost first, and the list itself."""
        filters: list[str] = []
        name = self.glossary.names[list_name]
        while name.parent:
            filters.insert(0, self._condition(self.glossary.list_filters[name.name], name.name))
            name = self.glossary.names[name.parent]
        return filters, name.name

    def _size(self, items: str, comparison: str, count: int) -> str:
        answer = f"len({items}) {_COUNTS[comparison]} {count}"
        return f"({items}.truth if {items}.__class__ is NK else {answer})"

    def _over(self, root: str, each: str, quantifier: str, count: int) -> str:
        """So many elements of a list for which `each` holds: a function with a loop, called where there are any."""
        items = self.fact(root)
        used = dict.fromkeys(_OUTER.findall(_LITERAL.sub("", each)))
        name = f"over_{len(self._functions)}"
        loop = _ANY_LOOP if quantifier in ("any", "no") else _COUNT_LOOP
        self._functions.append(
            loop.format(
                name=name,
                used="".join(f", {each}" for each in used),
                each=each,
                found=quantifier == "any",
                none=quantifier == "no",
                quantifier=quantifier,
                count=count,
            )
        )
        call = f"{name}({items}, record, now{''.join(f', {each}' for each in used)})"
        empty = operations.counted([], quantifier, count)
        return f"({items}.truth if {items}.__class__ is NK else ({call} if {items} else {empty}))"

    def _included(self, list_name: str, quantifier: str, count: int, wanted: str) -> str:
        tests, root = self._filters(list_name)
        field = self.glossary.list_of(list_name).named_by
        if quantifier == "at least" and count == 1:
            quantifier, count = "any", 0
        kind, name = self._field(list_name, field), self._temporary()
        each = self._all([*tests, f"(None if ({name} := {kind}).__class__ is NK else {name} == {wanted!r})"])
        slow = self._over(root, each, quantifier, count)
        if tests or quantifier == "every":
            return slow
        kinds = self._kinds_of(root, field)
        if quantifier in ("any", "no"):
            answer = f"{wanted!r} {'in' if quantifier == 'any' else 'not in'} {kinds}"
        else:
            answer = f"{kinds}.count({wanted!r}) {_COUNTS[quantifier]} {count}"
        return f"({answer} if {kinds} is not None else {slow})"

    def _kinds_of(self, root: str, field: str) -> str:
        """The local variable that holds the field of every element; None where one of them is not known."""
        if root not in self._kinds:
            items = self.fact(root)
            self._kinds[root] = var = f"k{len(self._kinds)}"
            self._head.append(f"{var} = {self.bind(self._reader_of(root, field).of_all, 'kinds')}({items})")
        return self._kinds[root]

    def _reader_of(self, list_name: str, field: str) -> FieldReader:
        owner = self.glossary.list_of(list_name)
        key = (owner.name, field)
        if key not in self._fields:
            self._fields[key] = FieldReader(self.reader, owner.fields[field], self._memories)
        return self._fields[key]

    def _field(self, list_name: str, field: str) -> str:
        """Expression of a field of `i`: what is plain is read in place, all else by the field's reader."""
        reader = self._reader_of(list_name, field)
        slow = f"{self.bind(reader, 'field')}(i)"
        if not reader.is_simple:
            return slow
        raw, value = self._temporary(), self._temporary()
        plain = f"i.__class__ is dict and ({raw} := i.get({reader.key!r})).__class__ is "
        if reader.reads_bool:
            return f"({raw} if {plain}bool else {slow})"
        known = self.bind(reader.known, "known")
        return f"({value} if {plain}str and ({value} := {known}.get({raw})) is not None else {slow})"

    def _slow(self, node: ast.Condition, scope: str | None) -> str:
        """Rare shapes are evaluated by the reference."""
        run = partial(_by_reference, node, self.reader, self.calendar, scope or "")
        return f"{self.bind(run, 'slow')}(record, now, {'i' if scope else 'None'})"

    # --- predicates ---

    def _term(self, term: ast.Term, scope: str | None) -> str:
        match term:
            case ast.NameRef(name):
                entry = self.glossary.names[name]
                if entry.is_list and entry.parent:
                    run = partial(_value_by_reference, term, self.reader, self.calendar)
                    return f"{self.bind(run, 'listed')}(record, now)"
                return self.fact(name)
            case ast.FieldRef(field):
                assert scope is not None
                return self._field(scope, field)
            case ast.ItemRef():
                assert scope is not None
                owner = self.glossary.list_of(scope)
                return f"{self.bind(partial(plain_value, self.reader, owner), 'plain')}(i)"
            case ast.Today():
                return "today"
            case ast.Now():
                return "now"
            case ast.MoneyLiteral(amount, currency):
                return self.bind(Money(amount, currency), "money")
            case ast.Threshold(name):
                return self.bind(self.glossary.thresholds[name], "threshold")
            case ast.Number(value) if value == int(value):
                return repr(int(value))
            case ast.Number(value) | ast.Day(value):
                return self.bind(value, "literal")
            case ast.Text(value) | ast.Choice(value) | ast.YesNo(value):
                return repr(value)
            case ast.ItRef():
                raise AssertionError("a group's predicate is written once for each of its names")

    def _described(self, term: ast.Reference, scope: str | None) -> Name:
        match term:
            case ast.NameRef(name):
                return self.glossary.names[name]
            case ast.FieldRef(field):
                assert scope is not None
                return self.glossary.fields_of(scope)[field]
            case _:
                assert scope is not None
                return self.glossary.list_of(scope)

    def _same_name(self, left: Name, right: Name, negated: bool) -> str | None:
        """Reading a company's name is slow, and two that are written alike are the same: only others are read."""
        if (
            not all(is_simple(each) and each.expected for each in (left, right))
            or {left.name, right.name} & self._facts.keys()
        ):
            return None
        first, second = (self._raw(each.paths[0]) for each in (left, right))
        blank = self.bind(partial(self.reader.is_blank, left), "blank")
        alike = f"(v := {first}).__class__ is str and v == {second} and not {blank}(v)"
        both = ", ".join(
            f"{self.bind(FactReader(self.reader, each, self._memories.of(each)), 'read')}(record)"
            for each in (left, right)
        )
        return (
            f"({not negated} if {alike} else {self.bind(operations.equal_values, 'op')}({both}, {negated}))"
        )

    def _predicate(self, node: ast.Predicate, scope: str | None) -> str:
        match node:
            case ast.Equals(ast.NameRef(left), ast.NameRef(right), negated) if scope is None and (
                self.glossary.names[left].type == self.glossary.names[right].type == "name"
            ):
                names = self.glossary.names
                if (written := self._same_name(names[left], names[right], negated)) is not None:
                    return written
        value = self._term(node.term, scope)
        if not value.isidentifier():
            name = self._temporary()
            first, value = f"({name} := {value})", name
        else:
            first = value
        known = f"{first}.__class__ is not NK"
        its_type = self._described(node.term, scope).type
        match node:
            case ast.Presence(_, "missing", negated) | ast.Presence(_, "present", negated):
                wants_missing = (node.kind == "missing") != negated
                answer = (
                    f"{value}.missing"
                    if wants_missing
                    else f"(not {value}.missing if {value}.truth is None else False)"
                )
                return f"({not wants_missing} if {known} else {answer})"
            case ast.Equals(_, ast.Choice(option), negated) if its_type == "choice":
                return f"(({value} {'!=' if negated else '=='} {option!r}) if {known} else {value}.truth)"
            case ast.Equals(_, ast.YesNo(wanted), negated) if its_type == "yes/no":
                wanted = wanted != negated
                return (
                    f"(True if {first} is {wanted} else False if {value} is {not wanted} else {value}.truth)"
                )
            case ast.OneOf(_, options, negated) if its_type == "choice" and all(
                isinstance(o, ast.Choice) for o in options
            ):
                values = tuple(option.value for option in options if isinstance(option, ast.Choice))
                return f"(({value} {'not in' if negated else 'in'} {values!r}) if {known} else {value}.truth)"
            case ast.Compare(_, comparison, ast.Number() | ast.Threshold() as other, negated) if its_type in (
                "number",
                "confidence",
            ):
                sign = {
                    "at least": ">=",
                    "at most": "<=",
                    "more than": ">",
                    "less than": "<",
                    "exactly": "==",
                }[comparison]
                answer = f"{value} {sign} {self._term(other, scope)}"
                return f"(({'not ' if negated else ''}({answer})) if {known} else {value}.truth)"
            case _:
                return self._compared(node, first, value, its_type, scope)

    def _compared(self, node: ast.Predicate, first: str, value: str, its_type: str, scope: str | None) -> str:
        """Written out where both sides are of the plain type, otherwise by the function that the reference uses."""
        form = fast_predicates.alone(node, its_type, value, self.bind)
        other = getattr(node, "other", None)
        bound = ""
        if form is None and isinstance(other, ast.NameRef | ast.FieldRef):
            right = self._term(other, scope)
            if not right.isidentifier():
                bound, right = f"({(name := self._temporary())} := {right}) is None or ", name
            form = fast_predicates.against_name(node, its_type, value, right, self.bind)
        if form is None:
            return self._call(node, first, scope)
        guard, answer = form
        if first != value:
            bound = f"{first} is None or {bound}"
        # No value is ever None, so `… is None or` only binds.
        guard = f"({bound}{guard})" if bound else guard
        return f"(({answer}) if {guard} else {self._call(node, value, scope)})"

    def _call(self, node: ast.Predicate, value: str, scope: str | None) -> str:
        """Everything else goes through the very function that the reference uses."""
        function, rest = self._operation(node, scope)
        return f"{self.bind(function, 'op')}({', '.join([value, *rest])})"

    def _operation(self, node: ast.Predicate, scope: str | None) -> tuple[Callable[..., Truth], list[str]]:
        calendar = self.bind(self.calendar, "calendar")
        match node:
            case ast.Presence(_, kind, negated):
                return operations.presence, [repr(kind), str(negated)]
            case ast.Equals(_, other, negated):
                return operations.equal_values, [self._term(other, scope), str(negated)]
            case ast.DiffersBy(_, other, limit, percent, currency, negated):
                return operations.differs_by, [
                    self._term(other, scope),
                    self.bind(limit, "limit"),
                    str(percent),
                    repr(currency),
                    str(negated),
                ]
            case ast.BusinessDay(_, negated):
                return operations.business_day, [str(negated), calendar]
            case ast.OneOf(_, options, negated):
                return operations.one_of, [
                    f"({''.join(self._term(o, scope) + ', ' for o in options)})",
                    str(negated),
                ]
            case ast.Recognised(term, negated):
                return operations.recognised, [self.bind(self._described(term, scope), "name"), str(negated)]
            case ast.Compare(_, comparison, other, negated):
                return operations.compare, [repr(comparison), self._term(other, scope), str(negated)]
            case ast.Between(_, low, high, negated):
                return operations.between, [self._term(low, scope), self._term(high, scope), str(negated)]
            case ast.Order(_, relation, other, negated):
                return operations.order, [repr(relation), self._term(other, scope), str(negated), calendar]
            case ast.Within(_, amount, unit, other, negated):
                return operations.within, [
                    self.bind(amount, "amount"),
                    repr(unit),
                    self._term(other, scope),
                    str(negated),
                    calendar,
                ]
            case ast.Distance(_, comparison, amount, unit, side, other, negated):
                return operations.apart, [
                    repr(comparison),
                    self.bind(amount, "amount"),
                    repr(unit),
                    repr(side),
                    self._term(other, scope),
                    str(negated),
                    calendar,
                ]
            case ast.Overdue(_, amount, unit, negated):
                return operations.overdue, [
                    self.bind(amount, "amount"),
                    repr(unit),
                    str(negated),
                    "now",
                    calendar,
                ]
            case ast.Mentions(_, phrases, word_list, negated):
                mention = fast_predicates.Mention(phrases or self.glossary.word_lists[word_list], negated)
                return mention, []
            case ast.Contradicts(_, name, negated):
                return operations.contradiction, [
                    self.fact(name),
                    self.bind(self.glossary.names[name], "name"),
                    str(negated),
                ]
            case ast.InDomains(_, domains, negated):
                return fast_predicates.in_domains, [self._term(ast.NameRef(domains), scope), str(negated)]
            case ast.InList(_, values, negated):
                return fast_predicates.in_list, [self._term(ast.NameRef(values), scope), str(negated)]


def _about(body: ast.Condition, name: str) -> ast.Condition:
    """A group's predicate with one of its names put in."""
    if isinstance(body, ast.And | ast.Or):
        return type(body)(tuple(_about(part, name) for part in body.parts))
    changed: Any = replace(body, term=ast.NameRef(name))  # type: ignore[arg-type]
    result: ast.Condition = changed
    return result


_COUNTS = {
    "at least": ">=",
    "at most": "<=",
    "more than": ">",
    "less than": "<",
    "fewer than": "<",
    "exactly": "==",
}
# What a question about elements may use of the function around it.
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_OUTER = re.compile(r"\b(?:f\d+|k\d+|today)\b")
_ANY_LOOP = """
def {name}(items, record, now{used}):
    unsure = False
    for i in items:
        t = {each}
        if t is True: return {found}
        if t is None: unsure = True
    return None if unsure else {none}
"""
_COUNT_LOOP = """
def {name}(items, record, now{used}):
    return counted([{each} for i in items], {quantifier!r}, {count})
"""


def _by_reference(
    node: ast.Condition,
    reader: RecordReader,
    calendar: Calendar,
    scope: str,
    record: Any,
    now: datetime,
    item: Any,
) -> Truth:
    return evaluate(node, Situation(record, reader, calendar, now, item, scope))


def _value_by_reference(
    term: ast.Term, reader: RecordReader, calendar: Calendar, record: Any, now: datetime
) -> Any:
    return value_of(term, Situation(record, reader, calendar, now))
