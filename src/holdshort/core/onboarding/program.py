"""What an onboarding runs under at one moment: a published register, the people, the clock, the switches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from holdshort.core.answers import Answer
from holdshort.core.canonical import digest
from holdshort.core.onboarding.people import Directory
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase, row_digest
from holdshort.core.rules.printer import print_condition
from holdshort.core.screening import Screener
from holdshort.core.text import fold


@dataclass(frozen=True)
class Program:
    """
    One published version of a playbook, ready to run.

    `target_of` names for a kind where it would be carried out, with a fingerprint of that place's settings, so that an
    approval for one address does not cover another.
    """

    version: int
    digest: str
    screener: Screener
    target_of: Callable[[str], str]

    @property
    def playbook(self) -> Playbook:
        return self.screener.playbook

    @cached_property
    def _digests(self) -> Mapping[str, str]:
        return {each.case: row_digest(each) for each in self.playbook.register.cases}

    @cached_property
    def _rows(self) -> Mapping[str, EdgeCase]:
        return {each.case: each for each in self.playbook.register.cases}

    def row(self, case: str) -> EdgeCase | None:
        """The row of this very ID; None for what is no row (a person's hold, the catalogue)."""
        return self._rows.get(case)

    def needs(self, case: str) -> frozenset[str]:
        """What the row's gaps are named after: its required evidence, and its checks as they are printed."""
        found = self._needs.get(case)
        if found is None:
            row, glossary = self.row(case), self.playbook.glossary
            evidence = [each.name for each in row.evidence] if row else []
            checks = [print_condition(each, glossary) for each in row.checks] if row else []
            found = self._needs[case] = frozenset([*evidence, *checks])
        return found

    @cached_property
    def _needs(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def context(self) -> tuple[str, ...]:
        """What everybody after sales needs to know of the customer: the clean path says it (requirements C4)."""
        known = {fold(each): each for each in self.playbook.glossary.names}
        listed = self.playbook.clean_path.lists.get("context", ())
        return tuple(known[fold(each)] for each in listed if fold(each) in known)

    def kind_digest(self, kind: str, asked: str = "") -> str:
        """
        SHA-256 of what the catalogue says of a kind of action: its class, who looks first, and when.

        `asked` is the role that looks instead of the class's own, where one does.
        """
        found = self.playbook.catalogue.find(kind)
        if found is None:
            return ""
        own = found.action_class
        return digest(
            {
                "class": [own.name, own.customer_facing, own.system_write, own.owner],
                "person": [sorted(found.person_in), found.person_first, found.waits_for_a_row],
                **({"asked": asked} if asked else {}),
            }
        )

    def row_digest(self, case: str) -> str:
        """SHA-256 of the row's cells; empty for what is no row (a person's hold, the catalogue)."""
        return self._digests.get(case, "")


@dataclass(frozen=True)
class World:
    """
    Everything outside an onboarding that a command may look at.

    `paused` says why nothing may leave; empty: it may. `looked` remembers the last look at the register within one
    command, which looks often, and `cleared` the gate's last answer about each action.
    """

    program: Program
    directory: Directory
    now: datetime
    paused: tuple[str, ...] = ()
    looked: dict[tuple[object, ...], Answer] = field(default_factory=dict, compare=False, repr=False)
    cleared: dict[int, tuple[tuple[object, ...], Any]] = field(
        default_factory=dict, compare=False, repr=False
    )
    backed: dict[int, tuple[Any, ...]] = field(default_factory=dict, compare=False, repr=False)
    """What the words of each message may lean on, as last worked out."""
