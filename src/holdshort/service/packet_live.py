"""Parts I10 and I11 of a live onboarding's packet: people's holds, and its actions as they stand, with their content."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from holdshort.core.action_words import phrase, phrases, role
from holdshort.core.actions import Catalogue
from holdshort.core.onboarding.state import Action
from holdshort.core.packet import Packet
from holdshort.core.packet_rows import Row
from holdshort.core.suggestions import CAPABILITIES
from holdshort.service.story import Story
from holdshort.service.suggestion_log import said_in

_OVER = ("done", "rejected", "withdrawn")
_NOT_ASKED = "not asked for now"


@dataclass(frozen=True, slots=True)
class Standing:
    """One action with its status, why, and the cases that hold it."""

    action: Action
    status: str
    why: str
    cases: tuple[str, ...]


def with_live_parts(
    packet: Packet, actions: Iterable[Standing], story: Story, catalogue: Catalogue
) -> Packet:
    """
    The packet with what is asked for here and now in the place of what the record proposes.

    What nobody asks for and a row would hold stays, and so do drafts in the record and the decisions.
    """
    live = list(actions)
    asked = [_action(each) for each in live if each.status not in _OVER]
    content = [_content(each) for each in live if each.status not in _OVER and _is_message(each, catalogue)]
    holds = tuple(_holds(story, catalogue))
    parts = []
    for part in packet.parts:
        if part.code == "I11":
            kept = [each for each in part.rows if each.kind != "action" or each.note.startswith(_NOT_ASKED)]
            part = replace(part, rows=(*asked, *content, *kept))
        elif part.code == "I9" and (said := tuple(_said(story))):
            part = replace(part, rows=(*part.rows, *said), gap="")
        elif part.code == "I10" and holds:
            part = replace(part, rows=(*part.rows, *holds), gap="")
        parts.append(part)
    return replace(packet, parts=tuple(parts))


def _action(each: Standing) -> Row:
    text = phrase(each.action.kind)
    return Row(
        f"a{each.action.no} {text}",
        "action",
        note=f"asked for by {each.action.by}" + (f"; {each.why}" if each.why else ""),
        lines=each.cases,
        state=each.status,
    )


def _is_message(each: Standing, catalogue: Catalogue) -> bool:
    kind = catalogue.find(each.action.kind)
    return bool(each.action.payload) and kind is not None and kind.action_class.customer_facing


def _content(each: Standing) -> Row:
    return Row(f"a{each.action.no} {phrase(each.action.kind)}", "element", quote=_text(each.action.payload))


def _text(payload: Mapping[str, Any]) -> str:
    """Every field on its line, long texts under their names."""
    lines = []
    for name, value in payload.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
        lines.append(f"{name}:\n{text}" if "\n" in text else f"{name}: {text}")
    return "\n".join(lines)


def _said(story: Story) -> Iterator[Row]:
    """What assist said about the facts as they last stood, its doubts first; nothing of it is evidence."""
    for each in said_in(story.entries, story.state.suggested):
        if each.is_old and not each.outcome:
            continue
        said = each.suggestion
        quotes = dict.fromkeys(f"{one.source}: “{one.quote}”" for one in said.every_citation)
        yield Row(
            f"s{each.no} {CAPABILITIES[said.capability]} ({said.model})",
            "element",
            quote="\n".join(said.content),
            note=each.outcome
            or (
                "paused: " + "; ".join(said.paused) if said.paused else "a suggestion; nothing starts from it"
            ),
            lines=(
                *(f"unsure: {one}" for one in said.uncertainty),
                *(f"withheld: {one.words}" for one in said.withheld),
                *quotes,
            ),
            state="ai_only",
        )


def _holds(story: Story, catalogue: Catalogue) -> Iterator[Row]:
    for hold in story.state.holds.values():
        if not hold.lifted:
            what = (
                ", ".join(phrases(hold.kinds, catalogue)) or "every customer-facing action and system write"
            )
            yield Row(
                hold.case,
                "case",
                quote=story.hold_reasons.get(hold.case, ""),
                note=f"{hold.by} raised a hold; {role(hold.owner)} decides",
                lines=(f"stops {what}",),
                state=hold.tier,
            )
