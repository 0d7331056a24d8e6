"""
Replay an onboarding as it was known then, and say what a register would have stopped.

Everything here is a function of its arguments: nothing is sent, written or kept. A verdict at a moment rests on the facts
that were known before or at that moment, so that what is learnt later changes no earlier verdict.

Source: docs/reference/history.md; requirements D, N5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from holdshort.core.glossary import Glossary
from holdshort.core.history_events import History, HistoryEvent, learnt
from holdshort.core.playbook import Playbook
from holdshort.core.rules import ast
from holdshort.core.rules.walk import nodes
from holdshort.core.screening import Screener
from holdshort.core.shadow_outcomes import OutcomeKind, outcome_kind


@dataclass(frozen=True, slots=True)
class Standing:
    """A row's finding at one moment: what it would have stopped, and who would have decided."""

    tier: str
    owner: str
    stops: frozenset[str]


@dataclass(frozen=True, slots=True)
class Moment:
    """How an onboarding stood at one moment, by what was known then."""

    at: datetime
    triggered: bool
    findings: Mapping[str, Standing]

    def stopping(self, kind: str, leaving: frozenset[str]) -> tuple[str, ...]:
        """The rows that would have stopped an action of `kind`; of any that leaves the house, where `kind` is empty."""
        if not self.triggered:
            return ()
        return tuple(
            case
            for case, each in self.findings.items()
            if (kind in each.stops if kind else not leaving.isdisjoint(each.stops))
        )


@dataclass(frozen=True, slots=True)
class BadOutcome:
    """Something that went wrong, the moment that decided about it, and the rows that would have stopped it."""

    kind: OutcomeKind
    at: datetime
    of: str
    dated: bool
    caught_by: tuple[str, ...]
    what: str = ""


@dataclass(frozen=True, slots=True)
class HeldAction:
    """An action that ran, or would have run, while rows stood that stop it."""

    kind: str
    at: datetime
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One onboarding, replayed through one register."""

    key: str
    began_at: datetime | None
    """The first moment at which there was an onboarding; None where there never was."""
    moments: tuple[Moment, ...]
    bad: tuple[BadOutcome, ...]
    well: bool
    held: tuple[HeldAction, ...]
    assumed_start: bool
    """No action is on record, so that automation is taken to have acted the moment the onboarding began."""

    def until_clear(self, case: str, since: datetime) -> datetime | None:
        """When, after `since`, the facts themselves ended the row's finding; None where they never did."""
        return next((each.at for each in self.moments if each.at > since and case not in each.findings), None)


class Replayer:
    """
    Replays histories through one playbook's register.

    Between two changes of the facts only rows that look at the clock can come out otherwise. Only they are asked then;
    what the others found stands.
    """

    def __init__(self, playbook: Playbook) -> None:
        catalogue = playbook.catalogue
        self.leaving = frozenset(kind.kind for kind in catalogue.kinds.values() if kind.stopped_by_hold)
        self.screener = Screener(playbook)
        register, glossary = playbook.register, playbook.glossary
        clocked = tuple(
            case
            for case in register.cases
            if case.action.stops_evaluation or looks_at_clock(case.trigger, glossary)
        )
        self._clocked = frozenset(case.case for case in clocked)
        self._ending = frozenset(case.case for case in clocked if case.action.stops_evaluation)
        self._order = tuple(case.case for case in register.cases)
        self._by_clock = Screener(replace(playbook, register=replace(register, cases=clocked)))

    def replay(self, history: History) -> Replayed:
        """
        Answer an onboarding at every moment at which its facts changed, something was done or something went wrong.

        What is done or goes wrong is judged by what was known *before* that moment.
        """
        moments: list[Moment] = []
        before: dict[datetime, Moment] = {}
        last: tuple[dict[str, Any], Moment] | None = None
        for at, record, is_fact in known_at(history):
            if last is not None and last[0] is record:
                moment = self._later(last[1], record, at)
            else:
                moment = self._moment(self.screener, record, at)
            last = record, moment
            moments.append(moment)
            if not is_fact:
                before[at] = moment
        runs = history.of("action")
        began = next((each.at for each in moments if each.triggered), None)
        return Replayed(
            history.key,
            began,
            tuple(moments),
            tuple(self._bad(each, before, runs) for each in history.of("outcome") if outcome_kind(each.word)),
            any(outcome_kind(each.word) is None for each in history.of("outcome")),
            tuple(self._held(runs, before, moments)),
            not runs,
        )

    def _moment(self, screener: Screener, record: Mapping[str, Any], at: datetime) -> Moment:
        answer = screener.screen({**record, "as_of": at.isoformat()}, 1, at)
        findings = {
            each.case: Standing(each.tier, each.owner, frozenset(each.holds)) for each in answer.findings
        }
        return Moment(at, answer.verdict != "not triggered", findings)

    def _later(self, before: Moment, record: Mapping[str, Any], at: datetime) -> Moment:
        """The same facts at another moment."""
        found = self._moment(self._by_clock, record, at)
        ended = any(case in self._ending for case in (*before.findings, *found.findings))
        if ended or not (before.triggered and found.triggered):
            return self._moment(self.screener, record, at)
        stands = {case: each for case, each in before.findings.items() if case not in self._clocked}
        clocked = {case: each for case, each in found.findings.items() if case in self._clocked}
        if not clocked:
            return Moment(at, True, stands)
        order = {**stands, **clocked}
        return Moment(at, True, {case: order[case] for case in self._order if case in order} | order)

    def _bad(
        self, outcome: HistoryEvent, before: Mapping[datetime, Moment], runs: tuple[HistoryEvent, ...]
    ) -> BadOutcome:
        kind = outcome_kind(outcome.word)
        assert kind is not None
        at = outcome.at
        if outcome.of:
            # The harm was done when the action ran, not when somebody noticed.
            at = max((run.at for run in runs if run.word == outcome.of and run.at <= at), default=at)
        caught = before[at].stopping(outcome.of, self.leaving)
        return BadOutcome(kind, at, outcome.of, outcome.dated, caught, outcome.what)

    def _held(
        self, runs: tuple[HistoryEvent, ...], before: Mapping[datetime, Moment], moments: list[Moment]
    ) -> Iterator[HeldAction]:
        if not runs:
            first = next((each for each in moments if each.triggered), None)
            if first is not None and (by := first.stopping("", self.leaving)):
                yield HeldAction("", first.at, by)
            return
        for run in runs:
            if by := before[run.at].stopping(run.word, self.leaving):
                yield HeldAction(run.word, run.at, by)


def known_at(history: History) -> Iterator[tuple[datetime, dict[str, Any], bool]]:
    """
    Yield each moment with the record as it was known then, and whether facts became known at it.

    Where something was done or went wrong at a moment, that comes first, with what was known before.
    """
    record: dict[str, Any] = {"record_id": history.key}
    for at, group in groupby(history.events, key=lambda each: each.at):
        events = list(group)
        if any(each.kind != "facts" for each in events):
            yield at, record, False
        facts = [each.record for each in events if each.kind == "facts"]
        for each in facts:
            record = learnt(record, each)
        if facts:
            yield at, record, True


def looks_at_clock(condition: ast.Condition, glossary: Glossary) -> bool:
    """
    Whether a condition may come out otherwise though no fact changed: it speaks of now, or of a value that ages.

    Every text in the tree that is the name of something counts as one: asking a row too often does no harm.
    """
    waiting: list[object] = [condition]
    seen: set[str] = set()
    while waiting:
        for node in nodes(waiting.pop()):
            if isinstance(node, ast.Today | ast.Now | ast.Overdue):
                return True
            for text in _texts_of(node):
                while text and text not in seen:
                    seen.add(text)
                    waiting += [
                        among[text]
                        for among in (glossary.definitions, glossary.list_filters)
                        if text in among
                    ]
                    entry = glossary.names.get(text)
                    if entry is not None and any(
                        each.fresh_for_days is not None for each in (entry, *entry.fields.values())
                    ):
                        return True
                    text = entry.parent if entry is not None else ""
    return False


def _texts_of(node: object) -> Iterator[str]:
    for field in fields(node):  # type: ignore[arg-type]
        value = getattr(node, field.name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, str):
                yield each


def waiting_hours(replayed: Replayed, held: HeldAction, case: str, limit: timedelta, hours: Any) -> float:
    """
    Business hours that a row adds to an action: until the facts end its finding, and at most until `limit`.

    Args:
        limit: In how much business time its owner decides, as the playbook says.
        hours: The playbook's business hours.
    """
    end = replayed.until_clear(case, held.at)
    decided = hours.add_business_time(held.at, limit)
    stop = decided if end is None else min(end, decided)
    return float(hours.business_time_between(held.at, stop) / timedelta(hours=1))
