"""The sixteen metrics (requirements M): what each counts, over what, in which unit, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from holdshort.core.text import fold

Unit = Literal["business hours", "days", "%", "count", "a week"]
Better = Literal["lower", "higher", "neither"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `numerator` and `denominator` say in words what is counted."""

    code: str
    title: str
    unit: Unit
    numerator: str
    denominator: str
    better: Better = "lower"


METRICS: tuple[Metric, ...] = (
    Metric("M1", "Closed-won to accepted handoff", "business hours", "business time from opening to accepted, median", "onboardings accepted in the period"),
    Metric("M2", "Accepted handoff to kickoff", "business hours", "business time from accepted to kickoff scheduled, median", "onboardings whose kickoff was scheduled in the period"),
    Metric("M3", "Time to first value", "days", "days from opening to first value reached, median", "onboardings that reached first value in the period"),
    Metric("M4", "Handoffs returned", "%", "onboardings sent back for information", "onboardings opened in the period"),
    Metric("M5", "Projects with conflicting data", "%", "onboardings in which a row found that records disagree", "onboardings opened in the period"),
    Metric("M6", "Billing or provisioning blocked", "%", "onboardings in which a billing or provisioning action was held, failed or stayed uncertain", "onboardings opened in the period"),
    Metric("M7", "Milestones stalled", "%", "onboardings in which a row of the work area milestones matched", "onboardings opened in the period"),
    Metric("M8", "Messages approved as drafted", "%", "messages approved without an edit", "messages approved in the period", "higher"),
    Metric("M9", "AI suggestions overridden", "%", "decisions on rows about AI output that changed, rejected or overrode it", "decisions on rows about AI output", "neither"),
    Metric("M10", "Uncertain AI output held", "count", "findings of hold rows about AI output", "", "neither"),
    Metric("M11", "Escalations", "count", "reviews passed on, by a person or by the clock; by owner and tier", ""),
    Metric("M12", "Reviews late", "%", "reviews that were not decided within their limit; by owner", "reviews opened in the period"),
    Metric("M13", "Messages corrected before they reached the customer", "count", "messages that a person edited or rejected", "", "neither"),
    Metric("M14", "Repeat cases that should become rules", "count", "rows that people overrode, or holds that people raised where no row fired, at least three times", ""),
    Metric("M15", "Rework", "%", "actions that failed, stored something else, or whose approval went stale", "actions that began or were approved in the period"),
    Metric("M16", "Fields missing", "%", "handoff fields that were missing or not provided when the onboarding opened", "handoff fields of onboardings opened in the period"),
)  # fmt: skip

_BY_WORD = {fold(word): each for each in METRICS for word in (each.code, each.title)}


def find_metric(said: str) -> Metric | None:
    """The metric that a code or a title names."""
    return _BY_WORD.get(fold(said))
