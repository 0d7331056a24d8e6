"""Which addresses are a public host; everything else is not called without being named in the playbook."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdshort.connectors.write.addresses import is_local, kind_of, read_address

NOT_PUBLIC = {
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "::1": "loopback",
    "0.0.0.0": "reserved",
    "::": "reserved",
    "10.0.0.1": "private",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.168.1.1": "private",
    "100.64.0.1": "private",
    "fd12:3456::1": "private",
    "fc00::1": "private",
    "169.254.0.1": "link-local",
    "fe80::1": "link-local",
    "169.254.169.254": "cloud-metadata",
    "169.254.170.2": "cloud-metadata",
    "100.100.100.200": "cloud-metadata",
    "168.63.129.16": "cloud-metadata",
    "192.0.0.192": "cloud-metadata",
    "fd00:ec2::254": "cloud-metadata",
    "fd20:ce::254": "cloud-metadata",
    "224.0.0.1": "multicast",
    "239.255.255.255": "multicast",
    "ff02::1": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "reserved",
    "192.0.2.1": "reserved",
    "198.51.100.1": "reserved",
    "203.0.113.1": "reserved",
    "198.18.0.1": "reserved",
    "192.88.99.1": "6to4",
    "2002:7f00:1::": "6to4",
    "2002:808:808::1": "6to4",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::a9fe:a9fe": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "::ffff:127.0.0.1": "IPv4-mapped",
    "::ffff:8.8.8.8": "IPv4-mapped",
    "::127.0.0.1": "reserved",
    "2001::1": "reserved",
    "2001:db8::1": "reserved",
    "3fff::1": "reserved",
    "fec0::1": "reserved",
    "100::1": "reserved",
    "5f00::1": "reserved",
    "4000::1": "reserved",
    "2a00:1450::5efe:7f00:1": "ISATAP",
    "2a00:1450::200:5efe:7f00:1": "ISATAP",
}
PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "1.1.1.1",
    "172.15.0.1",
    "172.32.0.1",
    "2606:2800:220:1::1",
    "2a00:1450::1",
]


@pytest.mark.parametrize(("text", "kind"), NOT_PUBLIC.items())
def test_an_address_that_is_not_a_public_host_is_called_what_it_is(text, kind):
    assert kind_of(ipaddress.ip_address(text)) == kind


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_is_public(text):
    assert kind_of(ipaddress.ip_address(text)) == ""


@given(st.ip_addresses())
def test_nothing_is_public_that_python_itself_knows_to_be_special(address):
    special = (
        address.is_private or address.is_loopback or address.is_link_local or address.is_multicast
        or address.is_reserved or address.is_unspecified
    )  # fmt: skip
    if special:
        assert kind_of(address)


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_dressed_as_ipv6_is_never_public(address):
    number = int(address)
    for prefix in ("::ffff:0:0", "64:ff9b::", "::"):
        assert kind_of(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number))
    assert kind_of(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1))
    teredo = int(ipaddress.IPv6Address("2001::")) | (number ^ 0xFFFFFFFF)
    assert kind_of(ipaddress.IPv6Address(teredo))


@pytest.mark.parametrize(
    "text", ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "fe80::1%eth0", "", "a", "1.2.3.4 "]
)
def test_an_address_in_another_spelling_is_no_address(text):
    assert read_address(text) is None


def test_metadata_is_not_counted_as_ones_own_network():
    assert not any(
        is_local(ipaddress.ip_address(text))
        for text, kind in NOT_PUBLIC.items()
        if kind not in ("loopback", "private")
    )
    assert is_local(ipaddress.ip_address("10.1.2.3"))
    assert not is_local(ipaddress.ip_address("8.8.8.8"))
