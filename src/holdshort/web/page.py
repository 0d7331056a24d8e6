"""What every page shows around its own matter: who is signed in, where one can go, and what stops everything."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject

from holdshort.web.current import HOUSE, actor, house_of, look
from holdshort.web.signing_in.kept import SECRETS
from holdshort.web.signing_in.providers import providers
from holdshort.web.stepping_up import asks_for, confirms_at

if TYPE_CHECKING:
    from django.http import HttpRequest

STATIC = Path(__file__).parent / "static"
_PLACES = (
    ("Inbox", "inbox"), ("Onboardings", "onboardings"), ("Register", "register"), ("Go-live", "golive"),
    ("Proof", "proof"), ("Metrics", "metrics"), ("Audit", "audit"), ("Settings", "settings"),
)  # fmt: skip


class Place(NamedTuple):
    label: str
    address: str
    is_here: bool


def around(request: HttpRequest) -> dict[str, Any]:
    """For every template."""
    if HOUSE not in request.META or not hasattr(request, "user"):
        return {}
    who = actor(request)
    if not who:
        return {"actor": "", "providers": SimpleLazyObject(lambda: list(providers(request).values()))}
    switches, quarantine = look(request, lambda tx: (tx.switches(), tx.quarantine()))
    house = house_of(request)
    return {
        "actor": who,
        "actor_title": getattr(request.user, "title", "") or who,
        "places": _places(request.path),
        "pauses": switches,
        "pause_file": house.stopped(),
        "quarantine": quarantine,
        "present": house.clock.now(),
        "refused": request.META.get("holdshort.refused"),
        "typed_in": _typed_in(request),
        "asks_for": SimpleLazyObject(lambda: asks_for(request)),
        "confirms_at": SimpleLazyObject(lambda: confirms_at(request)),
    }


def _typed_in(request: HttpRequest) -> dict[str, str]:
    """What a refused form brought, so that it shows filled."""
    if "holdshort.refused" not in request.META:
        return {}
    return {name: str(value) for name, value in request.POST.items() if name not in SECRETS}


def _places(path: str) -> list[Place]:
    found = []
    for label, name in _PLACES:
        try:
            address = reverse(name)
        except NoReverseMatch:
            continue
        here = path == address if address == "/" else path.startswith(address)
        found.append(Place(label, address, here))
    return found


def asset(name: str) -> str:
    """The address of a file of ours, with its fingerprint, so that a browser may keep it."""
    return f"/static/{name}?v={_FINGERPRINTS[name]}"


_FINGERPRINTS = {
    file.name: hashlib.sha256(file.read_bytes()).hexdigest()[:12]
    for file in STATIC.iterdir()
    if file.is_file()
}
