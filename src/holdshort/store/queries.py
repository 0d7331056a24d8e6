"""What lists, inboxes and workers read. Every function is one statement, so that it sees one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from holdshort.ports import ActionRow, OnboardingRow, ReviewRow
from holdshort.store.row_tables import (
    SELECT_ACTIONS,
    SELECT_ONBOARDINGS,
    SELECT_REVIEWS,
    action_row,
    onboarding_row,
    review_row,
)
from holdshort.store.sql import Sql
from holdshort.store.values import action_id, folded, review_id

_COUNTS = """
SELECT 'onboardings.' || "state", count(*) FROM store_onboarding WHERE "version" > 0 GROUP BY "state"
UNION ALL SELECT 'actions.' || "status", count(*) FROM store_action GROUP BY "status"
UNION ALL SELECT 'reviews.open', count(*) FROM store_review WHERE "status" = 'open'
UNION ALL SELECT 'reviews.breached', count(*) FROM store_review WHERE "status" = 'open' AND "breached"
"""


class _Where:
    """Conditions joined by AND, with their values."""

    def __init__(self) -> None:
        self._conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any, when: bool = True) -> None:
        if when:
            self._conditions.append(condition)
            self.values.extend(values)

    def __str__(self) -> str:
        return " WHERE " + " AND ".join(self._conditions) if self._conditions else ""


def number_of(sql: Sql, key: str) -> int | None:
    found = sql.one('SELECT "number" FROM store_onboarding WHERE "key" = ?', (key,))
    return int(found[0]) if found else None


def onboarding(sql: Sql, number: int) -> OnboardingRow | None:
    found = sql.one(f'{SELECT_ONBOARDINGS} WHERE "number" = ? AND "version" > 0', (number,))
    return onboarding_row(found) if found else None


def onboardings(
    sql: Sql, state: str, search: str, after: int, limit: int, open_only: bool
) -> list[OnboardingRow]:
    where = _Where()
    where.add('"number" > ? AND "version" > 0', after)
    where.add('"state" = ?', state, when=bool(state))
    where.add("""\"folded" LIKE ? ESCAPE '!'""", f"%{_literal(folded(search))}%", when=bool(search))
    where.add('"closed_at" IS NULL', when=open_only)
    found = sql.rows(f'{SELECT_ONBOARDINGS}{where} ORDER BY "number" LIMIT ?', [*where.values, limit])
    return [onboarding_row(row) for row in found]


def pinned(sql: Sql, version: int, after: int, limit: int) -> list[int]:
    found = sql.rows(
        'SELECT "number" FROM store_onboarding WHERE "register" = ? AND "closed_at" IS NULL AND "version" > 0 '
        'AND "number" > ? ORDER BY "number" LIMIT ?',
        (version, after, limit),
    )
    return [number for (number,) in found]


def due_wakes(sql: Sql, now: datetime, limit: int) -> list[int]:
    found = sql.rows(
        'SELECT "number" FROM store_onboarding WHERE "wake_at" IS NOT NULL AND "wake_at" <= ? '
        'ORDER BY "wake_at", "number" LIMIT ?',
        (sql.moment(now), limit),
    )
    return [number for (number,) in found]


def reviews(
    sql: Sql,
    number: int | None,
    owners: Sequence[str],
    claimed_by: str,
    status: str,
    breached: bool | None,
    at_risk_before: datetime | None,
    after: str,
    about: str,
    tier: str,
    lane: str,
    case: str,
    limit: int,
) -> list[ReviewRow]:
    where = _Where()
    where.add('"number" = ?', number, when=number is not None)
    where.add(f'"owner" IN ({", ".join("?" * len(owners))})', *owners, when=bool(owners))
    where.add('"claimed_by" = ?', claimed_by, when=bool(claimed_by))
    where.add('"status" = ?', status, when=bool(status))
    where.add('"breached" = ?', breached, when=breached is not None)
    where.add('"at_risk_at" <= ?', sql.moment(at_risk_before), when=at_risk_before is not None)
    where.add('"about" = ?', about, when=bool(about))
    where.add('"tier" = ?', tier, when=bool(tier))
    where.add('"case" = ?', case, when=bool(case))
    in_lane = (
        'EXISTS (SELECT 1 FROM store_onboarding o WHERE o."number" = store_review."number" AND o."lane" = ?)'
    )
    where.add(in_lane, lane, when=bool(lane))
    if after:
        seen = '(SELECT "breaches_at", "number", "no" FROM store_review WHERE "number" = ? AND "no" = ?)'
        where.add(f'("breaches_at", "number", "no") > {seen}', *review_id(after))
    order = 'ORDER BY "breaches_at", "number", "no" LIMIT ?'
    return [review_row(row) for row in sql.rows(f"{SELECT_REVIEWS}{where} {order}", [*where.values, limit])]


def actions(sql: Sql, number: int | None, status: str, after: str, limit: int) -> list[ActionRow]:
    where = _Where()
    where.add('"number" = ?', number, when=number is not None)
    where.add('"status" = ?', status, when=bool(status))
    where.add('("number", "no") > (?, ?)', *(action_id(after) if after else (0, 0)))
    order = 'ORDER BY "number", "no" LIMIT ?'
    return [action_row(row) for row in sql.rows(f"{SELECT_ACTIONS}{where} {order}", [*where.values, limit])]


def due_actions(sql: Sql, now: datetime, limit: int) -> list[ActionRow]:
    return _actions_by(sql, "released", "due_at", now, limit)


def lost_runs(sql: Sql, now: datetime, limit: int) -> list[ActionRow]:
    return _actions_by(sql, "attempting", "lease_until", now, limit)


def _actions_by(sql: Sql, status: str, clock: str, now: datetime, limit: int) -> list[ActionRow]:
    # the status stands in the text, so that the partial index fits
    found = sql.rows(
        f"""{SELECT_ACTIONS} WHERE "status" = '{status}' AND "{clock}" <= ? """
        f'ORDER BY "{clock}", "number", "no" LIMIT ?',
        (sql.moment(now), limit),
    )
    return [action_row(row) for row in found]


def counts(sql: Sql) -> Mapping[str, int]:
    return {str(name): int(count) for name, count in sql.rows(_COUNTS)}


def _literal(text: str) -> str:
    """Text of which LIKE takes nothing as a wildcard."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
