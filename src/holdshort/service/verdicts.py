"""Whether an action would be released on a live onboarding now, without asking for it."""

from __future__ import annotations

from dataclasses import replace

from holdshort.core.onboarding.clearance import Clearance, clearance
from holdshort.core.onboarding.events import ActionRequested
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.settle import requested
from holdshort.service.flow import Flow


def verdict_on(flow: Flow, number: int, kind: str) -> Clearance:
    """
    The gate's answer about a new action of this kind. An approval covers one exact action, so it is none for this one.

    Raises:
        Refused: There is no such onboarding.
    """
    state = flow.state(number)
    world = flow.world(state)
    if state.is_closed:
        return Clearance("held", "the onboarding is closed")
    no = max(state.actions, default=0) + 1
    asked: ActionRequested = requested(state, no, kind, "request", "", {}, "a look at the gate")
    state = evolve(state, asked, world.now)
    found = clearance(state.actions[no], state, look(state, world), world)
    if found.state == "released" and world.program.playbook.settings.mode == "shadow":
        return replace(found, state="needs review", why="in shadow mode nothing runs")
    return found
