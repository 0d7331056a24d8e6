"""What a decision would do, in the order and words of a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdshort.core.action_words import phrase, role
from holdshort.core.onboarding import events as e
from holdshort.service.foresee import Effect, Effects
from holdshort.service.words import steps


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`sections`: a title with the actions that it is true of; `lines`: what else follows, a sentence each."""

    sections: tuple[tuple[str, tuple[Effect, ...]], ...]
    lines: tuple[str, ...]


def foreseen(found: Effects) -> Foreseen:
    asked = tuple(each for each in found.asked if each not in found.released)
    sections = (
        ("Runs at once, as it stands here", found.released),
        ("Approved, and still waits for somebody else", found.allowed),
        ("Asked for", asked),
        ("May not run any more", found.withheld),
        ("Stops for good", found.stopped),
    )
    return Foreseen(sections, tuple(_lines(found)))


def _lines(found: Effects) -> Iterator[str]:
    decision = found.decision
    if decision is not None and decision.waives:
        yield "The route is accepted. No action goes by this alone: each one that waits still asks for itself."
    for closed in found.of(e.ReviewClosed):
        yield f"Review {found.number}.{closed.review} is over: {closed.why}."
    for opened in found.of(e.ReviewOpened):
        about = (
            f" about a{opened.action} {phrase(found.after.actions[opened.action].kind)}"
            if opened.action
            else ""
        )
        yield f"Review {found.number}.{opened.review} opens for {steps(opened.steps)} ({opened.case}){about}."
    for passed in found.of(e.ReviewEscalated):
        yield f"Review {found.number}.{passed.review} goes to {role(passed.role)}: {passed.why}."
    for changed in found.of(e.RouteCorrected):
        new = {"lane": changed.lane, "owner": changed.owner and role(changed.owner), "tier": changed.tier,
               "milestones": changed.milestones}  # fmt: skip
        yield f"The route becomes: {'; '.join(f'{name} {text}' for name, text in new.items() if text)}."
    for ended in found.of(e.ApprovalEnded):
        yield f"The approval d{ended.decision} counts no more: {'; '.join(ended.words) or ended.how}."
    if found.after.state != found.before.state:
        yield f"The onboarding becomes {found.after.state}."
    if not (found.released or found.allowed):
        yield "Nothing leaves by it." if not found.asked else "Nothing else leaves by it."
