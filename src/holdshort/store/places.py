"""Where a store lives: the URL that people write, as the entry of Django's DATABASES."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from holdshort.ports import Unavailable

LOCK_WAIT_S = 5
"""How long a writer waits for another one before it gives up."""

STATEMENT_LIMIT_S = 30
IDLE_LIMIT_S = 60
"""PostgreSQL ends a transaction whose program fell silent in the middle, so that its locks do not stay."""

MEND_URL = "write sqlite:////var/lib/holdshort/holdshort.db or postgresql://user@host/database"


@dataclass(frozen=True, slots=True)
class Place:
    """A database: `path` for SQLite, `conninfo` (psycopg's parameters) for PostgreSQL."""

    url: str
    path: Path | None = None
    conninfo: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def shown(self) -> str:
        """The place in words, without a password."""
        if self.path is not None:
            return f"`{self.path}`"
        host, name = self.conninfo.get("host", "localhost"), self.conninfo.get("dbname", "")
        return f"the PostgreSQL database `{name}` on `{host}`"

    def database(self) -> dict[str, Any]:
        """The entry of DATABASES."""
        return _sqlite(self.path) if self.path is not None else _postgresql(self.conninfo)


def place_of(url: str) -> Place:
    """
    The place that a URL names: `sqlite:///relative/path`, `sqlite:////absolute/path` or `postgresql://…`.

    Raises:
        Unavailable: it names no such place, or the driver for it is not installed.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite" and url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return Place(url, path=Path(unquote(url.removeprefix("sqlite:///"))).absolute())
    if scheme in ("postgresql", "postgres"):
        return Place(url, conninfo=_conninfo(url))
    raise Unavailable(f"`{_without_password(url)}` names no database that Holdshort can use", MEND_URL)


def _conninfo(url: str) -> dict[str, Any]:
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict
    except ImportError as error:
        raise Unavailable(
            "the driver for PostgreSQL is not installed", "pip install 'holdshort[postgres]'"
        ) from error
    try:
        return dict(conninfo_to_dict(url))
    except ProgrammingError as error:
        raise Unavailable(f"`{_without_password(url)}` is no PostgreSQL URL", MEND_URL) from error


def _without_password(url: str) -> str:
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": f"file:{quote(str(path))}?mode=rw",  # never makes a file: an empty one would look like no holds
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": LOCK_WAIT_S,
            "transaction_mode": "IMMEDIATE",
            # EXTRA in every journal mode; where there is a write-ahead log it means FULL.
            "init_command": "PRAGMA synchronous=EXTRA; PRAGMA secure_delete=ON; PRAGMA recursive_triggers=ON",
        },
    }


def _postgresql(conninfo: dict[str, Any]) -> dict[str, Any]:
    options = dict(conninfo)
    known = {
        "NAME": options.pop("dbname", None) or options.get("user") or "postgres",
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
    }
    limits = (
        f"-c statement_timeout={STATEMENT_LIMIT_S}s -c lock_timeout={LOCK_WAIT_S}s "
        f"-c idle_in_transaction_session_timeout={IDLE_LIMIT_S}s -c plan_cache_mode=force_generic_plan"
    )
    defaults = {
        "application_name": "holdshort",
        "connect_timeout": 5,
        "tcp_user_timeout": 15_000,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "target_session_attrs": "read-write",
        "client_encoding": "UTF8",
    }
    return {
        "ENGINE": "django.db.backends.postgresql",
        **known,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": {**defaults, **options, "options": f"{limits} {options.get('options', '')}".strip()},
    }
