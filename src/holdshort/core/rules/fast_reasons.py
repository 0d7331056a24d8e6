"""
The quick way to say why a condition is matched or cannot tell: a function is written for each row that fires often.

It says what `reasons` says; tests hold the two together. What is said of one value comes from `sayings` in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from holdshort.core.presence import Truth
from holdshort.core.rules import ast
from holdshort.core.rules.compiled import define
from holdshort.core.rules.fast_conditions import ConditionWriter, about
from holdshort.core.rules.printer import print_condition, print_term
from holdshort.core.rules.reasons import (
    COUNTS_ALL,
    attachment,
    kinds_there,
    only_sets_the_scene,
    opposite_of,
    reasons,
)
from holdshort.core.rules.reference import Situation
from holdshort.core.rules.sayings import (
    MOST_ELEMENTS,
    at_most,
    differing,
    label_of,
    list_size,
    other_side,
    saying,
    unknown_list,
)
from holdshort.core.rules.source import Reads, Source, indented

Why = Callable[[Mapping[str, Any], datetime], list[str]]
FactOf = Callable[[Mapping[str, Any], datetime], Any]
_Told = Callable[[Mapping[str, Any], datetime, dict[str, list[str]]], list[str]]


class Reasons:
    """Writes the functions of one register, each when it is first wanted."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._written: dict[tuple[str, str, Truth], str] = {}
        self._scene: dict[Any, Any] = {}
        source.namespace.update(say_all=_all, say_once=_once, at_most=at_most)

    def why(self, condition: ast.Condition, truth: Truth) -> Why:
        """Return the function that gives the reasons for which `condition` comes out as `truth` (True or None)."""
        told: _Told = self._defined(self._function(condition, truth))
        return lambda record, now: told(record, now, {})

    def truth(self, condition: ast.Condition) -> Callable[[Mapping[str, Any], datetime], Truth]:
        """Return a function for the truth of `condition`."""
        reads = Reads(self.source)
        expression = ConditionWriter(self.source, reads).condition(condition)
        name = self.source.new("truth_")
        lines = [*reads.beginning, *reads.lines, f"return {expression}"]
        self.source.functions.append("\n".join([f"def {name}(record, now):", *indented(lines), ""]))
        found: Callable[[Mapping[str, Any], datetime], Truth] = self._defined(name)
        return found

    def fact(self, name: str) -> FactOf:
        """Return a function for the value of a record-level name."""
        reads = Reads(self.source)
        var = reads.fact(name)
        function = self.source.new("fact_")
        lines = [*reads.lines, f"return {var}"]
        self.source.functions.append("\n".join([f"def {function}(record, now):", *indented(lines), ""]))
        found: FactOf = self._defined(function)
        return found

    def _defined(self, name: str) -> Any:
        define("\n".join(self.source.functions), self.source.namespace)
        self.source.functions.clear()
        return self.source.namespace[name]

    def _function(self, condition: ast.Condition, truth: Truth, *, denied: bool = False) -> str:
        name = self.source.new("why_")
        reads = Reads(self.source)
        writer = _ReasonWriter(self, ConditionWriter(self.source, reads))
        body = writer.denied(condition, None) if denied else writer.say(condition, truth, None)
        lines = [*reads.beginning, *reads.lines, "out = []", *body, "return out"]
        self.source.functions.append("\n".join([f"def {name}(record, now, memo):", *indented(lines), ""]))
        return name

    def of_definition(self, definition: str, truth: Truth, *, denied: bool = False) -> str:
        """Name of the function for a definition, written once however many conditions use it."""
        key = ("denied" if denied else "said", definition, truth)
        if key not in self._written:
            # Known before it is written: a definition never leads back to itself.
            means = self.source.glossary.definitions[definition]
            self._written[key] = self._function(means, truth, denied=denied)
        return self._written[key]

    def sets_the_scene(self, part: ast.Condition) -> bool:
        return only_sets_the_scene(part, self.source.glossary, self._scene)


class _ReasonWriter:
    """Writes lines that add reasons to the list `out`."""

    def __init__(self, owner: Reasons, conditions: ConditionWriter) -> None:
        self.owner = owner
        self.conditions = conditions
        self.source = owner.source
        self.glossary = owner.source.glossary

    def say(self, node: ast.Condition, truth: Truth, scope: str | None, out: str = "out") -> list[str]:
        """Lines for a condition that comes out as `truth` (True or None)."""
        match node:
            case ast.Always():
                return [f"{out}.append({self._text('the row applies to every record')})"]
            case ast.And(parts):
                return self._of_parts(parts, truth, scope, out, every=truth is True)
            case ast.Or(parts):
                return self._of_parts(parts, truth, scope, out, every=False)
            case ast.Unless(part, exception):
                return self._unless(part, exception, truth, scope, out)
            case ast.Not(part):
                return self.say(part, None, scope, out) if truth is None else self.denied(part, scope, out)
            case ast.Defined(name):
                return [f"{out} += say_once({self.owner.of_definition(name, truth)}, record, now, memo)"]
            case ast.Attached(system, negated):
                return [f"{out}.append({self._text(attachment(system, negated, truth))})"]
            case ast.Agree(names):
                entries = tuple(self.glossary.names[name] for name in names)
                said = self._bind(differing(entries, self.source.reader), "said")
                values = "".join(f"{self.conditions.reads.fact(name)}, " for name in names)
                return [f"{out}.append({said}({truth}, record, ({values})))"]
            case ast.Group(_, _, names, body) if not isinstance(body, ast.Not):
                return self._group(node, names, body, truth, scope, out)
            case ast.Quantified() if scope is None:
                return self._of_elements(node, truth, out)
            case ast.ListSize(ast.NameRef(name) as term) if not self.glossary.names[name].parent:
                size, text = self._bind(list_size, "size"), self._text(print_term(term))
                return [f"{out}.append({size}({text}, {self.conditions.reads.fact(name)}))"]
            case ast.Include():
                return self._included(node, truth, scope, out)
            case ast.Quantified() | ast.ListSize() | ast.DistinctValues() | ast.Group():
                return self._slowly(node, truth, scope, out)
            case _:
                return [f"{out}.append({self._of_predicate(node, truth, scope)})"]

    def denied(self, node: ast.Condition, scope: str | None, out: str = "out") -> list[str]:
        """Lines that say why `node` is not so: the reasons for its opposite, where that can be said."""
        if isinstance(node, ast.Defined):
            name = self.owner.of_definition(node.name, True, denied=True)
            opposite: ast.Condition | None = ast.Not(self.glossary.definitions[node.name])
            said = [f"{out} += say_once({name}, record, now, memo)"]
        else:
            opposite = opposite_of(node, self.glossary)
            said = self.say(opposite, True, scope, out) if opposite is not None else []
        text = self._text(f"it is not so that {print_condition(node, self.glossary)}")
        plainly = [f"{out}.append({text})"]
        if opposite is None:
            return plainly
        return self._if(self._is(opposite, True, scope), said, plainly)

    # --- parts ---

    def _bind(self, value: object, hint: str) -> str:
        return self.source.bind(value, hint)

    def _text(self, text: str) -> str:
        return self._bind(text, "text")

    def _is(self, node: ast.Condition, truth: Truth, scope: str | None) -> str:
        if isinstance(node, ast.Not):
            wanted = None if truth is None else not truth
            return f"({self.conditions.condition(node.part, scope)}) is {wanted}"
        return f"({self.conditions.condition(node, scope)}) is {truth}"

    def _if(self, test: str, then: list[str], otherwise: list[str] | None = None) -> list[str]:
        lines = [f"if {test}:", *indented(then or ["pass"])]
        return [*lines, "else:", *indented(otherwise)] if otherwise else lines

    def _of_parts(
        self, parts: tuple[ast.Condition, ...], truth: Truth, scope: str | None, out: str, *, every: bool
    ) -> list[str]:
        telling, setting = self.source.new("a"), self.source.new("b")
        lines = [f"{telling} = []", f"{setting} = []"]
        for part in parts:
            sets = truth is True and self.owner.sets_the_scene(part)
            said = self.say(part, truth, scope, setting if sets else telling)
            test = "" if every else self._is(part, truth, scope)
            if truth is True and not every:
                test = f"len({telling}) < {MOST_ELEMENTS * 2} and {test}"
            lines += self._if(test, said) if test else said
        return [*lines, f"{out} += say_all({telling}, {setting})"]

    def _unless(
        self, part: ast.Condition, exception: ast.Condition, truth: Truth, scope: str | None, out: str
    ) -> list[str]:
        found = self.source.new("a")
        lines = [
            f"{found} = []",
            *self._if(self._is(part, truth, scope), self.say(part, truth, scope, found)),
        ]
        if truth is None:
            lines += self._if(self._is(exception, None, scope), self.say(exception, None, scope, found))
        else:
            lines += self._if(f"not {found}", self.denied(exception, scope, found))
        return [*lines, f"{out} += {found}"]

    def _group(
        self,
        node: ast.Group,
        names: tuple[str, ...],
        body: ast.Condition,
        truth: Truth,
        scope: str | None,
        out: str,
    ) -> list[str]:
        found = self.source.new("a")
        lines = [f"{found} = []"]
        for name in names:
            one = about(body, name)
            lines += self._if(self._is(one, truth, scope), self.say(one, truth, scope, found))
        return [*lines, f"{out} += {found} or [{self._text(print_condition(node, self.glossary))}]"]

    def _slowly(self, node: ast.Condition, truth: Truth, scope: str | None, out: str) -> list[str]:
        run = partial(_by_reference, node, truth, self.source, scope or "")
        return [f"{out} += {self._bind(run, 'slow')}(record, now, {'i' if scope else 'None'})"]

    def _of_predicate(self, node: ast.Predicate, truth: Truth, scope: str | None) -> str:
        entry = self.conditions.described(node.term, scope)
        say = self._bind(saying(node, self.source.reader, entry, scope or ""), "say")
        value = self.conditions.term(node.term, scope)
        other = other_side(node)
        right = self.conditions.term(other, scope) if other is not None else "None"
        if isinstance(node, ast.Overdue):
            right = "now" if entry.type == "time" else self.conditions.reads.today()
        return f"{say}({truth}, {value}, {right}, record, {'i' if scope else 'None'})"

    # --- lists ---

    def _of_elements(self, node: ast.Quantified, truth: Truth, out: str) -> list[str]:
        scope = node.list
        filters, root = self.conditions.filters(scope)
        items = self.conditions.reads.fact(root)
        unknown = f"{out}.append({self._bind(unknown_list, 'unknown')}({self._text(scope)}, {items}))"
        belongs = (
            self.conditions.all([self.conditions.condition(test, scope) for test in filters])
            if filters
            else ""
        )
        sentence = self._text(print_condition(node, self.glossary))
        if node.quantifier in COUNTS_ALL and truth is True:
            count = f"sum(({belongs}) is True for i in {items})" if belongs else f"len({items})"
            there = (
                f"{sentence} + (f' (the record has {{n}})' if (n := {count}) else ' (the record has none)')"
            )
            return self._if(f"{items}.__class__ is NK", [unknown], [f"{out}.append({there})"])
        word = self.glossary.names[scope].item or scope
        label = self._bind(label_of(self.glossary.list_of(scope), word), "label")
        lines, said = self.source.new("a"), self.source.new("b")
        parts = [part for part in (node.where, node.body) if part is not None]
        names = [self.source.new("p") for _ in parts]
        belonging = self.source.new("p")
        tests = [
            *([f"{belonging} = {belongs}"] if belongs else []),
            *(
                f"{name} = {self.conditions.condition(part, scope)}"
                for name, part in zip(names, parts, strict=True)
            ),
        ]
        truths = [*([belonging] if belongs else []), *names]
        skip = [f"{each} is False" for each in truths]
        if truth is None:
            skip.append("not (" + (" or ".join(f"{each} is None" for each in truths) or "False") + ")")
        inner: list[str] = [*tests, *([f"if {' or '.join(skip)}: continue"] if skip else []), f"{said} = []"]
        for name, part in zip(names, parts, strict=True):
            unsure = self.say(part, None, scope, said)
            if truth is True:
                inner += self._if(f"{name} is None", unsure, self.say(part, True, scope, said))
            else:
                inner += self._if(f"{name} is None", unsure)
        inner.append(f"{lines}.append({label}(i) + (': ' + ', '.join({said}) if {said} else ''))")
        loop = [
            f"{lines} = []",
            f"for i in {items}:",
            *indented(inner),
            f"{out} += at_most({lines}) or [{sentence}]",
        ]
        return self._if(f"{items}.__class__ is NK", [unknown], loop)

    def _included(self, node: ast.Include, truth: Truth, scope: str | None, out: str) -> list[str]:
        filters, root = self.conditions.filters(node.list)
        if filters:
            return self._slowly(node, truth, scope, out)
        items = self.conditions.reads.fact(root)
        unknown = f"{out}.append({self._bind(unknown_list, 'unknown')}({self._text(node.list)}, {items}))"
        field = self.source.field(root, self.glossary.list_of(node.list).named_by)
        there, lines = self.source.new("a"), self.source.new("b")
        kinds = f"[{self._bind(field, 'field')}(i) for i in {items} if i.__class__ is dict]"
        body = [
            f"{there} = ' (the record has ' + {self._bind(kinds_there, 'kinds')}({kinds}) + ')'",
            f"{lines} = []",
        ]
        for item in node.items:
            one = ast.Include(node.list, (item,))
            text = self._text(print_condition(one, self.glossary))
            test = f"({self.conditions.included(node.list, *item)}) is {truth}"
            body += self._if(test, [f"{lines}.append({text} + {there})"])
        body.append(f"{out} += {lines} or [{self._text(print_condition(node, self.glossary))}]")
        return self._if(f"{items}.__class__ is NK", [unknown], body)


def _all(telling: list[str], setting: list[str]) -> list[str]:
    said = telling or setting
    return said if len(said) < 2 else list(dict.fromkeys(said))


def _once(why: _Told, record: Any, now: datetime, memo: dict[str, list[str]]) -> list[str]:
    """The reasons for a definition, worked out once for each record."""
    key = why.__name__
    said = memo.get(key)
    if said is None:
        said = memo[key] = why(record, now, memo)
    return said


def _by_reference(
    node: ast.Condition, truth: Truth, source: Source, scope: str, record: Any, now: datetime, item: Any
) -> list[str]:
    return reasons(node, Situation(record, source.reader, source.calendar, now, item, scope), truth)
