"""A running house for tests: the starter playbook, a real SQLite store, people with passwords. Made once and copied."""

import json
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

import holdshort
from holdshort.bootstrap import House, open_house
from holdshort.cli.main import cli
from holdshort.core.diagnostics import HoldshortError
from holdshort.ports import User
from holdshort.service.acceptance import load_records
from holdshort.service.publish import candidate, publish

STARTER = Path(holdshort.__file__).parent / "starter"
PASSWORD = "four dull words here"
PEOPLE = {
    "rae": ("revops",), "ravi": ("systems_admin",), "tomas": ("csm",), "dora": ("finance_ops",), "petra": ("privacy",),
    "anselm": ("legal",), "hugo": ("implementation_lead",), "sol": ("security",), "omar": ("cs_leader",),
    "ines": ("onboarding_manager",), "mei": ("solutions_engineer",), "lena": ("account_owner",),
    "kit": ("sales_owner",), "jude": ("sales_manager",), "britt": ("deal_desk",), "will": ("support",),
    "nadia": ("product_ops",),
}  # fmt: skip


@dataclass
class Answer:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def said(self):
        """Both streams on one line, however they were wrapped."""
        return " ".join(f"{self.out} {self.err}".split())


@dataclass
class TestHouse:
    """A playbook folder with its store, and commands on it."""

    __test__ = False
    folder: Path
    password_file: Path
    environment: dict = field(default_factory=dict)

    def run(self, *args, as_=None, stdin=None):
        """Run a command; `as_` signs in with the password that everybody has here."""
        words = [str(each) for each in args]
        if as_:
            words += ["--as", as_, "--password-file", str(self.password_file)]
        env = {"HOLDSHORT_PLAYBOOK": str(self.folder), "COLUMNS": "120", **self.environment}
        result = CliRunner().invoke(cli, words, env=env, input=stdin)
        if isinstance(result.exception, HoldshortError):  # what `main` does
            return Answer(2, result.stdout, "\n".join(map(str, result.exception.diagnostics)))
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Answer(result.exit_code, result.stdout, result.stderr)

    def open(self) -> House:
        return open_house(self.folder)

    @contextmanager
    def opened(self):
        house = self.open()
        try:
            yield house
        finally:
            house.store.close()

    def record(self, name="clean-mid-market", deal="1", **changes):
        """A record of the starter as another deal; `changes` are merged into its systems."""
        records, _ = load_records(self.folder / "records")
        made = json.loads(json.dumps(records[name]))
        made["record_id"] = f"r-{deal}"
        made["trigger"]["event_id"] = f"ev-{deal}"
        made["crm"]["opportunity_id"] = f"D-{deal}"
        for key, value in changes.items():
            made[key] = (
                {**made[key], **value}
                if isinstance(value, dict) and isinstance(made.get(key), dict)
                else value
            )
        return made

    def take_in(self, record):
        """The number of its onboarding."""
        with self.opened() as house:
            number = house.flow.intake(record, "crm").number
        assert number is not None
        return number

    @property
    def outbox(self):
        folder = self.folder / "outbox"
        return sorted(each.name for each in folder.glob("*.json")) if folder.is_dir() else []


_MADE: list[Path] = []
"""Modules import the fixture, so pytest would make it for each of them."""


@pytest.fixture(scope="session")
def published_house(tmp_path_factory):
    """Never changed: `house` copies it."""
    if not _MADE:
        _MADE.append(_make(tmp_path_factory.mktemp("house") / "playbook"))
    return _MADE[0]


def _make(folder):
    shutil.copytree(STARTER, folder)
    made = open_house(folder)
    with made.store.transaction() as tx:
        for name, roles in PEOPLE.items():
            tx.put_user(User(name, name.title(), f"{name}@lumenboard.example", frozenset(roles)), PASSWORD)
    publish(made.flow, candidate(made.flow, folder), "rae", "tomas")
    made.store.close()
    return folder


@pytest.fixture
def house(published_house, tmp_path):
    """A house with people and a published playbook."""
    folder = tmp_path / "playbook"
    shutil.copytree(published_house, folder, copy_function=shutil.copy2)
    (folder / ".holdshort").chmod(0o700)
    (folder / ".holdshort" / "keys").chmod(0o700)
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return TestHouse(folder, password)


@pytest.fixture
def empty_house(tmp_path):
    """A playbook and nobody yet; the store is made by the first command."""
    folder = tmp_path / "playbook"
    shutil.copytree(STARTER, folder)
    password = tmp_path / "password"
    password.write_text(f"{PASSWORD}\n", encoding="utf-8")
    return TestHouse(folder, password)
