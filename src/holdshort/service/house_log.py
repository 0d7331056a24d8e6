"""
What happens to the house itself rather than to one onboarding: people, pauses, published registers, restores.

It is a log of its own in the same store, chained and signed like any other, under a key that no record can have. Each
entry is written in the transaction of the change that it tells of, so that neither is there without the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdshort.ports import HOUSE_KEY, NewEvent, OnboardingRow, Rows, Store, Transaction
from holdshort.service.event_json import HOUSE_OPENED

_TITLE = "The house: people, pauses, registers"

KINDS: dict[str, str] = {
    HOUSE_OPENED: "the log begins",
    "UserAdded": "added {user}",
    "UserRolesChanged": "changed the roles of {user}",
    "PasswordSet": "set the password of {user}",
    "UserDisabled": "disabled {user}",
    "UserEnabled": "enabled {user}",
    "DelegationSet": "{user} is stood in for by {to}",
    "DelegationEnded": "{user} is not stood in for by {to} any more",
    "SecondFactorAdded": "set up a second factor",
    "SecondFactorRemoved": "took the second factor of {user} away",
    "SignedOut": "signed {user} out",
    "SignInInvited": "lets {user} sign in with {provider}",
    "SignInLinked": "{user} is linked to an account at {provider}",
    "SignInUnlinked": "took the link of {user} to {provider} away",
    "Paused": "paused {scope}",
    "Resumed": "resumed {scope}",
    "QuarantineLifted": "lifted the quarantine",
    "RegisterPublished": "published version {version}",
    "RegisterEdited": "{how}: {count} changed in the draft of the register",
    "Restored": "restored a backup of {made_at}",
    "AuditExported": "exported the audit log with customers' data",
    "ModelAsked": "asked {model} for {capability} about onboarding {onboarding}: {outcome}",
    "ApiKeyAdded": "made the API key {key} for {user}",
    "ApiKeyRevoked": "revoked the API key {key}",
    "WebhookSubscribed": "has webhooks sent to {host} (subscription {subscription})",
    "WebhookEnded": "ended the webhook subscription {subscription}",
    "WebhookSecretChanged": "changed the signing secret of the webhook subscription {subscription}",
}
"""Every kind of entry, and how a reader is told of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened to the house."""

    seq: int
    kind: str
    actor: str
    at: datetime
    body: Mapping[str, Any]
    private: Mapping[str, Any] | None = None

    @property
    def words(self) -> str:
        found = KINDS.get(self.kind, self.kind)
        return found.format_map(_Blank(self.body))


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def note(
    tx: Transaction,
    kind: str,
    actor: str,
    at: datetime,
    body: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
) -> None:
    """
    Write one entry within the transaction that makes the change.

    Args:
        kind: One of KINDS.
        actor: Who did it; empty for whoever has the store.
        body: Names, roles, scopes, versions. It stands in the open for ever.
        private: What people wrote; it is sealed.
    """
    if kind not in KINDS:
        raise ValueError(f"`{kind}` is no kind of entry")
    number = tx.number_of(HOUSE_KEY)
    if number is None:
        number = tx.open_onboarding(HOUSE_KEY)
    before = tx.history(number)
    events = [NewEvent(kind, dict(body or {}), dict(private) if private else None, actor, at)]
    if not before:
        events.insert(0, NewEvent(HOUSE_OPENED, {}, None, "holdshort", at))
    since = before[0].at if before else at
    tx.append(number, len(before), events, Rows(_row(number, since)))


def entries(store: Store) -> list[Entry]:
    """Everything that happened to the house, oldest first."""
    number = store.number_of(HOUSE_KEY)
    if number is None:
        return []
    return [
        Entry(each.seq, each.kind, each.actor, each.at, each.body, each.private)
        for each in store.history(number)
    ]


def _row(number: int, since: datetime) -> OnboardingRow:
    """It counts as closed since it began, so that no list of what is under way shows it."""
    return OnboardingRow(number, HOUSE_KEY, _TITLE, "", "", "", "", "", "none", 0, since, None, since)
