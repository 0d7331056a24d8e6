"""Put the fields of several rows together into one record; what they disagree on is left open, and said."""

from __future__ import annotations

from typing import Any

from holdshort.importers.mapping_file import TableRule, short_id
from holdshort.importers.mapping_rows import Loaded, Shaped
from holdshort.importers.row_notes import RowNote
from holdshort.importers.tables import TableRow


class RecordBuilder:
    """Gathers the parts of one record."""

    def __init__(self, ids: str = "as is") -> None:
        self._ids = ids
        self._objects: dict[str, dict[str, Any]] = {}
        self._said_by: dict[tuple[str, str], str] = {}
        self._open: set[tuple[str, str]] = set()
        self._lists: dict[str, list[dict[str, Any]]] = {}
        self.notes: list[RowNote] = []

    def add(self, loaded: Loaded, row: TableRow, shaped: Shaped) -> None:
        """Add a shaped row under the system of its rule."""
        self.notes.extend(shaped.notes)
        rule = loaded.rule
        if not rule.system or shaped.refused:
            return
        if rule.is_list:
            self._lists.setdefault(rule.system.removesuffix("[]"), []).append(nested(shaped.fields))
            return
        self._objects.setdefault(rule.system, {})
        for name, value in shaped.fields.items():
            self.put(rule.system, name, value, loaded, row)

    def put(self, system: str, name: str, value: Any, loaded: Loaded, row: TableRow) -> None:
        """Set one field; two different values leave it unset, with a note."""
        fields, place = self._objects.setdefault(system, {}), (system, name)
        if place in self._open:
            return
        before = fields.get(name)
        if before is None or value is None or self._same(before, value):
            if before is None or (value is not None and len(str(value)) > len(str(before))):
                fields[name] = value
            if value is not None:
                self._said_by.setdefault(place, loaded.rule.name)
            return
        del fields[name]
        self._open.add(place)
        self.notes.append(
            loaded.note(
                row, "ROW-007",
                f"`{system}.{name}` is `{_short(before)}` in `{self._said_by.get(place, '?')}` and `{_short(value)}` "
                f"in `{loaded.rule.name}`; it is not set",
                "correct the source, or map only the one that counts", name,
            )
        )  # fmt: skip

    def note_once(self, note: RowNote) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _same(self, left: Any, right: Any) -> bool:
        if self._ids == "salesforce" and isinstance(left, str) and isinstance(right, str):
            left, right = short_id(left), short_id(right)
        return bool(left == right)

    def unset(self, system: str, name: str) -> None:
        self._objects.get(system, {}).pop(name, None)

    def mark(self, rule: TableRule, locale: str, timezone: str) -> None:
        """Say in which locale and zone the texts of a system were written, where the mapping knows."""
        fields = self._objects.get(rule.system)
        if fields is None:
            return
        leads = (
            [""] if rule.system != "record" else {name.split(".")[0] + "." for name in fields if "." in name}
        )
        for lead in sorted(leads):
            if rule.locale or locale:
                fields.setdefault(f"{lead}locale", rule.locale or locale)
            if rule.timezone or timezone:
                fields.setdefault(f"{lead}timezone", rule.timezone or timezone)

    def record(self) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for system, fields in self._objects.items():
            target = record if system == "record" else _down(record, system.split("."))
            for name, value in fields.items():
                set_path(target, name, value)
        for path, items in self._lists.items():
            *systems, last = path.split(".")
            _down(record, systems)[last] = items
        return record


def nested(fields: dict[str, Any]) -> dict[str, Any]:
    """`{"owner.email": …}` as `{"owner": {"email": …}}`."""
    target: dict[str, Any] = {}
    for name, value in fields.items():
        set_path(target, name, value)
    return target


def set_path(target: dict[str, Any], name: str, value: Any) -> None:
    *parents, last = name.split(".")
    _down(target, parents)[last] = value


def _down(target: dict[str, Any], keys: list[str]) -> dict[str, Any]:
    for key in keys:
        inner = target.get(key)
        if not isinstance(inner, dict):
            inner = target[key] = {}
        target = inner
    return target


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
