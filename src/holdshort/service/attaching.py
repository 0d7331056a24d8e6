"""Files beside an onboarding: kept sealed in the same transaction as the event that names them, and handed out again."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from holdshort.core.attachments import LARGEST, kind_in_words, media_type_of, safe_name
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Acted, FileSeal, Store, Transaction
from holdshort.service.flow import Flow
from holdshort.service.story import Story, read_story

_FOR_PEOPLE = ((1024 * 1024, "MB"), (1024, "kB"))


@dataclass(frozen=True, slots=True)
class Attached:
    """One file as pages list it. `name` is empty where it was erased."""

    no: int
    review: int
    by: str
    at: datetime
    name: str
    media_type: str
    size: int
    digest: str

    @property
    def is_erased(self) -> bool:
        return not self.name

    @property
    def kind(self) -> str:
        return kind_in_words(self.media_type)

    @property
    def how_large(self) -> str:
        for unit, word in _FOR_PEOPLE:
            if self.size >= unit:
                return f"{self.size / unit:.1f} {word}"
        return f"{self.size} bytes"


def attach(
    flow: Flow, seal: FileSeal, number: int, review: int, name: str, content: bytes, by: str, operation: str = ""
) -> Acted:  # fmt: skip
    """
    Put a file beside an onboarding, or one review of it.

    Args:
        name: As whoever sent it calls it; what is kept says no more than its content does.
        review: The review's no, 0 for the onboarding as a whole.
        operation: As for `Flow.act`.

    Raises:
        Refused: It is empty, too large, of a kind that is not taken, or there are too many (FLOW-100 to FLOW-103).
        Unavailable: The store cannot keep it now (a full disk); nothing happened.
    """
    media_type = media_type_of(content) if len(content) <= LARGEST else ""
    key, sealed = seal.seal(content)
    command = c.Attach(
        by, safe_name(name, media_type), media_type, len(content), _sha256(content), _sha256(sealed), key, review
    )  # fmt: skip

    def keep(tx: Transaction, acted: Acted) -> None:
        for event in acted.events:
            if isinstance(event, e.EvidenceAttached):
                tx.attach(number, event.attachment, sealed)

    return flow.act(number, command, by, operation, also=keep)


def attached(story: Story, review: int = 0) -> Iterator[Attached]:
    """What is beside one review and the onboarding as a whole, or (0) beside any of it; oldest first."""
    for entry in story.entries:
        event = entry.event
        if isinstance(event, e.EvidenceAttached) and (not review or event.review in (0, review)):
            yield Attached(
                event.attachment, event.review, event.by, entry.at, event.name, event.media_type, event.size, event.digest
            )  # fmt: skip


def read_attached(store: Store, seal: FileSeal, number: int, no: int) -> tuple[Attached, bytes]:
    """
    One file with its bytes, as they were attached.

    Raises:
        Refused: There is none (FLOW-104), it was erased (FLOW-105), or what is kept is not it any more (FLOW-106).
    """
    story = read_story(store, number)
    found = next((each for each in attached(story) if each.no == no), None)
    if found is None:
        raise Refused("FLOW-104", f"there is no file {no} beside onboarding {number}", "")
    sealed = store.attachment(number, no)
    key = next(
        each.event.key
        for each in story.entries
        if isinstance(each.event, e.EvidenceAttached) and each.event.attachment == no
    )
    if not key:
        raise Refused("FLOW-105", f"file {no} beside onboarding {number} was erased", "")
    content = seal.open(key, sealed) if sealed is not None else None
    if content is None or not hmac.compare_digest(_sha256(content), found.digest):
        raise Refused(
            "FLOW-106",
            f"what is kept of file {no} beside onboarding {number} is not what was attached",
            "tell whoever looks after Holdshort: `holdshort doctor` says more, a backup has the file",
        )
    return found, content


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
