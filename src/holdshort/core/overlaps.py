"""
Where rows get in each other's way, and where nobody looks: shown as records, not as a matrix.

Every record of a playbook is screened as it is, and again with each pair of like values made to differ. Two rows that find
something on the same record overlap where different people decide the same action; they conflict where one asks for what the
other holds. A difference that no row finds is a gap.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations
from typing import Any, Literal

from holdshort.core.answers import Finding
from holdshort.core.differences import Teller
from holdshort.core.escapes.search import by_use
from holdshort.core.example_edits import with_raw
from holdshort.core.example_values import near_values
from holdshort.core.glossary import Name
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown
from holdshort.core.reading import same
from holdshort.core.roles import TITLES
from holdshort.core.rules.walk import names_in
from holdshort.core.screening import Screener

Record = Mapping[str, Any]
What = Literal["overlap", "conflict", "gap"]
_ORDER: tuple[What, ...] = ("gap", "conflict", "overlap")


@dataclass(frozen=True, slots=True)
class Overlap:
    """One thing that a record shows; `changes` tell it from the record of that name."""

    what: What
    cases: tuple[str, ...]
    says: str
    record_name: str
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "cases": list(self.cases),
            "says": self.says,
            "record": self.record_name,
            "changes": list(self.changes),
        }


@dataclass(frozen=True)
class OverlapReport:
    register: str
    found: tuple[Overlap, ...]
    records: int

    def count(self, what: What) -> int:
        return sum(each.what == what for each in self.found)

    def summary(self) -> str:
        said = ", ".join(f"{self.count(what)} {what}s" for what in _ORDER)
        return f"{said} on {self.records:,} records of register {self.register[:12]}"

    def to_json(self) -> dict[str, Any]:
        return {
            "register": self.register,
            "records": self.records,
            "found": [each.to_json() for each in self.found],
        }


def find_overlaps(playbook: Playbook, records: Mapping[str, Record], now: datetime) -> OverlapReport:
    """
    Look for gaps, conflicts and overlaps.

    Args:
        records: The playbook's records by name.
        now: The moment of the evaluation for records that state none.

    Returns:
        Each pair of rows and each pair of names once, with the record that shows it; gaps first.
    """
    screener = Screener(playbook)
    teller = Teller(playbook.glossary)
    reads = {
        each.case: frozenset(names_in(each.trigger, playbook.glossary)) for each in playbook.register.active
    }
    found: dict[tuple[object, ...], Overlap] = {}
    looked = 0
    for name, base, record, pair in _records(playbook, records, screener):
        looked += 1
        answer = screener.screen(record, 1, now)
        if answer.verdict == "not triggered":
            continue
        changes = tuple(each.words for each in teller.differences(base, record)) if record is not base else ()
        if pair is not None and not answer.findings:
            key = ("gap", *sorted(pair))
            says = f"{pair[0]} and {pair[1]} differ, and no row finds anything"
            found.setdefault(key, Overlap("gap", (), says, name, changes))
        matched = [each for each in answer.findings if each.result == "matched" and each.case in reads]
        for left, right in combinations(matched, 2):
            for what, says in _between(left, right, reads):
                found.setdefault(
                    (what, left.case, right.case), Overlap(what, (left.case, right.case), says, name, changes)
                )
    ordered = sorted(found.values(), key=lambda each: (_ORDER.index(each.what), each.cases))
    return OverlapReport(playbook.register.digest, tuple(ordered), looked)


def _records(
    playbook: Playbook, records: Mapping[str, Record], screener: Screener
) -> Iterator[tuple[str, Record, Record, tuple[str, str] | None]]:
    """Name, record as it is, record as it is screened, and the two names that were made to differ."""
    for name, record in records.items():
        yield name, record, record, None
    clean = next(iter(by_use(playbook, records)), "")
    if not clean:
        return
    base = records[clean]
    kinds: dict[str, list[Name]] = {}
    for each in playbook.glossary.names.values():
        if each.kind and each.paths and not each.is_list and not each.is_about_ai:
            kinds.setdefault(each.kind, []).append(each)
    for names in kinds.values():
        for left, right in combinations(names, 2):
            value, other = screener.reader.read(left, base), screener.reader.read(right, base)
            if isinstance(value, NotKnown) or isinstance(other, NotKnown) or not same(left, value, other):
                continue
            for raw in near_values(other, right)[1:2]:
                yield clean, base, with_raw(base, right, raw), (left.name, right.name)


def _between(
    left: Finding, right: Finding, reads: Mapping[str, frozenset[str]]
) -> Iterator[tuple[What, str]]:
    for one, other in ((left, right), (right, left)):
        both = [kind for kind in one.asks if kind in other.holds]
        if both:
            yield "conflict", f"{one.case} asks for {_said(both)}, which {other.case} holds"
            return
    shared = [kind for kind in left.holds if kind in right.holds]
    if shared and left.owner != right.owner and reads[left.case] & reads[right.case]:
        tiers = "" if left.tier == right.tier else f"; one is {left.tier}, the other {right.tier}"
        yield (
            "overlap",
            f"{TITLES.get(left.owner, left.owner)} and {TITLES.get(right.owner, right.owner)} both decide {_said(shared)} "
            f"over the same values ({', '.join(sorted(reads[left.case] & reads[right.case])[:3])}){tiers}",
        )


def _said(kinds: list[str]) -> str:
    shown = ", ".join(each.replace("_", " ") for each in kinds[:3])
    return shown + (f" and {len(kinds) - 3} more" if len(kinds) > 3 else "")
