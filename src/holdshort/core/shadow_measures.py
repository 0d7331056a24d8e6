"""
What a register would have caught, and what it would have cost: counted onboarding by onboarding, in flat memory.

Catch: onboardings that went wrong and of which it would have stopped at least one bad outcome before it happened.
Drag: onboardings that went well and in which it would have held something that ran.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from holdshort.core.playbook import Settings
from holdshort.core.register import TIER_ORDER
from holdshort.core.shadow import Replayed, waiting_hours
from holdshort.core.shadow_statistics import METHOD, Mean, Share

EXAMPLES = 5
FEWEST = 10
"""Below so many onboardings that a row held, nothing is said about its tier."""
_TIERS = ("low", "medium", "high", "hold")


@dataclass
class RowCount:
    """What one row came to; `case` is empty for all rows together."""

    case: str = ""
    tier: str = ""
    owner: str = ""
    caught: int = 0
    held_clean: int = 0
    held_bad: int = 0
    """Onboardings that went wrong and that it held somewhere, whether or not that stopped the bad outcome."""
    held_open: int = 0
    """Onboardings that it held and of which nobody says how they ended."""
    stood: int = 0
    """Onboardings in which its finding stood at some moment."""
    only_caught: int = 0
    only_held_clean: int = 0
    undated: int = 0
    """Onboardings with a bad outcome of unknown moment, in which it stood: nobody can say whether before."""
    by_word: Counter[str] = field(default_factory=Counter)
    hours: Mean = field(default_factory=Mean)
    minutes: float = 0.0
    minutes_on_clean: float = 0.0
    caught_keys: list[str] = field(default_factory=list)
    held_keys: list[str] = field(default_factory=list)


@dataclass
class Measures:
    """One register over a history. Hand in every replayed onboarding, then read."""

    settings: Settings
    needs_well: bool = False
    """The history says which onboardings went well; those of which it says nothing count as neither."""
    onboardings: int = 0
    never_began: int = 0
    bad: int = 0
    clean: int = 0
    open: int = 0
    bad_undated: int = 0
    """Onboardings that went wrong at moments nobody knows; they are left out of the catch."""
    assumed_starts: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    caught_outcomes: Counter[str] = field(default_factory=Counter)
    total: RowCount = field(default_factory=RowCount)
    rows: dict[str, RowCount] = field(default_factory=dict)

    def add(self, each: Replayed) -> tuple[bool, bool]:
        """Count one onboarding; return whether it was caught, and whether it was held though it went well."""
        self.onboardings += 1
        if each.began_at is None and not each.bad:
            self.never_began += 1
            return False, False
        self.assumed_starts += each.assumed_start
        dated = [bad for bad in each.bad if bad.dated]
        for bad in dated:
            self.outcomes[bad.kind.word] += 1
            self.caught_outcomes[bad.kind.word] += bool(bad.caught_by)
        stood = {case: found for moment in each.moments for case, found in moment.findings.items()}
        for case, found in stood.items():
            row = self._row(case, found.tier, found.owner)
            row.stood += 1
            row.undated += bool(each.bad) and not dated
        if each.bad and not dated:
            self.bad_undated += 1
            return False, False
        caught = self._caught(each) if dated else False
        held = self._held(each, is_bad=bool(dated))
        return caught, held

    def _caught(self, each: Replayed) -> bool:
        self.bad += 1
        dated = [bad for bad in each.bad if bad.dated]
        cases = dict.fromkeys(case for bad in dated for case in bad.caught_by)
        for bad in dated:
            for case in bad.caught_by:
                self.rows[case].by_word[bad.kind.word] += 1
        for row in [self.rows[case] for case in cases] + ([self.total] if cases else []):
            row.caught += 1
            _keep(row.caught_keys, each.key)
        if len(cases) == 1:
            self.rows[next(iter(cases))].only_caught += 1
        return bool(cases)

    def _held(self, each: Replayed, *, is_bad: bool) -> bool:
        is_clean = not is_bad and (each.well or not self.needs_well)
        self.clean += is_clean
        self.open += not is_bad and not is_clean
        cases = dict.fromkeys(case for held in each.held for case in held.by)
        for row in [self.rows[case] for case in cases] + ([self.total] if cases else []):
            row.held_bad += is_bad
            row.held_open += not is_bad and not is_clean
        self._count_minutes(each, list(cases), is_clean)
        if not (cases and is_clean):
            return False
        longest = 0.0
        for case in cases:
            row = self.rows[case]
            limit = self.settings.sla.limit(row.tier, row.owner)
            waits = [
                waiting_hours(each, held, case, limit, self.settings.hours)
                for held in each.held
                if case in held.by
            ]
            row.held_clean += 1
            row.hours.add(max(waits))
            longest = max(longest, *waits)
            _keep(row.held_keys, each.key)
        self.total.held_clean += 1
        self.total.hours.add(longest)
        _keep(self.total.held_keys, each.key)
        if len(cases) == 1:
            self.rows[next(iter(cases))].only_held_clean += 1
        return True

    def _count_minutes(self, each: Replayed, cases: list[str], is_clean: bool) -> None:
        """One review for each row by itself; for all together one for each owner, at the strictest tier."""
        strictest: dict[str, str] = {}
        for case in cases:
            row = self.rows[case]
            minutes = self.settings.shadow.minutes[row.tier]
            row.minutes += minutes
            row.minutes_on_clean += minutes * is_clean
            known = strictest.get(row.owner, "low")
            strictest[row.owner] = max(known, row.tier, key=lambda tier: TIER_ORDER[tier])
        minutes = sum(self.settings.shadow.minutes[tier] for tier in strictest.values())
        self.total.minutes += minutes
        self.total.minutes_on_clean += minutes * is_clean

    def _row(self, case: str, tier: str, owner: str) -> RowCount:
        if case not in self.rows:
            self.rows[case] = RowCount(case, tier, owner)
        return self.rows[case]

    # --- reading ---

    def catch(self, row: RowCount) -> Share:
        return Share(row.caught, self.bad)

    def drag(self, row: RowCount) -> Share:
        return Share(row.held_clean, self.clean)

    def right(self, row: RowCount) -> Share:
        """Of the onboardings that it held and that ended one way or the other, those that it was right to hold."""
        return Share(row.caught, row.caught + row.held_clean)

    def suggested_tier(self, row: RowCount) -> tuple[str, str]:
        """A tier for the row as this history would have it, and why. A suggestion: a person sets tiers."""
        right = self.right(row)
        if right.of < FEWEST:
            return row.tier, f"it decided about {right.of} onboardings here, too few to say"
        said = f"right in {right.count} of {right.of} (95%: {right.low:.0%} to {right.high:.0%})"
        place = _TIERS.index(row.tier)
        if row.tier == "hold":
            return row.tier, f"{said}; what hold protects is not weighed by counting"
        if right.low >= 0.5 and row.tier in ("low", "medium"):
            return _TIERS[place + 1], f"{said}: more than half of its holds were needed"
        if right.high < 0.1 and row.tier in ("high", "medium"):
            return _TIERS[place - 1], f"{said}: nine of ten holds were not needed; or narrow its trigger"
        return row.tier, said

    def to_json(self) -> dict[str, Any]:
        return {
            "onboardings": self.onboardings,
            "went_wrong": self.bad,
            "went_well": self.clean,
            "still_open": self.open,
            "never_began": self.never_began,
            "went_wrong_at_an_unknown_moment": self.bad_undated,
            "outcomes": {
                word: {"happened": count, "caught": self.caught_outcomes[word]}
                for word, count in sorted(self.outcomes.items())
            },
            "method": METHOD,
            "minutes_per_review": dict(self.settings.shadow.minutes),
            "total": self._row_json(self.total),
            "rows": [self._row_json(self.rows[case]) for case in self.rows],
        }

    def _row_json(self, row: RowCount) -> dict[str, Any]:
        data: dict[str, Any] = {
            "catch": self.catch(row).to_json(),
            "drag": self.drag(row).to_json(),
            "hours_added": row.hours.to_json(),
            "held_of_unknown_ending": row.held_open,
            "reviewer_minutes": round(row.minutes, 1),
            "reviewer_minutes_on_clean": round(row.minutes_on_clean, 1),
            "caught_onboardings": row.caught_keys,
            "held_clean_onboardings": row.held_keys,
        }
        if not row.case:
            return data
        tier, why = self.suggested_tier(row)
        return {
            "case": row.case,
            "tier": row.tier,
            "owner": row.owner,
            **data,
            "right": self.right(row).to_json(),
            "stood": row.stood,
            "only_this_row_catches": row.only_caught,
            "only_this_row_holds_clean": row.only_held_clean,
            "caught_by_outcome": dict(sorted(row.by_word.items())),
            "stood_where_the_moment_is_unknown": row.undated,
            "suggested_tier": tier,
            "why": why,
        }


def _keep(keys: list[str], key: str) -> None:
    if len(keys) < EXAMPLES:
        keys.append(key)
