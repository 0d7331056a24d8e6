"""
One HTTP request to addresses that were checked, and its answer: one time limit over all of it, and a size limit.

httpx2's own transport lets nobody choose the address, so its engine (httpcore2) is driven here with a network of our
own. Nothing is followed, kept, retried, decompressed or read from the environment.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore2

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.destination import Destination
from holdshort.connectors.write.sockets import Connector, open_socket

BODY_LIMIT_BYTES = 64 * 1024


@dataclass(slots=True)
class Answer:
    """
    What came of a request.

    `left`: bytes of the request may have reached the other side. `status` is None where no answer came, and `trouble`
    says why in words that go on from the other side's name. `whole` is False where the body is cut short.
    """

    left: bool = False
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    whole: bool = False
    trouble: str = ""


def exchange(
    method: str,
    destination: Destination,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    body: bytes,
    *,
    deadline: Deadline,
    tls: ssl.SSLContext,
    connector: Connector,
) -> Answer:
    """Send one request to the first of `addresses` that takes a connection, and read the answer. Raises nothing."""
    answer = Answer()
    journey = _Journey()
    network = _Network(addresses, deadline, connector, journey)
    sent = [("Host", _host_header(destination)), *headers.items()]
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=tls, network_backend=network, retries=0) as pool,
            pool.stream(
                method, str(destination.url.copy_with(fragment=None)), headers=sent, content=body
            ) as found,
        ):
            answer.headers = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in found.headers
            }
            answer.status = found.status
            answer.body, answer.whole = _read_limited(found.iter_stream())
    except Exception as error:  # the edge: whatever goes wrong, `left` and `status` already say what is known
        answer.trouble = _words(journey.error or error, deadline)
    answer.left = journey.left
    return answer


def _host_header(destination: Destination) -> str:
    host = f"[{destination.host}]" if ":" in destination.host else destination.host
    return host if destination.url.port is None else f"{host}:{destination.port}"


def _read_limited(chunks: Iterable[bytes]) -> tuple[bytes, bool]:
    body = b""
    for each in chunks:
        body += each
        if len(body) > BODY_LIMIT_BYTES:
            return body[:BODY_LIMIT_BYTES], False
    return body, True


def _words(error: Exception, deadline: Deadline) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "showed a certificate that does not prove who it is"
    if isinstance(error, TimeoutError):
        return f"did not answer within {deadline.timeout_s:g} s"
    if isinstance(error, ssl.SSLError):
        return "made no secure connection"
    if isinstance(error, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(error, httpcore2.ProtocolError):
        return "gave an answer that is not HTTP, or none"
    return "broke the connection"


@dataclass(slots=True)
class _Journey:
    """What the network saw: whether bytes of the request began to leave, and its own error, which the engine rewords."""

    left: bool = False
    error: OSError | None = None


class _Network(httpcore2.NetworkBackend):
    """Connects to the checked addresses, whatever host it is asked for."""

    def __init__(
        self, addresses: Sequence[str], deadline: Deadline, connector: Connector, journey: _Journey
    ) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._connector = connector
        self._journey = journey

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.NetworkStream:
        try:
            opened = open_socket(self._addresses, port, self._deadline, self._connector)
        except OSError as error:
            self._journey.error = error
            raise httpcore2.ConnectError(str(error)) from error
        return _Stream(opened, self._deadline, self._journey)


class _Stream(httpcore2.NetworkStream):
    """A socket whose every wait ends with the deadline, and which notes when the request begins to leave."""

    def __init__(self, opened: socket.socket, deadline: Deadline, journey: _Journey) -> None:
        self._socket = opened
        self._deadline = deadline
        self._journey = journey

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        try:
            self._socket.settimeout(self._deadline.demand_s())
            return self._socket.recv(max_bytes)
        except OSError as error:
            self._journey.error = error
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        rest = memoryview(buffer)
        try:
            while rest:
                self._socket.settimeout(self._deadline.demand_s())
                self._journey.left = True
                rest = rest[self._socket.send(rest) :]
        except TimeoutError as error:
            self._journey.error = error
            raise httpcore2.WriteTimeout(str(error)) from error
        except OSError as error:
            self._journey.error = error
            # The engine then looks for an answer all the same: a refusal may come before the whole request is out.
            raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self._socket.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        try:
            self._socket.settimeout(self._deadline.demand_s())
            secured = ssl_context.wrap_socket(self._socket, server_hostname=server_hostname)
        except (OSError, ValueError) as error:
            self.close()
            self._journey.error = error if isinstance(error, OSError) else None
            raise httpcore2.ConnectError(str(error)) from error
        return _Stream(secured, self._deadline, self._journey)

    def get_extra_info(self, info: str) -> Any:
        return self._socket if info == "ssl_object" and isinstance(self._socket, ssl.SSLSocket) else None
