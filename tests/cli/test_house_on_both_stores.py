"""People, pauses, erasure and the audit log through the commands, on SQLite and on PostgreSQL."""

import pytest

from tests.cli.live import starter_record

EMAIL = "dana.kim@oldmill.example"


def acting(live, name):
    return "--as", name, "--password-file", live.password(name)


@pytest.fixture
def number(live):
    record = starter_record("missing-success-criteria", ["create_kickoff_tasks"])
    record["notes"] = [{"id": "N1", "source": "crm_note", "text": f"Dana Kim <{EMAIL}> is keen"}]
    return live.take_in(record)["number"]


def test_people_pauses_and_publications_are_one_log_that_verifies(live, number):
    live.ok("user add nora --role csm --generate", *acting(live, "rae"))
    live.ok("user roles nora csm support", *acting(live, "ravi"))
    live.ok("pause --reason trial", *acting(live, "tomas"))
    live.ok("resume", *acting(live, "rae"))
    house = live.run("audit log house --json").output
    for kind in ("UserAdded", "UserRolesChanged", "Paused", "Resumed"):
        assert kind in house
    live.ok("audit checkpoint")
    live.ok("audit verify")
    found = {each["name"]: each["level"] for each in live.json("doctor", exit_code=1)["checks"]}
    assert (found["audit log"], found["heads"], found["roles"]) == (
        "ok",
        "ok",
        "bad",
    )  # nobody is deal desk here


def test_a_person_goes_and_the_log_verifies(live, number):
    live.ok("worker --once")
    done = live.json(
        "erase", number, "--person", EMAIL, "--request", "DSR-1", "--yes", *acting(live, "petra")
    )
    assert done["left"] == []
    with live.house() as house:
        assert EMAIL not in str(house.store.history(number))
        assert "Dana Kim" not in str(house.store.history(number))
    live.ok("audit verify")


def test_a_legal_hold_blocks_it(live, number):
    live.ok("legal-hold place", number, "--reason", "case 12", *acting(live, "anselm"))
    words = ("--person", EMAIL, "--request", "DSR-1", "--yes", *acting(live, "petra"))
    refused = live.json("erase", number, *words, exit_code=1)
    assert "case 12" in refused["refused"]["why"]
