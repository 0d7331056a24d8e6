"""Is this store safe to rely on? Checks as data: what was looked at, how it is, in words, and how to mend it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from holdshort.ports import Unavailable
from holdshort.store.attachments import attachment
from holdshort.store.connections import Database
from holdshort.store.erasure import SCRUB
from holdshort.store.facts import BACKED_UP, QUARANTINE, fact
from holdshort.store.open import open_store
from holdshort.store.places import place_of
from holdshort.store.sql import Sql
from holdshort.store.sql_store import SqlStore
from holdshort.store.sqlite_files import wal_is_safe
from holdshort.store.values import from_json

Level = Literal["ok", "warn", "bad"]

BACKUP_EVERY = timedelta(days=7)
OLDEST_POSTGRESQL = 13
_SHARED_FOLDERS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "fuse.sshfs"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at. `mend` is empty where nothing is to be done."""

    name: str
    level: Level
    words: str
    mend: str = ""


def examine(url: str, master_key_file: Path, now: datetime | None = None) -> list[Check]:
    """
    Look at a store and change nothing.

    Args:
        url: as for `open_store`.
        now: for how old the last backup is; an instant.

    Returns:
        Every check in a fixed order; only the first, `database`, where it cannot be opened.
    """
    try:
        store = open_store(url, master_key_file, migrate=False)
        return [
            Check(
                "database", "ok", f"{store.database.place.shown} answers and has the tables of this Holdshort"
            ),
            *_safety(store),
            *_contents(store, now or datetime.now(UTC)),
        ]
    except Unavailable as fault:
        return [Check("database", "bad", str(fault), fault.mend)]


def _safety(store: SqlStore) -> Iterator[Check]:
    database = store.database
    found = _postgresql(database) if database.postgresql else _sqlite(database)
    yield from found
    yield database.read(lambda: _immutable(Sql(database.connection)))


def _contents(store: SqlStore, now: datetime) -> Iterator[Check]:
    for look in (_heads, _files, _quarantine, _switches, _erasures, lambda sql: _backups(sql, now)):
        yield store.database.read(_looking(store.database, look))


def _looking(database: Database, look: Callable[[Sql], Check]) -> Callable[[], Check]:
    return lambda: look(Sql(database.connection))


# --- SQLite ---


def _sqlite(database: Database) -> Iterator[Check]:
    path = place_of(database.place.url).path
    assert path is not None
    yield database.read(lambda: _journal(database.connection.connection))
    yield database.read(lambda: _pages(database.connection.connection, path))
    yield _rights(path)
    yield _room(path)
    yield _folder(path)


def _journal(raw: Any) -> Check:
    mode = raw.execute("PRAGMA journal_mode").fetchone()[0]
    level = raw.execute("PRAGMA synchronous").fetchone()[0]
    version = sqlite3.sqlite_version
    if level != 3 or mode not in ("delete", "wal") or (mode == "wal" and not wal_is_safe()):
        return Check(
            "journal",
            "bad",
            f"journal mode {mode}, synchronous {level}: what was decided may be lost",
            "stop every program that uses the file and open it again with Holdshort",
        )
    if wal_is_safe():
        return Check("journal", "ok", f"SQLite {version}, journal mode {mode}, every commit reaches the disk")
    why = f"SQLite {version} has the WAL-reset bug"
    return Check(
        "journal", "ok", f"{why}, so Holdshort uses the rollback journal; every commit reaches the disk"
    )


def _pages(raw: Any, path: Path) -> Check:
    found = [row[0] for row in raw.execute("PRAGMA quick_check(5)").fetchall()]
    if found != ["ok"]:
        return Check(
            "pages",
            "bad",
            f"`{path}` is damaged: {found[0]}",
            "stop Holdshort, keep a copy, restore the last backup",
        )
    return Check("pages", "ok", "every page of the file is in order")


def _rights(path: Path) -> Check:
    rights = stat.S_IMODE(path.stat().st_mode)
    if os.name == "posix" and rights & 0o077:
        return Check(
            "rights", "warn", f"others may reach `{path}` (rights {rights:04o})", f"chmod 0600 {path}"
        )
    return Check("rights", "ok", "only its owner may reach the file")


def _room(path: Path) -> Check:
    size, free = path.stat().st_size, shutil.disk_usage(path.parent).free
    wanted = 2 * size + 100_000_000
    if free < wanted:
        words = f"{free // 1_000_000} MB are free; an erasure or a backup may need {wanted // 1_000_000} MB"
        return Check("room", "warn", words, "free some space")
    return Check("room", "ok", f"{free // 1_000_000} MB are free")


def _folder(path: Path) -> Check:
    kind = _file_system(path)
    if kind in _SHARED_FOLDERS:
        return Check(
            "folder",
            "bad",
            f"`{path.parent}` is a network folder ({kind}), where locks cannot be relied on",
            "keep the file on a disk of this machine, or use PostgreSQL",
        )
    return Check("folder", "ok", "the file lies on a disk of this machine")


def _file_system(path: Path) -> str:
    """The kind of file system, where the machine tells it; the longest mount point above the path counts."""
    try:
        mounts = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    except OSError:
        return ""
    above = [(len(mount[1]), mount[2]) for mount in mounts if path.is_relative_to(mount[1])]
    return max(above, default=(0, ""))[1]


# --- PostgreSQL ---


def _postgresql(database: Database) -> Iterator[Check]:
    yield database.read(lambda: _server(Sql(database.connection)))
    yield database.read(lambda: _durability(Sql(database.connection)))


def _server(sql: Sql) -> Check:
    version, replica, encoding = sql.one(
        "SELECT current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('server_encoding')"
    )
    if replica:
        return Check("server", "bad", "this is a replica", "name the primary in the URL")
    if version < OLDEST_POSTGRESQL * 10_000:
        return Check(
            "server", "bad", f"PostgreSQL {version // 10_000} is too old", f"use {OLDEST_POSTGRESQL} or later"
        )
    if encoding != "UTF8":
        return Check(
            "server", "bad", f"the database has the encoding {encoding}", "create it with ENCODING 'UTF8'"
        )
    return Check("server", "ok", f"PostgreSQL {version // 10_000}, the primary, UTF-8")


def _durability(sql: Sql) -> Check:
    settings = ("fsync", "full_page_writes", "synchronous_commit")
    off = [name for name in settings if sql.one("SELECT current_setting(?)", (name,))[0] == "off"]
    if off:
        words = f"{', '.join(off)} off: what was decided may be lost in a power cut"
        return Check("durability", "bad", words, "set it on in postgresql.conf")
    return Check("durability", "ok", "every commit reaches the disk")


# --- both ---


def _immutable(sql: Sql) -> Check:
    if sql.postgresql:
        found = sql.one(
            "SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE c.relname IN ('store_event', 'store_register', 'store_signedcheckpoint') "
            "AND t.tgname LIKE ? AND t.tgenabled IN ('O', 'A')",
            (r"store\_%\_no\_%",),
        )[0]
    else:
        found = sql.one(
            r"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'store_%_no_%'"
        )[0]
    if found != (6 if sql.postgresql else 9):
        return Check(
            "triggers",
            "bad",
            "triggers are missing that keep events, registers and checkpoints from being changed",
            "find out who removed them, verify the audit log, restore a backup",
        )
    return Check("triggers", "ok", "events, registers and checkpoints cannot be changed")


def _heads(sql: Sql) -> Check:
    broken = sql.one(
        'SELECT count(*), min(o."number") FROM store_onboarding o LEFT JOIN store_event e '
        'ON e."number" = o."number" AND e."seq" = o."version" '
        'WHERE o."version" > 0 AND (e."hash" IS NULL OR e."hash" <> o."head")'
    )
    if broken[0]:
        words = (
            f"the last event of {broken[0]} onboardings is not the one that was written, first of {broken[1]}"
        )
        return Check("heads", "bad", words, "stop Holdshort, verify the audit log, restore a backup")
    return Check("heads", "ok", "every onboarding ends with the event that it should")


def _files(sql: Sql) -> Check:
    """Every file that was attached is there as it was sealed; of an onboarding that was erased it may be gone."""
    attached = sql.rows(
        'SELECT e."number", e."body", s."erased" FROM store_event e JOIN store_eventsecret s '
        """ON s."number" = e."number" AND s."seq" = e."seq" WHERE e."kind" = 'EvidenceAttached' """
        'ORDER BY e."number", e."seq"'
    )
    broken = [
        f"{number}, file {no}"
        for number, no, digest, erased in ((n, *_file_of(body), gone) for n, body, gone in attached)
        if not _is_whole(attachment(sql, number, no), digest, bool(erased))
    ]
    if broken:
        words = (
            f"{len(broken)} attached files are gone or not what was attached, first of onboarding {broken[0]}"
        )
        return Check("files", "bad", words, "find out who changed them, restore a backup")
    return Check("files", "ok", "every attached file is the one that was attached")


def _file_of(body: str) -> tuple[int, str]:
    event = from_json(body)
    return int(event["attachment"]), str(event["sealed_digest"])


def _is_whole(sealed: bytes | None, digest: str, erased: bool) -> bool:
    return erased if sealed is None else hashlib.sha256(sealed).hexdigest() == digest


def _quarantine(sql: Sql) -> Check:
    why = fact(sql, QUARANTINE)
    if why:
        return Check("quarantine", "warn", f"nothing leaves: {why}", "reconcile what has left, then lift it")
    return Check("quarantine", "ok", "none")


def _switches(sql: Sql) -> Check:
    found = [scope for (scope,) in sql.rows('SELECT "scope" FROM store_pauseswitch ORDER BY "scope"')]
    if found:
        return Check(
            "switches", "warn", f"paused: {', '.join(found)}", "clear the switch when it has done its work"
        )
    return Check("switches", "ok", "nothing is paused")


def _erasures(sql: Sql) -> Check:
    if fact(sql, SCRUB):
        words = "after an erasure the file still has to be written anew; somebody held it for too long"
        return Check(
            "erasures", "warn", words, "let nothing else use it for a moment, then run any command on it"
        )
    return Check("erasures", "ok", "nothing that was erased is left in old pages")


def _backups(sql: Sql, now: datetime) -> Check:
    made = fact(sql, BACKED_UP)
    if not made:
        return Check(
            "backup", "warn", "Holdshort has made no backup of this store", "make one, and every day"
        )
    age = now - datetime.fromisoformat(made)
    if age > BACKUP_EVERY:
        return Check(
            "backup", "warn", f"the last backup by Holdshort is {age.days} days old", "make one every day"
        )
    return Check("backup", "ok", f"the last backup by Holdshort is of {made[:16].replace('T', ' ')} UTC")
