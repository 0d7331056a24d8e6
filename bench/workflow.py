"""Onboardings over a store: transitions against a bare transaction, the first release, and many that wait."""

from __future__ import annotations

import copy
import os
import random
import sqlite3
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import holdshort
from bench.timing import Figure, shown
from holdshort.core.onboarding import commands as c
from holdshort.execution.runner import Runner
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Order, Outcome, PublishedRegister, User
from holdshort.service.acceptance import load_records
from holdshort.service.flow import Flow
from holdshort.service.inbox import Wanted, inbox
from holdshort.service.programs import Programs, digest_of_files, files_of
from holdshort.store.open import open_store
from holdshort.store.sqlite_files import choose_journal

PART = "6. onboardings over SQLite, on this disk"
STARTER = Path(holdshort.__file__).parent / "starter"
NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
PAUSED = int(os.environ.get("HOLDSHORT_BENCH_PAUSED", "20000"))
"""How many onboardings wait at once, where the run is not a quick one."""
PEOPLE = {"rae": "revops", "tomas": "csm"}
MESSAGE = {"to": ["ann@acme.example"], "subject": "Your start", "body": "We begin on Monday."}


class _Clock:
    def now(self) -> datetime:
        return NOW


class _Target:
    """The other side says yes at once."""

    name = "stub"

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        return Outcome("done", "it said yes", order.key)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        return None

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> None:
        return None


@dataclass
class _House:
    store: Any
    flow: Flow
    sweeper: Sweeper
    record: dict[str, Any]

    def take_in(self, no: int, *asks: Any, **systems: dict[str, Any]) -> int:
        made = copy.deepcopy(self.record)
        made["record_id"] = f"bench-{no}"
        made["trigger"]["event_id"] = f"bench-{no}"
        made["crm"]["opportunity_id"] = f"B-{no}"
        made["proposed_actions"] = list(asks)
        for system, fields in systems.items():
            made[system] = {**made[system], **fields}
        number = self.flow.intake(made, "crm").number
        assert number is not None
        return number


def _house(folder: Path) -> _House:
    store = open_store(f"sqlite:///{folder / 'bench.sqlite'}", folder / "keys" / "master.key")
    flow = Flow(store, Programs(store), _Clock(), lambda address: f"#{address}")
    runner = Runner(flow, "bench", lambda state, name: _Target())
    records, _ = load_records(STARTER / "records")
    return _House(store, flow, Sweeper(store, flow, runner, _Clock()), dict(records["clean-mid-market"]))


@contextmanager
def _new_house() -> Iterator[tuple[_House, Path]]:
    """On the disk, where a commit waits for it."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("HOLDSHORT_BENCH_DISK", ".")) as made:
        folder = Path(made)
        (folder / "keys").mkdir(mode=0o700)
        house = _house(folder)
        files = files_of(STARTER)
        files["playbook.toml"] = files["playbook.toml"].replace(b"per_hour = 200", b"per_hour = 1000000")
        files["playbook.toml"] = files["playbook.toml"].replace(b"per_day = 5", b"per_day = 1000000")
        with house.store.transaction() as tx:
            for name, role in PEOPLE.items():
                tx.put_user(User(name, name, f"{name}@lumenboard.example", frozenset([role])))
            tx.publish(PublishedRegister(1, digest_of_files(files), "rae", "tomas", NOW, files))
        house.flow.programs.latest()  # a process reads its register once
        try:
            yield house, folder
        finally:
            house.store.close()


def run(quick: bool) -> Iterator[Figure]:
    rounds, each = (2, 5) if quick else (5, 100)
    yield from _transitions(rounds, each)
    yield from _first_release(10 if quick else 500)
    yield from _many(20 if quick else 1_000, 60 if quick else PAUSED, 10 if quick else 300)


# --- transitions ----------------------------------------------------------------------------------------------


def _transitions(rounds: int, each: int) -> Iterator[Figure]:
    """Five acts an onboarding: taken in, asked for, decided, begun, done."""
    cycles, bare = [], []
    with _new_house() as (house, folder):
        for turn in range(rounds):
            numbers = range(turn * each, (turn + 1) * each)
            cycles.append(_seconds(partial(_cycles, house, numbers)))
            bare.append(_bare(folder / "bare.sqlite", 5 * each))
    transitions = [5 * each / seconds for seconds in cycles]
    ratios = [ours / (5 * each / seconds) for ours, seconds in zip(transitions, bare, strict=True)]
    yield shown(
        PART,
        "taken in, decided and released: onboardings, wall clock",
        [each / s for s in cycles],
        "a second",
    )
    yield shown(PART, "transitions, wall clock", transitions, "a second")
    yield shown(
        PART, "transitions against bare transactions of three statements, same journal and disk", ratios
    )


def _cycles(house: _House, numbers: Sequence[int]) -> None:
    for no in numbers:
        _cycle(house, no)


def _cycle(house: _House, no: int) -> None:
    number = house.take_in(no)
    house.flow.act(number, c.Request("send_customer_message", MESSAGE, "rae"), "rae")
    review = next(iter(house.flow.state(number).open_reviews()))
    told = c.Decide(
        review.no, "J9", "tomas", stepped_up=True, reason="looked", exception="agreed", owner="revops"
    )
    house.flow.act(number, told, "tomas")
    ran = house.sweeper.sweep().reports
    assert [each.outcome for each in ran] == ["done"], ran


def _bare(path: Path, count: int) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    choose_journal(connection)
    connection.execute("CREATE TABLE IF NOT EXISTS log (number, no, body)")
    connection.execute("CREATE TABLE IF NOT EXISTS now (number PRIMARY KEY, state)")

    def work() -> None:
        for no in range(count):
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("INSERT INTO log VALUES (?, ?, ?)", (no // 5, no % 5, "x" * 500))
            connection.execute("INSERT OR REPLACE INTO now VALUES (?, ?)", (no // 5, "waiting"))
            connection.execute("INSERT INTO log VALUES (?, ?, ?)", (no // 5, -1, "released"))
            connection.execute("COMMIT")

    try:
        return _seconds(work)
    finally:
        connection.close()


# --- the first release ----------------------------------------------------------------------------------------


def _first_release(count: int) -> Iterator[Figure]:
    times = []
    with _new_house() as (house, _):
        for no in range(count):
            start = perf_counter()
            house.take_in(no, "notify_csm")
            assert house.sweeper.sweep().reports
            times.append(perf_counter() - start)
    yield shown(
        PART, f"a record comes, its first action is done: 99th of 100 ({count})", [_p99(times) * 1e3], "ms"
    )


# --- many that wait -------------------------------------------------------------------------------------------


def _many(few: int, many: int, resumed: int) -> Iterator[Figure]:
    """The same with few and with many: what grows with the number of those that wait?"""
    found = {}
    with _new_house() as (house, folder):
        taken = 0
        for count in (few, many):
            for no in range(taken, count):
                house.take_in(no, crm={"plan": "Somebody else's"})
            taken = count
            house.store.close()
            found[count] = _waiting(folder, count, resumed)
    for what, unit in (("ready", "ms"), ("a page of the inbox", "ms"), ("a decision, 99th of 100", "ms")):
        for count in (few, many):
            yield shown(PART, f"{what}, {count:,} waiting", [found[count][what]], unit)


def _waiting(folder: Path, count: int, resumed: int) -> dict[str, float]:
    opened: list[_House] = []
    ready = _seconds(lambda: opened.append(_house(folder)))
    house = opened[0]
    ready += _seconds(house.flow.programs.latest)
    pages = [_seconds(lambda: inbox(house.flow, Wanted("rae"), 50)) for _ in range(5)]
    dice, times = random.Random(count), []
    for number in dice.sample(range(1, count + 1), min(resumed, count)):
        review = next(
            (each for each in house.flow.state(number).open_reviews() if each.owner == "revops"), None
        )
        assert review is not None, "it has to wait for somebody"
        told = c.Decide(
            review.no, "J3", "rae", stepped_up=True, to="sales_owner", question="which plan is it?"
        )
        times.append(_seconds(partial(house.flow.act, number, told, "rae")))
    return {
        "ready": ready * 1e3,
        "a page of the inbox": sorted(pages)[2] * 1e3,
        "a decision, 99th of 100": _p99(times) * 1e3,
    }


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def _p99(times: list[float]) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.99))]
