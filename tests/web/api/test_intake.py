"""Records in by the API: each deal one onboarding, every fault said, the same request answered the same."""

import json

import pytest

from holdshort.service.api_answers import KEPT, forget_old_answers


@pytest.mark.shows("G1")
@pytest.mark.keeps("S7")
def test_a_deal_is_one_onboarding_however_often_it_is_handed_in(api):
    key = api.service("intake:write")
    record = api.record("X-1")

    first = api.call("POST", "/intake", record, key=key)
    second = api.call("POST", "/intake?channel=Slack", record, key=key)
    one, other = first.json()["items"][0], second.json()["items"][0]

    assert (first.status_code, one["outcome"]) == (201, "opened")
    assert (second.status_code, other["outcome"]) == (200, "unchanged")
    assert one["number"] == other["number"]
    assert one["verdict"] == "clean"
    assert "create_project" in one["released"]


def test_who_handed_a_record_in_stands_in_the_log(api):
    number = api.call("POST", "/intake", api.record("X-2"), key=api.service("intake:write")).json()["items"][
        0
    ]["number"]
    log = api.get(f"/onboardings/{number}/events", api.service())["items"]

    assert log[0]["by"] == "key:s-rae-intake.write"


def test_a_record_that_cannot_be_read_hides_no_other(api):
    body = f'[{json.dumps(api.record("X-3"))}, {{"crm": {{"a": 1, "a": 2}}}}, 7, {json.dumps(api.record("X-4"))}]'

    answer = api.call("POST", "/intake", body, key=api.service("intake:write"))
    items = answer.json()["items"]

    assert answer.status_code == 201
    assert [each["outcome"] for each in items] == ["opened", "unreadable", "unreadable", "opened"]
    assert [each["faults"][0]["code"] for each in items if "faults" in each] == ["RECORD-003", "RECORD-004"]


@pytest.mark.keeps("S23")
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("", 400, "FILE-004"),
        ("{", 422, "RECORD-001"),
        ('{"crm": {"amount": NaN}}', 422, "RECORD-002"),
        ('{"crm": {"a": 1, "a": 1}}', 422, "RECORD-003"),
        ("[1]", 422, "RECORD-004"),
        ('{"crm": [1]}', 422, "RECORD-007"),
        ('{"other": ' + "[" * 80 + "]" * 80 + "}", 422, "RECORD-005"),
        (b'{"crm": {"name": "\xff"}}', 422, "RECORD-006"),
        ('{"crm": {"name": "nobody"}}', 422, "FLOW-060"),
    ],
)
def test_what_is_no_record_is_refused_with_its_code(api, body, status, code):
    key = api.service("intake:write")
    before = api.web.events()

    answer = api.call("POST", "/intake", body, key=key)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert api.web.events() == before


@pytest.mark.keeps("S23")
def test_too_much_at_once_is_refused_before_it_is_read(api):
    key = api.service("intake:write")

    many = api.call("POST", "/intake", [{}] * 101, key=key)
    large = api.call("POST", "/intake", '{"notes": ["' + "x" * 3_000_000 + '"]}', key=key)

    assert (many.status_code, large.status_code) == (413, 413)
    assert many.json()["code"] == large.json()["code"] == "API-008"


@pytest.mark.keeps("S7")
def test_the_same_request_under_one_key_is_answered_as_it_was(api):
    """By its natural key alone a second one would say `unchanged`."""
    key, other = api.service("intake:write"), api.service("intake:write", owner="ravi")
    record = api.record("X-5")

    first = api.call("POST", "/intake", record, key=key, idempotency_key="abc-1")
    again = api.call("POST", "/intake", record, key=key, idempotency_key="abc-1")
    misused = api.call("POST", "/intake", api.record("X-6"), key=key, idempotency_key="abc-1")
    elsewhere = api.call("POST", "/intake", record, key=other, idempotency_key="abc-1")
    unreadable = api.call("POST", "/intake", record, key=key, idempotency_key="a b")

    assert again.status_code == first.status_code == 201
    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (misused.status_code, misused.json()["code"]) == (422, "API-021")
    assert elsewhere.json()["items"][0]["outcome"] == "unchanged"
    assert (unreadable.status_code, unreadable.json()["code"]) == (422, "API-020")


@pytest.mark.keeps("S27")
def test_a_kept_answer_is_sealed_and_forgotten_in_time(api):
    key = api.service("intake:write")
    api.call("POST", "/intake", api.record("X-7"), key=key, idempotency_key="abc-2")
    path = api.house.folder / ".holdshort" / "holdshort.sqlite"
    name = next(each.name for each in api.house.api_tables.all_keys())

    assert api.house.api_tables.answer(f"key:{name}", "abc-2") is not None
    assert b'"outcome": "opened"' not in path.read_bytes()
    assert forget_old_answers(api.house.store, api.house.api_tables, api.house.clock.now() + 2 * KEPT) == 1
    assert api.house.api_tables.answer(f"key:{name}", "abc-2") is None


@pytest.mark.keeps("S1", "S7")
def test_a_record_that_is_put_down_is_taken_in_by_a_worker_once(api):
    key = api.service("intake:write")
    record = api.record("X-8")

    first = api.call("POST", "/intake", record, key=key, prefer="respond-async")
    again = api.call("POST", "/intake", record, key=key, prefer="respond-async")
    before = api.house.store.number_of("A-118/X-8/closed_won")
    api.house.incoming.take_in()
    arrived = api.get("/arrivals", api.service())["items"]

    assert (first.status_code, first.json()["items"][0]["outcome"]) == (202, "put down")
    assert again.json()["items"][0]["outcome"] == "put down before"
    assert before is None
    assert [(each["state"], each["why"]) for each in arrived] == [("done", "opened")]
    assert api.get(f"/onboardings/{arrived[0]['number']}", api.service())["onboarding"].endswith(
        "/X-8/closed_won"
    )


@pytest.mark.shows("P3")
def test_the_register_is_asked_without_taking_anything_in(api):
    key = api.service("register:read")
    before = api.web.events()

    answer = api.call("POST", "/run", [api.record("X-9"), {"crm": 5}], key=key)
    items = answer.json()["items"]

    assert answer.status_code == 200
    assert items[0]["answer"]["verdict"] == "clean"
    assert items[1]["answer"] is None
    assert items[1]["faults"][0]["code"] == "RECORD-007"
    assert api.web.events() == before


@pytest.mark.keeps("S27")
def test_a_worker_forgets_what_is_kept_for_a_while_only(api):
    """Once an hour: answers to repeat, and arrivals that are over; what still waits stays."""
    from datetime import timedelta

    from holdshort.service.tidying import Tidying

    key = api.service("intake:write")
    api.call("POST", "/intake", api.record("T-1"), key=key, idempotency_key="abc-3", prefer="")
    api.call("POST", "/intake", api.record("T-2"), key=key, prefer="respond-async")
    api.house.incoming.take_in()
    api.call("POST", "/intake", api.record("T-3"), key=key, prefer="respond-async")
    with api.house.store.transaction() as tx:
        gone = api.house.api_tables.forget_incoming(tx, api.house.clock.now() + timedelta(days=31))
    moments, did = [0.0], []
    tidying = Tidying([lambda: did.append(moments[0])], lambda: moments[0])
    for moments[0] in (0.0, 60.0, 3599.0, 3600.0, 3700.0):
        tidying(lambda: False)

    assert gone == 1
    assert [each.state for each in api.house.incoming.arrivals(0, 5)] == ["waiting"]
    assert did == [0.0, 3600.0]
