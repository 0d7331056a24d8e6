"""One way in which a row could have been written wrongly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from holdshort.core.actions import Catalogue
from holdshort.core.glossary import Glossary
from holdshort.core.playbook import Playbook
from holdshort.core.register import EdgeCase
from holdshort.core.rules.ast import Condition


@dataclass(frozen=True)
class Mutant:
    """
    A row broken on purpose.

    Args:
        case: The row's ID.
        family: What sort of slip it is, such as `evidence` or `trigger`.
        safety: Whether something could get past the row that should not; otherwise it only holds too much or says less.
        what: In words, as it goes on after "if": `'contract' were deleted from the evidence of CO-EDGE-002`.
        row: The row as it would be; None where it would be gone.
        same: Why no record and no decision could tell, where the row itself says so; empty otherwise.
        changed: The condition that was changed, as it was and as it would be: what a telling record has to tell apart.
        only: The condition with only the lost alternative left; None where none was lost.
    """

    case: str
    family: str
    safety: bool
    what: str
    row: EdgeCase | None
    same: str = ""
    changed: tuple[Condition, Condition] | None = None
    only: Condition | None = None


@dataclass(frozen=True)
class Ground:
    """What the families need to know beside the row."""

    playbook: Playbook
    lanes: tuple[str, ...]
    segments: tuple[str, ...]
    """Those that the playbook's records are about, the most usual first."""

    @property
    def glossary(self) -> Glossary:
        return self.playbook.glossary

    @property
    def catalogue(self) -> Catalogue:
        return self.playbook.catalogue


Family = Callable[[EdgeCase, Ground], "list[Mutant]"]


def listed(words: tuple[str, ...] | list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(", ".join(words).rsplit(", ", 1))
