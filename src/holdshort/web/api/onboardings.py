"""Onboardings, their logs, holds that people raise, and actions that are asked for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from holdshort.core.onboarding.commands import RaiseHold, Refused, Request
from holdshort.core.onboarding.settle import action_digest
from holdshort.core.onboarding.state import STATES
from holdshort.ports import HOUSE_KEY
from holdshort.service.api_answers import Answered
from holdshort.service.board import onboarding_view
from holdshort.service.board_json import action_json, event_json, onboarding_json, onboarding_row_json
from holdshort.service.story import read_story
from holdshort.web.api import shapes
from holdshort.web.api.acting import act
from holdshort.web.api.bodies import Keep, answer, as_json, once, page
from holdshort.web.api.callers import require, require_any, require_person
from holdshort.web.api.problems import Problem
from holdshort.web.current import house_of

router = Router(tags=["Onboardings"], by_alias=True)
LARGEST = 10**12


@router.get(
    "/onboardings",
    response={200: shapes.Onboardings, **shapes.problems()},
    operation_id="list_onboardings",
    summary="List onboardings by number",
)
def list_onboardings(
    request: HttpRequest,
    state: str = Query(
        "", max_length=60, description="Only those in this state: blocked, needs information …"
    ),
    search: str = Query("", max_length=200, description="Only those whose key or title holds this text."),
    open_only: bool = False,
    after: int = Query(0, ge=0, le=LARGEST),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:
    require(request, "onboardings:read")
    if state and state not in STATES:
        raise Problem(422, "API-011", f"`{state}` is no state", f"choose one of: {', '.join(STATES)}")
    found = house_of(request).store.onboardings(
        state=state, search=search, after=after, limit=limit + 2, open_only=open_only
    )
    rows = [onboarding_row_json(each) for each in found if each.key != HOUSE_KEY][: limit + 1]
    return page(rows, limit, lambda each: each["number"])


@router.get(
    "/onboardings/{number}",
    response={200: shapes.Onboarding, **shapes.problems()},
    operation_id="get_onboarding",
    summary="One onboarding in full",
)
def get_onboarding(request: HttpRequest, number: int = Path(..., ge=0, le=LARGEST)) -> HttpResponse:
    """Findings with evidence, gaps, holds, reviews, actions, decisions, runs and facts, as they stand now."""
    require(request, "onboardings:read")
    return answer(onboarding_json(onboarding_view(house_of(request).flow, number)))


@router.get(
    "/onboardings/{number}/events",
    response={200: shapes.Events, **shapes.problems()},
    operation_id="list_onboarding_events",
    summary="What happened to it, oldest first",
)
def list_events(
    request: HttpRequest,
    number: int = Path(..., ge=0, le=LARGEST),
    after: int = Query(0, ge=0, le=LARGEST, description="The seq of the last one seen."),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:
    require(request, "onboardings:read")
    story = read_story(house_of(request).store, number)
    rows = [event_json(each, story) for each in story.entries if each.seq > after][: limit + 1]
    return page(rows, limit, lambda each: each["seq"])


@router.post(
    "/onboardings/{number}/holds",
    response={200: shapes.Effects, 201: shapes.Effects, **shapes.problems()},
    operation_id="raise_hold",
    summary="Stop something because a person senses a risk that no row finds",
)
def raise_hold(
    request: HttpRequest, body: shapes.HoldIn, number: int = Path(..., ge=0, le=LARGEST)
) -> HttpResponse:
    """Anybody who works here may; a review opens for the owner, who lifts it. A service cannot."""
    caller = require_person(request, "decisions:write")
    command = RaiseHold(caller.user, body.reason, body.owner, body.tier, tuple(body.kinds))
    return act(request, caller, number, command)


@router.post(
    "/onboardings/{number}/actions",
    response={200: shapes.Action, 201: shapes.Action, **shapes.problems()},
    operation_id="propose_action",
    summary="Ask for an action",
)
def propose_action(
    request: HttpRequest, body: shapes.ActionIn, number: int = Path(..., ge=0, le=LARGEST)
) -> HttpResponse:
    """
    It runs when nothing stops it; else it waits for whoever decides. The answer says which, and why. Whoever asks cannot
    approve it. 201: it is new; 200: exactly this was asked for before, and nothing changed.
    """
    caller = require(request, "actions:propose")
    flow = house_of(request).flow

    def work(keep: Keep) -> Answered:
        asked = Request(body.kind, body.payload, caller.name, body.about, "" if caller.user else caller.owner)
        acted = flow.act(number, asked, caller.name)
        wanted = action_digest(acted.state.key, body.kind, body.payload, body.about)
        view = onboarding_view(flow, number)
        found = next((each for each in view.actions if each.action.digest == wanted), None)
        if found is None:  # it was asked for once, and another content has taken its place
            raise Refused(
                "FLOW-004",
                "this very action was changed since it was asked for",
                "ask for it with another `about`",
            )
        return Answered(201 if acted.events else 200, as_json(action_json(view, found)))

    return once(request, caller, work)


@router.get(
    "/actions/{number}.{no}",
    response={200: shapes.Action, **shapes.problems()},
    operation_id="get_action",
    summary="One action, with the gate's verdict now",
)
def get_action(
    request: HttpRequest,
    number: int = Path(..., ge=0, le=LARGEST),
    no: int = Path(..., ge=0, le=LARGEST),
) -> HttpResponse:
    """The action `12/a3` is at `/actions/12.3`."""
    require_any(request, "actions:propose", "onboardings:read")
    view = onboarding_view(house_of(request).flow, number)
    found = view.action(no)
    if found is None:
        raise Refused(
            "FLOW-004", f"there is no action {number}/a{no}", f"GET /onboardings/{number} lists them"
        )
    return answer(action_json(view, found))
