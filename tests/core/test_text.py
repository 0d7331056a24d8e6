"""Text: what a person sees, how two spellings compare, whose domain it is and what it speaks of."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.text import clean, company, domain_of, find_mention, fold, mentions, within_domain

MARKED_UP = st.text(alphabet="ab <>/&;#x\"'=-!\n\u200b\xa0é🎉scriptnbspAMP0123", max_size=60) | st.text()
HTML_NOTE = (
    "<p>Hi team,<br/>as agreed we&nbsp;will <b>go</b>-<b>live</b> on&nbsp;<span>1</span>&nbsp;July&nbsp;2026 "
    "incl. the <i>custom</i>&nbsp;NetSuite&nbsp;connector.</p>"
)
SSO_NOTE = "Deal closed!! They need custom SSO by March - told them no problem."


# --- clean --------------------------------------------------------------------------------------------------


def test_html_reads_as_a_person_sees_it():
    """Situation S075."""
    assert clean(HTML_NOTE) == (
        "Hi team, as agreed we will go-live on 1 July 2026 incl. the custom NetSuite connector."
    )


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("a < b", "a < b"),
        ("if a <b and c> d", "if a <b and c> d"),
        ("Jane <jane@x.example>", "Jane <jane@x.example>"),
        ("<TBD>", "<TBD>"),
        ("<td>a</td><td>b</td>", "a b"),
        ('<a href="x>y">link</a>', "link"),
        ("x<script>alert(1)</script>y<!-- z -->", "xy"),
        ("before <!-- never closed", "before <!-- never closed"),
        ("no <o:p></o:p>more", "no more"),
        ("&lt;b&gt;", "<b>"),
        ("AT&T &amp; co&copyright", "AT&T & co&copyright"),
        ("a\u200bb\u202ec\xadd\x00e", "abcde"),
        ("\t a\xa0\u2003b\r\n\u2028c ", "a b c"),
        ("ﬁne ＡＢＣ", "fine ABC"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_only_what_is_visible_stays(raw, seen):
    assert clean(raw) == seen


def test_every_invisible_character_goes():
    shown_format_characters = {
        0x600,
        0x601,
        0x602,
        0x603,
        0x604,
        0x605,
        0x6DD,
        0x890,
        0x891,
        0x8E2,
        0x110BD,
        0x110CD,
    }
    for code in (*range(0x3000), *range(0xD7F0, 0xE000), *range(0xFE00, 0x1F000), *range(0xE0000, 0xE1000)):
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs") and code not in shown_format_characters:
            assert clean(f"a{chr(code)}b") in ("ab", "a b"), hex(code)


@given(MARKED_UP)
def test_cleaned_text_has_single_blanks_and_no_controls(raw):
    seen = clean(raw)
    assert seen == " ".join(seen.split())
    assert not any(unicodedata.category(each) in ("Cc", "Cs") for each in seen)


# --- fold and company ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("mid_market", "Mid-Market"),
        ("🎉 CLOSED\xa0WON 🎉", "closed won"),
        ("Closed – Won", "closed won"),
        ("STRASSE", "straße"),
        ("Acme™", "acme"),
    ],
)
def test_spellings_of_one_choice_are_equal(one, other):
    """Situation S078."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++", "C"),
        ("R&D", "RD"),
        ("2.5", "25"),
        ("#09 WON", "10 won"),
        ("<50", ">50"),
        ("?", "!"),
        ("हिन्दी", "हन्द"),
    ],
)
def test_different_choices_stay_different(one, other):
    assert fold(one) != fold(other)


def test_points_stay_inside_numbers_only():
    assert fold("v. 2.5 beta.") == "v 2.5 beta"


@pytest.mark.parametrize(
    "written",
    [
        "Northwind Freight Ltd", "NORTHWIND  FREIGHT", "Northwind\xa0Freight\u200b Ltd.", "The Northwind-Freight Limited",
        "Northwind Freight, Inc.", "Northwind Freight L.L.C.", "Northwind Freight GmbH & Co. KG", "Northwind Freight S.A.",
        "Northwind Freight Pty Ltd", "Northwind Freight A/S", "Northwind Freight S.r.l.", "Northwind Freight Sp. z o.o.",
        "Northwind Freight Co., Ltd.", "株式会社Northwind Freight", "Nórthwind Freight AG", "Northwind Freight Oy",
    ],
)  # fmt: skip
def test_a_company_is_known_by_its_name_and_not_its_form(written):
    assert company(written) == "northwind freight"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Smith & Sons Ltd", "Smith and Sons"),
        ("Mærsk A/S", "Maersk"),
        ("Smith & Co", "Smith"),
        ("㈱ノース", "ノース"),
    ],
)
def test_two_spellings_of_a_company_are_equal(one, other):
    assert company(one) == company(other)


@pytest.mark.parametrize("name", ["The Limited", "Co", "SA", "株式会社", "!!!", "The", "Ltd & Co"])
def test_a_company_named_like_a_form_keeps_a_name(name):
    assert company(name)


@given(st.text())
def test_only_an_empty_name_folds_to_nothing(raw):
    assert bool(company(raw)) == bool(fold(raw)) == bool(clean(raw))


# --- domains ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("it@OtherCo.example", "otherco.example"),
        ("Jane Doe <jane@north.example>", "north.example"),
        ("mailto:a@north.example?subject=x", "north.example"),
        ("https://www.north.example:8080/path?q=@x", "www.north.example"),
        ("https://north.example@evil.example/", "evil.example"),
        ("https://evil.example\\@north.example", "evil.example"),
        ("north.example.", "north.example"),
        ("@north.example", "north.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("a@north.example@evil.example", None),
        ("a@north.example, b@evil.example", None),
        ("x@north.example／.evil.example", None),
        ("x@north.example\nBcc: y@evil.example", None),
        ("10.0.0.1", None),
        ("localhost", None),
        ("Pro plan", None),
        ("", None),
        ("a." * 5000, None),
        ("a..b", None),
        ("-a.example", None),
    ],
)
def test_the_domain_is_where_the_message_would_go(address, domain):
    assert domain_of(address) == domain


def test_a_sub_domain_lies_within_and_a_look_alike_does_not():
    allowed = ["north.example", "https://bücher.example"]
    assert within_domain("NORTH.example", allowed)
    assert within_domain("mail.north.example", allowed)
    assert within_domain("xn--bcher-kva.example", allowed)
    assert not within_domain("evilnorth.example", allowed)
    assert not within_domain("north.example.evil.example", allowed)
    assert not within_domain(None, allowed)
    assert not within_domain("north.example", ["example", ""])


@given(st.text())
def test_any_text_has_a_domain_or_none(raw):
    assert domain_of(raw) is None or domain_of(raw) == domain_of(domain_of(raw))


# --- mentions -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "phrase", "quote"),
    [
        (SSO_NOTE, "SSO", "SSO"),
        (SSO_NOTE, "by {month}", "by March"),
        (HTML_NOTE, "go live on {date}", "go-live on 1 July 2026"),
        (HTML_NOTE, "custom * connector", "custom NetSuite connector"),
        ("Integration with legacy ERP complete by Day 30.", "integrate", "Integration"),
        ("Integration with legacy ERP complete by Day 30.", "by day {number}", "by Day 30"),
        ("Migration will take two weeks", "{duration}", "two weeks"),
        ("a 30-day plan", "{duration}", "30-day"),
        ("ready on 2026-07-01", "{date}", "2026-07-01"),
        ("ready July 1", "{date}", "July 1"),
        ("ready 30/07/2026", "{date}", "30/07/2026"),
        ("ready by end of June", "{date}", "end of June"),
        ("ready in Q3", "{date}", "Q3"),
        ("call on Friday", "{weekday}", "Friday"),
        ("golive", "go-live", "golive"),
        ("go live", "golive", "go live"),
        ("kick-off", "kickoff", "kick-off"),
        ("policies", "policy", "policies"),
        ("committed", "commit", "committed"),
        ("pricing", "price", "pricing"),
        ("migrating", "migration", "migrating"),
        ("APIs", "API", "APIs"),
        ("classes", "class", "classes"),
        ("uses C++ daily", "C++", "C++"),
        ("SAP統合を", "統合", "統合"),
        ("custom\nSSO", "custom SSO", "custom SSO"),
    ],
)
def test_a_mention_is_found_with_its_words(text, phrase, quote):
    found = find_mention(text, [phrase])
    assert found is not None
    assert (found.phrase, found.quote) == (phrase, quote)
    assert clean(text)[found.start : found.end] == quote


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("our customer", "custom"),
        ("plans", "plane"),
        ("misses", "mission"),
        ("custom a b c d report", "custom * report"),
        ("anything", ""),
        ("anything", "*"),
        ("assorted", "SSO"),
    ],
)
def test_other_words_are_no_mention(text, phrase):
    assert not mentions(text, [phrase])


@pytest.mark.parametrize(
    "text",
    [
        "Standard rollout. No custom work discussed.",
        "We do not need any custom work",
        "They don't want custom work",
        "They don’t want custom work",
        "without custom work",
        "neither SCIM nor custom work",
        "no longer any custom work",
        "custom work is not needed",
        "Custom work was not discussed",
        "Custom work isn't included",
        "Custom work: none",
        "Custom work - n/a",
        "custom is out of scope",
        "Custom reports were ruled out",
        "non-custom",
        "no SSO, SCIM or custom work",
    ],
)
def test_a_negated_mention_does_not_count(text):
    assert not mentions(text, ["custom"])


@pytest.mark.parametrize(
    "text",
    [
        "No problem, custom work is fine",
        "no later than 30 June for the custom work",
        "not only SSO, custom work too",
        "No doubt the custom work lands",
        "Not in the plan but custom work was promised",
        "Nothing else except custom work",
        "No blockers. Custom work agreed",
        "No blockers\nCustom work agreed",
        "<p>No blockers</p><p>Custom work agreed</p>",
        "can't go live without custom work",
        "Don't forget the custom work",
        "no SSO, we promised custom work",
        "custom work needed, migration not required",
        "custom work needed and migration not required",
        "Custom work: no problem",
        "Custom work - no extra charge",
        "nobody reads a note as long as this before the custom work",
    ],
)
def test_what_only_looks_negated_counts(text):
    assert mentions(text, ["custom"])


def test_the_first_standing_mention_is_reported():
    found = find_mention("No custom SSO. Custom migration promised, SSO later.", ["SSO", "migrate", "custom"])
    assert found is not None
    assert (found.phrase, found.quote, found.start) == ("custom", "Custom", 15)


def test_no_phrases_mention_nothing():
    assert find_mention("custom", []) is None
    assert find_mention("", ["custom"]) is None


PHRASES = [
    "custom", "SSO by {month}", "go-live", "migration", "integration * {date}", "within {duration}", "dashboard",
    "{weekday}", "guarantee", "promise to {number}",
]  # fmt: skip
HOSTILE = {
    "one word": "x",
    "words": "lorem ipsum dolor sit amet ",
    "negations": "no custom ",
    "negated after": "migration not needed ",
    "numbers": "1,",
    "stars": "integration a b ",
    "brackets": "<",
    "tags": "<b ",
    "quotes": '<a "',
    "comments": "<!--",
    "scripts": "<script>",
    "entities": "&#1",
    "marks": "\u0345\u0300",
    "blanks": " \n",
    "emoji": "🎉",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_million_hostile_characters_are_read_in_seconds(name):
    text = (HOSTILE[name] * 1_000_000)[:1_000_000]
    started = time.process_time()
    find_mention(text, PHRASES)
    assert time.process_time() - started < 6
    started = time.process_time()
    fold(text)
    assert time.process_time() - started < 6


@given(MARKED_UP, st.lists(st.text(max_size=12) | st.sampled_from(PHRASES), max_size=4))
def test_any_text_and_phrases_have_an_answer(raw, phrases):
    found = find_mention(raw, phrases)
    assert found is None or clean(raw)[found.start : found.end] == found.quote
