"""Two processes, one of which has only ever known version 1 of the register when version 2 is published: neither acts on the wrong one."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from holdshort.bootstrap import House
from holdshort.core.onboarding import commands as c
from holdshort.ports import PublishedRegister, User
from holdshort.service.board import onboarding_view
from holdshort.store.open import open_store
from tests.flow import town as small
from tests.flow.town import FACTS, PEOPLE, ROWS, Clock, record
from tests.store.conftest import empty_sqlite, keys, quick_folder, sqlite_place  # noqa: F401 (fixtures)

OLD, NEW = "first", "legal decides about criteria"
TASKS = {"kind": "create_kickoff_tasks", "payload": {"to": "ann@acme.example", "text": "hi"}}
ROW = "CO-EDGE-001"
"""Who decides it is written otherwise in the new version."""
NO_CRITERIA = {**FACTS, "success criteria": ""}


def files(name: str) -> dict[str, bytes]:
    rows, path = ROWS[name]
    texts = {
        "playbook.toml": small._TOML % path,
        "glossary.yaml": small._GLOSSARY,
        "clean-path.yaml": small._PATH,
        "actions.yaml": small._ACTIONS,
        "register.yaml": "cases:" + "".join(each.text() for each in rows),
    }
    return {file: text.encode() for file, text in texts.items()}


def house_at(folder: Path, url: str, keys_file: Path) -> House:
    return House(folder, url, open_store(url, keys_file), Clock(), keys_file.parent)  # type: ignore[arg-type]


def published(house: House, version: int, name: str) -> None:
    with house.store.transaction() as tx:
        tx.publish(PublishedRegister(version, name, "rob", "rae", house.clock.now(), files(name)))


def taken_in(house: House, key: int) -> int:
    number = house.flow.intake(record(key, NO_CRITERIA, house.clock.now(), (TASKS,)), "crm").number
    assert number is not None
    return number


def decide(house: House, number: int, by: str, seen: str = "") -> None:
    review = next(each for each in house.flow.state(number).open_reviews() if each.case == ROW)
    told = c.Decide(
        review.no, "J9", by, stepped_up=True, seen=seen, reason="ok", exception="ok", owner="revops"
    )
    house.flow.act(number, told, by)


def seen(house: House, number: int) -> str:
    return next(
        each.seen
        for each in onboarding_view(house.flow, number).reviews
        if (each.review.case, each.review.status) == (ROW, "open")
    )


def left(house: House) -> list[str]:
    return sorted(path.name for path in (house.folder / "outbox").glob("*.json"))


class Elsewhere:
    """Another process with a house of its own, which does what it is told and remembers what it knew."""

    def __init__(self, house: House, keys_file: Path) -> None:
        self._line, theirs = multiprocessing.Pipe()
        house.store.close()
        start = multiprocessing.get_context("fork").Process
        self._process = start(target=_serve, args=(theirs, house.folder, house.url, keys_file), daemon=True)
        self._process.start()

    def does(self, what: Callable[..., Any], *args: Any) -> Any:
        """What `what(house, memory, …)` answers there; a refusal's code where it is refused."""
        self._line.send((what, args))
        assert self._line.poll(120), "no answer"
        answer = self._line.recv()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self) -> None:
        self._process.terminate()
        self._process.join()


def _serve(line: Any, folder: Path, url: str, keys_file: Path) -> None:
    house, memory = house_at(folder, url, keys_file), {}
    while True:
        what, args = line.recv()
        try:
            line.send(what(house, memory, *args))
        except c.Refused as refused:
            line.send(refused.code)
        except Exception as error:
            line.send(RuntimeError(f"{type(error).__name__}: {error}"))


def learns(house: House, memory: dict, waits: int, released: int) -> int:
    """Read everything while version 1 is all there is."""
    memory["seen"] = seen(house, waits)
    memory["row"] = house.store.actions(number=released)[0]
    assert memory["row"].status == "released"
    return house.flow.programs.latest().version


def decides_what_it_saw(house: House, memory: dict, number: int, by: str) -> str:
    decide(house, number, by, memory["seen"])
    return "done"


def decides(house: House, memory: dict, number: int, by: str) -> str:
    decide(house, number, by)
    return "done"


def runs_what_it_read(house: House, memory: dict) -> tuple[str, str]:
    report = house.runner.run(memory["row"])
    return report.outcome, report.why


def sweeps(house: House, memory: dict) -> list[str]:
    return [each.outcome for each in house.sweeper.sweep().reports]


def takes_in(house: House, memory: dict, key: int) -> int:
    return house.flow.state(taken_in(house, key)).register


@pytest.fixture
def two(sqlite_place, tmp_path) -> Iterator[tuple[House, Elsewhere]]:  # noqa: F811
    folder = tmp_path / "playbook"
    folder.mkdir()
    house = house_at(folder, sqlite_place.url, sqlite_place.keys)
    with house.store.transaction() as tx:
        for name, roles in PEOPLE.items():
            tx.put_user(User(name, name, f"{name}@vendor.example", roles))
    published(house, 1, OLD)
    other = Elsewhere(house, sqlite_place.keys)
    yield house, other
    other.stop()
    house.store.close()


@pytest.mark.keeps("S12", "S4")
@pytest.mark.parametrize("brought_over", [True, False])
def test_a_process_that_knew_version_1_acts_on_the_version_that_counts_by_now(two, brought_over) -> None:
    """`brought_over`: the publication has brought the onboardings over; otherwise it broke off before, and they keep 1."""
    here, there = two
    waits, released = taken_in(here, 1), taken_in(here, 2)
    decide(here, released, "rae")
    assert there.does(learns, waits, released) == 1

    published(here, 2, NEW)
    if brought_over:
        for number in (waits, released):
            here.flow.act(number, c.Pin(), "rae")
        assert there.does(runs_what_it_read)[0] == "not started", (
            "it was approved under a row that reads otherwise now"
        )
        assert not left(here)
        assert there.does(decides_what_it_saw, waits, "leg") == "FLOW-011", (
            "what leg decides on is what rae once saw"
        )
        assert there.does(decides, waits, "rae") == "FLOW-010", "legal decides by now"
        assert not here.flow.state(waits).approvals
        for number in (waits, released):
            assert there.does(decides, number, "leg") == "done"
    else:
        assert there.does(decides, waits, "leg") == "FLOW-010", "this onboarding is still under version 1"
        assert there.does(decides_what_it_saw, waits, "rae") == "done"
    there.does(sweeps)
    there.does(sweeps)
    assert len(left(here)) == 2 + 2 * _tasks(here, waits), left(here)
    assert {here.flow.state(each).register for each in (waits, released)} == {2 if brought_over else 1}
    assert there.does(takes_in, 3) == taken_in_register(here, 4) == 2, (
        "whatever begins now begins under version 2"
    )


def taken_in_register(house: House, key: int) -> int:
    return house.flow.state(taken_in(house, key)).register


def _tasks(house: House, number: int) -> int:
    """What else ran for an onboarding, such as the needs-info task that the row asks for."""
    return sum(
        each.kind != "create_kickoff_tasks" and each.run == "done"
        for each in house.flow.state(number).actions.values()
    )
