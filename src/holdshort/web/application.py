"""The review app as one WSGI application over one house."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from holdshort.web.current import HOUSE

if TYPE_CHECKING:
    from holdshort.bootstrap import House

Start = Callable[..., Any]
Wsgi = Callable[[dict[str, Any], Start], Iterable[bytes]]


def make_application(house: House) -> Wsgi:
    """
    The pages of this house. Django was set up with `settings.web_settings` when the house was opened.

    Files of ours come from `/static/` with whitenoise; everything else goes through `access.AccessMiddleware`.
    """
    from django.core.handlers.wsgi import WSGIHandler
    from whitenoise import WhiteNoise  # type: ignore[import-untyped]  # it has no types

    from holdshort.web.page import STATIC

    handler = WSGIHandler()

    def application(environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        environ[HOUSE] = house
        return handler(environ, start)

    served: Any = WhiteNoise(application, max_age=3600, add_headers_function=_headers)
    served.add_files(str(STATIC), prefix="static/")
    return cast("Wsgi", served)


def _headers(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
