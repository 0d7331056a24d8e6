"""What the gate answers: each item with its evidence, and whether the lane may go live. Plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from holdshort.core.golive.items import BY_CODE, STEPS, Item

State = Literal["pass", "open", "not proven"]


@dataclass(frozen=True, slots=True)
class SignOff:
    """A named person's word for one item. `digest` is of what was signed: when that changes, the word is void."""

    item: str
    lane: str
    by: str
    at: datetime
    note: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answered:
    """
    One item of the checklist.

    Args:
        state: `open` where something is left to do, `not proven` where nothing speaks against it and nothing for it.
        evidence: What shows it, in words.
        missing: What is still to do, each a sentence with how to do it.
        signed: The sign-off that counts, where one is needed and there is one.
    """

    item: Item
    state: State
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    signed: SignOff | None = None

    def to_json(self) -> dict[str, Any]:
        data: dict[str, Any] = {
            "item": self.item.code,
            "title": self.item.title,
            "asks": self.item.asks,
            "proof": self.item.proof,
            "state": self.state,
            "evidence": list(self.evidence),
            "missing": list(self.missing),
        }
        if self.signed is not None:
            signed = self.signed
            data["signed"] = {"by": signed.by, "at": signed.at.isoformat(), "note": signed.note}
        return data


@dataclass(frozen=True)
class GateReport:
    """The go-live gate for one lane of a playbook."""

    playbook: str
    lane: str
    mode: str
    register: str
    items: tuple[Answered, ...]
    faults: tuple[str, ...] = ()
    """Errors in the playbook's files that belong to no item."""
    not_covered: tuple[str, ...] = ()
    """Rows of the lane that no connected source lets run."""
    governance: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return not self.faults and all(each.state == "pass" for each in self.items)

    @property
    def failing(self) -> tuple[str, ...]:
        return tuple(each.item.code for each in self.items if each.state != "pass")

    def item(self, code: str) -> Answered:
        return next(each for each in self.items if each.item is BY_CODE[code])

    def step(self) -> str:
        """The step of the build sequence at which the team is: the first that is not done; empty where all are."""
        failing = set(self.failing)
        return next((step.code for step in STEPS if failing.intersection(step.items)), "")

    def to_json(self) -> dict[str, Any]:
        return {
            "playbook": self.playbook,
            "lane": self.lane,
            "mode": self.mode,
            "register": self.register,
            "passed": self.passed,
            "failing": list(self.failing),
            "step": self.step(),
            "faults": list(self.faults),
            "items": [each.to_json() for each in self.items],
            "not_covered": list(self.not_covered),
            "governance": {name: list(said) for name, said in self.governance.items()},
        }
