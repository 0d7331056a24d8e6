"""The audit log as it is checked and exported. Nothing here opens a private part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdshort.core.audit import Checkpoint, Envelope, Head
from holdshort.ports import Conflict
from holdshort.store.sql import IGNORE, Sql, utc
from holdshort.store.values import from_json, json_text

_EVENT = 'SELECT "number", "seq", "kind", "at", "actor", "body", "commitment", "hash" FROM store_event'
_ENVELOPES = f"""
{_EVENT}
WHERE ("number", "seq") > (?, ?) ORDER BY "number", "seq" LIMIT ?
"""
_CHANGED = """
SELECT e."number", e."seq", e."hash" FROM store_onboarding o
JOIN store_event e ON e."number" = o."number" AND e."seq" = o."version"
WHERE o."unanchored" ORDER BY e."number"
"""
_COVER = 'UPDATE store_onboarding SET "unanchored" = ? WHERE "number" = ? AND "version" = ?'
_COLUMNS = ("no", "at", "heads", "previous", "signature", "key_id")
_CHECKPOINTS = 'SELECT "no", "at", "heads", "previous", "signature", "key_id" FROM store_signedcheckpoint'


def envelopes(sql: Sql, after: tuple[int, int], limit: int) -> list[Envelope]:
    found = sql.rows(_ENVELOPES, (*after, limit))
    return [_envelope(each) for each in found]


def newest(
    sql: Sql, number: int | None, actor: str, kinds: Sequence[str], before: tuple[int, int] | None, limit: int
) -> list[Envelope]:
    """
    The latest events first; `before` is the (number, seq) of the last one of an earlier page.

    SQLite keeps rows in the order in which they were written, so a page costs what it shows; PostgreSQL sorts by time.
    """
    place = '"at", "number", "seq"' if sql.postgresql else "rowid"
    conditions: list[str] = []
    values: list[Any] = []
    if number is not None:
        conditions, values = ['"number" = ?'], [number]
    if actor:
        conditions, values = [*conditions, '"actor" = ?'], [*values, actor]
    if kinds:
        marks = ", ".join("?" * len(kinds))
        conditions, values = [*conditions, f'"kind" IN ({marks})'], [*values, *kinds]
    if before is not None:
        last = f'SELECT {place} FROM store_event WHERE "number" = ? AND "seq" = ?'  # noqa: S608 (no value is in it)
        conditions, values = [*conditions, f"({place}) < ({last})"], [*values, *before]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    order = ", ".join(f"{each} DESC" for each in place.split(", "))
    found = sql.rows(f"{_EVENT}{where} ORDER BY {order} LIMIT ?", [*values, limit])
    return [_envelope(each) for each in found]


def changed_heads(sql: Sql) -> list[Head]:
    return [(number, seq, head) for number, seq, head in sql.rows(_CHANGED)]


def _envelope(found: Any) -> Envelope:
    number, seq, kind, at, actor, body, *rest = found
    return Envelope(number, seq, kind, utc(at), actor, from_json(body), *rest)


def add_checkpoint(sql: Sql, one: Checkpoint) -> None:
    """Within a transaction. Raises Conflict where its `no` is taken."""
    heads = json_text([list(head) for head in one.heads]).decode()
    values = (one.no, sql.moment(one.at), heads, one.previous, one.signature, one.key_id)
    if sql.add("store_signedcheckpoint", _COLUMNS, [values], IGNORE) != 1:
        raise Conflict(f"checkpoint {one.no} exists")
    for number, seq, _ in one.heads:
        sql.run(_COVER, (False, number, seq))


def checkpoints(sql: Sql, after: int) -> list[Checkpoint]:
    return [
        _checkpoint(found) for found in sql.rows(f'{_CHECKPOINTS} WHERE "no" > ? ORDER BY "no"', (after,))
    ]


def last_checkpoint(sql: Sql) -> Checkpoint | None:
    found = sql.one(f'{_CHECKPOINTS} ORDER BY "no" DESC LIMIT 1')
    return _checkpoint(found) if found else None


def _checkpoint(found: Any) -> Checkpoint:
    no, at, heads, previous, signature, key_id = found
    ends = tuple((number, seq, head) for number, seq, head in from_json(heads))
    return Checkpoint(no, utc(at), ends, previous, signature, key_id)
