"""
Writes the function that asks every condition of a register about one record.

Most rows are clear for most records, so each is first asked for the least that shows it: all rows that rest on choices
together (see `fast_patterns`), and every other by a guard (see `fast_guards`) or a comparison in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from holdshort.core.glossary import Name
from holdshort.core.rules import ast
from holdshort.core.rules.fast_conditions import ConditionWriter
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.fast_guards import Clear, asks_for_blank, rests_on, sure_text
from holdshort.core.rules.fast_patterns import Group, grouped, how_often_matched, parts_of
from holdshort.core.rules.source import Reads, Source, indented

_WORDED = ("text", "name", "email")


@dataclass
class _Guard:
    part: ast.Condition
    entry: Name
    clear: Clear

    @property
    def is_worded(self) -> bool:
        """Its texts are mostly new, and it is enough to see that there is one."""
        return asks_for_blank(self.part) and self.entry.type in _WORDED


@dataclass
class RowsWriter:
    """Writes `screen(record, now)`."""

    source: Source
    reads: Reads = field(init=False)

    def __post_init__(self) -> None:
        self.reads = Reads(self.source)
        self._placeholders = self.source.bind(self.source.glossary.placeholders, "placeholders")

    def function(self, conditions: Sequence[ast.Condition], usual: int) -> str:
        """
        Return its source.

        Args:
            conditions: The conditions, in order.
            usual: How many of the first are mostly matched, so that a guard would only cost time.
        """
        groups = grouped(conditions, self.source.glossary, usual)
        together = {index for group in groups for index in (*group.whole, *group.first)}
        body: list[str] = []
        for group in groups:
            body += self._together(group, conditions)
        for index, node in enumerate(conditions):
            if index not in together:
                guards = [] if index < usual else self._guards(node)
                body += self._guarded(index, node, guards) if guards else self._row(index, node)
        lines = [
            *self.reads.beginning,
            "found = []",
            *self.reads.lines,
            *body,
            # Rows that are asked together come first; whoever reads the answer wants the register's order.
            *(["if len(found) > 1: found.sort()"] if together else []),
            "return found",
        ]
        return "\n".join(["def screen(record, now):", *indented(lines), ""])

    def _together(self, group: Group, conditions: Sequence[ast.Condition]) -> list[str]:
        """The rows of a group; of those that it shows to be clear nothing else is asked."""
        lines, still = group.written(self.source, self.reads)
        rest: list[str] = []
        for index in group.first:
            inner = self.reads.again()
            truth = ConditionWriter(self.source, inner).condition(conditions[index])
            rest += [
                f"if {index} in {still}:",
                *indented([*inner.lines, f"t = {truth}", f"if t is not False: found.append(({index}, t))"]),
            ]
        return [*lines, *([f"if {still}:", *indented(rest)] if rest else [])]

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
        for part in parts_of(node):
            entry = rests_on(part, self.source.glossary.names)
            if entry is not None:
                found.append(_Guard(part, entry, Clear(truths=entry.type == "yes/no")))
        return sorted(found, key=lambda guard: how_often_matched(guard.part))[:2]

    def _guarded(self, index: int, node: ast.Condition, guards: list[_Guard]) -> list[str]:
        raws = [f"r{place}" for place in range(len(guards))]
        lines = self._asked(index, node, guards, raws)
        for guard, raw in reversed(list(zip(guards, raws, strict=True))):
            stands = self.reads.raw(guard.entry)
            seen = f"{raw} in {self.source.bind(guard.clear.values, 'seen')}"
            if guard.is_worded:
                longest = self.source.reader.longest_placeholder
                seen = f"({sure_text(raw, longest, self._placeholders)}) or {seen}"
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
        return lines

    def _asked(self, index: int, node: ast.Condition, guards: list[_Guard], raws: list[str]) -> list[str]:
        """The row itself; a guard's part that is clear is learnt, so that it holds the next time."""
        inner = self.reads.again()
        writer = ConditionWriter(self.source, inner)
        parts = [guard.part for guard in guards]
        tests = [writer.condition(part) for part in parts]
        rest = [writer.condition(part) for part in parts_of(node) if part not in parts]
        names = [f"g{place}" for place in range(len(guards))]
        lines = [f"t = {writer.all([*names, *rest])}", f"if t is not False: found.append(({index}, t))"]
        for guard, raw, name, test in reversed(list(zip(guards, raws, names, tests, strict=True))):
            learn = self.source.bind(guard.clear.learn, "learn")
            lines = [f"{name} = {test}", f"if {name} is False: {learn}({raw})", "else:", *indented(lines)]
        return [*inner.lines, *lines]


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
