"""Whether one action may be released, and what stands in its way: the gate over a live onboarding."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import is_
from typing import cast

from holdshort.core.answers import Answer, Finding
from holdshort.core.clauses import ActionState, Step
from holdshort.core.gate import clear_to_run
from holdshort.core.onboarding.events import About
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Action, Approval, Onboarding, Review
from holdshort.core.onboarding.wording import Unfounded, covers_words, said_of, unfounded

CATALOGUE = "CATALOGUE"
"""Stands for the rule of the action catalogue that a person looks at each action of a class."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing that has to be agreed before an action may run: a part of a row's review, a person's hold, the catalogue."""

    case: str
    about: About
    tier: str
    owner: str
    escalation: str
    steps: tuple[Step, ...]
    part: int = 0
    action: int = 0
    row_digest: str = ""
    """Of the text that asks for it: a row's, or the catalogue's about the kind."""

    @property
    def key(self) -> tuple[str, int, int]:
        return self.case, self.part, self.action


@dataclass(frozen=True, slots=True)
class Clearance:
    """
    The gate's answer about one action of a live onboarding.

    `stops` are those that nobody has agreed to yet, `decisions` those on which a release rests.
    """

    state: ActionState
    why: str
    stops: tuple[Stop, ...] = ()
    decisions: tuple[int, ...] = ()


def clearance(action: Action, state: Onboarding, answer: Answer, world: World) -> Clearance:
    """
    Say whether an action may be released now.

    Held by a finding or by a person's hold until each of them has been agreed to for exactly this payload and target;
    then the catalogue's own wish for a person, which any such agreement satisfies.
    """
    # Within one command an answer stands for as long as everything it was made of is the very same.
    made_of = (action, state.reviews, state.approvals, state.holds, state.facts, state.lane, answer)
    before, found = world.cleared.get(action.no, ((), None))
    if found is None or not all(map(is_, before, made_of)):
        found = _clearance(action, state, answer, world)
        world.cleared[action.no] = made_of, found
    return cast(Clearance, found)


def _clearance(action: Action, state: Onboarding, answer: Answer, world: World) -> Clearance:
    playbook = world.program.playbook
    kind = playbook.catalogue.find(action.kind)
    if kind is None:
        return Clearance("held", f"`{action.kind}` is not in the action catalogue")
    triggered = answer.verdict != "not triggered"
    holding, waived = _holding(action, state, answer, world)
    left: list[Stop] = []
    decisions: list[int] = []
    for stop in holding:
        agreed = _agreed(stop, action, state, world)
        if agreed is None:
            left.append(stop)
        else:
            decisions.extend(agreed)
    if left:
        said = ", ".join(dict.fromkeys(each.case for each in left))
        return Clearance("held", f"held by {said}", tuple(left))
    if action.due_at is not None and world.now < action.due_at:
        return Clearance("not due", f"it waits until {action.due_at:%Y-%m-%d %H:%M} UTC")
    # What a row, a clock or a decision asks for is asked for, whatever else the record proposes.
    asking = () if action.source in ("record", "request") else (_asking(action),)
    mode = playbook.mode_in(state.lane, world.now)
    bare = clear_to_run(action.kind, asking, playbook.catalogue, mode, triggered=triggered)
    if bare.state in ("held", "not due"):
        return Clearance(bare.state, bare.why)
    if (bare.state == "needs review" or waived) and not decisions:
        stop = catalogue_stop(action, waived, world)
        agreed = _agreed(stop, action, state, world)
        if agreed is None:
            why = (
                bare.why
                if bare.state == "needs review"
                else f"each action still asks for itself: {waived[0].case}"
            )
            return Clearance("needs review", why, (stop,))
        decisions.extend(agreed)
    words = unfounded(action, action.payload, state, world)
    if words and not _words_covered(words, decisions, state):
        stop = catalogue_stop(action, waived, world)
        agreed = _agreed(stop, action, state, world)
        if agreed is None or not _words_covered(words, agreed, state):
            return Clearance("held", f"held by its own words: {said_of(words)}", (stop,))
        decisions.extend(agreed)
    why = "approved" if decisions else bare.why
    return Clearance("released", why, (), tuple(sorted(set(decisions))))


def _words_covered(words: tuple[Unfounded, ...], decisions: Iterable[int], state: Onboarding) -> bool:
    return any(covers_words(state.approvals[each].decision, words) for each in decisions)


def _asking(action: Action) -> Finding:
    return Finding(action.source, "matched", "low", "", (), (), (), (action.kind,))


# --- what stops an action ---


def stops_of(finding: Finding, world: World) -> list[Stop]:
    """The reviews that a finding asks for: one for each part of its row's review rule."""
    row = world.program.row(finding.case)
    escalation = row.escalation if row is not None else ""
    rules = row.review if row is not None else ()
    own = (Step((finding.owner,), 1),)
    corrected = row is not None and finding.owner != row.owner
    steps = [own if corrected else rule.steps for rule in rules] or [own]
    text = world.program.row_digest(finding.case)
    return [
        Stop(finding.case, "finding", finding.tier, finding.owner, escalation, each, part, 0, text)
        for part, each in enumerate(steps)
    ]


def catalogue_stop(action: Action, waived: list[Finding], world: World) -> Stop:
    """Who looks at an action of its own: the owner of the finding whose route was accepted, or the class's."""
    playbook = world.program.playbook
    kind = playbook.catalogue.find(action.kind)
    owner = waived[0].owner if waived else (kind.action_class.owner if kind else "")
    owner = owner or playbook.settings.pause_owner or "revops"
    tier = waived[0].tier if waived else "medium"
    # Where the route is gone, so is the reason for which its owner was asked: what they said counts no more.
    text = world.program.kind_digest(action.kind, owner if waived else "")
    return Stop(CATALOGUE, "action", tier, owner, "", (Step((owner,), 1),), 0, action.no, text)


def _holding(
    action: Action, state: Onboarding, answer: Answer, world: World
) -> tuple[list[Stop], list[Finding]]:
    """Everything that holds the action, and the findings that would, had their route not been accepted."""
    catalogue = world.program.playbook.catalogue
    known = catalogue.find(action.kind)
    stops: list[Stop] = []
    waived: list[Finding] = []
    for finding in answer.findings:
        everything = finding.tier == "hold" and known is not None and known.stopped_by_hold
        if action.kind not in finding.holds and not everything:
            continue
        parts = [each for each in stops_of(finding, world) if _part_holds(each, action.kind, world)]
        if all(_waived(each, state, world) for each in parts):
            waived.append(finding)
        else:
            stops.extend(parts)
    for hold in state.holds.values():
        holds_it = action.kind in hold.kinds or (
            not hold.kinds and known is not None and known.stopped_by_hold
        )
        if not hold.lifted and holds_it:
            stops.append(person_stop(hold.case, hold.tier, hold.owner))
    return stops, waived


def person_stop(case: str, tier: str, owner: str) -> Stop:
    return Stop(case, "hold", tier, owner, "", (Step((owner,), 1),))


def _part_holds(stop: Stop, kind: str, world: World) -> bool:
    """With several parts, an action waits for those that name it, or for the first where none does."""
    row = world.program.row(stop.case)
    if row is None or len(row.review) < 2:
        return True
    naming = [part for part, rule in enumerate(row.review) if kind in rule.actions]
    return stop.part in (naming or [0])


# --- who has agreed ---


def _agreed(stop: Stop, action: Action, state: Onboarding, world: World) -> tuple[int, ...] | None:
    """The decisions by which all steps have agreed to this very action; None where one is missing."""
    target = world.program.target_of(action.kind)
    return _agreement(
        stop, state, world, lambda each: each.covers(action.no, action.digest, target), action.authors
    )


def _waived(stop: Stop, state: Onboarding, world: World) -> bool:
    return _agreement(stop, state, world, lambda each: each.decision.waives) is not None


def _agreement(
    stop: Stop, state: Onboarding, world: World, counts: Callable[[Approval], bool],
    authors: frozenset[str] = frozenset(),
) -> tuple[int, ...] | None:  # fmt: skip
    """
    The decisions by which every step of a stop's review has agreed, or None.

    A review that was decided still counts after another action had it opened anew, but not once the text that asks for
    it names somebody else.
    """
    for review in reversed(list(state.reviews.values())):
        if (review.case, review.part, review.action) != stop.key or review.row_digest != stop.row_digest:
            continue
        if review.status != "closed":
            agreed = agreed_steps(review, state, world, counts, authors)
            if agreed.steps == len(review.steps):
                return agreed.decisions
    return None


@dataclass(frozen=True, slots=True)
class Agreed:
    """How far a review has come: whole `steps`, and of the one that is next the `roles` that have agreed already."""

    steps: int
    decisions: tuple[int, ...]
    roles: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    """Everybody who has decided something of it, or on whose behalf it was decided."""


def agreed_steps(
    review: Review,
    state: Onboarding,
    world: World,
    counts: Callable[[Approval], bool],
    authors: frozenset[str] = frozenset(),
) -> Agreed:
    """
    How many steps of a review have agreed, one after another, and by which decisions.

    In each step as many different roles as it needs, each by another person; nobody counts twice, in no step and on
    nobody's behalf, nor does anybody who asked for the action or changed it, nor a decision that came before the one
    on which it builds. Roles are looked up now, not as they were then.
    """
    approvals = [
        each
        for each in state.valid_approvals()
        if each.decision.review == review.no
        and counts(each)
        and (each.decision.expires_at is None or world.now < each.decision.expires_at)
    ]
    used: set[str] = set()
    decisions: list[int] = []
    for step, wanted in enumerate(review.steps):
        before = max(decisions, default=0)
        roles: set[str] = set()
        for approval in approvals:
            decision = approval.decision
            people = {decision.by, decision.on_behalf_of} - {""}
            if decision.step != step or decision.role in roles or people & (used | authors):
                continue
            if decision.decision < before or not still_may(
                decision.by, decision.role, review.roles(step), world
            ):
                continue
            roles.add(decision.role)
            used |= people
            decisions.append(decision.decision)
        if len(roles) < wanted.needed:
            return Agreed(step, tuple(decisions), frozenset(roles), frozenset(used))
    return Agreed(len(review.steps), tuple(decisions), frozenset(), frozenset(used))


def still_may(by: str, role: str, roles: tuple[str, ...], world: World) -> bool:
    """Whether a decision taken in `role` still counts: the role decides this step and the person holds it, now."""
    return role in roles and world.directory.standing(by, (role,), world.now) is not None
