"""Where people of this house may sign in other than with a password of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdshort.core.settings_sign_in import SignInSettings
from holdshort.web.current import actor, house_of
from holdshort.web.settings_pages.playbook import settings_of

if TYPE_CHECKING:
    from django.http import HttpRequest

WAY = "way"
"""In the session of somebody who signed in at a provider: its name."""


def providers(request: HttpRequest) -> dict[str, SignInSettings]:
    """By name, as the playbook that runs says."""
    return dict(settings_of(house_of(request)).sign_in)


def came_by(request: HttpRequest) -> SignInSettings | None:
    """The provider at which whoever is signed in has signed in, where it is still one."""
    name = request.session.get(WAY, "") if actor(request) else ""
    return providers(request).get(name) if name else None
