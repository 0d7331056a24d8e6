"""`holdshort worker`: carries out what was released, when it is due."""

from __future__ import annotations

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import store_command

if TYPE_CHECKING:
    from types import FrameType

    from holdshort.bootstrap import House
    from holdshort.execution.runner import RunReport
    from holdshort.service.chores import Chore, Chores

ANCHOR = "HOLDSHORT_ANCHOR"


@click.command("worker", cls=StoreCommand)
@click.option("--once", is_flag=True, help="Do what is due now, then end: for a scheduler such as cron.")
@click.option(
    "--every",
    metavar="SECONDS",
    type=click.FloatRange(0.1, 3600),
    default=1.0,
    show_default=True,
    help="How long to wait where nothing is due.",
)
@click.option(
    "--checkpoint-every",
    metavar="MINUTES",
    type=click.FloatRange(0.1, 10_080),
    default=15.0,
    show_default=True,
    help="How often to sign where the audit log ends.",
)
@click.option(
    "--anchor",
    metavar="FILE",
    envvar=ANCHOR,
    type=click.Path(path_type=Path),
    help=f"A file elsewhere that every checkpoint is appended to; ${ANCHOR} says the same.",
)
@click.option(
    "--engine",
    type=click.Choice(["sweeper", "queue"]),
    default="sweeper",
    show_default=True,
    help="sweeper: this process looks by itself. queue: several machines share the work, on PostgreSQL.",
)
@store_command
def command(
    house: House,
    as_json: bool,
    once: bool,
    every: float,
    checkpoint_every: float,
    anchor: Path | None,
    engine: str,
) -> None:
    """Carry out what was released, remind, escalate and expire by the clock, and sign the audit log.

    Runs until Ctrl-C or SIGTERM: what it has begun it brings to its end. Without a worker nothing leaves the house, and
    nothing is lost either. Several workers may run at once; each action still runs once.

    Exit code 0: it was stopped, or with `--once` all is done; 1: with `--once` a run failed or its outcome is not known, or
    the anchor holds another history; 2: wrong usage.
    """
    from holdshort.service.anchors import AnchorRefused
    from holdshort.service.assist_round import AssistRound
    from holdshort.service.chores import Chores

    _refuse_missing_register(house)
    teller = _Teller(as_json)
    chores = Chores(
        house.flow,
        house.audit_store,
        lambda: house.signer,
        anchor,
        timedelta(minutes=checkpoint_every),
        AssistRound(house.flow, house.assistant, house.models),
    )
    try:
        if anchor is not None:
            _check_anchor(house, anchor)
        work = _work_once if once else _ENGINES[engine]
        with _stopped_by_signals() as stop:
            teller.started(house, once)
            work(house, chores, teller, stop, every)
    except AnchorRefused as refused:
        teller.refused("AUDIT-001", str(refused), refused.mend)
        sys.exit(1)
    teller.ended()
    sys.exit(1 if once and teller.bad else 0)


def _refuse_missing_register(house: House) -> None:
    """A worker on a store without a register would look as if it worked."""
    from holdshort.core.diagnostics import HoldshortError
    from holdshort.core.onboarding.commands import Refused

    try:
        house.flow.programs.latest()
    except HoldshortError as error:
        found = error.diagnostics[0]
        raise Refused(found.code, found.message, found.mend) from error


def _check_anchor(house: House, anchor: Path) -> None:
    """Before anything is released: the anchor and this log have to tell the same history."""
    from holdshort.service.chores import catch_up

    try:
        catch_up(house.audit_store, anchor)
    except OSError as error:
        raise click.UsageError(f"the anchor `{anchor}` cannot be written: {error.strerror}") from error


# --- engines ------------------------------------------------------------------------------------------------


def _work_once(house: House, chores: Chores, teller: _Teller, stop: threading.Event, every: float) -> None:
    while not stop.is_set():
        swept = house.sweeper.sweep(stop.is_set, teller.run)
        for each in chores.run(stop.is_set, everything=True):
            teller.chore(each)
        if not swept.did_something:
            return


def _sweep(house: House, chores: Chores, teller: _Teller, stop: threading.Event, every: float) -> None:
    def between() -> None:
        for each in chores.run(stop.is_set):
            teller.chore(each)

    house.sweeper.run_until(stop, every, teller.run, between, teller.away)


def _queue(house: House, chores: Chores, teller: _Teller, stop: threading.Event, every: float) -> None:
    """The engine that several machines share; it calls the very same runner."""
    from holdshort.execution.queue_engine import may_queue

    if not house.url.startswith(("postgresql:", "postgres:")):
        raise click.UsageError("the queue needs PostgreSQL: name it with --db, or use --engine sweeper")
    if not may_queue(house.url):
        raise click.UsageError(
            "the queue is not installed: pip install 'holdshort[postgres]', or use --engine sweeper"
        )

    def between() -> None:
        for each in chores.run(stop.is_set):
            teller.chore(each)

    house.queue_worker(teller.run).run_until(stop, between=between, away=teller.away)


Work = Callable[["House", "Chores", "_Teller", threading.Event, float], None]
_ENGINES: dict[str, Work] = {"sweeper": _sweep, "queue": _queue}


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Set by Ctrl-C and SIGTERM; a second Ctrl-C breaks off at once."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()

    before = {}
    if threading.current_thread() is threading.main_thread():
        before = {each: signal.signal(each, on_signal) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


# --- what it says -------------------------------------------------------------------------------------------

_SHAPES = {"done": "✓", "failed": "✗", "uncertain": "?", "not started": "·"}


class _Teller:
    """A line for everything that happens; what keeps an action waiting is said once, not every round."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.bad = 0
        self.counts: dict[str, int] = {}
        self._waiting: dict[str, str] = {}
        self._is_away = False

    def started(self, house: House, once: bool) -> None:
        if not self.as_json and not once:
            click.echo(f"Working on {house.folder} as {house.worker}. Ctrl-C stops it.", err=True)

    def run(self, report: RunReport) -> None:
        from holdshort.core.visible import one_line

        self._back()
        if report.outcome == "not started":
            if self._waiting.get(report.action) == report.why:
                return
            self._waiting[report.action] = report.why
        else:
            self._waiting.pop(report.action, None)
            self.counts[report.outcome] = self.counts.get(report.outcome, 0) + 1
        self.bad += report.outcome in ("failed", "uncertain")
        self._say(
            {"action": report.action, "kind": report.kind, "outcome": report.outcome, "why": report.why},
            f"{_now()} {_SHAPES[report.outcome]} {report.outcome:<11} {report.action}  "
            f"{one_line(report.kind).replace('_', ' ')}: {one_line(report.why)}",
        )

    def chore(self, chore: Chore) -> None:
        from holdshort.core.visible import one_line

        self._back()
        self.bad += chore.is_fault
        mark = "✗" if chore.is_fault else "·"
        self._say(
            {"chore": chore.kind, "words": chore.words, "fault": chore.is_fault},
            f"{_now()} {mark} {chore.kind:<11} {one_line(chore.words)}",
        )

    def away(self, why: Exception) -> None:
        if not self._is_away:
            self._is_away = True
            self._say({"away": str(why)}, f"{_now()} ✗ away        {why}; trying again")

    def _back(self) -> None:
        if self._is_away:
            self._is_away = False
            self._say({"back": True}, f"{_now()} · back        the store answers again")

    def refused(self, code: str, why: str, mend: str) -> None:
        if self.as_json:
            click.echo(json.dumps({"refused": {"code": code, "why": why, "mend": mend}}, ensure_ascii=False))
        else:
            click.echo(f"refused[{code}]: {why}\n  = {mend}", err=True)

    def ended(self) -> None:
        if self.as_json:
            click.echo(json.dumps({"ended": True, "runs": self.counts, "waiting": len(self._waiting)}))
            return
        said = ", ".join(f"{count} {outcome}" for outcome, count in self.counts.items()) or "nothing ran"
        waiting = f"; {len(self._waiting)} released and still waiting" if self._waiting else ""
        click.echo(f"Stopped: {said}{waiting}.", err=True)

    def _say(self, data: dict[str, Any], words: str) -> None:
        click.echo(json.dumps(data, ensure_ascii=False) if self.as_json else words)
        sys.stdout.flush()


def _now() -> str:
    from datetime import UTC, datetime

    return f"{datetime.now(UTC):%H:%M:%S}"
