"""The folder target: one key never makes two files, and no file is ever half there."""

import errno
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdshort.connectors.write.file_names import file_stem
from holdshort.connectors.write.folder import FolderTarget

from .worlds import PAYLOAD, order

NAME = "12-a3-send_customer_message.json"
OTHER = {**PAYLOAD, "body": "Wednesday, 10:00."}


@pytest.fixture
def outbox(tmp_path):
    folder = tmp_path / "outbox"
    folder.mkdir()
    return folder


@pytest.fixture
def target(outbox):
    return FolderTarget("outbox", outbox)


def shown(folder):
    """What a picker-up sees, in the outbox and among what was picked up."""
    return sorted([*folder.glob("*"), *folder.glob("done/*")])


def files(folder):
    return [path for path in shown(folder) if path.is_file()]


def pick_up(folder):
    (folder / "done").mkdir(exist_ok=True)
    for path in folder.glob("*.json"):
        path.rename(folder / "done" / path.name)


# --- what is written ---


@pytest.mark.shows("P7")
def test_an_approved_action_stands_in_the_outbox_with_its_payload(target, outbox):
    outcome = target.perform(order(), 5)
    assert (outcome.state, outcome.reference) == ("done", NAME)
    assert files(outbox) == [outbox / NAME]
    assert json.loads((outbox / NAME).read_text("utf-8")) == {
        "kind": "send_customer_message",
        "key": "d1gest-1",
        "onboarding": "ACC-1/OPP-1/closed_won",
        "release": "12/a3",
        "payload": PAYLOAD,
    }
    assert target.read_back(order(), outcome, 5) == PAYLOAD


def test_another_key_of_the_same_release_gets_a_file_of_its_own(target, outbox):
    first, second = target.perform(order("k-1"), 5), target.perform(order("k-2"), 5)
    assert first.reference == NAME
    assert second.state == "done"
    assert second.reference != NAME
    assert len(files(outbox)) == 2
    assert target.read_back(order("k-2"), second, 5) == PAYLOAD


def test_a_name_is_not_given_again_after_its_file_was_taken_away(target, outbox):
    target.perform(order("k-1"), 5)
    (outbox / NAME).unlink()
    assert target.perform(order("k-2"), 5).reference != NAME


def test_somebody_elses_file_of_that_name_is_left_alone(target, outbox):
    (outbox / NAME).write_text("mine")
    outcome = target.perform(order(), 5)
    assert outcome.state == "done"
    assert (outbox / NAME).read_text() == "mine"
    assert target.read_back(order(), outcome, 5) == PAYLOAD


# --- once ---


@pytest.mark.shows("G12")
@pytest.mark.parametrize("meanwhile", ["nothing", "picked up", "deleted", "changed"])
def test_the_same_key_never_makes_two_files_whatever_happened_to_the_first(target, outbox, meanwhile):
    first = target.perform(order(), 5)
    if meanwhile == "picked up":
        pick_up(outbox)
    if meanwhile == "deleted":
        (outbox / NAME).unlink()
    if meanwhile == "changed":
        (outbox / NAME).write_text("{}")
    before = shown(outbox)
    again = FolderTarget("outbox", outbox).perform(order(), 5)
    assert (again.state, again.reference) == ("done", first.reference)
    assert shown(outbox) == before
    found = target.look_up("d1gest-1", 5)
    assert (found.state, found.reference) == ("done", NAME)


@pytest.mark.parametrize("meanwhile", ["nothing", "picked up", "deleted"])
def test_the_same_key_with_another_content_is_refused(target, outbox, meanwhile):
    target.perform(order(), 5)
    if meanwhile == "picked up":
        pick_up(outbox)
    if meanwhile == "deleted":
        (outbox / NAME).unlink()
    before = shown(outbox)
    outcome = target.perform(order(payload=OTHER), 5)
    assert outcome.state == "failed"
    assert NAME in outcome.why
    assert shown(outbox) == before


@pytest.mark.parametrize("where", ["outbox", "done"])
def test_a_file_is_known_by_its_key_even_when_the_memory_is_lost(target, outbox, where):
    target.perform(order(), 5)
    if where == "done":
        pick_up(outbox)
    shutil.rmtree(outbox / ".holdshort")
    assert target.look_up("d1gest-1", 5).state == "done"
    assert target.look_up("another", 5).state == "failed"
    assert target.perform(order(), 5).state == "done"
    assert target.perform(order(payload=OTHER), 5).state == "failed"
    assert len(files(outbox)) == 1


def test_many_at_once_with_one_key_make_one_file(target, outbox):
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda _: FolderTarget("outbox", outbox).perform(order(), 5), range(64)))
    assert {each.state for each in outcomes} == {"done"}
    assert len({each.reference for each in outcomes}) == 1
    assert len(files(outbox)) == 1
    assert not list((outbox / ".holdshort").glob("new-*"))


def test_a_picker_who_works_meanwhile_makes_nothing_happen_twice(target, outbox):
    """Lost memory and a file on its way to `done`: the hardest moment to look for it."""
    with ThreadPoolExecutor(4) as pool:
        for number in range(30):
            asked = order(f"k-{number}", release=f"r{number}")
            target.perform(asked, 5)
            shutil.rmtree(outbox / ".holdshort")
            moved = pool.submit(pick_up, outbox)
            outcomes = list(pool.map(lambda _, asked=asked: target.perform(asked, 5).state, range(3)))
            moved.result()
            assert outcomes == ["done"] * 3
    assert len(files(outbox)) == 30


def test_many_at_once_with_keys_of_their_own_lose_no_file(target, outbox):
    keys = [f"k-{number}" for number in range(48)]
    with ThreadPoolExecutor(16) as pool:
        outcomes = list(pool.map(lambda key: target.perform(order(key), 5), keys))
    assert {each.state for each in outcomes} == {"done"}
    assert sorted(json.loads(path.read_text())["key"] for path in files(outbox)) == sorted(keys)


# --- what became of it ---


def test_a_key_that_was_never_performed_is_known_not_to_have_happened(target, outbox):
    assert target.look_up("never", 5).state == "failed"
    target.perform(order(), 5)
    assert target.look_up("never", 5).state == "failed"


def test_reading_back_shows_what_stands_there_now(target, outbox):
    outcome = target.perform(order(), 5)
    pick_up(outbox)
    assert target.read_back(order(), outcome, 5) == PAYLOAD
    path = outbox / "done" / NAME
    path.write_text(json.dumps({**json.loads(path.read_text()), "payload": OTHER}))
    assert target.read_back(order(), outcome, 5) == OTHER
    path.unlink()
    assert target.read_back(order(), outcome, 5) is None


@pytest.mark.parametrize("damage", ["no folder", "claim cut", "claim gone", "a file in its place"])
def test_where_nothing_can_be_told_nothing_is_claimed(target, outbox, damage):
    target.perform(order(), 5)
    (place,) = [path for path in (outbox / ".holdshort").iterdir() if path.is_dir()]
    if damage == "no folder":
        shutil.rmtree(outbox)
    if damage == "claim cut":
        (place / "claim.json").write_bytes(b'{"file')
    if damage == "claim gone":
        (place / "claim.json").unlink()
    if damage == "a file in its place":
        shutil.rmtree(place)
        place.write_text("")
    assert target.look_up("d1gest-1", 5) is None
    outcome = target.perform(order(), 5)
    assert outcome.state == ("failed" if damage == "no folder" else "uncertain")
    assert len(files(outbox)) == (0 if damage == "no folder" else 1)


def test_a_missing_folder_is_not_made(tmp_path):
    outcome = FolderTarget("outbox", tmp_path / "share" / "outbox").perform(order(), 5)
    assert outcome.state == "failed"
    assert "not there" in outcome.why
    assert not (tmp_path / "share").exists()


def test_the_memory_keeps_no_payload(target, outbox):
    target.perform(order(), 5)
    (outbox / NAME).unlink()
    kept = b"".join(path.read_bytes() for path in outbox.rglob("*") if path.is_file())
    assert b"Kickoff" not in kept
    assert b"ana@customer.example" not in kept


# --- disks that fail ---


def test_what_was_written_is_on_the_disk_before_it_is_seen_and_its_name_before_it_is_called_done(
    target, outbox, monkeypatch
):
    """The order in which a power cut may fall: contents, claim, the file's name in the outbox."""
    events = []
    really_sync, really_rename = os.fsync, os.rename

    def note_sync(found):
        inode = os.fstat(found).st_ino
        names = [path.name for path in [outbox, *outbox.rglob("*")] if path.stat().st_ino == inode]
        events.append(f"sync {names[0].partition('-')[0]}")
        really_sync(found)

    def note_rename(old, new):
        events.append(f"rename {os.path.basename(old).partition('-')[0]}")
        really_rename(old, new)

    monkeypatch.setattr(os, "fsync", note_sync)
    monkeypatch.setattr(os, "rename", note_rename)
    assert target.perform(order(), 5).state == "done"
    claim = events[-1]
    assert events[:-1] == [
        "sync claim.json",
        "sync staged.json",
        "sync new",
        "rename new",
        "sync .holdshort",
        "rename staged.json",
        "sync outbox",
    ]
    assert claim.startswith("sync ")


CALLS = ("mkdir", "open", "fsync", "rename", "close")


def failing(monkeypatch, nth, error):
    """The nth call to the disk fails; returns the count of calls made."""
    made = []

    def wrap(module, name):
        real = getattr(module, name)

        def call(*arguments, **named):
            made.append(name)
            if len(made) == nth:
                if name == "close":
                    real(*arguments, **named)
                raise OSError(error, os.strerror(error))
            return real(*arguments, **named)

        monkeypatch.setattr(module, name, call)

    for name in CALLS:
        wrap(os, name)
    return made


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT])
def test_whichever_call_to_the_disk_fails_the_answer_is_true_and_a_second_try_makes_one_file(
    tmp_path, monkeypatch, error
):
    nth, states = 0, []
    while True:
        nth += 1
        outbox = tmp_path / str(nth)
        outbox.mkdir()
        with monkeypatch.context() as patch:
            made = failing(patch, nth, error)
            outcome = FolderTarget("outbox", outbox).perform(order(), 5)
        states.append(outcome.state)
        there = files(outbox)
        assert all(json.loads(path.read_text("utf-8"))["payload"] == PAYLOAD for path in there)
        if outcome.state == "failed":
            assert there == [], (nth, made)
        if outcome.state == "done":
            assert len(there) == 1
        assert FolderTarget("outbox", outbox).perform(order(), 5).state == "done"
        assert len(files(outbox)) == 1
        if len(made) < nth:
            break
    assert states[-1] == "done"
    assert states.count("failed") >= 8
    assert "uncertain" in states


def _killed_at(outbox, nth):
    made = 0

    def wrap(name):
        real = getattr(os, name)

        def call(*arguments, **named):
            nonlocal made
            made += 1
            if made == nth:
                os._exit(9)
            return real(*arguments, **named)

        setattr(os, name, call)

    for name in CALLS:
        wrap(name)
    FolderTarget("outbox", outbox).perform(order(), 5)
    os._exit(0)


@pytest.mark.parametrize("picker", ["leaves it", "moves it", "deletes it"])
def test_a_process_that_is_killed_anywhere_leaves_one_file_or_none_and_the_next_one_knows(tmp_path, picker):
    context = multiprocessing.get_context("fork")
    nth, kills = 0, 0
    while True:
        nth += 1
        outbox = tmp_path / str(nth)
        outbox.mkdir()
        child = context.Process(target=_killed_at, args=(outbox, nth))
        child.start()
        child.join(20)
        came_out = len(files(outbox))
        found = FolderTarget("outbox", outbox).look_up("d1gest-1", 5)
        assert found.state == ("done" if came_out else "failed"), nth
        if picker == "moves it":
            pick_up(outbox)
        if picker == "deletes it":
            for path in files(outbox):
                path.unlink()
        assert FolderTarget("outbox", outbox).perform(order(), 5).state == "done"
        expected = 0 if picker == "deletes it" and came_out else 1
        assert len(files(outbox)) == expected, nth
        if child.exitcode == 0:
            break
        kills += 1
    assert kills >= 10


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits the size of a file as Linux does")
def test_a_disk_that_takes_no_more_bytes_leaves_nothing_behind(tmp_path):
    """A real refusal by the kernel in the middle of a write, not one that is played."""
    program = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from holdshort.connectors.write.folder import FolderTarget
        from holdshort.connectors.write.outcomes import Order
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        outcome = FolderTarget("outbox", Path(sys.argv[1])).perform(Order("k", {"a": "x" * 9000}, "key", "o", "r"), 5)
        print(outcome.state)
        """
    )
    found = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "failed"
    assert files(tmp_path) == []
    assert not [path for path in (tmp_path / ".holdshort").rglob("*") if path.is_file()]


# --- names ---


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_leads_a_file_name_elsewhere(release, kind):
    stem = file_stem(release, kind)
    assert stem.replace("-", "").replace("_", "").isalnum()
    assert stem.isascii()
    assert not stem.startswith("-")
    assert 3 <= len(stem) <= 161


@pytest.mark.parametrize(
    "text", ["../../etc/passwd", "/etc/passwd", "a\0b", "..", ".", "", "C:\\x", "a\nb", "~root", "%2e%2e"]
)
def test_a_hostile_release_stays_in_the_folder(target, outbox, text):
    outcome = target.perform(order(release=text, kind=text), 5)
    assert outcome.state == "done"
    assert [path.parent for path in files(outbox)] == [outbox]


def test_no_string_of_the_attack_corpus_leaves_the_folder(shared_data, target, outbox, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda opened: None)  # names are tested here, and there are five hundred
    texts = [
        json.loads(line).get("text", "")
        for path in sorted((shared_data / "adversarial").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    for number, text in enumerate(texts):
        asked = order(f"k-{number}", {"text": text}, release=text, kind=text)
        assert target.perform(asked, 5).state == "done"
    found = files(outbox)
    assert len(found) == len(texts)
    assert {path.parent for path in found} == {outbox}
    stored = sorted(json.loads(path.read_text("utf-8"))["payload"]["text"] for path in found)
    assert stored == sorted(texts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.text("aA./ ", max_size=3)), max_size=12
    )
)
def test_any_sequence_of_performs_makes_exactly_one_file_for_each_key(tmp_path_factory, steps):
    outbox = tmp_path_factory.mktemp("outbox")
    target, first = FolderTarget("outbox", outbox), {}
    for key, body, release in steps:
        asked = order(key, {"body": body}, release=release)
        outcome = target.perform(asked, 5)
        first.setdefault(key, asked)
        assert outcome.state == ("done" if asked == first[key] else "failed")
    assert sorted(json.loads(path.read_text())["key"] for path in files(outbox)) == sorted(first)
