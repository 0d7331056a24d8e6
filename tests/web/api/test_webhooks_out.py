"""Webhooks out: who subscribed hears by ids what happened, at a public address, as often as it takes, and never twice by us."""

import json
import threading
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from standardwebhooks import Webhook

from holdshort.connectors.write.notice import NoticeSender
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.commands import Refused
from holdshort.service.notices import KINDS, MOST_TRIES, Notices, message, wait_after
from holdshort.service.switches import pause
from tests.houses import house, published_house  # noqa: F401


class Town:
    """A clock that is set, and a receiver whose answer is chosen."""

    def __init__(self, house):
        self.house = house
        self.at = house.clock.now() + timedelta(hours=1)  # later than all that happens here
        self.status = 204
        self.heard = []

    def now(self):
        return self.at

    def notices(self, port, **more):
        sender = NoticeSender([f"127.0.0.1:{port}"], **more)
        return Notices(self.house.store, self.house.api_tables, sender, self, lambda: "")


@contextmanager
def receiver(town):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            town.heard.append((dict(self.headers.items()), body))
            self.send_response(town.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def town(house):  # noqa: F811
    with house.opened() as opened:
        found = Town(opened)
        found.record = house.record
        with receiver(found) as port:
            found.port = port
            found.out = found.notices(port)
            yield found


def _subscribed(town, kinds=()):
    return town.out.subscribe(f"http://127.0.0.1:{town.port}/hook", kinds, "", "rae")


def _happens(town, deal="N-1"):
    return town.house.flow.intake(town.record(deal=deal), "crm").number


@pytest.mark.keeps("S25")
def test_a_subscriber_hears_by_ids_and_can_verify_who_says_it(town):
    _, secret = _subscribed(town, ["onboarding.opened", "action.released"])
    number = _happens(town)

    tried = town.out.deliver()
    said = [json.loads(body) for _, body in town.heard]

    assert tried == len(said) == 3
    assert {each["type"] for each in said} == {"onboarding.opened", "action.released"}
    assert {each["data"]["onboarding"] for each in said} == {number}
    for headers, body in town.heard:
        Webhook(secret).verify(
            body, {name.lower(): value for name, value in headers.items()}
        )  # somebody else's code
    assert town.out.deliver() == 0


@pytest.mark.keeps("S20", "S27")
def test_no_message_holds_anything_of_a_customers_record(town):
    _subscribed(town)
    record = town.record("missing-success-criteria", deal="N-2")
    town.house.flow.intake(record, "crm")
    bodies = " ".join(each.body for each in town.out.deliveries(1, 0, 200))

    kinds = set(record.pop("proposed_actions"))  # words of the catalogue, which messages do name
    texts = set(_texts(record)) - kinds
    assert len(bodies) > 500
    assert [each for each in texts if len(each) > 5 and each in bodies] == []


def _texts(value):
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def test_every_kind_that_is_told_says_only_what_may_stand_in_the_open(town):
    """A field that is marked private in an event never gets into a message, whatever it is called."""
    for kind in KINDS:
        private = {name for name, each in kind.__dataclass_fields__.items() if each.metadata.get("private")}
        values = {name: "secret words" if name in private else "" for name in kind.__dataclass_fields__}
        event = object.__new__(kind)
        for name, value in values.items():
            object.__setattr__(event, name, value)
        if kind is e.StateChanged:
            continue  # `now` is one of eleven names
        assert "secret words" not in message(1, 2, event, town.now())


@pytest.mark.keeps("S1")
def test_what_did_not_happen_is_told_to_nobody(town):
    """Told in the transaction of the events: a dry run takes both back."""
    subscription, _ = _subscribed(town)
    town.house.flow.intake(town.record(deal="N-3"), "crm", dry_run=True)

    assert town.out.deliveries(subscription.id, 0, 10) == []


@pytest.mark.keeps("S25")
def test_a_receiver_that_fails_is_tried_again_ever_later_and_then_no_more(town):
    subscription, _ = _subscribed(town, ["onboarding.opened"])
    _happens(town)
    town.status = 500
    waits = []
    for _ in range(MOST_TRIES + 3):
        town.out.deliver()
        found = town.out.deliveries(subscription.id, 0, 1)[0]
        waits.append(found.due_at - town.at)
        town.at = max(town.at, found.due_at)

    ids = {dict(headers)["webhook-id"] for headers, _ in town.heard}
    assert len(town.heard) == MOST_TRIES
    assert len(ids) == 1
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(waits) == timedelta(hours=12) == wait_after(99)
    assert (found.state, found.status) == ("failed", 500)


def test_a_message_that_failed_is_sent_again_where_somebody_asks(town):
    subscription, _ = _subscribed(town, ["onboarding.opened"])
    _happens(town)
    town.status = 410
    town.out.deliver()
    gone = town.out.subscription(subscription.id)
    again, _ = _subscribed(town, ["onboarding.opened"])
    _happens(town, "N-4")
    town.status = 200
    town.out.deliver()
    delivered = town.out.deliveries(again.id, 0, 1)[0]
    town.out.send_again(again.id, delivered.id)
    town.out.deliver()

    assert gone.ended_at is not None
    assert delivered.state == "delivered"
    assert len(town.heard) == 3
    with pytest.raises(Refused, match="has ended"):
        town.out.send_again(subscription.id, 1)
    with pytest.raises(Refused, match="no delivery"):
        town.out.send_again(again.id, 9999)


@pytest.mark.keeps("S25")
def test_while_the_secret_changes_both_verify(town):
    subscription, before = _subscribed(town, ["onboarding.opened"])
    after = town.out.change_secret(subscription.id, "rae")
    _happens(town)
    town.out.deliver()
    headers, body = town.heard[0]
    named = {name.lower(): value for name, value in headers.items()}

    assert before != after
    for secret in (before, after):
        Webhook(secret).verify(body, named)


@pytest.mark.keeps("S11", "S28")
def test_nothing_is_told_while_everything_is_paused_or_a_backup_waits_to_be_looked_at(town):
    _subscribed(town)
    _happens(town)
    with town.house.store.transaction() as tx:
        tx.set_quarantine("a restored backup")
    assert town.out.deliver() == 0
    with town.house.store.transaction() as tx:
        tx.set_quarantine("")
    pause(town.house.store, "everything", "rae", "a drill", town.now())
    assert town.out.deliver() == 0
    assert town.heard == []


@pytest.mark.keeps("S25")
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x", "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://10.0.0.8/x",
        "https://192.168.1.1/x", "https://169.254.169.254/latest/meta-data", "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x", "https://2130706433/x", "https://0x7f.1/x", "https://0177.0.0.1/x",
        "https://user@93.184.216.34/x", "https://93.184.216.34:22/x", "http://93.184.216.34/x", "ftp://93.184.216.34/x",
        "file:///etc/passwd", "https://0.0.0.0/x", "https://100.64.0.1/x", "not an address", "https://93.184.216.34/x\n",
    ],
)  # fmt: skip
def test_no_address_of_an_own_network_can_be_subscribed(town, url):
    with pytest.raises(Refused) as refused:
        town.out.subscribe(url, [], "", "rae")

    assert refused.value.code == "HOOK-015"
    assert town.out.subscriptions() == []


@pytest.mark.keeps("S25")
def test_a_name_that_moves_to_an_own_address_is_not_called(town):
    """It was public when it was subscribed; every try looks again and connects only to what was looked at."""
    answers = [["93.184.216.34"], ["127.0.0.1"], ["169.254.169.254"], ["10.1.1.1"]]
    called = []

    def resolver(host, port):
        return answers.pop(0) if answers else ["127.0.0.1"]

    def connector(address, port, timeout_s):
        called.append(address)
        raise OSError("closed")

    out = town.notices(town.port, resolver=resolver, connector=connector)
    subscription, _ = out.subscribe("https://hooks.customer.example/x", ["onboarding.opened"], "", "rae")
    _happens(town)
    for _ in range(3):
        out.deliver()
        town.at += timedelta(hours=13)

    found = out.deliveries(subscription.id, 0, 1)[0]
    assert called == []
    assert found.tries == 3
    assert "nothing was sent" in found.why


@pytest.mark.keeps("S1", "S6")
def test_two_workers_do_not_both_send(town):
    """Whoever claims first sends; a worker that read the same list finds it taken."""
    subscription, _ = _subscribed(town, ["onboarding.opened"])
    _happens(town)
    due = town.house.api_tables.due_deliveries(town.now(), 5)

    assert len(due) == 1
    assert town.out._try(due[0], subscription) is True
    assert town.out._try(due[0], subscription) is True
    assert len(town.heard) == 1
