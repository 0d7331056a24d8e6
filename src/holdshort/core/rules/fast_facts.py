"""Source lines that read one glossary name from a record quickly, and exactly as `core.reading` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from holdshort.core.amounts import Money, read_money
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.presence import MISSING, NOT_EXPECTED, NOT_ON_FILE, NOT_PROVIDED, OPTIONAL_BLANK, NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.unreadable import Unreadable

# How many different texts of one kind are remembered; past that all are forgotten at once. Longer texts are seldom
# met twice.
MOST_REMEMBERED = 5_000
LONGEST_REMEMBERED = 60
_LARGEST_PLAIN = 10**15
# What a system object may say about all its values; where one stands, each value is read the slow way.
CONTEXT_KEYS = ("locale", "date_locale", "timezone", "_as_of")
_CONTEXT_TYPES = ("number", "money", "date", "time")
_TEXT_TYPES = ("text", "choice", "name", "email", "zone", "yes/no", "number", "date", "time")
# Types whose texts are read alike whatever the name, so that all names may share what was learnt.
_SHARED_TYPES = ("text", "name", "email", "zone", "number", "date", "time")


def is_simple(name: Name) -> bool:
    """Whether the value depends on nothing but what stands at one `system.field`."""
    return (
        len(name.paths) == 1
        and name.paths[0].is_plain
        and not name.else_paths
        and name.ai_path is None
        and name.fresh_for_days is None
        and name.zone_path is None
    )


def needs_context(name: Name) -> bool:
    return name.type in _CONTEXT_TYPES


def blank_of(name: Name) -> NotKnown:
    return MISSING if name.expected else OPTIONAL_BLANK


def absent_of(name: Name) -> NotKnown:
    return NOT_PROVIDED if name.expected else NOT_EXPECTED


class TextMemory:
    """Remembers what each text of one kind of name was read as; values read from the same text are the same."""

    def __init__(self, reader: RecordReader, name: Name) -> None:
        self.known: dict[Any, Any] = {}
        self._reader = reader
        self._name = name

    def learn(self, text: str) -> Any:
        value = self._reader.text_value(self._name, text)
        if len(text) <= LONGEST_REMEMBERED:
            self.keep(text, value)
        return value

    def learn_money(self, amount: Any, currency: Any, record: Mapping[str, Any]) -> Any:
        """`currency` is a text or None."""
        if amount.__class__ is str:
            value = self._reader.read(self._name, record)
            self.keep((amount, currency), value)
            return value
        stated = currency.strip().upper() if currency else ""
        read = read_money(amount, stated or self._reader.glossary.currency, self._reader.glossary.locale)
        return NotKnown("known", None, False, read.reason) if isinstance(read, Unreadable) else read

    def learn_confidence(self, number: float, record: Mapping[str, Any]) -> Any:
        value = self._reader.read(self._name, record)
        self.keep(number, value)
        return value

    def keep(self, key: Any, value: Any) -> None:
        if len(self.known) >= MOST_REMEMBERED:
            self.known.clear()
        self.known[key] = value


class Memories:
    """One memory for all names whose texts are read alike."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader
        self._shared: dict[tuple[object, ...], TextMemory] = {}

    def of(self, name: Name) -> TextMemory:
        if name.type not in _SHARED_TYPES or name.spellings:
            return TextMemory(self._reader, name)
        key = (name.type, name.expected, name.none_is_an_answer)
        return self._shared.setdefault(key, TextMemory(self._reader, name))


def simple_lines(
    name: Name,
    var: str,
    system: str,
    bind: Callable[[object, str], str],
    reader: RecordReader,
    memory: TextMemory,
    currency: str = "None",
) -> list[str]:
    """
    Return the lines that set `var` to the value of a simple name.

    Args:
        name: A name for which `is_simple` holds.
        var: The local variable to set.
        system: Local variable of its system's dict; `{system}_null` is True where the record says null, and
            `{system}_said` where the system states a locale, zone or age.
        bind: Puts an object into the generated function's namespace and returns the name it goes by there.
        reader: Reads everything that is not plain.
        memory: What is known of the name's texts.
        currency: Expression of the raw currency that belongs to a money value.
    """
    known = bind(memory.known, "known")
    slow = f"{bind(reader.read, 'read')}({bind(name, 'name')}, record)"
    absent, blank = bind(absent_of(name), "absent"), bind(blank_of(name), "blank")
    null_system = bind(MISSING if name.expected else NOT_ON_FILE, "null")
    said = f" and not {system}_said" if needs_context(name) else ""
    lines = [f"v = {system}.get({name.paths[0].steps[1].key!r}, ABSENT)", "c = v.__class__"]
    if name.type == "confidence":
        return [
            *lines,
            f"if c is not float: {var} = {slow}",
            "else:",
            f"    {var} = {known}.get(v)",
            f"    if {var} is None: {var} = {bind(memory.learn_confidence, 'learn')}(v, record)",
        ]
    if name.type == "money":
        lines += [
            f"k = {currency}",
            f"if c is int{said} and k.__class__ in STR_OR_NONE:",
            f"    {var} = {bind(memory.learn_money, 'learn')}(v, k, record)",
            f"elif c is str{said} and k.__class__ in STR_OR_NONE:",
            f"    {var} = {known}.get((v, k)) or {bind(memory.learn_money, 'learn')}(v, k, record)",
        ]
    elif name.type == "list":
        lines.append(f"if c is list: {var} = v")
    else:
        lines += [
            f"if c is str{said}:",
            f"    {var} = {known}.get(v)",
            f"    if {var} is None: {var} = {bind(memory.learn, 'learn')}(v)",
        ]
    if name.type == "yes/no":
        lines.append(f"elif c is bool: {var} = v")
    elif name.type == "number":
        lines.append(f"elif c is int and -{_LARGEST_PLAIN} < v < {_LARGEST_PLAIN}: {var} = v")
    return [
        *lines,
        f"elif v is ABSENT: {var} = {null_system} if {system}_null else {absent}",
        f"elif v is None: {var} = {blank}",
        f"else: {var} = {slow}",
    ]


class FieldReader:
    """Reads one field of a list element."""

    __slots__ = ("_absent", "_blank", "_name", "_reader", "is_simple", "key", "known", "learn", "reads_bool")

    def __init__(self, reader: RecordReader, name: Name, memories: Memories) -> None:
        self._reader = reader
        self._name = name
        path = name.paths[0] if name.paths else None
        self.is_simple = (
            path is not None
            and len(name.paths) == 1
            and len(path.steps) == 1
            and path.steps[0].pick is None
            and not name.else_paths
            and name.ai_path is None
            and name.fresh_for_days is None
            and name.zone_path is None
            and name.type in _TEXT_TYPES
        )
        self.key = path.steps[0].key if path is not None else ""
        memory = memories.of(name)
        self.known, self.learn = memory.known, memory.learn
        self.reads_bool = self.is_simple and name.type == "yes/no"
        self._blank = blank_of(name)
        self._absent = absent_of(name)

    def __call__(self, item: Any) -> Any:
        if item.__class__ is not dict:
            return NOT_AN_OBJECT
        if not self.is_simple:
            return self._reader.read(self._name, item)
        raw = item.get(self.key, ABSENT)
        if raw.__class__ is str:
            value = self.known.get(raw)
            return self.learn(raw) if value is None else value
        if raw is ABSENT:
            return self._absent
        if raw is None:
            return self._blank
        if raw.__class__ is bool and self.reads_bool:
            return raw
        return self._reader.read(self._name, item)

    def of_all(self, items: Any) -> list[Any] | None:
        """The field of every element, or None where the list or any of them is not known."""
        if items.__class__ is not list:
            return None
        known, key = self.known, self.key
        values = []
        for item in items:
            value = known.get(item.get(key)) if item.__class__ is dict and item.get(key).__class__ is str else None
            if value is None:
                value = self(item)
            if value.__class__ is NotKnown:
                return None
            values.append(value)
        return values


NOT_AN_OBJECT = NotKnown("known", None, False, "an element of the list is not an object")
