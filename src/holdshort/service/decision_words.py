"""The nine decisions in words: what each allows on a review, and nothing more."""

from __future__ import annotations

from collections.abc import Callable

from holdshort.core.onboarding.state import Review

Allows = Callable[[Review, str], str]


def _accept(review: Review, allowed: str) -> str:
    if review.about == "hold":
        return "lifts the hold; what else stops an action still does"
    if review.about == "action":
        return f"lets exactly this go: {allowed}"
    return "says that the route is right; each action that waits still asks for itself, and none goes by this"


def _kickoff(review: Review, allowed: str) -> str:
    text = "the project, its internal tasks and a scheduling draft, and nothing else"
    return f"{text} ({allowed})" if allowed else text


def _conditions(review: Review, allowed: str) -> str:
    return f"only what you name of: {allowed}; each condition has an owner and a deadline"


def _message(review: Review, allowed: str) -> str:
    return f"exactly the text that you see or edit: {allowed}; both texts are kept"


def _override(review: Review, allowed: str) -> str:
    return f"on despite the warning: {allowed}; with a reason and somebody who answers for it"


ALLOWS: dict[str, Allows] = {
    "accept-route": _accept,
    "correct-route": lambda review, allowed: (
        "another lane, owner, stricter tier or milestone plan; the checks run again"
    ),
    "request-info": lambda review, allowed: "a task for whoever knows; everything stays paused",
    "approve-kickoff": _kickoff,
    "approve-with-conditions": _conditions,
    "approve-message": _message,
    "reject": lambda review, allowed: "what waits for this review stops for good, or what you name of it",
    "escalate": lambda review, allowed: "somebody else decides from here on; everything stays paused",
    "override": _override,
}
