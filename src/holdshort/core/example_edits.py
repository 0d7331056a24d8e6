"""Copies of a record with one thing changed: a name set or taken away, an element of a list added, exchanged, removed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from holdshort.core.acceptance import Record, with_value, without_name
from holdshort.core.glossary import Name
from holdshort.core.paths import ABSENT, Path, Step, follow


def with_raw(record: Record, name: Name, raw: Any) -> Record:
    if not name.paths:
        return record
    return without_name(record, name) if raw is ABSENT else with_value(record, name, raw)


def with_item(record: Record, path: Path, item: Any, new: Any) -> Record | None:
    """The record with one element of a list exchanged; None where the list cannot be written as one."""
    return _exchanged(record, path, item, [new])


def without_item(record: Record, path: Path, item: Any) -> Record | None:
    return _exchanged(record, path, item, [])


def _exchanged(record: Record, path: Path, item: Any, new: list[Any]) -> Record | None:
    raw, _ = follow(path, record)
    if any(step.pick is not None for step in path.steps) or not isinstance(raw, list):
        return None
    places = [place for place, each in enumerate(raw) if each is item]
    if not places:
        return None
    at = places[0]
    return cast(Record, _put_list(record, path.steps, [*raw[:at], *new, *raw[at + 1 :]]))


def _put_list(holder: Any, steps: tuple[Step, ...], items: list[Any]) -> Any:
    below = holder if isinstance(holder, Mapping) else {}
    if len(steps) == 1:
        return {**below, steps[0].key: items}
    return {**below, steps[0].key: _put_list(below.get(steps[0].key), steps[1:], items)}


def appended(record: Record, path: Path, item: Any) -> Record:
    """The record with one element more in the list at `path`, which may run through other lists."""
    found: Record = _append(record, path.steps, item, through_list=False)
    return found


def _append(value: Any, steps: tuple[Step, ...], item: Any, *, through_list: bool) -> Any:
    step, rest = steps[0], steps[1:]
    holder = value if isinstance(value, Mapping) else {}
    below = holder.get(step.key)
    listed = below if isinstance(below, list) else []
    if step.pick is None:
        if rest:
            return {**holder, step.key: _append(below, rest, item, through_list=through_list)}
        return {**holder, step.key: item if through_list else [*listed, item]}
    if not rest:
        return {**holder, step.key: [*listed, item]}
    new = {step.pick[0]: step.pick[1]} if step.pick else {}
    return {**holder, step.key: [*listed, _append(new, rest, item, through_list=True)]}
