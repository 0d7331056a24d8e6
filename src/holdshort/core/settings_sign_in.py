"""Identity providers in playbook.toml: where people may sign in instead of with a password of Holdshort's own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.diagnostics import did_you_mean

Fault = Callable[[str, str, str, str], None]
"""Takes code, message, place and mend."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_ISSUER = re.compile(
    r"(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1|\[::1\]))(:\d{1,5})?(/[A-Za-z0-9._~%/-]*)?",
    re.ASCII,
)
_KEYS = ("issuer", "client_id", "client_secret_env", "label")


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """
    An OpenID Connect provider.

    `issuer` is compared letter by letter with what the provider says of itself. `client_secret_env` names the environment
    variable with the secret; empty for a client without one, which PKCE alone protects.
    """

    name: str
    issuer: str
    client_id: str
    client_secret_env: str = ""
    label: str = ""


def read_sign_in(table: Mapping[str, Any], fault: Fault) -> dict[str, SignInSettings]:
    """Return what `[sign_in.NAME]` tables describe, by name. With one that has a fault nobody can sign in."""
    found = {}
    for name, said in table.items():
        provider = _read_provider(str(name), said, fault)
        if provider is not None:
            found[provider.name] = provider
    return found


def _read_provider(name: str, said: Any, fault: Fault) -> SignInSettings | None:
    place = f"sign_in > {name}"
    if not isinstance(said, Mapping) or not _NAME.fullmatch(name):
        mend = "write `[sign_in.NAME]` and its settings below it; the name has small letters, digits, `-` and `_`"
        fault("PLAY-080", f"`{name}` does not describe where people sign in", place, mend)
        return None
    sound = [_is_sound(str(key), value, place, fault) for key, value in said.items()]
    texts = {key: str(said.get(key, "")).strip() for key in _KEYS}
    if not _ISSUER.fullmatch(texts["issuer"]):
        mend = "write the provider's own address with https://, as its discovery document says it, without `?` and `#`"
        fault("PLAY-083", f"`{texts['issuer']}` is no address of an issuer", f"{place} > issuer", mend)
        sound.append(False)
    if not texts["client_id"]:
        mend = "write the client ID under which Holdshort is registered at the provider"
        fault("PLAY-084", "`client_id` is not written", f"{place} > client_id", mend)
        sound.append(False)
    if texts["client_secret_env"] and not _ENVIRONMENT.fullmatch(texts["client_secret_env"]):
        # The value is not repeated: it may be the secret itself, in the wrong place.
        mend = "write the variable's name in capitals, such as `OKTA_CLIENT_SECRET`, and keep the secret out of the file"
        where = f"{place} > client_secret_env"
        fault("PLAY-085", "`client_secret_env` is not the name of an environment variable", where, mend)
        sound.append(False)
    if not all(sound):
        return None
    return SignInSettings(
        name, texts["issuer"], texts["client_id"], texts["client_secret_env"], texts["label"] or name
    )


def _is_sound(key: str, value: Any, place: str, fault: Fault) -> bool:
    if key not in _KEYS:
        near = did_you_mean(key, _KEYS)
        mend = (
            f"did you mean `{near}`?" if near else "choose one of " + ", ".join(f"`{each}`" for each in _KEYS)
        )
        fault("PLAY-081", f"`{key}` is no setting of an identity provider", f"{place} > {key}", mend)
        return False
    if not isinstance(value, str) or not value.isprintable() or len(value) > 300:
        fault("PLAY-082", f"`{key}` is no text", f"{place} > {key}", "write it in quotation marks")
        return False
    return True
