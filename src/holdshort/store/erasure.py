"""
Erasing what came from a customer's records, while the chain over it still verifies.

A new key takes the place of the old one, which sealed everything so far. What may stay is sealed anew; the rest
loses its ciphertext. The ledger `erasures.jsonl`, beside the master key and outside the database, remembers which keys
were destroyed, so that no backup brings them back.

Source: promise S27.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from holdshort.store.facts import set_fact
from holdshort.store.histories import Head
from holdshort.store.key_files import sync_folder
from holdshort.store.sealing import Sealer
from holdshort.store.sql import Sql, changing

LEDGER = "erasures.jsonl"
SCRUB = "scrub"
"""The fact that says: old pages may still hold what was erased."""

KEY_COLUMNS = ("number", "key_no", "wrapped")


@dataclass(frozen=True, slots=True)
class Destroyed:
    """A key that must never come back: whose, and the SHA-256 of its wrapped form."""

    number: int
    fingerprint: str


def erase(
    sql: Sql, sealer: Sealer, number: int, head: Head, redacted: Mapping[int, Mapping[str, Any] | None]
) -> Destroyed | None:
    """
    Do it within a transaction that holds the onboarding's lock.

    Args:
        head: where the onboarding stands; its key becomes the new one.

    Returns:
        The key that was destroyed, where there was one.

    Raises:
        ValueError: a part is given for an event that has no private part.
    """
    sealed = [seq for (seq,) in sql.rows('SELECT "seq" FROM store_eventsecret WHERE "number" = ?', (number,))]
    unknown = {seq for seq, part in redacted.items() if part is not None} - set(sealed)
    if unknown:
        raise ValueError(f"onboarding {number} has no private part at {sorted(unknown)}")
    destroyed = _renew_key(sql, sealer, number, head)
    for seq in sealed:
        part = redacted.get(seq)
        ciphertext = b"" if part is None else sealer.seal(_key(head), number, seq, part).ciphertext
        sql.run(
            'UPDATE store_eventsecret SET "ciphertext" = ?, "erased" = ? WHERE "number" = ? AND "seq" = ?',
            (ciphertext, True, number, seq),
        )
    set_fact(sql, SCRUB, "due")
    return destroyed


def _renew_key(sql: Sql, sealer: Sealer, number: int, head: Head) -> Destroyed | None:
    old = sql.one('SELECT "wrapped" FROM store_subjectkey WHERE "number" = ?', (number,))
    head.key, head.key_no = sealer.new_key(), head.key_no + 1
    renewed = (number, head.key_no, sealer.wrap(head.key, number))
    sql.add("store_subjectkey", KEY_COLUMNS, [renewed], changing(KEY_COLUMNS, 1))
    sql.run('UPDATE store_onboarding SET "key_no" = ? WHERE "number" = ?', (head.key_no, number))
    return Destroyed(number, fingerprint(bytes(old[0]))) if old else None


def _key(head: Head) -> bytes:
    assert head.key is not None
    return head.key


def fingerprint(wrapped: bytes) -> str:
    """By which the ledger knows a key."""
    return hashlib.sha256(wrapped).hexdigest()


def note_destroyed(folder: Path, keys: Iterable[Destroyed]) -> None:
    """Add keys to the ledger in the master key's folder, durably."""
    lines = [
        json.dumps({"at": datetime.now(UTC).isoformat(), "number": key.number, "key": key.fingerprint}) + "\n"
        for key in keys
    ]
    if not lines:
        return
    ledger = folder / LEDGER
    handle = os.open(ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, "".join(lines).encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    sync_folder(folder)


def destroyed_keys(folder: Path) -> set[Destroyed]:
    """All keys that the ledger in this folder says were destroyed; a line cut short by a power cut is no entry."""
    try:
        lines = (folder / LEDGER).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return set()
    found = set()
    for line in lines:
        try:
            entry = json.loads(line)
            found.add(Destroyed(int(entry["number"]), str(entry["key"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found
