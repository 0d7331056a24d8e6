"""Reviews that wait, one review with all that a decision needs, and the nine decisions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from holdshort.core.canonical import canonical_bytes, plain
from holdshort.core.onboarding.commands import Decide, Refused
from holdshort.core.onboarding.events import Condition
from holdshort.core.onboarding.powers import COMMANDS
from holdshort.core.onboarding.state import STATES
from holdshort.core.roles import ROLES
from holdshort.core.text import fold
from holdshort.service.board import OnboardingView, ReviewView, onboarding_view
from holdshort.service.board_json import review_json
from holdshort.service.foresee import foresee
from holdshort.service.inbox import Wanted, inbox
from holdshort.web.api import shapes
from holdshort.web.api.acting import act
from holdshort.web.api.bodies import answer, page
from holdshort.web.api.callers import Caller, require, require_person
from holdshort.web.api.problems import Problem
from holdshort.web.api.step_up import check_step_up
from holdshort.web.current import house_of
from holdshort.web.reviews.forms import read_deadline

if TYPE_CHECKING:
    from holdshort.core.playbook import Playbook

router = Router(tags=["Reviews"], by_alias=True)
LARGEST = 10**12
_ACTION = re.compile(r"(?:(\d{1,12})/)?a(\d{1,6})", re.ASCII)
_REVIEW = re.compile(r"\d{1,12}\.\d{1,6}", re.ASCII)


@router.get(
    "/reviews",
    response={200: shapes.Reviews, **shapes.problems()},
    operation_id="list_reviews",
    summary="The inbox: reviews that wait for a person, most urgent first",
)
def list_reviews(
    request: HttpRequest,
    role: str = Query("", max_length=64, description="Only what this role may decide."),
    user: str = Query("", max_length=150, description="Only what this person may decide, also for others."),
    at_risk: bool = False,
    breached: bool = False,
    uncertain: bool = Query(False, description="Only runs of which nobody knows whether they happened."),
    state: str = Query("", max_length=60),
    search: str = Query("", max_length=200),
    after: str = Query("", max_length=20, description="The id of the last one of the page before."),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:
    require(request, "reviews:read")
    if role and (role not in ROLES or role == "none"):
        raise Problem(422, "API-012", f"`{role}` is no role", f"choose one of: {', '.join(ROLES)}")
    if state and state not in STATES:
        raise Problem(422, "API-011", f"`{state}` is no state", f"choose one of: {', '.join(STATES)}")
    if after and not _REVIEW.fullmatch(after):
        raise Problem(422, "API-013", f"`{after}` is no review", "take the `next` of the page before")
    house = house_of(request)
    if house.store.latest_version() == 0:
        return page([], limit, lambda each: each["review"])
    wanted = Wanted(user, role, at_risk, breached, uncertain, state, search)
    found = [each.to_json() for each in inbox(house.flow, wanted, limit + 1, after)]
    return page(found, limit, lambda each: each["review"])


@router.get(
    "/reviews/{number}.{no}",
    response={200: shapes.Review, **shapes.problems()},
    operation_id="get_review",
    summary="One review with everything that a decision needs",
)
def get_review(
    request: HttpRequest,
    number: int = Path(..., ge=0, le=LARGEST),
    no: int = Path(..., ge=0, le=LARGEST),
) -> HttpResponse:
    """`seen` is the digest that a decision names: it covers the evidence and the exact actions that wait."""
    require(request, "reviews:read")
    view = onboarding_view(house_of(request).flow, number)
    return answer(review_json(view, _found(view, no)))


@router.post(
    "/reviews/{number}.{no}/decisions",
    response={200: shapes.Effects, 201: shapes.Effects, **shapes.problems()},
    operation_id="decide",
    summary="Decide a review",
)
def decide(
    request: HttpRequest,
    body: shapes.DecisionIn,
    number: int = Path(..., ge=0, le=LARGEST),
    no: int = Path(..., ge=0, le=LARGEST),
) -> HttpResponse:
    """
    By a person's key or session only, and only by somebody whose turn it is. Refused where anything has moved since `seen`.
    """
    caller = require_person(request, "decisions:write")
    flow = house_of(request).flow
    view = onboarding_view(flow, number)
    review = _found(view, no)
    playbook = flow.programs.version(view.state.register).playbook
    stepped_up = check_step_up(request, caller.user, body.password, body.code)
    command = _command(body, caller, view, review, playbook, stepped_up or body.dry_run)
    if body.dry_run:
        return answer({"dry_run": True, **foresee(flow, number, command).to_json()})
    secrets = {"password", "code"}
    compared = canonical_bytes(plain(body.model_dump(exclude=secrets)))
    return act(request, caller, number, command, compared)


def _found(view: OnboardingView, no: int) -> ReviewView:
    found = view.review(no)
    if found is None:
        raise Refused(
            "FLOW-007", f"there is no review {view.number}.{no}", f"GET /onboardings/{view.number} lists them"
        )
    return found


def _command(
    body: shapes.DecisionIn, caller: Caller, view: OnboardingView, review: ReviewView, playbook: Playbook, stepped_up: bool
) -> Decide:  # fmt: skip
    code = COMMANDS[body.decision]
    scope = tuple(_action_no(each, view.number) for each in body.scope)
    if code == "J6":
        scope = scope or _only_message(view, review)
        _refuse_no_text(body, scope, view)
    return Decide(
        review.review.no, code, caller.user, stepped_up, body.seen,
        reason=body.reason, exception=body.exception, scope=scope,
        conditions=tuple(_condition(each, playbook) for each in body.conditions),
        payload=body.payload, to=body.to, owner=body.owner,
        lane=playbook.clean_path.lanes.get(fold(body.lane), body.lane) if body.lane else "",
        tier=body.tier, milestones=body.milestones, question=body.question,
    )  # fmt: skip


def _action_no(text: str, number: int) -> int:
    found = _ACTION.fullmatch(text)
    if found is None or (found[1] and int(found[1]) != number):
        raise Problem(
            422, "API-014", f"`{text[:40]}` is no action of this onboarding", f"write it as `{number}/a3`"
        )
    return int(found[2])


def _condition(said: shapes.ConditionIn, playbook: Playbook) -> Condition:
    deadline = read_deadline(said.deadline, playbook)
    if deadline is None:
        raise Problem(
            422, "API-015", f"`{said.deadline}` is no deadline", "write 2026-12-01, or 2026-12-01T15:00:00Z"
        )
    return Condition(said.text, said.owner, deadline)


def _only_message(view: OnboardingView, review: ReviewView) -> tuple[int, ...]:
    """One message is meant where one waits; of several, somebody says which."""
    waiting = review.decisions.get("approve message", ())
    if len(waiting) > 1:
        said = ", ".join(f"{view.number}/a{no}" for no in waiting)
        raise Problem(
            422, "API-016", f"several messages wait: {said}", "name the one that you approve in `scope`"
        )
    return waiting


def _refuse_no_text(body: shapes.DecisionIn, scope: tuple[int, ...], view: OnboardingView) -> None:
    """Exactly a text is approved: where an action says that something is sent and not what, there is none."""
    for no in scope:
        action = view.state.actions.get(no)
        if action is not None and action.kind.startswith("send_") and not action.payload and not body.payload:
            raise Refused(
                "FLOW-072", f"a{no} {action.kind.replace('_', ' ')} has no text that could be approved",
                "give the text in `payload`: to, subject and body",
            )  # fmt: skip
