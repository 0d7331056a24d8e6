"""Files that people put beside an onboarding as evidence. A person reads them; no rule does, and no verdict moves."""

from __future__ import annotations

from collections.abc import Iterator

from holdshort.core.attachments import LARGEST, MEDIA_TYPES, MOST, WORDS
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.acts import _known
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding


def attach(command: c.Attach, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Anybody who works here may; on a closed onboarding as well, as with a comment."""
    _known(command.by, world)
    if command.review and command.review not in state.reviews:
        raise c.Refused(
            "FLOW-007", f"there is no review {command.review}", "`holdshort inbox` lists those that wait"
        )
    if command.size <= 0:
        raise c.Refused("FLOW-100", "the file is empty", "choose the file that shows it")
    if command.size > LARGEST:
        raise c.Refused(
            "FLOW-101",
            f"the file has {command.size:,} bytes and may have {LARGEST:,}",
            "attach the pages that matter, or name where the whole of it lies",
        )
    if command.media_type not in MEDIA_TYPES:
        raise c.Refused("FLOW-102", "this kind of file is not taken as evidence", f"attach {WORDS}")
    if state.attachments >= MOST:
        raise c.Refused(
            "FLOW-103",
            f"{MOST} files are attached to this onboarding, which is the most it may have",
            "put what belongs together into one file, or name where it lies in a comment",
        )
    yield e.EvidenceAttached(
        state.attachments + 1, command.review, command.by, command.media_type, command.size, command.sealed_digest,
        command.name, command.digest, command.key,
    )  # fmt: skip
