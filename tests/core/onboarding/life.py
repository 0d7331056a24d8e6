"""One onboarding lived through the pure decider: the starter playbook, somebody for every role, a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import holdshort
from holdshort.core.canonical import digest
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clearance import Clearance, clearance
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.evolve import evolve, replay
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.people import Directory, Person, StandIn
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Action, Onboarding, Review
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.roles import ROLES
from holdshort.core.screening import Screener
from holdshort.service.acceptance import FOLDER, load_records
from holdshort.service.load_playbook import load_playbook
from holdshort.service.programs import TargetNames

STARTER = Path(holdshort.__file__).parent / "starter"
NOW = datetime(2026, 3, 11, 15, 0, tzinfo=UTC)
"""When the records of the starter playbook speak: a Wednesday in the afternoon."""


@cache
def starter() -> Playbook:
    """The starter playbook, read once."""
    return load_playbook(STARTER).playbook


@cache
def program() -> Program:
    return program_of(starter())


def program_of(playbook: Playbook, version: int = 1) -> Program:
    return Program(version, digest(version), Screener(playbook), TargetNames(playbook))


@cache
def only(*cases: str) -> Program:
    """The starter with these rows alone, so that a test shows what they do and nothing else."""
    return program_of(with_rows(starter(), [each for each in starter().register.cases if each.case in cases]))


def with_rows(playbook: Playbook, rows: Iterable[EdgeCase]) -> Playbook:
    return replace(playbook, register=replace(playbook.register, cases=tuple(rows)))


def changed_row(under: Program, case: str, version: int = 2, **changes: Any) -> Program:
    """The next version of a program, one row of it written otherwise."""
    rows = [replace(each, **changes) if each.case == case else each for each in under.playbook.register.cases]
    return program_of(with_rows(under.playbook, rows), version)


def changed_settings(under: Program, version: int = 1, **changes: Any) -> Program:
    """A program with other settings."""
    return program_of(replace(under.playbook, settings=replace(under.playbook.settings, **changes)), version)


def everybody() -> dict[str, Person]:
    """Two people for each role, called `finance_ops` and `finance_ops_2`, and nobody with two roles."""
    names = [(role, f"{role}{suffix}") for role in ROLES if role != "none" for suffix in ("", "_2")]
    return {name: Person(name, frozenset([role])) for role, name in names}


@cache
def _stored() -> Mapping[str, Any]:
    return load_records(STARTER / FOLDER)[0]


def record(name: str = "clean-mid-market", **places: Any) -> dict[str, Any]:
    """A starter record with places set: `record("po-missing", crm__plan="Pro", notes=[])`; `...` takes one away."""
    made: dict[str, Any] = deepcopy(dict(_stored()[name]))
    for place, value in places.items():
        *path, last = place.split("__")
        inner = made
        for step in path:
            inner = inner.setdefault(step, {})
        if value is ...:
            inner.pop(last, None)
        else:
            inner[last] = deepcopy(value)
    return made


class Life:
    """
    Commands go in, events come out and are kept in `log`.

    `by` of a decision has shown the password again unless a test says otherwise.
    """

    def __init__(self, under: Program | None = None, now: datetime = NOW) -> None:
        self.program = under or program()
        self.people = everybody()
        self.stand_ins: tuple[StandIn, ...] = ()
        self.now = now
        self.paused: tuple[str, ...] = ()
        self.state = Onboarding()
        self.log: list[tuple[e.Event, datetime]] = []

    # --- the world around it ---

    @property
    def world(self) -> World:
        return World(self.program, Directory(self.people, self.stand_ins), self.now, self.paused)

    def at(self, now: datetime) -> Life:
        self.now = now
        return self

    def later(self, **time: float) -> list[e.Event]:
        """Time passes and the clocks are looked at."""
        self.now += timedelta(**time)
        return self.do(c.Recheck())

    def has_roles(self, name: str, *roles: str) -> None:
        self.people[name] = Person(name, frozenset(roles))

    def leaves(self, name: str) -> None:
        self.people[name] = replace(self.people[name], active=False)

    def away(self, absent: str, who: str, starts_h: float = 0, ends_h: float = 24) -> None:
        window = (self.now + timedelta(hours=starts_h), self.now + timedelta(hours=ends_h))
        self.stand_ins += (StandIn(absent, who, *window),)

    # --- commands ---

    def do(self, command: c.Command) -> list[e.Event]:
        events = decide(command, self.state, self.world)
        for event in events:
            self.log.append((event, self.now))
            self.state = evolve(self.state, event, self.now)
        return events

    def refused(self, command: c.Command) -> c.Refused:
        """The refusal of a command that must be refused and must leave everything as it was."""
        try:
            events = decide(command, self.state, self.world)
        except c.Refused as refusal:
            return refusal
        raise AssertionError(f"{command} was allowed: {events}")

    def receive(self, made: Mapping[str, Any] | str = "clean-mid-market", **places: Any) -> list[e.Event]:
        made = record(made, **places) if isinstance(made, str) else made
        key = self.program.screener.screen(made, 0, self.now).onboarding
        return self.do(c.Receive(made, key, key.rpartition("/")[2], channel="crm"))

    def request(self, kind: str, by: str = "agent", about: str = "", **payload: Any) -> Action:
        self.do(c.Request(kind, payload, by, about))
        return self.action(kind)

    def asks(self, review: Review | int, code: str, by: str, **more: Any) -> c.Decide:
        """The decision as a command."""
        number = review if isinstance(review, int) else review.no
        more.setdefault("stepped_up", True)
        more.setdefault("reason", "I looked into it")
        if code == "J9":
            more.setdefault("owner", by if by in ROLES else "revops")
        if code == "J5":
            more.setdefault(
                "conditions", (e.Condition("papers come", "revops", self.now + timedelta(days=1)),)
            )
            more.setdefault("scope", tuple(each.no for each in self.waiting(number)))
        if code == "J3":
            more.setdefault("to", "sales_owner")
            more.setdefault("question", "What did they agree?")
        if code == "J8":
            more.setdefault("to", "cs_leader")
        if code == "J2":
            more.setdefault("milestones", "kickoff, import, go-live")
        return c.Decide(number, code, by, **more)  # type: ignore[arg-type]

    def decide_(self, review: Review | int, code: str, by: str, **more: Any) -> list[e.Event]:
        return self.do(self.asks(review, code, by, **more))

    def cannot(self, review: Review | int, code: str, by: str, **more: Any) -> c.Refused:
        return self.refused(self.asks(review, code, by, **more))

    def start(self, kind: str, worker: str = "w1", record: Mapping[str, Any] | None = None) -> list[e.Event]:
        return self.do(c.StartRun(self.action(kind).no, worker, 120, record))

    def finish(self, kind: str, state: str = "done", worker: str = "w1", **more: Any) -> list[e.Event]:
        action = self.action(kind)
        return self.do(c.FinishRun(action.no, action.attempt, worker, state, "so it went", **more))  # type: ignore[arg-type]

    def run(self, kind: str, state: str = "done") -> list[e.Event]:
        return [*self.start(kind), *self.finish(kind, state)]

    # --- looking ---

    def action(self, kind: str) -> Action:
        """The newest action of a kind."""
        return [each for each in self.state.actions.values() if each.kind == kind][-1]

    def review(self, case: str, part: int = 0, action: int = 0) -> Review:
        """The newest review of a case; it has to be there."""
        found = self.state.review_of(case, part, action)
        assert found is not None, (
            f"no review of {case}: {[each.case for each in self.state.reviews.values()]}"
        )
        return found

    def own_review(self, kind: str) -> Review:
        """The review that the catalogue opened about one action."""
        return self.review("CATALOGUE", action=self.action(kind).no)

    def open_cases(self) -> set[str]:
        return {each.case for each in self.state.open_reviews()}

    def waiting(self, number: int) -> list[Action]:
        from holdshort.core.onboarding.deciding import waiting_for

        review = self.state.reviews[number]
        return list(waiting_for(review, self.state, look(self.state, self.world), self.world))

    def gate(self, kind: str) -> Clearance:
        return clearance(self.action(kind), self.state, look(self.state, self.world), self.world)

    def released(self) -> set[str]:
        return {each.kind for each in self.state.actions.values() if each.run == "released"}

    def approve(self, case: str, *by: str, code: str = "J9", part: int = 0, **more: Any) -> Life:
        """Everybody named agrees, one after another."""
        for each in by:
            self.decide_(self.review(case, part), code, each, **more)
        return self

    def replayed(self) -> Onboarding:
        return replay(self.log)


def kinds_of(events: Iterable[e.Event], kind: type[e.Event]) -> list[Any]:
    return [each for each in events if isinstance(each, kind)]


def once(found: list[Any]) -> Any:
    assert len(found) == 1, found
    return found[0]


Made = Callable[..., Life]
