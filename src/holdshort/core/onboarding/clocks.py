"""What falls due by the clock alone: reviews at risk and breached, escalation, the next moment to look again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding, Review
from holdshort.core.sla import SlaClock, clock_for

_UNITS = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}


def clock(world: World, tier: str, owner: str) -> SlaClock:
    """When a review that opens now is at risk and breached."""
    return clock_for(world.now, tier, owner, world.program.playbook.settings)


def after(since: datetime, wait: tuple[Decimal, str], world: World) -> datetime:
    """The moment that is so much time after `since`; business days by the playbook's calendar."""
    amount, unit = wait
    if unit.startswith("business"):
        hours = world.program.playbook.settings.hours
        until = hours.closes.hour * 60 + hours.closes.minute or 24 * 60
        day = timedelta(minutes=until - hours.opens.hour * 60 - hours.opens.minute)
        return hours.add_business_time(since, float(amount) * day)
    return since + float(amount) * _UNITS[unit.rstrip("s")]


def overdue(state: Onboarding, world: World) -> Iterator[e.Event]:
    """At risk, then breached, then escalated to the escalation owner: each once."""
    for review in state.open_reviews():
        if not review.at_risk and world.now >= review.at_risk_at:
            yield e.ReviewAtRisk(review.no)
        if not review.breached and world.now >= review.breaches_at:
            yield e.ReviewBreached(review.no, review.owner)
            role = review.escalation
            asked = all(role in review.roles(step) for step in range(len(review.steps)))
            if role and role != "none" and not asked:
                at = clock(world, review.tier, role)
                yield e.ReviewEscalated(
                    review.no, role, "nobody decided in time", False, at.at_risk_at, at.breaches_at
                )


def wake_at(state: Onboarding, now: datetime) -> datetime | None:
    """The next moment after `now`, at which everything was put in order, at which a clock has something to say; None: never."""
    moments: list[datetime] = []
    for review in state.open_reviews():
        moments += _of_review(review)
    for action in state.actions.values():
        if action.is_open and not action.run and action.due_at is not None:
            moments.append(action.due_at)
        if action.run == "failed" and action.retry_at is not None:
            moments.append(action.retry_at)
    for approval in state.valid_approvals():
        if state.is_spent(approval.decision):
            continue
        if approval.decision.expires_at is not None:
            moments.append(approval.decision.expires_at)
        moments += [
            condition.deadline
            for number, condition in enumerate(approval.decision.conditions)
            if number not in approval.met
        ]
    return min((each for each in moments if each > now), default=None)


def _of_review(review: Review) -> list[datetime]:
    if not review.at_risk:
        return [review.at_risk_at]
    return [] if review.breached else [review.breaches_at]
