"""The table of files' bytes, each sealed before it comes here."""

from __future__ import annotations

from holdshort.ports import Conflict
from holdshort.store.sql import IGNORE, Sql

_COLUMNS = ("number", "no", "ciphertext")


def attach(sql: Sql, number: int, no: int, sealed: bytes) -> None:
    if sql.add("store_attachment", _COLUMNS, [(number, no, sealed)], IGNORE) != 1:
        raise Conflict(f"onboarding {number} has a file {no}")


def attachment(sql: Sql, number: int, no: int) -> bytes | None:
    found = sql.one('SELECT "ciphertext" FROM store_attachment WHERE "number" = ? AND "no" = ?', (number, no))
    if not found:
        return None
    # SQLite lets whoever writes past Holdshort put a text here
    return found[0].encode() if isinstance(found[0], str) else bytes(found[0])


def drop_attachments(sql: Sql, number: int) -> None:
    sql.run('DELETE FROM store_attachment WHERE "number" = ?', (number,))
