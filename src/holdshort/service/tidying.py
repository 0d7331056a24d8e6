"""Now and then a worker forgets what is kept only for a while: answers to repeat, arrivals and deliveries that are over."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

_EVERY_S = 3600.0


class Tidying:
    """An errand for the sweeper: does its work in the first round and about once an hour from then on."""

    def __init__(
        self, work: Sequence[Callable[[], object]], elapsed_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._work = work
        self._elapsed_s = elapsed_s
        self._next_s = 0.0

    def __call__(self, stop: Callable[[], bool]) -> int:
        """It counts as nothing done: a round that only tidied waits like one in which nothing was due."""
        if self._elapsed_s() >= self._next_s and not stop():
            for each in self._work:
                each()
            self._next_s = self._elapsed_s() + _EVERY_S
        return 0
