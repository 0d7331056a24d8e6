"""Live playbooks for the commands: published once for each kind of store, copied for every test."""

import shutil

import pytest

from holdshort.service import programs
from tests.cli.live import NOW, PEOPLE, STARTER, Live, remembered_program
from tests.postgres import postgres_server  # noqa: F401 (fixture)


@pytest.fixture(autouse=True)
def remembered_programs(monkeypatch):
    monkeypatch.setattr(programs, "program_of", remembered_program)


@pytest.fixture
def at(monkeypatch):
    """Sets the present: `at("2026-03-16T15:00:00Z")`."""

    def set_now(moment):
        monkeypatch.setenv("HOLDSHORT_NOW", moment)

    set_now(NOW)
    return set_now


def _publish(folder, url=""):
    """The starter in a folder, with people and published; every role has a holder, RevOps has two."""
    from holdshort.bootstrap import open_house
    from holdshort.ports import User
    from holdshort.service.publish import candidate, publish

    shutil.copytree(STARTER, folder)
    house = open_house(folder, url)
    with house.store.transaction() as tx:
        for name, roles in PEOPLE.items():
            tx.put_user(
                User(name, name.title(), f"{name}@lumenboard.example", frozenset(roles)), f"{name} secret"
            )
            (folder / f"{name}.password").write_text(f"{name} secret\n", "utf-8")
    publish(house.flow, candidate(house.flow, folder), "rae", "tomas")
    house.store.close()


@pytest.fixture(scope="session")
def published_sqlite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("published") / "playbook"
    _publish(folder)
    return folder


@pytest.fixture(scope="session")
def published_postgres(tmp_path_factory, postgres_server):  # noqa: F811
    folder = tmp_path_factory.mktemp("published-pg") / "playbook"
    name = postgres_server.new_database()
    _publish(folder, postgres_server.url(name))
    return folder, name


@pytest.fixture
def sqlite_live(tmp_path, published_sqlite, at):
    folder = tmp_path / "playbook"
    shutil.copytree(published_sqlite, folder)
    return Live(folder)


@pytest.fixture
def postgres_live(tmp_path, published_postgres, postgres_server, at):  # noqa: F811
    template, database = published_postgres
    folder = tmp_path / "playbook"
    shutil.copytree(template, folder)
    name = postgres_server.new_database(template=database)
    yield Live(folder, postgres_server.url(name))
    postgres_server.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def live(request):
    """A published starter playbook, on SQLite and then on PostgreSQL."""
    return request.getfixturevalue({"sqlite": "sqlite_live", "postgresql": "postgres_live"}[request.param])
