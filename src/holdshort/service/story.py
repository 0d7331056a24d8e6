"""The log of one onboarding as people read it: what happened, what was decided, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.state import Onboarding
from holdshort.ports import Store
from holdshort.service.event_json import HOUSE_OPENED, from_store


@dataclass(frozen=True, slots=True)
class Entry:
    """One event with its place in the log. `hash` chains it to the one before."""

    seq: int
    at: datetime
    actor: str
    event: e.Event
    hash: str


@dataclass(frozen=True, slots=True)
class Decided:
    """
    One decision and what became of it.

    `ended` is empty while its approval counts, or where it approves nothing; else stale, expired, recalled or void, with
    `words` that say why. `met` and `missed` are numbers of its conditions, from 0.
    """

    record: e.DecisionRecorded
    at: datetime
    ended: str = ""
    ended_at: datetime | None = None
    words: tuple[str, ...] = ()
    met: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()

    @property
    def standing(self) -> str:
        """`counts`, or how it ended; empty for a decision that approves nothing."""
        if not self.record.approves:
            return ""
        return self.ended or ("condition missed" if self.missed else "counts")


@dataclass(frozen=True, slots=True)
class Ran:
    """One attempt to carry out an action; `outcome` is empty while it is under way."""

    action: int
    attempt: int
    at: datetime
    target: str
    key: str
    outcome: str = ""
    ended_at: datetime | None = None
    words: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Story:
    """All events of one onboarding, and the state that they lead to."""

    number: int
    entries: tuple[Entry, ...]
    state: Onboarding
    hold_reasons: dict[str, str] = field(default_factory=dict)
    """Why people raised their holds, by case."""

    @cached_property
    def decisions(self) -> dict[int, Decided]:
        found: dict[int, Decided] = {}
        for each in self.entries:
            event = each.event
            if isinstance(event, e.DecisionRecorded):
                found[event.decision] = Decided(event, each.at)
            elif isinstance(event, e.ApprovalEnded) and event.decision in found:
                old = found[event.decision]
                found[event.decision] = Decided(
                    old.record, old.at, event.how, each.at, event.words, old.met, old.missed
                )
            elif isinstance(event, e.ConditionMet | e.ConditionMissed) and event.decision in found:
                found[event.decision] = _with_condition(found[event.decision], event)
        return found

    @cached_property
    def runs(self) -> tuple[Ran, ...]:
        found: dict[tuple[int, int], Ran] = {}
        for each in self.entries:
            event = each.event
            if isinstance(event, e.RunStarted):
                key = event.action, event.attempt
                found[key] = Ran(*key, each.at, event.target, event.key, changed=event.changed)
            elif isinstance(event, e.RunSucceeded | e.RunFailed | e.RunUncertain | e.RunResolved):
                old = found.get((event.action, event.attempt))
                if old is not None:
                    found[event.action, event.attempt] = _ended(old, each)
        return tuple(found.values())

    def mentioned_on(self, review: int) -> frozenset[str]:
        """Who is asked to look, in comments on a review or on the onboarding as a whole."""
        comments = (each.event for each in self.entries if isinstance(each.event, e.CommentAdded))
        return frozenset(name for each in comments if each.review in (0, review) for name in each.mentions)

    def decisions_on(self, review: int) -> Iterator[Decided]:
        return (each for each in self.decisions.values() if each.record.review == review)


def read_story(store: Store, number: int) -> Story:
    """
    Read the log of one onboarding.

    Raises:
        Refused: There is none of this number.
    """
    state = Onboarding()
    entries: list[Entry] = []
    reasons: dict[str, str] = {}
    for stored in store.history(number):
        if stored.kind == HOUSE_OPENED:
            why = f"{number} is the log of the house itself: people, pauses, registers"
            raise Refused("FLOW-000", why, "`holdshort audit log house` shows it")
        event = from_store(stored)
        state = evolve(state, event, stored.at)
        entries.append(Entry(stored.seq, stored.at, stored.actor, event, stored.hash))
        if isinstance(event, e.HoldRaised):
            reasons[state.holds[event.hold].case] = event.why
    if not state.exists:
        raise Refused("FLOW-000", f"there is no onboarding {number}", "`holdshort inbox --all` lists them")
    return Story(number, tuple(entries), state, reasons)


def _with_condition(old: Decided, event: e.ConditionMet | e.ConditionMissed) -> Decided:
    met, missed = old.met, old.missed
    if isinstance(event, e.ConditionMet):
        met = (*met, event.condition)
    else:
        missed = (*missed, event.condition)
    return Decided(old.record, old.at, old.ended, old.ended_at, old.words, met, missed)


def _ended(run: Ran, entry: Entry) -> Ran:
    event = entry.event
    outcome = "uncertain"
    words: tuple[str, ...] = ()
    if isinstance(event, e.RunSucceeded):
        said = (event.reference, *event.words)
        outcome, words = "done", tuple(each for each in said if each)
        if event.differs:
            outcome = "done, but stored otherwise"
    elif isinstance(event, e.RunFailed):
        outcome, words = "failed", (event.why,)
    elif isinstance(event, e.RunUncertain):
        words = (event.why,)
    elif isinstance(event, e.RunResolved):
        outcome = f"{'it happened' if event.happened else 'it did not happen'}, says {event.by}"
        words = (*run.words, *([event.note] if event.note else []))
    return Ran(run.action, run.attempt, run.at, run.target, run.key, outcome, entry.at, words, run.changed)
