"""
Makes the frozen values of an answer quickly.

The `__init__` of a frozen dataclass sets each field through `object.__setattr__`, which takes a good part of the time
of a finding. Here an open value of the same layout is filled, and only then becomes the frozen one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from holdshort.core.answers import ActionVerdict, Answer, EvidenceRead, Finding, Gap, Result, Verdict
from holdshort.core.presence import State


class _OpenEvidence:
    __slots__ = EvidenceRead.__slots__

    def __init__(
        self,
        name: str,
        system: str,
        field: str,
        value: Any,
        state: State,
        as_of: str | None,
        url: str | None,
    ) -> None:
        self.name = name
        self.system = system
        self.field = field
        self.value = value
        self.state = state
        self.as_of = as_of
        self.url = url


class _OpenFinding:
    __slots__ = Finding.__slots__

    def __init__(
        self,
        case: str,
        result: Result,
        tier: str,
        owner: str,
        why: tuple[str, ...],
        holds: tuple[str, ...],
        evidence: tuple[EvidenceRead, ...],
        asks: tuple[str, ...],
    ) -> None:
        self.case = case
        self.result = result
        self.tier = tier
        self.owner = owner
        self.why = why
        self.holds = holds
        self.evidence = evidence
        self.asks = asks


class _OpenAnswer:
    __slots__ = Answer.__slots__

    def __init__(
        self,
        onboarding: str,
        record_id: str | None,
        line: int,
        verdict: Verdict,
        tier: str,
        reviewer: str,
        reviewers: tuple[str, ...],
        findings: tuple[Finding, ...],
        actions: Mapping[str, ActionVerdict],
        gaps: tuple[Gap, ...],
    ) -> None:
        self.onboarding = onboarding
        self.record_id = record_id
        self.line = line
        self.verdict = verdict
        self.tier = tier
        self.reviewer = reviewer
        self.reviewers = reviewers
        self.findings = findings
        self.actions = actions
        self.gaps = gaps


def evidence_read(
    name: str,
    system: str,
    field: str,
    value: Any,
    state: State,
    as_of: str | None = None,
    url: str | None = None,
) -> EvidenceRead:
    made: Any = _OpenEvidence(name, system, field, value, state, as_of, url)
    made.__class__ = EvidenceRead
    return cast(EvidenceRead, made)


def finding(
    case: str,
    result: Result,
    tier: str,
    owner: str,
    why: tuple[str, ...],
    holds: tuple[str, ...],
    evidence: tuple[EvidenceRead, ...],
    asks: tuple[str, ...],
) -> Finding:
    made: Any = _OpenFinding(case, result, tier, owner, why, holds, evidence, asks)
    made.__class__ = Finding
    return cast(Finding, made)


def answer(
    onboarding: str,
    record_id: str | None,
    line: int,
    verdict: Verdict,
    tier: str,
    reviewer: str,
    reviewers: tuple[str, ...],
    findings: tuple[Finding, ...],
    actions: Mapping[str, ActionVerdict],
    gaps: tuple[Gap, ...],
) -> Answer:
    made: Any = _OpenAnswer(
        onboarding, record_id, line, verdict, tier, reviewer, reviewers, findings, actions, gaps
    )
    made.__class__ = Answer
    return cast(Answer, made)
