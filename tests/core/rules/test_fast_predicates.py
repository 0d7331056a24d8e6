"""What is written out in place or told at once must be what `operations` would have said."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.core.rules import operations
from holdshort.core.rules.fast_predicates import Mention, in_domains, in_list

PHRASES = (
    "promised", "custom integration", "golive", "go-live", "kickoff", "sign off", "by {month}", "by day {number}", "told them",
    "integrate", "tries", "buses", "uses", "don't forget", "SSO", "AI-based", "ship * feature", "committed", "passes", "x",
    "rollout", "will deliver", "data_import", "Straße", "n'est pas", "42 days", "companies", "studying", "agreed to", "*", "",
)  # fmt: skip
WORDS = (
    "promise promises promised promising no not custom customer integration integrations integrated go live golive go-live kick off "
    "kickoff kick-off signed signoff sign-offs by May June day 3 told them trying tries tried bus buses use uses don't forget SSO "
    "ssos ai based ships the new big feature commit committing passed pass roll-out rollouts will deliver delivered data_import "
    "data-imports <b>custom</b> &amp; straße strasse 42 days company companies study studies agree , . ; ! \n without none"
).split(" ")


@pytest.mark.parametrize("seed", range(40))
def test_a_text_told_at_once_to_hold_no_phrase_holds_none(seed):
    rng = random.Random(seed)
    for _ in range(150):
        phrases = tuple(rng.sample(PHRASES, rng.randint(1, 4)))
        text = " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, 9)))
        text = rng.choice((str, str.upper, str.title))(text)
        for negated in (False, True):
            assert Mention(phrases, negated)(text) is operations.mention(text, phrases, negated), (
                phrases,
                text,
            )


@given(st.sampled_from(PHRASES), st.text(max_size=30), st.booleans())
def test_any_text_is_told_alike(phrase, text, negated):
    said = f"{text} {phrase} {text}"
    assert Mention((phrase,), negated)(said) is operations.mention(said, (phrase,), negated)


IDS = st.text(alphabet="aA1-_ .éß<&", max_size=6)


@given(IDS, st.lists(st.one_of(IDS, st.integers(0, 3), st.none()), max_size=4), st.booleans())
def test_a_value_is_in_a_list_as_the_slow_way_says(value, values, negated):
    assert in_list(value, values, negated) is operations.in_list(value, values, negated)


ADDRESSES = st.one_of(
    st.sampled_from(
        ["a@b.example", "A@B.example", "a@sub.b.example", "a@b", "a b@b.example", "Jane <a@b.example>", "a@b.example.", "a@-b.example",
         "a@xn--bcher-kva.example", "a@bücher.example", "a@@b.example", "a@1.2.3.4"]
    ),
    st.text(alphabet="ab@.-1 ", max_size=12),
)  # fmt: skip
DOMAINS = st.lists(
    st.sampled_from(
        [
            "b.example",
            "B.example",
            "example",
            "https://b.example/x",
            "",
            "a@b.example",
            "bücher.example",
            3,
            None,
        ]
    ),
    max_size=3,
)


@given(ADDRESSES, DOMAINS, st.booleans())
def test_an_address_is_inside_domains_as_the_slow_way_says(address, domains, negated):
    assert in_domains(address, domains, negated) is operations.in_domains(address, domains, negated)
