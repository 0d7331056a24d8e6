"""The API as somebody else's program reads its description: no fault of ours, nothing that the description does not say."""

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.api.conftest import ROOT

CHECKS = [
    schemathesis.checks.not_a_server_error, status_code_conformance, content_type_conformance,
    response_headers_conformance, response_schema_conformance,
]  # fmt: skip
EXAMPLES = 200 if os.environ.get("HOLDSHORT_TORTURE") else 3
THERE = {"number": st.integers(1, 12), "no": st.integers(1, 3), "id": st.integers(1, 2), "delivery": st.integers(1, 3),
         "case": st.sampled_from(["CO-EDGE-001", "CO-EDGE-014"])}  # fmt: skip
"""What there is in the demo: without it nearly every number would be one that there is not."""


@pytest.mark.keeps("S26")
@pytest.mark.parametrize("caller", ["admin", "service", "nobody"])
def test_no_request_breaks_the_api_or_its_description(api, caller, monkeypatch):
    """Bodies, paths and queries as the description allows and as it does not, for an admin, a service and nobody."""
    from holdshort.web.application import make_application

    monkeypatch.setenv("HOLDSHORT_API_PER_MINUTE", "1000000")
    application = make_application(api.house)
    known = {"Authorization": f"Bearer {api.person('rae')}"}
    sent = {"admin": known, "service": {"Authorization": f"Bearer {api.service()}"}, "nobody": {}}[caller]
    api.call("POST", "/webhooks", {"url": "https://93.184.216.34/x"}, key=api.person("rae"))
    schema = schemathesis.openapi.from_wsgi(f"{ROOT}/openapi.json", application, headers=known)
    before = api.web.events()
    statuses: dict[int, int] = {}

    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(), data=st.data())
        def ask(case, data):
            for name in case.path_parameters or {}:
                if name in THERE and data.draw(st.integers(0, 3)):
                    case.path_parameters[name] = data.draw(THERE[name])
            case.headers = {
                name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"
            }
            answer = case.call(headers=sent)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            case.validate_response(answer, checks=CHECKS, headers=sent)

        ask()

    assert sum(statuses.values()) >= EXAMPLES * 10
    assert not [each for each in statuses if each >= 500]
    if caller == "nobody":
        assert api.web.events() == before
        assert not {each for each in statuses if each < 400}
    else:
        assert statuses.get(200, 0) > 0
