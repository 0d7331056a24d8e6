"""Who may decide what, at one moment. Looked up at the decision and again just before an action runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Person:
    """`name` is the stable identity; `roles` are role ids."""

    name: str
    roles: frozenset[str]
    active: bool = True


@dataclass(frozen=True, slots=True)
class StandIn:
    """`who` may decide for `absent` from `starts_at` up to `ends_at`."""

    absent: str
    who: str
    starts_at: datetime
    ends_at: datetime

    def covers(self, now: datetime) -> bool:
        return self.starts_at <= now < self.ends_at


@dataclass(frozen=True, slots=True)
class Standing:
    """In which role somebody may act, and for whom where it is not their own."""

    role: str
    on_behalf_of: str = ""


@dataclass(frozen=True)
class Directory:
    """Everybody who may act, as of now."""

    people: Mapping[str, Person] = field(default_factory=dict)
    stand_ins: tuple[StandIn, ...] = ()

    def is_known(self, name: str) -> bool:
        person = self.people.get(name)
        return person is not None and person.active

    def standing(self, name: str, roles: Iterable[str], now: datetime) -> Standing | None:
        """The first of `roles` that `name` holds, or stands in for while its holder is away. Nobody stands in for a stand-in."""
        person = self.people.get(name)
        if person is None or not person.active:
            return None
        wanted = tuple(roles)
        own = next((role for role in wanted if role in person.roles), None)
        if own is not None:
            return Standing(own)
        for each in self.stand_ins:
            absent = self.people.get(each.absent)
            if each.who == name and each.covers(now) and absent is not None and absent.active:
                role = next((role for role in wanted if role in absent.roles), None)
                if role is not None:
                    return Standing(role, absent.name)
        return None

    def holders(self, role: str) -> tuple[str, ...]:
        return tuple(sorted(each.name for each in self.people.values() if each.active and role in each.roles))
