"""Take everything out of a record that it does not need: what is left is minimal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]
Holds = Callable[[Mapping[str, Any]], bool]


def shrink(record: Mapping[str, Any], holds: Holds) -> Mapping[str, Any]:
    """
    The record without every field that can go while `holds` stays true.

    Whole systems are tried before their fields. Taking any one field or list element out of the result makes `holds` false.
    """
    before: Mapping[str, Any] | None = None
    while before is not record:
        before = record
        record = _once(record, holds)
    return record


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every field and list element, outer ones before those within."""
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield (*at, key)
            yield from places(below, (*at, key))
    elif isinstance(value, list):
        for index in reversed(range(len(value))):
            yield (*at, index)
            yield from places(value[index], (*at, index))


def without(value: Any, place: Place) -> Any:
    """A copy without what stands at this place."""
    step, rest = place[0], place[1:]
    if isinstance(value, list):
        assert isinstance(step, int)
        return [*value[:step], *([without(value[step], rest)] if rest else []), *value[step + 1 :]]
    if not rest:
        return {key: below for key, below in value.items() if key != step}
    return {key: without(below, rest) if key == step else below for key, below in value.items()}


def _once(record: Mapping[str, Any], holds: Holds) -> Mapping[str, Any]:
    todo = list(places(record))
    while todo:
        place = todo.pop(0)
        less = without(record, place)
        if holds(less):
            record = less
            # What stood within is gone; elements after it in a list have moved, and the next pass looks at those.
            todo = [each for each in todo if each[: len(place)] != place and not _moved(each, place)]
    return record


def _moved(other: Place, gone: Place) -> bool:
    last = gone[-1]
    depth = len(gone) - 1
    return (
        isinstance(last, int)
        and len(other) > depth
        and other[:depth] == gone[:depth]
        and isinstance(other[depth], int)
        and other[depth] > last  # type: ignore[operator]
    )
