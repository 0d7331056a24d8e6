"""Addresses of the metrics page; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.metrics import views

urlpatterns: list[URLPattern] = [path("metrics", views.show, name="metrics")]
