"""Who may open what: every route has a rule, and looking changes nothing."""

import json
import logging

import pytest
from django.urls import get_resolver, reverse

from holdshort.web.policy import POLICY, Rule, rule_for
from tests.web.screens import ROLE_OF

_SAMPLES = {
    "name": "rae",
    "number": 6,
    "no": 1,
    "case": "CO-EDGE-001",
    "version": 1,
    "decision": 1,
    "token": "none",
}
"""A value for each kind of blank in an address, which the demo house has."""

_SLOW = ("register_effects", "register_download")
"""These read and prove a whole playbook: one role looks, the others need not."""


def routes(resolver=None, namespace="", before=()):
    """Full name, blanks of the address, of every route."""
    for each in (resolver or get_resolver()).url_patterns:
        blanks = (*before, *each.pattern.converters)
        if hasattr(each, "url_patterns"):
            inner = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from routes(each, inner, blanks)
        else:
            yield f"{namespace}{each.name or ''}", blanks


@pytest.mark.keeps("S26")
def test_every_route_has_a_rule(screens):
    names = [name for name, _ in routes()]
    assert [name for name in names if rule_for(name) is None] == []
    assert len(names) > 40


def test_every_rule_belongs_to_a_route(screens):
    names = {name for name, _ in routes()}
    spaces = {name.partition(":")[0] for name in names if ":" in name}
    left_over = [
        name
        for name in POLICY
        if name not in names
        and not (name.endswith(":*") and (name.removesuffix(":*") in spaces or name == "api:*"))
    ]
    assert left_over == []


def test_a_route_without_a_rule_is_refused(web_house, client_as, monkeypatch):
    client = client_as("systems_admin")
    monkeypatch.delitem(POLICY, "calendars")
    assert client.get("/settings/calendars").status_code == 403


@pytest.mark.keeps("S24")
@pytest.mark.parametrize("role", ["revops", "systems_admin", "support"])
def test_looking_changes_nothing(web_house, client_as, role):
    client, before = client_as(role), web_house.events()
    seen = []
    for name, blanks in routes():
        rule = rule_for(name)
        if (
            rule.who in ("api", "demo")
            or not set(blanks) <= set(_SAMPLES)
            or (name in _SLOW and role != "revops")
        ):
            continue
        address = reverse(name, kwargs={each: _SAMPLES[each] for each in blanks})
        answer = client.get(address)
        seen.append((name, answer.status_code))
        assert answer.status_code < 500, name
        if not rule.takes("GET"):
            assert answer.status_code == 405, name
    assert web_house.events() == before
    assert sum(status == 200 for _, status in seen) > 12, seen


@pytest.mark.keeps("S26")
def test_nobody_gets_in_anywhere_without_signing_in(web_house):
    client, before = web_house.browser(), web_house.events()
    for name, blanks in routes():
        rule = rule_for(name)
        if rule.who in ("api", "anybody", "demo") or not set(blanks) <= set(_SAMPLES):
            continue
        address = reverse(name, kwargs={each: _SAMPLES[each] for each in blanks})
        got, sent = client.get(address), client.post(address, {"reason": "let me"})
        assert got.status_code in (302, 405), name
        assert got.status_code == 405 or got["Location"].startswith("/sign-in"), name
        assert sent.status_code in (401, 405), name
    assert web_house.events() == before


@pytest.mark.keeps("S26")
def test_a_changing_route_takes_no_post_from_another_site(web_house):
    client = web_house.sign_in("rae")
    client.handler.enforce_csrf_checks = True
    before = web_house.events()
    for name, blanks in routes():
        rule = rule_for(name)
        if rule.who == "api" or not rule.takes("POST") or not set(blanks) <= set(_SAMPLES):
            continue
        address = reverse(name, kwargs={each: _SAMPLES[each] for each in blanks})
        assert client.post(address, {"scope": "everything", "reason": "x"}).status_code in (403, 404), name
    assert web_house.events() == before


@pytest.mark.keeps("S14")
def test_rights_are_looked_up_at_every_act(web_house, client_as):
    """A role that is taken away counts from the very next request on, whatever the session remembers."""
    client = client_as("systems_admin")
    assert client.get("/settings/people/rae").status_code == 200
    with web_house.house.store.transaction() as tx:
        ravi = next(each for each in tx.users() if each.name == "ravi")
        tx.put_user(type(ravi)("ravi", ravi.title, ravi.email, frozenset({"support"})))
    assert client.get("/settings/people/rae").status_code == 403


@pytest.mark.keeps("S14")
def test_whoever_is_kept_out_is_out_at_once(web_house, client_as):
    client = client_as("support")
    assert client.get("/").status_code == 200
    with web_house.house.store.transaction() as tx:
        will = next(each for each in tx.users() if each.name == ROLE_OF["support"])
        tx.put_user(type(will)("will", will.title, will.email, will.roles, False))
    assert client.get("/").status_code == 302


def test_every_decision_about_access_is_written_down(web_house, client_as, caplog):
    logging.getLogger("holdshort.access").propagate = True
    with caplog.at_level(logging.INFO, "holdshort.access"):
        client_as("support").get("/settings/people/rae")
    last = json.loads([each.getMessage() for each in caplog.records if each.name == "holdshort.access"][-1])
    assert (last["access"], last["who"], last["route"]) == ("denied", "will", "person")


def test_a_rule_admits_only_the_roles_it_names():
    from holdshort.core.onboarding.people import Directory, Person

    people = Directory(
        {"ann": Person("ann", frozenset({"legal"})), "bob": Person("bob", frozenset({"legal"}), active=False)}
    )
    rule = Rule("roles", "reads", frozenset({"legal"}))
    assert rule.admits("ann", people)
    assert not any(rule.admits(name, people) for name in ("bob", "eve", ""))
    assert not Rule("roles", "reads", frozenset({"finance_ops"})).admits("ann", people)
