"""
Rows, or the part of a row that is asked first, that rest on nothing but choices and on yes or no.

Such values are few, and whole combinations of them come again from record to record. The rows of one system, and rows
that compare the same choices of several, are asked together: what they came out as is remembered by the combination of
raw values, so that a combination that was met before costs one look-up however many rows rest on it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT
from holdshort.core.presence import Truth
from holdshort.core.rules import ast
from holdshort.core.rules.fast_conditions import ConditionWriter
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.fast_guards import asks_for_blank
from holdshort.core.rules.source import Reads, Source, indented
from holdshort.core.rules.walk import names_in, nodes

_MOST_REMEMBERED = 5_000
_LONGEST_REMEMBERED = 200
# More values than these have too many combinations for one to come again.
_MOST_OF_ONE_SYSTEM = 8
_MOST_OF_SEVERAL = 6
_FEW_VALUES = ("choice", "yes/no")
_RESTS_ON_VALUES = (
    ast.Always, ast.And, ast.Or, ast.Not, ast.Unless, ast.Agree, ast.Group, ast.Presence, ast.Equals, ast.OneOf,
    ast.Recognised, ast.NameRef, ast.ItRef, ast.Choice, ast.YesNo, ast.Text, ast.Number,
)  # fmt: skip

Found = tuple[tuple[tuple[int, Truth], ...], frozenset[int]]
"""Rows that are matched or cannot tell; and rows whose first part is not clear, so that the rest has to be asked."""


class Patterns:
    """What the rows of one group came out as for each combination of raw values; forgotten when there are too many."""

    def __init__(self, entries: Sequence[Name]) -> None:
        self.known: dict[tuple[Any, ...], Found] = {}
        # Yes and 1 are one look-up and read alike as yes or no; as a choice they would be taken for each other.
        self._kinds = [
            (str, type(None), type(ABSENT), *((bool,) if entry.type == "yes/no" else ())) for entry in entries
        ]

    def learn(self, raw: tuple[Any, ...], ask: Callable[[Any, Any], Found], record: Any, now: Any) -> Found:
        """What `ask` says of the record, remembered where its raw values are plain."""
        for each, kinds in zip(raw, self._kinds, strict=True):
            if each.__class__ not in kinds or (each.__class__ is str and len(each) > _LONGEST_REMEMBERED):
                return ask(record, now)
        found = self.known.get(raw)
        if found is None:
            if len(self.known) >= _MOST_REMEMBERED:
                self.known.clear()
            found = self.known[raw] = ask(record, now)
        return found


@dataclass
class Group:
    """Rows that are asked together."""

    entries: dict[str, Name] = field(default_factory=dict)
    whole: dict[int, ast.Condition] = field(default_factory=dict)
    """Rows of which the values decide everything."""
    first: dict[int, ast.Condition] = field(default_factory=dict)
    """Of other rows the part that rests on the values: where it is clear, so is the row."""

    @property
    def systems(self) -> list[str]:
        return list(dict.fromkeys(entry.paths[0].system for entry in self.entries.values()))

    def takes(self, entries: dict[str, Name]) -> bool:
        """Whether rows over these may be asked with it."""
        together = len(self.entries | entries)
        if len(self.systems) == 1:
            theirs = {entry.paths[0].system for entry in entries.values()}
            return theirs == set(self.systems) and together <= _MOST_OF_ONE_SYSTEM
        return bool(self.entries.keys() & entries.keys()) and together <= _MOST_OF_SEVERAL

    def written(self, source: Source, reads: Reads) -> tuple[list[str], str]:
        """
        Return the lines that ask it, and the local variable that then holds the rows still to be asked.

        Args:
            source: Where the function goes that asks its rows one by one.
            reads: Holds the systems.
        """
        patterns = Patterns(list(self.entries.values()))
        ask, still = self._asking(source), source.new("o")
        places = [entry.paths[0] for entry in self.entries.values()]
        one_by_one = "".join(f"{reads.raw(entry)}, " for entry in self.entries.values())
        raw = f"({one_by_one})"
        is_whole = all(entry.expected for entry in self.entries.values())
        if is_whole and len(self.systems) == 1 and len(places) > 1:
            # At once where all are there, as they are where they are expected.
            pick = itemgetter(*(place.steps[1].key for place in places))
            raw = f"{source.bind(pick, 'pick')}({reads.system(self.systems[0])})"
        return [
            f"try: p, {still} = {source.bind(patterns.known, 'known')}[{raw}]",
            "except (KeyError, TypeError):"
            f" p, {still} = {source.bind(patterns.learn, 'learn')}(({one_by_one}), {ask}, record, now)",
            "if p: found += p",
        ], still

    def _asking(self, source: Source) -> str:
        name, reads = source.new("pattern_"), Reads(source)
        writer = ConditionWriter(source, reads)
        lines = ["found, still = [], []"]
        for index, node in self.whole.items():
            lines += [f"t = {writer.condition(node)}", f"if t is not False: found.append(({index}, t))"]
        for index, node in self.first.items():
            lines.append(f"if {writer.condition(node)} is not False: still.append({index})")
        lines = [*reads.beginning, *reads.lines, *lines, "return tuple(found), frozenset(still)"]
        source.functions.append("\n".join([f"def {name}(record, now):", *indented(lines), ""]))
        return name


def grouped(conditions: Sequence[ast.Condition], glossary: Glossary, usual: int) -> list[Group]:
    """
    Return the groups of a register's rows.

    Args:
        conditions: The conditions, in order.
        glossary: Names and definitions.
        usual: How many of the first are mostly matched, so that a first part is never clear.
    """
    groups: list[Group] = []
    for index, node in enumerate(conditions):
        entries = rests_on(node, glossary)
        if entries and len(entries) <= _most(entries):
            _group_for(groups, entries).whole[index] = node
        elif index >= usual and (first := _first_part(node, glossary)) is not None:
            _group_for(groups, rests_on(first, glossary) or {}).first[index] = first
    return groups


def rests_on(node: ast.Condition, glossary: Glossary) -> dict[str, Name] | None:
    """The choices and yes-or-nos that decide `node`, by name; None where there is more to it."""
    if not _is_of_values(node, glossary, set()):
        return None
    entries = {name: glossary.names[name] for name in names_in(node, glossary)}
    plain = all(entry.type in _FEW_VALUES and is_simple(entry) for entry in entries.values())
    return entries if plain else None


def _is_of_values(node: ast.Condition, glossary: Glossary, seen: set[str]) -> bool:
    for each in nodes(node):
        if isinstance(each, ast.Defined):
            if each.name not in seen:
                seen.add(each.name)
                if not _is_of_values(glossary.definitions[each.name], glossary, seen):
                    return False
        elif not isinstance(each, _RESTS_ON_VALUES):
            return False
    return True


def _first_part(node: ast.Condition, glossary: Glossary) -> ast.Condition | None:
    """The parts of a row that rest on values of one system, that of the part which is most likely clear."""
    found = []
    for part in parts_of(node):
        entries = rests_on(part, glossary)
        if entries and len({entry.paths[0].system for entry in entries.values()}) == 1:
            found.append((part, next(iter(entries.values())).paths[0].system, len(entries)))
    if not found:
        return None
    best = min(found, key=lambda each: how_often_matched(each[0]))[1]
    chosen = [part for part, system, count in found if system == best and count <= _MOST_OF_ONE_SYSTEM]
    if not chosen:
        return None
    together = ast.And(tuple(chosen))
    if len(chosen) == 1 or len(rests_on(together, glossary) or {}) > _MOST_OF_ONE_SYSTEM:
        return chosen[0]
    return together


def _most(entries: dict[str, Name]) -> int:
    return (
        _MOST_OF_ONE_SYSTEM if len({e.paths[0].system for e in entries.values()}) == 1 else _MOST_OF_SEVERAL
    )


def _group_for(groups: list[Group], entries: dict[str, Name]) -> Group:
    systems = {entry.paths[0].system for entry in entries.values()}
    for group in groups:
        if (len(group.systems) == 1) == (len(systems) == 1) and group.takes(entries):
            break
    else:
        groups.append(group := Group())
    group.entries.update(entries)
    return group


def parts_of(node: ast.Condition) -> list[ast.Condition]:
    """Parts of which each that is clear makes the whole clear."""
    match node:
        case ast.And(parts):
            return list(parts)
        case ast.Unless(part, exception):
            return [*parts_of(part), ast.Not(exception)]
        case _:
            return [node]


def how_often_matched(part: ast.Condition) -> int:
    """One choice of several is rare, a blank too, all but one choice common."""
    if asks_for_blank(part):
        return 1
    return 2 if getattr(part, "negated", False) or isinstance(part, ast.Presence) else 0
