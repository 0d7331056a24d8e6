"""
What assist may say, as plain values: a suggestion with its citations, its stated confidence and what was withheld of it.

Nothing here can act. A suggestion is read by a person; no rule, gate or action takes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from holdshort.core.clauses import Capability

CAPABILITIES: dict[Capability, str] = {
    "H1": "classify the lane",
    "H2": "extract",
    "H3": "summarise gaps and conflicts",
    "H4": "suggest a reviewer",
    "H5": "draft internal questions",
    "H6": "draft a customer message",
    "H7": "prepare the packet's notes",
    "H8": "cluster decided cases",
}
"""The eight things of requirements H, and no others."""

Reason = Literal[
    "no citation",
    "unknown source",
    "other version",
    "unusable source",
    "not in source",
    "several places",
    "truncated source",
    "foreign language",
    "altered number",
    "altered date",
    "other plan",
    "other name",
    "says more",
    "other order",
    "negation",
    "hedge",
    "condition",
    "question",
    "hearsay",
    "instruction",
    "too long",
    "unreadable",
]
"""Why a claim is held back. `WORDS` says each to a person."""

WORDS: dict[Reason, str] = {
    "no citation": "it names no source",
    "unknown source": "no source of this onboarding has that name",
    "other version": "it cites another version of that source than the one on record",
    "unusable source": "a draft or an earlier suggestion is no evidence",
    "not in source": "the words it cites do not stand in that source",
    "several places": "the words it cites stand in several places that say different things",
    "truncated source": "that source was cut off; the rest may say otherwise",
    "foreign language": "that source is in a language that is not checked here",
    "altered number": "it gives a number that the cited sentence does not have",
    "altered date": "it gives a date or time span that the cited sentence does not have",
    "other plan": "it names a plan that the cited sentence does not have",
    "other name": "it names somebody or something that the cited sentence does not have",
    "says more": "it says more than the cited sentence",
    "other order": "it puts the words of the cited sentence in another order",
    "negation": "it drops or adds a `not`",
    "hedge": "the cited sentence is unsure (may, could, would like); it is not",
    "condition": "it leaves out a condition of the cited sentence",
    "question": "the cited sentence asks; it states",
    "hearsay": "it drops whose wish or words the cited sentence reports",
    "instruction": "the cited sentence gives orders to a machine",
    "too long": "it is too long to be checked",
    "unreadable": "the answer has not the form that was asked for",
}


@dataclass(frozen=True, slots=True)
class Citation:
    """Words of one source, cut out by code. `start` and `end` are byte places in the snapshot's UTF-8 text."""

    source: str
    sha256: str
    start: int
    end: int
    quote: str

    def to_json(self) -> dict[str, Any]:
        return {
            "source": self.source, "sha256": self.sha256, "start": self.start, "end": self.end, "quote": self.quote,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confidence:
    """
    How sure the author says it is: recorded, never trusted by itself.

    `stated`: from 0 to 1; None where it stated nothing usable, which counts as 0. `by_rules`: no model was asked, words
    are quoted by rules, so that there is nothing to state.
    """

    stated: Decimal | None = None
    by_rules: bool = False

    def to_json(self) -> dict[str, Any]:
        return {"stated": None if self.stated is None else float(self.stated), "by_rules": self.by_rules}


BY_RULES = Confidence(by_rules=True)


def read_confidence(raw: object) -> Confidence:
    """Only a number from 0 to 1 is a confidence. Text, nothing, NaN, infinity, negative and above 1 state none."""
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        return Confidence()
    if isinstance(raw, Decimal) and not raw.is_finite():
        return Confidence()
    return Confidence(Decimal(str(raw))) if 0 <= raw <= 1 else Confidence()


@dataclass(frozen=True, slots=True)
class Extracted:
    """One value that was read out of a source, with the words it was read from."""

    field: str
    value: str
    citation: Citation
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "field": self.field,
            "value": self.value,
            "citation": self.citation.to_json(),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Withheld:
    """Something that was said and is not shown as a suggestion, and why."""

    reason: Reason
    said: str
    detail: str = ""

    @property
    def words(self) -> str:
        return WORDS[self.reason] + (f": {self.detail}" if self.detail else "")

    def to_json(self) -> dict[str, Any]:
        return {"reason": self.reason, "why": self.words, "said": self.said}


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took. `minor_units` is money in hundredths of the provider's currency; 0 for the built-in assistant."""

    elapsed_ms: int = 0
    tokens: int = 0
    minor_units: int = 0

    def to_json(self) -> dict[str, int]:
        return {"elapsed_ms": self.elapsed_ms, "tokens": self.tokens, "minor_units": self.minor_units}


NO_COST = Cost()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """
    One thing that assist says.

    `cases` are the rows that allow it. `content` holds lines that a person reads. `withheld` counts against it: it was
    said and did not hold. `paused` are the reasons of the pause rule (requirements L7), filled by `core.pausing`.
    """

    capability: Capability
    content: tuple[str, ...]
    fields: tuple[Extracted, ...] = ()
    citations: tuple[Citation, ...] = ()
    confidence: Confidence = BY_RULES
    uncertainty: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    paused: tuple[str, ...] = ()
    cases: tuple[str, ...] = ()
    model: str = "built-in"
    prompt_version: str = "1"
    cost: Cost = NO_COST

    @property
    def every_citation(self) -> tuple[Citation, ...]:
        return tuple(dict.fromkeys([*self.citations, *(each.citation for each in self.fields)]))

    @property
    def is_empty(self) -> bool:
        return not (self.content or self.fields or self.withheld)

    def to_json(self) -> dict[str, Any]:
        return {
            "capability": self.capability,
            "cases": list(self.cases),
            "content": list(self.content),
            "fields": [each.to_json() for each in self.fields],
            "citations": [each.to_json() for each in self.citations],
            "confidence": self.confidence.to_json(),
            "uncertainty": list(self.uncertainty),
            "withheld": [each.to_json() for each in self.withheld],
            "paused": list(self.paused),
            "model": self.model,
            "prompt_version": self.prompt_version,
            "cost": self.cost.to_json(),
        }


def from_json(data: Mapping[str, Any]) -> Suggestion:
    """The suggestion that `to_json` wrote; for our own log only, never for what a model says."""
    confidence = data["confidence"]
    stated = confidence["stated"]
    return Suggestion(
        capability=data["capability"],
        content=tuple(data["content"]),
        fields=tuple(
            Extracted(each["field"], each["value"], Citation(**each["citation"]), each["note"])
            for each in data["fields"]
        ),
        citations=tuple(Citation(**each) for each in data["citations"]),
        confidence=Confidence(None if stated is None else Decimal(str(stated)), confidence["by_rules"]),
        uncertainty=tuple(data["uncertainty"]),
        withheld=tuple(
            Withheld(each["reason"], each["said"], each["why"].removeprefix(WORDS[each["reason"]] + ": "))
            if each["why"] != WORDS[each["reason"]]
            else Withheld(each["reason"], each["said"])
            for each in data["withheld"]
        ),
        paused=tuple(data["paused"]),
        cases=tuple(data["cases"]),
        model=data["model"],
        prompt_version=data["prompt_version"],
        cost=Cost(**data["cost"]),
    )
