"""The one way to a durable store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.ports import Unavailable

if TYPE_CHECKING:
    from holdshort.store.sql_store import SqlStore


def open_store(
    url: str, master_key_file: Path, *, migrate: bool = True, more: Mapping[str, Any] | None = None
) -> SqlStore:
    """
    Open the store at `url`, made and brought up to date where needed.

    Args:
        url: `sqlite:////absolute/path`, `sqlite:///relative/path` or `postgresql://user@host/database`.
        master_key_file: the key over all keys, in a folder of its own with the rights 0700; made where it is missing
            and the database is new. The ledger of erasures lies beside it.
        migrate: bring older tables up to date; otherwise they are refused.
        more: Django settings on top of the store's own, see `settings.configure`.

    Raises:
        Unavailable: the database or the master key cannot be used; `mend` says what to do.
    """
    from holdshort.store.sealing import KeyProblem

    try:
        return _opened(url, master_key_file, migrate, more or {})
    except KeyProblem as problem:
        raise Unavailable(str(problem), problem.mend) from problem


def _opened(url: str, master_key_file: Path, migrate: bool, more: Mapping[str, Any]) -> SqlStore:
    from holdshort.store.connections import Database
    from holdshort.store.places import place_of
    from holdshort.store.schema import bring_up_to_date
    from holdshort.store.sealing import Sealer, load_master
    from holdshort.store.settings import configure
    from holdshort.store.sqlite_files import make_file

    place = place_of(url)
    is_new = place.path is None or not place.path.exists() or place.path.stat().st_size == 0
    sealer = Sealer(load_master(master_key_file, create=migrate and is_new))
    database = Database(configure(url, master_key_file, **more), place)
    if place.path is not None and migrate:
        make_file(place.path)
    bring_up_to_date(database, migrate=migrate)
    from holdshort.store.sql_store import SqlStore

    store = SqlStore(database, sealer, master_key_file.parent)
    store.check_master_key()
    return store
