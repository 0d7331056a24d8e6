"""What goes wrong beneath: the words that a person reads, nothing half done, and going on by itself afterwards."""

import contextlib
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from holdshort.ports import Conflict, Rows, Unavailable
from holdshort.store import connections
from holdshort.store.faults import foretold
from holdshort.store.places import Place, place_of
from tests.store.kinds import event, grown, opened, review

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.keeps("S9")


def refused(what):
    with pytest.raises(Unavailable) as caught:
        what()
    assert caught.value.mend
    return caught.value


def raw(store):
    return store.database.ready().connection


# --- SQLite ---


def test_a_file_that_may_only_be_read_is_said_to_be(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A")
    raw(store).execute("PRAGMA query_only=ON")
    fault = refused(lambda: grown(store, number, event()))
    assert "read-only" in str(fault)
    assert not fault.outcome_unknown
    grown(store, number, event())
    assert len(store.history(number)) == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may write everything")
def test_a_file_without_the_right_to_write_can_be_read_but_not_written(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A")
    store.close()
    sqlite_place.path.chmod(0o400)
    assert len(store.history(number)) == 1
    assert "read-only" in str(refused(lambda: grown(store, number, event())))
    sqlite_place.path.chmod(0o600)
    grown(store, number, event())


@pytest.fixture
def impatient(monkeypatch, sqlite_place):
    monkeypatch.setattr("holdshort.store.places.LOCK_WAIT_S", 0.05)
    return sqlite_place.open()


def test_a_file_that_another_program_holds_is_said_to_be_locked(sqlite_place, impatient):
    number = opened(impatient, "A")
    other = sqlite3.connect(sqlite_place.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    for act in (lambda: grown(impatient, number, event()), lambda: impatient.history(number)):
        fault = refused(act)
        assert "locked" in str(fault)
        assert not fault.outcome_unknown
    other.execute("COMMIT")
    other.close()
    grown(impatient, number, event())
    assert len(impatient.history(number)) == 2


def test_a_reader_that_stays_makes_a_commit_fail_wholly(sqlite_place, impatient):
    number = opened(impatient, "A")
    other = sqlite3.connect(sqlite_place.path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM store_event").fetchall()
    fault = refused(lambda: grown(impatient, number, event()))
    assert "locked" in str(fault)
    assert not fault.outcome_unknown
    other.execute("COMMIT")
    other.close()
    assert len(impatient.history(number)) == 1
    grown(impatient, number, event())
    assert len(impatient.history(number)) == 2


FILL = """
import resource, sys
from pathlib import Path
from holdshort.ports import Unavailable
from holdshort.store.open import open_store
from tests.store.kinds import event, grown
store, number = open_store(sys.argv[1], Path(sys.argv[2])), int(sys.argv[3])
limits = resource.getrlimit(resource.RLIMIT_FSIZE)
room = store.database.place.path.stat().st_size + 40_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
written = 0
try:
    for written in range(1000):
        grown(store, number, event(text="x" * 2000))
except Unavailable as fault:
    print(written, fault.outcome_unknown, fault)
for _ in range(3):
    try:
        grown(store, number, event(text="x" * 9000))
    except Unavailable:
        pass
    else:
        print("wrote beyond the limit")
assert len(store.history(number)) == written + 1
resource.setrlimit(resource.RLIMIT_FSIZE, limits)
grown(store, number, event())
print(len(store.history(number)))
"""


def test_a_full_disk_refuses_the_whole_act_and_the_next_one_goes_through_when_there_is_room(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A")
    store.close()
    done = subprocess.run(
        [sys.executable, "-c", FILL, sqlite_place.url, sqlite_place.keys, str(number)],
        capture_output=True, text=True, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fault, count = done.stdout.splitlines()
    written, unknown, words = fault.split(" ", 2)
    assert 0 < int(written) < 100
    assert "disk" in words
    assert int(count) == int(written) + 2
    assert len(store.history(number)) == int(count)
    assert sqlite_place.look("PRAGMA integrity_check") == [("ok",)]


def test_a_damaged_file_is_said_to_be_damaged(sqlite_place):
    store = sqlite_place.open()
    number = opened(store, "A", *(event(text="x" * 3000) for _ in range(20)))
    store.close()
    with sqlite_place.path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(sqlite_place.path.stat().st_size - 4096))
    assert "damaged" in str(refused(lambda: store.history(number)))


@pytest.mark.parametrize(
    ("name", "words", "unknown"),
    [
        ("SQLITE_FULL", "full", False),
        ("SQLITE_IOERR_FSYNC", "refused to read or write", True),
        ("SQLITE_IOERR_DIR_FSYNC", "refused to read or write", True),
        ("SQLITE_BUSY_SNAPSHOT", "locked", False),
        ("SQLITE_READONLY_DBMOVED", "read-only", False),
        ("SQLITE_CANTOPEN_ISDIR", "cannot be opened", False),
    ],
)
def test_only_a_disk_that_fails_at_the_commit_leaves_the_outcome_unknown(name, words, unknown):
    error = sqlite3.OperationalError("…")
    error.sqlite_errorname = name
    fault = foretold(error, place_of("sqlite:////x.db"), committing=True)
    assert words in str(fault)
    assert fault.outcome_unknown is unknown


# --- PostgreSQL ---


def postgres_error(state):
    import psycopg

    return psycopg.errors.lookup(state)("…")


@pytest.mark.parametrize(
    ("state", "words", "unknown"),
    [
        ("57P01", "going down", True), ("08006", "is away", True), ("58030", "disk", True), ("53100", "full", False),
        ("25006", "read-only", False), ("55P03", "locked", False), ("57014", "too long", False),
        ("53300", "no connection left", False), ("42501", "right", False), ("XX001", "damage", True),
        ("28P01", "sign-in", False), ("3D000", "does not exist", False), ("25P03", "fell silent", False),
    ],
)  # fmt: skip
def test_every_fault_of_postgresql_has_words_and_only_a_commit_without_reply_is_unknown(
    state, words, unknown
):
    place = Place("postgresql://", conninfo={"dbname": "x"})
    fault = foretold(postgres_error(state), place, committing=True)
    assert isinstance(fault, Unavailable)
    assert words in str(fault)
    assert fault.mend
    assert fault.outcome_unknown is unknown
    assert not foretold(postgres_error(state), place).outcome_unknown


@pytest.mark.parametrize("state", ["23505", "40001", "40P01"])
def test_a_taken_key_and_a_deadlock_mean_that_somebody_else_wrote_first(state):
    assert isinstance(foretold(postgres_error(state), Place("postgresql://")), Conflict)


def test_a_fault_of_our_own_is_not_hidden():
    assert foretold(postgres_error("22012"), Place("postgresql://")) is None
    assert foretold(ZeroDivisionError(), Place("postgresql://")) is None
    assert foretold(sqlite3.ProgrammingError("…"), place_of("sqlite:////x.db")) is None


def test_an_error_that_somebody_swallowed_does_not_turn_the_commit_into_a_silent_rollback(postgres_place):
    """PostgreSQL answers COMMIT after an error with a rollback, and the driver says nothing."""
    import psycopg

    store = postgres_place.open()
    number = opened(store, "A")
    too_large = review(number, 2**40)

    def act():
        with store.transaction() as tx:
            tx.mark("op:1")
            with contextlib.suppress(psycopg.DataError):
                tx.append(number, 1, [event()], Rows(store.onboarding(number), (too_large,)))

    with pytest.raises(psycopg.DataError):
        act()
    with store.transaction() as tx:
        assert not tx.marked("op:1")
    assert len(store.history(number)) == 1


def test_a_lock_that_is_held_for_too_long_is_said_to_be(postgres_place):
    store = postgres_place.open()
    number = opened(store, "A")
    held, done = threading.Event(), threading.Event()

    def hold():
        with store.transaction() as tx:
            tx.history(number)
            held.set()
            done.wait(20)
        store.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    raw(store).execute("SET lock_timeout = 50")
    fault = refused(lambda: grown(store, number, event()))
    done.set()
    holder.join()
    assert "locked" in str(fault)
    assert not fault.outcome_unknown
    grown(store, number, event())
    assert len(store.history(number)) == 2


@pytest.mark.keeps("S10")
def test_a_connection_that_the_server_ended_is_replaced_unseen(postgres_place, monkeypatch):
    monkeypatch.setattr(connections, "TRUSTED_FOR_S", 0.0)
    store = postgres_place.open()
    number = opened(store, "A")
    for act in (lambda: store.history(number), lambda: grown(store, number, event())):
        end_connections(postgres_place)
        act()
    assert len(store.history(number)) == 2


@pytest.mark.keeps("S10")
def test_a_read_is_done_again_when_its_connection_turns_out_dead(postgres_place):
    store = postgres_place.open()
    number = opened(store, "A")
    end_connections(postgres_place)
    assert len(store.history(number)) == 1


@pytest.mark.keeps("S10")
def test_a_connection_that_ends_within_an_act_undoes_the_act(postgres_place):
    store = postgres_place.open()
    number = opened(store, "A")

    def act():
        with store.transaction() as tx:
            tx.mark("op:1")
            end_connections(postgres_place)
            tx.mark("op:2")

    assert not refused(act).outcome_unknown
    with store.transaction() as tx:
        assert not tx.marked("op:1")
    assert len(store.history(number)) == 1


def end_connections(place):
    place.server.run(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        f"WHERE datname = '{place.name}' AND pid <> pg_backend_pid()"
    )


@pytest.mark.keeps("S10")
def test_a_server_that_stops_and_comes_back_loses_nothing_that_was_acknowledged(postgres_place):
    store = postgres_place.open()
    number = opened(store, "A")
    acknowledged, failed, stop = [], [], threading.Event()

    def work():
        no = 0
        while not stop.is_set():
            no += 1
            try:
                with store.transaction() as tx:
                    tx.mark(f"op:{no}")
                    known = tx.history(number)
                    was = store.onboarding(number)
                    tx.append(number, len(known), [event(no=no)], Rows(was))
                acknowledged.append(no)
            except Unavailable as fault:
                failed.append((no, fault.outcome_unknown))
                time.sleep(0.01)
        store.close()

    worker = threading.Thread(target=work)
    worker.start()
    for how in ("immediate", "fast"):
        _wait_for_more(acknowledged, 3)
        postgres_place.server.stop(how)
        _wait_for_more(failed, 1)
        postgres_place.server.start()
    _wait_for_more(acknowledged, 3)
    stop.set()
    worker.join()
    written = {each.body["no"] for each in store.history(number)[1:]}
    unknown = {no for no, is_unknown in failed if is_unknown}
    assert failed
    assert set(acknowledged) <= written
    assert written <= set(acknowledged) | unknown
    with store.transaction() as tx:
        assert all(
            tx.marked(f"op:{no}") == (no in written) for no in [*acknowledged, *(no for no, _ in failed)]
        )


def _wait_for_more(things, more):
    end, wanted = time.monotonic() + 60, len(things) + more
    while len(things) < wanted:
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.mark.keeps("S10")
@pytest.mark.parametrize("reaches_server", [True, False])
def test_a_commit_without_a_reply_is_unknown_and_its_mark_tells_which_it_was(
    postgres_place, tmp_path, reaches_server
):
    from holdshort.store.open import open_store

    number = opened(postgres_place.open(), "A")
    with Cutter(postgres_place.url, Path("/tmp") if len(str(tmp_path)) > 80 else tmp_path) as cutter:
        store = open_store(cutter.url, postgres_place.keys)
        cutter.forward_commit = reaches_server
        cutter.armed = True

        def act():
            with store.transaction() as tx:
                tx.mark("op:1")
                tx.append(number, 1, [event()], Rows(store.onboarding(number)))

        fault = refused(act)
        assert fault.outcome_unknown
        cutter.armed = False
        with store.transaction() as tx:
            assert tx.marked("op:1") is reaches_server
        assert len(store.history(number)) == (2 if reaches_server else 1)
        store.close()


class Cutter:
    """Stands between the store and the server's socket; when armed it cuts the line at COMMIT."""

    def __init__(self, url: str, folder: Path) -> None:
        import psycopg.conninfo

        known = psycopg.conninfo.conninfo_to_dict(url)
        self._server = Path(known["host"]) / f".s.PGSQL.{known.get('port') or 5432}"
        self._path = folder / ".s.PGSQL.5432"
        self.url = f"postgresql://{known['user']}@/{known['dbname']}?host={folder}"
        self.armed = False
        self.forward_commit = True

    def __enter__(self):
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self._path))
        self._listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()
        self._path.unlink()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self._server))
            threading.Thread(target=self._to_server, args=(client, server), daemon=True).start()
            threading.Thread(target=self._to_client, args=(server, client), daemon=True).start()

    def _to_server(self, client, server):
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self.armed and b"COMMIT" in data:
                    self._cut(client, server, data)
                    return
                server.sendall(data)

    def _cut(self, client, server, data):
        """The client's line goes first, so that no reply can reach it."""
        client.shutdown(socket.SHUT_RDWR)
        if self.forward_commit:
            server.sendall(data)
            time.sleep(0.3)
        server.shutdown(socket.SHUT_RDWR)

    def _to_client(self, server, client):
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
