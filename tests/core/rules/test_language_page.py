"""docs/reference/language.md is tested: every phrase and example on it can be read."""

import re
from pathlib import Path

import pytest

from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import parse_condition

from .corpus import clauses, vocabulary
from .test_corpus import read_cell

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "language.md"
TEXT = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""

# Phrases that leave something to the reader, as a sentence that fills them in.
FILLED = {
    "A and B": "contract is attached and deal is won",
    "A or B": "contract is attached or deal is won",
    "not A": "not contract is attached",
    "(A)": "(contract is attached)",
    "A unless B": "contract is attached unless deal is won",
    "is none of …": "segment is none of enterprise, strategic",
    "by more than 2%": "billing amount differs from contract value by more than 2%",
    "differs from": "contract value differs from order form total",
    "agree": "contract plan, order form plan and CRM plan agree",
    "any of A, B or C is missing": "any of success criteria, business outcome or promised timeline is missing",
    "every of …": "every of success criteria, business outcome or promised timeline is missing",
    "none of …": "none of success criteria, business outcome or promised timeline is missing",
    "at least 2 of …": "at least 2 of success criteria, business outcome or promised timeline is missing",
    "after": "go-live date is after contract start",
    "on": "go-live date is on contract start",
    "on or before": "go-live date is on or before contract start",
    "on or after": "go-live date is on or after contract start",
    "before": "go-live date is more than 3 business days before close date",
    "do not mention": 'handoff notes do not mention "custom integration"',
    "is inside": "billing contact is inside vendor domains",
    "is not in": "trigger event is not in processed events",
    "exactly 1 …": "exactly 1 project is active",
    "more than 1 …": "more than 1 project is active",
    "at most …": "at most 1 project is active",
    "fewer than …": "fewer than 2 projects are active",
    "any task whose owner is customer is overdue …": "any task whose owner is customer is overdue by more than 3 days",
    "at most": "contract seats is at most 100",
    "more than": "contract seats is more than 100",
    "less than": "contract seats is less than 100",
    "above": "contract seats is above 100",
    "below": "contract seats is below 100",
    "exactly": "contract seats is exactly 100",
    "between 5 and 10": "contract seats is between 5 and 10",
}


def section(title):
    return TEXT.partition(f"## {title}")[2].partition("\n## ")[0]


def rows(text):
    for line in text.splitlines():
        cells = [each.strip() for each in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) > 1 and not set(cells[0]) <= set("- ") and "`" in line:
            yield cells


def quoted(text):
    return re.findall(r"`([^`]+)`", text)


def phrases():
    """Phrases of the first columns; one that begins with its verb takes the subject of the one before it."""
    for cells in rows(section("Conditions")):
        subject = ""
        for phrase in quoted(cells[0]):
            if re.match(r"(is|are|include)\b", phrase):
                yield phrase, FILLED.get(phrase) or f"{subject or 'go-live date'} {phrase}"
            else:
                yield phrase, FILLED.get(phrase, phrase)
                subject = re.split(r" (?:is|are|include|differs|mention)\b", phrase)[0]


PHRASES = list(phrases())


def test_the_page_is_there():
    assert len(PHRASES) > 60


@pytest.mark.parametrize(("phrase", "sentence"), PHRASES, ids=[phrase for phrase, _ in PHRASES])
def test_every_phrase_of_the_page_is_read(phrase, sentence):
    try:
        parse_condition(sentence, vocabulary())
    except RuleFault as fault:
        pytest.fail(f"`{phrase}`, tried as `{sentence}`: {fault.message}")


def test_every_sentence_that_fills_a_phrase_holds_its_words():
    for phrase, sentence in FILLED.items():
        for word in re.findall(r"\w+", phrase.replace("…", "")):
            assert word in sentence or word in "ABC"


@pytest.mark.parametrize(
    "sentence",
    [
        each
        for each in quoted(re.sub(r"^\|.*$", "", section("Conditions"), flags=re.MULTILINE))
        if re.search(r"\b(is|has|are|mentions)\b", each) and not each.isupper() and len(each.split()) > 3
    ],
)
def test_every_example_in_the_text_is_read(sentence):
    parse_condition(sentence, vocabulary())


COLUMNS = {
    "Required evidence before review": "evidence",
    "Deterministic checks": "checks",
    "AI assistance allowed": "ai",
    "Human review rule": "review",
    "First owner, Escalation owner": "owner",
    "System action": "action",
}
EXAMPLES = [
    (COLUMNS[cells[0]], example)
    for cells in rows(section("The other columns"))
    if len(cells) == 3 and cells[0] in COLUMNS
    for example in quoted(cells[2])
]


@pytest.mark.parametrize(("column", "example"), EXAMPLES)
def test_every_example_of_a_column_is_read(column, example):
    said, faults = read_cell(column, example)
    assert said
    assert not faults, faults[0]


def test_every_column_with_a_grammar_has_an_example():
    assert {column for column, _ in EXAMPLES} | {"action"} == set(COLUMNS.values())


@pytest.mark.parametrize(
    "form",
    [
        each
        for cells in rows(TEXT.partition("### System action")[2].partition("###")[0])
        for each in quoted(cells[0])
        if each != "for ROLE"
    ],
)
def test_every_form_of_a_system_action_is_read(form):
    text = form.replace("ACTIONS", "provision access, write billing")
    text = text if not re.fullmatch(r"block|suppress", text) else f"{text} provision access"
    _, faults = clauses().system_action(text)
    assert not faults, faults[0][1].message


@pytest.mark.parametrize(
    "example", [each for each in quoted(TEXT.partition("### Acceptance test")[2]) if each.startswith("given")]
)
def test_every_example_of_an_acceptance_test_is_read(example):
    for said, means in (
        ("RECORD", "clean-deal"),
        ("ACTIONS is", "provision access is"),
        ("CONDITION", "contract plan is Pro"),
        ("ROLE approves", "RevOps approves"),
    ):
        example = example.replace(said, means)
    _, faults = read_cell("test", example)
    assert not faults, faults[0]
