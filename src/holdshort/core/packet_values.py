"""Read the values that a packet shows: each with its system, field, age and state, conflicts side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from holdshort.core.amounts import Money
from holdshort.core.dates import read_instant
from holdshort.core.glossary import Glossary, Name, blank_key
from holdshort.core.paths import ABSENT, Path, follow, read_path
from holdshort.core.presence import NotKnown, State
from holdshort.core.reading import RecordReader, same
from holdshort.core.unreadable import Unreadable

_LONGEST_TEXT = 50_000
_URL_KEYS = ("url", "link", "_url")


@dataclass(frozen=True, slots=True)
class Shown:
    """One value as a reviewer sees it; `value` is the record's own text, untrusted."""

    name: str
    system: str
    field: str
    value: str
    state: State
    as_of: str = ""
    age: str = ""
    url: str = ""
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "name": self.name,
            "system": self.system,
            "field": self.field,
            "value": self.value,
            "state": self.state,
        }
        return data | {
            key: text
            for key, text in (
                ("as_of", self.as_of),
                ("age", self.age),
                ("url", self.url),
                ("note", self.note),
            )
            if text
        }


class ValueReader:
    """Reads values of one record for showing. Nothing is decided from what it returns."""

    def __init__(self, glossary: Glossary, record: Mapping[str, Any], now: datetime, zone: str) -> None:
        self.glossary = glossary
        self.record = record
        self.now = now
        self.reader = RecordReader(glossary, zone)
        self._titles = {system.key: system.name for system in glossary.systems.values()}

    # --- glossary names ---

    def shown(self, name: Name) -> list[Shown]:
        """The value of a name, one for each of its sources where it has several that differ."""
        whole = self.reader.read(name, self.record)
        if isinstance(whole, NotKnown) and whole.state == "conflicting":
            return [
                self._at(replace(name, paths=(path,), else_paths=(), ai_path=None), path)
                for path in name.paths
            ]
        if isinstance(whole, NotKnown) and whole.state == "ai_only" and name.ai_path is not None:
            return [replace(self._at(name, name.ai_path), state="ai_only", note="only AI says so")]
        path = self.reader.path_used(name, self.record)
        return [self._shown_at(name, path, whole)] if path else []

    def of_kind(self, kind: str) -> list[Name]:
        return [name for name in self.glossary.names.values() if name.kind == kind]

    def is_known(self, name: Name) -> bool:
        return not isinstance(self.reader.read(name, self.record), NotKnown)

    def differ(self, names: Iterable[Name]) -> bool:
        """Whether two of the names are known and not the same."""
        known = [
            (name, value)
            for name in names
            if not isinstance(value := self.reader.read(name, self.record), NotKnown)
        ]
        return any(not same(known[0][0], known[0][1], value) for _, value in known[1:])

    def _at(self, name: Name, path: Path) -> Shown:
        return self._shown_at(name, path, self.reader.read(name, self.record))

    def _shown_at(self, name: Name, path: Path, value: Any) -> Shown:
        raw, system_absent = follow(path, self.record)
        found = self._plain(name.name, path, raw, system_absent)
        note = found.note
        if isinstance(value, NotKnown):
            if value.state == "known":
                note = value.reason
            elif value.state == "stale":
                note = "older than its limit"
            elif value.state == "missing" and found.value:
                note = f"`{found.value}` counts as blank"
        text = self._in_words(name, raw, value) or found.value
        state: State = value.state if isinstance(value, NotKnown) else "known"
        return replace(found, value=text, state=state, note=note)

    def _in_words(self, name: Name, raw: Any, value: Any) -> str:
        """An amount with its currency, a count with its digits in groups, a flag read as a choice; else nothing."""
        raw = raw.get("value") if isinstance(raw, Mapping) else raw
        if isinstance(raw, bool) and name.type == "choice" and isinstance(value, str):
            return value
        if isinstance(value, Money) and isinstance(raw, int | float):
            return f"{raw:,} {value.currency}".strip()
        if name.type == "number" and isinstance(raw, int | float) and not isinstance(raw, bool):
            return f"{raw:,}"
        return ""

    # --- plain paths ---

    def at_path(self, label: str, text: str) -> Shown | None:
        path = read_path(text)
        if path is None:
            return None
        raw, system_absent = follow(path, self.record)
        return self._plain(label, path, raw, system_absent)

    def _plain(self, label: str, path: Path, raw: Any, system_absent: bool) -> Shown:
        system = self.record.get(path.system)
        about = system if isinstance(system, Mapping) else {}
        as_of, url = about.get("_as_of"), about.get("_url")
        if isinstance(raw, Mapping) and "value" in raw:
            as_of, url, raw = raw.get("as_of", as_of), raw.get("url", url), raw["value"]
        state: State = "known"
        note = ""
        if raw is ABSENT:
            state, raw = "not_provided", None
        elif raw is None or self.is_blank(raw):
            state = "missing"
            note = "nothing on file" if system_absent else ""
        return Shown(
            label,
            self.title_of(path.system),
            path.field,
            as_text(raw),
            state,
            as_text(as_of),
            self.age(as_of),
            as_text(url),
            note,
        )

    def is_blank(self, raw: Any) -> bool:
        return isinstance(raw, str) and (not raw.strip() or blank_key(raw) in self.glossary.placeholders)

    # --- lists ---

    def elements(self, list_name: str, paths: tuple[str, ...]) -> tuple[State, str, list[Any]]:
        """Elements of a list with the state of the list and where it lives."""
        name = self.glossary.names.get(list_name)
        ways = (
            [str(path) for path in (*name.paths, *name.else_paths)]
            if name is not None and name.is_list and name.paths
            else list(paths or (list_name.replace(" ", "_"),))
        )
        state: State = "not_provided"
        found: list[Any] = []
        for way in ways:
            path = read_path(way)
            raw, _ = follow(path, self.record) if path else (ABSENT, False)
            if isinstance(raw, list):
                state = "known"
                found.extend(raw)
            elif raw is not ABSENT and state != "known":
                state = "missing"
        return state, ways[0], found

    def element_values(self, where: str, item: Any) -> list[Shown]:
        """Every field of an element, nothing left out."""
        if not isinstance(item, Mapping):
            return [self._part(where, "", item)]
        return [
            self._part(where, str(key), value) for key, value in item.items() if str(key) not in _URL_KEYS
        ]

    def _part(self, where: str, key: str, value: Any) -> Shown:
        state: State = "missing" if value is None or self.is_blank(value) else "known"
        return Shown(key.replace("_", " "), self.title_of(where.split(".")[0]), key, as_text(value), state)

    # --- words ---

    def title_of(self, key: str) -> str:
        return self._titles.get(key, key.replace("_", " "))

    def age(self, as_of: Any) -> str:
        """How old a value is at the time of the evaluation, in words; empty where it is not said."""
        if as_of is None or as_of == "":
            return ""
        then = read_instant(as_of, self.reader.zone)
        if isinstance(then, Unreadable):
            return "age not readable"
        hours = (self.now - then).total_seconds() / 3600
        if hours < -1:
            return "dated in the future"
        if hours < 1:
            return "less than an hour old"
        if hours < 48:
            return f"{hours:.0f} h old"
        return f"{hours / 24:.0f} days old"


def url_of(item: Any) -> str:
    """The address that an element carries, if any."""
    if isinstance(item, Mapping):
        for key in _URL_KEYS:
            if isinstance(item.get(key), str):
                return str(item[key])
    return ""


def as_text(raw: Any) -> str:
    """A raw value in words, complete; only a text beyond all reading is cut, and the cut is said."""
    text = "".join(_words(raw))
    if len(text) > _LONGEST_TEXT:
        return f"{text[:_LONGEST_TEXT]} … ({len(text) - _LONGEST_TEXT:,} more characters stand in the record)"
    return text


def _words(raw: Any) -> Iterator[str]:
    if raw is None or raw is ABSENT:
        return
    if isinstance(raw, bool):
        yield "yes" if raw else "no"
    elif isinstance(raw, list):
        yield "; ".join("".join(_words(each)) for each in raw) if raw else "none"
    elif isinstance(raw, Mapping):
        inner = (f"{str(key).replace('_', ' ')}: {''.join(_words(value))}" for key, value in raw.items())
        yield ", ".join(inner)
    elif isinstance(raw, date | datetime):
        yield raw.isoformat()
    elif isinstance(raw, int) and abs(raw) >= 10**20:
        yield "an endless number"
    else:
        yield str(raw)
