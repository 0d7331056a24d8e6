"""
Asks the assistant for what the rows allow and keeps what it says: never before the register's own answer, never in its way.

A row's AI cell names the capability, the tier has to permit it; time and cost are bounded; what fails is left out and said.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from holdshort.assist.capabilities import Aids
from holdshort.assist.model import ModelAway
from holdshort.core.actions import Catalogue
from holdshort.core.answers import Answer
from holdshort.core.calibration import Reliability
from holdshort.core.clauses import AiUse, Capability
from holdshort.core.documents import Concern, Snapshot, take_snapshot
from holdshort.core.draft_check import backing_of, secrets_of
from holdshort.core.lint.assistance import PERMITTED
from holdshort.core.pausing import paused
from holdshort.core.playbook import Playbook
from holdshort.core.promises import ledger
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.roles import TITLES
from holdshort.core.suggestions import Cost, Suggestion
from holdshort.core.templates import Template, values_for

if TYPE_CHECKING:
    from holdshort.core.promises import Promise

ORDER: tuple[Capability, ...] = ("H3", "H4", "H2", "H7", "H5", "H1", "H6")
"""The useful ones first: time may run out. H8 is over many onboardings and asked for by itself."""
DEFAULT_THRESHOLD = Decimal("0.8")


class Assistant(Protocol):
    """What may be asked: the built-in assistant, or a model behind the same checks."""

    @property
    def name(self) -> str: ...

    def suggest(self, capability: Capability, snapshot: Snapshot, aids: Aids) -> tuple[Suggestion, ...]: ...


@dataclass(frozen=True, slots=True)
class Bounds:
    """The most that one onboarding may take. `minor_units`: hundredths of the provider's currency."""

    seconds: float = 20.0
    tokens: int = 50_000
    minor_units: int = 100


USUAL = Bounds()


@dataclass(frozen=True)
class Advice:
    """
    What the assistant said of one onboarding.

    `left_out`: what was allowed and is not there, and why. `promises`: the ledger, which no assistant writes. `away`: why
    the model that was to be asked gave no answer; empty where it did, or where none is wanted.
    """

    snapshot: Snapshot
    suggestions: tuple[Suggestion, ...]
    promises: tuple[Promise, ...]
    left_out: tuple[str, ...] = ()
    away: str = ""


def permitted(case: EdgeCase, use: AiUse, catalogue: Catalogue) -> bool:
    """Whether the tier of a row lets AI do what its cell asks for: the same limits as `lint` (docs/reference/lint.md)."""
    if use.capability in PERMITTED[case.tier]:
        return True
    if use.capability != "H6" or case.tier == "hold":
        return False
    kinds = (catalogue.find(kind) for kind in case.holds)
    return any(kind is not None and kind.action_class.customer_facing for kind in kinds)


def allowed(answer: Answer, playbook: Playbook) -> dict[Capability, tuple[str, ...]]:
    """What the rows of the findings allow, each with the rows that do."""
    rows = {each.case: each for each in playbook.register.cases}
    found: dict[Capability, list[str]] = {}
    for finding in answer.findings:
        row = rows.get(finding.case)
        for use in row.ai if row else ():
            if row is not None and permitted(row, use, playbook.catalogue):
                cases = found.setdefault(use.capability, [])
                if row.case not in cases:
                    cases.append(row.case)
    return {each: tuple(found[each]) for each in ORDER if each in found}


def snapshot_of(record: Mapping[str, Any], answer: Answer, playbook: Playbook) -> Snapshot:
    """Everything that the assistant is handed: frozen, of one account."""
    rows = {each.case: each for each in playbook.register.cases}
    names, gaps = _names(playbook), _gaps(answer)
    concerns = tuple(
        Concern(
            case=each.case,
            scenario=rows[each.case].scenario,
            tier=each.tier,
            result=each.result,
            owner=each.owner,
            escalation=rows[each.case].escalation,
            why=each.why,
            gaps=tuple(name for name in gaps[each.case] if name in names),
            conflicting=_conflicts(each.why, rows[each.case]),
            asked_of=_asked_of(rows[each.case]),
        )
        for each in answer.findings
        if each.case in rows
    )
    lanes = tuple(dict.fromkeys(playbook.clean_path.lanes.values()))
    return take_snapshot(record, concerns, playbook.plan_names, lanes)


def _names(playbook: Playbook) -> frozenset[str]:
    """What can be supplied: names and systems of the glossary, not a row's checks."""
    return frozenset([*playbook.glossary.names, *playbook.glossary.systems])


_NOT_THERE = ("missing", "not_provided", "stale", "ai_only")


def _gaps(answer: Answer) -> dict[str, dict[str, None]]:
    """By case the names that are not there, each once and in order."""
    found: dict[str, dict[str, None]] = {each.case: {} for each in answer.findings}
    for gap in answer.gaps:
        if gap.case in found and gap.state in _NOT_THERE:
            found[gap.case][gap.name] = None
    for finding in answer.findings:
        found[finding.case] |= {each.name: None for each in finding.evidence if each.state in _NOT_THERE[:2]}
    return found


def _conflicts(why: Iterable[str], row: EdgeCase) -> bool:
    return re.search(r"\b(?:differs?|disagree)\b", row.texts.get("trigger", "")) is not None


def _asked_of(row: EdgeCase) -> tuple[str, ...]:
    """Roles that the AI cell names: `draft internal questions for sales`."""
    return _roles_in(" ".join(each.said for each in row.ai if each.capability == "H5").casefold())


@lru_cache(maxsize=512)
def _roles_in(said: str) -> tuple[str, ...]:
    if re.search(r"\bfor sales\b", said):
        return ("sales_owner",)
    return tuple(
        id_
        for id_, title in TITLES.items()
        if re.search(rf"\bfor (?:the )?{re.escape(title.casefold())}\b", said)
    )


def advise(
    record: Mapping[str, Any],
    answer: Answer,
    playbook: Playbook,
    assistant: Assistant,
    *,
    aids: Aids | None = None,
    bounds: Bounds = USUAL,
    measured: Mapping[tuple[str, str], Reliability] = {},
    clock: Callable[[], float] = time.monotonic,
) -> Advice:
    """
    Ask for everything that the rows of the findings allow, within bounds, and put the pause rule on it.

    Args:
        record: What was screened; nothing in it is trusted.
        answer: What the register said. It is not changed, and nothing here can change it.
        measured: What reviewers kept so far (`core.calibration`).

    An assistant that fails or takes too long costs its own suggestion and nothing else.
    """
    snapshot = snapshot_of(record, answer, playbook)
    wanted = allowed(answer, playbook)
    aids = aids or _aids(record, answer, playbook, wanted.get("H6", ()))
    secrets = secrets_of(record, playbook.glossary) if "H5" in wanted or "H6" in wanted else ()
    backing = backing_of(snapshot, domains=_domains(record), secrets=secrets)
    # What a draft may lean on is worked out here, from this account alone.
    given = replace(aids, backing=backing)
    threshold = _threshold(playbook)
    kept: list[Suggestion] = []
    left_out: list[str] = []
    began, tokens, money, away = clock(), 0, 0, ""
    for capability, cases in wanted.items():
        if clock() - began > bounds.seconds or tokens > bounds.tokens or money > bounds.minor_units:
            left_out.append(f"{capability}: there was no time or budget left")
            continue
        at = clock()
        if away:
            left_out.append(f"{capability}: {away}")
            continue
        try:
            seen = tuple(each for each in snapshot.concerns if each.case in cases)
            found = assistant.suggest(capability, replace(snapshot, concerns=seen), given)
        except ModelAway as error:  # who is away now is not waited for again and again
            away = f"the model gave no answer: {error}"
            left_out.append(f"{capability}: {away}")
            continue
        except Exception as error:  # whatever goes wrong in there stops nothing out here
            left_out.append(f"{capability}: the assistant failed: {type(error).__name__}")
            continue
        elapsed = round((clock() - at) * 1000)
        for each in found:
            if each.capability != capability or each.is_empty:
                continue
            tokens += each.cost.tokens
            money += each.cost.minor_units
            cost = Cost(elapsed, each.cost.tokens, each.cost.minor_units)
            kept.append(paused(replace(each, cases=cases, cost=cost), snapshot, threshold, measured))
    return Advice(snapshot, tuple(kept), ledger(snapshot), tuple(left_out), away)


def _aids(record: Mapping[str, Any], answer: Answer, playbook: Playbook, cases: Iterable[str]) -> Aids:
    """The playbook's templates for what the findings of these rows hold, and the values that are on record for them."""
    held = {kind for each in answer.findings if each.case in cases for kind in each.holds}
    templates = tuple(
        each for each in playbook.templates if each.action in held and _goes_out(each, playbook)
    )
    reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)

    def read(name: str) -> Any:
        return reader.read(playbook.glossary.names[name], record)

    def written(name: str) -> Any:
        known = playbook.glossary.names[name]
        return reader.raw(known, record) if known.type in ("name", "time") else None

    return Aids(templates, values_for(templates, read, written))


def _goes_out(template: Template, playbook: Playbook) -> bool:
    kind = playbook.catalogue.find(template.action)
    return kind is not None and kind.action_class.customer_facing


def _threshold(playbook: Playbook) -> Decimal:
    stated = playbook.settings.thresholds.get("ai_confidence")
    usable = isinstance(stated, int | float | Decimal) and not isinstance(stated, bool) and 0 <= stated <= 1
    return Decimal(str(stated)) if usable else DEFAULT_THRESHOLD


def _domains(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Domains that belong to this customer: those that were verified for them."""
    held = record.get("provisioning")
    found = held.get("verified_domains") if isinstance(held, Mapping) else None
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
