"""A file of 100,000 records, one a line: read, answered, written."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from bench.contestants import NOW, WRITTEN
from bench.made_records import real_records
from bench.timing import Figure, at_least, at_most, in_child, shown

PART = "2. a file of records"


def run(quick: bool) -> Iterator[Figure]:
    many, few, rounds = (5_000, 1_000, 1) if quick else (100_000, 10_000, 2)
    with TemporaryDirectory() as folder:
        big, small = Path(folder) / "many.jsonl", Path(folder) / "few.jsonl"
        _write(big, many), _write(small, few)
        plain, ours, two = [], [], []
        for _ in range(rounds):
            plain.append(in_child("bench.lines", "plain", str(big)))
            ours.append(in_child("bench.lines", "ours", str(big)))
            two.append(in_child("bench.lines", "two", str(big)))
        little = in_child("bench.lines", "ours", str(small))
    against = f"{many:,} lines: decode, 50 rows, answer as bytes, against json.loads and plain functions"
    pairs = list(zip(plain, ours, strict=True))
    yield at_least(
        PART, f"{against}; one process, processor time", [a["cpu"] / b["cpu"] for a, b in pairs], 1.5
    )
    walls = [a["wall"] / b["wall"] for a, b in zip(plain, two, strict=True)]
    yield shown(PART, f"the same with two processes against one, wall clock ({os.cpu_count()} cores)", walls)
    yield shown(PART, "records a second, one process", [many / each["wall"] for each in ours], "records/s")
    growth = [(each["peak"] - little["peak"]) / 1_024 for each in ours]
    yield at_most(PART, f"peak memory of {many:,} lines beyond {few:,} lines", growth, 20, "MB")


def _write(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for record in real_records(count, 7):
            file.write(json.dumps(record) + "\n")


def _plain(path: str) -> None:
    plain_answers = WRITTEN.plain()
    with open(path, "rb") as file, open(os.devnull, "wb") as out:
        for line in file:
            out.write(json.dumps(plain_answers(json.loads(line))).encode() + b"\n")


def _ours(path: str, share: int = 0, shares: int = 1) -> None:
    """What `holdshort run --json` does, without its command line; `share` of `shares` takes every n-th line."""
    import msgspec

    from holdshort.importers.records_json import read_records

    screening, encode = WRITTEN.screener(), msgspec.json.Encoder(enc_hook=str).encode
    with open(os.devnull, "wb") as out:
        for number, line in enumerate(_shared(path, share, shares) if shares > 1 else read_records(path), 1):
            if line.record is None:
                raise SystemExit(str(line.faults))
            out.write(encode(screening.screen(line.record, number, NOW).to_json()) + b"\n")


def _shared(path: str, share: int, shares: int) -> Iterator[Any]:
    from holdshort.importers.records_json import check_record

    with open(path, "rb") as file:
        for number, line in enumerate(file):
            if number % shares == share:
                yield check_record(line, path, number + 1)


def _two(path: str) -> None:
    workers = [multiprocessing.Process(target=_ours, args=(path, share, 2)) for share in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()


if __name__ == "__main__":
    started, used = perf_counter(), process_time()
    {"plain": _plain, "ours": _ours, "two": _two}[sys.argv[1]](sys.argv[2])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"wall": perf_counter() - started, "cpu": process_time() - used, "peak": peak}))
