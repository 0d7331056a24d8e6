"""Say in words why a condition is matched or cannot tell, with the values that were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from holdshort.core.glossary import Glossary
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition, print_term
from holdshort.core.rules.reference import Situation, described, elements, evaluate, told_once, value_of
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
from holdshort.core.rules.sayings import (
    short as short,  # for those who import it from here
)
from holdshort.core.rules.vocabulary import plural


def reasons(condition: ast.Condition, at: Situation, truth: Truth) -> list[str]:
    """
    Return one short sentence for each part that makes `condition` come out as `truth` (True or None) at `at`.

    Sentences quote what the record says; they are for people, and nothing is decided from them. This is the slow,
    obvious way; `fast_reasons` has to say the same.
    """
    match condition:
        case ast.Always():
            return ["the row applies to every record"]
        case ast.And(parts):
            return _of_parts(parts, at, truth, every=truth is True)
        case ast.Or(parts):
            return _of_parts(parts, at, truth, every=False)
        case ast.Unless(part, exception):
            found = reasons(part, at, truth) if evaluate(part, at) == truth else []
            if truth is None and evaluate(exception, at) is None:
                found += reasons(exception, at, None)
            elif truth is True and not found:
                found = _denied(exception, at)
            return found
        case ast.Not(part):
            return reasons(part, at, None) if truth is None else _denied(part, at)
        case ast.Defined(name):
            inner = replace(at, item=None, list_name="", it=None)
            means = at.glossary.definitions[name]
            said: list[str] = told_once(at, ("reasons", name, truth), lambda: reasons(means, inner, truth))
            return list(said)
        case ast.Attached(system, negated):
            return [attachment(system, negated, truth)]
        case ast.Agree(names):
            entries = tuple(at.glossary.names[name] for name in names)
            values = tuple(at.reader.read(entry, at.record) for entry in entries)
            return [differing(entries, at.reader)(truth, at.record, values)]
        case ast.Group(_, _, names, body):
            found = []
            for name in names:
                inner = replace(at, it=at.glossary.names[name])
                if evaluate(body, inner) == truth:
                    found += reasons(body, inner, truth)
            return found or [print_condition(condition, at.glossary)]
        case ast.Quantified():
            return _of_elements(condition, at, truth)
        case ast.ListSize(term):
            return [list_size(print_term(term), value_of(term, at))]
        case ast.Include():
            return _included(condition, at, truth)
        case ast.DistinctValues():
            return [_distinct(condition, at)]
        case _:
            return [_of_predicate(condition, at, truth)]


def _denied(condition: ast.Condition, at: Situation) -> list[str]:
    """Why `condition` is not so: the reasons for its opposite, where that can be said."""
    opposite = opposite_of(condition, at.glossary)
    if opposite is not None and evaluate(opposite, at) is True:
        return reasons(opposite, at, True)
    return [f"it is not so that {print_condition(condition, at.glossary)}"]


COUNTS_ALL = ("no", "every", "at most", "fewer than")
"""Quantifiers of which no single element is the reason why they hold."""
_OPPOSITE: Mapping[str, ast.Quantifier] = {
    "any": "no",
    "no": "any",
    "at least": "fewer than",
    "fewer than": "at least",
    "more than": "at most",
    "at most": "more than",
}


def opposite_of(condition: ast.Condition, glossary: Glossary) -> ast.Condition | None:
    match condition:
        case ast.Always(truth):
            return ast.Always(not truth)
        case ast.And(parts):
            return ast.Or(tuple(ast.Not(part) for part in parts))
        case ast.Or(parts):
            return ast.And(tuple(ast.Not(part) for part in parts))
        case ast.Unless(part, exception):
            return ast.Or((ast.Not(part), exception))
        case ast.Not(part):
            return part
        case ast.Defined(name):
            return ast.Not(glossary.definitions[name])
        case ast.Quantified("every", _, name, where, body) if body is not None:
            return ast.Quantified("any", 0, name, where, ast.Not(body))
        case ast.Group("every", _, names, body):
            return ast.Group("any", 0, names, ast.Not(body))
        case ast.Quantified(quantifier, _) | ast.Group(quantifier, _) if quantifier in _OPPOSITE:
            return replace(condition, quantifier=_OPPOSITE[quantifier])
    deniable: Any = condition
    return replace(deniable, negated=not deniable.negated) if hasattr(deniable, "negated") else None


def attachment(system: str, negated: bool, truth: Truth) -> str:
    if truth is None:
        article = "an" if system[:1] in "aeiou" else "a"
        return f"no connected source says whether there is {article} {system}"
    return f"{system} is {'not ' if negated else ''}on file"


def _distinct(condition: ast.DistinctValues, at: Situation) -> str:
    """How many different values there are, and which."""
    value = value_of(condition.term, at)
    name = print_term(condition.term)
    if isinstance(value, NotKnown):
        return unknown_list(name, value)
    owner = described(condition.term, at)
    field = owner.fields[condition.field]
    read = [at.reader.read(field, each) for each in value if isinstance(each, Mapping)]
    known = list(dict.fromkeys(short(each, 30) for each in read if not isinstance(each, NotKnown)))
    listed = f" ({', '.join(known[:MOST_ELEMENTS])})" if known else ""
    return f"{name} on {len(known)} {condition.field if len(known) == 1 else plural(condition.field)}{listed}"


def _of_parts(parts: tuple[ast.Condition, ...], at: Situation, truth: Truth, *, every: bool) -> list[str]:
    telling: list[str] = []
    setting: list[str] = []
    for part in parts:
        its = evaluate(part, at)
        if its == truth:
            said = reasons(part, at, truth)
            if truth is True and only_sets_the_scene(part, at.glossary, at.told):
                setting += said
            else:
                telling += said
            if truth is True and not every and len(telling) >= MOST_ELEMENTS * 2:
                break
    return list(dict.fromkeys(telling or setting))


def only_sets_the_scene(part: ast.Condition, glossary: Glossary, known: dict[Any, Any]) -> bool:
    """
    `contract is attached and …`: what has to be there for the rest to be asked is not why the row fired.

    `known` keeps what was found for each definition.
    """
    match part:
        case ast.Attached(_, negated):
            return not negated
        case ast.Presence(_, kind, negated):
            return kind in ("present", "provided") and not negated
        case ast.Mentions(_, _, _, negated):
            return negated
        case ast.And(parts) | ast.Or(parts):
            return all(only_sets_the_scene(each, glossary, known) for each in parts)
        case ast.Defined(name):
            # `deal is won`: a definition that only gives a state of affairs a name.
            key = ("sets the scene", name)
            if key not in known:
                means = glossary.definitions[name]
                known[key] = isinstance(means, ast.Equals) or only_sets_the_scene(means, glossary, known)
            return bool(known[key])
        case _:
            return False


def _of_elements(condition: ast.Quantified, at: Situation, truth: Truth) -> list[str]:
    found = elements(condition.list, at)
    word = at.glossary.names[condition.list].item or condition.list
    label = label_of(at.glossary.list_of(condition.list), word)
    if isinstance(found, NotKnown):
        return [unknown_list(condition.list, found)]
    if condition.quantifier in COUNTS_ALL and truth is True:
        sure = sum(1 for _, belongs in found if belongs is True)
        there = f"the record has {sure}" if sure else "the record has none"
        return [f"{print_condition(condition, at.glossary)} ({there})"]
    lines = []
    for item, belongs in found:
        inner = replace(at, item=item, list_name=condition.list, it=None)
        parts = [part for part in (condition.where, condition.body) if part is not None]
        truths = [belongs, *(evaluate(part, inner) for part in parts)]
        if False in truths or (truth is None and None not in truths):
            continue
        said: list[str] = []
        for part, its in zip(parts, truths[1:], strict=True):
            if its is None or truth is True:
                said += reasons(part, inner, its)
        lines.append(f"{label(item)}: {', '.join(said)}" if said else label(item))
    return at_most(lines) or [print_condition(condition, at.glossary)]


def _included(condition: ast.Include, at: Situation, truth: Truth) -> list[str]:
    found = elements(condition.list, at)
    if isinstance(found, NotKnown):
        return [unknown_list(condition.list, found)]
    field = at.glossary.fields_of(condition.list)[at.glossary.list_of(condition.list).named_by]
    kinds = [
        at.reader.read(field, item)
        for item, belongs in found
        if belongs is True and isinstance(item, Mapping)
    ]
    there = kinds_there(kinds)
    lines = []
    for item in condition.items:
        one = ast.Include(condition.list, (item,))
        if evaluate(one, at) == truth:
            lines.append(f"{print_condition(one, at.glossary)} (the record has {there})")
    return lines or [print_condition(condition, at.glossary)]


def kinds_there(kinds: Sequence[Any]) -> str:
    """How many elements there are of each kind that is known, the most frequent first."""
    counted = Counter(short(kind, 30) for kind in kinds if not isinstance(kind, NotKnown))
    return ", ".join(f"{count} {kind}" for kind, count in counted.most_common(MOST_ELEMENTS * 2)) or "none"


def _of_predicate(condition: ast.Predicate, at: Situation, truth: Truth) -> str:
    entry = described(condition.term, at)
    say = saying(condition, at.reader, entry, at.list_name, at.it)
    other: ast.Term | None = other_side(condition)
    if isinstance(condition, ast.Overdue):
        other = ast.Now() if entry.type == "time" else ast.Today()
    right = value_of(other, at) if other is not None else None
    return say(truth, value_of(condition.term, at), right, at.record, at.item)
