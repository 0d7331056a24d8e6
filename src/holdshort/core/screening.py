"""The main job: one record through the register, from its trigger to the verdict on every action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from holdshort.core.answers import Answer, EvidenceRead, Finding, Gap, Verdict
from holdshort.core.dates import read_date, read_instant
from holdshort.core.gate import verdicts
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT, follow
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown, Truth
from holdshort.core.reading import RecordReader
from holdshort.core.register import TIER_ORDER, EdgeCase
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reasons import reasons, short
from holdshort.core.rules.reference import Situation, attached, evaluate
from holdshort.core.rules.walk import names_in, systems_in
from holdshort.core.text import fold
from holdshort.core.unreadable import Unreadable

NO_ROW = "NO-ROW"
"""Stands for the case that no row covers: automation stops instead of passing."""
_MOST_ELEMENTS_SHOWN = 5
_MOST_PATTERNS = 1_000


@dataclass(frozen=True)
class _Row:
    """A row with what screening needs to know of it beforehand."""

    case: EdgeCase
    names: tuple[str, ...]
    systems: tuple[str, ...]
    not_expected: tuple[str, ...]
    stopped: tuple[str, ...]
    asks: tuple[str, ...]
    lanes: frozenset[str]
    segments: frozenset[str]

    def applies(self, lane: str | None, segment: str | None) -> bool:
        """Lane and segment match, or are unknown, or the row is for any."""
        return not (
            (self.lanes and lane is not None and lane not in self.lanes)
            or (self.segments and segment is not None and segment not in self.segments)
        )


class Screener:
    """Screens records against one playbook. Holds no state of any record."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.glossary = playbook.glossary
        self.reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
        rows = [self._row(case) for case in playbook.register.active]
        # Rows that end evaluation (an event already handled) are asked first, wherever they stand.
        self._rows = sorted(rows, key=lambda row: not row.case.action.stops_evaluation)
        path = playbook.clean_path
        conditions = [trigger.when for trigger in path.triggers]
        if path.live_onboarding is not None:
            conditions.append(path.live_onboarding)
        self._first_row = len(conditions)
        conditions += [row.case.trigger for row in self._rows]
        self._compiled = CompiledRules(conditions, self.reader, playbook.settings.calendar)
        self._not_covered: dict[tuple[object, ...], tuple[Gap, ...]] = {}

    def screen(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        """
        Answer for one record.

        Args:
            record: One object per system, as docs/reference/records.md describes.
            line: Its place in the input, from 1.
            now: The moment of the evaluation (UTC) where the record states no `as_of`.
        """
        at = Situation(record, self.reader, self.playbook.settings.calendar, self._now(record, now))
        found, lacking = self._compiled.found_and_lacking(record, at.now)
        truths = dict(found)
        kind, triggered = self._trigger(truths)
        findings: list[Finding] = []
        gaps: list[Gap] = []
        if triggered:
            findings, gaps = self._findings(at, truths, lacking)
        proposed = [each for each in _listed(record.get("proposed_actions")) if isinstance(each, str)]
        actions = verdicts(
            proposed, findings, self.playbook.catalogue, self.playbook.settings.mode, triggered=triggered
        )
        owners = self._in_order(findings)
        verdict: Verdict = "not triggered"
        if triggered:
            held = any(each.state == "held" and each.cases for each in actions.values())
            verdict = "clean" if not findings else "held" if held else "needs review"
        record_id = record.get("record_id")
        return Answer(
            onboarding=self._key(at, kind),
            record_id=str(record_id) if record_id is not None else None,
            line=line,
            verdict=verdict,
            tier=max((each.tier for each in findings), key=lambda tier: TIER_ORDER[tier], default="none"),
            reviewer=owners[0] if owners else "none",
            reviewers=owners,
            findings=tuple(findings),
            actions=actions,
            gaps=tuple(gaps),
        )

    # --- where the record stands ---

    def _now(self, record: Mapping[str, Any], now: datetime) -> datetime:
        stated = record.get("as_of")
        if stated is None:
            return now
        zone = self.playbook.settings.calendar.zone
        read = read_instant(stated, zone)
        if not isinstance(read, Unreadable):
            return read
        day = read_date(stated, zone=zone)
        return now if isinstance(day, Unreadable) else datetime.combine(day, time(12), UTC)

    def _trigger(self, truths: Mapping[int, Truth]) -> tuple[str, bool]:
        """The kind of trigger, and whether there is an onboarding to screen at all."""
        triggers = self.playbook.clean_path.triggers
        for index, trigger in enumerate(triggers):
            if truths.get(index, False) is True:
                return trigger.kind, True
        if any(truths.get(index, False) is None for index in range(len(triggers))):
            return "unknown", True
        is_live = len(triggers) < self._first_row and truths.get(len(triggers), False) is not False
        return "none", is_live

    def _key(self, at: Situation, kind: str) -> str:
        """The natural key: account, opportunity and kind of trigger."""
        path = self.playbook.clean_path
        parts = [self._text(name, at) or "-" for name in (path.account_name, path.deal_name)]
        return "/".join([*parts, kind])

    def _text(self, name: str, at: Situation) -> str:
        entry = self.glossary.names.get(name)
        if entry is None or isinstance(self.reader.read(entry, at.record), NotKnown):
            return ""
        return short(self.reader.raw(entry, at.record))

    def _placed(self, name: str, spellings: Mapping[str, str], at: Situation) -> str | None:
        """The lane or segment, or None where it is not known."""
        entry = self.glossary.names.get(name)
        if entry is None:
            return None
        raw = self.reader.raw(entry, at.record)
        return spellings.get(fold(raw)) if isinstance(raw, str) else None

    # --- findings ---

    def _findings(
        self, at: Situation, truths: Mapping[int, Truth], lacking: tuple[bool, ...]
    ) -> tuple[list[Finding], list[Gap]]:
        path = self.playbook.clean_path
        lane = self._placed(path.lane_name, path.lanes, at)
        segment = self._placed(path.segment_name, path.segments, at)
        findings: list[Finding] = []
        gaps: list[Gap] = []
        applying = [row.applies(lane, segment) for row in self._rows]
        for index, (row, applies) in enumerate(zip(self._rows, applying, strict=True), self._first_row):
            truth = truths.get(index, False)
            if truth is False or not applies:
                continue
            if truth is True and row.case.action.stops_evaluation:
                return [self._finding(row, at, True)], []
            findings.append(self._finding(row, at, truth))
            gaps.extend(self._lacking(row, at))
        if not any(applying):
            findings.append(self._uncovered(lane, segment))
        return findings, list(dict.fromkeys([*gaps, *self._uncovered_values(lane, segment, lacking)]))

    def _finding(self, row: _Row, at: Situation, truth: Truth) -> Finding:
        case = row.case
        return Finding(
            case=case.case,
            result="matched" if truth else "unknown",
            tier=case.tier,
            owner=case.owner,
            why=tuple(reasons(case.trigger, at, truth)),
            holds=row.stopped,
            evidence=tuple(self._evidence(row, at)),
            asks=row.asks if truth else (),
        )

    def _uncovered(self, lane: str | None, segment: str | None) -> Finding:
        catalogue = self.playbook.catalogue
        stopped = tuple(kind.kind for kind in catalogue.kinds.values() if kind.stopped_by_hold)
        owner = self.playbook.settings.pause_owner or "revops"
        why = f"no active row of the register covers lane {lane or 'unknown'}, segment {segment or 'unknown'}"
        return Finding(NO_ROW, "unknown", "hold", owner, (why,), stopped, ())

    def _evidence(self, row: _Row, at: Situation) -> Iterator[EvidenceRead]:
        for name in row.names:
            yield self.read_evidence(self.glossary.names[name], at.record)

    def read_evidence(self, name: Name, record: Mapping[str, Any]) -> EvidenceRead:
        """The fact behind a name, as the record states it."""
        value = self.reader.read(name, record)
        path = self.reader.path_used(name, record)
        raw, _ = follow(path, record) if path else (None, False)
        system = record.get(path.system) if path else None
        about = system if isinstance(system, Mapping) else {}
        as_of, url = about.get("_as_of"), about.get("_url")
        if isinstance(raw, Mapping) and "value" in raw:
            as_of, url, raw = raw.get("as_of", as_of), raw.get("url", url), raw["value"]
        return EvidenceRead(
            name=name.name,
            system=path.system if path else "",
            field=path.field if path else "",
            value=None if raw is ABSENT else _shown(raw),
            state=value.state if isinstance(value, NotKnown) else "known",
            as_of=str(as_of) if as_of else None,
            url=str(url) if url else None,
        )

    # --- gaps ---

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
            if len(self._not_covered) > _MOST_PATTERNS:
                self._not_covered.clear()
            self._not_covered[key] = found
        return found

    def _lacking(self, row: _Row, at: Situation) -> Iterator[Gap]:
        """Required evidence that is not there, and checks that fail or cannot tell."""
        for evidence in row.case.evidence:
            if evidence.is_system:
                there = attached(at.record, self.glossary.systems[evidence.name], False)
                if there is not True:
                    gone = self.glossary.systems[evidence.name].key in at.record
                    why = "nothing is on file" if gone else "no connected source provides it"
                    yield Gap(row.case.case, evidence.name, "missing" if gone else "not_provided", why)
                continue
            value = self.reader.read(self.glossary.names[evidence.name], at.record)
            if isinstance(value, NotKnown):
                yield Gap(row.case.case, evidence.name, value.state, _why(value))
        for check in row.case.checks:
            truth = evaluate(check, at)
            if truth is not True:
                words = "the check fails" if truth is False else "the check cannot tell"
                said = "; ".join(reasons(check, at, None)) if truth is None else ""
                why = f"{words}: {said}" if said else words
                yield Gap(
                    row.case.case,
                    print_condition(check, self.glossary),
                    "missing" if truth is False else "not_provided",
                    why,
                )

    # --- who decides ---

    def _in_order(self, findings: list[Finding]) -> tuple[str, ...]:
        """All owners, first the one whose finding comes first; `none` where nobody is needed."""
        precedence = self.playbook.settings.precedence
        ranked = sorted(
            enumerate(findings),
            key=lambda pair: (
                -TIER_ORDER[pair[1].tier],
                pair[1].result != "matched",
                precedence(pair[1].owner),
                pair[0],
            ),
        )
        return tuple(dict.fromkeys(finding.owner for _, finding in ranked))

    # --- preparation ---

    def _row(self, case: EdgeCase) -> _Row:
        names = tuple(names_in(case.trigger, self.glossary))
        stopped = list(case.holds)
        if case.tier == "hold":
            stopped += [kind.kind for kind in self.playbook.catalogue.kinds.values() if kind.stopped_by_hold]
        return _Row(
            case=case,
            names=names,
            systems=tuple(systems_in(case.trigger)),
            not_expected=tuple(name for name in names if not self.glossary.names[name].expected),
            stopped=tuple(dict.fromkeys(stopped)),
            asks=tuple(ask.kind for ask in case.action.asks if ask.after is None),
            lanes=frozenset(case.lanes),
            segments=frozenset(case.segments),
        )


def _why(value: NotKnown) -> str:
    return {
        "missing": "it is blank",
        "not_provided": "no connected source provides it",
        "stale": "it is older than its limit",
        "ai_only": "only AI says so",
        "conflicting": value.reason,
        "known": value.reason,
    }[value.state]


def _shown(raw: Any) -> Any:
    """A raw value for display; long lists are cut, and the cut is said."""
    if isinstance(raw, list) and len(raw) > _MOST_ELEMENTS_SHOWN:
        return [*raw[:_MOST_ELEMENTS_SHOWN], f"… and {len(raw) - _MOST_ELEMENTS_SHOWN} more"]
    return raw


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
