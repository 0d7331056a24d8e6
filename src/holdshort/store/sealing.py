"""
Private parts of events, sealed so that they can be erased while the audit chain still holds.

Each onboarding has a key of its own, kept wrapped under the master key. Whoever destroys that key has erased what it
sealed, in every backup too. The chain covers only a commitment: SHA-256 over 16 random bytes and the text. Those bytes
are sealed with the text, so once the key is gone nobody can find the text by guessing and comparing.

Source: promise S27.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from holdshort.core.canonical import plain
from holdshort.store.key_files import KeyProblem, load_key_file

__all__ = [
    "MASTER_VARIABLE",
    "CannotOpen",
    "KeyProblem",
    "Sealed",
    "Sealer",
    "commitment",
    "load_master",
    "recipient_hash",
]  # fmt: skip

MASTER_VARIABLE = "HOLDSHORT_MASTER_KEY"

_KEY = 32
_NONCE = 12
_SALT = 16
_FORMAT = b"\x01"
_LEVEL = 1  # level 6 makes it a tenth smaller and takes twice as long


class CannotOpen(Exception):
    """A sealed part is not what was sealed here: another key, another event's part, or damage."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is kept of a private part, and what the chain covers of it."""

    ciphertext: bytes
    commitment: str


class Sealer:
    """Seals and opens with keys that one master key protects. The master key itself is never kept in the database."""

    def __init__(self, master: bytes) -> None:
        if len(master) != _KEY:
            raise KeyProblem(f"a master key has {_KEY} bytes, this one has {len(master)}")
        self._wrapping = AESGCM(_derived(master, "wrap onboarding keys"))

    def new_key(self) -> bytes:
        """A key for one onboarding. It is stored only wrapped."""
        return AESGCM.generate_key(bit_length=8 * _KEY)

    def wrap(self, key: bytes, number: int) -> bytes:
        nonce = os.urandom(_NONCE)
        return _FORMAT + nonce + self._wrapping.encrypt(nonce, key, _key_label(number))

    def unwrap(self, wrapped: bytes, number: int) -> bytes:
        """
        The key that `wrap` was given.

        Raises:
            KeyProblem: another master key wrapped it, or it is another onboarding's, or it is damaged.
        """
        nonce, ciphertext = _parts(wrapped)
        try:
            return self._wrapping.decrypt(nonce, ciphertext, _key_label(number))
        except InvalidTag as error:
            raise KeyProblem(
                f"the key of onboarding {number} does not open with this master key",
                f"use the master key under which this database was written (`{MASTER_VARIABLE}` comes before the file)",
            ) from error

    def seal(self, key: bytes, number: int, seq: int, private: Mapping[str, Any]) -> Sealed:
        """
        Seal the private part of one event.

        Plain JSON comes back from `open` as it was. A Decimal, a date or an instant comes back as text.

        Raises:
            NotCanonical: the value has no plain form, such as NaN.
        """
        salt = os.urandom(_SALT)
        text = _json(private)
        nonce = os.urandom(_NONCE)
        inner = salt + zlib.compress(text, _LEVEL)
        ciphertext = _FORMAT + nonce + AESGCM(key).encrypt(nonce, inner, _part_label(number, seq))
        return Sealed(ciphertext, commitment(salt, text))

    def open(self, key: bytes, number: int, seq: int, ciphertext: bytes) -> dict[str, Any]:
        """
        The private part that `seal` was given for this very event.

        Raises:
            CannotOpen: another key, another event's part, or damage.
        """
        opened: dict[str, Any] = msgspec.json.decode(self.open_text(key, number, seq, ciphertext)[1])
        return opened

    def open_text(self, key: bytes, number: int, seq: int, ciphertext: bytes) -> tuple[bytes, bytes]:
        """The salt and the JSON text, from which anybody can work out the commitment. Raises CannotOpen."""
        nonce, sealed = _parts(ciphertext)
        try:
            inner = AESGCM(key).decrypt(nonce, sealed, _part_label(number, seq))
            return inner[:_SALT], zlib.decompress(inner[_SALT:])
        except (InvalidTag, zlib.error) as error:
            raise CannotOpen(
                f"the private part of event {seq} of onboarding {number} does not open"
            ) from error


def commitment(salt: bytes, text: bytes) -> str:
    """What the chain covers of a private part."""
    return hashlib.sha256(salt + text).hexdigest()


def recipient_hash(master: bytes, address: str) -> str:
    """
    A keyed hash by which messages to one recipient are counted without keeping the address.

    Upper and lower case and blanks around it make no difference. Without the master key nobody can try addresses.
    """
    key = _derived(master, "count recipients")
    return hmac.new(
        key, address.strip().casefold().encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def load_master(path: Path, create: bool = False) -> bytes:
    """
    The master key: 32 bytes, from the environment variable HOLDSHORT_MASTER_KEY (base64) or else from the file.

    Args:
        path: a file with the rights 0600 in a folder with the rights 0700; it holds base64.
        create: make a new one where the file is missing. A new key opens nothing that another one sealed.

    Raises:
        KeyProblem: there is none, it is malformed, or others may read it.
    """
    stated = os.environ.get(MASTER_VARIABLE)
    if stated:
        return _decoded(stated.encode("utf-8", "surrogateescape"), f"the variable {MASTER_VARIABLE}")
    content = load_key_file(path, _new_master if create else None, "master key")
    return _decoded(content, f"`{path}`")


def _new_master() -> bytes:
    return base64.b64encode(secrets.token_bytes(_KEY)) + b"\n"


def _decoded(text: bytes, where: str) -> bytes:
    try:
        master = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        master = b""
    if len(master) != _KEY:
        raise KeyProblem(
            f"{where} holds no master key", f"it has to be {_KEY} bytes in base64, 44 characters"
        )
    return master


def _derived(master: bytes, purpose: str) -> bytes:
    """A key of its own for each purpose, so that none can be used for another."""
    return hmac.new(master, f"holdshort 1: {purpose}".encode(), hashlib.sha256).digest()


def _key_label(number: int) -> bytes:
    return f"key of {number}".encode()


def _part_label(number: int, seq: int) -> bytes:
    return f"{number}/{seq}".encode()


def _parts(sealed: bytes) -> tuple[bytes, bytes]:
    if sealed[:1] != _FORMAT or len(sealed) < 1 + _NONCE + 16:
        raise CannotOpen("this is nothing that Holdshort sealed, or its beginning is damaged")
    return sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]


def _json(private: Mapping[str, Any]) -> bytes:
    """As JSON, and never as something that means less: msgspec would write NaN as null."""
    try:
        text = msgspec.json.encode(private)
        if b"null" not in text or msgspec.json.decode(text) == private:
            return text
    except (TypeError, ValueError, OverflowError, RecursionError):
        pass  # plain() mends it, or says more clearly what is wrong
    return msgspec.json.encode(plain(private))
