"""
Backups that read nothing without their keys, and restoring them so that nothing is sent twice.

A backup is a copy of the database without the onboardings' keys, with readable customers' text sealed; the keys lie in
`NAME.keys`. A restore goes to a fresh place only, starts in quarantine, and leaves out what was erased since.

Source: promises S11 and S27; design 10.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from holdshort.ports import Unavailable
from holdshort.store.backup_keys import (
    BackupKeys,
    WrappedKey,
    keys_path,
    read_keys,
    without_destroyed,
    write_keys,
)
from holdshort.store.backup_texts import seal_texts, unseal_texts
from holdshort.store.erasure import destroyed_keys
from holdshort.store.facts import BACKED_UP, set_fact
from holdshort.store.key_files import KeyProblem, sync_folder
from holdshort.store.places import place_of
from holdshort.store.sealing import CannotOpen, Sealer, load_master
from holdshort.store.sql import Sql
from holdshort.store.sql_store import SqlStore


@dataclass(frozen=True, slots=True)
class Backup:
    """What was made."""

    path: Path
    keys: Path
    made_at: datetime
    onboardings: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `erased`: numbers of onboardings that were erased after the backup, and are so again."""

    made_at: datetime
    quarantine: str
    erased: tuple[int, ...]


def back_up(store: SqlStore, path: Path, now: datetime | None = None) -> Backup:
    """
    Make a backup while the store is in use.

    Args:
        path: the new file; the keys go to `PATH.keys`.
        now: the instant that it will say it is of.

    Raises:
        Unavailable: one of the files exists, or cannot be written; or the tool of PostgreSQL is missing.
    """
    made_at = now or datetime.now(UTC)
    for each in (path, keys_path(path)):
        if each.exists():
            raise Unavailable(f"`{each}` exists, and a backup replaces nothing", "give another name")
    try:
        keys = _dump(store, path)
        write_keys(keys_path(path), BackupKeys(made_at, keys))
    except OSError as error:
        raise _cannot_write(path, error) from error
    with store.database.transaction() as connection:
        set_fact(Sql(connection), BACKED_UP, made_at.isoformat())
    return Backup(path, keys_path(path), made_at, len({key.number for key in keys}))


def restore(path: Path, url: str, master_key_file: Path, keys: Path | None = None) -> Restored:
    """
    Bring a backup back into a fresh place, in quarantine.

    Args:
        path: the backup.
        url: a SQLite file that does not exist, or an empty PostgreSQL database.
        master_key_file: the master key under which the store was written; the ledger of erasures lies beside it.
        keys: the keys file, where it does not lie beside the backup.

    Raises:
        Unavailable: there is something already; the backup or its keys do not fit, are damaged or missing.
    """
    try:
        content = read_keys(keys or keys_path(path))
        sealer = Sealer(load_master(master_key_file))
        destroyed = destroyed_keys(master_key_file.parent)
        usable = without_destroyed(content.keys, destroyed)
        for key in usable[:1]:
            sealer.unwrap(key.wrapped, key.number)
        erased = tuple(sorted({key.number for key in content.keys} - {key.number for key in usable}))
        why = _why(content.made_at, erased)
        place = place_of(url)
        if place.path is None:
            from holdshort.store.backup_postgresql import restore_postgresql

            restore_postgresql(path, place, sealer, usable, why)
        else:
            _restore_sqlite(path, place.path, sealer, usable, why)
    except (KeyProblem, CannotOpen) as problem:
        raise Unavailable(str(problem), getattr(problem, "mend", "")) from problem
    except OSError as error:
        raise _cannot_write(path, error) from error
    return Restored(content.made_at, why, erased)


def _why(made_at: datetime, erased: tuple[int, ...]) -> str:
    again = f"; erased since: {', '.join(map(str, erased))}" if erased else ""
    return f"restored from a backup of {made_at:%Y-%m-%d %H:%M} UTC{again}"


def _dump(store: SqlStore, path: Path) -> tuple[WrappedKey, ...]:
    if store.database.postgresql:
        from holdshort.store.backup_postgresql import dump_postgresql

        return dump_postgresql(store, path)
    return _dump_sqlite(store, path)


# --- SQLite ---


def _dump_sqlite(store: SqlStore, path: Path) -> tuple[WrappedKey, ...]:
    """Everything readable stays in the database's own folder until it has been sealed."""
    source = store.database.place.path
    assert source is not None
    beside = source.with_name(f".{source.name}.{secrets.token_hex(8)}.backup")
    try:
        _private_file(beside)
        copy = sqlite3.connect(beside, isolation_level=None)
        try:
            store.database.read(lambda: store.database.connection.connection.backup(copy))
            keys = _without_keys(copy, store.sealer)
            _check_pages(copy, path)
        finally:
            copy.close()
        _put(beside, path)
        return keys
    except sqlite3.Error as error:
        raise Unavailable(f"`{path}` could not be written: {error}", "look for a full disk") from error
    finally:
        beside.unlink(missing_ok=True)


def _without_keys(copy: sqlite3.Connection, sealer: Sealer) -> tuple[WrappedKey, ...]:
    copy.execute("PRAGMA journal_mode=DELETE")
    copy.execute("PRAGMA secure_delete=ON")
    copy.execute("BEGIN")
    rows = copy.execute("SELECT number, key_no, wrapped FROM store_subjectkey ORDER BY number").fetchall()
    known = {number: WrappedKey(number, key_no, wrapped) for number, key_no, wrapped in rows}
    keys = seal_texts(copy, sealer, known)
    copy.execute("DELETE FROM store_subjectkey")
    copy.execute("COMMIT")
    copy.execute("VACUUM")
    return keys


def _restore_sqlite(path: Path, target: Path, sealer: Sealer, keys: tuple[WrappedKey, ...], why: str) -> None:
    if target.exists():
        raise Unavailable(
            f"`{target}` exists, and a restore replaces nothing", "name a file that does not exist"
        )
    beside = target.with_name(f".{target.name}.{secrets.token_hex(8)}.restore")
    try:
        _private_file(beside)
        shutil.copyfile(path, beside)
        copy = sqlite3.connect(beside, isolation_level=None)
        try:
            _check_pages(copy, path)
            copy.execute("PRAGMA secure_delete=ON")
            copy.execute("BEGIN")
            _bring_back(copy, sealer, keys, why)
            copy.execute("COMMIT")
            copy.execute("VACUUM")
        finally:
            copy.close()
        _put(beside, target)
    except sqlite3.Error as error:
        raise Unavailable(
            f"`{path}` is no backup of Holdshort, or is damaged", "bring another one"
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def _bring_back(copy: sqlite3.Connection, sealer: Sealer, keys: tuple[WrappedKey, ...], why: str) -> None:
    copy.execute("INSERT OR REPLACE INTO store_fact (name, value) VALUES ('quarantine', ?)", (why,))
    unseal_texts(copy, sealer, keys)
    copy.executemany(
        "INSERT INTO store_subjectkey (number, key_no, wrapped) VALUES (?, ?, ?)",
        [(key.number, key.key_no, key.wrapped) for key in keys if key.key_no],
    )
    copy.execute(
        "UPDATE store_eventsecret SET ciphertext = x'', erased = 1 "
        "WHERE number NOT IN (SELECT number FROM store_subjectkey)"
    )
    copy.execute(
        "UPDATE store_onboarding SET key_no = 0 WHERE number NOT IN (SELECT number FROM store_subjectkey)"
    )
    if copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'store_attachment'").fetchone():
        copy.execute("DELETE FROM store_attachment WHERE number NOT IN (SELECT number FROM store_subjectkey)")


def _check_pages(copy: sqlite3.Connection, path: Path) -> None:
    found = [row[0] for row in copy.execute("PRAGMA integrity_check(1)").fetchall()]
    if found != ["ok"]:
        raise Unavailable(f"`{path}` would be damaged: {found[0]}", "run `holdshort doctor` on the database")


# --- files ---


def _private_file(path: Path) -> None:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def _put(beside: Path, path: Path) -> None:
    """Copy a finished file to its place, whole or not at all, never over another."""
    arriving = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        _private_file(arriving)
        shutil.copyfile(beside, arriving)
        with open(arriving, "rb") as file:
            os.fsync(file.fileno())
        os.link(arriving, path)
    finally:
        arriving.unlink(missing_ok=True)
    sync_folder(path.parent)


def _cannot_write(path: Path, error: OSError) -> Unavailable:
    reason = (error.strerror or str(error)).lower()
    return Unavailable(
        f"`{error.filename or path}` cannot be used: {reason}", "check the folder, its rights and its space"
    )
