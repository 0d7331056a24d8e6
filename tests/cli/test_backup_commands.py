"""`holdshort backup` and `restore`: everything comes back, what was erased does not, and nothing leaves by itself."""

import shutil
import stat

import pytest

from tests.houses import TestHouse, house, published_house  # noqa: F401 (fixtures)


@pytest.fixture
def backed_up(house, tmp_path):
    """A house with an onboarding whose actions are due, and a backup of it."""
    house.take_in(house.record())
    house.take_in(house.record("missing-success-criteria", deal="2"))
    made = house.run("backup", tmp_path / "copy.db", "--json")
    assert made.code == 0
    return tmp_path / "copy.db"


def restored(house, backup, folder, *words):
    done = house.run("restore", backup, "--into", folder, *words)
    return done, TestHouse(folder, house.password_file)


def test_a_restored_store_is_whole_and_sends_nothing_until_somebody_has_reconciled(
    house, backed_up, tmp_path
):
    house.run("worker", "--once")
    sent_before = house.outbox
    assert sent_before
    done, new = restored(house, backed_up, tmp_path / "new")
    assert done.code == 0, done.said
    assert "QUARANTINE" in done.out
    with new.opened() as opened, house.opened() as old:
        assert [each.kind for each in opened.store.history(1)] == [
            each.kind for each in old.store.history(1)
        ][: len(opened.store.history(1))]
    held = new.run("worker", "--once", "--json")
    assert "restored from a backup" in held.lines[0]["why"]
    assert new.outbox == []
    assert new.run("pause", "--list").code == 1
    for name in ("rae", "tomas"):  # RevOps is the pause owner here, so tomas is the one who may not
        refused = new.run("resume", "--reconciled", "--reason", "compared", as_="tomas")
        assert (refused.code, name and "PAUSE-003" in refused.err) == (1, True)
    assert new.run("resume", "--reconciled", as_="ravi").code == 1
    assert new.run("resume", as_="rae").code == 0
    assert new.run("worker", "--once").code == 0
    assert new.outbox == []
    assert new.run("resume", "--reconciled", "--reason", "compared with the CRM", as_="ravi").code == 0
    new.run("worker", "--once")
    assert new.outbox == sent_before


def test_keys_are_for_their_owner_only_and_the_copy_reads_nothing_of_customers(house, backed_up, tmp_path):
    assert stat.S_IMODE((tmp_path / "copy.db.keys").stat().st_mode) == 0o600
    assert b"oldmill" not in backed_up.read_bytes()
    done, new = restored(house, backed_up, tmp_path / "new")
    assert done.code == 0
    keys = tmp_path / "new" / ".holdshort" / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in keys.iterdir()} == {0o600}
    assert new.run("audit", "verify").code == 0


def test_a_folder_without_a_playbook_gets_the_one_that_was_published(house, backed_up, tmp_path):
    _, new = restored(house, backed_up, tmp_path / "new")
    assert (new.folder / "register.yaml").read_bytes() == (house.folder / "register.yaml").read_bytes()
    assert {each["name"]: each["level"] for each in new.run("doctor", "--json").json["checks"]}[
        "playbook"
    ] == "ok"


def test_the_house_remembers_that_it_was_restored(house, backed_up, tmp_path):
    _, new = restored(house, backed_up, tmp_path / "new")
    assert new.run("audit", "log", "house", "--json").lines[-1]["words"].startswith("restored a backup of 20")


def test_nothing_is_restored_over_a_store_without_keys_or_from_nothing(house, backed_up, tmp_path):
    over, _ = restored(house, backed_up, house.folder)
    assert (over.code, "replaces nothing" in over.err) == (1, True)
    none, _ = restored(house, tmp_path / "none.db", tmp_path / "a")
    assert none.code == 2
    (tmp_path / "empty").mkdir()
    no_master, _ = restored(house, backed_up, tmp_path / "b", "--master", tmp_path / "empty")
    assert (no_master.code, "--master" in no_master.err) == (2, True)
    shutil.move(tmp_path / "copy.db.keys", tmp_path / "elsewhere")
    no_keys, _ = restored(house, backed_up, tmp_path / "c")
    assert (no_keys.code, "keys file" in no_keys.err) == (1, True)
    assert not (tmp_path / "c").exists()
    found, _ = restored(house, backed_up, tmp_path / "c", "--keys", tmp_path / "elsewhere")
    assert found.code == 0


def test_a_backup_replaces_nothing(house, backed_up):
    again = house.run("backup", backed_up)
    assert (again.code, "replaces nothing" in again.err) == (1, True)
