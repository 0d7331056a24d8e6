"""Opening a session for somebody who has shown who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import login
from django.utils import timezone

from holdshort.web.signing_in.sessions import ACCOUNT, AGENT, BEGAN

if TYPE_CHECKING:
    from django.http import HttpRequest

_BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin(request: HttpRequest, name: str) -> None:
    """The session has another key afterwards, and nothing of whoever had it before."""
    from holdshort.store.models import Account

    request.session.flush()
    login(request, Account.objects.get(name=name), backend=_BACKEND)
    request.session[ACCOUNT] = name
    request.session[AGENT] = request.headers.get("User-Agent", "")
    request.session[BEGAN] = timezone.now().isoformat()
