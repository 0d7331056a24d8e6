"""Screen against a register in which one row reads otherwise, without compiling the register anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from holdshort.core.answers import Answer, Finding, Gap
from holdshort.core.outcomes import Outcomes
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.row_findings import Readers
from holdshort.core.rules.fast_reasons import Reasons
from holdshort.core.rules.reference import Situation, evaluate
from holdshort.core.screening import NO_ROW, Screener


class Exchanger:
    """Makes screeners of one register with one row exchanged, which share everything that they can with the first one."""

    def __init__(self, base: Screener) -> None:
        self.base = base
        self.readers = Readers(Reasons(base._compiled.made_of))
        cases = base.playbook.register.active
        self._for_all = {each.case for each in cases if not each.lanes and not each.segments}
        self.ending = {each.case for each in cases if each.action.stops_evaluation}
        self._without: dict[str, Screener] = {}

    def with_row(self, case: str, row: EdgeCase | None) -> Screener:
        """The screener of the register with the row `case` exchanged for `row`, or without it."""
        register = self.base.playbook.register
        old = register.case(case)
        cases = tuple(
            each if each.case != case else row
            for each in register.cases
            if each.case != case or row is not None
        )
        playbook = replace(self.base.playbook, register=replace(register, cases=cases))  # type: ignore[arg-type]
        ends = any(each is not None and each.action.stops_evaluation for each in (old, row))
        # Whether any row covers a record at all, and which of several rows ends the evaluation, is asked of all together.
        if not self._for_all - {case} or (ends and self.ending - {case}):
            return Screener(playbook)
        return _Exchanged(self, playbook, case, row, self._rest(case) if ends else self.base)

    def _rest(self, case: str) -> Screener:
        """The register without a row that ends the evaluation: what the others find where it does not."""
        if case not in self._without:
            register = self.base.playbook.register
            rest = replace(register, cases=tuple(each for each in register.cases if each.case != case))
            self._without[case] = type(self.base)(replace(self.base.playbook, register=rest))
        return self._without[case]


class _Exchanged(Screener):
    """Takes what the other rows find from the base and asks only the exchanged row itself."""

    def __init__(
        self, exchanger: Exchanger, playbook: Playbook, case: str, row: EdgeCase | None, rest: Screener
    ) -> None:
        # Everything but the row is the same, so what the base has prepared and remembers serves here too.
        self.__dict__.update(exchanger.base.__dict__)
        self.playbook = playbook
        self._rest = rest
        self._case = case
        self._exchanged = self._row(row, exchanger.readers) if row is not None and row.is_active else None
        self._ends = row is not None and row.action.stops_evaluation
        self._others_end = exchanger.ending - {case}
        self._before = exchanger.base.playbook.register.case(case) if rest is exchanger.base else None
        self._outcomes = Outcomes(playbook)
        self._order = {each.case: place for place, each in enumerate(playbook.register.cases)}
        self._order.setdefault(NO_ROW, len(self._order))

    def screen(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        base = self._rest.screen(record, line, now)
        if base.verdict == "not triggered" or self._is_over(base):
            return base
        finding, gaps = self._own(record, now, base)
        findings = [each for each in base.findings if each.case != self._case]
        if finding is not None and finding.result == "matched" and self._ends:
            findings, base = [], replace(base, gaps=())
            gaps = []
        if finding is not None:
            findings.append(finding)
            findings.sort(key=lambda each: self._order[each.case])
        outcome = self._outcomes.of(findings, record.get("proposed_actions"), True)
        others = tuple(each for each in base.gaps if each.case != self._case)
        return replace(
            base,
            verdict=outcome.verdict,
            tier=outcome.tier,
            reviewer=outcome.owners[0] if outcome.owners else "none",
            reviewers=outcome.owners,
            findings=tuple(findings),
            actions=dict(outcome.actions),
            gaps=(*others, *gaps),
        )

    def _is_over(self, base: Answer) -> bool:
        """Whether another row has ended the evaluation, so that this one is not asked."""
        return any(each.case in self._others_end and each.result == "matched" for each in base.findings)

    def _own(
        self, record: Mapping[str, Any], now: datetime, base: Answer
    ) -> tuple[Finding | None, list[Gap]]:
        row = self._exchanged
        if row is None:
            return None, []
        moment = self._now(record, now)
        if self._ages and not self._is_dated(record.get("as_of")):
            record = {**record, "as_of": moment.isoformat()}
        if self._before is not None and _applies_alike(self._before, row.case):
            return self._otherwise(base, self._before, record, moment)
        path = self.playbook.clean_path
        lane = self._placed(self._lane, path.lanes, record)
        segment = self._placed(self._segment, path.segments, record)
        if not row.applies(lane, segment):
            return None, []
        at = Situation(record, self.reader, self.playbook.settings.calendar, moment)
        truth = evaluate(row.case.trigger, at)
        if truth is False:
            return None, []
        return row.findings.finding(record, moment, truth), row.findings.lacking(record, moment)

    def _otherwise(
        self, base: Answer, before: EdgeCase, record: Mapping[str, Any], moment: datetime
    ) -> tuple[Finding | None, list[Gap]]:
        """What the row as it was found, with what it now does about it."""
        row = self._exchanged
        was = next((each for each in base.findings if each.case == self._case), None)
        if was is None or row is None:
            return None, []
        finding = replace(
            was,
            tier=row.case.tier,
            owner=row.case.owner,
            holds=row.findings.stopped,
            asks=row.findings.asks if was.result == "matched" else (),
        )
        if (before.evidence, before.checks) == (row.case.evidence, row.case.checks):
            return finding, [each for each in base.gaps if each.case == self._case]
        return finding, row.findings.lacking(record, moment)


def _applies_alike(before: EdgeCase, row: EdgeCase) -> bool:
    """Whether two rows find something on the same records."""
    return (
        before.is_active
        and before.trigger is row.trigger
        and (before.lanes, before.segments) == (row.lanes, row.segments)
    )
