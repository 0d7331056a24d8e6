"""
Django's settings, made from a database URL and the master key: nobody writes a settings file.

`configure` may be called again with another database: that gets an alias of its own in the same process.
"""

from __future__ import annotations

import hashlib
import hmac
import importlib.util
import threading
from pathlib import Path
from typing import Any

from holdshort.store.places import Place, place_of
from holdshort.store.sealing import load_master

_lock = threading.RLock()
_aliases: dict[str, str] = {}


def django_settings(url: str, master: bytes = b"") -> dict[str, Any]:
    """
    Everything that Django needs to know for the store, ready to be extended and given to `settings.configure`.

    Args:
        url: the default database, see `places.place_of`.
        master: the master key; the secret for signatures is derived from it.

    Raises:
        Unavailable: the URL names no database.
    """
    place = place_of(url)
    apps = [
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "holdshort.store.apps.StoreConfig",
        "holdshort.store.api.apps.ApiConfig",
    ]
    if place.path is None and importlib.util.find_spec("procrastinate") is not None:
        apps.append("procrastinate.contrib.django")
    return {
        "INSTALLED_APPS": apps,
        "DATABASES": {"default": place.database()},
        "AUTH_USER_MODEL": "store.Account",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.Argon2PasswordHasher"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "SECRET_KEY": hmac.new(master, b"holdshort 1: django secret key", hashlib.sha256).hexdigest(),
        "USE_TZ": True,
        "TIME_ZONE": "UTC",
        "USE_I18N": False,
        "DEBUG": False,
        "LOGGING_CONFIG": None,
        "SILENCED_SYSTEM_CHECKS": ["models.W042"],
    }


def configure(url: str, master_key_file: Path, **more: Any) -> str:
    """
    Set Django up for this database, once in a process.

    Args:
        master_key_file: the master key; it is made where there is none.
        more: settings that come on top, such as a web package's; they count only in the call that sets Django up. Its
            INSTALLED_APPS join the store's.

    Returns:
        The alias of the database in Django's `connections`.

    Raises:
        Unavailable: the URL names no database.
        KeyProblem: the master key cannot be used.
    """
    place = place_of(url)
    with _lock:
        if url not in _aliases:
            _aliases[url] = _add(place, master_key_file, more)
        return _aliases[url]


def _add(place: Place, master_key_file: Path, more: dict[str, Any]) -> str:
    import django
    from django.conf import settings
    from django.db import connections

    if not settings.configured:
        own = django_settings(place.url, load_master(master_key_file, create=True))
        apps = [*own["INSTALLED_APPS"], *more.get("INSTALLED_APPS", ())]
        settings.configure(**{**own, **more, "INSTALLED_APPS": apps})
        django.setup()
        return "default"
    for alias, known in connections.settings.items():
        if _same(known, place.database()):
            return str(alias)
    alias = f"store{len(connections.settings)}"
    connections.settings[alias] = connections.configure_settings({"default": {}, alias: place.database()})[
        alias
    ]
    return alias


def _same(known: dict[str, Any], wanted: dict[str, Any]) -> bool:
    return all(known.get(name) == wanted.get(name) for name in ("ENGINE", "NAME", "HOST", "PORT", "USER"))
