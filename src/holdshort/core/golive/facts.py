"""What the gate looks at: a playbook as read, what lint and tests found, and what people signed. Plain values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from holdshort.core.diagnostics import Diagnostic
from holdshort.core.glossary import Name
from holdshort.core.golive.report import SignOff
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.text import fold


@dataclass(frozen=True, slots=True)
class Tested:
    """How the acceptance tests of one row ended; `failures` say why in words."""

    tests: int
    failures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mutated:
    """What became of weakened copies of the register: `survivors` names those that no test noticed."""

    mutants: int
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Searched:
    """What the escape search found for one item: `escapes` in words, with `said` about what was covered."""

    escapes: tuple[tuple[str, str], ...]
    """Code of the item that it belongs to, and the record in words."""
    said: str


@dataclass(frozen=True)
class Facts:
    """
    Everything that the items are computed from.

    `mutated` and `searched` are None where nobody ran them: their items are then not proven, never passed by silence.
    """

    playbook: Playbook
    lane: str
    now: datetime
    rows: Sequence[Mapping[str, str]]
    """Cells of every row of the file by column key, rows that could not be read too."""
    diagnostics: Sequence[Diagnostic]
    tests: Mapping[str, Tested]
    unread: Sequence[str]
    sign_offs: Sequence[SignOff]
    mutated: Mutated | None = None
    searched: Searched | None = None

    @cached_property
    def cases(self) -> tuple[EdgeCase, ...]:
        """Active rows that apply to the lane."""
        return tuple(
            each for each in self.playbook.register.active if not each.lanes or self.lane in each.lanes
        )

    @cached_property
    def decided(self) -> tuple[EdgeCase, ...]:
        """Those that a person decides: medium, high and hold."""
        return tuple(each for each in self.cases if each.tier != "low")

    @cached_property
    def _spoken(self) -> Mapping[str, Name]:
        names = self.playbook.glossary.names.values()
        # A champion is one of the stakeholders: whoever a list counts by has a name as well.
        counted = {
            fold(option): name
            for name in names
            if name.is_list and name.named_by in name.fields
            for option in name.fields[name.named_by].options
        }
        return {**counted, **{fold(word): name for name in names for word in (name.name, *name.synonyms)}}

    def name(self, said: str) -> Name | None:
        """The glossary name that a word of the clean path means."""
        return self._spoken.get(fold(said))

    def found(self, *codes: str) -> list[Diagnostic]:
        """What lint found under these codes about rows of the lane, or about no row."""
        cases = {each.case for each in self.cases}
        return [
            each
            for each in self.diagnostics
            if each.code in codes and (not each.where.case or each.where.case in cases)
        ]
