"""The read tables as rows of `ports`: which columns, in which order, and back."""

from __future__ import annotations

from typing import Any

from holdshort.ports import ActionRow, OnboardingRow, ReviewRow
from holdshort.store.sql import Sql, names, utc
from holdshort.store.values import from_json, json_text, search_text

_ONBOARDING = (
    "number", "key", "title", "lane", "segment", "stage", "state", "verdict", "tier", "register",
    "opened_at", "wake_at", "closed_at", "legal_hold",
)  # fmt: skip
_REVIEW = (
    "number", "no", "case", "about", "tier", "owner", "claimed_by", "status",
    "opened_at", "at_risk_at", "breaches_at", "breached", "decided_at",
)  # fmt: skip
_ACTION = (
    "number", "no", "kind", "status", "target", "digest", "key",
    "due_at", "attempt", "worker", "lease_until", "started_at", "recipients",
)  # fmt: skip

REVIEW_COLUMNS = _REVIEW
ACTION_COLUMNS = _ACTION

SELECT_ONBOARDINGS = f"SELECT {names(_ONBOARDING)} FROM store_onboarding"  # noqa: S608 (our own names)
SELECT_REVIEWS = f"SELECT {names(_REVIEW)} FROM store_review"  # noqa: S608 (our own names)
SELECT_ACTIONS = f"SELECT {names(_ACTION)} FROM store_action"  # noqa: S608 (our own names)

_SET = ", ".join(f'"{column}" = ?' for column in ("version", "head", "key_no", "folded", *_ONBOARDING[2:]))
CHANGE_ONBOARDING = (
    f'UPDATE store_onboarding SET {_SET}, "unanchored" = ("unanchored" OR ?) '  # noqa: S608 (our own names)
    'WHERE "number" = ? AND "version" = ? AND "key" = ?'
)


def onboarding_change(
    sql: Sql, row: OnboardingRow, expected: int, version: int, head: str, key_no: int
) -> tuple[Any, ...]:
    """What CHANGE_ONBOARDING takes."""
    return (
        version, head, key_no, search_text(row),
        row.title, row.lane, row.segment, row.stage, row.state, row.verdict, row.tier, row.register,
        sql.moment(row.opened_at), sql.moment(row.wake_at), sql.moment(row.closed_at), row.legal_hold,
        version > expected, row.number, expected, row.key,
    )  # fmt: skip


def onboarding_row(found: Any) -> OnboardingRow:
    *plain, opened_at, wake_at, closed_at, legal_hold = found
    values: tuple[Any, ...] = (*plain, utc(opened_at), utc(wake_at), utc(closed_at), bool(legal_hold))
    return OnboardingRow(*values)


def review_values(sql: Sql, row: ReviewRow) -> tuple[Any, ...]:
    return (
        row.number, row.no, row.case, row.about, row.tier, row.owner, row.claimed_by, row.status,
        sql.moment(row.opened_at), sql.moment(row.at_risk_at), sql.moment(row.breaches_at), row.breached,
        sql.moment(row.decided_at),
    )  # fmt: skip


def review_row(found: Any) -> ReviewRow:
    *plain, opened_at, at_risk_at, breaches_at, breached, decided_at = found
    clocks = (utc(opened_at), utc(at_risk_at), utc(breaches_at), bool(breached), utc(decided_at))
    values: tuple[Any, ...] = (*plain, *clocks)
    return ReviewRow(*values)


def action_values(sql: Sql, row: ActionRow) -> tuple[Any, ...]:
    return (
        row.number, row.no, row.kind, row.status, row.target, row.digest, row.key,
        sql.moment(row.due_at), row.attempt, row.worker, sql.moment(row.lease_until), sql.moment(row.started_at),
        list_text(row.recipients),
    )  # fmt: skip


def action_row(found: Any) -> ActionRow:
    *plain, due_at, attempt, worker, lease_until, started_at, recipients = found
    run = (utc(due_at), attempt, worker, utc(lease_until), utc(started_at), tuple(from_json(recipients)))
    values: tuple[Any, ...] = (*plain, *run)
    return ActionRow(*values)


def list_text(values: tuple[str, ...]) -> str:
    return "[]" if not values else json_text(list(values)).decode()
