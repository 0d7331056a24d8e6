"""Personal data does not leave with a question to a model, and comes back in the answer."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.redaction import Redactor

NAMES = ("Petra Lindqvist", "Lindqvist", "Old Mill Bakery")
NOTE = (
    "Petra Lindqvist (petra@oldmill.example, +44 20 7946 0958) wants SSO by 2026-09-01; card 4111 1111 1111 1111, "
    "IBAN GB82 WEST 1234 5698 7654 32. Lindqvist signs for 12,400 EUR."
)


@pytest.mark.keeps("S20")
def test_names_addresses_and_numbers_of_people_are_hidden_and_come_back():
    redactor = Redactor(NAMES)
    hidden = redactor.hide(NOTE)
    for said in ("Lindqvist", "petra@", "7946", "4111", "WEST"):
        assert said not in hidden
    assert redactor.reveal(hidden) == NOTE


def test_what_decides_the_case_stays_readable():
    hidden = Redactor(NAMES).hide(NOTE)
    for said in ("SSO", "2026-09-01", "12,400 EUR"):
        assert said in hidden


def test_the_same_person_has_the_same_label_throughout():
    redactor = Redactor(["Petra Lindqvist"])
    assert redactor.hide("Petra Lindqvist") == redactor.hide("Petra Lindqvist")
    assert redactor.hide("ask Petra Lindqvist") == "ask [person 1]"


@pytest.mark.parametrize("said", ["4111 1111 1111 1112", "GB00 WEST 1234 5698 7654 32"])
def test_a_number_without_valid_check_digits_is_no_card_or_account(said):
    hidden = Redactor().hide(f"reference {said} and")
    assert "[card" not in hidden
    assert "[account" not in hidden


def test_a_label_that_the_customer_wrote_reveals_nobody():
    redactor = Redactor(["Petra Lindqvist"])
    hidden = redactor.hide("Petra Lindqvist says [person 1] is the sponsor")
    assert hidden == "[person 1] says (person 1) is the sponsor"
    assert redactor.reveal("[person 1] and [person 7]") == "Petra Lindqvist and [person 7]"


@given(st.text(max_size=300), st.lists(st.text(min_size=3, max_size=20), max_size=4))
def test_whatever_is_hidden_comes_back_as_it_was(text, names):
    redactor = Redactor(names)
    hidden = redactor.hide(text)
    if "[" not in text:
        assert redactor.reveal(hidden) == text


def test_json_stays_json():
    data = {"note": NOTE, "by": "petra@oldmill.example"}
    json.loads(Redactor(NAMES).hide(json.dumps(data)))
