"""`holdshort audit`: what happened can be read, proven and handed out with the fields that each row wants."""

import csv
import json
import sqlite3
import stat
import subprocess
import sys

import pytest

from holdshort.core.onboarding.commands import Decide
from tests.houses import house, published_house  # noqa: F401 (fixtures)

CASE = "CO-EDGE-001"


def decided(house, **decision):
    """An onboarding with an AI suggestion in its record, and a decision by RevOps."""
    register = house.folder / "register.yaml"
    record = house.record(
        "missing-success-criteria", ai_output={"confidence": 0.9, "claims": ["=cmd|' /C calc'!A0"]},
        proposed_actions=["create_kickoff_tasks"],
    )  # fmt: skip
    assert CASE in register.read_text("utf-8")
    number = house.take_in(record)
    with house.opened() as opened:
        review = next(each for each in opened.store.reviews(number=number) if each.case == CASE)
        command = Decide(
            review.no, **{"code": "J4", "by": "rae", "exception": "they send them on Friday", **decision}
        )
        opened.flow.act(number, command, "rae")
    return number


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.shows("B14", "O16")
def test_an_export_has_for_each_decision_what_its_row_wants_written_down(house, tmp_path):
    number = decided(house)
    done = house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra")
    assert done.code == 0, done.said
    rows = [each for each in table(tmp_path / "export" / "audit-fields.csv") if each["case"] == CASE]
    assert len(rows) == 1
    row = rows[0]
    assert row["onboarding"] == str(number)
    assert row["trigger"] == "deal is won and success criteria is missing"
    assert json.loads(row["AI suggestion"])["confidence"] == 0.9
    assert row["reviewer decision"] == "approve kickoff (J4)"
    assert (row["decided by"], row["role"], row["reason"]) == ("rae", "revops", "they send them on Friday")
    assert row["edits"] == "none"
    assert row["timestamp (UTC)"][:2] == "20"
    assert "success criteria" in row["seen"]


@pytest.mark.shows("B14")
def test_what_was_edited_before_a_decision_is_written_down_with_it(house, tmp_path):
    record = house.record(
        proposed_actions=[
            {
                "kind": "send_customer_message",
                "payload": {"to": ["it@oldmill.example"], "body": "We start Monday"},
            }
        ]
    )
    number = house.take_in(record)
    with house.opened() as opened:
        state = opened.flow.state(number)
        message = next(each for each in state.actions.values() if each.kind == "send_customer_message")
        review = next(iter(state.open_reviews()))
        command = Decide(review.no, "J6", "tomas", scope=(message.no,), payload={"body": "We start Tuesday"})
        opened.flow.act(number, command, "tomas")
    house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra")
    row = table(tmp_path / "export" / "audit-fields.csv")[-1]
    assert "body: We start Monday → We start Tuesday" in row["edits"]
    house.run("audit", "export", tmp_path / "open")
    row = table(tmp_path / "open" / "audit-fields.csv")[-1]
    assert row["edits"].startswith(f"content of a{message.no}")
    assert "Tuesday" not in (tmp_path / "open" / "audit-fields.csv").read_text("utf-8")


def test_a_row_may_want_more_names_written_down(house, tmp_path):
    register = house.folder / "register.yaml"
    text = register.read_text("utf-8")
    start = text.index(f"- id: {CASE}")
    line = "audit: trigger; AI suggestion; reviewer decision; edits; timestamp"
    register.write_text(text[:start] + text[start:].replace(line, f"{line}; CRM plan", 1), "utf-8")
    assert house.run("publish", "--yes", as_="rae").code == 0
    decided(house)
    house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra")
    row = next(each for each in table(tmp_path / "export" / "audit-fields.csv") if each["case"] == CASE)
    assert row["other fields"] == "CRM plan: Pro"


def test_an_export_without_private_parts_shows_no_customer_and_verifies_on_its_own(house, tmp_path):
    decided(house)
    done = house.run("audit", "export", tmp_path / "export")
    assert done.code == 0
    for path in (tmp_path / "export").iterdir():
        text = path.read_text("utf-8-sig")
        assert "oldmill" not in text.casefold(), path.name
        assert "Friday" not in text, path.name
    row = next(each for each in table(tmp_path / "export" / "audit-fields.csv") if each["case"] == CASE)
    assert (row["AI suggestion"], row["reason"], row["decided by"]) == ("(sealed)", "(sealed)", "rae")
    verified = subprocess.run(
        [sys.executable, str(tmp_path / "export" / "verify_audit.py")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert verified.returncode == 0, verified.stdout


def test_customers_data_is_exported_only_by_whom_it_concerns_and_that_is_logged(house, tmp_path):
    decided(house)
    assert "AUDIT-002" in house.run("audit", "export", tmp_path / "export", "--with-private", as_="rae").err
    assert house.run("audit", "export", tmp_path / "export", "--with-private").code == 2
    assert not (tmp_path / "export").exists()
    assert house.run("audit", "export", tmp_path / "export", "--with-private", as_="anselm").code == 0
    assert stat.S_IMODE((tmp_path / "export").stat().st_mode) == 0o700
    assert house.run("audit", "log", "house", "--json").lines[-1]["who"] == "anselm"


def test_a_spreadsheet_cannot_be_made_to_run_what_ai_wrote(house, tmp_path):
    decided(house, reason="=HYPERLINK(1)", exception="=1+1")
    house.run("audit", "export", tmp_path / "export", "--with-private", as_="petra")
    for row in table(tmp_path / "export" / "audit-fields.csv"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


def test_an_export_never_overwrites(house, tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "mine").touch()
    assert house.run("audit", "export", tmp_path / "export").code == 2
    assert [each.name for each in (tmp_path / "export").iterdir()] == ["mine"]
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


# --- verify ---


def test_a_log_that_nobody_changed_verifies_and_a_changed_one_does_not(house):
    decided(house)
    house.run("audit", "checkpoint")
    assert house.run("audit", "verify").code == 0
    raw = sqlite3.connect(house.folder / ".holdshort" / "holdshort.sqlite")
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(
        'UPDATE store_event SET body = replace(body, \'"by":"rae"\', \'"by":"kit"\') WHERE kind = \'DecisionRecorded\''
    )
    raw.commit()
    raw.close()
    found = house.run("audit", "verify", "--json")
    assert found.code == 1
    assert {each["code"] for each in found.json["problems"]} >= {"hash"}
    assert house.run("doctor").code == 1


def test_an_anchor_that_cannot_be_read_is_said_to_be(house, tmp_path):
    assert house.run("audit", "verify", "--anchor", tmp_path / "none").code == 2
    (tmp_path / "bad").write_text("no checkpoint\n")
    assert house.run("audit", "verify", "--anchor", tmp_path / "bad").code == 2


# --- read ---


def test_the_log_of_an_onboarding_reads_as_sentences(house):
    number = decided(house)
    house.run("worker", "--once")
    shown = house.run("audit", "log", number)
    assert shown.code == 0
    assert f"rae as RevOps: approve kickoff on review 1 ({CASE}), which allows" in shown.said
    assert "they send them on Friday" in shown.said
    assert house.run("audit", "log", number, "--last", "1", "--json").lines[0]["event"] > 10
    assert house.run("audit", "log", "99").code == 1


def test_every_kind_of_event_has_a_sentence():
    from holdshort.core.onboarding.events import EVENTS
    from holdshort.service.event_words import _WORDS

    assert set(_WORDS) == set(EVENTS.values())
