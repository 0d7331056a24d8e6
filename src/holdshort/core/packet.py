"""The review packet: everything that a person needs to decide one onboarding, in twelve parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from holdshort.core.action_words import phrases
from holdshort.core.answers import Answer
from holdshort.core.dates import read_instant
from holdshort.core.glossary import Name
from holdshort.core.packet_layout import ELSEWHERE, LAYOUT, LIST_PATHS, TITLES, Ask
from holdshort.core.packet_values import Shown, ValueReader, as_text, url_of
from holdshort.core.playbook import Playbook
from holdshort.core.presence import State
from holdshort.core.unreadable import Unreadable

RowKind = Literal["values", "element", "gap", "case", "action", "decision", "remark"]
_STATE_WORDS = {
    "missing": "blank in the record",
    "not_provided": "no connected source provides it",
    "stale": "older than its limit",
    "ai_only": "only AI says so",
    "conflicting": "its sources differ",
}


@dataclass(frozen=True, slots=True)
class Row:
    """
    One line of a part.

    `values` stand side by side, one a system. `quote` is somebody's own words in full: a register cell, a note, a
    claim. `lines` are sentences about them. `state` is a value's state, an action's, or a case's tier.
    """

    label: str
    kind: RowKind = "values"
    values: tuple[Shown, ...] = ()
    quote: str = ""
    note: str = ""
    lines: tuple[str, ...] = ()
    state: str = ""
    differs: bool = False
    url: str = ""

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"label": self.label, "kind": self.kind}
        if self.values:
            data["values"] = [each.to_json() for each in self.values]
        if self.lines:
            data["lines"] = list(self.lines)
        if self.differs:
            data["differs"] = True
        texts = (("quote", self.quote), ("note", self.note), ("state", self.state), ("url", self.url))
        return data | {key: text for key, text in texts if text}

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but that there is nothing."""
        return not self.quote and not self.lines and all(each.state != "known" for each in self.values)


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
    # Imported here: the builders of I8 to I11 use the rows of this module.
    from holdshort.core.packet_findings import FindingParts

    zone = playbook.settings.calendar.zone
    at = moment(record, now, zone)
    values = ValueReader(playbook.glossary, record, at, zone)
    filled = {code: tuple(_rows(asks, values, playbook)) for code, asks in layout.items()}
    filled |= FindingParts(answer, playbook, values).rows()
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


# --- parts that a table fills ---


def _rows(asks: Sequence[Ask], values: ValueReader, playbook: Playbook) -> list[Row]:
    rows: list[Row] = []
    for ask in asks:
        if ask.list:
            rows.extend(list_rows(ask, values))
        elif ask.stakeholder:
            rows.append(_of_stakeholder(ask, values))
        else:
            row = _answered(ask, values, playbook)
            if row is not None:
                rows.append(row)
    return rows


def _answered(ask: Ask, values: ValueReader, playbook: Playbook) -> Row | None:
    glossary = values.glossary
    names: list[Name] = values.of_kind(ask.kind) if ask.kind else []
    names += [glossary.names[each] for each in ask.names if each in glossary.names]
    if not ask.kind and not ask.together:
        names = [next((each for each in names if values.is_known(each)), names[0])] if names else []
    shown = [each for name in names for each in values.shown(name)]
    if not shown:
        found = [each for path in ask.paths if (each := values.at_path(ask.label, path)) is not None]
        shown = [each for each in found if each.state == "known"][:1] or found[:1]
    known = any(each.state == "known" or each.state == "ai_only" for each in shown)
    note = ""
    if not known and ask.role:
        people = playbook.settings.people.get(ask.role, ())
        if people:
            shown = [Shown(ask.label, "playbook", "", "; ".join(people), "known")]
            note = "holds the role; the record names nobody"
    if ask.optional and not known:
        return None
    if len(shown) > 1:
        # Systems that give nothing for a value which others do give are left to part I8.
        said = [each for each in shown if each.state != "not_provided"]
        shown = said or shown[:1]
    differs = bool(ask.kind) and values.differ(names)
    state = "" if known or not shown else str(shown[0].state)
    return Row(ask.label, "values", tuple(shown), note=note or _STATE_WORDS.get(state, ""), differs=differs)


def _of_stakeholder(ask: Ask, values: ValueReader) -> Row:
    state, where, found = values.elements("stakeholders", ())
    people = [
        each
        for each in found
        if isinstance(each, Mapping) and str(each.get("role", "")).casefold() in ask.stakeholder
    ]
    if not people:
        why = "the stakeholder map names nobody" if state == "known" else _STATE_WORDS.get(state, "")
        gone: State = "missing" if state == "known" else state
        return Row(ask.label, "values", (Shown(ask.label, "stakeholders", where, "", gone),), note=why)
    shown = tuple(
        Shown(
            ask.label,
            "stakeholders",
            "email",
            as_text(each.get("name") or each.get("email")),
            "known" if each.get("name") or each.get("email") else "missing",
            note="no longer active" if each.get("active") is False else "",
        )
        for each in people
    )
    return Row(ask.label, "values", shown, note="named more than once" if len(shown) > 1 else "")


_PROSE = ("text", "body", "description", "comment", "reason")
_LABELS = (
    "id",
    "role",
    "type",
    "title",
    "name",
    "subject",
    "source",
    "deal_name",
    "account_name",
    "project_id",
)


def list_rows(ask: Ask, values: ValueReader, label: str = "") -> list[Row]:
    """A row for each element of a list, every field of it shown; one row that says so where it has none."""
    state, where, found = values.elements(ask.list, ask.paths or LIST_PATHS.get(ask.list, ()))
    if not found:
        if ask.optional:
            return []
        note = "none on record" if state == "known" else _STATE_WORDS.get(state, "")
        gone: State = "missing" if state == "known" else state
        return [Row(ask.label, "values", (Shown(ask.label, where, "", "", gone),), note=note)]
    return [_element(label or ask.label, where, each, values, ELSEWHERE.get(ask.list, "")) for each in found]


def _element(label: str, where: str, item: Any, values: ValueReader, note: str) -> Row:
    if not isinstance(item, Mapping):
        return Row(label, "element", quote=as_text(item), note=note)
    prose = next((key for key in _PROSE if isinstance(item.get(key), str) and item[key].strip()), "")
    called = [
        as_text(item[key]) for key in _LABELS if isinstance(item.get(key), str | int) and item[key] != ""
    ]
    shown = tuple(each for each in values.element_values(where, item) if each.field != prose)
    return Row(
        f"{label} {called[0]}" if called else label,
        "element",
        shown,
        quote=as_text(item[prose]) if prose else "",
        note=note,
        url=url_of(item),
    )
