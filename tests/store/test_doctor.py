"""The doctor says in words what is safe, what is doubtful and what is dangerous, and how to mend it."""

import os
from datetime import timedelta

import pytest

from holdshort.ports import Switch
from holdshort.store import doctor, sqlite_files
from holdshort.store.backup import back_up
from holdshort.store.doctor import examine
from holdshort.store.open import open_store
from tests.store.kinds import NOON, event, opened


def found(place, name, now=NOON):
    (check,) = [each for each in examine(place.url, place.keys, now) if each.name == name]
    assert bool(check.mend) == (check.level != "ok")
    return check.level, check.words


@pytest.fixture
def store(place):
    return place.open()


def test_a_healthy_store_has_nothing_bad_and_only_lacks_a_backup(place, store):
    opened(store, "A", event(private={"name": "Ann"}))
    checks = examine(place.url, place.keys, NOON)
    assert [each.name for each in checks if each.level != "ok" and each.name != "durability"] == ["backup"]
    safety = (
        ["journal", "pages", "rights", "room", "folder"]
        if place.kind == "sqlite"
        else ["server", "durability"]
    )
    assert [each.name for each in checks] == [
        "database", *safety, "triggers", "heads", "files", "quarantine", "switches", "erasures", "backup",
    ]  # fmt: skip


def test_a_store_that_cannot_be_opened_is_one_bad_check(tmp_path, keys):
    (check,) = examine(f"sqlite:///{tmp_path}/nowhere.db", keys)
    assert (check.name, check.level) == ("database", "bad")
    assert check.mend
    assert not (tmp_path / "nowhere.db").exists()


def test_the_doctor_says_why_there_is_no_write_ahead_log(sqlite_place, monkeypatch):
    sqlite_place.open()
    monkeypatch.setattr(doctor, "wal_is_safe", lambda: False)
    level, words = found(sqlite_place, "journal")
    assert level == "ok"
    assert "WAL-reset bug" in words


def test_a_write_ahead_log_on_a_version_with_the_bug_is_bad(quick_folder, keys, monkeypatch):
    from tests.store.kinds import SqlitePlace

    monkeypatch.setattr(sqlite_files, "wal_is_safe", lambda: True)
    path = quick_folder / "wal.db"
    place = SqlitePlace(f"sqlite:///{path}", keys, path)
    place.open()
    monkeypatch.setattr(doctor, "wal_is_safe", lambda: False)
    assert found(place, "journal")[0] == "bad"
    place.close()


def test_a_file_that_others_may_reach_is_doubtful(sqlite_place):
    sqlite_place.open()
    sqlite_place.path.chmod(0o644)
    level, words = found(sqlite_place, "rights")
    assert (level, "0644" in words) == ("warn", True)


def test_a_network_folder_is_bad(sqlite_place, monkeypatch):
    sqlite_place.open()
    monkeypatch.setattr(doctor, "_file_system", lambda path: "nfs4")
    assert found(sqlite_place, "folder")[0] == "bad"


def test_a_disk_that_is_nearly_full_is_doubtful(sqlite_place, monkeypatch):
    sqlite_place.open()
    usage = type("Usage", (), {"free": 1_000_000})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: usage)
    assert found(sqlite_place, "room") == ("warn", "1 MB are free; an erasure or a backup may need 100 MB")


def test_damaged_pages_are_bad(sqlite_place):
    store = sqlite_place.open()
    opened(store, "A", *(event(text="x" * 3000) for _ in range(40)))
    pages = sqlite_place.look(
        "SELECT rootpage FROM sqlite_master WHERE name LIKE 'sqlite_autoindex_store_event_1'"
    )
    store.close()
    with sqlite_place.path.open("r+b") as file:
        file.seek((pages[0][0] - 1) * 4096 + 8)
        file.write(os.urandom(64))
    checks = examine(sqlite_place.url, sqlite_place.keys, NOON)
    assert any(each.level == "bad" for each in checks)


def test_a_missing_trigger_is_bad(place, store):
    drop = "DROP TRIGGER store_event_no_update" if place.kind == "sqlite" else (
        "DROP TRIGGER store_event_no_change ON store_event"
    )  # fmt: skip
    assert found(place, "triggers")[0] == "ok"
    with store.database.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(drop)
    try:
        assert found(place, "triggers")[0] == "bad"
    finally:
        if place.kind == "postgresql":
            place.look(
                "CREATE TRIGGER store_event_no_change BEFORE UPDATE OR DELETE ON store_event "
                "FOR EACH ROW EXECUTE FUNCTION store_refuse_change()"
            )


def test_an_onboarding_whose_last_event_is_not_the_one_written_is_bad(place, store):
    number = opened(store, "A")
    place.look(f"UPDATE store_onboarding SET version = 2 WHERE number = {number}")
    level, words = found(place, "heads")
    assert (level, str(number) in words) == ("bad", True)


def test_quarantine_and_pauses_are_named(place, store):
    with store.transaction() as tx:
        tx.set_quarantine("restored from a backup")
        tx.set_switch(Switch("lane:PLG", "rae", "test", NOON))
    assert found(place, "quarantine") == ("warn", "nothing leaves: restored from a backup")
    assert found(place, "switches") == ("warn", "paused: lane:PLG")


def test_an_erasure_that_is_not_finished_is_named(place, store):
    place.look("INSERT INTO store_fact (name, value) VALUES ('scrub', 'due')")
    assert found(place, "erasures")[0] == "warn"


def test_an_old_backup_is_doubtful_and_a_fresh_one_is_not(sqlite_place, tmp_path):
    store = sqlite_place.open()
    back_up(store, tmp_path / "b.db", NOON)
    assert found(sqlite_place, "backup", NOON + timedelta(days=1)) == (
        "ok", "the last backup by Holdshort is of 2026-03-02 12:00 UTC",
    )  # fmt: skip
    assert found(sqlite_place, "backup", NOON + timedelta(days=9)) == (
        "warn",
        "the last backup by Holdshort is 9 days old",
    )


def test_a_server_that_may_lose_commits_is_bad(postgres_place):
    postgres_place.open()
    assert found(postgres_place, "durability")[0] == "bad", "the test server runs without fsync"


def test_a_connection_never_leaves_commits_to_the_server_alone(postgres_url, postgres_server, keys):
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    postgres_server.run(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    store = open_store(postgres_url, keys)
    store.database.close()
    (setting,) = store.database.ready().connection.execute("SHOW synchronous_commit").fetchone()
    assert setting == "on"
    store.close()
