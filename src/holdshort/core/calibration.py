"""
How sure one may be: measured from what reviewers kept, by field and source. What an author states about itself proves nothing.

Below 200 outcomes a pair is `not calibrated`, whatever its figures look like.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

ENOUGH = 200
_BINS = 10
_Z = 1.959963984540054
"""95 percent, both sides."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a reviewer did with one suggested value: kept as it was, or not (edited and rejected count alike)."""

    field: str
    source: str
    kept: bool
    stated: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Reliability:
    """
    Of one field from one kind of source. All shares lie between 0 and 1.

    `at_least`: lower end of the Wilson interval of `kept / count`. `calibration_error`: the expected one, over ten bins of
    stated confidence; None where none was stated. `overridden`: the share that people changed or threw out.
    """

    field: str
    source: str
    count: int
    kept: int
    at_least: float
    calibration_error: float | None

    @property
    def is_calibrated(self) -> bool:
        return self.count >= ENOUGH

    @property
    def overridden(self) -> float:
        return 1 - self.kept / self.count if self.count else 0.0

    @property
    def words(self) -> str:
        if not self.is_calibrated:
            return f"not calibrated: {self.count} of {ENOUGH} outcomes"
        return f"kept in {self.kept} of {self.count}, at least {self.at_least:.0%} with 95 % certainty"


def reliability(labels: Iterable[Label]) -> Mapping[tuple[str, str], Reliability]:
    """A table by field and source, in alphabetical order."""
    groups: dict[tuple[str, str], list[Label]] = {}
    for label in labels:
        groups.setdefault((label.field, label.source), []).append(label)
    table = {}
    for key in sorted(groups):
        held = groups[key]
        kept = sum(each.kept for each in held)
        table[key] = Reliability(*key, len(held), kept, wilson_lower(kept, len(held)), _error(held))
    return table


def wilson_lower(kept: int, count: int) -> float:
    """
    Lower end of the Wilson score interval at 95 percent; 0 where nothing was counted.

    Raises:
        ValueError: More were kept than counted, or a count is negative.
    """
    if not 0 <= kept <= count:
        raise ValueError("kept lies between 0 and count")
    if count == 0:
        return 0.0
    share, square = kept / count, _Z * _Z
    middle = share + square / (2 * count)
    spread = _Z * math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, (middle - spread) / (1 + square / count))


def coverage_at(labels: Iterable[Label], risk: float) -> tuple[float, Decimal | None]:
    """
    The largest share that could pass by stated confidence with at most `risk` wrong, and the threshold for it.

    Nothing (0, None) below 200 outcomes, or where no threshold is proved by its Wilson bound.
    """
    held = sorted((each for each in labels if each.stated is not None), key=lambda each: -(each.stated or 0))
    if len(held) < ENOUGH:
        return 0.0, None
    best: tuple[float, Decimal | None] = (0.0, None)
    kept = 0
    for at, each in enumerate(held, 1):
        kept += each.kept
        is_last_of_its_value = at == len(held) or held[at].stated != each.stated
        if is_last_of_its_value and 1 - wilson_lower(kept, at) <= risk:
            best = (at / len(held), each.stated)
    return best


def _error(labels: list[Label]) -> float | None:
    stated = [each for each in labels if each.stated is not None]
    if not stated:
        return None
    bins: dict[int, list[Label]] = {}
    for each in stated:
        bins.setdefault(min(int((each.stated or 0) * _BINS), _BINS - 1), []).append(each)
    off = 0.0
    for held in bins.values():
        believed = sum(float(each.stated or 0) for each in held) / len(held)
        off += abs(believed - sum(each.kept for each in held) / len(held)) * len(held)
    return off / len(stated)
