"""
Where a webhook may go: a public host over HTTPS, or a host that the playbook names.

Source: promises S25. The name is resolved once, every address is checked, and the connection goes to an address that
was checked, so that a name that changes its mind between check and use changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import httpx2

from holdshort.connectors.write.addresses import is_local, kind_of, read_address
from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.sockets import Resolver, Unresolved, resolve

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORTS = {"https": 443, "http": 80}
_FIRST_OPEN_PORT = 1024


class Refused(Exception):
    """Nothing may be sent there; the message is a phrase that goes on from the target's name."""


@dataclass(frozen=True, slots=True)
class Destination:
    """A URL that may be called once its addresses were checked. `listed`: its host is one that the playbook names."""

    url: httpx2.URL
    host: str
    port: int
    listed: bool


class ListedHosts:
    """
    The hosts that the playbook names as its own: exact names or addresses, each with a port or for all ports.

    Raises:
        ValueError: An entry is neither; patterns are not allowed.
    """

    def __init__(self, entries: Iterable[str] = ()) -> None:
        self._entries = {_read_entry(each) for each in entries}

    def has(self, host: str, port: int) -> bool:
        return (host, None) in self._entries or (host, port) in self._entries


def read_destination(text: str, listed_hosts: ListedHosts) -> Destination:
    """
    Read a URL and apply every rule that needs no look-up.

    Raises:
        Refused: It is not a URL that may be called.
    """
    if not text or len(text) > 2048 or re.search(r"[\x00-\x20\x7f\\]", text):
        raise Refused("has an address that is not a plain URL")
    try:
        url = httpx2.URL(text)
    except (httpx2.InvalidURL, ValueError) as error:
        raise Refused("has an address that is not a plain URL") from error
    if url.scheme not in _PORTS:
        raise Refused("has an address that does not begin with https://")
    if "@" in re.sub(r"[/?#].*", "", text.split("//", 1)[-1], flags=re.DOTALL):
        raise Refused("has an address with a user name in it")
    host = _read_host(url.raw_host.decode("ascii"))
    port = _PORTS[url.scheme] if url.port is None else url.port
    if not 0 < port < 65536:
        raise Refused(f"has an address with port {port}, which there is not")
    listed = listed_hosts.has(host, port)
    if url.scheme == "http" and not listed:
        raise Refused(
            "has an address without TLS; only a host of allowed_private_hosts may be called by http://"
        )
    if not listed and port != _PORTS["https"] and port < _FIRST_OPEN_PORT:
        raise Refused(f"has port {port}, which belongs to another service; list the host to allow it")
    return Destination(url, host, port, listed)


def pin(destination: Destination, resolver: Resolver, deadline: Deadline) -> tuple[str, ...]:
    """
    Look the host up, once, and check every address; any of the answer may then be connected to.

    Raises:
        Refused: It leads nowhere, or at least one address is not one that this destination may reach.
    """
    host = destination.host
    literal = read_address(host)
    if literal is not None:
        if kind_of(literal) and not destination.listed:
            raise Refused(
                f"has a {kind_of(literal)} address; list {host} in allowed_private_hosts to allow it"
            )
        # An address that somebody wrote down himself is meant, whatever it is; http to a public one is not.
        _refuse_open_http(destination, bool(kind_of(literal)))
        return (str(literal),)
    try:
        found = resolve(host, destination.port, resolver, deadline)
    except Unresolved as error:
        raise Refused(f"cannot be reached: {error}") from error
    return tuple(_checked(each, destination) for each in found)


def _checked(text: str, destination: Destination) -> str:
    address = read_address(text)
    if address is None:
        raise Refused("has a name that leads to something that is not an address")
    kind = kind_of(address)
    if kind and not (destination.listed and is_local(address)):
        raise Refused(f"has a name that leads to a {kind} address ({address})")
    _refuse_open_http(destination, bool(kind))
    return str(address)


def _refuse_open_http(destination: Destination, own_network: bool) -> None:
    if destination.url.scheme == "http" and not own_network:
        raise Refused("leads to a public address, which is never called without TLS")


def _read_host(host: str) -> str:
    """A host in one spelling: lower case, addresses in their short form."""
    host = host.lower()
    literal = read_address(host)
    if literal is not None:
        return str(literal)
    labels = host.split(".")
    # What ends in a number is an address to some readers (2130706433, 0x7f.1, 0177.0.0.1) and a name to others.
    if _NUMBER.fullmatch(labels[-1]) or not all(_LABEL.fullmatch(each) for each in labels) or len(host) > 253:
        raise Refused("has an address whose host is neither a plain name nor a plain address")
    return host


def _read_entry(entry: str) -> tuple[str, int | None]:
    text = entry.strip()
    host, port = text, ""
    if match := re.fullmatch(r"\[([^\]]*)\](?::([0-9]{1,5}))?", text):
        host, port = match[1], match[2] or ""
    elif text.count(":") == 1:
        host, port = text.split(":")
        if not re.fullmatch(r"[0-9]{1,5}", port):
            raise ValueError(f"allowed_private_hosts: `{entry}` has no port after the colon")
    try:
        return _read_host(host), int(port) if port else None
    except Refused:
        raise ValueError(
            f"allowed_private_hosts: `{entry}` is not an exact host name or address, such as crm.internal:8443"
        ) from None
