"""Part I9 of a packet: what AI said, whole, apart from the evidence, with the reasons to doubt it first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from holdshort.core.packet_rows import Row, capital
from holdshort.core.packet_values import Shown, ValueReader, as_text
from holdshort.core.playbook import Playbook

_WORDS = {
    "type": "Kind of output",
    "confidence": "Confidence it states",
    "model": "Model",
    "generated_at": "Written",
    "uncertainty": "What it is unsure of",
    "claims": "Claim",
    "fields": "Extracted",
    "citations": "Citations",
    "sources": "Sources",
    "lane": "Lane it suggests",
    "reviewer": "Reviewer it suggests",
    "actions": "Actions it asks for",
}


def suggestion(said: Any, playbook: Playbook, values: ValueReader) -> Iterator[Row]:
    """
    Yield what `ai_output` holds: confidence, claims with their citations, extracted fields, uncertainty, all else.

    Nothing here is evidence: every value carries the state `ai_only`.
    """
    if not isinstance(said, Mapping) or not said:
        return
    for doubt in _doubts(said, playbook):
        yield Row(doubt, "remark", state="doubt")
    for key in [*(key for key in _WORDS if key in said), *(key for key in said if key not in _WORDS)]:
        value = said[key]
        label = _WORDS.get(str(key)) or capital(str(key).replace("_", " "))
        if key == "claims" and isinstance(value, list):
            for claim in value:
                yield _claim(claim, values)
        elif isinstance(value, Mapping) and value:
            for inner, each in value.items():
                yield _said(f"{label}: {str(inner).replace('_', ' ')}", f"{key}.{inner}", each)
        else:
            note = "AI may ask for nothing: this stays a text" if key == "actions" and value else ""
            yield _said(label, str(key), value, note)


def _said(label: str, field: str, value: Any, note: str = "") -> Row:
    shown = Shown(label, "AI output", field, as_text(value), "missing" if value is None else "ai_only")
    return Row(label, "values", (shown,), note=note, state="ai_only")


def _claim(claim: Any, values: ValueReader) -> Row:
    if not isinstance(claim, Mapping):
        return Row("Claim", "element", quote=as_text(claim), note="cites nothing", state="ai_only")
    cited = claim.get("citations")
    lines = (
        [as_text(each) for each in cited] if isinstance(cited, list) else [as_text(cited)] if cited else []
    )
    rest = (
        each for each in values.element_values("ai_output", claim) if each.field not in ("text", "citations")
    )
    return Row(
        "Claim",
        "element",
        tuple(rest),
        quote=as_text(claim.get("text")),
        note="" if lines else "cites nothing",
        lines=tuple(lines),
        state="ai_only",
    )


def _doubts(said: Mapping[Any, Any], playbook: Playbook) -> Iterator[str]:
    """Why nobody should lean on it; the threshold is the playbook's."""
    confidence, limit = said.get("confidence"), playbook.settings.thresholds.get("ai_confidence")
    if isinstance(confidence, Mapping):
        confidence = confidence.get("value")
    if isinstance(confidence, bool) or not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        yield "It states no usable confidence, so it counts as unsure"
    elif isinstance(limit, int | float) and confidence < limit:
        yield f"Its confidence {confidence} is below this playbook's {limit}"
    claims = said.get("claims")
    if isinstance(claims, list) and any(
        not isinstance(each, Mapping) or not each.get("citations") for each in claims
    ):
        yield "At least one of its claims cites nothing"
    if said.get("sources_conflict") or said.get("conflicting_sources"):
        yield "It says itself that its sources conflict"
