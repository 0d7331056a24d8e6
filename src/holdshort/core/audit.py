"""
The audit chain: what an event's hash covers, and what a checkpoint signs.

The events of one onboarding form a chain: each hash covers the event and the hash before it. A checkpoint lists the
heads of the chains that grew since the checkpoint before, covers the hash of that one, and is signed. So a checkpoint
that somebody keeps elsewhere (an anchor) fixes everything up to it. `verifier/verify_audit.py` says the same again
without a line of this code, on purpose.

Source: design 3; promise S15.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from holdshort.core.canonical import canonical_bytes, utc_text

GENESIS = "0" * 64
"""What stands for "the hash before" at the first event of an onboarding, and at the first checkpoint."""

Head = tuple[int, int, str]
"""The last event of one onboarding: number, seq, hash."""

_PURPOSE = "holdshort checkpoint 1"


def event_hash(
    previous: str,
    number: int,
    seq: int,
    kind: str,
    at: datetime,
    actor: str,
    body: Mapping[str, Any],
    commitment: str,
) -> str:
    """
    The hash of one event: SHA-256 over the canonical JSON of everything given here.

    Args:
        previous: hash of the event before it in the same onboarding, or GENESIS.
        at: an aware instant; it is hashed in UTC with microseconds.
        body: the open part, as plain JSON (`core.canonical.plain`).
        commitment: salted hash of the private part, which may be erased later; empty where there is none.

    Raises:
        NotCanonical: the body has no canonical form, or `at` no zone.
    """
    covered = {
        "previous": previous,
        "number": number,
        "seq": seq,
        "kind": kind,
        "at": utc_text(at),
        "actor": actor,
        "body": body,
        "commitment": commitment,
    }
    return hashlib.sha256(canonical_bytes(covered)).hexdigest()


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as the chain covers it. The private part is not in it; `commitment` stands for it, or is empty."""

    number: int
    seq: int
    kind: str
    at: datetime
    actor: str
    body: Mapping[str, Any]
    commitment: str
    hash: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A private part with what its commitment was made of: SHA-256 over salt and text, unless an erasure changed it."""

    seq: int
    salt: bytes
    text: bytes
    """JSON, as it was sealed."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """
    A signed statement: at this instant these were the ends of the chains.

    `heads` are those that changed since the checkpoint before, by number. `previous` is the hash of that checkpoint,
    GENESIS for the first. `signature` is Ed25519 over `checkpoint_bytes`, in hex, by the key called `key_id`.
    """

    no: int
    at: datetime
    heads: tuple[Head, ...]
    previous: str
    signature: str
    key_id: str


def checkpoint_bytes(no: int, at: datetime, heads: Iterable[Head], previous: str, key_id: str) -> bytes:
    """What is signed. It names its purpose, so that no signature given for something else fits."""
    return canonical_bytes(
        {
            "purpose": _PURPOSE,
            "no": no,
            "at": utc_text(at),
            "heads": [list(each) for each in heads],
            "previous": previous,
            "key_id": key_id,
        }
    )


def signed_bytes(checkpoint: Checkpoint) -> bytes:
    """What the signature of this checkpoint was given for."""
    each = checkpoint
    return checkpoint_bytes(each.no, each.at, each.heads, each.previous, each.key_id)


def checkpoint_hash(checkpoint: Checkpoint) -> str:
    """The hash that the next checkpoint covers: over everything in this one, its signature too."""
    return hashlib.sha256(canonical_bytes(checkpoint_json(checkpoint))).hexdigest()


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """The checkpoint as plain JSON: what an anchor and an export hold."""
    return {
        "no": checkpoint.no,
        "at": utc_text(checkpoint.at),
        "heads": [list(each) for each in checkpoint.heads],
        "previous": checkpoint.previous,
        "signature": checkpoint.signature,
        "key_id": checkpoint.key_id,
    }


def checkpoint_from_json(value: Mapping[str, Any]) -> Checkpoint:
    """
    The checkpoint that `checkpoint_json` wrote.

    Raises:
        ValueError: the value is no such thing.
    """
    try:
        return Checkpoint(
            no=int(value["no"]),
            at=datetime.fromisoformat(value["at"]).astimezone(UTC),
            heads=tuple((int(number), int(seq), str(head)) for number, seq, head in value["heads"]),
            previous=str(value["previous"]),
            signature=str(value["signature"]),
            key_id=str(value["key_id"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError("this is no checkpoint as Holdshort writes it") from error


def key_id(public_key: bytes) -> str:
    """The name of a signing key: the first 16 hex digits of the SHA-256 of its 32 public bytes."""
    return hashlib.sha256(public_key).hexdigest()[:16]
