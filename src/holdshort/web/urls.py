"""Every address, one module per resource. A route without a rule in `policy.py` is refused."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

RESOURCES = (
    "signing_in",
    "inbox",
    "reviews",
    "onboardings",
    "register",
    "golive",
    "proof",
    "metrics",
    "audit",
    "settings_pages",
    "api",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(f"holdshort.web.{resource}.urls")) for resource in RESOURCES
]
handler404 = "holdshort.web.faults.not_found"
handler500 = "holdshort.web.faults.broken"
