"""
Backups of PostgreSQL, by its own tools `pg_dump` and `pg_restore`.

The dump holds neither the onboardings' keys nor the facts, so that a restore begins in quarantine. Titles of onboardings
and what reviews are about stay readable in it, unlike in a backup of SQLite.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any

from holdshort.ports import Unavailable
from holdshort.store.backup_keys import WrappedKey
from holdshort.store.backup_texts import ERASED
from holdshort.store.key_files import sync_folder
from holdshort.store.places import Place
from holdshort.store.sealing import Sealer
from holdshort.store.sql_store import SqlStore

FOLDER_VARIABLE = "HOLDSHORT_PG_BIN"
"""The folder of PostgreSQL's programs, where the path does not lead to those of the server's version."""

_ERASE_WITHOUT_KEY = (
    "UPDATE store_review SET about = %(erased)s WHERE number IN (SELECT number FROM store_onboarding "
    "WHERE key_no > 0 AND number NOT IN (SELECT number FROM store_subjectkey))",
    "UPDATE store_onboarding SET title = %(erased)s, folded = lower(key), key_no = 0 "
    "WHERE key_no > 0 AND number NOT IN (SELECT number FROM store_subjectkey)",
    "UPDATE store_eventsecret SET ciphertext = '', erased = true "
    "WHERE number NOT IN (SELECT number FROM store_subjectkey)",
)


def dump_postgresql(store: SqlStore, path: Path) -> tuple[WrappedKey, ...]:
    """
    Dump the database and read the keys, both as of one moment.

    Raises:
        Unavailable: the tool is missing, older than the server, or failed.
    """
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with _connected(store.database.place) as connection:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            (snapshot,) = connection.execute("SELECT pg_export_snapshot()").fetchone()
            rows = connection.execute(
                "SELECT number, key_no, wrapped FROM store_subjectkey ORDER BY number"
            ).fetchall()
            _run(
                "pg_dump",
                store.database.place,
                "--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={beside}",
                "--exclude-table-data=*.store_subjectkey", "--exclude-table-data=*.store_fact",
            )  # fmt: skip
        with open(beside, "rb") as file:
            os.fsync(file.fileno())
        os.link(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)
    return tuple(WrappedKey(number, key_no, bytes(wrapped)) for number, key_no, wrapped in rows)


def restore_postgresql(
    path: Path, place: Place, sealer: Sealer, keys: tuple[WrappedKey, ...], why: str
) -> None:
    """
    Bring a dump back into an empty database. The quarantine is the first row in it.

    Raises:
        Unavailable: the database is not empty, or a tool is missing or failed.
    """
    with _connected(place) as connection:
        (tables,) = connection.execute(
            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema()"
        ).fetchone()
        if tables:
            raise Unavailable(
                f"{place.shown} is not empty, and a restore replaces nothing", "create an empty database"
            )
        _section(path, place, "pre-data")
        connection.execute("INSERT INTO store_fact (name, value) VALUES ('quarantine', %s)", (why,))
        connection.execute("COMMIT")
        _section(path, place, "data")
        _section(path, place, "post-data")
        _bring_back(connection, keys)
        connection.execute("COMMIT")


def _bring_back(connection: Any, keys: tuple[WrappedKey, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO store_subjectkey (number, key_no, wrapped) VALUES (%s, %s, %s)",
            [(key.number, key.key_no, key.wrapped) for key in keys],
        )
    for statement in _ERASE_WITHOUT_KEY:
        connection.execute(statement, {"erased": ERASED})
    (has_files,) = connection.execute("SELECT to_regclass('store_attachment') IS NOT NULL").fetchone()
    if has_files:  # an older Holdshort's backup has no such table yet
        connection.execute(
            "DELETE FROM store_attachment WHERE number NOT IN (SELECT number FROM store_subjectkey)"
        )


def _section(path: Path, place: Place, section: str) -> None:
    _run(
        "pg_restore", place,
        "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", f"--section={section}", str(path),
    )  # fmt: skip


def _connected(place: Place) -> Any:
    import psycopg

    try:
        return psycopg.connect(**place.conninfo)
    except psycopg.OperationalError as error:
        raise Unavailable(f"{place.shown} is away", "start it, or check the URL") from error


def _run(tool: str, place: Place, *arguments: str) -> None:
    folder = os.environ.get(FOLDER_VARIABLE)
    program = shutil.which(tool, path=folder) if folder else shutil.which(tool)
    mend = f"install PostgreSQL's client programs of the server's version, or set {FOLDER_VARIABLE} to their folder"
    if program is None:
        raise Unavailable(f"`{tool}` is not installed", mend)
    from psycopg.conninfo import make_conninfo

    known = {name: value for name, value in place.conninfo.items() if name != "password"}
    environment = {
        **os.environ,
        "PGPASSWORD": place.conninfo.get("password", os.environ.get("PGPASSWORD", "")),
    }
    done = subprocess.run(  # noqa: S603 (no shell; what varies is our own URL and file)
        [program, "--no-password", f"--dbname={make_conninfo(**known)}", *arguments],
        capture_output=True, text=True, env=environment, check=False,
    )  # fmt: skip
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it did not say why"])[-1]
        raise Unavailable(
            f"`{tool}` failed: {said}", mend if "version" in done.stderr else "look at its message"
        )
