"""The decider: what a command does to an onboarding. Pure; the same command in the same state gives the same events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from holdshort.core.onboarding import acts, attaching, commands, deciding, receiving, running, talking
from holdshort.core.onboarding.events import Event
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.settle import settle
from holdshort.core.onboarding.state import Onboarding


def decide(command: commands.Command, state: Onboarding, world: World) -> list[Event]:
    """
    Return what happens, in order: what the command does, then everything that follows from it.

    Args:
        command: What is asked for.
        state: The onboarding as its events left it.
        world: The register version, the people, the moment (UTC) and the switches.

    Raises:
        Refused: It is not allowed or not possible; nothing happens.
    """
    if not state.exists and not isinstance(command, commands.Receive):
        raise commands.Refused("FLOW-000", "there is no such onboarding", "`holdshort inbox` lists them")
    if isinstance(command, commands.StartRun):
        return list(running.start_run(command, state, world))
    if isinstance(command, commands.Suggest):
        return list(acts.suggest(command, state, world))  # nothing follows from what assist says
    events: list[Event] = []
    for event in _HANDLERS[type(command)](command, state, world):
        events.append(event)
        state = evolve(state, event, world.now)
    return [*events, *settle(state, world)] if state.exists else events


def _recheck(command: commands.Recheck, state: Onboarding, world: World) -> Iterator[Event]:
    return iter(())


_HANDLERS: dict[type[commands.Command], Callable[[Any, Onboarding, World], Iterator[Event]]] = {
    commands.Receive: receiving.receive,
    commands.Request: receiving.request,
    commands.Amend: receiving.amend,
    commands.Withdraw: receiving.withdraw,
    commands.Decide: deciding.decide_review,
    commands.RaiseHold: acts.raise_hold,
    commands.Comment: talking.comment,
    commands.ReportGap: talking.report_gap,
    commands.Attach: attaching.attach,
    commands.Claim: acts.claim,
    commands.Reassign: acts.reassign,
    commands.Recall: acts.recall,
    commands.MeetCondition: acts.meet_condition,
    commands.Recheck: _recheck,
    commands.Pin: acts.pin,
    commands.Keep: acts.keep,
    commands.FinishRun: running.finish_run,
    commands.Resolve: running.resolve,
    commands.Close: acts.close,
    commands.Reopen: acts.reopen,
    commands.JudgeSuggestion: acts.judge_suggestion,
    commands.PlaceLegalHold: acts.place_legal_hold,
    commands.LiftLegalHold: acts.lift_legal_hold,
    commands.Erase: acts.erase,
}
