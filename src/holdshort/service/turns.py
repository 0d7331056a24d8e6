"""Whose turn it is: the step at which a review stands, and who still has to agree before an action may run."""

from __future__ import annotations

from dataclasses import dataclass

from holdshort.core.onboarding.clearance import Clearance, agreed_steps
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding, Review


@dataclass(frozen=True, slots=True)
class Turn:
    """The step that is next, from 0, and the roles of which one has to agree now."""

    step: int
    roles: tuple[str, ...]


def turn_of(review: Review, state: Onboarding, world: World) -> Turn:
    agreed = agreed_steps(review, state, world, lambda each: True)
    step = min(agreed.steps, len(review.steps) - 1)
    return Turn(step, tuple(each for each in review.roles(step) if each not in agreed.roles))


def awaited(found: Clearance, state: Onboarding, world: World) -> tuple[tuple[Review, Turn], ...]:
    """The reviews on which an action waits, each with whose turn it is there."""
    reviews = [state.review_of(*stop.key) for stop in found.stops]
    return tuple((each, turn_of(each, state, world)) for each in reviews if each is not None)
