"""
Writes the function that asks every condition of a register about one record.

Most rows are clear for most records, so each is first asked for the least that shows it: a guard (see `fast_guards`),
or a comparison in place. Guards of one system are asked together; a record whose choices were met before in one of
its systems passes all of that system's guards at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from operator import itemgetter
from typing import Any

from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.rules import ast
from holdshort.core.rules.fast_conditions import ConditionWriter
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.fast_guards import Clear, Words, asks_for_blank, rests_on, sure_text
from holdshort.core.rules.source import Reads, Source, indented

_WORDED = ("text", "name", "email")
_MOST_TOGETHER = 5_000


@dataclass
class _Guard:
    part: ast.Condition
    entry: Name
    clear: Clear

    @property
    def is_worded(self) -> bool:
        """Its texts are mostly new, and it is enough to see that there is one."""
        return asks_for_blank(self.part) and self.entry.type in _WORDED


class _Together:
    """The guards of one system, for which the values of all are looked up at once."""

    def __init__(self) -> None:
        self.guards: list[_Guard] = []
        self.seen: set[Any] = set()

    @cached_property
    def keys(self) -> list[str]:
        """Where the guards look; read only once all of them are gathered."""
        return list(dict.fromkeys(guard.entry.paths[0].steps[1].key for guard in self.guards))

    def learn(self, system: dict[str, Any]) -> None:
        """All guards hold: each value is one for which its part is clear."""
        for guard in self.guards:
            if system.get(guard.entry.paths[0].steps[1].key, ABSENT) not in guard.clear.values:
                return
        if len(self.seen) >= _MOST_TOGETHER:
            self.seen.clear()
        self.seen.add(tuple([system[key] for key in self.keys]))


@dataclass
class RowsWriter:
    """Writes `screen(record, now)`."""

    source: Source
    reads: Reads = field(init=False)
    _together: dict[str, _Together] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.reads = Reads(self.source)
        self._there = self.source.bind(Words(self.source.glossary.placeholders).are_there, "there")

    def function(self, conditions: Sequence[ast.Condition], usual: int) -> str:
        """
        Return its source.

        Args:
            conditions: The conditions, in order.
            usual: How many of the first are mostly matched, so that a guard would only cost time.
        """
        guards = [[] if index < usual else self._guards(node) for index, node in enumerate(conditions)]
        for found in guards:
            if found and not found[0].is_worded:
                self._together.setdefault(found[0].entry.paths[0].system, _Together()).guards.append(found[0])
        self._together = {key: each for key, each in self._together.items() if len(each.keys) > 1}
        body: list[str] = []
        for index, (node, found) in enumerate(zip(conditions, guards, strict=True)):
            body += self._guarded(index, node, found) if found else self._row(index, node)
        ask, learn = self._ask_together()
        lines = [
            *self.reads.beginning,
            "found = []",
            *self.reads.lines,
            *ask,
            *body,
            *learn,
            "return found",
        ]
        return "\n".join(["def screen(record, now):", *indented(lines), ""])

    def _row(self, index: int, node: ast.Condition) -> list[str]:
        writer = ConditionWriter(self.source, self.reads)
        clear = writer.clear(node)
        if clear is not None:
            inner = self.reads.again()
            truth = ConditionWriter(self.source, inner).condition(node)
            return [
                f"if not {clear}:",
                *indented(inner.lines),
                f"    t = {truth}",
                f"    if t is not False: found.append(({index}, t))",
            ]
        return [f"t = {writer.condition(node)}", f"if t is not False: found.append(({index}, t))"]

    # --- guards ---

    def _guards(self, node: ast.Condition) -> list[_Guard]:
        """At most two, first the one that is most likely clear."""
        found = []
        for part in _parts(node):
            entry = rests_on(part, self.source.glossary.names)
            if entry is not None:
                found.append(_Guard(part, entry, Clear(truths=entry.type == "yes/no")))
        return sorted(found, key=lambda guard: _how_often_matched(guard.part))[:2]

    def _guarded(self, index: int, node: ast.Condition, guards: list[_Guard]) -> list[str]:
        raws = [f"r{place}" for place in range(len(guards))]
        lines = self._asked(index, node, guards, raws)
        for guard, raw in reversed(list(zip(guards, raws, strict=True))):
            stands = self.reads.raw(guard.entry)
            seen = f"{raw} in {self.source.bind(guard.clear.values, 'seen')}"
            if guard.is_worded:
                longest = self.source.reader.longest_placeholder
                seen = f"({sure_text(raw, longest, self._there)}) or {seen}"
                lines = [
                    f"{raw} = {stands}",
                    f"try: c = {seen}",
                    "except TypeError: c = False",
                    "if not c:",
                    *indented(lines),
                ]
            else:
                lines = [
                    f"try: c = ({raw} := {stands}) in {self.source.bind(guard.clear.values, 'seen')}",
                    "except TypeError: c = False",
                    "if not c:",
                    *indented(lines),
                ]
        system = guards[0].entry.paths[0].system
        if guards[0].is_worded or system not in self._together:
            return lines
        var = self.reads.system(system)
        # The guard did not hold: `m` says that its system has something to mind.
        at = lines.index("if not c:")
        return [f"if not {var}a:", *indented([*lines[: at + 1], f"    {var}m = False", *lines[at + 1 :]])]

    def _asked(self, index: int, node: ast.Condition, guards: list[_Guard], raws: list[str]) -> list[str]:
        """The row itself; a guard's part that is clear is learnt, so that it holds the next time."""
        inner = self.reads.again()
        writer = ConditionWriter(self.source, inner)
        parts = [guard.part for guard in guards]
        tests = [writer.condition(part) for part in parts]
        rest = [writer.condition(part) for part in _parts(node) if part not in parts]
        names = [f"g{place}" for place in range(len(guards))]
        lines = [f"t = {writer.all([*names, *rest])}", f"if t is not False: found.append(({index}, t))"]
        for guard, raw, name, test in reversed(list(zip(guards, raws, names, tests, strict=True))):
            learn = self.source.bind(guard.clear.learn, "learn")
            lines = [f"{name} = {test}", f"if {name} is False: {learn}({raw})", "else:", *indented(lines)]
        return [*inner.lines, *lines]

    def _ask_together(self) -> tuple[list[str], list[str]]:
        ask: list[str] = []
        learn: list[str] = []
        for system, together in self._together.items():
            var = self.reads.system(system)
            pick = self.source.bind(itemgetter(*together.keys), "pick")
            ask += [
                "try:",
                f"    {var}a = {pick}({var}) in {self.source.bind(together.seen, 'seen')}",
                f"    {var}m = not {var}a",
                f"except (KeyError, TypeError): {var}a = {var}m = False",
            ]
            learn.append(f"if {var}m: {self.source.bind(together.learn, 'learn')}({var})")
        return ask, learn


def lacking_function(source: Source) -> tuple[str, tuple[str, ...]]:
    """
    Return the source of `lacking(record, now)`, and the names of which it tells whether no source gives them.

    These are the names that the rows written so far read, and that the playbook does not expect.
    """
    names = source.glossary.names
    not_expected = tuple(name for name in source.asked if not names[name].expected)
    reads = Reads(source)
    answers = []
    for entry in map(names.__getitem__, not_expected):
        if is_simple(entry) and entry.type != "confidence":
            system = reads.system(entry.paths[0].system)
            answers.append(f"{system} is not ODD and {entry.paths[0].steps[1].key!r} not in {system}, ")
        else:
            answers.append(f"{reads.fact(entry.name)} is NOT_EXPECTED, ")
    lines = [*reads.lines, f"return ({''.join(answers)})"]
    return "\n".join(["def lacking(record, now):", *indented(lines), ""]), not_expected


def _parts(node: ast.Condition) -> list[ast.Condition]:
    """Parts of which each that is clear makes the whole clear."""
    match node:
        case ast.And(parts):
            return list(parts)
        case ast.Unless(part, exception):
            return [*_parts(part), ast.Not(exception)]
        case _:
            return [node]


def _how_often_matched(part: ast.Condition) -> int:
    """One choice of several is rare, a blank too, all but one choice common."""
    if asks_for_blank(part):
        return 1
    return 2 if getattr(part, "negated", False) or isinstance(part, ast.Presence) else 0
