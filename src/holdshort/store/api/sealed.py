"""Bodies of requests and answers, sealed under a key of their own that the master key gives."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import zlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12
_LEVEL = 1


class BodySeal:
    """
    Seals what other programs sent and were answered, and derives what webhooks are signed with.

    No secret of a webhook is kept anywhere: whoever has the master key works it out again.
    """

    def __init__(self, master: bytes) -> None:
        self._master = master
        self._bodies = AESGCM(self._derived("API bodies"))

    def seal(self, body: bytes, label: str) -> bytes:
        """`label` says whose body it is; it opens under no other."""
        nonce = os.urandom(_NONCE)
        return nonce + self._bodies.encrypt(nonce, zlib.compress(body, _LEVEL), label.encode())

    def open(self, sealed: bytes, label: str) -> bytes | None:
        """None where it was sealed under another master key or label, or is damaged or gone."""
        try:
            return zlib.decompress(self._bodies.decrypt(sealed[:_NONCE], sealed[_NONCE:], label.encode()))
        except (InvalidTag, ValueError, zlib.error):
            return None

    def webhook_secret(self, subscription: int, secret_no: int) -> str:
        """As Standard Webhooks writes it: `whsec_` and base64 of 32 bytes."""
        raw = self._derived(f"webhook subscription {subscription} secret {secret_no}")
        return f"whsec_{base64.b64encode(raw).decode()}"

    def _derived(self, purpose: str) -> bytes:
        return hmac.new(self._master, f"holdshort 1: {purpose}".encode(), hashlib.sha256).digest()
