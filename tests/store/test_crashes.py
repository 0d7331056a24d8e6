"""A program that dies in the middle leaves all of an act or none of it, and everything that it acknowledged."""

import os
import random
import sqlite3
import time

import pytest

from holdshort.core.audit import GENESIS, event_hash
from tests.store.kinds import event, opened
from tests.store.programs import Programs, kill

KILLS = 200 if os.environ.get("HOLDSHORT_TORTURE") else 12


def acknowledged(path):
    """The last version whose commit was answered; a line cut short counts for nothing."""
    lines = path.read_text().split("\n")[:-1] if path.exists() else []
    return int(lines[-1]) if lines else 0


def whole(store, number):
    """The version of an onboarding all of whose events and rows fit together."""
    history = store.history(number)
    version = len(history)
    assert (version - 1) % 3 == 0, "an act was torn"
    previous = GENESIS
    for one in store.envelopes():
        assert one.hash == event_hash(
            previous, one.number, one.seq, one.kind, one.at, one.actor, one.body, one.commitment
        )
        previous = one.hash
    if version > 1:
        assert history[-2].private == {"version": version}
        assert store.onboarding(number).stage == f"v{version}"
        assert [row.attempt for row in store.actions(number=number)] == [version]
        assert [row.no for row in store.reviews(number=number, limit=5000)] == list(range(4, version + 1, 3))
    return version


@pytest.mark.keeps("S1")
def test_a_program_killed_while_it_writes_leaves_all_of_an_act_or_none(place, tmp_path):
    store = place.open()
    number = opened(store, "A")
    dice = random.Random(7)
    with Programs(place, 1) as programs:
        for no in range(KILLS):
            before = whole(store, number)
            out = tmp_path / f"acknowledged-{no}"
            store.close()
            pid = programs.start("act", out, number=number)
            while not acknowledged(out):
                time.sleep(0.001)
            time.sleep(dice.uniform(0, 0.03))
            kill(pid)
            assert whole(store, number) >= acknowledged(out) > before
    if place.kind == "sqlite":
        connection = sqlite3.connect(place.path)
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        connection.close()


def test_an_act_goes_on_where_a_killed_one_held_the_lock(place, tmp_path):
    """What a dead program held is free at once; nobody waits for a time limit."""
    store = place.open()
    number = opened(store, "A", event())
    with Programs(place, 1) as programs:
        store.close()
        pid = programs.start("act", tmp_path / "out", number=number)
        while not acknowledged(tmp_path / "out"):
            time.sleep(0.001)
        kill(pid)
        begun = time.monotonic()
        with store.transaction() as tx:
            assert tx.history(number)
        assert time.monotonic() - begun < 2
