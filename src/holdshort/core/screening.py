"""The main job: one record through the register, from its trigger to the verdict on every action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cached_property
from typing import Any

from holdshort.core.answers import Answer, EvidenceRead, Finding, Gap
from holdshort.core.dates import read_date, read_instant
from holdshort.core.evidence_reading import Stated, read_evidence
from holdshort.core.glossary import Name
from holdshort.core.making_answers import answer
from holdshort.core.outcomes import Outcomes
from holdshort.core.playbook import Playbook
from holdshort.core.presence import Truth
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.row_findings import Readers, RowFindings
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.fast_reasons import Reasons
from holdshort.core.text import fold
from holdshort.core.unreadable import Unreadable

DERIVED = "derived"
"""The system of what Holdshort itself reads out of a record's texts; what a record says under this name is thrown away."""
NO_ROW = "NO-ROW"
"""Stands for the case that no row covers: automation stops instead of passing."""
_MOST_PATTERNS = 1_000
_LONGEST_REMEMBERED = 200


@dataclass(frozen=True)
class _Row:
    """A row with what screening needs to know of it beforehand."""

    case: EdgeCase
    findings: RowFindings
    not_expected: tuple[str, ...]
    lanes: frozenset[str]
    segments: frozenset[str]
    ends: bool
    """Where it matches, nothing else is asked."""

    def applies(self, lane: str | None, segment: str | None) -> bool:
        """Lane and segment match, or are unknown, or the row is for any."""
        return not (
            (self.lanes and lane is not None and lane not in self.lanes)
            or (self.segments and segment is not None and segment not in self.segments)
        )


class Screener:
    """Screens records against one playbook. What it remembers of texts it met never shows in an answer."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.glossary = playbook.glossary
        self.reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
        self._derives = any(name.system == DERIVED for name in playbook.glossary.names.values())
        self._ages = any(name.fresh_for_days is not None for name in playbook.glossary.names.values())
        # Rows that end evaluation (an event already handled) are asked first, wherever they stand.
        cases = sorted(playbook.register.active, key=lambda case: not case.action.stops_evaluation)
        path = playbook.clean_path
        conditions = [trigger.when for trigger in path.triggers]
        if path.live_onboarding is not None:
            conditions.append(path.live_onboarding)
        self._first_row = len(conditions)
        conditions += [case.trigger for case in cases]
        self._compiled = CompiledRules(
            conditions, self.reader, playbook.settings.calendar, usual=self._first_row
        )
        readers = Readers(Reasons(self._compiled.made_of))
        self._rows = [self._row(case, readers) for case in cases]
        self._outcomes = Outcomes(playbook)
        # Where the playbook is live, that is one lane; everything else drafts first.
        settings = playbook.settings
        drafting = replace(playbook, settings=replace(settings, mode="draft-first"))
        self._elsewhere = Outcomes(drafting) if settings.mode == "live" else None
        self._lane, self._segment, self._account, self._deal = (
            Stated(self.glossary.names[name], self.reader) if name in self.glossary.names else None
            for name in (path.lane_name, path.segment_name, path.account_name, path.deal_name)
        )
        self._not_covered: dict[tuple[object, ...], tuple[Gap, ...]] = {}
        self._moments: dict[str, datetime] = {}
        self._dated: dict[str, bool] = {}
        self._places: dict[tuple[str, str], str] = {}
        self._applying: dict[tuple[str | None, str | None], tuple[bool, ...]] = {}

    def screen(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        """
        Answer for one record.

        Args:
            record: One object per system, as docs/reference/records.md describes.
            line: Its place in the input, from 1.
            now: The moment of the evaluation (UTC) where the record states no `as_of`.
        """
        moment = self._now(record, now)
        if self._ages and not self._is_dated(record.get("as_of")):
            # Ages are told from the moment of the evaluation.
            record = {**record, "as_of": moment.isoformat()}
        if self._derives:
            record = self._with_derived(record)
        found = self._compiled.screen(record, moment)
        kind, triggered = self._trigger(found)
        findings: list[Finding] = []
        gaps: tuple[Gap, ...] = ()
        if triggered:
            findings, gaps = self._findings(record, moment, found)
        outcome = self._outcomes_for(record, moment).of(findings, record.get("proposed_actions"), triggered)
        record_id = record.get("record_id")
        return answer(
            self._key(record, kind),
            str(record_id) if record_id is not None else None,
            line,
            outcome.verdict,
            outcome.tier,
            outcome.owners[0] if outcome.owners else "none",
            outcome.owners,
            tuple(findings),
            dict(outcome.actions),
            gaps,
        )

    def _with_derived(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is read out of the record's own texts by rules, where the glossary has names for it."""
        from holdshort.core.promises import with_derived

        return with_derived(record, self._plans)

    @cached_property
    def _plans(self) -> tuple[str, ...]:
        options = (
            each for name in self.glossary.names.values() if name.kind == "plan" for each in name.options
        )
        return tuple(dict.fromkeys(options))

    def read_evidence(self, name: Name, record: Mapping[str, Any]) -> EvidenceRead:
        """The fact behind a name, as the record states it."""
        return read_evidence(name, record, self.reader)

    # --- where the record stands ---

    def _now(self, record: Mapping[str, Any], now: datetime) -> datetime:
        stated = record.get("as_of")
        if stated is None:
            return now
        if not isinstance(stated, str) or len(stated) > _LONGEST_REMEMBERED:
            return self._moment(stated) or now
        moment = self._moments.get(stated)
        if moment is None and (moment := self._moment(stated)) is not None:
            _make_room(self._moments)
            self._moments[stated] = moment
        return moment or now

    def _moment(self, stated: Any) -> datetime | None:
        zone = self.playbook.settings.calendar.zone
        read = read_instant(stated, zone)
        if not isinstance(read, Unreadable):
            return read
        day = read_date(stated, zone=zone)
        return None if isinstance(day, Unreadable) else datetime.combine(day, time(12), UTC)

    def _is_dated(self, stated: Any) -> bool:
        """Whether the record says from which day ages count."""
        if not isinstance(stated, str) or len(stated) > _LONGEST_REMEMBERED:
            return read_date(stated).__class__ is not Unreadable
        known = self._dated.get(stated)
        if known is None:
            _make_room(self._dated)
            known = self._dated[stated] = read_date(stated).__class__ is not Unreadable
        return known

    def _outcomes_for(self, record: Mapping[str, Any], moment: datetime) -> Outcomes:
        if self._elsewhere is None:
            return self._outcomes
        lane = self._placed(self._lane, self.playbook.clean_path.lanes, record)
        return self._outcomes if self.playbook.mode_in(lane, moment) == "live" else self._elsewhere

    def _trigger(self, found: list[tuple[int, Truth]]) -> tuple[str, bool]:
        """The kind of trigger, and whether there is an onboarding to screen at all."""
        triggers = self.playbook.clean_path.triggers
        is_unsure = is_live = False
        for index, truth in found:
            if index >= self._first_row:
                break
            if index >= len(triggers):
                is_live = True
            elif truth is True:
                return triggers[index].kind, True
            else:
                is_unsure = True
        return ("unknown", True) if is_unsure else ("none", is_live)

    def _key(self, record: Mapping[str, Any], kind: str) -> str:
        """The natural key: account, opportunity and kind of trigger."""
        account = self._account.text(record) if self._account else ""
        deal = self._deal.text(record) if self._deal else ""
        return f"{account or '-'}/{deal or '-'}/{kind}"

    def _placed(
        self, stated: Stated | None, spellings: Mapping[str, str], record: Mapping[str, Any]
    ) -> str | None:
        """The lane or segment, or None where it is not known."""
        if stated is None:
            return None
        raw = stated.raw(record)
        if raw.__class__ is not str:
            return None
        key = (stated.name, raw)
        place = self._places.get(key)
        if place is not None and stated.is_simple:
            return place
        if not stated.is_known(record):
            return None
        if place is None:
            place = spellings.get(fold(raw))
            if place is not None and len(raw) <= _LONGEST_REMEMBERED:
                _make_room(self._places)
                self._places[key] = place
        return place

    def _applies(self, lane: str | None, segment: str | None) -> tuple[bool, ...]:
        """For each row whether it is for this lane and segment."""
        key = (lane, segment)
        applying = self._applying.get(key)
        if applying is None:
            applying = self._applying[key] = tuple(row.applies(lane, segment) for row in self._rows)
        return applying

    # --- findings ---

    def _findings(
        self, record: Mapping[str, Any], now: datetime, found: list[tuple[int, Truth]]
    ) -> tuple[list[Finding], tuple[Gap, ...]]:
        path = self.playbook.clean_path
        lane = self._placed(self._lane, path.lanes, record)
        segment = self._placed(self._segment, path.segments, record)
        findings: list[Finding] = []
        gaps: list[Gap] = []
        applying = self._applies(lane, segment)
        for index, truth in found:
            place = index - self._first_row
            if place < 0 or not applying[place]:
                continue
            row = self._rows[place]
            if row.ends and truth is True:
                return [row.findings.finding(record, now, True)], ()
            findings.append(row.findings.finding(record, now, truth))
            gaps += row.findings.lacking(record, now)
        if not any(applying):
            findings.append(self._uncovered(lane, segment))
        uncovered = self._uncovered_values(lane, segment, self._compiled.lacking(record, now))
        return findings, tuple(dict.fromkeys([*gaps, *uncovered])) if gaps else uncovered

    def _uncovered(self, lane: str | None, segment: str | None) -> Finding:
        catalogue = self.playbook.catalogue
        stopped = tuple(kind.kind for kind in catalogue.kinds.values() if kind.stopped_by_hold)
        owner = self.playbook.settings.pause_owner or "revops"
        why = f"no active row of the register covers lane {lane or 'unknown'}, segment {segment or 'unknown'}"
        return Finding(NO_ROW, "unknown", "hold", owner, (why,), stopped, ())

    def _uncovered_values(
        self, lane: str | None, segment: str | None, lacking: tuple[bool, ...]
    ) -> tuple[Gap, ...]:
        """Values that rows look at, no source gives and the playbook does not expect: quiet per record, but said."""
        key = (lane, segment, lacking)
        found = self._not_covered.get(key)
        if found is None:
            names = {
                name
                for name, is_lacking in zip(self._compiled.not_expected, lacking, strict=True)
                if is_lacking
            }
            found = tuple(
                Gap(row.case.case, name, "not_provided", "no connected source provides it")
                for row in self._rows
                if row.applies(lane, segment)
                for name in row.not_expected
                if name in names
            )
            _make_room(self._not_covered)
            self._not_covered[key] = found
        return found

    # --- preparation ---

    def _row(self, case: EdgeCase, readers: Readers) -> _Row:
        stopped = list(case.holds)
        if case.tier == "hold":
            stopped += [kind.kind for kind in self.playbook.catalogue.kinds.values() if kind.stopped_by_hold]
        findings = RowFindings(case, tuple(dict.fromkeys(stopped)), readers)
        return _Row(
            case=case,
            findings=findings,
            not_expected=tuple(name for name in findings.names if not self.glossary.names[name].expected),
            lanes=frozenset(case.lanes),
            segments=frozenset(case.segments),
            ends=case.action.stops_evaluation,
        )


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _MOST_PATTERNS:
        known.clear()
