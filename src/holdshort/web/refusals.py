"""Turns a refusal of the house, or a store that is away, into a page; what was typed stays on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Conflict, Unavailable
from holdshort.web.faults import fault
from holdshort.web.signing_in.elsewhere import confirm_elsewhere
from holdshort.web.signing_in.kept import typed
from holdshort.web.stepping_up import ConfirmElsewhere

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("holdshort.web")


class RefusalMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ConfirmElsewhere):
            return confirm_elsewhere(request)
        kept = typed(request)
        match error:
            case Refused():
                return fault(
                    request, 409, "Not done", f"{_sentence(error.why)}.", _sentence(error.mend), code=error.code, typed=kept
                )  # fmt: skip
            case HoldshortError():
                found = error.diagnostics[0]
                return fault(
                    request, 409, "Not done", f"{_sentence(found.message)}.", _sentence(found.mend or ""), code=found.code,
                    typed=kept,
                )  # fmt: skip
            case Conflict():
                return fault(
                    request, 409, "Somebody was quicker", "It changed while you looked at it; nothing was done.",
                    "Look again, then repeat what you wanted.", code="FLOW-061", typed=kept,
                )  # fmt: skip
            case Unavailable():
                LOG.error("the store cannot be used: %s", error)
                why = (
                    "Nobody knows whether this was written."
                    if error.outcome_unknown
                    else "The store cannot be used now."
                )
                return fault(
                    request, 503, "Not now", why, "Wait a moment and look again before you repeat it.",
                    code="STORE-002" if error.outcome_unknown else "STORE-001", typed=kept,
                )  # fmt: skip
        return None


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
