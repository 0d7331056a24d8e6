"""Keys for programs on the command line: made for a service or for oneself, shown once, revoked, and all of it logged."""

import json

import pytest

from tests.houses import house, published_house  # noqa: F401

TOMORROW = "2999-01-01"


@pytest.mark.keeps("S14")
def test_a_key_is_shown_once_and_listed_without_itself(house):
    made = house.run(
        "api-key", "add", "crm-sync", "--scope", "intake:write", "--owner", "tomas", "--json", as_="ravi"
    ).json
    listed = house.run("api-key", "list", "--json").json["keys"]

    assert made["token"].startswith(f"hsk_{made['prefix']}_")
    assert [each["name"] for each in listed] == ["crm-sync"]
    assert listed[0]["standing"] == "in use"
    assert listed[0]["owner"] == "tomas"
    assert made["token"] not in json.dumps(listed)


@pytest.mark.keeps("S14")
def test_a_service_is_given_no_decisions(house):
    said = house.run("api-key", "add", "bot", "--scope", "decisions:write", as_="ravi")

    assert said.code == 1
    assert "KEY-005" in said.said


@pytest.mark.keeps("S13")
@pytest.mark.parametrize(
    ("arguments", "who", "code"),
    [
        (["bot", "--scope", "intake:write"], "tomas", "KEY-009"),
        (["bot", "--scope", "intake:writes"], "ravi", "KEY-002"),
        (["bot", "--scope", "intake:write", "--owner", "nobody"], "ravi", "KEY-007"),
        (["bot", "--scope", "intake:write", "--until", TOMORROW], "ravi", "KEY-006"),
        (["Bot!", "--scope", "intake:write"], "ravi", "KEY-001"),
    ],
)
def test_what_a_key_has_to_be(house, arguments, who, code):
    said = house.run("api-key", "add", *arguments, as_=who)

    assert said.code == 1
    assert code in said.said
    assert house.run("api-key", "list", "--json").json["keys"] == []


def test_anybody_makes_a_key_of_their_own_and_its_owner_revokes_it(house):
    made = house.run("api-key", "add", "mine", "--for-me", "--scope", "decisions:write", "--json", as_="dora")
    other = house.run("api-key", "revoke", "mine", as_="tomas")
    own = house.run("api-key", "revoke", "mine", as_="dora")
    again = house.run("api-key", "revoke", "mine", as_="dora")

    assert made.json["kind"] == "person"
    assert (other.code, own.code, again.code) == (1, 0, 1)
    assert house.run("api-key", "list", "--json").json["keys"][0]["standing"] == "revoked"


@pytest.mark.keeps("S26")
def test_every_change_of_a_key_stands_in_the_log_of_the_house(house):
    house.run("api-key", "add", "crm-sync", "--scope", "intake:write", as_="ravi")
    house.run("api-key", "revoke", "crm-sync", as_="rae")
    log = [(each["kind"], each["who"]) for each in house.run("audit", "log", "house", "--json").lines]

    assert ("ApiKeyAdded", "ravi") in log
    assert ("ApiKeyRevoked", "rae") in log
