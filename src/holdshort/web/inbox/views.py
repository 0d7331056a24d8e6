"""The inbox: what waits, most urgent first, and what can be done about it from the list."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from holdshort.core.onboarding.commands import Claim, Decide, Reassign, Refused
from holdshort.core.roles import TITLES
from holdshort.ports import Conflict
from holdshort.service.flow import directory
from holdshort.service.words import plural
from holdshort.web.again import shown_again
from holdshort.web.current import actor, house_of, look
from holdshort.web.inbox.listing import TIERS, VIEWS, Asked, Listing
from holdshort.web.models import SavedView

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_MOST_VIEWS = 20
_REVIEW = re.compile(r"(\d{1,12})\.(\d{1,6})", re.ASCII)


def show(request: HttpRequest) -> HttpResponse:
    asked = Asked.of(QueryDict(request.POST["back"]) if "back" in request.POST else request.GET)
    listing = Listing(house_of(request), look(request, directory), actor(request), asked)
    context = {
        "listing": listing,
        "asked": asked,
        "back": asked.address(after=asked.after),
        "views": [(name, label, asked.address(view=name)) for name, label in VIEWS.items()],
        "tiers": TIERS,
        "roles": [each for each in TITLES.items() if each[0] not in ("none", "requester")],
        "saved": SavedView.objects.filter(account=actor(request)).order_by("name"),
        "can_accept": any(each.seen for each in listing.rows),
    }
    return render(request, "inbox/inbox.html", context)


@shown_again(show)
def claim(request: HttpRequest) -> HttpResponse:
    number, no = _review(request)
    house_of(request).flow.act(number, Claim(no, actor(request)), actor(request))
    messages.success(request, f"{number}.{no} is yours.")
    return _back(request)


@shown_again(show)
def reassign(request: HttpRequest) -> HttpResponse:
    number, no = _review(request)
    to = request.POST.get("to", "")
    if not to:
        raise Refused("INBOX-001", "nobody was chosen", "choose who takes it")
    house_of(request).flow.act(number, Reassign(no, to, actor(request)), actor(request))
    messages.success(request, f"{number}.{no} is with {to}.")
    return _back(request)


@shown_again(show)
def accept(request: HttpRequest) -> HttpResponse:
    """Accept the route of several low reviews, each exactly as it was shown; one that moved does not stop the others."""
    chosen = [each.partition(" ") for each in request.POST.getlist("review")]
    if not chosen:
        raise Refused("INBOX-002", "no review was chosen", "tick those that you want to accept")
    accepted, refused = 0, []
    for name, _, seen in chosen:
        try:
            _accept(request, name, seen)
            accepted += 1
        except Refused as error:
            refused.append(f"{name}: {error.why}")
        except Conflict:
            refused.append(f"{name}: it changed while you looked at it")
    if accepted:
        messages.success(request, f"{plural(accepted, 'review')} accepted.")
    for each in refused:
        messages.error(request, f"Not accepted: {each}.")
    return _back(request)


def _accept(request: HttpRequest, name: str, seen: str) -> None:
    number, no = _parsed(name)
    house = house_of(request)
    row = next((each for each in house.store.reviews(number=number, limit=1000) if each.no == no), None)
    if row is None:
        raise Refused("INBOX-003", "it does not wait any more", "look again")
    if row.tier != "low" or not seen:
        raise Refused("INBOX-004", "only low reviews are accepted from the list", "open it and decide there")
    reason = " ".join(request.POST.get("reason", "").split())
    house.flow.act(number, Decide(no, "J1", actor(request), False, seen, reason), actor(request))


@shown_again(show)
def save_view(request: HttpRequest) -> HttpResponse:
    name = " ".join(request.POST.get("name", "").split())[:60]
    if not name:
        raise Refused("INBOX-005", "the view has no name", "give it one, such as “High, enterprise”")
    mine = SavedView.objects.filter(account=actor(request))
    if mine.count() >= _MOST_VIEWS and not mine.filter(name=name).exists():
        raise Refused("INBOX-006", f"you have {_MOST_VIEWS} views already", "take one away first")
    query = Asked.of(QueryDict(request.POST.get("back", ""))).address()[:500]
    SavedView.objects.update_or_create(account=actor(request), name=name, defaults={"query": query})
    messages.success(request, f"The view “{name}” is kept.")
    return _back(request)


def forget_view(request: HttpRequest) -> HttpResponse:
    SavedView.objects.filter(account=actor(request), name=request.POST.get("name", "")).delete()
    return _back(request)


def _review(request: HttpRequest) -> tuple[int, int]:
    return _parsed(request.POST.get("review", ""))


def _parsed(name: str) -> tuple[int, int]:
    found = _REVIEW.fullmatch(name)
    if found is None:
        raise Http404
    return int(found[1]), int(found[2])


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was: post, redirect, get."""
    asked = Asked.of(QueryDict(request.POST.get("back", "")))
    query = asked.address(after=asked.after)
    return redirect(reverse("inbox") + (f"?{query}" if query else ""))
