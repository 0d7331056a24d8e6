"""Backups are made while the store is in use, come back whole, replace nothing, and start in quarantine."""

import shutil
import stat
import threading

import pytest

from holdshort.ports import PublishedRegister, Switch, Unavailable, User
from holdshort.store.backup import back_up, restore
from holdshort.store.open import open_store
from tests.store.kinds import NOON, action, event, grown, opened, review

pytestmark = pytest.mark.keeps("S11")


@pytest.fixture(autouse=True)
def tools(request, monkeypatch):
    if "postgres_server" in request.fixturenames or "postgresql" in request.node.name:
        server = request.getfixturevalue("postgres_server")
        monkeypatch.setenv("HOLDSHORT_PG_BIN", str(server.binaries))


@pytest.fixture
def filled(place):
    store = place.open()
    opened(
        store, "A", event(private={"name": "Ann"}), event(x=1), reviews=[review(0, 1)],
        actions=[action(0, 1, status="released", due_at=NOON)],
    )  # fmt: skip
    opened(store, "B", event(), title="Österreich")
    with store.transaction() as tx:
        tx.mark("op:1")
        tx.put_user(User("rae", "Rae", "rae@example.com", frozenset({"RevOps"})))
        tx.set_switch(Switch("everything", "rae", "audit", NOON))
        tx.publish(PublishedRegister(1, "d", "rae", "sam", NOON, {"a": b"b"}))
    return store


@pytest.fixture
def fresh(place, quick_folder, request):
    """A place to restore to."""
    if place.kind == "sqlite":
        return f"sqlite:///{quick_folder}/restored.db"
    return request.getfixturevalue("postgres_url")


def everything(store):
    with store.transaction() as tx:
        known = (tx.marked("op:1"), tx.users(), tx.switches())
    return (
        [store.history(number) for number in (1, 2, 3)],
        [(one.number, one.seq, one.hash) for one in store.envelopes()],
        store.onboardings(),
        store.onboardings(search="öster"),
        store.reviews(status=""),
        store.actions(),
        store.latest_register(),
        store.changed_heads(),
        store.counts(),
        known,
    )


def test_a_restored_store_has_everything_and_lets_nothing_leave(filled, place, fresh, tmp_path):
    made = back_up(filled, tmp_path / "b", NOON)
    restored = restore(made.path, fresh, place.keys)
    again = open_store(fresh, place.keys)
    assert everything(again) == everything(filled)
    with again.transaction() as tx:
        assert tx.quarantine() == restored.quarantine == "restored from a backup of 2026-03-02 12:00 UTC"
    numbers = [row.number for row in again.onboardings()]
    grown(again, numbers[0], event(private={"more": 1}))
    assert opened(again, "C") not in numbers
    again.close()


def test_a_backup_is_of_one_moment_while_others_write(filled, place, fresh, tmp_path):
    number = filled.number_of("B")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            grown(filled, number, event(), event(), stage=f"v{len(filled.history(number)) + 2}")
        filled.close()

    writer = threading.Thread(target=write)
    writer.start()
    made = back_up(filled, tmp_path / "b", NOON)
    stop.set()
    writer.join()
    restore(made.path, fresh, place.keys)
    again = open_store(fresh, place.keys)
    version = len(again.history(number))
    assert version % 2 == 1
    assert again.onboarding(number).stage in (f"v{version}", "handoff")
    again.close()


def test_a_backup_and_its_keys_are_for_their_owner_only_and_replace_nothing(filled, tmp_path):
    made = back_up(filled, tmp_path / "b", NOON)
    before = [path.read_bytes() for path in (made.path, made.keys)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (made.path, made.keys)} == {0o600}
    for taken in (made.path, made.keys):
        taken.rename(taken.with_suffix(".away"))
        with pytest.raises(Unavailable, match="replaces nothing"):
            back_up(filled, tmp_path / "b", NOON)
        taken.with_suffix(".away").rename(taken)
    assert [path.read_bytes() for path in (made.path, made.keys)] == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "b.keys"]


def test_a_restore_replaces_nothing(filled, place, tmp_path):
    made = back_up(filled, tmp_path / "b", NOON)
    with pytest.raises(Unavailable, match="replaces nothing"):
        restore(made.path, place.url, place.keys)
    with filled.transaction() as tx:
        assert tx.quarantine() == ""


def test_a_backup_in_a_folder_that_is_missing_is_refused_and_leaves_nothing(filled, tmp_path):
    with pytest.raises(Unavailable) as caught:
        back_up(filled, tmp_path / "nowhere" / "b", NOON)
    assert caught.value.mend
    assert list(tmp_path.iterdir()) == []


# --- what cannot be restored ---


@pytest.fixture
def backup(sqlite_place, tmp_path):
    store = sqlite_place.open()
    opened(store, "A", event(private={"name": "Ann"}))
    return back_up(store, tmp_path / "b.db", NOON)


def refused(path, folder, keys, **how):
    with pytest.raises(Unavailable) as caught:
        restore(path, f"sqlite:///{folder}/restored.db", keys, **how)
    assert caught.value.mend
    assert [each.name for each in folder.iterdir() if "restore" in each.name] == []
    return str(caught.value)


def test_a_backup_without_its_keys_file_is_refused(backup, quick_folder, keys):
    moved = backup.keys.rename(backup.keys.with_name("elsewhere"))
    assert "no keys file" in refused(backup.path, quick_folder, keys)
    restore(backup.path, f"sqlite:///{quick_folder}/restored.db", keys, moved)


def test_a_backup_of_another_master_key_is_refused(backup, quick_folder, tmp_path):
    other = tmp_path / "other" / "master.key"
    open_store(f"sqlite:///{quick_folder}/other.db", other).close()
    assert "master key" in refused(backup.path, quick_folder, other)


def test_a_keys_file_that_is_none_is_refused(backup, quick_folder, keys):
    backup.keys.write_text("hello\n")
    assert "keys file" in refused(backup.path, quick_folder, keys)


def test_a_damaged_backup_is_refused(backup, quick_folder, keys):
    content = bytearray(backup.path.read_bytes())
    content[4096 * 3 : 4096 * 6] = bytes(4096 * 3)
    backup.path.write_bytes(content)
    refused(backup.path, quick_folder, keys)
    backup.path.write_bytes(b"Dear Ann")
    refused(backup.path, quick_folder, keys)


def test_a_copy_of_the_database_file_is_no_backup(sqlite_place, backup, quick_folder, keys):
    backup.path.unlink()
    shutil.copy(sqlite_place.path, backup.path)
    assert "no backup" in refused(backup.path, quick_folder, keys)


def test_where_the_tools_of_postgresql_are_missing_the_message_says_what_to_install(
    postgres_place, tmp_path, monkeypatch
):
    monkeypatch.setenv("HOLDSHORT_PG_BIN", str(tmp_path))
    with pytest.raises(Unavailable, match="pg_dump") as caught:
        back_up(postgres_place.open(), tmp_path / "b", NOON)
    assert "install" in caught.value.mend
    assert list(tmp_path.iterdir()) == []
