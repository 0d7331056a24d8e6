"""What is said of one value for which a predicate is matched or cannot tell: the sentence, its values still open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT, follow
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.printer import is_plural, print_term
from holdshort.core.text import clean, find_mention

MOST_ELEMENTS = 3
LONGEST_SHOWN = 80
Record = Mapping[str, Any]
# From the truth, the value, the value on the other side, the record and the list element.
Saying = Callable[[Truth, Any, Any, Record, Any], str]


def saying(
    node: ast.Predicate, reader: RecordReader, entry: Name, list_name: str = "", it: Name | None = None
) -> Saying:
    """
    Return what to say of a predicate.

    Args:
        node: The predicate.
        reader: Knows the glossary.
        entry: Describes the values of its term.
        list_name: The list whose element it speaks of, if any.
        it: The name at hand in `any of A, B or C …`.
    """
    glossary = reader.glossary
    subject = _subject(node.term, glossary, entry, list_name)
    blank = _TakenForBlank(entry, glossary.fields_of(list_name) if list_name else {})
    rest = _rest(node, reader, subject, list_name, it)
    presence = isinstance(node, ast.Presence)
    said = f"{subject} is {'not ' if node.negated else ''}{getattr(node, 'kind', '')}"

    def say(truth: Truth, value: Any, other: Any, record: Record, item: Any) -> str:
        if value.__class__ is NotKnown:
            if truth is True and presence:
                taken = blank.told(record, item) if value.state == "missing" else ""
                why = f": {value.reason}" if value.reason and not node.negated else ""
                return f"{said}{why}{taken}"
            return unknown(subject, value)
        return rest(value, other, record, f"{subject} is {shown_value(value, entry, reader, record)}")

    return say


def other_side(node: ast.Predicate) -> ast.Term | None:
    """The term whose value the sentence quotes beside the subject's."""
    match node:
        case ast.Equals(_, other):
            return other if isinstance(other, ast.NameRef | ast.FieldRef) else None
        case (
            ast.DiffersBy(_, other)
            | ast.Compare(_, _, other)
            | ast.Order(_, _, other)
            | ast.Within(_, _, _, other)
            | ast.Distance(_, _, _, _, _, other)
        ):
            return other
        case ast.Contradicts(_, name):
            return ast.NameRef(name)
        case _:
            return None


def _rest(
    node: ast.Predicate, reader: RecordReader, subject: str, list_name: str, it: Name | None
) -> Callable[[Any, Any, Record, str], str]:
    """What is said of a value that is known: from it, the other side's, the record and `subject is value`."""
    other = other_side(node)
    operand = _operand(other, reader, list_name) if other is not None else None
    match node:
        case ast.Presence(_, kind, negated):
            return lambda *_: f"{subject} is {'not ' if negated else ''}{kind}"
        case ast.Contradicts():
            assert operand is not None
            beside = operand
            return lambda value, right, record, _: f"{subject} says “{short(value)}”, {beside(right, record)}"
        case _ if operand is not None:
            also = operand
            return lambda value, right, record, shown: f"{shown}, {also(right, record)}"
        case ast.Overdue():
            return lambda value, right, record, shown: f"{shown}, {_moment(right)}"
        case ast.Recognised(_, negated):
            return _ending(f", which {'is not' if negated else 'is'} in the glossary's list")
        case ast.InDomains(_, domains, negated):
            return _ending(f", which is {'outside' if negated else 'inside'} {domains}")
        case ast.InList(_, values, negated):
            return _ending(f", which is {'not ' if negated else ''}in {values}")
        case ast.BusinessDay(_, negated):
            return _ending(f", which is {'no' if negated else 'a'} business day")
        case ast.Mentions(_, phrases, word_list, negated):
            looked_for = word_list or " or ".join(f"“{phrase}”" for phrase in phrases[:MOST_ELEMENTS])
            words = phrases or reader.glossary.word_lists[word_list]
            return lambda value, *_: _mention(subject, value, words, negated, looked_for)
        case _:
            return _ending("")


def _ending(end: str) -> Callable[[Any, Any, Record, str], str]:
    return lambda value, right, record, shown: shown + end


def _subject(term: ast.Reference, glossary: Glossary, entry: Name, list_name: str) -> str:
    match term:
        case ast.ItRef() | ast.NameRef():
            return entry.name
        case ast.FieldRef(field):
            return field
        case _:
            return glossary.names[list_name].item or list_name


def _operand(other: ast.Term, reader: RecordReader, list_name: str) -> Callable[[Any, Record], str]:
    match other:
        case ast.NameRef(name):
            entry = reader.glossary.names[name]
        case ast.FieldRef(field):
            entry = reader.glossary.fields_of(list_name)[field]
        case ast.Threshold(name):
            return lambda value, record: f"the {name} is {value}"
        case ast.Today() | ast.Now():
            return lambda value, record: _moment(value)
        case _:
            limit = f"the limit is {print_term(other)}"
            return lambda value, record: limit

    def said(value: Any, record: Record) -> str:
        if isinstance(value, NotKnown):
            return unknown(entry.name, value)
        return f"{entry.name} is {shown_value(value, entry, reader, record)}"

    return said


def _moment(value: date | datetime) -> str:
    return f"now is {value:%Y-%m-%d %H:%M} UTC" if isinstance(value, datetime) else f"today is {value}"


def _mention(subject: str, value: Any, phrases: tuple[str, ...], negated: bool, looked_for: str) -> str:
    if negated:
        return f"{subject} {'do' if is_plural(subject) else 'does'} not mention {looked_for}"
    found = find_mention(str(value), phrases)
    says = "say" if is_plural(subject) else "says"
    return f"{subject} {says} “{found.quote}”" if found else f"{subject} mentions it"


_UNKNOWN = {
    "missing": "is missing",
    "not_provided": "is not provided by any source",
    "stale": "is older than its limit",
    "ai_only": "is only said by AI",
}


def unknown(subject: str, value: NotKnown) -> str:
    if value.state == "conflicting":
        return f"{subject} {value.reason or 'has sources that differ'}"
    if value.state == "known":
        return f"{subject} cannot be read: {value.reason}"
    return f"{subject} {_UNKNOWN[value.state]}"


def unknown_list(subject: str, value: NotKnown) -> str:
    said = unknown(subject, value)
    return said.replace(f"{subject} is ", f"{subject} are ", 1) if is_plural(subject) else said


class _TakenForBlank:
    """Which text was taken for blank, so that nobody has to guess."""

    def __init__(self, entry: Name, fields: Mapping[str, Name]) -> None:
        self._paths = entry.paths
        self._in_item = entry.name in fields

    def told(self, record: Record, item: Any) -> str:
        start = item if self._in_item and isinstance(item, Mapping) else record
        for path in self._paths:
            raw, _ = follow(path, start)
            raw = raw.get("value") if isinstance(raw, Mapping) else raw
            if isinstance(raw, str) and raw.strip():
                return f" (`{short(raw)}` was taken for blank)"
            if raw is ABSENT:
                continue
        return ""


def shown_value(value: Any, entry: Name, reader: RecordReader, record: Record) -> str:
    """A read value as a person would write it."""
    if isinstance(value, str):
        if entry.type == "name":
            raw = reader.raw(entry, record)
            return short(raw) if isinstance(raw, str) else short(value)
        return short(value)
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
    return short(value)


def short(value: Any, most: int = LONGEST_SHOWN) -> str:
    text = clean(value if value.__class__ is str else str(value))
    return text if len(text) <= most else text[: most - 1] + "…"


def differing(
    names: tuple[Name, ...], reader: RecordReader
) -> Callable[[Truth, Record, tuple[Any, ...]], str]:
    """What is said of names that (dis)agree, from the truth, the record and their values."""

    def said(truth: Truth, record: Record, values: tuple[Any, ...]) -> str:
        shown = []
        for entry, value in zip(names, values, strict=True):
            if value.__class__ is NotKnown:
                if truth is None and value.truth is None:
                    shown.append(unknown(entry.name, value))
                continue
            shown.append(f"{entry.name} is {shown_value(value, entry, reader, record)}")
        return ", ".join(shown)

    return said


def list_size(name: str, value: Any) -> str:
    """What is said of how many elements a list has."""
    if value.__class__ is NotKnown:
        return unknown_list(name, value)
    if len(value) == 0:
        return f"{name} {'are' if is_plural(name) else 'is'} empty"
    return f"{name} {'have' if is_plural(name) else 'has'} {len(value)}"


def label_of(owner: Name, word: str) -> Callable[[Any], str]:
    """What tells one element of a list from the next: its kind and its id, title or kind."""
    keys = ("id", f"{owner.item}_id".replace(" ", "_"), "name", "title", "subject", owner.named_by)

    def label(item: Any) -> str:
        if not isinstance(item, Mapping):
            return f"{word} {short(item)}" if isinstance(item, str | int | float) else word
        found: list[str] = []
        for key in keys:
            value = item.get(key) if key else None
            if isinstance(value, str | int) and value not in ("", None) and str(value) not in found:
                found.append(short(value))
            if len(found) == 2:
                break
        if not found:
            return word
        return f"{word} {found[0]}" + (f" ({found[1]})" if len(found) > 1 else "")

    return label


def at_most(lines: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    if len(lines) <= MOST_ELEMENTS:
        return lines
    return [*lines[:MOST_ELEMENTS], f"and {len(lines) - MOST_ELEMENTS} more"]
