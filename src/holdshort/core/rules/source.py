"""
The module of Python that is written for a register: its namespace, and what each stretch of it has read so far.

Source text is made only from checked trees. Keys and choices of a register stand in it as quoted constants, all else
goes in by a name of the namespace; nothing that a register or record says becomes code.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from holdshort.core.amounts import Money
from holdshort.core.dates import Calendar
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT
from holdshort.core.presence import NOT_EXPECTED, NotKnown
from holdshort.core.reading import RecordReader
from holdshort.core.rules import operations
from holdshort.core.rules.fast_facts import (
    CONTEXT_KEYS,
    CONTEXT_TYPES,
    NOT_AN_OBJECT,
    ODD,
    PLAIN_CURRENCIES,
    FieldReader,
    Memories,
    absent_of,
    is_simple,
    money_lines,
    says_context,
    simple_lines,
    whole_money,
)

_MOST_DAYS = 1_000


class Source:
    """What all functions of one register share: the objects they name, and the helpers that they call."""

    def __init__(self, reader: RecordReader, calendar: Calendar) -> None:
        self.reader = reader
        self.glossary = reader.glossary
        self.calendar = calendar
        self.memories = Memories(reader)
        self.fields: dict[tuple[str, str], FieldReader] = {}
        self.asked: dict[str, None] = {}
        """Names that were read, in order."""
        self.functions: list[str] = []
        """Helpers that were written and not yet defined."""
        self.namespace: dict[str, Any] = {
            "NK": NotKnown,
            "A": ABSENT,
            "UNSET": ...,
            "EMPTY": {},
            "ODD": ODD,
            "PLAIN": PLAIN_CURRENCIES,
            "NOT_EXPECTED": NOT_EXPECTED,
            "DATE": date,
            "MONEY": Money,
            "NOT_AN_OBJECT": NOT_AN_OBJECT,
            "today_of": _Today(calendar.zone).of,
            "whole_money": whole_money,
            "says_context": says_context,
            "counted": operations.counted,
        }
        self._bound: dict[int, str] = {}
        self._kept: list[object] = []
        self._numbers: dict[str, int] = {}

    def bind(self, value: object, hint: str) -> str:
        """The name by which generated source speaks of `value`."""
        key = id(value)
        if key not in self._bound:
            self._bound[key] = f"{hint}_{len(self._bound)}"
            self._kept.append(value)
            self.namespace[self._bound[key]] = value
        return self._bound[key]

    def new(self, letter: str) -> str:
        """A local variable that nothing else is called by."""
        number = self._numbers[letter] = self._numbers.get(letter, -1) + 1
        return f"{letter}{number}"

    def field(self, list_name: str, field: str) -> FieldReader:
        owner = self.glossary.list_of(list_name)
        key = (owner.name, field)
        if key not in self.fields:
            self.fields[key] = FieldReader(self.reader, owner.fields[field], self.memories)
        return self.fields[key]


class Reads:
    """The facts that one stretch of a function has in its local variables, and the lines that put them there."""

    def __init__(self, source: Source, above: Reads | None = None) -> None:
        self.source = source
        self.lines: list[str] = []
        self._above = above
        self._known: dict[tuple[str, ...], str] = dict(above._known) if above else {}
        self._definitions: dict[str, str] = above._definitions if above else {}
        self._late: dict[str, None] = above._late if above else {}
        self._within: Reads | None = None

    def again(self) -> Reads:
        """What is read below an `if`: it knows all that is known here, and nothing of it is known after."""
        return Reads(self.source, self)

    def fact(self, name: str) -> str:
        """The local variable that holds the value of a record-level name."""
        self.source.asked[name] = None
        key = ("fact", name)
        if key not in self._known:
            entry = self.source.glossary.names[name]
            if (money := self.money(name)) is not None:
                var = f"{money[2]}v"
                self.lines.append(f"{var} = {whole(money)}")
            else:
                var = self.source.new("f")
                self._read(entry, var)
            self._known[key] = var
        return self._known[key]

    def _read(self, entry: Name, var: str) -> None:
        source = self.source
        if is_simple(entry) and entry.type != "money":
            system = self.system(entry.paths[0].system)
            if entry.type in CONTEXT_TYPES:
                system = self._plain_system(entry.paths[0].system)
            memory = source.memories.of(entry)
            self.lines += simple_lines(entry, var, system, source.bind, source.reader, memory)
        elif entry.is_list and not entry.parent and len(entry.paths) == 1 and len(entry.paths[0].steps) == 1:
            key = entry.paths[0].steps[0].key
            self.lines += [
                f"{var} = record.get({key!r})",
                f"if {var}.__class__ is not list: {var} = {self._slow(entry)}",
            ]
        else:
            self.lines.append(self._slow_fact(var, entry))

    def _slow(self, entry: Name) -> str:
        return (
            f"{self.source.bind(self.source.reader.read, 'read')}({self.source.bind(entry, 'name')}, record)"
        )

    def _slow_fact(self, var: str, entry: Name) -> str:
        """A value in several places or behind a list; nothing is looked for where none of them is there."""
        slow = self._slow(entry)
        paths = [*entry.paths, *entry.else_paths, *([entry.ai_path] if entry.ai_path else [])]
        if entry.type == "confidence" or not entry.paths:
            return f"{var} = {slow}"
        places: dict[str, list[str]] = {}
        for path in paths:
            there = places.setdefault(path.system, [])
            if path.is_plain:
                system = self.system(path.system)
                # An empty system may be null, which is another answer than absent.
                there += [f"{system} is ODD", f"{path.steps[1].key!r} in {system}"]
        whole = {path.system for path in paths if not path.is_plain}
        given = " or ".join(
            f"{root!r} in record" + ("" if root in whole else f" and ({' or '.join(dict.fromkeys(there))})")
            for root, there in places.items()
        )
        return f"{var} = {slow} if {given} else {self.source.bind(absent_of(entry), 'absent')}"

    def money(self, name: str) -> tuple[str, str, str] | None:
        """
        Local variables of a simple name's amount, currency and value.

        The first two hold None where there is no amount. The third holds None where the record states a whole amount
        and a plain currency, so that nothing needs to be made of them. None for a name that is not of that kind.
        """
        entry = self.source.glossary.names[name]
        currency = entry.currency_path
        if entry.type != "money" or not is_simple(entry) or (currency is not None and not currency.is_plain):
            return None
        self.source.asked[name] = None
        key = ("money", name)
        if key not in self._known:
            self._known[key] = var = self.source.new("f")
            system = self.system(entry.paths[0].system)
            stated = (
                f"{self.system(currency.system)}.get({currency.steps[1].key!r})"
                if currency
                else repr(self.source.glossary.currency)
            )
            memory = self.source.memories.of(entry)
            self.lines += money_lines(
                entry, var, system, stated, self.source.bind, self.source.reader, memory
            )
        var = self._known[key]
        return f"{var}n", f"{var}k", var

    def raw(self, entry: Name) -> str:
        """Expression of what stands at the one path of a simple name."""
        path = entry.paths[0]
        return f"{self.system(path.system)}.get({path.steps[1].key!r}, A)"

    def system(self, key: str) -> str:
        """The local variable of a system's dict; empty where it is absent, `ODD` where it is something else."""
        known = ("system", key)
        if known not in self._known:
            self._known[known] = var = self.source.new("s")
            self.lines += [
                f"{var} = record.get({key!r}, EMPTY)",
                f"if {var}.__class__ is not dict: {var} = ODD",
            ]
        return self._known[known]

    def _plain_system(self, key: str) -> str:
        """The same, but empty where the system states a locale, zone or age, so that each value is read slowly."""
        known = ("plain system", key)
        if known not in self._known:
            var = self.system(key)
            said = " or ".join(f"{each!r} in {var}" for each in CONTEXT_KEYS)
            self.lines.append(f"{var}p = ODD if {said} else {var}")
            self._known[known] = f"{var}p"
        return self._known[known]

    def kinds(self, root: str, field: str) -> str:
        """The local variable that holds the field of every element; None where one of them is not known."""
        key = ("kinds", root)
        if key not in self._known:
            items = self.fact(root)
            self._known[key] = var = self.source.new("k")
            reader = self.source.field(root, field)
            self.lines.append(f"{var} = {self.source.bind(reader.of_all, 'kinds')}({items})")
        return self._known[key]

    def today(self) -> str:
        if ("today",) not in self._known:
            self._known["today",] = "today"
            self.lines.append("today = today_of(now)")
        return "today"

    def defined(self, name: str, write: Callable[[Reads], str]) -> str:
        """
        The local variable that holds the truth of a definition, worked out once however many rows ask for it.

        Args:
            name: The definition.
            write: Writes its condition as an expression over what is read there.
        """
        if self._within is not None:
            return self._within.defined(name, write)
        key = ("defined", name)
        if key not in self._known:
            if name not in self._definitions:
                self._definitions[name] = self.source.new("d")
            var = self._definitions[name]
            if self._above is None:
                self.lines.append(f"{var} = {write(self)}")
            else:
                # A definition that this one uses comes before it, not inside it: a long chain nests nothing.
                inner = self.again()
                inner._within = self
                expression = write(inner)
                self._late[var] = None
                self.lines += [
                    f"if {var} is UNSET:",
                    *indented([*inner.lines, f"{var} = {expression}"]),
                ]
            self._known[key] = var
        return self._known[key]

    @property
    def beginning(self) -> list[str]:
        """Lines that have to stand before all others of the function."""
        return [" = ".join([*self._late, "UNSET"])] if self._late else []


def whole(money: tuple[str, str, str]) -> str:
    """Expression of the value whose amount and currency are at hand."""
    amount, currency, value = money
    return f"({value} or whole_money({amount}, {currency}))"


class _Today:
    """The calendar day of a moment, remembered: many records share theirs."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._known: dict[datetime, date] = {}

    def of(self, now: datetime) -> date:
        day = self._known.get(now)
        if day is None:
            if len(self._known) >= _MOST_DAYS:
                self._known.clear()
            day = self._known[now] = now.astimezone(self._zone).date()
        return day


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
