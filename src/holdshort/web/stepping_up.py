"""
Showing once more who one is, just before something that matters.

A decision of high or hold tier asks every time: its form posts `password` (or `code`, from the authenticator app), and its
view calls `confirm`. What matters less, such as changing people, asks `recently_confirmed`. In a template:
`{% include "stepping_up/field.html" %}`. Whoever signed in at an identity provider may confirm there instead: the form goes
round by the provider and comes back to be sent, and then counts as confirmed, once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from holdshort.core.onboarding.commands import Refused
from holdshort.web.current import actor, house_of
from holdshort.web.signing_in import attempts, second_factor
from holdshort.web.signing_in.kept import AT_PROVIDER
from holdshort.web.signing_in.providers import came_by

if TYPE_CHECKING:
    from django.http import HttpRequest

MOST_AGE = timedelta(minutes=5)
_AT = "confirmed_at"
_FORM = "confirmed_form"


class ConfirmElsewhere(Exception):
    """They want to show at their identity provider who they are; nothing has been done with the form yet."""


def recently_confirmed(request: HttpRequest, within: timedelta = MOST_AGE) -> bool:
    """Whether whoever is signed in showed who they are within the last minutes, five at most."""
    said = request.session.get(_AT)
    if not said:
        return False
    age = timezone.now() - datetime.fromisoformat(said)
    return timedelta(0) <= age <= min(within, MOST_AGE)


def confirm(request: HttpRequest) -> None:
    """
    Check the password or code that this form brought.

    Raises:
        Refused: It is missing or wrong, or there were too many wrong ones (STEP-001 to STEP-003).
        ConfirmElsewhere: They asked to confirm where they signed in; `refusals.RefusalMiddleware` sends them there.
    """
    who = actor(request)
    password, code = request.POST.get("password", ""), request.POST.get("code", "").strip()
    if not (password or code):
        if _was_confirmed(request):
            return
        if request.POST.get(AT_PROVIDER) == "yes" and came_by(request) is not None:
            raise ConfirmElsewhere
        raise Refused(
            "STEP-001", f"this asks for your {asks_for(request)} again", "type it and send once more"
        )
    if attempts.too_many(request, who):
        raise Refused(
            "STEP-003", "there were too many wrong passwords or codes", "wait a quarter of an hour, or have another person decide"
        )  # fmt: skip
    if not _is_right(request, who, password, code):
        attempts.note_failure(request, who)
        raise Refused("STEP-002", f"the {asks_for(request)} is not right", "type it once more")
    note_confirmed(request)


def note_confirmed(request: HttpRequest) -> None:
    """They have just shown who they are, such as by signing in."""
    request.session[_AT] = timezone.now().isoformat()


def note_confirmed_form(request: HttpRequest, path: str, operation: str) -> None:
    """They have shown at their provider who they are, for the one form that went to this address."""
    request.session[_FORM] = [path, operation, timezone.now().isoformat()]


def _was_confirmed(request: HttpRequest) -> bool:
    """Whether it was for this very form, a moment ago; it is used up by this."""
    path, operation, at = request.session.get(_FORM) or ("", "", "")
    if (path, operation) != (request.get_full_path(), request.POST.get("operation", "")) or not path:
        return False
    del request.session[_FORM]
    return timedelta(0) <= timezone.now() - datetime.fromisoformat(at) <= MOST_AGE


def confirms_at(request: HttpRequest) -> str:
    """What people call the provider at which they may confirm instead; empty where there is none."""
    provider = came_by(request)
    return provider.label if provider is not None else ""


def asks_for(request: HttpRequest) -> str:
    """What the field is called: a code where somebody has set up an app, else the password."""
    return "code" if second_factor.has_one(actor(request)) else "password"


def _is_right(request: HttpRequest, who: str, password: str, code: str) -> bool:
    """Whoever has a second factor shows that one: a password that somebody saw is not enough."""
    if second_factor.has_one(who):
        return second_factor.is_right(who, code or password)
    return bool(house_of(request).store.password_is(who, password or code))
