"""JSON Schemas (draft 2020-12) of what goes in and what comes out: records and answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from holdshort.importers.records_json import LISTS, OBJECTS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Tier = Literal["low", "medium", "high", "hold"]
State = Literal["known", "missing", "not_provided", "conflicting", "stale", "ai_only"]
ActionState = Literal["released", "needs review", "held", "not due"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class EvidenceModel(_Part):
    name: str = Field(description="The glossary's name of the value.")
    system: str = Field(description="The system's key in the record; empty where no source gives the value.")
    field: str
    value: Any = Field(description="As the record says it. A text of it is untrusted.")
    state: State
    as_of: str = Field("", description="When it was read, where the record says so.")
    url: str = Field("", description="Where a person can look it up; untrusted.")


class FindingModel(_Part):
    case: str = Field(
        description="The row's edge-case ID; `NO-ROW` where no active row covers the onboarding."
    )
    result: Literal["matched", "unknown"] = Field(
        description="`unknown`: the trigger cannot tell, which holds too."
    )
    tier: Tier
    owner: str = Field(description="The role that decides this finding.")
    why: list[str]
    holds: list[str] = Field(description="Kinds of action that this finding stops.")
    evidence: list[EvidenceModel]


class GapModel(_Part):
    case: str
    name: str = Field(description="A glossary name, a system, or a check in its own words.")
    state: State
    why: str


class AnswerModel(_Part):
    """One line of `holdshort run --json`."""

    onboarding: str = Field(description="Account, opportunity and kind of trigger, joined by `/`.")
    record_id: str | None
    line: int = Field(ge=0, description="Line of its file; in a .json list, the how-manieth record.")
    verdict: Literal["clean", "held", "needs review", "not triggered"]
    tier: Literal["none", "low", "medium", "high", "hold"] = Field(
        description="The strictest of the findings."
    )
    reviewer: str = Field(description="The role that decides first; `none` where nobody has to.")
    reviewers: list[str]
    findings: list[FindingModel]
    actions: dict[str, ActionState] = Field(description="Every kind of the catalogue and every proposed one.")
    gaps: list[GapModel]


def answers_schema() -> dict[str, Any]:
    """The schema of one answer."""
    return {
        "$schema": DIALECT,
        "$id": "urn:holdshort:schema:answers",
        **AnswerModel.model_json_schema(),
        "title": "Holdshort answer",
    }


_TEXT_LISTS = ("proposed_actions", "processed_event_ids", "vendor_domains")
_ABOUT = {
    "trigger": "The event that started it.",
    "crm": "Deal and account.",
    "contract": "The signed contract; null where none is on file.",
    "handoff": "What sales handed over.",
    "ai_output": "What AI said; never evidence.",
    "reviews": "Reviews recorded elsewhere; they release nothing here.",
    "approvals": "Approvals recorded elsewhere; they release nothing here.",
    "proposed_actions": "Kinds of action that somebody wants to run.",
}


def records_schema() -> dict[str, Any]:
    """The schema of one record: an object per system, each with whatever fields the glossary names."""
    properties: dict[str, Any] = {
        "record_id": {
            "type": ["string", "number", "boolean", "null"],
            "description": "Echoed in the answer; optional.",
        },
        "as_of": {
            "type": ["string", "number", "boolean", "null"],
            "description": "The moment of the evaluation; the time of the run where it is left out.",
        },
    }
    for key in sorted(OBJECTS):
        properties[key] = {"anyOf": [{"$ref": "#/$defs/system"}, {"type": "null"}]}
    for key in sorted(LISTS):
        items: dict[str, Any] = {"type": "string"} if key in _TEXT_LISTS else {"type": ["object", "string"]}
        properties[key] = {"type": ["array", "null"], "items": items}
    for key, about in _ABOUT.items():
        properties[key]["description"] = about
    return {
        "$schema": DIALECT,
        "$id": "urn:holdshort:schema:records",
        "title": "Holdshort record",
        "description": "A key that is absent is not provided; null, an empty text or a placeholder is missing; "
        "a system that is null is known to be absent. Any value may be a fact object. No key may stand twice, "
        "and nothing may be nested more than 64 deep.",
        "type": "object",
        "properties": properties,
        "additionalProperties": True,
        "$defs": {
            "system": {
                "type": "object",
                "properties": {
                    "_as_of": {"type": ["string", "null"], "description": "When the system was read."},
                    "_url": {"type": ["string", "null"], "description": "Where a person can look it up."},
                    "locale": {"type": ["string", "null"], "description": "Settles dates and numbers."},
                    "timezone": {"type": ["string", "null"]},
                },
                "additionalProperties": True,
            },
            "fact": {
                "type": "object",
                "description": "May stand in place of any bare value.",
                "properties": {"value": True, "as_of": {"type": "string"}, "url": {"type": "string"}},
                "required": ["value"],
            },
        },
    }


SCHEMAS = {"records": records_schema, "answers": answers_schema}
