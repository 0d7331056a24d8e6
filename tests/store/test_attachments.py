"""Bytes of attached files: kept with the act that names them or not at all, and gone for good after an erasure."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdshort.ports import Conflict, Rows
from holdshort.store.backup import back_up, restore
from holdshort.store.doctor import examine
from holdshort.store.file_sealing import FileSealer
from holdshort.store.open import open_store
from tests.store.kinds import event, opened

ROOT = Path(__file__).resolve().parents[2]
CONTENT = b"%PDF-1.7 the signed amendment of Planted-Person@example.com " * 40


@pytest.fixture(autouse=True)
def tools(request, monkeypatch):
    if "postgres_server" in request.fixturenames or "postgresql" in request.node.name:
        server = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("HOLDSHORT_PG_BIN", str(server.binaries))


def attached(store, number, no=1, content=CONTENT):
    """As `service.attaching` does it: event and bytes in one transaction. Gives the key."""
    key, sealed = FileSealer().seal(content)
    body = {"attachment": no, "sealed_digest": hashlib.sha256(sealed).hexdigest()}
    row = store.onboarding(number)
    with store.transaction() as tx:
        known = len(tx.history(number))
        tx.attach(number, no, sealed)
        new = event("EvidenceAttached", {"key": key, "name": "amendment.pdf"}, **body)
        tx.append(number, known, [new], Rows(row))
    return key


def erased(store, number):
    with store.transaction() as tx:
        tx.erase(number, {})
        tx.drop_attachments(number)


def test_the_bytes_of_a_file_come_back_as_they_were_and_its_number_is_given_once(store):
    number = opened(store, "A")
    key = attached(store, number)
    assert FileSealer().open(key, store.attachment(number, 1)) == CONTENT
    assert store.attachment(number, 2) is None
    with pytest.raises(Conflict), store.transaction() as tx:
        tx.attach(number, 1, b"another")
    assert FileSealer().open(key, store.attachment(number, 1)) == CONTENT


def test_nothing_of_a_file_is_kept_where_its_act_fails(store):
    number = opened(store, "A")

    def fail():
        with store.transaction() as tx:
            tx.attach(number, 1, b"sealed")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.attachment(number, 1) is None


@pytest.mark.keeps("S27")
def test_an_erasure_takes_the_bytes_of_that_onboarding_and_of_no_other(store):
    number, other = opened(store, "A"), opened(store, "B")
    attached(store, number)
    key = attached(store, other)
    erased(store, number)
    assert store.attachment(number, 1) is None
    assert FileSealer().open(key, store.attachment(other, 1)) == CONTENT


def test_a_file_opens_under_its_own_key_alone_and_says_when_it_was_changed():
    key, sealed = FileSealer().seal(CONTENT)
    another, _ = FileSealer().seal(CONTENT)
    changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
    assert CONTENT[:20] not in sealed
    assert FileSealer().open(key, sealed) == CONTENT
    for wrong in ((another, sealed), (key, changed), (key, b""), ("", sealed), ("no base 64 !", sealed)):
        assert FileSealer().open(*wrong) is None


@pytest.mark.keeps("S11")
def test_a_backup_brings_files_back_but_not_those_that_were_erased_since(place, quick_folder, request):
    store = place.open()
    number, other = opened(store, "A"), opened(store, "B")
    attached(store, number)
    key = attached(store, other)
    back_up(store, quick_folder / "night.backup")
    erased(store, number)
    fresh = (
        f"sqlite:///{quick_folder}/restored.db"
        if place.kind == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    restore(quick_folder / "night.backup", fresh, place.keys)
    again = open_store(fresh, place.keys)
    try:
        assert again.attachment(number, 1) is None
        assert FileSealer().open(key, again.attachment(other, 1)) == CONTENT
        assert files_check(fresh, place.keys).level == "ok"
    finally:
        again.close()


def files_check(url, keys):
    return next(each for each in examine(url, keys) if each.name == "files")


@pytest.mark.keeps("S27")
def test_the_doctor_finds_a_file_that_is_gone_or_was_changed(place):
    store = place.open()
    number, other = opened(store, "A"), opened(store, "B")
    attached(store, number)
    attached(store, other)
    assert files_check(place.url, place.keys).level == "ok"
    place.look(f"UPDATE store_attachment SET ciphertext = 'other' WHERE number = {number}")
    changed = files_check(place.url, place.keys)
    place.look("DELETE FROM store_attachment")
    gone = files_check(place.url, place.keys)
    assert (changed.level, gone.level) == ("bad", "bad")
    assert changed.words.startswith("1 attached file")
    assert gone.words.startswith("2 attached files")
    assert f"onboarding {number}, file 1" in gone.words


def test_a_store_from_before_files_gets_their_table_and_keeps_everything(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A", event(private={"name": "Ann"}))
    before = store.history(number)
    store.close()
    sqlite_place.look("DROP TABLE store_attachment")
    sqlite_place.look("DELETE FROM django_migrations WHERE app = 'store' AND name = '0003_attachments'")
    newer = sqlite_place.open()
    assert newer.history(number) == before
    assert FileSealer().open(attached(newer, number), newer.attachment(number, 1)) == CONTENT


@pytest.mark.keeps("S11")
def test_a_backup_from_before_files_is_restored(place, quick_folder, request):
    store = place.open()
    number = opened(store, "A", event(private={"name": "Ann"}))
    before = store.history(number)
    place.look("DROP TABLE store_attachment")
    place.look("DELETE FROM django_migrations WHERE app = 'store' AND name = '0003_attachments'")
    back_up(store, quick_folder / "old.backup")
    store.close()
    fresh = (
        f"sqlite:///{quick_folder}/restored.db"
        if place.kind == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    restore(quick_folder / "old.backup", fresh, place.keys)
    place.open()  # which makes the table again, for the tests that share this database
    again = open_store(fresh, place.keys)
    try:
        assert again.history(number) == before
        assert files_check(fresh, place.keys).level == "ok"
    finally:
        again.close()


FILL = """
import resource, sys
from pathlib import Path
from holdshort.ports import Unavailable
from holdshort.store.open import open_store
from tests.store.kinds import event
from tests.store.test_attachments import attached
store, number = open_store(sys.argv[1], Path(sys.argv[2])), int(sys.argv[3])
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
room = store.database.place.path.stat().st_size + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
try:
    attached(store, number, 1, b"x" * 1_000_000)
except Unavailable as fault:
    print(fault.outcome_unknown, fault)
assert len(store.history(number)) == 1
assert store.attachment(number, 1) is None
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
attached(store, number, 1, b"x" * 1_000_000)
print(len(store.history(number)))
"""


@pytest.mark.keeps("S9")
def test_a_full_disk_keeps_neither_the_file_nor_its_event_and_the_next_try_goes_through(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A")
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", FILL, sqlite_place.url, sqlite_place.keys, str(number)],
        capture_output=True, text=True, cwd=ROOT, timeout=60, env={**os.environ},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fault, count = done.stdout.splitlines()
    assert "disk" in fault
    assert count == "2"
