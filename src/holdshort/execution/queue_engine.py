"""
Who acts when on many machines: Procrastinate on the store's own PostgreSQL.

A job is put into the queue in the very transaction that grants leave to run, so none is lost and none is early. The
queue only says *when and where*: a job that comes twice, late or after its worker died finds the ledger row decided.
Clocks and lost attempts are looked at by every worker; the store's locks see to it that one of them wins.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from holdshort.execution.runner import RunReport
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Clock, Rows, Store, Transaction, Unavailable

QUEUE = "holdshort"
RUN_TASK = "holdshort.run"
_OVERLOOKED_AFTER_S = 20.0
"""A released action that no job has taken by then is picked up by whoever looks, as a sweeper would."""
_LOOK_EVERY_S = 2.0
_STALLED_AFTER_S = 30.0


def may_queue(url: str) -> bool:
    """Whether this store has a queue: PostgreSQL, and Procrastinate is installed."""
    from importlib.util import find_spec

    return url.startswith(("postgresql:", "postgres:")) and find_spec("procrastinate") is not None


class AnnouncingStore:
    """A store that puts every action that is released into the queue, in the same transaction."""

    def __init__(self, store: Any, announce: Callable[[Rows], None]) -> None:
        self._store = store
        self._announce = announce

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._store.transaction() as tx:
            yield _AnnouncingTransaction(tx, self._announce)


class _AnnouncingTransaction:
    def __init__(self, tx: Any, announce: Callable[[Rows], None]) -> None:
        self._tx = tx
        self._announce = announce

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def append(self, number: int, expected: int, events: Any, rows: Rows) -> None:
        self._tx.append(number, expected, events, rows)
        self._announce(rows)


def announcer(alias: str) -> Callable[[Rows], None]:
    """Puts jobs into the queue over Django's connection `alias`, and so in whatever transaction is open on it."""
    import procrastinate
    from procrastinate.contrib.django.django_connector import DjangoConnector

    app = procrastinate.App(connector=DjangoConnector(alias=alias))

    def announce(rows: Rows) -> None:
        for row in rows.actions:
            if row.status == "released":
                app.configure_task(
                    RUN_TASK, queue=QUEUE, lock=f"onboarding {row.number}", schedule_at=None
                ).defer(number=row.number, no=row.no)

    return announce


class QueueWorker:
    """
    One worker process: jobs of the queue, clocks, lost attempts, and what the queue overlooked.

    Args:
        url: The store's PostgreSQL.
        name: Identifies this worker.
        concurrency: How many actions run at a time.
        tell: Hears of every run.
    """

    def __init__(
        self,
        url: str,
        store: Store,
        sweeper: Sweeper,
        clock: Clock,
        name: str,
        *,
        concurrency: int = 8,
        tell: Callable[[RunReport], None] = lambda report: None,
    ) -> None:
        self._url = url
        self._store = store
        self._sweeper = sweeper
        self._clock = clock
        self._name = name
        self._concurrency = concurrency
        self._tell = tell

    def run_until(self, stop: threading.Event, *, until_empty: bool = False) -> None:
        """Work until `stop` is set (then finish what has begun), or with `until_empty` until the queue is empty."""
        import procrastinate

        app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self._url))
        app.task(name=RUN_TASK, queue=QUEUE)(self._run)
        watcher = threading.Thread(target=self._watch, args=(stop,), daemon=True)
        watcher.start()
        asyncio.run(self._work(app, stop, until_empty))

    async def _work(self, app: Any, stop: threading.Event, until_empty: bool) -> None:
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    name=self._name,
                    queues=[QUEUE],
                    concurrency=self._concurrency,
                    wait=not until_empty,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    stalled_worker_timeout=_STALLED_AFTER_S,
                )
            )
            while not worker.done():
                if stop.is_set():
                    worker.cancel()
                await asyncio.wait([worker], timeout=0.5)
                await self._take_over(app)
            if not worker.cancelled() and (fault := worker.exception()) is not None:
                raise fault

    async def _take_over(self, app: Any) -> None:
        """Give jobs of dead workers back to the queue."""
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
            await app.job_manager.retry_job(job)

    def _run(self, number: int, no: int) -> None:
        row = next((each for each in self._store.actions(number=number, limit=1_000) if each.no == no), None)
        if row is not None and row.status == "released":
            self._tell(self._sweeper.run(row))

    def _watch(self, stop: threading.Event) -> None:
        """Clocks, lost attempts, and released actions that no job has taken."""
        while not stop.wait(_LOOK_EVERY_S):
            try:
                overlooked = self._clock.now() - timedelta(seconds=_OVERLOOKED_AFTER_S)
                for report in self._sweeper.sweep(released_before=overlooked).reports:
                    self._tell(report)
            except Unavailable:
                continue
