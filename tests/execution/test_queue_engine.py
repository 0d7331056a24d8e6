"""Several worker processes share the work by the queue on PostgreSQL: nothing twice, and what a dead one had goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import at, postgres_live, published_postgres, remembered_programs  # noqa: F401 (fixtures)
from tests.cli.live import starter_record
from tests.postgres import postgres_server  # noqa: F401 (fixture)

BACKLOG = 20
JOBS = "SELECT count(*) FROM procrastinate_jobs"
HASTY = """
import os, time
from datetime import datetime, timedelta
from holdshort import bootstrap
from holdshort.cli.main import main
from holdshort.connectors.write.folder import FolderTarget
from holdshort.execution import queue_engine
from holdshort.execution.runner import Runner

queue_engine._STALLED_AFTER_S = 8.0
Runner.__init__.__kwdefaults__.update(lease_s=5.0, timeout_s=2.0)

began, stated = time.monotonic(), datetime.fromisoformat(os.environ["HOLDSHORT_NOW"])
bootstrap.SystemClock.now = lambda self: stated + timedelta(seconds=time.monotonic() - began)

perform = FolderTarget.perform
def slow(self, order, timeout_s):
    done = perform(self, order, timeout_s)
    time.sleep(float(os.environ["REPLY_AFTER_S"]))
    return done
FolderTarget.perform = slow
main()
"""
"""
The command in a hurry: a worker is dead after eight seconds without a word, an attempt lost after five, and the reply of
the other side takes a while after the effect. Its clock starts at the stated present and runs.
"""


@pytest.fixture
def queue_live(postgres_live):  # noqa: F811
    """A store with the queue's tables, which a process makes that knows it for PostgreSQL from its first step on."""
    words = [
        sys.executable,
        "-c",
        "from holdshort.cli.main import main; main()",
        "doctor",
        "--migrate",
        "--json",
    ]
    words += ["--playbook", str(postgres_live.folder), "--db", postgres_live.url]
    subprocess.run(words, capture_output=True, check=False)
    return postgres_live


def backlog(live, count: int, since: int = 0) -> None:
    """Onboardings with one released action each."""
    with live.house() as house:
        for no in range(since, since + count):
            record = starter_record("clean-mid-market", ["notify_csm"], crm={"opportunity_id": f"Q-{no}"})
            record["trigger"] = {**record["trigger"], "event_id": f"q-{no}"}
            assert house.flow.intake(record, "crm").number


def status_of_all(live) -> dict[str, str]:
    with live.house() as house:
        return {
            each.id: each.status for each in house.store.actions(limit=1_000) if each.kind == "notify_csm"
        }


def left(live) -> list[str]:
    return sorted(path.name for path in Path(live.folder / "outbox").glob("*notify_csm.json"))


def until(true, wait_s: float = 120) -> None:
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.2)


class Worker:
    """`holdshort worker --engine queue` in a process of its own."""

    def __init__(self, live, reply_after_s: float = 0.0) -> None:
        words = [sys.executable, "-c", HASTY, "worker", "--engine", "queue", "--json"]
        words += ["--playbook", str(live.folder), "--db", live.url]
        env = {**os.environ, "REPLY_AFTER_S": str(reply_after_s)}
        self.process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
        )
        self.lines: list[dict] = []

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err
        assert "Traceback" not in err, err
        self.lines = [json.loads(line) for line in out.splitlines()]

    def ran(self) -> list[str]:
        return [each["action"] for each in self.lines if each.get("outcome") in ("done", "uncertain")]


@contextmanager
def working(*workers: Worker):
    try:
        yield
        for each in workers:
            each.stop()
    finally:
        for each in workers:
            if each.process.poll() is None:
                each.kill()


@pytest.mark.keeps("S6", "S1")
@pytest.mark.shows("G12")
def test_two_workers_work_off_a_backlog_and_a_dead_ones_jobs_are_taken_over(
    queue_live,
    postgres_server,  # noqa: F811
) -> None:
    live, database = queue_live, queue_live.url.partition("?")[0].rpartition("/")[2]

    def jobs(status: str = "") -> int:
        where = f" WHERE status = '{status}'" if status else ""
        return postgres_server.run(f"{JOBS}{where}", database)[0][0]

    backlog(live, BACKLOG // 2)
    assert jobs() == 0, "where nobody takes jobs, none pile up"
    dead = Worker(live, reply_after_s=60)
    try:
        until(lambda: left(live))
        backlog(live, BACKLOG // 2, BACKLOG // 2)
        assert jobs() >= BACKLOG, "one for each release, put by whoever released it or by the first look"
        assert jobs("doing")
        begun = {id_ for id_, status in status_of_all(live).items() if status == "attempting"}
        assert begun, "it dies in the middle of something"
    finally:
        dead.kill()
    pair = Worker(live), Worker(live)
    with working(*pair):
        until(lambda: set(status_of_all(live).values()) <= {"done", "uncertain"})
        until(lambda: jobs() == 0)
    assert sorted(status_of_all(live)) == sorted(pair[0].ran() + pair[1].ran()), "each by exactly one of them"
    with live.house() as house:
        runs = [each for each in house.store.actions(limit=1_000) if each.kind == "notify_csm"]
    assert len(runs) == BACKLOG
    assert all((each.status, each.attempt) == ("done", 1) for each in runs), (
        "a folder can tell, so nothing is unknown"
    )
    assert len(left(live)) == BACKLOG
    assert all(each.ran() for each in pair), "both had their share"


@pytest.mark.keeps("S6")
def test_what_a_sweeper_does_not_leave_behind_a_queue_worker_does_not_find(
    queue_live,
    postgres_server,  # noqa: F811
) -> None:
    """Both kinds of worker may take turns on one store."""
    backlog(queue_live, 2)
    queue_live.sweep()
    worker = Worker(queue_live)
    with working(worker):
        backlog(queue_live, 2, 2)
        until(lambda: len(left(queue_live)) == 4)
    assert len(worker.ran()) == 2
