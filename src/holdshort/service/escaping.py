"""The escape search over a playbook folder: for the go-live gate, and for whoever wants to see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from holdshort.core.actions import Mode
from holdshort.core.escapes.authority import APPROVING, ask_for_authority
from holdshort.core.escapes.report import Escape, EscapeReport
from holdshort.core.escapes.search import DEPTH, RECORDS, EscapeSearch
from holdshort.core.golive.facts import Searched
from holdshort.core.onboarding.events import Code
from holdshort.core.playbook import Playbook
from holdshort.service.acceptance import FOLDER, load_records
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

GATE_RECORDS = 600
"""How many records the gate lets one statement cost; `holdshort escapes --records` takes more."""


def escapes(
    folder: Path,
    depth: int = DEPTH,
    budget: int = RECORDS,
    bare: bool = False,
    mode: Mode | None = None,
    now: datetime | None = None,
) -> EscapeReport:
    """
    Search a playbook for records on which something may go that must not.

    Args:
        mode: As if the playbook were in this mode; its own where it is left out.

    Raises:
        HoldshortError: The playbook cannot be read.
    """
    return search(load_playbook(folder), depth, budget, bare, mode, now)


def search(
    loaded: LoadedPlaybook,
    depth: int = DEPTH,
    budget: int = RECORDS,
    bare: bool = False,
    mode: Mode | None = None,
    now: datetime | None = None,
    codes: Sequence[Code] = APPROVING,
) -> EscapeReport:
    """The same for a playbook that has been read."""
    records, _ = load_records(loaded.folder / FOLDER)
    moment = now or datetime.now(UTC)
    playbook = _in_mode(loaded.playbook, mode)
    searcher = EscapeSearch(playbook, loaded.clauses, records, moment, depth, budget, bare)
    found = searcher.run()
    asked = ask_for_authority(searcher.screener, records, moment, codes)
    without = tuple(
        Escape(
            "SAFE-15", "nobody approves without the role for it", "O10", said, (), "escape", {}, "", (), said
        )
        for said in asked.accepted
    )
    return replace(found, found=(*found.found, *without), reviews=asked.reviews, refusals=asked.refusals)


def searched(loaded: LoadedPlaybook, lane: str) -> Searched:
    """What the gate needs of it."""
    report = search(loaded, budget=GATE_RECORDS, codes=("J9",))
    return Searched(tuple((each.item, in_words(each)) for each in report.escapes), report.certificate())


def in_words(escape: Escape) -> str:
    """One escape as a sentence; the record itself is in the report."""
    if not escape.kinds:
        return escape.danger
    kinds = ", ".join(kind.replace("_", " ") for kind in escape.kinds)
    how = "; ".join(escape.changes) or "as it is"
    return (
        f"{kinds} would go although {escape.danger} ({escape.says}): {escape.base} with {how}; {escape.why}"
    )


def _in_mode(playbook: Playbook, mode: Mode | None) -> Playbook:
    if mode is None:
        return playbook
    return replace(playbook, settings=replace(playbook.settings, mode=mode))
