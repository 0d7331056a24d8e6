"""The clock of a review: when it counts as at risk, and when it is breached."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from holdshort.core.playbook import Settings

Status = Literal["on time", "at risk", "breached"]


@dataclass(frozen=True, slots=True)
class SlaClock:
    """
    The two instants of one review, in UTC.

    They are worked out once, when the review opens, and kept with it: what is asked later, however often and in which
    order, compares instants and counts nothing.
    """

    at_risk_at: datetime
    breaches_at: datetime


def clock_for(opened_at: datetime, tier: str, owner: str, settings: Settings) -> SlaClock:
    """
    Return the clock of a review.

    Args:
        opened_at: When the review opened, with its zone.
        tier: `low`, `medium`, `high` or `hold`.
        owner: Role id of whoever decides; a role may have limits of its own.
        settings: The limits and the business hours that count.

    Raises:
        ValueError: `tier` is none, or `opened_at` has no zone.
    """
    limit = settings.sla.limit(tier, owner)
    hours = settings.hours
    return SlaClock(
        hours.add_business_time(opened_at, limit * settings.sla.at_risk),
        hours.add_business_time(opened_at, limit),
    )


def status(clock: SlaClock, now: datetime) -> Status:
    """Say how a review stands at `now`. An instant belongs to what begins with it: at `breaches_at` it is breached."""
    if now >= clock.breaches_at:
        return "breached"
    return "at risk" if now >= clock.at_risk_at else "on time"
