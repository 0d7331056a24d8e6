"""Customers' text that lists show (titles, what a review is about), sealed in a backup and brought back from it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from holdshort.store.backup_keys import WrappedKey
from holdshort.store.sealing import Sealer
from holdshort.store.values import folded

ERASED = "(erased)"
_SEQ = 0
"""Events count from 1, so that nothing else is sealed under this number."""


def seal_texts(
    copy: sqlite3.Connection, sealer: Sealer, known: Mapping[int, WrappedKey]
) -> tuple[WrappedKey, ...]:
    """
    Move the texts of every onboarding into the table `backup_text`, each under its own key.

    Returns:
        All keys that the backup needs; an onboarding that has none yet gets one for this backup.
    """
    copy.execute("CREATE TABLE backup_text (number INTEGER PRIMARY KEY, ciphertext BLOB NOT NULL)")
    about = _about(copy)
    keys = dict(known)
    for number, title in copy.execute(
        "SELECT number, title FROM store_onboarding ORDER BY number"
    ).fetchall():
        keys[number] = keys.get(number) or WrappedKey(number, 0, sealer.wrap(sealer.new_key(), number))
        key = sealer.unwrap(keys[number].wrapped, number)
        sealed = sealer.seal(key, number, _SEQ, {"title": title, "about": about.get(number, {})})
        copy.execute("INSERT INTO backup_text VALUES (?, ?)", (number, sealed.ciphertext))
    copy.execute("UPDATE store_onboarding SET title = '', folded = ''")
    copy.execute("UPDATE store_review SET about = ''")
    return tuple(keys[number] for number in sorted(keys))


def unseal_texts(copy: sqlite3.Connection, sealer: Sealer, keys: Iterable[WrappedKey]) -> None:
    """
    Put the texts back; where the key is gone they say that they were erased.

    Raises:
        CannotOpen, KeyProblem: a key does not fit.
        sqlite3.Error: this is no backup.
    """
    known = {key.number: key.wrapped for key in keys}
    rows = copy.execute(
        "SELECT t.number, t.ciphertext, o.key FROM backup_text t JOIN store_onboarding o ON o.number = t.number"
    ).fetchall()
    for number, ciphertext, natural_key in rows:
        texts: dict[str, Any] = {"title": ERASED, "about": {}}
        if number in known:
            texts = sealer.open(sealer.unwrap(known[number], number), number, _SEQ, ciphertext)
        title = texts["title"]
        copy.execute(
            "UPDATE store_onboarding SET title = ?, folded = ? WHERE number = ?",
            (title, folded(f"{title} {natural_key}"), number),
        )
        copy.execute("UPDATE store_review SET about = ? WHERE number = ?", (ERASED, number))
        for no, about in texts["about"].items():
            copy.execute(
                "UPDATE store_review SET about = ? WHERE number = ? AND no = ?", (about, number, int(no))
            )
    copy.execute("DROP TABLE backup_text")


def _about(copy: sqlite3.Connection) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for number, no, about in copy.execute("SELECT number, no, about FROM store_review").fetchall():
        found.setdefault(number, {})[str(no)] = about
    return found
