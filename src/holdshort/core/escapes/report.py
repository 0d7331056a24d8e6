"""What the escape search says: the records it found, and a certificate of what it covered. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Grade = Literal["escape", "bare"]


@dataclass(frozen=True, slots=True)
class Escape:
    """
    A record on which an action may go although a statement says that it must not.

    `grade`: `escape` where the gate releases it; `bare` where only the catalogue asks for a person, whom no row tells of
    the danger. `record` is minimal: without any of its fields this is not so any more. `changes` tells it from a record
    of the playbook.
    """

    statement: str
    says: str
    item: str
    danger: str
    kinds: tuple[str, ...]
    grade: Grade
    record: Mapping[str, Any]
    base: str
    changes: tuple[str, ...]
    why: str

    def to_json(self) -> dict[str, Any]:
        return {
            "statement": self.statement,
            "says": self.says,
            "item": self.item,
            "danger": self.danger,
            "kinds": list(self.kinds),
            "grade": self.grade,
            "record": self.record,
            "base": self.base,
            "changes": list(self.changes),
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class Covered:
    """What was looked at for one statement; `not_said` are dangers that this glossary has no words for."""

    statement: str
    says: str
    dangers: int
    not_said: tuple[str, ...]
    kinds: int
    never_alone: int
    """Kinds that the catalogue never releases without a person, whatever the record: proven without a search."""
    names: tuple[str, ...]
    records: int
    complete: bool
    """False where the budget of records ended first."""

    def to_json(self) -> dict[str, Any]:
        return {
            "statement": self.statement,
            "says": self.says,
            "dangers": self.dangers,
            "not_said": list(self.not_said),
            "kinds": self.kinds,
            "never_alone": self.never_alone,
            "names": list(self.names),
            "records": self.records,
            "complete": self.complete,
        }


@dataclass(frozen=True)
class EscapeReport:
    """The search's answer with its certificate."""

    register: str
    playbook: str
    mode: str
    depth: int
    bases: tuple[str, ...]
    covered: tuple[Covered, ...]
    found: tuple[Escape, ...]
    reviews: int = 0
    """Review rules that the decider was asked about."""
    refusals: int = 0
    """Decisions by a role without authority that it refused."""

    @property
    def escapes(self) -> tuple[Escape, ...]:
        return tuple(each for each in self.found if each.grade == "escape")

    @property
    def bare(self) -> tuple[Escape, ...]:
        return tuple(each for each in self.found if each.grade == "bare")

    @property
    def records(self) -> int:
        return sum(each.records for each in self.covered)

    def certificate(self) -> str:
        """What was covered, in words, and no more than that."""
        names = {name for each in self.covered for name in each.names}
        cut = sum(not each.complete for each in self.covered)
        said = (
            f"register {self.register[:12]}, {self.mode} mode: {len(self.covered)} statements, {sum(each.dangers for each in self.covered)} "
            f"dangers, {len(names)} names, up to {self.depth} changes beside the danger, {self.records:,} records, "
            f"{self.refusals} decisions without authority: "
            + (f"{len(self.escapes)} escapes found" if self.escapes else "no escape found")
        )
        return said + (f"; for {cut} statements the budget ended first" if cut else "")

    def to_json(self) -> dict[str, Any]:
        return {
            "passed": not self.escapes,
            "certificate": {
                "register": self.register,
                "playbook": self.playbook,
                "mode": self.mode,
                "depth": self.depth,
                "bases": list(self.bases),
                "records": self.records,
                "reviews": self.reviews,
                "refusals": self.refusals,
                "covered": [each.to_json() for each in self.covered],
                "words": self.certificate(),
            },
            "escapes": [each.to_json() for each in self.escapes],
            "bare": [each.to_json() for each in self.bare],
        }
