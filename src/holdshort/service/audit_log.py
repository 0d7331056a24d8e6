"""
What the audit log needs of a store, and the signed checkpoints over it.

`anchors` writes checkpoints down elsewhere; `audit_export` makes the folder that outsiders verify.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Protocol

from holdshort.core.audit import (
    GENESIS,
    Checkpoint,
    Envelope,
    Head,
    Opened,
    checkpoint_bytes,
    checkpoint_hash,
)

__all__ = ["AuditStore", "CheckpointSigner", "Envelope", "Opened", "PrivateParts", "make_checkpoint"]

# --- what is needed of the outside ------------------------------------------------------------------------


class AuditStore(Protocol):
    """What the audit log needs beyond `ports.Store`. Nothing here decrypts anything."""

    def envelopes(self, after: tuple[int, int] = (0, 0)) -> Iterator[Envelope]:
        """All events by (number, seq), those after the cursor; read in pieces, never all at once."""
        ...

    def changed_heads(self) -> list[Head]:
        """By number: the last event of each onboarding that no checkpoint covers yet."""
        ...

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write it durably. Raises ports.Conflict where its `no` is taken; checkpoints never change."""
        ...

    def checkpoints(self, after: int = 0) -> list[Checkpoint]:
        """By `no`, those with a greater one."""
        ...

    def last_checkpoint(self) -> Checkpoint | None: ...


class PrivateParts(Protocol):
    """The one way to the private parts; only whoever is handed it can export them."""

    def opened(self, number: int) -> Iterator[Opened]:
        """The private parts of one onboarding by seq, as they are now; those of which nothing is left are left out."""
        ...


class CheckpointSigner(Protocol):
    @property
    def key_id(self) -> str: ...

    @property
    def public_key_hex(self) -> str: ...

    def sign(self, data: bytes) -> str:
        """An Ed25519 signature in hex."""
        ...


# --- checkpoints ------------------------------------------------------------------------------------------


def make_checkpoint(store: AuditStore, signer: CheckpointSigner, now: datetime) -> Checkpoint | None:
    """
    Sign where the chains end now, and store it. Write it to the anchor next (`anchors.append_anchor`).

    Returns:
        The checkpoint; None where nothing has happened since the one before.

    Raises:
        Conflict: another process made one at the same moment; there is nothing left to do.
    """
    # The last one is read first: whoever makes another in between takes the number that this one will ask for.
    before = store.last_checkpoint()
    heads = tuple(sorted(store.changed_heads()))
    if not heads:
        return None
    no = before.no + 1 if before else 1
    previous = checkpoint_hash(before) if before else GENESIS
    at = now.astimezone(UTC)
    signature = signer.sign(checkpoint_bytes(no, at, heads, previous, signer.key_id))
    checkpoint = Checkpoint(no, at, heads, previous, signature, signer.key_id)
    store.add_checkpoint(checkpoint)
    return checkpoint
