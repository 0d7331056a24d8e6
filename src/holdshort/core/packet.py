"""The review packet: everything that a person needs to decide one onboarding, in twelve parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdshort.core.action_words import phrases
from holdshort.core.answers import Answer
from holdshort.core.dates import read_instant
from holdshort.core.packet_ai import suggestion
from holdshort.core.packet_decisions import actions_and_decisions
from holdshort.core.packet_findings import cases, conflicts_and_gaps
from holdshort.core.packet_layout import LAYOUT, TITLES, Ask
from holdshort.core.packet_rows import Row, asked_rows, system_links
from holdshort.core.packet_values import ValueReader
from holdshort.core.playbook import Playbook
from holdshort.core.unreadable import Unreadable


@dataclass(frozen=True, slots=True)
class Part:
    """One of the twelve parts; `gap` says what it lacks where it has nothing to show."""

    code: str
    title: str
    rows: tuple[Row, ...]
    gap: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "title": self.title,
            "rows": [each.to_json() for each in self.rows],
            "gap": self.gap or None,
        }


@dataclass(frozen=True, slots=True)
class Packet:
    """One onboarding, ready for its reviewer. Texts of the record in it are as somebody else wrote them."""

    onboarding: str
    record_id: str | None
    line: int
    account: str
    title: str
    as_of: str
    verdict: str
    tier: str
    reviewer: str
    reviewers: tuple[str, ...]
    cases: tuple[str, ...]
    held: tuple[str, ...]
    """What findings hold, in as few words as a cell would use."""
    playbook: str
    mode: str
    register_digest: str
    parts: tuple[Part, ...]

    def part(self, code: str) -> Part:
        return next(each for each in self.parts if each.code == code)

    @property
    def gaps(self) -> tuple[Part, ...]:
        """Parts that have nothing to show: a gap of the rows that sent the onboarding here."""
        return tuple(each for each in self.parts if each.gap)

    def to_json(self) -> dict[str, Any]:
        return {
            "onboarding": self.onboarding,
            "record_id": self.record_id,
            "line": self.line,
            "account": self.account,
            "title": self.title,
            "as_of": self.as_of,
            "verdict": self.verdict,
            "tier": self.tier,
            "reviewer": self.reviewer,
            "reviewers": list(self.reviewers),
            "cases": list(self.cases),
            "held": list(self.held),
            "playbook": self.playbook,
            "mode": self.mode,
            "register": self.register_digest,
            "parts": [each.to_json() for each in self.parts],
        }


def needs_packet(answer: Answer) -> bool:
    """Whether a person has to look: any finding, whatever its tier."""
    return bool(answer.findings)


def build_packet(
    answer: Answer,
    record: Mapping[str, Any],
    playbook: Playbook,
    now: datetime,
    layout: Mapping[str, Sequence[Ask]] = LAYOUT,
) -> Packet:
    """
    Return the packet of one answer, all twelve parts in order, empty ones marked.

    Args:
        answer: What screening said of `record`.
        record: The record that was screened; nothing in it is trusted.
        playbook: The playbook it was screened against.
        now: The moment of the evaluation where the record states none; ages count back from it.
        layout: What the parts show; answers and actions fill I8 to I11 by themselves.
    """
    zone = playbook.settings.calendar.zone
    at = moment(record, now, zone)
    values = ValueReader(playbook.glossary, record, at, zone)
    filled = {code: tuple(asked_rows(asks, values, playbook)) for code, asks in layout.items()}
    filled["I1"] = (*filled.get("I1", ()), *system_links(values))
    filled |= {
        "I8": tuple(conflicts_and_gaps(answer, playbook, values)),
        "I9": tuple(suggestion(record.get("ai_output"), playbook, values)),
        "I10": tuple(cases(answer, playbook, values)),
        "I11": tuple(actions_and_decisions(answer, playbook, values)),
    }
    parts = tuple(_part(code, filled.get(code, ())) for code in TITLES)
    account, title = _headline(values, playbook)
    return Packet(
        onboarding=answer.onboarding,
        record_id=answer.record_id,
        line=answer.line,
        account=account,
        title=title,
        as_of=at.isoformat().replace("+00:00", "Z"),
        verdict=answer.verdict,
        tier=answer.tier,
        reviewer=answer.reviewer,
        reviewers=answer.reviewers,
        cases=tuple(each.case for each in answer.findings),
        held=tuple(phrases(held_kinds(answer), playbook.catalogue)),
        playbook=playbook.settings.name,
        mode=playbook.settings.mode,
        register_digest=playbook.register.digest,
        parts=parts,
    )


def held_kinds(answer: Answer) -> list[str]:
    """The kinds of action that a finding holds."""
    return [kind for kind, verdict in answer.actions.items() if verdict.state == "held" and verdict.cases]


def moment(record: Mapping[str, Any], now: datetime, zone: str) -> datetime:
    """The moment that a record speaks of, or `now` where it states none."""
    stated = read_instant(record.get("as_of"), zone) if record.get("as_of") is not None else None
    return now if stated is None or isinstance(stated, Unreadable) else stated


def account_of(record: Mapping[str, Any], playbook: Playbook, now: datetime) -> tuple[str, str]:
    """Account name and deal name, as the record writes them; empty where it does not."""
    zone = playbook.settings.calendar.zone
    return _headline(ValueReader(playbook.glossary, record, now, zone), playbook)


def _headline(values: ValueReader, playbook: Playbook) -> tuple[str, str]:
    path = playbook.clean_path
    account = _said((path.account_title_name, "account name"), "crm.account_name", values)
    return account, _said(("deal name",), "crm.deal_name", values)


def _said(names: Sequence[str], path: str, values: ValueReader) -> str:
    found = [name for each in names if (name := values.glossary.names.get(each)) is not None]
    shown = values.shown(found[0]) if found else [each] if (each := values.at_path("", path)) else []
    return shown[0].value if shown and shown[0].state == "known" else ""


def _part(code: str, rows: tuple[Row, ...]) -> Part:
    if not rows:
        return Part(code, TITLES[code], (), _NOTHING.get(code, "nothing is on record for this part"))
    if code not in ("I8", "I9", "I10", "I11") and all(row.is_empty for row in rows):
        return Part(code, TITLES[code], rows, "none of this is on record")
    return Part(code, TITLES[code], rows)


_NOTHING = {
    "I8": "nothing was found missing and no two systems differ",
    "I9": "no AI output came with this record",
    "I12": "no review, message, task or related deal is on record",
}
