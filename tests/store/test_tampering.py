"""What was written is refused to be changed, by whatever program it is tried."""

import sqlite3

import psycopg
import pytest

from holdshort.core.audit import GENESIS, Checkpoint
from holdshort.ports import PublishedRegister
from tests.store.kinds import NOON, event, opened

CHANGES = [
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE {column} IS NOT NULL",
]
TABLES = [("store_event", "hash"), ("store_register", "digest"), ("store_signedcheckpoint", "signature")]


@pytest.fixture
def written(place):
    store = place.open()
    opened(store, "A", event(private={"name": "Ann"}), event())
    store.add_checkpoint(Checkpoint(1, NOON, tuple(store.changed_heads()), GENESIS, "ab", "key"))
    with store.transaction() as tx:
        tx.publish(PublishedRegister(1, "d", "rae", "sam", NOON, {"a": b"b"}))
    return place


def kept(place, table):
    return place.look(f"SELECT count(*) FROM {table}")[0][0]


@pytest.mark.parametrize(("table", "column"), TABLES)
@pytest.mark.parametrize("change", CHANGES)
def test_events_registers_and_checkpoints_cannot_be_changed_or_deleted(written, table, column, change):
    before = kept(written, table)
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match="never change"):
        written.look(change.format(table=table, column=column))
    assert kept(written, table) == before


@pytest.mark.parametrize(("table", "column"), TABLES)
def test_they_cannot_be_replaced_in_sqlite_nor_truncated_in_postgresql(written, table, column):
    if written.kind == "sqlite":
        change = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}"
    else:
        change = f"TRUNCATE {table}"
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match="never change"):
        written.look(change)
    assert kept(written, table)


def test_an_event_cannot_be_written_twice(written):
    columns = "number, seq, kind, at, actor, body, commitment, hash, previous"
    again = f"INSERT INTO store_event ({columns}) SELECT {columns} FROM store_event"
    with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError)):
        written.look(again)
    assert kept(written, "store_event") == 2
