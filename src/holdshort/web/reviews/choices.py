"""The nine decisions as a page offers them: what each allows here, and why one does not fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from holdshort.core.action_words import phrase
from holdshort.core.onboarding.commands import Decide, Refused
from holdshort.core.onboarding.deciding import decide_review
from holdshort.core.onboarding.events import Code, Condition
from holdshort.core.onboarding.powers import COMMANDS, NAMES, POWERS
from holdshort.core.onboarding.program import World
from holdshort.service.board import OnboardingView, ReviewView
from holdshort.service.decision_words import ALLOWS

STEP_UP = ("high", "hold")
"""Tiers of which a decision asks for the password or second factor again (`FLOW-012`)."""
GROUPS: tuple[tuple[str, tuple[Code, ...]], ...] = (
    ("Settle where it goes; everything stays paused", ("J1", "J2", "J3")),
    ("Let something go on", ("J4", "J5", "J6")),
    ("Stop or pass on", ("J7", "J8")),
    ("Against the warning", ("J9",)),
)
_ACTS: dict[Code, str] = {
    "J1": "Accept the route",
    "J2": "Correct the route",
    "J3": "Hold and ask for information",
    "J4": "Approve kickoff",
    "J5": "Approve with conditions",
    "J6": "Approve this message",
    "J7": "Reject",
    "J8": "Escalate",
    "J9": "Override the warning",
}
_NO_SCOPE = "FLOW-026"
"""All that is wrong with an approval under conditions that was tried without a scope."""
_SLUGS: dict[Code, str] = {code: name for name, code in COMMANDS.items()}


@dataclass(frozen=True, slots=True)
class Choice:
    """
    One of the nine. `act` is what its button says, `allows` what it lets happen, in a line.

    `actions` are the numbers of those that it may cover. `why_not` is empty where this person may take it now.
    """

    code: Code
    slug: str
    act: str
    allows: str
    actions: tuple[int, ...]
    why_not: str = ""
    mend: str = ""

    @property
    def fits(self) -> bool:
        return not self.why_not

    @property
    def needs_reason(self) -> bool:
        return POWERS[self.code].needs_reason

    @property
    def takes_exception(self) -> bool:
        """Whether somebody may approve here although the row lacks evidence, by saying why."""
        return POWERS[self.code].approves and not POWERS[self.code].lifts_gaps


def choices(view: OnboardingView, each: ReviewView, user: str, world: World) -> tuple[Choice, ...]:
    """All nine in order, those that do not fit with the reason, as `user` would be told it on trying."""
    return tuple(_choice(code, view, each, user, world) for code in POWERS)


def act_of(code: Code, each: ReviewView) -> str:
    """What the button says: the act, by its name."""
    if code == "J1" and each.review.about == "hold":
        return "Lift this hold"
    if code == "J1" and each.review.about == "action":
        return "Let this action go"
    if code == "J7" and each.waiting:
        return "Reject what waits"
    return _ACTS[code]


def _choice(code: Code, view: OnboardingView, each: ReviewView, user: str, world: World) -> Choice:
    numbers = each.decisions.get(NAMES[code], ())
    allowed = ", ".join(f"a{no} {phrase(view.state.actions[no].kind)}" for no in numbers)
    said = ALLOWS[_SLUGS[code]](each.review, allowed or "nothing that waits now")
    why, mend = _why_not(code, view, each, user, world)
    return Choice(
        code, _SLUGS[code], act_of(code, each), said[:1].upper() + said[1:] + ".", numbers, why, mend
    )


def _why_not(code: Code, view: OnboardingView, each: ReviewView, user: str, world: World) -> tuple[str, str]:
    if each.review.status != "open":
        return f"the review is {each.review.status}", ""
    if NAMES[code] not in each.decisions:
        return _no_place_for(code, each), ""
    try:
        next(decide_review(_tried(code, each, user, world), view.state, world), None)
    except Refused as refused:
        return ("", "") if refused.code == _NO_SCOPE else (refused.why, on_screen(refused.mend))
    return "", ""


def on_screen(mend: str) -> str:
    """What helps, without the commands that somebody at a terminal would type."""
    return "" if "`holdshort" in mend else mend


def _no_place_for(code: Code, each: ReviewView) -> str:
    if each.review.about == "run":
        return "this review is about a run of which nobody knows the outcome: say below what you found out"
    if code == "J4":
        return "nothing that waits for this is part of a kickoff"
    if code == "J6":
        return "no message to the customer waits for this"
    if code == "J1":
        return "this reaches the customer, so its text is what is approved: approve the message"
    return "no action waits for this"


def _tried(code: Code, each: ReviewView, user: str, world: World) -> Decide:
    """
    The decision with everything filled in that a person would: what is refused now is refused whatever they write.

    Without a scope, so that it fits where any of the actions does.
    """
    tried: dict[Code, dict[str, Any]] = {
        "J1": {"exception": "x"},
        "J2": {"tier": "hold"},
        "J3": {"to": "revops", "question": "x"},
        "J4": {"exception": "x"},
        "J5": {
            "conditions": (Condition("x", "revops", world.now + timedelta(days=1)),),
        },
        "J6": {"exception": "x"},
        "J7": {},
        "J8": {"to": _somebody_else(each)},
        "J9": {"owner": "revops"},
    }
    return Decide(each.review.no, code, user, stepped_up=True, reason="x", **tried[code])


def _somebody_else(each: ReviewView) -> str:
    return next(role for role in ("cs_leader", "legal", "finance_ops") if role != each.review.owner)


def steps_up(each: ReviewView) -> bool:
    """Whether a decision on this review asks for the password or second factor again."""
    return each.review.tier in STEP_UP
