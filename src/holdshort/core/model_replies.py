"""
What a model says becomes a suggestion here, or is withheld: bounded, strictly read, every claim cited, every draft checked.

The reply is as hostile as whoever wrote the notes. There is no field by which it could ask for anything to be done.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from holdshort.core.citing import Cited, Claim, cite
from holdshort.core.clauses import Capability
from holdshort.core.documents import Snapshot
from holdshort.core.draft_check import WHY, Backing, backing_of, check_draft
from holdshort.core.suggestions import NO_COST, Cost, Extracted, Suggestion, Withheld, read_confidence
from holdshort.core.text import fold

LONGEST_REPLY = 100_000
MOST_CLAIMS = 60
_KEYS = frozenset({"claims", "choice", "draft", "confidence", "uncertain"})
_CLAIM_KEYS = frozenset({"text", "source", "anchor", "sha256", "field", "confidence"})
_CHOOSES: frozenset[Capability] = frozenset({"H1", "H4"})
_DRAFTS: frozenset[Capability] = frozenset({"H5", "H6"})

SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["claims", "confidence"],
    "properties": {
        "claims": {
            "type": "array",
            "maxItems": MOST_CLAIMS,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text", "source", "anchor"],
                "properties": {
                    key: {"type": "string"} for key in ("text", "source", "anchor", "sha256", "field")
                },
            },
        },
        "choice": {"type": "string"},
        "draft": {"type": "string"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "uncertain": {"type": "array", "items": {"type": "string"}},
    },
}
"""What every reply looks like, whatever is asked."""


def admit(
    reply: str,
    capability: Capability,
    snapshot: Snapshot,
    *,
    backing: Backing | None = None,
    model: str = "",
    prompt_version: str = "",
    cost: Cost = NO_COST,
) -> Suggestion:
    """
    Read one reply as a suggestion.

    Args:
        reply: The model's text; JSON of `SCHEMA` and nothing around it.
        backing: What a draft may lean on; without it the facts of the snapshot alone.

    Returns:
        What holds; what does not is in `withheld`. A reply that cannot be read holds nothing.
    """
    data = _read(reply)
    if isinstance(data, Withheld):
        return Suggestion(
            capability, (), withheld=(data,), confidence=read_confidence(None), model=model,
            prompt_version=prompt_version, cost=cost,
        )  # fmt: skip
    kept: list[Cited] = []
    withheld: list[Withheld] = []
    for claim in _claims(data.get("claims")):
        found = claim if isinstance(claim, Withheld) else cite(claim, snapshot)
        if isinstance(found, Cited):
            kept.append(found)
        else:
            withheld.append(found)
    content, more = _content(capability, data, kept, snapshot, backing or backing_of(snapshot))
    # What it calls uncertain is free text that nobody can check: it is shown as said, not as known.
    withheld += [*more, *(Withheld("no citation", each) for each in _short_texts(data.get("uncertain")))]
    return Suggestion(
        capability,
        content,
        fields=tuple(
            Extracted(each.claim.field, each.claim.text, each.citation) for each in kept if each.claim.field
        ),
        citations=tuple(dict.fromkeys(each.citation for each in kept)),
        confidence=read_confidence(data.get("confidence")),
        withheld=tuple(withheld),
        model=model,
        prompt_version=prompt_version,
        cost=cost,
    )


def _read(reply: str) -> Mapping[str, Any] | Withheld:
    if len(reply) > LONGEST_REPLY:
        return Withheld("too long", reply[:200])
    try:
        data = json.loads(reply)
        json.dumps(data, ensure_ascii=False).encode(
            "utf-8"
        )  # half a character is none: no store could hold it
    except (ValueError, RecursionError):
        return Withheld("unreadable", reply[:200], "it is no JSON")
    if not isinstance(data, dict) or not isinstance(data.get("claims", []), list):
        return Withheld("unreadable", reply[:200])
    strange = sorted(str(each) for each in data.keys() - _KEYS)
    if strange:
        return Withheld("unreadable", reply[:200], f"nobody asked for `{strange[0][:40]}`")
    return data


def _claims(raw: Any) -> Iterable[Claim | Withheld]:
    for each in (raw or [])[:MOST_CLAIMS]:
        if isinstance(each, str):
            yield Withheld("no citation", each[:600])
        elif not isinstance(each, dict) or each.keys() - _CLAIM_KEYS or not isinstance(each.get("text"), str):
            yield Withheld("unreadable", str(each)[:200])
        else:
            rest = (each.get(key) for key in ("source", "anchor", "sha256", "field"))
            yield Claim(each["text"], *(one if isinstance(one, str) else "" for one in rest))


def _content(
    capability: Capability, data: Mapping[str, Any], kept: list[Cited], snapshot: Snapshot, backing: Backing
) -> tuple[tuple[str, ...], list[Withheld]]:
    said = [each.claim.text for each in kept]
    if capability in _CHOOSES:
        return _choice(capability, data.get("choice"), said, snapshot)
    if capability in _DRAFTS:
        return _draft(data.get("draft"), said, backing)
    return tuple(said), []


def _choice(
    capability: Capability, choice: Any, said: list[str], snapshot: Snapshot
) -> tuple[tuple[str, ...], list[Withheld]]:
    """One of a closed list, with at least one reason that is cited; a role is one that a row already names."""
    roles = [role for each in snapshot.concerns for role in (each.owner, each.escalation) if role]
    options = {fold(each): each for each in (snapshot.lanes if capability == "H1" else roles)}
    wanted = options.get(fold(choice)) if isinstance(choice, str) and len(choice) <= 80 else None
    if wanted is None:
        return (), [Withheld("unreadable", str(choice)[:80], "it is none of the choices")]
    if not said:
        return (), [Withheld("no citation", wanted)]
    return (wanted, *said), []


def _draft(draft: Any, said: list[str], backing: Backing) -> tuple[tuple[str, ...], list[Withheld]]:
    if not isinstance(draft, str) or not draft.strip():
        return tuple(said), [Withheld("unreadable", str(draft)[:80], "there is no draft")]
    held = check_draft(draft, backing)
    if held:
        return (), [
            Withheld("says more", draft[:2_000], f"`{each.words[:60]}`: {WHY[each.why]}")
            for each in held[:10]
        ]
    return (draft,), []


def _short_texts(raw: Any) -> list[str]:
    return [each[:300] for each in raw[:20] if isinstance(each, str)] if isinstance(raw, list) else []
