"""`holdshort inbox`, `show`, `packet`, `actions` and what people do beside the nine decisions."""

import json

import pytest

from tests.cli.live import message, starter_record


@pytest.fixture
def live(sqlite_live):
    return sqlite_live


def lines(result):
    assert result.exit_code == 0, result.output
    return [json.loads(each) for each in result.stdout.splitlines()]


def inbox(live, *args):
    return [each["review"] for each in lines(live.run("inbox", *args, "--json"))]


@pytest.fixture
def three(live):
    """Reviews for RevOps (medium), security (high) and first CS leader, then account owner (hold)."""
    for name, deal in (
        ("missing-success-criteria", "D-1"),
        ("sso-without-review", "D-2"),
        ("sponsor-asks", "D-3"),
    ):
        record = starter_record(
            name, ["create_kickoff_tasks", "provision_access"], crm={"opportunity_id": deal}
        )
        record["projects"] = [{**each, "opportunity_id": deal} for each in record["projects"]]
        live.take_in(record)
    return live


# --- inbox ------------------------------------------------------------------------------------------------


def test_the_inbox_shows_the_most_urgent_first(three):
    found = lines(three.run("inbox", "--json"))
    assert [each["tier"] for each in found if each["about"] == "finding"] == ["hold", "high", "medium"]
    assert all(each["business_minutes_left"] > 0 for each in found)
    output = three.ok("inbox")
    assert "4 h left" in output
    assert "1 business day left" not in output
    assert "Look at one: `holdshort show 3.1`" in output


def test_a_person_sees_only_what_they_may_decide_also_for_whoever_is_away(three):
    from datetime import UTC, datetime

    from holdshort.ports import Delegation

    assert inbox(three, "--as", "sol") == ["2.1"]
    assert inbox(three, "--as", "jude") == ["1.1"], "the sales manager may decide a row of RevOps"
    assert inbox(three, "--as", "omar") == ["3.1"]
    assert inbox(three, "--as", "lena") == [], "the account owner's turn comes after the CS leader's"
    assert inbox(three, "--role", "finance") == []
    assert "Nothing waits for finance operations" in three.ok("inbox", "--role", "finance")
    assert inbox(three, "--as", "anselm") == []
    with three.house() as house, house.store.transaction() as tx:
        tx.put_delegation(
            Delegation("sol", "anselm", datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
        )
    assert inbox(three, "--as", "anselm") == ["2.1"]
    assert three.run("inbox", "--as", "mallory").exit_code == 1


def test_late_and_nearly_late_reviews_are_told_in_business_hours(three, at):
    assert inbox(three, "--at-risk") == inbox(three, "--breached") == []
    at("2026-03-12T10:30:00Z")  # 3.5 business hours later: a hold has four
    assert inbox(three, "--at-risk") == ["3.1"]
    assert "at risk, 30 min left" in three.ok("inbox", "--at-risk")
    at("2026-03-12T12:00:00Z")
    assert inbox(three, "--breached") == ["3.1"]
    assert "LATE by 1 h" in three.ok("inbox", "--breached")
    three.sweep()  # the clock escalates; its mark keeps it among the late ones
    assert "3.1" in inbox(three, "--breached")


def test_the_inbox_searches_narrows_and_pages(three):
    assert inbox(three, "--search", "D-2/") == ["2.1", "2.2"] or inbox(three, "--search", "D-2/") == ["2.1"]
    assert set(inbox(three, "--state", "handoff received")) == {"1.1"} | {
        each for each in inbox(three) if each.startswith("1.")
    }
    everything = inbox(three)
    assert inbox(three, "--limit", 1) == everything[:1]
    assert inbox(three, "--limit", 1, "--after", everything[0]) == everything[1:2]
    assert three.run("inbox", "--state", "nonsense").exit_code == 2
    assert three.run("inbox", "--after", "nonsense").exit_code == 2
    assert [each["number"] for each in lines(three.run("inbox", "--all", "--json"))] == [1, 2, 3]


@pytest.mark.shows("R7")
def test_a_review_in_two_steps_is_with_whoever_is_next(live):
    record = starter_record("strategic-gaps", ["create_kickoff_tasks"])
    number = live.take_in(record)["number"]
    review = live.review(number, "CO-EDGE-014")
    assert review in inbox(live, "--as", "rae")
    assert review not in inbox(live, "--as", "omar")
    decided = live.decide(
        "approve-kickoff", review, "rae", "--exception", "the sponsor writes them on Friday"
    )
    waits = next(each for each in decided["allowed"] if each["kind"] == "create_kickoff_tasks")["waits_for"]
    assert {"review": review, "case": "CO-EDGE-014", "decides": ["cs_leader", "sales_manager"]} in waits
    assert review not in inbox(live, "--as", "rae")
    assert review in inbox(live, "--as", "omar")
    assert "for CS leader or sales manager step 2 of 2" in " ".join(live.ok("inbox").split())
    assert live.show(review)["may_decide"] == ["jude", "omar"]


def test_an_empty_inbox_says_what_to_do(live):
    assert "`holdshort intake --records FILE`" in live.ok("inbox")
    live.take_in(starter_record("clean-mid-market", ["create_project"]))
    assert "Nobody has to decide anything. 1 onboarding on record" in live.ok("inbox")


# --- show -------------------------------------------------------------------------------------------------


@pytest.mark.shows("P6", "I8", "I10", "I11")
def test_a_review_shows_on_one_screen_why_what_lacks_what_waits_and_what_may_be_decided(three):
    output = " ".join(three.ok("show", "1.1").split())
    for said in (
        "nobody wrote down what the customer will call a success",
        "deal is won and success criteria is missing",
        "RevOps or sales manager confirms before create kickoff tasks",
        "Missing or in conflict · success criteria",
        "a1 create kickoff tasks held → outbox",
        "approve-kickoff the project, its internal tasks and a scheduling draft, and nothing else",
        "holdshort approve-kickoff 1.1 --as USER",
        "--seen",
    ):
        assert said in output
    assert "approve-message" not in output, "no message waits"


@pytest.mark.shows("P2", "C8.1")
def test_an_onboarding_shows_its_stage_reviews_actions_and_runs(three):
    three.sweep()
    output = " ".join(three.ok("show", "1").split())
    for said in (
        "[P2 handoff validation]",
        "handoff received",
        "1.1",
        "a1 create kickoff tasks held",
        "Runs",
        "done",
    ):
        assert said in output
    assert "the onboarding began (closed_won), under register 1" in " ".join(
        three.ok("show", "1", "--log").split()
    )


def test_an_onboarding_is_found_by_its_key_or_its_deal(three):
    assert three.show("A-118/D-2/closed_won")["number"] == 2
    assert three.show("A-118/D-2")["number"] == 2
    refused = three.json("show", "D-9", exit_code=1)["refused"]
    assert refused["code"] == "FLOW-070"
    near = three.json("show", "A-118", exit_code=1)["refused"]
    assert "2 is A-118/D-2/closed_won" in near["mend"]


@pytest.mark.parametrize("which", ["99", "1.99", "1/a99"])
def test_what_is_not_there_is_refused_in_words(three, which):
    assert three.json("show", which, exit_code=1)["refused"]["why"].startswith("there is no")


def test_an_action_shows_its_exact_content_and_digest(live):
    number = live.take_in(starter_record("ai-unsure", [message(body="Line one\nLine two\x1b[2J")]))["number"]
    output = live.ok("show", f"{number}/a1")
    assert "│ Line one" in output
    assert "\x1b" not in output
    assert live.action(number, "send_customer_message")["digest"] in output


# --- packet -----------------------------------------------------------------------------------------------


@pytest.mark.shows("I12", "P6")
def test_the_packet_has_twelve_parts_and_the_history_of_what_was_decided_here(three):
    three.decide("request-info", "1.1", "rae", "--to", "sales", "--question", "Which numbers?")
    packet = three.json("packet", "1.1")
    assert len(packet["parts"]) == 12
    history = next(each for each in packet["parts"] if each["code"] == "I12")
    assert history["rows"][0]["label"] == "Request info, CO-EDGE-001"
    page = three.folder / "packet.html"
    three.ok("packet", 1, "--out", page)
    assert "Request info, CO-EDGE-001" in page.read_text("utf-8")
    assert three.run("packet", 1, "--out", page).exit_code == 2, "a file that exists is not written over"
    three.ok("packet", 1, "--out", page, "--force")


def test_the_packet_shows_holds_that_people_raised_and_the_exact_content_that_waits(live):
    number = live.take_in(starter_record("clean-mid-market", [message(body="Line one\nLine two")]))["number"]
    password = ("--as", "kit", "--password-file", live.password("kit"))
    live.json("hold", number, *password, "--reason", "the champion sounded unhappy")
    parts = {each["code"]: each["rows"] for each in live.json("packet", number)["parts"]}
    assert any(
        each["label"] == "PERSON-1" and each["quote"] == "the champion sounded unhappy"
        for each in parts["I10"]
    )
    held = next(
        each
        for each in parts["I11"]
        if each["label"] == "a1 send customer message" and each["kind"] == "action"
    )
    assert (held["state"], held["lines"]) == ("held", ["PERSON-1"])
    assert any("Line one\nLine two" in each.get("quote", "") for each in parts["I11"])


def test_the_log_of_the_house_is_no_onboarding(live):
    with live.house() as house, house.store.transaction() as tx:
        from holdshort.service.house_log import KINDS, note

        note(tx, next(iter(each for each in KINDS if each != "HouseOpened")), "rae", house.clock.now())
        number = tx.number_of("-/-/house")
    assert lines(live.run("inbox", "--all", "--json")) == []
    assert "no onboarding has come in yet" in live.ok("inbox")
    assert live.json("show", number, exit_code=1)["refused"]["code"] == "FLOW-000"
    assert live.json("packet", number, exit_code=1)["refused"]["code"] == "FLOW-000"


# --- actions ----------------------------------------------------------------------------------------------


def test_an_action_may_be_asked_for_amended_and_withdrawn(live):
    number = live.take_in(starter_record("clean-mid-market"))["number"]
    asked = live.json("actions request", number, "write CRM", "--by", "bot", "--payload", '{"stage": "a"}')
    assert [each["id"] for each in asked["asked"]] == ["1/a1"]
    again = live.json("actions request", number, "write_crm", "--by", "bot", "--payload", '{"stage": "a"}')
    assert not again["changed"], "the same request again changes nothing"
    live.json("actions amend", "1/a1", "--by", "bot", "--payload", '{"stage": "b"}')
    assert live.show("1/a1")["payload"] == {"stage": "b"}
    live.json("actions withdraw", "1/a1", "--by", "bot", "--reason", "not needed")
    assert live.show("1/a1")["status"] == "withdrawn"
    assert lines(live.run("actions", "--status", "withdrawn", "--json"))[0]["id"] == "1/a1"
    assert "withdrawn" in live.ok("actions", number)


@pytest.mark.parametrize(
    ("kind", "exit_code", "said"),
    [
        ("create kickoff tasks", 1, "held by CO-EDGE-001"),
        ("create_project", 0, "no row holds it"),
        ("write CRM", 1, "need a person"),
    ],
)
def test_the_gate_says_whether_an_action_would_go_and_who_decides(live, kind, exit_code, said):
    number = live.take_in(starter_record("missing-success-criteria"))["number"]
    before = live.json("show", number, "--log")["log"]
    answer = live.json("actions verdict", number, kind, exit_code=exit_code)
    assert said in answer["why"]
    assert live.json("show", number, "--log")["log"] == before


def test_a_kind_that_the_playbook_does_not_have_is_named_with_a_near_one(live):
    number = live.take_in(starter_record("clean-mid-market"))["number"]
    result = live.run("actions verdict", number, "create kickof tasks")
    assert result.exit_code == 2
    assert "did you mean `create_kickoff_tasks`?" in result.output
    result = live.run("actions request", number, "write CRM", "--by", "bot", "--payload", "[1]")
    assert (result.exit_code, "no JSON object" in result.output) == (2, True)


def test_a_run_of_unknown_outcome_is_settled_by_a_person(live):
    from holdshort.core.onboarding.commands import FinishRun, StartRun

    number = live.take_in(starter_record("clean-mid-market", ["create_project"]))["number"]
    with live.house() as house:
        house.flow.act(number, StartRun(1, "w", 60.0), "w")
        house.flow.act(number, FinishRun(1, 1, "w", "uncertain", "the line broke"), "w")
    assert inbox(live, "--uncertain") == ["1.1"]
    assert "holdshort actions resolve 1/a1" in " ".join(live.ok("show", "1.1").split())
    assert live.run("actions resolve", "1/a1", "--as", "ines").exit_code == 2
    password = ("--password-file", live.password("ines"))
    live.json(
        "actions resolve", "1/a1", "--did-not-happen", "--as", "ines", *password, "--note", "nothing there"
    )
    live.sweep()
    assert live.left_kinds() == ["create_project"], "what did not happen runs again, once"
    assert inbox(live) == []


# --- beside the decisions ---------------------------------------------------------------------------------


def test_a_review_is_taken_and_given_to_somebody_else(three):
    password = ("--as", "rae", "--password-file", three.password("rae"))
    three.json("claim", "1.1", *password)
    assert three.show("1.1")["claimed_by"] == "rae"
    refused = three.json(
        "claim", "1.1", "--as", "remy", "--password-file", three.password("remy"), exit_code=1
    )
    assert refused["refused"]["code"] == "FLOW-046"
    three.json("reassign", "1.1", "--to", "remy", *password)
    assert three.show("1.1")["claimed_by"] == "remy"
    assert (
        three.json("reassign", "1.1", "--to", "dora", *password, exit_code=1)["refused"]["code"] == "FLOW-010"
    )


@pytest.mark.shows("C8.11")
def test_a_closed_onboarding_runs_nothing_until_it_is_opened_again(live):
    number = live.take_in(starter_record("clean-mid-market", ["create_project"]))["number"]
    password = ("--as", "rae", "--password-file", live.password("rae"))
    live.json("onboarding close", number, *password, "--reason", "the deal fell through")
    live.sweep()
    assert live.left() == []
    assert live.show(number)["state"] == "closed"
    live.json("onboarding reopen", number, *password, "--reason", "it is back")
    live.sweep()
    assert live.left_kinds() == ["create_project"]


def test_a_hold_may_stop_only_some_actions_and_takes_groups_by_their_name(live):
    number = live.take_in(starter_record("clean-mid-market", ["create_project", "write_billing"]))["number"]
    password = ("--as", "kit", "--password-file", live.password("kit"))
    live.json(
        "hold",
        number,
        *password,
        "--reason",
        "wrong entity?",
        "--stop",
        "billing writes",
        "write CRM",
        "--owner",
        "finance",
    )
    hold = live.show(number)["holds"][0]
    assert "write_billing" in hold["kinds"]
    assert "write_crm" in hold["kinds"]
    live.sweep()
    assert live.left_kinds() == ["create_project"]


def test_every_command_has_its_place_in_the_help():
    from holdshort.cli.main import COMMANDS, SECTIONS

    assert sorted(name for names in SECTIONS.values() for name in names) == sorted(COMMANDS)
