"""The columnar evaluator says what the slow, obvious one says, on every record."""

import random
from collections import Counter
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.reference import Situation, evaluate
from holdshort.core.rules.walk import names_in
from holdshort.history.rules import BY_RECORD, IN_COLUMNS, PARTLY, ColumnarRules
from holdshort.service.demo import demo_onboardings
from holdshort.service.load_playbook import load_playbook
from tests.core.rules.corpus import CALENDAR, NOW, glossary, printed, reader, situation
from tests.core.rules.making import Records, Trees
from tests.core.rules.sizes import tries

CONDITIONS = 30
RECORDS = 60


@cache
def starter():
    return load_playbook(Path(str(files("holdshort").joinpath("starter")))).playbook


@pytest.mark.parametrize("part", range(3))
def test_columnar_and_reference_evaluators_agree(part):
    seen, ways = Counter(), Counter()
    batches = tries(2, 150)
    for seed in range(part * batches, (part + 1) * batches):
        rng = random.Random(seed)
        conditions = [Trees(rng, depth=2).condition() for _ in range(CONDITIONS)]
        rules = ColumnarRules(conditions, reader(), CALENDAR)
        ways.update(rules.ways)
        records = [Records(rng).record() for _ in range(RECORDS)]
        found = rules.evaluate(records, [NOW] * RECORDS).rows()
        for record, got in zip(records, found, strict=True):
            at = situation(record)
            for condition, way, truth in zip(conditions, rules.ways, got, strict=True):
                assert truth is evaluate(condition, at), f"{way}: {printed(condition)}\n{record}"
                seen[truth] += 1
        for condition, way in zip(conditions, rules.ways, strict=True):
            if not any(glossary().names[name].is_list for name in names_in(condition, glossary())):
                assert way == IN_COLUMNS, printed(condition)
    assert min(seen[True], seen[False], seen[None]) > sum(seen.values()) / 20, "each answer has to be common"
    assert all(ways[way] for way in (IN_COLUMNS, PARTLY, BY_RECORD)), "each way has to be taken"


def test_columns_say_what_the_reference_says_of_the_demo_company():
    """Every trigger of the starter register on every record of the demo, with whatever way it runs."""
    playbook = starter()
    reading = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    conditions = [case.trigger for case in playbook.register.active]
    rules = ColumnarRules(conditions, reading, playbook.settings.calendar)
    records = [each.record for each in demo_onboardings()[::3]]
    found = rules.evaluate(records, [NOW] * len(records)).rows()
    for record, truths in zip(records, found, strict=True):
        at = Situation(record, reading, playbook.settings.calendar, NOW)
        for case, truth in zip(playbook.register.active, truths, strict=True):
            assert truth is evaluate(case.trigger, at), f"{case.case} on {record['record_id']}"
    assert set(rules.ways) == {IN_COLUMNS, PARTLY, BY_RECORD}


SEATS = (9007199254740993, 9007199254740992, "0.30000000000000004", 0.3, 10**15)


def test_what_a_column_cannot_hold_exactly_is_asked_record_by_record():
    """Two numbers with one float between them stay two numbers."""
    name = ast.NameRef("contract seats")
    conditions = [
        ast.Compare(name, "more than", ast.Number(Decimal(9007199254740992))),
        ast.Compare(name, "exactly", ast.Number(Decimal("0.3"))),
    ]
    records = [{"contract": {"seats": seats}} for seats in SEATS]
    rules = ColumnarRules(conditions, reader(), CALENDAR)
    truths = rules.evaluate(records, [NOW] * len(records))
    assert truths.odd >= 2
    assert truths.rows() == [
        tuple(evaluate(each, situation(record)) for each in conditions) for record in records
    ]


def test_a_difference_next_to_its_limit_is_decided_exactly():
    left, right = ast.NameRef("billing amount"), ast.NameRef("contract value")
    conditions = [
        ast.DiffersBy(left, right, Decimal("0.1")),
        ast.DiffersBy(left, right, Decimal(2), percent=True),
        ast.DiffersBy(left, right, Decimal(2), percent=True, negated=True),
    ]
    records = [
        {"billing": {"amount": billed, "currency": "USD"}, "contract": {"value": value, "currency": currency}}
        for billed, value, currency in product(
            (0.3, 0.4, 98, 102, "102.01", "1.1"), (0.2, 100, "1.0", None), ("USD", "EUR")
        )
    ]
    rules = ColumnarRules(conditions, reader(), CALENDAR)
    truths = rules.evaluate(records, [NOW] * len(records)).rows()
    assert truths == [tuple(evaluate(each, situation(record)) for each in conditions) for record in records]
