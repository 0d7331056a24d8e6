"""All families of slips together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from holdshort.core.acceptance import Record
from holdshort.core.mutants import assistance, auditing, checks, deciding, holding, places, triggers
from holdshort.core.mutants.mutant import Family, Ground, Mutant
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.register import EdgeCase
from holdshort.core.text import fold

FAMILIES: tuple[Family, ...] = (
    places.mutants,
    triggers.mutants,
    checks.mutants,
    holding.mutants,
    deciding.mutants,
    assistance.mutants,
    auditing.mutants,
)


def mutants_of(row: EdgeCase, ground: Ground) -> list[Mutant]:
    """Every mutant of one row, in the order of its columns."""
    return [each for family in FAMILIES for each in family(row, ground)]


def ground_of(playbook: Playbook, records: Mapping[str, Record]) -> Ground:
    """The playbook, with the lanes and segments that its records are about."""
    path = playbook.clean_path
    return Ground(
        playbook,
        _usual(path.lane_name, path.lanes, playbook, records),
        _usual(path.segment_name, path.segments, playbook, records),
    )


def _usual(
    name: str, spellings: Mapping[str, str], playbook: Playbook, records: Mapping[str, Record]
) -> tuple[str, ...]:
    entry = playbook.glossary.names.get(name)
    if entry is None:
        return ()
    reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    seen: Counter[str] = Counter()
    for record in records.values():
        value = reader.read(entry, record)
        if not isinstance(value, NotKnown) and isinstance(value, str):
            seen[spellings.get(fold(value), value)] += 1
    return tuple(each for each, _ in seen.most_common() if each in spellings.values())
