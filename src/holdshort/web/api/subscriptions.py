"""Webhooks out: who hears of what, and whether it arrived."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from holdshort.ports import Delivery, Subscription
from holdshort.service.api_answers import Answered
from holdshort.service.notices import KINDS
from holdshort.web.api import shapes
from holdshort.web.api.bodies import Keep, answer, as_json, once, page
from holdshort.web.api.callers import require_admin
from holdshort.web.current import house_of

router = Router(tags=["Webhooks out"], by_alias=True)
LARGEST = 10**12
_SCOPE = "webhooks:manage"


@router.get(
    "/webhooks",
    response={200: shapes.Subscriptions, **shapes.problems()},
    operation_id="list_webhooks",
    summary="Who hears of what",
)
def list_webhooks(request: HttpRequest) -> HttpResponse:
    require_admin(request, _SCOPE)
    found = house_of(request).notices.subscriptions()
    return answer({"items": [_shown(each) for each in found], "kinds": sorted(KINDS.values())})


@router.post(
    "/webhooks",
    response={201: shapes.SubscriptionMade, **shapes.problems()},
    operation_id="add_webhook",
    summary="Have news sent to an address",
)
def add_webhook(request: HttpRequest, body: shapes.SubscriptionIn) -> HttpResponse:
    """To a public host by https:// only. Messages carry ids and kinds, nothing of a customer's record."""
    caller = require_admin(request, _SCOPE)

    def work(keep: Keep) -> Answered:
        made, secret = house_of(request).notices.subscribe(body.url, body.kinds, body.about, caller.name)
        return Answered(201, as_json({**_shown(made), "secret": secret}))

    return once(request, caller, work)


@router.delete(
    "/webhooks/{id}",
    response={200: shapes.Subscription, **shapes.problems()},
    operation_id="end_webhook",
    summary="Send nothing there any more",
)
def end_webhook(request: HttpRequest, id: int = Path(..., ge=0, le=LARGEST)) -> HttpResponse:
    caller = require_admin(request, _SCOPE)
    notices = house_of(request).notices
    notices.end(id, caller.name)
    return answer(_shown(notices.subscription(id)))


@router.post(
    "/webhooks/{id}/secret",
    response={200: shapes.Secret, **shapes.problems()},
    operation_id="change_webhook_secret",
    summary="Make a new signing secret",
)
def change_secret(request: HttpRequest, id: int = Path(..., ge=0, le=LARGEST)) -> HttpResponse:
    """Messages are signed with the one before as well, until the next change."""
    caller = require_admin(request, _SCOPE)
    return answer({"secret": house_of(request).notices.change_secret(id, caller.name)})


@router.get(
    "/webhooks/{id}/deliveries",
    response={200: shapes.Deliveries, **shapes.problems()},
    operation_id="list_deliveries",
    summary="What was sent there and whether it arrived, newest first",
)
def list_deliveries(
    request: HttpRequest,
    id: int = Path(..., ge=0, le=LARGEST),
    after: int = Query(0, ge=0, le=LARGEST),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:
    require_admin(request, _SCOPE)
    rows = [_delivery(each) for each in house_of(request).notices.deliveries(id, after, limit + 1)]
    return page(rows, limit, lambda each: each["id"])


@router.post(
    "/webhooks/{id}/deliveries/{delivery}/send-again",
    response={200: shapes.Heard, **shapes.problems()},
    operation_id="send_again",
    summary="Send one message once more",
)
def send_again(
    request: HttpRequest,
    id: int = Path(..., ge=0, le=LARGEST),
    delivery: int = Path(..., ge=0, le=LARGEST),
) -> HttpResponse:
    require_admin(request, _SCOPE)
    house_of(request).notices.send_again(id, delivery)
    return answer({"received": True})


def _shown(each: Subscription) -> dict[str, Any]:
    return {
        "id": each.id, "url": each.url, "kinds": sorted(each.kinds), "about": each.about, "created_by": each.created_by,
        "created_at": each.created_at.isoformat(), "ended_at": each.ended_at.isoformat() if each.ended_at else None,
    }  # fmt: skip


def _delivery(each: Delivery) -> dict[str, Any]:
    return {
        "id": each.id, "event": each.event, "kind": each.kind, "state": each.state, "tries": each.tries,
        "created_at": each.created_at.isoformat(), "due_at": each.due_at.isoformat(),
        "tried_at": each.tried_at.isoformat() if each.tried_at else None, "status": each.status, "why": each.why,
    }  # fmt: skip
