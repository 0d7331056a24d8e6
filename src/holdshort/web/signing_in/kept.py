"""
What was typed into a form is not lost when the session ran out: the page that asks to sign in carries it along, signed,
and afterwards shows it to be looked at and sent again. A password or code is never carried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

SECRETS = ("password", "code", "new_password", "old_password")
"""Names of fields that are never carried or shown again."""
AT_PROVIDER = "at_provider"
"""The field that asks to confirm at an identity provider instead of with a password here."""
_NEVER = ("csrfmiddlewaretoken", AT_PROVIDER, *SECRETS)
_SALT = "holdshort.kept"
_FOR_S = 4 * 3600


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: str

    @property
    def label(self) -> str:
        return self.name.replace("_", " ").capitalize()

    @property
    def is_prose(self) -> bool:
        """Somebody wrote it, rather than chose it."""
        return " " in self.value.strip() or "\n" in self.value or len(self.value) > 60


@dataclass(frozen=True, slots=True)
class Kept:
    """A form that was sent: its address, its fields, and the names of the secrets that have to be typed again."""

    path: str
    fields: tuple[Field, ...]
    secrets: tuple[str, ...]


def typed(request: HttpRequest) -> Kept | None:
    """What a POST brought, without its secrets; None for anything else."""
    if request.method != "POST":
        return None
    fields = tuple(
        Field(name, str(value))
        for name, values in request.POST.lists()
        if name not in _NEVER
        for value in values
    )
    return Kept(request.get_full_path(), fields, tuple(each for each in SECRETS if each in request.POST))


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """To the sign-in page; a form that was sent goes with it."""
    kept = typed(request)
    if kept is None:
        where = urlencode({"next": request.get_full_path()})
        return redirect(f"{reverse('sign_in')}?{where}")
    return render(request, "signing_in/sign_in.html", {"kept": seal(kept), "expired": True}, status=401)


def seal(kept: Kept) -> str:
    pairs = [[each.name, each.value] for each in kept.fields]
    return signing.dumps([kept.path, pairs, list(kept.secrets)], salt=_SALT, compress=True)


def unseal(sealed: str) -> Kept | None:
    """None where nothing was kept, or it is too old or not ours."""
    try:
        path, pairs, secrets = signing.loads(sealed, salt=_SALT, max_age=_FOR_S)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Kept(path, tuple(Field(name, value) for name, value in pairs), tuple(secrets))


def safe_path(request: HttpRequest, wanted: Any, otherwise: str = "/") -> str:
    """`wanted` where it stays on this site."""
    path = str(wanted or "")
    own = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if own else otherwise
