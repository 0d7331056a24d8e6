"""The real runner and sweeper before an outside world that only remembers what reached it: for rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.onboarding.state import Onboarding
from holdshort.execution.runner import Runner
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Clock, Order, Outcome, Store, Target

_MOST_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Remembered:
    """One thing that reached the outside world."""

    kind: str
    release: str
    key: str
    payload: Mapping[str, Any]


class Memory:
    """A target that does whatever it is told, each time, and remembers it: it hides no second effect."""

    name = "rehearsal"

    def __init__(self) -> None:
        self.effects: list[Remembered] = []

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        self.effects.append(Remembered(order.kind, order.release, order.key, order.payload))
        return Outcome("done", "the rehearsal remembers it", order.key, order.payload)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        found = [each for each in self.effects if each.key == key]
        return Outcome("done" if found else "failed", "the rehearsal remembers")

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        return order.payload


class RehearsalStage:
    """A store with its flow, and workers that run what is due before a remembering outside world."""

    def __init__(self, store: Store, flow: Any, clock: Clock) -> None:
        self.store = store
        self.flow = flow
        self._outside = Memory()
        runner = Runner(flow, "rehearsal", self._target)
        self._sweeper = Sweeper(store, flow, runner, clock)

    def _target(self, state: Onboarding, target: str) -> Target | str:
        return self._outside

    def run_due(self) -> None:
        for _ in range(_MOST_ROUNDS):
            if not self._sweeper.sweep().did_something:
                return

    def effects(self) -> list[Remembered]:
        return self._outside.effects
