"""What people do beside the nine decisions: raise a hold, claim, reassign, recall, close, keep for the law."""

from __future__ import annotations

from collections.abc import Iterator

from holdshort.core.canonical import plain
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding, Review
from holdshort.core.register import TIER_ORDER
from holdshort.core.roles import ROLES


def _known(name: str, world: World) -> None:
    if not world.directory.is_known(name):
        raise c.Refused(
            "FLOW-009", f"nobody active is called `{name}`", "`holdshort user list` names everybody"
        )


def _reason(why: str, what: str) -> None:
    if not why.strip():
        raise c.Refused("FLOW-013", f"{what} needs a reason", "say why in a sentence")


def raise_hold(command: c.RaiseHold, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Anybody who works here may; only who owns the hold lifts it (requirements L8)."""
    _known(command.by, world)
    _reason(command.why, "a hold")
    if state.is_closed:
        raise c.Refused("FLOW-001", "the onboarding is closed", "open it again first")
    playbook = world.program.playbook
    unknown = [each for each in command.kinds if playbook.catalogue.find(each) is None]
    if unknown:
        raise c.Refused(
            "FLOW-002", f"`{unknown[0]}` is not in the action catalogue", "use kinds of actions.yaml"
        )
    if command.tier not in TIER_ORDER:
        raise c.Refused("FLOW-045", f"`{command.tier}` is no tier", "choose low, medium, high or hold")
    owner = command.owner or playbook.settings.pause_owner or "revops"
    if owner not in ROLES or owner == "none":
        raise c.Refused("FLOW-018", f"`{owner}` is no role", f"choose one of {', '.join(ROLES)}")
    number = max(state.holds, default=0) + 1
    yield e.HoldRaised(number, command.by, owner, command.tier, command.kinds, command.why)


def claim(command: c.Claim, state: Onboarding, world: World) -> Iterator[e.Event]:
    review = _review(command.review, state)
    _may_decide(command.by, review, world)
    if review.claimed_by and review.claimed_by != command.by:
        raise c.Refused("FLOW-046", f"{review.claimed_by} has it already", "ask them, or have it reassigned")
    if not review.claimed_by:
        yield e.ReviewClaimed(review.no, command.by)


def reassign(command: c.Reassign, state: Onboarding, world: World) -> Iterator[e.Event]:
    review = _review(command.review, state)
    _known(command.by, world)
    _may_decide(command.to, review, world)
    if review.claimed_by != command.to:
        yield e.ReviewClaimed(review.no, command.to)


def recall(command: c.Recall, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Who decided, or who could decide, takes an approval back."""
    _reason(command.reason, "a recall")
    approval = state.approvals.get(command.decision)
    if approval is None or approval.ended:
        raise c.Refused(
            "FLOW-047", f"decision {command.decision} approves nothing that could be recalled", ""
        )
    review = state.reviews[approval.decision.review]
    if command.by != approval.decision.by:
        _may_decide(command.by, review, world)
    _known(command.by, world)
    yield e.ApprovalEnded(command.decision, review.no, "recalled", command.by, (command.reason,))


def meet_condition(command: c.MeetCondition, state: Onboarding, world: World) -> Iterator[e.Event]:
    approval = state.approvals.get(command.decision)
    conditions = approval.decision.conditions if approval else ()
    if approval is None or not 0 <= command.condition < len(conditions):
        raise c.Refused("FLOW-048", "there is no such condition", "`holdshort show` lists them")
    owner = conditions[command.condition].owner
    if world.directory.standing(command.by, (owner,), world.now) is None:
        raise c.Refused("FLOW-010", f"{command.by} may not confirm this: it is for {owner}", "")
    if command.condition not in (*approval.met, *approval.missed):
        yield e.ConditionMet(command.decision, command.condition, command.by, command.note)


def close(command: c.Close, state: Onboarding, world: World) -> Iterator[e.Event]:
    _known(command.by, world)
    _reason(command.why, "closing")
    if state.is_closed:
        raise c.Refused("FLOW-001", "the onboarding is closed", "")
    running = [f"a{each.no}" for each in state.actions.values() if each.run in ("attempting", "uncertain")]
    if running:
        raise c.Refused(
            "FLOW-049",
            f"{', '.join(running)} has begun to run",
            "wait until the outcome is known, or resolve it",
        )
    yield e.OnboardingClosed(command.why)


def reopen(command: c.Reopen, state: Onboarding, world: World) -> Iterator[e.Event]:
    _known(command.by, world)
    _reason(command.why, "opening again")
    if not state.is_closed:
        raise c.Refused("FLOW-050", "the onboarding is open", "")
    yield e.OnboardingReopened(command.why)


def pin(command: c.Pin, state: Onboarding, world: World) -> Iterator[e.Event]:
    if state.register != world.program.version:
        yield e.RegisterPinned(state.register, world.program.version, world.program.digest, command.choice)


def keep(command: c.Keep, state: Onboarding, world: World) -> Iterator[e.Event]:
    if state.register < command.newer and state.keeps != command.choice:
        yield e.RegisterKept(state.register, command.newer, command.choice)


_MOST_SUGGESTIONS = 500


def suggest(command: c.Suggest, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Only ever events that say what was said."""
    number = state.suggestions
    for each in command.made:
        number += 1
        if number > _MOST_SUGGESTIONS:
            return
        stated = each["confidence"]["stated"]
        yield e.SuggestionMade(
            number, each["capability"], tuple(each["cases"]), each["model"], each["prompt_version"], command.snapshot,
            tuple(str(why).partition(":")[0] for why in each["paused"]), "" if stated is None else str(stated),
            each["cost"]["tokens"], each["cost"]["minor_units"], plain(each),
        )  # fmt: skip


def judge_suggestion(command: c.JudgeSuggestion, state: Onboarding, world: World) -> Iterator[e.Event]:
    _known(command.by, world)
    if not 1 <= command.suggestion <= state.suggestions:
        raise c.Refused(
            "FLOW-095",
            f"there is no suggestion s{command.suggestion}",
            "`holdshort assist NUMBER` lists them",
        )
    yield e.SuggestionJudged(command.suggestion, command.by, command.outcome, command.note)


def place_legal_hold(command: c.PlaceLegalHold, state: Onboarding, world: World) -> Iterator[e.Event]:
    _known(command.by, world)
    _reason(command.why, "a legal hold")
    if world.directory.standing(command.by, ("legal", "privacy"), world.now) is None:
        raise c.Refused(
            "FLOW-010", f"{command.by} may not place a legal hold: it is for legal or privacy", ""
        )
    yield e.LegalHoldPlaced(command.by, command.why)


def lift_legal_hold(command: c.LiftLegalHold, state: Onboarding, world: World) -> Iterator[e.Event]:
    if world.directory.standing(command.by, ("legal", "privacy"), world.now) is None:
        raise c.Refused("FLOW-010", f"{command.by} may not lift a legal hold: it is for legal or privacy", "")
    if state.legal_hold:
        yield e.LegalHoldLifted(command.by)


def erase(command: c.Erase, state: Onboarding, world: World) -> Iterator[e.Event]:
    """The data itself is taken out by the store; this is the record that it was."""
    _known(command.by, world)
    if state.legal_hold:
        raise c.Refused(
            "FLOW-051",
            f"a legal hold keeps this data: {state.legal_hold}",
            "have legal or privacy lift it first",
        )
    if world.directory.standing(command.by, ("privacy", "legal"), world.now) is None:
        raise c.Refused("FLOW-010", f"{command.by} may not erase: it is for privacy or legal", "")
    yield e.PersonErased(command.by, command.request, command.places)


def _review(number: int, state: Onboarding) -> Review:
    review = state.reviews.get(number)
    if review is None or review.status != "open":
        raise c.Refused(
            "FLOW-007", f"there is no open review {number}", "`holdshort inbox` lists those that wait"
        )
    return review


def _may_decide(name: str, review: Review, world: World) -> None:
    _known(name, world)
    if world.directory.standing(name, review.all_roles, world.now) is None:
        wanted = " or ".join(review.all_roles)
        raise c.Refused("FLOW-010", f"{name} may not decide this: it is for {wanted}", "")
