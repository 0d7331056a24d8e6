"""Parsing what we print gives the same rule; texts that are no rule get a message, quickly."""

import random
import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from holdshort.core.diagnostics import Where
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import MAX_DEPTH, MAX_LENGTH, parse_condition

from .babble import WORDS, babble, nearly
from .corpus import clauses, printed, vocabulary
from .making import Trees
from .sizes import tries

RANDOM = st.randoms(use_true_random=False)
QUIET = settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True)


def check_round_trip(tree):
    sentence = printed(tree)
    again = parse_condition(sentence, vocabulary())
    assert again == tree, sentence
    assert printed(again) == sentence


@settings(QUIET, max_examples=150)
@given(RANDOM)
def test_parsing_what_we_print_gives_the_same_rule(rng):
    """Through hypothesis, which shrinks what it finds; the next test tries far more."""
    check_round_trip(Trees(rng, depth=2).condition())


@pytest.mark.parametrize("part", range(4))
def test_parsing_what_we_print_gives_the_same_rule_for_very_many_trees(part):
    count = tries(600, 25_000)
    for seed in range(part * count, (part + 1) * count):
        check_round_trip(Trees(random.Random(seed), depth=3).condition())


def read(text):
    """The tree, or None after a fault that can be shown."""
    try:
        return parse_condition(text, vocabulary())
    except RuleFault as caught:
        fault = caught
    start, end = fault.span
    assert 0 <= start < end
    assert start <= len(text)
    assert fault.mend
    assert str(fault.at(Where("register.xlsx", cell="E4"), text))
    return None


@settings(QUIET, max_examples=tries(300, 5_000))
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)))
@example("\x00")
@example("any task has touches")
@example("'s")
@example("( not " * 60)
@example("²")
@example("٣ business days")
def test_any_text_is_a_rule_or_a_fault(text):
    read(text)
    for cell in (clauses().evidence, clauses().ai_uses, clauses().conditions, clauses().system_action):
        cell(text)
    clauses().review(text, "revops", "")
    clauses().tests(text, {"owner": "revops", "escalation owner": ""})


def test_texts_that_are_nearly_rules_are_rules_or_faults():
    understood = 0
    for seed in range(tries(1_500, 100_000)):
        rng = random.Random(seed)
        text = (
            babble(rng)
            if seed % 10 == 0
            else nearly(rng, printed(Trees(rng, depth=rng.choice((0, 1, 2))).condition()))
        )
        tree = read(text)
        if tree is not None:
            understood += 1
            check_round_trip(tree)
    assert understood


LONG = (
    "not ", "(", "contract plan, ", "contract plan and ", "any of ", "any task whose ", "always or ", "weak handoff and ",
    "segment is one of enterprise, ", 'handoff notes mention "a", ', "stakeholders include admin or ", "any task whose (",
    "contract plan is missing or is missing ", "success criteria is missing and ", "any of SSO, SSO, SSO ", "is ", "the ",
    "9", "a", "_", "'", '"', "any task is overdue and is ", "x y z ", "contract plan is Enterprise unless ", "a's ", "1,", "é",
    "ARR is one of 5, 5 or 5 ", " \n", "sucess criteria ", "any any ", "deal is won and any of SSO or data migration is yes or ",
)  # fmt: skip


@pytest.mark.parametrize("unit", LONG)
def test_a_cell_of_twenty_thousand_characters_is_answered_quickly(unit):
    text = (unit * (MAX_LENGTH // len(unit) + 1))[:MAX_LENGTH]
    started = time.process_time()
    read(text)
    assert time.process_time() - started < 5


def test_a_text_that_is_too_long_is_refused_before_it_is_read():
    with pytest.raises(RuleFault) as caught:
        clauses().condition("always or " * 3_000)
    fault = caught.value
    assert (fault.code, fault.message) == (
        "RULE-004",
        "the text is 30,000 characters long; a rule may have 20,000",
    )
    assert "definitions" in fault.mend


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        (
            "(" * (MAX_DEPTH + 1) + "always" + ")" * (MAX_DEPTH + 1),
            "give a part of it a name under `definitions`",
        ),
        ("not " * (MAX_DEPTH + 1) + "always", "take some `not` away"),
        ("any task whose " * (MAX_DEPTH + 1) + "always", "give a part of it a name under `definitions`"),
    ],
)
def test_a_sentence_that_is_nested_too_deeply_is_refused(text, mend):
    with pytest.raises(RuleFault) as caught:
        parse_condition(text, vocabulary())
    assert (caught.value.code, caught.value.mend) == ("RULE-005", mend)
