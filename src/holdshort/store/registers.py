"""Published registers: written once, and never touched again."""

from __future__ import annotations

import zlib
from typing import Any

import msgspec

from holdshort.ports import Conflict, PublishedRegister
from holdshort.store.sql import IGNORE, Sql, utc

_COLUMNS = ("version", "digest", "author", "publisher", "published_at", "files")
_SELECT = 'SELECT "version", "digest", "author", "publisher", "published_at", "files" FROM store_register'


def publish(sql: Sql, published: PublishedRegister) -> None:
    """Raises Conflict where the version exists."""
    files = zlib.compress(msgspec.msgpack.encode(dict(published.files)))
    at = sql.moment(published.published_at)
    values = (published.version, published.digest, published.author, published.publisher, at, files)
    if sql.add("store_register", _COLUMNS, [values], IGNORE) != 1:
        raise Conflict(f"register version {published.version} exists")


def register(sql: Sql, version: int) -> PublishedRegister | None:
    return _published(sql.one(f'{_SELECT} WHERE "version" = ?', (version,)))


def latest_register(sql: Sql) -> PublishedRegister | None:
    return _published(sql.one(f'{_SELECT} ORDER BY "version" DESC LIMIT 1'))


def latest_version(sql: Sql) -> int:
    return int(sql.one('SELECT coalesce(max("version"), 0) FROM store_register')[0])


def _published(found: Any) -> PublishedRegister | None:
    if found is None:
        return None
    version, digest, author, publisher, published_at, packed = found
    files = msgspec.msgpack.decode(zlib.decompress(bytes(packed)), type=dict[str, bytes])
    return PublishedRegister(version, digest, author, publisher, utc(published_at), files)
