"""Addresses of the inbox; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.inbox import views

urlpatterns: list[URLPattern] = [
    path("", views.show, name="inbox"),
    path("inbox/claims", views.claim, name="inbox_claim"),
    path("inbox/reassignments", views.reassign, name="inbox_reassign"),
    path("inbox/acceptances", views.accept, name="inbox_accept"),
    path("inbox/views", views.save_view, name="inbox_save_view"),
    path("inbox/views/forgotten", views.forget_view, name="inbox_forget_view"),
]
