"""What a reader answers when a value cannot be read, and the locale that would have settled it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_LOCALE = re.compile(r"([a-z]{2})(?:-[a-z]{4})?(?:-([a-z]{2}|\d{3}))?")
_LANGUAGES = frozenset(
    "af ar be bg bn bs ca cs cy da de el en es et eu fa fi fr ga gl gu he hi hr hu hy id is it ja ka kk km kn "
    "ko lo lt lv mk ml mn mr ms mt nb ne nl nn no pa pl pt ro ru si sk sl sq sr sv sw ta te th tl tr uk ur uz "
    "vi zh zu".split()
)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A value that is there and says nothing certain; `reason` is a half sentence for a reader."""

    reason: str


@lru_cache(maxsize=256)
def locale_parts(locale: str) -> tuple[str, str]:
    """
    Split a locale such as `en-US`, `en_US.UTF-8` or `zh-Hans-CN` into language and region.

    Returns:
        Lower-case language and upper-case region, each '' when not stated. Both are '' for a text that
        names no known language: an order or a separator is never read off a locale that we do not know.
    """
    match = _LOCALE.fullmatch(locale.strip().split(".")[0].replace("_", "-").lower())
    if match is None or match[1] not in _LANGUAGES:
        return "", ""
    return match[1], (match[2] or "").upper()


def quoted(raw: object) -> str:
    """Show the writer's own value in backticks, short enough for one line and in no programmer's words."""
    if raw is None or raw == "":
        return "a blank"
    if isinstance(raw, bool):
        return "`yes`" if raw else "`no`"
    if isinstance(raw, dict | list | tuple | set):
        return "a list" if not isinstance(raw, dict) else "a group of fields"
    if isinstance(raw, int) and abs(raw) >= 10**20:
        return "an endless number"  # printing thousands of digits would raise
    text = " ".join((raw if isinstance(raw, str) else str(raw))[:200].split())
    return f"`{text[:57]}...`" if len(text) > 60 else f"`{text}`"
