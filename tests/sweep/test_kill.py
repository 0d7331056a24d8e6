"""
Kill -9 at every named boundary: nothing lost, nothing doubled, nothing without consent, and what nobody knows is asked.

Each run forks a process that dies by SIGKILL at one boundary of one act; the outside world, a process of its own, counts.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from collections import Counter
from typing import Any

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.events import RunStarted
from holdshort.execution.runner import Runner, RunReport
from holdshort.ports import Order, Outcome
from tests.store.conftest import (  # noqa: F401 (fixtures)
    empty_postgres,
    empty_sqlite,
    keys,
    postgres_place,
    postgres_server,
    quick_folder,
    sqlite_place,
)
from tests.sweep.boundaries import Fate
from tests.sweep.outside import Outside
from tests.sweep.scenes import House, Scene

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
SEEDS = int(os.environ.get("HOLDSHORT_KILLS") or (1_000 if TORTURE else 20))
LASTING = (
    "number taken",
    "written",
    "marked",
    "switched",
    "published",
    "key renewed",
    "before commit",
    "after commit",
)
ACTS = {
    "intake": ("intake",),
    "decide": ("decide",),
    "run": ("claim", "send", "read back", "record"),
    "recover": ("look up", "settle a lost run"),
    "timer": ("timer",),
    "resolve": ("resolve",),
    "request": ("request",),
    "amend": ("amend",),
    "recall": ("recall",),
    "pause": ("pause",),
    "publish": ("publish", "pin"),
    "erase": ("erase",),
    "checkpoint": ("checkpoint",),
}
"""Each act that may be under way, and what of it is looked at here; the rest is another act's."""
OFTEN = ("intake", "decide", "run", "recover", "timer")
"""Acts from which effects follow."""
TAKEN_BACK = (
    "intake: number taken",
    "intake: written",
    "decide: marked",
    "decide: written",
    "timer: written",
    "settle a lost run: written",
)
"""Boundaries within a transaction of such an act that leave just what dying before its commit leaves."""


def seeds_of(act: str, name: str, seeds: int) -> int:
    """How often to kill there: with every seed where effects follow, with a tenth of them elsewhere."""
    return seeds if act in OFTEN and name not in TAKEN_BACK else -(-seeds // 10)


@pytest.fixture
def outside(quick_folder):  # noqa: F811
    world = Outside(quick_folder)
    yield world
    world.stop()


def killed(house: House, scene: Scene, fate: Fate) -> bool:
    """Play the act in a process of its own; whether it died of its fate."""
    house.store.close()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            scene.play(house.hands(fate, scene.remembers))
            code = 0
        except c.Refused:
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "the act failed by itself"
    return os.WIFSIGNALED(status)


def boundaries_of(house: House, act: str) -> list[str]:
    """What an undisturbed act passes, in order."""
    scene = Scene(house, act, random.Random(1), remembers=True)
    scene.prepare()
    house.store.close()
    out, into = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            fate = Fate(tell=lambda name: os.write(into, f"{name}\n".encode()) and None)
            scene.play(house.hands(fate, True))
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(into)
    os.waitpid(pid, 0)
    with os.fdopen(out) as said:
        passed = list(dict.fromkeys(said.read().splitlines()))
    finish(scene)
    found = []
    for name in passed:
        doing, _, point = name.partition(": ")
        lasting = point in LASTING or doing in ("send", "look up", "read back")
        if doing in ACTS[act] and lasting:
            found.append(name)
    return found


def finish(scene: Scene) -> Counter[str]:
    seen = Counter(scene.one_recovery_pass())
    scene.do_it_again()
    scene.drain()
    scene.check()
    scene.close()
    return seen


def swept(house: House, seeds: int, dice_of: int = 0) -> tuple[dict[str, int], Counter[str], list[str]]:
    """Kills per boundary, what was seen, and what went wrong."""
    kills: dict[str, int] = {}
    seen: Counter[str] = Counter()
    faults: list[str] = []
    for act in ACTS:
        for name in boundaries_of(house, act):
            for no in range(seeds_of(act, name, seeds)):
                dice = random.Random(f"{act} {name} {no} {dice_of}")
                scene = Scene(house, act, dice, remembers=dice.random() < 0.4)
                try:
                    scene.prepare()
                    died = killed(house, scene, Fate(name, dice.choice((1, 1, 2)) if act == "run" else 1))
                    kills[f"{act}, {name}"] = kills.get(f"{act}, {name}", 0) + died
                    for _ in range(dice.choice((0, 0, 1))):  # and once more, while another one clears up
                        point = dice.choice(
                            ("settle a lost run: before commit", "claim: after commit", "send: reply heard")
                        )
                        house.clock.jump(minutes=2)
                        again = Scene(house, "run", dice, scene.remembers, scene.key, scene.number)
                        seen["second kills"] += killed(house, again, Fate(point))
                    seen.update(finish(scene))
                except (AssertionError, c.Refused) as error:
                    faults.append(f"{act}, killed at {name}, seed {no}: {error}")
                    house.clock.jump(minutes=5)
                seen["runs"] += 1
    return kills, seen, faults


@pytest.mark.keeps("S1")
@pytest.mark.shows("G12")
def test_killed_at_any_boundary_nothing_is_lost_doubled_or_done_without_consent(
    sqlite_place,
    outside,
    quick_folder,  # noqa: F811
) -> None:
    began = time.monotonic()
    kills, seen, faults = swept(House(sqlite_place.open(), outside, quick_folder), SEEDS)
    print(
        f"\n{len(kills)} boundaries, {sum(kills.values())} kills, {dict(seen)}, {time.monotonic() - began:.1f} s"
    )
    for name, times in kills.items():
        print(f"{times:6} {name}")
    assert not faults, "\n".join(faults[:20])
    assert len(kills) >= 30
    often = [times for name, times in kills.items() if seeds_of(*name.split(", ", 1), SEEDS) == SEEDS]
    assert len(often) >= 20
    assert all(times >= SEEDS // 2 for times in often), "a boundary at which hardly anything died"
    assert seen["uncertain"], "no outcome was ever unknown: the sweep would not notice"


@pytest.mark.keeps("S1")
def test_the_same_on_postgresql(postgres_place, outside, quick_folder) -> None:  # noqa: F811
    kills, _, faults = swept(House(postgres_place.open(), outside, quick_folder), max(1, SEEDS // 20))
    assert not faults, "\n".join(faults[:20])
    assert len(kills) >= 30


class ActsBeforeItClaims(Runner):
    def run(self, row: Any) -> RunReport:
        action = self._work.state(row.number).actions[row.no]
        target = self._find_target(self._work.state(row.number), action.target)
        order = Order(action.kind, action.payload, action.key, self._work.state(row.number).key, row.id)
        outcome = target.perform(order, 1.0)
        acted = self._work.act(row.number, c.StartRun(row.no, "w1", 45.0, None), "w1")
        started = next(each for each in acted.events if isinstance(each, RunStarted))
        self._work.act(row.number, c.FinishRun(row.no, started.attempt, "w1", "done", outcome.why), "w1")
        return RunReport(row.id, row.kind, "done", "")


class TriesAgainBlindly(Runner):
    def _look_up(self, target: Any, key: str) -> Outcome | None:
        return Outcome("failed", "surely not")


@pytest.mark.keeps("S30")
@pytest.mark.parametrize("naive", [ActsBeforeItClaims, TriesAgainBlindly])
def test_the_sweep_catches_an_engine_that_does_it_naively(sqlite_place, outside, quick_folder, naive) -> None:  # noqa: F811
    house = House(sqlite_place.open(), outside, quick_folder, naive)
    faults = []
    for name in ("claim: before commit", "send: done, no reply", "record: before commit"):
        for no in range(6):
            scene = Scene(house, "run", random.Random(no), remembers=False)
            try:
                scene.prepare()
                killed(house, scene, Fate(name))
                finish(scene)
            except AssertionError as error:
                faults.append(str(error))
                house.clock.jump(minutes=5)
    assert any("happened 2 times" in each for each in faults), faults
