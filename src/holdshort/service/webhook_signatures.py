"""
Whether a webhook is from whom it says: the signatures of Standard Webhooks, HubSpot v3, Stripe and Slack.

Pure: bytes, headers and the time go in. Everything is compared in constant time, and what is older or younger than the
tolerance is refused, so that a recording cannot be played back later.

Source: promise S25; each vendor's documentation of its signatures.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
_MOST_SIGNATURES = 10
_HUBSPOT_DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
    "%2A": "*", "%2C": ",", "%3B": ";",
}  # fmt: skip
_ENCODED = re.compile("|".join(_HUBSPOT_DECODED), re.IGNORECASE)


class Forged(Exception):
    """The webhook is not to be believed; the message says why, in words, and never what would have been right."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as its signature covers it. Header names are in small letters; `uri` is as the sender called it."""

    method: str
    uri: str
    headers: Mapping[str, str]
    body: bytes


Check = Callable[[Signed, Sequence[str], datetime], str]
"""Takes the request, the secrets that count now, and the time; gives what identifies this very message, or raises Forged."""


def standard(request: Signed, secrets: Sequence[str], now: datetime) -> str:
    """Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, any of several signatures."""
    id_, stamp = _header(request, "webhook-id"), _header(request, "webhook-timestamp")
    _refuse_stale(stamp, 1, now)
    if len(id_) > 200 or not id_.isprintable():
        raise Forged("its webhook-id cannot be one")
    said = _header(request, "webhook-signature").split()
    found = [each[3:] for each in said[:_MOST_SIGNATURES] if each.startswith("v1,")]
    content = f"{id_}.{stamp}.".encode() + request.body
    keys = [_standard_key(each) for each in secrets]
    _match(found, [base64.b64encode(_hmac(key, content)).decode() for key in keys])
    return id_


def hubspot(request: Signed, secrets: Sequence[str], now: datetime) -> str:
    """HubSpot v3: HMAC-SHA256 over method, address, body and timestamp (milliseconds)."""
    stamp = _header(request, "x-hubspot-request-timestamp")
    _refuse_stale(stamp, 1000, now)
    uri = _ENCODED.sub(lambda found: _HUBSPOT_DECODED[found[0].upper()], request.uri)
    content = f"{request.method}{uri}".encode() + request.body + stamp.encode()
    signature = _header(request, "x-hubspot-signature-v3")
    _match([signature], [base64.b64encode(_hmac(each.encode(), content)).decode() for each in secrets])
    return f"sha256-{hashlib.sha256(content).hexdigest()}"


def stripe(request: Signed, secrets: Sequence[str], now: datetime) -> str:
    """Stripe: `t=…,v1=…`, HMAC-SHA256 over `timestamp.body`."""
    parts = [each.strip().partition("=") for each in _header(request, "stripe-signature").split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1:
        raise Forged("its signature has no one timestamp")
    _refuse_stale(stamps[0], 1, now)
    content = f"{stamps[0]}.".encode() + request.body
    found = [value for name, _, value in parts if name == "v1"][:_MOST_SIGNATURES]
    _match(found, [_hmac(each.encode(), content).hex() for each in secrets])
    return f"sha256-{hashlib.sha256(request.body).hexdigest()}"


def slack(request: Signed, secrets: Sequence[str], now: datetime) -> str:
    """Slack: `v0=…`, HMAC-SHA256 over `v0:timestamp:body`."""
    stamp = _header(request, "x-slack-request-timestamp")
    _refuse_stale(stamp, 1, now)
    content = f"v0:{stamp}:".encode() + request.body
    found = [_header(request, "x-slack-signature")]
    _match(found, [f"v0={_hmac(each.encode(), content).hex()}" for each in secrets])
    return f"sha256-{hashlib.sha256(content).hexdigest()}"


CHECKS: dict[str, Check] = {"standard": standard, "hubspot": hubspot, "stripe": stripe, "slack": slack}
"""The schemes that playbook.toml may name."""


def _header(request: Signed, name: str) -> str:
    value = request.headers.get(name, "")
    if not value:
        raise Forged(f"the header {name} is missing")
    return value


def _refuse_stale(stamp: str, per_second: int, now: datetime) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 14):
        raise Forged("its timestamp is no number")
    away = abs(int(stamp) / per_second - now.timestamp())
    if away > TOLERANCE.total_seconds():
        raise Forged(f"it was signed more than {TOLERANCE.seconds // 60} minutes from now")


def _standard_key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise Forged("its secret here is not `whsec_` and base64, so nothing can be checked") from None


def _hmac(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, content, hashlib.sha256).digest()


def _match(found: Sequence[str], right: Sequence[str]) -> None:
    """Every pair is compared, so that the time taken says nothing."""
    fits = [
        hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
        for one in found
        for other in right
    ]
    if not any(fits):
        raise Forged("its signature does not fit")
