"""One record against fifty rows: rows of one comparison each, and rows as a business writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from time import thread_time_ns
from typing import Any

from bench.contestants import CONTESTS, NOW, TODAY, Contest
from bench.made_records import real_records, typed_records
from bench.timing import Figure, at_least, at_most, each_of, processor_time, shown

PART = "1. one record, 50 rows"


def run(quick: bool) -> Iterator[Figure]:
    for contest in CONTESTS.values():
        yield from _contest(contest, quick)


def _contest(contest: Contest, quick: bool) -> Iterator[Figure]:
    count, rounds = (500, 3) if quick else (2_000, 7)
    compiled, screening, functions = contest.truths(), contest.screener(), contest.plain()
    name = contest.name
    yield _agreement(contest, count)
    for record in real_records(count, 1):
        compiled.found(record, NOW), screening.screen(record, 1, NOW), functions(record)
    plain: list[float] = []
    truth: list[float] = []
    whole: list[float] = []
    found = unknown = 0
    for turn in range(rounds):
        # New records every round: what was learnt of one customer's texts does not help with the next.
        records = list(real_records(count, 2 + turn))
        for times, work in (
            (plain, functions),
            (truth, lambda record: compiled.found(record, NOW)),
            (whole, lambda record: screening.screen(record, 1, NOW)),
        ):
            times.append(processor_time(partial(each_of, work, records)))
        for record in records:
            answer = compiled.found(record, NOW)
            found += sum(1 for _, each in answer if each)
            unknown += sum(1 for _, each in answer if each is None)
    per_record = f"{found / count / rounds:.2f} matched, {unknown / count / rounds:.2f} cannot tell a record"
    yield at_least(
        PART, f"{name}: truth alone, against plain functions", _ratios(plain, truth), 1.4, findings=per_record
    )
    yield at_least(
        PART,
        f"{name}: with reasons, evidence, actions and gaps, against plain functions",
        _ratios(plain, whole),
        0.7,
    )
    yield shown(PART, f"{name}: plain functions, one record", [1e6 * each / count for each in plain], "us")
    yield shown(PART, f"{name}: truth, one record", [1e6 * each / count for each in truth], "us")
    yield shown(PART, f"{name}: with evidence, one record", [1e6 * each / count for each in whole], "us")
    last = list(real_records(count, 90))
    late = _late(lambda each: compiled.found(each, NOW), last)
    yield at_most(PART, f"{name}: truth, 99th of 100", late, 100, "us")
    last = list(real_records(count, 91))
    late = _late(lambda each: screening.screen(each, 1, NOW), last)
    yield shown(PART, f"{name}: with evidence, 99th of 100", late, "us")


def _agreement(contest: Contest, count: int) -> Figure:
    """On records where every value is stated and typed, both sides say the same of every row."""
    compiled, differences = contest.truths(), 0
    for record in typed_records(count, 500):
        ours = compiled.evaluate(record, NOW)
        differences += sum(ours[index] is not rule(record, TODAY) for index, rule in enumerate(contest.rules))
    what = f"{contest.name}: answers that differ on {count:,} clean typed records"
    return at_most(PART, what, [float(differences)], 0, "answers")


def _ratios(theirs: list[float], ours: list[float]) -> list[float]:
    return [their / our for their, our in zip(theirs, ours, strict=True)]


def _late(work: Callable[[Any], object], records: list[Any]) -> list[float]:
    """Microseconds below which 99 of 100 records lie: first pass, processor time of the thread."""
    times = []
    for record in records:
        start = thread_time_ns()
        work(record)
        times.append((thread_time_ns() - start) / 1_000)
    return [sorted(times)[int(len(times) * 0.99)]]
