"""Named values about the whole store."""

from __future__ import annotations

from holdshort.store.sql import Sql, changing

QUARANTINE = "quarantine"
"""Why nothing may leave."""
BACKED_UP = "backed up"
"""When Holdshort last made a backup: an instant in ISO 8601."""

_COLUMNS = ("name", "value")


def fact(sql: Sql, name: str) -> str:
    """Empty where it was never set."""
    found = sql.one('SELECT "value" FROM store_fact WHERE "name" = ?', (name,))
    return str(found[0]) if found else ""


def set_fact(sql: Sql, name: str, value: str) -> None:
    sql.add("store_fact", _COLUMNS, [(name, value)], changing(_COLUMNS, 1))
