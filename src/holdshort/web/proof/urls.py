"""Addresses of the proof page; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.proof import views

urlpatterns: list[URLPattern] = [
    path("proof", views.show, name="proof"),
    path("proof/<str:what>", views.part, name="proof_part"),
    path("proof/<str:what>/run", views.run, name="proof_run"),
]
