"""Where a value lives in a record: `contract.plan`, `reviews[type=security].status`, `messages[].to[]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

_STEP = re.compile(r"(?P<key>[^.\[\]]+)(?P<pick>\[[^\]]*\])?(?:\.|$)")


class _Absent:
    """No key, as opposed to a key that holds null."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<absent>"


ABSENT: Final = _Absent()


class _WrongKind:
    """Something stands where an object or a list should; it is there, and it cannot be read."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(something of another kind)"


WRONG_KIND: Final = _WrongKind()


@dataclass(frozen=True, slots=True)
class Step:
    """One key; `pick` chooses the elements of the list behind it: None (no list), `()` all, or (field, value)."""

    key: str
    pick: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Path:
    steps: tuple[Step, ...]

    @cached_property
    def system(self) -> str:
        """The key of the record under which the value lives."""
        return self.steps[0].key

    @cached_property
    def field(self) -> str:
        return ".".join(step.key for step in self.steps[1:])

    @cached_property
    def is_plain(self) -> bool:
        """`system.field` and nothing else: the common case that evaluators read directly."""
        return len(self.steps) == 2 and all(step.pick is None for step in self.steps)

    @property
    def flattens(self) -> bool:
        return any(step.pick == () for step in self.steps)

    def __str__(self) -> str:
        parts = []
        for step in self.steps:
            pick = "" if step.pick is None else f"[{'='.join(step.pick)}]"
            parts.append(step.key + pick)
        return ".".join(parts)


def read_path(text: str) -> Path | None:
    """Return the path that `text` spells, or None where it spells none."""
    steps: list[Step] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None:
            return None
        pick: tuple[str, ...] | None = None
        if match["pick"] is not None:
            inner = match["pick"][1:-1].strip()
            field, equals, value = inner.partition("=")
            if inner and not equals:
                return None
            pick = (field.strip(), value.strip()) if inner else ()
        steps.append(Step(match["key"].strip(), pick))
        at = match.end()
    return Path(tuple(steps)) if steps else None


def follow(path: Path, start: Mapping[str, Any]) -> tuple[Any, bool]:
    """
    Return what stands at `path`, and whether its system is known to be absent.

    The value is `ABSENT` where a key is absent, None where the record says null. A pick by value that finds no
    element gives None: the list is known, the element is not in it. `[]` gathers the values of all elements.
    """
    head = path.steps[0]
    value: Any = start.get(head.key, ABSENT)
    if value.__class__ is dict and path.is_plain:
        return value.get(path.steps[1].key, ABSENT), False
    if value is None and len(path.steps) > 1:
        return None, True
    value = _pick(value, head)
    for step in path.steps[1:]:
        value = _down(value, step)
    return value, False


def _down(value: Any, step: Step) -> Any:
    if isinstance(value, _Gathered):
        inner = [_down(each, step) for each in value]
        flat = _Gathered()
        for each in inner:
            if isinstance(each, _Gathered):
                flat.extend(each)
            elif each is WRONG_KIND:
                return WRONG_KIND
            elif each is not ABSENT and each is not None:
                flat.append(each)
        return flat
    if value is None or value is ABSENT:
        return value
    if not isinstance(value, Mapping):
        return WRONG_KIND
    return _pick(value.get(step.key, ABSENT), step)


def _pick(value: Any, step: Step) -> Any:
    if step.pick is None or value is None or value is ABSENT:
        return value
    if isinstance(value, str) and step.pick == ():
        return _Gathered([value])  # one address where a list of them may stand must not pass unseen
    if not isinstance(value, list):
        return WRONG_KIND
    if step.pick == ():
        return _Gathered(value)
    field, wanted = step.pick
    found = [
        each
        for each in value
        if isinstance(each, Mapping) and str(each.get(field, "")).casefold() == wanted.casefold()
    ]
    # The last one written is the current one: reviews and approvals are appended.
    return found[-1] if found else None


class _Gathered(list[Any]):
    """Values of all elements of a list, still to be followed further."""
