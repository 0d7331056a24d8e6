"""`holdshort worker`: what was released is carried out, once, and stopping it leaves nothing half done."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import holdshort
from holdshort.execution.runner import RunReport
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import ActionRow, Unavailable
from tests.houses import empty_house, house, published_house  # noqa: F401 (fixtures)

COMMAND = [sys.executable, "-c", "from holdshort.cli.main import main; main()"]


def started(house, *words):
    environment = {**os.environ, "HOLDSHORT_PLAYBOOK": str(house.folder)}
    environment["PYTHONPATH"] = os.pathsep.join([os.path.dirname(os.path.dirname(holdshort.__file__))])
    return subprocess.Popen(
        [*COMMAND, *words], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.shows("P7")
def test_once_does_what_is_due_and_says_a_line_for_each_run(house):
    house.take_in(house.record())
    done = house.run("worker", "--once", "--json")
    assert done.code == 0
    assert [(each["action"], each["outcome"]) for each in done.lines if "action" in each] == [
        ("1/a1", "done"), ("1/a2", "done"),
    ]  # fmt: skip
    assert done.lines[-1] == {"ended": True, "runs": {"done": 2}, "waiting": 0}
    assert house.outbox == ["1-a1-create_project.json", "1-a2-create_kickoff_tasks.json"]
    again = house.run("worker", "--once", "--json")
    assert [each for each in again.lines if "action" in each] == []


def test_a_worker_without_a_published_playbook_is_refused(empty_house):
    refused = empty_house.run("worker", "--once")
    assert (refused.code, "PUB-001" in refused.err) == (1, True)


def test_the_queue_needs_postgresql(house):
    assert house.run("worker", "--engine", "queue").code == 2


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("stop_with", [signal.SIGTERM, signal.SIGINT])
def test_stopping_it_ends_what_has_begun_and_leaves_the_rest(house, stop_with):
    asked = [{"kind": "log_audit", "payload": {"line": number}} for number in range(60)]
    house.take_in(house.record(proposed_actions=asked))
    worker = started(house, "worker", "--json")
    try:
        first = json.loads(worker.stdout.readline())
        assert first["outcome"] == "done"
        worker.send_signal(stop_with)
        rest, _ = worker.communicate(timeout=30)
    finally:
        worker.kill()
    assert worker.returncode == 0
    assert json.loads(rest.splitlines()[-1])["ended"] is True
    with house.opened() as opened:
        statuses = [each.status for each in opened.store.actions(number=1, limit=200)]
    assert set(statuses) == {"done", "released"}
    assert len(house.outbox) == statuses.count("done")


def test_it_signs_the_log_and_brings_the_anchor_up_to_date(house, tmp_path):
    house.take_in(house.record())
    anchor = tmp_path / "anchor.jsonl"
    assert house.run("worker", "--once", "--anchor", anchor).code == 0
    assert len(anchor.read_text().splitlines()) == 1
    assert house.run("audit", "verify", "--anchor", anchor).code == 0
    report = house.run("audit", "verify", "--anchor", anchor, "--json").json
    assert (report["not_anchored"], report["problems"]) == (0, [])


def test_nothing_is_released_where_the_anchor_holds_another_history(house, tmp_path):
    house.take_in(house.record())
    anchor = tmp_path / "anchor.jsonl"
    house.run("audit", "checkpoint", "--anchor", anchor)
    line = json.loads(anchor.read_text())
    anchor.write_text(json.dumps({**line, "signature": "0" * 128}) + "\n")
    refused = house.run("worker", "--once", "--anchor", anchor)
    assert (refused.code, "AUDIT-001" in refused.err) == (1, True)
    assert house.outbox == []
    older = json.dumps({**line, "no": 2}) + "\n"
    anchor.write_text(json.dumps(line) + "\n" + older)
    assert "older copy" in house.run("worker", "--once", "--anchor", anchor).err
    assert house.outbox == []


# --- the sweeper ---


class Stub:
    """A store, workflow and runner in one, of which some parts fail."""

    def __init__(self, bad=()):
        self.bad = bad
        self.ran = []
        self.woken = []

    def due_wakes(self, now, limit):
        return [1, 2, 3]

    def lost_runs(self, now, limit):
        return []

    def due_actions(self, now, limit):
        left = [each for each in (1, 2, 3) if each not in self.ran]
        return [ActionRow(each, 1, "log_audit", "released", "outbox", "", "", None) for each in left]

    def now(self):
        return None

    def act(self, number, command, actor, operation=""):
        if number in self.bad:
            raise ValueError("its log cannot be read")
        self.woken.append(number)
        raise_if_away(self)

    def run(self, row):
        if row.number in self.bad:
            raise ValueError("its log cannot be read")
        self.ran.append(row.number)
        return RunReport(row.id, row.kind, "done", "")


def raise_if_away(stub):
    from holdshort.core.onboarding.commands import Refused

    raise Refused("X-000", "nothing to say")


def test_an_onboarding_that_cannot_be_read_keeps_no_other_from_its_clock_or_its_run():
    stub = Stub(bad=(1,))
    swept = Sweeper(stub, stub, stub, stub).sweep()
    assert (stub.woken, stub.ran) == ([2, 3], [2, 3])
    assert [each.why for each in swept.reports if each.outcome == "not started"] == [
        "it cannot be worked on: its log cannot be read"
    ] * 2


def test_a_stop_is_heeded_between_two_runs():
    stub = Stub()
    Sweeper(stub, stub, stub, stub).sweep(stop=lambda: len(stub.ran) >= 2)
    assert stub.ran == [1, 2]


def test_a_store_that_goes_away_is_tried_again():
    stub = Stub()
    stop = threading.Event()
    away = []

    def gone(now, limit):
        raise Unavailable("it is away")

    stub.due_wakes = gone

    def heard(why):
        away.append(str(why))
        stub.due_wakes = lambda now, limit: []
        if len(away) > 1:
            stop.set()

    worker = threading.Thread(
        target=Sweeper(stub, stub, stub, stub).run_until,
        args=(stop, 0.01),
        kwargs={"away": heard, "tell": lambda report: stub.ran == [1, 2, 3] and stop.set()},
    )
    worker.start()
    deadline = time.monotonic() + 10
    while worker.is_alive() and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    worker.join(5)
    assert away == ["it is away"]
    assert stub.ran == [1, 2, 3]
