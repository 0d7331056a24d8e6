"""Addresses of the audit page; each has its rule in `web/policy.py`."""

from __future__ import annotations

from django.urls import URLPattern, path

from holdshort.web.audit import views

urlpatterns: list[URLPattern] = [
    path("audit", views.show, name="audit"),
    path("audit/verifications", views.verify, name="audit_verify"),
    path("audit/exports", views.export, name="audit_export"),
]
