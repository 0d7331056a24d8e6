"""
Live an acceptance test: a whole onboarding through the real decider, gate and runner, on a stage of its own.

A stage is a store with a simulated clock and an outside world that only writes down what reached it. The record is taken
in, what the test speaks of is asked for, everything that is released runs; then comes what the test says after *until*,
once as a record in which the condition has become true and once as the decision of somebody who holds the role. What
left is compared with what the test claims: each released effect once, and nothing before its time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from holdshort.core.acceptance import Outcome, Record, judged, record_of_test, screened, situation
from holdshort.core.acceptance_ways import UntilWays, Way, later
from holdshort.core.action_words import phrase
from holdshort.core.answers import Answer
from holdshort.core.clauses import AcceptanceTest
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.mutants.mutant import listed
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.clearance import CATALOGUE, Clearance, Stop, clearance
from holdshort.core.onboarding.events import Code
from holdshort.core.onboarding.looking import look, record_of
from holdshort.core.onboarding.powers import KICKOFF
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Action, Onboarding
from holdshort.core.register import EdgeCase
from holdshort.core.roles import ROLES, TITLES
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reference import evaluate
from holdshort.core.screening import Screener
from holdshort.core.screening_again import RememberingScreener
from holdshort.ports import PublishedRegister, Store, User
from holdshort.service.flow import Flow
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.programs import Programs, TargetNames

AUTOMATION = "automation"
"""Who asks for the actions that a test speaks of: no person, so that every person may decide about them."""
_STEP = timedelta(minutes=1)
_EXCEPTION = "the acceptance test asks for an exception"


class Effect(Protocol):
    """One thing that reached the outside world: `release` is the action's id, `key` what makes it happen once."""

    @property
    def kind(self) -> str: ...

    @property
    def release(self) -> str: ...

    @property
    def key(self) -> str: ...


class Stage(Protocol):
    """One empty store with what it takes to live an onboarding on it."""

    store: Store
    flow: Flow

    def run_due(self) -> None:
        """Do everything that is due now: clocks, and whatever is released."""
        ...

    def effects(self) -> Sequence[Effect]:
        """Everything that reached the outside world so far, oldest first."""
        ...


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


SetStage = Callable[[Programs, SetClock], AbstractContextManager[Stage]]
"""Makes an empty stage on which these programs run."""


class OneProgram(Programs):
    """A single register, read already: what a rehearsal runs under."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def version(self, version: int) -> Program:
        return self._program

    def latest(self) -> Program:
        return self._program


def program_of_screener(screener: Screener) -> Program:
    """A register that is read already as one that runs; every kind of action goes where the playbook sends it."""
    return Program(1, screener.playbook.register.digest, screener, TargetNames(screener.playbook))


def people() -> Iterator[User]:
    """One made-up person for each role: they are called like it."""
    for role in ROLES:
        if role != "none":
            yield User(role, TITLES.get(role, role), f"{role}@rehearsal.invalid", frozenset({role}))


def set_the_scene(store: Store) -> None:
    """Everybody who may have to decide, and a register that onboardings can point to."""
    with store.transaction() as tx:
        for each in people():
            tx.put_user(each)
        tx.publish(PublishedRegister(1, "", AUTOMATION, AUTOMATION, datetime(2000, 1, 1, tzinfo=UTC), {}))


class Rehearsal:
    """
    Rehearses the tests of one register.

    Args:
        screener: Of the register under test.
        records: The playbook's records by name.
        set_stage: Makes an empty stage for each life.
        now: The moment of the evaluation (UTC) for a record that states no `as_of`.
    """

    def __init__(
        self, screener: Screener, records: Mapping[str, Record], set_stage: SetStage, now: datetime
    ) -> None:
        self._screener = screener
        self._records = records
        self._set_stage = set_stage
        self._now = now
        self._programs = OneProgram(program_of_screener(screener))
        self._ways: UntilWays | None = None

    def run(self, case: EdgeCase, test: AcceptanceTest) -> Outcome:
        """Screen the record and, where that shows what the test claims, live it as often as its *until* part asks."""
        record = record_of_test(test, self._records, self._screener.glossary)
        if isinstance(record, str):
            return Outcome(case.case, test, (record,))
        outcome = screened(case, test, record, self._screener, self._now)
        return outcome if outcome.failures else self.live(case, test, record, outcome.notes)

    def live(
        self, case: EdgeCase, test: AcceptanceTest, record: Record, notes: Sequence[str] = ()
    ) -> Outcome:
        """Live the test; `notes` are those of its screening."""
        told = _Told(notes=list(notes))
        lives: list[Callable[[_Life], None]] = []
        if test.until is not None:
            lives += [
                lambda life, way=way: life.until_it_is_so(way)  # type: ignore[misc]
                for way in self._ways_to(case, test, record, told)
            ]
        if test.until_role:
            lives.append(lambda life: life.until_a_person_agrees(test.until_role))
        for ending in lives or [lambda life: None]:
            if told.failures:
                break
            self._one_life(case, test, record, told, ending)
        return Outcome(
            case.case,
            test,
            tuple(dict.fromkeys(told.failures)),
            tuple(dict.fromkeys(told.notes)),
            tuple(dict.fromkeys(told.seen)),
        )

    def _one_life(
        self,
        case: EdgeCase,
        test: AcceptanceTest,
        record: Record,
        told: _Told,
        ending: Callable[[_Life], None],
    ) -> None:
        clock = SetClock(situation(self._screener, record, self._now).now)
        with self._set_stage(self._programs, clock) as stage:
            life = _Life(case, test, record, stage, clock, told)
            try:
                if life.begin():
                    ending(life)
                    life.end()
            except HoldshortError as error:
                told.failures.append(f"the onboarding cannot be lived: {error.diagnostics[0].message}")

    def _ways_to(self, case: EdgeCase, test: AcceptanceTest, record: Record, told: _Told) -> tuple[Way, ...]:
        """Nearest records in which the condition holds; those on which the row would still hold are failures already."""
        assert test.until is not None
        self._ways = self._ways or UntilWays(self._screener, self._records)
        said = print_condition(test.until, self._screener.glossary)
        ways = self._ways.nearest(test.until, record, self._now)
        if not ways:
            told.failures.append(
                f"no record was found in which {said}, so nothing shows that this ends the hold"
            )
        kinds = _held(test)
        for way in ways:
            answer = self._screener.screen(way.record, 1, self._now)
            finding = next((each for each in answer.findings if each.case == case.case), None)
            still = [phrase(kind) for kind in kinds if finding is not None and kind in finding.holds]
            if still and finding is not None:
                told.failures.append(
                    f"{said} does not end the hold: with {', '.join(way.changes)} {case.case} still holds "
                    f"{', '.join(still)} ({'; '.join(finding.why)})"
                )
        # One way is lived through to the end; of the others the register itself has been asked.
        return ways[:1]


# --- a whole register -------------------------------------------------------------------------------------

_FEW_ROWS = 8
_here: list[tuple[Rehearsal, LoadedPlaybook]] = []
"""Of a process of a pool: each prepares the register once."""


def rehearsed(
    loaded: LoadedPlaybook,
    records: Mapping[str, Record],
    set_stage: SetStage,
    now: datetime,
    cases: Sequence[str],
    workers: int,
) -> Iterator[tuple[Outcome, ...]]:
    """The outcomes of the tests of each of these rows in turn, worked out by so many processes."""
    if workers <= 1 or len(cases) < _FEW_ROWS:
        _begin(loaded, records, set_stage, now)
        yield from map(_row, cases)
        return
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(
        workers, initializer=_begin, initargs=(loaded.folder, None, set_stage, now)
    ) as pool:
        yield from pool.map(_row, cases, chunksize=4)


def _begin(
    playbook: LoadedPlaybook | Path, records: Mapping[str, Record] | None, set_stage: SetStage, now: datetime
) -> None:
    if isinstance(playbook, Path):
        from holdshort.service.acceptance import FOLDER, load_records

        records = load_records(playbook / FOLDER)[0]
        playbook = load_playbook(playbook)
    rehearsal = Rehearsal(RememberingScreener(playbook.playbook), records or {}, set_stage, now)
    _here[:] = [(rehearsal, playbook)]


def _row(case: str) -> tuple[Outcome, ...]:
    rehearsal, loaded = _here[0]
    row = loaded.playbook.register.case(case)
    assert row is not None
    return tuple(rehearsal.run(row, test) for test in row.tests)


@dataclass
class _Told:
    """What came out so far."""

    failures: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def _held(test: AcceptanceTest) -> tuple[str, ...]:
    """Kinds that the test claims to be held, each once."""
    found = (kind for each in test.expectations if each.wanted == "held" for kind in each.kinds)
    return tuple(dict.fromkeys(found))


class _Life:
    """One onboarding from its first record on."""

    def __init__(
        self, case: EdgeCase, test: AcceptanceTest, record: Record, stage: Stage, clock: SetClock, told: _Told
    ) -> None:
        self.case = case
        self.test = test
        self.record = record
        self.stage = stage
        self.clock = clock
        self.told = told
        self.flow = stage.flow
        self.number = 0
        self.actions: dict[str, int] = {}
        """By kind the number of the action that stands for it."""

    # --- the beginning: as the test's record has it ---

    def begin(self) -> bool:
        """Take the record in, ask for what the test speaks of, run what is due; whether there is more to live."""
        received = self.flow.intake(self.record, channel="acceptance test", actor=AUTOMATION)
        if received.number is None:
            self._nothing_began(received.outcome)
            return False
        self.number = received.number
        self._judge_the_look()
        if not any(each.subject in ("actions", "asks") for each in self.test.expectations):
            return False  # it claims nothing about what leaves, so that need not be lived
        self._ask()
        self._run()
        for expectation in self.test.expectations:
            for kind in expectation.kinds if expectation.subject == "actions" else ():
                self._expect(kind, expectation.wanted)
        self._expect_a_review()
        self._expect_what_it_asks_for()
        return True

    def _expect_what_it_asks_for(self) -> None:
        """What the row asks for itself leaves once, when it is due and not before."""
        kinds = [kind for each in self.test.expectations if each.subject == "asks" for kind in each.kinds]
        for kind in dict.fromkeys(kinds):
            own = [
                each
                for each in self.flow.state(self.number).actions.values()
                if (each.source, each.kind) == (self.case.case, kind)
            ]
            if not own:
                self.told.failures.append(
                    f"{self.case.case} does not ask to {phrase(kind)} in the live onboarding"
                )
            for action in own:
                self._expect_when_due(action)

    def _expect_when_due(self, action: Action) -> None:
        due, said = action.due_at, phrase(action.kind)
        if due is not None and due > self.clock.now():
            self.clock.at = due - timedelta(seconds=1)
            self._run()
            if self._left(action):
                self.told.failures.append(f"{said} happened before it was due")
            self.clock.at = due
            self._run()
        state, world, answer = self._look()
        found = clearance(state.actions[action.no], state, answer, world)
        left = self._left(action)
        if left == 1:
            when = f" on {due:%Y-%m-%d %H:%M} UTC" if due is not None else ""
            self.told.seen.append(f"{said} left once{when}")
        elif left or not found.stops:
            self.told.failures.append(f"{said} is asked for and happened {_times(left)}: {found.why}")
        else:
            self.told.seen.append(f"{said} is asked for and waits: {found.why}")

    def _nothing_began(self, outcome: str) -> None:
        """An event handled already, or no valid trigger: nothing may have left, and nothing can be waited for."""
        self.told.seen.append(
            f"nothing began: {'the event was handled already' if outcome == 'ignored' else outcome}"
        )
        self._expect_no_effect()
        if self.test.until is not None or self.test.until_role:
            self.told.failures.append(f"nothing can end the hold, as no onboarding began ({outcome})")

    def _judge_the_look(self) -> None:
        """What the live onboarding says of the register is what the screening said."""
        state, world, answer = self._look()
        at = situation(world.program.screener, record_of(state, world), world.now)
        said = judged(self.case, self.test.expectations, answer, at, world.program.screener)
        self.told.failures += [f"in the live onboarding: {each}" for each in said]

    def _ask(self) -> None:
        """Ask for what neither the row nor the record asks for already, all at once, as an automation would propose it."""
        kinds = [
            kind
            for each in self.test.expectations
            for kind in (each.kinds if each.subject == "actions" else ())
        ]
        asked = self._asked(self.flow.state(self.number))
        lacking = [kind for kind in dict.fromkeys(kinds) if kind not in asked]
        if lacking:
            proposed = [{"kind": kind, "payload": {"asked_by": "acceptance test"}} for kind in lacking]
            record = {**self.record, "proposed_actions": proposed}
            self.flow.intake(record, channel=AUTOMATION, actor=AUTOMATION)
            asked = self._asked(self.flow.state(self.number))
        self.actions = {kind: asked[kind] for kind in kinds}

    def _asked(self, state: Onboarding) -> dict[str, int]:
        """By kind the action that stands for it: the row's own, else one that the record proposes."""
        found: dict[str, int] = {}
        for source in ("record", self.case.case):
            own = {
                each.kind: each.no
                for each in state.actions.values()
                if each.source == source and not each.dropped
            }
            found |= own
        return found

    def _expect(self, kind: str, wanted: str) -> None:
        action, found = self._clearance(kind)
        left = self._left(action)
        state = "released" if action.run in ("released", "done") else found.state
        if state != wanted:
            self.told.failures.append(
                f"in the live onboarding {phrase(kind)} {_is(state)} instead of {wanted}: {found.why}"
            )
        elif wanted == "held" and not self._mine(found):
            self.told.failures.append(
                f"in the live onboarding {phrase(kind)} is held by {_cases(found.stops)} and not by {self.case.case}"
            )
        if wanted == "released" and left != 1:
            self.told.failures.append(f"{phrase(kind)} was released and happened {_times(left)}, not once")
        if wanted != "released" and left:
            self.told.failures.append(f"{phrase(kind)} should wait and happened {_times(left)}")
        elif not self.told.failures:
            by = f" by {_cases(found.stops)}" if found.stops and state == "held" else ""
            self.told.seen.append(
                f"{phrase(kind)} {_is(state)}{by}" + ("; it left once" if left else "; nothing left")
            )

    def _expect_a_review(self) -> None:
        """Whoever owns the row finds it in their queue."""
        state, _, answer = self._look()
        finding = next((each for each in answer.findings if each.case == self.case.case), None)
        if finding is None or finding.owner == "none":
            return
        reviews = [each for each in state.open_reviews() if each.case == self.case.case]
        if not any(each.owner == self.case.owner for each in reviews):
            self.told.failures.append(f"no review of {self.case.case} waits for {_title(self.case.owner)}")

    # --- until it is so ---

    def until_it_is_so(self, way: Way) -> None:
        """A newer record, in which the condition has become true, ends what this row holds."""
        self.clock.move(_STEP)
        at = situation(self.flow.programs.latest().screener, self.record, self.clock.now()).now
        self.flow.intake(later(way.record, at, _STEP), channel="acceptance test", actor=AUTOMATION)
        self._expect_the_condition()
        self._released(f"with {', '.join(way.changes)}")

    def _expect_the_condition(self) -> None:
        assert self.test.until is not None
        state, world, _ = self._look()
        screener = world.program.screener
        at = situation(screener, record_of(state, world), world.now)
        if evaluate(self.test.until, at) is not True:
            self.told.failures.append(
                f"{print_condition(self.test.until, screener.glossary)} does not become so in the live onboarding"
            )

    # --- until somebody agrees ---

    def until_a_person_agrees(self, role: str) -> None:
        """Everybody whose turn it is before decides, then the named role: with that, and not earlier, the hold ends."""
        for stop in self._stops():
            if not self._agreed_in_turn(stop, role):
                return
        if not self.told.failures:
            self._released(f"once {_title(role)} approved an exception")

    def _stops(self) -> list[Stop]:
        """What this row puts in the way of the actions that the test names, each part of its review once."""
        state, world, answer = self._look()
        found: dict[tuple[str, int, int], Stop] = {}
        for kind in _held(self.test):
            cleared = clearance(state.actions[self.actions[kind]], state, answer, world)
            found |= {each.key: each for each in self._mine(cleared)}
        return list(found.values())

    def _agreed_in_turn(self, stop: Stop, role: str) -> bool:
        before = ""
        for decider in _in_turn(stop, role):
            waiting = self._waiting(stop)
            if not waiting:
                if before and before != role:
                    self.told.failures.append(
                        f"nothing waits for {self.case.case} any more once {_title(before)} has agreed, before "
                        f"{_title(role)} was asked"
                    )
                return not self.told.failures
            named = listed([phrase(each.kind) for each in waiting])
            if before == role:
                self.told.failures.append(
                    f"once {_title(role)} approved an exception, {_title(decider)} still has to agree to {named}"
                )
                return False
            refused = self._agree(stop, waiting, decider)
            if refused is not None:
                self.told.failures.append(
                    f"{_title(decider)} cannot approve an exception for {named}: {refused.why}"
                )
                return False
            self.told.seen.append(f"{_title(decider)} approved an exception for {named}")
            before = decider
        return True

    def _waiting(self, stop: Stop) -> list[Action]:
        """The actions that the test names and that wait for this stop."""
        state, world, answer = self._look()
        found = [state.actions[self.actions[kind]] for kind in _held(self.test)]
        return [
            each
            for each in found
            if any(one.key == stop.key for one in clearance(each, state, answer, world).stops)
        ]

    def _agree(self, stop: Stop, actions: Sequence[Action], role: str) -> c.Refused | None:
        """By whichever of the nine decisions may allow each of them; why not, where one is refused."""
        codes = [(self._code(stop, each), each.no) for each in actions]
        for code in dict.fromkeys(each for each, _ in codes):
            scope = tuple(number for each, number in codes if each == code)
            review = self.flow.state(self.number).review_of(*stop.key)
            decision = c.Decide(
                review=review.no if review is not None else 0,
                code=code,
                by=role,
                stepped_up=True,
                reason=_EXCEPTION,
                exception=_EXCEPTION,
                owner=role if code == "J9" else "",
                scope=scope,
            )
            try:
                self._act(decision, role)
            except c.Refused as refused:
                return refused
        return None

    def _code(self, stop: Stop, action: Action) -> Code:
        known = self.flow.programs.latest().playbook.catalogue.find(action.kind)
        if known is not None and known.action_class.customer_facing:
            return "J6"
        if stop.about == "action":
            return "J1"
        return "J4" if action.kind in KICKOFF else "J9"

    # --- what the until part released ---

    def _released(self, how: str) -> None:
        """The row no longer holds what the test names; what nothing else stops leaves, once."""
        for kind in _held(self.test):
            if self._was_dropped(kind):
                self.told.seen.append(f"{how}, nothing asks for {phrase(kind)} any more")
                continue
            _, found = self._clearance(kind)
            if self._mine(found):
                self.told.failures.append(f"{how}, {self.case.case} still holds {phrase(kind)}: {found.why}")
                continue
            self._agree_to_the_catalogue(kind)
        self._run()
        for kind in _held(self.test):
            if not self._was_dropped(kind):
                self._expect_it_left(kind, how)

    def _expect_it_left(self, kind: str, how: str) -> None:
        action, found = self._clearance(kind)
        left = self._left(action)
        others = [each for each in found.stops if each.case not in (self.case.case, CATALOGUE)]
        if left > 1 or (left and others):
            self.told.failures.append(f"{phrase(kind)} happened {_times(left)}")
        elif left:
            self.told.seen.append(f"{how}, {phrase(kind)} left once")
        elif others:
            # What another row holds is no failure of this one.
            self.told.seen.append(
                f"{how}, {self.case.case} no longer holds {phrase(kind)}; {_cases(others)} still does"
            )
        elif not self._mine(found):
            self.told.failures.append(f"{how}, {phrase(kind)} still does not run: {found.why}")

    def _agree_to_the_catalogue(self, kind: str) -> None:
        """Where only the catalogue wants a person to look, that person does."""
        action, found = self._clearance(kind)
        for stop in found.stops:
            if {each.case for each in found.stops} == {CATALOGUE}:
                refused = self._agree(stop, [action], stop.owner)
                if refused is not None:
                    self.told.failures.append(
                        f"{_title(stop.owner)} cannot approve {phrase(kind)}: {refused.why}"
                    )

    def _was_dropped(self, kind: str) -> bool:
        return bool(self.flow.state(self.number).actions[self.actions[kind]].dropped)

    # --- the end ---

    def end(self) -> None:
        """The same record again and another round change nothing; whatever left had leave to, once."""
        self.flow.intake(self.record, channel="acceptance test", actor=AUTOMATION)
        self._run()
        self._expect_no_effect()

    def _expect_no_effect(self) -> None:
        """No effect without an action that was released and ran, and none twice."""
        effects = self.stage.effects()
        done = set()
        if self.number:
            state = self.flow.state(self.number)
            done = {f"{self.number}/a{each.no}" for each in state.actions.values() if each.run == "done"}
        for each in effects:
            if each.release not in done:
                self.told.failures.append(f"{phrase(each.kind)} happened without leave")
        keys = [each.key for each in effects]
        twice = {each.kind for each in effects if keys.count(each.key) > 1}
        releases = [each.release for each in effects]
        twice |= {each.kind for each in effects if releases.count(each.release) > 1}
        self.told.failures += [f"{phrase(kind)} happened more than once" for kind in sorted(twice)]

    # --- tools ---

    def _act(self, command: c.Command, actor: str) -> Onboarding:
        return self.flow.act(self.number, command, actor).state

    def _run(self) -> None:
        self.stage.run_due()

    def _look(self) -> tuple[Onboarding, World, Answer]:
        state = self.flow.state(self.number)
        world = self.flow.world(state)
        return state, world, look(state, world)

    def _clearance(self, kind: str) -> tuple[Action, Clearance]:
        state, world, answer = self._look()
        action = state.actions[self.actions[kind]]
        return action, clearance(action, state, answer, world)

    def _mine(self, found: Clearance) -> list[Stop]:
        return [each for each in found.stops if each.case == self.case.case]

    def _left(self, action: Action) -> int:
        release = f"{self.number}/a{action.no}"
        return sum(each.release == release for each in self.stage.effects())


def _in_turn(stop: Stop, role: str) -> list[str]:
    """Who decides one after another, the named role as late as the steps let it."""
    last = max((place for place, step in enumerate(stop.steps) if role in step.roles), default=None)
    if last is None:
        return [role]  # is refused, and the refusal says who may
    plan: list[str] = []
    for place, step in enumerate(stop.steps):
        others = [each for each in step.roles if each != role]
        if place == last:
            plan += [*others[: step.needed - 1], role]
        else:
            plan += (others or [role])[: step.needed]
    return plan


def _is(state: str) -> str:
    return "needs review" if state == "needs review" else f"is {state}"


def _times(count: int) -> str:
    return "not at all" if count == 0 else "once" if count == 1 else f"{count} times"


def _cases(stops: Sequence[Stop]) -> str:
    return ", ".join(
        dict.fromkeys("the action catalogue" if each.case == CATALOGUE else each.case for each in stops)
    )


def _title(role: str) -> str:
    return TITLES.get(role, role)
