"""Stores that are made empty, used once and thrown away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdshort.cli.commands.test import command as prove
from holdshort.ports import Unavailable, User
from holdshort.store.throw_away import throw_away_stores
from tests.playbooks import write_playbook


def prepare(store) -> None:
    with store.transaction() as tx:
        tx.put_user(User("rae", "Rae", "rae@vendor.example", frozenset({"revops"})))


def names(store) -> list[str]:
    with store.transaction() as tx:
        return sorted(each.name for each in tx.users())


def test_each_store_begins_as_the_first_one_was_prepared() -> None:
    with throw_away_stores("sqlite", prepare) as fresh:
        for _ in range(2):
            with fresh() as store:
                assert names(store) == ["rae"]
                with store.transaction() as tx:
                    tx.put_user(User("tomas", "Tomas", "tomas@vendor.example", frozenset({"csm"})))
                assert names(store) == ["rae", "tomas"]


def test_databases_of_a_server_are_dropped_again(postgres_server) -> None:
    before = postgres_server.run("SELECT datname FROM pg_database ORDER BY 1")
    with throw_away_stores(postgres_server.url(), prepare) as fresh:
        for _ in range(2):
            with fresh() as store:
                assert names(store) == ["rae"]
    assert postgres_server.run("SELECT datname FROM pg_database ORDER BY 1") == before


def test_tests_are_lived_on_postgresql_with_the_same_answers(postgres_server, tmp_path: Path) -> None:
    playbook = write_playbook(tmp_path / "p")
    answers = [
        CliRunner().invoke(prove, [str(playbook), "--json", *more]).stdout
        for more in ((), ("--store", postgres_server.url()))
    ]
    in_memory, on_server = map(json.loads, answers)
    assert in_memory["passed"] is True
    assert in_memory == on_server


def test_a_server_that_is_away_is_said() -> None:
    with (
        pytest.raises(Unavailable, match="does not make a database"),
        throw_away_stores("postgresql://nobody@127.0.0.1:1/postgres", prepare),
    ):
        pass
