"""Webhooks in: signed by whom the playbook names, written down, answered."""

from __future__ import annotations

import json
import logging

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from holdshort.service.incoming import MOST_BYTES
from holdshort.service.webhook_signatures import Forged, Signed
from holdshort.web.api import shapes
from holdshort.web.api.bodies import answer, page
from holdshort.web.api.callers import require_admin
from holdshort.web.api.limits import FORGED, MOST_FORGED
from holdshort.web.api.problems import Problem, problem
from holdshort.web.current import house_of
from holdshort.web.signing_in.attempts import address_of

router = Router(tags=["Webhooks in"], by_alias=True)
LARGEST = 10**12
LOG = logging.getLogger("holdshort.access")


@router.post(
    "/hooks/{source}",
    auth=None,
    throttle=[],
    response={200: shapes.Heard, 202: shapes.Heard, **shapes.problems()},
    operation_id="hear_webhook",
    summary="Where a system that the playbook names sends its webhooks",
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": {}}}}, "security": []},
)
def hear(request: HttpRequest, source: str = Path(..., max_length=40)) -> HttpResponse:
    """
    Believed only with a signature: Standard Webhooks, HubSpot v3, Stripe or Slack, as `[hooks.NAME]` of playbook.toml says.
    What is altered, forged or older than five minutes is refused with 401, and nothing of it is kept. 202: written down;
    200: it was here before.
    """
    address = address_of(request)
    if FORGED.count(address, 0) >= MOST_FORGED:
        raise Problem(
            429, "API-006", "too many webhooks from this address were not believed", "wait a minute"
        )
    if len(request.body) > MOST_BYTES:
        raise Problem(
            413, "API-008", f"a webhook of more than {MOST_BYTES:,} bytes is not read", "send less at a time"
        )
    headers = {name.lower(): value for name, value in request.headers.items()}
    signed = Signed(request.method or "", request.build_absolute_uri(), headers, request.body)
    try:
        heard = house_of(request).incoming.hear(source, signed)
    except Forged as forged:
        FORGED.count(address)
        LOG.warning(
            json.dumps(
                {
                    "access": "denied",
                    "route": "webhook",
                    "source": source,
                    "why": str(forged),
                    "from": address,
                }
            )
        )
        return problem(
            request,
            401,
            "HOOK-007",
            f"the webhook is not believed: {forged}",
            "check the secret and the clock",
        )
    if heard.challenge:
        return answer({"received": True, "challenge": heard.challenge})
    return answer({"received": True, "already": not heard.is_new}, 202 if heard.is_new else 200)


@router.get(
    "/arrivals",
    response={200: shapes.Arrivals, **shapes.problems()},
    operation_id="list_arrivals",
    summary="What came in by webhook or was put down, newest first",
)
def list_arrivals(
    request: HttpRequest,
    state: str = Query("", max_length=10, description="waiting, done or failed"),
    after: int = Query(0, ge=0, le=LARGEST),
    limit: int = Query(50, ge=1, le=200),
) -> HttpResponse:
    require_admin(request, "webhooks:manage")
    if state not in ("", "waiting", "done", "failed"):
        raise Problem(
            422, "API-011", f"`{state}` is no state of an arrival", "choose waiting, done or failed"
        )
    rows = [
        {
            "id": each.id, "source": each.source, "event": each.event, "state": each.state,
            "received_at": each.received_at.isoformat(), "tries": each.tries, "number": each.number, "why": each.why,
        }
        for each in house_of(request).incoming.arrivals(after, limit + 1, state)
    ]  # fmt: skip
    return page(rows, limit, lambda each: each["id"])


@router.post(
    "/arrivals/{id}/try-again",
    response={200: shapes.Heard, **shapes.problems()},
    operation_id="try_arrival_again",
    summary="Take in once more what could not be taken in",
)
def try_again(request: HttpRequest, id: int = Path(..., ge=0, le=LARGEST)) -> HttpResponse:
    """After the mapping, the playbook or the secret was mended."""
    require_admin(request, "webhooks:manage")
    house_of(request).incoming.try_again(id)
    return answer({"received": True})
