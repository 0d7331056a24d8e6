"""An address in a mail or a chat decides nothing: whatever opens it, sniffs at it or fetches it ahead of a person."""

import pytest
from django.urls import reverse

from holdshort.web.policy import rule_for
from tests.web.test_policy import _SAMPLES, _SLOW, routes

WAYS = (
    ("head", {}),
    ("options", {}),
    ("get", {"HTTP_SEC_PURPOSE": "prefetch;prerender", "HTTP_PURPOSE": "prefetch"}),
)
MORE = {
    "rest": "anything",
    "key": "A-1",
    "id": 1,
    "action": 1,
    "n": 1,
    "session": "x",
    "column": "trigger",
    "what": "tests",
}
"""Values for blanks that no page of the demo needs."""


def addresses():
    blanks = {**MORE, **_SAMPLES}
    for name, wanted in routes():
        if rule_for(name).who != "demo" and name not in _SLOW and set(wanted) <= set(blanks):
            yield name, reverse(name, kwargs={each: blanks[each] for each in wanted})


@pytest.mark.keeps("S24")
@pytest.mark.parametrize("who", ["", "rae"])
def test_no_safe_method_changes_anything_on_any_route(web_house, who):
    client = web_house.sign_in(who) if who else web_house.browser()
    before, seen = web_house.events(), 0
    for turn in range(1 if who else 3):
        ways = WAYS[2:] if turn else WAYS
        for name, address in addresses():
            if (
                who
                and rule_for(name).takes("GET")
                and rule_for(name).who != "api"
                and name.startswith(("register", "golive", "proof"))
            ):
                continue  # slow pages, looked at by test_policy
            for method, headers in ways:
                answer = getattr(client, method)(address, **headers)
                assert answer.status_code < 500 or name.startswith("api:"), (method, name)
                if method == "get" and not who:
                    assert answer.status_code != 200 or rule_for(name).who in ("anybody", "api"), name
                seen += 1
    assert web_house.events() == before
    assert seen > 120
