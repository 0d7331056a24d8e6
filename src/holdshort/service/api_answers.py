"""
Idempotency-Key: the same request again is answered as it was the first time, and does nothing.

The answer is kept in the transaction of the act itself where there is one, so that neither is there without the other.
The same key with another request is refused: it would be a mistake of the caller's that nobody else notices.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Clock, Transaction

KEPT = timedelta(hours=48)
_KEY = re.compile(r"[!-~]{1,200}")


class AnswerTable(Protocol):
    def answer(self, caller: str, key: str) -> tuple[str, int, bytes, datetime] | None:
        """Digest of the request, status, body, and when."""
        ...

    def add_answer(
        self, tx: Transaction, caller: str, key: str, digest: str, status: int, body: bytes, at: datetime
    ) -> bool: ...

    def forget_answers(self, tx: Transaction, before: datetime) -> int: ...


class AnswerStore(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    body: bytes
    is_replay: bool = False


class AnsweredBefore(Exception):
    """Raised within a transaction to take it back: the same request was answered meanwhile."""


class KeyReused(Refused):
    """The same key came with another request."""


class Repeats:
    """
    Answers under one caller's keys.

    Args:
        caller: Who asks, by a name that nobody else has.
        key: The Idempotency-Key; empty: every request is a new one.
        request: Everything that makes two requests the same: method, path and body.
    """

    def __init__(
        self, store: AnswerStore, table: AnswerTable, clock: Clock, caller: str, key: str, request: bytes
    ) -> None:
        if key and not _KEY.fullmatch(key):
            raise Refused(
                "API-020", "the Idempotency-Key is not 1 to 200 printable ASCII characters",
                "send a UUID, or another text that you make anew for each act",
            )  # fmt: skip
        self._store = store
        self._table = table
        self._clock = clock
        self._caller = caller
        self.key = key
        self._digest = hashlib.sha256(request).hexdigest()

    def answer(self, work: Callable[[Callable[[Transaction, int, bytes], None]], Answered]) -> Answered:
        """
        Do `work`, or answer as before.

        Args:
            work: Is handed `keep`, to be called in its transaction with status and body; what it never keeps is kept after.

        Raises:
            KeyReused: The key came with another request before.
        """
        if not self.key:
            return work(lambda tx, status, body: None)
        before = self._before()
        if before is not None:
            return before
        kept = False

        def keep(tx: Transaction, status: int, body: bytes) -> None:
            nonlocal kept
            if not self._add(tx, status, body):
                raise AnsweredBefore
            kept = True

        try:
            done = work(keep)
        except AnsweredBefore:
            return self._before() or self._gone()
        if not kept and done.status < 500:
            with self._store.transaction() as tx:
                self._add(tx, done.status, done.body)
        return done

    def _before(self) -> Answered | None:
        found = self._table.answer(self._caller, self.key)
        if found is None:
            return None
        digest, status, body, _ = found
        if digest != self._digest:
            raise KeyReused(
                "API-021", "this Idempotency-Key came with another request before",
                "make a new key for each act; repeat a request exactly to have its answer again",
            )  # fmt: skip
        return Answered(status, body, is_replay=True)

    def _add(self, tx: Transaction, status: int, body: bytes) -> bool:
        now = self._clock.now()
        return self._table.add_answer(tx, self._caller, self.key, self._digest, status, body, now)

    def _gone(self) -> Answered:
        raise Refused("API-022", "the same request is under way", "ask again in a moment")


def forget_old_answers(store: AnswerStore, table: AnswerTable, now: datetime) -> int:
    with store.transaction() as tx:
        return table.forget_answers(tx, now - KEPT)
