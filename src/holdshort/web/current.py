"""What a request works on: the house, who acts, and when."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from django.http import HttpRequest

    from holdshort.bootstrap import House
    from holdshort.store.transaction import SqlTransaction

T = TypeVar("T")

HOUSE = "holdshort.house"
"""Under this name `application.py` hands the house on with every request."""
ALIAS: ContextVar[str] = ContextVar("the database of the house that this request is about", default="default")


def house_of(request: HttpRequest) -> House:
    """The house that this process serves."""
    return cast("House", request.META[HOUSE])


def actor(request: HttpRequest) -> str:
    """The name of whoever is signed in; empty for nobody."""
    user = request.user
    return str(user.get_username()) if user.is_authenticated else ""


def look(request: HttpRequest, work: Callable[[SqlTransaction], T]) -> T:
    """What `work` reads from the store with a transaction's questions, without keeping writers waiting."""
    return house_of(request).sql_store.look(work)


def now(request: HttpRequest) -> datetime:
    """The house's clock, an aware UTC instant."""
    return house_of(request).clock.now()
