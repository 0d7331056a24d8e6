"""Points Django's own tables at the house's database for the time of a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from holdshort.web.current import ALIAS, house_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


class HouseMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        database = house_of(request).sql_store.database
        before = ALIAS.set(database.alias)
        try:
            database.read(
                lambda: None
            )  # the store's safe settings are on the connection before Django uses it
            return self.get_response(request)
        finally:
            ALIAS.reset(before)
