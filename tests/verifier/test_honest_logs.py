"""A log that nobody touched raises no alarm, and what is not anchored yet is counted."""

import json
from dataclasses import replace

import pytest

from holdshort.core.audit import checkpoint_json
from holdshort.service.audit_export import _envelope_json
from holdshort.verifier.verify_audit import examine, examine_folder, main, summary, verify
from tests.verifier.logs import Copy, Log, random_log


def as_json(log):
    return list(map(_envelope_json, log.envelopes())), list(map(checkpoint_json, log.signed))


@pytest.mark.parametrize("part", range(10))
def test_no_false_alarm_on_a_hundred_random_logs(part, tmp_path):
    for seed in range(10 * part, 10 * part + 10):
        log, anchor = random_log(seed, steps=20 + seed, checkpoints=seed % 6 + 1)
        report = examine_folder(Copy(log, anchor).write(tmp_path))
        assert report.problems == []
        assert report.events == sum(map(len, log.events.values()))
        assert report.onboardings == len(log.events)
        assert verify(*as_json(log), list(map(checkpoint_json, anchor)), log.signer.public_key_hex) == []
        assert verify(*as_json(log), None, log.signer.public_key_hex) == []


def covered_by(checkpoints):
    ends = {}
    for each in checkpoints:
        ends.update({number: seq for number, seq, _ in each.heads})
    return ends


@pytest.mark.parametrize("seed", range(20))
def test_exactly_the_events_after_the_last_anchor_are_counted_as_not_anchored(seed, tmp_path):
    log, anchor = random_log(seed)
    report = examine_folder(Copy(log, anchor).write(tmp_path))
    anchored, signed = covered_by(anchor), covered_by(log.signed)
    tail = [each for each in log.envelopes() if each.seq > anchored.get(each.number, 0)]
    assert report.not_anchored == len(tail)
    assert report.not_in_a_checkpoint == sum(
        each.seq > signed.get(each.number, 0) for each in log.envelopes()
    )
    if tail:
        oldest = min(each.at for each in tail)
        assert report.oldest_not_anchored_at == oldest.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        assert f"{len(tail)} events are not anchored yet" in "\n".join(summary(report))


def test_a_log_without_checkpoints_is_chained_and_anchored_nowhere(tmp_path):
    log = Log(5)
    log.grow(30)
    report = examine(*as_json(log), None, log.signer.public_key_hex)
    assert not report.problems
    assert report.not_anchored == report.events
    assert any("no checkpoint yet" in each for each in report.notes)


def test_an_empty_log_is_fine(tmp_path):
    assert main([str(Copy(Log(), []).write(tmp_path))]) == 0


def test_whoever_has_no_anchor_is_told_what_cannot_be_seen(tmp_path):
    log, _ = random_log(3)
    copy = Copy(log, []).write(tmp_path)
    (copy / "anchor.jsonl").unlink()
    report = examine_folder(copy)
    assert not report.problems
    assert any("No anchor was given" in each for each in report.notes)


def test_an_anchor_may_begin_late_and_say_a_thing_twice(tmp_path):
    log, _ = random_log(4, checkpoints=5)
    copy = Copy(log, [*log.signed[2:], log.signed[-1]])
    report = examine_folder(copy.write(tmp_path))
    assert not report.problems
    assert report.anchored_checkpoint == 5


def test_checkpoints_go_on_under_a_new_key_when_both_keys_are_trusted(tmp_path):
    log = Log(6)
    log.grow(20)
    log.checkpoint()
    old, log.key = log.signer, 2
    log.grow(20)
    log.checkpoint()
    events, checkpoints = as_json(log)
    both = [old.public_key_hex, log.signer.public_key_hex]
    assert verify(events, checkpoints, checkpoints, both) == []
    assert {each.code for each in verify(events, checkpoints, checkpoints, both[:1])} >= {"wrong-key"}


def test_lines_that_a_transfer_ended_with_cr_lf_still_verify(tmp_path):
    log, anchor = random_log(7)
    folder = Copy(log, anchor).write(tmp_path)
    for each in folder.glob("*.*"):
        each.write_bytes(each.read_bytes().replace(b"\n", b"\r\n"))
    assert examine_folder(folder).problems == []


def test_events_given_as_other_mappings_are_as_good_as_dicts():
    log, anchor = random_log(8)
    log.events = {
        number: [replace(each, body=dict(reversed(each.body.items()))) for each in events]
        for number, events in log.events.items()
    }
    events, checkpoints = as_json(log)
    assert verify(events, checkpoints, list(map(checkpoint_json, anchor)), log.signer.public_key_hex) == []
    assert verify(json.loads(json.dumps(events)), checkpoints, None, [log.signer.public_key_hex]) == []
