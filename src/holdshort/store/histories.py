"""The events of one onboarding as they are read: bodies from JSON, private parts from what they are sealed in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from holdshort.core.audit import Opened
from holdshort.ports import StoredEvent
from holdshort.store.sealing import CannotOpen, Sealer
from holdshort.store.sql import Sql, utc
from holdshort.store.values import from_json

# One statement, so that no erasure can part a key from what it opens.
_HISTORY = """
SELECT o."version", o."head", o."key_no", k."key_no", k."wrapped",
       e."seq", e."kind", e."body", e."actor", e."at", e."hash", s."ciphertext"
FROM store_onboarding o
LEFT JOIN store_subjectkey k ON k."number" = o."number"
LEFT JOIN store_event e ON e."number" = o."number"
LEFT JOIN store_eventsecret s ON s."number" = e."number" AND s."seq" = e."seq"
WHERE o."number" = ? ORDER BY e."seq"
"""

_HEAD = """
SELECT o."version", o."head", o."key_no", k."key_no", k."wrapped"
FROM store_onboarding o LEFT JOIN store_subjectkey k ON k."number" = o."number" WHERE o."number" = ?
"""

_SECRETS = """
SELECT s."seq", s."ciphertext", k."wrapped"
FROM store_eventsecret s LEFT JOIN store_subjectkey k ON k."number" = s."number"
WHERE s."number" = ? AND NOT s."erased" ORDER BY s."seq"
"""

_LOCK = " FOR UPDATE OF o"


@dataclass(slots=True)
class Head:
    """Where an onboarding stands: the seq and hash of its last event, and the key of its private parts, if any yet."""

    version: int
    hash: str
    key_no: int = 0
    key: bytes | None = None


def read_history(
    sql: Sql, sealer: Sealer, number: int, *, lock: bool = False
) -> tuple[Head | None, list[StoredEvent]]:
    """
    Where one onboarding stands and all its events in order; None and empty where it is unknown.

    Args:
        lock: nobody else can change it before the transaction ends.

    Raises:
        KeyProblem, CannotOpen: a private part that was not erased does not open.
    """
    found = _fresh(sql, _HISTORY, number, lock)
    if not found:
        return None, []
    head = _head(sealer, number, found[0])
    events = []
    for _, _, _, _, _, seq, kind, body, actor, at, chained, ciphertext in found:
        if seq is None:
            break
        private = sealer.open(_needed(head, number), number, seq, bytes(ciphertext)) if ciphertext else None
        events.append(StoredEvent(seq, kind, from_json(body), private, actor, utc(at), chained))
    return head, events


def read_head(sql: Sql, sealer: Sealer, number: int) -> Head | None:
    """The same without the events, locked."""
    found = _fresh(sql, _HEAD, number, lock=True)
    return _head(sealer, number, found[0]) if found else None


def read_opened(sql: Sql, sealer: Sealer, number: int) -> Iterator[Opened]:
    """The private parts as an export shows them, those that were erased left out. Raises as `read_history` does."""
    key: bytes | None = None
    for seq, ciphertext, wrapped in sql.rows(_SECRETS, (number,)):
        key = key or _key(sealer, wrapped, number)
        salt, text = sealer.open_text(key, number, seq, bytes(ciphertext))
        yield Opened(seq, salt, text)


def _fresh(sql: Sql, statement: str, number: int, lock: bool) -> list[Any]:
    """
    What the statement finds, read again where it is from before somebody else's commit.

    On PostgreSQL a statement that had to wait for the lock sees the locked row as it is now, and everything else as it
    was when the statement began.
    """
    if not (lock and sql.postgresql):
        return sql.rows(statement, (number,))
    found = sql.rows(statement + _LOCK, (number,))
    if found and _stale(found):
        found = sql.rows(statement + _LOCK, (number,))
    return found


def _stale(found: list[Any]) -> bool:
    version, _, key_no, key_no_found, *_ = found[-1]
    last = found[-1][5] if len(found[-1]) > 5 else version
    return bool(version != (last or 0) or key_no != (key_no_found or 0))


def _head(sealer: Sealer, number: int, found: Any) -> Head:
    version, chained, key_no, _, wrapped, *_ = found
    return Head(version, chained, key_no, _key(sealer, wrapped, number) if wrapped is not None else None)


def _needed(head: Head, number: int) -> bytes:
    if head.key is None:
        raise CannotOpen(f"the key of onboarding {number} is missing")
    return head.key


def _key(sealer: Sealer, wrapped: Any, number: int) -> bytes:
    if wrapped is None:
        raise CannotOpen(f"the key of onboarding {number} is missing")
    return sealer.unwrap(bytes(wrapped), number)
