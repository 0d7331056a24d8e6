"""Names to addresses and addresses to connections, both within a time limit."""

from __future__ import annotations

import contextlib
import queue
import socket
import threading
from collections.abc import Callable, Sequence

from holdshort.connectors.write.deadline import Deadline

Resolver = Callable[[str, int], Sequence[str]]
"""Host and port to addresses as text. Raises OSError."""

Connector = Callable[[str, int, float], socket.socket]
"""Address, port and seconds to a connected TCP socket. Raises OSError."""


class Unresolved(Exception):
    """A name led to no address; the message is a phrase such as `its name is not known`."""


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def system_connector(address: str, port: int, timeout_s: float) -> socket.socket:
    """Connect to an address, never to a name."""
    return socket.create_connection((address, port), timeout_s)


def resolve(host: str, port: int, resolver: Resolver, deadline: Deadline) -> tuple[str, ...]:
    """
    Ask for a name's addresses, once.

    It runs beside, because the operating system's resolver knows no time limit; one that hangs is left behind.

    Raises:
        Unresolved: No such name, no answer in time, or an answer without addresses.
    """
    answers: queue.SimpleQueue[Sequence[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put(tuple(resolver(host, port)))
        except Exception as error:
            answers.put(error)

    threading.Thread(target=ask, name="holdshort-resolver", daemon=True).start()
    try:
        found = answers.get(timeout=max(deadline.left_s, 0.001))
    except queue.Empty:
        raise Unresolved("its name was not looked up in time") from None
    if isinstance(found, Exception):
        raise Unresolved("its name is not known") from found
    if not found:
        raise Unresolved("its name has no address")
    return tuple(found)


def open_socket(
    addresses: Sequence[str], port: int, deadline: Deadline, connector: Connector = system_connector
) -> socket.socket:
    """
    Connect to the first address that answers; each gets its share of the time left.

    Raises:
        OSError: None did; TimeoutError where time ran out.
    """
    trouble: OSError | None = None
    for tried, address in enumerate(addresses):
        try:
            opened = connector(address, port, deadline.demand_s() / (len(addresses) - tried))
        except OSError as error:
            trouble = error
            continue
        with contextlib.suppress(OSError):  # it saves a delay and nothing hangs on it
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened
    raise trouble or OSError("no address to connect to")
