"""Files, each sealed under a random key of its own. The key is kept in a private part of the log and nowhere else."""

from __future__ import annotations

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_FORMAT = b"\x01"
_NONCE = 12
_LABEL = b"holdshort 1: file"


class FileSealer:
    """Fits `ports.FileSeal`."""

    def seal(self, content: bytes) -> tuple[str, bytes]:
        key, nonce = AESGCM.generate_key(bit_length=256), os.urandom(_NONCE)
        sealed = _FORMAT + nonce + AESGCM(key).encrypt(nonce, content, _LABEL)
        return base64.b64encode(key).decode(), sealed

    def open(self, key: str, sealed: bytes) -> bytes | None:
        if sealed[:1] != _FORMAT:
            return None
        try:
            opener = AESGCM(base64.b64decode(key, validate=True))
            return opener.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _LABEL)
        except (InvalidTag, ValueError, binascii.Error):
            return None
