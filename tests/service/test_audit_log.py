"""Checkpoints, anchors, and the export that an outsider verifies and a spreadsheet opens."""

import csv
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from holdshort.core.audit import GENESIS, checkpoint_hash, checkpoint_json
from holdshort.core.canonical import canonical_bytes
from holdshort.ports import Conflict
from holdshort.service.anchors import AnchorRefused, append_anchor, catch_up_anchor, read_anchor
from holdshort.service.audit_export import CannotExport, export_audit
from holdshort.service.audit_log import make_checkpoint
from holdshort.verifier.verify_audit import examine_folder
from tests.verifier.logs import Log, random_log, signer

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


# --- checkpoints ---


def test_a_checkpoint_lists_the_heads_that_changed_and_goes_on_from_the_one_before():
    log = Log()
    log.append(2, "A", {})
    log.append(1, "A", {})
    first = make_checkpoint(log, log.signer, NOW)
    log.append(1, "B", {})
    second = make_checkpoint(log, log.signer, NOW)
    assert (first.no, first.previous, [head[:2] for head in first.heads]) == (1, GENESIS, [(1, 1), (2, 1)])
    assert (second.no, second.previous) == (2, checkpoint_hash(first))
    assert [head[:2] for head in second.heads] == [(1, 2)]
    assert log.checkpoints() == [first, second]


def test_nothing_new_makes_no_checkpoint():
    log = Log()
    assert make_checkpoint(log, log.signer, NOW) is None
    log.append(1, "A", {})
    assert make_checkpoint(log, log.signer, NOW)
    assert make_checkpoint(log, log.signer, NOW) is None


def test_of_two_that_make_a_checkpoint_at_once_one_gives_way():
    """The other one comes in between what the slow one reads; it must not sign older heads under a newer number."""
    log = Log()
    log.append(1, "A", {})

    class Slow(Log):
        def __init__(self):
            self.__dict__ = log.__dict__

        def last_checkpoint(self):
            found = log.last_checkpoint()
            make_checkpoint(log, log.signer, NOW)
            log.append(1, "B", {})
            return found

    with pytest.raises(Conflict):
        make_checkpoint(Slow(), log.signer, NOW)
    assert len(log.signed) == 1


# --- anchors ---


@pytest.fixture
def log():
    return random_log(3, checkpoints=5)[0]


def test_an_anchor_grows_by_one_line_for_each_checkpoint(log, tmp_path):
    path = tmp_path / "anchor.jsonl"
    for count, each in enumerate(log.signed, 1):
        assert append_anchor(path, each) is True
        assert append_anchor(path, each) is False
        assert read_anchor(path) == log.signed[:count]
    assert path.read_bytes() == b"".join(
        canonical_bytes(checkpoint_json(each)) + b"\n" for each in log.signed
    )


def test_an_anchor_that_was_away_catches_up(log, tmp_path):
    path = tmp_path / "anchor.jsonl"
    append_anchor(path, log.signed[0])
    with pytest.raises(AnchorRefused, match="cannot come next") as caught:
        append_anchor(path, log.signed[3])
    assert caught.value.mend == "hand in the checkpoints from 2 on"
    assert catch_up_anchor(path, log.signed) == 4
    assert catch_up_anchor(path, log.signed) == 0
    assert read_anchor(path) == log.signed


def forked(log, keep):
    """The same log, set back to a checkpoint and gone on otherwise."""
    log.signed = log.signed[:keep]
    log.append(1, "FactsReceived", {"restored": True})
    return log.checkpoint()


@pytest.mark.parametrize("keep", range(5))
def test_an_anchor_refuses_a_fork_and_stays_as_it_was(log, keep, tmp_path):
    path = tmp_path / "anchor.jsonl"
    catch_up_anchor(path, log.signed)
    before = path.read_bytes()
    with pytest.raises(AnchorRefused, match="set back or replaced"):
        append_anchor(path, forked(log, keep))
    assert path.read_bytes() == before


def test_an_anchor_refuses_a_checkpoint_that_follows_another_history(log, tmp_path):
    path = tmp_path / "anchor.jsonl"
    catch_up_anchor(path, log.signed[:4])
    forked(log, 3)
    log.append(1, "FactsReceived", {})
    with pytest.raises(AnchorRefused, match="does not go on from"):
        append_anchor(path, log.checkpoint())


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_a_line_that_a_crash_cut_off_is_written_again(log, cut, tmp_path):
    path = tmp_path / "anchor.jsonl"
    catch_up_anchor(path, log.signed[:2])
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    catch_up_anchor(path, log.signed[:2])
    assert path.read_bytes() == whole


def test_an_anchor_may_have_lines_of_any_length(tmp_path):
    log = Log()
    for number in range(1, 1200):
        log.append(number, "A", {})
    log.checkpoint()
    log.append(1, "B", {})
    log.checkpoint()
    path = tmp_path / "anchor.jsonl"
    for each in log.signed:
        append_anchor(path, each)
    assert len(path.read_bytes()) > 80_000
    assert read_anchor(path) == log.signed


def test_a_file_that_is_no_anchor_is_refused(log, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("buy milk\n")
    for refuse in (lambda: append_anchor(path, log.signed[0]), lambda: read_anchor(path)):
        with pytest.raises(AnchorRefused, match="no checkpoint"):
            refuse()
    assert path.read_text() == "buy milk\n"


# --- export ---


def exported(log, folder, **more):
    return export_audit(log, folder, [log.signer.public_key_hex], NOW, **more)


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("seed", range(5))
def test_an_export_verifies_by_one_command_and_nothing_but_python(seed, tmp_path):
    log, anchor = random_log(seed)
    catch_up_anchor(tmp_path / "anchor.jsonl", anchor)
    made = exported(log, tmp_path / "out", anchor=tmp_path / "anchor.jsonl")
    command = [sys.executable, "-I", "-S", str(tmp_path / "out" / "verify_audit.py"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["problems"]) == (0, [])
    assert (answer["events"], answer["checkpoints"]) == (made.events, made.checkpoints)
    assert "python3 verify_audit.py" in (tmp_path / "out" / "README.txt").read_text()
    assert log.signer.key_id in (tmp_path / "out" / "README.txt").read_text()


def test_an_export_holds_nothing_private_unless_asked(tmp_path):
    log = Log()
    log.append(1, "DecisionRecorded", {"decision": 1, "code": "J4"}, {"reason": "Ann said so"}, actor="rae")
    exported(log, tmp_path / "open")
    assert not any(b"Ann said so" in each.read_bytes() for each in (tmp_path / "open").iterdir())
    assert not (tmp_path / "open" / "private.jsonl").exists()

    assert exported(log, tmp_path / "closed", private=log).private_parts == 1
    assert table(tmp_path / "closed" / "decisions.csv")[0]["reason"] == "Ann said so"
    assert "PERSONAL DATA" in (tmp_path / "closed" / "README.txt").read_text()
    assert examine_folder(tmp_path / "closed").problems == []
    if os.name == "posix":
        assert (tmp_path / "closed").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("seed", range(5))
def test_private_parts_are_held_against_what_was_recorded(seed, tmp_path):
    log, _ = random_log(seed)
    exported(log, tmp_path / "out", private=log)
    path = tmp_path / "out" / "private.jsonl"
    assert examine_folder(tmp_path / "out").problems == []
    lines = path.read_text("utf-8").splitlines()
    part = json.loads(lines[0])
    lines[0] = canonical_bytes({**part, "text": part["text"] + " "}).decode()
    path.write_text("\n".join(lines) + "\n", "utf-8")
    assert [each.code for each in examine_folder(tmp_path / "out").problems] == ["private"]


def test_a_private_part_of_no_event_is_found(tmp_path):
    log, _ = random_log(1)
    exported(log, tmp_path / "out", private=log)
    path = tmp_path / "out" / "private.jsonl"
    forged = {"number": 999, "seq": 1, "salt": "00" * 16, "text": "{}", "erased": False}
    path.write_bytes(path.read_bytes() + canonical_bytes(forged) + b"\n")
    assert [each.code for each in examine_folder(tmp_path / "out").problems] == ["private"]


def test_an_erasure_is_told_apart_from_tampering(tmp_path):
    log = Log()
    log.append(1, "FactsReceived", {}, {"contact": "Ann"})
    log.append(1, "FactsReceived", {}, {"contact": "Bob"})
    log.salts[1, 1] = b"0" * 16, b'{"contact":"[erased]"}'
    exported(log, tmp_path / "out", private=log)
    report = examine_folder(tmp_path / "out")
    assert report.problems == []
    assert "1 private parts were changed by an erasure, so they cannot be compared." in report.notes


def test_decisions_are_a_table_with_a_row_for_each(tmp_path):
    log = Log()
    log.append(1, "OnboardingOpened", {"key": "A/D/closed_won"})
    body = {
        "decision": 1,
        "review": 2,
        "case": "CO-EDGE-002",
        "code": "J4",
        "by": "rae",
        "role": "revops",
        "waives": False,
    }
    log.append(1, "DecisionRecorded", {**body, "covers": [{"action": 1, "digest": "d"}]}, actor="rae")
    log.append(
        1, "DecisionRecorded", {**body, "decision": 2, "code": "J9", "owner": "finance_ops"}, actor="kim"
    )
    assert exported(log, tmp_path / "out").decisions == 2
    first, second = table(tmp_path / "out" / "decisions.csv")
    assert (first["onboarding"], first["event"], first["who"], first["decided"]) == (
        "1",
        "2",
        "rae",
        "approve kickoff",
    )
    assert (first["waives"], first["covers"]) == ("no", '[{"action":1,"digest":"d"}]')
    assert (second["decided"], second["owner"], second["covers"]) == ("override", "finance_ops", "")
    assert first["when (UTC)"].startswith("2026-03-01 ")
    assert list(first)[:9] == [
        "onboarding",
        "event",
        "when (UTC)",
        "who",
        "decision",
        "review",
        "case",
        "code",
        "decided",
    ]


def test_each_event_says_which_checkpoint_covers_it_first(tmp_path):
    log = Log()
    for number in (1, 2):
        log.append(number, "A", {})
    log.checkpoint()
    log.append(1, "B", {"plan": "Pro", "n": 3})
    log.append(1, "C", {})
    log.checkpoint()
    log.append(2, "D", {})
    exported(log, tmp_path / "out")
    rows = table(tmp_path / "out" / "events.csv")
    assert [(each["onboarding"], each["event"], each["checkpoint"]) for each in rows] == [
        ("1", "1", "1"), ("1", "2", "2"), ("1", "3", "2"), ("2", "1", "1"), ("2", "2", "not yet"),
    ]  # fmt: skip
    assert rows[1]["details"] == "plan: Pro; n: 3"
    assert rows[1]["hash"] == log.events[1][1].hash


HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",
    "\u200b=1",
    "a\r\nb",
    "\u202egnp.exe",
    "x" * 40_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda each: ascii(each[:8]))
def test_no_cell_runs_in_a_spreadsheet_or_hides_anything(text, tmp_path):
    log = Log()
    log.append(
        1, "DecisionRecorded", {"decision": text, text: text, "code": "J4"}, {"reason": text}, actor=text
    )
    log.append(1, text, {text: text}, actor=text)
    exported(log, tmp_path / "out", private=log)
    for name in ("decisions.csv", "events.csv"):
        with (tmp_path / "out" / name).open(encoding="utf-8-sig", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert cells
        assert not any(
            cell.lstrip(" '")[:1] in tuple("=+-@\t\r＝＋－＠") and cell[:1] != "'" for cell in cells if cell
        )
        assert not any("\u202e" in cell or "\n" in cell or "\u200b" in cell for cell in cells)
        assert max(map(len, cells)) < 32_767
    assert examine_folder(tmp_path / "out").problems == []


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(CannotExport, match="no empty folder"):
        exported(Log(), tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["mine.txt"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "out").mkdir()
    exported(Log(), tmp_path / "out")
    assert (tmp_path / "out" / "events.jsonl").read_bytes() == b""
    assert (tmp_path / "out" / "verify_audit.py").is_file()


@pytest.mark.parametrize(
    "fault", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("broken")]
)
def test_an_export_that_breaks_off_leaves_nothing(fault, tmp_path):
    log, _ = random_log(1)
    whole = log.envelopes

    def breaking(after=(0, 0)):
        for count, each in enumerate(whole(after)):
            if count == 5:
                raise fault
            yield each

    log.envelopes = breaking
    wanted = CannotExport if isinstance(fault, OSError) else type(fault)
    with pytest.raises(wanted):
        exported(log, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_an_anchor_that_is_missing_stops_the_export(tmp_path):
    with pytest.raises(CannotExport, match="no such file"):
        exported(Log(), tmp_path / "out", anchor=tmp_path / "none.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_what_happens_while_an_export_runs_raises_no_alarm(tmp_path):
    """Checkpoints and events that come in meanwhile may be in it or not; either way it verifies."""
    log, _ = random_log(2)
    whole = log.envelopes

    def busy(after=(0, 0)):
        log.append(1, "FactsReceived", {})
        log.checkpoint()
        yield from whole(after)

    log.envelopes = busy
    catch_up_anchor(tmp_path / "anchor.jsonl", log.signed)
    exported(log, tmp_path / "out", anchor=tmp_path / "anchor.jsonl")
    report = examine_folder(tmp_path / "out")
    assert report.problems == []
    assert report.not_anchored > 0


def test_several_keys_are_written_one_a_line(tmp_path):
    keys = [signer(each).public_key_hex for each in (1, 2)]
    export_audit(Log(), tmp_path / "out", keys, NOW)
    assert (tmp_path / "out" / "public-key.txt").read_text().split() == keys
