"""Cases that people decided and that are alike: groups by the words they share (TF-IDF), which may ask for a row."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdshort.core.text import clean

MOST_CASES = 2_000
_MOST_WORDS = 400
_WORD = re.compile(r"[^\W\d_]{3,30}")
_COMMON = frozenset(
    "the and for with that this are was were has have had not but from they their our you your will can its all any who what when per out due".split()
)


@dataclass(frozen=True, slots=True)
class Decided:
    """One decided review: which, under which row, and what people wrote and read there."""

    id: str
    case: str
    text: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """Alike cases, the words that they share, and how alike they are (0 to 1, the least of the group to its middle)."""

    members: tuple[str, ...]
    cases: tuple[str, ...]
    words: tuple[str, ...]
    likeness: float


def cluster(decided: Sequence[Decided], threshold: float = 0.35) -> tuple[Cluster, ...]:
    """Groups of at least two, the largest first. The same cases in the same order give the same groups."""
    bags = [Counter(_words(each.text)) for each in decided[:MOST_CASES]]
    spread = Counter(word for bag in bags for word in bag)
    vectors = [_vector(bag, spread, len(bags)) for bag in bags]
    groups: list[list[int]] = []
    middles: list[dict[str, float]] = []
    for at, vector in enumerate(vectors):
        likest = max(range(len(groups)), key=lambda each: _likeness(vector, middles[each]), default=None)
        if likest is not None and vector and _likeness(vector, middles[likest]) >= threshold:
            groups[likest].append(at)
            middles[likest] = _middle([vectors[each] for each in groups[likest]])
        elif vector:
            groups.append([at])
            middles.append(vector)
    found = [
        Cluster(
            tuple(decided[at].id for at in group),
            tuple(sorted({decided[at].case for at in group})),
            tuple(word for word, _ in sorted(middle.items(), key=lambda pair: (-pair[1], pair[0]))[:6]),
            round(min(_likeness(vectors[at], middle) for at in group), 2),
        )
        for group, middle in zip(groups, middles, strict=True)
        if len(group) > 1
    ]
    return tuple(sorted(found, key=lambda each: (-len(each.members), each.members)))


def _words(text: str) -> list[str]:
    words = [word.casefold() for word in _WORD.findall(clean(text))[:_MOST_WORDS]]
    return [
        re.sub(r"(?:ing|ed|s)$", "", word) if len(word) > 5 else word for word in words if word not in _COMMON
    ]


def _vector(bag: Mapping[str, int], spread: Mapping[str, int], count: int) -> dict[str, float]:
    raw = {word: (1 + math.log(times)) * math.log((1 + count) / spread[word]) for word, times in bag.items()}
    length = math.sqrt(sum(weight * weight for weight in raw.values()))
    return {word: weight / length for word, weight in raw.items()} if length else {}


def _middle(vectors: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: Counter[str] = Counter()
    for each in vectors:
        total.update(each)
    length = math.sqrt(sum(weight * weight for weight in total.values()))
    return {word: weight / length for word, weight in total.items()} if length else {}


def _likeness(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    small, large = (left, right) if len(left) < len(right) else (right, left)
    return sum(weight * large.get(word, 0.0) for word, weight in small.items())
