"""Rows of a packet, and those that the layout's questions give when they are put to a record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.glossary import Name
from holdshort.core.packet_layout import ELSEWHERE, LIST_PATHS, Ask
from holdshort.core.packet_values import Shown, ValueReader, as_text, url_of
from holdshort.core.playbook import Playbook
from holdshort.core.presence import State

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
    compared: bool = False
    """The values should be one and the same."""
    differs: bool = False
    url: str = ""

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {"label": self.label, "kind": self.kind}
        if self.values:
            data["values"] = [each.to_json() for each in self.values]
        if self.lines:
            data["lines"] = list(self.lines)
        if self.compared:
            data["differs"] = self.differs
        texts = (("quote", self.quote), ("note", self.note), ("state", self.state), ("url", self.url))
        return data | {key: text for key, text in texts if text}

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing but that there is nothing."""
        return not self.quote and not self.lines and all(each.state != "known" for each in self.values)


def asked_rows(asks: Sequence[Ask], values: ValueReader, playbook: Playbook) -> list[Row]:
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
    return Row(
        ask.label,
        "values",
        tuple(shown),
        note=note or _STATE_WORDS.get(state, ""),
        compared=bool(ask.kind),
        differs=differs,
    )


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
    called = next((key for key in _LABELS if isinstance(item.get(key), str | int) and item[key] != ""), "")
    shown = tuple(each for each in values.element_values(where, item) if each.field not in (prose, called))
    return Row(
        f"{label} {as_text(item[called])}" if called else label,
        "element",
        shown,
        quote=as_text(item[prose]) if prose else "",
        note=note,
        url=url_of(item),
    )


def system_links(values: ValueReader) -> list[Row]:
    """A row for each system whose object in the record says where to look it up."""
    return [
        Row(capital(values.title_of(key)), "element", note="address of the whole record", url=about["_url"])
        for key, about in values.record.items()
        if isinstance(about, Mapping) and isinstance(about.get("_url"), str)
    ]


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
