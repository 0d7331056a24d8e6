"""Stores of every kind for tests, made quickly: an empty one is made once and copied."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from holdshort.store.memory import MemoryStore
from tests.postgres import postgres_server, postgres_url  # noqa: F401 (fixtures)
from tests.store.kinds import DurablePlace, PostgresPlace, SqlitePlace

KINDS = ("memory", "sqlite", "postgresql")

# As a role that triggers do not hold back. Deleting what few rows there are is quicker than another database.
_EMPTY = """
DO $$
DECLARE one text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR one IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'store%' LOOP
    EXECUTE 'DELETE FROM ' || quote_ident(one);
  END LOOP;
END $$
"""


@pytest.fixture(scope="session")
def keys(tmp_path_factory) -> Path:
    """A master key file that the durable stores of this run share."""
    folder = tmp_path_factory.mktemp("keys")
    folder.chmod(0o700)
    return folder / "master.key"


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory, keys) -> Path:
    from holdshort.store.open import open_store

    path = tmp_path_factory.mktemp("empty") / "empty.db"
    open_store(f"sqlite:///{path}", keys).close()
    return path


@pytest.fixture(scope="session")
def empty_postgres(postgres_server, keys) -> str:  # noqa: F811
    from holdshort.store.open import open_store

    name = postgres_server.new_database()
    open_store(postgres_server.url(name), keys).close()
    return name


@pytest.fixture
def quick_folder(tmp_path):
    """A folder in memory where there is one: nothing here cuts the power, and waiting for a disk shows nothing."""
    if not os.access("/dev/shm", os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="holdshort-", dir="/dev/shm") as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_place(quick_folder, empty_sqlite, keys):
    path = quick_folder / "holdshort.db"
    shutil.copy(empty_sqlite, path)
    place = SqlitePlace(f"sqlite:///{path}", keys, path)
    yield place
    place.close()


@pytest.fixture
def postgres_place(postgres_server, empty_postgres, keys):  # noqa: F811
    postgres_server.run(_EMPTY, empty_postgres)
    place = PostgresPlace(postgres_server.url(empty_postgres), keys, postgres_server, empty_postgres)
    yield place
    place.close()


@pytest.fixture(params=KINDS[1:])
def place(request) -> DurablePlace:
    """Where a durable store lives: on SQLite, then on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "sqlite_place", "postgresql": "postgres_place"}[request.param])


@pytest.fixture
def durable(place):
    return place.open()


@pytest.fixture(params=KINDS)
def store(request):
    """An empty store of every kind in turn."""
    if request.param == "memory":
        return MemoryStore()
    fixture = {"sqlite": "sqlite_place", "postgresql": "postgres_place"}[request.param]
    return request.getfixturevalue(fixture).open()
