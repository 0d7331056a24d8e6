"""One question to a model at a time, beside the worker's own work."""

from __future__ import annotations

from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holdshort.service.assisting import Advice
    from holdshort.service.model_rounds import Question


class Beside:
    """At most one question is under way beside the worker's own work; a worker that ends does not wait for it."""

    def __init__(self) -> None:
        self._question: Question | None = None
        self._came: Queue[Advice] = Queue()

    @property
    def is_free(self) -> bool:
        return self._question is None

    def begin(self, question: Question) -> None:
        self._question = question
        Thread(target=lambda: self._came.put(question.ask()), name="model", daemon=True).start()

    def ended(self, wait: bool) -> tuple[Question, Advice] | None:
        """What has come, once; None while it is still being asked."""
        if self._question is None:
            return None
        try:
            advice = self._came.get(block=wait)
        except Empty:
            return None
        question, self._question = self._question, None
        return question, advice
