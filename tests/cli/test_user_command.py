"""`holdshort user`: people come, go and change only as the rules say, and every change is written down."""

import os
import stat

import pytest

from tests.houses import PASSWORD, empty_house, house, published_house  # noqa: F401 (fixtures)


def log(house):
    return [each["words"] for each in house.run("audit", "log", "house", "--json").lines]


def test_the_first_person_is_added_by_whoever_has_the_store_and_then_nobody_without_a_name(empty_house):
    added = empty_house.run(
        "user", "add", "rae", "--role", "RevOps", "--password-file", empty_house.password_file
    )
    assert (added.code, added.out) == (0, "Added rae: RevOps.\n")
    second = empty_house.run("user", "add", "tomas", "--role", "csm", "--generate")
    assert (second.code, "--as USER" in second.err) == (2, True)
    third = empty_house.run("user", "add", "tomas", "--role", "CS", "--generate", "--json", as_="rae")
    assert third.code == 0
    assert third.json["roles"] == ["csm"]
    with empty_house.opened() as opened:
        assert opened.store.password_is("rae", PASSWORD)
        assert opened.store.password_is("tomas", third.json["password"])
    assert log(empty_house)[1:] == ["added rae (roles: revops)", "added tomas (roles: csm)"]


def test_the_first_person_has_to_be_able_to_add_the_others(empty_house):
    refused = empty_house.run(
        "user", "add", "tomas", "--role", "csm", "--password-file", empty_house.password_file
    )
    assert (refused.code, "USER-009" in refused.err) == (1, True)
    assert empty_house.run("user", "list", "--json").json["users"] == []


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["user", "add", "new", "--role", "csm", "--generate"], "USER-006"),
        (["user", "roles", "dora", "legal"], "USER-006"),
        (["user", "disable", "dora"], "USER-006"),
        (["user", "password", "dora", "--generate"], "USER-006"),
        (["user", "delegate", "dora", "tomas", "--until", "2099-01-01"], "USER-006"),
    ],
)
def test_only_a_systems_admin_or_revops_changes_people(house, command, code):
    refused = house.run(*command, as_="tomas")
    assert (refused.code, code in refused.err) == (1, True)
    assert house.run("audit", "log", "house", "--json").lines == []


def test_a_wrong_password_changes_nothing_and_does_not_say_what_was_wrong(house, tmp_path):
    (tmp_path / "wrong").write_text("not the password")
    answers = [
        house.run("user", "roles", "dora", "legal", "--as", name, "--password-file", tmp_path / "wrong")
        for name in ("rae", "nobody")
    ]
    assert {each.code for each in answers} == {1}
    assert answers[0].err == answers[1].err


def test_nobody_gives_themselves_a_role_or_somebody_elses_reviews(house):
    assert "USER-011" in house.run("user", "roles", "rae", "revops", "legal", as_="rae").err
    assert (
        "USER-011" in house.run("user", "delegate", "anselm", "rae", "--until", "2099-01-01", as_="rae").err
    )
    assert house.run("user", "roles", "rae", "revops", as_="rae").code == 0
    assert house.run("user", "roles", "rae", "revops", "legal", as_="ravi").code == 0


def test_somebody_who_may_change_people_always_stays(house):
    assert house.run("user", "disable", "ravi", as_="rae").code == 0
    for command in (["disable", "rae"], ["roles", "rae", "csm"], ["roles", "rae", "--none"]):
        assert "USER-0" in house.run("user", *command, as_="rae").err
    assert "USER-008" in house.run("user", "disable", "rae", as_="rae").err


@pytest.mark.parametrize(
    "password",
    ["short", "eleven char", "tomas1234567", "tomas.tomas.", "aaaaaaaaaaaaaa", "password1234", "x" * 300],
)
def test_a_password_that_is_short_plain_or_the_own_name_is_refused(house, tmp_path, password):
    (tmp_path / "new").write_text(password)
    refused = house.run("user", "password", "tomas", "--new-password-file", tmp_path / "new", as_="tomas")
    assert (refused.code, "USER-00" in refused.err) == (1, True)
    assert password not in refused.err


def test_people_set_their_own_password_and_an_admin_any(house, tmp_path):
    (tmp_path / "new").write_text("another four dull words\n")
    assert (
        house.run("user", "password", "tomas", "--new-password-file", tmp_path / "new", as_="tomas").code == 0
    )
    made = house.run("user", "password", "dora", "--generate", "--json", as_="ravi").json["password"]
    with house.opened() as opened:
        assert opened.store.password_is("tomas", "another four dull words")
        assert opened.store.password_is("dora", made)
    assert made not in str(log(house))


def test_no_option_takes_a_password_itself(house):
    from holdshort.cli.commands.user import command

    for each in command.commands.values():
        assert [name for option in each.params for name in option.opts if name == "--password"] == []


def test_who_is_disabled_cannot_sign_in_until_enabled(house):
    assert house.run("user", "disable", "tomas", as_="rae").code == 0
    assert house.run("pause", "--reason", "x", as_="tomas").code == 1
    assert house.run("user", "enable", "tomas", as_="rae").code == 0
    assert house.run("pause", "--reason", "x", as_="tomas").code == 0
    assert log(house)[1:3] == ["disabled tomas", "enabled tomas"]


# --- out of office ---


def test_a_stand_in_decides_while_the_other_is_away_and_not_before_or_after(house):
    from datetime import UTC, datetime

    from holdshort.core.onboarding.people import Standing
    from holdshort.service.flow import directory

    done = house.run(
        "user", "delegate", "anselm", "petra", "--from", "2099-12-21", "--until", "2099-12-24", as_="anselm"
    )
    assert (done.code, "petra stands in for anselm" in done.out) == (0, True)
    with house.opened() as opened, opened.store.transaction() as tx:
        people = directory(tx)
    for day, standing in (
        (20, None),
        (21, Standing("legal", "anselm")),
        (24, Standing("legal", "anselm")),
        (25, None),
    ):
        assert people.standing("petra", ["legal"], datetime(2099, 12, day, 12, tzinfo=UTC)) == standing
    ended = house.run("user", "delegate", "anselm", "petra", "--cancel", "--json", as_="petra")
    assert ended.json == {"ended": 1}
    assert house.run("user", "list", "--json").json["delegations"] == []
    assert [each.split(" (")[0] for each in log(house)[1:]] == [
        "anselm is stood in for by petra", "anselm is not stood in for by petra any more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["anselm", "anselm", "--until", "2099-01-01"], 1),
        (["anselm", "petra", "--until", "2001-01-01"], 1),
        (["anselm", "petra", "--from", "2099-01-02", "--until", "2099-01-01"], 1),
        (["anselm", "petr", "--until", "2099-01-01"], 1),
        (["anselm", "petra", "--until", "next week"], 2),
        (["anselm", "petra"], 2),
    ],
)
def test_a_delegation_that_makes_no_sense_is_refused(house, words, code):
    assert house.run("user", "delegate", *words, as_="anselm").code == code


# --- the people of the playbook ---


def test_the_playbooks_people_get_accounts_after_a_dry_run(empty_house, tmp_path):
    dry = empty_house.run("user", "from-playbook", "--json")
    assert (dry.code, len(dry.json["would_add"])) == (0, 17)
    assert empty_house.run("user", "list", "--json").json["users"] == []
    out = tmp_path / "passwords"
    made = empty_house.run("user", "from-playbook", "--write", "--out", out)
    assert made.code == 0
    assert stat.S_IMODE(os.stat(out).st_mode) == 0o600
    passwords = dict(line.split("\t")[::2] for line in out.read_text().splitlines())
    assert not any(each in made.said for each in passwords.values())
    with empty_house.opened() as opened:
        assert opened.store.password_is("rae", passwords["rae"])
    again = empty_house.run("user", "from-playbook", "--json")
    assert again.json == {"would_add": [], "faults": []}


def test_one_person_with_several_roles_is_one_account_and_one_without_an_address_is_named(empty_house):
    toml = empty_house.folder / "playbook.toml"
    text = toml.read_text("utf-8")
    text = text.replace(
        '["Dora Kessler <dora@lumenboard.example>"]', '["Rae Olsen <rae@lumenboard.example>"]'
    )
    toml.write_text(text.replace('["Sol Haddad <sol@lumenboard.example>"]', '["Sol Haddad"]'), "utf-8")
    dry = empty_house.run("user", "from-playbook", "--json")
    rae = next(each for each in dry.json["would_add"] if each["name"] == "rae")
    assert rae["roles"] == ["finance_ops", "revops"]
    assert dry.code == 1
    assert dry.json["faults"] == ["security: `Sol Haddad` has no e-mail address, so it gets no account"]


def test_a_title_cannot_steer_the_terminal(house):
    house.run("user", "add", "evil", "--title", "\x1b[31mRed\u202e", "--role", "csm", "--generate", as_="rae")
    shown = house.run("user", "list")
    assert "\x1b" not in shown.out
    assert "[U+202E]" in shown.out


@pytest.mark.parametrize("name", ["Rae", "rae olsen", "-rae", "räe", "", "x" * 80])
def test_a_name_that_commands_cannot_carry_is_refused(house, name):
    assert house.run(
        "user", "add", "--role", "csm", "--generate", *(["--"] if name[:1] != "-" else ["--"]), name
    ).code in (1, 2)
