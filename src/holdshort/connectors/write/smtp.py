"""Send one approved e-mail through a mail server, to everybody or to nobody."""

from __future__ import annotations

import contextlib
import enum
import hashlib
import smtplib
import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from holdshort.connectors.write.deadline import Deadline
from holdshort.connectors.write.mail_message import Mail, Unsendable, read_sender, write_mail
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
from holdshort.connectors.write.smtp_session import Session
from holdshort.connectors.write.sockets import (
    Connector,
    Resolver,
    Unresolved,
    system_connector,
    system_resolver,
)

Security = Literal["starttls", "tls", "none"]
_KEYS_REMEMBERED = 10_000
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1", "[::1]")


class _Stage(enum.Enum):
    """How far a conversation came; only from CONTENT on may the message have been taken."""

    BEFORE = "before"
    CONTENT = "content"
    ANSWERED = "answered"


class _Turned(Exception):
    """The server said no to one step; the message is the end of a sentence."""


class SmtpTarget:
    """
    Sends `{"to": […], "cc": […], "subject": …, "body": …}` as one plain-text e-mail.

    A mail server cannot be asked what became of a message, so `look_up` and `read_back` answer None. Within this
    process a key whose message may have left is not sent again.

    Args:
        name: What the playbook calls this target.
        host, port: The mail server.
        sender: The From address, which is also the envelope's; `Name <address>` shows the name.
        may_receive: Whether an address may be written to; asked for every recipient before anything is connected.
        security: `starttls` (asked for, or nothing is sent), `tls` from the first byte on, or `none`.
        user, password: To sign in; never sent without TLS, except to this machine.
        tls: For a certificate authority of one's own; the system's authorities otherwise.

    Raises:
        ValueError: The sender is no address, or a password would leave this machine in the clear.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        sender: str,
        may_receive: Callable[[str], bool],
        *,
        security: Security = "starttls",
        user: str = "",
        password: str = "",
        tls: ssl.SSLContext | None = None,
        resolver: Resolver = system_resolver,
        connector: Connector = system_connector,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._from = read_sender(sender)
        if security not in ("starttls", "tls", "none"):
            raise ValueError("the security of a mail server is `starttls`, `tls` or `none`")
        if user and security == "none" and host.lower() not in _THIS_MACHINE:
            raise ValueError("a password never leaves this machine without TLS: choose `starttls` or `tls`")
        self.name = name
        self._host, self._port = host, port
        self._may_receive = may_receive
        self._security = security
        self._user, self._password = user, password
        self._tls = tls
        self._resolver, self._connector = resolver, connector
        self._now = now
        self._memory = _Memory()

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        deadline = Deadline(timeout_s)
        if fault := key_fault(order.key):
            return failed(fault)
        try:
            digest = hashlib.sha256(document_of(order)).hexdigest()
            mail = write_mail(order.payload, order.key, self._from, self._may_receive, self._now())
        except Unsendable as error:
            return failed(f"{error} Nothing was sent.")
        except ValueError:
            return failed(NOT_JSON)
        if deadline.passed:
            return failed(NO_TIME)
        if (before := self._memory.begin(order.key, digest, mail.message_id)) is not None:
            return before
        outcome = self._send(mail, deadline)
        self._memory.end(order.key, digest, outcome)
        return outcome

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        return None

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        return None

    def _send(self, mail: Mail, deadline: Deadline) -> Outcome:
        stage = _Stage.BEFORE
        code = 0
        try:
            with self._session(deadline) as session:
                self._prepare(session, mail)
                stage = _Stage.CONTENT
                code = _hand_over(session, mail.content)
                stage = _Stage.ANSWERED
        except Exception as error:  # the edge: whatever goes wrong, the stage says what is known
            if stage is _Stage.BEFORE:
                return failed(f"{self.name} {_words(error, deadline)}; nothing was sent to anybody.")
            if stage is _Stage.CONTENT:
                return uncertain(
                    f"{self.name} did not say whether it took the message; it may have gone out.",
                    mail.message_id,
                )
        return self._judge(code, mail)

    def _session(self, deadline: Deadline) -> Session:
        return Session(
            self._host,
            self._port,
            ehlo_name=self._from.domain,
            tls_at_once=self._context() if self._security == "tls" else None,
            deadline=deadline,
            resolver=self._resolver,
            connector=self._connector,
        )

    def _prepare(self, session: Session, mail: Mail) -> None:
        """Everything up to the server's leave to send the content. Raises _Turned or what smtplib raises."""
        session.greet()
        if self._security == "starttls":
            session.secure(self._context())
        if self._user:
            session.login(self._user, self._password)
        code, _ = session.mail(mail.sender)
        if code != 250:
            raise _Turned(f"does not take mail from {mail.sender} ({code})")
        for each in mail.recipients:
            code, _ = session.rcpt(each)
            if code not in (250, 251):
                # Those already accepted must not get it alone: what was approved goes to all of them.
                with contextlib.suppress(OSError, smtplib.SMTPException):
                    session.rset()
                raise _Turned(f"does not take mail for {each} ({code})")
        code, _ = session.docmd("DATA")
        if code != 354:
            raise _Turned(f"does not take the message ({code})")

    def _judge(self, code: int, mail: Mail) -> Outcome:
        if code == 250:
            return done(
                f"{self.name} took the message for {len(mail.recipients)} recipient(s).", mail.message_id
            )
        if 400 <= code <= 599:
            return failed(f"{self.name} read the message and refused it ({code}); it went to nobody.")
        return uncertain(
            f"{self.name} answered something that cannot be understood; the message may have gone out.",
            mail.message_id,
        )

    def _context(self) -> ssl.SSLContext:
        if self._tls is None:
            self._tls = ssl.create_default_context()
        return self._tls


class _Memory:
    """The keys of this process whose message left, may have left, or is leaving now."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, tuple[str, Outcome]] = OrderedDict()

    def begin(self, key: str, digest: str, reference: str) -> Outcome | None:
        """None: go on, the key is taken. Otherwise what is known of the key."""
        with self._lock:
            if key in self._known:
                before, outcome = self._known[key]
                if before == digest:
                    return outcome
                return failed("Another message has had this key, so this one was not sent.")
            self._known[key] = digest, uncertain("This message is being sent at this moment.", reference)
            while len(self._known) > _KEYS_REMEMBERED:
                self._known.popitem(last=False)
            return None

    def end(self, key: str, digest: str, outcome: Outcome) -> None:
        with self._lock:
            if outcome.state == "failed":
                self._known.pop(key, None)
            else:
                self._known[key] = digest, outcome


def _hand_over(session: Session, content: bytes) -> int:
    """Send the content and its end, and return the code of the answer."""
    lines = content.replace(b"\r\n.", b"\r\n..")
    if lines.startswith(b"."):
        lines = b"." + lines
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    session.send(lines + b".\r\n")
    return session.getreply()[0]


def _words(error: Exception, deadline: Deadline) -> str:
    if isinstance(error, _Turned):
        return str(error)
    if isinstance(error, Unresolved):
        return f"cannot be reached: {error}"
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "does not accept the user or the password"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer what it takes to send safely (STARTTLS or sign-in)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "showed a certificate that does not prove who it is"
    if isinstance(error, TimeoutError) or deadline.passed:
        return f"did not answer within {deadline.timeout_s:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "refused the connection"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"turned us away ({error.smtp_code})"
    return "broke the connection"
