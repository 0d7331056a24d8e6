"""Source lines that read one glossary name from a record quickly, and exactly as `core.reading` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.presence import MISSING, NOT_EXPECTED, NOT_ON_FILE, NOT_PROVIDED, OPTIONAL_BLANK, NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.text import is_plain

# How many different texts of one kind, and how many characters, are remembered; past that all are forgotten at once.
MOST_REMEMBERED = 5_000
MOST_CHARACTERS = 500_000
LONGEST_REMEMBERED = 20_000
LONGEST_AMOUNT = 100
_ENDLESS = 1 << 60
LARGEST_PLAIN = 10**9
"""Larger whole numbers are read slowly; up to here Python compares in one step."""
PLAIN_CURRENCIES = frozenset(("USD", "EUR", "GBP", "CAD", "AUD", "CHF", "JPY", "INR"))
# What a system object may say about all its values; where one stands, each value is read the slow way.
CONTEXT_KEYS = ("locale", "date_locale", "timezone", "_as_of")
CONTEXT_TYPES = ("date", "time")
"""Types whose texts such a statement bears on; money is looked after where it is read."""
_TEXT_TYPES = ("text", "choice", "name", "email", "zone", "yes/no", "number", "date", "time")
# Types whose texts are read alike whatever the name, so that all names may share what was learnt.
_SHARED_TYPES = ("text", "name", "email", "zone", "number", "date", "time", "money")
# Types of which most texts are met again and again: a look-up that mostly succeeds.
_REPEATED_TYPES = ("choice", "yes/no", "date", "zone")
_LEARNT_TYPES = (*_REPEATED_TYPES, "name", "text", "email")


class _Odd(dict[str, Any]):
    """Stands where a system should be an object and is null or something else: whatever is asked of it is odd."""

    def get(self, key: str, default: Any = None) -> Any:
        return _ODD_VALUE


_ODD_VALUE = object()
ODD = _Odd()


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


def blank_of(name: Name) -> NotKnown:
    return MISSING if name.expected else OPTIONAL_BLANK


def absent_of(name: Name) -> NotKnown:
    return NOT_PROVIDED if name.expected else NOT_EXPECTED


class TextMemory:
    """Remembers what each text of one kind of name was read as; values read from the same text are the same."""

    def __init__(self, reader: RecordReader, name: Name) -> None:
        self.known: dict[Any, Any] = {}
        """By raw value: texts, null and, for yes or no, the truths."""
        self._reader = reader
        self._name = name
        self._longest_blank = (
            reader.longest_placeholder
            if name.type == "email" or (name.type == "text" and not name.none_is_an_answer)
            else _ENDLESS
        )
        self._lowers = name.type == "email"
        self.forget()

    def learn(self, text: str) -> Any:
        if (
            len(text) > self._longest_blank
            and is_plain(text)
            and "  " not in text
            and text[0] != " "
            and text[-1] != " "
        ):
            # What `text_value` would say; most such texts are met once.
            return text.lower() if self._lowers else text
        value = self._reader.text_value(self._name, text)
        if len(text) > LONGEST_REMEMBERED:
            return value
        self._characters += len(text)
        if self._characters > MOST_CHARACTERS or len(self.known) >= MOST_REMEMBERED:
            self.forget()
        self.known[text] = value
        return value

    def learn_money(self, amount: str, currency: str | None, name: Name, record: Mapping[str, Any]) -> Any:
        """`amount` is a text, `currency` a text or None; nothing else of the record bears on the value."""
        reader = self._reader
        value = blank_of(name) if reader.is_blank(name, amount) else reader.value(name, amount, {}, record)
        if len(amount) + len(currency or "") > LONGEST_AMOUNT:
            return value
        self.keep((amount, currency), value)
        return value

    def learn_confidence(self, number: float, record: Mapping[str, Any]) -> Any:
        value = self._reader.read(self._name, record)
        self.keep(number, value)
        return value

    def keep(self, key: Any, value: Any) -> None:
        if len(self.known) >= MOST_REMEMBERED:
            self.forget()
        self.known[key] = value

    def forget(self) -> None:
        self.known.clear()
        self._characters = 0
        self.known[None] = blank_of(self._name)
        self.known[ABSENT] = absent_of(self._name)
        if self._name.type == "yes/no":
            self.known.update({True: True, False: False})


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
) -> list[str]:
    """
    Return the lines that set `var` to the value of a simple name that is no money.

    Args:
        name: A name for which `is_simple` holds.
        var: The local variable to set.
        system: Local variable of its system's dict, empty where there is none, `ODD` where it has to be read slowly.
        bind: Puts an object into the generated function's namespace and returns the name it goes by there.
        reader: Reads everything that is not plain.
        memory: What is known of the name's texts.
    """
    key = repr(name.paths[0].steps[1].key)
    slow = f"{bind(FactReader(reader, name, memory), 'read')}(record)"
    if name.type == "number":
        # The locale of a system bears on texts alone.
        absent = bind(absent_of(name), "absent")
        return [
            f"{var} = {system}.get({key}, A)",
            f"if {var}.__class__ is not int or not -{LARGEST_PLAIN} < {var} < {LARGEST_PLAIN}:"
            f" {var} = {absent} if {var} is A else {slow}",
        ]
    if name.type == "list":
        return [f"{var} = {system}.get({key})", f"if {var}.__class__ is not list: {var} = {slow}"]
    known = bind(memory.known, "known")
    if name.type in _REPEATED_TYPES:
        return [
            f"try: {var} = {known}[{system}.get({key}, A)]",
            f"except (KeyError, TypeError): {var} = {slow}",
        ]
    kind, learn = "str", f"{bind(memory.learn, 'learn')}(v)"
    if name.type == "confidence":
        kind, learn = "float", f"{bind(memory.learn_confidence, 'learn')}(v, record)"
    lines = [
        f"v = {system}.get({key}, A)",
        f"if v.__class__ is {kind}: {var} = {known}.get(v) or {learn}",
    ]
    if name.type != "confidence":
        lines.append(f"elif v is None or v is A: {var} = {known}[v]")
    return [*lines, f"else: {var} = {slow}"]


def money_lines(
    name: Name,
    var: str,
    system: str,
    currency: str,
    bind: Callable[[object, str], str],
    reader: RecordReader,
    memory: TextMemory,
) -> list[str]:
    """
    Return the lines that set amount, currency and value of simple money: `{var}n`, `{var}k` and `var`.

    Args:
        name: A name of money for which `is_simple` holds.
        var: The local variable to set.
        system: Local variable of its system's dict.
        currency: Expression of the raw currency that belongs to the value.
        bind: As for `simple_lines`, and so are `reader` and `memory`.
        reader: Reads everything that is not plain.
        memory: What is known of amounts.
    """
    key = repr(name.paths[0].steps[1].key)
    known, learn = bind(memory.known, "known"), bind(memory.learn_money, "learn")
    slow = f"{bind(FactReader(reader, name, memory), 'read')}(record)"
    return [
        f"v = {system}.get({key})",
        f"k = {currency}",
        f"if v.__class__ is int and k.__class__ is str and k in PLAIN and -{LARGEST_PLAIN} < v < {LARGEST_PLAIN}:",
        f"    {var}n = v",
        f"    {var}k = k",
        f"    {var} = None",
        "else:",
        f"    if v.__class__ is str and (k is None or k.__class__ is str) and not says_context({system}):",
        f"        {var} = {known}.get((v, k)) or {learn}(v, k, {bind(name, 'name')}, record)",
        f"    else: {var} = {slow}",
        f"    if {var}.__class__ is MONEY:",
        f"        {var}n = {var}.amount",
        f"        {var}k = {var}.currency",
        f"    else: {var}n = {var}k = None",
    ]


def whole_money(amount: int, currency: str) -> Money:
    """The value of a whole amount in a plain currency."""
    return Money(Decimal(amount), currency)


class FactReader:
    """Reads one simple name of a record where the quick way does not serve."""

    __slots__ = ("_absent", "_field", "_memory", "_name", "_null_system", "_reader", "_system")

    def __init__(self, reader: RecordReader, name: Name, memory: TextMemory) -> None:
        self._reader = reader
        self._name = name
        self._memory = memory
        self._system, self._field = (step.key for step in name.paths[0].steps)
        self._absent = absent_of(name)
        self._null_system = MISSING if name.expected else NOT_ON_FILE

    def __call__(self, record: Mapping[str, Any]) -> Any:
        system = record.get(self._system, ABSENT)
        if self._name.type != "confidence":
            if system is None:
                return self._null_system
            if system is ABSENT:
                return self._absent
            if system.__class__ is dict:
                raw = system.get(self._field, ABSENT)
                if raw is ABSENT:
                    return self._absent
                if raw.__class__ is str and self._name.type in _LEARNT_TYPES and not says_context(system):
                    known = self._memory.known.get(raw)
                    return self._memory.learn(raw) if known is None else known
        return self._reader.read(self._name, record)


def says_context(system: Mapping[str, Any]) -> bool:
    return any(key in system for key in CONTEXT_KEYS)


class FieldReader:
    """Reads one field of a list element."""

    __slots__ = (
        "_absent",
        "_blank",
        "_keys",
        "_reader",
        "is_simple",
        "key",
        "known",
        "learn",
        "name",
        "reads_bool",
    )

    def __init__(self, reader: RecordReader, name: Name, memories: Memories) -> None:
        self._reader = reader
        self.name = name
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
        paths = (*name.paths, *name.else_paths)
        plain = (
            all(len(each.steps) == 1 for each in paths) and name.ai_path is None and name.type in _TEXT_TYPES
        )
        self._keys = frozenset(each.steps[0].key for each in paths if plain)
        memory = memories.of(name)
        self.known, self.learn = memory.known, memory.learn
        self.reads_bool = self.is_simple and name.type == "yes/no"
        self._blank = blank_of(name)
        self._absent = absent_of(name)

    def __call__(self, item: Any) -> Any:
        if item.__class__ is not dict:
            return NOT_AN_OBJECT
        if not self.is_simple:
            if self._keys and self._keys.isdisjoint(item):
                return self._absent
            return self._reader.read(self.name, item)
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
        return self._reader.read(self.name, item)

    def of_all(self, items: Any) -> list[Any] | None:
        """The field of every element, or None where the list or any of them is not known."""
        if items.__class__ is not list:
            return None
        known, key = self.known if self.is_simple else {}, self.key
        values = []
        for item in items:
            raw = item.get(key) if item.__class__ is dict else None
            value = known.get(raw) if raw.__class__ is str else None
            if value is None:
                value = self(item)
            if value.__class__ is NotKnown:
                return None
            values.append(value)
        return values


NOT_AN_OBJECT = NotKnown("known", None, False, "an element of the list is not an object")
