"""Words for the register's pages."""

from __future__ import annotations

from collections.abc import Mapping

from django import template

from holdshort.core.diagnostics import Diagnostic
from holdshort.core.examples import Example, Examples

register = template.Library()


@register.filter
def spanned(fault: Diagnostic) -> tuple[str, str, str] | None:
    """The text of a fault in three parts, the middle one being what is wrong; None where it names no part."""
    if not fault.text or fault.span is None:
        return None
    start, end = fault.span
    return fault.text[:start], fault.text[start:end] or " ", fault.text[end:]


@register.filter
def example_lists(found: Examples) -> list[tuple[str, tuple[Example, ...]]]:
    return [
        ("Fires on", found.fires),
        ("Nearly, but does not fire on", found.misses),
        ("Cannot tell on", found.unsure),
    ]


@register.filter
def get(counts: Mapping[str, int], key: str) -> int:
    return counts.get(key, 0)
