"""A person is found however they are written, and nobody else is."""

import pytest

from holdshort.service.erase_words import ERASED, Words, known_beside
from holdshort.service.erasing import identify

EMAIL = "dana.kim@oldmill.example"


@pytest.mark.parametrize(
    ("known", "text", "left"),
    [
        (EMAIL, "write to Dana.Kim@OldMill.example.", f"write to {ERASED}."),
        (EMAIL, "mailto:dana.kim%40oldmill.example", f"mailto:{ERASED}"),
        (EMAIL, "dana.kim&#64;oldmill.example", ERASED),
        (EMAIL, "<dana.kim@oldmill.example>", f"<{ERASED}>"),
        (EMAIL, "adana.kim@oldmill.example", "adana.kim@oldmill.example"),
        (EMAIL, "x-dana.kim@oldmill.example", "x-dana.kim@oldmill.example"),
        (EMAIL, "dana.kim@oldmill.example-labs", "dana.kim@oldmill.example-labs"),
        ("Dana Kim", "DANA  KIM's call with Dana\nKim", f"{ERASED}'s call with {ERASED}"),
        ("Dana Kim", "Adana Kimball", "Adana Kimball"),
        ("José Núñez", "Jose\u0301 Nu\u0301n\u0303ez", ERASED),
        ("Jose\u0301 Nu\u0301n\u0303ez", "José Núñez", ERASED),
        ("+49 30 1234567", "call +49301234567 or +49 (30) 123-4567", f"call {ERASED} or {ERASED}"),
        ("030 1234567", "order 10301234567", "order 10301234567"),
    ],
)
def test_a_spelling_is_found_and_what_only_looks_like_it_is_not(known, text, left):
    assert Words([known]).without(text) == left


def test_keys_numbers_and_lists_lose_the_person_as_well():
    words = Words([EMAIL, "49301234567"])
    value = {EMAIL: [49301234567, True, None, 3.5], "note": ["from " + EMAIL]}
    assert words.without(value) == {ERASED: [ERASED, True, None, 3.5], "note": [f"from {ERASED}"]}
    assert words.found_in(value) == 3


def test_without_a_word_nothing_is_changed():
    assert Words([]).without({"a": "b"}) == {"a": "b"}
    assert Words(["", "  "]).found_in({"a": "b"}) == 0


@pytest.mark.parametrize(
    ("value", "also"),
    [
        ({"email": EMAIL, "name": "Dana Kim", "phone": "+49 30 1234567"}, ["Dana Kim", "+49 30 1234567"]),
        ({"Email": EMAIL, "First Name": "Dana", "Last Name": "Kim"}, ["Dana Kim", "Kim, Dana"]),
        ({"email": {"value": EMAIL, "as_of": "2026-01-01"}, "name": {"value": "Dana Kim"}}, ["Dana Kim"]),
        (
            {"account_name": "Old Mill Bakery", "billing_contact_email": EMAIL, "billing_contact": "Dana Kim",
             "billing_contact_phone": "030 1234567", "sales_contact": "Kit Marlow"},
            ["Dana Kim", "030 1234567"],
        ),
        (f"Sent by Dana Kim <{EMAIL}> today", ["Dana Kim"]),
        (f'"Dana van der Berg" ({EMAIL})', ["Dana van der Berg", "van der Berg", "der Berg"]),
        ({"owner": {"email": EMAIL}, "name": "Old Mill Bakery"}, []),
        ({"email": EMAIL, "name": "Dana"}, []),
        ([{"email": "other@oldmill.example", "name": "Jo Lee"}], []),
    ],
)  # fmt: skip
def test_what_stands_beside_an_address_belongs_to_it(value, also):
    assert list(dict.fromkeys(known_beside(value, [EMAIL]))) in (
        also,
        [*also, EMAIL],
        [also[0], EMAIL, *also[1:]] if also else [EMAIL],
    )


def test_a_second_address_beside_the_same_name_is_found_too_and_what_is_kept_is_not():
    parts = [
        {"stakeholders": [{"email": EMAIL, "name": "Dana Kim"}]},
        {"contacts": [{"name": "Dana Kim", "email": "dana@home.example", "mobile": "0170 7654321"}]},
    ]
    assert set(identify(parts, [EMAIL]).texts) == {EMAIL, "Dana Kim", "dana@home.example", "0170 7654321"}
    assert set(identify(parts, [EMAIL], keep=["dana  kim"]).texts) == {EMAIL}
