"""
What an outgoing draft may say: each date, number, plan and word of scope in it traces to an approved commitment or to a
value of a system of record, with the same yes or no. The rest is held, and the words are pointed at.

Nothing internal leaves, nobody else's data leaves, nothing hidden leaves, and no address or link that is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from holdshort.core.documents import Fact, Snapshot, readable
from holdshort.core.glossary import Glossary
from holdshort.core.paths import ABSENT, follow
from holdshort.core.scope_words import key_of, scope_words
from holdshort.core.spotting import INSTRUCTION, NEGATION, NUMBER_WORDS, denials, sentence_spans, spots
from holdshort.core.text import domain_of, fold, within_domain
from holdshort.core.visible import pieces

Why = Literal[
    "untraced",
    "denied otherwise",
    "wrong date",
    "internal",
    "another customer",
    "hidden",
    "address",
    "instruction",
    "too long",
]
LONGEST_DRAFT = 20_000

WHY: dict[Why, str] = {
    "untraced": "no approved commitment and no system of record has this",
    "denied otherwise": "what is on record says the opposite",
    "wrong date": "that date is on record for something else",
    "internal": "this is for inside the house only",
    "another customer": "this belongs to another customer",
    "hidden": "characters that cannot be seen",
    "address": "this address or link is not known to belong to this customer",
    "instruction": "this gives orders to a machine",
    "too long": "the draft is too long to be checked",
}  # fmt: skip

RECORDS = ("contract", "order_form", "billing", "provisioning", "crm", "projects", "tasks", "handoff")
"""Systems whose values a draft may repeat. What notes and transcripts say is no commitment."""
INTERNAL = (
    "notes",
    "reviews",
    "approvals",
    "internal",
    "ai_output",
    "calls",
    "transcripts",
    "meetings",
    "slack",
)
"""Systems whose texts never leave, whatever the glossary says."""


@dataclass(frozen=True, slots=True)
class Held:
    """Words of a draft that keep it from leaving: `draft[start:end]`."""

    start: int
    end: int
    words: str
    why: Why

    def to_json(self) -> dict[str, Any]:
        return {
            "start": self.start,
            "end": self.end,
            "words": self.words,
            "why": self.why,
            "said": WHY[self.why],
        }


@dataclass(frozen=True)
class Secret:
    """A text that must not leave, and whose it is."""

    text: str
    why: Why = "internal"


@dataclass(frozen=True)
class Backing:
    """
    What a draft may lean on.

    `commitments`: approved sentences, word for word. `domains`: the customer's and our own. `secrets` must not leave.
    """

    facts: tuple[Fact, ...] = ()
    commitments: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    secrets: tuple[Secret, ...] = ()
    addresses: tuple[str, ...] = ()

    @cached_property
    def known(self) -> Known:
        return Known(self)

    @cached_property
    def kept(self) -> tuple[tuple[Secret, str, tuple[str, ...]], ...]:
        """Each secret as it is looked for: whole, and as its words."""
        texts = ((each, " ".join(readable(each.text).casefold().split())) for each in self.secrets)
        return tuple((each, text, tuple(_words(text))) for each, text in texts)


def check_draft(draft: str, backing: Backing) -> tuple[Held, ...]:
    """
    The words that keep a draft from leaving, in its order; none where all of it is backed.

    Source: requirements L7, F4, G11; promises S20.
    """
    if len(draft) > LONGEST_DRAFT:
        return (Held(0, len(draft), draft[:80], "too long"),)
    found = [
        *_hidden(draft),
        *_leaks(draft, backing),
        *_addresses(draft, backing),
        *_unbacked(draft, backing),
    ]
    return tuple(sorted(dict.fromkeys(found), key=lambda each: (each.start, each.end)))


_STATED: frozenset[Why] = frozenset(
    {"untraced", "denied otherwise", "wrong date", "internal", "another customer", "hidden", "too long"}
)


def check_statements(text: str, backing: Backing, own: frozenset[str] = frozenset()) -> tuple[Held, ...]:
    """
    The same for a message that people wrote or approved: only its dates, numbers, plans and words of scope, and what leaks.

    `own`: addresses of whom it goes to, in small letters; to them they are no secret. A plain `we cannot`, an order to the reader, a link and a bare `one` or `two` are a writer's own affair.
    """
    if len(text) > LONGEST_DRAFT:
        return (Held(0, len(text), text[:80], "too long"),)
    found = [*_hidden(text), *_leaks(text, backing, own), *_unbacked(text, backing, plainly=True)]
    kept = (each for each in found if each.why in _STATED and each.words.casefold() not in NUMBER_WORDS)
    return tuple(sorted(dict.fromkeys(kept), key=lambda each: (each.start, each.end)))


# --- what is on record ------------------------------------------------------------------------------------

_NO = frozenset({"no", "false", "none", "not included", "n/a", "none in scope", "0", ""})
_YES = frozenset({"yes", "true", "included", "enabled"})
_CLOCK = re.compile(r"\d{4}-\d\d-\d\d[T ](\d\d):(\d\d)")
_ROLES = {
    "go-live": re.compile(r"go(?:es|ing)?[-_ ]?live|launch", re.IGNORECASE),
    "kickoff": re.compile(r"kick[-_ ]?off", re.IGNORECASE),
    "renewal": re.compile(r"renew", re.IGNORECASE),
    "start": re.compile(r"(?:subscription|contract|term)[-_ ]?(?:starts?|begins?)|\bstart[-_ ]?(?:date|s\b)", re.IGNORECASE),
    "end": re.compile(r"\bend[-_ ]?(?:date|s\b)|expir", re.IGNORECASE),
    "due": re.compile(r"\bdue\b|deadline", re.IGNORECASE),
}  # fmt: skip


class Known:
    """Every value and word of scope that is backed: how it is meant, and what it is the date of."""

    def __init__(self, backing: Backing) -> None:
        self.values: dict[tuple[str, str], set[tuple[bool, str]]] = {}
        self.scopes: dict[str, set[bool]] = {}
        self.sentences = {
            _plain(each[start:end]) for each in backing.commitments for start, end in sentence_spans(each)
        }
        for fact in backing.facts:
            if fact.system in RECORDS:
                self._fact(fact, backing.plans)
        for text in backing.commitments:
            for start, end in sentence_spans(text):
                self._sentence(text[start:end], backing.plans)

    def _fact(self, fact: Fact, plans: tuple[str, ...]) -> None:
        role = role_of(fact.field) or role_of(fact.value)  # once: a value may be a long text with many spots
        for spot in spots(fact.value, plans):
            for kind, value in _forms(spot.kind, spot.value):
                self.values.setdefault((kind, value), set()).add((True, role))
        for clock in _CLOCK.finditer(fact.value):  # `10:30` of a recorded moment, as a reader sees it
            for part in clock.groups():
                self.values.setdefault(("number", str(int(part))), set()).add((True, ""))
        if fact.field.rpartition(".")[2].endswith("plan"):
            self.values.setdefault(("plan", fact.value.casefold()), set()).add((True, ""))
        value = fact.value.casefold().strip()
        name = fact.field.replace("_", " ").replace(".", " ")
        for _, start, end in scope_words(name):
            if value in _NO or value in _YES:
                self.scopes.setdefault(key_of(name[start:end]), set()).add(value in _YES)
        if not NEGATION.search(fact.value) and fact.system in (
            "contract",
            "order_form",
            "provisioning",
            "projects",
            "tasks",
        ):
            text = fact.value.replace("_", " ")
            for _, start, end in scope_words(text):
                self.scopes.setdefault(key_of(text[start:end]), set()).add(True)

    def _sentence(self, text: str, plans: tuple[str, ...]) -> None:
        meant = not is_denied(text)
        for spot in spots(text, plans):
            for kind, value in _forms(spot.kind, spot.value):
                self.values.setdefault((kind, value), set()).add((meant, role_of(text)))
        for _, start, end in scope_words(text):
            self.scopes.setdefault(key_of(text[start:end]), set()).add(meant)


def _forms(kind: str, value: str) -> Iterator[tuple[str, str]]:
    """A day may be written without its year, an amount without its currency."""
    yield kind, value
    if kind == "date" and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        yield kind, f"----{value[4:]}"
    if kind in ("money", "number"):
        yield "number", value.partition(" ")[0]


def role_of(text: str) -> str:
    """Of what a date is: `go-live`, `kickoff` …; empty where the words name none or several."""
    found = [role for role, pattern in _ROLES.items() if pattern.search(text)]
    return found[0] if len(found) == 1 else ""


def is_denied(sentence: str) -> bool:
    return len(denials(sentence)) % 2 == 1


def _plain(text: str) -> str:
    return fold(text)


# --- what the draft says ----------------------------------------------------------------------------------

_ORDINARY = re.compile(r"(?:^|\n)\s*\d{1,2}[.)]\s")
_FIRM = re.compile(
    r"\b(?:guarantee[ds]?|promise[ds]?|commit(?:ted|ment)?|unlimited|approved|no review)\b", re.IGNORECASE
)


def _unbacked(draft: str, backing: Backing, plainly: bool = False) -> Iterator[Held]:
    for start, end in sentence_spans(draft):
        sentence = draft[start:end]
        if _plain(sentence) in backing.known.sentences:
            continue
        if INSTRUCTION.search(sentence):
            yield Held(start, end, sentence, "instruction")
        is_numbered = _ORDINARY.match(draft[max(0, start - 1) : end]) is not None
        at = start
        # A `not` speaks for its own clause: `A is included, and B is not`.
        for cut in [*(each.start() for each in _CLAUSE.finditer(draft, start, end)), end]:
            yield from _clause(draft, at, cut, backing, is_numbered and at == start, plainly)
            at = cut
        firm = _FIRM.search(sentence)
        if firm:
            yield _held(draft, start + firm.start(), start + firm.end(), "untraced")


_CLAUSE = re.compile(r",\s+(?:and|but|while|whereas)\s|\s(?:but|while|whereas)\s", re.IGNORECASE)


def _clause(
    draft: str, start: int, end: int, backing: Backing, is_numbered: bool, plainly: bool
) -> Iterator[Held]:
    clause, known = draft[start:end], backing.known
    meant = not is_denied(clause)
    touches = False
    for spot in spots(clause, backing.plans):
        if is_numbered and spot.start == 0:
            continue
        touches = True
        why = _why_value(spot.kind, spot.value, meant, role_of(clause), known)
        if why:
            yield _held(draft, start + spot.start, start + spot.end, why)
            if why == "denied otherwise":
                yield from _negators(draft, start, clause)
    for _, first, last in scope_words(clause):
        touches = True
        allowed = known.scopes.get(key_of(clause[first:last]), set())
        if meant not in allowed:
            yield _held(draft, start + first, start + last, "denied otherwise" if allowed else "untraced")
            if allowed:
                yield from _negators(draft, start, clause)
    if not touches and not meant and not plainly:
        # `We will not go ahead`: a denial has to be approved like any other statement.
        yield from _negators(draft, start, clause)


def _why_value(kind: str, value: str, meant: bool, role: str, known: Known) -> Why | None:
    found = known.values.get((kind, value))
    if not found:
        return "untraced"
    if kind == "date" and role and role not in {each for _, each in found}:
        return "wrong date"
    return None if any(polarity == meant for polarity, _ in found) else "denied otherwise"


def _negators(draft: str, start: int, sentence: str) -> Iterator[Held]:
    for each in denials(sentence):
        yield _held(draft, start + each.start(), start + each.end(), "denied otherwise")


def _held(draft: str, start: int, end: int, why: Why) -> Held:
    return Held(start, end, draft[start:end], why)


def _hidden(draft: str) -> Iterator[Held]:
    at = 0
    for piece, is_hidden in pieces(draft):
        if is_hidden:
            yield Held(at, min(at + 1, len(draft)), piece, "hidden")
            at += 1
        else:
            at += len(piece)


_ADDRESS = re.compile(
    r"(?:[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})|(?:https?://|www\.)[^\s<>\"')\]]{1,500}|(?:data|javascript|file|ftp):[^\s]{1,200}",
    re.IGNORECASE,
)


def _addresses(draft: str, backing: Backing) -> Iterator[Held]:
    known = {each.casefold() for each in backing.addresses}
    for found in _ADDRESS.finditer(draft):
        text = found[0].rstrip(".,;")
        if text.casefold() not in known and not within_domain(domain_of(text), backing.domains):
            yield _held(draft, found.start(), found.start() + len(text), "address")


def _leaks(draft: str, backing: Backing, own: frozenset[str] = frozenset()) -> Iterator[Held]:
    runs = _runs_with_places(draft)
    flat, places = _flat(draft)
    for secret, whole, words in backing.kept:
        if secret.text.casefold() in own:
            continue
        if len(words) > _RUN_OF_WORDS:
            found = next((runs[each] for each in _runs(words) if each in runs), None)
        else:
            found = _whole(whole, flat, places)
        if found is not None:
            yield _held(draft, *found, secret.why)


_RUN_OF_WORDS = 6
_WORD = re.compile(r"\w+")


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A long text by every run of six of its words, however they are spaced and punctuated."""
    return zip(*(words[at:] for at in range(_RUN_OF_WORDS)), strict=False)


def _runs_with_places(draft: str) -> dict[tuple[str, ...], tuple[int, int]]:
    """Each run of six words of the draft, and where it stands first."""
    spans = [(each[0].casefold(), each.start(), each.end()) for each in _WORD.finditer(draft)]
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    for at in range(len(spans) - _RUN_OF_WORDS + 1):
        part = spans[at : at + _RUN_OF_WORDS]
        found.setdefault(tuple(word for word, _, _ in part), (part[0][1], part[-1][2]))
    return found


def _flat(draft: str) -> tuple[str, list[int]]:
    """The draft in small letters with one blank for each gap, and for each of its characters the place it came from."""
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(draft):
        for each in " " if letter.isspace() else letter.casefold():
            if each != " " or (letters and letters[-1] != " "):
                letters.append(each)
                places.append(at)
    return "".join(letters), places


def _whole(secret: str, flat: str, places: list[int]) -> tuple[int, int] | None:
    """Where a short value stands in the draft, as words of its own."""
    if len(secret) < _SHORTEST_SECRET:
        return None
    at = flat.find(secret)
    while at >= 0:
        if not _in_word(flat, at, at + len(secret)):
            return places[at], places[at + len(secret) - 1] + 1
        at = flat.find(secret, at + 1)
    return None


_SHORTEST_SECRET = 4


def _in_word(text: str, start: int, end: int) -> bool:
    return (start > 0 and text[start - 1].isalnum() and text[start].isalnum()) or (
        end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    )


# --- what must not leave ----------------------------------------------------------------------------------


def secrets_of(
    record: Mapping[str, Any], glossary: Glossary, recipients: Iterable[str] = ()
) -> tuple[Secret, ...]:
    """
    Everything of a record that must not stand in a draft.

    Values of names that the glossary calls personal (but for whom the draft goes to), texts of internal systems, and
    all values of elements that belong to another account.
    """
    allowed = {each.casefold() for each in recipients}
    found: list[Secret] = []
    for name in glossary.every_name():
        # Names below a list are read from its elements, which INTERNAL and the other accounts' cover.
        if name.personal and not name.is_list and not name.parent:
            for path in (*name.paths, *name.else_paths):
                raw, _ = follow(path, record)
                found += [
                    Secret(each)
                    for each in _texts(None if raw is ABSENT else raw)
                    if each.casefold() not in allowed
                ]
    account = _account(record)
    own = {each.casefold() for each in _all_texts(record, account, own=True)}
    for system, value in record.items():
        if system in INTERNAL:
            found += [
                Secret(each)
                for each in _texts(value)
                if len(each) >= 12 or not each.replace(" ", "").isalpha()
            ]
    for each in _all_texts(record, account, own=False):
        if each.casefold() not in own and len(each) >= 4:
            found.append(Secret(each, "another customer"))
    return tuple(dict.fromkeys(found))


def _account(record: Mapping[str, Any]) -> str:
    crm = record.get("crm")
    return str(crm.get("account_id") or "") if isinstance(crm, Mapping) else ""


def _all_texts(
    value: Any, account: str, *, own: bool, is_foreign: bool = False, depth: int = 0
) -> Iterator[str]:
    """Texts of this account, or of others: an element with another `account_id` belongs to that one, and all below it."""
    if depth > 8:
        return
    if isinstance(value, Mapping):
        stated = value.get("account_id")
        foreign = is_foreign or bool(account and stated is not None and str(stated).strip() != account)
        for inner in value.values():
            yield from _all_texts(inner, account, own=own, is_foreign=foreign, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _all_texts(inner, account, own=own, is_foreign=is_foreign, depth=depth + 1)
    elif isinstance(value, str) and value.strip() and own != is_foreign:
        yield value.strip()


def _texts(value: Any, depth: int = 0) -> Iterator[str]:
    if isinstance(value, str):
        if value.strip():
            yield value.strip()
    elif depth < 8 and isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner, depth + 1)
    elif depth < 8 and isinstance(value, list):
        for inner in value:
            yield from _texts(inner, depth + 1)


def backing_of(
    snapshot: Snapshot,
    commitments: tuple[str, ...] = (),
    domains: tuple[str, ...] = (),
    secrets: tuple[Secret, ...] = (),
    addresses: tuple[str, ...] = (),
) -> Backing:
    """What a draft about this onboarding may lean on."""
    return Backing(snapshot.facts, commitments, snapshot.plans, domains, secrets, addresses)
