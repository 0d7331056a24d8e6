"""The store on SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from holdshort.core.audit import Checkpoint, Envelope, Head, Opened
from holdshort.ports import ActionRow, OnboardingRow, PublishedRegister, ReviewRow, StoredEvent
from holdshort.store import attachments, audit_rows, people, queries, registers
from holdshort.store.connections import Database
from holdshort.store.erasure import note_destroyed
from holdshort.store.histories import read_history, read_opened
from holdshort.store.scrubbing import scrub
from holdshort.store.sealing import Sealer
from holdshort.store.sql import Sql
from holdshort.store.transaction import SqlTransaction

T = TypeVar("T")

_PIECE = 1000
"""Rows that are read at a time, so that nobody waits long for a reader."""


class SqlStore:
    """Behind `ports.Store` and `audit_log.AuditStore`; any number of threads may share it."""

    def __init__(self, database: Database, sealer: Sealer, key_folder: Path) -> None:
        self.database = database
        self.sealer = sealer
        self.key_folder = key_folder

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        with self.database.transaction() as connection:
            one = SqlTransaction(self.database, connection, self.sealer)
            try:
                yield one
            finally:
                one.over = True
            if one.broken is not None:
                raise one.broken
            note_destroyed(self.key_folder, one.destroyed)
        if one.destroyed:
            self.scrub()

    def look(self, work: Callable[[SqlTransaction], T]) -> T:
        """What `work` reads with a transaction's questions, while others may write; it must change nothing."""
        return self.database.read(
            lambda: work(SqlTransaction(self.database, self.database.connection, self.sealer))
        )

    def close(self) -> None:
        """Let go of this thread's connection; the next use makes another."""
        self.database.close()

    def check_master_key(self) -> None:
        """Raises Unavailable where the master key is not the one under which this database was written."""
        found = self._read(lambda sql: sql.one('SELECT "number", "wrapped" FROM store_subjectkey LIMIT 1'))
        if found is not None:
            self.database.read(lambda: self.sealer.unwrap(bytes(found[1]), found[0]))

    def scrub(self) -> bool:
        """
        Write the database anew where an erasure is waiting for it, which every erasure does by itself.

        Returns:
            Whether nothing is left to do.
        """
        return scrub(self.database)

    # --- onboardings ---

    def history(self, number: int) -> list[StoredEvent]:
        return self._read(lambda sql: read_history(sql, self.sealer, number)[1])

    def number_of(self, key: str) -> int | None:
        return self._read(lambda sql: queries.number_of(sql, key))

    def onboarding(self, number: int) -> OnboardingRow | None:
        return self._read(lambda sql: queries.onboarding(sql, number))

    def onboardings(
        self, *, state: str = "", search: str = "", after: int = 0, limit: int = 50, open_only: bool = False
    ) -> list[OnboardingRow]:
        return self._read(lambda sql: queries.onboardings(sql, state, search, after, limit, open_only))

    def pinned(self, version: int) -> Iterator[int]:
        after = 0
        while piece := self._read(partial(queries.pinned, version=version, after=after, limit=_PIECE)):
            yield from piece
            after = piece[-1]

    def due_wakes(self, now: datetime, limit: int) -> list[int]:
        return self._read(lambda sql: queries.due_wakes(sql, now, limit))

    def counts(self) -> Mapping[str, int]:
        return self._read(queries.counts)

    # --- reviews and actions ---

    def reviews(
        self, *, number: int | None = None, owners: Sequence[str] = (), claimed_by: str = "", status: str = "open",
        breached: bool | None = None, at_risk_before: datetime | None = None, after: str = "", limit: int = 50,
        about: str = "", tier: str = "", lane: str = "", case: str = "",
    ) -> list[ReviewRow]:  # fmt: skip
        which = (number, owners, claimed_by, status, breached, at_risk_before, after, about, tier, lane, case)
        return self._read(lambda sql: queries.reviews(sql, *which, limit))

    def actions(
        self, *, number: int | None = None, status: str = "", after: str = "", limit: int = 50
    ) -> list[ActionRow]:
        return self._read(lambda sql: queries.actions(sql, number, status, after, limit))

    def due_actions(self, now: datetime, limit: int) -> list[ActionRow]:
        return self._read(lambda sql: queries.due_actions(sql, now, limit))

    def lost_runs(self, now: datetime, limit: int) -> list[ActionRow]:
        return self._read(lambda sql: queries.lost_runs(sql, now, limit))

    def attachment(self, number: int, no: int) -> bytes | None:
        return self._read(lambda sql: attachments.attachment(sql, number, no))

    # --- registers and people ---

    def register(self, version: int) -> PublishedRegister | None:
        return self._read(lambda sql: registers.register(sql, version))

    def latest_register(self) -> PublishedRegister | None:
        return self._read(registers.latest_register)

    def latest_version(self) -> int:
        return self._read(registers.latest_version)

    def password_is(self, name: str, password: str) -> bool:
        return self.database.read(lambda: people.password_is(self.database.alias, name, password))

    # --- the audit log ---

    def envelopes(self, after: tuple[int, int] = (0, 0)) -> Iterator[Envelope]:
        while piece := self._read(partial(audit_rows.envelopes, after=after, limit=_PIECE)):
            yield from piece
            after = piece[-1].number, piece[-1].seq

    def opened(self, number: int) -> Iterator[Opened]:
        return iter(self._read(lambda sql: list(read_opened(sql, self.sealer, number))))

    def changed_heads(self) -> list[Head]:
        return self._read(audit_rows.changed_heads)

    def newest_events(
        self, *, number: int | None = None, actor: str = "", kinds: Sequence[str] = (),
        before: tuple[int, int] | None = None, limit: int = 50,
    ) -> list[Envelope]:  # fmt: skip
        """The latest first; `before` is the (number, seq) of the last one of an earlier page."""
        return self._read(lambda sql: audit_rows.newest(sql, number, actor, kinds, before, limit))

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        with self.database.transaction() as connection:
            audit_rows.add_checkpoint(Sql(connection), checkpoint)

    def checkpoints(self, after: int = 0) -> list[Checkpoint]:
        return self._read(lambda sql: audit_rows.checkpoints(sql, after))

    def last_checkpoint(self) -> Checkpoint | None:
        return self._read(audit_rows.last_checkpoint)

    def _read(self, work: Callable[[Sql], T]) -> T:
        return self.database.read(lambda: work(Sql(self.database.connection)))
