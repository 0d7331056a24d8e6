"""Words for screens: roles, action kinds, tiers, times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from django import template

from holdshort.core import action_words
from holdshort.service import words
from holdshort.web import page

register = template.Library()
register.simple_tag(page.asset, name="asset")


@register.filter
def role(name: str) -> str:
    """`finance_ops` is `finance ops`."""
    return action_words.role(name)


@register.filter
def role_titles(names: Iterable[str]) -> str:
    """Several roles, in one order everywhere."""
    return ", ".join(sorted(action_words.role(each) for each in names))


@register.filter
def either_role(names: Iterable[str]) -> str:
    """Those of whom one decides."""
    return " or ".join(action_words.role(each) for each in dict.fromkeys(names)) or "nobody"


@register.filter
def kind(name: str) -> str:
    """`create_kickoff_tasks` is `create kickoff tasks`."""
    return action_words.phrase(name)


@register.filter
def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


@register.filter
def scope(name: str) -> str:
    """What a pause switch stops: `lane:guided` is `lane guided`."""
    kind_, _, which = name.partition(":")
    return f"{kind_} {which}" if which else "everything"


@register.filter
def ago(moment: datetime, present: datetime) -> str:
    """How long ago, or in how long, roughly."""
    seconds = (present - moment).total_seconds()
    size = abs(seconds)
    if size < 60:
        return "just now"
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        if size >= length:
            count = int(size // length)
            said = f"{count} {unit}{'' if count == 1 else 's'}"
            break
    return f"{said} ago" if seconds > 0 else f"in {said}"


@register.filter
def moment(value: datetime) -> str:
    """A moment for people, in UTC."""
    return f"{value.astimezone(UTC):%-d %b %Y, %H:%M} UTC"


@register.filter
def in_words(value: object) -> str:
    """A value of the playbook or a record for reading."""
    return words.in_words(list(value) if isinstance(value, tuple) else value)
