"""POST one action to somebody's server, signed by Standard Webhooks, and never anywhere but where it may go."""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from standardwebhooks import Webhook

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.destination import Destination, ListedHosts, Refused, pin, read_destination
from holdshort.connectors.write.exchange import Answer, exchange
from holdshort.connectors.write.json_answers import read_json, read_object, short_text
from holdshort.connectors.write.outcomes import (
    NO_TIME,
    NOT_JSON,
    Order,
    Outcome,
    document_of,
    done,
    failed,
    key_fault,
    uncertain,
)
from holdshort.connectors.write.sockets import Connector, Resolver, system_connector, system_resolver
from holdshort.connectors.write.statuses import outcome_of, read_retry_after

_SHORTEST_SECRET_BYTES = 24
_AGENT = "holdshort"


class WebhookTarget:
    """
    Sends `{"kind", "key", "onboarding", "release", "payload"}` as canonical JSON.

    Args:
        name: What the playbook calls this target.
        url: Where to POST. It is judged at each run; `refusal` judges it beforehand.
        secret: The signing secret, `whsec_` and base64 of 24 bytes or more.
        previous_secret: Signs beside it while the receiver changes over; empty where there is none.
        allowed_private_hosts: Exact hosts, with or without a port, that may lie in the own network and be called by
            http:// there.
        look_up_url: Where to ask what became of a key, `{key}` standing for it, or else `?key=` being added; empty
            where nobody answers that.
        tls: For a certificate authority of one's own; the system's authorities otherwise.

    Raises:
        ValueError: A secret or an entry of the list can never work.
    """

    def __init__(
        self,
        name: str,
        url: str,
        secret: str,
        *,
        previous_secret: str = "",
        allowed_private_hosts: Iterable[str] = (),
        look_up_url: str = "",
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
        connector: Connector = system_connector,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._url = url
        self._look_up_url = look_up_url
        self._signers = [_signer(secret), *([_signer(previous_secret)] if previous_secret else [])]
        self._listed = ListedHosts(allowed_private_hosts)
        self._tls = tls
        self._resolver = resolver
        self._connector = connector
        self._now = now

    def refusal(self) -> str:
        """Why this target can never be called, as far as its addresses say; empty where nothing speaks against it."""
        for url in (self._url, self._look_up_url):
            try:
                if url:
                    read_destination(url, self._listed)
            except Refused as error:
                return f"{self.name} {error}."
        return ""

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        deadline = Deadline(timeout_s)
        if fault := key_fault(order.key):
            return failed(fault)
        try:
            body = document_of(order)
        except ValueError:
            return failed(NOT_JSON)
        if deadline.passed:
            return failed(NO_TIME)
        try:
            destination, answer = self._call("POST", self._url, order.key, body, deadline)
        except Refused as error:
            return failed(f"{self.name} {error}, so nothing was sent.")
        return self._judge(destination.host, answer)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        found = self._ask(key, timeout_s)
        if found is None:
            return None
        if found["state"] == "done":
            return done(
                f"{self.name} says that it was done.", short_text(found.get("reference")), _stored(found)
            )
        return failed(f"{self.name} says that it has done nothing under this key.")

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        if not self._look_up_url:
            return outcome.stored
        found = self._ask(order.key, timeout_s)
        if found is None:
            return None
        return {} if found["state"] == "absent" else _stored(found)

    def _judge(self, who: str, answer: Answer) -> Outcome:
        if answer.status is None:
            if not answer.left:
                return failed(f"{who} {answer.trouble}, and nothing was sent.")
            return uncertain(f"{who} {answer.trouble}, so it is not known whether it was done.")
        wait = answer.headers.get("retry-after", "")
        outcome = outcome_of(answer.status, who, read_retry_after(wait, self._now()) if wait else None)
        if outcome.state != "done":
            return outcome
        if not answer.whole:
            return uncertain(
                f"{who} answered {answer.status}, but its answer is cut short or too long to be read."
            )
        if not _makes_sense(answer):
            return uncertain(f"{who} answered {answer.status}, but with something that cannot be understood.")
        found = read_object(answer.body) or {}
        reference = short_text(found.get("reference")) or short_text(found.get("id"))
        return done(outcome.why, reference, _stored(found))

    def _ask(self, key: str, timeout_s: float) -> dict[str, Any] | None:
        """The look-up's answer where it is one: status 200, whole, and `state` is done or absent."""
        deadline = Deadline(timeout_s)
        if not self._look_up_url or key_fault(key) or deadline.passed:
            return None
        try:
            _, answer = self._call("GET", _with_key(self._look_up_url, key), key, b"", deadline)
        except Refused:
            return None
        found = read_object(answer.body) if answer.status == 200 and answer.whole else None
        if found is None or found.get("state") not in ("done", "absent") or found.get("key", key) != key:
            return None
        return found

    def _call(
        self, method: str, url: str, key: str, body: bytes, deadline: Deadline
    ) -> tuple[Destination, Answer]:
        destination = read_destination(url, self._listed)
        addresses = pin(destination, self._resolver, deadline)
        if self._tls is None:
            self._tls = ssl.create_default_context()
        answer = exchange(
            method,
            destination,
            addresses,
            self._headers(key, body),
            body,
            deadline=deadline,
            tls=self._tls,
            connector=self._connector,
        )
        return destination, answer

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        at = self._now().astimezone(UTC)
        text = body.decode("utf-8")
        headers = {
            "webhook-id": key,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(each.sign(key, at, text) for each in self._signers),
            "Idempotency-Key": key,
            "User-Agent": _AGENT,
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if body:
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
        return headers


def _signer(secret: str) -> Webhook:
    try:
        raw = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) < _SHORTEST_SECRET_BYTES:
        # The secret itself stays out of the message: messages are logged.
        raise ValueError("a signing secret is `whsec_` and base64 of at least 24 bytes")
    return Webhook(raw)


def _with_key(url: str, key: str) -> str:
    quoted = quote(key, safe="")
    if "{key}" in url:
        return url.replace("{key}", quoted)
    return f"{url}{'&' if '?' in url else '?'}key={quoted}"


def _stored(found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    stored = found.get("stored")
    return stored if isinstance(stored, dict) else None


def _makes_sense(answer: Answer) -> bool:
    """
    Empty, JSON, or a plain text such as `ok`; a page to sign in at, or bytes, are none of these.

    The text may call itself HTML: that is what the common web frameworks say of `ok`.
    """
    body = answer.body.strip()
    if not body:
        return True
    try:
        read_json(body)
    except ValueError:
        pass
    else:
        return True
    kind = answer.headers.get("content-type", "text/plain").strip().lower()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    plain = "<" not in text and all(each.isprintable() or each in "\r\n\t" for each in text)
    return plain and kind.startswith("text/")
