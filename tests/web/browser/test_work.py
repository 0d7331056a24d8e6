"""People at work in a browser: from the inbox to an action that has run; two at once; what is typed is never lost; keys alone."""

import json
import re

import pytest

from tests.web.screens import PASSWORD

EXCEPTION = "agreed with the sponsor by phone"


def state_of(live, number):
    return live.house.flow.state(number)


def open_reviews(live, *cases):
    """Onboarding of the first open review on `cases[0]`, and the address of each case's review."""
    first = next(each for each in live.house.store.reviews(limit=200) if each.case == cases[0])
    found = {each.case: each for each in live.house.store.reviews(limit=50, number=first.number)}
    return first.number, [f"/reviews/{found[case].id}" for case in cases]


def fill(person, slug, **fields):
    """Open a decision on the page of a review and fill it in; `scope` are the words of the actions to tick."""
    form = person.page.locator(f"#decide-{slug}")
    if form.get_attribute("open") is None:
        form.locator("> summary").click()
    for each in form.locator("form details:not([open]) > summary").all():
        each.click()
    for name, value in fields.items():
        name = name.replace("__", "-")
        if name == "exception" and not form.locator("[name=exception]").count():
            continue  # this row lacks nothing
        if name == "scope":
            for box in form.locator("input[name=scope]").all():
                label = box.locator("xpath=ancestor::label").inner_text()
                box.set_checked(any(words in label for words in value))
        elif name.startswith(("to-", "subject-", "body-")) or name in ("reason", "exception", "question"):
            form.locator(f"[name='{name}']").fill(value)
        else:
            form.locator(f"[name='{name}']").select_option(value)
    if form.locator("input[name=password]").count():
        form.locator("input[name=password]").fill(PASSWORD)
    return form


def decide(person, slug, **fields):
    form = fill(person, slug, **fields)
    with person.page.expect_navigation():
        form.locator("button.act").click()


def run_of(live, number, kind):
    return [each.run for each in state_of(live, number).actions.values() if each.kind == kind]


WORK = {
    "K1": ("revops", "create_kickoff_tasks", ("CO-EDGE-001", "CO-EDGE-101"), "approve-kickoff", {"exception": EXCEPTION}),
    "K2": (
        "revops", "provision_access", ("CO-EDGE-002", "CO-EDGE-401"), "override",
        {"scope": ["provision access"], "reason": "the contract counts; the CRM is corrected today", "owner": "revops"},
    ),
    "K4": (
        "finance_ops", "activate_subscription", ("CO-EDGE-004",), "override",
        {"scope": ["activate subscription"], "reason": "the number came by mail", "owner": "finance_ops"},
    ),
    "K7": (
        "csm", "send_customer_message", ("CO-EDGE-006", "CO-EDGE-702"), "approve-message",
        {
            "to__1": "ops.lead@kestrelfreight.example", "subject__1": "The next step",
            "body__1": "Thank you. Tomas will call you about the next step.", "exception": "checked against the order form",
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("scenario", [pytest.param(k, marks=pytest.mark.shows(k)) for k in WORK])
def test_from_the_inbox_to_an_action_that_has_run(live, person, scenario):
    role, kind, cases, slug, fields = WORK[scenario]
    number, addresses = open_reviews(live, *cases)
    assert run_of(live, number, kind) == [""]
    live.sweep()
    assert run_of(live, number, kind) == [""]  # nothing runs before somebody has decided
    who = person(role)
    for address in addresses:
        assert run_of(live, number, kind) == [""]
        who.open("/")
        with who.page.expect_navigation():
            who.page.click(f"a[data-open][href='{address}']")
        decide(who, slug, **fields)
        assert "Recorded as" in who.text()
    assert run_of(live, number, kind) == ["released"]
    live.sweep()
    assert run_of(live, number, kind) == ["done"]
    who.open(f"/onboardings/{number}")
    assert kind.replace("_", " ") in who.text()
    assert who.seen.nothing, who.seen


def moved(live, number, **changes):
    """The record comes again, with something in it changed."""
    from holdshort.core.onboarding.looking import record_of

    flow = live.house.flow
    state = flow.state(number)
    record = json.loads(json.dumps(record_of(state, flow.world(state))))
    record["as_of"] = "2099-01-01T00:00:00Z"
    for system, values in changes.items():
        record[system] = {**record[system], **values}
    flow.intake(record, "crm")


@pytest.mark.keeps("S5")
def test_an_approval_under_which_something_moved_is_confirmed_again_in_one_step(live, person):
    number, (address,) = open_reviews(live, "CO-EDGE-005")
    who = person("security")
    who.open(address)
    decide(who, "override", scope=["provision access"], reason="looked at it with their IT", owner="security")
    assert "Recorded as" in who.text()
    before = state_of(live, number).decisions
    moved(live, number, provisioning={"verified_domains": ["another.example"]})
    who.open(address)
    assert "What you approved has moved" in who.text()
    again = who.page.locator("form[action$='/again']")
    again.locator("input[name=password]").fill(PASSWORD)
    with who.page.expect_navigation():
        again.locator("button").first.click()
    assert "Recorded as" in who.text()
    assert "has moved" not in who.text()
    assert state_of(live, number).decisions == before + 1


RACE = "CO-EDGE-005"


@pytest.mark.keeps("S6")
def test_of_two_who_decide_at_once_the_second_is_told_and_keeps_what_they_wrote(live, person):
    number, (address,) = open_reviews(live, RACE)
    first, second = person("security"), person("privacy")
    first.open(address)
    second.open(address)
    fill(second, "reject", reason="no review, no access")
    decide(first, "reject", reason="the domain is not verified")
    with second.page.expect_navigation():
        second.page.click("#decide-reject button.act")
    assert "Somebody decided before you" in second.text()
    assert "sol decided as security" in second.text()
    assert second.page.input_value("#decide-reject [name=reason]").strip() == "no review, no access"


def test_back_and_a_double_click_lose_and_double_nothing(live, person):
    number, (address,) = open_reviews(live, "CO-EDGE-003")
    who = person("implementation_lead")
    who.open(address)
    fill(who, "request-info", to="sales_owner", question="Which day was promised, and to whom?")
    who.page.goto("/onboardings")
    who.page.go_back()
    box = who.page.locator("#decide-request-info [name=question]")
    assert box.input_value().strip() == "Which day was promised, and to whom?"
    fill(who, "request-info", to="sales_owner")
    before = state_of(live, number).decisions
    with who.page.expect_navigation():
        who.page.locator("#decide-request-info button.act").dblclick()
    assert state_of(live, number).decisions == before + 1
    who.page.go_back()
    assert f"{number}.d{before + 1}" in who.text()  # what comes back is the page as it is now
    assert state_of(live, number).decisions == before + 1


@pytest.mark.parametrize("how", ["it ran out", "somebody ended it"])
def test_a_session_that_ends_meanwhile_loses_nothing_that_was_typed(live, person, how):
    words = f"wrote this when {how}: is the plan the one of the order form?"
    number, (address,) = open_reviews(live, "CO-EDGE-002")
    who = person("finance_ops")
    who.open(address)
    form = fill(who, "request-info", to="sales_owner", question=words)
    before = state_of(live, number).decisions
    if how == "it ran out":
        who.lose_session()
    else:
        admin = person("systems_admin")
        admin.open("/settings/people/dora")
        with admin.page.expect_navigation():
            admin.page.get_by_role("button", name=re.compile("Sign dora out everywhere")).click()
    with who.page.expect_navigation():
        form.locator("button.act").click()
    assert "What you typed is kept" in who.text()
    assert state_of(live, number).decisions == before
    who.page.fill("input[name=name]", "dora")
    who.page.fill("input[name=password]", PASSWORD)
    with who.page.expect_navigation():
        who.page.click("main button")
    assert "Here is what you typed" in who.text()
    assert words in [each.input_value() for each in who.page.locator("main textarea").all()]
    if who.page.locator("main input[name=password]").count():
        who.page.fill("main input[name=password]", PASSWORD)
    with who.page.expect_navigation():
        who.page.click("main button.main")
    assert "Recorded as" in who.text()
    assert state_of(live, number).decisions == before + 1


def test_keys_alone_lead_from_the_inbox_to_a_decision(live, person):
    who = person("csm")
    who.open("/?view=mine")
    press = who.page.keyboard.press
    items = who.page.locator("[data-item] [data-open]")
    there_are = items.count()
    assert there_are > 1
    press("j")
    press("j")
    assert who.page.evaluate("document.activeElement.href") == who.page.evaluate(
        "e => e.href", items.nth(1).element_handle()
    )
    press("k")
    opened = who.page.evaluate("document.activeElement.href")
    with who.page.expect_navigation():
        press("Enter")
    assert who.page.url == opened
    number = int(re.search(r"/reviews/(\d+)\.", opened)[1])
    before = state_of(live, number).decisions
    tab_to(who, "#decide-request-info > summary")
    press("Enter")
    tab_to(who, "#decide-request-info [name=to]")
    who.page.keyboard.type("sales owner")
    tab_to(who, "#decide-request-info [name=question]")
    who.page.keyboard.type("Who promised this?")
    if who.page.locator("#decide-request-info input[name=password]").count():
        tab_to(who, "#decide-request-info input[name=password]")
        who.page.keyboard.type(PASSWORD)
    tab_to(who, "#decide-request-info button.act")
    with who.page.expect_navigation():
        press("Enter")
    assert "Recorded as" in who.text()
    assert state_of(live, number).decisions == before + 1


def tab_to(who, selector, most=150):
    """Press Tab until this has the focus; whatever has it on the way can be seen to have it."""
    wanted = who.page.locator(selector).first.element_handle()
    for _ in range(most):
        who.page.keyboard.press("Tab")
        if who.page.evaluate("wanted => document.activeElement === wanted", wanted):
            assert who.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab does not lead to {selector}")
