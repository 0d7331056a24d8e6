"""The assistant that asks a model: what it says is cited, checked and paused like everything else, or withheld."""

from __future__ import annotations

from dataclasses import dataclass

from holdshort.assist.capabilities import Aids
from holdshort.assist.model import Model
from holdshort.assist.prompts import prompt_for
from holdshort.core.clauses import Capability
from holdshort.core.documents import Snapshot
from holdshort.core.model_replies import admit
from holdshort.core.suggestions import Cost, Suggestion


@dataclass(frozen=True)
class Asking:
    """
    Asks one model, within `timeout_s` seconds a question.

    Nothing it says is believed: `admit` keeps what stands in the snapshot, word for word.
    """

    model: Model
    timeout_s: float

    @property
    def name(self) -> str:
        return self.model.name

    def suggest(self, capability: Capability, snapshot: Snapshot, aids: Aids) -> tuple[Suggestion, ...]:
        """
        What it has to say for one capability.

        Raises:
            ModelAway: There is no answer.
        """
        prompt = prompt_for(capability, snapshot, aids.templates)
        if prompt is None:
            return ()
        reply = self.model.ask(prompt, self.timeout_s)
        made = admit(
            reply.text,
            capability,
            snapshot,
            backing=aids.backing,
            model=self.name,
            prompt_version=prompt.version,
            cost=Cost(0, reply.tokens, reply.minor_units),
        )
        return (made,)
