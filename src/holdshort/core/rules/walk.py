"""What a condition speaks about: its names, lists, systems and definitions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from holdshort.core.glossary import Glossary
from holdshort.core.rules import ast


def nodes(node: object) -> Iterator[object]:
    """Every node of the tree, the root first."""
    if isinstance(node, tuple):
        for each in node:
            yield from nodes(each)
    elif hasattr(node, "__dataclass_fields__"):
        yield node
        for field in fields(node):  # type: ignore[arg-type]
            yield from nodes(getattr(node, field.name))


def definitions_in(node: object) -> list[str]:
    return [each.name for each in nodes(node) if isinstance(each, ast.Defined)]


def broken_definitions(condition: object, glossary: Glossary) -> list[str]:
    """Definitions that a condition uses and that could not be read themselves."""
    return [name for name in definitions_in(condition) if name not in glossary.definitions]


def names_in(condition: object, glossary: Glossary) -> list[str]:
    """The glossary names that a condition reads, definitions and list filters unfolded, in order of mention."""
    found: dict[str, None] = {}
    _gather(condition, glossary, found, set())
    return list(found)


def systems_in(condition: object) -> list[str]:
    return list(dict.fromkeys(each.system for each in nodes(condition) if isinstance(each, ast.Attached)))


def _gather(condition: object, glossary: Glossary, found: dict[str, None], seen: set[str]) -> None:
    for node in nodes(condition):
        match node:
            case ast.NameRef(name) | ast.Contradicts(_, name):
                _add(name, glossary, found, seen)
            case ast.Agree(names) | ast.Group(_, _, names):
                for name in names:
                    _add(name, glossary, found, seen)
            case ast.Quantified(_, _, name) | ast.Include(name):
                _add(name, glossary, found, seen)
            case ast.InDomains(_, name) | ast.InList(_, name):
                _add(name, glossary, found, seen)
            case ast.Defined(name) if name not in seen:
                seen.add(name)
                _gather(glossary.definitions.get(name), glossary, found, seen)


def _add(name: str, glossary: Glossary, found: dict[str, None], seen: set[str]) -> None:
    entry = glossary.names.get(name)
    while entry is not None and entry.parent:
        if name not in seen and name in glossary.list_filters:
            seen.add(name)
            _gather(glossary.list_filters[name], glossary, found, seen)
        name = entry.parent
        entry = glossary.names.get(name)
    found.setdefault(name, None)
