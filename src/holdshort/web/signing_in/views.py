"""Signing in with a name, a password and, where somebody has one, a second factor; and out."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone

from holdshort.ports import User
from holdshort.web import stepping_up
from holdshort.web.current import house_of, look
from holdshort.web.demo_house import PASSWORD
from holdshort.web.signing_in import attempts, second_factor
from holdshort.web.signing_in.kept import safe_path, unseal
from holdshort.web.signing_in.starting import begin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("holdshort.access")
_HALFWAY = "halfway"
"""In the session of somebody whose password was right, until their code is."""
_HALFWAY_FOR = timedelta(minutes=5)


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(safe_path(request, request.GET.get("next")))
        return redirect("demo_people") if settings.HOLDSHORT_DEMO else _form(request)
    name, password = request.POST.get("name", "").strip().lower(), request.POST.get("password", "")
    if attempts.too_many(request, name):
        return _form(request, 429, name=name, slow_down=True)
    if not house_of(request).store.password_is(name, password):
        attempts.note_failure(request, name)
        LOG.warning('{"access": "denied", "who": "", "why": "wrong name or password"}')
        return _form(request, 401, name=name, wrong=True)
    if second_factor.has_one(name):
        request.session.cycle_key()
        request.session[_HALFWAY] = [name, timezone.now().isoformat()]
        return _form(request, template="signing_in/code.html")
    return _welcome(request, name)


def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step."""
    name, since = request.session.get(_HALFWAY) or ("", "")
    if not name or timezone.now() - datetime.fromisoformat(since) > _HALFWAY_FOR:
        request.session.pop(_HALFWAY, None)
        return _form(request, 401, too_slow=True)
    if attempts.too_many(request, name):
        return _form(request, 429, template="signing_in/code.html", slow_down=True)
    if not _is_active(request, name) or not second_factor.is_right(name, request.POST.get("code", "")):
        attempts.note_failure(request, name)
        LOG.warning('{"access": "denied", "who": "", "why": "wrong code"}')
        return _form(request, 401, template="signing_in/code.html", wrong=True)
    del request.session[_HALFWAY]
    return _welcome(request, name)


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign_in")


def demo_people(request: HttpRequest) -> HttpResponse:
    people = sorted(_active(request), key=lambda each: each.title)
    return render(request, "signing_in/demo_people.html", {"people": people, "password": PASSWORD})


def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """As anybody, without a password: a demo on this machine only."""
    name = request.POST.get("name", "")
    if not _is_active(request, name):
        raise Http404
    logout(request)
    begin(request, name)
    return redirect("inbox")


def _welcome(request: HttpRequest, name: str) -> HttpResponse:
    attempts.forget(name)
    begin(request, name)
    stepping_up.note_confirmed(request)
    kept = unseal(request.POST.get("kept", ""))
    if kept is not None and safe_path(request, kept.path, ""):
        return render(request, "signing_in/once_more.html", {"once_more": kept})
    return redirect(safe_path(request, request.POST.get("next")))


def _form(
    request: HttpRequest, status: int = 200, template: str = "signing_in/sign_in.html", **more: Any
) -> HttpResponse:
    """The page with what is to come after it: where to go, or the form that was kept."""
    onwards = {
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "kept": request.POST.get("kept", ""),
    }
    return render(request, template, {**onwards, **more}, status=status)


def _active(request: HttpRequest) -> list[User]:
    return [each for each in look(request, lambda tx: tx.users()) if each.active]


def _is_active(request: HttpRequest, name: str) -> bool:
    return any(each.name == name for each in _active(request))
