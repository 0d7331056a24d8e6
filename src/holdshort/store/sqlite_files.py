"""SQLite's file: made once with safe settings, and which journal is safe with which version of SQLite."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from holdshort.ports import Unavailable
from holdshort.store.key_files import sync_folder

APPLICATION_ID = 0x484F4C44  # HOLD
OLDEST = (3, 35, 0)
"""The first version with RETURNING."""

_FIXED = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""The versions that mend the WAL-reset bug, which can lose commits and damage the file (3.7.0 to 3.51.2)."""


def wal_is_safe(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite may keep a write-ahead log. Source: https://sqlite.org/wal.html#walresetbug; design 10."""
    return version >= _FIXED[-1] or any(fixed <= version and fixed[:2] == version[:2] for fixed in _FIXED)


def make_file(path: Path) -> None:
    """
    Make the database file, empty, for its owner only, in the journal mode that is safe here; leave one that exists.

    The mode is set once, while every step still reaches the disk, and the folder is synced last.

    Raises:
        Unavailable: the folder is missing or cannot be written.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(
            f"`{path}` cannot be made: {(error.strerror or str(error)).lower()}",
            "make its folder, and let the user who runs Holdshort write there",
        ) from error
    os.close(handle)
    sync_folder(path.parent)


def choose_journal(raw: sqlite3.Connection) -> str:
    """
    The journal mode of this file, after it was made safe for this SQLite.

    A new file gets the write-ahead log where that is safe. A file with one loses it where it is not, which needs that
    nobody else has the file open.

    Raises:
        sqlite3.OperationalError: it is in use, or cannot be written.
    """
    mode = str(raw.execute("PRAGMA journal_mode").fetchone()[0])
    if mode == "wal" and not wal_is_safe():
        mode = str(raw.execute("PRAGMA journal_mode=DELETE").fetchone()[0])
    elif mode != "wal" and wal_is_safe() and raw.execute("PRAGMA page_count").fetchone()[0] == 0:
        mode = str(raw.execute("PRAGMA journal_mode=WAL").fetchone()[0])
    return mode
