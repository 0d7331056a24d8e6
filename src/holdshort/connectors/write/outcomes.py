"""
What a target is asked to do and what it answers: three states, and never a guess between them.

The shapes `Order`, `Outcome` and `Target` are those of `holdshort.ports`; targets take them from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from holdshort.core.canonical import canonical_bytes
from holdshort.ports import Order, Outcome, Target

__all__ = [
    "NOT_JSON",
    "NO_TIME",
    "Order",
    "Outcome",
    "Target",
    "document_of",
    "done",
    "failed",
    "key_fault",
    "uncertain",
]

NOT_JSON = "The payload cannot be written as canonical JSON, so nothing was tried."
NO_TIME = "No time was left, so nothing was tried."

_KEY = re.compile(r"[!-~]{1,200}")


def done(why: str, reference: str = "", stored: Mapping[str, Any] | None = None) -> Outcome:
    return Outcome("done", why, reference, stored)


def failed(why: str) -> Outcome:
    """Only for what is known not to have happened."""
    return Outcome("failed", why)


def uncertain(why: str, reference: str = "") -> Outcome:
    return Outcome("uncertain", why, reference)


def key_fault(key: str) -> str:
    """Why a key cannot travel in a header or name a file; empty when it can."""
    if isinstance(key, str) and _KEY.fullmatch(key):
        return ""
    return "The key of this run is not 1 to 200 printable ASCII characters, so nothing was tried."


def document_of(order: Order) -> bytes:
    """
    The order as bytes that are the same for the same order: canonical JSON (RFC 8785), UTF-8.

    Raises:
        ValueError: It has no such form (NaN, an int beyond 2**53 - 1, half a surrogate pair, not JSON at all).
    """
    whole = {
        "kind": order.kind,
        "key": order.key,
        "onboarding": order.onboarding,
        "release": order.release,
        "payload": order.payload,
    }
    return canonical_bytes(whole)
