"""Targets in playbook.toml: which types there are, what each wants to be told, and how it is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.settings_operations import OUTBOX, TargetSettings, TargetType

Fault = Callable[[str, str, str, str], None]
"""Takes code, message, place and mend."""

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.IGNORECASE)
_HOST = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|[0-9a-f:.]*:[0-9a-f:.]*", re.IGNORECASE)
_HOST_AND_PORT = re.compile(
    rf"(?:{_HOST.pattern})|(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]+\])(?::[0-9]{{1,5}})?", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@(?P<domain>[^\s@]{1,255})")
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?(?:[/?][^\s#\x00-\x20\x7f-\xff]*)?",
    re.IGNORECASE,
)
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_SECRETS = frozenset(
    {"password", "passwd", "secret", "token", "key", "api_key", "apikey", "credentials", "signing_secret"}
)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _is_address(value: object) -> bool:
    found = _ADDRESS.fullmatch(value) if isinstance(value, str) else None
    return bool(found and _DOMAIN.fullmatch(found["domain"]))


def _is_port(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 65535


def _matches(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and len(value) <= 2_000 and bool(pattern.fullmatch(value))


def _all_match(pattern: re.Pattern[str]) -> Callable[[object], bool]:
    one = _matches(pattern)
    return lambda value: isinstance(value, list) and all(one(each) for each in value)


def _are_domains(value: object) -> bool:
    return value == ["*"] or _all_match(_DOMAIN)(value)


_KIND: dict[str, tuple[Callable[[object], bool], str, str]] = {
    "path": (_is_text, "a path", 'it in quotation marks, as in `path = "outbox"`'),
    "host": (_matches(_HOST), "the name of a host", 'it as in `host = "smtp.vendor.example"`'),
    "port": (_is_port, "a port", "a number from 1 to 65535 without quotes"),
    "address": (_is_address, "a plain e-mail address", 'it as in `from = "onboarding@vendor.example"`'),
    "text": (_is_text, "a text", "it in quotation marks"),
    "yes/no": (lambda value: isinstance(value, bool), "yes or no", "`true` or `false` without quotes"),
    "environment": (
        _matches(_ENVIRONMENT),
        "the name of an environment variable",
        "the variable's name in capitals, such as `HOLDSHORT_SECRET`, and keep the secret itself out of the file",
    ),
    "domains": (_are_domains, "a list of domains", '`["customer.example"]`, or `["*"]` alone for every domain'),
    "hosts": (_all_match(_HOST_AND_PORT), "a list of hosts", '`["crm.internal:8443"]`, with or without a port, or `[]` for none'),
    "url": (_matches(_URL), "a web address", "it as `https://host/path`, without a user or password in it"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a type of target; `default` is what counts where it is not required and not written."""

    kind: str
    required: bool = False
    default: Any = ""


OPTIONS: dict[TargetType, dict[str, Option]] = {
    "folder": {"path": Option("path", required=True)},
    "recorder": {"path": Option("path", required=True)},
    "smtp": {
        "host": Option("host", required=True),
        "port": Option("port", default=587),
        "from": Option("address", required=True),
        "user": Option("text"),
        "password_env": Option("environment"),
        "starttls": Option("yes/no", default=True),
        "allowed_recipient_domains": Option("domains", required=True),
    },
    "webhook": {
        "url": Option("url", required=True),
        "secret_env": Option("environment", required=True),
        "allowed_private_hosts": Option("hosts", default=()),
        "look_up_url": Option("url"),
    },
}


def read_targets(table: Mapping[str, Any], fault: Fault) -> dict[str, TargetSettings]:
    """
    Return the targets that `[targets.NAME]` tables describe, by name.

    A target with a fault is left out, so that nothing is carried out by halves of it. `outbox` is there unless the
    file says otherwise.
    """
    targets = {} if OUTBOX.name in table else {OUTBOX.name: OUTBOX}
    for name, said in table.items():
        target = _read_target(str(name), said, fault)
        if target is not None:
            targets[target.name] = target
    return targets


def _read_target(name: str, said: Any, fault: Fault) -> TargetSettings | None:
    place = f"targets > {name}"
    if not isinstance(said, Mapping):
        mend = (
            f"write `[targets.{name}]` with its `type`; which target carries out what is said under `[route]`"
        )
        fault("PLAY-023", f"`{name}` is a single value, not a target", place, mend)
        return None
    if not _NAME.fullmatch(name):
        mend = "use up to 40 small letters, digits, `-` and `_`"
        fault("PLAY-023", f"a target cannot be called `{name}`", place, mend)
        return None
    kind = next((each for each in OPTIONS if each == said.get("type")), None)
    if kind is None:
        message = f"`{said['type']}` is no type of target" if "type" in said else f"`{name}` has no type"
        fault("PLAY-024", message, f"{place} > type", _choice(str(said.get("type", "")), OPTIONS))
        return None
    faults = 0

    def count(code: str, message: str, where: str, mend: str) -> None:
        nonlocal faults
        faults += 1
        fault(code, message, where, mend)

    target = TargetSettings(name, kind, _read_options(place, kind, said, count))
    if not faults:
        _check_together(place, target, count)
    return None if faults else target


def _read_options(place: str, kind: TargetType, said: Mapping[str, Any], fault: Fault) -> dict[str, Any]:
    known = OPTIONS[kind]
    for key in said:
        if key == "type" or key in known:
            continue
        if key.casefold() in _SECRETS:
            mend = (
                "take it out and change it where it is used, since whoever read the file knows it; "
                f"put the new one in an environment variable and name that in {_secret_option(known)}"
            )
            fault("PLAY-027", f"the file holds a secret under `{key}`", f"{place} > {key}", mend)
        else:
            fault(
                "PLAY-026",
                f"`{key}` is no option of a {kind} target",
                f"{place} > {key}",
                _choice(key, known),
            )
    options: dict[str, Any] = {}
    for key, option in known.items():
        check, what, mend = _KIND[option.kind]
        if key not in said:
            options[key] = option.default
            if option.required:
                fault("PLAY-025", f"`{key}` is missing", place, f"write {mend}")
        elif not option.required and said[key] == option.default == "":
            options[key] = ""
        elif check(said[key]):
            options[key] = _settled(option, said[key])
        else:
            # The value is not repeated: it may be a secret that stands in the wrong place.
            fault("PLAY-028", f"`{key}` is not {what}", f"{place} > {key}", f"write {mend}")
    return options


def _settled(option: Option, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(each.casefold() for each in value)
    return value


def _check_together(place: str, target: TargetSettings, fault: Fault) -> None:
    """What each option allows by itself and the others do not."""
    options = target.options
    if target.type == "smtp":
        for one, other in (("user", "password_env"), ("password_env", "user")):
            if options[one] and not options[other]:
                fault(
                    "PLAY-025",
                    f"`{other}` is missing",
                    place,
                    f"`{one}` needs `{other}`; write both or neither",
                )
        if options["user"] and not options["starttls"]:
            fault(
                "PLAY-029",
                "the password would travel unencrypted",
                f"{place} > starttls",
                "write `starttls = true`, or leave out the user",
            )
    if target.type == "webhook":
        for key in ("url", "look_up_url"):
            if not _is_encrypted_or_own(options[key], options["allowed_private_hosts"]):
                fault(
                    "PLAY-029",
                    f"`{key}` is not encrypted",
                    f"{place} > {key}",
                    "write `https://`, or name the host under `allowed_private_hosts` if it is your own",
                )
        if options["look_up_url"] and "{key}" not in options["look_up_url"]:
            fault(
                "PLAY-028",
                "`look_up_url` does not say which run it asks for",
                f"{place} > look_up_url",
                "write `{key}` where the key of a run belongs, as in `https://host/seen/{key}`",
            )


def _is_encrypted_or_own(url: str, own_hosts: tuple[str, ...]) -> bool:
    found = _URL.fullmatch(url)
    if found is None or found["scheme"].casefold() == "https":
        return True
    host = found["host"].casefold()
    return not {host, host.strip("[]"), f"{host}:{found['port'] or 80}"}.isdisjoint(own_hosts)


def _secret_option(known: Mapping[str, Option]) -> str:
    names = [f"`{key}`" for key, option in known.items() if option.kind == "environment"]
    return names[0] if names else "a target that needs one; this type needs none"


def _choice(word: str, known: Mapping[str, Any] | Mapping[TargetType, Any]) -> str:
    near = did_you_mean(word, [str(each) for each in known]) if word else None
    return f"did you mean `{near}`?" if near else "choose one of " + ", ".join(f"`{each}`" for each in known)
