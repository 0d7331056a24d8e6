"""What a command would do, without doing it; and, in the same words, what it has done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clearance import clearance
from holdshort.core.onboarding.commands import Command
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Action, Onboarding, Review
from holdshort.service.flow import Flow
from holdshort.service.programs import target_name
from holdshort.service.rows import recipients
from holdshort.service.turns import Turn, awaited


@dataclass(frozen=True, slots=True)
class Effect:
    """One action that a command touches; `why` says what still stops it, where something does."""

    action: Action
    target: str
    recipients: tuple[str, ...]
    why: str = ""
    awaited: tuple[tuple[Review, Turn], ...] = ()
    """The reviews on which it still waits, each with whose turn it is there."""

    def to_json(self, number: int) -> dict[str, Any]:
        action = self.action
        data: dict[str, Any] = {
            "id": f"{number}/a{action.no}",
            "kind": action.kind,
            "target": target_name(self.target),
            "recipients": list(self.recipients),
            "payload": dict(action.payload),
            "digest": action.digest,
        }
        if self.why:
            waits = [
                {"review": f"{number}.{review.no}", "case": review.case, "decides": list(turn.roles)}
                for review, turn in self.awaited
            ]
            data |= {"why": self.why, "waits_for": waits}
        return data


@dataclass(frozen=True)
class Effects:
    """
    What follows from a command.

    `released` may run at once, `allowed` was approved and still waits for something else, `withheld` may not run any
    more although it might have, `stopped` will never run, `asked` is new.
    """

    number: int
    before: Onboarding
    after: Onboarding
    events: tuple[e.Event, ...]
    released: tuple[Effect, ...]
    allowed: tuple[Effect, ...]
    withheld: tuple[Effect, ...]
    stopped: tuple[Effect, ...]
    asked: tuple[Effect, ...]

    @property
    def decision(self) -> e.DecisionRecorded | None:
        return next((each for each in self.events if isinstance(each, e.DecisionRecorded)), None)

    def of(self, *kinds: type[e.Event]) -> Sequence[Any]:
        return [each for each in self.events if isinstance(each, kinds)]

    def to_json(self) -> dict[str, Any]:
        number, decision = self.number, self.decision
        data: dict[str, Any] = {"number": number, "onboarding": self.after.key}
        if decision is not None:
            data["decision"] = _decision_json(number, decision)
        for name in ("released", "allowed", "withheld", "stopped", "asked"):
            data[name] = [each.to_json(number) for each in getattr(self, name)]
        opened, closed = self.of(e.ReviewOpened), self.of(e.ReviewClosed)
        passed_on = self.of(e.ReviewEscalated)
        data["reviews"] = {
            "opened": [{"id": f"{number}.{each.review}", "case": each.case, "owner": each.owner} for each in opened],
            "closed": [{"id": f"{number}.{each.review}", "why": each.why} for each in closed],
            "passed_on": [{"id": f"{number}.{each.review}", "to": each.role} for each in passed_on],
        }  # fmt: skip
        data["state"] = self.after.state
        data["events"] = [type(each).__name__ for each in self.events]
        return data


def _decision_json(number: int, decision: e.DecisionRecorded) -> dict[str, Any]:
    return {
        "id": f"{number}.d{decision.decision}",
        "review": f"{number}.{decision.review}",
        "case": decision.case,
        "code": decision.code,
        "by": decision.by,
        "role": decision.role,
        "on_behalf_of": decision.on_behalf_of,
        "covers": [f"{number}/a{each.action}" for each in decision.covers],
        "route_accepted": decision.waives,
        "exception": decision.exception,
        "seen": decision.seen_digest,
        "expires_at": decision.expires_at.isoformat() if decision.expires_at else None,
        "conditions": [
            {"text": each.text, "owner": each.owner, "deadline": each.deadline.isoformat()}
            for each in decision.conditions
        ],
    }


def foresee(flow: Flow, number: int, command: Command) -> Effects:
    """
    Say what a command would do to an onboarding as it stands now. Nothing is written.

    Raises:
        Refused: It would be refused, and why.
    """
    state = flow.state(number)
    world = flow.world(state)
    return effects(number, state, decide(command, state, world), world)


def effects(number: int, before: Onboarding, events: Iterable[e.Event], world: World) -> Effects:
    """Sort the events of one act by what they mean for actions."""
    found = tuple(events)
    after = before
    for event in found:
        after = evolve(after, event, world.now)
    covered = {
        each.action for event in found if isinstance(event, e.DecisionRecorded) for each in event.covers
    }
    answer = look(after, world)

    def effect(number: int) -> Effect:
        action = after.actions[number]
        target = action.target or world.program.target_of(action.kind)
        return Effect(action, target, recipients(action.payload))

    def stopped_effect(number: int) -> Effect:
        clear = clearance(after.actions[number], after, answer, world)
        return replace(effect(number), why=clear.why, awaited=awaited(clear, after, world))

    released = [
        each.no for each in after.actions.values() if each.run == "released" and _was_not(before, each)
    ]
    stopped = list(dict.fromkeys(each.action for each in found if isinstance(each, e.ActionDropped)))
    new = [each.action for each in found if isinstance(each, e.ActionRequested)]
    waiting = [each for each in sorted(covered) if after.actions[each].run == "" and each not in stopped]
    withheld = [
        each.no
        for each in before.actions.values()
        if each.run == "released" and after.actions[each.no].run == "" and each.no not in stopped
    ]
    return Effects(
        number, before, after, found,
        tuple(effect(each) for each in released),
        tuple(stopped_effect(each) for each in waiting),
        tuple(stopped_effect(each) for each in withheld),
        tuple(effect(each) for each in stopped),
        tuple(effect(each) for each in new),
    )  # fmt: skip


def _was_not(before: Onboarding, action: Action) -> bool:
    old = before.actions.get(action.no)
    return old is None or old.run != "released" or old.key != action.key
