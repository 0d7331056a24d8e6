"""
Citations are cut by code: somebody names a source and words of it, code finds them in the hashed snapshot, and shows those.

A claim passes where its words stand in the cited sentence, in that order, and the sentence means them: no `not`, no `may`, no
condition, no question, no one's mere wish is lost on the way. That the words stand there does not make them true.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from holdshort.core.documents import Document, Snapshot
from holdshort.core.language import is_foreign
from holdshort.core.spotting import (
    CONDITION,
    HEARSAY,
    HEDGE,
    INSTRUCTION,
    LONGEST_SENTENCE,
    NEGATION,
    Spot,
    sentence_spans,
    spots,
    without_spots,
    words_of,
)
from holdshort.core.suggestions import Citation, Reason, Withheld

LONGEST_CLAIM = 600
LONGEST_ANCHOR = 600
_MOST_PLACES = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says, and where it is said to stand. `sha256`: of the version of the source that was read; may be empty."""

    text: str
    source: str = ""
    anchor: str = ""
    sha256: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Cited:
    """A claim that its citation bears out, word for word. The citation is the whole sentence, not the words picked from it."""

    claim: Claim
    citation: Citation


def cite(claim: Claim, snapshot: Snapshot) -> Cited | Withheld:
    """
    Hold one claim against the source that it names.

    Returns:
        The claim with its citation, or why it is withheld. Nothing of an unproved claim comes back as proved.

    Source: requirements L7; promises S18; docs/decisions/0016-what-assist-cannot-reach.md.
    """
    if len(claim.text) > LONGEST_CLAIM or len(claim.anchor) > LONGEST_ANCHOR:
        return Withheld("too long", claim.text[:LONGEST_CLAIM])
    if not claim.source.strip() or not claim.anchor.strip() or not claim.text.strip():
        return _held("no citation", claim)
    document = snapshot.sources.get(claim.source.strip())
    if document is None:
        return _held("unknown source", claim, claim.source.strip()[:80])
    if claim.sha256 and claim.sha256 != document.sha256:
        return _held("other version", claim)
    unfit = _unfit(document)
    if unfit is not None:
        return _held(unfit, claim, document.id)
    found = find_anchor(claim.anchor, document.text)
    if not found:
        return _held("not in source", claim)
    if len(found) > 1:
        said = {" ".join(document.text[start:end].casefold().split()) for start, end in found}
        if len(said) > 1:
            return _held("several places", claim)
    start, end = found[0]
    reason = _borne_out(claim.text, document.text[start:end], snapshot.plans)
    if reason is not None:
        return _held(reason[0], claim, reason[1])
    return Cited(claim, cut(document, start, end))


def cut(document: Document, start: int, end: int) -> Citation:
    """The citation of `document.text[start:end]`, its places counted in bytes."""
    before = len(document.text[:start].encode("utf-8"))
    quote = document.text[start:end]
    return Citation(document.id, document.sha256, before, before + len(quote.encode("utf-8")), quote)


def is_genuine(citation: Citation, snapshot: Snapshot) -> bool:
    """Whether a citation is what it says: those very bytes of that very version of that source."""
    document = snapshot.sources.get(citation.source)
    if document is None or document.sha256 != citation.sha256:
        return False
    held = document.text.encode("utf-8")
    return 0 <= citation.start < citation.end <= len(held) and held[citation.start : citation.end] == (
        citation.quote.encode("utf-8", "replace")
    )


def find_anchor(anchor: str, text: str) -> tuple[tuple[int, int], ...]:
    """The sentences of `text` in which `anchor` stands, whole words, blanks and case aside; those it runs over as one."""
    words = anchor.split()
    pattern = re.compile(r"\s+".join(re.escape(word) for word in words), re.IGNORECASE)
    whole = sentence_spans(text)
    found: list[tuple[int, int]] = []
    for hit in pattern.finditer(text):
        if _inside_a_word(text, *hit.span()):
            continue
        over = [each for each in whole if each[0] < hit.end() and each[1] > hit.start()]
        span = (over[0][0], over[-1][1]) if over else hit.span()
        if span not in found:
            found.append(span)
        if len(found) > _MOST_PLACES:
            break
    return tuple(found)


def _inside_a_word(text: str, start: int, end: int) -> bool:
    """`10` of `100`, `.5` of `1.5`: the words of an anchor are whole ones."""
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    after = end < len(text) and text[end].isalnum() and text[end - 1].isalnum()
    number = (
        start > 1 and text[start - 1] in ".,-/" and text[start - 2].isdigit() and text[start].isdigit()
    ) or (
        end + 1 < len(text) and text[end] in ".,-/%" and text[end - 1].isdigit() and text[end + 1].isdigit()
    )
    return before or after or number


def _unfit(document: Document) -> Reason | None:
    if document.is_draft:
        return "unusable source"
    if document.truncated:
        return "truncated source"
    if document.is_foreign:
        return "foreign language"
    return None


def _held(reason: Reason, claim: Claim, detail: str = "") -> Withheld:
    return Withheld(reason, claim.text, detail)


# --- does the sentence bear the claim out -----------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)


@lru_cache(maxsize=2_048)
def _borne_out(claim: str, sentence: str, plans: tuple[str, ...]) -> tuple[Reason, str] | None:
    """Why `sentence` does not bear out `claim`, with the word that is wrong; None where it does."""
    if len(sentence) > LONGEST_SENTENCE:
        return "too long", ""
    if INSTRUCTION.search(sentence):
        return "instruction", ""
    if is_foreign(sentence):
        return "foreign language", ""
    lost = _meaning_lost(claim, sentence)
    if lost is not None:
        return lost
    return _words_differ(claim, sentence, plans)


def _meaning_lost(claim: str, sentence: str) -> tuple[Reason, str] | None:
    kinds: tuple[tuple[Reason, re.Pattern[str]], ...] = (
        ("negation", NEGATION),
        ("hedge", HEDGE),
        ("condition", CONDITION),
        ("hearsay", HEARSAY),
    )
    for reason, pattern in kinds:
        meant, said = words_of(pattern, without_spots(sentence)), words_of(pattern, without_spots(claim))
        if meant != said:
            missing = next((each for each in meant if each not in said), "") or next(iter(said), "")
            return reason, missing
    if sentence.rstrip(" \"'”’)").endswith("?") and not claim.rstrip(" \"'”’)").endswith("?"):
        return "question", ""
    return None


def _words_differ(claim: str, sentence: str, plans: tuple[str, ...]) -> tuple[Reason, str] | None:
    said, meant = _tokens(claim, plans), _tokens(sentence, plans)
    keys = [key for key, _ in meant]
    for key, shown in said:
        if key not in keys:
            return _which(key, shown), shown
    first = said[0][0] if said else ""
    if not any(_follows(said, meant, at) for at, key in enumerate(keys) if key == first):
        return "other order", ""
    return None


def _follows(said: list[tuple[str, str]], meant: list[tuple[str, str]], at: int) -> bool:
    """
    Whether `said` stands in `meant` from `at` on, in order, with no amount, date or plan left out in between.

    `Enterprise pays 10, Pro pays 20` does not say `Enterprise pays 20`.
    """
    for key, _ in said:
        while at < len(meant) and meant[at][0] != key:
            if not meant[at][0].startswith("word:"):
                return False
            at += 1
        if at == len(meant):
            return False
        at += 1
    return True


def _which(key: str, shown: str) -> Reason:
    kind = key.partition(":")[0]
    if kind in ("date", "duration"):
        return "altered date"
    if kind in ("money", "percent", "number"):
        return "altered number"
    if kind == "plan":
        return "other plan"
    return "other name" if shown[:1].isupper() else "says more"


def _tokens(text: str, plans: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every word, and every spot as one; a key for comparing and the words as they stand."""
    found: list[tuple[int, str, str]] = []
    position = 0
    for spot in (*spots(text, plans), Spot("number", len(text), len(text), "", "")):
        for word in _WORD.finditer(text, position, spot.start):
            found.append((word.start(), "word:" + word[0].casefold().replace("’", "'"), word[0]))
        if spot.text:
            found.append((spot.start, f"{spot.kind}:{spot.value}", spot.text))
        position = spot.end
    return [(key, shown) for _, key, shown in found]
