"""A live playbook for tests of the commands: the starter, published, with people; on SQLite or on PostgreSQL."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import holdshort
from holdshort.bootstrap import open_house
from holdshort.cli.main import cli
from holdshort.service import programs

STARTER = Path(holdshort.__file__).parent / "starter"
NOW = "2026-03-11T15:00:00Z"
"""A Wednesday in business hours, and the moment of which the starter's records speak."""
PEOPLE = {
    "rae": ["revops"],
    "remy": ["revops"],
    "tomas": ["csm"],
    "ines": ["onboarding_manager"],
    "hugo": ["implementation_lead"],
    "dora": ["finance_ops"],
    "anselm": ["legal"],
    "sol": ["security"],
    "petra": ["privacy"],
    "kit": ["sales_owner"],
    "jude": ["sales_manager"],
    "lena": ["account_owner"],
    "omar": ["cs_leader"],
    "ravi": ["systems_admin"],
}


@cache
def starter_records() -> dict[str, dict[str, Any]]:
    from holdshort.service.acceptance import load_records

    found, faults = load_records(STARTER / "records")
    assert not faults
    return {name: dict(record) for name, record in found.items()}


def starter_record(name: str, asks: list[Any] = (), **changes: dict[str, Any]) -> dict[str, Any]:
    """A record that comes with the starter, with what is asked for and with fields of systems set."""
    record = deepcopy(starter_records()[name])
    record["proposed_actions"] = list(asks)
    for system, fields in changes.items():
        record[system] = {**record[system], **fields} if isinstance(fields, dict) else fields
    return record


def message(kind: str = "send_customer_message", **payload: Any) -> dict[str, Any]:
    content = {
        "to": ["managing.director@oldmill.example"],
        "subject": "Your start",
        "body": "We begin on Monday.",
    }
    return {"kind": kind, "payload": {**content, **payload}}


@dataclass
class Live:
    """A published playbook folder and its store; every command runs through the command line."""

    folder: Path
    url: str = ""
    sweeps: int = 0
    seen: dict[str, Any] = field(default_factory=dict)

    # --- commands ---

    def run(self, command: str, *args: Any, input: str | None = None) -> Result:
        words = [*command.split(), *map(str, args), "--playbook", str(self.folder)]
        if self.url:
            words += ["--db", self.url]
        return CliRunner().invoke(cli, words, input=input, catch_exceptions=False)

    def ok(self, command: str, *args: Any, **options: Any) -> str:
        result = self.run(command, *args, **options)
        assert result.exit_code == 0, result.output
        return result.output

    def json(self, command: str, *args: Any, exit_code: int = 0, **options: Any) -> Any:
        result = self.run(command, *args, "--json", **options)
        assert result.exit_code == exit_code, result.output
        return json.loads(result.stdout)

    def decide(self, command: str, review: str, by: str, *args: Any) -> dict[str, Any]:
        """Take a decision as `by`, with their password from a file."""
        return self.json(command, review, "--as", by, "--password-file", self.password(by), *args)

    def refused(self, command: str, review: str, by: str, *args: Any) -> dict[str, Any]:
        """A decision that is refused: exit code 1, with its code and why."""
        words = (review, "--as", by, "--password-file", self.password(by), *args)
        return self.json(command, *words, exit_code=1)["refused"]

    def password(self, name: str) -> Path:
        return self.folder / f"{name}.password"

    # --- records ---

    def take_in(self, record: dict[str, Any], *args: Any) -> dict[str, Any]:
        path = self.folder / "incoming.json"
        path.write_text(json.dumps(record), "utf-8")
        return self.json("intake", "--records", path, *args)

    def show(self, which: Any) -> dict[str, Any]:
        return self.json("show", which)

    def review(self, number: int, case: str) -> str:
        """The id of the open review on a row."""
        found = [
            each["id"]
            for each in self.show(number)["reviews"]
            if each["case"] == case and each["status"] == "open"
        ]
        assert len(found) == 1, found
        return found[0]

    def action(self, number: int, kind: str) -> dict[str, Any]:
        found = [each for each in self.show(number)["actions"] if each["kind"] == kind]
        assert len(found) == 1, found
        return found[0]

    # --- the outside ---

    def sweep(self) -> None:
        """Everything that is due now, as the worker does it."""
        with self.house() as house:
            while house.sweeper.sweep().did_something:
                self.sweeps += 1

    @contextmanager
    def house(self):
        opened = open_house(self.folder, self.url)
        try:
            yield opened
        finally:
            opened.store.close()

    def left(self) -> list[tuple[str, dict[str, Any]]]:
        """What really left the house, in the order of its ids: kind and content of each file of the outbox."""
        found = []
        for path in sorted((self.folder / "outbox").glob("*.json"), key=_by_number):
            document = json.loads(path.read_text("utf-8"))
            found.append((document["kind"], document["payload"]))
        return found

    def left_kinds(self) -> list[str]:
        return sorted(kind for kind, _ in self.left())


def _by_number(path: Path) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", path.name)[:2])


_programs: dict[str, Any] = {}


def remembered_program(published):
    """Published versions never change: a test run reads each of them once, where every command would read it anew."""
    found = _programs.get(published.digest)
    if found is None or found.version != published.version:
        found = _programs[published.digest] = _program_of(published)
    return found


_program_of = programs.program_of
