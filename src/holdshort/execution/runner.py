"""
The durable runner: claims a released action, has its target carry it out, and records what became of it.

Two transactions around one call. The first re-reads the facts, asks the gate again and writes that the attempt begins;
the second writes how it ended. A worker that dies in between leaves an attempt whose outcome nobody knows: the target
is asked where it can tell for certain, and otherwise a person finds out. It is never simply tried again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.onboarding.commands import FinishRun, Refused, StartRun
from holdshort.core.onboarding.events import RunStarted
from holdshort.core.onboarding.state import Onboarding
from holdshort.execution.differences import differences
from holdshort.ports import ActionRow, Conflict, Order, Outcome, Target, Workflow

FindTarget = Callable[[Onboarding, str], "Target | str"]
"""The target of an onboarding's action, or in words why there is none."""
ReadFacts = Callable[[Onboarding], "Mapping[str, Any] | None"]


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of one try to run an action; `why` is a sentence for people."""

    action: str
    kind: str
    outcome: Literal["done", "failed", "uncertain", "not started"]
    why: str


class Runner:
    """
    Runs actions for one worker.

    Args:
        worker: Identifies this process among all that ever ran.
        find_target: Where an action is carried out.
        read_facts: The facts as they are now, where a source for them is connected.
        lease_s: How long an attempt may take before others call it lost; far longer than `timeout_s`.
        timeout_s: How long a target may take.
    """

    def __init__(
        self,
        work: Workflow,
        worker: str,
        find_target: FindTarget,
        read_facts: ReadFacts = lambda state: None,
        *,
        lease_s: float = 45.0,
        timeout_s: float = 15.0,
    ) -> None:
        self._work = work
        self._worker = worker
        self._find_target = find_target
        self._read_facts = read_facts
        self._lease_s = lease_s
        self._timeout_s = timeout_s

    def run(self, row: ActionRow) -> RunReport:
        """Run one released action, once. Where something has moved since its release, nothing runs and the report says what."""
        state = self._work.state(row.number)
        action = state.actions[row.no]
        target = self._find_target(state, action.target)
        if isinstance(target, str):
            return RunReport(row.id, row.kind, "not started", target)
        try:
            facts = self._read_facts(state)
        except Exception as error:  # what cannot be read again is not run on
            why = f"the facts cannot be read again: {type(error).__name__}"
            return RunReport(row.id, row.kind, "not started", why)
        claimed_at = time.monotonic()
        start = StartRun(row.no, self._worker, self._lease_s, facts)
        try:
            acted = self._work.act(row.number, start, self._worker)
        except Refused as refused:
            return RunReport(row.id, row.kind, "not started", refused.why)
        except Conflict as conflict:
            return RunReport(row.id, row.kind, "not started", str(conflict))
        started = next((each for each in acted.events if isinstance(each, RunStarted)), None)
        if started is None:
            why = "something has changed since it was released; its reviewer sees what"
            return RunReport(row.id, row.kind, "not started", why)
        order = Order(action.kind, acted.state.actions[row.no].payload, started.key, state.key, row.id)
        left = self._lease_s - (time.monotonic() - claimed_at)
        if left <= self._timeout_s:  # the process slept through its lease: another one may be looking into it
            outcome = Outcome("failed", "the worker was too slow to begin, so nothing was tried")
            differs: tuple[str, ...] = ()
        else:
            outcome, differs = self._perform(target, order)
        finish = FinishRun(
            row.no, started.attempt, self._worker, outcome.state, outcome.why, outcome.reference, differs
        )
        try:
            self._work.act(row.number, finish, self._worker)
        except Refused as refused:
            return RunReport(row.id, row.kind, "uncertain", f"{outcome.why}; not recorded: {refused.why}")
        return RunReport(row.id, row.kind, outcome.state, outcome.why)

    def _perform(self, target: Target, order: Order) -> tuple[Outcome, tuple[str, ...]]:
        try:
            outcome = target.perform(order, self._timeout_s)
        except Exception as error:  # a target that breaks its word: nobody knows what it did
            return Outcome("uncertain", f"the target broke off: {type(error).__name__}"), ()
        if outcome.state != "done":
            return outcome, ()
        try:
            stored = target.read_back(order, outcome, self._timeout_s)
        except Exception:
            stored = None
        return outcome, differences(order.payload, stored) if stored is not None else ()

    def recover(self, row: ActionRow) -> RunReport:
        """Settle an attempt whose worker is gone: by its target where that can tell for certain, else by a person."""
        state = self._work.state(row.number)
        target = self._find_target(state, row.target)
        found = None if isinstance(target, str) else self._look_up(target, row.key)
        outcome = found or Outcome(
            "uncertain", "the worker was lost while it ran, and the target cannot tell"
        )
        finish = FinishRun(
            row.no, row.attempt, self._worker, outcome.state, outcome.why, outcome.reference, lost=True
        )
        try:
            self._work.act(row.number, finish, self._worker)
        except Refused as refused:
            return RunReport(row.id, row.kind, "not started", refused.why)
        return RunReport(row.id, row.kind, outcome.state, outcome.why)

    def _look_up(self, target: Target, key: str) -> Outcome | None:
        try:
            return target.look_up(key, self._timeout_s)
        except Exception:
            return None
