"""The way to all settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from holdshort.web.current import actor
from holdshort.web.signing_in import second_factor

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


def show(request: HttpRequest) -> HttpResponse:
    return render(
        request, "settings_pages/settings.html", {"has_second_factor": second_factor.has_one(actor(request))}
    )
