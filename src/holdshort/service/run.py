"""The main job: many records through one playbook, answered one by one in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from holdshort.core.answers import Answer
from holdshort.core.diagnostics import Diagnostic, Where
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook
from holdshort.service.record_sources import read_sources

if TYPE_CHECKING:
    from holdshort.importers.records_json import RecordLine


@dataclass(frozen=True, slots=True)
class Answered:
    """One record with its answer; without one, `faults` say why it could not be read."""

    line: int
    record: dict[str, Any] | None
    answer: Answer | None
    faults: tuple[Diagnostic, ...] = ()


@dataclass
class Tally:
    """What a run came to so far. Counts onboardings, never tasks."""

    answered: int = 0
    unreadable: int = 0
    remarks: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    reviewers: Counter[str] = field(default_factory=Counter)

    def add(self, each: Answered) -> None:
        self.remarks += sum(1 for fault in each.faults if fault.severity != "error")
        if each.answer is None:
            self.unreadable += 1
            return
        self.answered += 1
        self.verdicts[each.answer.verdict] += 1
        if each.answer.reviewer != "none":
            self.reviewers[each.answer.reviewer] += 1


class Run:
    """A run that is under way: iterate over it once, then read `tally` and `exit_code`."""

    def __init__(
        self, loaded: LoadedPlaybook, lines: Iterable[RecordLine], now: datetime, limit: int | None
    ) -> None:
        self.loaded = loaded
        self.now = now
        self.tally = Tally()
        self._lines = lines
        self._limit = limit
        self._screener = Screener(loaded.playbook)

    def __iter__(self) -> Iterator[Answered]:
        for count, line in enumerate(self._lines, start=1):
            each = self._answer(line)
            self.tally.add(each)
            yield each
            if count == self._limit:
                return

    @property
    def exit_code(self) -> int:
        """
        0: every row of the register ran and every record was answered, whatever the answers are.

        1: some records could not be read, or some rows of the register did not run: the others were still answered.
        2: not one record could be answered.

        Source: semantics 5; a finding is what the run is for, so it is no failure of the run.
        """
        if not self.tally.answered:
            return 2
        return 1 if self.tally.unreadable or self.loaded.errors or self.rows_off else 0

    @property
    def rows_off(self) -> tuple[str, ...]:
        """Rows of the register that did not run: they could not be read, or have no acceptance test."""
        active = {case.case for case in self.loaded.playbook.register.active}
        return tuple(row.case or "(no ID)" for row in self.loaded.table.rows if row.case not in active)

    def _answer(self, line: RecordLine) -> Answered:
        if line.record is None:
            return Answered(line.line, None, None, line.faults)
        try:
            answer = self._screener.screen(line.record, line.line, self.now)
        except Exception as error:
            # One record that breaks the program must neither hide the next one nor pass for an answered one.
            fault = Diagnostic(
                "RUN-001",
                f"the record could not be answered; this is a fault of the program: `{error}`",
                Where(line=line.line),
                "keep its automation stopped, and report the fault with this record",
            )
            return Answered(line.line, line.record, None, (*line.faults, fault))
        return Answered(line.line, line.record, answer, line.faults)


def run_records(
    playbook_folder: Path,
    sources: Sequence[str | Path],
    now: datetime,
    *,
    mapping: Path | None = None,
    preset: str | None = None,
    register: Path | None = None,
    limit: int | None = None,
    stdin: IO[bytes] | None = None,
) -> Run:
    """
    Answer every record of `sources`, in their order, in flat memory.

    Args:
        playbook_folder: The playbook; rows of its register with errors do not run (see `Run.loaded.errors`).
        sources: .json, .jsonl and `-` (standard input), or .csv, .tsv, .xlsx and .parquet exports, which are
            read together because their tables join.
        now: The moment of the evaluation (UTC) for records that state no `as_of`.
        mapping: A mapping file for the exports.
        preset: Name of a preset for the exports instead.
        register: Another register file to run with this playbook's words.
        limit: Read no more than this many records.

    Raises:
        HoldshortError: the playbook cannot be read at all, or an export has neither mapping nor preset.
    """
    lines = read_sources(sources, mapping=mapping, preset=preset, stdin=stdin)
    loaded = load_playbook(playbook_folder, register)
    return Run(loaded, lines, now, limit)
