"""What has to be there for a condition to be matched: values, lists and systems without which it never is."""

from __future__ import annotations

from functools import reduce

from holdshort.core.glossary import Glossary, Name
from holdshort.core.rules import ast

_AT_LEAST_ONE = ("any", "at least", "more than", "exactly")


def rests_on(condition: ast.Condition, glossary: Glossary) -> frozenset[str]:
    """
    Names and systems that are there whenever the condition is matched.

    Read from the sentence alone: a comparison is never matched while a value in it is not known, `any task …` never
    without tasks; of alternatives only what all of them rest on. In doubt nothing.
    """
    match condition:
        case ast.And(parts):
            return frozenset().union(*(rests_on(each, glossary) for each in parts))
        case ast.Or(parts):
            return reduce(frozenset.intersection, (rests_on(each, glossary) for each in parts))
        case ast.Unless(part, _):
            return rests_on(part, glossary)
        case ast.Defined(name):
            return rests_on(glossary.definitions[name], glossary)
        case ast.Attached(system, False):
            return frozenset({system})
        case ast.Quantified(quantifier, count, list_name):
            if quantifier == "any" or (quantifier in _AT_LEAST_ONE and (count or quantifier == "more than")):
                return _there(glossary.list_of(list_name), glossary)
            return frozenset()
        case ast.Presence(ast.NameRef(name), kind, negated):
            if (kind == "present" and not negated) or (kind == "missing" and negated):
                return _there(glossary.names[name], glossary)
            return frozenset()
        case ast.Presence():
            return frozenset()
        case _ if isinstance(getattr(condition, "term", None), ast.NameRef):
            term = getattr(condition, "term")  # noqa: B009 - not every predicate has one
            other = getattr(condition, "other", None)
            found = _there(glossary.names[term.name], glossary)
            return (
                found | _there(glossary.names[other.name], glossary)
                if isinstance(other, ast.NameRef)
                else found
            )
        case _:
            return frozenset()


def _there(name: Name, glossary: Glossary) -> frozenset[str]:
    """The name, and the system or list that it can only come from."""
    keys = {path.steps[0].key for path in (*name.paths, *name.else_paths) if path.steps}
    systems = {each.name for each in glossary.systems.values() if {each.key} == keys}
    lists = {
        each.name
        for each in glossary.names.values()
        if each.is_list and {tuple(step.key for step in path.steps) for path in each.paths} == {(*keys,)}
    }
    return frozenset({name.name, *systems, *(lists if len(keys) == 1 else ())})
