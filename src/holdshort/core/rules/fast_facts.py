"""Source lines that read one glossary name from a record quickly, and exactly as `core.reading` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.presence import MISSING, NOT_EXPECTED, NOT_ON_FILE, NOT_PROVIDED, OPTIONAL_BLANK, NotKnown
from holdshort.core.reading import RecordReader

# How many different texts of one name are remembered; past that the oldest knowledge is dropped at once.
MOST_REMEMBERED = 50_000
_LARGEST_PLAIN = 10**15
# What a system object may say about all its values; where one stands, each value is read the slow way.
CONTEXT_KEYS = ("locale", "date_locale", "timezone", "_as_of")
_CONTEXT_TYPES = ("number", "money", "date", "time")
_TEXT_TYPES = ("text", "choice", "name", "email", "zone", "yes/no", "number", "date", "time")


def is_simple(name: Name) -> bool:
    """Whether the value depends on nothing but what stands at one `system.field`."""
    return (
        len(name.paths) == 1
        and name.paths[0].is_plain
        and not name.else_paths
        and name.ai_path is None
        and name.fresh_for_days is None
        and name.zone_path is None
        and name.type != "confidence"
    )


def needs_context(name: Name) -> bool:
    return name.type in _CONTEXT_TYPES


class TextMemory:
    """Remembers what each text of one name was read as; values read from the same text are the same."""

    def __init__(self, reader: RecordReader, name: Name) -> None:
        self.known: dict[Any, Any] = {}
        self._reader = reader
        self._name = name

    def learn(self, text: Any, record: Mapping[str, Any]) -> Any:
        value = self._reader.read(self._name, record)
        if len(self.known) >= MOST_REMEMBERED:
            self.known.clear()
        self.known[text] = value
        return value


def simple_lines(
    name: Name,
    var: str,
    system: str,
    bind: Callable[[object, str], str],
    reader: RecordReader,
    currency: str = "",
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
        currency: Expression of the raw currency that belongs to a money value.
    """
    path = name.paths[0]
    memory = TextMemory(reader, name)
    known = bind(memory.known, "known")
    learn = bind(memory.learn, "learn")
    slow = bind(reader.read, "read")
    entry = bind(name, "name")
    absent = bind(NOT_PROVIDED if name.expected else NOT_EXPECTED, "absent")
    blank = bind(MISSING if name.expected else OPTIONAL_BLANK, "blank")
    null_system = bind(MISSING if name.expected else NOT_ON_FILE, "null")
    key = path.steps[1].key
    said = f" and not {system}_said" if needs_context(name) else ""
    lines = [f"v = {system}.get({key!r}, ABSENT)", "c = v.__class__"]
    if name.type == "money":
        lines += [
            f"k = (v, {currency or 'None'})",
            f"if (c is int or c is str){said} and k[1].__class__ in STR_OR_NONE:",
            f"    {var} = {known}.get(k)",
            f"    if {var} is None: {var} = {learn}(k, record)",
        ]
    elif name.type in _TEXT_TYPES:
        lines += [
            f"if c is str{said}:",
            f"    {var} = {known}.get(v)",
            f"    if {var} is None: {var} = {learn}(v, record)",
        ]
    else:
        lines.append("if False: pass")
    if name.type == "yes/no":
        lines.append(f"elif c is bool: {var} = v")
    elif name.type == "number":
        lines.append(f"elif c is int and -{_LARGEST_PLAIN} < v < {_LARGEST_PLAIN}: {var} = v")
    elif name.type == "list":
        lines.append(f"elif c is list: {var} = v")
    lines += [
        f"elif v is ABSENT: {var} = {null_system} if {system}_null else {absent}",
        f"elif v is None: {var} = {blank}",
        f"else: {var} = {slow}({entry}, record)",
    ]
    return lines


class FieldReader:
    """Reads one field of a list element."""

    __slots__ = ("_absent", "_blank", "_key", "_known", "_name", "_reader", "_simple")

    def __init__(self, reader: RecordReader, name: Name) -> None:
        self._reader = reader
        self._name = name
        path = name.paths[0] if name.paths else None
        self._simple = (
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
        self._key = path.steps[0].key if path is not None else ""
        self._known: dict[str, Any] = {}
        self._blank = MISSING if name.expected else OPTIONAL_BLANK
        self._absent = NOT_PROVIDED if name.expected else NOT_EXPECTED

    def __call__(self, item: Any) -> Any:
        if item.__class__ is not dict:
            return NOT_AN_OBJECT
        if not self._simple:
            return self._reader.read(self._name, item)
        raw = item.get(self._key, ABSENT)
        if raw.__class__ is str:
            value = self._known.get(raw)
            if value is None:
                value = self._reader.read(self._name, item)
                if len(self._known) >= MOST_REMEMBERED:
                    self._known.clear()
                self._known[raw] = value
            return value
        if raw is ABSENT:
            return self._absent
        if raw is None:
            return self._blank
        if raw.__class__ is bool and self._name.type == "yes/no":
            return raw
        return self._reader.read(self._name, item)


NOT_AN_OBJECT = NotKnown("known", None, False, "an element of the list is not an object")
