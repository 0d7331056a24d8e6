"""How often one caller may ask: counted in this process, by whole minutes."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Any

from ninja.throttling import BaseThrottle

if TYPE_CHECKING:
    from django.http import HttpRequest

RATE = "HOLDSHORT_API_PER_MINUTE"
"""The environment variable with the most requests of one caller within a minute, in each process."""
MOST = 1_200
MOST_FORGED = 60
"""Webhooks from one address that were not believed, within a minute."""
_MINUTE_S = 60.0


class PerMinute:
    """Counts by name; a new minute begins with nothing."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._counts: dict[str, int] = {}

    def count(self, name: str, more: int = 1) -> int:
        """How many there are of this name in this minute, `more` of them now."""
        with self._lock:
            minute = int(time.monotonic() // _MINUTE_S)
            if minute != self._minute:
                self._minute, self._counts = minute, {}
            self._counts[name] = self._counts.get(name, 0) + more
            return self._counts[name]


class CallerLimit(BaseThrottle):
    def __init__(self) -> None:
        self._asked = PerMinute()

    def allow_request(self, request: HttpRequest) -> bool:
        auth: Any = request.auth  # type: ignore[attr-defined]  # ninja sets it
        return self._asked.count(auth.name) <= most()

    def wait(self) -> float:
        return _MINUTE_S - time.monotonic() % _MINUTE_S


def most() -> int:
    said = os.environ.get(RATE, "")
    return int(said) if said.isdecimal() and int(said) else MOST


FORGED = PerMinute()
