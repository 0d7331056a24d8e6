"""The order as bytes, and the key that travels with it."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.connectors.write.folder import FolderTarget
from holdshort.connectors.write.json_answers import read_json, read_object, short_text
from holdshort.connectors.write.outcomes import document_of, key_fault
from holdshort.connectors.write.recorder import Recorder
from holdshort.connectors.write.smtp import SmtpTarget
from holdshort.connectors.write.webhook import WebhookTarget

from .worlds import PAYLOAD, SECRET, order

BAD_KEYS = ["", " ", "a b", "a\r\nX-Evil: 1", "k\0", "é", "a" * 201, "\x7f", "\t"]
BAD_PAYLOADS = [{"a": float("nan")}, {"a": 2**60}, {"a": "\ud800"}, {"a": {1, 2}}, {1: 2}, {"a": b"bytes"}]


@pytest.fixture(params=["folder", "webhook", "smtp", "recorder"])
def target(request, tmp_path, world):
    return {
        "folder": lambda: FolderTarget("outbox", tmp_path),
        "webhook": lambda: WebhookTarget("hook", world.url, SECRET, allowed_private_hosts=["127.0.0.1"]),
        "smtp": lambda: SmtpTarget("mail", "127.0.0.1", 9, "cs@vendor.example", lambda address: True),
        "recorder": lambda: Recorder("recorder", tmp_path / "recorded.jsonl"),
    }[request.param]()


def test_the_same_order_is_the_same_bytes_whatever_the_order_of_its_keys():
    turned = dict(reversed(PAYLOAD.items()))
    assert document_of(order(payload=PAYLOAD)) == document_of(order(payload=MappingProxyType(turned)))
    assert document_of(order(payload={"a": (1, 2)})) == document_of(order(payload={"a": [1, 2]}))


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_cannot_travel_in_a_header_is_refused_by_every_target(key, target, tmp_path, world):
    before = sorted(tmp_path.rglob("*"))
    assert target.perform(order(key), 2).state == "failed"
    assert target.look_up(key, 2) is None or target.look_up(key, 2).state == "failed"
    assert sorted(tmp_path.rglob("*")) == before
    assert world.effects() == []


@pytest.mark.parametrize("payload", BAD_PAYLOADS, ids=ascii)
def test_a_payload_that_is_not_json_is_refused_by_every_target(payload, target, tmp_path, world):
    before = sorted(tmp_path.rglob("*"))
    assert target.perform(order(payload=payload), 2).state == "failed"
    assert sorted(tmp_path.rglob("*")) == before
    assert world.effects() == []


@pytest.mark.parametrize("timeout_s", [0, -1, float("nan")])
def test_without_time_nothing_is_tried_by_any_target(timeout_s, target, tmp_path, world):
    before = sorted(tmp_path.rglob("*"))
    assert target.perform(order(), timeout_s).state == "failed"
    assert sorted(tmp_path.rglob("*")) == before
    assert world.effects() == []


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=200))
def test_every_key_of_printable_ascii_is_good(key):
    assert key_fault(key) == ""


@pytest.mark.parametrize(
    "raw", [b"", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000, b"\xff", b'{"a":1}x', b"1" * 5000]
)
def test_json_with_two_meanings_or_none_is_not_json(raw):
    with pytest.raises(ValueError):  # noqa: PT011
        read_json(raw)
    assert read_object(raw) is None


def test_a_reference_is_shown_only_when_it_is_short_and_plain():
    assert short_text("E-1") == "E-1"
    assert short_text(17) == "17"
    for each in ("a\nb", "\u202e", "a" * 201, None, True, ["a"], 1.5):
        assert short_text(each) == ""
