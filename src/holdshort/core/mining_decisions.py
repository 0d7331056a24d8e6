"""Repeated decisions of people on one row: where they always decided alike, a rule may; where not, none is proposed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from holdshort.core.action_words import phrases
from holdshort.core.actions import Catalogue
from holdshort.core.history_events import HistoryEvent
from holdshort.core.register import EdgeCase

FEWEST = 8
"""Fewer decisions than this are no habit."""
_LETS_ON = frozenset({"approve-kickoff", "approve-message", "override", "accept-route"})
_ASKS = "request-info"
_TASK = "create needs-info task for sales owner"


@dataclass(frozen=True)
class DecidedRow:
    """What people decided on one row, and whether they decided alike."""

    case: str
    decisions: Counter[str]
    people: int
    examples: tuple[str, ...]

    @property
    def total(self) -> int:
        return sum(self.decisions.values())

    @property
    def always(self) -> str:
        """The one decision that was ever taken; empty where there were several, or too few to say."""
        return next(iter(self.decisions)) if len(self.decisions) == 1 and self.total >= FEWEST else ""

    @property
    def said(self) -> str:
        shown = ", ".join(f"{word} {count} times" for word, count in self.decisions.most_common())
        if self.always:
            return f"{self.case}: people always decided {self.always}, {self.total} times"
        if len(self.decisions) > 1:
            return f"{self.case}: people decided differently ({shown}), so it stays with people and no rule is proposed"
        return f"{self.case}: {shown}, too few for a rule"

    def proposal(self, case: EdgeCase, catalogue: Catalogue) -> dict[str, str] | None:
        """
        The row as it would read if the rule did what people always did; None where there is nothing to change.

        It has the ID of the row it would replace. Where people always let it pass, it no longer holds anything; where they
        always asked for something, it asks by itself and still waits for a person.
        """
        if not self.always:
            return None
        cells = {**case.texts, "sources": f"{self.total} decisions alike: {', '.join(self.examples)}"}
        test = next(iter(case.tests), None)
        if self.always in _LETS_ON and case.action.holds and test is not None:
            given = test.said.split(",")[0]
            return {
                **cells,
                "tier": "low",
                "ai": "none",
                "review": "none",
                "action": "notify RevOps",
                "test": f"{given}, the case is matched",
            }
        asked = {each.kind for each in case.action.asks}
        if self.always == _ASKS and "create_needs_info_task" not in asked:
            action = case.texts.get("action", "").strip()
            held = (
                action if action and action != "none" else f"hold {', '.join(phrases(case.holds, catalogue))}"
            )
            return {**cells, "ai": "none", "action": f"{held}; {_TASK}"}
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "said": self.said,
            "decisions": dict(self.decisions),
            "people": self.people,
            "always": self.always or None,
            "examples": list(self.examples),
        }


@dataclass
class RowDecisions:
    """Counts the decisions of a history by row."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    people: dict[str, set[str]] = field(default_factory=dict)
    keys: dict[str, list[str]] = field(default_factory=dict)

    def add(self, key: str, event: HistoryEvent) -> None:
        if not event.case:
            return
        word = "-".join(event.word.casefold().replace("_", "-").split())
        self.counts.setdefault(event.case, Counter())[word] += 1
        self.people.setdefault(event.case, set()).add(event.by)
        keys = self.keys.setdefault(event.case, [])
        if len(keys) < 5:
            keys.append(key)

    def rows(self) -> Iterator[DecidedRow]:
        for case in sorted(self.counts):
            yield DecidedRow(case, self.counts[case], len(self.people[case]), tuple(self.keys[case]))
