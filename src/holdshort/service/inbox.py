"""The inbox: reviews that wait for a person, most urgent first, as one person or role would see them."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from itertools import chain, islice
from typing import Any, Literal, TypeVar

from holdshort.core.action_words import phrase
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.people import Directory
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Review
from holdshort.core.register import EdgeCase
from holdshort.ports import OnboardingRow, ReviewRow
from holdshort.service.flow import Flow, directory
from holdshort.service.story import Story, read_story
from holdshort.service.turns import Turn, turn_of

_PAGE = 200
T = TypeVar("T")
Pace = Literal["on time", "at risk", "breached"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    Which reviews: those that a user or a role may decide, that are late or nearly so, of certain onboardings.

    `free_for` leaves out what somebody else has claimed.
    """

    user: str = ""
    role: str = ""
    at_risk: bool = False
    breached: bool = False
    uncertain: bool = False
    state: str = ""
    search: str = ""
    tier: str = ""
    lane: str = ""
    case: str = ""
    number: int = 0
    free_for: str = ""

    @property
    def is_everything(self) -> bool:
        return self == Wanted()


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    One review as a list shows it.

    `left` is business time until it is breached; below zero: since it was. `says` is the row's scenario, or what a
    review of another kind is about. `turn` says who decides now, `steps` how many have to agree one after another.
    """

    row: ReviewRow
    onboarding: OnboardingRow
    says: str
    turn: Turn
    steps: int
    pace: Pace
    left: timedelta
    day: timedelta
    """How much business time a business day has."""
    mentions_you: bool = False
    """A comment asks the one who looks to look at this."""

    def to_json(self) -> dict[str, Any]:
        row, onboarding = self.row, self.onboarding
        return {
            "review": row.id,
            "onboarding": onboarding.key,
            "number": row.number,
            "title": onboarding.title,
            "state": onboarding.state,
            "lane": onboarding.lane,
            "case": row.case,
            "about": row.about,
            "scenario": self.says,
            "tier": row.tier,
            "owner": row.owner,
            "decides": list(self.turn.roles),
            "step": self.turn.step + 1,
            "steps": self.steps,
            "claimed_by": row.claimed_by,
            "opened_at": row.opened_at.isoformat(),
            "at_risk_at": row.at_risk_at.isoformat(),
            "breaches_at": row.breaches_at.isoformat(),
            "pace": self.pace,
            "mentions_you": self.mentions_you,
            "business_minutes_left": round(self.left.total_seconds() / 60),
        }


def inbox(flow: Flow, wanted: Wanted, limit: int, after: str = "") -> list[Waiting]:
    """
    The open reviews that fit, most urgent first; `after` is the id of the last one of an earlier page.

    Raises:
        Refused: Nobody active has the name `wanted.user`.
    """
    box = _Inbox(flow, wanted)
    return [box.show(each) for each in islice(box.rows(after), limit)]


def roles_of(people: Directory, user: str, now: datetime) -> frozenset[str]:
    """
    The roles in which somebody may decide now: their own, and those of people they stand in for.

    Raises:
        Refused: Nobody active has this name.
    """
    if not people.is_known(user):
        raise Refused(
            "FLOW-009", f"nobody active is called `{user}`", "`holdshort user list` names everybody"
        )
    roles = set(people.people[user].roles)
    for each in people.stand_ins:
        if each.who == user and each.covers(now) and people.is_known(each.absent):
            roles |= people.people[each.absent].roles
    return frozenset(roles)


def pace_of(row: ReviewRow | Review, now: datetime) -> Pace:
    if row.breached or now >= row.breaches_at:
        return "breached"
    return "at risk" if now >= row.at_risk_at else "on time"


def time_left(flow: Flow, register: int, breaches_at: datetime, now: datetime) -> tuple[timedelta, timedelta]:
    """Business time until a review is breached, and how much of it a business day has."""
    hours = flow.programs.version(register).playbook.settings.hours
    minutes = hours.closes.hour * 60 + hours.closes.minute or 24 * 60
    day = timedelta(minutes=minutes - hours.opens.hour * 60 - hours.opens.minute)
    return hours.business_time_between(now, breaches_at), day


def says(story: Story, case: str, review: int, flow: Flow) -> str:
    """What a review is about, in a sentence: the row's own scenario where it is about a row."""
    state = story.state
    about = state.reviews[review]
    row = flow.programs.version(state.register).row(case)
    action = state.actions.get(about.action)
    kind = phrase(action.kind) if action else "an action"
    if row is not None:
        return row.scenario
    if about.about == "hold":
        hold = next((each for each in state.holds.values() if each.case == case), None)
        why = story.hold_reasons.get(case, "")
        return f"{hold.by if hold else 'somebody'} raised a hold: {why or 'the reason was erased'}"
    if about.about == "run":
        return f"Nobody knows whether this happened, or it went wrong: {kind}"
    if about.about == "action":
        return f"A person looks at this action before it runs: {kind}"
    return "No row of the register covers this onboarding"


class _Inbox:
    def __init__(self, flow: Flow, wanted: Wanted) -> None:
        self.flow = flow
        self.store = flow.store
        self.wanted = wanted
        self.now = flow.clock.now()
        self._stories: dict[int, Story] = {}
        self._onboardings: dict[int, OnboardingRow] = {}
        with self.store.transaction() as tx:
            people = directory(tx)
        self._people = people
        self.roles = roles_of(people, wanted.user, self.now) if wanted.user else frozenset()
        if wanted.role:
            self.roles = self.roles & {wanted.role} if wanted.user else frozenset([wanted.role])
        self.everybody = not (wanted.user or wanted.role)

    # --- which ---

    def rows(self, after: str) -> Iterator[ReviewRow]:
        """Streams that are sorted by urgency, merged; each review once."""
        if not self.everybody and not self.roles:
            return iter(())
        return _merged(each for each in self._streams(after))

    def _streams(self, after: str) -> Iterator[Iterator[ReviewRow]]:
        if self.wanted.search:
            yield self._of_found(after)
            return
        for stream in self._late_streams(after) if self._wants_late else [self._mine(after)]:
            yield (each for each in stream if self._fits(each))

    @property
    def _wants_late(self) -> bool:
        return self.wanted.at_risk or self.wanted.breached

    def _late_streams(self, after: str) -> Iterable[Iterator[ReviewRow]]:
        """Those that the clock has marked, and those that it has not come to yet."""
        yield self._pages(after, breached=True)
        yield self._pages(after, at_risk_before=self.now)

    def _mine(self, after: str) -> Iterator[ReviewRow]:
        """
        What the roles own, then what a row's review lets them decide although another role owns it, then what was
        escalated to them: reading the state of every review would take as long as there are onboardings.
        """
        if self.everybody:
            return self._pages(after)
        shared = {
            each.case: each.owner
            for each in self._rows
            if each.owner not in self.roles and self._names_us(each)
        }
        owned = self._pages(after, owners=sorted(self.roles))
        owners = sorted(set(shared.values()))
        others = self._pages(after, owners=owners) if owners else iter(())
        in_turn = (each for each in others if each.case in shared)
        escalated = self._pages(after, breached=True)
        return _merged([owned, in_turn, escalated])

    @cached_property
    def _rows(self) -> tuple[EdgeCase, ...]:
        return self.flow.programs.latest().playbook.register.active

    @cached_property
    def _decided_by_their_owner(self) -> frozenset[str]:
        """Rows of which the owner decides in one step: whoever owns the review may decide it, so nothing is read."""
        return frozenset(
            each.case
            for each in self._rows
            if all(len(rule.steps) == 1 and each.owner in rule.steps[0].roles for rule in each.review)
        )

    def _names_us(self, row: EdgeCase) -> bool:
        return any(role in self.roles for rule in row.review for step in rule.steps for role in step.roles)

    def _of_found(self, after: str) -> Iterator[ReviewRow]:
        """Reviews of the onboardings that a search finds: few, so they are sorted here."""
        found = chain.from_iterable(self._pages("", number=each) for each in self._found())
        fitting = sorted((each for each in found if self._fits(each)), key=_urgency)
        if after:
            last = next((each for each in fitting if each.id == after), None)
            fitting = [each for each in fitting if last is None or _urgency(each) > _urgency(last)]
        return iter(fitting)

    def _found(self) -> Iterator[int]:
        last = 0
        while page := self.store.onboardings(search=self.wanted.search, after=last, limit=_PAGE):
            yield from (each.number for each in page)
            last = page[-1].number

    def _pages(self, after: str, **filters: Any) -> Iterator[ReviewRow]:
        wanted, size = self.wanted, _PAGE // 4
        about = "run" if wanted.uncertain else ""
        filters = {"about": about, "tier": wanted.tier, "lane": wanted.lane, "case": wanted.case, **filters}
        if wanted.number:
            filters["number"] = wanted.number
        while page := self.store.reviews(after=after, limit=size, **filters):
            yield from page
            if len(page) < size:
                return
            after, size = page[-1].id, _PAGE

    def _fits(self, row: ReviewRow) -> bool:
        wanted = self.wanted
        pace = pace_of(row, self.now)
        return (
            (not wanted.at_risk or pace != "on time")
            and (not wanted.breached or pace == "breached")
            and (not wanted.free_for or row.claimed_by in ("", wanted.free_for))
            and (self.everybody or self._may_decide(row))
            and (not wanted.state or self._onboarding(row.number).state == wanted.state)
        )

    def _may_decide(self, row: ReviewRow) -> bool:
        """Whether it is the turn of one of the roles."""
        plain = row.about != "finding" or row.case in self._decided_by_their_owner
        if plain and row.owner in self.roles:
            return True
        return any(role in self.roles for role in self._turn(row).roles)

    def _turn(self, row: ReviewRow) -> Turn:
        state = self._story(row.number).state
        world = World(self.flow.programs.version(state.register), self._people, self.now)
        return turn_of(state.reviews[row.no], state, world)

    # --- how it shows ---

    def show(self, row: ReviewRow) -> Waiting:
        onboarding = self._onboarding(row.number)
        program = self.flow.programs.version(onboarding.register)
        case = program.row(row.case)
        said = (
            case.scenario if case is not None else says(self._story(row.number), row.case, row.no, self.flow)
        )
        left, day = time_left(self.flow, onboarding.register, row.breaches_at, self.now)
        steps = len(self._story(row.number).state.reviews[row.no].steps)
        return Waiting(row, onboarding, said, self._turn(row), steps, pace_of(row, self.now), left, day,
                       self.wanted.user in self._story(row.number).mentioned_on(row.no))  # fmt: skip

    def _story(self, number: int) -> Story:
        return _kept(self._stories, number, lambda: read_story(self.store, number))

    def _onboarding(self, number: int) -> OnboardingRow:
        def read() -> OnboardingRow:
            found = self.store.onboarding(number)
            if found is None:
                raise Refused("FLOW-000", f"there is no onboarding {number}", "look again")
            return found

        return _kept(self._onboardings, number, read)


def _kept(known: dict[int, T], number: int, read: Callable[[], T]) -> T:
    """Read once; a long scan keeps only the last ones."""
    if number not in known:
        if len(known) >= _PAGE:
            known.clear()
        known[number] = read()
    return known[number]


def _urgency(row: ReviewRow) -> tuple[datetime, int, int]:
    return row.breaches_at, row.number, row.no


def _merged(streams: Iterable[Iterator[ReviewRow]]) -> Iterator[ReviewRow]:
    last: tuple[datetime, int, int] | None = None
    for each in heapq.merge(*streams, key=_urgency):
        if _urgency(each) != last:
            last = _urgency(each)
            yield each
