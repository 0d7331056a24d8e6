"""playbook.toml for a running store: review limits, approvals, caps, routes and targets; every fault with its mend."""

import os
import re
import tomllib
from dataclasses import fields
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdshort.core.actions import read_catalogue
from holdshort.core.business_time import BusinessHours
from holdshort.core.playbook import Settings, read_settings
from holdshort.core.settings_operations import OUTBOX
from holdshort.core.settings_reading import Operations, check_route
from holdshort.core.settings_targets import OPTIONS

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs/reference/playbook.md").read_text("utf-8")
STARTER = (ROOT / "src/holdshort/starter/playbook.toml").read_text("utf-8")
EXAMPLE = (
    re.search(r"^## playbook.toml\n\n```toml\n(.*?)^```", PAGE, re.M | re.S).group(1).replace(", ...]", "]")
)
HOUR = timedelta(hours=1)
MAIL = """
[targets.mail]
type = "smtp"
host = "smtp.vendor.example"
from = "onboarding@vendor.example"
allowed_recipient_domains = ["Customer.example"]
"""
HOOK = """
[targets.zap]
type = "webhook"
url = "https://hooks.vendor.example/catch"
secret_env = "ZAP_SECRET"
"""


def read(text):
    """Settings of a file without a fault."""
    found, faults = read_settings(tomllib.loads(text), "playbook.toml")
    assert faults == []
    return found


def faults(text):
    """What is wrong with a file: code and place of each fault, all of which say how to mend it."""
    found = read_settings(tomllib.loads(text), "playbook.toml")[1]
    assert all(each.mend and each.where.file == "playbook.toml" for each in found)
    return [(each.code, each.where.column) for each in found]


def kept(text):
    """The settings of a file, whatever is wrong in it."""
    return read_settings(tomllib.loads(text), "playbook.toml")[0]


# --- without them, and with all of them ---


def test_an_older_file_still_reads_and_sends_nothing_anywhere():
    found = read('name = "Old"\n[calendar]\nzone = "Europe/Berlin"\n')
    assert found.sla.by_tier == {"low": 40 * HOUR, "medium": 16 * HOUR, "high": 8 * HOUR, "hold": 4 * HOUR}
    assert (found.sla.at_risk, found.sla.owners) == (0.75, {})
    assert (found.approvals.valid, found.approvals.by_tier) == (72 * HOUR, {})
    assert (found.limits.per_hour, found.limits.per_recipient_per_day, found.limits.per_minute) == (
        200,
        5,
        {},
    )
    assert found.targets == {"outbox": OUTBOX}
    assert found.target_for("send_timeline", "customer-facing") == OUTBOX
    assert found.facts_folder == ""
    assert found.hours == BusinessHours(found.calendar, time(9), time(17))


def test_settings_made_in_code_have_the_same_defaults_as_an_empty_file():
    ours = [each.name for each in fields(Operations)]
    assert [getattr(read(""), name) for name in ours] == [getattr(Settings(), name) for name in ours]


def test_the_starter_playbook_ships_a_folder_and_nothing_else():
    found = read(STARTER)
    assert {name: target.type for name, target in found.targets.items()} == {"outbox": "folder"}
    assert found.route == {"default": "outbox"}
    ours = [each.name for each in fields(Operations)]
    assert [getattr(found, name) for name in ours] == [getattr(Settings(), name) for name in ours]


def test_the_example_of_the_reference_reads_without_a_fault():
    found = read(EXAMPLE)
    assert found.hours == BusinessHours(found.calendar, time(9), time(17, 30))
    assert found.sla.limit("hold", "legal") == 8 * HOUR
    assert found.sla.limit("low", "legal") == found.sla.limit("low", "revops") == 40 * HOUR
    assert {found.sla.limit(tier, "privacy") for tier in ("low", "medium", "high", "hold")} == {24 * HOUR}
    assert found.limits.per_minute == {"zap": 60}
    assert found.facts_folder == "facts"
    assert found.targets["mail"].options == {
        "host": "smtp.vendor.example", "port": 587, "from": "onboarding@vendor.example", "user": "onboarding",
        "password_env": "HOLDSHORT_SMTP_PASSWORD", "starttls": True,
        "allowed_recipient_domains": ("customer.example",),
    }  # fmt: skip
    assert {target.type for target in found.targets.values()} == set(OPTIONS)


def test_the_reference_lists_every_setting_and_every_option_of_every_type():
    assert [name for options in OPTIONS.values() for name in options if f"`{name}`" not in PAGE] == []
    assert [kind for kind in OPTIONS if f"| `{kind}` |" not in PAGE] == []

    def keys(table):
        for key, value in table.items():
            yield key
            if isinstance(value, dict):
                yield from keys(value)

    settled = set(keys(tomllib.loads(STARTER))) - {"outbox"}
    written = set(keys(tomllib.loads(EXAMPLE)))
    assert {"sla", "approvals", "limits", "route", "targets", "facts", "opens", "closes"} <= settled
    assert (
        settled & {"low", "medium", "high", "hold", "at_risk", "valid_hours", "per_hour", "folder"} <= written
    )
    assert {"owners", "connectors", "look_up_url", "secret_env", "password_env"} <= written


# --- hours ---


@pytest.mark.parametrize(
    ("written", "opens", "closes"),
    [
        ('opens = "08:30"', time(8, 30), time(17)),
        ('opens = "8:30"\ncloses = "12:00"', time(8, 30), time(12)),
        ('opens = "00:00"\ncloses = "24:00"', time(0), time(0)),
        ("opens = 07:15:00\ncloses = 19:00:00", time(7, 15), time(19)),
    ],
)
def test_business_hours_are_times_of_one_day(written, opens, closes):
    found = read(f"[calendar]\n{written}")
    assert (found.opens, found.closes) == (opens, closes)
    assert found.hours.calendar is found.calendar


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ('opens = "9am"', "PLAY-007", "calendar > opens"),
        ("opens = 9", "PLAY-007", "calendar > opens"),
        ('opens = "24:00"', "PLAY-007", "calendar > opens"),
        ("opens = 09:00:30", "PLAY-007", "calendar > opens"),
        ('closes = "17:60"', "PLAY-007", "calendar > closes"),
        ('closes = "24:01"', "PLAY-007", "calendar > closes"),
        ('closes = "00:00"', "PLAY-008", "calendar > closes"),
        ('opens = "22:00"\ncloses = "06:00"', "PLAY-008", "calendar > closes"),
        ('opens = "17:00"', "PLAY-008", "calendar > closes"),
        ('close = "17:00"', "PLAY-001", "calendar > close"),
    ],
)
def test_hours_that_are_none_are_said_and_the_usual_ones_count(written, code, place):
    text = f"[calendar]\n{written}"
    assert faults(text) == [(code, place)]
    assert kept(text).hours == BusinessHours(kept(text).calendar, time(9), time(17))


# --- reviews and approvals ---


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ('[sla]\nlow = "40"', "PLAY-021", "sla > low"),
        ("[sla]\nhold = 0", "PLAY-021", "sla > hold"),
        ("[sla]\nhold = -4", "PLAY-021", "sla > hold"),
        ("[sla]\nhold = nan", "PLAY-021", "sla > hold"),
        ("[sla]\nhold = inf", "PLAY-021", "sla > hold"),
        ("[sla]\nhold = true", "PLAY-021", "sla > hold"),
        ("[sla]\nhold = 10001", "PLAY-021", "sla > hold"),
        ("[sla]\nat_risk = 0", "PLAY-022", "sla > at_risk"),
        ("[sla]\nat_risk = 75", "PLAY-022", "sla > at_risk"),
        ("[sla]\nat_risk = nan", "PLAY-022", "sla > at_risk"),
        ('[sla]\nat_risk = "most"', "PLAY-022", "sla > at_risk"),
        ("[sla]\nurgent = 1", "PLAY-001", "sla > urgent"),
        ("sla = 8", "PLAY-020", "sla"),
        ("[sla]\nowners = 8", "PLAY-020", "sla > owners"),
        ("[sla.owners]\nlegl = 8", "PLAY-006", "sla > owners > legl"),
        ("[sla.owners]\nlegal = []", "PLAY-021", "sla > owners > legal"),
        ("[sla.owners]\nlegal = {hihg = 8}", "PLAY-001", "sla > owners > legal > hihg"),
        ("[sla.owners]\nlegal = {high = 0}", "PLAY-021", "sla > owners > legal > high"),
    ],
)
def test_a_limit_that_is_none_is_said_and_the_usual_one_counts(written, code, place):
    assert faults(written) == [(code, place)]
    assert [kept(written).sla.limit(tier, "legal") for tier in ("low", "high", "hold")] == [
        40 * HOUR,
        8 * HOUR,
        4 * HOUR,
    ]
    assert kept(written).sla.at_risk == 0.75


def test_a_limit_may_be_a_part_of_an_hour():
    assert read("[sla]\nhold = 0.25\nat_risk = 1").sla.limit("hold", "csm") == timedelta(minutes=15)


APPROVED = datetime(2026, 3, 28, 12, tzinfo=UTC)


def test_an_approval_expires_by_the_clock_over_weekends_and_clock_changes():
    """From Saturday noon, over the night in which the clocks of Europe go forward."""
    assert read("").approvals.expires_at(APPROVED, "low") == APPROVED + 72 * HOUR
    assert (
        read("[approvals]\nvalid_hours = 12").approvals.expires_at(APPROVED, "hold") == APPROVED + 12 * HOUR
    )
    mixed = read("[approvals]\nvalid_hours = {high = 24, hold = 1.5}").approvals
    assert [(mixed.expires_at(APPROVED, tier) - APPROVED) / HOUR for tier in ("low", "medium", "high", "hold")] == [
        72, 72, 24, 1.5,
    ]  # fmt: skip
    other = read("[approvals]\nvalid_hours = {default = 48, high = 24}").approvals
    assert [(other.expires_at(APPROVED, tier) - APPROVED) / HOUR for tier in ("low", "high", "hold")] == [
        48,
        24,
        48,
    ]


@pytest.mark.parametrize(
    ("written", "code", "place"),
    [
        ('valid_hours = "72"', "PLAY-021", "approvals > valid_hours"),
        ("valid_hours = 0", "PLAY-021", "approvals > valid_hours"),
        ("valid_hours = {high = 0}", "PLAY-021", "approvals > valid_hours > high"),
        ("valid_hours = {default = false}", "PLAY-021", "approvals > valid_hours > default"),
    ],
)
def test_an_approval_whose_life_cannot_be_read_has_the_shortest_one(written, code, place):
    text = f"[approvals]\n{written}"
    assert faults(text) == [(code, place)]
    assert kept(text).approvals.expires_at(APPROVED, "high") == APPROVED + HOUR


def test_a_misspelt_setting_of_approvals_is_said():
    assert faults("[approvals]\nvalid_hour = 4") == [("PLAY-001", "approvals > valid_hour")]
    assert faults("[approvals]\nvalid_hours = {hihg = 4}") == [("PLAY-001", "approvals > valid_hours > hihg")]


# --- caps ---


@pytest.mark.parametrize("value", ["0", "-1", "1.5", '"200"', "true", "[]", "1000001"])
def test_a_cap_that_cannot_be_read_is_the_tightest_one(value):
    text = f"[limits]\nper_hour = {value}\nper_recipient_per_day = {value}\n[limits.connectors]\noutbox = {value}"
    assert faults(text) == [
        ("PLAY-033", "limits > connectors > outbox"),
        ("PLAY-033", "limits > per_hour"),
        ("PLAY-033", "limits > per_recipient_per_day"),
    ]
    limits = kept(text).limits
    assert (limits.per_hour, limits.per_recipient_per_day, limits.per_minute) == (1, 1, {"outbox": 1})


def test_a_cap_for_something_that_is_no_target_is_said():
    assert faults("[limits.connectors]\nwebhook = 60") == [("PLAY-030", "limits > connectors > webhook")]
    assert faults("[limits]\nper_minute = 60") == [("PLAY-001", "limits > per_minute")]
    assert faults("limits = 60") == [("PLAY-020", "limits")]
    assert faults("[limits]\nconnectors = 60") == [("PLAY-020", "limits > connectors")]
    assert read(HOOK + "[limits.connectors]\nzap = 60").limits.per_minute == {"zap": 60}


# --- routes ---


def test_a_kind_goes_before_its_class_and_its_class_before_the_default():
    found = read(MAIL + HOOK + '[route]\ncustomer-facing = "mail"\nsend_timeline = "zap"')
    assert found.target_for("send_timeline", "customer-facing").name == "zap"
    assert found.target_for("send_reminder", "customer-facing").name == "mail"
    assert found.target_for("write_crm", "CRM").name == "outbox"
    assert read(HOOK + '[route]\ndefault = "zap"').target_for("write_crm", "CRM").name == "zap"


def test_what_is_routed_to_a_target_that_is_not_there_is_carried_out_by_nothing_else():
    text = (
        MAIL.replace("smtp.vendor", "smtp vendor")
        + '[route]\ncustomer-facing = "mail"\nCRM = "crn"\nbilling = 3'
    )
    assert faults(text) == [
        ("PLAY-028", "targets > mail > host"), ("PLAY-030", "route > CRM"), ("PLAY-030", "route > billing"),
    ]  # fmt: skip
    found = kept(text)
    assert found.target_for("send_reminder", "customer-facing") is None
    assert found.target_for("write_crm", "CRM") is None
    assert found.target_for("send_invoice", "billing") is None
    assert found.target_for("close_milestone", "project") == OUTBOX


def test_a_route_or_target_section_that_is_none_carries_out_nothing():
    for text in ('route = "outbox"', 'targets = "outbox"'):
        assert [code for code, _ in faults(text)] == ["PLAY-020"]
        assert kept(text).target_for("write_crm", "CRM") is None


def test_a_route_names_classes_and_kinds_of_the_action_catalogue():
    actions = {
        "classes": {"CRM": {}, "internal": {}},
        "actions": {"write_crm": {"class": "CRM"}},
        "prefixes": {"draft_": "internal"},
    }
    catalogue, _ = read_catalogue(actions, "actions.yaml")
    route = dict.fromkeys(
        ("default", "CRM", "write_crm", "draft_reply", "CMR", "wrte_crm", "everything"), "outbox"
    )
    found = check_route(route, catalogue, "playbook.toml")
    assert [(each.code, each.where.column) for each in found] == [
        ("PLAY-031", "route > CMR"), ("PLAY-031", "route > wrte_crm"), ("PLAY-031", "route > everything"),
    ]  # fmt: skip
    assert found[1].mend == "did you mean `write_crm`?"


# --- targets ---


def changed(text, **lines):
    """The text with `name = value` lines changed, added, or taken out where the value is None."""
    for name, value in lines.items():
        text = re.sub(rf"(?m)^{name} = .*\n", "", text)
        text += "" if value is None else f"{name} = {value}\n"
    return text


def test_options_that_are_not_written_have_their_defaults():
    assert read(MAIL).targets["mail"].options == {
        "host": "smtp.vendor.example", "port": 587, "from": "onboarding@vendor.example", "user": "",
        "password_env": "", "starttls": True, "allowed_recipient_domains": ("customer.example",),
    }  # fmt: skip
    assert read(HOOK).targets["zap"].options == {
        "url": "https://hooks.vendor.example/catch", "secret_env": "ZAP_SECRET", "allowed_private_hosts": (),
        "look_up_url": "",
    }  # fmt: skip
    assert set(read(MAIL).targets) == {"mail", "outbox"}


@pytest.mark.parametrize(
    ("target", "lines"),
    [
        (MAIL, {"user": '"o"', "password_env": '"SMTP_PASSWORD"', "port": "2525"}),
        (MAIL, {"starttls": "false", "host": '"127.0.0.1"'}),
        (MAIL, {"starttls": "false", "host": '"::1"', "user": '""', "password_env": '""'}),
        (MAIL, {"allowed_recipient_domains": '["*"]'}),
        (MAIL, {"allowed_recipient_domains": "[]"}),
        (HOOK, {"url": '"http://crm.internal:8080/x"', "allowed_private_hosts": '["crm.internal:8080"]'}),
        (HOOK, {"url": '"http://CRM.internal/x"', "allowed_private_hosts": '["crm.internal:80"]'}),
        (HOOK, {"url": '"http://10.0.0.7:8080"', "allowed_private_hosts": '["10.0.0.7"]'}),
        (HOOK, {"url": '"http://[::1]:8080"', "allowed_private_hosts": '["::1"]'}),
        (HOOK, {"look_up_url": '"https://hooks.vendor.example/seen/{key}?v=1"'}),
        (HOOK, {"look_up_url": '""'}),
    ],
)
def test_a_target_that_can_work_is_read(target, lines):
    assert len(read(changed(target, **lines)).targets) == 2


@pytest.mark.parametrize(
    ("target", "lines", "code", "place"),
    [
        (MAIL, {"type": '"smtps"'}, "PLAY-024", "> type"),
        (MAIL, {"type": '"email"'}, "PLAY-024", "> type"),
        (MAIL, {"type": None}, "PLAY-024", "> type"),
        (MAIL, {"type": "[]"}, "PLAY-024", "> type"),
        (MAIL, {"host": None}, "PLAY-025", ""),
        (MAIL, {"from": None}, "PLAY-025", ""),
        (MAIL, {"allowed_recipient_domains": None}, "PLAY-025", ""),
        (MAIL, {"user": '"o"'}, "PLAY-025", ""),
        (MAIL, {"password_env": '"SMTP_PASSWORD"'}, "PLAY-025", ""),
        (MAIL, {"hots": '"smtp.vendor.example"'}, "PLAY-026", "> hots"),
        (MAIL, {"url": '"https://x.example"'}, "PLAY-026", "> url"),
        (MAIL, {"password": '"hunter2"'}, "PLAY-027", "> password"),
        (MAIL, {"Token": '"hunter2"'}, "PLAY-027", "> Token"),
        (MAIL, {"host": '"smtp://vendor.example"'}, "PLAY-028", "> host"),
        (MAIL, {"host": "5"}, "PLAY-028", "> host"),
        (MAIL, {"host": '""'}, "PLAY-028", "> host"),
        (MAIL, {"port": '"587"'}, "PLAY-028", "> port"),
        (MAIL, {"port": "0"}, "PLAY-028", "> port"),
        (MAIL, {"port": "true"}, "PLAY-028", "> port"),
        (MAIL, {"from": '"Onboarding"'}, "PLAY-028", "> from"),
        (MAIL, {"from": '"a@b.example\\nBcc: c@d.example"'}, "PLAY-028", "> from"),
        (MAIL, {"starttls": '"yes"'}, "PLAY-028", "> starttls"),
        (MAIL, {"allowed_recipient_domains": '"customer.example"'}, "PLAY-028", "> allowed_recipient_domains"),
        (MAIL, {"allowed_recipient_domains": '["*", "a.example"]'}, "PLAY-028", "> allowed_recipient_domains"),
        (MAIL, {"allowed_recipient_domains": '["*.example"]'}, "PLAY-028", "> allowed_recipient_domains"),
        (MAIL, {"user": '"o"', "password_env": '"hunter2!"'}, "PLAY-028", "> password_env"),
        (MAIL, {"user": '"o"', "password_env": '"SMTP_PASSWORD"', "starttls": "false"}, "PLAY-029", "> starttls"),
        (HOOK, {"url": None}, "PLAY-025", ""),
        (HOOK, {"secret_env": None}, "PLAY-025", ""),
        (HOOK, {"secret": '"whsec_hunter2"'}, "PLAY-027", "> secret"),
        (HOOK, {"secret_env": '"whsec_hunter2"'}, "PLAY-028", "> secret_env"),
        (HOOK, {"url": '"https://me:hunter2@hooks.vendor.example/"'}, "PLAY-028", "> url"),
        (HOOK, {"url": '"ftp://hooks.vendor.example/"'}, "PLAY-028", "> url"),
        (HOOK, {"url": '"hooks.vendor.example"'}, "PLAY-028", "> url"),
        (HOOK, {"url": '"http://hooks.vendor.example/"'}, "PLAY-029", "> url"),
        (HOOK, {"url": '"http://crm.internal:81/"', "allowed_private_hosts": '["crm.internal"]', "look_up_url": '"https://a.example"'}, "PLAY-028", "> look_up_url"),
        (HOOK, {"look_up_url": '"http://hooks.vendor.example/{key}"'}, "PLAY-029", "> look_up_url"),
        (HOOK, {"allowed_private_hosts": '["http://crm.internal"]'}, "PLAY-028", "> allowed_private_hosts"),
        ('[targets.rec]\ntype = "recorder"\n', {}, "PLAY-025", ""),
        ('[targets.outbox]\ntype = "folder"\n', {}, "PLAY-025", ""),
        ('[targets.outbox]\ntype = "folder"\n', {"path": '"  "'}, "PLAY-028", "> path"),
        ('[targets.outbox]\ntype = "folder"\n', {"path": '"out\\u0000box"'}, "PLAY-028", "> path"),
        ('[targets.outbox]\ntype = "folder"\npath = "x"\n', {"secret": '"hunter2"'}, "PLAY-027", "> secret"),
        ('[targets.Mail]\ntype = "folder"\npath = "x"\n', {}, "PLAY-023", ""),
        ('[targets."a b"]\ntype = "folder"\npath = "x"\n', {}, "PLAY-023", ""),
        ("[targets]\n", {"default": '"outbox"'}, "PLAY-023", ""),
    ],
)  # fmt: skip
def test_a_target_that_cannot_work_is_said_and_is_not_there(target, lines, code, place):
    text = changed(target, **lines)
    found, wrong = read_settings(tomllib.loads(text), "playbook.toml")
    name = next(iter(tomllib.loads(text)["targets"]))
    assert [(each.code, each.where.column) for each in wrong] == [(code, f"targets > {name} {place}".strip())]
    assert name not in found.targets
    assert all("hunter2" not in str(each) for each in wrong), "a message never repeats a secret"
    assert wrong[0].mend


def test_every_fault_of_a_file_is_said_at_once():
    text = """
        mode = "brisk"
        [calendar]
        opens = "late"
        [sla]
        low = "a week"
        [approvals]
        valid_hours = 0
        [limits]
        per_hour = 0
        [route]
        default = "nowhere"
        [facts]
        folder = 5
        [targets.mail]
        type = "smtp"
        host = 5
        colour = "red"
        password = "hunter2"
    """
    assert sorted(faults(text)) == [
        ("PLAY-002", "mode"), ("PLAY-007", "calendar > opens"), ("PLAY-021", "approvals > valid_hours"),
        ("PLAY-021", "sla > low"), ("PLAY-025", "targets > mail"), ("PLAY-025", "targets > mail"),
        ("PLAY-026", "targets > mail > colour"), ("PLAY-027", "targets > mail > password"),
        ("PLAY-028", "targets > mail > host"), ("PLAY-030", "route > default"), ("PLAY-032", "facts > folder"),
        ("PLAY-033", "limits > per_hour"),
    ]  # fmt: skip


def test_a_near_name_is_offered_and_otherwise_the_choices():
    def mend(text):
        return read_settings(tomllib.loads(text), "playbook.toml")[1][0].mend

    assert mend("[sla]\nmediun = 3") == "did you mean `medium`?"
    assert mend('[targets.a]\ntype = "foldr"') == "did you mean `folder`?"
    assert mend('[targets.a]\ntype = "ftp"') == "choose one of `folder`, `recorder`, `smtp`, `webhook`"
    assert mend(MAIL + 'usr = "x"') == "did you mean `user`?"
    assert mend('[route]\ndefault = "outbx"') == "did you mean `outbox`?"
    assert "`password_env`" in mend(MAIL + 'password = "x"')
    assert "`secret_env`" in mend(HOOK + 'secret = "x"')


TOML = st.recursive(
    st.text(max_size=6) | st.integers() | st.floats() | st.booleans() | st.just(time(9)) | st.just(APPROVED),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["default", "low", "high", "owners", "legal", "mail", "type", "host", "url", "outbox", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["sla", "approvals", "limits", "targets", "route", "facts"])


@settings(max_examples=20_000 if os.environ.get("HOLDSHORT_TORTURE") else 300)
@given(st.dictionaries(NAMES, TOML), st.dictionaries(st.sampled_from(["opens", "closes", "x"]), TOML))
def test_no_value_makes_the_reader_fail_and_what_it_gives_can_be_used(data, calendar):
    found, wrong = read_settings({**data, "calendar": calendar}, "playbook.toml")
    assert all(each.mend for each in wrong)
    assert found.hours.opens < found.hours.closes or found.hours.closes == time(0)
    assert found.sla.limit("hold", "legal") > timedelta(0)
    assert found.approvals.expires_at(APPROVED, "high") > APPROVED
    assert (
        min([found.limits.per_hour, found.limits.per_recipient_per_day, *found.limits.per_minute.values()])
        >= 1
    )
    target = found.target_for("write_crm", "CRM")
    assert target is None or target.name in found.targets


# --- identity providers ---

SOUND_PROVIDER = {"issuer": "https://acme.okta.com", "client_id": "0oa1", "client_secret_env": "OKTA_SECRET"}


def sign_in_of(said, name="okta"):
    settings, faults = read_settings({"sign_in": {name: said}}, "playbook.toml")
    return dict(settings.sign_in), [each.code for each in faults]


def test_a_provider_is_read_and_called_by_its_name_where_it_has_no_label():
    found, faults = sign_in_of(SOUND_PROVIDER)
    assert faults == []
    assert (found["okta"].issuer, found["okta"].label) == ("https://acme.okta.com", "okta")
    assert sign_in_of({**SOUND_PROVIDER, "issuer": "http://localhost:9000/realm"})[1] == []


@pytest.mark.parametrize(
    ("changed", "name", "code"),
    [
        ({}, "Not A Name", "PLAY-080"),
        ({"isuer": "x"}, "okta", "PLAY-081"),
        ({"client_id": 7}, "okta", "PLAY-082"),
        ({"issuer": "http://acme.okta.com"}, "okta", "PLAY-083"),
        ({"issuer": "https://acme.okta.com/?a=b"}, "okta", "PLAY-083"),
        ({"issuer": "https://user@acme.okta.com"}, "okta", "PLAY-083"),
        ({"client_id": ""}, "okta", "PLAY-084"),
        ({"client_secret_env": "s3cret-itself"}, "okta", "PLAY-085"),
    ],
)
def test_with_a_provider_that_has_a_fault_nobody_can_sign_in(changed, name, code):
    found, faults = sign_in_of({**SOUND_PROVIDER, **changed}, name)
    assert (found, faults) == ({}, [code])


def test_a_secret_in_the_wrong_place_is_not_repeated():
    _, faults = read_settings(
        {"sign_in": {"okta": {**SOUND_PROVIDER, "client_secret_env": "s3cret-itself"}}}, "playbook.toml"
    )
    assert "s3cret-itself" not in str([each.to_json() for each in faults])
