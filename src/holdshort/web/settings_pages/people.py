"""People and their roles, for a systems admin or RevOps; everybody may look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from holdshort.core.roles import TITLES
from holdshort.ports import User
from holdshort.service.house_log import note
from holdshort.service.people import (
    add_user,
    may_change_people,
    new_password,
    set_active,
    set_password,
    set_roles,
)
from holdshort.web import stepping_up
from holdshort.web.again import shown_again
from holdshort.web.current import actor, house_of, look, now
from holdshort.web.signing_in import links, second_factor, sessions
from holdshort.web.signing_in.providers import providers

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

_ROLES = {name: title for name, title in TITLES.items() if name not in ("none", "requester")}


def people(request: HttpRequest) -> HttpResponse:
    users = look(request, lambda tx: tx.users())
    context = {
        "people": sorted(users, key=lambda each: (not each.active, each.name)),
        "is_admin": may_change_people(users, actor(request)),
        "roles": _ROLES.items(),
        "chosen": request.POST.getlist("role"),
    }
    return render(request, "settings_pages/people.html", context)


@shown_again(people)
def add(request: HttpRequest) -> HttpResponse:
    """The password is made up and shown this once, so that no admin chooses one for somebody."""
    stepping_up.confirm(request)
    password = new_password()
    user = User(
        request.POST.get("name", "").strip(),
        " ".join(request.POST.get("title", "").split()),
        request.POST.get("email", "").strip(),
        frozenset(request.POST.getlist("role")) & frozenset(_ROLES),
    )
    add_user(house_of(request).store, user, password, actor(request), now(request))
    return _show_password(request, user.name, password)


def person(request: HttpRequest, name: str) -> HttpResponse:
    users = look(request, lambda tx: tx.users())
    found = next((each for each in users if each.name == name), None)
    if found is None:
        raise Http404
    linked = links.links_of(name)
    context = {
        "person": found,
        "is_self": name == actor(request),
        "roles": _ROLES.items(),
        "has_second_factor": second_factor.has_one(name),
        "sign_ins": [
            {"provider": each, "link": linked.get(each.name)} for each in providers(request).values()
        ],
        "sessions": [
            {"mark": sessions.mark_of(each.session_key), "row": each} for each in sessions.sessions_of(name)
        ],
    }
    return render(request, "settings_pages/person.html", context)


@shown_again(person)
def change_roles(request: HttpRequest, name: str) -> HttpResponse:
    stepping_up.confirm(request)
    wanted = frozenset(request.POST.getlist("role")) & frozenset(_ROLES)
    set_roles(house_of(request).store, name, wanted, actor(request), now(request))
    messages.success(request, f"The roles of {name} are changed.")
    return redirect("person", name)


@shown_again(person)
def change_active(request: HttpRequest, name: str) -> HttpResponse:
    stepping_up.confirm(request)
    active = request.POST.get("active") == "yes"
    set_active(house_of(request).store, name, active, actor(request), now(request))
    if not active:
        sessions.end_all_sessions(name)
    messages.success(
        request, f"{name} may sign in again." if active else f"{name} is kept out, and signed out everywhere."
    )
    return redirect("person", name)


@shown_again(person)
def renew_password(request: HttpRequest, name: str) -> HttpResponse:
    stepping_up.confirm(request)
    password = new_password()
    set_password(house_of(request).store, name, password, actor(request), now(request))
    _sign_out(request, name)
    return _show_password(request, name, password)


@shown_again(person)
def take_second_factor(request: HttpRequest, name: str) -> HttpResponse:
    """Somebody lost phone and recovery codes. They are signed out, so that only who knows the password comes back."""
    stepping_up.confirm(request)
    if second_factor.remove(name):
        with house_of(request).store.transaction() as tx:
            note(tx, "SecondFactorRemoved", actor(request), now(request), {"user": name})
        sessions.end_all_sessions(name)
    messages.success(request, f"{name} has no second factor any more.")
    return redirect("person", name)


def _person_again(request: HttpRequest, name: str, provider: str) -> HttpResponse:
    return person(request, name)


@shown_again(_person_again)
def let_sign_in(request: HttpRequest, name: str, provider: str) -> HttpResponse:
    """A one-time link, shown this once. Whoever was linked before is signed out."""
    stepping_up.confirm(request)
    settings = providers(request).get(provider)
    if settings is None or not _is_somebody(request, name):
        raise Http404
    email = request.POST.get("email", "")
    if links.links_of(name).get(provider) is not None:
        _sign_out(request, name)
    token = links.invite(house_of(request).store, settings, name, email, actor(request), now(request))
    context = {
        "name": name,
        "email": email.strip(),
        "provider": settings,
        "link": request.build_absolute_uri(reverse("sign_in_link", args=[token])),
    }
    answer = render(request, "settings_pages/sign_in_link.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


@shown_again(_person_again)
def end_sign_in(request: HttpRequest, name: str, provider: str) -> HttpResponse:
    """From now on not any more; they are signed out everywhere."""
    stepping_up.confirm(request)
    if links.unlink(house_of(request).store, provider, name, actor(request), now(request)):
        _sign_out(request, name)
    messages.success(request, f"{name} may not sign in there any more.")
    return redirect("person", name)


def _sign_out(request: HttpRequest, name: str) -> None:
    """Everywhere, but for the admin's own session here."""
    sessions.end_all_sessions(name, but=request.session.session_key or "" if name == actor(request) else "")


def _is_somebody(request: HttpRequest, name: str) -> bool:
    return any(each.name == name for each in look(request, lambda tx: tx.users()))


def end_sessions(request: HttpRequest, name: str) -> HttpResponse:
    """Sign somebody out, everywhere or in one place; they may sign in again."""
    mark = request.POST.get("session", "")
    ended = sessions.end_session(name, mark) if mark else bool(sessions.end_all_sessions(name))
    if ended:
        with house_of(request).store.transaction() as tx:
            note(tx, "SignedOut", actor(request), now(request), {"user": name})
    messages.success(request, f"{name} is signed out." if ended else f"{name} was not signed in.")
    return redirect("person", name)


def _show_password(request: HttpRequest, name: str, password: str) -> HttpResponse:
    answer = render(request, "settings_pages/new_password.html", {"name": name, "password": password})
    answer["Cache-Control"] = "no-store"
    return answer
