"""Runs of released actions: claimed, attempted, and done, failed or uncertain."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from holdshort.core.clauses import Step
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clocks import clock
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.facts import merge
from holdshort.core.onboarding.looking import quick_digest
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.settle import action_digest, settle
from holdshort.core.onboarding.state import Action, Onboarding

MOST_ATTEMPTS = 5
_WAIT_MINUTES = (1, 5, 30, 120)


def start_run(command: c.StartRun, state: Onboarding, world: World) -> Iterator[e.Event]:
    """
    Claim a released action for one run: the facts are read and the gate is asked once more.

    Where something has moved, what follows from it is returned instead (the release is withdrawn, the approval stale)
    and no run starts.
    """
    action = _action(command.action, state)
    if action.run != "released":
        raise c.Refused("FLOW-040", f"a{action.no} is not released: it is {status_words(action)}", "")
    events: list[e.Event] = []
    if command.record is not None:
        merged = merge(state.facts, command.record, world.now)
        if merged.changed:
            found = quick_digest(command.record)
            events.append(e.FactsReceived("re-read", "", found, world.now, (), command.record))
    for event in events:
        state = evolve(state, event, world.now)
    for event in settle(state, world):
        events.append(event)
        state = evolve(state, event, world.now)
    yield from events
    action = state.actions[command.action]
    if action.run != "released":
        return
    if action.digest != action_digest(state.key, action.kind, action.payload, action.about):
        yield e.ReleaseWithdrawn(action.no, "its stored content is not what was approved")
        return
    if world.paused:
        raise c.Refused("FLOW-041", f"nothing may leave: {'; '.join(world.paused)}", "`holdshort resume`")
    yield e.RunStarted(
        action.no,
        action.attempt + 1,
        action.key,
        action.target,
        command.worker,
        world.now + timedelta(seconds=command.lease_s),
        _changed(state, action),
    )


def _changed(state: Onboarding, action: Action) -> tuple[str, ...]:
    """Places whose facts are newer than the approvals it rests on: they moved, and nothing that counts with them."""
    decided = [state.approvals[each].at for each in action.decisions if each in state.approvals]
    if not decided:
        return ()
    since = min(decided)
    return tuple(
        sorted(".".join(place).rstrip(".") for place, came in state.facts.changed_at.items() if came > since)
    )


def finish_run(command: c.FinishRun, state: Onboarding, world: World) -> Iterator[e.Event]:
    """What became of the current attempt. A worker that has lost its claim changes nothing."""
    action = _action(command.action, state)
    if action.run != "attempting" or action.attempt != command.attempt:
        raise c.Refused("FLOW-042", f"attempt {command.attempt} of a{action.no} is not under way", "")
    if command.lost:
        if action.lease_until is None or world.now < action.lease_until:
            raise c.Refused("FLOW-043", f"a{action.no} is still being run by {action.worker}", "")
    elif action.worker != command.worker:
        raise c.Refused("FLOW-043", f"a{action.no} is run by another worker", "")
    if command.state == "done":
        yield e.RunSucceeded(
            action.no,
            action.attempt,
            "looked up" if command.lost else "reported",
            bool(command.differs),
            command.reference,
            command.differs,
        )
        if command.differs:
            yield from _review(action, state, world, "the target stored something else than was sent")
    elif command.state == "failed":
        again = action.attempt < MOST_ATTEMPTS
        wait = timedelta(minutes=_WAIT_MINUTES[min(action.attempt, len(_WAIT_MINUTES)) - 1])
        yield e.RunFailed(
            action.no, action.attempt, world.now + wait if again else None, command.lost, command.why
        )
        if not again:
            yield from _review(action, state, world, "it failed too often")
    else:
        yield e.RunUncertain(action.no, action.attempt, command.why)
        yield from _review(action, state, world, "nobody knows whether it happened")


def _review(action: Action, state: Onboarding, world: World, why: str) -> Iterator[e.Event]:
    playbook = world.program.playbook
    kind = playbook.catalogue.find(action.kind)
    owner = (kind.action_class.owner if kind else "") or playbook.settings.pause_owner or "revops"
    at = clock(world, "high", owner)
    number = max(state.reviews, default=0) + 1
    yield e.ReviewOpened(
        number, "RUN", "run", "high", owner, playbook.settings.pause_owner, (Step((owner,), 1),),
        at.at_risk_at, at.breaches_at, action.no,
    )  # fmt: skip


def resolve(command: c.Resolve, state: Onboarding, world: World) -> Iterator[e.Event]:
    """A person has found out. What did not happen may be released again, as a new attempt."""
    action = _action(command.action, state)
    reviews = [each for each in state.open_reviews() if each.about == "run" and each.action == action.no]
    if action.run != "uncertain" and not reviews:
        raise c.Refused("FLOW-044", f"a{action.no} is not uncertain: it is {status_words(action)}", "")
    if action.run == "attempting":
        raise c.Refused("FLOW-044", f"a{action.no} is being run right now", "wait until its outcome is known")
    roles = tuple(role for each in reviews for role in each.all_roles)
    if world.directory.standing(command.by, roles, world.now) is None:
        wanted = " or ".join(dict.fromkeys(roles))
        raise c.Refused("FLOW-010", f"{command.by} may not resolve this: it is for {wanted}", "")
    yield e.RunResolved(action.no, action.attempt, command.happened, command.by, command.note)
    for review in reviews:
        yield e.ReviewClosed(review.no, "decided", "a person found out")


def _action(number: int, state: Onboarding) -> Action:
    action = state.actions.get(number)
    if action is None:
        raise c.Refused("FLOW-004", f"there is no action a{number}", "`holdshort show` lists them")
    return action


def status_words(action: Action) -> str:
    return action.dropped or action.run or "waiting"
