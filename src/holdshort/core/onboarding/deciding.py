"""The nine decisions on a review (requirements J): who may, what it takes, and what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from holdshort.core.answers import Answer
from holdshort.core.canonical import digest, plain
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.clearance import CATALOGUE, Agreed, agreed_steps, clearance
from holdshort.core.onboarding.clocks import clock
from holdshort.core.onboarding.lease import Bound, bind
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.people import Standing
from holdshort.core.onboarding.powers import ASKED, KICKOFF, NAMES, POWERS, may_cover
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.receiving import refuse_what_has_no_form
from holdshort.core.onboarding.settle import SYSTEM, action_digest, requested
from holdshort.core.onboarding.state import Action, Approval, Onboarding, Review
from holdshort.core.onboarding.wording import covers_words, said_of, unfounded
from holdshort.core.register import TIER_ORDER
from holdshort.core.roles import ROLES

_STEP_UP = ("high", "hold")


@dataclass(frozen=True)
class _Case:
    """One decision being taken, with everything that was looked up for it."""

    command: c.Decide
    state: Onboarding
    world: World
    review: Review
    answer: Answer
    bound: Bound
    standing: Standing
    step: int
    waiting: tuple[Action, ...]
    chosen: tuple[Action, ...]
    """Those that the decision allows: named or waiting, of a kind that it may allow, and this person's turn."""

    @property
    def number(self) -> int:
        return self.state.decisions + 1


def decide_review(command: c.Decide, state: Onboarding, world: World) -> Iterator[e.Event]:
    """
    Take one decision.

    Raises:
        Refused: The review is not open, the person may not decide it, what they saw is out of date, or the decision
            does not fit; nothing happened.
    """
    review = _open_review(command.review, state)
    answer = look(state, world)
    bound = bind(review, state, answer, world)
    waiting = tuple(waiting_for(review, state, answer, world))
    if command.seen and command.seen != seen_digest(review, bound, waiting):
        raise c.Refused(
            "FLOW-011", "what you saw is out of date: something has changed since", "look at the packet again"
        )
    _refuse_unknown(command, world)
    power = POWERS[command.code]
    if power.approves:
        standing, step, chosen = _turn(command, state, world, review, waiting)
    else:
        # Whoever owns the row may ask, pass on or stop at every step; agreeing is for those whose turn it is.
        standing, step, chosen = _standing(command, review, review.all_roles, world), 0, ()
    if review.tier in _STEP_UP and not command.stepped_up:
        raise c.Refused(
            "FLOW-012",
            f"a {review.tier} decision needs your password or second factor again",
            "decide once more and give it",
        )
    if power.needs_reason and not command.reason.strip():
        raise c.Refused("FLOW-013", f"{NAMES[command.code]} needs a reason", "say why in a sentence")
    case = _Case(command, state, world, review, answer, bound, standing, step, waiting, chosen)
    if power.approves:
        _refuse_gaps(case)
        _refuse_words(case)
    yield from _HOW[command.code](case)


def waiting_for(review: Review, state: Onboarding, answer: Answer, world: World) -> Iterator[Action]:
    """Open actions that wait for this review."""
    key = (review.case, review.part, review.action)
    for action in state.actions.values():
        if not action.is_open or action.run in ("attempting", "uncertain"):
            continue
        if any(stop.key == key for stop in clearance(action, state, answer, world).stops):
            yield action


def seen_digest(review: Review, bound: Bound, waiting: tuple[Action, ...]) -> str:
    """What a person who looks at this review sees, as one digest; a decision may name it."""
    return digest(
        {
            "review": review.no,
            "bound": bound.digest(),
            "actions": [[each.no, each.digest] for each in waiting],
        }
    )


# --- who may ---


def _open_review(number: int, state: Onboarding) -> Review:
    review = state.reviews.get(number)
    if review is None:
        raise c.Refused("FLOW-007", f"there is no review {number}", "`holdshort inbox` lists those that wait")
    if review.status != "open":
        why = "was decided" if review.status == "decided" else "is closed: what it was about is gone"
        raise c.Refused("FLOW-008", f"the review {why}", "`holdshort show` says where the onboarding stands")
    return review


def _refuse_unknown(command: c.Decide, world: World) -> None:
    if not world.directory.is_known(command.by):
        raise c.Refused(
            "FLOW-009", f"nobody active is called `{command.by}`", "`holdshort user list` names everybody"
        )


def _standing(
    command: c.Decide, review: Review, roles: tuple[str, ...], world: World, turn: str = ""
) -> Standing:
    standing = world.directory.standing(command.by, roles, world.now)
    if standing is None:
        wanted = " or ".join(_title(each) for each in dict.fromkeys(roles))
        holders = sorted({name for role in roles for name in world.directory.holders(role)})
        mend = f"ask {', '.join(holders)}" if holders else f"nobody holds the role {wanted}: add somebody"
        raise c.Refused("FLOW-010", f"{command.by} may not decide this: it is for {wanted}{turn}", mend)
    return standing


def _turn(
    command: c.Decide, state: Onboarding, world: World, review: Review, waiting: tuple[Action, ...]
) -> tuple[Standing, int, tuple[Action, ...]]:
    """
    In which role and at which step this person agrees, and to which of the actions.

    Actions of one review may be at different steps. Of those that wait, whatever is at this person's turn is agreed to;
    a named one that is not is a reason to refuse.
    """
    if command.code == "J1" and review.about == "finding":
        agreed = agreed_steps(review, state, world, lambda each: each.decision.waives)
        standing, step = _next(command, review, agreed, world)
        return standing, step, ()
    candidates = _candidates(command, review, waiting, world)
    if not candidates:  # what it is decided about comes with the decision, or it is refused later on
        standing, step = _next(command, review, Agreed(0, ()), world)
        return standing, step, ()
    found: tuple[Standing, int] | None = None
    chosen: list[Action] = []
    refusal: c.Refused | None = None
    for action in candidates:
        target = world.program.target_of(action.kind)
        agreed = agreed_steps(review, state, world, _covering(action, target), action.authors)
        try:
            one = _next(command, review, agreed, world)
            _refuse_own(command, action, one[0])
        except c.Refused as error:
            refusal = refusal or error
            continue
        if found is None or found == one:
            found = one
            chosen.append(action)
    if found is None or (command.scope and len(chosen) < len(candidates)):
        raise refusal or c.Refused(
            "FLOW-036", "the named actions are not at the same step", "decide them one after another"
        )
    return *found, tuple(chosen)


def _covering(action: Action, target: str) -> Callable[[Approval], bool]:
    return lambda each: each.covers(action.no, action.digest, target)


def _next(command: c.Decide, review: Review, agreed: Agreed, world: World) -> tuple[Standing, int]:
    """Role and step in which this person would take a review further."""
    step = min(agreed.steps, len(review.steps) - 1)
    roles = tuple(each for each in review.roles(step) if each not in agreed.roles)
    turn = f" at step {step + 1} of {len(review.steps)}" if len(review.steps) > 1 else ""
    standing = world.directory.standing(command.by, roles, world.now)
    counted = agreed.people & ({command.by, standing.on_behalf_of} if standing else {command.by})
    if counted:
        raise c.Refused(
            "FLOW-035",
            f"{' and '.join(sorted(counted))} has decided this already; the next one is for somebody else",
            f"ask whoever else is {' or '.join(_title(each) for each in roles)}",
        )
    return standing or _standing(command, review, roles, world, turn), step


def _refuse_own(command: c.Decide, action: Action, standing: Standing) -> None:
    own = action.authors & {command.by, standing.on_behalf_of}
    if own:
        raise c.Refused(
            "FLOW-033",
            f"{' and '.join(sorted(own))} asked for this: nobody approves their own request",
            "ask somebody else",
        )


def _title(role: str) -> str:
    return ROLES.get(role, (role,))[0]


def _refuse_gaps(case: _Case) -> None:
    """A row that lacks evidence is not approved, unless somebody approves the exception and says why."""
    power = POWERS[case.command.code]
    if case.bound.checks and not power.lifts_gaps and not case.command.exception.strip():
        raise c.Refused(
            "FLOW-014",
            f"{case.review.case} lacks: {'; '.join(case.bound.checks)}",
            "have it supplied, ask for it, or approve an exception and say why",
        )


def _refuse_words(case: _Case) -> None:
    """Of a message that says more than is on record: not approved, unless somebody approves the exception and says why."""
    command, power = case.command, POWERS[case.command.code]
    for action in case.chosen:
        edited = command.payload if command.code == "J6" and len(case.chosen) == 1 else None
        payload = action.payload if edited is None else {**action.payload, **edited}
        found = unfounded(action, payload, case.state, case.world)
        leaks = tuple(each for each in found if each.is_leak)
        if leaks and command.code != "J9":
            raise c.Refused(
                "FLOW-097",
                f"a{action.no} says what belongs to another customer: {said_of(leaks)}",
                "take these words out of the message",
            )
        firm = tuple(each for each in found if not each.is_vague)
        target = case.world.program.target_of(action.kind)
        agreed = (
            edited is None
            and any(  # whoever agreed before has approved the exception for these very words
                each.covers(action.no, action.digest, target) and covers_words(each.decision, found)
                for each in case.state.valid_approvals()
            )
        )
        if firm and not power.lifts_gaps and not command.exception.strip() and not agreed:
            raise c.Refused(
                "FLOW-096",
                f"a{action.no} says what nothing on record bears out: {said_of(firm)}",
                "change these words, or approve an exception and say why",
            )


# --- what follows ---


def _accept(case: _Case) -> Iterator[e.Event]:
    """J1: the route is right. On one action it lets that action go; on a finding each action still asks for itself."""
    if case.review.about == "hold":
        number = next(no for no, hold in case.state.holds.items() if hold.case == case.review.case)
        yield _recorded(case)
        yield e.HoldLifted(number, case.command.by)
        yield e.ReviewClosed(case.review.no, "decided", "the hold was lifted")
    elif case.review.about == "action":
        yield _recorded(case, covers=_covered(case))
    elif case.review.about == "run":
        raise _run_review()
    else:
        yield _recorded(case, waives=True)


def _run_review() -> c.Refused:
    return c.Refused(
        "FLOW-015",
        "this review is about a run whose outcome is unknown",
        "find out whether it happened and say so: `holdshort actions resolve`",
    )


def _correct(case: _Case) -> Iterator[e.Event]:
    """J2: another lane, owner or (stricter) tier; the checks run again."""
    command = case.command
    if not (command.lane or command.owner or command.tier or command.milestones):
        raise c.Refused(
            "FLOW-016", "nothing is corrected", "name a lane, an owner, a tier or a milestone plan"
        )
    lanes = set(case.world.program.playbook.clean_path.lanes.values())
    if command.lane and command.lane not in lanes:
        raise c.Refused(
            "FLOW-017", f"`{command.lane}` is no lane", f"choose one of {', '.join(sorted(lanes))}"
        )
    if command.owner and command.owner not in ROLES:
        raise c.Refused("FLOW-018", f"`{command.owner}` is no role", f"choose one of {', '.join(ROLES)}")
    tier = max(case.review.tier, case.bound.tier, key=lambda each: TIER_ORDER[each])
    if command.tier and TIER_ORDER.get(command.tier, -1) < TIER_ORDER[tier]:
        raise c.Refused(
            "FLOW-019",
            f"a decision does not lower a tier from {tier} to `{command.tier}`",
            "raise it, override with a reason, or change the row in the register",
        )
    yield _recorded(case)
    yield e.RouteCorrected(case.review.no, command.lane, command.owner, command.tier, command.milestones)
    if command.owner and command.owner != case.review.owner:
        at = clock(case.world, command.tier or case.review.tier, command.owner)
        yield e.ReviewEscalated(
            case.review.no, command.owner, "the route was corrected", True, at.at_risk_at, at.breaches_at
        )


def _ask(case: _Case) -> Iterator[e.Event]:
    """J3: a task for somebody; everything stays paused."""
    command = case.command
    if command.to not in (*ROLES, "customer") or command.to == "none":
        raise c.Refused(
            "FLOW-020",
            f"`{command.to}` cannot be asked",
            "name who is asked: sales_owner, customer, finance_ops …",
        )
    if not command.question.strip():
        raise c.Refused("FLOW-021", "no question is asked", "say what is needed in a sentence")
    yield _recorded(case, asked_role=command.to)
    kind = ASKED.get(command.to, "create_needs_info_task")
    payload = {"case": case.review.case, "for": command.to, "question": command.question}
    yield requested(
        case.state, max(case.state.actions, default=0) + 1, kind, "decision", command.by, payload,
        f"decision {case.number}",
    )  # fmt: skip


def _kickoff(case: _Case) -> Iterator[e.Event]:
    """J4: project, internal tasks and a scheduling draft; what of it nobody has asked for yet begins with it."""
    if case.review.about == "run":
        raise _run_review()
    state = case.state
    new: list[e.ActionRequested] = []
    number = max(state.actions, default=0)
    asked = {each.kind for each in state.actions.values() if not each.dropped}
    holds = _held_kinds(case)
    if not any(each in holds for each in KICKOFF) and not any(
        may_cover("J4", each.kind, case.review, case.world.program.playbook.catalogue)
        for each in case.waiting
    ):
        raise c.Refused(
            "FLOW-022",
            f"nothing that waits for {case.review.case} is part of a kickoff",
            "approve with conditions, override, or decide what does wait",
        )
    for kind in KICKOFF if case.step == 0 else ():  # what begins now begins with the first step
        if kind not in asked and case.world.program.playbook.catalogue.find(kind) is not None:
            number += 1
            payload = {"case": case.review.case, "lane": state.lane}
            new.append(requested(state, number, kind, "decision", SYSTEM, payload, f"decision {case.number}"))
    yield from new
    covers = (*_covered(case, allow_none=True), *(_cover(each, case.world) for each in new))
    yield _recorded(case, covers=covers)


def _held_kinds(case: _Case) -> tuple[str, ...]:
    if case.review.about == "hold":
        hold = next(each for each in case.state.holds.values() if each.case == case.review.case)
        return hold.kinds or KICKOFF
    return next((each.holds for each in case.answer.findings if each.case == case.review.case), ())


def _with_conditions(case: _Case) -> Iterator[e.Event]:
    """J5: only the named scope, with an owner and a deadline for each condition."""
    conditions = case.command.conditions
    if not conditions:
        raise c.Refused(
            "FLOW-023", "no condition is named", "say what has to become true, who sees to it, by when"
        )
    for condition in conditions:
        if not condition.text.strip() or condition.owner not in ROLES or condition.owner == "none":
            raise c.Refused(
                "FLOW-024",
                f"the condition `{condition.text}` has no text or no owner that is a role",
                "write what has to become true, and the role that sees to it",
            )
        if condition.deadline <= case.world.now:
            raise c.Refused(
                "FLOW-025", f"the deadline of `{condition.text}` has passed", "name one that is still to come"
            )
    if not case.command.scope:
        raise c.Refused("FLOW-026", "no scope is named", "name the actions that this approval allows")
    yield _recorded(case, covers=_covered(case))


def _message(case: _Case) -> Iterator[e.Event]:
    """J6: exactly this text, edited or not. An edited one takes the place of the draft, which stays in the log."""
    command = case.command
    if command.payload is None:
        yield _recorded(case, covers=_covered(case))
        return
    if len(case.chosen) != 1:
        raise c.Refused("FLOW-027", "an edited text is for one message", "name the action that it belongs to")
    refuse_what_has_no_form(command.payload)
    action = case.chosen[0]
    content = {**action.payload, **command.payload}
    new = action_digest(case.state.key, action.kind, content, action.about)
    if new != action.digest:
        yield e.ActionAmended(action.no, new, action.digest, action.by, plain(content))
    cover = e.Covered(action.no, action.kind, new, case.world.program.target_of(action.kind))
    yield _recorded(case, covers=(cover,))


def _reject(case: _Case) -> Iterator[e.Event]:
    """J7: that message, write, access or billing step stops. The finding stands; the review is over."""
    yield _recorded(case)
    chosen = _scoped(case.command, case.waiting) if case.command.scope else case.waiting
    for action in chosen:
        if action.run == "released":
            yield e.ReleaseWithdrawn(action.no, "it was rejected")
        yield e.ActionDropped(action.no, "rejected", case.command.by)
    if {each.no for each in chosen} >= {each.no for each in case.waiting} and case.review.about != "run":
        yield e.ReviewClosed(case.review.no, "decided", "what waited for it was rejected")


def _escalate(case: _Case) -> Iterator[e.Event]:
    """J8: somebody else decides; everything stays paused."""
    to = case.command.to or case.review.escalation
    if to not in ROLES or to == "none":
        raise c.Refused("FLOW-028", f"`{to}` cannot decide", "name the role that decides: cs_leader, legal …")
    if to == case.review.owner and len(case.review.roles(0)) == 1:
        raise c.Refused("FLOW-029", f"{_title(to)} decides this already", "name another role")
    yield _recorded(case)
    at = clock(case.world, case.review.tier, to)
    yield e.ReviewEscalated(case.review.no, to, "passed on by a person", True, at.at_risk_at, at.breaches_at)


def _override(case: _Case) -> Iterator[e.Event]:
    """J9: on despite the warning. Somebody answers for it by name."""
    if case.review.about == "run":
        raise _run_review()
    owner = case.command.owner
    if not owner or not (owner in ROLES or case.world.directory.is_known(owner)):
        raise c.Refused("FLOW-030", "nobody answers for the override", "name the role or person that owns it")
    yield _recorded(case, covers=_covered(case))


# --- what is covered ---


def _covered(case: _Case, allow_none: bool = False) -> tuple[e.Covered, ...]:
    if not case.chosen and not allow_none:
        raise c.Refused(
            "FLOW-031",
            f"nothing that waits for this review may be allowed by {NAMES[case.command.code]}",
            "accept the route, or decide once an action asks",
        )
    target = case.world.program.target_of
    return tuple(e.Covered(each.no, each.kind, each.digest, target(each.kind)) for each in case.chosen)


def _cover(action: e.ActionRequested, world: World) -> e.Covered:
    return e.Covered(action.action, action.kind, action.digest, world.program.target_of(action.kind))


def _candidates(command: c.Decide, review: Review, waiting: tuple[Action, ...], world: World) -> list[Action]:
    """The named actions, or all that wait; of these what the decision may allow."""
    catalogue = world.program.playbook.catalogue
    named = _scoped(command, waiting) if command.scope else waiting
    allowed = [each for each in named if may_cover(command.code, each.kind, review, catalogue)]
    if command.scope:
        for each in named:
            if each not in allowed:
                raise c.Refused(
                    "FLOW-032",
                    f"{NAMES[command.code]} does not allow {each.kind.replace('_', ' ')}",
                    "choose another decision for it",
                )
    return allowed


def _scoped(command: c.Decide, waiting: tuple[Action, ...]) -> tuple[Action, ...]:
    by_number: Mapping[int, Action] = {each.no: each for each in waiting}
    missing = [number for number in command.scope if number not in by_number]
    if missing:
        said = ", ".join(f"a{number}" for number in missing)
        raise c.Refused(
            "FLOW-034", f"{said} does not wait for this review", "`holdshort show` says what waits for what"
        )
    return tuple(by_number[number] for number in dict.fromkeys(command.scope))


def _recorded(
    case: _Case, covers: tuple[e.Covered, ...] = (), waives: bool = False, asked_role: str = ""
) -> e.DecisionRecorded:
    command, world = case.command, case.world
    settings = world.program.playbook.settings
    approves = bool(covers) or waives
    return e.DecisionRecorded(
        decision=case.number,
        review=case.review.no,
        case=case.review.case,
        code=command.code,
        by=command.by,
        role=case.standing.role,
        step=case.step,
        on_behalf_of=case.standing.on_behalf_of,
        covers=covers,
        waives=waives,
        register=world.program.version,
        row_digest=case.bound.row_digest,
        result=case.bound.result,
        tier=case.bound.tier,
        seen_digest=seen_digest(case.review, case.bound, case.waiting),
        expires_at=settings.approvals.expires_at(world.now, case.review.tier) if approves else None,
        owner=command.owner,
        asked_role=asked_role,
        evidence=case.bound.evidence,
        checks=case.bound.checks,
        reason=command.reason,
        exception=command.exception,
        conditions=command.conditions,
    )


_HOW: dict[e.Code, Callable[[_Case], Iterator[e.Event]]] = {
    "J1": _accept,
    "J2": _correct,
    "J3": _ask,
    "J4": _kickoff,
    "J5": _with_conditions,
    "J6": _message,
    "J7": _reject,
    "J8": _escalate,
    "J9": _override,
}

__all__ = ["CATALOGUE", "decide_review", "seen_digest", "waiting_for"]
