"""The last few onboardings as their logs left them, so that a log that has only grown is not replayed from its start."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from holdshort.core.onboarding.evolve import replay
from holdshort.core.onboarding.state import Onboarding
from holdshort.ports import StoredEvent
from holdshort.service.event_json import from_store, state_from

_MOST = 8
"""Few: what they hold came from customers' records, and a process should not keep it for longer than its work takes."""


@dataclass(frozen=True, slots=True)
class _Known:
    events: tuple[StoredEvent, ...]
    state: Onboarding


class Replays:
    """
    States of logs, remembered by the very events that made them.

    A remembered state is taken only where the whole log begins with exactly the events it was made of, their private
    parts included: after an erasure it does not, and the log is replayed. So it can never say anything that a replay
    would not. Threads may share it.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._known: OrderedDict[int, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def state(self, number: int, events: Sequence[StoredEvent]) -> Onboarding:
        """The onboarding `number` as `events`, all of its log in order, leave it."""
        now = tuple(events)
        with self._lock:
            known = self._known.get(number)
        if known is not None and known.events and now[: len(known.events)] == known.events:
            more = now[len(known.events) :]
            state = (
                replay(((from_store(each), each.at) for each in more), known.state) if more else known.state
            )
        else:
            state = state_from(now)
        if state.exists:
            self._keep(number, _Known(now, state))
        return state

    def forget(self, number: int) -> None:
        with self._lock:
            self._known.pop(number, None)

    def _keep(self, number: int, known: _Known) -> None:
        with self._lock:
            self._known[number] = known
            self._known.move_to_end(number)
            while len(self._known) > self._most:
                self._known.popitem(last=False)
