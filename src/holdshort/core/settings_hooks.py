"""Webhooks that come in, in playbook.toml: from whom, how they are signed, and what becomes of what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.diagnostics import did_you_mean

Fault = Callable[[str, str, str, str], None]
"""Takes code, message, place and mend."""
Scheme = Literal["standard", "hubspot", "stripe", "slack"]
SCHEMES: tuple[Scheme, ...] = ("standard", "hubspot", "stripe", "slack")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_KEYS = ("scheme", "secret_env", "previous_secret_env", "preset", "mapping", "table", "channel")


@dataclass(frozen=True, slots=True)
class HookSettings:
    """
    Somebody who sends webhooks.

    `secret_env` names the environment variable with the signing secret, `previous_secret_env` one with the secret before,
    while the sender changes over. With `preset` or `mapping` a message is a row of a table, `table` where the message does
    not name it; with neither it is a record of Holdshort's own form.
    """

    name: str
    scheme: Scheme
    secret_env: str
    previous_secret_env: str = ""
    preset: str = ""
    mapping: str = ""
    table: str = ""
    channel: str = ""


def read_hooks(table: Mapping[str, Any], fault: Fault) -> dict[str, HookSettings]:
    """Return what `[hooks.NAME]` tables describe, by name. One with a fault is left out: nothing is taken from it."""
    found = {}
    for name, said in table.items():
        hook = _read_hook(str(name), said, fault)
        if hook is not None:
            found[hook.name] = hook
    return found


def _read_hook(name: str, said: Any, fault: Fault) -> HookSettings | None:
    place = f"hooks > {name}"
    if not isinstance(said, Mapping) or not _NAME.fullmatch(name):
        mend = (
            "write `[hooks.NAME]` and its settings below it; the name has small letters, digits, `-` and `_`"
        )
        fault("PLAY-040", f"`{name}` does not describe who sends webhooks", place, mend)
        return None
    faults = 0
    for key, value in said.items():
        if key not in _KEYS:
            faults += 1
            near = did_you_mean(key, _KEYS)
            mend = (
                f"did you mean `{near}`?"
                if near
                else "choose one of " + ", ".join(f"`{each}`" for each in _KEYS)
            )
            fault("PLAY-041", f"`{key}` is no setting of a webhook", f"{place} > {key}", mend)
        elif not isinstance(value, str) or not value.isprintable() or len(value) > 300:
            faults += 1
            fault("PLAY-042", f"`{key}` is no text", f"{place} > {key}", "write it in quotation marks")
    texts = {key: str(said.get(key, "")).strip() for key in _KEYS}
    scheme = next((each for each in SCHEMES if each == texts["scheme"]), None)
    if scheme is None:
        mend = "choose one of " + ", ".join(f"`{each}`" for each in SCHEMES)
        fault("PLAY-043", f"`{texts['scheme']}` is no way to sign a webhook", f"{place} > scheme", mend)
    for key in ("secret_env", "previous_secret_env"):
        if (texts[key] or key == "secret_env") and not _ENVIRONMENT.fullmatch(texts[key]):
            faults += 1
            # The value is not repeated: it may be the secret itself, in the wrong place.
            mend = "write the variable's name in capitals, such as `STRIPE_SECRET`, and keep the secret out of the file"
            fault("PLAY-044", f"`{key}` is not the name of an environment variable", f"{place} > {key}", mend)
    if texts["preset"] and texts["mapping"]:
        faults += 1
        fault(
            "PLAY-045",
            "`preset` and `mapping` say the same thing twice",
            f"{place} > mapping",
            "keep one of them",
        )
    if faults or scheme is None:
        return None
    return HookSettings(
        name, scheme, texts["secret_env"], texts["previous_secret_env"], texts["preset"], texts["mapping"],
        texts["table"], texts["channel"] or name,
    )  # fmt: skip
