"""Writes a condition as one Python expression that keeps *cannot tell*, over the facts that its stretch has read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Name
from holdshort.core.presence import Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast, fast_predicates, operations
from holdshort.core.rules.fast_calls import operation
from holdshort.core.rules.fast_facts import FactReader, is_simple
from holdshort.core.rules.fast_guards import ElementGuard, asks_for_blank, element_guard, sure_text
from holdshort.core.rules.fast_lists import COUNTS, loop
from holdshort.core.rules.reference import Situation, attached, evaluate, plain_value, value_of
from holdshort.core.rules.source import Reads, Source, whole


class ConditionWriter:
    """
    Writes expressions; what they need of the record is read by `reads`, in lines that come before them.

    In an expression about the element of a list the element is `i`, and `scope` names the list.
    """

    def __init__(self, source: Source, reads: Reads) -> None:
        self.source = source
        self.glossary = source.glossary
        self.reads = reads

    def condition(self, node: ast.Condition, scope: str | None = None) -> str:
        match node:
            case ast.Always(truth):
                return str(truth)
            case ast.And(parts):
                return self.all([self.condition(part, scope) for part in parts])
            case ast.Or(parts):
                return self._some([self.condition(part, scope) for part in parts])
            case ast.Unless(part, exception):
                return self.all([self.condition(part, scope), self._not(self.condition(exception, scope))])
            case ast.Not(part):
                return self._not(self.condition(part, scope))
            case ast.Defined(name):
                return self.reads.defined(name, lambda reads: self._definition(name, reads))
            case ast.Attached(system, negated):
                entry = self.glossary.systems[system]
                return f"{self._bind(attached, 'attached')}(record, {self._bind(entry, 'system')}, {negated})"
            case ast.Agree(names, negated):
                return self._agree(names, negated)
            case ast.Group(quantifier, count, names, body):
                each = [self.condition(about(body, name), scope) for name in names]
                if quantifier == "any":
                    return self._some(each)
                if quantifier == "every":
                    return self.all(each)
                return f"counted([{', '.join(each)}], {quantifier!r}, {count})"
            case ast.Quantified():
                return self._quantified(node, scope)
            case ast.Include(name, items, joined):
                each = [self.included(name, *item) for item in items]
                return self.all(each) if joined == "and" else self._some(each)
            case ast.ListSize(ast.NameRef(name), comparison, count):
                tests, root = self.filters(name)
                if not tests:
                    return self._size(self.reads.fact(root), comparison, count)
                return self._over(root, tests, comparison, count)
            case ast.ListSize() | ast.DistinctValues():
                return self._slow(node, scope)
            case _:
                return self._predicate(node, scope)

    def _definition(self, name: str, reads: Reads) -> str:
        """A definition speaks of the record, wherever it is used."""
        before, self.reads = self.reads, reads
        try:
            return self.condition(self.glossary.definitions[name], None)
        finally:
            self.reads = before

    def _bind(self, value: object, hint: str) -> str:
        return self.source.bind(value, hint)

    def _temporary(self) -> str:
        return self.source.new("t")

    def all(self, parts: list[str]) -> str:
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
        facts = [self.reads.fact(name) for name in names]
        slow = f"{self._bind(operations.agree, 'agree')}(({', '.join(facts)}), {negated})"
        # Known values that are plainly equal need no more than that; money may lack its currency.
        plain = all(self.glossary.names[name].type not in ("money", "list") for name in names)
        if not plain:
            return slow
        return f"({not negated} if {facts[0]}.__class__ is not NK and {' == '.join(facts)} else {slow})"

    # --- lists ---

    def _quantified(self, node: ast.Quantified, scope: str | None) -> str:
        if scope is not None:
            return self._slow(node, scope)
        tests, root = self.filters(node.list)
        if node.where is not None:
            tests += _parts(node.where)
        if node.quantifier == "every":
            said = self.condition(node.body, node.list) if node.body is not None else "True"
            chosen = [self.condition(test, node.list) for test in tests]
            each = self._some([self._not(self.all(chosen)), said]) if tests else said
            return self._over_each(root, each, node.quantifier, node.count)
        if node.body is not None:
            tests += _parts(node.body)
        return self._over(root, tests, node.quantifier, node.count, node.list)

    def filters(self, list_name: str) -> tuple[list[ast.Condition], str]:
        """The filters of a part of a list, outermost first, and the list itself."""
        found: list[ast.Condition] = []
        name = self.glossary.names[list_name]
        while name.parent:
            found.insert(0, self.glossary.list_filters[name.name])
            name = self.glossary.names[name.parent]
        return found, name.name

    def _size(self, items: str, comparison: str, count: int) -> str:
        return f"({items}.truth if {items}.__class__ is NK else len({items}) {COUNTS[comparison]} {count})"

    def _over(
        self, root: str, tests: list[ast.Condition], quantifier: str, count: int, scope: str = ""
    ) -> str:
        """So many elements of a list for which all `tests` hold."""
        scope = scope or root
        guarded = element_guard(tests, scope, self)
        guard, rest = guarded or (None, tests)
        written = [*(["g"] if guard else []), *(self.condition(test, scope) for test in rest)]
        each = self.all(written) if written else "True"
        return self._over_each(root, each, quantifier, count, guard)

    def _over_each(
        self, root: str, each: str, quantifier: str, count: int, guard: ElementGuard | None = None
    ) -> str:
        """The same for what `each` says of `i`: a function with a loop, called where there are any elements."""
        items = self.reads.fact(root)
        call = loop(self.source, items, each, quantifier, count, guard)
        empty = operations.counted([], quantifier, count)
        return f"({items}.truth if {items}.__class__ is NK else ({call} if {items} else {empty}))"

    def included(self, list_name: str, quantifier: str, count: int, wanted: str) -> str:
        """Whether so many elements of a list are of the kind `wanted`."""
        filters, root = self.filters(list_name)
        field = self.glossary.list_of(list_name).named_by
        if quantifier == "at least" and count == 1:
            quantifier, count = "any", 0
        kind, name = self.field(list_name, field), self._temporary()
        tests = [self.condition(test, list_name) for test in filters]
        each = self.all([*tests, f"(None if ({name} := {kind}).__class__ is NK else {name} == {wanted!r})"])
        slow = self._over_each(root, each, quantifier, count)
        if tests or quantifier == "every":
            return slow
        kinds = self.reads.kinds(root, field)
        if quantifier in ("any", "no"):
            answer = f"{wanted!r} {'in' if quantifier == 'any' else 'not in'} {kinds}"
        else:
            answer = f"{kinds}.count({wanted!r}) {COUNTS[quantifier]} {count}"
        return f"({answer} if {kinds} is not None else {slow})"

    def field(self, list_name: str, field: str) -> str:
        """Expression of a field of `i`: what is plain is read in place, all else by the field's reader."""
        reader = self.source.field(list_name, field)
        slow = f"{self._bind(reader, 'field')}(i)"
        if not reader.is_simple:
            return slow
        raw, value = self._temporary(), self._temporary()
        plain = f"i.__class__ is dict and ({raw} := i.get({reader.key!r})).__class__ is "
        if reader.reads_bool:
            return f"({raw} if {plain}bool else {slow})"
        known = self._bind(reader.known, "known")
        return f"({value} if {plain}str and ({value} := {known}.get({raw})) is not None else {slow})"

    def _slow(self, node: ast.Condition, scope: str | None) -> str:
        """Rare shapes are evaluated by the reference."""
        run = partial(_by_reference, node, self.source.reader, self.source.calendar, scope or "")
        return f"{self._bind(run, 'slow')}(record, now, {'i' if scope else 'None'})"

    # --- predicates ---

    def term(self, term: ast.Term, scope: str | None) -> str:
        """Expression of the value that a term stands for."""
        match term:
            case ast.NameRef(name):
                entry = self.glossary.names[name]
                if entry.is_list and entry.parent:
                    run = partial(_value_by_reference, term, self.source.reader, self.source.calendar)
                    return f"{self._bind(run, 'listed')}(record, now)"
                return self.reads.fact(name)
            case ast.FieldRef(field):
                assert scope is not None
                return self.field(scope, field)
            case ast.ItemRef():
                assert scope is not None
                owner = self.glossary.list_of(scope)
                return f"{self._bind(partial(plain_value, self.source.reader, owner), 'plain')}(i)"
            case ast.Today():
                return self.reads.today()
            case ast.Now():
                return "now"
            case ast.MoneyLiteral(amount, currency):
                return self._bind(Money(amount, currency), "money")
            case ast.Threshold(name):
                return self._bind(self.glossary.thresholds[name], "threshold")
            case ast.Number(value) if value == int(value):
                return repr(int(value))
            case ast.Number(value) | ast.Day(value):
                return self._bind(value, "literal")
            case ast.Text(value) | ast.Choice(value) | ast.YesNo(value):
                return repr(value)
            case ast.ItRef():
                raise AssertionError("a group's predicate is written once for each of its names")

    def described(self, term: ast.Reference, scope: str | None) -> Name:
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
        if not all(is_simple(each) and each.expected for each in (left, right)):
            return None
        first, second = (self.reads.raw(each) for each in (left, right))
        blank = self._bind(partial(self.source.reader.is_blank, left), "blank")
        placeholders = self._bind(self.glossary.placeholders, "placeholders")
        there = sure_text("v", self.source.reader.longest_placeholder, placeholders)
        alike = f"(v := {first}).__class__ is str and v == {second} and (({there}) or not {blank}(v))"
        both = ", ".join(
            f"{self._bind(FactReader(self.source.reader, each, self.source.memories.of(each)), 'read')}(record)"
            for each in (left, right)
        )
        return (
            f"({not negated} if {alike} else {self._bind(operations.equal_values, 'op')}({both}, {negated}))"
        )

    def _predicate(self, node: ast.Predicate, scope: str | None) -> str:
        match node:
            case ast.Equals(ast.NameRef(left), ast.NameRef(right), negated) if scope is None and (
                self.glossary.names[left].type == self.glossary.names[right].type == "name"
            ):
                names = self.glossary.names
                if (written := self._same_name(names[left], names[right], negated)) is not None:
                    return written
        if isinstance(node.term, ast.NameRef) and (money := self.reads.money(node.term.name)):  # noqa: SIM102
            if (written := self._of_money(node, money, scope)) is not None:
                return written
        value = self.term(node.term, scope)
        if not value.isidentifier():
            name = self._temporary()
            first, value = f"({name} := {value})", name
        else:
            first = value
        known = f"{first}.__class__ is not NK"
        its_type = self.described(node.term, scope).type
        match node:
            case ast.Presence(_, "missing" | "present"):
                return self._presence(node, known, value)
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
                answer = f"{value} {fast_predicates.SIGNS[comparison]} {self._number(other)}"
                return f"(({'not ' if negated else ''}({answer})) if {known} else {value}.truth)"
            case _:
                return self._compared(node, first, value, its_type, scope)

    def _number(self, term: ast.Number | ast.Threshold) -> str:
        number = term.value if isinstance(term, ast.Number) else self.glossary.thresholds[term.name]
        return repr(int(number)) if number == int(number) else self._bind(number, "number")

    def _presence(self, node: ast.Presence, known: str, value: str) -> str:
        """Whether a value is missing or present, where `known` says that it is known."""
        wants_missing = (node.kind == "missing") != node.negated
        answer = (
            f"{value}.missing"
            if wants_missing
            else f"(not {value}.missing if {value}.truth is None else False)"
        )
        return f"({not wants_missing} if {known} else {answer})"

    def _of_money(self, node: ast.Predicate, money: tuple[str, str, str], scope: str | None) -> str | None:
        """What is said of an amount, without making a value of it where it is whole and in a plain currency."""
        amount, currency, value = money
        if isinstance(node, ast.Presence) and node.kind in ("missing", "present"):
            return self._presence(node, f"{amount} is not None", value)
        other = getattr(node, "other", None)
        right = self.reads.money(other.name) if isinstance(other, ast.NameRef) else None
        form = fast_predicates.of_amount(node, amount, currency, right, self._bind)
        if form is None:
            return None
        guard, answer = form
        rest = [whole(right)] if right else None
        slow = self._call(node, whole(money), scope, rest)
        if right is None:
            slow = f"({value}.truth if {value}.__class__ is NK else {slow})"
        return f"(({answer}) if {guard} else {slow})"

    def _compared(self, node: ast.Predicate, first: str, value: str, its_type: str, scope: str | None) -> str:
        """Written out where both sides are of the plain type, otherwise by the function that the reference uses."""
        form = fast_predicates.alone(node, its_type, value, self._bind)
        other = getattr(node, "other", None)
        bound = ""
        if form is None and isinstance(other, ast.NameRef | ast.FieldRef):
            right = self.term(other, scope)
            if not right.isidentifier():
                bound, right = f"({(name := self._temporary())} := {right}) is None or ", name
            form = fast_predicates.against_name(node, its_type, value, right, self._bind)
        if form is None:
            return self._call(node, first, scope)
        guard, answer = form
        if isinstance(node, ast.Overdue):
            self.reads.today()
        if first != value:
            bound = f"{first} is None or {bound}"
        # No value is ever None, so `… is None or` only binds.
        guard = f"({bound}{guard})" if bound else guard
        return f"(({answer}) if {guard} else {self._call(node, value, scope)})"

    def _call(
        self, node: ast.Predicate, value: str, scope: str | None, others: list[str] | None = None
    ) -> str:
        """Everything else goes through the very function that the reference uses."""
        function, rest = operation(node, scope, self, others)
        call = f"{self._bind(function, 'op')}({', '.join([value, *rest])})"
        if value.isidentifier() and isinstance(node.term, ast.NameRef) and not isinstance(node, ast.Presence):  # noqa: SIM102
            if not self.glossary.names[node.term.name].expected:
                return f"(False if {value} is NOT_EXPECTED else {call})"
        return call

    # --- clear at once ---

    def clear(self, node: ast.Condition) -> str | None:
        """
        An expression that holds only where `node` is clear, and mostly does; None where there is no quick one.

        It is made for the head of an `if`, where Python compares without making a truth of it first.
        """
        match node:
            case ast.And(parts):
                found = [each for each in map(self.clear, parts) if each is not None]
                return f"({' or '.join(found)})" if found else None
            case ast.Unless(part):
                return self.clear(part)
            case ast.Or(parts):
                every = [self.clear(part) for part in parts]
                return None if None in every else f"({' and '.join(str(each) for each in every)})"
            case ast.Group("any", _, names, body):
                every = [self.clear(about(body, name)) for name in names]
                return None if None in every else f"({' and '.join(str(each) for each in every)})"
            case ast.Defined():
                return f"{self.condition(node)} is False"
            case ast.Agree(names, True) if all(
                self.glossary.names[name].type not in ("money", "list") for name in names
            ):
                facts = [self.reads.fact(name) for name in names]
                return f"({facts[0]}.__class__ is not NK and {' == '.join(facts)})"
            case ast.Quantified() | ast.Include() | ast.ListSize() | ast.DistinctValues():
                return None
            case ast.Always() | ast.Not() | ast.Attached() | ast.Agree() | ast.Group():
                return None
            case _:
                return self._clear_predicate(node)

    def _clear_predicate(self, node: ast.Predicate) -> str | None:
        clear = self._plainly_clear(node)
        if clear is None or not isinstance(node.term, ast.NameRef) or isinstance(node, ast.Presence):
            return clear
        if self.glossary.names[node.term.name].expected or self.reads.money(node.term.name):
            return clear
        return f"({self.reads.fact(node.term.name)} is NOT_EXPECTED or {clear})"

    def _plainly_clear(self, node: ast.Predicate) -> str | None:
        if not isinstance(node.term, ast.NameRef) or self.glossary.names[node.term.name].is_list:
            return None
        name = self.glossary.names[node.term.name]
        other = getattr(node, "other", None)
        if name.type == "name" or (
            isinstance(other, ast.NameRef) and self.glossary.names[other.name].is_list
        ):
            return None
        if money := self.reads.money(name.name):
            right = self.reads.money(other.name) if isinstance(other, ast.NameRef) else None
            if isinstance(node, ast.Presence) and asks_for_blank(node):
                return f"{money[0]} is not None"
            form = fast_predicates.of_amount(node, money[0], money[1], right, self._bind)
            return f"({form[0]} and not ({form[1]}))" if form else None
        value = self.reads.fact(name.name)
        match node:
            case ast.Presence() if asks_for_blank(node):
                return f"{value}.__class__ is not NK"
            case ast.Equals(_, ast.Choice(option), negated) if name.type == "choice":
                return f"({value} {'==' if negated else '!='} {option!r} and {value}.__class__ is not NK)"
            case ast.Equals(_, ast.YesNo(wanted), negated) if name.type == "yes/no":
                return f"{value} is {wanted == negated}"
            case ast.Compare(_, comparison, ast.Number() | ast.Threshold() as other, negated) if (
                name.type in ("number", "confidence")
            ):
                answer = f"{value} {fast_predicates.SIGNS[comparison]} {self._number(other)}"
                return f"({value}.__class__ is not NK and {'' if negated else 'not '}({answer}))"
        form = fast_predicates.alone(node, name.type, value, self._bind)
        if form is None and isinstance(other, ast.NameRef):
            form = fast_predicates.against_name(
                node, name.type, value, self.reads.fact(other.name), self._bind
            )
        if isinstance(node, ast.Overdue):
            self.reads.today()
        if form is None or form[1] == "True":
            return None
        return f"({form[0]})" if form[1] == "False" else f"({form[0]} and not ({form[1]}))"


def _parts(node: ast.Condition) -> list[ast.Condition]:
    return list(node.parts) if isinstance(node, ast.And) else [node]


def about(body: ast.Condition, name: str) -> ast.Condition:
    """A group's predicate with one of its names put in."""
    if isinstance(body, ast.And | ast.Or):
        return type(body)(tuple(about(part, name) for part in body.parts))
    if isinstance(body, ast.Not):
        return ast.Not(about(body.part, name))
    changed: Any = replace(body, term=ast.NameRef(name))  # type: ignore[arg-type]
    result: ast.Condition = changed
    return result


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
