"""The nine decisions J on the command line: what each allows, what really leaves by it, and nothing else."""

import pytest

from tests.cli.live import message, starter_record

INTERNAL = ["create_needs_info_task", "draft_internal_questions"]
"""What the row without success criteria asks for by itself."""
EXCEPTION = ("--exception", "agreed with the sponsor by phone")


def no_criteria(*asks):
    return starter_record("missing-success-criteria", list(asks))


def conflicting_plans(*asks):
    plans = {
        system: {"plan": "Enterprise"} for system in ("contract", "order_form", "billing", "provisioning")
    }
    return starter_record("clean-mid-market", list(asks), **plans)


# --- J1 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J1")
def test_an_accepted_route_lets_no_action_go_until_each_has_been_asked_about(live):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    done = live.decide("accept-route", live.review(number, "CO-EDGE-001"), "rae", *EXCEPTION)
    assert done["decision"]["route_accepted"]
    assert "create_kickoff_tasks" not in [each["kind"] for each in done["released"]]
    live.sweep()
    assert live.left_kinds() == INTERNAL

    asked = live.show(live.review(number, "CATALOGUE"))
    assert [each["kind"] for each in asked["waiting"]] == ["create_kickoff_tasks"]
    live.decide("accept-route", asked["id"], "rae")
    live.sweep()
    assert live.left_kinds() == sorted([*INTERNAL, "create_kickoff_tasks"])


@pytest.mark.shows("J1", "L8.8")
def test_a_hold_that_a_person_raised_stops_what_no_row_stops_until_its_owner_lifts_it(live):
    number = live.take_in(starter_record("clean-mid-market", ["create_project", "create_kickoff_tasks"]))[
        "number"
    ]
    live.json(
        "hold", number, "--as", "tomas", "--password-file", live.password("tomas"), "--reason", "the champion sounded unhappy",
        "--owner", "cs leader",
    )  # fmt: skip
    live.sweep()
    assert live.left() == []
    review = live.review(number, "PERSON-1")
    assert "the champion sounded unhappy" in live.show(review)["scenario"]
    assert live.refused("accept-route", review, "tomas")["code"] == "FLOW-010"

    live.decide("accept-route", review, "omar")
    live.sweep()
    assert live.left_kinds() == ["create_kickoff_tasks", "create_project"]


# --- J2 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J2")
def test_a_corrected_route_moves_owner_lane_tier_and_plan_and_lets_nothing_go(live):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    review = live.review(number, "CO-EDGE-001")
    done = live.decide(
        "correct-route", review, "rae", "--owner", "implementation lead", "--tier", "high", "--lane", "Enterprise implementation",
        "--milestones", "criteria by Friday, kickoff a week later",
    )  # fmt: skip
    assert done["released"] == done["allowed"] == []
    after = live.show(number)
    assert (after["lane"], after["tier"]) == ("enterprise implementation", "high")
    moved = live.show(live.review(number, "CO-EDGE-001"))
    assert moved["owner"] == "implementation_lead"
    assert "hugo" in moved["may_decide"]
    log = live.json("show", number, "--log")["log"]
    assert any("criteria by Friday, kickoff a week later" in each["words"] for each in log)
    live.sweep()
    assert live.left_kinds() == INTERNAL


@pytest.mark.shows("J2")
def test_a_decision_never_lowers_a_tier(live):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    refused = live.refused("correct-route", live.review(number, "CO-EDGE-001"), "rae", "--tier", "low")
    assert refused["code"] == "FLOW-019"


# --- J3 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J3", "C8.2", "C8.7")
@pytest.mark.parametrize(
    ("whom", "task", "state"),
    [
        ("sales", "create_sales_task", "needs information"),
        ("customer", "create_customer_task", "customer action needed"),
    ],
)
def test_asking_for_information_makes_a_task_and_everything_stays_paused(live, whom, task, state):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    question = "What counts as a success after 90 days?"
    live.decide(
        "request-info", live.review(number, "CO-EDGE-001"), "rae", "--to", whom, "--question", question
    )
    assert live.show(number)["state"] == state
    live.sweep()
    assert live.left_kinds() == sorted([*INTERNAL, task])
    assert dict(live.left())[task]["question"] == question
    assert live.show(live.review(number, "CO-EDGE-001"))["status"] == "open"


# --- J4 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J4")
def test_an_approved_kickoff_is_project_tasks_and_a_scheduling_draft_and_no_message(live):
    asks = ("create_kickoff_tasks", "schedule_kickoff")
    number = live.take_in(no_criteria(*asks))["number"]
    live.decide("approve-kickoff", live.review(number, "CO-EDGE-001"), "jude", *EXCEPTION)
    live.sweep()
    kickoff = ["create_kickoff_tasks", "create_project", "draft_scheduling"]
    assert live.left_kinds() == sorted([*INTERNAL, *kickoff])
    assert live.action(number, "schedule_kickoff")["status"] == "held"


@pytest.mark.shows("J4")
def test_a_kickoff_cannot_be_approved_on_a_review_that_is_about_something_else(live):
    number = live.take_in(conflicting_plans("provision_access"))["number"]
    refused = live.refused("approve-kickoff", live.review(number, "CO-EDGE-002"), "rae", *EXCEPTION)
    assert refused["code"] == "FLOW-022"


# --- J5 ---------------------------------------------------------------------------------------------------


def conditions(deadline="2026-03-13"):
    return ("--condition", "the CRM is corrected", "--owner", "sales owner", "--deadline", deadline)


@pytest.mark.shows("J5")
def test_an_approval_under_conditions_covers_only_the_scope_that_it_names(live):
    number = live.take_in(conflicting_plans("provision_access", "write_billing", "change_plan"))["number"]
    done = live.decide(
        "approve-with-conditions", live.review(number, "CO-EDGE-002"), "dora", "--allow", "a2", *conditions()
    )
    condition = done["decision"]["conditions"][0]
    assert (condition["owner"], condition["deadline"]) == ("sales_owner", "2026-03-13T17:00:00+00:00")
    live.sweep()
    assert [
        kind for kind in live.left_kinds() if kind in ("provision_access", "write_billing", "change_plan")
    ] == ["write_billing"]


@pytest.mark.shows("J5")
def test_what_has_not_run_when_a_conditions_deadline_passes_does_not_run(live, at):
    number = live.take_in(conflicting_plans("write_billing"))["number"]
    review = live.review(number, "CO-EDGE-002")
    live.decide(
        "approve-with-conditions", review, "dora", "--allow", "write billing", *conditions("2026-03-12T10:00")
    )
    at("2026-03-12T10:00:00Z")
    live.sweep()
    assert "write_billing" not in live.left_kinds()
    assert live.show(number)["decisions"][0]["conditions"][0]["state"] == "missed"
    assert live.show(live.review(number, "CO-EDGE-002"))["status"] == "open", "a person decides anew"


@pytest.mark.shows("J5")
def test_the_owner_of_a_condition_says_that_it_is_met_and_nobody_else(live, at):
    number = live.take_in(conflicting_plans("write_billing"))["number"]
    live.decide(
        "approve-with-conditions", live.review(number, "CO-EDGE-002"), "dora", "--allow", "a1", *conditions()
    )
    met = ("condition met", f"{number}.d1.1", "--as")
    refused = live.json(*met, "rae", "--password-file", live.password("rae"), exit_code=1)["refused"]
    assert refused["code"] == "FLOW-010"
    live.json(*met, "kit", "--password-file", live.password("kit"), "--note", "done in the CRM")
    at("2026-03-13T18:00:00Z")
    live.sweep()
    assert live.show(number)["decisions"][0]["conditions"][0]["state"] == "met"


@pytest.mark.shows("J5")
def test_several_conditions_take_their_owners_and_deadlines_in_order(live):
    number = live.take_in(conflicting_plans("write_billing"))["number"]
    review = live.review(number, "CO-EDGE-002")
    twice = (
        "--condition",
        "one",
        "--owner",
        "sales",
        "--condition",
        "two",
        "--owner",
        "legal",
        "--deadline",
        "2026-03-13",
    )
    done = live.decide("approve-with-conditions", review, "dora", "--allow", "a1", *twice, "--dry-run")
    assert [(each["text"], each["owner"]) for each in done["decision"]["conditions"]] == [
        ("one", "sales_owner"),
        ("two", "legal"),
    ]
    result = live.run(
        "approve-with-conditions", review, "--as", "dora", "--allow", "a1", *twice, "--condition", "three"
    )
    assert result.exit_code == 2
    assert "3 conditions and 2 times --owner" in result.output


# --- J6 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J6")
def test_the_edited_text_is_what_leaves_and_both_are_kept(live):
    draft = message(body="All is on track.")
    number = live.take_in(starter_record("clean-mid-market", [draft]))["number"]
    live.sweep()
    assert live.left() == []
    review = live.review(number, "CATALOGUE")
    live.decide("approve-message", review, "tomas", "--subject", "Our plan", "--to", "it@oldmill.example")
    live.sweep()
    assert live.left() == [
        (
            "send_customer_message",
            {"to": ["it@oldmill.example"], "subject": "Our plan", "body": "All is on track."},
        )
    ]
    with live.house() as house:
        kept = [
            each.private["payload"]
            for each in house.store.history(number)
            if "payload" in (each.private or {})
        ]
    assert [each["subject"] for each in kept] == ["Your start", "Our plan"]


@pytest.mark.shows("J6")
def test_of_several_messages_somebody_says_which(live):
    first, second = message(subject="One"), message(subject="Two")
    number = live.take_in(starter_record("ai-unsure", [first, second]))["number"]
    review = live.review(number, "CO-EDGE-701")
    result = live.run("approve-message", review, "--as", "tomas", "--password-file", live.password("tomas"))
    assert result.exit_code == 2
    assert "several messages wait: a1 (send customer message), a2 (send customer message)" in result.output
    live.decide("approve-message", review, "tomas", "--action", "a2")
    live.sweep()
    assert [payload["subject"] for kind, payload in live.left() if kind == "send_customer_message"] == ["Two"]


@pytest.mark.shows("J6")
def test_a_message_without_a_text_is_not_approved_until_somebody_gives_one(live):
    number = live.take_in(starter_record("ai-unsure", ["send_customer_message"]))["number"]
    review = live.review(number, "CO-EDGE-701")
    assert live.refused("approve-message", review, "tomas")["code"] == "FLOW-072"
    text = ("--to", "it@oldmill.example", "--subject", "Hello", "--body", "We begin on Monday.")
    live.decide("approve-message", review, "tomas", *text)
    live.sweep()
    sent = {"to": ["it@oldmill.example"], "subject": "Hello", "body": "We begin on Monday."}
    assert ("send_customer_message", sent) in live.left()


# --- J7 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J7")
def test_what_was_rejected_never_runs_and_the_finding_stands(live):
    number = live.take_in(conflicting_plans("write_billing", "provision_access"))["number"]
    done = live.decide(
        "reject",
        live.review(number, "CO-EDGE-002"),
        "rae",
        "--reason",
        "wrong plan",
        "--action",
        "write billing",
    )
    assert [each["kind"] for each in done["stopped"]] == ["write_billing"]
    live.sweep()
    assert "write_billing" not in live.left_kinds()
    after = live.show(number)
    assert after["verdict"] == "held"
    assert {each["kind"]: each["status"] for each in after["actions"]}["provision_access"] == "held"


# --- J8 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J8")
def test_after_an_escalation_the_other_role_decides_alone(live):
    number = live.take_in(conflicting_plans("provision_access"))["number"]
    review = live.review(number, "CO-EDGE-002")
    live.decide("escalate", review, "rae", "--to", "legal", "--reason", "the contract is in dispute")
    override = ("--reason", "settled in writing", "--owner", "legal", "--allow", "a1")
    assert live.refused("override", review, "rae", *override)["code"] == "FLOW-010"
    live.decide("override", review, "anselm", *override)
    assert live.show(number)["decisions"][-1]["role"] == "legal"


@pytest.mark.shows("J8")
def test_an_escalation_without_a_role_goes_to_the_rows_escalation_owner(live):
    number = live.take_in(conflicting_plans("provision_access"))["number"]
    review = live.review(number, "CO-EDGE-002")
    live.decide("escalate", review, "rae", "--reason", "who pays?")
    assert live.show(review)["owner"] == "finance_ops"


# --- J9 ---------------------------------------------------------------------------------------------------


@pytest.mark.shows("J9")
def test_an_override_goes_on_with_reason_and_owner_in_the_log(live):
    number = live.take_in(no_criteria("create_kickoff_tasks", "schedule_kickoff"))["number"]
    review = live.review(number, "CO-EDGE-001")
    for missing in (["--owner", "sales manager"], ["--reason", "the kickoff is tomorrow"]):
        assert live.run("override", review, "--as", "rae", *missing).exit_code == 2
    assert (
        live.refused("override", review, "rae", "--reason", "x", "--owner", "nobody-here")["code"]
        == "FLOW-030"
    )

    reason = ("--reason", "the kickoff is tomorrow", "--owner", "sales manager")
    live.decide("override", review, "rae", *reason, "--allow", "create kickoff tasks")
    live.sweep()
    assert live.left_kinds() == sorted([*INTERNAL, "create_kickoff_tasks"])
    decided = live.show(number)["decisions"][0]
    assert (decided["code"], decided["reason"], decided["owner"]) == (
        "J9",
        "the kickoff is tomorrow",
        "sales_manager",
    )


# --- all of them ------------------------------------------------------------------------------------------


def test_a_wrong_password_or_an_unknown_name_decides_nothing(live):
    number = live.take_in(conflicting_plans("provision_access"))["number"]
    review = live.review(number, "CO-EDGE-002")
    override = ("override", review, "--reason", "x", "--owner", "revops")
    wrong = live.run(*override, "--as", "rae", "--password-file", live.password("dora"))
    assert (wrong.exit_code, "USER-001" in wrong.output) == (1, True)
    nobody = live.run(*override, "--as", "mallory", "--password-file", live.password("dora"))
    assert (nobody.exit_code, "FLOW-009" in nobody.output) == (1, True)
    assert live.show(number)["decisions"] == []


def test_a_dry_run_says_exactly_what_would_leave_and_changes_nothing(live):
    number = live.take_in(starter_record("ai-unsure", [message(body="Line one\nLine two")]))["number"]
    review = live.review(number, "CO-EDGE-701")
    before = live.json("show", number, "--log")
    output = live.ok("approve-message", review, "--as", "tomas", "--dry-run")
    for said in (
        "nothing is done", "send customer message", "→ outbox", "managing.director@oldmill.example", "Your start", "Line one",
        "Line two",
    ):  # fmt: skip
        assert said in output
    assert live.json("show", number, "--log") == before
    live.sweep()
    assert "send_customer_message" not in live.left_kinds()


def test_somebody_at_a_terminal_sees_what_leaves_and_says_yes_or_no(sqlite_live, monkeypatch):
    from holdshort.cli import deciding

    monkeypatch.setattr(deciding, "can_ask", lambda: True)
    live = sqlite_live
    number = live.take_in(starter_record("ai-unsure", [message()]))["number"]
    review = live.review(number, "CO-EDGE-701")
    words = ("approve-message", review, "--as", "tomas")
    no = live.run(*words, input="n\n")
    assert no.exit_code == 1
    assert "managing.director@oldmill.example" in no.output
    assert "Nothing was done" in no.output
    yes = live.run(*words, input="y\ntomas secret\n")
    assert yes.exit_code == 0
    assert "recorded as 1.d1" in yes.output


def test_the_same_operation_again_changes_nothing(live):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    review = live.review(number, "CO-EDGE-001")
    live.decide("approve-kickoff", review, "rae", *EXCEPTION, "--operation", "form-77")
    again = live.decide("approve-kickoff", review, "rae", *EXCEPTION, "--operation", "form-77")
    assert again == {"number": number, "done_before": True, "operation": "form-77"}
    assert len(live.show(number)["decisions"]) == 1
    assert live.refused("approve-kickoff", review, "rae", *EXCEPTION)["code"] == "FLOW-008", "it was decided"


def test_a_decision_on_something_that_has_changed_since_is_refused(live):
    number = live.take_in(conflicting_plans("provision_access"))["number"]
    review = live.review(number, "CO-EDGE-002")
    seen = live.show(review)["seen"]
    newer = conflicting_plans("provision_access")
    newer["as_of"] = "2026-03-11T16:00:00Z"
    newer["contract"]["plan"] = "Scale"
    live.take_in(newer)
    override = ("--reason", "x", "--owner", "revops")
    assert live.refused("override", review, "rae", *override, "--seen", seen)["code"] == "FLOW-011"
    fresh = live.show(review)["seen"]
    assert live.decide("override", review, "rae", *override, "--seen", fresh[:12], "--dry-run")["dry_run"]


@pytest.mark.shows("J6")
def test_a_stale_approval_says_in_words_what_changed_and_nothing_leaves(live):
    number = live.take_in(conflicting_plans("write_billing"))["number"]
    live.decide(
        "override",
        live.review(number, "CO-EDGE-002"),
        "rae",
        "--reason",
        "the contract counts",
        "--owner",
        "revops",
    )
    newer = conflicting_plans("write_billing")
    newer["as_of"] = "2026-03-11T16:00:00Z"
    newer["crm"]["plan"] = "Starter"
    live.take_in(newer)
    live.sweep()
    assert "write_billing" not in live.left_kinds()
    decided = live.show(number)["decisions"][0]
    assert decided["standing"] == "stale"
    assert any("you approved CRM plan = Pro; CRM now says Starter" in each for each in decided["why_ended"])
    assert "you approved CRM plan = Pro" in " ".join(live.ok("show", number).split())


def test_a_recalled_approval_lets_nothing_go(live):
    number = live.take_in(no_criteria("create_kickoff_tasks"))["number"]
    live.decide("approve-kickoff", live.review(number, "CO-EDGE-001"), "rae", *EXCEPTION)
    password = ("--password-file", live.password("remy"))
    recalled = live.json(
        "recall", f"{number}.d1", "--as", "remy", *password, "--reason", "the sponsor called"
    )
    assert "create_kickoff_tasks" in [each["kind"] for each in recalled["withheld"]]
    live.sweep()
    assert live.left_kinds() == [*INTERNAL], "project and tasks had not run yet"
    assert live.review(number, "CO-EDGE-001")


def test_nobody_approves_what_they_asked_for(live):
    number = live.take_in(starter_record("clean-mid-market"))["number"]
    live.json("actions request", number, "write CRM", "--by", "rae", "--payload", '{"stage": "onboarding"}')
    review = live.review(number, "CATALOGUE")
    assert live.refused("accept-route", review, "rae")["code"] == "FLOW-033"
    live.decide("accept-route", review, "remy")
    live.sweep()
    assert live.left() == [("write_crm", {"stage": "onboarding"})]
