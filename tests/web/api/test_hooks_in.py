"""Webhooks in: what is signed is written down and taken in once; what is altered, forged or old leaves nothing behind."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from holdshort.service.webhook_signatures import CHECKS, Forged, Signed

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()
ADDRESS = "http://testserver/api/v1/hooks/"
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def _standard(body, at, secret=SECRET, id_="msg_1", uri=""):
    signature = Webhook(secret).sign(id_, at, body)  # somebody else's code
    return {"webhook-id": id_, "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def _hmac(secret, content):
    return hmac.new(secret.encode(), content.encode(), hashlib.sha256)


def _hubspot(body, at, secret=SECRET, id_="", uri=ADDRESS + "hubspot"):
    stamp = str(int(at.timestamp() * 1000))
    signature = base64.b64encode(_hmac(secret, f"POST{uri}{body}{stamp}").digest()).decode()
    return {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}


def _stripe(body, at, secret=SECRET, id_="", uri=""):
    stamp = int(at.timestamp())
    return {"stripe-signature": f"t={stamp},v1={_hmac(secret, f'{stamp}.{body}').hexdigest()},v0=ffff"}


def _slack(body, at, secret=SECRET, id_="", uri=""):
    stamp = int(at.timestamp())
    signature = f"v0={_hmac(secret, f'v0:{stamp}:{body}').hexdigest()}"
    return {"x-slack-signature": signature, "x-slack-request-timestamp": str(stamp)}


SIGN = {"standard": _standard, "hubspot": _hubspot, "stripe": _stripe, "slack": _slack}
SCHEMES = sorted(SIGN)
ALL = "\n".join(
    f'[hooks.{each}]\nscheme = "{each}"\nsecret_env = "HOOK_SECRET"\nprevious_secret_env = "HOOK_BEFORE"'
    for each in SCHEMES
)


@pytest.fixture
def hooks(with_hooks, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    return with_hooks(ALL)


def _send(api, scheme, body, *, at=None, secret=SECRET, sent=None, **more):
    headers = SIGN[scheme](body, at or api.house.clock.now(), secret, **more)
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    return api.call("POST", f"/hooks/{scheme}", sent if sent is not None else body, **named)


def _stored(api):
    return [(each.source, each.state) for each in api.house.incoming.arrivals(0, 50)]


# --- the signatures themselves -----------------------------------------------------------------------------------


@pytest.mark.keeps("S25")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_altered_bit_of_body_or_signature_is_noticed(scheme):
    """Each byte of the body and each letter of each header, one at a time."""
    body, uri = '{"a":"b"}', ADDRESS + "hubspot"
    headers = SIGN[scheme](body, NOW, uri=uri)

    def check(sent=body, named=headers, method="POST", now=NOW):
        return CHECKS[scheme](Signed(method, uri, named, sent.encode("latin-1")), [SECRET], now)

    assert check()
    altered = [{"sent": body[:n] + chr(ord(body[n]) ^ 1) + body[n + 1 :]} for n in range(len(body))]
    altered += [{"sent": body + " "}, {"sent": ""}]
    for name, value in headers.items():
        without = {key: said for key, said in headers.items() if key != name}
        altered.append({"named": without})
        ours = value.replace(",v0=ffff", "")  # a signature of a kind that nobody checks
        for n in range(len(ours)):
            changed = ours[:n] + chr(ord(ours[n]) ^ 1) + ours[n + 1 :] + value[len(ours) :]
            altered.append({"named": {**headers, name: changed}})
    for each in altered:
        with pytest.raises(Forged):
            check(**each)


@pytest.mark.keeps("S25")
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("minutes", [-60 * 24, -6, 6, 60])
def test_what_was_signed_at_another_time_is_refused(scheme, minutes):
    body, uri = "{}", ADDRESS + "hubspot"
    headers = SIGN[scheme](body, NOW + timedelta(minutes=minutes), uri=uri)

    with pytest.raises(Forged, match="5 minutes"):
        CHECKS[scheme](Signed("POST", uri, headers, body.encode()), [SECRET], NOW)


@pytest.mark.keeps("S25")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_two_secrets_count_while_a_sender_changes_over(scheme):
    body, uri = "{}", ADDRESS + "hubspot"
    request = Signed("POST", uri, SIGN[scheme](body, NOW, OLD_SECRET, uri=uri), body.encode())

    assert CHECKS[scheme](request, [SECRET, OLD_SECRET], NOW)
    with pytest.raises(Forged):
        CHECKS[scheme](request, [SECRET], NOW)


# --- over HTTP ---------------------------------------------------------------------------------------------------


@pytest.mark.keeps("S25")
@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signed_webhook_is_written_down_once_and_a_forged_one_not_at_all(hooks, scheme):
    api = hooks
    body = json.dumps(api.record(f"W-{scheme}"))
    at = api.house.clock.now()

    forged = _send(api, scheme, body, secret=OLD_SECRET)
    altered = _send(api, scheme, body, sent=body.replace("Closed Won", "Closed Lost").replace("W-", "V-"))
    old = _send(api, scheme, body, at=at - timedelta(minutes=10))
    nothing = _stored(api)
    first = _send(api, scheme, body, at=at)
    again = _send(api, scheme, body, at=at)

    assert [each.status_code for each in (forged, altered, old)] == [401, 401, 401]
    assert forged.json()["code"] == "HOOK-007"
    assert nothing == []
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["already"] is True
    assert _stored(api) == [(scheme, "waiting")]


@pytest.mark.keeps("S7")
@pytest.mark.keeps("S7", "S27")
def test_a_worker_takes_it_in_and_nothing_of_its_body_stays(hooks):
    api = hooks
    body = json.dumps({"type": "deal.won", "data": api.record("W-1")})
    _send(api, "standard", body)
    with_body = [bytes(row[0]) for row in _sealed(api)]

    swept = api.house.sweeper.sweep(released_before=datetime(2000, 1, 1, tzinfo=UTC))  # no run, only errands
    row = api.house.incoming.arrivals(0, 1)[0]
    _send(api, "standard", body, id_="msg_2")
    api.house.incoming.take_in()

    assert swept.woken >= 1
    assert with_body[0]
    assert b"closed_won" not in with_body[0]
    assert [bytes(each[0]) for each in _sealed(api)] == [b"", b""]
    assert (row.state, row.why) == ("done", "opened")
    assert api.house.incoming.arrivals(0, 1)[0].why == "unchanged"
    shown = api.get(f"/onboardings/{row.number}/events", api.service())["items"]
    assert shown[0]["by"] == "webhook:standard"


def _sealed(api):
    return api.house.api_tables._read(lambda sql: sql.rows('SELECT "sealed" FROM api_incoming ORDER BY "id"'))


@pytest.mark.keeps("S1")
def test_a_crash_between_taking_in_and_marking_takes_back_both(hooks, monkeypatch):
    """Mark and effects are one transaction: neither is there without the other."""
    api = hooks
    _send(api, "standard", json.dumps(api.record("W-2")))
    before = api.web.events()

    class Crash(BaseException):
        pass

    def crash(*args):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(api.house.api_tables, "end_incoming", crash)
        with pytest.raises(Crash):
            api.house.incoming.take_in()
    between = (api.web.events(), _stored(api))
    api.house.incoming.take_in()

    assert between == (before, [("standard", "waiting")])
    assert _stored(api) == [("standard", "done")]
    assert api.web.events() > before


@pytest.mark.keeps("S25")
def test_an_unknown_sender_and_one_without_a_secret_are_told_so(hooks, monkeypatch):
    api = hooks
    unknown = api.call("POST", "/hooks/standart", "{}")
    monkeypatch.delenv("HOOK_SECRET")
    unset = _send(api, "standard", "{}")

    assert (unknown.status_code, unknown.json()["code"]) == (404, "HOOK-001")
    assert "standard" in unknown.json()["mend"]
    assert (unset.status_code, unset.json()["code"]) == (503, "HOOK-002")
    assert _stored(api) == []


@pytest.mark.keeps("S25")
def test_an_address_that_forges_is_not_listened_to_for_a_while(hooks, monkeypatch):
    from holdshort.web.api import hooks as view

    api = hooks
    monkeypatch.setattr(view, "FORGED", view.FORGED.__class__())
    monkeypatch.setattr(view, "MOST_FORGED", 3)

    statuses = [_send(api, "standard", "{}", secret=OLD_SECRET).status_code for _ in range(5)]

    assert statuses[:3] == [401, 401, 401]
    assert 429 in statuses or len(set(statuses)) == 1  # a new minute may have begun


def test_slack_is_given_its_challenge_back_and_nothing_is_kept(hooks):
    api = hooks
    answer = _send(api, "slack", json.dumps({"type": "url_verification", "challenge": "c-123"}))

    assert (answer.status_code, answer.json()["challenge"]) == (200, "c-123")
    assert _stored(api) == []


MAPPING = """
name: deals
tables:
  - table: [deal]
    system: crm
    one record per: row
    key: [id]
    columns:
      id: opportunity_id
      account: account_id
      name: account_name
      stage: stage
"""


@pytest.mark.keeps("S25")
def test_a_message_that_is_a_row_goes_through_the_mapping_of_its_sender(with_hooks, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    api = with_hooks(
        '[hooks.standard]\nscheme = "standard"\nsecret_env = "HOOK_SECRET"\nmapping = "deals.yaml"',
        deals=MAPPING,
    )
    row = {"id": "M-1", "account": "A-77", "name": "Quarry Lane Foods", "stage": "Closed Won"}

    _send(api, "standard", json.dumps({"type": "deal.updated", "data": row}))
    api.house.incoming.take_in()
    arrived = api.house.incoming.arrivals(0, 1)[0]

    assert arrived.state == "done", arrived.why
    if arrived.number is not None:
        assert "A-77/M-1" in api.get(f"/onboardings/{arrived.number}", api.service())["onboarding"]


def test_what_no_mapping_understands_waits_for_somebody_and_is_tried_again(hooks):
    api = hooks
    _send(api, "standard", '{"type": "x", "data": {"crm": {"a": 1, "a": 2}}}')
    api.house.incoming.take_in()
    failed = api.get("/arrivals?state=failed", api.service())["items"]
    again = api.call("POST", f"/arrivals/{failed[0]['id']}/try-again", key=api.service())
    twice = api.call("POST", f"/arrivals/{failed[0]['id']}/try-again", key=api.service())

    assert "RECORD-003" in failed[0]["why"]
    assert again.status_code == 200
    assert (twice.status_code, twice.json()["code"]) == (404, "HOOK-003")
    assert _stored(api) == [("standard", "waiting")]


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ('scheme = "stripe"', "PLAY-044"),
        ('scheme = "strip"\nsecret_env = "A"', "PLAY-043"),
        ('scheme = "stripe"\nsecret_env = "whsec_abc"', "PLAY-044"),
        ('scheme = "stripe"\nsecret_env = "A"\nsecret = "x"', "PLAY-041"),
        ('scheme = "stripe"\nsecret_env = "A"\npreset = "stripe"\nmapping = "a.yaml"', "PLAY-045"),
        ('scheme = "stripe"\nsecret_env = 5', "PLAY-042"),
    ],
)
def test_faults_of_a_section_are_said_and_it_counts_for_nothing(section, code):
    import tomllib

    from holdshort.core.playbook import read_settings

    settings, faults = read_settings(tomllib.loads(f"[hooks.billing]\n{section}"), "playbook.toml")

    assert code in [each.code for each in faults]
    assert dict(settings.hooks) == {}
    assert "whsec_abc" not in str(faults)
