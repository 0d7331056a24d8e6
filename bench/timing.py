"""Contestants in one process, in turns; what counts is how they compare, not what the clock says."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from time import perf_counter, process_time
from typing import Any


@dataclass
class Figure:
    """One line of the table; `values` are of the rounds, `target` says what is wanted."""

    part: str
    what: str
    values: list[float]
    unit: str = "x"
    target: str = ""
    is_met: bool | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def middle(self) -> float:
        return median(self.values)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "min": min(self.values), "median": self.middle, "max": max(self.values)}


def at_least(part: str, what: str, values: list[float], limit: float, **notes: Any) -> Figure:
    return Figure(part, what, values, "x", f"at least {limit} x", median(values) >= limit, notes)


def at_most(part: str, what: str, values: list[float], limit: float, unit: str = "x", **notes: Any) -> Figure:
    return Figure(part, what, values, unit, f"at most {limit} {unit}", median(values) <= limit, notes)


def shown(part: str, what: str, values: list[float], unit: str = "x", **notes: Any) -> Figure:
    return Figure(part, what, values, unit, "", None, notes)


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of this process's own processor time, collection of garbage kept out of it."""
    gc.collect()
    gc.disable()
    try:
        start = process_time()
        work()
        return process_time() - start
    finally:
        gc.enable()


def each_of(work: Callable[[Any], object], records: Sequence[Any]) -> None:
    """Do the work for each record and keep nothing: room for thousands of answers would cost more than they do."""
    for record in records:
        work(record)


def command_time(arguments: Sequence[str]) -> float:
    """Wall-clock seconds of a whole process, with byte code kept as any installed program keeps it."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    start = perf_counter()
    subprocess.run(
        arguments, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment
    )
    return perf_counter() - start


def in_child(module: str, *arguments: str) -> dict[str, Any]:
    """Run a module of the bench in a process of its own and take the JSON object it prints."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
