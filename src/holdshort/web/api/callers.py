"""Who calls the API: a program with a key, or a person who is signed in; and what they may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from ninja.security import APIKeyCookie, HttpBearer

from holdshort.service.api_keys import SCOPES, find_key
from holdshort.service.flow import directory
from holdshort.service.people import ADMINS
from holdshort.web.api.problems import Problem
from holdshort.web.current import actor, house_of

if TYPE_CHECKING:
    from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Caller:
    """
    Whoever makes a request.

    `name` is what logs say: a person's name, or `key:NAME` for a service, which no person can be called. `user` is the
    person who acts; empty for a service. `scopes` is None for a person's own session, which has them all.
    """

    name: str
    user: str
    scopes: frozenset[str] | None
    owner: str = ""

    @property
    def is_service(self) -> bool:
        return not self.user

    def has(self, scope: str) -> bool:
        return self.scopes is None or scope in self.scopes


class BearerKey(HttpBearer):
    """`Authorization: Bearer hsk_…`"""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        house = house_of(request)
        key = find_key(house.api_tables, token.strip(), house.clock.now())
        if key is None:
            return None
        person = key.kind == "person"
        name = key.owner if person else f"key:{key.name}"
        return Caller(name, key.owner if person else "", key.scopes, key.owner)


class SignedIn(APIKeyCookie):
    """The session of the screens. It has to show that the request comes from our own page (X-CSRFToken)."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Caller | None:
        if request.headers.get("Authorization") or not actor(request):
            return None  # a key that is wrong is not made good by a cookie
        self._get_key(request)
        return self.authenticate(request, None)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        name = actor(request)
        return Caller(name, name, None, name) if name else None


AUTH: list[Any] = [BearerKey(), SignedIn()]


def caller_of(request: HttpRequest) -> Caller:
    return cast("Caller", request.auth)  # type: ignore[attr-defined]  # ninja sets it


def require(request: HttpRequest, scope: str) -> Caller:
    """
    The caller, who may do this.

    Raises:
        Problem: 403, their key is not good for it.
    """
    caller = caller_of(request)
    if not caller.has(scope):
        raise Problem(
            403,
            "API-003",
            f"this key is not good for `{scope}`: {SCOPES[scope]}",
            "make a key with this scope",
        )
    return caller


def require_any(request: HttpRequest, *scopes: str) -> Caller:
    """As `require`, for what several scopes allow."""
    caller = caller_of(request)
    return caller if any(caller.has(each) for each in scopes) else require(request, scopes[0])


def require_person(request: HttpRequest, scope: str) -> Caller:
    """As `require`; a service is refused whatever its key says."""
    caller = require(request, scope)
    if caller.is_service:
        raise Problem(
            403, "API-009", "a service decides nothing: people decide, programs ask",
            "use the key or session of somebody whose turn it is",
        )  # fmt: skip
    return caller


def require_admin(request: HttpRequest, scope: str) -> Caller:
    """As `require`; a person has to be a systems admin or RevOps as well. A service's key was given the scope by one."""
    caller = require(request, scope)
    if caller.user:
        with house_of(request).store.transaction() as tx:
            person = directory(tx).people.get(caller.user)
        if person is None or not person.active or not person.roles.intersection(ADMINS):
            raise Problem(403, "API-010", "this is for a systems admin or RevOps", "ask one of them")
    return caller
