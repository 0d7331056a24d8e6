"""What an outgoing message says has to be on record: it waits for a person otherwise, and that person says why."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

import holdshort
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.people import Directory, Person
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import load_playbook

NOW = datetime(2026, 3, 11, 15, tzinfo=UTC)
STARTER = Path(holdshort.__file__).parent / "starter"
PEOPLE = Directory({"tomas": Person("tomas", ("csm",)), "rae": Person("rae", ("revops",))})


@pytest.fixture(scope="module")
def program():
    return Program(1, "d", Screener(load_playbook(STARTER).playbook), lambda kind: "outbox#1")


@pytest.fixture(scope="module")
def record():
    return json.loads((STARTER / "records" / "clean-mid-market.json").read_text("utf-8"))


class Told:
    """One onboarding that is clean; a message is asked for and decided on."""

    def __init__(self, program, record, **more):
        self.program = program
        self.state = Onboarding()
        self.do(c.Receive({**record, **more}, "ACC/OPP/closed_won", "closed_won", "T"))

    def do(self, command):
        world = World(self.program, PEOPLE, NOW)
        for event in decide(command, self.state, world):
            self.state = evolve(self.state, event, NOW)

    def ask(self, kind, **payload):
        before = set(self.state.actions)
        self.do(c.Request(kind, {"to": ["ada@client.example"], **payload}, "bot"))
        (number,) = set(self.state.actions) - before
        return number

    def run(self, number):
        return self.state.actions[number].run

    def review(self, number):
        return self.state.review_of("CATALOGUE", 0, number)

    def approve(self, number, code="J6", by="tomas", **more):
        self.do(c.Decide(self.review(number).no, code, by, stepped_up=True, **more))


@pytest.fixture
def told(program, record):
    return Told(program, record)


def refused(act, *args, **more):
    with pytest.raises(c.Refused) as found:
        act(*args, **more)
    return found.value


@pytest.mark.shows("F4", "L4.6")
@pytest.mark.keeps("S20")
def test_a_reminder_that_says_no_more_than_is_on_record_goes_by_itself(told, program):
    """Approved words and values of systems of record: nobody has to look."""
    approved = next(each for each in program.playbook.templates if each.action == "send_reminder")
    assert (
        told.run(
            told.ask(
                "send_reminder",
                subject=approved.subject,
                body=approved.text.replace("{account name}", "Oldmill"),
            )
        )
        == "released"
    )
    seats = told.state.facts.record()["contract"]["seats"]
    assert told.run(told.ask("send_reminder", body=f"Your {seats} seats are ready.")) == "released"


@pytest.mark.shows("F4", "L4.6", "R3")
@pytest.mark.keeps("S20")
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("You are live in 14 days.", "14 days"),
        ("We go live on July 19, 2031.", "July 19, 2031"),
        ("Your 4711 seats are ready.", "4711"),
        ("SSO is included free of charge.", "free of charge"),
        ("We guarantee that it works.", "guarantee"),
        ("The form is\u200b attached.", "cannot be seen"),
    ],
)
def test_a_message_that_says_more_than_is_on_record_waits_for_a_person_although_no_row_holds_it(
    told, program, body, words
):
    number = told.ask("send_reminder", body=body)
    assert told.run(number) == ""
    review = told.review(number)
    assert (review.status, review.owner) == ("open", "csm")
    why = refused(told.approve, number)
    assert (why.code, words in why.why) == ("FLOW-096", True)
    told.approve(number, exception="agreed with the customer by phone")
    assert told.run(number) == "released"
    (approval,) = told.state.valid_approvals()
    assert approval.decision.exception == "agreed with the customer by phone"


def test_whoever_takes_the_words_out_needs_no_exception_and_whoever_puts_some_in_does(told):
    number = told.ask("send_reminder", body="You are live in 14 days.")
    assert refused(told.approve, number, payload={"body": "You are live in 9 days."}).code == "FLOW-096"
    told.approve(number, payload={"body": "You hear from us soon."})
    assert told.run(number) == "released"


def test_an_override_or_a_condition_stands_for_the_words(told):
    number = told.ask("send_reminder", body="You are live in 14 days.")
    told.approve(number, code="J9", reason="the sponsor was told so", owner="csm")
    assert told.run(number) == "released"


def test_a_weekday_alone_waits_for_somebody_who_knows_which_and_asks_for_no_exception(told):
    number = told.ask("send_reminder", body="Please send it by Friday.")
    assert told.run(number) == ""
    told.approve(number)
    assert told.run(number) == "released"


@pytest.mark.keeps("S20")
def test_another_customers_data_does_not_leave_by_an_exception(program, record):
    other = {"id": "N77", "account_id": "ACC-OTHER", "text": "Brightwater pays a special rate"}
    told = Told(program, record, notes=[*record["notes"], other])
    number = told.ask(
        "send_reminder", body="As for them: Brightwater pays a special rate, so please send your file."
    )
    assert told.run(number) == ""
    assert refused(told.approve, number, exception="why not").code == "FLOW-097"
    assert refused(told.approve, number).code == "FLOW-097"
    told.approve(number, payload={"body": "Please send your file."})
    assert told.run(number) == "released"


@pytest.mark.keeps("S20")
def test_what_stands_in_a_note_does_not_leave_by_itself(program, record):
    note = {"id": "N78", "text": "The champion said their budget owner is about to leave the company"}
    told = Told(program, record, notes=[*record["notes"], note])
    number = told.ask("send_reminder", body="We hear that their budget owner is about to leave the company.")
    assert told.run(number) == ""
    assert "inside the house" in refused(told.approve, number).why


def test_a_text_that_was_clean_waits_again_once_the_record_says_otherwise(program, record):
    told = Told(program, record)
    seats = record["contract"]["seats"]
    number = told.ask("send_customer_message", body=f"Your {seats} seats are ready.")
    told.approve(number)
    assert told.run(number) == "released"
    moved = {**record, "contract": {**record["contract"], "seats": 7321}, "as_of": "2026-03-11T16:00:00Z"}
    moved = json.loads(json.dumps(moved).replace(f": {seats},", ": 7321,"))
    told.do(c.Receive(moved, "ACC/OPP/closed_won", "closed_won", "T"))
    assert told.run(number) == ""
    assert str(seats) in refused(told.approve, number).why


def test_only_what_a_reader_sees_is_read_and_only_in_messages_to_customers(told):
    assert (
        told.run(told.ask("send_reminder", body="Please send it.", template="t-14", sent_in=14)) == "released"
    )
    assert (
        told.run(told.ask("create_sales_task", text="They promised 14 days and free training.")) == "released"
    )


@pytest.mark.keeps("S20")
def test_other_spacing_and_punctuation_do_not_carry_a_note_out(program, record):
    note = {"id": "N78", "text": "The champion said their budget owner is about to leave the company"}
    told = Told(program, record, notes=[*record["notes"], note])
    number = told.ask("send_reminder", body="We hear: their  BUDGET owner\nis, about to \u2013 leave.")
    assert told.run(number) == ""
    assert "inside the house" in refused(told.approve, number).why
