"""`holdshort doctor`: what is wrong is named, with a mend, and nothing is changed."""

import pytest

from tests.houses import empty_house, house, published_house  # noqa: F401 (fixtures)


def checks(house):
    return {each["name"]: each for each in house.run("doctor", "--json").json["checks"]}


def test_a_house_in_order_has_nothing_bad(house):
    found = house.run("doctor", "--json")
    assert found.code == 0
    assert found.json["bad"] == 0
    for name in (
        "database",
        "journal",
        "keys",
        "clock",
        "playbook",
        "target outbox",
        "people",
        "reviews",
        "runs",
        "worker",
    ):
        assert checks(house)[name]["level"] == "ok", name


def test_without_a_store_it_says_so_and_makes_none(empty_house):
    found = empty_house.run("doctor")
    assert (found.code, "there is no store" in found.said) == (1, True)
    assert not (empty_house.folder / ".holdshort").exists()


def test_every_fault_has_a_mend(empty_house):
    empty_house.run("user", "list")
    found = empty_house.run("doctor", "--json").json["checks"]
    assert {each["name"] for each in found if each["level"] == "bad"} == {"playbook", "people"}
    assert all(each["mend"] for each in found if each["level"] != "ok")


def test_keys_that_others_may_read_are_bad(house):
    keys = house.folder / ".holdshort" / "keys"
    house.run("audit", "checkpoint")
    (keys / "signing.pem").chmod(0o644)
    assert checks(house)["keys"] == {
        "name": "keys", "level": "bad", "words": f"others may reach `{keys / 'signing.pem'}`",
        "mend": f"chmod 0600 {keys / 'signing.pem'}",
    }  # fmt: skip


def test_a_master_key_that_others_may_read_is_refused(house):
    (house.folder / ".holdshort" / "keys" / "master.key").chmod(0o644)
    refused = house.run("doctor")
    assert refused.code == 1
    assert "chmod 0600" in refused.said


def test_a_playbook_that_changed_since_it_was_published_is_worth_a_look(house):
    (house.folder / "messages" / "new.md").write_text("Hello")
    assert checks(house)["playbook"]["level"] == "warn"


def test_a_target_without_its_secret_is_bad(house):
    toml = house.folder / "playbook.toml"
    text = toml.read_text("utf-8").replace('default = "outbox"\n', 'default = "hook"\n', 1)
    text += '\n[targets.hook]\ntype = "webhook"\nurl = "https://hooks.vendor.example/x"\nsecret_env = "HOOK_SECRET_OF_TEST"\n'
    toml.write_text(text, "utf-8")
    assert house.run("publish", "--yes", as_="rae").code == 0
    found = checks(house)["target hook"]
    assert (found["level"], "HOOK_SECRET_OF_TEST" in found["words"]) == ("bad", True)
    house.environment["HOOK_SECRET_OF_TEST"] = "whsec_x"
    assert checks(house)["target hook"]["level"] == "ok"


@pytest.mark.shows("O10")
def test_a_role_that_rows_need_and_nobody_holds_is_bad(house):
    house.run("user", "disable", "sol", as_="rae")
    found = checks(house)["roles"]
    assert (found["level"], "security" in found["words"]) == ("bad", True)
    house.run("user", "roles", "will", "--none", as_="rae")
    assert "will" in checks(house)["people"]["words"]


def test_late_reviews_work_that_waits_and_a_clock_that_was_set_are_told(house):
    house.take_in(house.record("missing-success-criteria"))
    house.environment["HOLDSHORT_NOW"] = "2099-01-01T12:00:00Z"
    house.run("pause", "--reason", "x", as_="rae")
    house.run("worker", "--once")
    found = checks(house)
    assert "open reviews are late" in found["reviews"]["words"]
    assert found["worker"]["level"] == "warn"
    assert found["switches"]["level"] == "warn"
    assert found["clock"]["level"] == "warn"


def test_a_clock_behind_what_was_recorded_is_bad(house):
    house.environment["HOLDSHORT_NOW"] = "2099-01-01T12:00:00Z"
    house.take_in(house.record("missing-success-criteria"))
    house.run("user", "enable", "rae", as_="ravi")
    house.run("pause", "--reason", "x", as_="rae")
    house.run("audit", "checkpoint")
    del house.environment["HOLDSHORT_NOW"]
    found = checks(house)["clock"]
    assert (found["level"], "2099-01-01" in found["words"]) == ("bad", True)


def test_the_pause_file_is_told(house):
    (house.folder / "PAUSE").touch()
    assert checks(house)["pause file"]["level"] == "warn"


def test_the_newest_tables_are_made_on_demand(empty_house):
    assert empty_house.run("doctor", "--migrate", "--json").json["checks"][0]["level"] == "ok"
