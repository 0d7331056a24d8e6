"""The names that a register may use: where each value lives, its type, and what counts as blank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args

from holdshort.core.paths import Path
from holdshort.core.rules.ast import Condition

ValueType = Literal[
    "text",
    "choice",
    "name",
    "yes/no",
    "number",
    "confidence",
    "money",
    "date",
    "time",
    "zone",
    "email",
    "list",
]
VALUE_TYPES: tuple[ValueType, ...] = get_args(ValueType)


@dataclass(frozen=True, slots=True)
class System:
    """An object of the record; `contract is attached` asks for it."""

    name: str
    key: str
    title: str = ""
    code: str = ""
    """The system of record it belongs to, such as `contract repository`."""
    expected: bool = True
    """Some connected source says whether there is one."""


@dataclass(frozen=True)
class Name:
    """
    One value that rules may speak about.

    `paths` all hold the value and must agree; `else_paths` are asked in turn where none of `paths` is provided;
    `ai_path` only shows what AI found and never satisfies a rule. `spellings` maps a folded spelling to the choice it
    means, `read_as` a folded raw value to a choice. For lists see `fields`, `item`, `parent` and `where`.
    """

    name: str
    type: ValueType
    paths: tuple[Path, ...] = ()
    else_paths: tuple[Path, ...] = ()
    ai_path: Path | None = None
    expected: bool = True
    synonyms: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    read_as: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""
    currency_path: Path | None = None
    zone_path: Path | None = None
    none_is_an_answer: bool = False
    any_answer_means_yes: bool = False
    fresh_for_days: int | None = None
    personal: bool = False
    due: bool = False
    item: str = ""
    named_by: str = ""
    parent: str = ""
    where_text: str = ""
    fields: Mapping[str, Name] = field(default_factory=dict)
    value_type: ValueType | None = None
    """Type of the values of a list of plain values; None for a list of objects."""
    note: str = ""

    @property
    def system(self) -> str:
        return self.paths[0].system if self.paths else ""

    @property
    def is_list(self) -> bool:
        return self.type == "list"

    @property
    def is_about_ai(self) -> bool:
        """It tells of AI's output as such, for instance its confidence."""
        return bool(self.paths) and self.paths[0].system == "ai_output"


@dataclass
class Glossary:
    """Everything a register's words may refer to. Read-only once linked."""

    names: dict[str, Name] = field(default_factory=dict)
    systems: dict[str, System] = field(default_factory=dict)
    definition_texts: dict[str, str] = field(default_factory=dict)
    word_lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    thresholds: dict[str, Decimal] = field(default_factory=dict)
    placeholders: frozenset[str] = frozenset()
    """Whole values taken for blank, folded by `blank_key`."""
    locale: str = ""
    currency: str = ""
    definitions: dict[str, Condition] = field(default_factory=dict)
    list_filters: dict[str, Condition] = field(default_factory=dict)

    def list_of(self, name: str) -> Name:
        """The list that `name` is a part of, or itself: the one whose fields its elements have."""
        found = self.names[name]
        while found.parent:
            found = self.names[found.parent]
        return found

    def fields_of(self, list_name: str) -> Mapping[str, Name]:
        return self.list_of(list_name).fields

    def every_name(self) -> Iterator[Name]:
        yield from self.names.values()


def blank_key(text: str) -> str:
    """How a whole value is compared with the placeholder list: trimmed, case and inner blanks ignored."""
    return " ".join(text.split()).casefold()
