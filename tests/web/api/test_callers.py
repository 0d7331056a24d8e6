"""Who may call what: nobody without a key, a key for what it is good for, a person for what a person does."""

from datetime import timedelta

import pytest

from holdshort.ports import ApiKey
from holdshort.service.api_keys import SCOPES, _digest, find_key, revoke_key
from holdshort.service.people import set_active
from tests.web.api.conftest import ROOT, SERVICE

OPEN = {"/hooks/{source}"}
"""Believed by signature instead of a key."""


def _operations(api):
    from holdshort.web.api.urls import api as described

    found = described.get_openapi_schema(path_prefix=f"{ROOT}/")["paths"]
    for path, operations in found.items():
        short = path.removeprefix(ROOT)
        for method in operations:
            if short not in OPEN:
                yield (
                    method.upper(),
                    short.replace("{number}.{no}", "1.1")
                    .replace("{number}", "1")
                    .replace("{case}", "CO-EDGE-001")
                    .replace("{id}", "1")
                    .replace("{delivery}", "1"),
                )


def test_the_reference_lists_every_operation_and_every_scope():
    from tests.test_docs import page

    text = page("docs/reference/api.md")
    from holdshort.service.notices import KINDS

    missing = [each for each in (*SCOPES, *KINDS.values()) if f"`{each}`" not in text]
    assert missing == []


def test_the_reference_lists_every_address(api):
    from holdshort.web.api.urls import api as described
    from tests.test_docs import page

    text = page("docs/reference/api.md")
    paths = described.get_openapi_schema(path_prefix=f"{ROOT}/")["paths"]
    missing = [
        f"{method.upper()} {path.removeprefix(ROOT)}"
        for path, operations in paths.items()
        for method in operations
        if f"`{method.upper()} {path.removeprefix(ROOT)}`" not in text
    ]
    assert missing == []


BODIES = {
    "/reviews/1.1/decisions": {"decision": "reject", "seen": "0" * 64},
    "/onboardings/1/holds": {"reason": "a hunch"},
    "/onboardings/1/actions": {"kind": "log_audit"},
    "/webhooks": {"url": "https://hooks.example/x"},
    "/intake": {},
    "/run": {},
}


@pytest.mark.keeps("S13", "S26")
def test_no_operation_answers_nobody(api):
    """As well as the description itself, and addresses that there are not."""
    asked = [*_operations(api), ("GET", "/openapi.json"), ("GET", "/nothing/here")]

    found = {(method, path): api.call(method, path, BODIES.get(path)) for method, path in asked}

    assert len(found) > 20
    assert {key: each.status_code for key, each in found.items() if each.status_code != 401} == {}
    assert all(each["Content-Type"] == "application/problem+json" for each in found.values())
    assert all(each["WWW-Authenticate"].startswith("Bearer") for each in found.values())


@pytest.mark.keeps("S13", "S26")
def test_a_key_opens_only_what_its_scopes_name(api):
    """With the one scope that almost nothing asks for, nothing else opens."""
    few = api.service("intake:write")
    before = api.web.events()

    found = {
        (method, path): api.call(method, path, BODIES.get(path), key=few).status_code
        for method, path in _operations(api)
        if path != "/intake"
    }

    assert {each: status for each, status in found.items() if status != 403} == {}
    assert api.web.events() == before


@pytest.mark.keeps("S14")
def test_a_service_decides_nothing_even_with_a_scope_that_it_cannot_have(api):
    """As if somebody had written the scope into the database."""
    token = f"hsk_forgedforg_{'A' * 43}"
    now = api.house.clock.now()
    forged = ApiKey(
        "forgedforg", _digest(token), "forged", "service", "rae", SERVICE | {"decisions:write"}, "rae", now, now + timedelta(days=1)
    )  # fmt: skip
    with api.house.store.transaction() as tx:
        api.house.api_tables.add_key(tx, forged)
    review = api.get("/reviews?limit=1", api.service())["items"][0]["review"]
    seen = api.get(f"/reviews/{review}", api.service())["seen"]
    before = api.web.events()

    decided = api.call(
        "POST",
        f"/reviews/{review}/decisions",
        {"decision": "reject", "seen": seen, "reason": "no"},
        key=token,
    )
    held = api.call("POST", "/onboardings/1/holds", {"reason": "a hunch"}, key=token)

    assert (decided.status_code, decided.json()["code"]) == (403, "API-009")
    assert (held.status_code, held.json()["code"]) == (403, "API-009")
    assert api.web.events() == before


@pytest.mark.keeps("S13")
def test_a_key_ends_when_it_is_revoked_expires_or_its_person_leaves(api):
    house = api.house
    service, dora, tomas = api.service("register:read"), api.person("dora"), api.person("tomas")
    assert [api.call("GET", "/register", key=each).status_code for each in (service, dora, tomas)] == [
        200,
        200,
        200,
    ]

    revoke_key(house.store, house.api_tables, "p-tomas", "tomas", house.clock.now())
    set_active(house.store, "dora", False, "ravi", house.clock.now())
    late = house.clock.now() + timedelta(days=400)

    assert [api.call("GET", "/register", key=each).status_code for each in (service, dora, tomas)] == [
        200,
        401,
        401,
    ]
    assert find_key(house.api_tables, service, house.clock.now()) is not None
    assert find_key(house.api_tables, service, late) is None


@pytest.mark.keeps("S13")
def test_a_token_that_differs_in_one_letter_is_none(api):
    token = api.service()
    other = token[:-1] + ("A" if token[-1] != "A" else "B")

    assert api.call("GET", "/register", key=other).status_code == 401
    assert api.call("GET", "/register", key=token[:30]).status_code == 401


@pytest.mark.keeps("S24", "S26")
def test_a_session_changes_nothing_without_showing_that_it_is_our_own_page(api):
    strict = api.web.browser(enforce_csrf_checks=True)
    strict.cookies = api.web.client("rae").cookies
    before = api.web.events()

    refused = api.call("POST", "/onboardings/1/holds", {"reason": "a hunch"}, browser=strict)

    assert (refused.status_code, refused.json()["code"]) == (403, "API-004")
    assert api.web.events() == before
    assert api.call("GET", "/reviews", browser=strict).status_code == 200


@pytest.mark.keeps("S13")
def test_a_wrong_key_is_not_made_good_by_a_session(api):
    signed_in = api.web.client("rae")

    assert api.call("GET", "/reviews", browser=signed_in).status_code == 200
    assert api.call("GET", "/reviews", key="hsk_wrong", browser=signed_in).status_code == 401


@pytest.mark.keeps("S13")
def test_news_of_customers_are_sent_where_an_admin_says(api):
    """A person's key has the scope; the person is neither a systems admin nor RevOps."""
    refused = api.call("GET", "/webhooks", key=api.person("dora"))

    assert (refused.status_code, refused.json()["code"]) == (403, "API-010")
    assert api.call("GET", "/webhooks", key=api.person("rae")).status_code == 200


@pytest.mark.keeps("S26")
def test_whoever_asks_too_often_waits(api, monkeypatch):
    monkeypatch.setenv("HOLDSHORT_API_PER_MINUTE", "3")
    key = api.service("register:read", owner="will")

    statuses = [api.call("GET", "/register?limit=1", key=key).status_code for _ in range(5)]
    refused = api.call("GET", "/register?limit=1", key=key)

    assert statuses.count(429) >= 1  # a new minute may have begun meanwhile
    assert refused["Retry-After"].isdecimal()
    assert refused.json()["code"] == "API-006"
