"""One value, one spelling: RFC 8785 held against another implementation of it."""

import copy
import json
import os
from collections import OrderedDict
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.canonical import DEEPEST, LARGEST_INT, NotCanonical, canonical_bytes, digest, plain
from holdshort.verifier.verify_audit import canonical as verifier_canonical

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
MANY = 10_000 if TORTURE else 500

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
NUMBERS = st.integers(-LARGEST_INT, LARGEST_INT) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


def written_otherwise(value, draw):
    """Another value that stands for the same or for nearly the same: keys in another order, one thing changed."""
    if isinstance(value, dict):
        items = draw(st.permutations([(key, written_otherwise(each, draw)) for key, each in value.items()]))
        if items and draw(st.integers(0, 9)) == 0:
            items = items[1:]
        return dict(items)
    if isinstance(value, list):
        items = [written_otherwise(each, draw) for each in value]
        return draw(st.sampled_from([items, tuple(items)]))
    if isinstance(value, int) and not isinstance(value, bool):
        return draw(st.sampled_from([value, float(value), value // 2, str(value)]))
    if isinstance(value, float):
        return draw(st.sampled_from([value, -value, value + 1]))
    if isinstance(value, str):
        return draw(st.sampled_from([value, value + " ", value[::-1]]))
    return value


@given(VALUES, st.data())
@settings(max_examples=MANY, deadline=None)
def test_digests_are_equal_exactly_when_the_canonical_bytes_are(value, data):
    other = written_otherwise(value, data.draw)
    assert canonical_bytes(value) == rfc8785.dumps(value) == verifier_canonical(value)
    assert canonical_bytes(other) == rfc8785.dumps(other) == verifier_canonical(other)
    assert (digest(value) == digest(other)) == (rfc8785.dumps(value) == rfc8785.dumps(other))


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=MANY, deadline=None)
def test_every_double_is_written_as_ecmascript_writes_it(value):
    assert canonical_bytes(value) == rfc8785.dumps(value)
    assert float(canonical_bytes(value)) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e21, "1e+21"), (1e20, "100000000000000000000"), (1e-6, "0.000001"), (1e-7, "1e-7"), (-0.0, "0"), (4.50, "4.5"),
        (333333333.33333329, "333333333.3333333"), (1e30, "1e+30"), (2e-3, "0.002"), (1e-27, "1e-27"), (5e-324, "5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"), (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"), (999999999999999700000.0, "999999999999999700000"),
        (123.0, "123"), (12345.678, "12345.678"), (True, "true"), (1, "1"), (-7, "-7"),
    ],
)  # fmt: skip
def test_numbers_of_the_rfc_and_of_its_edges(value, text):
    assert canonical_bytes(value).decode() == text


def test_keys_are_in_the_order_of_their_utf16_units():
    """The example of RFC 8785, 3.2.3."""
    in_order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    value = {key: place for place, key in enumerate(sorted(in_order))}
    assert list(json.loads(canonical_bytes(value))) == in_order
    assert sorted(in_order) != in_order


def test_blanks_and_order_of_keys_make_no_difference():
    one = json.loads('{"a": 1.0, "b": [1, 2]}')
    other = json.loads('{ "b":[1,2],"a":1}')
    assert digest(one) == digest(other)
    assert digest(one) != digest({"a": 1, "b": [2, 1]})


class Tier(StrEnum):
    HIGH = "high"


def test_relatives_of_plain_types_count_as_what_they_stand_for():
    value = MappingProxyType(OrderedDict(tier=Tier.HIGH, pair=(1, 2)))
    assert canonical_bytes(value) == b'{"pair":[1,2],"tier":"high"}'


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (float("nan"), "nan"), (float("inf"), "inf"), (-float("inf"), "inf"), (2**53, "2**53"), (-(2**53), "2**53"),
        ("\ud800", "surrogate"), ({"\udfff": 1}, "surrogate"), ({1: 2}, "key"), ({None: 2, "a": 1}, "key"),
        (b"bytes", "bytes"), ({1, 2}, "set"), (object(), "object"), (Decimal("1"), "Decimal"), (date(2026, 1, 1), "date"),
        ({"a": [{"b": float("nan")}]}, "a[0].b"),
    ],
)  # fmt: skip
def test_what_has_no_canonical_form_is_refused_with_its_place(value, word):
    with pytest.raises(NotCanonical, match=word.replace("*", r"\*").replace("[", r"\[")):
        canonical_bytes(value)


def test_depth_has_a_bound_that_writer_and_verifier_share():
    def nested(levels):
        value = 1
        for _ in range(levels):
            value = [value]
        return value

    assert canonical_bytes(nested(DEEPEST)) == verifier_canonical(nested(DEEPEST))
    for refuse in (canonical_bytes, verifier_canonical, plain):
        with pytest.raises(ValueError, match="levels"):
            refuse(nested(DEEPEST + 1))
    loop = []
    loop.append(loop)
    with pytest.raises(NotCanonical):
        canonical_bytes(loop)


def test_plain_turns_what_records_hold_into_text_the_same_way_every_time():
    made = plain(
        {
            "amount": Decimal("95570.690"), "round": Decimal("1E+3"), "nothing": Decimal("-0.00"), "huge": 10**20,
            "tiny": Decimal("-1.20E-9"), "close": date(2026, 3, 1), "far": 1e300, "n": 7, "list": (1, None, True),
            "at": datetime(2026, 3, 1, 10, 0, tzinfo=timezone(timedelta(hours=1))), "half": "a\ud800b", "tier": Tier.HIGH,
        }
    )  # fmt: skip
    assert made == {
        "amount": "95570.69", "round": "1000", "nothing": "0", "huge": "100000000000000000000", "tiny": "-1.2e-9",
        "close": "2026-03-01", "far": "1e+300", "n": 7, "list": [1, None, True], "at": "2026-03-01T09:00:00.000000Z",
        "half": "a[U+D800]b", "tier": "high",
    }  # fmt: skip
    assert json.loads(canonical_bytes(made)) == made


@pytest.mark.parametrize(
    "value",
    [Decimal("NaN"), Decimal("Infinity"), float("nan"), datetime(2026, 1, 1), {1: 1}, object()],  # noqa: DTZ001
)
def test_plain_refuses_what_it_would_have_to_guess(value):
    with pytest.raises(NotCanonical):
        plain({"field": value})


WIDE = st.recursive(
    VALUES | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.dates() | st.text(max_size=5)
    | st.datetimes(timezones=st.just(UTC)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@given(WIDE)
@settings(max_examples=MANY, deadline=None)
def test_what_plain_gives_has_a_canonical_form_and_reads_back_from_it(value):
    before = copy.deepcopy(value)
    made = plain(value)
    assert value == before
    assert json.loads(canonical_bytes(made)) == made
    assert plain(made) == made
