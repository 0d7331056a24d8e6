"""What the built-in assistant reads out of texts: by grammar and dictionaries, sentence by sentence, and only as quotes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from holdshort.core.citing import cut
from holdshort.core.documents import Document, Snapshot
from holdshort.core.promises import SPOKEN, ledger
from holdshort.core.scope_words import key_of, scope_words
from holdshort.core.spotting import (
    CONDITION,
    HEARSAY,
    HEDGE,
    INSTRUCTION,
    LONGEST_SENTENCE,
    denials,
    sentence_spans,
    spots,
    without_spots,
)
from holdshort.core.suggestions import Extracted

FIELDS = (
    "date", "duration", "amount", "stakeholder", "integration", "promise", "risk", "success criterion", "outcome",
    "next step",
)  # fmt: skip
MOST_FIELDS = 300

_ROLE = (
    r"(?:executive sponsor|exec sponsor|sponsor|champion|admin(?:istrator)?|technical (?:owner|lead|contact)|project (?:manager|lead|owner)|billing contact|decision[- ]maker|"
    r"economic buyer|C[EFTIOPM]O|CISO|DPO|(?:S?VP|vice president|head|director|manager)(?: of(?: \w+){1,3}| \w+)?|IT (?:lead|manager|director)|"
    r"procurement(?: lead)?|legal counsel|security lead|data (?:lead|engineer)|end user)"
)  # fmt: skip
_PERSON = r"(?:[A-Z][\w'’-]{1,30}(?: (?:van|von|de|da|la|del|der))?(?: [A-Z][\w'’-]{1,30}){1,2})"
_STAKEHOLDER = (
    re.compile(rf"(?P<who>{_PERSON})\s?[(,]\s?(?:(?i:our|the|their|is)\s)?(?P<role>(?i:{_ROLE}))(?![\w-])"),
    re.compile(rf"(?P<who>{_PERSON}) (?i:is|will be|acts as|as) (?i:our |the |their |an? |your )?(?P<role>(?i:{_ROLE}))(?![\w-])"),
    re.compile(rf"(?<![\w-])(?P<role>(?i:{_ROLE}))(?i:\s?[:=]\s?|,? (?:is|will be)\s|\s)(?P<who>{_PERSON})"),
)  # fmt: skip
_RISK = re.compile(
    r"(?<![\w'’])(?:risks?|at risk|worr(?:y|ied|ies)|concern(?:s|ed)?|blocker|blocked|budget (?:freeze|cut|is tight)|layoffs?|reorgani[sz]ation|re-?org|is leaving|is behind|are behind|weeks? behind|"
    r"unhappy|frustrat(?:ed|ion)|disappointed|escalat(?:e|ed|ion)|delay(?:s|ed)?|slipp(?:ed|ing)|competitor|evaluating alternatives|(?:last|previous) vendor failed|"
    r"hard deadline|pushback|resistance|no (?:owner|sponsor|admin|champion)|unclear who|churn|not renew|lost (?:trust|confidence)|accountable)(?![\w'’])",
    re.IGNORECASE,
)  # fmt: skip
_NO_RISK = re.compile(
    r"(?<![\w'’])(?:no|none|without|not an?|isn['’]t an?) (?:\w+ ){0,2}(?:risks?|concerns?|worr(?:y|ies)|blockers?|delays?|issues?)|risks?\s?[:=-]\s?none",
    re.IGNORECASE,
)
_SUCCESS = re.compile(
    r"(?<![\w'’])(?:success (?:means|is|will be|criteri(?:a|on)|looks like|metrics?)|successful (?:if|when)|measured (?:by|on|as)|kpis?|acceptance criteri(?:a|on)|"
    r"(?:goal|target|objective) (?:is|of|:)|done when|consider(?:ed)? (?:it )?a success)(?![\w'’])",
    re.IGNORECASE,
)  # fmt: skip
_CHANGE = re.compile(
    r"(?<![\w'’])(?:halv(?:e|es|ing)|doubl(?:e|es|ing)|reduc(?:e|es|ing)|cut(?:s|ting)?|increas(?:e|es|ing)|rais(?:e|es|ing)|lower(?:s|ing)?|sav(?:e|es|ing)|replac(?:e|es|ing)|consolidat(?:e|es|ing)|automat(?:e|es|ing)|eliminat(?:e|es|ing)|speed(?:s|ing)? up|grow(?:s|ing)?|improv(?:e|es|ing))(?![\w'’])",
    re.IGNORECASE,
)
_OUTCOME = re.compile(
    r"(?<![\w'’])(?:so that|in order to|because they|bought (?:us|it|this) (?:to|because|for)|want(?:s|ed)? to|need(?:s|ed)? to|looking to|aims? to|goals?|outcome|the reason)(?![\w'’])",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"(?<![\w'’])(?:next steps?|action items?|to[- ]?dos?|follow[- ]?ups?|will (?:send|share|schedule|book|provide|confirm|set up|arrange|introduce|prepare|follow up)|"
    r"(?:i|we)['’]ll (?:send|share|schedule|book|provide|confirm|set up|arrange|introduce|prepare|follow up)|please (?:send|share|schedule|book|provide|confirm|set up|introduce)|needs? to (?:send|share|schedule|book|provide|confirm|sign))(?![\w'’])",
    re.IGNORECASE,
)  # fmt: skip
_FILLER = re.compile(r"\{[a-z_]{2,60}\}|\[Drafting note|_{3,}|\[ *#? *\]", re.IGNORECASE)


def extract(snapshot: Snapshot) -> tuple[Extracted, ...]:
    """
    Everything that the texts of one account say of dates, people, promises and so on, each with its sentence.

    A text that is cut off, foreign or a draft gives nothing: what is not read is not summarised. The note of a value says
    where its sentence is unsure, asks, or denies.
    """
    found: list[Extracted] = []
    for document in snapshot.documents:
        if document.is_draft or document.truncated or document.is_foreign:
            continue
        for each in _of_document(document, snapshot):
            found.append(each)
            if len(found) >= MOST_FIELDS:
                return tuple(found)
    promised = [
        Extracted("promise", each.said, each.citation, "" if each.strength == "firm" else each.strength)
        for each in ledger(snapshot)
        if each.strength in ("firm", "unsure")
    ]
    return tuple(dict.fromkeys([*found, *promised]))[:MOST_FIELDS]


def unread(snapshot: Snapshot) -> tuple[str, ...]:
    """What was not read, and why: for the uncertainty of whatever rests on the texts."""
    lines = []
    for document in snapshot.documents:
        if document.truncated:
            lines.append(f"{document.id} was cut off and is not read")
        elif document.is_foreign:
            lines.append(f"{document.id} is in a language that is not read here")
    if snapshot.is_cut:
        lines.append("the record is larger than what is read of it")
    if snapshot.left_out:
        lines.append(f"{snapshot.left_out} entries belong to another account and were left out")
    return tuple(lines)


def _of_document(document: Document, snapshot: Snapshot) -> Iterator[Extracted]:
    is_spoken = document.id.partition(".")[0] in SPOKEN
    for start, end in sentence_spans(document.text):
        sentence = document.text[start:end]
        if len(sentence) > LONGEST_SENTENCE or INSTRUCTION.search(sentence) or _FILLER.search(sentence):
            continue
        citation = cut(document, start, end)
        note = note_of(sentence)
        for field, value in _values(sentence, snapshot.plans, is_spoken):
            yield Extracted(field, value, citation, note)


def note_of(sentence: str) -> str:
    """`denied`, `asked` or `unsure`, where the sentence is not plainly so."""
    plain = without_spots(sentence)
    if sentence.rstrip(" \"'”’)").endswith("?"):
        return "asked"
    if denials(plain):
        return "denied"
    if HEDGE.search(plain) or CONDITION.search(plain):
        return "unsure"
    return "asked" if HEARSAY.search(plain) else ""


def _values(sentence: str, plans: tuple[str, ...], is_spoken: bool) -> Iterator[tuple[str, str]]:
    measured = False
    for spot in spots(sentence, plans):
        if spot.kind == "date":
            yield "date", spot.text
        elif spot.kind == "duration":
            yield "duration", spot.text
        elif spot.kind == "money":
            yield "amount", spot.text
        measured = measured or spot.kind in ("percent", "number")
    seen: set[str] = set()
    for pattern in _STAKEHOLDER:
        for found in pattern.finditer(sentence):
            if found["who"] not in seen and not re.fullmatch(_ROLE, found["who"], re.IGNORECASE):
                seen.add(found["who"])
                yield "stakeholder", f"{found['who']}, {found['role']}"
    for _, first, last in scope_words(sentence):
        words = sentence[first:last]
        if (
            re.search(r"integrat|connector|interface|sync|\bapi\b|sso|scim|saml|erp", words, re.IGNORECASE)
            and key_of(words) not in seen
        ):
            seen.add(key_of(words))
            yield "integration", words
    if is_spoken:
        if _RISK.search(sentence) and not _NO_RISK.search(sentence):
            yield "risk", sentence
        if (
            _SUCCESS.search(sentence)
            or (measured and _CHANGE.search(sentence))
            or re.search(r"\d+ ?%.{0,80}\bby (?:day|week|month)?", sentence)
        ):
            yield "success criterion", sentence
        elif _CHANGE.search(sentence) and (_OUTCOME.search(sentence) or len(sentence.split()) <= 10):
            yield "outcome", sentence
        if _NEXT.search(sentence):
            yield "next step", sentence
