"""
Keys for programs: who may call the API, for what, until when. Every change is written into the house's own log.

A key is 256 random bits, shown once and kept as SHA-256; a slow hash would add nothing to bits that nobody chose. A
person's key acts as that person, decides what they may decide, and ends with their account. A service's key has an owner
who answers for it, and never decides: an approval is a person's (promise S14).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import ApiKey, Transaction, User
from holdshort.service.house_log import note
from holdshort.service.people import ADMINS

KeyKind = Literal["service", "person"]
SCOPES: dict[str, str] = {
    "intake:write": "hand in records",
    "onboardings:read": "read onboardings, their actions and their logs",
    "reviews:read": "read reviews with their evidence",
    "decisions:write": "decide reviews and raise holds: a person's key only",
    "actions:propose": "ask for actions and read their verdicts",
    "register:read": "read the published register, and ask what it says of a record",
    "audit:read": "read the audit log",
    "webhooks:manage": "say who hears of what by webhook",
}
"""What a key may be good for."""
PERSONS_ONLY = frozenset({"decisions:write"})
LONGEST_LIFE = timedelta(days=366)
USED_EVERY = timedelta(minutes=1)
"""How exactly `used_at` is kept: a key that is used all the time does not write all the time."""
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_TOKEN = re.compile(r"hsk_([a-z0-9]{10})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class KeyTable(Protocol):
    """Where keys are kept; changes happen within a transaction of the store."""

    def key(self, prefix: str) -> ApiKey | None: ...

    def all_keys(self) -> list[ApiKey]:
        """All of them, by name."""
        ...

    def add_key(self, tx: Transaction, key: ApiKey) -> None:
        """Raises ports.Conflict where name or prefix is taken."""
        ...

    def revoke_key(self, tx: Transaction, prefix: str, at: datetime) -> None: ...

    def key_was_used(self, prefix: str, at: datetime) -> None: ...

    def is_active(self, user: str) -> bool: ...


class PeopleStore(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]: ...


@dataclass(frozen=True, slots=True)
class Wanted:
    """A key that somebody wants made."""

    name: str
    kind: KeyKind
    owner: str
    scopes: frozenset[str]
    expires_at: datetime


def add_key(
    store: PeopleStore, table: KeyTable, wanted: Wanted, actor: str, now: datetime
) -> tuple[ApiKey, str]:
    """
    Make a key: for a service as an admin, for oneself as anybody.

    Returns:
        The key as it is kept, and the token, which nobody can see again.

    Raises:
        Refused: The actor may not, or name, scopes, owner or expiry are not acceptable.
    """
    _check(wanted, now)
    prefix = "".join(secrets.choice(_LETTERS) for _ in range(10))
    token = f"hsk_{prefix}_{secrets.token_urlsafe(32)}"
    key = ApiKey(
        prefix, _digest(token), wanted.name, wanted.kind, wanted.owner, wanted.scopes, actor, now, wanted.expires_at
    )  # fmt: skip
    with store.transaction() as tx:
        users = tx.users()
        if wanted.kind == "service":
            _require_admin(users, actor)
        _check_owner(users, wanted, actor)
        if any(each.name == wanted.name for each in table.all_keys()):
            raise Refused(
                "KEY-003", f"there is, or was, a key `{wanted.name}`",
                "take another name: the log tells keys apart by it",
            )  # fmt: skip
        table.add_key(tx, key)
        body = {
            "key": key.name, "prefix": prefix, "kind": key.kind, "user": key.owner,
            "scopes": sorted(key.scopes), "until": key.expires_at.isoformat(),
        }  # fmt: skip
        note(tx, "ApiKeyAdded", actor, now, body)
    return key, token


def revoke_key(store: PeopleStore, table: KeyTable, name: str, actor: str, now: datetime) -> ApiKey:
    """
    End a key at once. Its owner may, and whoever may make keys.

    Raises:
        Refused: There is none of this name, it is over already, or the actor may not.
    """
    with store.transaction() as tx:
        key = _named(table, name)
        if actor != key.owner:
            _require_admin(tx.users(), actor)
        if key.revoked_at is not None:
            raise Refused("KEY-004", f"the key `{name}` was revoked already", "")
        table.revoke_key(tx, key.prefix, now)
        note(tx, "ApiKeyRevoked", actor, now, {"key": key.name, "prefix": key.prefix})
    return key


def find_key(table: KeyTable, token: str, now: datetime) -> ApiKey | None:
    """The key that a token is; None where it is none, or is expired or revoked. Takes as long whichever it is."""
    found = _TOKEN.fullmatch(token)
    key = table.key(found[1]) if found else None
    fits = hmac.compare_digest(_digest(token), key.digest if key else "0" * 64)
    if key is None or not fits or key.standing(now) != "in use":
        return None
    if key.kind == "person" and not table.is_active(key.owner):
        return None
    if key.used_at is None or now - key.used_at >= USED_EVERY:
        table.key_was_used(key.prefix, now)
    return key


# --- what is asked of a key -----------------------------------------------------------------------------------


def _check(wanted: Wanted, now: datetime) -> None:
    if not _NAME.fullmatch(wanted.name):
        raise Refused(
            "KEY-001", f"`{wanted.name}` cannot be the name of a key",
            "use small letters, digits, dots, hyphens: `crm-sync`",
        )  # fmt: skip
    for scope in sorted(wanted.scopes):
        if scope not in SCOPES:
            near = did_you_mean(scope, SCOPES)
            raise Refused(
                "KEY-002", f"`{scope}` is no scope",
                f"did you mean `{near}`?" if near else f"choose from {', '.join(SCOPES)}",
            )  # fmt: skip
    if not wanted.scopes:
        raise Refused("KEY-002", "the key would be good for nothing", f"choose from {', '.join(SCOPES)}")
    forbidden = wanted.scopes & PERSONS_ONLY
    if wanted.kind == "service" and forbidden:
        raise Refused(
            "KEY-005", f"a service does not get `{', '.join(sorted(forbidden))}`: people decide, programs ask",
            "make it a person's key, or leave the scope out",
        )  # fmt: skip
    if wanted.expires_at <= now:
        raise Refused("KEY-006", "the key would have expired already", "name a day to come")
    if wanted.expires_at - now > LONGEST_LIFE:
        raise Refused(
            "KEY-006", "a key is good for a year at most", "name an earlier day, and make a new one then"
        )


def _check_owner(users: Sequence[User], wanted: Wanted, actor: str) -> None:
    if not any(each.name == wanted.owner and each.active for each in users):
        near = did_you_mean(wanted.owner, [each.name for each in users])
        raise Refused(
            "KEY-007", f"nobody active is called `{wanted.owner}`, so nobody would answer for the key",
            f"did you mean `{near}`?" if near else "`holdshort user list` names everybody",
        )  # fmt: skip
    if wanted.kind == "person" and wanted.owner != actor:
        raise Refused(
            "KEY-008", "whoever holds a person's key acts as that person, so nobody makes one for somebody else",
            f"have {wanted.owner} make it, or make a service's key",
        )  # fmt: skip


def _require_admin(users: Iterable[User], actor: str) -> None:
    if not any(each.name == actor and each.active and each.roles.intersection(ADMINS) for each in users):
        raise Refused(
            "KEY-009", f"{actor or 'somebody without a name'} may not manage keys: it is for a systems admin or RevOps",
            "ask one of them",
        )  # fmt: skip


def _named(table: KeyTable, name: str) -> ApiKey:
    keys = table.all_keys()
    found = next((each for each in keys if name in (each.name, each.prefix)), None)
    if found is None:
        near = did_you_mean(name, [each.name for each in keys])
        raise Refused(
            "KEY-010", f"there is no key `{name}`",
            f"did you mean `{near}`?" if near else "`holdshort api-key list` names them",
        )  # fmt: skip
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
