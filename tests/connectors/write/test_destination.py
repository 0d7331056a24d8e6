"""Where a webhook may go. Promise S25: no connection to an address that is not public, unless the playbook names it."""

import json
import socket
import time

import pytest

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.destination import ListedHosts, Refused, pin, read_destination
from holdshort.connectors.write.webhook import WebhookTarget

from .test_addresses import NOT_PUBLIC
from .worlds import SECRET, Names, order

HOOK = "https://hooks.vendor.example/catch"
HOSTILE_URLS = [
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:7f00:1::]/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1%25eth0]/",
    "https://[fe80::1%eth0]/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://127.1/",
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127。0。0。1/",
    "https://１２７.0.0.1/",
    "https://①②⑦.⓪.⓪.①/",
    "https://0/",
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://hooks.vendor.example@127.0.0.1/",
    "https://127.0.0.1\\@hooks.vendor.example/",
    "https://hooks.vendor.example\\.evil.example/",
    "https://user:pass@hooks.vendor.example/",
    "https://@hooks.vendor.example/",
    "https://hooks.vendor.example:22/",
    "https://hooks.vendor.example:25/",
    "https://hooks.vendor.example:0/",
    "https://hooks.vendor.example:99999/",
    "https://hooks.vendor.example:-1/",
    "https://hooks.vendor.example%00.evil.example/",
    "https://hooks.vendor.example /",
    "https://hooks.vendor.example/\r\nX-Evil: 1",
    "https://hooks.vendor.example/\x00",
    " https://hooks.vendor.example/",
    "https:///path",
    "https:hooks.vendor.example",
    "//hooks.vendor.example/",
    "hooks.vendor.example",
    "",
    "http://hooks.vendor.example/",
    "gopher://127.0.0.1:25/_HELO",
    "file:///etc/passwd",
    "ftp://hooks.vendor.example/",
    "unix:/var/run/docker.sock",
    "https://metadata.google.internal/",
    "https://-a.example/",
    "https://a..example/",
    f"https://{'a' * 250}.example/",
    f"https://hooks.vendor.example/{'a' * 3000}",
]
# Plain names, which only their address gives away.
ONLY_BY_NAME = ["https://localhost/", "https://LOCALHOST/", "https://metadata.google.internal/"]


@pytest.fixture
def no_connections(monkeypatch):
    """Every attempt to connect is noted and refused."""
    tried = []

    def connect(self, address):
        tried.append(address)
        raise OSError("no connections in this test")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    return tried


def private_names(host, port):
    """A resolver as the operating system's would be: own names lead home, and old spellings of numbers are read."""
    try:
        return [socket.inet_ntoa(socket.inet_aton(host))]
    except OSError:
        return ["169.254.169.254"] if "metadata" in host else ["127.0.0.1"]


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_a_hostile_address_is_refused_before_anything_is_connected(url, no_connections):
    target = WebhookTarget("hook", url, SECRET, resolver=private_names)
    outcome = target.perform(order(), 2)
    assert outcome.state == "failed", outcome
    assert no_connections == []


@pytest.mark.parametrize("url", [url for url in HOSTILE_URLS if url not in ONLY_BY_NAME])
def test_a_hostile_address_is_refused_whatever_its_name_leads_to(url, no_connections):
    outcome = WebhookTarget("hook", url, SECRET, resolver=Names(["93.184.216.34"])).perform(order(), 2)
    assert outcome.state == "failed"
    assert no_connections == []


def test_no_string_of_the_attack_corpus_makes_a_connection(shared_data, no_connections):
    lines = (shared_data / "adversarial" / "own_onboarding.jsonl").read_text("utf-8").splitlines()
    texts = [json.loads(line)["text"] for line in lines]
    assert sum("://" in each for each in texts) >= 7
    for text in texts:
        for url in (text, text.replace("http://", "https://"), f"https://{text}", f"https://{text}/"):
            outcome = WebhookTarget("hook", url, SECRET, resolver=private_names).perform(order(), 2)
            assert outcome.state == "failed", url
    assert no_connections == []


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_a_name_that_leads_to_an_address_that_is_not_public_is_refused(address, no_connections):
    target = WebhookTarget("hook", HOOK, SECRET, resolver=Names([address]))
    outcome = target.perform(order(), 2)
    assert outcome.state == "failed"
    assert NOT_PUBLIC[address] in outcome.why
    assert no_connections == []


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_address_among_good_ones_refuses_the_name(place, no_connections):
    found = ["93.184.216.34", "2606:2800:220:1::1"]
    found.insert(place, "10.0.0.7")
    outcome = WebhookTarget("hook", HOOK, SECRET, resolver=Names(found)).perform(order(), 2)
    assert outcome.state == "failed"
    assert "private address (10.0.0.7)" in outcome.why
    assert no_connections == []


@pytest.mark.parametrize(
    "found", [[], ["fe80::1%eth0"], ["not an address"], OSError("no such host"), ValueError("odd")]
)
def test_a_name_that_leads_nowhere_is_known_not_to_have_been_called(found, no_connections):
    outcome = WebhookTarget("hook", HOOK, SECRET, resolver=Names(found)).perform(order(), 2)
    assert outcome.state == "failed"
    assert no_connections == []


def test_a_resolver_that_hangs_holds_nobody_past_the_time_limit(no_connections):
    began = time.monotonic()
    outcome = WebhookTarget("hook", HOOK, SECRET, resolver=lambda host, port: time.sleep(5)).perform(
        order(), 0.2
    )
    assert time.monotonic() - began < 2.5
    assert outcome.state == "failed"
    assert "not looked up in time" in outcome.why


# --- hosts of one's own ---


def pinned(url, listed, *addresses):
    return pin(read_destination(url, ListedHosts(listed)), Names(list(addresses)), Deadline(2))


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("http://crm.internal/x", ["crm.internal"]),
        ("http://crm.internal:8080/x", ["crm.internal"]),
        ("http://crm.internal:8080/x", ["crm.internal:8080"]),
        ("http://CRM.internal:8080/x", ["Crm.Internal:8080"]),
        ("https://crm.internal:25/x", ["crm.internal:25"]),
    ],
)
def test_a_listed_host_may_lie_in_the_own_network(url, listed):
    assert pinned(url, listed, "10.0.0.7") == ("10.0.0.7",)


@pytest.mark.parametrize(
    ("url", "listed"),
    [
        ("http://crm.internal:8081/x", ["crm.internal:8080"]),
        ("http://crm.internal/x", ["crm.internal:8080"]),
        ("http://crm.internal.evil.example/x", ["crm.internal"]),
        ("http://evil.crm.internal/x", ["crm.internal"]),
        ("http://crm.internal./x", ["crm.internal"]),
        ("http://other.internal/x", []),
    ],
)
def test_only_the_exact_host_and_port_is_listed(url, listed):
    with pytest.raises(Refused):
        pinned(url, listed, "10.0.0.7")


@pytest.mark.parametrize(
    "address", [text for text, kind in NOT_PUBLIC.items() if kind not in ("loopback", "private")]
)
def test_a_listed_name_never_leads_to_metadata_or_to_an_address_in_disguise(address):
    with pytest.raises(Refused):
        pinned("https://crm.internal/x", ["crm.internal"], address)


@pytest.mark.parametrize("address", ["169.254.169.254", "127.0.0.1", "10.0.0.7"])
def test_an_address_that_is_listed_itself_is_meant(address):
    assert pinned(f"http://{address}/x", [address]) == (address,)


@pytest.mark.parametrize(("url", "entry"), [("http://[::1]:81/", "[::1]:81"), ("http://[0:0::1]/", "::1")])
def test_an_ipv6_address_may_be_listed(url, entry):
    assert pinned(url, [entry]) == ("::1",)


@pytest.mark.parametrize(
    ("url", "found"), [("http://crm.internal/", "93.184.216.34"), ("http://93.184.216.34/", "")]
)
def test_a_public_address_is_never_called_without_tls_even_where_the_host_is_listed(url, found):
    with pytest.raises(Refused, match="without TLS"):
        pinned(url, ["crm.internal", "93.184.216.34"], found)


@pytest.mark.parametrize(
    "entry",
    ["*", "*.internal", "http://crm.internal", "crm.internal:", "crm.internal:x", "a b", "", "[::1", "a/b"],
)
def test_a_pattern_or_a_url_is_no_entry_of_the_list(entry):
    with pytest.raises(ValueError, match="allowed_private_hosts"):
        ListedHosts([entry])


def test_a_target_says_beforehand_that_its_address_can_never_be_called():
    assert "https://" in WebhookTarget("hook", "gopher://x.example/", SECRET).refusal()
    assert (
        "user name" in WebhookTarget("hook", HOOK, SECRET, look_up_url="https://a@b.example/{key}").refusal()
    )
    assert "without TLS" in WebhookTarget("hook", "http://hooks.vendor.example/", SECRET).refusal()
    assert WebhookTarget("hook", HOOK, SECRET).refusal() == ""
