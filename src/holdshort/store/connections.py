"""One database as the store uses it: a healthy connection for each thread, and errors in words."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from holdshort.ports import Unavailable
from holdshort.store.faults import foretold
from holdshort.store.places import LOCK_WAIT_S, Place
from holdshort.store.sqlite_files import choose_journal

T = TypeVar("T")

TRUSTED_FOR_S = 1.0
"""A PostgreSQL connection that was idle for longer is asked whether it still lives."""


class Database:
    """
    A database by its alias in Django's `connections`.

    Every thread has a connection of its own, made when it is needed and again after a fault. A statement that fails
    before anything was done is tried once more on a fresh connection.
    """

    def __init__(self, alias: str, place: Place) -> None:
        self.alias = alias
        self.place = place
        self.postgresql = place.path is None
        self._local = threading.local()
        self._writer = threading.Lock()

    @property
    def connection(self) -> Any:
        from django.db import connections

        return connections[self.alias]

    def ready(self) -> Any:
        """This thread's connection, open and in order. Raises the driver's errors."""
        self._leave_parent_behind()
        connection = self.connection
        if connection.in_atomic_block:
            return connection
        if connection.connection is not None and not self._healthy(connection):
            connection.close()
        if connection.connection is None:
            connection.connect()
            self._prepare(connection)
        self._local.used_at = time.monotonic()
        return connection

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """
        The connection inside one durable transaction.

        Raises:
            Unavailable, Conflict: for what the driver says; a COMMIT without reply as `outcome_unknown`.
            RuntimeError: this thread has a transaction open already.
        """
        from django.db import transaction

        if self.connection.in_atomic_block:
            raise RuntimeError("a transaction is open in this thread")
        committing = False
        with self._one_writer():
            try:
                self.ready()
                with transaction.atomic(using=self.alias, durable=True):
                    yield self.connection
                    committing = True
            except Exception as error:
                self.raise_understood(error, committing=committing)

    @contextmanager
    def alone(self) -> Iterator[Any]:
        """The connection outside of any transaction, no other thread of this process writing. Raises Unavailable."""
        with self._one_writer():
            try:
                yield self.ready()
            except Exception as error:
                self.raise_understood(error)

    def read(self, work: Callable[[], T]) -> T:
        """
        What `work` reads; it is done again on a fresh connection where the old one turns out dead.

        Raises:
            Unavailable: for what the driver says.
        """
        if self.connection.in_atomic_block:
            return work()
        try:
            self.ready()
            return work()
        except Exception as error:
            if not (self.postgresql and isinstance(self.foretold(error), Unavailable)):
                self.raise_understood(error)
            self._drop()
        try:
            self.ready()
            return work()
        except Exception as error:
            self.raise_understood(error)

    def close(self) -> None:
        """Let go of this thread's connection; the next use makes another."""
        if not self.connection.in_atomic_block:
            self.connection.close()

    def raise_understood(self, error: Exception, *, committing: bool = False) -> NoReturn:
        """Raise what the error stands for, and the error itself where that is nothing of a driver's."""
        understood = self.foretold(error, committing=committing)
        if isinstance(understood or error, Unavailable):
            self._drop()
        if understood is None:
            raise error
        raise understood from error

    def foretold(self, error: Exception, *, committing: bool = False) -> Exception | None:
        """The Conflict or Unavailable that an error stands for; None where it is neither's."""
        return foretold(error, self.place, committing=committing)

    def _drop(self) -> None:
        """Forget the connection, whatever state it is in."""
        connection = self.connection
        if not connection.in_atomic_block:
            try:
                connection.close()
            except Exception:  # it is broken, that is why it goes
                connection.connection = None

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Threads of one process queue for SQLite's only writer, instead of knocking until somebody opens."""
        if self.postgresql:
            yield
            return
        self._leave_parent_behind()  # or the lock would be another one when it is released
        writer = self._writer
        if not writer.acquire(timeout=LOCK_WAIT_S):
            raise Unavailable(f"{self.place.shown} is locked by another thread", "try again")
        try:
            yield
        finally:
            writer.release()

    def _healthy(self, connection: Any) -> bool:
        if self.place.path is not None:
            return _identity(self.place.path) == getattr(self._local, "file", None)
        if connection.connection.closed:
            return False
        if time.monotonic() - getattr(self._local, "used_at", 0.0) < TRUSTED_FOR_S:
            return True
        return bool(connection.is_usable())

    def _prepare(self, connection: Any) -> None:
        if self.place.path is not None:
            self._local.file = _identity(self.place.path)
            mode = choose_journal(connection.connection)
            if mode not in ("delete", "wal"):
                raise Unavailable(
                    f"{self.place.shown} has the journal mode {mode}, which can lose what was decided",
                    "stop all programs that use it, then: sqlite3 FILE 'PRAGMA journal_mode=DELETE'",
                )
            return
        with connection.cursor() as cursor:  # an acknowledged decision has reached the disk
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )

    def _leave_parent_behind(self) -> None:
        """After a fork the connection belongs to the parent; it must not be closed here either."""
        from django.db import connections

        if getattr(self._local, "pid", os.getpid()) != os.getpid():
            with suppress(AttributeError):
                del connections[self.alias]
            self._writer = threading.Lock()
        self._local.pid = os.getpid()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, so that one that was put in its place is noticed."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
