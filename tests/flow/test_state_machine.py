"""Whatever happens in whatever order: nothing without consent, nothing twice, nothing lost."""

from __future__ import annotations

import os
from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.flow.machine import Lives
from tests.store.conftest import (  # noqa: F401 (fixtures)
    empty_postgres,
    empty_sqlite,
    keys,
    postgres_place,
    sqlite_place,
)

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
RUNS = int(os.environ.get("HOLDSHORT_LIVES") or (10_000 if TORTURE else 150))


def live(machine: type[Lives], runs: int, steps: int = 50) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=runs,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.shows("G12", "O13")
def test_nothing_without_consent_nothing_twice_nothing_lost_in_memory() -> None:
    class InMemory(Lives):
        seen = Counter()

    live(InMemory, RUNS)
    print(f"\n{RUNS} lives of 50 steps")
    for what, times in sorted(InMemory.seen.items()):
        print(f"{times:8} {what}")
