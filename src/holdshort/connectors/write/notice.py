"""Send one signed message to a subscriber's server (Standard Webhooks), and never anywhere but where it may go."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.destination import ListedHosts, Refused, pin, read_destination
from holdshort.connectors.write.exchange import exchange
from holdshort.connectors.write.sockets import Connector, Resolver, system_connector, system_resolver
from holdshort.ports import Sent


class NoticeSender:
    """
    POSTs what it is given, once; nothing is followed or tried again here.

    Args:
        allowed_private_hosts: Exact hosts, with or without a port, that may lie in the own network and be called by
            http:// there. Whoever runs Holdshort names them; a subscriber cannot.
        tls: For a certificate authority of one's own; the system's authorities otherwise.
    """

    def __init__(
        self,
        allowed_private_hosts: Iterable[str] = (),
        *,
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
        connector: Connector = system_connector,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._listed = ListedHosts(allowed_private_hosts)
        self._tls = tls
        self._resolver = resolver
        self._connector = connector
        self._now = now

    def refusal(self, url: str) -> str:
        """Why this URL can never be called, as a phrase; empty where nothing speaks against it. Looks its name up."""
        try:
            pin(read_destination(url, self._listed), self._resolver, Deadline(3.0))
        except Refused as error:
            return str(error)
        return ""

    def send(self, url: str, secrets: Sequence[str], event: str, body: bytes, timeout_s: float) -> Sent:
        """Addresses are looked up, checked and pinned at every try, so that a name that moves changes nothing."""
        deadline = Deadline(timeout_s)
        try:
            destination = read_destination(url, self._listed)
            addresses = pin(destination, self._resolver, deadline)
        except Refused as error:
            return Sent(None, f"nothing was sent: the address {error}")
        if self._tls is None:
            self._tls = ssl.create_default_context()
        answer = exchange(
            "POST", destination, addresses, self._headers(secrets, event, body), body,
            deadline=deadline, tls=self._tls, connector=self._connector,
        )  # fmt: skip
        if answer.status is None:
            return Sent(None, f"{destination.host} {answer.trouble}")
        return Sent(answer.status, f"{destination.host} answered {answer.status}")

    def _headers(self, secrets: Sequence[str], event: str, body: bytes) -> dict[str, str]:
        at = self._now().astimezone(UTC)
        text = body.decode("utf-8")
        return {
            "webhook-id": event,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(Webhook(each).sign(event, at, text) for each in secrets),
            "User-Agent": "holdshort",
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
