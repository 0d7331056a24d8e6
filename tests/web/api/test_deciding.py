"""Decisions, holds and actions by the API: the decider's own rules, said as problems that a program can act on."""

import pytest

from holdshort.web.demo_house import PASSWORD


def _review(api, tier, owner, about="finding"):
    """An open review of this tier and owner, whose only step is theirs, in full."""
    for row in api.get(f"/reviews?role={owner}&limit=200", api.service())["items"]:
        if row["tier"] == tier and row["about"] == about and row["steps"] == 1 and row["owner"] == owner:
            return api.get(f"/reviews/{row['review']}", api.service())
    raise AssertionError(f"the demo has no {tier} review of {owner}")


def _body(review, decision="reject", **more):
    return {"decision": decision, "seen": review["seen"], "reason": "they said so themselves", **more}


@pytest.mark.shows("J7")
@pytest.mark.keeps("S5", "S6")
def test_a_person_decides_once_and_is_answered_the_same_again(api):
    key = api.person("rae")
    review = _review(api, "medium", "revops")
    path = f"/reviews/{review['id']}/decisions"

    first = api.call("POST", path, _body(review), key=key, idempotency_key="one")
    after = api.web.events()
    again = api.call("POST", path, _body(review), key=key, idempotency_key="one")
    late = api.call("POST", path, _body(review), key=key)

    assert first.status_code == 201, first.content.decode()
    assert first.json()["decision"]["by"] == "rae"
    assert first.json()["decision"]["code"] == "J7"
    assert (again.status_code, again.content) == (201, first.content)
    assert (late.status_code, late.json()["code"]) in ((409, "FLOW-008"), (409, "FLOW-011"))
    assert api.web.events() == after


@pytest.mark.keeps("S5")
def test_a_decision_on_what_is_out_of_date_is_refused(api):
    key = api.person("rae")
    review = _review(api, "medium", "revops")
    before = api.web.events()

    answer = api.call(
        "POST", f"/reviews/{review['id']}/decisions", {**_body(review), "seen": "0" * 64}, key=key
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "FLOW-011")
    assert api.web.events() == before


@pytest.mark.shows("F3")
@pytest.mark.keeps("S13")
def test_a_high_review_asks_for_the_password_with_the_decision(api):
    owner = next(
        row["owner"]
        for row in api.get("/reviews?limit=200", api.service())["items"]
        if row["tier"] == "high"
        and row["steps"] == 1
        and row["owner"] in ("revops", "finance_ops", "security", "legal")
    )
    name = {"revops": "rae", "finance_ops": "dora", "security": "sol", "legal": "anselm"}[owner]
    key = api.person(name)
    review = _review(api, "high", owner)
    path = f"/reviews/{review['id']}/decisions"

    without = api.call("POST", path, _body(review), key=key)
    wrong = api.call("POST", path, _body(review, password="not this one"), key=key)
    dry = api.call("POST", path, _body(review, dry_run=True), key=key)
    before = api.web.events()
    right = api.call("POST", path, _body(review, password=PASSWORD), key=key)

    assert (without.status_code, without.json()["code"]) == (403, "FLOW-012")
    assert (wrong.status_code, wrong.json()["code"]) == (403, "STEP-002")
    assert (dry.status_code, dry.json()["dry_run"]) == (200, True)
    assert right.status_code == 201, right.content.decode()
    assert api.web.events() > before


@pytest.mark.keeps("S13", "S26")
def test_passwords_cannot_be_guessed_through_the_api(api, monkeypatch):
    monkeypatch.setattr("holdshort.web.signing_in.attempts.MOST_FOR_ACCOUNT", 3)
    key = api.person("rae")
    review = _review(api, "medium", "revops")
    path = f"/reviews/{review['id']}/decisions"

    guesses = [
        api.call("POST", path, _body(review, password=f"guess {n}"), key=key).status_code for n in range(3)
    ]
    right = api.call("POST", path, _body(review, password=PASSWORD), key=key)

    assert set(guesses) == {403}
    assert (right.status_code, right.json()["code"]) == (429, "STEP-003")


@pytest.mark.keeps("S13")
def test_somebody_whose_turn_it_is_not_is_refused(api):
    review = _review(api, "medium", "revops")

    answer = api.call("POST", f"/reviews/{review['id']}/decisions", _body(review), key=api.person("nadia"))

    assert (answer.status_code, answer.json()["code"]) == (403, "FLOW-010")


@pytest.mark.keeps("S13", "S26")
@pytest.mark.parametrize(
    "path", ["/onboardings/99999", "/onboardings/0", "/onboardings/99999/events", "/reviews/1.999", "/reviews/99999.1",
             "/actions/1.999", "/actions/99999.1", "/register/CO-EDGE-XYZ", "/webhooks/77/deliveries"],
)  # fmt: skip
def test_what_is_not_there_is_404(api, path):
    answer = api.call("GET", path, key=api.service())

    assert answer.status_code == 404
    assert answer.json()["code"]


@pytest.mark.shows("J4")
@pytest.mark.parametrize("scope", ["999999/a1", "a", "12/b3", "../a1"])
def test_a_scope_names_actions_of_this_onboarding(api, scope):
    review = _review(api, "medium", "revops")

    answer = api.call(
        "POST", f"/reviews/{review['id']}/decisions", _body(review, scope=[scope]), key=api.person("rae")
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "API-014")


def test_a_misspelt_field_is_noticed(api):
    review = _review(api, "medium", "revops")

    answer = api.call(
        "POST", f"/reviews/{review['id']}/decisions", _body(review, resaon="x"), key=api.person("rae")
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "API-007")
    assert "resaon" in answer.json()["detail"]


@pytest.mark.shows("L8.8")
def test_a_person_holds_what_no_row_finds(api):
    number = api.call("POST", "/intake", api.record("H-1"), key=api.service("intake:write")).json()["items"][
        0
    ]["number"]

    answer = api.call(
        "POST",
        f"/onboardings/{number}/holds",
        {"reason": "their sponsor has left", "kinds": ["create_project"]},
        key=api.person("tomas"),
    )
    shown = api.get(f"/onboardings/{number}", api.service())

    assert answer.status_code == 201, answer.content.decode()
    assert answer.json()["reviews"]["opened"]
    assert [(each["by"], each["why"]) for each in shown["holds"]] == [("tomas", "their sponsor has left")]
    assert next(each for each in shown["actions"] if each["kind"] == "create_project")["verdict"] == "held"


@pytest.mark.shows("G12")
def test_a_program_asks_for_an_action_and_is_told_the_verdict_with_reasons(api):
    key = api.service("actions:propose")
    number = api.call("POST", "/intake", api.record("P-1"), key=api.service("intake:write")).json()["items"][
        0
    ]["number"]
    wanted = {
        "kind": "send_customer_message",
        "payload": {"to": ["a@b.example"], "subject": "Hello", "body": "Hello"},
    }

    first = api.call("POST", f"/onboardings/{number}/actions", wanted, key=key)
    again = api.call("POST", f"/onboardings/{number}/actions", wanted, key=key)
    one, two = first.json(), again.json()
    looked = api.call("GET", f"/actions/{one['id'].replace('/a', '.')}", key=key).json()

    assert (first.status_code, again.status_code) == (201, 200)
    assert one["id"] == two["id"] == looked["id"]
    assert one["verdict"] == "needs review"
    assert one["why"]
    assert one["waits_for"]
    assert one["by"] == "key:s-rae-actions.propose"
    unknown = api.call("POST", f"/onboardings/{number}/actions", {"kind": "launch_rocket"}, key=key)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "FLOW-002")


@pytest.mark.keeps("S14")
def test_nobody_approves_what_their_own_program_asked_for(api):
    """The key's owner answers for it, so the owner is an author of the action; another of the role is not."""
    number = api.call("POST", "/intake", api.record("P-2"), key=api.service("intake:write")).json()["items"][
        0
    ]["number"]
    wanted = {
        "kind": "send_customer_message",
        "payload": {"to": ["a@b.example"], "subject": "Hello", "body": "Hello"},
    }
    asked = api.call(
        "POST", f"/onboardings/{number}/actions", wanted, key=api.service("actions:propose", owner="tomas")
    )
    waits = asked.json()["waits_for"][0]
    review = api.get(f"/reviews/{waits['review']}", api.service())
    assert "csm" in review["decides"], "the demo's message is for the CSM, who is tomas"

    answer = api.call(
        "POST",
        f"/reviews/{review['id']}/decisions",
        _body(review, "approve-message", password=PASSWORD),
        key=api.person("tomas"),
    )

    assert (answer.status_code, answer.json()["code"]) == (403, "FLOW-033")


def test_pages_of_a_list_meet_without_gap_or_repetition(api):
    key = api.service()
    whole = [each["number"] for each in api.get("/onboardings?limit=200", key)["items"]]
    found, after = [], ""
    while True:
        page = api.get(f"/onboardings?limit=7{f'&after={after}' if after else ''}", key)
        found += [each["number"] for each in page["items"]]
        after = page["next"]
        if after is None:
            break

    assert found == whole
    assert len(whole) > 14


def test_pages_of_the_inbox_meet_without_gap_or_repetition(api):
    key = api.service()
    whole = [each["review"] for each in api.get("/reviews?limit=200", key)["items"]]
    found, after = [], ""
    while after is not None:
        page = api.get(f"/reviews?limit=11{f'&after={after}' if after else ''}", key)
        found += [each["review"] for each in page["items"]]
        after = page["next"]

    assert found == whole


@pytest.mark.keeps("S15", "S27")
def test_the_audit_log_is_read_to_its_end_without_a_private_part(api):
    key = api.service("audit:read")
    found, after = [], ""
    while after is not None:
        page = api.get(f"/audit/events?limit=200{f'&after={after}' if after else ''}", key)
        found += page["items"]
        after = page["next"]

    assert len(found) == api.web.events()
    assert found[0]["number"] == 0
    assert {"number", "seq", "kind", "at", "actor", "body", "commitment", "hash"} == set(found[0])
    title = api.get("/onboardings?limit=1", api.service())["items"][0]["title"].split(" · ")[0]
    assert title not in str(found)
