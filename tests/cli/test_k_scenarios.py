"""The eight acceptance tests K, end to end through the command line: what really left the house, and nothing else."""

import pytest

from tests.cli.live import message, starter_record


@pytest.mark.shows("K1", "R1", "G2", "G10", "L8.1", "P7")
class TestK1:
    """No success criteria: no kickoff tasks until they are supplied or excepted."""

    record = starter_record("missing-success-criteria", ["create_kickoff_tasks", "schedule_kickoff"])
    internal = ["create_needs_info_task", "draft_internal_questions"]

    def test_no_kickoff_tasks_leave_until_success_criteria_are_supplied(self, live):
        number = live.take_in(self.record)["number"]
        live.sweep()
        assert live.left_kinds() == self.internal
        assert live.action(number, "create_kickoff_tasks")["status"] == "held"

        supplied = starter_record("clean-mid-market", ["create_kickoff_tasks", "schedule_kickoff"])
        supplied["as_of"] = "2026-03-11T16:00:00Z"
        assert live.take_in(supplied)["outcome"] == "updated"
        live.sweep()
        assert live.left_kinds() == sorted([*self.internal, "create_kickoff_tasks"])
        assert live.action(number, "schedule_kickoff")["status"] == "needs review", (
            "a person looks at what goes to customers"
        )

    def test_kickoff_is_approved_without_them_only_with_an_exception(self, live):
        number = live.take_in(self.record)["number"]
        review = live.review(number, "CO-EDGE-001")

        refused = live.refused("approve-kickoff", review, "rae")
        assert refused["code"] == "FLOW-014"
        assert "success criteria" in refused["why"]
        live.sweep()
        assert live.left_kinds() == self.internal

        done = live.decide(
            "approve-kickoff", review, "rae", "--exception", "the sponsor writes them on Friday"
        )
        released = {each["kind"] for each in done["released"]}
        assert released - set(self.internal) == {"create_kickoff_tasks", "create_project", "draft_scheduling"}
        live.sweep()
        assert live.left_kinds() == sorted([*self.internal, *sorted(released - set(self.internal))])
        assert live.action(number, "schedule_kickoff")["status"] == "held", (
            "an approved kickoff sends nothing to the customer"
        )


@pytest.mark.shows("K2", "R2", "L2.1", "L8.3", "G4", "G12")
class TestK2:
    """The contract says Enterprise, the CRM Pro: RevOps decides, and no provisioning write leaves."""

    record = starter_record(
        "clean-mid-market",
        [{"kind": "provision_access", "payload": {"plan": "Enterprise", "seats": 80}}, "write_billing"],
        contract={"plan": "Enterprise"},
        order_form={"plan": "Enterprise"},
        billing={"plan": "Enterprise"},
        provisioning={"plan": "Enterprise"},
    )

    def test_nothing_is_provisioned_or_billed_and_revops_decides(self, live):
        taken = live.take_in(self.record)
        assert (taken["verdict"], taken["tier"], taken["decides"]) == ("held", "high", ["revops"])
        live.sweep()
        assert live.left_kinds() == ["draft_internal_questions", "notify_sales_owner"]
        review = live.show(live.review(taken["number"], "CO-EDGE-002"))
        assert review["why"] == ["contract plan is Enterprise, CRM plan is Pro"]
        assert [each["kind"] for each in review["waiting"]] == ["provision_access", "write_billing"]

    def test_who_may_not_decide_is_refused_and_told_who_may(self, live):
        review = live.review(live.take_in(self.record)["number"], "CO-EDGE-002")

        refused = live.refused("override", review, "tomas", "--reason", "it is fine", "--owner", "csm")
        assert refused["code"] == "FLOW-010"
        assert refused["mend"] == "ask dora, rae, remy"
        live.sweep()
        assert "provision_access" not in live.left_kinds()

    def test_a_decision_lets_exactly_the_named_write_go(self, live):
        number = live.take_in(self.record)["number"]
        review = live.review(number, "CO-EDGE-002")
        live.decide(
            "approve-with-conditions", review, "rae", "--allow", "provision access", "--condition", "CRM is corrected",
            "--owner", "sales", "--deadline", "2026-03-13",
        )  # fmt: skip
        live.sweep()
        assert ("provision_access", {"plan": "Enterprise", "seats": 80}) in live.left()
        assert live.left_kinds() == ["draft_internal_questions", "notify_sales_owner", "provision_access"]


@pytest.mark.shows("K3", "R3", "L3.4", "L8.4")
class TestK3:
    """Fourteen days promised to an integration-heavy account: the implementation lead comes before any timeline."""

    timeline = message("send_timeline", subject="Your timeline", body="You are live in 14 days.")
    record = starter_record("fourteen-day-promise", [timeline])

    def test_no_timeline_leaves_before_the_implementation_lead_has_approved_it(self, live):
        taken = live.take_in(self.record)
        assert "implementation_lead" in taken["decides"]
        review = live.review(taken["number"], "CO-EDGE-301")
        live.sweep()
        before = live.left_kinds()
        assert "route_to_implementation" in before
        assert "send_timeline" not in before
        assert live.refused("approve-message", review, "rae")["code"] == "FLOW-010"
        assert live.refused("approve-message", review, "tomas")["code"] == "FLOW-010"

        live.decide(
            "approve-message",
            review,
            "hugo",
            "--body",
            "We plan seven weeks.",
            "--exception",
            "scope is agreed by phone",
        )
        live.sweep()
        assert live.left_kinds() == sorted([*before, "send_timeline"])
        sent = dict(live.left())["send_timeline"]
        assert sent == {**self.timeline["payload"], "body": "We plan seven weeks."}


@pytest.mark.shows("K4", "R4", "L5.3", "G8")
class TestK4:
    """PO missing: finance gets a task, and no activation message leaves."""

    activation = message("send_activation_message", subject="You are live", body="Sign in here.")
    record = starter_record("po-missing", [activation])

    def test_finance_gets_a_task_and_no_activation_message_leaves(self, live):
        taken = live.take_in(self.record)
        live.sweep()
        assert live.left_kinds() == ["create_finance_task"]
        review = live.review(taken["number"], "CO-EDGE-004")
        assert live.show(review)["owner"] == "finance_ops"
        assert any("PO number" in each for each in live.show(review)["why"])

        live.decide("reject", review, "dora", "--reason", "no PO, no activation")
        live.sweep()
        assert live.left_kinds() == ["create_finance_task"]
        assert live.action(taken["number"], "send_activation_message")["status"] == "rejected"

    def test_the_message_leaves_once_the_number_is_there_and_a_person_has_read_it(self, live):
        number = live.take_in(self.record)["number"]
        supplied = starter_record("po-missing", [self.activation], order_form={"po_number": "PO-4711"})
        supplied["as_of"] = "2026-03-11T16:00:00Z"
        live.take_in(supplied)
        live.sweep()
        assert "send_activation_message" not in live.left_kinds()

        live.decide("approve-message", live.review(number, "CATALOGUE"), "tomas")
        live.sweep()
        assert ("send_activation_message", self.activation["payload"]) in live.left()


@pytest.mark.shows("K5", "L4.1", "E6")
def test_k5_an_overdue_import_file_is_reminded_of_once_and_then_the_csm_hears_of_it(live, at):
    record = starter_record("import-file-overdue")
    number = live.take_in(record)["number"]
    live.sweep()
    assert live.left_kinds() == ["send_reminder"]
    assert live.action(number, "escalate_to_csm")["status"] == "not due"

    at("2026-03-12T09:00:00Z")
    assert live.take_in(record)["outcome"] == "unchanged"
    live.sweep()
    assert live.left_kinds() == ["send_reminder"], "the reminder goes once"

    at("2026-03-16T14:59:00Z")
    live.sweep()
    assert live.left_kinds() == ["send_reminder"], (
        "three business days have not passed: a weekend does not count"
    )

    at("2026-03-16T15:00:00Z")
    live.sweep()
    assert live.left_kinds() == ["escalate_to_csm", "send_reminder"]
    live.sweep()
    assert live.left_kinds() == ["escalate_to_csm", "send_reminder"]


@pytest.mark.shows("K6", "R5", "G9", "L6.7")
class TestK6:
    """SSO or regulated data: security comes first."""

    record = starter_record("sso-without-review", ["provision_access", "create_kickoff_tasks"])

    def test_no_access_is_given_before_security_has_decided(self, live):
        taken = live.take_in(self.record)
        assert taken["decides"] == ["security"]
        live.sweep()
        assert live.left_kinds() == ["create_kickoff_tasks", "create_security_task"], (
            "the rest of the deal stays quick"
        )
        review = live.review(taken["number"], "CO-EDGE-005")
        for other in ("rae", "ravi", "omar"):
            assert (
                live.refused("override", review, other, "--reason", "hurry", "--owner", "security")["code"]
                == "FLOW-010"
            )

        live.decide(
            "approve-with-conditions", review, "sol", "--allow", "provision_access", "--condition",
            "the questionnaire is answered", "--owner", "security", "--deadline", "2026-03-20",
        )  # fmt: skip
        live.sweep()
        assert live.left_kinds() == ["create_kickoff_tasks", "create_security_task", "provision_access"]


@pytest.mark.shows("K7", "L7.3", "L4.11", "F4")
class TestK7:
    """AI below its threshold: the message is blocked and a packet goes to a person."""

    record = starter_record("ai-unsure", [message()])

    def test_the_message_is_blocked_and_a_packet_goes_to_a_person(self, live):
        taken = live.take_in(self.record)
        assert (taken["tier"], taken["decides"]) == ("hold", ["csm"])
        live.sweep()
        assert live.left_kinds() == ["edit_draft", "prepare_review_packet"]
        packet = live.json("packet", taken["number"])
        parts = {each["code"]: each for each in packet["parts"]}
        assert len(parts) == 12
        assert "0.55" in str(parts["I9"])

    def test_only_the_text_that_a_person_edited_and_approved_leaves(self, live):
        number = live.take_in(self.record)["number"]
        review = live.review(number, "CO-EDGE-701")
        live.decide("approve-message", review, "tomas", "--body", "We begin once your admin is named.")
        live.sweep()
        assert live.left_kinds() == ["edit_draft", "prepare_review_packet", "send_customer_message"]
        assert dict(live.left())["send_customer_message"]["body"] == "We begin once your admin is named."


@pytest.mark.shows("K8", "L4.9", "E9")
class TestK8:
    """The sponsor asks about a delay: CS leader and account owner come before any reply."""

    record = starter_record("sponsor-asks", [message(subject="Re: delay", body="All is on track.")])

    def test_both_have_to_agree_in_order_before_a_reply_leaves(self, live):
        number = live.take_in(self.record)["number"]
        live.sweep()
        quiet = ["draft_message_for_review", "notify_account_owner", "notify_cs_leader"]
        assert live.left_kinds() == quiet
        review = live.review(number, "CO-EDGE-901")

        refused = live.refused("approve-message", review, "lena")
        assert refused["code"] == "FLOW-010"
        assert "CS leader" in refused["why"]
        late = "We are three weeks late, and I answer for it."
        assert live.refused("approve-message", review, "omar", "--body", late)["code"] == "FLOW-096"
        live.decide(
            "approve-message", review, "omar", "--body", late, "--exception", "three weeks by my own count"
        )
        live.sweep()
        assert live.left_kinds() == quiet, "the account owner has not agreed yet"

        assert live.refused("approve-message", review, "omar")["code"] == "FLOW-035", "nobody agrees twice"
        live.decide("approve-message", review, "lena")
        live.sweep()
        assert live.left_kinds() == sorted([*quiet, "send_customer_message"])
        assert (
            dict(live.left())["send_customer_message"]["body"]
            == "We are three weeks late, and I answer for it."
        )
