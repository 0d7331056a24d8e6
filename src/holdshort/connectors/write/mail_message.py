"""An approved payload as one e-mail, exactly as approved, or the reason why it cannot be one."""

from __future__ import annotations

import base64
import email.policy
import email.utils
import hashlib
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

_LOCAL = r"[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}@{_LABEL}(\.{_LABEL})+")
_FIELDS = ("to", "cc", "subject", "body")
# The subject is written by hand below: the library's own folding adds blanks to a long one, and what was approved is
# what goes out.
_POLICY = email.policy.SMTP.clone(refold_source="none")
_PLAIN_SUBJECT_LIMIT = 66
_WORD_LIMIT_BYTES = 39


class Unsendable(Exception):
    """The payload is no message that may be sent; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message with its envelope: `recipients` are those of `to` and `cc`, each once."""

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    content: bytes


def is_address(text: object) -> bool:
    """
    A bare ASCII address, without a display name.

    Quoted local parts and the old routes (`a%b@c`, `host!user@c`) are refused: relays disagree about them.
    """
    return isinstance(text, str) and _ADDRESS.fullmatch(text) is not None


def read_sender(text: str) -> Address:
    """
    Read `address` or `Name <address>`.

    Raises:
        ValueError: It is neither, or the name has a control character in it.
    """
    match = re.fullmatch(r"(?:(?P<name>[^<>]*?)\s*<(?P<inner>[^<>]*)>|(?P<plain>[^<>]*))", text.strip())
    address = (match["inner"] if match["inner"] is not None else match["plain"]) if match else ""
    name = ((match["name"] or "") if match else "").strip().strip('"')
    if not is_address(address) or not name.isprintable():
        raise ValueError("the sender is not an e-mail address, nor `Name <address>`")
    return Address(display_name=name, addr_spec=address)


def write_mail(
    payload: Mapping[str, Any], key: str, sender: Address, may_receive: Callable[[str], bool], at: datetime
) -> Mail:
    """
    Write the message: the same key gives the same Message-ID.

    Args:
        payload: `to` (list of addresses), `subject`, `body`, and `cc` if wanted; nothing else.
        may_receive: Says of one address whether this playbook may write to it.

    Raises:
        Unsendable: A field is missing, unknown or not what it should be, or an address may not be written to.
    """
    if unknown := sorted(str(each) for each in payload if each not in _FIELDS):
        # What was approved has to be what goes out: a field that nobody sends is not ignored.
        raise Unsendable(f"An e-mail has {', '.join(_FIELDS)}; the payload has {_shown(unknown[0])} as well.")
    to, cc = _addresses(payload, "to"), _addresses(payload, "cc")
    if not to:
        raise Unsendable("The e-mail has nobody in `to`.")
    recipients = tuple(dict.fromkeys((*to, *cc)))
    for each in recipients:
        if not _allowed(may_receive, each):
            raise Unsendable(f"{each} is not on the list of addresses that may be written to.")
    message = EmailMessage(policy=_POLICY)
    message["From"] = sender
    message["To"] = ", ".join(to)
    if cc:
        message["Cc"] = ", ".join(cc)
    message.set_raw("Subject", _encoded(_subject(payload)))
    message["Date"] = email.utils.format_datetime(at)
    message["Message-ID"] = message_id(key, sender)
    # Quoted-printable always: no line of the text can then end the message, be wrapped or need an 8-bit server.
    message.set_content(_body(payload), cte="quoted-printable")
    return Mail(sender.addr_spec, recipients, message_id(key, sender), message.as_bytes())


def message_id(key: str, sender: Address) -> str:
    digest = hashlib.sha256(key.encode("ascii")).hexdigest()[:40]
    return f"<{digest}@{sender.domain}>"


def _addresses(payload: Mapping[str, Any], field: str) -> list[str]:
    found = payload.get(field, [])
    if not isinstance(found, list | tuple):
        raise Unsendable(f"`{field}` is not a list of addresses.")
    for each in found:
        if not is_address(each):
            raise Unsendable(f"`{field}` has {_shown(each)}, which is not a plain e-mail address.")
    return list(found)


def _allowed(may_receive: Callable[[str], bool], address: str) -> bool:
    try:
        return may_receive(address) is True
    except Exception:  # a list that cannot be read allows nobody
        return False


def _subject(payload: Mapping[str, Any]) -> str:
    subject = payload.get("subject")
    if not isinstance(subject, str) or not subject.strip():
        raise Unsendable("The e-mail has no subject.")
    if any(unicodedata.category(each) in ("Cc", "Cs", "Zl", "Zp") for each in subject):
        raise Unsendable("The subject has a line end or a control character in it, and could forge a header.")
    if len(subject) > 900:
        raise Unsendable("The subject is longer than 900 characters.")
    return subject


def _encoded(subject: str) -> str:
    """A subject as a header: plain where it is short ASCII, else encoded words (RFC 2047) of whole characters."""
    if (
        subject.isascii()
        and len(subject) <= _PLAIN_SUBJECT_LIMIT
        and "=?" not in subject
        and subject == subject.strip()
    ):
        return subject
    words, word = [], b""
    for each in subject:
        piece = each.encode("utf-8")
        if len(word) + len(piece) > _WORD_LIMIT_BYTES:
            words.append(word)
            word = b""
        word += piece
    # Readers drop the line ends between encoded words.
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(each).decode('ascii')}?=" for each in (*words, word))


def _body(payload: Mapping[str, Any]) -> str:
    body = payload.get("body")
    if not isinstance(body, str) or not body.strip():
        raise Unsendable("The e-mail has no body.")
    if any(each == "\0" or unicodedata.category(each) == "Cs" for each in body):
        raise Unsendable("The body has a character in it that no e-mail can carry.")
    return body


def _shown(text: object) -> str:
    """Somebody else's text inside a sentence: one line, short, nothing hidden."""
    return ascii(text)[:60]
