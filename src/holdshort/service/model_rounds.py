"""
A model is asked about an onboarding after the built-in assistant has spoken, and never in anybody's way.

What it needs is taken out of the store beforehand and what it says is written afterwards, so that the asking itself, which
may take a minute, holds no transaction and can go on beside the worker's runs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from holdshort.assist.asked import Asking
from holdshort.core.answers import Answer
from holdshort.core.calibration import Reliability
from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT, follow
from holdshort.core.playbook import Playbook
from holdshort.core.settings_models import ModelSettings
from holdshort.ports import Store
from holdshort.service.house_log import note
from holdshort.service.model_use import Call, ModelDesk

if TYPE_CHECKING:
    from holdshort.service.assisting import Advice
    from holdshort.service.programs import Programs

SECONDS = 120.0
"""The most that all questions about one onboarding take together."""
TOKENS = 100_000
MODEL_ASKED = "ModelAsked"
_MOST_CALLS = 1_000

OpenDesk = Callable[[ModelSettings, Callable[[Call], None]], ModelDesk | str]
"""Makes the way to a model, or says in words why there is none."""


class Models:
    """
    The model that the newest published playbook names, if any.

    Args:
        open_desk: Is asked once for each change of the settings.
    """

    def __init__(self, programs: Programs, store: Store, open_desk: OpenDesk) -> None:
        self._programs = programs
        self._store = store
        self._open = open_desk
        self._settings = ModelSettings()
        self._desk: ModelDesk | str = ""
        self._calls: deque[Call] = deque(maxlen=_MOST_CALLS)

    @property
    def settings(self) -> ModelSettings:
        """The newest version's, whichever an onboarding runs under: who turns a model off has turned it off."""
        return self._programs.latest().playbook.settings.assist

    def desk(self) -> ModelDesk | str | None:
        """The way to the model; None where none is wanted, and why not where one is and cannot be asked."""
        settings = self.settings
        if not settings.asks_a_model:
            return None
        if settings != self._settings:
            self.close()
            self._desk, self._settings = self._open(settings, self._calls.append), settings
        return self._desk

    def about(self, record: Mapping[str, Any], playbook: Playbook) -> Asking | str | None:
        """One onboarding's way to the model, which hides what the glossary marks as personal; else as `desk`."""
        desk = self.desk()
        if not isinstance(desk, ModelDesk):
            return desk
        personal = tuple(dict.fromkeys(personal_values(record, playbook.glossary)))
        return Asking(desk.for_onboarding(personal), desk.settings.timeout_s)

    def write_calls(self, number: int) -> int:
        """Put every call since the last time into the house's log: who was asked for what, at what cost; no content."""
        calls = [self._calls.popleft() for _ in range(len(self._calls))]
        if calls:
            with self._store.transaction() as tx:
                for each in calls:
                    note(tx, MODEL_ASKED, "assist", each.at, _body(each, number), {"why": each.why} if each.why else None)  # fmt: skip
        return len(calls)

    def close(self) -> None:
        """End the model's process."""
        if isinstance(self._desk, ModelDesk):
            end = getattr(self._desk.transport, "close", None)
            if end is not None:
                end()
        self._desk, self._settings = "", ModelSettings()


def _body(call: Call, number: int) -> dict[str, Any]:
    return {
        "model": call.model,
        "capability": call.capability,
        "prompt_version": call.prompt_version,
        "digest": call.digest,
        "outcome": call.outcome,
        "tokens": call.tokens,
        "minor_units": call.minor_units,
        "onboarding": number,
    }


def personal_values(record: Mapping[str, Any], glossary: Glossary) -> Iterator[str]:
    """Every text behind a name that the glossary marks as personal, elements of lists included."""
    for name in glossary.every_name():
        for raw in _raw(name, record):
            if name.personal:
                yield from _texts(raw)
            for element in raw if isinstance(raw, list) else ():
                if isinstance(element, Mapping):
                    for inner in name.fields.values():
                        if inner.personal:
                            for value in _raw(inner, element):
                                yield from _texts(value)


def _raw(name: Name, record: Mapping[str, Any]) -> Iterator[Any]:
    for path in (*name.paths, *name.else_paths):
        value, _ = follow(path, record)
        if value is not ABSENT:
            yield value


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif depth < 4 and isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif depth < 4 and isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)


@dataclass(frozen=True)
class Question:
    """Everything that asking about one onboarding needs: no store in it."""

    number: int
    record: Mapping[str, Any]
    answer: Answer
    playbook: Playbook
    assistant: Asking
    measured: Mapping[tuple[str, str], Reliability]

    def ask(self) -> Advice:
        """What the model says, bounded; never an exception."""
        from holdshort.service.assisting import Bounds, advise

        bounds = Bounds(SECONDS, TOKENS, 10**9)  # money is bounded by the day's tokens
        return advise(
            self.record, self.answer, self.playbook, self.assistant, bounds=bounds, measured=self.measured
        )
