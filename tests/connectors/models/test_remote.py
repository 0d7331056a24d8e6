"""A model is asked over HTTP from a process apart, which holds the provider's key and nothing else."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from holdshort.assist.model import ModelAway, Prompt
from holdshort.connectors.models.remote import RemoteModel
from holdshort.core.model_replies import SCHEMA
from holdshort.core.settings_models import ModelSettings, read_model
from holdshort.ports import ModelDown
from holdshort.service.model_use import ModelDesk
from tests.connectors.models.stub import serving

pytest.importorskip("pydantic_ai")

ANSWER = json.dumps({"claims": [], "confidence": 0.5})
REQUEST = {"task": "Summarise.", "sources": "{}", "schema": json.dumps(dict(SCHEMA))}


@pytest.fixture(scope="module")
def place():
    """One server and one process for all questions that end well; starting them takes seconds."""
    with serving(ANSWER) as stub:
        model = RemoteModel(settings(stub.url), "the provider's key")
        yield stub, model
        model.close()


def settings(url, **more):
    return ModelSettings("compatible", "tiny", url, **more)


def test_a_question_goes_out_as_text_and_schema_and_no_tool_with_it(place):
    stub, model = place
    stub.replies[:] = [ANSWER]
    answer = model.ask(REQUEST, 60)
    assert (json.loads(answer["text"]), answer["tokens"]) == ({"claims": [], "confidence": 0.5}, 18)
    asked = stub.asked[-1]
    assert "tools" not in asked
    assert asked["response_format"]["type"] == "json_schema"
    assert [each["content"] for each in asked["messages"]] == ["Summarise.", "{}"]


def test_an_answer_that_is_no_json_is_asked_for_again_and_then_given_up(place):
    stub, model = place
    stub.replies[:] = ["I think so", ANSWER]
    assert json.loads(model.ask(REQUEST, 60)["text"])["confidence"] == 0.5
    stub.replies[:] = ["I think so"]
    with pytest.raises(ModelDown):
        model.ask(REQUEST, 60)


def test_a_refusing_provider_is_a_model_that_is_away(place):
    stub, model = place
    stub.replies[:] = [401]
    with pytest.raises(ModelDown) as down:
        model.ask(REQUEST, 60)
    assert "the provider's key" not in str(down.value)
    stub.replies[:] = [ANSWER]
    assert model.ask(REQUEST, 60)["tokens"] == 18


def test_a_provider_that_is_busy_is_asked_again(place):
    stub, model = place
    stub.replies[:] = [429, ANSWER]
    assert model.ask(REQUEST, 60)["tokens"] == 18


@pytest.mark.shows("H0")
@pytest.mark.keeps("S16")
def test_its_process_has_no_credential_but_the_providers_key(place, monkeypatch):
    stub, _ = place
    stub.replies[:] = [ANSWER]
    monkeypatch.setenv("HOLDSHORT_KEYS", "/secret/keys")
    monkeypatch.setenv("CRM_TOKEN", "crm secret")
    model = RemoteModel(settings(stub.url), "provider key")
    try:
        model.ask(REQUEST, 60)
        with open(f"/proc/{model._process.pid}/environ", "rb") as file:
            environment = file.read()
    finally:
        model.close()
    assert b"provider key" in environment
    assert b"/secret/keys" not in environment
    assert b"crm secret" not in environment


def test_a_model_that_hangs_costs_its_time_limit_and_no_more(place):
    stub, model = place
    stub.replies[:] = [30.0]
    began = time.monotonic()
    with pytest.raises(ModelDown) as down:
        model.ask(REQUEST, 1)
    assert time.monotonic() - began < 10
    assert "within 1 seconds" in str(down.value)


@pytest.mark.keeps("S16")
@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('127.0.0.1', other), 2)",
        "socket.create_connection(('192.0.2.1', 80), 2)",
        "socket.getaddrinfo('elsewhere.example', 80)",
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', other))",
        "open('/tmp/holdshort-planted', 'w')",
        "os.open('/tmp/holdshort-planted', os.O_CREAT | os.O_WRONLY)",
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.remove('/tmp/holdshort-planted')",
    ],
)
def test_its_process_reaches_nobody_else_starts_nothing_and_writes_nothing(attempt):
    program = f"""
import os, socket, subprocess
from holdshort.connectors.models.egress import NotAllowed, close_all_ways_but
server, another = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
port, other = server.getsockname()[1], another.getsockname()[1]
close_all_ways_but("127.0.0.1", port)
socket.create_connection(("127.0.0.1", port), 2)
open(os.devnull).read()
try:
    {attempt}
except NotAllowed:
    print("refused")
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert said.stdout.strip() == "refused", said.stderr


# --- the desk -----------------------------------------------------------------------------------------------


class Echo:
    """A transport that says back what it was sent."""

    name = "echo"

    def __init__(self, fail=False):
        self.requests = []
        self.fail = fail

    def ask(self, request, timeout_s):
        if self.fail:
            raise ModelDown("unplugged")
        self.requests.append(request)
        return {"text": request["sources"], "tokens": 100}


def desk(echo, **more):
    calls = []
    made = ModelDesk(
        echo,
        settings("http://127.0.0.1:1/v1", **more),
        lambda: datetime(2026, 7, 1, tzinfo=UTC),
        calls.append,
    )
    return made, calls


def prompt(sources):
    return Prompt("H3", "v1", "Summarise.", sources, "{}")


@pytest.mark.keeps("S20")
def test_personal_data_stays_here_and_stands_in_the_answer_again():
    echo = Echo()
    made, _ = desk(echo)
    reply = made.for_onboarding(["Petra Lindqvist"]).ask(prompt("Petra Lindqvist, petra@oldmill.example"), 5)
    assert echo.requests[0]["sources"] == "[person 1], [mail 1]"
    assert reply.text == "Petra Lindqvist, petra@oldmill.example"


def test_the_same_question_is_asked_once():
    echo = Echo()
    made, calls = desk(echo, cents_per_million_tokens=20_000)
    for _ in range(3):
        made.for_onboarding([]).ask(prompt("same"), 5)
    assert len(echo.requests) == 1
    assert [(each.outcome, each.tokens, each.minor_units) for each in calls] == [
        ("answered", 100, 2), ("from cache", 0, 0), ("from cache", 0, 0),
    ]  # fmt: skip


def test_a_days_budget_is_kept_and_every_call_is_on_record():
    echo = Echo()
    made, calls = desk(echo, tokens_per_day=150)
    asked = made.for_onboarding([])
    asked.ask(prompt("one"), 5)
    asked.ask(prompt("two"), 5)
    with pytest.raises(ModelAway):
        asked.ask(prompt("three"), 5)
    assert [each.outcome for each in calls] == ["answered", "answered", "over budget"]


def test_a_model_that_is_away_is_said_to_be_away():
    made, calls = desk(Echo(fail=True))
    with pytest.raises(ModelAway):
        made.for_onboarding([]).ask(prompt("one"), 5)
    assert (calls[0].outcome, calls[0].why) == ("no answer", "unplugged")


# --- settings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({"provider": "opennai"}, "provider"),
        ({"provider": "openai", "model": "m"}, "key_env"),
        ({"provider": "openai", "key_env": "K"}, "model"),
        ({"provider": "compatible", "model": "m"}, "base_url"),
        ({"provider": "compatible", "model": "m", "base_url": "http://model.example/v1"}, "base_url"),
        ({"provider": "compatible", "model": "m", "base_url": "https://me:pw@model.example/v1"}, "base_url"),
        ({"provider": "openai", "model": "m", "key_env": "sk-verysecret"}, "key_env"),
        ({"provider": "openai", "model": "m", "key_env": "K", "timeout_seconds": 0}, "timeout_seconds"),
        ({"provider": "openai", "model": "m", "key_env": "K", "redcat": True}, "redcat"),
    ],
)
def test_with_any_fault_in_the_settings_no_model_is_asked(said, place):
    faults = []
    read = read_model(said, lambda *fault: faults.append(fault))
    assert not read.asks_a_model
    assert [fault[2] for fault in faults] == [f"assist > {place}"]
    assert all(fault[3] for fault in faults)


def test_without_settings_the_built_in_assistant_helps_and_nothing_is_sent():
    assert read_model(None, print) == ModelSettings()
    assert not ModelSettings().asks_a_model
    assert os.environ.get("HOLDSHORT_CHILD_MODEL_KEY") is None
