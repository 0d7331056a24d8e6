"""
Charts as SVG text: bars with their labels. Inert: no script, no style sheet, no address, every text escaped.

A reader who cannot see one finds title and description in it, and the figures stand in the page beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdshort.core.visible import one_line

_ROW = 26
_LABEL = 190
_WIDTH = 640
_END = 110


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: what it is, how long (None: nobody can say) and what stands at its end."""

    label: str
    value: float | None
    words: str


def bars(title: str, description: str, rows: Sequence[Bar], name: str = "chart") -> str:
    """
    A chart of horizontal bars.

    Args:
        name: Marks its title and description within a page; letters and digits.
    """
    height = _ROW * max(len(rows), 1) + 8
    longest = max((each.value for each in rows if each.value is not None), default=0.0) or 1.0
    body = "".join(_bar(each, at, longest) for at, each in enumerate(rows))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="100%" role="img" '
        f'aria-labelledby="{name}-title {name}-desc" font-family="Inter, system-ui, sans-serif" font-size="13">'
        f'<title id="{name}-title">{text(title)}</title><desc id="{name}-desc">{text(description)}</desc>{body}</svg>'
    )


def _bar(row: Bar, at: int, longest: float) -> str:
    y = 4 + at * _ROW
    room = _WIDTH - _LABEL - _END
    length = room * max(row.value or 0.0, 0.0) / longest
    drawn = (
        f'<rect x="{_LABEL}" y="{y + 4}" width="{length:.1f}" height="14" rx="2" fill="currentColor" fill-opacity="0.55"/>'
        if row.value is not None
        else ""
    )
    return (
        f'<text x="{_LABEL - 10}" y="{y + 16}" text-anchor="end" fill="currentColor">{text(_cut(row.label, 30))}</text>{drawn}'
        f'<text x="{_LABEL + length + 8:.1f}" y="{y + 16}" fill="currentColor">{text(_cut(row.words, 44))}</text>'
    )


def text(said: str) -> str:
    """A text as it may stand between tags or in quotation marks."""
    safe = one_line(said)
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        safe = safe.replace(sign, name)
    return safe


def _cut(said: str, most: int) -> str:
    return said if len(said) <= most else said[: most - 1] + "…"
