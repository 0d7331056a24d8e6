"""The fact behind a name, as the record states it: what a finding shows to the person who decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdshort.core.answers import EvidenceRead
from holdshort.core.glossary import Name
from holdshort.core.making_answers import evidence_read
from holdshort.core.paths import ABSENT, follow
from holdshort.core.presence import NotKnown, State
from holdshort.core.reading import RecordReader
from holdshort.core.rules.fast_facts import is_simple
from holdshort.core.rules.sayings import LONGEST_SHOWN, short
from holdshort.core.text import is_plain

_MOST_ELEMENTS_SHOWN = 5
_MOST_REMEMBERED = 2_000
_LONGEST_REMEMBERED = 200
_NOTHING: dict[str, Any] = {}


def read_evidence(name: Name, record: Mapping[str, Any], reader: RecordReader) -> EvidenceRead:
    """The fact behind any name; slow and obvious."""
    value = reader.read(name, record)
    state: State = value.state if value.__class__ is NotKnown else "known"
    path = reader.path_used(name, record)
    if path is None:
        return EvidenceRead(name.name, "", "", None, state)
    system = record.get(path.system)
    if system.__class__ is not dict:
        system = _NOTHING
    raw = follow(path, record)[0]
    as_of, url = system.get("_as_of"), system.get("_url")
    if raw.__class__ is dict and "value" in raw:
        as_of, url, raw = raw.get("as_of", as_of), raw.get("url", url), raw["value"]
    return EvidenceRead(
        name.name,
        path.system,
        path.field,
        None if raw is ABSENT else shown(raw),
        state,
        str(as_of) if as_of else None,
        str(url) if url else None,
    )


class EvidenceReader:
    """The same for one name, at once where its value stands plainly in one place."""

    def __init__(self, name: Name, reader: RecordReader) -> None:
        self._name, self._reader = name, reader
        self._system, self._field = name.system, name.paths[0].field if name.paths else ""
        self._known: dict[str, EvidenceRead] = {}
        self._is_simple = is_simple(name) and name.type not in ("confidence", "list")
        self._blank = EvidenceRead(name.name, self._system, self._field, None, "missing")
        self._absent = EvidenceRead(name.name, self._system, self._field, None, "not_provided")

    def __call__(self, record: Mapping[str, Any]) -> EvidenceRead:
        if self._is_simple:
            system = record.get(self._system)
            if system.__class__ is dict and "_as_of" not in system and "_url" not in system:
                raw = system.get(self._field, ABSENT)
                kind = raw.__class__
                if kind is str:
                    return self._known.get(raw) or self._of_text(raw)
                if kind is int or kind is bool or kind is float:
                    return evidence_read(self._name.name, self._system, self._field, raw, "known")
                if raw is None:
                    return self._blank
                if raw is ABSENT:
                    return self._absent
        return read_evidence(self._name, record, self._reader)

    def _of_text(self, raw: str) -> EvidenceRead:
        state: State = "missing" if self._reader.is_blank(self._name, raw) else "known"
        found = evidence_read(self._name.name, self._system, self._field, raw, state)
        if len(raw) <= _LONGEST_REMEMBERED:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[raw] = found
        return found


class Stated:
    """What records state of one name, for the key of an onboarding and its place."""

    def __init__(self, name: Name, reader: RecordReader) -> None:
        self.name = name.name
        self.is_simple = is_simple(name)
        self._entry, self._reader = name, reader
        self._system, self._field = name.system, name.paths[0].field if name.paths else ""
        self._is_text = self.is_simple and name.type == "text"

    def raw(self, record: Mapping[str, Any]) -> Any:
        if self.is_simple:
            system = record.get(self._system)
            if system.__class__ is dict and (raw := system.get(self._field)).__class__ is str:
                return raw
        return self._reader.raw(self._entry, record)

    def is_known(self, record: Mapping[str, Any]) -> bool:
        return self._reader.read(self._entry, record).__class__ is not NotKnown

    def text(self, record: Mapping[str, Any]) -> str:
        """The value in one short line; empty where it is not known."""
        raw = self.raw(record)
        if self._is_text and raw.__class__ is str:
            if (
                self._reader.longest_placeholder < len(raw) <= LONGEST_SHOWN
                and is_plain(raw)
                and "  " not in raw
                and raw[0] != " " != raw[-1]
            ):
                return str(raw)  # nothing to clean, cut or take for blank
            return "" if self._reader.is_blank(self._entry, raw) else short(raw)
        return short(raw) if self.is_known(record) else ""


def shown(raw: Any) -> Any:
    """A raw value for display; long lists are cut, and the cut is said."""
    if isinstance(raw, list) and len(raw) > _MOST_ELEMENTS_SHOWN:
        return [*raw[:_MOST_ELEMENTS_SHOWN], f"… and {len(raw) - _MOST_ELEMENTS_SHOWN} more"]
    return raw
