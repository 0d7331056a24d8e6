"""The reasons that are written for a row say what the slow, obvious way says."""

import random
from collections import Counter

import pytest

from holdshort.core.rules import ast
from holdshort.core.rules.fast_reasons import Reasons
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import evaluate
from holdshort.core.rules.source import Source

from .corpus import CALENDAR, CORPUS, NOW, printed, reader, sentences, situation, vocabulary
from .making import Records, Trees
from .sizes import tries

RECORDS = 30


@pytest.mark.parametrize("part", range(4))
def test_quick_and_slow_reasons_agree(part):
    """Many records through the same functions, as in a run: what one of them left must not reach the next."""
    seen = Counter()
    batches = tries(60, 1_200)
    for seed in range(part * batches, (part + 1) * batches):
        rng = random.Random(seed)
        condition = Trees(rng, depth=2).condition()
        written = Reasons(Source(reader(), CALENDAR))
        why = {truth: written.why(condition, truth) for truth in (True, None)}
        truth_of = written.truth(condition)
        for _ in range(RECORDS):
            record = Records(rng).record()
            at = situation(record)
            truth = evaluate(condition, at)
            assert truth_of(record, NOW) is truth
            if truth is not False:
                seen[truth] += 1
                assert why[truth](record, NOW) == reasons(condition, at, truth), printed(condition)
    assert min(seen[True], seen[None]) > 100


def test_one_register_shares_what_it_wrote():
    rng = random.Random(7)
    written = Reasons(Source(reader(), CALENDAR))
    conditions = [Trees(rng, depth=2).condition() for _ in range(40)]
    whys = [{truth: written.why(each, truth) for truth in (True, None)} for each in conditions]
    for _ in range(40):
        record = Records(rng).record()
        at = situation(record)
        for condition, why in zip(conditions, whys, strict=True):
            truth = evaluate(condition, at)
            if truth is not False:
                assert why[truth](record, NOW) == reasons(condition, at, truth), printed(condition)


@pytest.mark.parametrize("path", sorted((CORPUS / "good").glob("trigger*.rule")), ids=lambda path: path.stem)
def test_each_good_sentence_gives_the_same_reasons(path):
    rng = random.Random(path.stem)
    written = Reasons(Source(reader(), CALENDAR))
    for sentence in sentences(path):
        condition = parse_condition(sentence, vocabulary())
        for denied in (condition, ast.Not(condition)):
            why = {truth: written.why(denied, truth) for truth in (True, None)}
            for _ in range(8):
                record = Records(rng).record()
                at = situation(record)
                truth = evaluate(denied, at)
                if truth is not False:
                    assert why[truth](record, NOW) == reasons(denied, at, truth), sentence
