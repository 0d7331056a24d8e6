"""In words, what has changed about a review since somebody looked at it: for whoever decided on what is no longer so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from holdshort.core.action_words import phrase, role
from holdshort.core.onboarding.deciding import waiting_for
from holdshort.core.onboarding.events import DecisionRecorded
from holdshort.core.onboarding.evolve import replay
from holdshort.core.onboarding.lease import Bound, bind, moved
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Action, Onboarding, Review
from holdshort.service.flow import Flow
from holdshort.service.story import Story, read_story
from holdshort.service.words import moment


def changed_since(flow: Flow, number: int, review: int, seq: int, at: datetime) -> tuple[str, ...]:
    """
    Say what is another now than it was after event `seq`, at the moment `at` (UTC).

    Empty where nothing that a decision rests on has changed, or where there was no such review yet.

    Raises:
        Refused: There is no such onboarding.
    """
    story = read_story(flow.store, number)
    before = replay((each.event, each.at) for each in story.entries if each.seq <= seq)
    was, now = before.reviews.get(review), story.state.reviews.get(review)
    if was is None or now is None:
        return ()
    world = flow.world(story.state)
    then = replace(world, program=flow.programs.version(before.register), now=at, looked={})
    old, new = _Look(was, before, then), _Look(now, story.state, world)
    return (
        *_decided(story, review, seq),
        *moved(_as_seen(was, old.bound), now, new.bound, "saw"),
        *_actions(old.waiting, new.waiting),
    )


class _Look:
    """What a review rests on, and what waits for it."""

    def __init__(self, review: Review, state: Onboarding, world: World) -> None:
        answer = look(state, world)
        self.bound = bind(review, state, answer, world)
        waiting = waiting_for(review, state, answer, world) if review.status == "open" else ()
        self.waiting = {each.no: each for each in waiting}


def _as_seen(review: Review, bound: Bound) -> DecisionRecorded:
    """What was looked at, in the form in which a decision would have kept it."""
    return DecisionRecorded(
        0, review.no, review.case, "J1", "", "", row_digest=bound.row_digest, result=bound.result, tier=bound.tier,
        evidence=bound.evidence, checks=bound.checks,
    )  # fmt: skip


def _decided(story: Story, review: int, seq: int) -> Iterator[str]:
    taken = {each.event.decision for each in story.entries if isinstance(each.event, DecisionRecorded) and each.seq > seq}  # fmt: skip
    for each in story.decisions_on(review):
        made = each.record
        if made.decision in taken:
            yield f"{made.by} decided as {role(made.role)}, {moment(each.at)}: {NAMES[made.code]}"


def _actions(old: dict[int, Action], new: dict[int, Action]) -> Iterator[str]:
    for no, each in new.items():
        name = f"a{no} {phrase(each.kind)}"
        if no not in old:
            yield f"{name} waits for this now and did not before"
        elif old[no].digest != each.digest:
            yield f"{name} has another content now"
    for no in old.keys() - new.keys():
        yield f"a{no} {phrase(old[no].kind)} does not wait for this any more"
