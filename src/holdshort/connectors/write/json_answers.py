"""Read JSON that somebody else wrote: one meaning or none."""

from __future__ import annotations

import json
from typing import Any


def read_json(raw: bytes) -> Any:
    """
    Read strict JSON in UTF-8.

    Raises:
        ValueError: Not JSON, or JSON that two readers would understand differently: a key twice in one object, NaN,
            nesting too deep.
    """
    try:
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def read_object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object in `raw`; None where there is none."""
    try:
        found = read_json(raw)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def short_text(value: Any, limit: int = 200) -> str:
    """A reference as the other side gave it, when it is fit to show; otherwise empty."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and len(value) <= limit and value.isascii() and value.isprintable():
        return value
    return ""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
