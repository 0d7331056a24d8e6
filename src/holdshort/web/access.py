"""Asks the policy about every request, and writes down what it answered."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpResponseNotAllowed

from holdshort.service.flow import directory
from holdshort.web.current import actor, look, now
from holdshort.web.faults import denied
from holdshort.web.policy import METHODS, Rule, rule_for
from holdshort.web.signing_in.kept import ask_to_sign_in
from holdshort.web.signing_in.sessions import is_over, note_seen

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

LOG = logging.getLogger("holdshort.access")


class AccessMiddleware:
    """No route is reached but through here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        name = match.view_name if match else ""
        rule = rule_for(name)
        if rule is None:
            _note(request, name, "denied", "no rule in the policy")
            return denied(request)
        if rule.who == "demo" and not settings.HOLDSHORT_DEMO:
            raise Http404
        if not rule.takes(request.method or ""):
            _note(request, name, "denied", f"{request.method} is not for this address")
            return HttpResponseNotAllowed(sorted(METHODS[rule.does]))
        return self._admitted(request, name, rule)

    def _admitted(self, request: HttpRequest, name: str, rule: Rule) -> HttpResponseBase | None:
        who = actor(request)
        if who and is_over(request.session):
            logout(request)
            who = ""
        if rule.who in ("anybody", "api", "demo"):
            _note(request, name, "allowed", rule.who)
            return None
        if not who:
            _note(request, name, "denied", "nobody is signed in")
            return ask_to_sign_in(request)
        people = look(request, directory)
        if not rule.admits(who, people):
            _note(request, name, "denied", "not for these roles")
            return denied(request, rule)
        note_seen(request.session)
        _note(request, name, "allowed", rule.who)
        return None


def _note(request: HttpRequest, route: str, answer: str, why: str) -> None:
    LOG.log(
        logging.INFO if answer == "allowed" else logging.WARNING,
        json.dumps(
            {
                "at": now(request).isoformat(),
                "access": answer,
                "who": actor(request),
                "method": request.method,
                "route": route,
                "path": request.path[:300],
                "why": why,
                "from": request.META.get("REMOTE_ADDR", ""),
            }
        ),
    )
