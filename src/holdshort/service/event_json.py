"""Events as the store keeps them: an open part, and a private part that can be erased. And back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import Any

import msgspec

from holdshort.core.onboarding.events import EVENTS, Event
from holdshort.core.onboarding.evolve import replay
from holdshort.core.onboarding.state import Onboarding
from holdshort.ports import NewEvent, StoredEvent

HOUSE_OPENED = "HouseOpened"
"""The first event of the log of the house itself (`house_log`), which is no onboarding's."""


def to_store(event: Event, actor: str, at: datetime) -> NewEvent:
    """The event ready to be appended. An empty private part is none at all."""
    data = msgspec.to_builtins(event)
    private = {
        name: value
        for name in _PRIVATE[type(event).__name__]
        if (value := data.pop(name)) not in ("", [], {})
    }
    return NewEvent(type(event).__name__, data, private or None, actor, at)


def from_store(stored: StoredEvent) -> Event:
    """
    The event as it was. What was erased is empty.

    Raises:
        UnknownEvent: A newer Holdshort wrote it.
    """
    kind = EVENTS.get(stored.kind)
    if kind is None:
        raise UnknownEvent(stored.kind)
    return msgspec.convert(
        {**_EMPTY[stored.kind], **stored.body, **(stored.private or {})}, kind, strict=False
    )


def state_from(events: Iterable[StoredEvent]) -> Onboarding:
    """The onboarding as its log leaves it; none where the log is the house's own."""
    found = list(events)
    if found and found[0].kind == HOUSE_OPENED:
        return Onboarding()
    return replay((from_store(each), each.at) for each in found)


class UnknownEvent(Exception):
    """The log holds a kind of event that this version does not know: a newer one wrote it."""


def _blank(name: str, kind: type[Event]) -> Any:
    hint = str(kind.__dataclass_fields__[name].type)
    return "" if hint == "str" else {} if hint.startswith("Mapping") else []


_PRIVATE = {
    name: tuple(each.name for each in fields(kind) if each.metadata.get("private"))
    for name, kind in EVENTS.items()
}
_EMPTY = {name: {field: _blank(field, kind) for field in _PRIVATE[name]} for name, kind in EVENTS.items()}
"""What stands in the place of a private part that is not there."""
