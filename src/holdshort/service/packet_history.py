"""Part I12 of a live onboarding's packet: what people decided here, and what the clock passed on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from holdshort.core.action_words import phrase, role
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.packet import Packet
from holdshort.core.packet_rows import Row
from holdshort.service.story import Decided, Entry, Story


def with_history(packet: Packet, story: Story) -> Packet:
    """The packet with the onboarding's own history before what its record says of earlier reviews."""
    rows = tuple(_rows(story))
    if not rows:
        return packet
    parts = tuple(
        replace(each, rows=(*rows, *each.rows), gap="") if each.code == "I12" else each
        for each in packet.parts
    )
    return replace(packet, parts=parts)


def _rows(story: Story) -> Iterator[Row]:
    for entry in story.entries:
        row = _row(entry, story)
        if row is not None:
            yield row


def _row(entry: Entry, story: Story) -> Row | None:
    match entry.event:
        case e.DecisionRecorded() as made:
            return _decision(story.decisions[made.decision], story)
        case e.ReviewBreached() as late:
            case = story.state.reviews[late.review].case
            return Row(
                f"{case}: nobody decided in time", "element", note=f"{role(late.owner)}, {_day(entry.at)}"
            )
        case e.ReviewEscalated(alone=False) as passed:
            case = story.state.reviews[passed.review].case
            label = f"{case}: {role(passed.role)} may decide as well"
            return Row(label, "element", note=f"{passed.why}, {_day(entry.at)}")
        case e.HoldRaised() as hold:
            return Row(f"{hold.by} raised a hold", "element", quote=hold.why, note=_day(entry.at))
        case e.OnboardingClosed() | e.OnboardingReopened() as turned:
            word = "closed" if isinstance(turned, e.OnboardingClosed) else "opened again"
            return Row(
                f"{entry.actor} {word} the onboarding", "element", quote=turned.why, note=_day(entry.at)
            )
    return None


def _decision(decided: Decided, story: Story) -> Row:
    record = decided.record
    kinds = [phrase(story.state.actions[each.action].kind) for each in record.covers]
    label = f"{NAMES[record.code].capitalize()}, {record.case}"
    said = [f"by {record.by} as {role(record.role)}", _day(decided.at)]
    if kinds:
        said.append(f"allows {', '.join(kinds)}")
    if decided.standing and decided.standing != "counts":
        said.append(f"{decided.standing}: {'; '.join(decided.words)}" if decided.words else decided.standing)
    quote = "\n".join(each for each in (record.reason, record.exception) if each)
    return Row(label, "element", quote=quote, note="; ".join(said))


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
