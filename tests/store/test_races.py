"""Several writers on one real database: one of them wins, and nobody wins what another one has."""

import os
import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest

from holdshort.ports import Conflict, PublishedRegister, Rows
from tests.store.kinds import NOON, action, event, grown, opened, row
from tests.store.programs import Programs

RACES = 2000 if os.environ.get("HOLDSHORT_TORTURE") else 500
SOME = RACES // 10


def raced(rounds, *runners):
    """Every runner in a thread of its own, all starting each round together; what each one made of each round."""
    start = threading.Barrier(len(runners))
    made = [[None] * rounds for _ in runners]

    def run(which):
        for no in range(rounds):
            start.wait(timeout=60)
            try:
                made[which][no] = runners[which](no)
            except Exception as error:
                made[which][no] = error

    threads = [threading.Thread(target=run, args=(which,)) for which in range(len(runners))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return list(zip(*made, strict=True))


def won(results):
    """Who won a round; every other one lost properly."""
    losers = [each for each in results if isinstance(each, Exception)]
    assert all(type(each) is Conflict for each in losers), losers
    assert len(losers) == len(results) - 1
    return next(no for no, each in enumerate(results) if not isinstance(each, Exception))


@contextmanager
def own_connection(store):
    """A thread lets go of its connection when it is done."""
    try:
        yield
    finally:
        store.close()


@pytest.mark.keeps("S6")
def test_of_two_threads_that_continue_one_onboarding_one_wins(store):
    number = opened(store, "A")

    def writer(name):
        def write(no):
            with store.transaction() as tx:
                tx.append(number, no + 1, [event(by=name)], Rows(row(number, "A", stage=name)))
            return name

        return write

    for no, results in enumerate(raced(RACES // 2, writer("rae"), writer("sam"))):
        winner = ("rae", "sam")[won(results)]
        assert store.history(number)[no + 1].body == {"by": winner} if no % 50 == 0 else True
    assert len(store.history(number)) == RACES // 2 + 1


@pytest.mark.keeps("S6")
def test_of_two_programs_that_continue_one_onboarding_one_wins(place):
    store = place.open()
    number = opened(store, "A")
    with Programs(place, 2) as programs:
        both = programs.race("continue", RACES // 2, number=number)
    for results in both:
        assert sorted(results) == ["Conflict", "won"]
    bodies = [each.body for each in store.history(number)][1:]
    assert [each["no"] for each in bodies] == list(range(RACES // 2))
    assert [both[each["no"]][each["by"]] for each in bodies] == ["won"] * (RACES // 2)


def test_two_acts_that_read_first_come_one_after_the_other(store):
    number = opened(store, "A")

    def act(no):
        with store.transaction() as tx:
            known = tx.history(number)
            tx.append(number, len(known), [event(after=len(known))], Rows(row(number, "A")))

    assert raced(SOME, act, act, act) == [(None, None, None)] * SOME
    assert [each.body["after"] for each in store.history(number)[1:]] == list(range(1, 3 * SOME + 1))


@pytest.mark.keeps("S7")
def test_one_natural_key_opened_by_several_at_once_is_one_onboarding(store):
    def take_in(no):
        with store.transaction() as tx:
            number = tx.open_onboarding(f"A/D-{no}/won")
            tx.append(number, 0, [event()], Rows(row(number, f"A/D-{no}/won")))
        return number

    for no, results in enumerate(raced(SOME, take_in, take_in, take_in)):
        assert results[won(results)] == store.number_of(f"A/D-{no}/won")
    assert len(store.onboardings(limit=1000)) == SOME


def test_a_mark_made_by_several_at_once_is_made_by_one(store):
    def mark(no):
        with store.transaction() as tx:
            return tx.mark(f"event:{no}")

    for results in raced(SOME, mark, mark, mark):
        assert sorted(results) == [False, False, True]


def test_a_mark_whose_maker_fails_is_free_for_the_next(store):
    def fail(no):
        with store.transaction() as tx:
            tx.mark(f"event:{no}")
            raise ZeroDivisionError

    def mark(no):
        with store.transaction() as tx:
            return tx.mark(f"event:{no}")

    assert [mine for _, mine in raced(SOME, fail, mark)] == [True] * SOME


def test_a_register_version_published_by_several_at_once_is_one_of_them(store):
    def publisher(name):
        def publish(no):
            with store.transaction() as tx:
                tx.publish(PublishedRegister(no + 1, name, name, name, NOON, {}))

        return publish

    for no, results in enumerate(raced(SOME, publisher("rae"), publisher("sam"))):
        assert store.register(no + 1).author == ("rae", "sam")[won(results)]


def test_a_cap_on_runs_holds_when_several_workers_claim_at_once(store):
    """Both count before either has committed; without a lock on the count both would take the last place."""
    workers = 3
    numbers = [opened(store, f"K{no}") for no in range(SOME * workers)]

    def claimer(which):
        def claim(no):
            number = numbers[no * workers + which]
            begun = NOON + timedelta(days=no)
            with store.transaction() as tx:
                known = len(tx.history(number))
                if tx.runs_started(begun, target="mail") >= 2:
                    return False
                run = action(number, 1, status="attempting", attempt=1, target="mail", started_at=begun)
                tx.append(number, known, [event()], Rows(row(number, f"K{no * workers + which}"), (), (run,)))
            return True

        return claim

    for results in raced(SOME, *(claimer(which) for which in range(workers))):
        assert sorted(results) == [False, True, True]


@pytest.mark.keeps("S27")
def test_what_is_written_while_an_erasure_runs_is_readable_afterwards(store):
    """An act that waited for the erasure must not seal under the key that was destroyed."""
    rounds = max(20, SOME // 4)
    numbers = [opened(store, f"K{no}", event(private={"name": "Ann"})) for no in range(rounds)]

    def erase(no):
        with store.transaction() as tx:
            tx.history(numbers[no])
            tx.erase(numbers[no], {1: {"name": "(erased)"}})

    def act(no):
        grown(store, numbers[no], event(private={"more": no}))

    assert raced(rounds, erase, act) == [(None, None)] * rounds
    for no, number in enumerate(numbers):
        first, second = (each.private for each in store.history(number))
        assert first == {"name": "(erased)"}
        assert second in ({"more": no}, None)


def test_a_waiting_act_sees_all_that_the_one_before_wrote(durable):
    """PostgreSQL hands a waiting statement the new row beside old events; the store reads again."""
    number = opened(durable, "A")
    locked, seen = threading.Event(), []

    def first():
        with own_connection(durable), durable.transaction() as tx:
            tx.history(number)
            tx.append(number, 1, [event(), event(private={"a": 1})], Rows(row(number, "A")))
            locked.set()
            threading.Event().wait(0.3)

    def second():
        locked.wait()
        with own_connection(durable), durable.transaction() as tx:
            seen.extend(tx.history(number))

    threads = [threading.Thread(target=each) for each in (first, second)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [each.seq for each in seen] == [1, 2, 3]
    assert seen[2].private == {"a": 1}
