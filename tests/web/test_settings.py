"""Settings: people, pauses, who stands in; each change by those who may, each in the house's own log."""

import re

import pytest

from holdshort.service.house_log import entries
from tests.web.screens import PASSWORD


def last_entry(web_house):
    return entries(web_house.house.store)[-1]


def test_an_admin_adds_somebody_who_then_signs_in(web_house, client_as):
    page = client_as("systems_admin").post(
        "/settings/people/added",
        {"name": "nina", "title": "Nina Aalto", "email": "nina@lumenboard.example", "role": ["csm", "support"], "password": PASSWORD},
    )  # fmt: skip
    password = re.search(r'<code class="big">([^<]+)', page.content.decode())[1]
    assert page["Cache-Control"] == "no-store"
    assert web_house.sign_in("nina", password).get("/").status_code == 200
    entry = last_entry(web_house)
    assert (entry.kind, entry.actor, entry.body["roles"]) == ("UserAdded", "ravi", ["csm", "support"])


@pytest.mark.keeps("S14")
def test_changing_people_asks_for_the_password_each_time(web_house, client_as):
    client, before = client_as("systems_admin"), web_house.events()
    for password in ("", "wrong"):
        answer = client.post("/settings/people/will/roles", {"role": ["revops"], "password": password})
        assert answer.status_code == 409
    assert web_house.events() == before
    assert (
        client.post("/settings/people/will/roles", {"role": ["csm"], "password": PASSWORD}).status_code == 302
    )
    assert last_entry(web_house).body == {
        "user": "will",
        "roles": ["csm"],
        "given": ["csm"],
        "taken": ["support"],
    }


def test_a_refused_form_keeps_what_was_typed(client_as):
    answer = client_as("systems_admin").post(
        "/settings/people/added",
        {"name": "Bad Name", "title": "Somebody", "role": ["csm"], "password": PASSWORD},
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="Bad Name"' in page
    assert 'value="csm" checked' in page
    assert PASSWORD not in page


@pytest.mark.keeps("S14")
def test_whoever_is_kept_out_is_signed_out_everywhere(web_house, client_as):
    victim = client_as("support")
    client_as("revops").post("/settings/people/will/active", {"active": "no", "password": PASSWORD})
    assert victim.get("/").status_code == 302
    assert last_entry(web_house).kind == "UserDisabled"


def test_anybody_pauses_with_a_reason_and_every_page_says_so(web_house, client_as):
    client = client_as("support")
    assert client.post("/settings/pauses/set", {"scope": "everything", "reason": " "}).status_code == 409
    client.post("/settings/pauses/set", {"scope": "everything", "reason": "the CRM sends nonsense"})
    page = client_as("csm").get("/audit").content.decode()
    assert "Paused: everything" in page
    assert "the CRM sends nonsense" in page
    assert client_as("csm").post("/settings/pauses/taken-back", {"scope": "everything"}).status_code == 409
    assert client_as("revops").post("/settings/pauses/taken-back", {"scope": "everything"}).status_code == 302
    assert "Paused: everything" not in client.get("/").content.decode()


def test_a_lane_and_a_connector_are_paused_by_name(web_house, client_as):
    client = client_as("revops")
    for scope in ("lane:strategic account", "connector:outbox"):
        assert client.post("/settings/pauses/set", {"scope": scope, "reason": "looking"}).status_code == 302
    assert client.post("/settings/pauses/set", {"scope": "lane:no such", "reason": "x"}).status_code == 409
    with web_house.house.store.transaction() as tx:
        assert [each.scope for each in tx.switches()] == ["connector:outbox", "lane:strategic account"]


def test_the_quarantine_is_lifted_with_a_password_and_shown_until_then(web_house, client_as):
    with web_house.house.store.transaction() as tx:
        tx.set_quarantine("a backup of Monday was restored")
    client = client_as("systems_admin")
    assert "Quarantine." in client.get("/").content.decode()
    lift = {"reason": "compared with the CRM"}
    assert client.post("/settings/quarantine/lifted", lift).status_code == 409
    assert client.post("/settings/quarantine/lifted", {**lift, "password": PASSWORD}).status_code == 302
    assert "Quarantine." not in client.get("/").content.decode()


def test_somebody_stands_in_for_me_while_i_am_away(web_house, client_as):
    today = f"{web_house.house.clock.now():%Y-%m-%d}"
    before = client_as("csm").get("/?view=team").content.decode().count("data-item")
    client = client_as("finance_ops")
    assert (
        client.post("/settings/away/set", {"to": "tomas", "from": today, "until": "soon"}).status_code == 409
    )
    assert (
        client.post("/settings/away/set", {"to": "tomas", "from": today, "until": today}).status_code == 302
    )
    after = client_as("csm").get("/?view=team").content.decode().count("data-item")
    assert after > before
    assert client.post("/settings/away/ended", {"user": "dora", "to": "tomas"}).status_code == 302
    assert client_as("csm").get("/?view=team").content.decode().count("data-item") == before


def test_connectors_and_calendar_show_what_the_playbook_says(client_as):
    client = client_as("support")
    page = client.get("/settings/connectors").content.decode()
    assert "outbox" in page
    assert "folder" in page
    assert "business hours" in client.get("/settings/calendars").content.decode()
