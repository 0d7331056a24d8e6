"""Reasons say in plain words, with the values read, why a row is matched or cannot tell."""

import json
import random

import pytest

from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import evaluate

from .corpus import CORPUS, printed, sentences, situation, vocabulary
from .making import Records, Trees
from .sizes import tries
from .test_corpus import _same

RECORD = json.loads((CORPUS / "record.json").read_text(encoding="utf-8"))
WORDS = {True: "matched", None: "cannot tell"}


def why(sentence, record):
    """The truth of a sentence on a record, with its reasons."""
    condition, at = parse_condition(sentence, vocabulary()), situation(record)
    truth = evaluate(condition, at)
    return truth, [] if truth is False else reasons(condition, at, truth)


@pytest.mark.parametrize("path", sorted((CORPUS / "good").glob("trigger*.rule")), ids=lambda path: path.stem)
def test_each_good_sentence_gives_its_reasons(path):
    """On tests/corpus/record.json; where that leaves it clear, on a record that holds nothing at all."""
    blocks = []
    for sentence in sentences(path):
        (truth, said), record = why(sentence, RECORD), "record.json"
        if truth is False:
            (truth, said), record = why(sentence, {"as_of": RECORD["as_of"]}), "an empty record"
        if truth is False:
            blocks.append(f"{sentence}\n  clear on both records")
            continue
        assert said
        lines = "\n".join(f"  - {each}" for each in said)
        blocks.append(f"{sentence}\n  {WORDS[truth]} on {record}\n{lines}")
    _same(path.with_suffix(".reasons"), "\n\n".join(blocks) + "\n")


def test_every_answer_but_clear_has_reasons():
    for seed in range(tries(250, 10_000)):
        rng = random.Random(seed)
        condition = Trees(rng, depth=2).condition()
        for _ in range(4):
            at = situation(Records(rng).record())
            truth = evaluate(condition, at)
            if truth is False:
                continue
            said = reasons(condition, at, truth)
            assert said, printed(condition)
            for each in said:
                assert each.strip()
                for word in ("Decimal", "NotKnown", "datetime.", "None", "<known", "<missing"):
                    assert word not in each, each


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("contract plan and CRM plan disagree", ["contract plan is Enterprise, CRM plan is Pro"]),
        ("not (contract plan is Pro)", ["contract plan is Enterprise"]),
        ("not (contract plan is Pro or SSO is no)", ["contract plan is Enterprise", "SSO is yes"]),
        ("always unless contract is not attached", ["the row applies to every record"]),
        ("not every task is done", ["task T-1 (Send data): status is open"]),
        ("not weak handoff unless weak handoff", []),
        ("business outcome is missing", ["business outcome is missing (`TBD` was taken for blank)"]),
        ("no project is blocked", ["no project is blocked (the record has 2)"]),
    ],
)
def test_reasons_state_the_values(sentence, expected):
    assert why(sentence, RECORD)[1] == expected
