"""Numbers and money: what is read, and what is left unread rather than guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.amounts import Money, read_money, read_number
from holdshort.core.unreadable import Unreadable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
NUMBERISH = st.text(alphabet="0123456789.,' $€£¥kmKM%()-+EURUSD\xa0", max_size=20)
CENTS = st.decimals(min_value=0, max_value=10**12, places=2)


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("95,570.69", "95570.69"),
        ("$12,400.00", "12400"),
        ("250k", "250000"),
        ("1.2m", "1200000"),
        ("£9000", "9000"),
        ("€9.000,00", "9000"),
        ("48.000,00 EUR", "48000"),
        ("USD 48,000.00", "48000"),
        ("(1,200.50)", "-1200.50"),
        ("1 234,56", "1234.56"),
        ("1\u202f234\xa0567,89", "1234567.89"),
        ("1'234.50", "1234.50"),
        ("75%", "75"),
        ("-$5", "-5"),
        ("$-5", "-5"),
        ("\u2212" + "5", "-5"),
        ("1,23,456.00", "123456"),
        ("1234.567", "1234.567"),
        ("0.125", "0.125"),
        (".5", "0.5"),
        ("1.355,90", "1355.90"),
        ("10,00", "10"),
        ("<b>48k</b>", "48000"),
        (48000, "48000"),
        (0.1, "0.1"),
        (Decimal("2.50"), "2.5"),
    ],
)
def test_a_number_is_read_however_it_was_typed(raw, number):
    assert read_number(raw) == Decimal(number)


@pytest.mark.parametrize(
    ("raw", "locale", "number"),
    [
        ("48.000", "de", "48000"),
        ("48.000", "en-GB", "48"),
        ("48,000", "en_US.UTF-8", "48000"),
        ("48,000", "fr-FR", "48"),
        ("48.000", "de-CH", "48"),
        ("48'000", "de-CH", "48000"),
        ("48.000", "es-MX", "48"),
        ("48.000", "es-ES", "48000"),
    ],
)
def test_a_locale_settles_a_lone_separator(raw, locale, number):
    assert read_number(raw, locale) == Decimal(number)


@pytest.mark.parametrize("raw", ["48.000", "48,000", "-1.234", "48,000k"])
@pytest.mark.parametrize("locale", ["", "xx", "klingon"])
def test_a_lone_separator_before_three_digits_is_never_guessed(raw, locale):
    answer = read_number(raw, locale)
    assert isinstance(answer, Unreadable)
    assert "could be" in answer.reason


def test_both_readings_are_named():
    assert read_number("48.000") == Unreadable("`48.000` could be 48000 or 48.000; no locale settles it")


@pytest.mark.parametrize(
    ("raw", "locale"), [("12.5", "de"), ("12,50", "en"), ("1.234.567", "en"), ("9.000,00", "en")]
)
def test_a_number_that_contradicts_its_locale_is_not_read(raw, locale):
    assert isinstance(read_number(raw, locale), Unreadable)


@pytest.mark.parametrize(
    "raw",
    [
        "12 months", "100 seats", "10k-20k", "~48k", "NaN", "inf", "1e400", "1e5", "", "USD", "(-5)", "--5", "12.",
        "1.1.1", "(5", "12,34", "9" * 30, "9" * 10**6, float("nan"), float("inf"), 1e400, 1e16, 10**16, 10**5000,
        Decimal("sNaN"), Decimal("1e999999"), True, False, None, {}, [], {"value": 5},
    ],
    ids=lambda raw: type(raw).__name__,
)  # fmt: skip
def test_what_is_no_number_has_a_reason(raw):
    answer = read_number(raw, "en" if raw == "12,34" else "")
    assert isinstance(answer, Unreadable)
    assert answer.reason
    assert isinstance(read_money(raw, "", "en" if raw == "12,34" else ""), Unreadable)


@pytest.mark.parametrize(
    "raw", ["$48,000.00", "48000", "48k", "USD 48,000.00", "$48,000.00 USD", 48000, 48000.0]
)
def test_shorthand_amounts_mean_the_same_money(raw):
    """Situation S049."""
    assert read_money(raw, "USD") == Money(Decimal(48000), "USD")


def test_european_amounts_keep_their_thousands():
    """Situation S048: an importer billed 48."""
    assert read_money("48.000,00 EUR", "EUR") == Money(Decimal(48000), "EUR")


@pytest.mark.parametrize(
    ("raw", "stated", "currency"),
    [
        ("$5", "", ""),
        ("$5", "CAD", "CAD"),
        ("US$5", "", "USD"),
        ("£5", "", "GBP"),
        ("5 €", "", "EUR"),
        ("¥5", "JPY", "JPY"),
        ("5 kr", "SEK", "SEK"),
        ("5", "usd", "USD"),
        ("5", "", ""),
        (5, "EUR", "EUR"),
    ],
)
def test_currency_comes_from_the_text_and_the_field_beside_it(raw, stated, currency):
    assert read_money(raw, stated) == Money(Decimal(5), currency)


@pytest.mark.parametrize(
    ("raw", "stated"),
    [("$5", "EUR"), ("5 EUR", "USD"), ("US$5", "CAD"), ("¥5", "USD"), ("¥5", ""), ("5 kr", ""), ("$5 EUR", ""),
     ("75%", "USD"), ("5", "dollars")],
)  # fmt: skip
def test_a_currency_that_contradicts_or_could_be_two_is_not_read(raw, stated):
    assert isinstance(read_money(raw, stated), Unreadable)


@given(CENTS)
def test_money_printed_in_english_reads_back(amount):
    assert read_money(f"${amount:,.2f}", "USD", "en-US") == Money(amount, "USD")
    assert read_money(f"{amount:,.2f}", "USD") == Money(amount, "USD")


@given(CENTS)
def test_money_printed_in_german_reads_back(amount):
    german = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    assert read_money(f"{german} €", "", "de-DE") == Money(amount, "EUR")
    assert read_money(f"{german} €", "EUR") == Money(amount, "EUR")


@given(
    JSON | NUMBERISH,
    st.sampled_from(["", "de", "en-US", "de-CH", "??"]),
    st.sampled_from(["", "USD", "x", "€"]),
)
def test_no_value_makes_the_reader_fail(raw, locale, currency):
    number, money = read_number(raw, locale), read_money(raw, currency, locale)
    assert isinstance(number, Decimal | Unreadable)
    assert isinstance(money, Money | Unreadable)


@given(NUMBERISH)
def test_a_locale_never_changes_a_number_that_was_clear_without_one(raw):
    free = read_number(raw)
    for locale in ("de", "en", "fr-FR", "de-CH"):
        settled = read_number(raw, locale)
        assert isinstance(free, Unreadable) or isinstance(settled, Unreadable) or settled == free
