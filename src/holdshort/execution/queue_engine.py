"""
Who acts when on many machines: Procrastinate on the store's own PostgreSQL.

While a worker of the queue lives, a job is put into it in the very transaction that grants leave to run; where none
lives there is nobody to take it, and none is put. Every worker also looks for released actions without a job, so none is
lost. The queue only says *when and where*: a job that comes twice, late or after its worker died finds the ledger row
decided. Clocks and lost attempts are looked at by every worker; the store's locks see to it that one of them wins.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from holdshort.execution.runner import RunReport
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import ActionRow, Clock, Rows, Store, Transaction, Unavailable

QUEUE = "holdshort"
RUN_TASK = "holdshort.run"
_OVERLOOKED_AFTER_S = 20.0
"""A released action that no job has taken by then is put into the queue by whoever looks."""
_LOOK_EVERY_S = 2.0
_STALLED_AFTER_S = 30.0
"""A worker that has not been heard of for so long is dead: its jobs go back, and nothing is announced to it."""
_BATCH = 100
_NONE = datetime.min.replace(tzinfo=UTC)
"""Before this instant nothing was released: actions are run by jobs alone."""
_HAS_A_QUEUE = "SELECT to_regclass('procrastinate_workers') IS NOT NULL AS there"
_SOMEBODY_LIVES = """
    SELECT EXISTS (
        SELECT 1 FROM procrastinate_workers WHERE last_heartbeat > clock_timestamp() - %(stalled_s)s * INTERVAL '1 second'
    ) AS lives
"""


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
        try:
            self._announce(rows)
        except (
            Exception
        ) as error:  # procrastinate's own, around the driver's, which the store can put into words
            raise (error.__cause__ or error) from error


def announcer(alias: str) -> Callable[[Rows], None]:
    """Puts jobs into the queue over Django's connection `alias`, and so in whatever transaction is open on it."""

    @cache  # most commands release nothing and need not load the queue
    def queue() -> tuple[Any, Any]:
        import procrastinate
        from procrastinate.contrib.django.django_connector import DjangoConnector

        connector = DjangoConnector(alias=alias)
        return connector, procrastinate.App(connector=connector)

    known: list[bool] = []

    def is_there() -> bool:
        """Whether the store has the queue's tables; one that was made for sweepers alone has none until a queue worker comes."""
        if not known and queue()[0].execute_query_one(_HAS_A_QUEUE)["there"]:
            known.append(True)
        return bool(known)

    def announce(rows: Rows) -> None:
        released = [row for row in rows.actions if row.status == "released"]
        if not released:
            return
        connector, app = queue()
        if not is_there():
            return
        if connector.execute_query_one(_SOMEBODY_LIVES, stalled_s=_STALLED_AFTER_S)["lives"]:
            for row in released:
                _job(app, row).defer(number=row.number, no=row.no)

    return announce


def _job(app: Any, row: ActionRow, **more: Any) -> Any:
    """A job for one released action; of one onboarding's, one runs at a time."""
    return app.configure_task(RUN_TASK, queue=QUEUE, lock=f"onboarding {row.number}", **more)


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
        self._enlisted: dict[str, float] = {}

    def run_until(
        self,
        stop: threading.Event,
        *,
        until_empty: bool = False,
        between: Callable[[], None] = lambda: None,
        away: Callable[[Unavailable], None] = lambda why: None,
    ) -> None:
        """
        Work until `stop` is set (then finish what has begun), or with `until_empty` until the queue is empty.

        Args:
            between: Is called after each look, for what is done now and then.
            away: Hears that the database cannot be used; it is tried again.
        """
        import procrastinate
        from procrastinate.exceptions import ConnectorException
        from psycopg import Error

        over = threading.Event()
        faults: list[Exception] = []

        def watch() -> None:
            try:
                self._watch(over, between, away)
            except Exception as error:  # such as another history at the anchor: nothing may go on without it
                faults.append(error)
                over.set()

        def is_over() -> bool:
            return stop.is_set() or over.is_set()

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            while True:
                app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=self._url))
                app.task(name=RUN_TASK, queue=QUEUE)(self._run)
                try:
                    asyncio.run(self._work(app, is_over, until_empty))
                except (ConnectorException, Error, OSError, Unavailable) as error:
                    away(Unavailable(f"the queue cannot be reached: {type(error).__name__}"))
                    stop.wait(_LOOK_EVERY_S)
                else:
                    break
                if is_over():
                    break
        finally:
            over.set()
            watcher.join(timeout=60)
        if faults:
            raise faults[0]

    async def _work(self, app: Any, is_over: Callable[[], bool], until_empty: bool) -> None:
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    name=self._name,
                    queues=[QUEUE],
                    concurrency=self._concurrency,
                    wait=not until_empty,
                    delete_jobs="always",
                    install_signal_handlers=False,
                    update_heartbeat_interval=_STALLED_AFTER_S / 3,
                    stalled_worker_timeout=_STALLED_AFTER_S,
                )
            )
            try:
                await self._look_after(app, worker, is_over)
            finally:
                worker.cancel()  # it finishes what it has begun
                await asyncio.wait([worker])
            if not worker.cancelled() and (fault := worker.exception()) is not None:
                raise fault

    async def _look_after(self, app: Any, worker: asyncio.Task[None], is_over: Callable[[], bool]) -> None:
        """The queue's own chores, until the worker is done or it is to stop."""
        looked_at = -_LOOK_EVERY_S
        overlooked_after_s = 0.0  # at first everything: nobody was there to take it
        while not worker.done() and not is_over():
            if time.monotonic() - looked_at >= _LOOK_EVERY_S:
                looked_at = time.monotonic()
                await self._take_over(app)
                await self._enlist(app, overlooked_after_s)
                overlooked_after_s = _OVERLOOKED_AFTER_S
            await asyncio.wait([worker], timeout=0.2)

    async def _take_over(self, app: Any) -> None:
        """
        Give jobs of dead workers back to the queue.

        Where the action was enlisted once more meanwhile, that job is enough: the dead one's would keep the onboarding's lock
        for ever, and goes.
        """
        from procrastinate.exceptions import ConnectorException, UniqueViolation
        from procrastinate.jobs import Status

        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_AFTER_S):
            with suppress(ConnectorException):  # somebody else has just done so
                try:
                    await app.job_manager.retry_job(job)
                except UniqueViolation:
                    await app.job_manager.finish_job(job, status=Status.ABORTED, delete_job=True)

    async def _enlist(self, app: Any, overlooked_after_s: float) -> None:
        """Put what was released while no worker lived, or what could not be run then, into the queue once more."""
        from procrastinate.exceptions import AlreadyEnqueued

        now = time.monotonic()
        self._enlisted = {id_: at for id_, at in self._enlisted.items() if now - at < _OVERLOOKED_AFTER_S}
        before = self._clock.now() - timedelta(seconds=overlooked_after_s)
        for row in await asyncio.to_thread(self._store.due_actions, before, _BATCH + len(self._enlisted)):
            if row.id not in self._enlisted:
                self._enlisted[row.id] = now
                with suppress(AlreadyEnqueued):
                    await _job(app, row, queueing_lock=row.id).defer_async(number=row.number, no=row.no)

    def _run(self, number: int, no: int) -> None:
        with suppress(
            Unavailable
        ):  # it is put into the queue once more, and whoever looks says that the store is away
            row = next(iter(self._store.actions(number=number, after=f"{number}/a{no - 1}", limit=1)), None)
            if row is not None and (row.no, row.status) == (no, "released"):
                self._tell(self._sweeper.run(row))

    def _watch(
        self, over: threading.Event, between: Callable[[], None], away: Callable[[Unavailable], None]
    ) -> None:
        """Clocks, lost attempts and errands."""
        while not over.wait(_LOOK_EVERY_S):
            try:
                self._sweeper.sweep(over.is_set, self._tell, released_before=_NONE)
                between()
            except Unavailable as why:
                away(why)
