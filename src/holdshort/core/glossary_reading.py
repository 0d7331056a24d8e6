"""Read the glossary file's plain data, reporting every fault in it at once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.glossary import VALUE_TYPES, Glossary, Name, System, ValueType, blank_key
from holdshort.core.paths import Path, Step, read_path
from holdshort.core.rules.faults import RuleFault
from holdshort.core.rules.parser import parse_condition
from holdshort.core.rules.reader import PREDICATE_WORDS
from holdshort.core.rules.tokens import words_of
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.rules.walk import broken_definitions, definitions_in
from holdshort.core.text import fold

_NAME_KEYS = frozenset(
    {
        "from",
        "else from",
        "ai from",
        "type",
        "values",
        "expected",
        "also called",
        "kind",
        "currency",
        "zone",
        "read as",
        "none is an answer",
        "any answer means yes",
        "fresh for",
        "personal data",
        "due",
        "item",
        "named by",
        "fields",
        "of",
        "where",
        "of values",
        "note",
    }
)


_ACRONYMS = frozenset({"ai", "arr", "po", "sla", "crm", "cs", "sso"})


class GlossaryReader:
    """Turns plain data into a `Glossary`; `faults` gathers what has to be mended."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Diagnostic] = []

    def read(
        self, data: Any, thresholds: Mapping[str, Any], locale: str = "", currency: str = ""
    ) -> Glossary:
        """
        Return the glossary that `data` describes.

        Args:
            data: The parsed file: `placeholders`, `systems`, `names`, `definitions`, `word lists`.
            thresholds: Numbers of the playbook by key; `ai_confidence` is called `ai confidence threshold` in rules.
            locale: Locale of dates and numbers where a record states none; empty means none is assumed.
            currency: ISO code for money whose field has no currency of its own.
        """
        data = data if isinstance(data, Mapping) else {}
        for key in data:
            if key not in ("placeholders", "systems", "names", "definitions", "word lists", "choices"):
                self._fault(
                    "GLOS-001",
                    f"`{key}` is no part of a glossary",
                    str(key),
                    _near(key, ("names", "systems", "definitions", "word lists", "placeholders")),
                )
        glossary = Glossary(locale=locale, currency=currency)
        glossary.placeholders = frozenset(blank_key(str(each)) for each in _listed(data.get("placeholders")))
        glossary.thresholds = self._thresholds(thresholds)
        glossary.word_lists = {
            str(name): tuple(str(each) for each in _listed(words))
            for name, words in _mapping(data.get("word lists")).items()
        }
        glossary.systems = {
            str(name): self._system(str(name), each) for name, each in _mapping(data.get("systems")).items()
        }
        shared = _mapping(data.get("choices"))
        for key, entry in _mapping(data.get("names")).items():
            name = self._name(str(key), entry, f"names > {key}", shared)
            if name is not None:
                glossary.names[name.name] = name
        glossary.definition_texts = {str(k): str(v) for k, v in _mapping(data.get("definitions")).items()}
        self._check_lists(glossary)
        self._link(glossary)
        return glossary

    # --- parts ---

    def _thresholds(self, thresholds: Mapping[str, Any]) -> dict[str, Decimal]:
        read = {}
        for key, value in thresholds.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
                self._fault(
                    "GLOS-002",
                    f"the threshold `{key}` is not a number",
                    f"thresholds > {key}",
                    "write a number",
                )
                continue
            words = [word.upper() if word in _ACRONYMS else word for word in key.split("_")]
            read[f"{' '.join(words)} threshold"] = Decimal(str(value))
        return read

    def _system(self, name: str, entry: Any) -> System:
        entry = _mapping(entry)
        return System(
            name,
            str(entry.get("from", name.replace(" ", "_"))),
            str(entry.get("title", name)),
            str(entry.get("code", "")),
            bool(entry.get("expected", True)),
        )

    def _name(
        self, key: str, entry: Any, place: str, shared: Mapping[str, Any], within: bool = False
    ) -> Name | None:
        if not isinstance(entry, Mapping):
            entry = {"type": entry} if isinstance(entry, str) else {}
        for attribute in entry:
            if attribute not in _NAME_KEYS:
                self._fault(
                    "GLOS-003",
                    f"`{attribute}` says nothing about a name",
                    place,
                    _near(attribute, _NAME_KEYS),
                )
        self._check_phrase(key, place)
        its_type = self._type(entry.get("type", "text"), place)
        values = entry.get("values")
        if isinstance(values, str):
            values = shared.get(values, [])
        options, spellings = _choices(values)
        fields = {}
        for field_key, field_entry in _mapping(entry.get("fields")).items():
            field = self._name(str(field_key), field_entry, f"{place} > {field_key}", shared, within=True)
            if field is not None:
                fields[field.name] = field
        read_as = {
            fold(_word(raw)): str(_word(means)) for raw, means in _mapping(entry.get("read as")).items()
        }
        if its_type == "choice" and not options and read_as:
            options, spellings = _choices(list(dict.fromkeys(read_as.values())))
        value_type = entry.get("of values")
        return Name(
            name=key,
            type=its_type,
            paths=self._paths(entry.get("from"), key, place, within, entry),
            else_paths=self._paths(entry.get("else from"), "", place, True, {"of": 1}),
            ai_path=next(iter(self._paths(entry.get("ai from"), "", place, True, {"of": 1})), None),
            expected=bool(entry.get("expected", not within)),
            synonyms=tuple(str(each) for each in _listed(entry.get("also called"))),
            options=options,
            spellings=spellings,
            read_as=read_as,
            kind=str(entry.get("kind", "")),
            currency_path=self._one_path(entry.get("currency"), place),
            zone_path=self._one_path(entry.get("zone"), place),
            none_is_an_answer=bool(entry.get("none is an answer", False)),
            any_answer_means_yes=bool(entry.get("any answer means yes", False)),
            fresh_for_days=self._days(entry.get("fresh for"), place),
            personal=bool(entry.get("personal data", False)),
            due=bool(entry.get("due", False)),
            item=str(entry.get("item", "")),
            named_by=str(entry.get("named by", "")),
            parent=str(entry.get("of", "")),
            where_text=str(entry.get("where", "")),
            fields=fields,
            value_type=self._type(value_type, place) if value_type is not None else None,
            note=str(entry.get("note", "")),
        )

    def _check_phrase(self, phrase: str, place: str) -> None:
        try:
            words = words_of(phrase)
        except RuleFault as fault:
            self._fault(
                "GLOS-004",
                f"`{phrase}` cannot be a name: {fault.message}",
                place,
                "use letters, digits and blanks",
            )
            return
        if not words or words[0] in PREDICATE_WORDS or words[0] in ("not", "and", "or", "unless"):
            self._fault(
                "GLOS-004",
                f"`{phrase}` cannot be a name: it begins with a word of the language",
                place,
                "begin with a noun",
            )

    def _type(self, said: Any, place: str) -> ValueType:
        # YAML reads a bare `yes/no` as text, `date` and the others too.
        if said in VALUE_TYPES:
            return said  # type: ignore[no-any-return]
        self._fault("GLOS-005", f"`{said}` is no type of value", place, _near(str(said), VALUE_TYPES))
        return "text"

    def _paths(
        self, said: Any, key: str, place: str, within: bool, entry: Mapping[str, Any]
    ) -> tuple[Path, ...]:
        if said is None:
            if not key or entry.get("of"):
                return ()
            if within:
                return (Path((Step(key.replace(" ", "_").replace("-", "_")),)),)
            self._fault(
                "GLOS-006", f"`{key}` does not say where its value lives", place, "add `from: SYSTEM.FIELD`"
            )
            return ()
        found = []
        for each in _listed(said):
            path = read_path(str(each))
            if path is None:
                self._fault(
                    "GLOS-007",
                    f"`{each}` is no place in a record",
                    place,
                    "write `system.field`, `list[field=value].field` or `list[].field`",
                )
            else:
                found.append(path)
        return tuple(found)

    def _one_path(self, said: Any, place: str) -> Path | None:
        return next(iter(self._paths(said, "", place, True, {"of": 1})), None) if said else None

    def _days(self, said: Any, place: str) -> int | None:
        if said is None:
            return None
        words = str(said).split()
        if words and words[0].isdigit() and (len(words) == 1 or words[1] in ("day", "days")):
            return int(words[0])
        self._fault("GLOS-008", f"`{said}` is no limit of freshness", place, "write for instance `90 days`")
        return None

    # --- references between entries ---

    def _check_lists(self, glossary: Glossary) -> None:
        for name in list(glossary.names.values()):
            if name.parent and name.parent not in glossary.names:
                self._fault(
                    "GLOS-009",
                    f"`{name.name}` is a part of `{name.parent}`, which the glossary lacks",
                    f"names > {name.name}",
                    _near(name.parent, glossary.names),
                )
                del glossary.names[name.name]
            elif name.parent and not glossary.names[name.parent].is_list:
                self._fault(
                    "GLOS-009",
                    f"`{name.parent}` is not a list, so nothing can be a part of it",
                    f"names > {name.name}",
                    "name a list after `of:`",
                )
                del glossary.names[name.name]
        for name in list(glossary.names.values()):
            if _circles(glossary, name):
                self._fault(
                    "GLOS-010",
                    f"`{name.name}` is a part of itself",
                    f"names > {name.name}",
                    "name another list after `of:`",
                )
                del glossary.names[name.name]
            elif name.named_by and name.named_by not in name.fields:
                self._fault(
                    "GLOS-011",
                    f"`{name.name}` has no field `{name.named_by}`",
                    f"names > {name.name}",
                    _near(name.named_by, name.fields),
                )

    def _link(self, glossary: Glossary) -> None:
        """Read the sentences of definitions and list filters, which may use each other but not in a circle."""
        vocabulary = Vocabulary(glossary)
        for name in glossary.names.values():
            if name.where_text:
                condition = self._sentence(
                    name.where_text, vocabulary, f"names > {name.name} > where", name.parent
                )
                if condition is not None:
                    glossary.list_filters[name.name] = condition
        for definition, text in glossary.definition_texts.items():
            condition = self._sentence(text, vocabulary, f"definitions > {definition}")
            if condition is not None:
                glossary.definitions[definition] = condition
        for definition in _circling(glossary):
            self._fault(
                "GLOS-012",
                f"the definition `{definition}` leads back to itself",
                f"definitions > {definition}",
                "take the reference to itself out",
            )
            glossary.definitions.pop(definition, None)
        self._drop_broken(glossary)

    def _drop_broken(self, glossary: Glossary) -> None:
        """What builds on a definition that could not be read cannot be used either."""
        while True:
            broken = [
                each for each, means in glossary.definitions.items() if broken_definitions(means, glossary)
            ]
            filters = [
                each for each, means in glossary.list_filters.items() if broken_definitions(means, glossary)
            ]
            for each in broken:
                glossary.definitions.pop(each)
                self._fault(
                    "GLOS-013",
                    f"`{each}` builds on a definition that could not be read",
                    f"definitions > {each}",
                    "mend that one first",
                )
            for each in filters:
                glossary.list_filters.pop(each)
                glossary.names.pop(each, None)
                self._fault(
                    "GLOS-013",
                    f"`{each}` builds on a definition that could not be read",
                    f"names > {each} > where",
                    "mend that one first",
                )
            if not broken and not filters:
                return

    def _sentence(self, text: str, vocabulary: Vocabulary, place: str, list_name: str = "") -> Any:
        try:
            return parse_condition(text, vocabulary, list_name)
        except RuleFault as fault:
            self.faults.append(fault.at(Where(self.file, column=place), text))
            return None

    def _fault(self, code: str, message: str, place: str, mend: str) -> None:
        self.faults.append(Diagnostic(code, message, Where(self.file, column=place), mend))


def _choices(values: Any) -> tuple[tuple[str, ...], dict[str, str]]:
    """The options, and every folded spelling with the option it means."""
    spellings: dict[str, str] = {}
    options = []
    entries = values.items() if isinstance(values, Mapping) else ((each, ()) for each in _listed(values))
    for option, others in entries:
        option = str(_word(option))
        options.append(option)
        for spelling in (option, *(str(_word(each)) for each in _listed(others))):
            spellings[fold(spelling)] = option
    return tuple(options), spellings


def _word(value: Any) -> str:
    """YAML reads `yes` and `no` as truth values; in a glossary they are words."""
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def _circles(glossary: Glossary, name: Name) -> bool:
    seen = {name.name}
    while name.parent in glossary.names:
        if name.parent in seen:
            return True
        seen.add(name.parent)
        name = glossary.names[name.parent]
    return False


def _circling(glossary: Glossary) -> list[str]:
    def reaches(start: str) -> bool:
        todo, seen = [start], set()
        while todo:
            for found in definitions_in(glossary.definitions.get(todo.pop())):
                if found == start:
                    return True
                if found not in seen:
                    seen.add(found)
                    todo.append(found)
        return False

    return [each for each in glossary.definitions if reaches(each)]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _near(word: Any, known: Any) -> str:
    near = did_you_mean(str(word), known)
    return (
        f"did you mean `{near}`?"
        if near
        else "choose one of " + ", ".join(f"`{each}`" for each in sorted(known)[:25])
    )
