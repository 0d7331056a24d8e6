"""What a metric says for a period: a value with what it was counted from, or that it cannot say. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from holdshort.core.metrics.catalogue import Metric


@dataclass(frozen=True, slots=True)
class Result:
    """
    One metric.

    `value` is None where there is nothing to count from: that is said, never shown as 0. `counted` is the numerator, `of`
    the denominator (0 where the metric has none). `by` parts it, for instance by owner.
    """

    metric: Metric
    value: float | None
    counted: int
    of: int
    by: Mapping[str, int] = field(default_factory=dict)

    def words(self) -> str:
        """`12 % (3 of 25)`, or `cannot say`."""
        if self.value is None:
            return f"cannot say: no {self.metric.denominator or 'data'}"
        shown = f"{self.value:,.1f}".rstrip("0").rstrip(".")
        if self.metric.unit == "count":
            return shown
        if self.metric.unit == "%":
            return f"{shown} % ({self.counted} of {self.of})"
        return f"{shown} {self.metric.unit} (median of {self.of})"

    def to_json(self) -> dict[str, Any]:
        return {
            "metric": self.metric.code,
            "title": self.metric.title,
            "value": self.value,
            "unit": self.metric.unit,
            "numerator": {"what": self.metric.numerator, "count": self.counted},
            "denominator": {"what": self.metric.denominator, "count": self.of},
            "by": dict(self.by),
            "words": self.words(),
        }


@dataclass(frozen=True, slots=True)
class Headline:
    """
    The one that matters: risky or unclear onboardings handled right, at how little drag on clean ones.

    `right` of `risky`: every review decided within its limit (or still within it), and nothing that ran failed, differed,
    stayed uncertain or had to be taken back. `dragged` of `clean`: those in which anything waited for a person, with the
    median business hours that it waited.
    """

    risky: int
    right: int
    clean: int
    dragged: int
    drag_hours: float | None

    def words(self) -> str:
        risky = (
            f"{self.right} of {self.risky} risky or unclear onboardings handled right"
            if self.risky
            else "cannot say how risky onboardings were handled: there was none"
        )
        if not self.clean:
            return f"{risky}; cannot say what clean ones had to wait: there was none"
        waited = (
            f", {self.drag_hours:.1f} business hours in the median" if self.drag_hours is not None else ""
        )
        return f"{risky}; {self.dragged} of {self.clean} clean ones waited for a person{waited}"

    def to_json(self) -> dict[str, Any]:
        return {
            "risky": self.risky,
            "handled_right": self.right,
            "clean": self.clean,
            "clean_that_waited": self.dragged,
            "wait_business_hours_median": self.drag_hours,
            "words": self.words(),
        }


@dataclass(frozen=True)
class MetricsReport:
    since: datetime
    until: datetime
    onboardings: int
    headline: Headline
    results: tuple[Result, ...]

    def result(self, code: str) -> Result:
        return next(each for each in self.results if each.metric.code == code)

    def to_json(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "onboardings": self.onboardings,
            "headline": self.headline.to_json(),
            "metrics": [each.to_json() for each in self.results],
        }
