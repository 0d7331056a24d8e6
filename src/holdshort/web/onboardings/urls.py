"""Addresses of onboardings; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.onboardings import views

_ONE = "onboardings/<int:number>"

urlpatterns: list[URLPattern] = [
    path("onboardings", views.index, name="onboardings"),
    path(_ONE, views.show, name="onboarding"),
    path(f"{_ONE}/files/<int:no>", views.file, name="onboarding_file"),
    path(f"{_ONE}/holds", views.raise_hold, name="onboarding_hold"),
    path(f"{_ONE}/comments", views.comment, name="onboarding_comment"),
    path(f"{_ONE}/closings", views.close, name="onboarding_close"),
    path(f"{_ONE}/reopenings", views.reopen, name="onboarding_reopen"),
    path(f"{_ONE}/decisions/<int:decision>/recalls", views.recall, name="onboarding_recall"),
    path(f"{_ONE}/decisions/<int:decision>/conditions/<int:n>/met", views.meet, name="onboarding_condition"),
    path(f"{_ONE}/actions/<int:action>/resolutions", views.resolve, name="onboarding_resolve"),
]
