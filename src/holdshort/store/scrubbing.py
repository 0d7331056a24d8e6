"""
Getting rid of old pages after an erasure: a database keeps what was overwritten until its file is written anew.

The erasure itself is done by then, and this may come late: the fact `scrub` stays until it has been done. A write-ahead
log of PostgreSQL, a replica and a backup hold copies of their own (docs/how-to/store.md).

Source: promise S27.
"""

from __future__ import annotations

from typing import Any

from holdshort.ports import Unavailable
from holdshort.store.connections import Database
from holdshort.store.erasure import SCRUB

_WITH_TEXT = ("store_subjectkey", "store_onboarding", "store_review")
"""Tables on PostgreSQL that held keys or readable text; small enough to be written anew."""


def scrub(database: Database) -> bool:
    """
    Write the database anew where an erasure is waiting for it, outside of any transaction.

    Returns:
        Whether nothing is left to do; False where somebody held the database for too long, so that it has to come later.
    """
    try:
        with database.alone() as connection:
            if not _is_due(connection):
                return True
            _rewrite_postgresql(connection) if database.postgresql else _rewrite_sqlite(connection)
            _execute(connection, "DELETE FROM store_fact WHERE name = %s", [SCRUB])
    except Unavailable:
        return False
    return True


def _is_due(connection: Any) -> bool:
    return _execute(connection, "SELECT 1 FROM store_fact WHERE name = %s", [SCRUB]) is not None


def _rewrite_sqlite(connection: Any) -> None:
    _execute(connection, "VACUUM")
    _execute(connection, "PRAGMA wal_checkpoint(TRUNCATE)")


def _rewrite_postgresql(connection: Any) -> None:
    _execute(connection, "SELECT set_config('statement_timeout', '0', false)")
    try:
        for table in _WITH_TEXT:
            _execute(connection, f"VACUUM (FULL) {table}")
        _execute(connection, "VACUUM store_eventsecret")
        _execute(connection, "VACUUM store_attachment")
    finally:
        _execute(connection, "RESET statement_timeout")


def _execute(connection: Any, statement: str, params: Any = None) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchone() if cursor.description else None
