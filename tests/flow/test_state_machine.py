"""Whatever happens in whatever order: nothing without consent, nothing twice, nothing lost."""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.flow.machine import Lives
from tests.flow.town import Town
from tests.store.conftest import (  # noqa: F401 (fixtures)
    _EMPTY,
    empty_postgres,
    empty_sqlite,
    keys,
    postgres_place,
    postgres_server,
    quick_folder,
    sqlite_place,
)

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
RUNS = int(os.environ.get("HOLDSHORT_LIVES") or (10_000 if TORTURE else 400))
ON_A_DATABASE = max(1, RUNS // 20)
PHASES = tuple(Phase) if os.environ.get("HOLDSHORT_SHRINK") else (Phase.generate,)
"""Making a failing life as short as it can be takes five minutes and more: only where somebody asks for it."""
SEEDS = 4
"""Every run's lives are drawn from so many seeds, whatever the machine: the same lives in every ordinary run."""


def live(machine: type[Lives], runs: int, by: int, steps: int = 50) -> None:
    run_state_machine_as_test(
        seed(by)(machine),
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=PHASES,
        ),
    )


def live_on_every_core(machine: type[Lives], runs: int) -> Counter[str]:
    """Lives of all seeds, shared out among one process for each core; what all of them did."""
    seeds = [random.SystemRandom().randrange(2**32) for _ in range(SEEDS)] if TORTURE else range(SEEDS)
    cores = min(len(os.sched_getaffinity(0)), SEEDS)
    shares = [list(seeds)[no::cores] for no in range(cores)]
    children = [_forked(partial(_share, machine, runs // SEEDS or 1, share)) for share in shares]
    seen: Counter[str] = Counter()
    faults = []
    for pid, out in children:
        with os.fdopen(out) as said:
            answer = json.loads(said.read() or '{"fault": "it died"}')
        os.waitpid(pid, 0)
        seen.update(answer.get("seen", {}))
        if answer.get("fault"):
            faults.append(answer["fault"])
    assert not faults, "\n\n".join(faults)
    return seen


def _share(machine: type[Lives], runs: int, seeds: list[int]) -> dict[str, Any]:
    machine.seen = Counter()
    gc.set_threshold(
        100_000
    )  # a life leaves few circles behind, and looking for them takes a tenth of the time
    for each in seeds:
        try:
            live(machine, runs, each)
        except BaseException:
            return {"seen": machine.seen, "fault": f"seed {each}: {traceback.format_exc()}"}
    return {"seen": machine.seen}


def _forked(work: Callable[[], dict[str, Any]]) -> tuple[int, int]:
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(out)
        try:
            said = json.dumps(work())
            with os.fdopen(into, "w") as answer:
                answer.write(said)
        finally:
            os._exit(0)
    os.close(into)
    return pid, out


@pytest.mark.keeps("S4", "S30")
@pytest.mark.shows("G12", "O13")
def test_nothing_without_consent_nothing_twice_nothing_lost_in_memory() -> None:
    class InMemory(Lives):
        pass

    seen = live_on_every_core(InMemory, RUNS)
    print(f"\n{RUNS} lives of up to 50 steps")
    for what, times in sorted(seen.items()):
        print(f"{times:8} {what}")
    rules = {"newer record", "older record", "sweep", "resolve", "slow act", "J9 on finding"}
    rules |= {"drained"} if RUNS >= 1_000 else set()
    never = RUNS >= 400 and rules - seen.keys()
    assert not never, "these rules never did anything, so the lives show nothing about them"


@pytest.mark.keeps("S4")
@pytest.mark.shows("G12", "O13")
def test_nothing_without_consent_nothing_twice_nothing_lost_on_sqlite(sqlite_place, empty_sqlite) -> None:  # noqa: F811
    store = sqlite_place.open()

    class OnSqlite(Lives):
        seen: Any = Counter()

        @staticmethod
        def build(remembers: bool) -> Town:
            beside = sqlite_place.path.with_name("next.db")
            shutil.copy(empty_sqlite, beside)
            for journal in Path(sqlite_place.path.parent).glob("holdshort.db-*"):
                journal.unlink()
            beside.replace(sqlite_place.path)
            return Town(store, remembers)

    live(OnSqlite, ON_A_DATABASE, 1)


@pytest.mark.keeps("S4")
@pytest.mark.shows("G12", "O13")
def test_nothing_without_consent_nothing_twice_nothing_lost_on_postgresql(postgres_place) -> None:  # noqa: F811
    store = postgres_place.open()

    class OnPostgres(Lives):
        seen: Any = Counter()

        @staticmethod
        def build(remembers: bool) -> Town:
            postgres_place.server.run(_EMPTY, postgres_place.name)
            return Town(store, remembers)

    live(OnPostgres, ON_A_DATABASE, 2)
