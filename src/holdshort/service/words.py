"""Times, roles, steps and payloads in words, for screens of every kind. Imports little, since offline commands use it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from holdshort.core.action_words import phrase, role

if TYPE_CHECKING:
    from holdshort.core.clauses import Step
    from holdshort.core.onboarding.state import Review
    from holdshort.service.inbox import Pace
    from holdshort.service.turns import Turn

_LONGEST = 4_000
_LONGEST_SHOWN = 240
CHANNELS = {"record": "a record", "intake": "intake", "holdshort": "Holdshort", "clock": "the clock"}


def moment(at: datetime | None, zone: str = "UTC") -> str:
    """`Wed 25 Nov 2026 16:25 UTC`."""
    if at is None:
        return "never"
    local = at.astimezone(ZoneInfo(zone))
    return f"{local:%a} {local.day} {local:%b %Y %H:%M} {local.tzname()}"


def span(amount: timedelta, day: timedelta) -> str:
    """Business time: `35 min`, `6 h 20 min`, `2 business days 3 h`."""
    minutes = int(abs(amount).total_seconds() // 60)
    per_day = max(int(day.total_seconds() // 60), 1)
    days, rest = divmod(minutes, per_day)
    hours, left = divmod(rest, 60)
    if minutes <= per_day:
        days, (hours, left) = 0, divmod(minutes, 60)
    parts = [f"{days} business day{'' if days == 1 else 's'}"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{left} min"] if left and not days else []
    return " ".join(parts) or "less than a minute"


def pace(status: Pace, left: timedelta, day: timedelta) -> str:
    """How a review stands against its limit, in business hours."""
    if left < timedelta():
        return f"LATE by {span(left, day)}"
    if status == "breached":
        return f"LATE; escalated, {span(left, day)} left" if left else "LATE just now"
    return f"{'at risk, ' if status == 'at risk' else ''}{span(left, day)} left"


def roles(names: Iterable[str]) -> str:
    return " or ".join(role(each) for each in dict.fromkeys(names))


def awaited(number: int, found: Iterable[tuple[Review, Turn]]) -> str:
    """`RevOps or sales manager (12.1, CO-EDGE-001); CS leader (12.2, CO-EDGE-014)`; empty where nobody is waited for."""
    return "; ".join(f"{roles(turn.roles)} ({number}.{review.no}, {review.case})" for review, turn in found)


def steps(found: Iterable[Step]) -> str:
    """`RevOps, then CS leader or sales manager`; `security and legal both` where all have to agree."""
    said = []
    for each in found:
        titles = [role(name) for name in each.roles]
        if each.needed >= len(titles):
            said.append(" and ".join(titles) + (" together" if len(titles) > 1 else ""))
        elif each.needed > 1:
            said.append(f"{each.needed} of {', '.join(titles)}")
        else:
            said.append(" or ".join(titles))
    return ", then ".join(said)


def kind(name: str) -> str:
    return phrase(name)


def target(name: str) -> str:
    """Without its fingerprint; `nowhere` says that the playbook leads to no target that works."""
    from holdshort.service.programs import NOWHERE, target_name

    return "nowhere (the playbook names no target for it)" if name == NOWHERE else target_name(name)


def payload_rows(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each field of a payload on a row, exactly as it stands; long texts are shown elsewhere."""
    return [(str(name), as_text(value)) for name, value in payload.items() if not _is_long(value)]


def long_texts(payload: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in payload.items() if _is_long(value)]


def as_text(value: Any) -> str:
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = ", ".join(value)
    else:
        text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} … ({len(text):,} characters)"


def in_words(value: Any) -> str:
    """A value for reading: lists and objects without their brackets, cut where they are long."""
    text = _flat(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]} …"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_flat(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        between = "; " if any(isinstance(each, dict) for each in value) else ", "
        return between.join(map(_flat, value)) or "none"
    return (
        {True: "yes", False: "no", None: "–"}.get(value, str(value))
        if isinstance(value, bool | None)
        else str(value)
    )


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and ("\n" in value or len(value) > 300)


def who(name: str) -> str:
    """Who did or asked for something, for a person to read."""
    return CHANNELS.get(name, name)


def plural(count: int, noun: str, more: str = "") -> str:
    return f"{count} {noun if count == 1 else more or noun + 's'}"


def listed(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else "nothing"
