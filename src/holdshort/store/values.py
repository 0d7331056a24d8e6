"""What every store agrees on, whatever lies beneath: how values are written, compared and found again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from holdshort.core.canonical import plain
from holdshort.ports import OnboardingRow

_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")


def json_text(value: Mapping[str, Any] | list[Any]) -> bytes:
    """
    A mapping or list as JSON text that reads back as it was; what is no plain JSON goes through `core.canonical.plain` first.

    Raises:
        NotCanonical: it has no plain form, such as NaN.
    """
    try:
        text = msgspec.json.encode(value)
        if msgspec.json.decode(text) == value:
            return text
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass  # plain() says more clearly what is wrong, or mends it
    return msgspec.json.encode(plain(value))


def from_json(text: str | bytes) -> Any:
    return msgspec.json.decode(text)


def instant(at: datetime) -> datetime:
    """
    The same instant in UTC.

    Raises:
        ValueError: it has no zone.
    """
    if at.tzinfo is UTC:
        return at
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no zone")
    return at.astimezone(UTC)


def storable(text: str) -> str:
    """What every database can hold: a NUL or half a surrogate pair becomes the sign for what cannot be shown."""
    if text.isascii() and "\x00" not in text:
        return text
    return _NOT_STORABLE.sub("\ufffd", text)


def folded(text: str) -> str:
    """Text as searches compare it, so that every store finds the same."""
    return text.casefold()


def search_text(row: OnboardingRow) -> str:
    """What a search for an onboarding looks through."""
    return folded(f"{row.title} {row.key}")


def review_id(text: str) -> tuple[int, int]:
    """`12.3` as (12, 3). Raises ValueError."""
    number, _, no = text.partition(".")
    return int(number), int(no)


def action_id(text: str) -> tuple[int, int]:
    """`12/a3` as (12, 3). Raises ValueError."""
    number, _, no = text.partition("/a")
    return int(number), int(no)
