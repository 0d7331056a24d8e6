"""Shares with their intervals, and whether a difference may be chance. Plain arithmetic, nothing is estimated by drawing."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, sqrt

Z_95 = 1.959963984540054
METHOD = "95% intervals: Wilson's for shares, the normal one for means; one onboarding counts once"


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`, with the interval in which the true share lies 95 times of 100; all of it where `of` is 0."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None

    @property
    def low(self) -> float:
        return wilson(self.count, self.of)[0]

    @property
    def high(self) -> float:
        return wilson(self.count, self.of)[1]

    def to_json(self) -> dict[str, float | int | None]:
        value = self.value
        return {
            "count": self.count,
            "of": self.of,
            "share": None if value is None else round(value, 6),
            "low": round(self.low, 6),
            "high": round(self.high, 6),
        }


def wilson(count: int, of: int, z: float = Z_95) -> tuple[float, float]:
    """
    Wilson's score interval for a share; (0, 1) where there is nothing to tell it from.

    Raises:
        ValueError: `count` does not lie from 0 to `of`.
    """
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no share")
    if of == 0:
        return 0.0, 1.0
    share = count / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return (0.0 if count == 0 else max(0.0, middle - half)), (1.0 if count == of else min(1.0, middle + half))


@dataclass
class Mean:
    """The mean of numbers that are handed in one by one, with its interval; keeps none of them."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, number: float) -> None:
        self.count += 1
        self.total += number
        self.squares += number * number

    @property
    def value(self) -> float | None:
        return self.total / self.count if self.count else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """None with fewer than two numbers."""
        if self.count < 2:
            return None
        mean = self.total / self.count
        variance = max(0.0, (self.squares - self.count * mean * mean) / (self.count - 1))
        half = Z_95 * sqrt(variance / self.count)
        return max(0.0, mean - half), mean + half

    def to_json(self) -> dict[str, float | int | None]:
        low, high = self.interval or (None, None)
        return {
            "count": self.count,
            "mean": None if self.value is None else round(self.value, 3),
            "low": None if low is None else round(low, 3),
            "high": None if high is None else round(high, 3),
            "total": round(self.total, 3),
        }


def chance_of(hits: int, of: int, all_hits: int, all_of: int) -> float:
    """
    How likely chance alone puts at least `hits` among `of` drawn from `all_of` that hold `all_hits` (Fisher's exact test).

    Raises:
        ValueError: The counts do not fit each other.
    """
    if not (0 <= hits <= of <= all_of and hits <= all_hits <= all_of):
        raise ValueError(f"{hits} of {of} cannot come from {all_hits} of {all_of}")
    most = min(of, all_hits)
    whole = _log_ways(all_of, of)
    logs = [
        _log_ways(all_hits, each) + _log_ways(all_of - all_hits, of - each) - whole
        for each in range(hits, most + 1)
        if of - each <= all_of - all_hits
    ]
    if not logs:
        return 0.0
    top = max(logs)
    return min(1.0, exp(top + log(sum(exp(each - top) for each in logs))))


def _log_ways(of: int, chosen: int) -> float:
    return lgamma(of + 1) - lgamma(chosen + 1) - lgamma(of - chosen + 1)
