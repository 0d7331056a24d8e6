"""
Guards: most rows are clear for most records because of one text, which was met before.

A guard is the part of a row, or of a question about list elements, that rests on one raw value alone. The values for
which that part was found clear are remembered; where one of them stands, nothing else of the row needs to be asked.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.rules import ast
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.source import Source

_MOST_REMEMBERED = 1_000
_LONGEST_REMEMBERED = 200
# Types whose values are read from the raw text alone: no locale, zone or currency beside it bears on them.
_TEXT_TYPES = ("text", "choice", "name", "email", "zone", "yes/no")
_DATED = ("date", "time")


class Clear:
    """The raw values for which one part of a row is clear."""

    def __init__(self, *, truths: bool, key: str = "") -> None:
        """`truths`: yes and no may be remembered; elsewhere true and 1 would be taken for each other."""
        self.values: set[Any] = set()
        self._kinds = (str, type(None), type(ABSENT), *((bool,) if truths else ()))
        self._key = key

    def learn(self, raw: Any) -> None:
        if raw.__class__ not in self._kinds or (raw.__class__ is str and len(raw) > _LONGEST_REMEMBERED):
            return
        if len(self.values) >= _MOST_REMEMBERED:
            self.values.clear()
        self.values.add(raw)

    def learn_of(self, item: Any) -> None:
        if item.__class__ is dict:
            self.learn(item.get(self._key, ABSENT))


def rests_on(node: ast.Condition, names: dict[str, Name], *, field: bool = False) -> Name | None:
    """
    Return the entry of the one raw value that decides `node`, or None where there is more to it.

    Args:
        node: A part of a condition.
        names: Entries by name: of the glossary, or of a list's fields.
        field: Whether the value is a field of a list element.
    """
    match node:
        case ast.Presence(term, kind) if kind in ("missing", "present"):
            types: tuple[str, ...] = (*_TEXT_TYPES, *_DATED)
        case ast.Equals(term, ast.Choice() | ast.YesNo() | ast.Text()) | ast.Recognised(term):
            types = _TEXT_TYPES
        case ast.OneOf(term, options) if all(isinstance(each, ast.Choice | ast.Text) for each in options):
            types = _TEXT_TYPES
        case _:
            return None
    match term:
        case ast.NameRef(name) if not field:
            entry = names[name]
            return entry if entry.type in types and is_simple(entry) else None
        case ast.FieldRef(name) if field:
            entry = names[name]
            return entry if entry.type in types else None
        case _:
            return None


def sure_text(raw: str, longest_blank: int, placeholders: str) -> str:
    """
    Expression that holds for a `raw` that is surely no blank, whatever it is read as.

    Args:
        raw: A local variable.
        longest_blank: Length of the longest placeholder.
        placeholders: Name of the set of all placeholders, folded.
    """
    # Cleaning takes nothing from such a beginning but a blank at either end, whatever comes after it: markup and
    # entities begin with `<` and `&`. What is left is longer than any placeholder.
    enough = longest_blank + 3
    return (
        f"{raw}.__class__ is str and ("
        f"(b := {raw}[:{enough}]).isascii() and b.isprintable() and '<' not in b and '&' not in b and '  ' not in b"
        f" if len({raw}) >= {enough} else"
        f" {raw}.isascii() and {raw}.replace('-', '').isalnum() and {raw}.lower() not in {placeholders})"
    )


def asks_for_blank(node: ast.Condition) -> bool:
    if not isinstance(node, ast.Presence):
        return False
    return (node.kind, node.negated) in (("missing", False), ("present", True))


class ElementGuard(NamedTuple):
    """What a loop needs in order to pass over an element at once."""

    raw: str
    """Expression of the raw value of `i`."""
    seen: str
    """Name of the set of raw values for which the test is clear."""
    learn: str
    """Name of the function that takes the value of an element into that set."""
    test: str
    """Expression of the part of the question that rests on it."""


class _Conditions(Protocol):
    @property
    def source(self) -> Source: ...

    def condition(self, node: ast.Condition, scope: str | None = None) -> str: ...


def element_guard(
    tests: list[ast.Condition], scope: str, writer: _Conditions
) -> tuple[ElementGuard, list[ast.Condition]] | None:
    """The guard among the tests of a list's elements, and the tests that are left; None where there is none."""
    source = writer.source
    fields = dict(source.glossary.fields_of(scope))
    for place, test in enumerate(tests):
        entry = rests_on(test, fields, field=True)
        reader = source.field(scope, entry.name) if entry is not None else None
        if entry is None or reader is None or not reader.is_simple:
            continue
        clear = Clear(truths=entry.type == "yes/no", key=reader.key)
        guard = ElementGuard(
            f"i.get({reader.key!r}, A)",
            source.bind(clear.values, "seen"),
            source.bind(clear.learn_of, "learn"),
            writer.condition(test, scope),
        )
        return guard, [*tests[:place], *tests[place + 1 :]]
    return None
