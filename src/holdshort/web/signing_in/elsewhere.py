"""
Signing in at an identity provider, and showing there once more who one is.

What has to come back fits only the browser that left: state, nonce and the verifier of PKCE lie in its session, are used
once and for ten minutes. Nobody gets an account by this; an account is linked beforehand (`links.py`).
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse

from holdshort.core.onboarding.commands import Refused
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.ports import Identity, NotBelieved, ProviderDown
from holdshort.web import stepping_up
from holdshort.web.current import actor, house_of, look, now
from holdshort.web.signing_in import attempts, links
from holdshort.web.signing_in.kept import safe_path, seal, typed, unseal
from holdshort.web.signing_in.providers import WAY, came_by, providers
from holdshort.web.signing_in.starting import begin

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

LOG = logging.getLogger("holdshort.access")
_PENDING = "elsewhere"
_FOR_S = 600
_AGAIN = "Go back to the sign-in page and begin again."


# --- out ---


def sign_in_with(request: HttpRequest, name: str) -> HttpResponse:
    """To the provider, to sign in; with `link`, to use a one-time link up."""
    token = request.POST.get("link", "")
    if token and links.invited(token) is None:
        return _not_let_in(request, 403, "This link was used already, or is too old.", "Ask for another one.")
    onwards = {"next": request.POST.get("next", ""), "kept": request.POST.get("kept", "")}
    return _leave(
        request, _provider(request, name), {"for": "link" if token else "sign in", "link": token, **onwards}
    )


def use_link(request: HttpRequest, token: str) -> HttpResponse:
    """The page that a one-time link opens: it says who it is for, and sends nobody anywhere by itself."""
    row = links.invited(token)
    provider = providers(request).get(row.provider) if row is not None else None
    if row is None or provider is None:
        return _not_let_in(request, 404, "This link was used already, or is too old.", "Ask for another one.")
    answer = render(
        request, "signing_in/link.html", {"account": row.account, "provider": provider, "link": token}
    )
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


def confirm_elsewhere(request: HttpRequest) -> HttpResponse:
    """To the provider, which asks afresh who they are; the form that was sent waits and comes back to be sent."""
    provider, kept = came_by(request), typed(request)
    if provider is None or kept is None:
        raise Http404
    sealed = seal(replace(kept, secrets=()))
    return _leave(
        request, provider, {"for": "confirm", "kept": sealed, "operation": request.POST.get("operation", "")}
    )


def _leave(request: HttpRequest, provider: SignInSettings, what: dict[str, str]) -> HttpResponse:
    if attempts.too_many_from_here(request):
        return _slow_down(request)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        asked = house_of(request).identity_provider(provider)
        afresh = what["for"] == "confirm"
        address = asked.address(_return_address(request, provider), state, nonce, verifier, afresh=afresh)
    except (ProviderDown, NotBelieved) as error:
        return _trouble(request, provider, error)
    request.session[_PENDING] = {
        **what, "provider": provider.name, "issuer": provider.issuer, "state": state, "nonce": nonce, "verifier": verifier,
        "at": time.time(),
    }  # fmt: skip
    # Not a redirect: the policy of content lets no form of ours lead to another site, and stays as strict as that.
    answer = render(request, "signing_in/elsewhere.html", {"address": address, "provider": provider})
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer


# --- back ---


def sign_in_from(request: HttpRequest, name: str) -> HttpResponse:
    """Where the provider sends the browser back to."""
    provider = _provider(request, name)
    if attempts.too_many_from_here(request):
        return _slow_down(request)
    left: dict[str, Any] = request.session.get(_PENDING) or {}
    if not _fits(request, provider, left):
        attempts.note_failure(request, "")
        _note("denied", provider, "what came back did not begin in this browser, or took too long")
        why = "This sign-in did not begin in this browser, was used already, or took too long."
        return _not_let_in(request, 400, why, _AGAIN)
    del request.session[_PENDING]
    code = request.GET.get("code", "")
    if "error" in request.GET or not code:
        _note("denied", provider, "the provider did not let them in")
        return _not_let_in(request, 403, f"{provider.label} did not let you in.", _AGAIN)
    try:
        who = house_of(request).identity_provider(provider).redeem(
            code[:4000], _return_address(request, provider), left["nonce"], left["verifier"],
            since=left["at"] if left["for"] == "confirm" else None,
        )  # fmt: skip
    except (ProviderDown, NotBelieved) as error:
        attempts.note_failure(request, "")
        return _trouble(request, provider, error)
    return _BACK[left["for"]](request, provider, who, left)


def _fits(request: HttpRequest, provider: SignInSettings, left: dict[str, Any]) -> bool:
    """Whether this is the answer to what this very browser asked, of this very provider (RFC 9207)."""
    if not left or not 0 <= time.time() - left["at"] <= _FOR_S:
        return False
    if (left["provider"], left["issuer"]) != (provider.name, provider.issuer):
        return False
    if request.GET.get("iss", provider.issuer) != provider.issuer:
        return False
    return hmac.compare_digest(request.GET.get("state", "").encode(), left["state"].encode())


def _signed_in(
    request: HttpRequest, provider: SignInSettings, who: Identity, left: dict[str, Any]
) -> HttpResponse:
    account = links.account_of(provider, who)
    if not account:
        attempts.note_failure(request, "")
        _note("denied", provider, "nobody here is linked to this person")
        why = f"{provider.label} knows you, but nobody here is linked to your account there."
        mend = "Ask a systems admin or RevOps for a link: Settings, People and roles, your name. Signing in makes no account."
        return _not_let_in(request, 403, why, mend)
    return _welcome(request, provider, account, left)


def _linked(
    request: HttpRequest, provider: SignInSettings, who: Identity, left: dict[str, Any]
) -> HttpResponse:
    try:
        account = links.complete(house_of(request).store, provider, left["link"], who, now(request))
    except Refused as refused:
        attempts.note_failure(request, "")
        _note("denied", provider, refused.code)
        return _not_let_in(request, 403, _sentence(refused.why), _sentence(refused.mend), refused.code)
    return _welcome(request, provider, account, left)


def _confirmed(
    request: HttpRequest, provider: SignInSettings, who: Identity, left: dict[str, Any]
) -> HttpResponse:
    kept = unseal(left["kept"])
    if not actor(request) or links.account_of(provider, who) != actor(request):
        attempts.note_failure(request, actor(request))
        _note("denied", provider, "somebody else confirmed", actor(request))
        why = f"At {provider.label} you are not the person who is signed in here."
        return _not_let_in(request, 403, why, "Nothing was done. Go back, and confirm as yourself.")
    if kept is None or not safe_path(request, kept.path, ""):
        return _not_let_in(
            request, 400, "What you typed is not kept any more.", "Go back to it and send it again."
        )
    stepping_up.note_confirmed_form(request, kept.path, left["operation"])
    _note("allowed", provider, "confirmed", actor(request))
    return render(request, "signing_in/once_more.html", {"once_more": kept, "confirmed_at": provider.label})


_BACK = {"sign in": _signed_in, "link": _linked, "confirm": _confirmed}


def _welcome(
    request: HttpRequest, provider: SignInSettings, account: str, left: dict[str, Any]
) -> HttpResponse:
    if not any(each.name == account and each.active for each in look(request, lambda tx: tx.users())):
        _note("denied", provider, "kept out", account)
        why = "You are kept out of this Holdshort."
        return _not_let_in(request, 403, why, "Ask a systems admin or RevOps if you should not be.")
    begin(request, account)
    request.session[WAY] = provider.name
    _note("allowed", provider, "signed in", account)
    kept = unseal(left.get("kept", ""))
    if kept is not None and safe_path(request, kept.path, ""):
        return render(request, "signing_in/once_more.html", {"once_more": kept})
    return redirect(safe_path(request, left.get("next")))


# --- words ---


def _provider(request: HttpRequest, name: str) -> SignInSettings:
    found = providers(request).get(name)
    if found is None:
        raise Http404
    return found


def _return_address(request: HttpRequest, provider: SignInSettings) -> str:
    return request.build_absolute_uri(reverse("sign_in_from", args=[provider.name]))


def _trouble(
    request: HttpRequest, provider: SignInSettings, error: ProviderDown | NotBelieved
) -> HttpResponse:
    _note("denied", provider, str(error)[:300])
    if isinstance(error, ProviderDown):
        why = f"{provider.label} cannot be asked now: {error}."
        return _not_let_in(
            request, 503, why, "Wait a moment and try again. Whoever has a password here signs in with that."
        )
    why = f"What {provider.label} said cannot be believed, so nobody is signed in."
    return _not_let_in(
        request, 403, why, f"{_AGAIN} If it happens again, tell a systems admin: the access log says why."
    )


def _slow_down(request: HttpRequest) -> HttpResponse:
    why = "There were too many tries that went wrong from where you are."
    return _not_let_in(request, 429, why, "Wait a quarter of an hour, then try again.")


def _not_let_in(request: HttpRequest, status: int, why: str, mend: str, code: str = "") -> HttpResponse:
    context = {"why": why, "mend": mend, "code": code}
    return render(request, "signing_in/not_let_in.html", context, status=status)


def _note(answer: str, provider: SignInSettings, why: str, who: str = "") -> None:
    line = json.dumps({"access": answer, "who": who, "at_provider": provider.name, "why": why})
    LOG.log(logging.INFO if answer == "allowed" else logging.WARNING, line)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
