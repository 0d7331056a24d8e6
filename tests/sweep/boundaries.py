"""
Named durable boundaries of the running house, and a process that dies at one of them.

Production code has no hooks: the store, its transactions, the flow and the target are wrapped from outside.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from holdshort.core.canonical import plain
from holdshort.core.onboarding import commands as c
from holdshort.ports import Order, Outcome

_NAMES: dict[type, str] = {c.StartRun: "claim", c.Recheck: "timer", c.Decide: "decide"}


class Fate:
    """Kills this very process with SIGKILL when it comes to a boundary for the n-th time; notes all it passes."""

    def __init__(self, at: str = "", nth: int = 1, tell: Callable[[str], None] = lambda name: None) -> None:
        self.at, self.left, self.tell = at, nth, tell
        self.act = "outside any act"

    def passes(self, point: str) -> None:
        name = f"{self.act}: {point}"
        self.tell(name)
        if self.is_due(point):
            os.kill(os.getpid(), signal.SIGKILL)

    def is_due(self, point: str) -> bool:
        if self.at == f"{self.act}: {point}":
            self.left -= 1
            return self.left == 0
        return False

    @contextmanager
    def acting(self, name: str) -> Iterator[None]:
        before, self.act = self.act, name
        try:
            yield
        finally:
            self.act = before


class MortalStore:
    """A store whose user may die before and after each step that is to last."""

    def __init__(self, store: Any, fate: Fate) -> None:
        self._store, self._fate = store, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        with self._store.transaction() as tx:
            self._fate.passes("begun")
            yield MortalTransaction(tx, self._fate)
            self._fate.passes("before commit")
        self._fate.passes("after commit")

    def add_checkpoint(self, checkpoint: Any) -> None:
        self._fate.passes("before commit")
        self._store.add_checkpoint(checkpoint)
        self._fate.passes("after commit")


class MortalTransaction:
    _STEPS = {
        "history": "read and locked", "open_onboarding": "number taken", "append": "written", "mark": "marked",
        "set_switch": "switched", "publish": "published", "erase": "key renewed", "runs_started": "counted",
    }  # fmt: skip

    def __init__(self, tx: Any, fate: Fate) -> None:
        self._tx, self._fate = tx, fate

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._tx, name)
        step = self._STEPS.get(name)
        if step is None:
            return method

        def mortal(*args: Any, **named: Any) -> Any:
            answer = method(*args, **named)
            self._fate.passes(step)
            return answer

        return mortal


class MortalFlow:
    """The flow as a worker sees it; it says which act is under way."""

    def __init__(self, flow: Any, fate: Fate) -> None:
        self._flow, self._fate = flow, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._flow, name)

    def act(self, number: int, command: Any, actor: str, operation: str = "") -> Any:
        name = _NAMES.get(type(command), type(command).__name__.lower())
        if isinstance(command, c.FinishRun):
            name = "settle a lost run" if command.lost else "record"
        with self._fate.acting(name):
            return self._flow.act(number, command, actor, operation)


class MortalTarget:
    """The way to the outside world."""

    name = "outside"

    def __init__(self, outside: Any, fate: Fate, *, remembers: bool) -> None:
        self._outside, self._fate, self._remembers = outside, fate, remembers

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        with self._fate.acting("send"):
            self._fate.passes("before")
            self._fate.tell("send: done, no reply")
            kill = os.getpid() if self._fate.is_due("done, no reply") else 0
            said = {
                "key": order.key, "kind": order.kind, "release": order.release, "onboarding": order.onboarding,
                "payload": plain(order.payload),
            }  # fmt: skip
            self._outside.ask(what="perform", order=said, honours_keys=self._remembers, kill=kill)
            self._fate.passes("reply heard")
        return Outcome("done", "it said yes", order.key)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        with self._fate.acting("look up"):
            self._fate.passes("before")
            found = self._outside.ask(what="look up", key=key) if self._remembers else None
            self._fate.passes("answered")
        if found is None:
            return None
        return Outcome("done", "it is there") if found else Outcome("failed", "it is not there")

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Any:
        with self._fate.acting("read back"):
            found = self._outside.ask(what="look up", key=order.key) if self._remembers else None
            self._fate.passes("answered")
        return found[-1]["payload"] if found else None
