"""Bringing a database to the tables that this Holdshort knows: all steps together, or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from holdshort.ports import Unavailable
from holdshort.store.connections import Database

_LOCK = 0x484F4C44
_OWN_STEPS = "procrastinate"
"""Its migrations on PostgreSQL cannot all run in one transaction. No promise rests on its tables."""


def bring_up_to_date(database: Database, *, migrate: bool = True) -> None:
    """
    Run the migrations that are missing. Of several programs that start at once, one does it and the others wait.

    Raises:
        Unavailable: a newer Holdshort wrote the database; it is older and `migrate` is off; or it cannot be had.
    """
    try:
        connection = database.ready()
        if _missing(database, connection):
            if not migrate:
                raise Unavailable(
                    f"{database.place.shown} needs a newer layout", "run `holdshort doctor --migrate`"
                )
            _migrate(database, connection)
    except Exception as error:
        database.raise_understood(error)


def _missing(database: Database, connection: Any) -> set[tuple[str, str]]:
    known = _known(connection.vendor)
    applied = _applied(database, connection)
    newer = sorted(name for app, name in applied - known if app == "store")
    if newer:
        raise Unavailable(
            f"{database.place.shown} was written by a newer Holdshort (`{newer[-1]}`)",
            "update Holdshort here",
        )
    return known - applied


def _known(vendor: str) -> set[tuple[str, str]]:
    """App and name of every migration on disk, without importing any."""
    from django.apps import apps

    return {
        (app.label, file.stem)
        for app in apps.get_app_configs()
        if vendor == "postgresql" or app.label != _OWN_STEPS
        for file in Path(app.path, "migrations").glob("[0-9]*.py")
    }


def _applied(database: Database, connection: Any) -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        tables = {table.name for table in connection.introspection.get_table_list(cursor)}
        if "django_migrations" not in tables:
            if any(table.startswith("store_") for table in tables) or (tables and not database.postgresql):
                raise Unavailable(
                    f"{database.place.shown} holds other tables",
                    "name an empty database or one of Holdshort's",
                )
            return set()
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def _migrate(database: Database, connection: Any) -> None:
    """Under a lock, look again, then do it."""
    from django.db import transaction

    if database.postgresql:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)"
            )
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            with transaction.atomic(using=database.alias):
                _run(database, connection, without=_OWN_STEPS)
            _run(database, connection)
        finally:
            connection.close()  # and with it the lock and the longer limits
        return
    connection.disable_constraint_checking()
    try:
        with transaction.atomic(using=database.alias):
            _run(database, connection)
    finally:
        connection.enable_constraint_checking()


def _run(database: Database, connection: Any, without: str = "") -> None:
    from django.core.management import call_command

    for app in sorted({app for app, _ in _missing(database, connection) if app != without}):
        call_command("migrate", app, database=database.alias, verbosity=0, interactive=False)
