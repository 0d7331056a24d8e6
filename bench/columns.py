"""
History in columns: fifty conditions over a million records, against Polars written by hand and against DuckDB.

All three sides read the same typed columns, in which a value that is not there is null. The hand-written sides are what a
competent engineer writes for the fifty rows of `flat_rules.py`; they know no states (missing, stale, in conflict …), no
placeholders and no second currency. What it costs to turn raw values into typed columns is shown by itself.
"""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.contestants import FLAT, NOW
from bench.made_records import typed_records
from bench.timing import Figure, at_least, at_most, processor_time, shown
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast

PART = "5. history in columns"
_SIGNS = {"at least": ">=", "at most": "<=", "more than": ">", "less than": "<", "exactly": "="}


def run(quick: bool) -> Iterator[Figure]:
    many, rounds = (100_000, 2) if quick else (1_000_000, 5)
    try:
        import polars
    except ImportError:
        print("columns: polars is not installed here; nothing was measured")
        return
    from holdshort.history.batch import Batch
    from holdshort.history.rules import IN_COLUMNS, ColumnarRules

    playbook = FLAT.loaded().playbook
    reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    conditions = [case.trigger for case in playbook.register.active]
    rules = ColumnarRules(conditions, reader, playbook.settings.calendar)
    chosen = [each for each, way in zip(conditions, rules.ways, strict=True) if way == IN_COLUMNS]
    rules = ColumnarRules(chosen, reader, playbook.settings.calendar)
    batch, spent = _columns(rules, many, polars)
    assert isinstance(batch, Batch)
    plain = _plain_frame(batch, rules, polars)
    stated = [_without_thresholds(each, playbook.glossary.thresholds) for each in chosen]
    by_hand = _by_hand(stated, polars)
    sql = _in_duckdb(stated, plain)
    # The sides agree where every value is known: the same rows are matched.
    _same(rules.evaluate_batch(batch, [], []).frame, plain.lazy().select(by_hand).collect())
    ours, hand, duck = [], [], []
    for _ in range(rounds):
        ours.append(processor_time(lambda: rules.evaluate_batch(batch, [], [])))
        hand.append(processor_time(lambda: plain.lazy().select(by_hand).collect()))
        if sql is not None:
            duck.append(processor_time(sql))
    what = f"{len(chosen)} conditions over {many:,} records in columns"
    yield at_least(
        PART, f"{what}, against Polars written by hand", [a / b for a, b in zip(hand, ours, strict=True)], 0.7
    )
    if duck:
        yield at_least(PART, f"{what}, against DuckDB", [a / b for a, b in zip(duck, ours, strict=True)], 3)
    yield shown(PART, "evaluations a second", [many * len(chosen) / each for each in ours], "/s")
    yield shown(PART, "records a second from raw values into typed columns", [many / spent], "records/s")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_048_576
    yield at_most(PART, f"peak memory with {many:,} records in columns", [peak], 2, "GiB")


def _columns(rules: Any, many: int, polars: Any) -> tuple[Any, float]:
    """The typed columns of all records, read batch by batch so that no more than one batch of records is there at once."""
    from itertools import islice

    from holdshort.history.batch import Batch

    records = typed_records(many, 7)
    batches: list[Batch] = []
    spent = 0.0
    while part := list(islice(records, 50_000)):
        spent += processor_time(lambda part=part: batches.append(rules.read(part, [NOW] * len(part))))
    return joined(batches, polars), spent


def joined(batches: list[Any], polars: Any) -> Any:
    """One batch of several: numbers of texts are those of the first batch's dictionary, extended."""
    from holdshort.history.batch import Batch

    whole = Batch(batches[0].names)
    texts: dict[str, int] = {}
    frames = []
    for each in batches:
        numbers = [texts.setdefault(text, len(texts)) for text in each.texts]
        keys_here = dict.fromkeys(each.keys)
        keys = [whole.keys.setdefault(key, len(whole.keys)) for key in keys_here]
        changed = []
        for column in each.frame.columns:
            if column[:-1].isdigit() and each.frame[column].dtype == polars.UInt32 and column[-1] in "vkc":
                new = polars.Series(keys if column[-1] == "k" else numbers, dtype=polars.UInt32)
                changed.append(polars.lit(new).gather(polars.col(column)).alias(column))
        frames.append(each.frame.with_columns(changed))
        for name, found in each.currencies.items():
            whole.currencies[name] = whole.currencies.get(name, frozenset()) | {numbers[at] for at in found}
        for name, seen in each.states.items():
            whole.states[name] = whole.states.get(name, frozenset()) | seen
        whole.odd += [row + sum(frame.height for frame in frames[:-1]) for row in each.odd]
    whole.frame = polars.concat(frames, how="diagonal")
    states = [column for column in whole.frame.columns if column[:-1].isdigit() and column.endswith("s")]
    whole.frame = whole.frame.with_columns(polars.col(each).fill_null(0) for each in states)
    whole.texts, whole.numbers = list(texts), texts
    return whole


def _plain_frame(batch: Any, rules: Any, polars: Any) -> Any:
    """The same values as whoever writes Polars by hand has them: texts as text, no states."""
    glossary = rules.reader.glossary
    texts = polars.Series(batch.texts, dtype=polars.String)
    columns = []
    for name, at in batch.names.items():
        entry = glossary.names[name]
        if entry.type in ("choice", "text", "name", "email", "zone"):
            columns.append(
                polars.lit(texts).gather(polars.col(f"{at}v")).cast(polars.Categorical).alias(name)
            )
        elif entry.type in ("date", "time"):
            columns.append(polars.col(f"{at}z").alias(name))
        elif entry.type == "list":
            columns.append(polars.col(f"{at}n").alias(name))
        else:
            columns.append(polars.col(f"{at}v").alias(name))
    return batch.frame.select(columns)


def _without_thresholds(node: Any, thresholds: Any) -> Any:
    """The condition with the playbook's numbers in place of their names."""
    if isinstance(node, ast.Threshold):
        return ast.Number(thresholds[node.name])
    if isinstance(node, tuple):
        return tuple(_without_thresholds(each, thresholds) for each in node)
    if not hasattr(node, "__dataclass_fields__"):
        return node
    return replace(
        node,
        **{each.name: _without_thresholds(getattr(node, each.name), thresholds) for each in fields(node)},
    )


def _by_hand(conditions: list[ast.Condition], polars: Any) -> list[Any]:
    return [_hand(each, polars).alias(str(at)) for at, each in enumerate(conditions)]


def _hand(node: ast.Condition, polars: Any) -> Any:
    """What stands for a flat row in hand-written Polars."""
    match node:
        case ast.And(parts):
            found = _hand(parts[0], polars)
            for each in parts[1:]:
                found = found & _hand(each, polars)
            return found
        case ast.Presence(ast.NameRef(name), "missing", negated):
            return polars.col(name).is_not_null() if negated else polars.col(name).is_null()
        case ast.Presence(ast.NameRef(name), "present", negated):
            return polars.col(name).is_null() if negated else polars.col(name).is_not_null()
        case ast.Equals(ast.NameRef(name), other, negated):
            side = _side(other, polars)
            return polars.col(name) != side if negated else polars.col(name) == side
        case ast.Compare(ast.NameRef(name), comparison, other, negated):
            side = _side(other, polars)
            column = polars.col(name)
            found = {
                "at least": column >= side, "at most": column <= side, "more than": column > side,
                "less than": column < side, "exactly": column == side,
            }[comparison]  # fmt: skip
            return ~found if negated else found
        case ast.OneOf(ast.NameRef(name), options, negated):
            found = polars.col(name).is_in([_side(each, polars) for each in options])
            return ~found if negated else found
        case ast.Agree((left, right), negated):
            return polars.col(left) != polars.col(right) if negated else polars.col(left) == polars.col(right)
    raise SystemExit(f"no hand-written form for {node}")


def _side(term: ast.Term, polars: Any) -> Any:
    match term:
        case ast.NameRef(name):
            return polars.col(name)
        case ast.MoneyLiteral(amount, _):
            return float(amount)
        case ast.Number(value):
            return float(value)
        case ast.Choice(value) | ast.Text(value):
            return value
        case ast.YesNo(value):
            return value
    raise SystemExit(f"no hand-written form for {term}")


def _in_duckdb(conditions: list[ast.Condition], plain: Any) -> Callable[[], object] | None:
    try:
        import duckdb
    except ImportError:
        return None
    connection = duckdb.connect()
    connection.execute("SET threads TO 1")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "records.parquet"
        plain.write_parquet(file)
        connection.execute(f"CREATE TABLE records AS SELECT * FROM read_parquet('{file}')")
    selected = ", ".join(f"{_sql(each)} AS c{at}" for at, each in enumerate(conditions))
    return lambda: connection.execute(
        f"CREATE OR REPLACE TEMP TABLE answers AS SELECT {selected} FROM records"
    )


def _sql(node: ast.Condition) -> str:
    match node:
        case ast.And(parts):
            return "(" + " AND ".join(map(_sql, parts)) + ")"
        case ast.Presence(ast.NameRef(name), kind, negated):
            return f'"{name}" IS {"NOT " if (kind == "present") != negated else ""}NULL'
        case ast.Equals(ast.NameRef(name), other, negated):
            return f'"{name}" {"<>" if negated else "="} {_sql_side(other)}'
        case ast.Compare(ast.NameRef(name), comparison, other, negated):
            text = f'"{name}" {_SIGNS[comparison]} {_sql_side(other)}'
            return f"NOT ({text})" if negated else text
        case ast.OneOf(ast.NameRef(name), options, negated):
            return f'"{name}" {"NOT " if negated else ""}IN ({", ".join(map(_sql_side, options))})'
        case ast.Agree((left, right), negated):
            return f'"{left}" {"<>" if negated else "="} "{right}"'
    raise SystemExit(f"no SQL for {node}")


def _sql_side(term: ast.Term) -> str:
    match term:
        case ast.NameRef(name):
            return f'"{name}"'
        case ast.MoneyLiteral(value, _) | ast.Number(value):
            return str(value)
        case ast.YesNo(value):
            return str(value).upper()
        case ast.Choice(value) | ast.Text(value):
            return "'" + value.replace("'", "''") + "'"
    raise SystemExit(f"no SQL for {term}")


def _same(ours: Any, by_hand: Any) -> None:
    """Both sides have to match the same records, or the race is between two different things."""
    for at in range(ours.width):
        left, right = ours[:, at].fill_null(value=False).sum(), by_hand[:, at].fill_null(value=False).sum()
        if left != right:
            print(
                f"  condition {at}: we match {left:,}, Polars by hand {right:,} (spellings, states or currencies)"
            )
