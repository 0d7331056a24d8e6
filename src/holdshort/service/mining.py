"""
Mine a history: what was so where things went wrong and seldom where they went well, and a row against it.

What comes out are candidates. Nothing reaches the register unless a person accepts it, and then by way of the import's
dry run.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.acceptance import run_tests
from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.history_events import History, HistoryEvent, learnt
from holdshort.core.mining import (
    FEWEST,
    Mechanism,
    Snapshot,
    conditions_to_try,
    find_mechanisms,
)
from holdshort.core.mining_decisions import DecidedRow, RowDecisions
from holdshort.core.mining_rows import ProposedTest, case_id, cells, proposed_test
from holdshort.core.reading import RecordReader
from holdshort.core.roles import TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.rules.printer import print_condition
from holdshort.core.rules.reasons import reasons
from holdshort.core.rules.reference import Situation
from holdshort.core.screening import Screener
from holdshort.core.shadow import Replayer
from holdshort.core.shadow_outcomes import KINDS, OutcomeKind, is_label, outcome_kind
from holdshort.core.table import RegisterTable, make_table
from holdshort.service.acceptance import load_records, merged
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.registers import ImportReport, plan_import, read_with_words_of, write_import

if TYPE_CHECKING:
    from holdshort.service.history_sources import HistorySource

MOST_SNAPSHOTS = 2_000
"""Of each kind, and of those that went well: more would take longer and tell no more."""
EXAMPLES = 5
_COVERED = 0.8
"""From this share on, rows that run already stop it, and no row is proposed."""


@dataclass(frozen=True)
class Candidate:
    """A row that is proposed, and whether it holds together: `fault` is empty where its own test passes."""

    cells: Mapping[str, str]
    fault: str = ""
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Records that its test needs and the playbook does not have yet."""

    @property
    def case(self) -> str:
        return self.cells["id"]


@dataclass(frozen=True)
class Found:
    """One mechanism of one kind of outcome, said with its values."""

    kind: OutcomeKind
    mechanism: Mechanism
    said: str
    examples: tuple[tuple[str, str], ...]
    """Key of an onboarding and what was so there."""
    stopped_by: tuple[tuple[str, int], ...]
    """Rows that run already and would have stopped some of these."""
    candidate: Candidate | None
    why_none: str = ""

    def to_json(self, loaded: LoadedPlaybook) -> dict[str, Any]:
        return {
            "outcome": self.kind.word,
            "source": self.kind.source,
            "work_area": self.kind.work_area,
            "mechanism": self.said,
            "condition": print_condition(self.mechanism.condition, loaded.playbook.glossary),
            "failed": self.mechanism.failed.to_json(),
            "went_well": self.mechanism.fine.to_json(),
            "lift": round(self.mechanism.lift, 2),
            "chance": self.mechanism.chance,
            "examples": [{"onboarding": key, "why": why} for key, why in self.examples],
            "already_stopped_by": dict(self.stopped_by),
            "candidate": dict(self.candidate.cells) if self.candidate else None,
            "candidate_fault": self.candidate.fault if self.candidate else self.why_none,
        }


@dataclass
class MiningReport:
    """Everything that mining found, and what the data cannot tell."""

    loaded: LoadedPlaybook
    found: list[Found] = field(default_factory=list)
    decided: list[tuple[DecidedRow, Candidate | None]] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)
    went_well: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    """Words that blame instead of naming a mechanism: refused."""
    said: list[str] = field(default_factory=list)
    limits: list[str] = field(default_factory=list)
    faults: list[Diagnostic] = field(default_factory=list)
    fault_count: int = 0
    conditions_tried: int = 0

    def candidates(self) -> list[Candidate]:
        """Every proposed row, each ID once."""
        listed = [each.candidate for each in self.found] + [each for _, each in self.decided]
        return list({each.case: each for each in listed if each is not None}.values())

    def by_area(self) -> dict[str, list[Found]]:
        areas: dict[str, list[Found]] = defaultdict(list)
        for each in self.found:
            areas[each.kind.work_area].append(each)
        return dict(areas)

    def to_json(self) -> dict[str, Any]:
        return {
            "sources": self.said,
            "happened": dict(self.happened),
            "went_well": self.went_well,
            "conditions_tried": self.conditions_tried,
            "found": [each.to_json(self.loaded) for each in self.found],
            "decisions": [
                {**row.to_json(), "candidate": dict(candidate.cells) if candidate else None}
                for row, candidate in self.decided
            ],
            "refused_labels": dict(self.labels),
            "cannot_tell": self.limits,
            "unreadable": self.fault_count,
            "faults": [each.to_json() for each in self.faults],
        }


def mine(
    playbook: Path,
    history: Sequence[str | Path],
    *,
    mapping: Path | None = None,
    preset: str | None = None,
) -> MiningReport:
    """
    Find in a history why onboardings went wrong, and propose rows.

    Raises:
        HoldshortError: The playbook or the history cannot be read at all.
    """
    from holdshort.service.history_sources import read_history

    loaded = load_playbook(playbook)
    source = read_history(history, loaded.playbook.settings.calendar.zone, mapping=mapping, preset=preset)
    return _Miner(loaded, source).report()


class _Miner:
    def __init__(self, loaded: LoadedPlaybook, source: HistorySource) -> None:
        self.loaded, self.source = loaded, source
        playbook = loaded.playbook
        self.glossary = playbook.glossary
        self.zone = playbook.settings.calendar.zone
        self.reader = RecordReader(playbook.glossary, self.zone)
        self.replayer = Replayer(playbook)
        self.records, _ = load_records(loaded.folder / "records")
        path = playbook.clean_path
        begins = [trigger.when for trigger in path.triggers]
        if path.live_onboarding is not None:
            begins.append(path.live_onboarding)
        self._begins = CompiledRules(begins, self.reader, playbook.settings.calendar)
        self._clean: tuple[str, Mapping[str, Any]] | None = None
        self._decisions = RowDecisions()
        self.result = MiningReport(loaded)

    def report(self) -> MiningReport:
        result = self.result
        failed, ages = self._failed()
        fines = self._fine({word: each for word, each in ages.items() if len(failed[word]) >= FEWEST})
        for word, snapshots in failed.items():
            kind = outcome_kind(word)
            assert kind is not None
            if len(snapshots) < FEWEST:
                result.limits.append(f"{word}: it happened {len(snapshots)} times, too seldom to say why")
                continue
            fine = fines[word]
            if len(fine) < FEWEST:
                result.limits.append(
                    f"{word}: only {len(fine)} onboardings went well, so there is nothing to compare the {len(snapshots)} with"
                )
                continue
            self._of_kind(kind, snapshots, fine)
        if not failed:
            result.limits.append(
                "nothing in this history says that anything went wrong: there is no failure to explain; add outcome events, or "
                "outcome columns to the export"
            )
        result.decided += self._decided()
        result.said += self.source.said
        result.limits += self.source.limits
        result.faults, result.fault_count = list(self.source.faults), self.source.fault_count
        order = [kind.word for kind in KINDS]
        result.found.sort(key=lambda each: (order.index(each.kind.word), each.mechanism.chance))
        return result

    # --- what happened, as it was known then ---

    def _failed(self) -> tuple[dict[str, list[Snapshot]], dict[str, _Age]]:
        """The onboardings that went wrong, by outcome, each as it was known just before; and when that was."""
        found: dict[str, _Sample] = defaultdict(_Sample)
        ages: dict[str, _Age] = defaultdict(_Age)
        for history in self.source.onboardings():
            for event in history.of("decision"):
                self._decisions.add(history.key, event)
            seen: set[str] = set()
            for outcome in history.of("outcome"):
                kind = outcome_kind(outcome.word)
                if kind is None or not outcome.dated or kind.word in seen:
                    continue
                seen.add(kind.word)
                self.result.happened[kind.word] += 1
                what = outcome.what
                if what and is_label(what):
                    self.result.labels[what] += 1
                    what = ""
                at = _decisive(history, outcome)
                record = _before(history, at)
                if record is None:
                    continue
                found[kind.word].add(Snapshot(history.key, record, at, what))
                ages[kind.word].add(outcome.of, at, self._began(history))
            if not seen:
                self.result.went_well += self._went_well(history)
        return {word: each.kept() for word, each in found.items()}, ages

    def _went_well(self, history: History) -> bool:
        said = [outcome_kind(each.word) for each in history.of("outcome")]
        if any(kind is not None for kind in said):
            return False
        return bool(said) or not self.source.says_well

    def _fine(self, ages: Mapping[str, _Age]) -> dict[str, list[Snapshot]]:
        """Those that went well, for each kind of outcome at the moment of the same action, or at the same age."""
        found = {word: _Sample() for word in ages}
        usual = {word: age.usual() for word, age in ages.items()}
        for history in self.source.onboardings():
            if not self._went_well(history):
                continue
            runs = {each.word: each.at for each in reversed(history.of("action"))}
            began: datetime | None = None
            for word, (kind, lasted) in usual.items():
                at = runs.get(kind) if kind else None
                if at is None:
                    began = began or self._began(history)
                    at = None if began is None else began + lasted
                record = _before(history, at) if at is not None else None
                if at is not None and record is not None:
                    found[word].add(Snapshot(history.key, record, at))
        return {word: each.kept() for word, each in found.items()}

    def _began(self, history: History) -> datetime | None:
        record: dict[str, Any] = {"record_id": history.key}
        for event in history.of("facts"):
            record = learnt(record, event.record)
            if any(truth is not False for _, truth in self._begins.found(record, event.at)):
                return event.at
        return None

    # --- why ---

    def _of_kind(self, kind: OutcomeKind, failed: list[Snapshot], fine: list[Snapshot]) -> None:
        conditions = conditions_to_try(self.glossary, self.reader, failed, fine)
        self.result.conditions_tried += len(conditions)
        masks = self._masks(conditions, [*failed, *fine])
        whole = (1 << len(failed)) - 1
        own, other = [each & whole for each in masks], [each >> len(failed) for each in masks]
        mechanisms = find_mechanisms(conditions, own, other, (len(failed), len(fine)), self.glossary)
        explained = sum(len(each.members) for each in mechanisms)
        for each in mechanisms:
            self.result.found.append(self._found(kind, each, failed))
        if explained < len(failed):
            left = len(failed) - explained
            self.result.limits.append(
                f"{kind.word}: {left} of {len(failed)} stay unexplained: none of {len(conditions)} conditions over these facts tells "
                f"them from the {len(fine)} that went well"
            )

    def _masks(self, conditions: Sequence[ast.Condition], snapshots: Sequence[Snapshot]) -> list[int]:
        """For each condition the snapshots for which it is matched, a bit each."""
        from holdshort.history.rules import ColumnarRules

        rules = ColumnarRules(conditions, self.reader, self.loaded.playbook.settings.calendar)
        records = [{**each.record, "as_of": each.at.isoformat()} for each in snapshots]
        frame = rules.evaluate(records, [each.at for each in snapshots]).frame
        masks = []
        for series in frame:
            mask = 0
            for place in series.fill_null(value=False).arg_true():
                mask |= 1 << int(place)
            masks.append(mask)
        return masks

    def _found(self, kind: OutcomeKind, mechanism: Mechanism, failed: Sequence[Snapshot]) -> Found:
        members = [failed[at] for at in mechanism.members]
        examples = tuple((each.key, self._why(mechanism.condition, each)) for each in members[:EXAMPLES])
        stopped = self._stopped_by(kind, members)
        said = (
            f"{print_condition(mechanism.condition, self.glossary)}: so in {mechanism.failed.count} of {mechanism.failed.of} onboardings "
            f"in which {kind.said}, and in {mechanism.fine.count} of {mechanism.fine.of} that went well"
        )
        covered = max((count for _, count in stopped), default=0)
        if covered >= _COVERED * len(members):
            rows = ", ".join(case for case, _ in stopped[:3])
            return Found(
                kind,
                mechanism,
                said,
                examples,
                stopped,
                None,
                f"{rows} would have stopped it: no row is needed",
            )
        candidate = self._candidate(kind, mechanism, members)
        if isinstance(candidate, str):
            return Found(kind, mechanism, said, examples, stopped, None, candidate)
        return Found(kind, mechanism, said, examples, stopped, candidate)

    def _why(self, condition: ast.Condition, snapshot: Snapshot) -> str:
        record = {**snapshot.record, "as_of": snapshot.at.isoformat()}
        calendar = self.loaded.playbook.settings.calendar
        at = Situation(record, self.reader, calendar, snapshot.at)
        why = "; ".join(reasons(condition, at, True))
        return f"{why}; afterwards: {snapshot.what}" if snapshot.what else why

    def _stopped_by(self, kind: OutcomeKind, members: Sequence[Snapshot]) -> tuple[tuple[str, int], ...]:
        counts: Counter[str] = Counter()
        held = set(kind.holds)
        for each in members[:MOST_SNAPSHOTS]:
            record = {**each.record, "as_of": each.at.isoformat()}
            answer = self.replayer.screener.screen(record, 1, each.at)
            counts.update(found.case for found in answer.findings if held & set(found.holds))
        return tuple(counts.most_common())

    # --- a row against it ---

    def _candidate(
        self, kind: OutcomeKind, mechanism: Mechanism, members: Sequence[Snapshot]
    ) -> Candidate | str:
        clean = self._clean_record()
        if clean is None:
            return "the playbook has no record on which no row finds anything, so no test can be made"
        condition = mechanism.condition
        name = case_id(condition, self.glossary).casefold()
        test = proposed_test(condition, clean[0], clean[1], members[0].record, self.glossary, name)
        if test is None:
            return "no test can be made of it by itself; write the row by hand"
        kind = self._filled(kind)
        scenario = _scenario(print_condition(condition, self.glossary), kind)
        sources = [f"history: {', '.join(each.key for each in members[:EXAMPLES])}"]
        row = cells(condition, kind, test, scenario, sources, self.glossary, self.loaded.playbook.catalogue)
        return self._proven(row, test)

    def _filled(self, kind: OutcomeKind) -> OutcomeKind:
        """The kind with owners whom somebody fills in this playbook, where there are any."""
        settings = self.loaded.playbook.settings
        filled = [TITLES[role] for role in settings.people if settings.people[role]]
        usual = [TITLES.get(settings.pause_owner, ""), "RevOps", *filled]
        owner = next((each for each in (kind.owner, kind.escalation, *usual) if each in filled), kind.owner)
        other = next(
            (each for each in (kind.escalation, *usual) if each in filled and each != owner), kind.escalation
        )
        return replace(kind, owner=owner, escalation=other)

    def _clean_record(self) -> tuple[str, Mapping[str, Any]] | None:
        if self._clean is None:
            now = datetime.now(UTC)
            for name in sorted(
                self.records, key=lambda each: (not each.startswith("clean"), len(each), each)
            ):
                record = self.records[name]
                if "as_of" in record and self.replayer.screener.screen(record, 1, now).verdict == "clean":
                    self._clean = name, record
                    break
        return self._clean

    def _proven(self, row: dict[str, str], test: ProposedTest | None) -> Candidate:
        """The row with what is wrong about it, if anything: it must parse, and its own test must pass."""
        own: dict[str, Mapping[str, Any]] = {}
        records = dict(self.records)
        if test is not None and test.own_record:
            own[test.name] = {"base": test.record, "change": test.own_record}
            records[test.name] = merged(self.records[test.record], test.own_record)
        return Candidate(row, prove_row(self.loaded, row, records), own)

    # --- decisions of people ---

    def _decided(self) -> Iterator[tuple[DecidedRow, Candidate | None]]:
        for row in self._decisions.rows():
            case = self.loaded.playbook.register.case(row.case)
            texts = row.proposal(case, self.loaded.playbook.catalogue) if case is not None else None
            yield row, self._proven(texts, None) if texts is not None else None


def prove_row(
    loaded: LoadedPlaybook, row: Mapping[str, str], records: Mapping[str, Mapping[str, Any]]
) -> str:
    """What is wrong about a proposed row; empty where it parses and its own test passes beside the register's rows."""
    table = make_table([row], name="candidates")
    register, faults = read_with_words_of(loaded, table)
    errors = [each for each in faults if each.severity == "error"]
    if errors or not register.cases:
        return errors[0].message if errors else "the row cannot be read"
    case = register.cases[0]
    if not case.tests:
        return "the row has no test"
    others = [each for each in loaded.playbook.register.cases if each.case.casefold() != case.case.casefold()]
    playbook = replace(loaded.playbook, register=replace(loaded.playbook.register, cases=(*others, case)))
    outcomes = run_tests(case, Screener(playbook), records, datetime.now(UTC))
    return next((each.failures[0] for each in outcomes if not each.passed), "")


def candidate_table(candidates: Iterable[Candidate]) -> RegisterTable:
    """The candidates as rows of a register."""
    return make_table([each.cells for each in candidates], name="candidates")


def write_candidates(report: MiningReport, file: Path) -> int:
    """
    Write every candidate that holds together into a register file of its own, with the records its tests need beside it.

    Raises:
        HoldshortError: The ending of `file` is none of a register, or it cannot be written.
    """
    from holdshort.importers.register_files import write_register
    from holdshort.service.registers import drop_downs, glossary_sheet

    chosen = [each for each in report.candidates() if not each.fault]
    write_register(
        file, candidate_table(chosen), drop_downs(report.loaded), glossary_sheet(report.loaded), "long"
    )
    _write_records(file.parent / f"{file.stem}-records", chosen)
    return len(chosen)


def accept(report: MiningReport, wanted: Sequence[str], *, write: bool) -> ImportReport:
    """
    Add candidates to the playbook's register by way of the import: a dry run, unless `write`.

    Raises:
        HoldshortError: There is no such candidate, or it does not hold together.
    """
    from tempfile import TemporaryDirectory

    from holdshort.importers.register_files import write_register
    from holdshort.service.registers import drop_downs, glossary_sheet

    known = {each.case.casefold(): each for each in report.candidates()}
    chosen = [_chosen(each, known) for each in dict.fromkeys(wanted)]
    folder = report.loaded.folder
    with TemporaryDirectory() as place:
        file = Path(place) / "accepted.yaml"
        write_register(
            file, candidate_table(chosen), drop_downs(report.loaded), glossary_sheet(report.loaded), "long"
        )
        if write:
            _write_records(folder / "records", chosen)
        planned = plan_import(folder, file, partial=True)
        return write_import(planned) if write else planned


def _chosen(case: str, known: Mapping[str, Candidate]) -> Candidate:
    candidate = known.get(case.strip().casefold())
    if candidate is None or candidate.fault:
        why = (
            f"`{case}` is no candidate"
            if candidate is None
            else f"`{case}` does not hold together: {candidate.fault}"
        )
        listed = ", ".join(f"`{each.case}`" for each in known.values() if not each.fault) or "there are none"
        raise HoldshortError([Diagnostic("MINE-001", why, Where(), f"choose among {listed}")])
    return candidate


def _write_records(folder: Path, candidates: Iterable[Candidate]) -> None:
    from holdshort.importers.register_files import replace_file

    for candidate in candidates:
        for name, record in candidate.records.items():
            folder.mkdir(parents=True, exist_ok=True)
            replace_file(
                folder / f"{name}.json", (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode()
            )


# --- moments ---


def _decisive(history: History, outcome: HistoryEvent) -> datetime:
    """The moment that decided about an outcome: when the action it came of ran, else when it happened."""
    runs = (each.at for each in history.of("action") if each.word == outcome.of and each.at <= outcome.at)
    return max(runs, default=outcome.at)


def _before(history: History, at: datetime) -> dict[str, Any] | None:
    """The record as it was known just before a moment; None where nothing was."""
    record: dict[str, Any] = {"record_id": history.key}
    known = False
    for event in history.of("facts"):
        if event.at >= at:
            break
        record = learnt(record, event.record)
        known = True
    return record if known else None


@dataclass
class _Age:
    """When, after the beginning, the moments of one kind of outcome lay, and of which action they mostly came."""

    lasted: list[timedelta] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, at: datetime, began: datetime | None) -> None:
        self.kinds[kind] += 1
        if began is not None and at > began:
            self.lasted.append(at - began)

    def usual(self) -> tuple[str, timedelta]:
        kind, count = self.kinds.most_common(1)[0] if self.kinds else ("", 0)
        common = kind if count * 2 > sum(self.kinds.values()) else ""
        return common, sorted(self.lasted)[len(self.lasted) // 2] if self.lasted else timedelta(days=1)


class _Sample:
    """Keeps at most so many snapshots, the same ones whatever their order: those whose keys digest to the least."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, int, Snapshot]] = []
        self._count = 0

    def add(self, snapshot: Snapshot) -> None:
        self._count += 1
        digest = sha256(snapshot.key.encode()).hexdigest()
        self._kept.append((digest, self._count, snapshot))
        if len(self._kept) > 2 * MOST_SNAPSHOTS:
            self._kept = sorted(self._kept)[:MOST_SNAPSHOTS]

    def kept(self) -> list[Snapshot]:
        chosen = sorted(self._kept, key=lambda each: each[:2])[:MOST_SNAPSHOTS]
        return [each[2] for each in sorted(chosen, key=lambda each: each[1])]


def _scenario(condition: str, kind: OutcomeKind) -> str:
    return f"{condition[:1].upper()}{condition[1:]}; in the past {kind.said} where this was so"
