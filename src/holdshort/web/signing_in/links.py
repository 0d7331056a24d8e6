"""
Which account is which person at an identity provider.

An admin begins a link; it is used once, by whoever has it and shows the expected address, which the provider has to have
verified. From then on only issuer and subject count: an address may pass to somebody else, a subject never does.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError
from django.utils import timezone

from holdshort.core.onboarding.commands import Refused
from holdshort.core.settings_sign_in import SignInSettings
from holdshort.ports import Identity, Store
from holdshort.service.house_log import note

GOOD_FOR = timedelta(days=3)


def invite(store: Store, provider: SignInSettings, account: str, email: str, by: str, at: datetime) -> str:
    """
    Let somebody sign in at this provider from now on; what was linked there before is not any more.

    Returns:
        The one-time token, which is kept nowhere.

    Raises:
        Refused: There is no address to know them by (SSO-001).
    """
    email = email.strip()
    if "@" not in email or " " in email or len(email) > 254:
        raise Refused(
            "SSO-001",
            f"`{email}` is no e-mail address",
            f"write the one that {account} has at {provider.label}",
        )
    token = secrets.token_urlsafe(32)
    with store.transaction() as tx:
        _rows().filter(account=account, provider=provider.name).delete()
        _rows().create(
            account=account, provider=provider.name, issuer=provider.issuer, email=email, token=_digest(token),
            until=timezone.now() + GOOD_FOR,
        )  # fmt: skip
        note(tx, "SignInInvited", by, at, {"user": account, "provider": provider.name})
    return token


def invited(token: str) -> Any:
    """The row of a one-time link that may still be used; None for any other."""
    if not token or len(token) > 200:
        return None
    return _rows().filter(token=_digest(token), subject="", until__gt=timezone.now()).first()


def complete(store: Store, provider: SignInSettings, token: str, who: Identity, at: datetime) -> str:
    """
    Use a one-time link up: from now on this person at the provider is the account.

    Returns:
        The account's name.

    Raises:
        Refused: The link is used, too old or another provider's; the address is not the expected one or not verified; or
            somebody else here is this person already (SSO-002 to SSO-004).
    """
    row = invited(token)
    if row is None or (row.provider, row.issuer) != (provider.name, who.issuer):
        raise Refused("SSO-002", "this link was used already, or is too old", "ask for another one")
    if not who.email_verified or who.email.strip().casefold() != row.email.casefold():
        raise Refused(
            "SSO-003",
            f"{provider.label} does not vouch for the e-mail address that this link is for",
            f"sign in there as the person the link was made for, or have the address verified at {provider.label}",
        )
    taken = Refused(
        "SSO-004",
        f"this person at {provider.label} is linked to somebody else here",
        "ask an admin to take that link away first",
    )
    if _rows().filter(issuer=who.issuer, subject=who.subject).exists():
        raise taken
    try:
        with store.transaction() as tx:
            mine = _rows().filter(id=row.id, token=row.token, subject="")
            if mine.update(subject=who.subject, email="", token="", until=None, since=timezone.now()) != 1:
                raise Refused("SSO-002", "this link was used already, or is too old", "ask for another one")
            note(tx, "SignInLinked", str(row.account), at, {"user": row.account, "provider": provider.name})
    except IntegrityError as error:  # of two at once, one is first
        raise taken from error
    return str(row.account)


def account_of(provider: SignInSettings, who: Identity) -> str:
    """Whose account this is; empty where it is nobody's. The address says nothing."""
    row = _rows().filter(provider=provider.name, issuer=who.issuer, subject=who.subject).first()
    return str(row.account) if row is not None and who.subject else ""


def links_of(account: str) -> dict[str, Any]:
    """Provider to the row of its link."""
    return {each.provider: each for each in _rows().filter(account=account)}


def unlink(store: Store, provider: str, account: str, by: str, at: datetime) -> bool:
    """False where there was nothing to take away."""
    with store.transaction() as tx:
        if not _rows().filter(account=account, provider=provider).delete()[0]:
            return False
        note(tx, "SignInUnlinked", by, at, {"user": account, "provider": provider})
    return True


def _digest(token: str) -> str:
    """Tokens are random (256 bits), so a plain digest is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _rows() -> Any:
    from holdshort.web.models import SignInLink

    return SignInLink.objects
