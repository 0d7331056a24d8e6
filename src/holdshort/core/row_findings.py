"""What one row says of a record for which it is matched or cannot tell: the finding, and what is lacking for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from holdshort.core.answers import Finding, Gap
from holdshort.core.evidence_reading import EvidenceReader
from holdshort.core.glossary import Glossary, System
from holdshort.core.making_answers import finding
from holdshort.core.paths import ABSENT
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.register import EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.fast_facts import CONTEXT_KEYS, is_simple
from holdshort.core.rules.fast_reasons import FactOf, Reasons, Why
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation, attached, evaluate
from holdshort.core.rules.walk import names_in, nodes

Record = Mapping[str, Any]
_MOST_REMEMBERED = 1_000
_LONGEST_REMEMBERED = 200
_OFTEN = 3
"""How often a condition is asked why before a function is written for it: writing one takes as long as a few answers."""
_VARYING = ("number", "money", "confidence")


class RowFindings:
    """The findings of one row, whatever the record."""

    def __init__(self, case: EdgeCase, stopped: tuple[str, ...], readers: Readers) -> None:
        glossary = readers.glossary
        self.case = case
        self.stopped = stopped
        self.asks = tuple(ask.kind for ask in case.action.asks if ask.after is None)
        self.names = tuple(names_in(case.trigger, glossary))
        self._evidence = tuple(readers.evidence(name) for name in self.names)
        self._told = Told(case.trigger, readers)
        entries = [glossary.names[name] for name in self.names]
        self._remembers = (
            all(is_simple(entry) and entry.type not in _VARYING for entry in entries)
            and bool(entries)
            and _speaks_of_values(case.trigger, glossary, set())
        )
        self._places = tuple(
            dict.fromkeys((each.system, each.paths[0].field) for each in entries if self._remembers)
        )
        self._known: dict[tuple[Any, ...], Finding] = {}
        self._needs = tuple(
            _system_need(case.case, glossary.systems[each.name])
            if each.is_system
            else _name_need(case.case, readers, each.name)
            for each in case.evidence
        )
        self._checks = tuple(_Check(case.case, check, readers) for check in case.checks)

    def finding(self, record: Record, now: datetime, truth: Truth) -> Finding:
        """The finding for a record on which the trigger comes out as `truth` (True or None)."""
        key = self._key(record, truth) if self._remembers else None
        if key is not None:
            known = self._known.get(key)
            if known is not None:
                return known
        case = self.case
        found = finding(
            case.case,
            "matched" if truth else "unknown",
            case.tier,
            case.owner,
            tuple(self._told.why(record, now, truth)),
            self.stopped,
            tuple([read(record) for read in self._evidence]),
            self.asks if truth else (),
        )
        if key is not None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = found
        return found

    def _key(self, record: Record, truth: Truth) -> tuple[Any, ...] | None:
        """All that the finding rests on, where that is a few short texts; None where there is more to it."""
        parts: list[Any] = [truth]
        for system_key, field in self._places:
            system = record.get(system_key)
            if system.__class__ is not dict:
                return None
            for key in _BESIDE:
                if key in system:
                    return None
            raw = system.get(field, ABSENT)
            if raw.__class__ is str:
                if len(raw) > _LONGEST_REMEMBERED:
                    return None
            elif raw.__class__ is bool:
                parts.append(bool)  # true is no 1
            elif raw is not None and raw is not ABSENT:
                return None
            parts.append(raw)
        return tuple(parts)

    def lacking(self, record: Record, now: datetime) -> list[Gap]:
        """Required evidence that is not there, and checks that fail or cannot tell."""
        gaps = [gap for need in self._needs if (gap := need(record, now)) is not None]
        for check in self._checks:
            if (gap := check.gap(record, now)) is not None:
                gaps.append(gap)
        return gaps


_BESIDE = (*CONTEXT_KEYS, "_url")
Need = Callable[[Record, datetime], Gap | None]


class Readers:
    """What the rows of one register share."""

    def __init__(self, written: Reasons) -> None:
        self.written = written
        self.reader = written.source.reader
        self.glossary: Glossary = self.reader.glossary
        self._evidence: dict[str, EvidenceReader] = {}
        self._facts: dict[str, FactOf] = {}

    def evidence(self, name: str) -> EvidenceReader:
        if name not in self._evidence:
            self._evidence[name] = EvidenceReader(self.glossary.names[name], self.reader)
        return self._evidence[name]

    def value(self, name: str, record: Record, now: datetime) -> Any:
        """The value of a record-level name."""
        fact = self._facts.get(name)
        if fact is None:
            fact = self._facts[name] = self.written.fact(name)
        return fact(record, now)

    def situation(self, record: Record, now: datetime) -> Situation:
        return Situation(record, self.reader, self.written.source.calendar, now)


class Told:
    """The reasons of one condition; a function is written for it once it is asked often."""

    def __init__(self, condition: ast.Condition, readers: Readers) -> None:
        self._condition = condition
        self._readers = readers
        self._asked: dict[Truth, int] = {True: 0, None: 0}
        self._why: dict[Truth, Why] = {}

    def why(self, record: Record, now: datetime, truth: Truth) -> list[str]:
        why = self._why.get(truth)
        if why is None:
            self._asked[truth] += 1
            if self._asked[truth] < _OFTEN:
                return reasons(self._condition, self._readers.situation(record, now), truth)
            why = self._why[truth] = self._readers.written.why(self._condition, truth)
        return why(record, now)


class _Check:
    """A deterministic check of a row."""

    def __init__(self, case: str, condition: ast.Condition, readers: Readers) -> None:
        self._case = case
        self._condition = condition
        self._readers = readers
        self._sentence = print_condition(condition, readers.glossary)
        self._told = Told(condition, readers)
        self._asked = 0
        self._truth: Callable[[Record, datetime], Truth] | None = None
        self._fails = Gap(case, self._sentence, "missing", "the check fails")

    def gap(self, record: Record, now: datetime) -> Gap | None:
        truth = self._truth_of(record, now)
        if truth is True:
            return None
        if truth is False:
            return self._fails
        said = "; ".join(self._told.why(record, now, None))
        why = f"the check cannot tell: {said}" if said else "the check cannot tell"
        return Gap(self._case, self._sentence, "not_provided", why)

    def _truth_of(self, record: Record, now: datetime) -> Truth:
        if self._truth is None:
            self._asked += 1
            if self._asked < _OFTEN:
                return evaluate(self._condition, self._readers.situation(record, now))
            self._truth = self._readers.written.truth(self._condition)
        return self._truth(record, now)


def _system_need(case: str, system: System) -> Need:
    gone = Gap(case, system.name, "missing", "nothing is on file")
    unheard = Gap(case, system.name, "not_provided", "no connected source provides it")

    def need(record: Record, now: datetime) -> Gap | None:
        if attached(record, system, False) is True:
            return None
        return gone if system.key in record else unheard

    return need


def _name_need(case: str, readers: Readers, name: str) -> Need:
    known = {state: Gap(case, name, state, why) for state, why in _WHY.items()}

    def need(record: Record, now: datetime) -> Gap | None:
        value = readers.value(name, record, now)
        if value.__class__ is not NotKnown:
            return None
        gap = known.get(value.state)
        return gap if gap is not None else Gap(case, name, value.state, value.reason)

    return need


_WHY: dict[Any, str] = {
    "missing": "it is blank",
    "not_provided": "no connected source provides it",
    "stale": "it is older than its limit",
    "ai_only": "only AI says so",
}

_BEYOND_VALUES = (
    ast.Attached, ast.Quantified, ast.Include, ast.ListSize, ast.DistinctValues, ast.InDomains, ast.InList, ast.Overdue,
    ast.Today, ast.Now,
)  # fmt: skip


def _speaks_of_values(condition: object, glossary: Glossary, seen: set[str]) -> bool:
    """Whether it speaks of single values only: no list, no system as such, no clock."""
    for node in nodes(condition):
        if isinstance(node, _BEYOND_VALUES):
            return False
        if isinstance(node, ast.Defined) and node.name not in seen:
            seen.add(node.name)
            if not _speaks_of_values(glossary.definitions[node.name], glossary, seen):
                return False
    return True
