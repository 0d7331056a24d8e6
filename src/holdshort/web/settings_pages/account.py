"""My own account: password, second factor, where I am signed in, who stands in for me."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.shortcuts import redirect, render

from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Delegation
from holdshort.service.house_log import note
from holdshort.service.people import end_delegation as end_delegation_of
from holdshort.service.people import may_change_people, set_delegation, set_password
from holdshort.web import stepping_up
from holdshort.web.again import shown_again
from holdshort.web.current import actor, house_of, look, now
from holdshort.web.settings_pages.playbook import settings_of
from holdshort.web.signing_in import second_factor, sessions

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

# --- where I am signed in -----------------------------------------------------------------------------------


def my_sessions(request: HttpRequest) -> HttpResponse:
    found = [
        {"mark": sessions.mark_of(each.session_key), "row": each, "is_this": each.session_key == request.session.session_key}
        for each in sessions.sessions_of(actor(request))
    ]  # fmt: skip
    return render(request, "settings_pages/sessions.html", {"sessions": found})


def end_session(request: HttpRequest) -> HttpResponse:
    if request.POST.get("all"):
        count = sessions.end_all_sessions(actor(request), but=request.session.session_key or "")
        messages.success(request, f"Signed out everywhere else ({count}).")
    elif sessions.end_session(actor(request), request.POST.get("session", "")):
        messages.success(request, "That session is ended.")
    return redirect("my_sessions")


# --- password -----------------------------------------------------------------------------------------------


def my_password(request: HttpRequest) -> HttpResponse:
    return _change_password(request) if request.method == "POST" else _password_form(request)


def _password_form(request: HttpRequest) -> HttpResponse:
    return render(request, "settings_pages/password.html", {})


@shown_again(_password_form)
def _change_password(request: HttpRequest) -> HttpResponse:
    stepping_up.confirm(request)
    wanted = request.POST.get("new_password", "")
    set_password(house_of(request).store, actor(request), wanted, actor(request), now(request))
    request.user.refresh_from_db()  # type: ignore[union-attr]  # signed in, says the policy
    update_session_auth_hash(request, request.user)  # type: ignore[arg-type]  # signed in, says the policy
    messages.success(request, "Your password is changed. Everywhere else you are signed out.")
    return redirect("settings")


# --- second factor ------------------------------------------------------------------------------------------


def my_second_factor(request: HttpRequest) -> HttpResponse:
    who = actor(request)
    secret = second_factor.proposed(who)
    context = {
        "is_set": second_factor.has_one(who),
        "left": second_factor.recovery_codes_left(who),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "address": f"otpauth://totp/Holdshort:{who}?secret={secret}&issuer=Holdshort" if secret else "",
    }
    return render(request, "settings_pages/second_factor.html", context)


@shown_again(my_second_factor)
def begin_second_factor(request: HttpRequest) -> HttpResponse:
    stepping_up.confirm(request)
    second_factor.propose(actor(request))
    return redirect("my_second_factor")


@shown_again(my_second_factor)
def confirm_second_factor(request: HttpRequest) -> HttpResponse:
    """The only page that ever shows the recovery codes; it is not kept anywhere."""
    codes = second_factor.confirm(actor(request), request.POST.get("code", ""))
    if codes is None:
        raise Refused(
            "STEP-002",
            "the code is not right",
            "type the one that your app shows now; is your phone’s clock right?",
        )
    _noted(request, "SecondFactorAdded", actor(request))
    sessions.end_all_sessions(actor(request), but=request.session.session_key or "")
    answer = render(request, "settings_pages/recovery_codes.html", {"codes": codes})
    answer["Cache-Control"] = "no-store"
    return answer


@shown_again(my_second_factor)
def remove_second_factor(request: HttpRequest) -> HttpResponse:
    stepping_up.confirm(request)
    if second_factor.remove(actor(request)):
        _noted(request, "SecondFactorRemoved", actor(request))
    messages.success(request, "Your second factor is taken away.")
    return redirect("my_second_factor")


def _noted(request: HttpRequest, kind: str, name: str) -> None:
    with house_of(request).store.transaction() as tx:
        note(tx, kind, actor(request), now(request), {"user": name})


# --- away ---------------------------------------------------------------------------------------------------


def away(request: HttpRequest) -> HttpResponse:
    users, delegations = look(request, lambda tx: (tx.users(), tx.delegations()))
    who, present = actor(request), now(request)
    is_admin = may_change_people(users, who)
    to_come = [each for each in delegations if each.ends_at > present]
    context = {
        "names": [each.name for each in users if each.active],
        "may_for_others": is_admin,
        "delegations": [
            {"row": each, "runs": each.starts_at <= present, "endable": is_admin or who in (each.from_user, each.to_user)}
            for each in to_come
        ],
        "today": present.astimezone(_zone(request)).date().isoformat(),
        "zone": settings_of(house_of(request)).calendar.zone,
    }  # fmt: skip
    return render(request, "settings_pages/away.html", context)


@shown_again(away)
def delegate(request: HttpRequest) -> HttpResponse:
    zone = _zone(request)
    first, last = _day(request, "from"), _day(request, "until")
    wanted = Delegation(
        request.POST.get("user") or actor(request),
        request.POST.get("to", ""),
        datetime.combine(first, time(), zone).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC),
    )
    set_delegation(house_of(request).store, wanted, actor(request), now(request))
    messages.success(request, f"{wanted.to_user} stands in for {wanted.from_user}.")
    return redirect("away")


@shown_again(away)
def end_delegation(request: HttpRequest) -> HttpResponse:
    absent, other = request.POST.get("user", ""), request.POST.get("to", "")
    end_delegation_of(house_of(request).store, absent, other, actor(request), now(request))
    messages.success(request, f"{other} does not stand in for {absent} any more.")
    return redirect("away")


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError as error:
        raise Refused("SET-001", f"“{name}” is no day", "choose a day, such as 2026-08-03") from error


def _zone(request: HttpRequest) -> ZoneInfo:
    return ZoneInfo(settings_of(house_of(request)).calendar.zone or "UTC")
