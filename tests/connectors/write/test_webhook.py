"""The webhook target against a real server that behaves in every bad way."""

import json
import socket
import struct
import time
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from holdshort.connectors.write.webhook import WebhookTarget

from .worlds import PAYLOAD, SECRET, Names, Routes, free_port, listening, order, read_request

OTHER_SECRET = "whsec_" + "A" * 40


def hook(url, **options):
    return WebhookTarget("hook", url, SECRET, allowed_private_hosts=["127.0.0.1", "localhost"], **options)


@pytest.fixture
def target(world):
    return hook(f"{world.url}/catch?x=1", look_up_url=f"{world.url}/effects/{{key}}")


def answered(raw, timeout_s=3):
    """The outcome where a server answers these bytes."""

    def handle(connection, number):
        read_request(connection)
        connection.sendall(raw)

    with listening(handle) as port:
        return hook(f"http://127.0.0.1:{port}/").perform(order(), timeout_s)


def http(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# --- what arrives ---


@pytest.mark.shows("P7")
def test_an_approved_action_arrives_with_its_payload_its_key_and_a_signature(world, target):
    outcome = target.perform(order(), 5)
    assert (outcome.state, outcome.reference, outcome.stored) == ("done", "E-1", PAYLOAD)
    (effect,) = world.effects()
    assert effect["path"] == "/catch?x=1"
    assert json.loads(effect["raw"]) == {
        "kind": "send_customer_message",
        "key": "d1gest-1",
        "onboarding": "ACC-1/OPP-1/closed_won",
        "release": "12/a3",
        "payload": PAYLOAD,
    }
    assert effect["headers"]["webhook-id"] == effect["headers"]["idempotency-key"] == "d1gest-1"
    assert Webhook(SECRET).verify(effect["raw"], effect["headers"])["payload"] == PAYLOAD


@pytest.mark.parametrize("change", ["another secret", "body", "id", "old"])
def test_a_changed_or_old_message_does_not_verify(world, change):
    now = datetime.now(UTC) - timedelta(minutes=6 if change == "old" else 0)
    hook(world.url, now=lambda: now).perform(order(), 5)
    (effect,) = world.effects()
    raw, headers = effect["raw"], dict(effect["headers"])
    if change == "body":
        raw = raw.replace("Tuesday", "Monday")
    if change == "id":
        headers["webhook-id"] = "d1gest-2"
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER_SECRET if change == "another secret" else SECRET).verify(raw, headers)


def test_both_secrets_sign_while_the_receiver_changes_over(world):
    hook(world.url, previous_secret=OTHER_SECRET).perform(order(), 5)
    (effect,) = world.effects()
    for secret in (SECRET, OTHER_SECRET):
        Webhook(secret).verify(effect["raw"], effect["headers"])


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "hello world", "whsec_!!!", "é"])
def test_a_weak_or_broken_secret_is_refused_and_not_repeated(secret):
    with pytest.raises(ValueError, match="signing secret") as refused:
        WebhookTarget("hook", "https://hooks.vendor.example/", secret)
    assert not secret.removeprefix("whsec_") or secret not in str(refused.value)


def test_the_secret_does_not_show(world):
    target = hook(world.url)
    assert SECRET.removeprefix("whsec_") not in repr(target) + repr(vars(target))
    outcome = target.perform(order(), 5)
    assert SECRET.removeprefix("whsec_") not in repr(outcome) + json.dumps(world.effects())


def test_text_in_a_payload_stays_text(world, target):
    payload = {"subject": "Hi\r\nBcc: x@evil.example", "body": '\u202e<script>","state":"done"}'}
    assert target.perform(order(payload=payload), 5).state == "done"
    assert world.effects()[0]["stored"] == payload
    assert not any("bcc" in name for name in world.effects()[0]["headers"])


# --- once ---


@pytest.mark.shows("G12")
def test_a_key_that_is_sent_twice_acts_once_where_the_receiver_honours_it(world, target):
    outcomes = [target.perform(order(), 5), target.perform(order(), 5)]
    assert [each.state for each in outcomes] == ["done", "done"]
    assert len(world.effects()) == 1


@pytest.mark.parametrize(
    ("mode", "state", "acted"),
    [
        ("works", "done", 1),
        ("lies", "done", 1),
        ("hangs", "uncertain", 0),
        ("times out after acting", "uncertain", 1),
        ("answers garbage", "uncertain", 1),
        ("refuses", "failed", 0),
        ("resets", "uncertain", 0),
        ("resets after acting", "uncertain", 1),
        ("drips", "uncertain", 1),
        ("answers hugely", "uncertain", 1),
        ("cuts short", "uncertain", 1),
    ],
)
def test_every_way_to_fail_is_told_truly_and_the_look_up_settles_it(world, target, mode, state, acted):
    world.set_mode(mode)
    began = time.monotonic()
    outcome = target.perform(order(), 0.6)
    assert time.monotonic() - began < 2.5
    assert outcome.state == state, outcome
    assert outcome.why.endswith(".")
    assert len(world.effects()) == acted
    found = target.look_up("d1gest-1", 5)
    assert found.state == ("done" if acted else "failed")


@pytest.mark.parametrize(
    "status", [200, 202, 400, 401, 403, 404, 408, 409, 410, 422, 425, 429, 500, 502, 503, 504]
)
def test_a_status_over_the_wire_means_what_the_table_says(world, target, status):
    from .test_statuses import DONE, FAILED

    world.set_mode("works", status=status)
    outcome = target.perform(order(), 5)
    assert outcome.state == ("done" if status in DONE else "failed" if status in FAILED else "uncertain")
    assert ("retry after 30 s" in outcome.why) == (status == 429)


# --- answers that make no sense ---


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (http(200), "done"),
        (http(204), "done"),
        (http(200, b"ok"), "done"),
        (http(200, b"ok", "Content-Type: text/html"), "done"),
        (http(200, b"true", "Content-Type: application/json"), "done"),
        (http(200, b"<html>sign in</html>", "Content-Type: text/html"), "uncertain"),
        (http(200, b"<html>sign in</html>"), "uncertain"),
        (http(200, b"\x00\x01\x02"), "uncertain"),
        (http(200, b"\xff\xfe"), "uncertain"),
        (http(200, b"ok", "Content-Type: application/octet-stream"), "uncertain"),
        (http(200, b'{"a":', "Content-Type: application/json"), "uncertain"),
        (http(200, b'{"stored":1,"stored":2}', "Content-Type: application/json"), "uncertain"),
        (http(206, b"ok"), "uncertain"),
        (b"", "uncertain"),
        (b"HTTP/1.1 20", "uncertain"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "uncertain"),
        (b"220 mail ESMTP\r\n", "uncertain"),
        (b"\x00" * 4096, "uncertain"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "uncertain"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "uncertain"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "uncertain"),
        (b"HTTP/1.1 999 X\r\n\r\n", "uncertain"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + http(201), "done"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n", "uncertain"),
        (http(422, b"whatever \xff"), "failed"),
        (b"HTTP/1.1 422 No\r\nContent-Length: 900\r\n\r\ncut", "failed"),
        (http(200, b"\x1f\x8b\x08", "Content-Encoding: gzip"), "uncertain"),
    ],
)  # fmt: skip
def test_an_answer_counts_only_where_it_can_be_understood(raw, state):
    assert answered(raw, 1).state == state


@pytest.mark.parametrize(
    "body", [b'{"stored": {"a": 1}}', b'{"stored": [1]}', b'{"stored": "x"}', b"{}", b"[1]", b""]
)
def test_what_was_stored_is_read_only_from_an_object(body):
    def handle(connection, number):
        read_request(connection)
        connection.sendall(http(200, body))

    with listening(handle) as port:
        target = hook(f"http://127.0.0.1:{port}/")
        outcome = target.perform(order(), 3)
        assert outcome.state == "done"
        expected = {"a": 1} if b'{"a": 1}' in body else None
        assert outcome.stored == target.read_back(order(), outcome, 3) == expected


def test_a_reference_that_is_not_fit_to_show_is_left_out():
    assert answered(http(200, b'{"reference": "a\\u202eb", "id": 17}')).reference == "17"
    assert answered(http(200, b'{"id": "x\\ny"}')).reference == ""


# --- time, size, breaks ---


def test_a_server_that_drips_its_head_holds_nobody_past_the_time_limit():
    def handle(connection, number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X: y\r\n")
            time.sleep(0.03)

    with listening(handle) as port:
        began = time.monotonic()
        outcome = hook(f"http://127.0.0.1:{port}/").perform(order(), 0.5)
    assert time.monotonic() - began < 2.5
    assert outcome.state == "uncertain"
    assert "0.5 s" in outcome.why


def test_a_server_that_reads_slowly_holds_nobody_past_the_time_limit():
    def handle(connection, number):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        while connection.recv(512):
            time.sleep(0.02)

    with listening(handle) as port:
        began = time.monotonic()
        large = {"body": "x" * 8_000_000}
        outcome = hook(f"http://127.0.0.1:{port}/").perform(order(payload=large), 2)
    assert time.monotonic() - began < 3.5
    assert outcome.state == "uncertain"


def test_a_server_that_takes_no_connection_was_not_called():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        held = [socket.socket() for _ in range(8)]
        for each in held:
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        began = time.monotonic()
        outcome = hook(f"http://127.0.0.1:{deaf.getsockname()[1]}/").perform(order(), 0.4)
        for each in held:
            each.close()
    assert time.monotonic() - began < 2.5
    assert outcome.state in ("failed", "uncertain")  # a kernel may still take the last one


def test_a_refused_connection_is_known_not_to_have_happened():
    outcome = hook(f"http://127.0.0.1:{free_port()}/").perform(order(), 2)
    assert outcome.state == "failed"
    assert "refused the connection" in outcome.why


def test_a_connection_that_is_reset_before_the_request_was_read_is_uncertain():
    def handle(connection, number):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with listening(handle) as port:
        assert hook(f"http://127.0.0.1:{port}/").perform(order(), 2).state == "uncertain"


def test_a_refusal_before_the_request_was_read_to_its_end_is_a_refusal():
    def handle(connection, number):
        connection.recv(1000)
        connection.sendall(http(413, b"", "Connection: close"))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(1 << 20):
            pass

    with listening(handle) as port:
        large = {"body": "x" * 5_000_000}
        assert hook(f"http://127.0.0.1:{port}/").perform(order(payload=large), 5).state == "failed"


@pytest.mark.parametrize(("size", "state"), [(65_536, "done"), (65_537, "uncertain")])
def test_an_answer_of_up_to_64_kib_is_read(size, state):
    body = b'{"stored": {"a": "' + b"x" * (size - 21) + b'"}}'
    assert len(body) == size
    assert answered(http(200, body), 5).state == state


def test_no_more_than_the_limit_of_a_huge_answer_is_read():
    sent = []

    def handle(connection, number):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            sent.append(connection.send(b"x" * 65536))

    with listening(handle) as port:
        outcome = hook(f"http://127.0.0.1:{port}/").perform(order(), 5)
        time.sleep(0.1)
    assert outcome.state == "uncertain"
    assert sum(sent) < 16 << 20  # what the kernel's buffers hold, not a thousand million


def test_a_redirect_is_not_followed(tmp_path, world, target):
    reached = []

    def handle(connection, number):
        reached.append(number)

    with listening(handle) as port:
        world.set_mode("redirects", location=f"http://127.0.0.1:{port}/")
        assert target.perform(order(), 2).state == "failed"
        for status in (301, 302, 303):
            raw = http(status, b"", f"Location: http://127.0.0.1:{port}/")
            assert answered(raw).state == "uncertain"
    assert reached == []


def test_no_proxy_is_taken_from_the_environment(world, monkeypatch):
    reached = []

    def handle(connection, number):
        reached.append(number)

    with listening(handle) as port:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert hook(world.url).perform(order(), 2).state == "done"
    assert reached == []


# --- pinned ---


def test_the_address_that_was_checked_is_the_one_that_is_connected(authority, tmp_path):
    """A name that leads to a public address when it is checked and home when it is used gains nothing."""
    served = []

    def handle(connection, number):
        served.append(read_request(connection))
        connection.sendall(http(200, b"ok"))

    tls = authority.server(tmp_path, "hooks.vendor.example")
    with listening(handle, tls=tls) as port:
        names, routes = Names(["93.184.216.34"], ["127.0.0.1"]), Routes(port)
        target = WebhookTarget(
            "hook", "https://hooks.vendor.example/catch", SECRET,
            tls=authority.trusting(), resolver=names, connector=routes,
        )  # fmt: skip
        assert target.perform(order("k-1"), 3).state == "done"
        assert routes.reached == [("93.184.216.34", 443)]
        assert names.asked == [("hooks.vendor.example", 443)]
        second = target.perform(order("k-2"), 3)
    assert second.state == "failed"
    assert "loopback" in second.why
    assert len(served) == len(routes.reached) == 1
    assert b"Host: hooks.vendor.example\r\n" in served[0]


def test_the_next_checked_address_is_tried_where_the_first_is_dead(world):
    port = int(world.url.rpartition(":")[2])
    tried = []

    def connector(address, port_, timeout_s):
        tried.append((address, timeout_s))
        if address == "10.0.0.1":
            raise OSError("no route")
        return socket.create_connection(("127.0.0.1", port), timeout_s)

    target = WebhookTarget(
        "hook", "http://crm.internal/", SECRET,
        allowed_private_hosts=["crm.internal"], resolver=Names(["10.0.0.1", "10.0.0.2"]), connector=connector,
    )  # fmt: skip
    assert target.perform(order(), 4).state == "done"
    assert [address for address, _ in tried] == ["10.0.0.1", "10.0.0.2"]
    assert tried[0][1] <= 2


@pytest.mark.parametrize("fault", ["another name", "another authority", "no TLS"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(fault, authority, tmp_path):
    got = []

    def handle(connection, number):
        got.append(connection.recv(100_000))

    name = "other.example" if fault == "another name" else "localhost"
    tls = None if fault == "no TLS" else authority.server(tmp_path, name)
    with listening(handle, tls=tls) as port:
        trusting = None if fault == "another authority" else authority.trusting()
        outcome = hook(f"https://localhost:{port}/", tls=trusting, resolver=Names(["127.0.0.1"])).perform(
            order(), 2
        )
        time.sleep(0.05)
    assert outcome.state == "failed"
    assert not any(b"Kickoff" in each for each in got)


def test_a_tls_handshake_that_hangs_holds_nobody_and_nothing_was_sent():
    with listening(lambda connection, number: time.sleep(3)) as port:
        began = time.monotonic()
        outcome = hook(f"https://127.0.0.1:{port}/").perform(order(), 0.4)
    assert time.monotonic() - began < 2.5
    assert outcome.state == "failed"


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_listed_host_may_have_tls_of_ones_own_authority(host, authority, tmp_path):
    def handle(connection, number):
        read_request(connection)
        connection.sendall(http(201))

    with listening(handle, tls=authority.server(tmp_path, host)) as port:
        target = hook(f"https://{host}:{port}/", tls=authority.trusting(), resolver=Names(["127.0.0.1"]))
        assert target.perform(order(), 2).state == "done"


# --- what became of it ---


def test_a_lie_is_found_by_reading_back(world, target):
    world.set_mode("lies")
    outcome = target.perform(order(), 5)
    assert outcome.stored == PAYLOAD
    assert target.read_back(order(), outcome, 5) == {"something": "else"}


def test_an_effect_that_is_gone_again_reads_back_as_nothing(world, target):
    outcome = target.perform(order(), 5)
    world.log.unlink()
    assert target.read_back(order(), outcome, 5) == {}


def test_without_a_look_up_address_nobody_can_tell(world):
    target = hook(world.url)
    outcome = target.perform(order(), 5)
    assert target.look_up("d1gest-1", 5) is None
    assert target.read_back(order(), outcome, 5) == PAYLOAD


def test_the_look_up_is_signed_and_quotes_its_key():
    seen = []

    def handle(connection, number):
        seen.append(read_request(connection))
        connection.sendall(http(200, b'{"state": "done", "reference": "E-9"}'))

    with listening(handle) as port:
        for url in ("/by/{key}", "/by", "/by?a=b"):
            found = hook(f"http://127.0.0.1:{port}/", look_up_url=f"http://127.0.0.1:{port}{url}").look_up(
                "a/b?c#d&e", 2
            )
            assert (found.state, found.reference) == ("done", "E-9")
    paths = [each.split(b" ")[1] for each in seen]
    assert paths == [b"/by/a%2Fb%3Fc%23d%26e", b"/by?key=a%2Fb%3Fc%23d%26e", b"/by?a=b&key=a%2Fb%3Fc%23d%26e"]
    lines = seen[0].decode().split("\r\n\r\n")[0].split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    Webhook(SECRET).verify("", headers, json_parse=False)


@pytest.mark.parametrize(
    "raw",
    [
        http(200, b'{"state": "pending"}'),
        http(200, b'{"state": "done", "key": "another"}'),
        http(200, b'{"state": "absent", "state": "done"}'),
        http(200, b"[]"),
        http(200, b""),
        http(200, b"absent"),
        http(201, b'{"state": "absent"}'),
        http(404, b'{"state": "absent"}'),
        http(500, b'{"state": "absent"}'),
        http(302, b"", "Location: /"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n" + b'{"state": "absent"}',
        b"",
    ],
)
def test_only_a_clear_answer_to_a_look_up_has_authority(raw):
    def handle(connection, number):
        read_request(connection)
        connection.sendall(raw)

    with listening(handle) as port:
        target = hook(f"http://127.0.0.1:{port}/", look_up_url=f"http://127.0.0.1:{port}/{{key}}")
        assert target.look_up("k", 1) is None


def test_a_look_up_that_leads_to_a_forbidden_address_tells_nothing():
    target = WebhookTarget(
        "hook", "https://hooks.vendor.example/", SECRET,
        look_up_url="https://hooks.vendor.example/{key}", resolver=Names(["127.0.0.1"]),
    )  # fmt: skip
    assert target.look_up("k", 1) is None
