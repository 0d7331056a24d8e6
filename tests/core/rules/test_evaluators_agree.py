"""The compiled evaluator says what the slow, obvious one says, on every record."""

import random
from collections import Counter

import pytest

from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.reference import evaluate

from .corpus import CALENDAR, NOW, glossary, printed, reader, situation
from .making import Records, Trees
from .sizes import tries

CONDITIONS = 8
RECORDS = 40


@pytest.mark.parametrize("part", range(4))
def test_compiled_and_reference_evaluators_agree(part):
    """Many records through one compiled register, as in a run: what it remembers of one must not reach the next."""
    seen = Counter()
    batches = tries(32, 640)
    for seed in range(part * batches, (part + 1) * batches):
        rng = random.Random(seed)
        conditions = [Trees(rng, depth=2).condition() for _ in range(CONDITIONS)]
        compiled = CompiledRules(conditions, reader(), CALENDAR)
        for _ in range(RECORDS):
            record = Records(rng).record()
            at = situation(record)
            expected = [evaluate(condition, at) for condition in conditions]
            found = compiled.evaluate(record, NOW)
            for condition, want, got in zip(conditions, expected, found, strict=True):
                assert got is want, f"{printed(condition)}\n{record}"
                seen[want] += 1
    assert min(seen[True], seen[False], seen[None]) > sum(seen.values()) / 20, "each answer has to be common"


def test_definitions_are_read_alike():
    names = sorted(glossary().definitions)
    compiled = CompiledRules([glossary().definitions[name] for name in names], reader(), CALENDAR)
    for seed in range(50):
        record = Records(random.Random(seed)).record()
        at = situation(record)
        assert compiled.evaluate(record, NOW) == [
            evaluate(glossary().definitions[name], at) for name in names
        ]
