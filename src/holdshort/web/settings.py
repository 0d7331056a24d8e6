"""What the screens add to the store's Django settings: middleware, templates, cookies, what a page may load."""

from __future__ import annotations

from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SESSION_HOURS = 12
"""A session ends this long after its last use."""


def web_settings(*, hosts: tuple[str, ...] = (), https: bool = False, demo: bool = False) -> dict[str, Any]:
    """
    Settings to hand to `store.settings.configure`.

    Args:
        hosts: names under which the pages are reached, besides this machine's own loopback names.
        https: whether people come over TLS; then cookies never travel without it.
        demo: offer to sign in as anybody without a password. Only for a demo on this machine.
    """
    return {
        "INSTALLED_APPS": list(_APPS),
        "DATABASE_ROUTERS": ["holdshort.web.routing.HouseRouter"],
        "ROOT_URLCONF": "holdshort.web.urls",
        "APPEND_SLASH": False,
        "MIDDLEWARE": list(_MIDDLEWARE),
        "TEMPLATES": [_TEMPLATES],
        "AUTHENTICATION_BACKENDS": ["django.contrib.auth.backends.ModelBackend"],
        "LOGIN_URL": "sign_in",
        "LOGIN_REDIRECT_URL": "/",
        "ALLOWED_HOSTS": ["127.0.0.1", "localhost", "[::1]", "testserver", *hosts],
        "STATIC_URL": "/static/",
        "USE_TZ": True,
        "HOLDSHORT_DEMO": demo,
        "HOLDSHORT_BEHIND_PROXY": https,
        **_sessions_and_cookies(https),
        **_headers(https),
        **_sizes(),
    }


_APPS = ("holdshort.web.apps.WebConfig", "django_htmx")

_MIDDLEWARE = (
    "holdshort.web.house_middleware.HouseMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "holdshort.web.refusals.RefusalMiddleware",
    "holdshort.web.access.AccessMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
)

_TEMPLATES: dict[str, Any] = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [HERE / "templates"],
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.messages.context_processors.messages",
            "holdshort.web.page.around",
        ],
        "builtins": ["holdshort.web.templatetags.words"],
    },
}


def _sessions_and_cookies(https: bool) -> dict[str, Any]:
    prefix = "__Host-" if https else ""  # a browser keeps such a cookie to this one host
    return {
        "SESSION_ENGINE": "holdshort.web.signing_in.sessions",
        "SESSION_COOKIE_NAME": f"{prefix}holdshort_session",
        "SESSION_COOKIE_AGE": SESSION_HOURS * 3600,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": https,
        "CSRF_COOKIE_NAME": f"{prefix}holdshort_csrf",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SECURE": https,
        "CSRF_FAILURE_VIEW": "holdshort.web.faults.csrf_failure",
        "MESSAGE_STORAGE": "django.contrib.messages.storage.session.SessionStorage",
    }


def _headers(https: bool) -> dict[str, Any]:
    own = "'self'"
    return {
        "CONTENT_SECURITY_POLICY": {
            "DIRECTIVES": {
                "default-src": ["'none'"],
                "script-src": [own],
                "style-src": [own],
                "img-src": [own],
                "font-src": [own],
                "connect-src": [own],
                "form-action": [own],
                "base-uri": ["'none'"],
                "frame-ancestors": ["'none'"],
            }
        },
        "X_FRAME_OPTIONS": "DENY",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CROSS_ORIGIN_OPENER_POLICY": "same-origin",
        "SECURE_PROXY_SSL_HEADER": ("HTTP_X_FORWARDED_PROTO", "https") if https else None,
    }


def _sizes() -> dict[str, Any]:
    megabyte = 1024 * 1024
    return {
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 2 * megabyte,
        "FILE_UPLOAD_HANDLERS": ["holdshort.web.uploading.BoundedUploads"],
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 2000,
        "DATA_UPLOAD_MAX_NUMBER_FILES": 5,
    }
