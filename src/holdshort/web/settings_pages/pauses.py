"""Pausing and resuming: everything, one lane or one connector; lifting the quarantine after a restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render

from holdshort.core.onboarding.commands import Refused
from holdshort.service import switches
from holdshort.web import stepping_up
from holdshort.web.again import shown_again
from holdshort.web.current import actor, house_of, now
from holdshort.web.settings_pages.playbook import settings_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def show(request: HttpRequest) -> HttpResponse:
    house = house_of(request)
    lanes: list[str] = []
    if house.store.latest_register() is not None:
        lanes = list(dict.fromkeys(house.flow.programs.latest().playbook.clean_path.lanes.values()))
    return render(
        request, "settings_pages/pauses.html", {"lanes": lanes, "targets": list(settings_of(house).targets)}
    )


@shown_again(show)
def pause(request: HttpRequest) -> HttpResponse:
    scope = _scope(request)
    reason = " ".join(request.POST.get("reason", "").split())
    if not reason:
        raise Refused("PAUSE-002", "a pause needs a reason", "say why in a sentence")
    is_new = switches.pause(house_of(request).store, scope, actor(request), reason, now(request))
    messages.success(request, "Paused: no run begins in it any more." if is_new else "It was paused already.")
    return redirect("pauses")


@shown_again(show)
def resume(request: HttpRequest) -> HttpResponse:
    house, reason = house_of(request), " ".join(request.POST.get("reason", "").split())
    owner = settings_of(house).pause_owner
    changed = switches.resume(
        house.store, request.POST.get("scope", ""), actor(request), reason, owner, now(request)
    )
    messages.success(request, "Resumed." if changed else "It was not paused.")
    return redirect("pauses")


@shown_again(show)
def lift_quarantine(request: HttpRequest) -> HttpResponse:
    stepping_up.confirm(request)
    house, reason = house_of(request), " ".join(request.POST.get("reason", "").split())
    if not reason:
        raise Refused("PAUSE-002", "lifting the quarantine needs a reason", "say what was compared with what")
    switches.lift_quarantine(
        house.store, actor(request), reason, settings_of(house).pause_owner, now(request)
    )
    messages.success(request, "The quarantine is lifted.")
    return redirect("pauses")


def _scope(request: HttpRequest) -> str:
    house = house_of(request)
    kind, _, which = request.POST.get("scope", "").partition(":")
    if kind == "lane":
        return switches.lane_scope(which, house.flow.programs.latest().playbook)
    if kind == "connector":
        return switches.connector_scope(which, settings_of(house).targets)
    if kind != switches.EVERYTHING:
        raise Refused(
            "PAUSE-001", "nothing was chosen to be paused", "choose everything, a lane or a connector"
        )
    return switches.EVERYTHING
