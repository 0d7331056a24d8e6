"""
Which simple conditions tell onboardings that went wrong from those that did not.

Conditions come from the glossary and from the values that occur; each is tried, the ones that separate best by a measure
that chance rarely reaches are kept, and each explains only what the ones before it left unexplained. What comes out is
said as a mechanism with its values. It is a difference between two groups, not a proof of a cause: a person decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.glossary import Glossary, Name
from holdshort.core.presence import NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.rules import ast
from holdshort.core.rules.printer import print_condition
from holdshort.core.shadow_statistics import Share, chance_of
from holdshort.core.text import fold, mentions

FEWEST = 5
"""Fewer onboardings than this show no mechanism."""
MOST_CHANCE = 0.01
"""That chance alone brings any of all tried conditions as far as this; above it the data do not tell."""
LEAST_LIFT = 2.0
MOST_FOUND = 8
_LOOKED_AT = 200
_MOST_OPTIONS = 12
_MOST_PHRASES = 60
_WORD = re.compile(r"[a-z][a-z'-]+")
_STOP = frozenset(
    "the a an and or of to in for on with is are was were be been they them their it its this that we our you your at by "
    "from as so no not only far will would can could has have had do does did he she his her i me my if but yet".split()
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """An onboarding as it was known at one moment."""

    key: str
    record: Mapping[str, Any]
    at: datetime
    what: str = ""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """A condition with how often it held where things went wrong and where they went well."""

    condition: ast.Condition
    failed: Share
    fine: Share
    chance: float
    """That chance alone brings it so far, already multiplied by how many conditions were tried."""
    members: tuple[int, ...]
    """Which of the failed ones."""

    @property
    def lift(self) -> float:
        """How many times more often it held where things went wrong."""
        least = 0.5 / max(1, self.fine.of)
        return (self.failed.count / max(1, self.failed.of)) / max(least, (self.fine.value or 0.0))


# --- conditions to try -------------------------------------------------------------------------------------


def conditions_to_try(
    glossary: Glossary, reader: RecordReader, failed: Sequence[Snapshot], fine: Sequence[Snapshot]
) -> list[ast.Condition]:
    """Simple conditions over the names that these records give: presence, choices, limits, disagreement, words."""
    seen = _Seen(glossary, reader, failed, fine)
    found: dict[ast.Condition, None] = {}
    for name in seen.scalars:
        for condition in _of_value(name, seen):
            found[condition] = None
    for condition in (*_disagreements(seen), *_dates_apart(seen), *_of_lists(seen), *_of_words(seen)):
        found[condition] = None
    return list(found)


class _Seen:
    """The values of some of the records, by name."""

    def __init__(
        self, glossary: Glossary, reader: RecordReader, failed: Sequence[Snapshot], fine: Sequence[Snapshot]
    ) -> None:
        self.glossary = glossary
        self.failed = _some(failed)
        self.all = [*self.failed, *_some(fine)]
        self.values: dict[str, list[Any]] = {}
        self.failed_values: dict[str, list[Any]] = {}
        for name in glossary.names.values():
            if name.parent or not name.paths:
                continue
            read = [reader.read(name, each.record) for each in self.all]
            given = [each for each in read if not _is_silent(each)]
            if len(given) * 5 >= len(read):
                self.values[name.name] = read
                self.failed_values[name.name] = read[: len(self.failed)]
        self.scalars = [glossary.names[name] for name in self.values if not glossary.names[name].is_list]

    def known(self, name: str, *, failed: bool = False) -> list[Any]:
        read = (self.failed_values if failed else self.values)[name]
        return [each for each in read if not isinstance(each, NotKnown)]


def _some(snapshots: Sequence[Snapshot]) -> list[Snapshot]:
    step = max(1, len(snapshots) // _LOOKED_AT)
    return list(snapshots[::step][:_LOOKED_AT])


def _is_silent(value: Any) -> bool:
    return isinstance(value, NotKnown) and value.state == "not_provided"


def _of_value(name: Name, seen: _Seen) -> Iterator[ast.Condition]:
    term = ast.NameRef(name.name)
    read = seen.values[name.name]
    missing = sum(1 for each in read if isinstance(each, NotKnown) and each.missing)
    if missing:
        yield ast.Presence(term, "missing")
    known = seen.known(name.name)
    if not known:
        return
    if name.type == "yes/no" and len(set(known)) > 1:
        yield ast.Equals(term, ast.YesNo(True))
        yield ast.Equals(term, ast.YesNo(False))
    elif name.type == "choice":
        options = [each for each, _ in Counter(known).most_common(_MOST_OPTIONS) if each in name.options]
        if len(options) > 1:
            yield from (ast.Equals(term, ast.Choice(each)) for each in options)
    elif name.type in ("number", "money", "confidence"):
        yield from _limits(term, name, seen)
    elif name.type in ("date", "time"):
        moment: ast.Today | ast.Now = ast.Now() if name.type == "time" else ast.Today()
        yield ast.Order(term, "before", moment)


def _limits(term: ast.NameRef, name: Name, seen: _Seen) -> Iterator[ast.Condition]:
    numbers = sorted(_plain(each) for each in seen.known(name.name))
    failed = sorted(_plain(each) for each in seen.known(name.name, failed=True))
    currencies = {each.currency for each in seen.known(name.name) if isinstance(each, Money)}
    if numbers[0] == numbers[-1] or len(currencies) > 1 or "" in currencies:
        return
    low = {numbers[len(numbers) * at // 10] for at in range(1, 10)}
    low |= {failed[len(failed) * at // 20] for at in (0, 1, 2, 5, 10)} if failed else set()
    high = {numbers[len(numbers) * at // 10] for at in range(1, 10)}
    high |= {failed[(len(failed) - 1) * at // 20] for at in (10, 15, 18, 19, 20)} if failed else set()

    def literal(number: Decimal) -> ast.Term:
        return ast.MoneyLiteral(number, next(iter(currencies))) if currencies else ast.Number(number)

    for number in sorted({_rounded(each, ROUND_FLOOR) for each in low}):
        yield ast.Compare(term, "at least", literal(number))
    for number in sorted({_rounded(each, ROUND_CEILING) for each in high}):
        yield ast.Compare(term, "at most", literal(number))


def _plain(value: Any) -> Decimal:
    return Decimal(value.amount if isinstance(value, Money) else value)


def _rounded(number: Decimal, way: str) -> Decimal:
    """To two digits, so that the limit reads as one that a person would set."""
    if not number:
        return Decimal(0)
    place = number.adjusted() - 1
    rounded = number.quantize(Decimal(1).scaleb(place), rounding=way) if place > -4 else number
    return Decimal(int(rounded)) if rounded == rounded.to_integral_value() else rounded.normalize()


def _disagreements(seen: _Seen) -> Iterator[ast.Condition]:
    by_kind: dict[str, list[Name]] = {}
    for name in seen.scalars:
        if name.kind:
            by_kind.setdefault(name.kind, []).append(name)
    for names in by_kind.values():
        for place, left in enumerate(names):
            for right in names[place + 1 :]:
                if left.type == right.type and left.system != right.system:
                    yield ast.Agree((left.name, right.name), negated=True)


def _dates_apart(seen: _Seen) -> Iterator[ast.Condition]:
    full = [
        name.name
        for name in seen.scalars
        if name.type == "date" and len(seen.known(name.name)) * 5 >= len(seen.all) * 4
    ][:12]
    for left in full:
        for right in full:
            gaps = {
                (a - b).days
                for a, b in zip(seen.values[left], seen.values[right], strict=True)
                if isinstance(a, date) and isinstance(b, date)
            }
            if left != right and len(gaps) > 1:
                for days in (5, 10, 20):
                    yield ast.Distance(
                        ast.NameRef(left),
                        "more than",
                        Decimal(days),
                        "business days",
                        "after",
                        ast.NameRef(right),
                    )


def _of_lists(seen: _Seen) -> Iterator[ast.Condition]:
    for name in (seen.glossary.names[each] for each in seen.values):
        if not name.is_list or not name.expected:
            continue
        yield ast.ListSize(ast.NameRef(name.name), "exactly", 0)
        field = name.fields.get(name.named_by)
        if field is not None and field.type == "choice":
            for option in field.options[: _MOST_OPTIONS * 2]:
                yield ast.Include(name.name, (("no", 0, option),))


def _of_words(seen: _Seen) -> Iterator[ast.Condition]:
    lists = [
        name
        for name in seen.glossary.names.values()
        if name.is_list
        and seen.glossary.list_of(name.name).name in seen.values
        and seen.glossary.fields_of(name.name).get("text")
        and any(word in name.name for word in ("note", "message"))
    ]
    parents = {name.parent for name in lists if name.parent}
    for name in lists:
        if name.name in parents:
            continue  # its narrower part says the same with better words
        phrases = _phrases(name, seen)
        for words in [*seen.glossary.word_lists]:
            yield _mentioned(name, (), words)
        for phrase in phrases:
            yield _mentioned(name, (phrase,), "")


def _mentioned(name: Name, phrases: tuple[str, ...], word_list: str) -> ast.Condition:
    return ast.Quantified("any", 0, name.name, None, ast.Mentions(ast.FieldRef("text"), phrases, word_list))


def _phrases(name: Name, seen: _Seen) -> list[str]:
    """Words and pairs of words that stand in texts of several failed onboardings, and seldom in others."""
    root = seen.glossary.list_of(name.name).name
    own, other = Counter[str](), Counter[str]()
    for place, value in enumerate(seen.values[root]):
        text = " . ".join(_texts(value))
        (own if place < len(seen.failed) else other).update(_grams(text))
    failed, rest = max(1, len(seen.failed)), max(1, len(seen.all) - len(seen.failed))
    ranked = sorted(
        (
            (count / failed - other[phrase] / rest, len(phrase.split()), phrase)
            for phrase, count in own.items()
            if count >= 3
        ),
        reverse=True,
    )
    return [phrase for gap, _, phrase in ranked[:_MOST_PHRASES] if gap > 0 and mentions(phrase, (phrase,))]


def _texts(value: Any) -> Iterator[str]:
    for element in value if isinstance(value, list) else ():
        text = element.get("text") if isinstance(element, Mapping) else element
        if isinstance(text, str):
            yield text


def _grams(text: str) -> set[str]:
    found: set[str] = set()
    for part in re.split(r"[.,;:!?()\n]+", fold(text) if len(text) < 20_000 else ""):
        words = _WORD.findall(part)
        found.update(word for word in words if len(word) >= 5 and word not in _STOP)
        for left, right in pairwise(words):
            if left not in _STOP and right not in _STOP:
                found.add(f"{left} {right}")
    return found


# --- the search --------------------------------------------------------------------------------------------


def find_mechanisms(
    conditions: Sequence[ast.Condition],
    failed: Sequence[int],
    fine: Sequence[int],
    sizes: tuple[int, int],
    glossary: Glossary,
) -> list[Mechanism]:
    """
    The conditions that separate, the clearest first; each for the failed ones that those before it leave unexplained.

    Args:
        conditions: What was tried.
        failed: For each condition the failed onboardings for which it is matched, a bit each.
        fine: The same for those that went well.
        sizes: How many failed and how many went well.
    """
    search = _Search(conditions, failed, fine, sizes, glossary)
    found: list[Mechanism] = []
    left = (1 << sizes[0]) - 1
    while len(found) < MOST_FOUND and left.bit_count() >= FEWEST:
        best = search.best(left)
        if best is None:
            break
        found.append(best)
        for member in best.members:
            left &= ~(1 << member)
    return found


@dataclass(frozen=True, slots=True)
class _Tried:
    chance: float
    length: int
    condition: ast.Condition
    failed: int
    fine: int


class _Search:
    def __init__(
        self,
        conditions: Sequence[ast.Condition],
        failed: Sequence[int],
        fine: Sequence[int],
        sizes: tuple[int, int],
        glossary: Glossary,
    ) -> None:
        self.sizes = sizes
        self.tried = [
            (condition, failed[at], fine[at], _plainness(condition, glossary))
            for at, condition in enumerate(conditions)
            if failed[at].bit_count() >= FEWEST
        ]
        self.count = max(1, len(conditions))

    def best(self, left: int) -> Mechanism | None:
        among = left.bit_count()
        ranked = sorted(
            (each for each in self._singles(left, among)), key=lambda each: (each.chance, each.length)
        )
        if not ranked or ranked[0].chance * self.count > MOST_CHANCE:
            return None
        chosen = self._narrowed(ranked[0], ranked, left, among)
        members = _bits(chosen.failed & left)
        return Mechanism(
            chosen.condition,
            Share(len(members), self.sizes[0]),
            Share(chosen.fine.bit_count(), self.sizes[1]),
            min(1.0, chosen.chance * self.count),
            members,
        )

    def _singles(self, left: int, among: int) -> Iterator[_Tried]:
        for condition, failed, fine, length in self.tried:
            one = self._measured(condition, failed, fine, length, left, among)
            if one is not None:
                yield one

    def _measured(
        self, condition: ast.Condition, failed: int, fine: int, length: int, left: int, among: int
    ) -> _Tried | None:
        hits, others = (failed & left).bit_count(), fine.bit_count()
        if hits < FEWEST:
            return None
        share = others / self.sizes[1] if self.sizes[1] else 0.0
        if (hits / among) < LEAST_LIFT * share:
            return None
        chance = chance_of(hits, hits + others, among, among + self.sizes[1])
        return _Tried(chance, length, condition, failed, fine)

    def _narrowed(self, one: _Tried, ranked: Iterable[_Tried], left: int, among: int) -> _Tried:
        """A second condition, where it keeps most of the failed ones and parts them from most of the others."""
        hits, others = (one.failed & left).bit_count(), one.fine.bit_count()
        best = one
        for each in list(ranked)[1:200]:
            failed, fine = one.failed & each.failed, one.fine & each.fine
            if (failed & left).bit_count() * 4 < hits * 3 or fine.bit_count() * 5 > others * 2:
                continue
            both = self._measured(
                ast.And((one.condition, each.condition)), failed, fine, one.length + each.length, left, among
            )
            # Pairs are far more in number than single ones, so one has to be far clearer.
            if both is not None and both.chance * 1_000 < best.chance:
                best = both
        return best


def _plainness(condition: ast.Condition, glossary: Glossary) -> int:
    """Of conditions that part the onboardings alike, the one with the least is chosen: short, but of phrases the longer."""
    match condition:
        case ast.Quantified(body=ast.Mentions(phrases=(phrase,))):
            return 100 - len(phrase.split()) * 10
        case _:
            return len(print_condition(condition, glossary))


def _bits(mask: int) -> tuple[int, ...]:
    return tuple(place for place in range(mask.bit_length()) if mask >> place & 1)
