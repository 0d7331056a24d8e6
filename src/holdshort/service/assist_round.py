"""The worker's rounds over onboardings that wait for people: the built-in assistant at once, a model beside everything else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdshort.core.calibration import Reliability
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Conflict
from holdshort.service.assisting import Advice, Assistant
from holdshort.service.model_beside import Beside
from holdshort.service.suggestion_log import (
    look_at,
    measured_so_far,
    note_answer,
    note_suggestions,
    question_about,
)

if TYPE_CHECKING:
    from holdshort.service.flow import Flow
    from holdshort.service.model_rounds import Models, Question


@dataclass
class AssistRound:
    """
    Goes over onboardings with open reviews, a few at a time; what was looked at and has not changed is not asked again.

    A model is asked beside everything else, one question at a time; where it gave no answer, again after `again_s` seconds.
    """

    flow: Flow
    assistant: Assistant
    models: Models | None = None
    seconds: float = 2.0
    again_s: float = 600.0
    _seen: dict[int, object] = field(default_factory=dict)
    _to_ask: dict[int, float] = field(default_factory=dict)
    """Onboardings that a model is still to be asked about, and from when on."""
    _beside: Beside = field(default_factory=Beside)
    _measured: Mapping[tuple[str, str], Reliability] | None = None
    _measure_at: float = 0.0

    def run(
        self, stop: Callable[[], bool] = lambda: False, everything: bool = False
    ) -> Iterator[tuple[int, Advice]]:
        """One short piece of work; the next call goes on where this one ended. `everything`: a model is waited for."""
        yield from self._built_in(stop)
        while self.models is not None and not stop():
            came = self._beside.ended(wait=everything)
            if came is not None:
                question, advice = came
                if advice.away:
                    self._to_ask[question.number] = time.monotonic() + self.again_s
                if self._noted(question, advice):
                    yield question.number, advice
            if not self._beside.is_free or not self._begin():
                return

    def _built_in(self, stop: Callable[[], bool]) -> Iterator[tuple[int, Advice]]:
        began, after = time.monotonic(), 0
        while True:
            rows = self.flow.store.onboardings(after=after, limit=200, open_only=True)
            for row in rows:
                after = row.number
                if stop() or time.monotonic() - began > self.seconds:
                    return
                if self._seen.get(row.number) == row or row.verdict in ("", "clean", "not triggered"):
                    continue
                self._seen[row.number] = row
                advice = self._ask_built_in(row.number)
                self._to_ask[row.number] = time.monotonic()
                if advice is not None:
                    yield row.number, advice
            if len(rows) < 200:
                return

    def _ask_built_in(self, number: int) -> Advice | None:
        try:
            return note_suggestions(self.flow, number, self.assistant, measured=self._reliability())
        except (Refused, Conflict):
            return None

    def _begin(self) -> bool:
        """Ask the model about the next onboarding, if there is one."""
        now = time.monotonic()
        for number, since in list(self._to_ask.items()):
            if since > now or self.models is None:
                continue
            del self._to_ask[number]
            try:
                question = question_about(
                    self.flow, look_at(self.flow, number), self.models, self._reliability()
                )
            except Refused:
                continue
            if isinstance(question, str):
                self._to_ask[number] = now + self.again_s
            elif question is not None:
                self._beside.begin(question)
                return True
        return False

    def _noted(self, question: Question, advice: Advice) -> bool:
        if self.models is None:
            return False
        try:
            note_answer(self.flow, question, advice, self.models)
        except (Refused, Conflict):
            return False
        return bool(advice.suggestions or advice.away)

    def _reliability(self) -> Mapping[tuple[str, str], Reliability]:
        """Measured anew once an hour: it needs every log."""
        now = time.monotonic()
        if self._measured is None or now >= self._measure_at:
            self._measured, self._measure_at = measured_so_far(self.flow), now + 3_600
        return self._measured
