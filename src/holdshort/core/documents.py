"""
The frozen snapshot that assist is handed: facts and documents of one account, hashed, bounded, and nothing else.

What another account's is, what AI wrote before, and what somebody asks to be done are left out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from holdshort.core.language import is_foreign
from holdshort.core.text import clean, fold

LONGEST_DOCUMENT = 200_000
MOST_DOCUMENTS = 300
MOST_FACTS = 2_000
_LEFT_OUT = frozenset({"ai_output", "derived", "proposed_actions", "approvals", "record_id", "as_of"})
"""What AI said, what is asked for and who is said to have approved: none of these is evidence."""
_TEXT_KEYS = ("text", "body", "content", "transcript", "message", "description", "comment", "value")
_ACCOUNT_KEYS = ("account_id", "customer_id_of", "account")
_CUT = ("truncated", "is_truncated", "text_truncated", "body_truncated", "cut_off", "preview_is_truncated")
_DRAFTS = frozenset({"draft", "proposed", "queued", "rejected"})
_PROSE_WORDS = 3
_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Document:
    """
    One text as a person sees it, line by line: no markup, nothing invisible.

    `sha256` is of this text's UTF-8 bytes; citations point into them. `language` as the record states it, such as `de`.
    """

    id: str
    text: str
    kind: str = "note"
    language: str = ""
    truncated: bool = False
    is_draft: bool = False

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @property
    def is_foreign(self) -> bool:
        stated = fold(self.language).split(" ")[0] if self.language else ""
        return (stated not in ("", "en", "eng", "english")) or is_foreign(self.text)


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of one system, as a person sees it."""

    system: str
    field: str
    value: str

    @property
    def id(self) -> str:
        return f"{self.system}.{self.field}"


@dataclass(frozen=True, slots=True)
class Concern:
    """
    One finding, in words: why a person looks, what is missing, and who decides. Roles are role ids.

    `gaps` are names that are missing or cannot be told. `conflicting`: systems differ on something of this row.
    """

    case: str
    scenario: str
    tier: str
    result: str
    owner: str
    escalation: str
    why: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    conflicting: bool = False
    asked_of: tuple[str, ...] = ()
    """Role ids that the row's AI cell names for questions."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that assist sees of one onboarding. `left_out` counts what belonged to another account."""

    account: str
    facts: tuple[Fact, ...] = ()
    documents: tuple[Document, ...] = ()
    concerns: tuple[Concern, ...] = ()
    plans: tuple[str, ...] = ()
    lanes: tuple[str, ...] = ()
    as_of: str = ""
    left_out: int = 0
    is_cut: bool = False

    @cached_property
    def sources(self) -> Mapping[str, Document]:
        return {each.id: each for each in self.documents}

    @cached_property
    def digest(self) -> str:
        """SHA-256 over all sources, facts and concerns: another snapshot is another digest. The moment does not count."""
        whole = hashlib.sha256()
        parts = (
            *((each.id, each.sha256) for each in self.documents),
            *((each.id, each.value) for each in self.facts),
        )
        for name, content in (*parts, *((each.case, repr(each)) for each in self.concerns)):
            whole.update(f"{name}\0{content}\0".encode("utf-8", "replace"))
        return whole.hexdigest()

    def values(self, *ids: str) -> tuple[str, ...]:
        return tuple(each.value for each in self.facts if each.id in ids and each.value)


def readable(raw: str) -> str:
    """The text line by line as a person sees it."""
    if "<" in raw or "&" in raw:
        return clean(raw)  # a comment or tag may run over lines
    lines = (clean(line) for line in raw.splitlines())
    return "\n".join(line for line in lines if line)


def take_snapshot(
    record: Mapping[str, Any],
    concerns: tuple[Concern, ...] = (),
    plans: tuple[str, ...] = (),
    lanes: tuple[str, ...] = (),
) -> Snapshot:
    """
    Return what assist may see of `record`: one account's facts and texts.

    Args:
        record: One object per system; nothing in it is trusted.
        concerns: The findings, in words.
        plans: Names of the plans that the playbook knows.
        lanes: Names of the lanes.
    """
    account = _account_of(record)
    taking = _Taking(account)
    for system, value in record.items():
        if isinstance(system, str) and system not in _LEFT_OUT:
            taking.take(clean(system), "", value, 0)
    return Snapshot(
        account=account,
        facts=tuple(taking.facts),
        documents=tuple(taking.documents.values()),
        concerns=concerns,
        plans=plans,
        lanes=lanes,
        as_of=str(record.get("as_of") or ""),
        left_out=taking.left_out,
        is_cut=taking.is_cut,
    )


def _account_of(record: Mapping[str, Any]) -> str:
    for system in ("crm", "contract", "billing"):
        held = record.get(system)
        found = held.get("account_id") if isinstance(held, Mapping) else None
        if isinstance(found, str | int) and str(found).strip():
            return str(found).strip()
    return ""


class _Taking:
    """Gathers facts and documents of one record."""

    def __init__(self, account: str) -> None:
        self.account = account
        self.facts: list[Fact] = []
        self.documents: dict[str, Document] = {}
        self.left_out = 0
        self.is_cut = False

    def take(self, system: str, field: str, value: Any, depth: int) -> None:
        if depth > _DEPTH:
            self.is_cut = True
        elif isinstance(value, Mapping):
            if self._is_foreign(value):
                self.left_out += 1
                return
            if field and _text_key(value):
                self._document(f"{system}.{field}", value)
                return
            for name, inner in value.items():
                if isinstance(name, str) and not (name.startswith("_") or name in _LEFT_OUT):
                    self.take(system, f"{field}.{clean(name)}" if field else clean(name), inner, depth + 1)
        elif isinstance(value, list):
            for place, inner in enumerate(value):
                self.take(system, self._place(field, place, inner), inner, depth + 1)
        elif value is not None and value != "":
            self._fact(system, field or "value", value)

    def _place(self, field: str, place: int, inner: Any) -> str:
        named = inner.get("id") if isinstance(inner, Mapping) else None
        own = (
            clean(str(named))[:40] if isinstance(named, str | int) and str(named).strip() else str(place + 1)
        )
        return f"{field}.{own}" if field else own

    def _is_foreign(self, value: Mapping[str, Any]) -> bool:
        """It says that it belongs to another account than this record's."""
        for key in _ACCOUNT_KEYS:
            stated = value.get(key)
            if isinstance(stated, str | int) and self.account and str(stated).strip() != self.account:
                return True
        return False

    def _document(self, id_: str, value: Mapping[str, Any]) -> None:
        key = _text_key(value)
        stated = value.get("lang") or value.get("language")
        self._add(
            Document(
                id_,
                str(value[key]),
                clean(str(value.get("source") or value.get("kind") or "note"))[:40],
                stated if isinstance(stated, str) else "",
                any(value.get(each) is True for each in _CUT),
                isinstance(value.get("status"), str) and fold(value["status"]) in _DRAFTS,
            )
        )
        for name, inner in value.items():
            if name != key and isinstance(name, str) and isinstance(inner, str | int | float):
                system, _, field = id_.partition(".")
                self._fact(system, f"{field}.{clean(name)}", inner, is_label=True)

    def _fact(self, system: str, field: str, value: Any, is_label: bool = False) -> None:
        if isinstance(value, bool):
            text = "yes" if value else "no"
        elif isinstance(value, str | int | float):
            text = readable(str(value)[:LONGEST_DOCUMENT])
        else:
            return
        if len(self.facts) >= MOST_FACTS:
            self.is_cut = True
            return
        self.facts.append(Fact(system, field, text[:1_000]))
        if isinstance(value, str) and not is_label and len(text.split()) >= _PROSE_WORDS:
            self._add(Document(f"{system}.{field}", value, "field"))

    def _add(self, document: Document) -> None:
        if len(self.documents) >= MOST_DOCUMENTS:
            self.is_cut = True
            return
        long = len(document.text) > LONGEST_DOCUMENT
        text = readable(document.text[:LONGEST_DOCUMENT])
        if not text:
            return
        id_, copies = document.id, 1
        while id_ in self.documents:  # two with one name: neither may stand in for the other
            copies += 1
            id_ = f"{document.id}~{copies}"
        self.documents[id_] = Document(
            id_, text, document.kind, document.language, document.truncated or long, document.is_draft
        )


def _text_key(value: Mapping[str, Any]) -> str:
    for key in _TEXT_KEYS:
        if isinstance(value.get(key), str) and value[key].strip():
            return key if key != "value" or len(value[key].split()) >= _PROSE_WORDS else ""
    return ""
