"""The audit log as its chain has it: everything but what came from customers' records."""

from __future__ import annotations

import re
from itertools import islice

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from holdshort.web.api import shapes
from holdshort.web.api.bodies import answer, page
from holdshort.web.api.callers import require
from holdshort.web.api.problems import Problem
from holdshort.web.current import house_of

router = Router(tags=["Audit"], by_alias=True)
_CURSOR = re.compile(r"(\d{1,12})-(\d{1,9})", re.ASCII)
_START = (-1, 0)
"""Before the house's own log, which is number 0."""


@router.get(
    "/audit/events",
    response={200: shapes.AuditEvents, **shapes.problems()},
    operation_id="list_audit_events",
    summary="All events by onboarding and seq",
)
def list_events(
    request: HttpRequest,
    after: str = Query("", max_length=30, description="`next` of the page before, such as `12-7`."),
    limit: int = Query(100, ge=1, le=500),
) -> HttpResponse:
    """Number 0 is the log of the house itself: people, keys, pauses, registers. Hashes verify with `verify_audit.py`."""
    require(request, "audit:read")
    cursor = _START
    if after:
        found = _CURSOR.fullmatch(after)
        if found is None:
            raise Problem(
                422, "API-013", f"`{after}` is no place in the log", "take the `next` of the page before"
            )
        cursor = int(found[1]), int(found[2])
    events = islice(house_of(request).audit_store.envelopes(cursor), limit + 1)
    rows = [
        {
            "number": each.number, "seq": each.seq, "kind": each.kind, "at": each.at.isoformat(), "actor": each.actor,
            "body": each.body, "commitment": each.commitment, "hash": each.hash,
        }
        for each in events
    ]  # fmt: skip
    return page(rows, limit, lambda each: f"{each['number']}-{each['seq']}")


@router.get(
    "/audit/head",
    response={200: shapes.AuditHead, **shapes.problems()},
    operation_id="get_audit_head",
    summary="The last signed checkpoint, and what grew since",
)
def get_head(request: HttpRequest) -> HttpResponse:
    require(request, "audit:read")
    house = house_of(request)
    last = house.audit_store.last_checkpoint()
    return answer(
        {
            "checkpoint": {
                "no": last.no, "at": last.at.isoformat(), "heads": [_head(each) for each in last.heads],
                "previous": last.previous, "signature": last.signature, "key_id": last.key_id,
            } if last else None,
            "unanchored": [_head(each) for each in house.audit_store.changed_heads()],
            "public_key": house.signer.public_key_hex,
        }
    )  # fmt: skip


def _head(found: tuple[int, int, str]) -> dict[str, object]:
    number, seq, digest = found
    return {"number": number, "seq": seq, "hash": digest}
