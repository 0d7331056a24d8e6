"""Say in words why a condition is matched or cannot tell, with the values that were read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT, follow
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.rules import ast
from holdshort.core.rules.printer import is_plural, print_condition, print_term
from holdshort.core.rules.reference import Situation, described, elements, evaluate, value_of
from holdshort.core.rules.vocabulary import plural
from holdshort.core.text import clean, find_mention

_MOST_ELEMENTS = 3


def reasons(condition: ast.Condition, at: Situation, truth: Truth) -> list[str]:
    """
    Return one short sentence for each part that makes `condition` come out as `truth` (True or None) at `at`.

    Sentences quote what the record says; they are for people, and nothing is decided from them.
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
            return reasons(at.glossary.definitions[name], inner, truth)
        case ast.Attached(system, negated):
            if truth is None:
                article = "an" if system[:1] in "aeiou" else "a"
                return [f"no connected source says whether there is {article} {system}"]
            return [f"{system} is {'not ' if negated else ''}on file"]
        case ast.Agree(names):
            return _differing(names, at, truth)
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
            value = value_of(term, at)
            if isinstance(value, NotKnown):
                return [_unknown_list(print_term(term), value)]
            return [_size(print_term(term), len(value))]
        case ast.Include():
            return _included(condition, at, truth)
        case ast.DistinctValues():
            return [_distinct(condition, at)]
        case _:
            return [_of_predicate(condition, at, truth)]


def _denied(condition: ast.Condition, at: Situation) -> list[str]:
    """Why `condition` is not so: the reasons for its opposite, where that can be said."""
    opposite = _opposite(condition, at)
    if opposite is not None and evaluate(opposite, at) is True:
        return reasons(opposite, at, True)
    return [f"it is not so that {print_condition(condition, at.glossary)}"]


_OPPOSITE: Mapping[str, ast.Quantifier] = {
    "any": "no",
    "no": "any",
    "at least": "fewer than",
    "fewer than": "at least",
    "more than": "at most",
    "at most": "more than",
}


def _opposite(condition: ast.Condition, at: Situation) -> ast.Condition | None:
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
            return ast.Not(at.glossary.definitions[name])
        case ast.Quantified("every", _, name, where, body) if body is not None:
            return ast.Quantified("any", 0, name, where, ast.Not(body))
        case ast.Group("every", _, names, body):
            return ast.Group("any", 0, names, ast.Not(body))
        case ast.Quantified(quantifier, _) | ast.Group(quantifier, _) if quantifier in _OPPOSITE:
            return replace(condition, quantifier=_OPPOSITE[quantifier])
    deniable: Any = condition
    return replace(deniable, negated=not deniable.negated) if hasattr(deniable, "negated") else None


def _size(name: str, count: int) -> str:
    if count == 0:
        return f"{name} {'are' if is_plural(name) else 'is'} empty"
    return f"{name} {'have' if is_plural(name) else 'has'} {count}"


def _distinct(condition: ast.DistinctValues, at: Situation) -> str:
    """How many different values there are, and which."""
    value = value_of(condition.term, at)
    name = print_term(condition.term)
    if isinstance(value, NotKnown):
        return _unknown_list(name, value)
    owner = described(condition.term, at)
    field = owner.fields[condition.field]
    read = [at.reader.read(field, each) for each in value if isinstance(each, Mapping)]
    known = list(dict.fromkeys(short(each, 30) for each in read if not isinstance(each, NotKnown)))
    listed = f" ({', '.join(known[:_MOST_ELEMENTS])})" if known else ""
    return f"{name} on {len(known)} {condition.field if len(known) == 1 else plural(condition.field)}{listed}"


def _of_parts(parts: tuple[ast.Condition, ...], at: Situation, truth: Truth, *, every: bool) -> list[str]:
    telling: list[str] = []
    setting: list[str] = []
    for part in parts:
        its = evaluate(part, at)
        if its == truth:
            said = reasons(part, at, truth)
            if truth is True and _only_sets_the_scene(part, at):
                setting += said
            else:
                telling += said
            if truth is True and not every and len(telling) >= _MOST_ELEMENTS * 2:
                break
    return list(dict.fromkeys(telling or setting))


def _only_sets_the_scene(part: ast.Condition, at: Situation) -> bool:
    """`contract is attached and …`: what has to be there for the rest to be asked is not why the row fired."""
    match part:
        case ast.Attached(_, negated):
            return not negated
        case ast.Presence(_, kind, negated):
            return kind in ("present", "provided") and not negated
        case ast.Mentions(_, _, _, negated):
            return negated
        case ast.And(parts) | ast.Or(parts):
            return all(_only_sets_the_scene(each, at) for each in parts)
        case ast.Defined(name):
            # `deal is won`: a definition that only gives a state of affairs a name.
            means = at.glossary.definitions[name]
            return isinstance(means, ast.Equals) or _only_sets_the_scene(means, at)
        case _:
            return False


def _differing(names: tuple[str, ...], at: Situation, truth: Truth) -> list[str]:
    shown = []
    for name in names:
        entry = at.glossary.names[name]
        value = at.reader.read(entry, at.record)
        if isinstance(value, NotKnown):
            if truth is None and value.truth is None:
                shown.append(_unknown(name, value))
            continue
        shown.append(f"{name} is {shown_value(value, entry, at)}")
    return [", ".join(shown)]


def _of_elements(condition: ast.Quantified, at: Situation, truth: Truth) -> list[str]:
    found = elements(condition.list, at)
    owner = at.glossary.list_of(condition.list)
    word = at.glossary.names[condition.list].item or condition.list
    if isinstance(found, NotKnown):
        return [_unknown_list(condition.list, found)]
    if condition.quantifier in ("no", "every", "at most", "fewer than") and truth is True:
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
        label = f"{word}{_label(owner, item, at)}"
        lines.append(f"{label}: {', '.join(said)}" if said else label)
    if len(lines) > _MOST_ELEMENTS:
        lines = [*lines[:_MOST_ELEMENTS], f"and {len(lines) - _MOST_ELEMENTS} more"]
    return lines or [print_condition(condition, at.glossary)]


def _label(owner: Name, item: Any, at: Situation) -> str:
    """What tells one element from the next: its id, title or kind."""
    if not isinstance(item, Mapping):
        return f" {short(item)}" if isinstance(item, str | int | float) else ""
    found = []
    for key in ("id", f"{owner.item}_id".replace(" ", "_"), "name", "title", "subject", owner.named_by):
        value = item.get(key) if key else None
        if isinstance(value, str | int) and value not in ("", None) and str(value) not in found:
            found.append(short(value))
        if len(found) == 2:
            break
    return f" {' '.join(found[:1])}" + (f" ({found[1]})" if len(found) > 1 else "") if found else ""


def _included(condition: ast.Include, at: Situation, truth: Truth) -> list[str]:
    found = elements(condition.list, at)
    if isinstance(found, NotKnown):
        return [_unknown_list(condition.list, found)]
    field = at.glossary.fields_of(condition.list)[at.glossary.list_of(condition.list).named_by]
    kinds = [
        at.reader.read(field, item)
        for item, belongs in found
        if belongs is True and isinstance(item, Mapping)
    ]
    counted = Counter(short(kind, 30) for kind in kinds if not isinstance(kind, NotKnown))
    shown = ", ".join(f"{count} {kind}" for kind, count in counted.most_common(_MOST_ELEMENTS * 2))
    lines = []
    for item in condition.items:
        one = ast.Include(condition.list, (item,))
        if evaluate(one, at) == truth:
            lines.append(f"{print_condition(one, at.glossary)} (the record has {shown or 'none'})")
    return lines or [print_condition(condition, at.glossary)]


def _of_predicate(condition: ast.Predicate, at: Situation, truth: Truth) -> str:
    term = condition.term
    entry = described(term, at)
    subject = _subject(term, at, entry)
    value = value_of(term, at)
    if isinstance(value, NotKnown):
        if truth is True and isinstance(condition, ast.Presence):
            blank = _taken_for_blank(entry, at) if value.state == "missing" else ""
            why = f": {value.reason}" if value.reason and not condition.negated else ""
            return f"{subject} is {'not ' if condition.negated else ''}{condition.kind}{why}{blank}"
        return _unknown(subject, value)
    shown = f"{subject} is {shown_value(value, entry, at)}"
    match condition:
        case ast.Presence(_, kind, negated):
            return f"{subject} is {'not ' if negated else ''}{kind}"
        case ast.Equals(_, other, negated) if isinstance(other, ast.NameRef | ast.FieldRef):
            return f"{shown}, {_operand(other, at)}"
        case ast.Equals():
            return shown
        case (
            ast.DiffersBy(_, other)
            | ast.Compare(_, _, other)
            | ast.Order(_, _, other)
            | ast.Within(_, _, _, other)
        ):
            return f"{shown}, {_operand(other, at)}"
        case ast.Distance(_, _, _, _, _, other):
            return f"{shown}, {_operand(other, at)}"
        case ast.Overdue():
            return f"{shown}, {_operand(ast.Now() if entry.type == 'time' else ast.Today(), at)}"
        case ast.Recognised(_, negated):
            return f"{shown}, which {'is not' if negated else 'is'} in the glossary's list"
        case ast.Mentions(_, phrases, word_list, negated):
            looked_for = word_list or " or ".join(f"“{phrase}”" for phrase in phrases[:_MOST_ELEMENTS])
            words = phrases or at.glossary.word_lists[word_list]
            return _mention(subject, value, words, negated, looked_for)
        case ast.Contradicts(_, name):
            return f"{subject} says “{short(value)}”, {_operand(ast.NameRef(name), at)}"
        case ast.InDomains(_, domains, negated):
            return f"{shown}, which is {'outside' if negated else 'inside'} {domains}"
        case ast.InList(_, values, negated):
            return f"{shown}, which is {'not ' if negated else ''}in {values}"
        case ast.BusinessDay(_, negated):
            return f"{shown}, which is {'no' if negated else 'a'} business day"
        case _:
            return shown


def _subject(term: ast.Reference, at: Situation, entry: Name) -> str:
    match term:
        case ast.ItRef() | ast.NameRef():
            return entry.name
        case ast.FieldRef(field):
            return field
        case _:
            return at.glossary.names[at.list_name].item or at.list_name


def _operand(other: ast.Term, at: Situation) -> str:
    value = value_of(other, at)
    match other:
        case ast.NameRef(name):
            entry = at.glossary.names[name]
        case ast.FieldRef(field):
            entry = at.glossary.fields_of(at.list_name)[field]
        case ast.Threshold(name):
            return f"the {name} is {value}"
        case ast.Today():
            return f"today is {value}"
        case ast.Now():
            return f"now is {value:%Y-%m-%d %H:%M} UTC"
        case _:
            return f"the limit is {print_term(other)}"
    if isinstance(value, NotKnown):
        return _unknown(entry.name, value)
    return f"{entry.name} is {shown_value(value, entry, at)}"


def _mention(subject: str, value: Any, phrases: tuple[str, ...], negated: bool, looked_for: str) -> str:
    if negated:
        return f"{subject} {'do' if is_plural(subject) else 'does'} not mention {looked_for}"
    found = find_mention(str(value), phrases)
    says = "say" if is_plural(subject) else "says"
    return f"{subject} {says} “{found.quote}”" if found else f"{subject} mentions it"


def _unknown_list(subject: str, value: NotKnown) -> str:
    said = _unknown(subject, value)
    return said.replace(f"{subject} is ", f"{subject} are ", 1) if is_plural(subject) else said


def _unknown(subject: str, value: NotKnown) -> str:
    words = {
        "missing": "is missing",
        "not_provided": "is not provided by any source",
        "stale": "is older than its limit",
        "ai_only": "is only said by AI",
        "conflicting": value.reason or "has sources that differ",
        "known": f"cannot be read: {value.reason}",
    }[value.state]
    return f"{subject} {words}"


def _taken_for_blank(entry: Name, at: Situation) -> str:
    """Which text was taken for blank, so that nobody has to guess."""
    start = at.item if isinstance(at.item, Mapping) and entry.name in _field_names(at) else at.record
    for path in entry.paths:
        raw, _ = follow(path, start)
        raw = raw.get("value") if isinstance(raw, Mapping) else raw
        if isinstance(raw, str) and raw.strip():
            return f" (`{short(raw)}` was taken for blank)"
        if raw is ABSENT:
            continue
    return ""


def _field_names(at: Situation) -> Mapping[str, Name]:
    return at.glossary.fields_of(at.list_name) if at.list_name else {}


def shown_value(value: Any, entry: Name, at: Situation) -> str:
    """A read value as a person would write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Money):
        return f"{value.amount:,} {value.currency}".strip()
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M UTC")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return f"{len(value)} {'value' if len(value) == 1 else 'values'}"
    if entry.type == "name":
        raw = at.reader.raw(entry, at.record)
        return short(raw) if isinstance(raw, str) else short(value)
    return short(value)


def short(value: Any, most: int = 80) -> str:
    text = clean(str(value))
    return text if len(text) <= most else text[: most - 1] + "…"
