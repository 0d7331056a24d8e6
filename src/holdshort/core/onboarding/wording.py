"""
What the words of an outgoing message rest on: systems of record, approved templates, and texts that a person approved before.

Each date, number, plan and word of scope has to be there, said with the same yes or no; nothing internal and nothing of
another customer leaves. Only messages to customers are looked at, and of these only what a person would read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holdshort.core.documents import take_snapshot
from holdshort.core.draft_check import WHY, Backing, Held, backing_of, check_statements, secrets_of
from holdshort.core.onboarding.events import DecisionRecorded
from holdshort.core.onboarding.powers import POWERS
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import Action, Onboarding

_ADDRESSED = frozenset({"to", "cc", "bcc", "recipient", "recipients", "email", "from", "reply_to"})
_READ = frozenset({"subject", "body", "text", "message", "html", "content", "title", "description", "note"})
_PROSE_WORDS = 3
_DEEPEST = 4
_MOST_SHOWN = 3
_WEEKDAYS = frozenset({"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"})


@dataclass(frozen=True, slots=True)
class Unfounded:
    """Words of one field of a message that nothing bears out: `held` counts in that field's text."""

    field: str
    held: Held

    @property
    def is_leak(self) -> bool:
        """It belongs to another customer: no exception covers it, only an override by name."""
        return self.held.why == "another customer"

    @property
    def is_vague(self) -> bool:
        """A weekday without a date: a person who reads the message knows which; nobody else does."""
        return self.held.why == "untraced" and self.held.words.casefold() in _WEEKDAYS

    @property
    def words(self) -> str:
        return f"`{self.held.words[:60]}`: {WHY[self.held.why]}"


def unfounded(
    action: Action, payload: Mapping[str, Any], state: Onboarding, world: World
) -> tuple[Unfounded, ...]:
    """
    The words of a message that nothing on record bears out, in the order of its fields; none for any other action.

    Args:
        payload: What would be sent: the action's own, or an edited one that is to take its place.

    Source: requirements F4, L4.6, L7; promises S20.
    """
    kind = world.program.playbook.catalogue.find(action.kind)
    if kind is None or not kind.action_class.customer_facing:
        return ()
    texts = [(name, text) for name, text in texts_of(payload) if text.strip()]
    if not texts:
        return ()
    backing, own = _backing(state, world), frozenset(each.casefold() for each in _recipients(payload))
    return tuple(
        Unfounded(name, held) for name, text in texts for held in check_statements(text, backing, own)
    )


def said_of(found: tuple[Unfounded, ...]) -> str:
    """The words and why, short enough for one line."""
    said = list(dict.fromkeys(each.words for each in found))
    more = f" and {len(said) - _MOST_SHOWN} more" if len(said) > _MOST_SHOWN else ""
    return "; ".join(said[:_MOST_SHOWN]) + more


def covers_words(decision: DecisionRecorded, found: tuple[Unfounded, ...]) -> bool:
    """
    Whether a decision that covers a message also covers its unfounded words.

    A person who reads it answers for weekdays; the rest takes an exception, a condition or an override, and another
    customer's data an override.
    """
    if decision.code == "J9":
        return True
    if any(each.is_leak for each in found):
        return False
    if all(each.is_vague for each in found):
        return True
    return POWERS[decision.code].lifts_gaps or bool(decision.exception.strip())


def texts_of(payload: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Field and text of everything in a payload that its reader sees as words; addresses are no words."""
    yield from _texts(payload, (), 0)


def _texts(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, str]]:
    if path and path[-1].casefold() in _ADDRESSED:
        return
    if isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            yield from _texts(inner, (*path, str(key)), depth + 1)
    elif isinstance(value, list | tuple) and depth < _DEEPEST:
        for inner in value:
            yield from _texts(inner, path, depth + 1)
    elif isinstance(value, str) and (
        (path and path[-1].casefold() in _READ) or len(value.split()) >= _PROSE_WORDS
    ):
        yield ".".join(path), value


def _backing(state: Onboarding, world: World) -> Backing:
    """Everything that messages of this onboarding may lean on; within one command it is worked out once."""
    approved = tuple(_approved(state, world))
    known = world.backed.get(0)
    if known is not None and known[0] is state.facts and known[1] == approved:
        remembered: Backing = known[2]
        return remembered
    playbook = world.program.playbook
    record = state.facts.record()
    backing = backing_of(
        take_snapshot(record, plans=playbook.plan_names),
        commitments=(*(part for each in playbook.templates for part in (each.subject, each.text)), *approved),
        secrets=secrets_of(record, playbook.glossary),
    )
    world.backed[0] = state.facts, approved, backing
    return backing


def _approved(state: Onboarding, world: World) -> Iterator[str]:
    """Texts of messages that a person approved and that have gone out."""
    for action in state.actions.values():
        if action.run == "done" and action.decisions:
            kind = world.program.playbook.catalogue.find(action.kind)
            if kind is not None and kind.action_class.customer_facing:
                yield from (text for _, text in texts_of(action.payload))


def _recipients(payload: Mapping[str, Any]) -> Iterator[str]:
    for key, value in payload.items():
        if key.casefold() in _ADDRESSED:
            for each in value if isinstance(value, list | tuple) else (value,):
                if isinstance(each, str):
                    yield each
