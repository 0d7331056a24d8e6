"""Who acts when on one machine: goes over what is due, again and again. Nothing waits in memory in between."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from holdshort.core.onboarding.commands import Recheck, Refused
from holdshort.execution.runner import Runner, RunReport
from holdshort.ports import ActionRow, Clock, Conflict, Store, Unavailable, Workflow

_BATCH = 50
_EVER = datetime(9000, 1, 1, tzinfo=UTC)
_DEFER_S = 5.0


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round did: clocks that had something to say and errands that were run, and runs of actions."""

    woken: int
    reports: tuple[RunReport, ...]

    @property
    def did_something(self) -> bool:
        return bool(self.woken or any(each.outcome != "not started" for each in self.reports))


class Sweeper:
    """
    Runs due clocks, lost attempts and released actions; the same functions that a queue's workers call.

    Args:
        errands: Done last in every round; each is handed what asks whether to stop, and says how many things it did.
    """

    def __init__(
        self,
        store: Store,
        work: Workflow,
        runner: Runner,
        clock: Clock,
        errands: Sequence[Callable[[Callable[[], bool]], int]] = (),
    ) -> None:
        self._store = store
        self._work = work
        self._runner = runner
        self._clock = clock
        self._errands = errands
        self._deferred: dict[str, float] = {}

    def sweep(
        self,
        stop: Callable[[], bool] = lambda: False,
        tell: Callable[[RunReport], None] = lambda report: None,
        released_before: datetime | None = None,
    ) -> Swept:
        """
        One round. What cannot be done now is left as it is for the next one.

        Args:
            stop: Asked before each step; what has begun is brought to its end.
            tell: Hears of each run as soon as it is over.
            released_before: Run only actions released before this instant; all of them where it is left out, since
                what is released is due, even where the clock has been set back since.
        """
        before = released_before or _EVER
        now = time.monotonic()
        deferred = list(
            self._deferred.items()
        )  # at once: jobs of a queue defer theirs from threads of their own
        self._deferred = {id_: until for id_, until in deferred if until > now}
        woken = 0
        reports: list[RunReport] = []
        steps: tuple[Callable[[], Iterable[int | RunReport]], ...] = (
            self._wake,
            self._recover,
            lambda: self._run(before),
            lambda: (each(stop) for each in self._errands),
        )
        for step in steps:
            for done in step():
                if isinstance(done, RunReport):
                    reports.append(done)
                    tell(done)
                else:
                    woken += done
                if stop():
                    return Swept(woken, tuple(reports))
        return Swept(woken, tuple(reports))

    def run(self, row: ActionRow) -> RunReport:
        """Run one released action now."""
        return self._guarded(row, self._runner.run)

    def wake(self, number: int) -> bool:
        """Look at one onboarding again because its clock has something to say."""
        try:
            return bool(self._work.act(number, Recheck(), "clock").events)
        except (Refused, Conflict):
            return False

    def _wake(self) -> Iterator[int | RunReport]:
        """One onboarding that cannot be read must not keep the others from their clocks."""
        for number in self._store.due_wakes(self._clock.now(), _BATCH + len(self._deferred)):
            id_ = str(number)
            if id_ in self._deferred:
                continue
            try:
                yield int(self.wake(number))
            except Unavailable:
                raise
            except Exception as error:
                self._deferred[id_] = time.monotonic() + _DEFER_S
                yield RunReport(id_, "look again", "not started", _fault(error))

    def _recover(self) -> Iterator[RunReport]:
        for row in self._store.lost_runs(self._clock.now(), _BATCH + len(self._deferred)):
            if row.id not in self._deferred:
                yield self._guarded(row, self._runner.recover)

    def _run(self, released_before: datetime) -> Iterator[RunReport]:
        """Released actions; one that something stops (a switch, a cap) lets others go first for a while."""
        for row in self._store.due_actions(released_before, _BATCH + len(self._deferred)):
            if row.id not in self._deferred:
                yield self._guarded(row, self._runner.run)

    def _guarded(self, row: ActionRow, work: Callable[[ActionRow], RunReport]) -> RunReport:
        """One action that cannot be read must not keep the others from running."""
        try:
            report = work(row)
        except Unavailable:
            raise
        except Exception as error:
            report = RunReport(row.id, row.kind, "not started", _fault(error))
        if report.outcome == "not started":
            self._deferred[row.id] = time.monotonic() + _DEFER_S
        return report

    def run_until(
        self,
        stop: threading.Event,
        every_s: float = 1.0,
        tell: Callable[[RunReport], None] = lambda report: None,
        between: Callable[[], None] = lambda: None,
        away: Callable[[Unavailable], None] = lambda why: None,
    ) -> None:
        """
        Sweep until `stop` is set: at once while there is something to do, else every so often.

        Args:
            tell: Hears of each run.
            between: Is called after each round, for what is done now and then.
            away: Hears that the store cannot be used; it is tried again.
        """
        while not stop.is_set():
            try:
                swept = self.sweep(stop.is_set, tell)
                between()
            except Unavailable as why:
                away(why)
                stop.wait(every_s)
                continue
            if not swept.did_something:
                stop.wait(every_s)


def _fault(error: Exception) -> str:
    return f"it cannot be worked on: {str(error) or type(error).__name__}"
