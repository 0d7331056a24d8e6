"""The databases that the tests run on, and small onboardings to put into them."""

import sqlite3
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from holdshort.ports import ActionRow, NewEvent, OnboardingRow, ReviewRow, Rows

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


@dataclass
class DurablePlace:
    """Where a store lives, and the stores of this process that were opened on it."""

    url: str
    keys: Path
    stores: list = field(default_factory=list, kw_only=True)

    def open(self):
        from holdshort.store.open import open_store

        self.stores.append(open_store(self.url, self.keys))
        return self.stores[-1]

    def close(self):
        for store in self.stores:
            store.close()


@dataclass
class SqlitePlace(DurablePlace):
    path: Path
    kind = "sqlite"

    def look(self, statement: str, *values: Any) -> list:
        """What a program other than Holdshort reads or does there."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


@dataclass
class PostgresPlace(DurablePlace):
    server: Any
    name: str
    kind = "postgresql"

    def look(self, statement: str) -> list:
        return self.server.run(statement, self.name)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def event(kind: str = "RecordReceived", private: Any = None, *, at: datetime = NOON, **body: Any) -> NewEvent:
    return NewEvent(kind, body, private, "rae", at)


def row(number: int, key: str, **changed: Any) -> OnboardingRow:
    plain = OnboardingRow(
        number, key, f"Fenwick Glass {key}", "sales-assisted", "mid-market", "handoff", "open", "held", "high", 1,
        NOON, None, None,
    )  # fmt: skip
    return replace(plain, **changed)


def review(number: int, no: int, **changed: Any) -> ReviewRow:
    plain = ReviewRow(
        number, no, "CO-EDGE-002", "plans differ", "high", "RevOps", "", "open", NOON, after(60), after(120)
    )
    return replace(plain, **changed)


def action(number: int, no: int, **changed: Any) -> ActionRow:
    plain = ActionRow(number, no, "provision_access", "held", "provisioning", "d" * 64, "k" * 64, None)
    return replace(plain, **changed)


def opened(store, key: str, *events: NewEvent, reviews: Any = (), actions: Any = (), **changed: Any) -> int:
    """A new onboarding with these events (one where none is given) and rows; `reviews` and `actions` get its number."""
    with store.transaction() as tx:
        number = tx.open_onboarding(key)
        rows = Rows(
            row(number, key, **changed),
            tuple(replace(one, number=number) for one in reviews),
            tuple(replace(one, number=number) for one in actions),
        )
        tx.append(number, 0, events or (event(),), rows)
    return number


def grown(
    store, number: int, *events: NewEvent, reviews: Any = (), actions: Any = (), **changed: Any
) -> None:
    """One more act on an onboarding."""
    with store.transaction() as tx:
        known = len(tx.history(number))
        was = store.onboarding(number)
        tx.append(number, known, events, Rows(replace(was, **changed), tuple(reviews), tuple(actions)))
