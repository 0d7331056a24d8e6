"""The key that signs checkpoints of the audit log: Ed25519, in a file of its own."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from holdshort.core.audit import key_id
from holdshort.store.key_files import KeyProblem, load_key_file


class Signer:
    """Signs with one private key. `key_id` names it; `public_key_hex` is what a verifier needs."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        public = key.public_key().public_bytes_raw()
        self.public_key_hex = public.hex()
        self.key_id = key_id(public)

    @classmethod
    def load(cls, path: Path, create: bool = True) -> Signer:
        """
        The signer whose key is in this file (PEM, rights 0600, in a folder with the rights 0700).

        Args:
            create: make a new key where the file is missing.

        Raises:
            KeyProblem: there is none, it is no Ed25519 key, or others may read it.
        """
        content = load_key_file(path, _new_key if create else None, "signing key")
        try:
            key = load_pem_private_key(content, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyProblem(
                f"`{path}` holds no Ed25519 key without a password", "bring back the file that Holdshort made"
            )
        return cls(key)

    def sign(self, data: bytes) -> str:
        """The signature in hex."""
        return self._key.sign(data).hex()


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
