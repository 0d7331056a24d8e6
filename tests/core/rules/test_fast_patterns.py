"""Rows over choices and yes-or-nos are remembered by the combination of their raw values: never with another answer."""

import random

import pytest

from holdshort.core.paths import ABSENT
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.fast_patterns import Patterns, grouped
from holdshort.core.rules.reference import evaluate

from .corpus import CALENDAR, NOW, glossary, printed, reader, situation
from .making import Records, Trees

NAMES = [
    each.name for each in glossary().names.values() if each.type in ("choice", "yes/no") and is_simple(each)
]
ODD = (1, 0, 1.0, True, False, None, "", "yes", "TBD", "nonsense", ["yes"], {"value": "yes"}, {"value": None})


@pytest.mark.parametrize("seed", range(12))
def test_rows_that_are_asked_together_say_what_each_says_alone(seed):
    rng = random.Random(seed)
    conditions = [Trees(rng, names=NAMES, depth=2).condition() for _ in range(20)]
    assert grouped(conditions, glossary(), 0)
    compiled = CompiledRules(conditions, reader(), CALENDAR)
    for record in _records(rng, 25):
        found = compiled.found(record, NOW)
        at = situation(record)
        expected = [
            (place, truth)
            for place, node in enumerate(conditions)
            if (truth := evaluate(node, at)) is not False
        ]
        assert found == expected, f"{[printed(conditions[place]) for place, _ in found]}\n{record}"
        assert compiled.found(record, NOW) == found


def _records(rng, count):
    """Records whose choices are now and then replaced by what no system should send, in short succession."""
    for _ in range(count):
        record = Records(rng).record()
        for name in rng.sample(NAMES, 4):
            system, field = (step.key for step in glossary().names[name].paths[0].steps)
            if isinstance(record.get(system), dict):
                record[system][field] = rng.choice(ODD)
        yield record
        yield record | {rng.choice(list(record)): rng.choice((None, {}, "text", []))} if record else record


def test_true_and_one_are_not_taken_for_each_other_as_a_choice():
    choice, truth = (
        next(glossary().names[each] for each in NAMES if glossary().names[each].type == kind)
        for kind in ("choice", "yes/no")
    )
    for entry, raw, is_remembered in (
        (choice, "Pro", True), (choice, ABSENT, True), (choice, True, False), (choice, 1, False),
        (choice, "x" * 201, False), (choice, ["Pro"], False), (truth, True, True), (truth, 1, False),
    ):  # fmt: skip
        patterns = Patterns([entry])
        assert patterns.learn((raw,), lambda record, now: ((), frozenset()), {}, NOW) == ((), frozenset())
        assert bool(patterns.known) is is_remembered, raw
