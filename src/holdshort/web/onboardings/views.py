"""The list of onboardings, the page of one, and what people do to one beside deciding its reviews."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.state import STATES
from holdshort.service.attaching import read_attached
from holdshort.web.current import actor, house_of
from holdshort.web.onboardings.page import OnboardingPage, kinds_named, list_page, onboarding_page
from holdshort.web.reviews.choices import on_screen
from holdshort.web.reviews.forms import Typed, operation_of, typed_of
from holdshort.web.reviews.views import Trouble
from holdshort.web.signing_in.kept import SECRETS

if TYPE_CHECKING:
    from django.http import HttpRequest

_NOT_NAMED = ("csrfmiddlewaretoken", *SECRETS)


def index(request: HttpRequest) -> HttpResponse:
    """All onboardings by number, those that a search finds."""
    asked = request.GET
    after = asked.get("after", "")
    page = list_page(
        house_of(request).store,
        asked.get("search", ""),
        asked.get("state", ""),
        asked.get("open", "") == "yes",
        int(after) if after.isdecimal() and len(after) < 19 else 0,
    )
    return render(request, "onboardings/list.html", {"page": page, "states": STATES})


def show(request: HttpRequest, number: int) -> HttpResponse:
    return _page(request, _read(request, number))


def file(request: HttpRequest, number: int, no: int) -> HttpResponse:
    """A file that somebody attached: to be saved, never to be shown by a browser as part of this site."""
    house = house_of(request)
    try:
        found, content = read_attached(house.store, house.file_seal, number, no)
    except Refused as refused:
        if refused.code in ("FLOW-000", "FLOW-104", "FLOW-105"):
            raise Http404(refused.why) from refused
        raise
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response


def raise_hold(request: HttpRequest, number: int) -> HttpResponse:
    page = _read(request, number)

    def make(user: str, typed: Typed) -> c.Command:
        kinds = kinds_named(page.view, typed.all("kinds")) if typed.one("what") == "some" else ()
        if typed.one("what") == "some" and not kinds:
            raise Refused("FLOW-092", "no action is chosen", "choose what the hold stops, or everything")
        return c.RaiseHold(user, typed.one("why"), typed.one("owner"), typed.one("tier") or "hold", kinds)

    return _act(request, number, "hold", make, "Held. Whoever owns the hold decides from here.")


def close(request: HttpRequest, number: int) -> HttpResponse:
    return _act(request, number, "close", lambda user, typed: c.Close(user, typed.one("why")), "Closed.")


def reopen(request: HttpRequest, number: int) -> HttpResponse:
    return _act(request, number, "close", lambda user, typed: c.Reopen(user, typed.one("why")), "Open again.")


def comment(request: HttpRequest, number: int) -> HttpResponse:
    return _act(request, number, "comments", lambda user, typed: c.Comment(user, typed.one("text")), "Added.")


def recall(request: HttpRequest, number: int, decision: int) -> HttpResponse:
    said = f"{number}.d{decision} counts no more."
    return _act(
        request, number, "recall", lambda user, typed: c.Recall(decision, user, typed.one("reason")), said
    )


def meet(request: HttpRequest, number: int, decision: int, n: int) -> HttpResponse:
    return _act(
        request,
        number,
        "condition",
        lambda user, typed: c.MeetCondition(decision, n - 1, user, typed.one("note")),
        "Met.",
    )


def resolve(request: HttpRequest, number: int, action: int) -> HttpResponse:
    def make(user: str, typed: Typed) -> c.Command:
        if typed.one("happened") not in ("yes", "no"):
            raise Refused(
                "FLOW-093", "you did not say whether it happened", "look at the other side and choose one"
            )
        return c.Resolve(action, typed.one("happened") == "yes", user, typed.one("note"))

    return _act(request, number, "resolve", make, f"a{action} is settled.")


def _act(
    request: HttpRequest, number: int, form: str, make: Callable[[str, Typed], c.Command], said: str
) -> HttpResponse:
    """Do it; a refusal comes back to its form with what was typed."""
    _read(request, number)
    typed = typed_of(dict(request.POST.lists()), _NOT_NAMED)
    user = actor(request)
    try:
        acted = house_of(request).flow.act(number, make(user, typed), user, operation_of(typed, number, user))
    except Refused as refused:
        why = refused.why[:1].upper() + refused.why[1:]
        trouble = Trouble("Not done", f"{why}.", on_screen(refused.mend), refused.code)
        return _page(request, _read(request, number), {form: trouble, "typed": typed}, 409)
    messages.success(request, said if acted.events else "Nothing had to be changed.")
    return redirect(reverse("onboarding", args=[number]))


def _read(request: HttpRequest, number: int) -> OnboardingPage:
    try:
        return onboarding_page(house_of(request).flow, number, actor(request))
    except Refused as refused:
        if refused.code == "FLOW-000":
            raise Http404(refused.why) from refused
        raise


def _page(
    request: HttpRequest, page: OnboardingPage, beside: dict[str, object] | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "page": page,
        "zone": page.view.zone,
        "beside": beside or {},
        "typed": (beside or {}).get("typed"),
        "operation": str(uuid.uuid4()),
    }
    return render(request, "onboardings/onboarding.html", context, status=status)
