"""Show what somebody else wrote: escaped, unseen characters spelled out, an address followed only where it names itself."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from holdshort.core import visible
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.onboarding.progress import STAGES
from holdshort.core.packet_rows import Row
from holdshort.core.packet_values import Shown
from holdshort.core.visible import is_web_address, pieces
from holdshort.service import words
from holdshort.service.event_words import words_of

register = template.Library()
_STATES = {
    "missing": "blank",
    "not_provided": "not provided",
    "conflicting": "in conflict",
    "stale": "too old",
    "ai_only": "only AI says so",
}


@register.filter
def shown(text: Any) -> SafeString:
    """Any text that is not ours. A character that cannot be seen comes out as its name in a frame."""
    text = str(text)
    if text.isascii() and text.isprintable():
        return escape(text)
    return format_html_join(
        "",
        "{}",
        (
            (
                format_html('<span class="unseen" title="a character that cannot be seen">{}</span>', piece)
                if hidden
                else piece,
            )
            for piece, hidden in pieces(text)
        ),
    )


@register.filter
def link(url: str) -> SafeString:
    """An address that a record carries: a link that shows itself whole, or a text that nobody can follow."""
    if is_web_address(url):
        return format_html(
            '<a class="away" href="{}" rel="noopener noreferrer nofollow" target="_blank">{}</a>', url, url
        )
    return format_html('<span class="soft">{}</span>', shown(url))


@register.filter
def at(moment: datetime | None, zone: str) -> str:
    """`Wed 25 Nov 2026 16:25 CET`, in the playbook's zone."""
    return words.moment(moment, zone)


@register.filter
def roles_or(names: Any) -> str:
    return words.roles(names)


@register.filter
def plainly(event: Any) -> str:
    """An event of the log as a sentence."""
    text = words_of(event)
    return text if re.match(r"a\d", text) else text[:1].upper() + text[1:]


@register.filter
def state_word(state: str) -> str:
    """The state of a value that is not simply known."""
    return _STATES.get(state, state)


@register.filter
def state_class(state: str) -> str:
    """How an action's state looks; nothing but known words becomes a class."""
    found = {
        "held": "held", "needs review": "risk", "uncertain": "breached", "failed": "breached", "released": "go",
        "done": "go", "attempting": "risk",
    }.get(state, "")  # fmt: skip
    return f"state {found}".strip()


@register.filter
def tier_class(tier: str) -> str:
    return tier if tier in ("low", "medium", "high", "hold") else "none"


@register.filter
def anchor(text: str) -> str:
    """Part of an id; whatever a text holds, nothing but plain letters gets into an attribute."""
    return re.sub(r"[^A-Za-z0-9]+", "-", str(text))


@register.filter
def listed(names: Any) -> str:
    """Several texts in a row, for `shown` to escape."""
    return ", ".join(str(each) for each in names)


@register.filter
def decision_name(code: Any) -> str:
    """`J4` is `approve kickoff`."""
    return NAMES.get(code, str(code))


@register.filter
def stage_name(code: str) -> str:
    """`P6` is `review packet`."""
    return STAGES.get(code, code)


@register.filter
def in_words(value: Any) -> str:
    """A value for reading: lists and objects without their brackets, cut where they are long."""
    return words.in_words(value)


@register.filter
def worth_showing(row: Row) -> tuple[Shown, ...]:
    """The values of a row; what AI did not say is no news where a system says it."""
    found = tuple(each for each in row.values if each.value or not each.name.startswith("AI "))
    return found or row.values


@register.filter
def agrees(row: Row) -> bool:
    """Whether several systems say the very same."""
    found = worth_showing(row)
    same = len({each.value for each in found}) == 1 and all(each.state == "known" for each in found)
    return row.compared and not row.differs and len(found) > 1 and same


@register.filter
def systems(row: Row) -> str:
    return ", ".join(dict.fromkeys(each.system for each in worth_showing(row)))


@register.filter
def one_line(text: Any) -> str:
    """As `shown`, for where no markup can be: the title of a page."""
    return visible.one_line(str(text))


@register.filter
def dated(values: tuple[Shown, ...]) -> bool:
    """Whether any of them says as of when it holds."""
    return any(each.as_of for each in values)
