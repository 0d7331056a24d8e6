"""What a target says it stored against what was sent to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdshort.core.canonical import NotCanonical, canonical_bytes, plain

_MOST = 20
_LONGEST = 80


def differences(sent: Mapping[str, Any], stored: Mapping[str, Any]) -> tuple[str, ...]:
    """In words, each field that was sent and is stored otherwise or not at all. What the target adds of its own is fine."""
    words = [
        f"{name}: sent {_shown(value)}, stored {_shown(stored.get(name))}"
        for name, value in sent.items()
        if name not in stored or not _same(value, stored[name])
    ]
    return tuple(words[:_MOST]) + ((f"… and {len(words) - _MOST} more",) if len(words) > _MOST else ())


def _same(a: Any, b: Any) -> bool:
    try:
        return canonical_bytes(plain(a)) == canonical_bytes(plain(b))
    except NotCanonical:
        return False


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"
