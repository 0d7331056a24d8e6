"""Django's own tables (sessions, second factors) lie in the database of the house that the request is about."""

from __future__ import annotations

from typing import Any

from holdshort.web.current import ALIAS


class HouseRouter:
    """A process may have more than one store open; the screens never read the tables of another."""

    def db_for_read(self, model: Any, **hints: Any) -> str:
        return ALIAS.get()

    def db_for_write(self, model: Any, **hints: Any) -> str:
        return ALIAS.get()

    def allow_relation(self, one: Any, other: Any, **hints: Any) -> bool | None:
        return bool(one._state.db == other._state.db) or None
