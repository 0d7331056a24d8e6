"""Bodies in, answers out: strict JSON of a bounded size, lists in pages, the same answer to the same request."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from ninja.parser import Parser

from holdshort.importers.records_json import strict_json
from holdshort.service.api_answers import Answered, Repeats
from holdshort.web.api.problems import Problem
from holdshort.web.current import house_of

if TYPE_CHECKING:
    from holdshort.ports import Transaction
    from holdshort.web.api.callers import Caller

Keep = Callable[["Transaction", int, bytes], None]
JSON = "application/json"


class StrictParser(Parser):
    """No key twice, no NaN, nothing deeper than 64: what one reader takes for the last value another takes for the first."""

    def parse_body(self, request: HttpRequest) -> Any:
        said = strict_json(request.body)
        if not isinstance(said, dict):
            raise Problem(
                400, "API-001", "the body is no JSON object", "send one object as the API describes it"
            )
        return said


def as_json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, default=str).encode("utf-8", "replace")


def answer(data: Any, status: int = 200) -> HttpResponse:
    return sent(as_json(data), status)


def sent(body: bytes, status: int = 200) -> HttpResponse:
    found = HttpResponse(body, status=status, content_type=JSON)
    found["Cache-Control"] = "no-store"
    return found


def page(
    items: Sequence[dict[str, Any]], limit: int, cursor: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    """Up to `limit` items; one more that was fetched says that there is another page. `next` is null on the last one."""
    shown = list(items[:limit])
    last = cursor(shown[-1]) if len(items) > limit and shown else None
    return answer({"items": shown, "next": None if last is None else str(last)})


def once(
    request: HttpRequest, caller: Caller, work: Callable[[Keep], Answered], body: bytes | None = None
) -> HttpResponse:
    """
    Do `work`, or answer as before where the Idempotency-Key says that it is the same request again.

    Args:
        body: What of the request is compared; leave passwords out of it, since a hash of it is kept.
    """
    house = house_of(request)
    whole = f"{request.method} {request.get_full_path()}\n".encode("utf-8", "replace")
    whole += request.body if body is None else body
    key = request.headers.get("Idempotency-Key", "")
    repeats = Repeats(house.store, house.api_tables, house.clock, caller.name, key, whole)
    done = repeats.answer(work)
    found = sent(done.body, done.status)
    if done.is_replay:
        found["Idempotent-Replayed"] = "true"
    return found
