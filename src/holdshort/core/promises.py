"""
The promise ledger: every date, scope, price, plan, training or service level that a note gives away, with its words.

Each entry belongs to a customer, has an owner, and is held against the paper: contract, order form and CRM. It is found by
rules, so the same texts give the same ledger. What the text is unsure of, asks or denies is said to be so and is no promise.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.citing import cut
from holdshort.core.documents import Document, Fact, Snapshot, take_snapshot
from holdshort.core.scope_words import key_of, scope_words
from holdshort.core.spotting import (
    CONDITION,
    HEARSAY,
    HEDGE,
    INSTRUCTION,
    NEGATION,
    denials,
    sentence_spans,
    spots,
    without_spots,
)
from holdshort.core.suggestions import Citation

PromiseKind = Literal["date", "scope", "price", "plan", "training", "service level", "unread"]
Strength = Literal["firm", "unsure", "asked", "denied", "unread"]
Match = Literal["in the paper", "outside the paper", "cannot tell", "no promise"]

OWNERS: dict[PromiseKind, str] = {
    "date": "implementation_lead",
    "scope": "implementation_lead",
    "training": "implementation_lead",
    "price": "finance_ops",
    "plan": "revops",
    "service level": "legal",
    "unread": "sales_owner",
}
PAPER = ("contract", "order_form", "crm")
SPOKEN = (
    "notes",
    "calls",
    "transcripts",
    "emails",
    "inbox",
    "messages",
    "handoff",
    "meetings",
    "slack",
    "crm.notes",
)
"""Where people say things. A paper promises nothing that it does not have; it is what promises are held against."""
_MOST = 200


@dataclass(frozen=True, slots=True)
class Promise:
    """
    One entry. `due`: ISO day, empty where the words name none. `said`: what is promised, such as `custom SSO`.

    `found_in`: the facts or papers that have it too. `why` says how the match came about.
    """

    id: str
    customer: str
    kind: PromiseKind
    said: str
    strength: Strength
    owner: str
    due: str
    citation: Citation
    match: Match
    found_in: tuple[str, ...]
    why: str

    @property
    def is_outside(self) -> bool:
        return self.match == "outside the paper"

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id, "customer": self.customer, "kind": self.kind, "said": self.said, "strength": self.strength,
            "owner": self.owner, "due": self.due or None, "match": self.match, "found_in": list(self.found_in),
            "why": self.why, "citation": self.citation.to_json(),
        }  # fmt: skip


def ledger(snapshot: Snapshot) -> tuple[Promise, ...]:
    """Every promise of the spoken sources of one account, in their order, each thing of a sentence once."""
    paper = _Paper(snapshot)
    found: dict[str, Promise] = {}
    for document in snapshot.documents:
        if document.id.partition(".")[0] in SPOKEN or document.id.startswith(SPOKEN):
            for promise in _of_document(document, snapshot, paper):
                found.setdefault(promise.id, promise)
                if len(found) >= _MOST:
                    return tuple(found.values())
    return tuple(found.values())


def with_derived(record: Mapping[str, Any], plans: tuple[str, ...] = ()) -> dict[str, Any]:
    """
    The record with `derived.promises`, which the glossary may name; what a record itself says there is thrown away.

    Only firm promises and texts that cannot be read are listed: a row about them speaks of what has to be settled.
    """
    entries = ledger(take_snapshot(record, plans=plans))
    listed = [
        {
            "id": each.id, "kind": each.kind, "text": each.citation.quote, "said": each.said, "match": each.match,
            "strength": each.strength, "owner": each.owner, "due": each.due or None, "source": each.citation.source,
        }
        for each in entries
        if each.strength in ("firm", "unread")
    ]  # fmt: skip
    return {**record, "derived": {"promises": listed}}


# --- what a sentence gives away ---------------------------------------------------------------------------

# Somebody of ours binds us, or a result is stated as if it were settled.
_GIVING = re.compile(
    r"(?<![\w'’])(?:we(?:['’]ll| will| shall| are going to| can| have| agreed| committed| guarantee[ds]?| promised| offered| include[ds]?| told|['’]re including)|"
    r"(?:i|sales|rep|ae|team)(?:['’]ll| will| told| promised| agreed| committed| offered| guaranteed)|you(?:['’]ll| will| get| can have)|"
    r"promised?|promise|promising|guarantee[ds]?|committed|agreed|no problem|confirmed|assured|gave (?:our|my) word|as agreed|as discussed|told (?:them|her|him|the customer)|"
    r"will (?:be|go|take|get|have|include|deliver|receive|ship|build|migrate|train|complete|finish)|goes? live|going live|"
    r"(?:complete|ready|live|done|delivered|finished|launched|rolled out) (?:by|on|in|within)|is included|are included|included|thrown? in|throw in|"
    r"at no (?:extra |additional )?(?:cost|charge)|free of charge|for free)(?![\w'’])",
    re.IGNORECASE,
)
_PLAN_WORD = re.compile(r"\b(?:plan|tier|package|edition|upgrade[ds]?|licen[cs]e)\b", re.IGNORECASE)
_PRICE_WORD = re.compile(
    r"\b(?:price[ds]?|fee|cost|pay|discount|off|per (?:seat|user|month|year)|total|budget|quote[ds]?|credit)\b",
    re.IGNORECASE,
)


def _of_document(document: Document, snapshot: Snapshot, paper: _Paper) -> Iterator[Promise]:
    if document.is_draft:
        return
    if document.is_foreign or document.truncated:
        why = "its language is not checked here" if document.is_foreign else "it was cut off"
        spans = sentence_spans(document.text)
        if spans:
            end = min(spans[-1][1], spans[0][0] + 600)
            yield _entry(
                document,
                (spans[0][0], end),
                snapshot,
                "unread",
                "a text nobody has read",
                "unread",
                "",
                (),
                "cannot tell",
                why,
            )
        return
    for start, end in sentence_spans(document.text):
        sentence = document.text[start:end]
        things = list(_things(sentence, snapshot.plans))
        if not things or INSTRUCTION.search(sentence):
            continue
        strength = strength_of(sentence)
        if strength is None:
            continue
        for kind, said, value in things:
            places, match, why = paper.has(kind, said, value, strength)
            due = value if kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else _due(sentence)
            yield _entry(document, (start, end), snapshot, kind, said, strength, due, places, match, why)


def strength_of(sentence: str) -> Strength | None:
    """How much a sentence binds; None where it gives nothing away at all."""
    plain = without_spots(sentence)
    if sentence.rstrip(" \"'”’)").endswith("?"):
        return "asked"
    given = _GIVING.search(plain)
    if given and denials(plain):
        return "denied"
    if HEDGE.search(re.sub(r"\b(?:up to|at least|at most)\b", "~", plain, flags=re.IGNORECASE)) or (
        CONDITION.search(plain)
        and re.search(r"\b(?:if|unless|provided|subject to|depend|contingent)\b", plain, re.IGNORECASE)
    ):
        return "unsure"
    firm = re.search(
        r"\b(?:promised|guarantee[ds]?|committed|agreed|no problem|confirmed|assured|as agreed|told (?:them|her|him))\b",
        plain,
        re.IGNORECASE,
    )
    if (
        HEARSAY.search(re.sub(r"\btold (?:them|her|him|the customer)\b", "~", plain, flags=re.IGNORECASE))
        and not firm
    ):
        return "asked"
    return "firm" if given else None


def _things(sentence: str, plans: tuple[str, ...]) -> Iterator[tuple[PromiseKind, str, str]]:
    """Kind, words and value of what a sentence could give away."""
    for kind, start, end in scope_words(sentence):
        yield kind, sentence[start:end], key_of(sentence[start:end])
    for spot in spots(sentence, plans):
        if spot.kind == "date" or (
            spot.kind == "duration"
            and re.search(
                r"\b(?:in|within|take[sn]?|by|under)\b", sentence[: spot.start][-24:], re.IGNORECASE
            )
        ):
            yield "date", spot.text, spot.value
        elif spot.kind == "plan" and _PLAN_WORD.search(sentence):
            yield "plan", spot.text, spot.value
        elif spot.kind == "money" or (spot.kind == "percent" and _PRICE_WORD.search(sentence)):
            yield "price", spot.text, spot.value


def _due(sentence: str) -> str:
    days = [
        each.value
        for each in spots(sentence)
        if each.kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", each.value)
    ]
    return days[0] if len(days) == 1 else ""


def _entry(
    document: Document, span: tuple[int, int], snapshot: Snapshot, kind: PromiseKind, said: str, strength: Strength,
    due: str, places: tuple[str, ...], match: Match, why: str,
) -> Promise:  # fmt: skip
    citation = cut(document, *span)
    id_ = hashlib.sha256(
        f"{document.id}\0{citation.start}\0{kind}\0{key_of(said)}".encode("utf-8", "replace")
    ).hexdigest()
    return Promise(
        f"P-{id_[:10]}",
        snapshot.account,
        kind,
        said,
        strength,
        OWNERS[kind],
        due,
        citation,
        match,
        places,
        why,
    )


# --- the paper --------------------------------------------------------------------------------------------

_NO = frozenset({"no", "false", "none", "0", "not included", "n/a", "none in scope"})


class _Paper:
    """What contract, order form and CRM say, ready to be asked."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._facts = [
            each for each in snapshot.facts if each.system in PAPER and each.value.casefold() not in _NO
        ]
        self._texts = [
            each
            for each in snapshot.documents
            if each.id.partition(".")[0] in ("contract", "order_form") and not each.is_draft
        ]
        self.is_there = any(each.system in ("contract", "order_form") for each in snapshot.facts)
        self._values = [
            (each.id, {(s.kind, s.value) for s in spots(each.value, snapshot.plans)}) for each in self._facts
        ]
        self._text_values = [
            (each.id, {(s.kind, s.value) for s in spots(each.text, snapshot.plans)}) for each in self._texts
        ]
        self._scopes = [(each.id, _scope_keys(each)) for each in self._facts]
        self._text_scopes = [(each.id, _given_in(each.text)) for each in self._texts]

    def has(
        self, kind: PromiseKind, said: str, value: str, strength: Strength
    ) -> tuple[tuple[str, ...], Match, str]:
        if strength != "firm":
            return (
                (),
                "no promise",
                {
                    "unsure": "the words are unsure",
                    "asked": "somebody asks or wishes",
                    "denied": "the words deny it",
                }[strength],
            )
        if not self.is_there:
            return (), "cannot tell", "no contract or order form is on record to hold it against"
        places = self._places(kind, value)
        if places:
            return places, "in the paper", f"{', '.join(places[:3])} says the same"
        return (), "outside the paper", f"neither contract, order form nor CRM has `{said}`"

    def _places(self, kind: PromiseKind, value: str) -> tuple[str, ...]:
        if kind in ("scope", "training", "service level") or (kind == "price" and not value[:1].isdigit()):
            pairs: Iterable[tuple[str, frozenset[str]]] = [*self._scopes, *self._text_scopes]
            return tuple(id_ for id_, keys in pairs if value in keys)
        held = [*self._values, *self._text_values]
        return tuple(id_ for id_, values in held if any(each == value for _, each in values))


def _scope_keys(fact: Fact) -> frozenset[str]:
    """A field `sso: yes` and a value `custom SSO` both speak of it."""
    name = fact.field.replace("_", " ").replace(".", " ")
    texts = [fact.value.replace("_", " ")] + (
        [name] if fact.value.casefold() in ("yes", "true", "included") else []
    )
    return frozenset(key_of(text[start:end]) for text in texts for _, start, end in scope_words(text))


def _given_in(text: str) -> frozenset[str]:
    keys: set[str] = set()
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if not NEGATION.search(sentence) and not HEDGE.search(sentence):
            keys |= {key_of(sentence[first:last]) for _, first, last in scope_words(sentence)}
    return frozenset(keys)
