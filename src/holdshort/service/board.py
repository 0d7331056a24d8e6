"""What people look at: one onboarding in full, one review with everything that a decision needs, its packet. Reads only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from holdshort.core.actions import Catalogue
from holdshort.core.answers import Answer
from holdshort.core.onboarding.clearance import Clearance, clearance
from holdshort.core.onboarding.deciding import seen_digest, waiting_for
from holdshort.core.onboarding.events import Seen
from holdshort.core.onboarding.lease import bind
from holdshort.core.onboarding.looking import look, record_of
from holdshort.core.onboarding.powers import KICKOFF, NAMES, POWERS, may_cover
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.progress import stage_of, state_of
from holdshort.core.onboarding.state import Action, Approval, Onboarding, Review
from holdshort.core.onboarding.wording import Unfounded, unfounded
from holdshort.core.packet import Packet, build_packet
from holdshort.core.register import EdgeCase
from holdshort.service.flow import Flow
from holdshort.service.inbox import Pace, pace_of, says, time_left
from holdshort.service.packet_history import with_history
from holdshort.service.packet_live import Standing, with_live_parts
from holdshort.service.rows import recipients
from holdshort.service.story import Decided, Story, read_story
from holdshort.service.turns import Turn, awaited, turn_of


@dataclass(frozen=True)
class ActionView:
    """One action as people see it: its exact content, where it would go, and what stands in its way."""

    action: Action
    clearance: Clearance
    target: str
    awaited: tuple[tuple[Review, Turn], ...] = ()
    """The reviews on which it waits, each with whose turn it is there."""
    unfounded: tuple[Unfounded, ...] = ()
    """Words of a message that nothing on record bears out."""

    @property
    def status(self) -> str:
        return self.action.dropped or self.action.run or self.clearance.state

    @property
    def recipients(self) -> tuple[str, ...]:
        return recipients(self.action.payload)

    @property
    def why(self) -> str:
        """Why it stands as it stands; empty where its status says all."""
        if self.action.dropped or self.action.run in ("attempting", "done", "uncertain"):
            return ""
        return self.clearance.why


@dataclass(frozen=True)
class ReviewView:
    """
    One review with everything a decision needs.

    `says` is the row's scenario in its own words, or what a review of another kind is about. `evidence` are the facts
    that a decision would rest on, `lacks` what the row still needs, `waiting` the actions that wait for it, `decisions`
    maps each of the nine that fits to the numbers of the actions that it may allow, `seen` is the digest that a decision
    may name. `turn` says whose turn it is, `may_decide` names the people; `decided` are the decisions taken so far.
    """

    review: Review
    says: str
    row: EdgeCase | None
    result: str
    why: tuple[str, ...]
    waiting: tuple[Action, ...]
    evidence: tuple[Seen, ...]
    lacks: tuple[str, ...]
    seen: str
    turn: Turn
    may_decide: tuple[str, ...]
    decisions: dict[str, tuple[int, ...]]
    approvals: tuple[Approval, ...]
    decided: tuple[Decided, ...]
    pace: Pace
    left: timedelta
    day: timedelta


@dataclass(frozen=True)
class OnboardingView:
    """One onboarding in full. `stage_why` and `state_why` say why it stands where it stands."""

    number: int
    state: Onboarding
    answer: Answer
    reviews: tuple[ReviewView, ...]
    actions: tuple[ActionView, ...]
    facts: tuple[Seen, ...]
    stage_why: str
    state_why: str
    story: Story
    catalogue: Catalogue
    zone: str
    now: datetime

    def review(self, no: int) -> ReviewView | None:
        return next((each for each in self.reviews if each.review.no == no), None)

    def action(self, no: int) -> ActionView | None:
        return next((each for each in self.actions if each.action.no == no), None)


def onboarding_view(flow: Flow, number: int) -> OnboardingView:
    """
    One onboarding as it stands now.

    Raises:
        Refused: There is none of this number.
    """
    story = read_story(flow.store, number)
    state = story.state
    world = flow.world(state)
    answer = look(state, world)
    reviews = tuple(_review_view(each, flow, story, answer, world) for each in state.reviews.values())
    return OnboardingView(
        number,
        state,
        answer,
        reviews,
        tuple(_action_view(each, state, answer, world) for each in state.actions.values()),
        _facts(reviews, state, answer, world),
        stage_of(state, answer, world)[1],
        state_of(state, answer, world)[1],
        story,
        world.program.playbook.catalogue,
        world.program.playbook.settings.calendar.zone,
        world.now,
    )


def _action_view(action: Action, state: Onboarding, answer: Answer, world: World) -> ActionView:
    found = clearance(action, state, answer, world)
    target = action.target or world.program.target_of(action.kind)
    words = unfounded(action, action.payload, state, world) if action.is_open else ()
    return ActionView(action, found, target, awaited(found, state, world), words)


def _review_view(review: Review, flow: Flow, story: Story, answer: Answer, world: World) -> ReviewView:
    state = story.state
    waiting = tuple(waiting_for(review, state, answer, world)) if review.status == "open" else ()
    bound = bind(review, state, answer, world)
    finding = next((each for each in answer.findings if each.case == review.case), None)
    turn = turn_of(review, state, world)
    people = {name for role in turn.roles for name in world.directory.holders(role)}
    left, day = time_left(flow, state.register, review.breaches_at, world.now)
    return ReviewView(
        review,
        says(story, review.case, review.no, flow),
        world.program.row(review.case) if review.about == "finding" else None,
        finding.result if finding is not None else "",
        finding.why if finding is not None else (),
        waiting,
        bound.evidence,
        bound.checks,
        seen_digest(review, bound, waiting),
        turn,
        tuple(sorted(people)),
        _fitting(review, state, answer, waiting, world) if review.status == "open" else {},
        tuple(each for each in state.approvals.values() if each.decision.review == review.no),
        tuple(story.decisions_on(review.no)),
        pace_of(review, world.now),
        left,
        day,
    )


def _fitting(
    review: Review, state: Onboarding, answer: Answer, waiting: tuple[Action, ...], world: World
) -> dict[str, tuple[int, ...]]:
    catalogue = world.program.playbook.catalogue
    begins_kickoff = any(kind in KICKOFF for kind in _holds(review, state, answer))
    fitting: dict[str, tuple[int, ...]] = {}
    for code, power in POWERS.items():
        allowed = tuple(each.no for each in waiting if may_cover(code, each.kind, review, catalogue))
        if review.about == "run":
            fits = code in ("J2", "J3", "J8")
        else:
            settles = code == "J1" and review.about in ("finding", "hold")
            fits = not power.approves or bool(allowed) or settles or (code == "J4" and begins_kickoff)
        if fits:
            fitting[NAMES[code]] = allowed
    return fitting


def _holds(review: Review, state: Onboarding, answer: Answer) -> tuple[str, ...]:
    if review.about == "hold":
        hold = next((each for each in state.holds.values() if each.case == review.case), None)
        return (hold.kinds or KICKOFF) if hold is not None else ()
    return next((each.holds for each in answer.findings if each.case == review.case), ())


def _facts(
    reviews: tuple[ReviewView, ...], state: Onboarding, answer: Answer, world: World
) -> tuple[Seen, ...]:
    """What the customer is, then what the open findings rest on; each once."""
    context = bind(_CONTEXT, state, replace(answer, findings=()), world)
    found: dict[str, Seen] = {each.name: each for each in context.evidence if each.state != "not_provided"}
    for each in reviews:
        if each.review.status == "open":
            found.update({fact.name: fact for fact in each.evidence})
    return tuple(found.values())


_NO_TIME = datetime.min
_CONTEXT = Review(0, "", "hold", "none", "", "", (), _NO_TIME, _NO_TIME, _NO_TIME)
"""A review about nothing rests on what everybody needs to know of the customer."""


def packet_of(flow: Flow, number: int) -> tuple[Packet, dict[str, Any]]:
    """
    The review packet of an onboarding as it stands now, with what was decided here, and the record that it shows.

    Raises:
        Refused: There is none of this number.
    """
    story = read_story(flow.store, number)
    world = flow.world(story.state)
    record = record_of(story.state, world)
    playbook = world.program.playbook
    answer = look(story.state, world)
    views = [_action_view(each, story.state, answer, world) for each in story.state.actions.values()]
    standing = [
        Standing(each.action, each.status, each.why, tuple(stop.case for stop in each.clearance.stops))
        for each in views
    ]
    packet = build_packet(answer, record, playbook, world.now)
    packet = with_live_parts(packet, standing, story, playbook.catalogue)
    return with_history(packet, story), record
