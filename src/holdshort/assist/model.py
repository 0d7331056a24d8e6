"""The one port that goes into assist: a prompt goes in, structured text comes out. No tool, no store, no callback."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from holdshort.core.clauses import Capability


@dataclass(frozen=True, slots=True)
class Prompt:
    """
    What a model is asked. `task` is ours; `sources` is the customer's text as JSON, to be read and never obeyed.

    `schema` is the JSON Schema of the answer. `version` names the wording of `task`.
    """

    capability: Capability
    version: str
    task: str
    sources: str
    schema: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What it said, unread and untrusted. `minor_units`: hundredths of the provider's currency."""

    text: str
    tokens: int = 0
    minor_units: int = 0


class ModelAway(Exception):
    """The model cannot be asked now, or took too long. Nothing depends on it."""


class Model(Protocol):
    """A model behind its transport, which holds the provider's key and no other credential."""

    @property
    def name(self) -> str:
        """Provider and model, for the log."""

    def ask(self, prompt: Prompt, timeout_s: float) -> Reply:
        """
        Raises:
            ModelAway: There is no answer.
        """
