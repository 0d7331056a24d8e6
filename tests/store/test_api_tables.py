"""The tables behind the API, on both databases: rows come back as they went in, once each, and only with their transaction."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from holdshort.ports import ApiKey, Conflict
from holdshort.store.api.sealed import BodySeal
from holdshort.store.api.tables import ApiTables
from tests.store.kinds import NOON, after

SEAL = BodySeal(b"m" * 32)


@pytest.fixture
def tables(durable):
    store = durable
    return store, ApiTables(store, SEAL)


def _key(**changed):
    name = uuid.uuid4().hex[:10]  # other tests may have left theirs
    plain = ApiKey(
        name,
        "d" * 64,
        f"k-{name}",
        "service",
        "rae",
        frozenset({"intake:write", "audit:read"}),
        "ravi",
        NOON,
        after(60),
    )
    return replace(plain, **changed)


def test_a_key_comes_back_as_it_was_and_its_name_is_taken_once(tables):
    store, api = tables
    key = _key()
    with store.transaction() as tx:
        api.add_key(tx, key)
    with pytest.raises(Conflict), store.transaction() as tx:
        api.add_key(tx, _key(name=key.name))
    api.key_was_used(key.prefix, after(1))
    with store.transaction() as tx:
        api.revoke_key(tx, key.prefix, after(2))

    found = api.key(key.prefix)

    assert found == replace(key, used_at=after(1), revoked_at=after(2))
    assert found in api.all_keys()
    assert api.key("nothing") is None


@pytest.mark.keeps("S7")
def test_an_answer_is_kept_once_and_opens_for_its_caller_only(tables):
    store, api = tables
    caller = uuid.uuid4().hex
    with store.transaction() as tx:
        assert api.add_answer(tx, caller, "k", "d" * 64, 201, b'{"name": "Fenwick Glass"}', NOON)
        assert not api.add_answer(tx, caller, "k", "e" * 64, 200, b"{}", NOON)

    assert api.answer(caller, "k") == ("d" * 64, 201, b'{"name": "Fenwick Glass"}', NOON)
    assert api.answer(caller, "other") is None
    assert ApiTables(store, BodySeal(b"n" * 32)).answer(caller, "k") is None
    with store.transaction() as tx:
        assert api.forget_answers(tx, after(1)) >= 1
    assert api.answer(caller, "k") is None


@pytest.mark.keeps("S1", "S7")
def test_an_arrival_is_taken_once_and_ended_by_one_worker(tables):
    store, api = tables
    event = uuid.uuid4().hex
    with store.transaction() as tx:
        assert api.add_incoming(tx, "crm", event, "CRM", b"{}", NOON)
        assert not api.add_incoming(tx, "crm", event, "CRM", b"{}", NOON)
    one = next(each for each in api.due_incoming(NOON, 500) if each.event == event)
    with store.transaction() as tx:
        api.put_off_incoming(tx, one.id, after(5), "away")
    assert event not in [each.event for each in api.due_incoming(after(4), 500)]
    with store.transaction() as tx:
        first = api.end_incoming(tx, one.id, "done", 7, "opened")
        second = api.end_incoming(tx, one.id, "done", 8, "opened")

    assert (one.body, one.channel, one.tries) == (b"{}", "CRM", 0)
    assert (first, second) == (True, False)
    row = next(each for each in api.incoming(0, 500) if each.id == one.id)
    assert (row.state, row.tries, row.number, row.received_at) == ("done", 1, 7, NOON)


@pytest.mark.keeps("S6")
def test_a_delivery_is_claimed_by_one_worker(tables):
    store, api = tables
    with store.transaction() as tx:
        id_ = api.add_subscription(tx, "https://hooks.example/x", "review.opened", "news", "rae", NOON)
        api.add_deliveries(
            tx, [(id_, "1-1", "review.opened", "{}", NOON), (id_, "1-1", "review.opened", "{}", NOON)]
        )
    (one,) = api.deliveries(id_, 0, 10)
    with store.transaction() as tx:
        claims = [api.claim_delivery(tx, one.id, one.tries, after(1)) for _ in range(2)]
        api.settle_delivery(tx, one.id, "waiting", 500, "it answered 500", after(3), after(2))
    (again,) = api.deliveries(id_, 0, 10)
    with store.transaction() as tx:
        api.end_subscription(tx, id_, after(9))

    assert claims == [True, False]
    assert (again.state, again.status, again.tries, again.due_at, again.tried_at) == (
        "waiting",
        500,
        1,
        after(3),
        after(2),
    )
    ended = next(each for each in api.subscriptions() if each.id == id_)
    assert (ended.kinds, ended.ended_at, ended.wants("review.opened")) == (
        frozenset({"review.opened"}),
        after(9),
        False,
    )
    assert api.deliveries(id_, 0, 10)[0].state == "failed"


@pytest.mark.keeps("S1")
def test_what_a_transaction_takes_back_was_never_there(tables):
    store, api = tables
    event = uuid.uuid4().hex

    class TakenBack(Exception):
        pass

    def add_and_fail():
        with store.transaction() as tx:
            api.add_incoming(tx, "crm", event, "CRM", b"{}", NOON)
            api.add_answer(tx, event, "k", "d" * 64, 200, b"{}", NOON)
            raise TakenBack

    with pytest.raises(TakenBack):
        add_and_fail()

    assert event not in [each.event for each in api.due_incoming(NOON + timedelta(days=1), 500)]
    assert api.answer(event, "k") is None


def test_a_secret_of_a_webhook_is_worked_out_and_differs_by_number():
    secrets = {SEAL.webhook_secret(subscription, no) for subscription in (1, 2) for no in (1, 2)}

    assert len(secrets) == 4
    assert SEAL.webhook_secret(1, 1) in secrets
    assert BodySeal(b"n" * 32).webhook_secret(1, 1) not in secrets
