"""The nine decisions on the page of a review: each as a form, what it needs, what it is bound to, and that it counts once."""

import json

import pytest

from tests.web.reviews.pages import address, open_page, review_of

CRITERIA = "CO-EDGE-001"  # medium, RevOps or sales manager: kickoff waits for success criteria
PLANS = "CO-EDGE-002"  # high, RevOps or finance: contract and CRM name different plans
DRAFT = "CO-EDGE-006"  # hold, CSM: a draft of AI without a source
BILLING = "CO-EDGE-004"  # medium, finance: billing set-up is missing
EXCEPTION = "agreed with the sponsor by phone"
NEXT_WEEK = "2099-01-05"


@pytest.fixture
def at(web_house, client_as):
    """`at(CASE, "revops")`: the page of the review on this row, as somebody with this role."""

    def open_it(case, role):
        return open_page(client_as(role), address(*review_of(web_house, case)))

    return open_it


def state_of(web_house, page):
    number = int(page.answer.request["PATH_INFO"].split("/")[2].split(".")[0])
    return web_house.house.flow.state(number)


def decided(web_house, page):
    """The decisions of the onboarding whose review a page shows, as the log has them."""
    from holdshort.core.onboarding.events import DecisionRecorded
    from holdshort.service.story import read_story

    number = int(page.answer.request["PATH_INFO"].split("/")[2].split(".")[0])
    entries = read_story(web_house.house.store, number).entries
    return [each.event for each in entries if isinstance(each.event, DecisionRecorded)]


# --- each of the nine ---


@pytest.mark.shows("J1")
def test_accepting_the_route_from_the_page_lets_no_action_go_by_itself(web_house, at):
    done = at(CRITERIA, "revops").decide("accept-route", exception=EXCEPTION)
    assert done.status == 200
    assert "Recorded as 5.d1: accept route. Nothing runs by it now." in done.text
    (made,) = decided(web_house, done)
    assert (made.code, made.by, made.waives, made.exception) == ("J1", "rae", True, EXCEPTION)


@pytest.mark.shows("J2")
def test_correcting_the_route_needs_something_to_correct_and_moves_it(web_house, at):
    page = at(CRITERIA, "revops")
    nothing = page.decide("correct-route")
    assert nothing.status == 422
    assert "Choose a lane, an owner or a stricter tier, or write the milestone plan" in nothing.text
    done = nothing.decide(
        "correct-route", owner="implementation_lead", tier="high", milestones="criteria by Friday"
    )
    assert done.status == 200
    review = state_of(web_house, done).reviews[1]
    assert (review.tier, review.escalated_to[-1:]) == ("high", ("implementation_lead",))
    assert decided(web_house, done)[0].code == "J2"


@pytest.mark.shows("J3")
def test_asking_for_information_needs_whom_and_what_and_makes_a_task(web_house, at):
    page = at(CRITERIA, "revops")
    nothing = page.decide("request-info")
    assert (nothing.status, "Choose who is asked" in nothing.text) == (422, True)
    assert "Write what is needed, in a sentence" in nothing.text
    done = nothing.decide("request-info", to="sales_owner", question="What counts after 90 days?")
    state = state_of(web_house, done)
    assert state.state == "needs information"
    task = next(each for each in state.actions.values() if each.kind == "create_sales_task")
    assert task.payload["question"] == "What counts after 90 days?"


@pytest.mark.shows("J4")
def test_approving_kickoff_names_why_it_may_go_on_without_and_covers_what_was_ticked(web_house, at):
    page = at(CRITERIA, "sales_manager")
    missing = page.decide("approve-kickoff")
    assert missing.status == 422
    assert "Say why it may go on although this is missing" in missing.text
    done = missing.decide("approve-kickoff", exception=EXCEPTION)
    assert done.status == 200, done.text
    (made,) = decided(web_house, done)
    assert {each.kind for each in made.covers} >= {"create_kickoff_tasks"}
    assert (made.code, made.by, made.role) == ("J4", "jude", "sales_manager")


@pytest.mark.shows("J5")
def test_an_approval_with_conditions_covers_only_what_was_ticked(web_house, at):
    page = at(PLANS, "finance_ops")
    nothing = page.decide("approve-with-conditions")
    assert nothing.status == 422
    for words in (
        "Choose the actions that may run",
        "Write what has to become true",
        "Choose who sees to it",
        "Enter by when",
    ):
        assert words in nothing.text
    conditions = {
        "condition__1": "plan corrected in the CRM",
        "condition__owner__1": "sales_owner",
        "deadline__1": NEXT_WEEK,
    }
    done = nothing.decide("approve-with-conditions", scope="1", **conditions)
    assert done.status == 200, done.text
    (made,) = decided(web_house, done)
    assert [each.action for each in made.covers] == [1]
    (condition,) = made.conditions
    assert (condition.text, condition.owner) == ("plan corrected in the CRM", "sales_owner")


@pytest.mark.shows("J6")
def test_the_edited_text_is_what_is_approved_and_the_draft_stays_in_the_log(web_house, at):
    page = at(DRAFT, "csm")
    empty = page.decide("approve-message", exception="checked against the order form")
    assert empty.status == 422
    assert "Write the text: there is none yet that could be approved" in empty.text
    text = "Your migration takes four weeks.\n\nTomas"
    done = empty.decide(
        "approve-message", to__1="ops.lead@kestrelfreight.example", subject__1="Your migration", body__1=text,
        exception="checked against the order form",
    )  # fmt: skip
    assert done.status == 200, done.text
    (made,) = decided(web_house, done)
    action = state_of(web_house, done).actions[1]
    assert (made.code, made.covers[0].digest) == ("J6", action.digest)
    assert action.payload == {
        "to": ["ops.lead@kestrelfreight.example"],
        "subject": "Your migration",
        "body": text,
    }
    assert action.amended


@pytest.mark.shows("J7")
def test_rejecting_stops_what_was_ticked_and_says_why(web_house, at):
    page = at(PLANS, "revops")
    nothing = page.decide("reject")
    assert (nothing.status, "Say why; it stands in the log" in nothing.text) == (422, True)
    done = nothing.decide("reject", scope=["2"], reason="the wrong plan")
    state = state_of(web_house, done)
    assert (state.actions[1].dropped, state.actions[2].dropped) == ("", "rejected")


@pytest.mark.shows("J8")
def test_escalating_passes_it_on_with_a_reason(web_house, at):
    done = at(PLANS, "revops").decide("escalate", to="legal", reason="the contract reads two ways")
    assert state_of(web_house, done).reviews[1].escalated_to == ("legal",)


@pytest.mark.shows("J9")
def test_an_override_needs_a_reason_somebody_who_answers_for_it_and_what_may_go_on(web_house, at):
    page = at(PLANS, "revops")
    nothing = page.decide("override")
    assert nothing.status == 422
    for words in (
        "Say why; it stands in the log",
        "Choose who answers for it",
        "Choose the actions that may run",
    ):
        assert words in nothing.text
    done = nothing.decide("override", scope=["2"], reason="signed off by the board", owner="omar")
    (made,) = decided(web_house, done)
    assert ([each.action for each in made.covers], made.owner, made.reason) == (
        [2],
        "omar",
        "signed off by the board",
    )


# --- what fits ---


def test_a_decision_that_does_not_fit_says_why_and_has_no_form(at):
    page = at(PLANS, "revops")
    assert not page.has_form("approve-kickoff")
    assert "Not here: nothing that waits for this is part of a kickoff" in page.text
    assert "Not here: no message to the customer waits for this" in page.text


@pytest.mark.keeps("S13")
def test_somebody_whose_review_it_is_not_sees_no_form_and_is_refused_if_they_send_one(web_house, at):
    page = at(PLANS, "support")
    assert not any(each.fields.get("decision") for each in page.forms)
    assert "will may not decide this: it is for RevOps or finance operations" in page.text
    theirs = at(PLANS, "revops").form("reject")
    page.client.get(theirs.action)
    sent = page.send(theirs, reason="let me", password="try it out today")
    assert sent.status == 409
    assert "will may not decide this" in sent.text
    assert decided(web_house, at(PLANS, "revops")) == []


def test_a_preview_says_what_would_happen_and_does_nothing(web_house, at):
    page = at(PLANS, "revops")
    before = web_house.events()
    form = page.form("reject")
    seen = page.send(form, form.action.replace("decisions", "previews"), reason="the wrong plan")
    assert seen.status == 200
    assert "Stops for good a1 provision access a2 write billing" in seen.text
    assert "the wrong plan" in seen.html
    answer = page.client.post(
        form.action.replace("decisions", "previews"), {**form.fields, "reason": ["x"]}, HTTP_HX_REQUEST="true"
    )
    assert "<html" not in answer.content.decode()
    assert web_house.events() == before


# --- who is asked again ---


@pytest.mark.shows("J9")
@pytest.mark.parametrize("password", ["", "not this one"])
def test_a_high_decision_asks_for_the_password_and_keeps_what_was_typed(web_house, at, password):
    page = at(PLANS, "revops")
    sent = page.decide("escalate", password=password, to="legal", reason="the contract reads two ways")
    assert sent.status == 422
    form = sent.form("escalate")
    assert (form.fields["to"], form.fields["reason"][0].strip()) == (["legal"], "the contract reads two ways")
    assert form.fields["password"] == [""]
    assert decided(web_house, sent) == []
    assert sent.decide("escalate").status == 200
    assert len(decided(web_house, sent)) == 1


def test_a_medium_decision_asks_for_no_password(at):
    assert "password" not in at(CRITERIA, "revops").form("escalate").fields


# --- once ---


@pytest.mark.keeps("S6")
def test_the_same_form_sent_twice_decides_once(web_house, at):
    page = at(CRITERIA, "revops")
    form = page.form("request-info")
    asked = {"to": "sales_owner", "question": "What counts?"}
    assert page.send(form, **asked).status == 200
    before = web_house.events()
    again = page.send(form, **asked)
    assert "This was sent twice and done once" in again.text
    assert web_house.events() == before
    assert len(decided(web_house, again)) == 1


@pytest.mark.keeps("S6")
def test_the_second_of_two_is_told_who_decided_what_and_nothing_of_theirs_happens(web_house, at):
    first, second = at(CRITERIA, "revops"), at(CRITERIA, "sales_manager")
    first.decide("accept-route", exception=EXCEPTION)
    late = second.decide("reject", reason="no criteria, no kickoff")
    assert late.status == 409
    assert "Somebody decided before you" in late.text
    assert "rae decided as RevOps" in late.text
    assert "accept route" in late.text
    assert len(decided(web_house, late)) == 1
    assert "no criteria, no kickoff" in late.html


# --- what was seen ---


def changed_record(web_house, number, **changes):
    from holdshort.core.onboarding.looking import record_of

    flow = web_house.house.flow
    state = flow.state(number)
    record = json.loads(json.dumps(record_of(state, flow.world(state))))
    record["as_of"] = "2099-01-01T00:00:00Z"
    for system, fields in changes.items():
        record[system] = {**record[system], **fields}
    flow.intake(record, "crm")


@pytest.mark.keeps("S5")
def test_a_decision_on_what_is_no_longer_so_is_refused_with_what_changed_and_the_text_kept(web_house, at):
    page = at(PLANS, "revops")
    number = review_of(web_house, PLANS)[0]
    form = page.form("escalate")
    changed_record(web_house, number, crm={"plan": "Starter"})
    sent = page.send(form, to="legal", reason="the contract reads two ways", password="try it out today")
    assert sent.status == 409
    assert "This changed while you looked at it" in sent.text
    assert "you saw CRM plan = Pro; CRM now says Starter" in sent.text
    assert decided(web_house, sent) == []
    kept = sent.form("escalate")
    assert kept.fields["reason"][0].strip() == "the contract reads two ways"
    assert kept.fields["seen"] != form.fields["seen"]
    assert "Escalate, as it is now" in " ".join(kept.buttons)
    done = sent.decide("escalate")
    assert done.status == 200
    assert len(decided(web_house, done)) == 1


@pytest.mark.keeps("S5")
def test_an_approval_under_which_something_moved_is_shown_in_words_and_confirmed_in_one_step(web_house, at):
    page = at(PLANS, "revops")
    number, no = review_of(web_house, PLANS)
    page.decide("override", scope=["1"], reason="signed off by the board", owner="omar")
    changed_record(web_house, number, crm={"plan": "Starter"})
    page = open_page(page.client, address(number, no))
    assert "What you approved has moved: override" in page.text
    assert "you approved CRM plan = Pro; CRM now says Starter" in page.text
    again = page.send(page.form_to("/again"), password="try it out today")
    assert again.status == 200, again.text
    first, second = decided(web_house, again)
    assert (second.code, second.reason, second.owner) == (first.code, first.reason, first.owner)
    assert [each.digest for each in second.covers] == [each.digest for each in first.covers]
    assert second.evidence != first.evidence


def test_a_decision_that_nobody_knows_is_no_decision(at):
    page = at(CRITERIA, "revops")
    form = page.form("reject")
    form.fields["decision"] = ["approve-everything"]
    assert page.send(form).status == 404
