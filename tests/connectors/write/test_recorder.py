"""The recorder: the outside world of tests and of the demo, so its own faults have to be true."""

import multiprocessing
import os
import time

import pytest

from holdshort.connectors.write.recorder import MODES, Recorder, Script

from .worlds import PAYLOAD, order


def recorder(tmp_path, mode="works", **options):
    return Recorder("rec", tmp_path / "effects.jsonl", {"send_customer_message": Script(mode)}, **options)


def test_an_effect_is_one_line_with_all_that_was_asked(tmp_path):
    target = recorder(tmp_path)
    outcome = target.perform(order(), 2)
    assert (outcome.state, outcome.stored) == ("done", PAYLOAD)
    assert target.effects() == [
        {
            "key": "d1gest-1",
            "kind": "send_customer_message",
            "onboarding": "ACC-1/OPP-1/closed_won",
            "release": "12/a3",
            "payload": PAYLOAD,
        }
    ]
    assert target.read_back(order(), outcome, 2) == PAYLOAD


@pytest.mark.parametrize(
    ("mode", "state", "effects"),
    [
        ("works", "done", 1),
        ("hangs", "uncertain", 0),
        ("lies", "done", 1),
        ("times out after acting", "uncertain", 1),
        ("answers garbage", "uncertain", 1),
        ("refuses", "failed", 0),
    ],
)
def test_each_fault_does_what_its_name_says(tmp_path, mode, state, effects):
    target = recorder(tmp_path, mode)
    began = time.monotonic()
    outcome = target.perform(order(), 0.3)
    took = time.monotonic() - began
    assert outcome.state == state
    assert len(target.effects()) == effects
    assert target.look_up("d1gest-1", 1).state == ("done" if effects else "failed")
    assert (took >= 0.29) == (mode in ("hangs", "times out after acting"))


def test_all_faults_are_tried_above():
    assert set(MODES) == {"works", "hangs", "lies", "times out after acting", "answers garbage", "refuses"}


@pytest.mark.parametrize("payload", [PAYLOAD, {"seats": 5}, {"a": [1]}, {}])
def test_a_lie_is_found_by_reading_back(tmp_path, payload):
    target = recorder(tmp_path, "lies")
    outcome = target.perform(order(payload=payload), 1)
    assert outcome.stored == payload
    assert target.read_back(order(payload=payload), outcome, 1) != payload


def test_a_fault_concerns_its_kind_only(tmp_path):
    target = Recorder(
        "rec", tmp_path / "e.jsonl", {"write_billing": Script("refuses"), "*": Script(delay_ms=50)}
    )
    assert target.perform(order(kind="write_billing"), 1).state == "failed"
    began = time.monotonic()
    assert target.perform(order(), 1).state == "done"
    assert time.monotonic() - began >= 0.05


def test_a_delay_beyond_the_time_limit_is_no_effect_and_no_answer(tmp_path):
    target = Recorder("rec", tmp_path / "e.jsonl", {"*": Script(delay_ms=5000)})
    assert target.perform(order(), 0.1).state == "uncertain"
    assert target.effects() == []


def test_a_key_has_one_effect_where_keys_are_honoured_and_two_where_not(tmp_path):
    for honours, count in ((True, 1), (False, 2)):
        target = Recorder("rec", tmp_path / f"{honours}.jsonl", honours_keys=honours)
        assert [target.perform(order(), 1).state for _ in range(2)] == ["done", "done"]
        assert len(target.effects()) == count
    changed = order(payload={**PAYLOAD, "body": "Another."})
    assert Recorder("rec", tmp_path / "True.jsonl").perform(changed, 1).state == "failed"


def test_without_a_look_up_it_tells_nothing(tmp_path):
    target = recorder(tmp_path, answers_look_up=False)
    outcome = target.perform(order(), 1)
    assert target.look_up("d1gest-1", 1) is None
    assert target.read_back(order(), outcome, 1) is None


def test_a_file_that_cannot_be_written_is_no_effect(tmp_path):
    target = Recorder("rec", tmp_path / "missing" / "e.jsonl")
    assert target.perform(order(), 1).state == "failed"
    assert target.look_up("d1gest-1", 1).state == "failed"


def test_a_disk_that_does_not_confirm_takes_the_line_back(tmp_path, monkeypatch):
    def fsync(opened):
        raise OSError(5, "Input/output error")

    target = recorder(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        assert target.perform(order(), 1).state == "failed"
    assert target.effects() == []


def _perform_many(path, worker):
    target = Recorder("rec", path)
    for number in range(20):
        target.perform(order(f"shared-{number}"), 5)
        target.perform(order(f"own-{worker}-{number}"), 5)


def test_several_processes_share_one_file(tmp_path):
    path = tmp_path / "effects.jsonl"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_perform_many, args=(path, number)) for number in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join(60)
    keys = [each["key"] for each in Recorder("rec", path).effects()]
    assert len(keys) == len(set(keys)) == 20 + 4 * 20
