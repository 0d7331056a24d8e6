"""What a worker does beside its runs costs little, however much waits, and an older history is noticed."""

from datetime import UTC, datetime, timedelta

from holdshort.service import chores as module
from holdshort.service.chores import Chores


class House:
    """Just enough of a flow, an audit store and a clock."""

    def __init__(self):
        self.version = 1
        self.time = datetime(2026, 3, 11, tzinfo=UTC)
        self.store = self
        self.clock = self

    def now(self):
        return self.time

    def latest_register(self):
        return self

    def last_checkpoint(self):
        return None

    def changed_heads(self):
        self.looked_for_heads = getattr(self, "looked_for_heads", 0) + 1
        return []


def made(monkeypatch, steps):
    """Chores over onboardings of older versions, each of which takes a second to look at; and how many were looked at."""
    looked, clock = [], [0.0]

    def look(flow, actor):
        for each in range(steps):
            clock[0] += 1.0
            looked.append(each)
            yield None

    monkeypatch.setattr(module, "steps", look)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    house = House()
    return Chores(house, house, lambda: None), house, looked, clock


def test_many_onboardings_are_gone_over_in_pieces_so_that_runs_come_in_between(monkeypatch):
    chores, _, looked, _ = made(monkeypatch, 120)
    counts = [len(looked) for _ in range(4) if list(chores.run()) == []]
    assert counts == [50, 100, 120, 120]


def test_going_over_them_takes_a_hundredth_of_the_time(monkeypatch):
    chores, _, looked, clock = made(monkeypatch, 30)
    list(chores.run())
    clock[0] += 2_900
    list(chores.run())
    assert len(looked) == 30
    clock[0] += 200
    list(chores.run())
    assert len(looked) == 60


def test_another_version_is_looked_at_within_a_minute(monkeypatch):
    chores, house, looked, clock = made(monkeypatch, 30)
    list(chores.run())
    house.version = 2
    clock[0] += 61
    list(chores.run())
    assert len(looked) == 60


def test_everything_is_done_at_once_where_that_is_asked_for(monkeypatch):
    chores, _, looked, _ = made(monkeypatch, 120)
    list(chores.run(everything=True))
    assert len(looked) == 120


def test_the_log_is_signed_as_often_as_is_said(monkeypatch):
    chores, house, _, _ = made(monkeypatch, 0)
    chores.checkpoint_every = timedelta(minutes=15)
    for minutes in (0, 10, 4, 1, 20):
        house.time += timedelta(minutes=minutes)
        list(chores.run())
    assert house.looked_for_heads == 3
