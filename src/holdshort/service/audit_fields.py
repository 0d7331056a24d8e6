"""
What each row of the register wants written down about a decision (requirements B14), a line for every decision.

Trigger, AI suggestion, reviewer decision, edits and timestamp, and whatever names of the glossary the row lists: gathered
from the log, as things stood when the decision was taken.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdshort.core.canonical import utc_text
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.looking import record_of
from holdshort.core.onboarding.people import Directory
from holdshort.core.onboarding.powers import NAMES
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.visible import one_line
from holdshort.importers.register_csv import guarded
from holdshort.ports import StoredEvent
from holdshort.service.event_json import from_store
from holdshort.service.flow import Flow

FILE = "audit-fields.csv"
SEALED = "(sealed)"
"""Stands for something that is there and that an export without private parts does not show."""
COLUMNS = (
    "onboarding", "case", "review", "decision", "register version", "trigger", "seen", "AI suggestion",
    "reviewer decision", "decided by", "role", "reason", "edits", "timestamp (UTC)", "other fields",
)  # fmt: skip
_CELL = 32_000
_PAGE = 200


@dataclass(frozen=True)
class AuditFields:
    """What is written down about one decision; `private` holds cells with customers' data or what people wrote."""

    cells: dict[str, str]
    private: dict[str, str] = field(default_factory=dict)

    def shown(self, with_private: bool) -> list[str]:
        """In the order of COLUMNS."""
        found = dict(self.cells)
        for name, text in self.private.items():
            found[name] = text if with_private else found.get(name) or SEALED
        return [found.get(name, "") for name in COLUMNS]


def write_audit_fields(flow: Flow, folder: Path, with_private: bool) -> int:
    """Write the table into an export folder; how many decisions it holds."""
    count = 0
    with (folder / FILE).open("w", encoding="utf-8-sig", newline="") as table:
        rows = csv.writer(table, lineterminator="\r\n")
        rows.writerow(COLUMNS)
        for number in _numbers(flow):
            for each in audit_fields(flow, number):
                rows.writerow([_cell(text) for text in each.shown(with_private)])
                count += 1
    return count


def audit_fields(flow: Flow, number: int) -> list[AuditFields]:
    """One entry for each decision on one onboarding, oldest first."""
    return list(_Reading(flow, number).entries(flow.store.history(number)))


def _numbers(flow: Flow) -> Iterator[int]:
    after = 0
    while page := flow.store.onboardings(after=after, limit=_PAGE):
        yield from (each.number for each in page)
        after = page[-1].number


class _Reading:
    """Goes through one log, remembering what was edited since the last decision."""

    def __init__(self, flow: Flow, number: int) -> None:
        self.flow = flow
        self.number = number
        self.state = Onboarding()
        self.edits: list[str] = []
        self.edited: list[str] = []

    def entries(self, history: Sequence[StoredEvent]) -> Iterator[AuditFields]:
        if not history or history[0].kind not in e.EVENTS:
            return
        waiting: tuple[e.DecisionRecorded, StoredEvent, Onboarding] | None = None
        for stored in history:
            event = from_store(stored)
            if waiting is not None and (stored.at, stored.actor) != (waiting[1].at, waiting[1].actor):
                yield self._entry(*waiting)
                waiting = None
            if isinstance(event, e.DecisionRecorded):
                if waiting is not None:
                    yield self._entry(*waiting)
                waiting = event, stored, self.state
            self._remember(event)
            self.state = evolve(self.state, event, stored.at)
        if waiting is not None:
            yield self._entry(*waiting)

    def _remember(self, event: e.Event) -> None:
        if isinstance(event, e.ActionAmended):
            self.edits.append(f"content of a{event.action} ({event.was[:12]} to {event.digest[:12]})")
            before = self.state.actions[event.action].payload if event.action in self.state.actions else {}
            self.edited += _differences(event.action, before, event.payload)
        elif isinstance(event, e.RouteCorrected):
            said = {"lane": event.lane, "owner": event.owner, "tier": event.tier}
            changed = ", ".join(f"{name} {value}" for name, value in said.items() if value)
            self.edits += [f"route: {changed}"] if changed else []
            self.edited += [f"milestone plan: {event.milestones}"] if event.milestones else []

    def _entry(self, event: e.DecisionRecorded, stored: StoredEvent, state: Onboarding) -> AuditFields:
        program = self.flow.programs.version(event.register or state.register)
        row = program.row(event.case)
        record = record_of(state, World(program, Directory(), stored.at))
        by = f"{event.by} for {event.on_behalf_of}" if event.on_behalf_of else event.by
        cells = {
            "onboarding": str(self.number),
            "case": event.case,
            "review": f"{self.number}.{event.review}",
            "decision": f"{self.number}.d{event.decision}",
            "register version": str(event.register or state.register),
            "trigger": row.texts.get("trigger", "") if row else _without_row(event.case),
            "reviewer decision": f"{NAMES[event.code]} ({event.code})",
            "decided by": by,
            "role": event.role,
            "edits": "; ".join(self.edits) or "none",
            "timestamp (UTC)": utc_text(stored.at)[:19].replace("T", " "),
        }
        private = {
            "seen": "; ".join(f"{each.name} = {_text(each.value)}" for each in event.evidence),
            "AI suggestion": _suggestion(record.get("ai_output")),
            "reason": "; ".join(each for each in (event.reason, event.exception) if each),
            "other fields": "; ".join(_others(row.audit if row else (), record, program)),
        }
        if not private["AI suggestion"]:
            cells["AI suggestion"] = "none"
        if self.edited:
            private["edits"] = "; ".join(dict.fromkeys([*self.edits, *self.edited]))
        found = AuditFields(cells, {name: text for name, text in private.items() if text})
        self.edits, self.edited = [], []
        return found


def _without_row(case: str) -> str:
    if case.startswith("PERSON-"):
        return "a person raised a hold"
    return {
        "CATALOGUE": "the action catalogue wants a person",
        "RUN": "a run went wrong or is uncertain",
    }.get(case, "")


def _suggestion(said: Any) -> str:
    return json.dumps(said, ensure_ascii=False, sort_keys=True, default=str) if said else ""


def _others(names: Sequence[str], record: dict[str, Any], program: Program) -> Iterator[str]:
    """The values of those names of the glossary that the row lists beside the usual fields."""
    glossary = program.screener.glossary
    for name in names:
        entry = glossary.names.get(name)
        if entry is not None:
            read = program.screener.read_evidence(entry, record)
            yield f"{name}: {_text(read.value) if read.state == 'known' else read.state.replace('_', ' ')}"


def _differences(action: int, before: Any, after: Any) -> Iterator[str]:
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            yield f"a{action} {name}: {_text(before.get(name))} → {_text(after.get(name))}"


def _text(value: Any) -> str:
    if value is None:
        return "nothing"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _cell(text: str) -> str:
    shown = one_line(text)
    return guarded(shown if len(shown) <= _CELL else f"{shown[:_CELL]} …")
