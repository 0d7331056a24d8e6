"""The exact effect of an action before it runs: read from the very payload that is stored and would be carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.action_words import phrase
from holdshort.core.canonical import canonical_bytes
from holdshort.core.draft_check import WHY
from holdshort.core.onboarding.settle import action_digest
from holdshort.core.onboarding.wording import Unfounded
from holdshort.core.packet_values import as_text
from holdshort.service.board import ActionView, OnboardingView
from holdshort.service.words import awaited, target, who

_ADDRESSED = ("to", "cc", "bcc", "recipient", "recipients", "email")
_LONG = 200
_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Change:
    """One field that an action sets. `before` is what the system has now; `known` whether the facts say that at all."""

    field: str
    before: str
    after: str
    known: bool

    @property
    def stays(self) -> bool:
        return self.known and self.before == self.after


@dataclass(frozen=True, slots=True)
class ActionEffect:
    """
    One action as a reviewer has to see it before they decide.

    `system` is the class of the catalogue, `place` the target of the playbook that would carry it out. `texts` are whole
    bodies by name. `stored` is the payload as canonical JSON, byte for byte what runs; `whole` whether its digest is the
    one that approvals are bound to.
    """

    no: int
    id: str
    what: str
    status: str
    why: str
    system: str
    place: str
    recipients: tuple[str, ...]
    changes: tuple[Change, ...]
    texts: tuple[tuple[str, str], ...]
    stored: str
    digest: str
    whole: bool
    asked_by: str
    next: str
    cases: tuple[str, ...]
    customer_facing: bool
    payload: Mapping[str, Any]
    unfounded: tuple[Unfounded, ...] = ()
    """Words of the message that nothing on record bears out."""

    @property
    def is_empty(self) -> bool:
        return not self.payload

    @property
    def pieces(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """Whole texts by name, cut where words are unfounded: each piece with why it is; empty for what is not."""
        return tuple((name, tuple(self._cut(name, text))) for name, text in self.texts)

    def _cut(self, name: str, text: str) -> Iterator[tuple[str, str]]:
        at = 0
        for each in self.unfounded:
            start, end = each.held.start, each.held.end
            if _named(tuple(each.field.split("."))) == name and start >= at and text[start:end]:
                yield text[at:start], ""
                yield text[start:end], WHY[each.held.why]
                at = end
        yield text[at:], ""

    @property
    def compares(self) -> bool:
        """Whether the facts say of any field what it is now."""
        return any(each.known for each in self.changes)


def effect_of(
    view: OnboardingView, each: ActionView, record: Mapping[str, Any], systems: Mapping[str, str]
) -> ActionEffect:
    """
    Args:
        record: The facts as they stand, by system.
        systems: The key in the record of each class of the catalogue, such as `billing`.
    """
    action = each.action
    kind = view.catalogue.find(action.kind)
    name = kind.action_class.name if kind else "not in the catalogue"
    changes, texts = _split(action.payload, record.get(systems.get(name, "")))
    return ActionEffect(
        no=action.no,
        id=f"{view.number}/a{action.no}",
        what=phrase(action.kind),
        status=each.status,
        why=each.why if each.why != each.status else "",
        system=name,
        place=target(each.target),
        recipients=each.recipients,
        changes=tuple(changes),
        texts=tuple(texts),
        stored=canonical_bytes(action.payload).decode("utf-8"),
        digest=action.digest,
        whole=action_digest(view.state.key, action.kind, action.payload, action.about) == action.digest,
        asked_by=_asked_by(view.number, each),
        next=awaited(view.number, each.awaited) if action.is_open else "",
        cases=tuple(dict.fromkeys(stop.case for stop in each.clearance.stops)),
        customer_facing=kind is not None and kind.action_class.customer_facing,
        payload=action.payload,
        unfounded=each.unfounded,
    )


def _asked_by(number: int, each: ActionView) -> str:
    action = each.action
    if action.source in ("record", "request"):
        return who(action.by)
    if action.source == "decision":
        return f"decision {number}.d{action.about.removeprefix('decision ')}"
    return f"row {action.source}"


def systems_of(view: OnboardingView, names: Mapping[str, str]) -> dict[str, str]:
    """The record's key for each class of the catalogue whose system the glossary names; `names`: key to name."""
    found: dict[str, str] = {}
    for each in view.catalogue.classes:
        wanted = _loose(each)
        for key, name in names.items():
            if wanted in (_loose(key), _loose(name)) or _loose(key).startswith(f"{wanted} "):
                found.setdefault(each, key)
    return found


def _loose(text: str) -> str:
    return " ".join(text.casefold().replace("_", " ").replace("-", " ").split())


def _split(payload: Mapping[str, Any], system: Any) -> tuple[list[Change], list[tuple[str, str]]]:
    """Fields with what they are now beside, and whole texts; nothing of the payload is left out."""
    changes: list[Change] = []
    texts: list[tuple[str, str]] = []
    for path, value in _leaves(payload):
        if isinstance(value, str) and (
            path[-1] in ("body", "text", "message") or "\n" in value or len(value) > _LONG
        ):
            texts.append((_named(path), value))
            continue
        before = None if path[-1] in _ADDRESSED else _now(system, path)
        changes.append(Change(_named(path), before or "", as_text(value) or "blank", before is not None))
    return changes, texts


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping) and value and len(path) < _DEEPEST:
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif path:
        yield path, value


def _named(path: tuple[str, ...]) -> str:
    return " › ".join(path).replace("_", " ")


def _now(system: Any, path: tuple[str, ...]) -> str | None:
    """What the system has under the same name; None where the facts do not say."""
    for names in (path, path[-1:]):
        found = system
        for name in names:
            found = found.get(name, _NOT_THERE) if isinstance(found, Mapping) else _NOT_THERE
        if found is not _NOT_THERE:
            if isinstance(found, Mapping) and "value" in found:
                found = found["value"]
            return as_text(found) or "blank"
    return None


_NOT_THERE = object()
