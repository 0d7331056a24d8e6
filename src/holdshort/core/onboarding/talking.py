"""What people tell each other about an onboarding: comments, and what a packet did not show. Neither moves a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.acts import _known
from holdshort.core.onboarding.people import Directory
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Onboarding, Review

LONGEST = 10_000
"""Characters of a comment. Whatever is longer belongs into a document of its own."""
_MENTION = re.compile(r"(?<![\w.@])@([\w][\w.-]*)")


def comment(command: c.Comment, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Anybody who works here may; on a closed onboarding as well, since what was learnt late is worth most."""
    _known(command.by, world)
    text = _text(command.text, "comment")
    if command.review:
        _review(command.review, state)
    yield e.CommentAdded(
        state.comments + 1, command.review, command.by, mentioned(text, world.directory), text
    )


def report_gap(command: c.ReportGap, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Counts against the row that the review is about, whoever looked."""
    _known(command.by, world)
    text = _text(command.text, "gap")
    yield e.GapReported(command.review, _review(command.review, state).case, command.by, text)


def mentioned(text: str, directory: Directory) -> tuple[str, ...]:
    """The active users whom a text names as `@rae`, once each, in its order; other words behind an @ are just words."""
    found = (each.rstrip(".-") for each in _MENTION.findall(text))
    return tuple(dict.fromkeys(each for each in found if directory.is_known(each)))


def _text(text: str, what: str) -> str:
    text = text.strip()
    if not text:
        raise c.Refused("FLOW-090", f"the {what} is empty", "write what the next reader should know")
    if len(text) > LONGEST:
        raise c.Refused(
            "FLOW-091",
            f"the {what} has {len(text):,} characters and may have {LONGEST:,}",
            "say it shorter, or put it into a document and name that",
        )
    return text


def _review(number: int, state: Onboarding) -> Review:
    review = state.reviews.get(number)
    if review is None:
        raise c.Refused("FLOW-007", f"there is no review {number}", "`holdshort inbox` lists those that wait")
    return review
