"""Real stores that are made empty, used once and thrown away: what acceptance tests are lived on where memory is not enough."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.ports import Store, Unavailable

Fresh = Callable[[], AbstractContextManager[Store]]


@contextmanager
def throw_away_stores(where: str, prepare: Callable[[Store], None]) -> Iterator[Fresh]:
    """
    Gives a function that opens one fresh store after another, each as `prepare` left the first one.

    Args:
        where: `sqlite`, for files in a temporary folder; or the URL of a PostgreSQL server and a database on it that may
            be connected to. That database itself is never written.

    Raises:
        HoldshortError: `where` is neither.
        Unavailable: The server cannot be used, or does not let this user make databases.
    """
    with tempfile.TemporaryDirectory(prefix="holdshort-rehearsal-") as folder:
        if where == "sqlite":
            yield _sqlite(Path(folder), prepare)
        elif where.startswith(("postgresql://", "postgres://")):
            with _postgresql(where, Path(folder), prepare) as fresh:
                yield fresh
        else:
            raise HoldshortError(
                [
                    Diagnostic(
                        "TEST-017",
                        f"`{where}` is no store that tests can be lived on",
                        Where(),
                        "write `sqlite`, or a PostgreSQL server's URL such as postgresql://user@host/postgres",
                    )
                ]
            )


def _sqlite(folder: Path, prepare: Callable[[Store], None]) -> Fresh:
    from holdshort.store.open import open_store

    made, key, used = folder / "made.sqlite", folder / "master.key", folder / "used.sqlite"
    first = open_store(f"sqlite:///{made}", key)
    prepare(first)
    first.close()

    @contextmanager
    def fresh() -> Iterator[Store]:
        # One file name for all of them, so that the process does not gather a connection for each.
        for old in folder.glob(f"{used.name}*"):
            old.unlink()
        shutil.copy(made, used)
        store = open_store(f"sqlite:///{used}", key)
        try:
            yield store
        finally:
            store.close()

    return fresh


@contextmanager
def _postgresql(url: str, folder: Path, prepare: Callable[[Store], None]) -> Iterator[Fresh]:
    from urllib.parse import urlsplit

    from holdshort.store.open import open_store

    template, used = (f"holdshort_rehearsal_{uuid4().hex[:12]}_{each}" for each in ("made", "used"))
    key = folder / "master.key"

    def url_of(database: str) -> str:
        return urlsplit(url)._replace(path=f"/{database}").geturl()

    try:
        _run(url, f'CREATE DATABASE "{template}"')
        first = open_store(url_of(template), key)
        prepare(first)
        first.close()

        @contextmanager
        def fresh() -> Iterator[Store]:
            _run(url, f'CREATE DATABASE "{used}" TEMPLATE "{template}"')
            store = open_store(url_of(used), key)
            try:
                yield store
            finally:
                store.close()
                _run(url, f'DROP DATABASE IF EXISTS "{used}" WITH (FORCE)')

        yield fresh
    finally:
        for each in (used, template):
            _run(url, f'DROP DATABASE IF EXISTS "{each}" WITH (FORCE)')


def _run(url: str, statement: Any) -> None:
    """One statement of our own making, outside of a transaction."""
    import psycopg

    try:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(statement)
    except psycopg.Error as error:
        why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise Unavailable(
            f"the server does not make a database for rehearsals: {why}",
            "name a user who may create databases, or leave --store out",
        ) from error
