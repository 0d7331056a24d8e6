"""Onboardings that an older version left waiting in every way go on with this one: nothing moved, nothing twice, none stuck."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.state import STATES, Onboarding
from holdshort.execution.runner import Runner
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Unavailable, User
from holdshort.service.flow import Flow
from holdshort.service.programs import Programs
from holdshort.store.open import open_store
from tests.fixtures.reading import summary
from tests.flow.town import PEOPLE, Clock, Effect, Outside

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
ABOUT = json.loads((FIXTURES / "paused.json").read_text("utf-8"))
LEFT: dict[int, dict[str, Any]] = {each["number"]: each for each in ABOUT["onboardings"]}
CODES = ("J9", "J1", "J7")
"""What a willing person tries on a review: allow what waits, accept the route, or say no."""


class Resumed:
    """The fixture in a folder of its own, opened by this version, at the moment at which it was left."""

    def __init__(self, folder: Path) -> None:
        self.path, self.key = folder / "paused.sqlite", folder / "keys" / "master.key"
        self.key.parent.mkdir(mode=0o700)
        self.key.touch(0o600)
        self.key.write_bytes(base64.b64decode(ABOUT["master_key_of_this_fixture_only"]))
        self.path.write_bytes(gzip.decompress((FIXTURES / "paused.sqlite.gz").read_bytes()))
        self.path.chmod(0o600)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.path}"

    def open(self) -> None:
        self.store = open_store(self.url, self.key)
        self.clock = Clock(datetime.fromisoformat(ABOUT["at"]))
        self.flow = Flow(self.store, Programs(self.store), self.clock, lambda address: f"#{address}")
        self.outside = Outside(self.clock)
        for key in ABOUT["happened"]:
            self.outside.effects.append(Effect(key, "", b"", "", "", self.clock.now()))
        runner = Runner(self.flow, "w1", lambda state, name: self.outside)
        self.sweeper = Sweeper(self.store, self.flow, runner, self.clock)

    def look(self, statement: str) -> list[Any]:
        connection = sqlite3.connect(self.path)
        try:
            return connection.execute(statement).fetchall()
        finally:
            connection.close()

    def steps(self) -> set[str]:
        return {f"{app}.{name}" for app, name in self.look("SELECT app, name FROM django_migrations")}

    def events(self) -> list[Any]:
        return self.look("SELECT * FROM store_event ORDER BY 1, 2")


@pytest.fixture
def resumed(quick_folder):
    made = Resumed(quick_folder)
    made.open()
    yield made
    made.store.close()


def test_it_waits_in_every_state_and_in_every_way() -> None:
    """Or what follows would show little."""
    reviews = {(each["state"], review["about"]) for each in LEFT.values() for review in each["reviews"]}
    assert {each["state"] for each in LEFT.values()} == set(STATES)
    for state in set(STATES) - {"closed", "accepted"}:
        assert {(state, "action"), (state, "run"), (state, "hold")} <= reviews, state
    assert {"finding", "action", "run", "hold"} == {about for _, about in reviews}
    runs = {action["run"] for each in LEFT.values() for action in each["actions"]}
    assert runs == {"", "released", "attempting", "done", "failed", "uncertain"}
    assert any(review["claimed_by"] for each in LEFT.values() for review in each["reviews"])
    assert any(approval["ended"] for each in LEFT.values() for approval in each["approvals"])


@pytest.mark.keeps("S12")
def test_the_same_decisions_are_open_and_show_what_they_showed(resumed) -> None:
    for number, left in LEFT.items():
        name = left["name"]
        now = summary(resumed.flow, resumed.store, number)
        assert {"name": name, "number": number, **now} == left, name


@pytest.mark.keeps("S12")
def test_looking_again_changes_nothing(resumed) -> None:
    for number in LEFT:
        assert not resumed.flow.act(number, c.Recheck(), "clock").events, LEFT[number]["name"]


@pytest.mark.keeps("S12")
def test_all_go_on_to_an_end_and_nothing_that_was_done_is_done_again(resumed) -> None:
    people = _willing(resumed)
    for number in LEFT:
        if resumed.flow.state(number).is_closed:
            resumed.flow.act(number, c.Reopen("rae", "they are back"), "rae")
    for _ in range(12):
        resumed.clock.jump(hours=9)
        while resumed.sweeper.sweep().did_something:
            resumed.clock.jump(seconds=1)
        if not [number for number in LEFT if _waits(resumed.flow.state(number))]:
            break
        for number in LEFT:
            _decide_everything(resumed, number, people)
    stuck = {LEFT[number]["name"]: _waits(resumed.flow.state(number)) for number in LEFT}
    assert not {name: what for name, what in stuck.items() if what}
    keys = [each.key for each in resumed.outside.effects]
    assert len(keys) == len(set(keys))
    for number, left in LEFT.items():
        after = resumed.flow.state(number).actions
        for action in left["actions"]:
            if action["run"] == "done":
                assert (after[action["no"]].run, after[action["no"]].attempt) == ("done", action["attempt"])
                assert action["key"] not in keys, f"{left['name']}: a{action['no']} was done again"


def _willing(resumed: Resumed) -> dict[str, list[str]]:
    """For each role three people who have had nothing to do with anything."""
    roles = {role for own in PEOPLE.values() for role in own} | {"account_owner", "sales_owner"}
    people = {role: [f"{role} {no}" for no in range(3)] for role in sorted(roles)}
    with resumed.store.transaction() as tx:
        for role, names in people.items():
            for name in names:
                tx.put_user(User(name, name, f"{name.replace(' ', '.')}@vendor.example", frozenset([role])))
    return people


def _waits(state: Onboarding) -> list[str]:
    reviews = [f"review {each.no} {each.case} {each.about}" for each in state.open_reviews()]
    actions = [f"a{each.no} {each.kind} {each.run}" for each in state.actions.values() if each.is_open]
    return reviews + actions


def _decide_everything(resumed: Resumed, number: int, people: dict[str, list[str]]) -> None:
    for review in list(resumed.flow.state(number).open_reviews()):
        for role in review.all_roles:
            for name in people.get(role, ()):
                if resumed.flow.state(number).reviews[review.no].status == "open":
                    _try(resumed, number, review, name)


def _try(resumed: Resumed, number: int, review: Any, name: str) -> None:
    if review.about == "run":
        action = resumed.flow.state(number).actions[review.action]
        happened = any(each.key == action.key for each in resumed.outside.effects)
        told: list[c.Command] = [c.Resolve(action.no, happened, name)]
    else:
        more = {"stepped_up": True, "reason": "looked", "exception": "agreed", "owner": "revops"}
        told = [c.Decide(review.no, code, name, **more) for code in CODES]  # type: ignore[arg-type]
    for command in told:
        try:
            resumed.flow.act(number, command, name)
        except c.Refused:
            continue
        return


# --- layouts ------------------------------------------------------------------------------------------------

DIE = """
import os, sys
from pathlib import Path
from django.db.migrations import executor
from holdshort.store.open import open_store
apply = executor.MigrationExecutor.apply_migration
def dies(self, *args, **named):
    done = apply(self, *args, **named)
    os.kill(os.getpid(), 9)
    return done
executor.MigrationExecutor.apply_migration = dies
open_store(sys.argv[1], Path(sys.argv[2]))
"""


@pytest.mark.keeps("S12", "S1")
def test_killed_while_it_brings_an_older_layout_up_to_date_it_leaves_the_older_one_and_the_next_does_it(
    quick_folder,
) -> None:
    older = Resumed(quick_folder)
    steps, events = older.steps(), older.events()
    assert steps == set(ABOUT["migrations"])
    killed = subprocess.run([sys.executable, "-c", DIE, older.url, str(older.key)], timeout=120)
    assert killed.returncode == -9, "the fixture is of an older layout, so that there is a step to die in"
    assert (older.steps(), older.events()) == (steps, events)
    with pytest.raises(Unavailable, match="layout"):
        open_store(older.url, older.key, migrate=False)
    older.open()
    assert older.steps() > steps
    assert older.events() == events
    number = next(iter(LEFT))
    assert summary(older.flow, older.store, number)["reviews"] == LEFT[number]["reviews"]
    older.store.close()
