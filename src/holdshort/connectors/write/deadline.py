"""One time limit over a whole attempt, however many steps it takes and however slowly the other side answers."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

_LONGEST_S = 3600.0


class Deadline:
    """Counts down from `timeout_s` seconds by a clock that is never set back."""

    def __init__(self, timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.timeout_s = 0.0 if math.isnan(timeout_s) else min(timeout_s, _LONGEST_S)
        self._clock = clock
        self._ends = clock() + self.timeout_s

    @property
    def left_s(self) -> float:
        return max(0.0, self._ends - self._clock())

    @property
    def passed(self) -> bool:
        return self.left_s <= 0.0

    def demand_s(self) -> float:
        """Seconds left, more than none. Raises TimeoutError where none are."""
        left = self.left_s
        if left <= 0.0:
            # A socket with a timeout of 0 would not wait at all, and would say so in words of its own.
            raise TimeoutError("the time limit has passed")
        return left
