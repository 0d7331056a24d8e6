"""Addresses of the go-live page; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.golive import views

urlpatterns: list[URLPattern] = [
    path("go-live", views.show, name="golive"),
    path("go-live/sign", views.sign_item, name="golive_sign"),
]
