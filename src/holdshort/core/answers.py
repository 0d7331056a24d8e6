"""What Holdshort answers for one record: findings, actions, gaps, who decides. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.clauses import ActionState
from holdshort.core.presence import State

Verdict = Literal["clean", "held", "needs review", "not triggered"]
Result = Literal["matched", "unknown"]


@dataclass(frozen=True, slots=True)
class EvidenceRead:
    """One fact that a finding rests on; `value` is as the record says it."""

    name: str
    system: str
    field: str
    value: Any
    state: State
    as_of: str | None = None
    url: str | None = None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "name": self.name,
            "system": self.system,
            "field": self.field,
            "value": self.value,
            "state": self.state,
        }
        if self.as_of:
            data["as_of"] = self.as_of
        if self.url:
            data["url"] = self.url
        return data


@dataclass(frozen=True, slots=True)
class Finding:
    """A row that matched or could not tell, with why, on what evidence, and what it stops."""

    case: str
    result: Result
    tier: str
    owner: str
    why: tuple[str, ...]
    holds: tuple[str, ...]
    evidence: tuple[EvidenceRead, ...]
    asks: tuple[str, ...] = ()
    """Kinds of action that the row itself asks for now."""

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "result": self.result,
            "tier": self.tier,
            "owner": self.owner,
            "why": list(self.why),
            "holds": list(self.holds),
            "evidence": [each.to_json() for each in self.evidence],
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a row needs and does not have."""

    case: str
    name: str
    state: State
    why: str

    def to_json(self) -> dict[str, Any]:
        return {"case": self.case, "name": self.name, "state": self.state, "why": self.why}


@dataclass(frozen=True, slots=True)
class ActionVerdict:
    """The gate's answer about one action; `cases` are the rows that decided it."""

    state: ActionState
    why: str
    cases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """All that is known about one onboarding after one evaluation."""

    onboarding: str
    record_id: str | None
    line: int
    verdict: Verdict
    tier: str
    reviewer: str
    reviewers: tuple[str, ...]
    findings: tuple[Finding, ...]
    actions: Mapping[str, ActionVerdict]
    gaps: tuple[Gap, ...]

    def to_json(self) -> dict[str, Any]:
        """The shape that `holdshort schema` describes and others test against."""
        return {
            "onboarding": self.onboarding,
            "record_id": self.record_id,
            "line": self.line,
            "verdict": self.verdict,
            "tier": self.tier,
            "reviewer": self.reviewer,
            "reviewers": list(self.reviewers),
            "findings": [each.to_json() for each in self.findings],
            "actions": {kind: verdict.state for kind, verdict in self.actions.items()},
            "gaps": [each.to_json() for each in self.gaps],
        }
