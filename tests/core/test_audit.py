"""What the hash of an event covers, and what a checkpoint signs."""

import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785

from holdshort.core.audit import (
    GENESIS,
    Checkpoint,
    checkpoint_bytes,
    checkpoint_from_json,
    checkpoint_hash,
    checkpoint_json,
    event_hash,
    key_id,
    signed_bytes,
)
from holdshort.core.canonical import NotCanonical

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EVENT = {
    "previous": GENESIS, "number": 12, "seq": 1, "kind": "OnboardingOpened", "at": AT, "actor": "rae",
    "body": {"key": "A-1/D-1/closed_won"}, "commitment": "",
}  # fmt: skip


def test_the_hash_of_an_event_is_sha256_over_the_canonical_json_of_all_of_it():
    covered = {**EVENT, "at": "2026-03-01T09:30:00.000000Z"}
    assert event_hash(**EVENT) == hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("previous", "1" + GENESIS[1:]), ("number", 13), ("seq", 2), ("kind", "OnboardingClosed"),
        ("at", AT + timedelta(microseconds=1)), ("actor", "rae "), ("body", {}), ("commitment", "a" * 64),
    ],
)  # fmt: skip
def test_each_part_of_an_event_changes_its_hash(name, value):
    assert event_hash(**{**EVENT, name: value}) != event_hash(**EVENT)


def test_the_same_instant_in_another_zone_is_the_same_event():
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert event_hash(**{**EVENT, "at": elsewhere}) == event_hash(**EVENT)


def test_an_instant_without_a_zone_is_refused():
    with pytest.raises(NotCanonical, match="zone"):
        event_hash(**{**EVENT, "at": AT.replace(tzinfo=None)})


CHECKPOINT = Checkpoint(2, AT, ((3, 4, "a" * 64), (12, 1, "b" * 64)), "c" * 64, "d" * 128, "e" * 16)


def test_a_checkpoint_comes_back_from_its_json():
    assert checkpoint_from_json(checkpoint_json(CHECKPOINT)) == CHECKPOINT
    assert rfc8785.dumps(checkpoint_json(CHECKPOINT))


@pytest.mark.parametrize("value", [{}, {"no": 1}, {**checkpoint_json(CHECKPOINT), "heads": [1]}, []])
def test_what_is_no_checkpoint_is_refused(value):
    with pytest.raises(ValueError, match="no checkpoint"):
        checkpoint_from_json(value)


def test_a_signature_covers_everything_but_itself_and_names_its_purpose():
    each = CHECKPOINT
    assert signed_bytes(each) == checkpoint_bytes(each.no, each.at, each.heads, each.previous, each.key_id)
    assert b'"purpose":"holdshort checkpoint 1"' in signed_bytes(each)
    assert each.signature.encode() not in signed_bytes(each)
    others = [
        checkpoint_bytes(3, each.at, each.heads, each.previous, each.key_id),
        checkpoint_bytes(each.no, each.at + timedelta(seconds=1), each.heads, each.previous, each.key_id),
        checkpoint_bytes(each.no, each.at, each.heads[:1], each.previous, each.key_id),
        checkpoint_bytes(each.no, each.at, each.heads, GENESIS, each.key_id),
        checkpoint_bytes(each.no, each.at, each.heads, each.previous, "f" * 16),
    ]
    assert len({signed_bytes(each), *others}) == 6


def test_the_hash_of_a_checkpoint_covers_its_signature_too():
    signed_again = Checkpoint(2, AT, CHECKPOINT.heads, "c" * 64, "0" * 128, "e" * 16)
    assert checkpoint_hash(signed_again) != checkpoint_hash(CHECKPOINT)


def test_a_key_is_named_by_the_hash_of_its_public_bytes():
    assert key_id(b"\x00" * 32) == hashlib.sha256(b"\x00" * 32).hexdigest()[:16]
