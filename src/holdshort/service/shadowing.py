"""
Replay a history through a register, and through another beside it: what would have been stopped, and what held for nothing.

Nothing here can act: a replay screens records and counts. One onboarding is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdshort.core.diagnostics import Diagnostic
from holdshort.core.register import EdgeCase
from holdshort.core.shadow import Replayed, Replayer
from holdshort.core.shadow_measures import Measures
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

if TYPE_CHECKING:
    from holdshort.service.history_sources import HistorySource

DAYS = 90


@dataclass
class Side:
    """One register with what the history made of it."""

    name: str
    loaded: LoadedPlaybook
    measures: Measures

    @property
    def cases(self) -> tuple[EdgeCase, ...]:
        return self.loaded.playbook.register.active

    def silent(self) -> tuple[str, ...]:
        """Active rows that never found anything in this history."""
        return tuple(each.case for each in self.cases if each.case not in self.measures.rows)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "register": self.loaded.playbook.register.digest,
            "rows_that_run": len(self.cases),
            **self.measures.to_json(),
            "rows_without_a_finding": list(self.silent()),
        }


@dataclass
class Comparison:
    """What one register does and the other does not, counted over the same onboardings."""

    caught_by_both: int = 0
    caught_by_first: int = 0
    caught_by_second: int = 0
    held_by_both: int = 0
    held_by_first: int = 0
    held_by_second: int = 0

    def add(self, first: tuple[bool, bool], second: tuple[bool, bool]) -> None:
        self.caught_by_both += first[0] and second[0]
        self.caught_by_first += first[0] and not second[0]
        self.caught_by_second += second[0] and not first[0]
        self.held_by_both += first[1] and second[1]
        self.held_by_first += first[1] and not second[1]
        self.held_by_second += second[1] and not first[1]

    def to_json(self) -> dict[str, Any]:
        return {
            "caught": {
                "both": self.caught_by_both,
                "only_first": self.caught_by_first,
                "only_second": self.caught_by_second,
            },
            "clean_held": {
                "both": self.held_by_both,
                "only_first": self.held_by_first,
                "only_second": self.held_by_second,
            },
        }


@dataclass
class ShadowReport:
    """A history through one register or two, with what it cannot tell."""

    sides: list[Side]
    since: datetime | None
    until: datetime | None
    said: tuple[str, ...]
    limits: tuple[str, ...]
    faults: tuple[Diagnostic, ...]
    fault_count: int
    outside: int = 0
    """Onboardings that began before the days looked at."""
    comparison: Comparison | None = None
    replayed: int = 0
    moments: int = 0
    extra_limits: list[str] = field(default_factory=list)

    @property
    def first(self) -> Side:
        return self.sides[0]

    def all_limits(self) -> list[str]:
        return [*self.limits, *self.extra_limits]

    def to_json(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "replayed": self.replayed,
            "moments": self.moments,
            "began_earlier": self.outside,
            "sources": list(self.said),
            "cannot_tell": self.all_limits(),
            "unreadable": self.fault_count,
            "faults": [each.to_json() for each in self.faults],
            "registers": [each.to_json() for each in self.sides],
            "comparison": self.comparison.to_json() if self.comparison else None,
        }


def shadow(
    playbook: Path,
    history: Sequence[str | Path],
    *,
    against: Path | None = None,
    register: Path | None = None,
    days: int = DAYS,
    mapping: Path | None = None,
    preset: str | None = None,
) -> ShadowReport:
    """
    Replay a history through the register of a playbook.

    Args:
        playbook: The playbook's folder.
        history: Files and folders; see `service.history_sources`.
        against: Another playbook folder, or a register file to run with this playbook's words.
        register: A register file to run instead of the playbook's own.
        days: How many days back from the last event an onboarding may have begun.
        mapping: For plain exports.
        preset: For plain exports and history tables.

    Raises:
        HoldshortError: The playbook or the history cannot be read at all.
    """
    from holdshort.service.history_sources import read_history

    loaded = load_playbook(playbook, register)
    sides = [_side(register.name if register else playbook.name, loaded)]
    if against is not None:
        other = load_playbook(against) if against.is_dir() else load_playbook(playbook, against)
        sides.append(_side(against.name, other))
    source = read_history(history, loaded.playbook.settings.calendar.zone, mapping=mapping, preset=preset)
    return replay(source, sides, days)


def _side(name: str, loaded: LoadedPlaybook) -> Side:
    return Side(name, loaded, Measures(loaded.playbook.settings))


def replay(source: HistorySource, sides: list[Side], days: int) -> ShadowReport:
    """Replay every onboarding of a history that began in its last `days` through every side."""
    until = source.latest
    since = until - timedelta(days=days) if until is not None else None
    report = ShadowReport(
        sides, since, until, tuple(source.said), tuple(source.limits), tuple(source.faults), source.fault_count,
        comparison=Comparison() if len(sides) == 2 else None,
    )  # fmt: skip
    replayers = [Replayer(each.loaded.playbook) for each in sides]
    for each in sides:
        # Silence says that all went well only where somebody wrote down what did not.
        each.measures.needs_well = source.says_well or not source.outcomes
    for history in source.onboardings():
        seen = [each.replay(history) for each in replayers]
        if since is not None and _began(seen[0]) < since:
            report.outside += 1
            continue
        report.replayed += 1
        report.moments += len(seen[0].moments)
        found = [side.measures.add(one) for side, one in zip(sides, seen, strict=True)]
        if report.comparison is not None:
            report.comparison.add(found[0], found[1])
    report.extra_limits += _limits_of(sides[0], source)
    return report


def _began(each: Replayed) -> datetime:
    return each.began_at or each.moments[-1].at


def _limits_of(side: Side, source: HistorySource) -> list[str]:
    measures = side.measures
    found = []
    if not source.outcomes:
        found.append(
            "nothing in this history says how an onboarding ended, so there is neither catch nor drag to measure, only what would "
            "have been held; add outcome events, or outcome columns to the export"
        )
    if measures.bad_undated:
        found.append(
            f"{measures.bad_undated} onboardings went wrong at a moment that nobody wrote down, so it cannot be said whether a row "
            "would have stood before; they are left out of the catch"
        )
    if measures.assumed_starts:
        found.append(
            f"{measures.assumed_starts} onboardings have no action on record: automation is taken to have acted the moment they began"
        )
    if not source.says_well and source.outcomes:
        found.append(
            "no onboarding is said to have gone well: every one without a bad outcome counts as clean, those still under way too"
        )
    if measures.never_began:
        found.append(
            f"{measures.never_began} of {measures.onboardings} onboardings never showed a trigger of the clean path in these facts, "
            "so no row was asked"
        )
    found.append(
        "a hold is taken to have worked: that a reviewer looks in time and decides rightly is assumed, not measured"
    )
    return found
