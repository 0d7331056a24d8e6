"""How a model is asked: personal data hidden, the same question never paid for twice, a day's budget kept, every call told."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from holdshort.assist.model import ModelAway, Prompt, Reply
from holdshort.core.redaction import Redactor
from holdshort.core.settings_models import ModelSettings
from holdshort.ports import ModelDown, ModelTransport

Outcome = Literal["answered", "from cache", "no answer", "over budget"]
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One question to a model, for the record. `digest` is of the whole question: the same one, the same digest."""

    at: datetime
    model: str
    capability: str
    prompt_version: str
    digest: str
    outcome: Outcome
    why: str = ""
    tokens: int = 0
    minor_units: int = 0


@dataclass
class Budget:
    """Tokens of one day (UTC), over all onboardings of this process."""

    tokens_per_day: int
    _day: date | None = field(default=None, init=False)
    _spent: int = field(default=0, init=False)

    def is_left(self, day: date) -> bool:
        if self._day != day:
            self._day, self._spent = day, 0
        return not self.tokens_per_day or self._spent < self.tokens_per_day

    def spend(self, tokens: int) -> None:
        self._spent += tokens


class ModelDesk:
    """
    Everything between assist and a model's transport that outlives one question.

    Args:
        present: The clock, UTC.
        tell: Is given every call, answered or not.
    """

    def __init__(
        self,
        transport: ModelTransport,
        settings: ModelSettings,
        present: Callable[[], datetime],
        tell: Callable[[Call], None] = lambda call: None,
    ) -> None:
        self.transport = transport
        self.settings = settings
        self.present = present
        self.tell = tell
        self._budget = Budget(settings.tokens_per_day)
        self._answers: OrderedDict[str, str] = OrderedDict()
        self._lock = threading.Lock()

    def for_onboarding(self, personal: Iterable[str]) -> AskedModel:
        """The model as assist may ask it about one onboarding, whose personal data are `personal`."""
        return AskedModel(self, tuple(personal))

    def ask(self, prompt: Prompt, personal: Sequence[str], timeout_s: float) -> Reply:
        """
        Raises:
            ModelAway: There is no answer, or today's budget is used up.
        """
        redactor = Redactor(personal if self.settings.redact else ())
        sources = redactor.hide(prompt.sources) if self.settings.redact else prompt.sources
        request = {"task": prompt.task, "sources": sources, "schema": prompt.schema}
        digest = hashlib.sha256(
            "\0".join([self.transport.name, *request.values()]).encode("utf-8", "surrogatepass")
        ).hexdigest()
        with self._lock:
            known = self._answers.get(digest)
            left = self._budget.is_left(self.present().date())
        if known is not None:
            self._note(prompt, digest, "from cache")
            return Reply(redactor.reveal(known))
        if not left:
            self._note(prompt, digest, "over budget", f"{self.settings.tokens_per_day} tokens a day")
            raise ModelAway("today's budget for the model is used up")
        try:
            answer = self.transport.ask(request, min(timeout_s, self.settings.timeout_s))
        except ModelDown as down:
            self._note(prompt, digest, "no answer", str(down))
            raise ModelAway(str(down)) from down
        return self._answered(prompt, digest, str(answer.get("text", "")), answer.get("tokens"), redactor)

    def _answered(self, prompt: Prompt, digest: str, text: str, tokens: object, redactor: Redactor) -> Reply:
        used = tokens if isinstance(tokens, int) and tokens > 0 else 0
        cost = used * self.settings.cents_per_million_tokens // 1_000_000
        with self._lock:
            self._budget.spend(used)
            self._answers[digest] = text
            while len(self._answers) > _MOST_KEPT:
                self._answers.popitem(last=False)
        self._note(prompt, digest, "answered", tokens=used, minor_units=cost)
        return Reply(redactor.reveal(text), used, cost)

    def _note(
        self,
        prompt: Prompt,
        digest: str,
        outcome: Outcome,
        why: str = "",
        tokens: int = 0,
        minor_units: int = 0,
    ) -> None:
        self.tell(
            Call(
                self.present(), self.transport.name, prompt.capability, prompt.version, digest, outcome, why[:300],
                tokens, minor_units,
            )
        )  # fmt: skip


@dataclass(frozen=True)
class AskedModel:
    """One onboarding's way to the model; it is all of it that assist is handed."""

    _desk: ModelDesk
    _personal: tuple[str, ...]

    @property
    def name(self) -> str:
        return self._desk.transport.name

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """Raises ModelAway."""
        return self._desk.ask(prompt, self._personal, timeout_s)
