"""What differs between two records, in the words of the glossary: `CRM plan = Pro`, `one more task: status = open`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.glossary import Glossary, Name
from holdshort.core.paths import ABSENT
from holdshort.core.rules.reasons import short

Place = tuple[str | int, ...]
_MOST_FIELDS = 3


@dataclass(frozen=True)
class Difference:
    """One change from the first record to the second: where, in words, and what stood there before."""

    path: Place
    words: str
    how: Literal["set", "added", "removed"]
    old: Any
    new: Any

    def undone(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The second record without this change; unchanged where it cannot be taken back alone."""
        if self.how == "removed":
            return record
        return _undo(record, self.path, self)  # type: ignore[no-any-return]


class Teller:
    """Tells the differences of records in the words of one glossary."""

    def __init__(self, glossary: Glossary) -> None:
        self.glossary = glossary
        self.names: dict[tuple[str, ...], str] = {}
        self.lists: dict[tuple[str, ...], Name] = {}
        for name in glossary.every_name():
            for path in (*name.paths, *name.else_paths):
                key = tuple(step.key for step in path.steps)
                if any(step.pick is not None for step in path.steps):
                    continue
                self.names.setdefault(key, name.name)
                if name.is_list:
                    self.lists.setdefault(key, name)
        self.systems = {system.key: system.name for system in glossary.systems.values()}

    def differences(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
        """All changes from `old` to `new`, each once; an element added to or taken from a list is one change."""
        return list(self._of_systems(old, new))

    def _of_systems(self, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Difference]:
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key, ABSENT), new.get(key, ABSENT)
            if before is after or before == after:
                continue
            title = self.systems.get(key, key)
            if isinstance(before, Mapping) and not isinstance(after, Mapping):
                words = (
                    f"no {title} on file" if after is None else f"no source says anything about the {title}"
                )
                yield Difference((key,), words, "set", before, after)
            elif isinstance(after, Mapping) and not isinstance(before, Mapping):
                fields = list(self._of_fields({}, after, (key,)))
                if before is ABSENT or len(fields) == 1:
                    yield from fields
                else:
                    said = ", ".join(each.words for each in fields) if len(fields) <= _MOST_FIELDS else title
                    yield Difference(
                        (key,), f"{said}{' on file' if said == title else ''}", "set", before, after
                    )
            else:
                yield from self._of_value(before, after, (key,))

    def _of_fields(
        self, old: Mapping[str, Any], new: Mapping[str, Any], place: Place
    ) -> Iterator[Difference]:
        for key in dict.fromkeys([*old, *new]):
            before, after = old.get(key, ABSENT), new.get(key, ABSENT)
            if before is not after and before != after:
                yield from self._of_value(before, after, (*place, key))

    def _of_value(self, old: Any, new: Any, place: Place) -> Iterator[Difference]:
        facts = len(place) > 1 and any(isinstance(each, Mapping) and "value" in each for each in (old, new))
        if isinstance(old, Mapping) and isinstance(new, Mapping) and not facts:
            yield from self._of_fields(old, new, place)
        elif new and self._is_list_of_objects(old) and self._is_list_of_objects(new) and new is not ABSENT:
            yield from self._of_items(old if old is not ABSENT and old is not None else [], new, place)
        else:
            yield Difference(place, self._said(place, new), "set", old, new)

    @staticmethod
    def _is_list_of_objects(value: Any) -> bool:
        return (
            value is ABSENT
            or value is None
            or (isinstance(value, list) and all(isinstance(each, Mapping) for each in value))
        )

    def _of_items(self, old: list[Any], new: list[Any], place: Place) -> Iterator[Difference]:
        owner = self.lists.get(tuple(str(each) for each in place))
        word = owner.item if owner is not None and owner.item else f"element of {place[-1]}"
        if len(new) < len(old):
            kept = list(new)
            for item in old:
                if item in kept:
                    kept.remove(item)
                else:
                    yield Difference(
                        place, f"without the {word}{label(item, owner)}", "removed", item, ABSENT
                    )
            return
        for at, (before, after) in enumerate(zip(old, new, strict=False)):
            if before is after or before == after:
                continue
            start = f"{word}{label(before, owner)}: "
            for key in dict.fromkeys([*before, *after]):
                was, now = before.get(key, ABSENT), after.get(key, ABSENT)
                if was is not now and was != now:
                    said = start + self._field_said(owner, key, now)
                    yield Difference((*place, at, key), said, "set", was, now)
        for item in new[len(old) :]:
            listed = ", ".join(self._field_said(owner, key, value) for key, value in item.items())
            yield Difference(
                place, f"one more {word}" + (f": {listed}" if listed else ""), "added", ABSENT, item
            )

    def _field_said(self, owner: Name | None, key: str, value: Any) -> str:
        field = key
        for name in owner.fields.values() if owner is not None else ():
            if any(
                len(path.steps) == 1 and path.steps[0].key == key for path in (*name.paths, *name.else_paths)
            ):
                field = name.name
                break
        return _says(field, value)

    def _said(self, place: Place, value: Any) -> str:
        key = tuple(str(each) for each in place)
        return _says(self.names.get(key, ".".join(key)), value)


def label(item: Any, owner: Name | None) -> str:
    """What tells one element of a list from the next: ` T1`, or nothing."""
    if not isinstance(item, Mapping):
        return f" {short(item, 40)}"
    keys = ["id", "name", "title", "subject"]
    if owner is not None:
        keys = ["id", f"{owner.item}_id".replace(" ", "_"), *keys[1:], owner.named_by]
    for key in keys:
        value = item.get(key) if key else None
        if isinstance(value, str | int) and value != "":
            return f" {short(value, 40)}"
    return ""


def _says(name: str, value: Any) -> str:
    """`NAME = VALUE`, or that it is blank or not there."""
    if value is ABSENT:
        return f"{name} is not provided"
    if value is None or value == "":
        return f"{name} is blank"
    if value == []:
        return f"{name}: none"
    if isinstance(value, Mapping) and "value" in value:
        as_of = f" (as of {value['as_of']})" if value.get("as_of") else ""
        return f"{name} = {shown(value['value'])}{as_of}"
    return f"{name} = {shown(value)}"


def shown(value: Any) -> str:
    """A raw value as a person would say it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int) and abs(value) >= 10_000:
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value[:6]) + (" …" if len(value) > 6 else "")
    if isinstance(value, Mapping):
        return f"({', '.join(_says(key, each) for key, each in list(value.items())[:5])})"
    text = short(value)
    return f"“{text}”" if isinstance(value, str) and " " in text else text


def _undo(value: Any, path: Place, change: Difference) -> Any:
    if not path:
        if change.how == "added":
            return [each for each in value if each is not change.new] if isinstance(value, list) else value
        return change.old
    key, rest = path[0], path[1:]
    if isinstance(key, int):
        if not isinstance(value, list) or key >= len(value):
            return value
        return [_undo(each, rest, change) if at == key else each for at, each in enumerate(value)]
    if not isinstance(value, Mapping) or key not in value:
        return (
            value
            if not isinstance(value, Mapping) or rest or change.old is ABSENT
            else {**value, key: change.old}
        )
    if not rest and change.how == "set" and change.old is ABSENT:
        return {each: kept for each, kept in value.items() if each != key}
    return {**value, key: _undo(value[key], rest, change)}
