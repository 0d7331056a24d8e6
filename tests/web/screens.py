"""
The demo company behind the real application, made once and copied: `web_house` and `client_as`.

Django can be set up once in a process, and a test elsewhere may have done so for the store alone. So it is always set up
for the store alone first, and the screens' settings come on top for the time of a test.
"""

import shutil
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import holdshort
from holdshort.bootstrap import open_house
from holdshort.service import programs
from holdshort.store.settings import configure
from holdshort.web.current import ALIAS, HOUSE
from holdshort.web.demo_house import PASSWORD, PLAYBOOK, make_demo_house
from holdshort.web.settings import web_settings

ROLE_OF = {
    "revops": "rae", "csm": "tomas", "onboarding_manager": "ines", "implementation_lead": "hugo", "solutions_engineer": "mei",
    "finance_ops": "dora", "legal": "anselm", "security": "sol", "privacy": "petra", "support": "will",
    "product_ops": "nadia", "sales_owner": "kit", "sales_manager": "jude", "account_owner": "lena", "cs_leader": "omar",
    "deal_desk": "britt", "systems_admin": "ravi",
}  # fmt: skip
"""Role to the name of the demo's person who has it."""

STARTER = Path(holdshort.__file__).parent / "starter"
_MADE: list[Path] = []
_programs = {}
_program_of = programs.program_of


def remembered_program(published):
    """Published versions never change: a test run reads each of them once, where every house would read it anew."""
    found = _programs.get(published.digest)
    if found is None or found.version != published.version:
        found = _programs[published.digest] = _program_of(published)
    return found


@contextmanager
def screens_on(tmp_path_factory, **more):
    """Django with the screens' settings."""
    from django.conf import settings
    from django.test import override_settings

    if not settings.configured:
        folder = tmp_path_factory.mktemp("first")
        (folder / "keys").mkdir(mode=0o700)
        configure(f"sqlite:///{folder / 'never-used.sqlite'}", folder / "keys" / "master.key")
    wanted = web_settings(**more)
    before = [each for each in settings.INSTALLED_APPS if each not in wanted["INSTALLED_APPS"]]
    with override_settings(**{**wanted, "INSTALLED_APPS": [*before, *wanted["INSTALLED_APPS"]]}):
        yield


@pytest.fixture
def screens(tmp_path_factory):
    """For a test that makes its own house."""
    with screens_on(tmp_path_factory):
        yield


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory):
    """Never changed: `web_house` copies it."""
    if not _MADE:
        folder = tmp_path_factory.mktemp("demo") / "house"
        shutil.copytree(STARTER, folder / PLAYBOOK)  # a register in YAML is read faster than a spreadsheet
        with screens_on(tmp_path_factory):
            house = make_demo_house(folder)
            house.store.close()
        _MADE.append(folder)
    return _MADE[0]


@dataclass
class WebHouse:
    """A house and people in front of its screens. `house` is open; `client(name)` is signed in."""

    house: object
    clients: dict = field(default_factory=dict)

    def browser(self, **more):
        """Django's test client on the real application, nobody signed in. It checks CSRF only where it is asked to."""
        from django.test import Client

        return Client(**{HOUSE: self.house, **more})

    def sign_in(self, name, password=PASSWORD, **more):
        client = self.browser(**more)
        answer = client.post("/sign-in", {"name": name, "password": password})
        assert answer.status_code == 302, answer.content.decode()
        return client

    def client(self, name):
        if name not in self.clients:
            self.clients[name] = self.sign_in(name)
        return self.clients[name]

    @contextmanager
    def tables(self):
        """Django's own tables of this house, for a look from outside of a request."""
        before = ALIAS.set(self.house.sql_store.database.alias)
        try:
            yield
        finally:
            ALIAS.reset(before)

    def events(self):
        """How many events the store holds in all: what a page must not change by being looked at."""
        from django.db import connections

        with connections[self.house.sql_store.database.alias].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM store_event")
            return cursor.fetchone()[0]


@pytest.fixture
def web_house(demo_template, tmp_path, screens, monkeypatch):
    """The demo company: forty onboardings, a person for every role (`ROLE_OF`), everybody's password is `PASSWORD`."""
    monkeypatch.setattr(programs, "program_of", remembered_program)
    folder = tmp_path / "demo"
    shutil.copytree(demo_template, folder, copy_function=shutil.copy2)
    (folder / PLAYBOOK / ".holdshort").chmod(0o700)
    (folder / PLAYBOOK / ".holdshort" / "keys").chmod(0o700)
    house = open_house(folder / PLAYBOOK)
    yield WebHouse(house)
    house.store.close()


@pytest.fixture
def client_as(web_house):
    """`client_as("finance_ops")`: the test client of somebody with this role, signed in."""
    return lambda role: web_house.client(ROLE_OF[role])
