"""Two people or two workers at the same moment, on a real database: one of them wins, the other is told why not."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import Any

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.events import RunStarted
from holdshort.core.onboarding.state import Onboarding
from holdshort.service.flow import Flow
from tests.flow.town import FACTS, Town, record
from tests.store.conftest import (  # noqa: F401 (fixtures)
    durable,
    empty_postgres,
    empty_sqlite,
    keys,
    place,
    postgres_place,
    postgres_server,
    quick_folder,
    sqlite_place,
)

RACES = int(os.environ.get("HOLDSHORT_RACES") or (2_000 if os.environ.get("HOLDSHORT_TORTURE") else 60))
"""Of each pair and database."""
PAYLOAD = {"to": "ann@acme.example", "text": "hi"}


class Ring:
    """A town on a real database, and two threads that act at once, each with a flow of its own as two processes have."""

    def __init__(self, store: Any) -> None:
        self.town = Town(store)
        self.flows = [
            Flow(store, self.town.programs, self.town.clock, lambda address: f"#{address}") for _ in range(2)
        ]  # type: ignore[arg-type]
        self.deals = 0

    def waiting(self) -> int:
        """A message that waits for a CSM."""
        self.deals += 1
        asks = ({"kind": "send_customer_message", "payload": PAYLOAD},)
        number = self.town.intake(record(self.deals, FACTS, self.town.clock.now(), asks)).number
        assert number is not None
        return number

    def released(self) -> int:
        number = self.waiting()
        self.town.act(number, approve(), "tom")
        return number

    def state(self, number: int) -> Onboarding:
        return self.town.flow.state(number)

    def race(self, number: int, *told: tuple[c.Command, str]) -> list[Any]:
        """What each made of it: what happened, or how it was refused."""
        start = threading.Barrier(len(told))
        made: list[Any] = [None] * len(told)

        def act(no: int) -> None:
            start.wait(timeout=60)
            try:
                made[no] = self.flows[no].act(number, *told[no])
            except Exception as error:
                made[no] = error
            finally:
                self.town.store.close()

        threads = [threading.Thread(target=act, args=(no,)) for no in range(len(told))]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        return made


def approve() -> c.Decide:
    return c.Decide(1, "J9", "tom", stepped_up=True, reason="looked", owner="revops")


def reject() -> c.Decide:
    return c.Decide(1, "J7", "tom", stepped_up=True, reason="not so")


def claim(worker: str) -> tuple[c.StartRun, str]:
    return c.StartRun(1, worker, 60.0, None), worker


def one_won(made: list[Any]) -> None:
    lost = [each for each in made if isinstance(each, Exception)]
    assert len(lost) == len(made) - 1, made
    assert all(isinstance(each, c.Refused) and each.code and each.why for each in lost), lost


@pytest.mark.keeps("S6")
def test_of_two_who_approve_at_once_one_does(durable) -> None:  # noqa: F811
    ring = Ring(durable)
    for _ in range(RACES):
        number = ring.waiting()
        one_won(ring.race(number, (approve(), "tom"), (approve(), "tom")))
        assert len(ring.state(number).approvals) == 1


@pytest.mark.keeps("S6")
def test_of_one_who_approves_and_one_who_rejects_one_does(durable) -> None:  # noqa: F811
    ring, ends = Ring(durable), Counter()
    for _ in range(RACES):
        number = ring.waiting()
        one_won(ring.race(number, (approve(), "tom"), (reject(), "tom")))
        action = ring.state(number).actions[1]
        ends[action.run or action.dropped] += 1
    assert not ends.keys() - {"released", "rejected"}, ends


@pytest.mark.keeps("S6", "S5")
def test_an_approval_never_covers_what_was_changed_at_the_same_moment(durable) -> None:  # noqa: F811
    ring = Ring(durable)
    for _ in range(RACES):
        number = ring.waiting()
        changed = c.Amend(1, {**PAYLOAD, "text": "changed"}, "out")
        made = ring.race(number, (approve(), "tom"), (changed, "out"))
        after = ring.state(number)
        assert not [
            each for each in made if isinstance(each, Exception) and not isinstance(each, c.Refused)
        ], made
        if after.actions[1].run == "released":
            assert [
                each.covers(1, after.actions[1].digest, after.actions[1].target)
                for each in after.valid_approvals()
            ] == [True]
            assert after.actions[1].payload["text"] == "changed", (
                "it was approved as it was before the change"
            )
            assert after.reviews[1].status != "open"


@pytest.mark.keeps("S6")
def test_what_is_taken_back_while_it_is_claimed_either_has_begun_or_never_does(durable) -> None:  # noqa: F811
    ring = Ring(durable)
    for _ in range(RACES):
        number = ring.released()
        made = ring.race(number, claim("w1"), (c.Recall(1, "tom", "no"), "tom"))
        began = not isinstance(made[0], Exception) and any(
            isinstance(each, RunStarted) for each in made[0].events
        )
        assert ring.state(number).actions[1].run == ("attempting" if began else "")
        if isinstance(made[0], Exception):
            assert isinstance(made[0], c.Refused), made
            assert made[0].code == "FLOW-040"


@pytest.mark.keeps("S6")
def test_of_two_workers_one_claims(durable) -> None:  # noqa: F811
    ring = Ring(durable)
    for _ in range(RACES):
        number = ring.released()
        one_won(ring.race(number, claim("w1"), claim("w2")))
        assert ring.state(number).actions[1].attempt == 1


@pytest.mark.keeps("S6")
def test_a_worker_whose_lease_is_over_and_the_one_that_takes_over_do_not_both_tell(durable) -> None:  # noqa: F811
    ring = Ring(durable)
    for _ in range(RACES):
        number = ring.released()
        ring.town.act(number, *claim("w1"))
        ring.town.clock.jump(minutes=3)
        late = c.FinishRun(1, 1, "w1", "done", "it said yes")
        lost = c.FinishRun(1, 1, "w2", "uncertain", "nobody knows", lost=True)
        one_won(ring.race(number, (late, "w1"), (lost, "w2")))
        assert ring.state(number).actions[1].run in ("done", "uncertain")
