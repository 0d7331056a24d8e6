"""Refusals as programs read them: problem+json (RFC 9457) with our stable codes, and what would help."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from holdshort.core.diagnostics import Diagnostic, HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Conflict, Unavailable
from holdshort.service.event_json import UnknownEvent

if TYPE_CHECKING:
    from ninja import NinjaAPI

LOG = logging.getLogger("holdshort.api")
PROBLEM = "application/problem+json"
RETRY_AFTER_S = 5
_STATUS = {
    404: ("FLOW-000", "FLOW-004", "FLOW-007", "FLOW-070", "HOOK-001", "HOOK-003", "HOOK-010", "HOOK-011", "KEY-010", "API-005"),
    403: ("FLOW-009", "FLOW-010", "FLOW-012", "FLOW-033", "FLOW-035", "KEY-005", "KEY-008", "KEY-009", "STEP-001", "STEP-002"),
    409: (
        "FLOW-001", "FLOW-005", "FLOW-008", "FLOW-011", "FLOW-046", "FLOW-061", "KEY-003", "KEY-004", "PUB-001",
        "API-022", "HOOK-013", "HOOK-014",
    ),
    429: ("STEP-003",),
    503: ("HOOK-002",),
}  # fmt: skip
"""What a code means over HTTP; every other refusal is 422: understood, and not possible as it was asked."""
_BY_CODE = {code: status for status, codes in _STATUS.items() for code in codes}


class Problem(HttpError):
    """Ends a request with a problem of this status and code."""

    def __init__(
        self, status: int, code: str, why: str, mend: str = "", faults: Sequence[dict[str, Any]] = ()
    ) -> None:
        super().__init__(status, why)
        self.code = code
        self.why = why
        self.mend = mend
        self.faults = faults


def problem(
    request: HttpRequest, status: int, code: str, why: str, mend: str = "", faults: Sequence[dict[str, Any]] = ()
) -> HttpResponse:  # fmt: skip
    """The answer itself. `title` is the same for a code's every occurrence, `detail` says what happened this time."""
    data: dict[str, Any] = {
        "type": f"urn:holdshort:error:{code}",
        "title": f"{_TITLES.get(status, 'Refused')} ({code})",
        "status": status,
        "detail": why,
        "code": code,
        "mend": mend,
        "instance": request.path[:300],
    }
    if faults:
        data["faults"] = list(faults)
    text = json.dumps(data, ensure_ascii=False, default=str)
    answer = HttpResponse(text.encode("utf-8", "replace"), status=status, content_type=PROBLEM)
    if status == 401:
        answer["WWW-Authenticate"] = 'Bearer realm="holdshort"'
    if status in (429, 503):
        answer["Retry-After"] = str(RETRY_AFTER_S)
    answer["Cache-Control"] = "no-store"
    return answer


_TITLES = {
    400: "The request cannot be read",
    401: "Nobody known is asking",
    403: "Not for this caller",
    404: "There is no such thing",
    409: "Not as things stand now",
    413: "Too large",
    422: "Not possible as it was asked",
    429: "Too often",
    500: "A fault of the program",
    503: "Not available now",
}


def of_faults(faults: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    return [each.to_json() for each in faults[:100]]


def from_faults(request: HttpRequest, faults: Sequence[Diagnostic], status: int = 422) -> HttpResponse:
    first = faults[0]
    status = _BY_CODE.get(first.code, status)
    return problem(request, status, first.code, first.message, first.mend, of_faults(faults))


def add_handlers(api: NinjaAPI) -> None:
    """Nothing leaves the API as a page or a traceback."""

    def on_refused(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(request, _BY_CODE.get(exc.code, 422), exc.code, exc.why, exc.mend)

    def on_faults(request: HttpRequest, exc: Any) -> HttpResponse:
        return from_faults(request, exc.diagnostics)

    def on_conflict(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(
            request, 409, "FLOW-061", f"nothing was done: {exc}", "look again and repeat the request"
        )

    def on_unavailable(request: HttpRequest, exc: Any) -> HttpResponse:
        if exc.outcome_unknown:
            why = "nobody knows whether this was written"
            return problem(request, 503, "STORE-002", why, "repeat it with the same Idempotency-Key")
        return problem(
            request, 503, "STORE-001", "the store cannot be used now; nothing was done", "ask again later"
        )

    def on_unknown_event(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(
            request,
            503,
            "STORE-003",
            "a newer Holdshort wrote to this store",
            "use that version or a later one",
        )

    def on_problem(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(request, exc.status_code, exc.code, exc.why, exc.mend, exc.faults)

    def on_http(request: HttpRequest, exc: Any) -> HttpResponse:
        if isinstance(exc.__cause__, HoldshortError):
            return from_faults(request, exc.__cause__.diagnostics, 400)
        if exc.status_code == 400:
            return problem(
                request, 400, "API-001", "the request cannot be read", "send JSON as the API describes it"
            )
        if exc.status_code == 403:
            return problem(
                request, 403, "API-004", "the request did not come from our own page",
                "send the X-CSRFToken header with a session, or use a key",
            )  # fmt: skip
        return problem(request, exc.status_code, "API-001", str(exc))

    def on_nobody(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(
            request, 401, "API-002", "no valid key was sent, and nobody is signed in",
            "send `Authorization: Bearer hsk_…`; `holdshort api-key add` makes a key",
        )  # fmt: skip

    def on_throttled(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(
            request, 429, "API-006", "too many requests within a minute", "wait a little, then go on"
        )

    def on_invalid(request: HttpRequest, exc: Any) -> HttpResponse:
        faults = [
            {"where": ".".join(map(str, each.get("loc", ()))), "message": str(each.get("msg", ""))}
            for each in exc.errors[:50]
        ]
        said = "; ".join(f"{each['where']}: {each['message']}" for each in faults[:3])
        return problem(
            request, 422, "API-007", f"the request does not fit: {said}", "see the API's description", faults
        )

    def on_not_found(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(request, 404, "API-005", "there is no such address", "see the API's description")

    def on_too_big(request: HttpRequest, exc: Any) -> HttpResponse:
        return problem(
            request, 413, "API-008", "the request is larger than what is read", "send fewer records at a time"
        )

    def on_fault(request: HttpRequest, exc: Any) -> HttpResponse:
        LOG.exception("a request to the API broke", exc_info=exc)
        return problem(
            request, 500, "API-500", "a fault of the program; nothing was decided by halves",
            "look where the onboarding stands before you repeat it; the program's log says more",
        )  # fmt: skip

    for kind, handler in (
        (Exception, on_fault), (Http404, on_not_found), (HttpError, on_http), (AuthenticationError, on_nobody),
        (Throttled, on_throttled), (ValidationError, on_invalid), (Problem, on_problem), (Refused, on_refused),
        (HoldshortError, on_faults), (Conflict, on_conflict), (Unavailable, on_unavailable),
        (UnknownEvent, on_unknown_event), (RequestDataTooBig, on_too_big),
    ):  # fmt: skip
        api.add_exception_handler(kind, handler)
