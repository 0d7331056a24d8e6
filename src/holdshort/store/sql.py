"""Statements on the hot path: straight to the driver, inside the transaction that Django holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from holdshort.store.values import instant, storable

Params = Sequence[Any]
Step = tuple[str, Params]
"""A statement and its values."""

IGNORE = "ON CONFLICT DO NOTHING"

_AT_ONCE = 500
"""Rows in one statement; both databases bound the number of values."""


class Sql:
    """
    Runs statements written with `?` on the driver's connection of one Django connection.

    Instants go in through `moment` and come out through `utc`, so that both databases keep what Django would.
    """

    def __init__(self, connection: Any) -> None:
        raw = connection.connection
        self.postgresql: bool = connection.vendor == "postgresql"
        self._execute: Callable[[str, Params], Any] = _on_psycopg(raw) if self.postgresql else _on_sqlite(raw)

    def run(self, statement: str, params: Params = ()) -> int:
        """How many rows it changed."""
        return int(self._execute(statement, params).rowcount)

    def rows(self, statement: str, params: Params = ()) -> list[Any]:
        found: list[Any] = self._execute(statement, params).fetchall()
        return found

    def one(self, statement: str, params: Params = ()) -> Any:
        """The first row, or None."""
        return self._execute(statement, params).fetchone()

    def together(self, steps: Sequence[Step]) -> int:
        """
        Run statements that change different tables; PostgreSQL gets them as one, which takes half the time.

        Returns:
            How many rows the first one changed.
        """
        if not self.postgresql:
            return next(iter([self.run(statement, params) for statement, params in steps]))
        text = _as_one(tuple(statement for statement, _ in steps))
        return int(self.one(text, [value for _, params in steps for value in params])[0])

    def add(self, table: str, columns: tuple[str, ...], rows: Sequence[Params], then: str = "") -> int:
        """Insert rows, as many as there are, and say how many went in; `then` as for `inserts`."""
        return sum(self.run(statement, params) for statement, params in inserts(table, columns, rows, then))

    def moment(self, at: datetime | None) -> Any:
        """An instant as this database takes it."""
        if at is None or self.postgresql:
            return at
        return str(instant(at).replace(tzinfo=None))


def utc(at: datetime | None) -> Any:
    """An instant as a database gave it, in UTC; None stays."""
    if at is None or at.tzinfo is UTC:
        return at
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def inserts(table: str, columns: tuple[str, ...], rows: Sequence[Params], then: str = "") -> list[Step]:
    """The statements that insert these rows, mostly one; `then` follows: IGNORE, or what `changing` gives."""
    return [
        (_insert(table, columns, len(some), then), [value for row in some for value in row])
        for some in (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE))
    ]


@cache
def changing(columns: tuple[str, ...], key: int) -> str:
    """What makes an INSERT change the row that has the same first `key` columns."""
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns[key:])
    return f"ON CONFLICT ({names(columns[:key])}) DO UPDATE SET {changed}"


@cache
def _insert(table: str, columns: tuple[str, ...], rows: int, then: str) -> str:
    one = "(" + ", ".join("?" * len(columns)) + ")"
    return f"INSERT INTO {table} ({names(columns)}) VALUES {', '.join([one] * rows)} {then}"  # noqa: S608 (our names)


def names(columns: tuple[str, ...]) -> str:
    """Columns, quoted and with commas."""
    return ", ".join(f'"{column}"' for column in columns)


def _on_sqlite(raw: Any) -> Callable[[str, Params], Any]:
    def execute(statement: str, params: Params) -> Any:
        return raw.execute(statement, [storable(value) if type(value) is str else value for value in params])

    return execute


def _on_psycopg(raw: Any) -> Callable[[str, Params], Any]:
    from psycopg import Cursor

    def execute(statement: str, params: Params) -> Any:
        return Cursor(raw).execute(
            _with_percent(statement), [_untyped(value) for value in params], prepare=True
        )

    return execute


def _untyped(value: Any) -> Any:
    """As text whose type the column gives; else every size of a number would make another prepared statement."""
    if isinstance(value, str):
        return storable(value)
    return str(value) if isinstance(value, int | datetime) else value


@cache
def _as_one(statements: tuple[str, ...]) -> str:
    first, *others = statements
    steps = [f"s0 AS ({first} RETURNING 1)", *(f"s{no} AS ({each})" for no, each in enumerate(others, 1))]
    return f"WITH {', '.join(steps)} SELECT count(*) FROM s0"  # noqa: S608 (our own statements)


@cache
def _with_percent(statement: str) -> str:
    return statement.replace("%", "%%").replace("?", "%s")
