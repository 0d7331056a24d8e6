"""Making, finding and bringing up to date; what is refused, and in which words."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from holdshort.ports import Unavailable
from holdshort.store import sqlite_files
from holdshort.store.open import open_store
from holdshort.store.places import place_of
from holdshort.store.sqlite_files import wal_is_safe
from tests.store.kinds import event, opened

ROOT = Path(__file__).resolve().parents[2]


def refused(url, keys, **how):
    with pytest.raises(Unavailable) as caught:
        open_store(url, keys, **how)
    assert caught.value.mend
    assert not caught.value.outcome_unknown
    return str(caught.value)


# --- places ---


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/x.db", "/var/lib/x.db"),
        ("sqlite:////a%20b/x.db", "/a b/x.db"),
        ("sqlite:///x.db", "x.db"),
    ],
)
def test_a_sqlite_url_names_an_absolute_or_a_relative_path(url, path):
    assert place_of(url).path == Path(path).absolute()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x.db",
        "sqlite://x.db",
        "sqlite:///",
        "mysql://u:secret@h/d",
        "postgresql://u:secret@h/x?nonsense=1",
    ],
)
def test_what_names_no_database_is_refused_with_examples_and_without_the_password(url):
    with pytest.raises(Unavailable) as caught:
        place_of(url)
    assert "sqlite:////" in caught.value.mend
    assert "secret" not in str(caught.value)


def test_a_postgresql_place_is_shown_without_its_password():
    place = place_of("postgresql://rae:secret@db.example/holdshort?sslmode=require")
    assert place.shown == "the PostgreSQL database `holdshort` on `db.example`"
    assert "secret" not in repr(place).replace(place.url, "")
    entry = place.database()
    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("holdshort", "rae", "secret")
    assert entry["OPTIONS"]["sslmode"] == "require"


# --- which journal ---


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 0), False), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_a_write_ahead_log_is_safe_only_where_its_bug_is_mended(version, safe):
    assert wal_is_safe(version) is safe


def settings_of(store):
    raw = store.database.ready().connection
    return {
        name: raw.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "recursive_triggers")
    }


@pytest.mark.parametrize(("safe", "mode"), [(False, "delete"), (True, "wal")])
def test_every_commit_reaches_the_disk_in_the_journal_mode_that_is_safe_here(
    quick_folder, keys, monkeypatch, safe, mode
):
    monkeypatch.setattr(sqlite_files, "wal_is_safe", lambda: safe)
    store = open_store(f"sqlite:///{quick_folder}/new-{mode}.db", keys)
    assert settings_of(store) == {
        "journal_mode": mode, "synchronous": 3, "secure_delete": 1, "foreign_keys": 1, "recursive_triggers": 1,
    }  # fmt: skip
    store.close()


def test_a_file_with_a_write_ahead_log_loses_it_where_it_is_not_safe(quick_folder, keys, monkeypatch):
    url = f"sqlite:///{quick_folder}/was-wal.db"
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_files, "wal_is_safe", lambda: True)
        store = open_store(url, keys)
        number = opened(store, "A")
        store.close()
    monkeypatch.setattr(sqlite_files, "wal_is_safe", lambda: False)
    again = open_store(url, keys)
    assert settings_of(again)["journal_mode"] == "delete"
    assert len(again.history(number)) == 1
    again.close()


def test_a_new_file_is_for_its_owner_only(quick_folder, keys):
    path = quick_folder / "new.db"
    open_store(f"sqlite:///{path}", keys).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600


# --- the layout ---


@pytest.mark.filterwarnings("ignore:Got an error checking a consistent migration history")
def test_the_migrations_make_exactly_the_tables_of_the_models(durable):
    from django.core.management import call_command

    call_command("makemigrations", "store", check=True, dry_run=True, verbosity=0)


def test_opening_again_changes_nothing_and_runs_no_migration(place, monkeypatch):
    number = opened(place.open(), "A", event(private={"name": "Ann"}))
    monkeypatch.setattr("holdshort.store.schema._migrate", None)
    assert place.open().history(number)[0].private == {"name": "Ann"}


@pytest.mark.keeps("S12")
def test_what_a_newer_holdshort_wrote_is_left_alone(place):
    store = place.open()
    with store.database.transaction() as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_later', CURRENT_TIMESTAMP)"
        )
    try:
        assert "newer Holdshort" in refused(place.url, place.keys)
    finally:
        with store.database.transaction() as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")


def test_older_tables_are_refused_where_nobody_asked_to_bring_them_up_to_date(
    quick_folder, keys, postgres_url
):
    path = quick_folder / "empty.db"
    path.touch()
    assert "layout" in refused(f"sqlite:///{path}", keys, migrate=False)
    assert path.stat().st_size == 0
    assert "layout" in refused(postgres_url, keys, migrate=False)


def test_a_database_with_other_peoples_tables_is_left_alone(quick_folder, keys):
    path = quick_folder / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE invoices (id INTEGER)")
    assert "other tables" in refused(f"sqlite:///{path}", keys)
    assert [row[0] for row in sqlite3.connect(path).execute("SELECT name FROM sqlite_master")] == ["invoices"]


def test_a_file_that_is_no_database_is_left_alone(quick_folder, keys):
    path = quick_folder / "letter.db"
    path.write_text("Dear Ann, " * 1000)
    assert "not a database" in refused(f"sqlite:///{path}", keys)
    assert path.read_text().startswith("Dear Ann")


def test_a_missing_folder_is_named(quick_folder, keys):
    assert "nowhere" in refused(f"sqlite:///{quick_folder}/nowhere/x.db", keys)


def test_a_store_without_its_master_key_is_not_given_a_new_one(sqlite_place, tmp_path):
    opened(sqlite_place.open(), "A", event(private={"name": "Ann"}))
    keys = tmp_path / "k" / "master.key"
    assert "master key" in refused(sqlite_place.url, keys)
    assert not keys.exists()


def test_another_master_key_is_noticed_at_once(place, tmp_path):
    opened(place.open(), "A", event(private={"name": "Ann"}))
    keys = tmp_path / "other" / "master.key"
    open_store(f"sqlite:///{tmp_path}/other.db", keys).close()
    assert "master key" in refused(place.url, keys)


SERVER_AWAY = "postgresql://rae@localhost:1/holdshort"


def test_a_server_that_does_not_answer_is_said_to_be_away(keys):
    assert "is away" in refused(SERVER_AWAY, keys)


def test_a_database_that_does_not_exist_is_named(postgres_server, keys):
    assert "`nobodys` on" in refused(postgres_server.url("nobodys"), keys)


# --- several programs at once ---

OPEN = """
import sys
from pathlib import Path
from holdshort.store.open import open_store
sys.stdin.readline()
open_store(sys.argv[1], Path(sys.argv[2])).close()
print("opened")
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_programs_that_start_at_once_make_the_tables_once(kind, quick_folder, keys, request):
    url = f"sqlite:///{quick_folder}/race.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    programs = [_program(OPEN, url, keys) for _ in range(3)]
    for one in programs:
        one.stdin.write(b"go\n")
        one.stdin.flush()
    ended = [one.communicate(timeout=120) for one in programs]
    assert [out for out, _ in ended] == [b"opened\n"] * 3, ended
    store = open_store(url, keys)
    assert store.counts()["reviews.open"] == 0
    store.close()


DIE = """
import os, sys
from pathlib import Path
from django.db.migrations import executor
from holdshort.store.open import open_store
steps = []
whole = executor.MigrationExecutor.apply_migration
def apply(self, *args, **named):
    if len(steps) == int(sys.argv[3]):
        os.kill(os.getpid(), 9)
    steps.append(1)
    return whole(self, *args, **named)
executor.MigrationExecutor.apply_migration = apply
open_store(sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("step", [3, 13])
def test_a_program_killed_while_it_makes_the_tables_leaves_none_and_the_next_makes_them(
    kind, step, quick_folder, keys, request
):
    url = (
        f"sqlite:///{quick_folder}/{step}.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    )
    killed = _program(DIE, url, keys, str(step))
    killed.communicate(timeout=120)
    assert killed.returncode == -9
    store = open_store(url, keys)
    assert opened(store, "A") == 1
    store.close()


def test_a_store_is_opened_without_what_only_the_web_needs(sqlite_place):
    code = "import sys; from pathlib import Path; from holdshort.store.open import open_store; "
    code += "open_store(sys.argv[1], Path(sys.argv[2])); "
    code += "print([name for name in ('django.contrib.admin', 'django.core.handlers.wsgi', 'psycopg', 'pydantic', "
    code += "'django.db.migrations.executor') if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code, sqlite_place.url, sqlite_place.keys],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.stdout == "[]\n", done.stderr


def test_importing_the_memory_store_loads_no_database():
    code = "import sys; import holdshort.store.memory; "
    code += (
        "print([name for name in ('django', 'sqlite3', 'psycopg', 'cryptography') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_a_file_put_in_the_place_of_the_open_one_is_noticed(sqlite_place):
    store = sqlite_place.open()
    before = sqlite_place.path.with_suffix(".before")
    shutil.copy(sqlite_place.path, before)
    number = opened(store, "A")
    os.replace(before, sqlite_place.path)
    assert store.history(number) == []


def test_a_file_that_vanished_is_not_made_anew(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A")
    kept = sqlite_place.path.with_suffix(".kept")
    sqlite_place.path.rename(kept)
    with pytest.raises(Unavailable):
        store.history(number)
    with pytest.raises(Unavailable), store.transaction():
        pass
    assert not sqlite_place.path.exists()
    kept.rename(sqlite_place.path)
    assert len(store.history(number)) == 1


def _program(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
    )  # fmt: skip
