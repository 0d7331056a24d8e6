"""Times, roles, steps and payloads in words: the command line says them as every other screen does."""

from __future__ import annotations

from holdshort.service.words import (
    CHANNELS,
    as_text,
    awaited,
    in_words,
    kind,
    listed,
    long_texts,
    moment,
    pace,
    payload_rows,
    plural,
    roles,
    span,
    steps,
    target,
    who,
)

__all__ = [
    "CHANNELS", "as_text", "awaited", "in_words", "kind", "listed", "long_texts", "moment", "pace", "payload_rows",
    "plural", "roles", "span", "steps", "target", "who",
]  # fmt: skip
