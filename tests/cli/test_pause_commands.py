"""`holdshort pause` and `resume`: at once, for everybody, and taken back only by whom it concerns."""

import threading
import time
from datetime import UTC, datetime

import pytest

from tests.houses import house, published_house  # noqa: F401 (fixtures)


def test_a_pause_is_logged_idempotent_and_shown_and_a_resume_ends_it(house):
    first = house.run("pause", "--reason", "wrong prices went out", "--json", as_="tomas")
    assert (first.code, first.json["changed"]) == (0, True)
    again = house.run("pause", "--reason", "other", "--json", as_="rae")
    assert (again.code, again.json["changed"]) == (0, False)
    listed = house.run("pause", "--list", "--json")
    assert listed.code == 1
    assert [(each["scope"], each["by"], each["reason"]) for each in listed.json["switches"]] == [
        ("everything", "tomas", "wrong prices went out")
    ]
    assert house.run("resume", "--json", as_="rae").json["changed"] is True
    assert house.run("resume", "--json", as_="rae").json["changed"] is False
    assert house.run("pause", "--list").code == 0
    words = [each["words"] for each in house.run("audit", "log", "house", "--json").lines]
    assert words[1:] == ["paused everything (reason: wrong prices went out)", "resumed everything"]


@pytest.mark.shows("O18")
def test_resuming_is_for_whoever_paused_and_for_the_pause_owner(house):
    house.run("pause", "--reason", "x", as_="tomas")
    refused = house.run("resume", as_="dora")
    assert (refused.code, "PAUSE-003" in refused.err) == (1, True)
    assert house.run("resume", as_="tomas").code == 0


def test_a_lane_or_connector_that_there_is_not_is_refused_with_a_near_name(house):
    lane = house.run("pause", "--lane", "mid market guide", "--reason", "x", as_="rae")
    assert "did you mean `mid-market guided`?" in lane.err
    assert (
        "did you mean `outbox`?" in house.run("pause", "--connector", "outbx", "--reason", "x", as_="rae").err
    )
    assert house.run("pause", "--list").code == 0


@pytest.mark.parametrize("words", [["--lane", "Mid_Market guided"], ["--connector", "outbox"], []])
def test_a_paused_lane_connector_or_house_sends_nothing_until_it_is_resumed(house, words):
    house.take_in(house.record())
    assert house.run("pause", *words, "--reason", "a look first", as_="rae").code == 0
    held = house.run("worker", "--once", "--json")
    assert held.code == 0
    assert house.outbox == []
    assert "rae paused" in held.lines[0]["why"]
    assert house.run("resume", *words, as_="rae").code == 0
    house.run("worker", "--once")
    assert len(house.outbox) == 2


def test_another_lane_goes_on(house):
    house.take_in(house.record())
    house.run("pause", "--lane", "self-serve", "--reason", "x", as_="rae")
    house.run("worker", "--once")
    assert len(house.outbox) == 2


def test_a_file_pauses_as_well_and_is_told_of(house):
    house.take_in(house.record())
    (house.folder / "PAUSE").touch()
    assert "PAUSE" in house.run("pause", "--list").out
    assert house.run("worker", "--once").code == 0
    assert house.outbox == []
    assert "PAUSE" in house.run("resume", as_="rae").out
    (house.folder / "PAUSE").unlink()
    house.run("worker", "--once")
    assert len(house.outbox) == 2


def test_where_the_store_is_away_the_file_is_named(house):
    (house.folder / ".holdshort" / "holdshort.sqlite").write_bytes(b"no database" * 200)
    refused = house.run("pause", "--reason", "x", as_="rae")
    assert refused.code == 1
    assert "touch" in refused.err
    assert "PAUSE" in refused.err


@pytest.mark.shows("O18")
def test_within_a_second_of_a_pause_no_new_run_begins_while_a_hundred_are_due(house):
    """Promise S28."""
    asked = [{"kind": "log_audit", "payload": {"line": number}} for number in range(100)]
    house.take_in(house.record(proposed_actions=asked))
    stop = threading.Event()

    def work():
        with house.opened() as opened:
            opened.sweeper.run_until(stop, 0.05)

    worker = threading.Thread(target=work)
    worker.start()
    try:
        deadline = time.monotonic() + 60
        while len(house.outbox) < 10 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert house.run("pause", "--reason", "stop", as_="rae").code == 0
        paused_at = datetime.now(UTC)
        time.sleep(1)
        after_a_second = house.outbox
        assert 10 <= len(after_a_second) < 100
        time.sleep(2)
        assert house.outbox == after_a_second
    finally:
        stop.set()
        worker.join(30)
    with house.opened() as opened:
        runs = [each for each in opened.store.actions(number=1, limit=200) if each.started_at is not None]
        assert len(runs) == len(after_a_second)
        assert all(each.status == "done" and each.started_at <= paused_at for each in runs)


def test_it_has_to_be_said_who_and_why(house):
    assert house.run("pause", as_="rae").code == 2
    assert house.run("pause", "--reason", "x").code == 2
    assert (
        house.run("pause", "--lane", "self-serve", "--connector", "outbox", "--reason", "x", as_="rae").code
        == 2
    )
