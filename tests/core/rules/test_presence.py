"""Unknown is never taken for clear: semantics.md 1."""

import random
from itertools import product

import pytest

from holdshort.core.presence import NOT_EXPECTED, kleene_and, kleene_not, kleene_or
from holdshort.core.rules import ast, operations
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.reference import evaluate

from .corpus import glossary, printed, situation, vocabulary
from .making import PRESENCE, Records, Trees
from .sizes import TORTURE, tries
from .worlds import choose, contradicted, speaks_of_presence

TRUTHS = (True, False, None)


def truth(sentence, **systems):
    record = {"as_of": "2026-06-08T15:30:00Z", **systems}
    return evaluate(parse_condition(sentence, vocabulary()), situation(record))


def test_no_condition_is_clear_while_an_expected_value_that_could_flip_it_is_not_known():
    """
    Every combination of known, missing, not provided, system null, unreadable and conflicting for up to four names (six
    in torture). The same sweep shows that a matched row stays matched. Sentences that ask for presence itself are apart:
    `is missing` is true because the value is not known, and ends when it is.
    """
    tried = 0
    for seed in range(tries(260, 4_000)):
        rng = random.Random(seed)
        most = rng.choice((2, 3, 3, 4, 5, 6)) if TORTURE else rng.choice((2, 2, 3))
        names = choose(rng, most)
        condition = Trees(rng, [name.name for name in names], depth=2).condition()
        if speaks_of_presence(condition):
            continue
        tried += 1
        for states, answer, completed, other in contradicted(condition, names):
            pytest.fail(f"{printed(condition)}\n{answer} at {states}\nbut {other} at {completed}")
    assert tried > 100


@pytest.mark.parametrize(
    "sentence",
    [
        "not (contract plan is Enterprise)",
        "contract plan is not Enterprise",
        "deal stage is closed won unless contract plan is Enterprise",
        "contract plan, order form plan and CRM plan agree",
        "contract plan, order form plan and CRM plan disagree",
        "none of contract plan, order form plan or CRM plan is Enterprise",
        "every of contract plan, order form plan or CRM plan is Enterprise",
        "at most 1 of contract plan, order form plan or CRM plan is Enterprise",
        "exactly 1 of contract plan, order form plan or CRM plan is Enterprise",
        "integrations is empty",
        "integrations is not empty",
        "any task is overdue",
        "no task is open",
        "every task is done",
        "at most 1 task is open",
        "fewer than 2 tasks are open",
        "stakeholders include no admin",
        "stakeholders include no admin or more than 1 executive sponsor",
        "billing contact is outside vendor domains",
        "billing contact is inside vendor domains",
        'handoff notes do not mention "go-live"',
        "contract value differs from order form total by more than 2%",
        "close date is not within 14 days of contract start",
    ],
)
def test_a_sentence_about_nothing_that_is_known_cannot_tell(sentence):
    assert truth(sentence) is None


@pytest.mark.parametrize(
    ("systems", "missing", "present", "provided"),
    [
        ({}, True, False, False),
        ({"contract": {}}, True, False, False),
        ({"contract": None}, True, False, True),
        ({"contract": {"plan": None}}, True, False, True),
        ({"contract": {"plan": "TBD"}}, True, False, True),
        ({"contract": {"plan": "Pro"}}, False, True, True),
        ({"contract": {"plan": {"value": None, "as_of": "2026-06-01"}}}, True, False, True),
    ],
)
def test_presence_itself_always_has_an_answer(systems, missing, present, provided):
    assert truth("contract plan is missing", **systems) is missing
    assert truth("contract plan is present", **systems) is present
    assert truth("contract plan is provided", **systems) is provided


def test_presence_of_an_expected_value_is_never_unknown():
    for seed in range(200):
        rng = random.Random(seed)
        at = situation(Records(rng).record())
        for name in glossary().names.values():
            for kind, negated in product(PRESENCE, (False, True)):
                if name.expected and not name.parent:
                    assert evaluate(ast.Presence(ast.NameRef(name.name), kind, negated), at) is not None


def test_without_a_contract_what_it_says_does_not_matter():
    sentence = "contract is attached and contract status is not signed"
    assert truth(sentence, contract=None) is False
    assert truth(sentence, contract={"status": "sent"}) is True
    assert truth(sentence, contract={}) is False
    assert truth(sentence) is None


def test_a_value_that_no_source_is_expected_to_give_is_quiet():
    assert truth("survey score is at least 5") is False
    assert truth("survey score is not at least 5") is False
    assert truth("survey score is missing") is False
    assert truth("survey score is at least 5", survey={"score": None}) is False
    assert truth("survey score is missing", survey={"score": None}) is True
    assert truth("survey score is at least 5", survey={"score": "lots"}) is None
    assert truth("survey is attached") is False


def test_what_only_ai_says_satisfies_nothing():
    said = {"ai_output": {"fields": {"success_criteria": "20% more leads"}}}
    assert truth("success criteria is missing", handoff={}, **said) is True
    assert truth('success criteria mentions "leads"', handoff={}, **said) is None


@pytest.mark.parametrize(("left", "right"), list(product(TRUTHS, TRUTHS)))
def test_and_or_and_not_follow_kleene(left, right):
    both, either = kleene_and(left, right), kleene_or(left, right)
    assert both is (False if False in (left, right) else None if None in (left, right) else True)
    assert either is (True if True in (left, right) else None if None in (left, right) else False)
    assert kleene_not(both) is kleene_or(kleene_not(left), kleene_not(right))


def possible(values):
    """Every way in which what is unknown may turn out."""
    return product(*((True, False) if value is None else (value,) for value in values))


@pytest.mark.parametrize(
    "quantifier", ["any", "every", "no", "at least", "at most", "more than", "fewer than", "exactly"]
)
def test_counting_answers_exactly_as_far_as_it_is_known(quantifier):
    """The strongest answer that is right whatever the unknown elements turn out to be."""
    for length in range(5):
        for values in product(TRUTHS, repeat=length):
            for count in range(4):
                answers = {operations.counted(iter(each), quantifier, count) for each in possible(values)}
                expected = answers.pop() if len(answers) == 1 else None
                assert operations.counted(iter(values), quantifier, count) is expected


def test_agreeing_answers_exactly_as_far_as_it_is_known():
    unknown = parse_and_read("contract plan")
    for values in product(("a", "b", unknown, NOT_EXPECTED), repeat=3):
        applying = [each for each in values if each is not NOT_EXPECTED]
        known = [each for each in applying if each is not unknown]
        for negated in (False, True):
            found = operations.agree(values, negated)
            if len(applying) < 2:
                assert found is False
            elif len(set(known)) == 2:
                assert found is negated
            elif len(known) == len(applying):
                assert found is not negated
            else:
                assert found is None


def parse_and_read(name):
    at = situation({})
    return at.reader.read(glossary().names[name], at.record)
