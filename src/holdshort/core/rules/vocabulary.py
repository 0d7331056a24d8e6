"""Every phrase that a playbook's rules may use for something, found by longest match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from holdshort.core.glossary import Glossary, Name
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.tokens import Token, words_of

EntryKind = Literal["name", "list", "definition", "system", "word list", "threshold", "field"]
# Where two phrases are equally long: what stands nearest to the reader's sentence wins.
_PRECEDENCE: dict[EntryKind, int] = {
    "field": 0,
    "definition": 1,
    "name": 2,
    "list": 2,
    "threshold": 3,
    "word list": 4,
    "system": 5,
}
ARTICLES = frozenset({"the", "a", "an", "its", "their", "this", "that"})


@dataclass(frozen=True, slots=True)
class Entry:
    kind: EntryKind
    name: str
    """The glossary's own spelling."""


@dataclass(frozen=True, slots=True)
class Found:
    entry: Entry
    start: int
    """Index of the first token, articles not counted."""
    end: int
    """Index of the token after the phrase."""


class Phrases:
    """A set of phrases, each standing for one entry."""

    def __init__(self, entries: Iterable[tuple[str, Entry]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Entry]]] = {}
        for phrase, entry in entries:
            words = words_of(phrase)
            if words:
                self._by_first.setdefault(words[0], []).append((words, entry))
        for found in self._by_first.values():
            found.sort(key=lambda pair: (-len(pair[0]), _PRECEDENCE[pair[1].kind]))

    def all_at(self, tokens: Sequence[Token], at: int) -> list[Found]:
        """Every phrase that begins at token `at`, longest first."""
        results = []
        start = at
        # A leading article is passed over, unless a phrase itself begins with it (`this deal`).
        starts = [at]
        while tokens[at].word in ARTICLES and tokens[at].kind == "word":
            at += 1
            starts.append(at)
        for start in starts:
            for words, entry in self._by_first.get(tokens[start].word, ()):
                end = start + len(words)
                if end <= len(tokens) and all(
                    tokens[start + place].word == words[place] for place in range(1, len(words))
                ):
                    results.append(Found(entry, start, end))
        if len(results) > 1:
            results.sort(key=lambda found: (-found.end, found.start, _PRECEDENCE[found.entry.kind]))
        return results


class Vocabulary:
    """The phrases of one glossary; those of a list's fields are made when first asked for."""

    def __init__(self, glossary: Glossary) -> None:
        self.glossary = glossary
        self.record = Phrases(_entries(glossary))
        self._fields: dict[str, Phrases] = {}
        self._choices: dict[int, Phrases] = {}

    def fields(self, list_name: str) -> Phrases:
        owner = self.glossary.list_of(list_name).name
        if owner not in self._fields:
            self._fields[owner] = Phrases(_field_entries(self.glossary.fields_of(owner)))
        return self._fields[owner]

    def inner_fields(self, owner: Name) -> Phrases:
        """The fields of a list that stands within another list's elements."""
        return Phrases(_field_entries(owner.fields))

    def choices(self, name: Name) -> Phrases:
        """The ways to write the choices of `name`, each entry named by the choice it means."""
        key = id(name)
        if key not in self._choices:
            spelled = {**{each: each for each in name.options}, **name.spellings}
            # A spelling such as `#09 WON` is read in records; no sentence can hold it.
            self._choices[key] = Phrases(
                (text, Entry("name", means)) for text, means in spelled.items() if is_phrase(text)
            )
        return self._choices[key]

    def nameable(self) -> list[str]:
        """What a reader could have meant by an unknown word, for suggestions."""
        return [*self.glossary.names, *self.glossary.definition_texts, *self.glossary.systems]


def is_phrase(text: str) -> bool:
    """Whether a sentence may hold these words as they are."""
    try:
        return bool(words_of(text))
    except RuleFault:
        return False


def plural(word: str) -> str:
    """The plural of an item's name, good enough for the nouns of this trade; a glossary may add others."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    if word.endswith(("s", "x", "ch", "sh")):
        return word + "es"
    return word + "s"


def _entries(glossary: Glossary) -> Iterable[tuple[str, Entry]]:
    for name in glossary.names.values():
        entry = Entry("list" if name.is_list else "name", name.name)
        for phrase in (name.name, *name.synonyms):
            yield phrase, entry
        if name.item:
            yield name.item, entry
            yield plural(name.item), entry
    for definition in glossary.definition_texts:
        yield definition, Entry("definition", definition)
    for system in glossary.systems.values():
        yield system.name, Entry("system", system.name)
    for word_list in glossary.word_lists:
        yield word_list, Entry("word list", word_list)
    for threshold in glossary.thresholds:
        yield threshold, Entry("threshold", threshold)


def _field_entries(fields: Mapping[str, Name]) -> Iterable[tuple[str, Entry]]:
    for name in fields.values():
        entry = Entry("field", name.name)
        for phrase in (name.name, *name.synonyms):
            yield phrase, entry
            yield plural(phrase), entry
