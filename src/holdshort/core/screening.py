"""The main job: one record through the register, from its trigger to the verdict on every action."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

from holdshort.core.answers import ActionVerdict, Answer, EvidenceRead, Finding, Gap, Verdict
from holdshort.core.dates import read_date, read_instant
from holdshort.core.gate import clear_to_run, verdicts
from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT, follow
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown, State, Truth
from holdshort.core.reading import RecordReader
from holdshort.core.register import TIER_ORDER, EdgeCase
from holdshort.core.rules import ast
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reasons import reasons, short
from holdshort.core.rules.reference import Situation, attached, evaluate
from holdshort.core.rules.walk import names_in, nodes, systems_in
from holdshort.core.text import fold
from holdshort.core.unreadable import Unreadable

NO_ROW = "NO-ROW"
"""Stands for the case that no row covers: automation stops instead of passing."""
_MOST_ELEMENTS_SHOWN = 5
_MOST_PATTERNS = 1_000
_LONGEST_REMEMBERED = 200
_NOTHING: dict[str, Any] = {}
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


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
    speaks_of_values: bool
    """Its trigger speaks of single values only: no list, no system as such, no clock."""

    def applies(self, lane: str | None, segment: str | None) -> bool:
        """Lane and segment match, or are unknown, or the row is for any."""
        return not (
            (self.lanes and lane is not None and lane not in self.lanes)
            or (self.segments and segment is not None and segment not in self.segments)
        )


class _ReadOnce(RecordReader):
    """Reads one record of which most values have been read already."""

    def __init__(
        self, reader: RecordReader, record: Mapping[str, Any], values: tuple[Any, ...], rules: CompiledRules
    ) -> None:
        self.__dict__.update(reader.__dict__)
        self._record, self._values = record, values
        self._facts, self._fields = rules.facts, rules.fields

    def read(self, name: Name, record: Mapping[str, Any]) -> Any:
        if record is self._record:
            place = self._facts.get(name.name)
            if place is not None:
                return self._values[place]
        else:
            field = self._fields.get(id(name))
            if field is not None:
                return field(record)
        return super().read(name, record)


class Screener:
    """Screens records against one playbook. What it remembers of texts it met never shows in an answer."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.glossary = playbook.glossary
        self.reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
        self._ages = any(name.fresh_for_days is not None for name in playbook.glossary.names.values())
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
        self._paths = {name.name: name.paths[0] for name in self.glossary.names.values() if is_simple(name)}
        self._moments: dict[str, datetime] = {}
        self._places: dict[tuple[str, str], str] = {}
        self._applying: dict[tuple[str | None, str | None], tuple[bool, ...]] = {}
        self._reasons: dict[tuple[object, ...], tuple[str, ...]] = {}
        self._verdicts: dict[tuple[object, ...], dict[str, ActionVerdict]] = {}

    def screen(self, record: Mapping[str, Any], line: int, now: datetime) -> Answer:
        """
        Answer for one record.

        Args:
            record: One object per system, as docs/reference/records.md describes.
            line: Its place in the input, from 1.
            now: The moment of the evaluation (UTC) where the record states no `as_of`.
        """
        moment = self._now(record, now)
        if self._ages and read_date(record.get("as_of")).__class__ is Unreadable:
            record = {
                **record,
                "as_of": moment.isoformat(),
            }  # ages are told from the moment of the evaluation
        found, values = self._compiled.screen(record, moment)
        kind, triggered = self._trigger(dict(found))
        findings: list[Finding] = []
        gaps: list[Gap] = []
        if triggered:
            reader = _ReadOnce(self.reader, record, values, self._compiled)
            at = Situation(record, reader, self.playbook.settings.calendar, moment)
            findings, gaps = self._findings(at, found, self._compiled.lacking(values))
        actions = self._actions(record, findings, triggered)
        owners = self._in_order(findings)
        verdict: Verdict = "not triggered"
        if triggered:
            held = any(each.state == "held" and each.cases for each in actions.values())
            verdict = "clean" if not findings else "held" if held else "needs review"
        record_id = record.get("record_id")
        return Answer(
            onboarding=self._key(record, kind),
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

    def _key(self, record: Mapping[str, Any], kind: str) -> str:
        """The natural key: account, opportunity and kind of trigger."""
        path = self.playbook.clean_path
        return f"{self._text(path.account_name, record) or '-'}/{self._text(path.deal_name, record) or '-'}/{kind}"

    def _text(self, name: str, record: Mapping[str, Any]) -> str:
        entry = self.glossary.names.get(name)
        if entry is None:
            return ""
        raw = self.reader.raw(entry, record)
        if entry.type == "text" and name in self._paths and isinstance(raw, str):
            return "" if self.reader.is_blank(entry, raw) else short(raw)
        return "" if isinstance(self.reader.read(entry, record), NotKnown) else short(raw)

    def _placed(self, name: str, spellings: Mapping[str, str], record: Mapping[str, Any]) -> str | None:
        """The lane or segment, or None where it is not known."""
        entry = self.glossary.names.get(name)
        if entry is None:
            return None
        raw = self.reader.raw(entry, record)
        if not isinstance(raw, str) or isinstance(self.reader.read(entry, record), NotKnown):
            return None
        key = (name, raw)
        place = self._places.get(key)
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

    # --- actions ---

    def _actions(
        self, record: Mapping[str, Any], findings: list[Finding], triggered: bool
    ) -> dict[str, ActionVerdict]:
        """What the gate says of every action; it depends on nothing but which rows found what."""
        proposed = [_kind_of(each) for each in _listed(record.get("proposed_actions"))]
        key = (triggered, *proposed, *((each.case, each.result) for each in findings))
        known = self._verdicts.get(key)
        if known is None:
            known = self._gate(proposed, findings, triggered)
            _make_room(self._verdicts)
            self._verdicts[key] = known
        return dict(known)

    def _gate(
        self, proposed: list[str], findings: list[Finding], triggered: bool
    ) -> dict[str, ActionVerdict]:
        """Only kinds that a finding names are asked anew; for all others it is as if there were none."""
        catalogue, mode = self.playbook.catalogue, self.playbook.settings.mode
        key = (triggered, *proposed)
        unheld = self._verdicts.get(key)
        if unheld is None:
            _make_room(self._verdicts)
            unheld = self._verdicts[key] = verdicts(proposed, (), catalogue, mode, triggered=triggered)
        actions = dict(unheld)
        named = {kind for each in findings for kind in (*each.holds, *each.asks)} & actions.keys()
        # A kind that only a prefix knows is in no row's list, yet a hold-tier finding stops it too.
        named.update(kind for kind in proposed if findings and kind not in catalogue.kinds)
        for kind in named:
            actions[kind] = clear_to_run(kind, findings, catalogue, mode, triggered=triggered)
        return actions

    # --- findings ---

    def _findings(
        self, at: Situation, found: list[tuple[int, Truth]], lacking: tuple[bool, ...]
    ) -> tuple[list[Finding], list[Gap]]:
        path = self.playbook.clean_path
        lane = self._placed(path.lane_name, path.lanes, at.record)
        segment = self._placed(path.segment_name, path.segments, at.record)
        findings: list[Finding] = []
        gaps: list[Gap] = []
        applying = self._applies(lane, segment)
        for index, truth in found:
            place = index - self._first_row
            if place < 0 or not applying[place]:
                continue
            row = self._rows[place]
            if truth is True and row.case.action.stops_evaluation:
                return [self._finding(row, at, True)], []
            findings.append(self._finding(row, at, truth))
            gaps.extend(self._lacking(row, at))
        if not any(applying):
            findings.append(self._uncovered(lane, segment))
        uncovered = self._uncovered_values(lane, segment, lacking)
        return findings, list(dict.fromkeys([*gaps, *uncovered])) if gaps else list(uncovered)

    def _finding(self, row: _Row, at: Situation, truth: Truth) -> Finding:
        case = row.case
        evidence = tuple([self._evidence(self.glossary.names[name], at) for name in row.names])
        return Finding(
            case.case,
            "matched" if truth else "unknown",
            case.tier,
            case.owner,
            self._why(row, at, truth, evidence),
            row.stopped,
            evidence,
            row.asks if truth else (),
        )

    def _why(
        self, row: _Row, at: Situation, truth: Truth, evidence: tuple[EvidenceRead, ...]
    ) -> tuple[str, ...]:
        """The reasons; where they follow from the evidence alone, they are worked out once for each evidence."""
        if not row.speaks_of_values or any(
            each.value.__class__ is str and len(each.value) > _LONGEST_REMEMBERED for each in evidence
        ):
            return tuple(reasons(row.case.trigger, at, truth))
        names = self.glossary.names
        read = [at.reader.read(names[name], at.record) for name in row.names]
        key = (
            row.case.case,
            truth,
            *read,
            *(each.value for each in evidence),
            *(each.value.__class__ for each in evidence),
        )
        try:
            known = self._reasons.get(key)
        except TypeError:  # an object or list where a plain value is meant
            return tuple(reasons(row.case.trigger, at, truth))
        if known is None:
            _make_room(self._reasons)
            known = self._reasons[key] = tuple(reasons(row.case.trigger, at, truth))
        return known

    def _uncovered(self, lane: str | None, segment: str | None) -> Finding:
        catalogue = self.playbook.catalogue
        stopped = tuple(kind.kind for kind in catalogue.kinds.values() if kind.stopped_by_hold)
        owner = self.playbook.settings.pause_owner or "revops"
        why = f"no active row of the register covers lane {lane or 'unknown'}, segment {segment or 'unknown'}"
        return Finding(NO_ROW, "unknown", "hold", owner, (why,), stopped, ())

    def read_evidence(self, name: Name, record: Mapping[str, Any]) -> EvidenceRead:
        """The fact behind a name, as the record states it."""
        return self._evidence(name, Situation(record, self.reader, self.playbook.settings.calendar, _NO_TIME))

    def _evidence(self, name: Name, at: Situation) -> EvidenceRead:
        value = at.reader.read(name, at.record)
        state: State = value.state if value.__class__ is NotKnown else "known"
        path = self._paths.get(name.name) or self.reader.path_used(name, at.record)
        if path is None:
            return EvidenceRead(name.name, "", "", None, state)
        system = at.record.get(path.system)
        if system.__class__ is not dict:
            system = _NOTHING
        raw = follow(path, at.record)[0]
        as_of, url = system.get("_as_of"), system.get("_url")
        if raw.__class__ is dict and "value" in raw:
            as_of, url, raw = raw.get("as_of", as_of), raw.get("url", url), raw["value"]
        return EvidenceRead(
            name.name,
            path.system,
            path.field,
            None if raw is ABSENT else _shown(raw),
            state,
            str(as_of) if as_of else None,
            str(url) if url else None,
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
            _make_room(self._not_covered)
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
            value = at.reader.read(self.glossary.names[evidence.name], at.record)
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
        if len(findings) < 2:
            return tuple(each.owner for each in findings)
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
            speaks_of_values=all(is_simple(self.glossary.names[name]) for name in names)
            and _speaks_of_values(case.trigger, self.glossary),
        )


_BEYOND_VALUES = (
    ast.Attached, ast.Quantified, ast.Include, ast.ListSize, ast.DistinctValues, ast.InDomains, ast.InList, ast.Overdue,
    ast.Today, ast.Now,
)  # fmt: skip


def _speaks_of_values(condition: object, glossary: Glossary) -> bool:
    return all(
        _speaks_of_values(glossary.definitions[node.name], glossary)
        if isinstance(node, ast.Defined)
        else not isinstance(node, _BEYOND_VALUES)
        for node in nodes(condition)
    )


def _kind_of(proposed: Any) -> str:
    """The kind that a proposal names; what names none stands for itself, is unknown and therefore held."""
    if isinstance(proposed, Mapping) and isinstance(proposed.get("kind"), str):
        proposed = proposed["kind"]
    return proposed if isinstance(proposed, str) else short(proposed)


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


def _make_room(known: dict[Any, Any]) -> None:
    if len(known) >= _MOST_PATTERNS:
        known.clear()


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
