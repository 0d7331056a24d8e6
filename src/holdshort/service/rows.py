"""What lists show of an onboarding, worked out from its state; only rows that changed are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from holdshort.core.onboarding.clocks import wake_at
from holdshort.core.onboarding.state import Action, Onboarding, Review
from holdshort.ports import ActionRow, ActionStatus, OnboardingRow, ReviewRow, Rows

RecipientHash = Callable[[str], str]
_RECIPIENT_KEYS = ("to", "cc", "bcc", "recipient", "recipients", "email")


def changed_rows(
    number: int, before: Onboarding, after: Onboarding, recipient_hash: RecipientHash, now: datetime
) -> Rows:
    """The rows of `after` that are not as they were in `before`; `after` was put in order at `now`."""
    reviews = tuple(
        review_row(number, each) for no, each in after.reviews.items() if before.reviews.get(no) is not each
    )
    actions = tuple(
        action_row(number, each, recipient_hash)
        for no, each in after.actions.items()
        if before.actions.get(no) is not each
    )
    return Rows(onboarding_row(number, after, now), reviews, actions)


def onboarding_row(number: int, state: Onboarding, now: datetime) -> OnboardingRow:
    if state.opened_at is None:
        raise ValueError("an onboarding that was never opened has no row")
    return OnboardingRow(
        number=number,
        key=state.key,
        title=state.title,
        lane=state.lane,
        segment=state.segment,
        stage=state.stage,
        state=state.state,
        verdict=state.verdict,
        tier=state.tier,
        register=state.register,
        opened_at=state.opened_at,
        wake_at=wake_at(state, now),
        closed_at=state.closed_at,
        legal_hold=bool(state.legal_hold),
    )


def review_row(number: int, review: Review) -> ReviewRow:
    return ReviewRow(
        number=number,
        no=review.no,
        case=review.case,
        about=review.about,
        tier=review.tier,
        owner=review.owner,
        claimed_by=review.claimed_by,
        status=review.status,
        opened_at=review.opened_at,
        at_risk_at=review.at_risk_at,
        breaches_at=review.breaches_at,
        breached=review.breached,
        decided_at=review.decided_at,
    )


def action_row(number: int, action: Action, recipient_hash: RecipientHash) -> ActionRow:
    return ActionRow(
        number=number,
        no=action.no,
        kind=action.kind,
        status=_status(action),
        target=action.target,
        digest=action.digest,
        key=action.key,
        due_at=action.granted_at if action.run == "released" else action.due_at,
        attempt=action.attempt,
        worker=action.worker,
        lease_until=action.lease_until,
        started_at=action.started_at,
        recipients=tuple(recipient_hash(each) for each in recipients(action.payload)),
    )


def recipients(payload: Mapping[str, Any]) -> tuple[str, ...]:
    """Every address that a payload names as one it goes to, folded."""
    found = [text for key in _RECIPIENT_KEYS for text in _texts(payload.get(key))]
    return tuple(dict.fromkeys(each.strip().casefold() for each in found if each.strip()))


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return [value]
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _status(action: Action) -> ActionStatus:
    if action.dropped:
        return action.dropped
    return action.run or "held"
