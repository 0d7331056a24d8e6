"""Writes a question about the elements of a list as a function with a loop."""

from __future__ import annotations

import re

from holdshort.core.rules.fast_guards import ElementGuard
from holdshort.core.rules.source import Source

COUNTS = {
    "at least": ">=",
    "at most": "<=",
    "more than": ">",
    "less than": "<",
    "fewer than": "<",
    "exactly": "==",
}
# What a question about elements may use of the function around it.
_LITERAL = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"")
_OUTER = re.compile(r"\b(?:f\d+[nkv]?|k\d+|d\d+|today)\b")
_ANY_LOOP = """
def {name}(items, record, now{used}):
    unsure = False
    for i in items:
{skip}        t = {each}
        if t is True: return {found}
        if t is None: unsure = True
    return None if unsure else {none}
"""
_COUNT_LOOP = """
def {name}(items, record, now{used}):
    truths = []
    for i in items:
{skip}        truths.append({each})
    return counted(truths, {quantifier!r}, {count})
"""
_SKIP = """        try:
            if {raw} in {seen}: continue
        except (AttributeError, TypeError): pass
        g = {test}
        if g is False:
            {learn}(i)
            continue
"""


def loop(
    source: Source,
    items: str,
    each: str,
    quantifier: str,
    count: int,
    guard: ElementGuard | None = None,
) -> str:
    """
    Write the function, and return the expression that calls it.

    Args:
        source: Where the function goes.
        items: Expression of the list, which has elements.
        each: What is asked of each element, `i`.
        quantifier: How many of them it has to hold for.
        count: That number, where the quantifier has one.
        guard: Lets the loop pass over elements that are clear; `each` then takes the guard's truth from `g`.
    """
    text = _SKIP.format(**guard._asdict()) if guard else ""
    used = dict.fromkeys(_OUTER.findall(_LITERAL.sub("", text + each)))
    name = source.new("over_")
    template = _ANY_LOOP if quantifier in ("any", "no") else _COUNT_LOOP
    source.functions.append(
        template.format(
            name=name,
            used="".join(f", {each}" for each in used),
            each=each,
            skip=text,
            found=quantifier == "any",
            none=quantifier == "no",
            quantifier=quantifier,
            count=count,
        )
    )
    return f"{name}({items}, record, now{''.join(f', {each}' for each in used)})"
