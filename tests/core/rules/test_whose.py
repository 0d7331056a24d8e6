"""How far a `whose` reaches: it may not swallow a sentence that is no longer about the element."""

from __future__ import annotations

import pytest

from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.rules import ast
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.vocabulary import Vocabulary

GLOSSARY = {
    "names": {
        "deal is late": {"from": "crm.late", "type": "yes/no"},
        "drafts": {
            "type": "list",
            "from": "drafts",
            "item": "draft",
            "fields": {"status": {"type": "choice", "values": ["open", "sent"]}, "late": {"type": "yes/no"}},
        },
    },
    "definitions": {"deal is won": "deal is late is no"},
}


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    words = GlossaryReader("glossary.yaml")
    glossary = words.read(GLOSSARY, {})
    assert not words.faults
    return Vocabulary(glossary)


@pytest.mark.parametrize("joiner", ["or", "and", "unless"])
@pytest.mark.parametrize("rest", ["deal is won", "(deal is won and any draft is open)", "any draft is sent"])
def test_it_ends_where_the_sentence_turns_to_something_else(
    joiner: str, rest: str, vocabulary: Vocabulary
) -> None:
    condition = parse_condition(f"any draft whose status is open {joiner} {rest}", vocabulary)
    assert not isinstance(condition, ast.Quantified)


@pytest.mark.parametrize("rest", ["late is yes", "not late is yes", "(status is sent or late is yes)"])
def test_it_goes_on_over_more_about_the_element(rest: str, vocabulary: Vocabulary) -> None:
    condition = parse_condition(f"any draft whose status is open and {rest}", vocabulary)
    assert isinstance(condition, ast.Quantified)


def test_brackets_let_the_record_in(vocabulary: Vocabulary) -> None:
    text = "any draft whose (deal is won and status is open)"
    condition = parse_condition(text, vocabulary)
    assert isinstance(condition, ast.Quantified)
    outside = parse_condition("any draft whose (status is open and deal is won)", vocabulary)
    assert print_condition(outside, vocabulary.glossary) == "any draft whose (status is open and deal is won)"
    assert parse_condition(print_condition(condition, vocabulary.glossary), vocabulary) == condition
