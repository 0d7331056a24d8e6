"""
The bug museum: variants of the product that are known to be bad, one function changed in each. Every one is caught.

A test suite in which a fault could be planted unseen would show nothing by being green.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from holdshort.core.onboarding import (
    clearance,
    deciding,
    evolve,
    facts,
    lease,
    people,
    powers,
    program,
    receiving,
    running,
    state,
)
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import decide as deciders
from holdshort.core.onboarding import events as e
from holdshort.core.screening import Screener
from holdshort.core.settings_operations import ApprovalSettings
from holdshort.execution import runner as running_outside
from holdshort.execution.runner import Runner
from holdshort.ports import Acted, Order, Outcome
from holdshort.service.flow import Flow
from holdshort.service.programs import TargetNames
from holdshort.service.replaying import Replays
from holdshort.store.memory import MemoryTransaction
from tests.museum.scenarios import SCENARIOS

FAR_AWAY = datetime(3000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Exhibit:
    """`name` says what is wrong; `worse` makes the changed function out of the right one."""

    name: str
    where: Any
    attribute: str
    worse: Callable[[Any], Any]


def always(answer: Any) -> Callable[[Any], Any]:
    return lambda right: lambda *_, **__: answer


def step(kind: type[e.Event], worse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The table of `evolve` with another step for one kind of event."""
    return lambda right: {**right, kind: worse(right[kind])}


def handling(kind: type[c.Command], worse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The decider's table with another handler for one kind of command."""
    return lambda right: {**right, kind: worse(right[kind])}


def then(**changes: Any) -> Callable[[Any], Any]:
    """After the right step, fields of the action are set."""

    def worse(right: Any) -> Any:
        def changed(before: Any, event: Any, at: Any) -> Any:
            after = right(before, event, at)
            action = replace(after.actions[event.action], **changes)
            return after.changed(actions={**after.actions, event.action: action})

        return changed

    return worse


# --- the worse functions ------------------------------------------------------------------------------------


def _acts_first(right: Any) -> Any:
    def run(self: Runner, row: Any) -> Any:
        now = self._work.state(row.number)
        action = now.actions[row.no]
        target = self._find_target(now, action.target)
        assert not isinstance(target, str)
        target.perform(Order(action.kind, action.payload, action.key, now.key, row.id), 1.0)
        return right(self, row)

    return run


def _marks_before_it_acts(right: Any) -> Any:
    def act(self: Flow, number: int, command: Any, actor: str, operation: str = "") -> Any:
        if operation:
            with self.store.transaction() as tx:
                if not tx.mark(f"op:{operation}"):
                    return Acted(number, (), self.state(number))
        return right(self, number, command, actor)

    return act


def _without_operations(right: Any) -> Any:
    return lambda self, number, command, actor, operation="": right(self, number, command, actor)


def _covers(*which: int) -> Callable[[Any], Any]:
    """Compares only some of action, digest and target."""

    def covers(self: Any, *wanted: Any) -> bool:
        found = ((each.action, each.digest, each.target) for each in self.decision.covers)
        return any(all(each[no] == wanted[no] for no in which) for each in found)

    return lambda right: covers


def _any_lease(right: Any) -> Any:
    def finish(command: c.FinishRun, now: Any, world: Any) -> Any:
        if command.lost:
            return right(command, now, replace(world, now=FAR_AWAY))
        return right(command, now, world)

    return finish


def _any_attempt(right: Any) -> Any:
    def finish(command: c.FinishRun, now: Any, world: Any) -> Any:
        return right(replace(command, attempt=now.actions[command.action].attempt), now, world)

    return finish


def _released_twice(right: Any) -> Any:
    def start(command: c.StartRun, now: Any, world: Any) -> Any:
        action = now.actions[command.action]
        if action.run == "attempting":
            now = now.changed(actions={**now.actions, action.no: replace(action, run="released")})
        return right(command, now, world)

    return start


def _no_pause(right: Any) -> Any:
    return lambda command, now, world: right(command, now, replace(world, paused=()))


def _no_reread(right: Any) -> Any:
    return lambda command, now, world: right(replace(command, record=None), now, world)


def _believes_what_it_remembers(right: Any) -> Any:
    def remembered(self: Replays, number: int, events: Any) -> Any:
        known = self._known.get(number)
        return known.state if known is not None else right(self, number, events)

    return remembered


def _only_what_is_certain(right: Any) -> Any:
    return lambda self, made, now, found: right(self, made, now, [each for each in found if each[1] is True])


def _everything_valid(*, ended: bool) -> Callable[[Any], Any]:
    def valid(self: Any) -> Any:
        return (
            each
            for each in self.approvals.values()
            if (ended or not each.ended) and (not ended or not each.missed)
        )

    return lambda right: valid


def _by_anybody(right: Any) -> Any:
    def standing(self: Any, name: str, roles: Any, now: Any) -> Any:
        return right(self, name, roles, now) or people.Standing(next(iter(roles), ""))

    return standing


def _counted_twice(right: Any) -> Any:
    return lambda command, review, agreed, world: right(
        command, review, replace(agreed, people=frozenset()), world
    )


def _proposes_again(right: Any) -> Any:
    return lambda made, now: right(made, now.changed(known=frozenset()))


def _as_if_nothing_was_asked(right: Any) -> Any:
    return lambda self, kind, asked="": right(self, kind)


def _without_conditions_of_reason(right: Any) -> Any:
    return {code: replace(power, needs_reason=False) for code, power in right.items()}


EXHIBITS = (
    Exhibit(
        "a lost run is tried again without asking the target",
        Runner,
        "_look_up",
        always(Outcome("failed", "no")),
    ),
    Exhibit("it acts before it claims", Runner, "run", _acts_first),
    Exhibit(
        "what nobody knows counts as failed",
        evolve,
        "_STEPS",
        step(e.RunUncertain, then(run="failed", retry_at=FAR_AWAY.replace(year=2000))),
    ),
    Exhibit("the lease is ignored", deciders, "_HANDLERS", handling(c.FinishRun, _any_lease)),
    Exhibit(
        "a late worker's word counts for another attempt",
        deciders,
        "_HANDLERS",
        handling(c.FinishRun, _any_attempt),
    ),
    Exhibit("what is being run can be claimed", running, "start_run", _released_twice),
    Exhibit("facts are not read again before a run", running, "start_run", _no_reread),
    Exhibit("what the target stored is not looked at", running_outside, "differences", always(())),
    Exhibit("an operation is marked before it is done", Flow, "act", _marks_before_it_acts),
    Exhibit("operations are not marked", Flow, "act", _without_operations),
    Exhibit("the content approved is not compared", state.Approval, "covers", _covers(0, 2)),
    Exhibit("an approval counts for every action of that content", state.Approval, "covers", _covers(2)),
    Exhibit("an address is known by its name alone", TargetNames, "__call__", always("outbox")),
    Exhibit("approvals never expire", ApprovalSettings, "expires_at", always(FAR_AWAY)),
    Exhibit(
        "approvals that ended still count", state.Onboarding, "valid_approvals", _everything_valid(ended=True)
    ),
    Exhibit(
        "missed conditions are forgiven", state.Onboarding, "valid_approvals", _everything_valid(ended=False)
    ),
    Exhibit("evidence that moved is not noticed", lease, "moved", always(())),
    Exhibit("roles are looked up at the decision only", clearance, "still_may", always(True)),
    Exhibit("anybody may decide", people.Directory, "standing", _by_anybody),
    Exhibit("a stand-in decides for ever", people.StandIn, "covers", always(True)),
    Exhibit(
        "own requests may be approved", evolve, "_STEPS", step(e.ActionRequested, then(authors=frozenset()))
    ),
    Exhibit(
        "own changes may be approved", evolve, "_STEPS", step(e.ActionAmended, then(authors=frozenset()))
    ),
    Exhibit("one person fills two steps", deciding, "_next", _counted_twice),
    Exhibit("high decisions take no second look", deciding, "_STEP_UP", lambda right: ()),
    Exhibit("an override takes no reason", powers, "POWERS", _without_conditions_of_reason),
    Exhibit("what was on the screen is not compared", deciding, "seen_digest", always("")),
    Exhibit(
        "who was asked for another reason decides", program.Program, "kind_digest", _as_if_nothing_was_asked
    ),
    Exhibit("older facts overwrite newer ones", facts, "_comes_last", always(False)),
    Exhibit("the same proposal is another action", receiving, "_proposals", _proposes_again),
    Exhibit("cannot tell counts as clear", Screener, "_findings", _only_what_is_certain),
    Exhibit("what rows hold is let go", clearance, "_holding", always(([], []))),
    Exhibit("what waits runs at once", evolve, "_STEPS", step(e.ActionRequested, then(due_at=None))),
    Exhibit(
        "a person's hold is not kept",
        evolve,
        "_STEPS",
        step(e.HoldRaised, lambda right: lambda now, event, at: now),
    ),
    Exhibit("pauses are ignored", MemoryTransaction, "switches", always([])),
    Exhibit("nothing stops a claim", running, "start_run", _no_pause),
    Exhibit("a restored backup sends at once", MemoryTransaction, "quarantine", always("")),
    Exhibit("caps are not counted", MemoryTransaction, "runs_started", always(0)),
    Exhibit(
        "closed onboardings go on", state.Onboarding, "is_closed", lambda right: property(lambda self: False)
    ),
    Exhibit(
        "a legal hold keeps nothing",
        evolve,
        "_STEPS",
        step(e.LegalHoldPlaced, lambda right: lambda now, event, at: now),
    ),
    Exhibit("a log that has grown is not read again", Replays, "state", _believes_what_it_remembers),
    Exhibit("the gate's answer outlives what it was made of", clearance, "is_", always(True)),
)


def shown(monkeypatch: pytest.MonkeyPatch, exhibit: Exhibit) -> None:
    """Put the worse function in the place of the right one, wherever it was imported to."""
    right = getattr(exhibit.where, exhibit.attribute)
    worse = exhibit.worse(right)
    monkeypatch.setattr(exhibit.where, exhibit.attribute, worse)
    for name, module in list(sys.modules.items()):
        imported = name.startswith("holdshort.") and vars(module).get(exhibit.attribute) is right
        if imported and not isinstance(exhibit.where, type):
            monkeypatch.setattr(module, exhibit.attribute, worse)


def caught() -> str:
    """The first scenario that says that something is wrong; empty where none does."""
    for scenario in SCENARIOS:
        try:
            scenario()
        except Exception as fault:
            return f"{scenario.__name__}: {type(fault).__name__} {fault}"
    return ""


@pytest.mark.keeps("S30")
def test_nothing_is_wrong_with_the_product_itself() -> None:
    assert caught() == ""
    assert len(EXHIBITS) >= 25


@pytest.mark.keeps("S30")
@pytest.mark.parametrize("exhibit", EXHIBITS, ids=[each.name.replace(" ", "-") for each in EXHIBITS])
def test_it_is_caught_where(exhibit: Exhibit, monkeypatch: pytest.MonkeyPatch) -> None:
    shown(monkeypatch, exhibit)
    assert caught(), f"nobody noticed: {exhibit.name}"
