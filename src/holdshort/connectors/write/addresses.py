"""
Which network addresses are a public host, and what the others are.

Source: the IANA special-purpose address registries for IPv4 and IPv6, and the clouds' own metadata addresses. The
list is written out because Python's `is_global` changed between patch releases.
"""

from __future__ import annotations

import ipaddress

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def _networks(table: dict[str, str]) -> list[tuple[Network, str]]:
    return [(ipaddress.ip_network(text), words) for text, words in table.items()]


# Narrow ones first: the first that fits gives the words.
_METADATA = _networks(
    {
        "169.254.169.254/32": "cloud-metadata",
        "169.254.170.2/32": "cloud-metadata",
        "100.100.100.200/32": "cloud-metadata",
        "168.63.129.16/32": "cloud-metadata",
        "192.0.0.192/32": "cloud-metadata",
        "fd00:ec2::254/128": "cloud-metadata",
        "fd20:ce::254/128": "cloud-metadata",
    }
)
_LOCAL = _networks(
    {
        "127.0.0.0/8": "loopback",
        "10.0.0.0/8": "private",
        "172.16.0.0/12": "private",
        "192.168.0.0/16": "private",
        "100.64.0.0/10": "private",
        "::1/128": "loopback",
        "fc00::/7": "private",
    }
)
_OTHERS = _networks(
    {
        "0.0.0.0/8": "reserved",
        "169.254.0.0/16": "link-local",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "reserved",
        "192.88.99.0/24": "6to4",
        "198.18.0.0/15": "reserved",
        "198.51.100.0/24": "reserved",
        "203.0.113.0/24": "reserved",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
        "::ffff:0:0/96": "IPv4-mapped",
        "64:ff9b::/96": "NAT64",
        "64:ff9b:1::/48": "NAT64",
        "fe80::/10": "link-local",
        "ff00::/8": "multicast",
        "2001::/23": "reserved",
        "2001:db8::/32": "reserved",
        "2002::/16": "6to4",
        "3fff::/20": "reserved",
    }
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
_ISATAP = (0x00005EFE, 0x02005EFE)


def read_address(text: str) -> Address | None:
    """The address that a text is, in the strict forms only; None for anything else, a zone (`%eth0`) included."""
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.scope_id is not None:
        return None
    return found


def kind_of(address: Address) -> str:
    """What an address is when it is not a public host, as in `loopback`; empty for a public one."""
    for network, words in (*_METADATA, *_LOCAL, *_OTHERS):
        if address.version == network.version and address in network:
            return words
    if isinstance(address, ipaddress.IPv4Address):
        return ""
    if address not in _GLOBAL_UNICAST:
        return "reserved"
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return "ISATAP"
    return ""


def is_local(address: Address) -> bool:
    """
    An address of one's own network: loopback or private.

    Metadata, link-local, multicast, reserved and translated addresses are not, whatever network they lie in: no name
    that somebody trusts has a reason to lead there.
    """
    return kind_of(address) in ("loopback", "private")
