"""After an erasure nobody finds what was erased: not in the database, its old pages, or a backup and its keys."""

import json
from pathlib import Path

import pytest

from holdshort.core.audit import GENESIS, event_hash
from holdshort.ports import Rows, Unavailable
from holdshort.store.backup import back_up, restore
from holdshort.store.backup_keys import keys_path, prune
from holdshort.store.erasure import LEDGER, destroyed_keys
from holdshort.store.open import open_store
from tests.store.kinds import NOON, event, grown, opened, review, row

pytestmark = pytest.mark.keeps("S27")

PLANTED = [f"Planted-Person-{no:02d}@example.com" for no in range(50)]
OTHERS = [f"Somebody-Else-{no:02d}@example.com" for no in range(50)]


@pytest.fixture
def planted(place):
    """A store with an onboarding to erase among others, everything in several versions, so that old pages exist."""
    store = place.open()
    number = opened(store, "A", *_events(PLANTED), reviews=[review(0, 1, about=PLANTED[0])], title=PLANTED[1])
    for no, text in enumerate(OTHERS):
        opened(store, f"B{no}", event(private={"mail": text}), title=text)
    for text in PLANTED[2:10]:
        grown(
            store, number, event(private={"mail": text}), title=text, reviews=[review(number, 1, about=text)]
        )
    return store, number


def erase(store, number):
    with store.transaction() as tx:
        known = len(tx.history(number))
        tx.erase(number, {1: {"mail": "(erased)"}})
        rows = Rows(row(number, "A", title="(erased)"), (review(number, 1, about="(erased)"),))
        tx.append(number, known, [event("Erased")], rows)


def _events(texts):
    return [event(private={"mail": text, "note": f"{text} said so " * 20}) for text in texts]


def _bytes_of(place):
    """Every byte that the database has on disk, other than PostgreSQL's write-ahead log."""
    if place.kind == "sqlite":
        return b"".join(path.read_bytes() for path in place.path.parent.iterdir() if path.is_file())
    place.server.run("CHECKPOINT")
    (oid,) = place.server.run(f"SELECT oid FROM pg_database WHERE datname = '{place.name}'")[0]
    folder = place.server.folder / "base" / str(oid)
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def _secrets_of(place, number):
    """The key and the ciphertexts of an onboarding, as they lie in the tables."""
    keys = place.look(f"SELECT wrapped FROM store_subjectkey WHERE number = {number}")
    parts = place.look(f"SELECT ciphertext FROM store_eventsecret WHERE number = {number}")
    return [bytes(found[0]) for found in [*keys, *parts]]


def _found(texts, content):
    return [text for text in texts if (text if isinstance(text, bytes) else text.encode()) in content]


def test_no_private_part_ever_lies_open(place, planted):
    content = _bytes_of(place)
    listed = {*PLANTED[:10], *OTHERS}
    assert set(_found([*PLANTED, *OTHERS], content)) <= listed
    assert PLANTED[9] in _found(PLANTED, content), "the search would find what is there"


def test_after_an_erasure_nothing_is_left_in_the_database_or_its_old_pages(place, planted):
    store, number = planted
    old = _secrets_of(place, number)
    before = _bytes_of(place)
    assert old[0] in before, "the search would find what is there"
    erase(store, number)
    content = _bytes_of(place)
    assert _found(PLANTED, content) == []
    assert old[0] not in content
    if place.kind == "sqlite":
        assert _found(old, content) == []
    assert set(_found(OTHERS, content)) == set(OTHERS)
    assert [each.private for each in store.history(number)] == [{"mail": "(erased)"}] + [None] * 58
    assert store.history(number + 1)[0].private == {"mail": OTHERS[0]}


def test_after_an_erasure_the_whole_chain_still_verifies(planted):
    store, number = planted
    before = [(one.hash, one.commitment) for one in store.envelopes()]
    erase(store, number)
    after, previous = [], {}
    for one in store.envelopes():
        previous[one.number] = event_hash(
            previous.get(one.number, GENESIS),
            one.number,
            one.seq,
            one.kind,
            one.at,
            one.actor,
            one.body,
            one.commitment,
        )
        assert one.hash == previous[one.number]
        if one.kind != "Erased":
            after.append((one.hash, one.commitment))
    assert after == before


def test_the_old_key_opens_nothing_that_is_left(place, planted):
    store, number = planted
    wrapped = _secrets_of(place, number)[0]
    erase(store, number)
    key = store.sealer.unwrap(wrapped, number)
    for ciphertext in _secrets_of(place, number)[1:]:
        assert not ciphertext or _does_not_open(store.sealer, key, number, ciphertext)


def _does_not_open(sealer, key, number, ciphertext):
    from holdshort.store.sealing import CannotOpen

    for seq in range(1, 61):
        with pytest.raises(CannotOpen):
            sealer.open(key, number, seq, ciphertext)
    return True


def test_the_ledger_names_the_key_and_nothing_of_the_customer(place, planted):
    store, number = planted
    before = destroyed_keys(place.keys.parent)
    erase(store, number)
    (mine,) = destroyed_keys(place.keys.parent) - before
    assert mine.number == number
    line = (place.keys.parent / LEDGER).read_text().splitlines()[-1]
    assert sorted(json.loads(line)) == ["at", "key", "number"]


def test_an_erasure_that_fails_leaves_everything_as_it_was(planted):
    store, number = planted
    whole = store.history(number)

    def fail():
        with store.transaction() as tx:
            tx.erase(number, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.history(number) == whole


def test_old_pages_are_cleared_later_where_somebody_reads_for_too_long(sqlite_place, monkeypatch):
    import sqlite3

    monkeypatch.setattr("holdshort.store.places.LOCK_WAIT_S", 0.05)
    store = sqlite_place.open()
    number = opened(store, "A", event(private={"a": 1}), title=PLANTED[0])
    monkeypatch.setattr("holdshort.store.sql_store.scrub", lambda database: False)
    erase(store, number)
    monkeypatch.undo()
    reader = sqlite3.connect(sqlite_place.path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM store_event").fetchall()
    assert not store.scrub()
    reader.execute("COMMIT")
    reader.close()
    assert store.scrub()
    assert store.scrub()
    assert sqlite_place.look("SELECT name FROM store_fact") == []


# --- backups ---


def test_a_backup_without_its_keys_reads_nothing_of_any_customer(sqlite_place, tmp_path):
    store = sqlite_place.open()
    number = opened(
        store, "A", *_events(PLANTED[:5]), title=PLANTED[6], reviews=[review(0, 1, about=PLANTED[7])]
    )
    opened(store, "B", event(), title=OTHERS[0])
    keys = _secrets_of(sqlite_place, number)[:1]
    made = back_up(store, tmp_path / "b.db", NOON)
    content = made.path.read_bytes()
    assert _found([*PLANTED, *OTHERS, *keys], content) == []
    assert b"SQLite format 3" in content


def test_a_restore_does_not_bring_back_what_was_erased_since(place, planted, tmp_path, quick_folder, request):
    store, number = planted
    _use_tools_of(place, request)
    made = back_up(store, tmp_path / "old", NOON)
    erase(store, number)
    url = _fresh(place, quick_folder, request)
    restored = restore(made.path, url, place.keys)
    assert restored.erased == (number,)
    again = open_store(url, place.keys)
    with again.transaction() as tx:
        assert tx.quarantine() == f"restored from a backup of 2026-03-02 12:00 UTC; erased since: {number}"
    assert {each.private for each in again.history(number)} == {None}
    assert again.history(number + 1)[0].private == {"mail": OTHERS[0]}
    assert again.onboarding(number).title == "(erased)"
    assert again.reviews(number=number)[0].about == "(erased)"
    assert again.onboarding(number + 1).title == OTHERS[0]
    grown(again, number, event(private={"new": 1}))
    assert again.history(number)[-1].private == {"new": 1}
    again.close()


def test_pruning_takes_destroyed_keys_out_of_the_keys_files_of_old_backups(
    sqlite_place, tmp_path, quick_folder
):
    store = sqlite_place.open()
    number = opened(store, "A", event(private={"mail": PLANTED[0]}))
    other = opened(store, "B", event(private={"mail": OTHERS[0]}))
    made = back_up(store, tmp_path / "old.db", NOON)
    assert prune(made.keys, sqlite_place.keys.parent) == 0
    erase(store, number)
    assert prune(made.keys, sqlite_place.keys.parent) == 1
    lines = [json.loads(line) for line in made.keys.read_text().splitlines()[1:]]
    assert [line["number"] for line in lines] == [other]
    restore(made.path, f"sqlite:///{quick_folder}/again.db", sqlite_place.keys)


def test_an_old_backup_with_pruned_keys_reads_nothing_even_without_the_ledger(
    sqlite_place, tmp_path, quick_folder
):
    store = sqlite_place.open()
    number = opened(store, "A", event(private={"mail": PLANTED[0]}), title=PLANTED[1])
    made = back_up(store, tmp_path / "old.db", NOON)
    erase(store, number)
    prune(made.keys, sqlite_place.keys.parent)
    (sqlite_place.keys.parent / LEDGER).unlink()
    url = f"sqlite:///{quick_folder}/again.db"
    restore(made.path, url, sqlite_place.keys)
    again = open_store(url, sqlite_place.keys)
    assert again.history(number)[0].private is None
    assert again.onboarding(number).title == "(erased)"
    assert _found(PLANTED, Path(quick_folder / "again.db").read_bytes()) == []
    again.close()


def test_a_key_made_after_an_erasure_is_in_the_next_backup(sqlite_place, tmp_path, quick_folder):
    store = sqlite_place.open()
    number = opened(store, "A", event(private={"mail": PLANTED[0]}))
    erase(store, number)
    made = back_up(store, tmp_path / "new.db", NOON)
    url = f"sqlite:///{quick_folder}/again.db"
    assert restore(made.path, url, sqlite_place.keys).erased == ()
    again = open_store(url, sqlite_place.keys)
    assert again.history(number)[0].private == {"mail": "(erased)"}
    again.close()
    assert keys_path(made.path) == made.keys


def _use_tools_of(place, request):
    if place.kind == "postgresql":
        monkeypatch = request.getfixturevalue("monkeypatch")
        monkeypatch.setenv("HOLDSHORT_PG_BIN", str(place.server.binaries))


def _fresh(place, folder, request):
    if place.kind == "sqlite":
        return f"sqlite:///{folder}/restored.db"
    return request.getfixturevalue("postgres_url")


def test_unavailable_is_what_a_reader_gets_when_a_key_is_lost(place, planted):
    store, number = planted
    with store.database.transaction() as connection, connection.cursor() as cursor:
        cursor.execute("DELETE FROM store_subjectkey WHERE number = %s", [number])
    with pytest.raises(Unavailable, match="key of onboarding"):
        store.history(number)
