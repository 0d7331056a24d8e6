"""smtplib, connected to addresses that were looked up before, and cut off when the time is over."""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
import threading
from types import TracebackType

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.sockets import Connector, Resolver, open_socket, resolve

_CUT_AGAIN_S = 0.05
_GOOD_BYE_S = 0.5


class Session(smtplib.SMTP):
    """
    One conversation, left in any case: `with Session(…) as session: session.greet()`.

    smtplib limits the wait for each piece of an answer; the deadline limits the whole. `tls_at_once` is for TLS from
    the first byte on.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        ehlo_name: str,
        tls_at_once: ssl.SSLContext | None,
        deadline: Deadline,
        resolver: Resolver,
        connector: Connector,
    ) -> None:
        # The own name is given, since smtplib would ask the network for it, without a time limit.
        super().__init__(local_hostname=ehlo_name, timeout=deadline.demand_s())
        self._host = host  # what smtplib holds the certificate against after STARTTLS
        self._port = port
        self._deadline = deadline
        self._tls_at_once = tls_at_once
        self._resolver = resolver
        self._connector = connector
        self._over = threading.Event()

    def greet(self) -> None:
        """
        Connect and introduce oneself.

        Raises:
            Unresolved, OSError, smtplib.SMTPException: There is no conversation.
        """
        code, text = self.connect(self._host, self._port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, text)
        self.ehlo_or_helo_if_needed()

    def secure(self, tls: ssl.SSLContext) -> None:
        """STARTTLS and a new introduction. Raises as `greet`; SMTPNotSupportedError where it is not offered."""
        assert self.sock is not None
        self.sock.settimeout(self._deadline.demand_s())
        self.starttls(context=tls)
        self.ehlo_or_helo_if_needed()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Say good-bye without waiting for the answer: what is done is done."""
        self._over.set()
        with contextlib.suppress(OSError, smtplib.SMTPException):
            if self.sock is not None:
                self.sock.settimeout(_GOOD_BYE_S)
                self.putcmd("quit")
        self.close()

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        addresses = resolve(host, port, self._resolver, self._deadline)
        connected = open_socket(addresses, port, self._deadline, self._connector)
        try:
            connected.settimeout(self._deadline.demand_s())
            if self._tls_at_once is not None:
                connected = self._tls_at_once.wrap_socket(connected, server_hostname=host)
        except BaseException:
            connected.close()
            raise
        # From here on there is something to cut off; the greeting is read next.
        threading.Thread(target=self._cut_off, args=(connected,), daemon=True).start()
        return connected

    def _cut_off(self, first: socket.socket) -> None:
        if self._over.wait(self._deadline.left_s):
            return
        while not self._over.is_set():
            for each in (first, self.sock):
                if each is not None:
                    # The plain socket's method: that of a TLS socket would change it under the feet of its reader.
                    with contextlib.suppress(OSError):
                        socket.socket.shutdown(each, socket.SHUT_RDWR)
            self._over.wait(_CUT_AGAIN_S)
