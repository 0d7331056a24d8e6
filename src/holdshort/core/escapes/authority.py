"""Whether a role without authority can approve: asked of the decider itself, for every review rule that some record opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdshort.core.onboarding.commands import Decide, Receive, Refused
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.events import Code
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.people import Directory, Person
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Onboarding, Review
from holdshort.core.roles import ROLES
from holdshort.core.screening import Screener

_ROLES = tuple(role for role in ROLES if role != "none")
APPROVING: tuple[Code, ...] = ("J1", "J4", "J9")


@dataclass(frozen=True, slots=True)
class Asked:
    """How many review rules were opened, how many decisions without authority refused, and which were not."""

    reviews: int
    refusals: int
    accepted: tuple[str, ...]


def ask_for_authority(
    screener: Screener,
    records: Mapping[str, Mapping[str, Any]],
    now: datetime,
    codes: Sequence[Code] = APPROVING,
) -> Asked:
    """
    Open every distinct review rule on a record, and let every role that it does not name try to approve.

    Whoever tries has shown their password again, gives a reason and an exception: only the missing role stands against it.
    """
    people = {role: Person(role, frozenset({role})) for role in _ROLES}
    program = Program(1, "", screener, lambda kind: "outbox")
    world = World(program, Directory(people), now)
    seen: set[tuple[object, ...]] = set()
    reviews = refusals = 0
    accepted: list[str] = []
    for record in records.values():
        answer = screener.screen(record, 1, now)
        if answer.verdict == "not triggered" or answer.onboarding.startswith("-/-/"):
            continue
        if all(_rule(each.case, screener) in seen for each in answer.findings):
            continue
        state = _received(record, answer.onboarding, world)
        for review in state.open_reviews():
            key = (review.about, review.steps, review.tier)
            if review.about != "finding" or key in seen:
                continue
            seen.update((key, _rule(review.case, screener)))
            reviews += 1
            for role in _ROLES:
                if role in review.all_roles:
                    continue
                if _is_refused(role, review, state, world, codes):
                    refusals += 1
                else:
                    accepted.append(
                        f"{role} could approve {review.case}, which is for {', '.join(review.all_roles)}"
                    )
    return Asked(reviews, refusals, tuple(accepted))


def _rule(case: str, screener: Screener) -> tuple[object, ...]:
    row = screener.playbook.register.case(case)
    return ("row", row.tier, tuple(rule.steps for rule in row.review), row.owner) if row else ("row", case)


def _received(record: Mapping[str, Any], key: str, world: World) -> Onboarding:
    state = Onboarding()
    for event in decide(Receive(record, key, key.rpartition("/")[2]), state, world):
        state = evolve(state, event, world.now)
    return state


def _is_refused(role: str, review: Review, state: Onboarding, world: World, codes: Sequence[Code]) -> bool:
    for code in codes:
        command = Decide(
            review.no,
            code,
            role,
            stepped_up=True,
            reason="it is fine",
            exception="it is fine",
            owner="revops",
        )
        try:
            decide(command, state, world)
        except Refused as refused:
            if refused.code not in ("FLOW-009", "FLOW-010"):
                return False
        else:
            return False
    return True
