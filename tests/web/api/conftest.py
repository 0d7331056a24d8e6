"""The demo company behind its API: keys of every kind, and calls with them."""

import json
from dataclasses import replace

import pytest

from holdshort.ports import PublishedRegister
from holdshort.service.api_keys import LONGEST_LIFE, PERSONS_ONLY, SCOPES, Wanted, add_key
from holdshort.service.programs import digest_of_files
from tests.web.screens import demo_template, screens, web_house  # noqa: F401

SERVICE = frozenset(SCOPES) - PERSONS_ONLY
ROOT = "/api/v1"


class Api:
    """Calls the API as somebody: `call("GET", "/reviews", key=api.person("dora"))`."""

    def __init__(self, web_house):
        self.web = web_house
        self.house = web_house.house
        self.browser = web_house.browser()
        self._keys = {}

    def key(self, name, kind, owner, scopes):
        if name not in self._keys:
            now = self.house.clock.now()
            wanted = Wanted(name, kind, owner, frozenset(scopes), now + LONGEST_LIFE)
            maker = owner if kind == "person" else "ravi"
            self._keys[name] = add_key(self.house.store, self.house.api_tables, wanted, maker, now)[1]
        return self._keys[name]

    def service(self, *scopes, owner="rae"):
        """A service's key with these scopes; with all that a service may have where none is named."""
        chosen = scopes or sorted(SERVICE)
        return self.key(f"s-{owner}-{'-'.join(chosen).replace(':', '.')}"[:60], "service", owner, chosen)

    def person(self, name):
        return self.key(f"p-{name}", "person", name, SCOPES)

    def call(self, method, path, body=None, key="", browser=None, **headers):
        """`body` is sent as it is where it is text, else as JSON."""
        said = body if isinstance(body, str | bytes) else "" if body is None else json.dumps(body)
        more = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        if key:
            more["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return (browser or self.browser).generic(method, f"{ROOT}{path}", said, "application/json", **more)

    def get(self, path, key):
        answer = self.call("GET", path, key=key)
        assert answer.status_code == 200, answer.content.decode()
        return answer.json()

    def record(self, deal="X-1", name="clean-mid-market"):
        """A record of the starter as another deal; the same one for the same deal."""
        made = json.loads((self.house.folder / "records" / f"{name}.json").read_text("utf-8"))
        made["record_id"] = f"r-{deal}"
        made["trigger"]["event_id"] = f"ev-{deal}"
        made["crm"]["opportunity_id"] = deal
        return made


@pytest.fixture
def api(web_house):  # noqa: F811
    return Api(web_house)


@pytest.fixture
def with_hooks(api):
    """Publishes the playbook once more with these `[hooks.…]` sections, and mapping files beside it."""

    def publish(sections, **files):
        store = api.house.store
        before = store.latest_register()
        toml = before.files["playbook.toml"] + f"\n{sections}\n".encode()
        version = before.version + 1
        whole = {**before.files, "playbook.toml": toml}
        changed = replace(before, version=version, digest=digest_of_files(whole), files=whole)
        assert isinstance(changed, PublishedRegister)
        with store.transaction() as tx:
            tx.publish(changed)
        for name, text in files.items():
            (api.house.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        return api

    return publish
