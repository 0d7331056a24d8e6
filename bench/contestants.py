"""
The two sides: a register of the bench as Holdshort runs it, and the same fifty rows as plain functions.

Two contests over the same records: rows as a business writes them, and rows of one comparison each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench import flat_rules, plain_rules
from holdshort.core.reading import RecordReader
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

PLAYBOOK = Path(__file__).parent / "playbook"
NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
TODAY = date(2026, 6, 10)


@dataclass(frozen=True)
class Contest:
    """Fifty rows of one register against the same fifty as functions."""

    name: str
    """For people: what kind of rows they are."""
    register: str
    rules: list[plain_rules.Rule]

    def loaded(self) -> LoadedPlaybook:
        found = load_playbook(PLAYBOOK, PLAYBOOK / self.register)
        if found.errors or len(found.playbook.register.active) != len(self.rules):
            raise SystemExit(
                "\n".join(str(each) for each in found.errors) or "rows and functions do not pair"
            )
        return found

    def truths(self) -> CompiledRules:
        playbook = self.loaded().playbook
        reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
        return CompiledRules(
            [case.trigger for case in playbook.register.active], reader, playbook.settings.calendar
        )

    def screener(self) -> Screener:
        return Screener(self.loaded().playbook)

    def plain(self) -> Callable[[dict[str, Any]], list[int]]:
        """The functions that say yes; one that cannot handle a value raises, and counts as no."""
        rules = self.rules

        def answers(record: dict[str, Any]) -> list[int]:
            found = []
            for index, rule in enumerate(rules):
                try:
                    if rule(record, TODAY):
                        found.append(index)
                except (TypeError, ValueError, AttributeError):
                    pass
            return found

        return answers


FLAT = Contest("50 rows of one comparison each", "flat-register.yaml", flat_rules.RULES)
WRITTEN = Contest("50 rows as a business writes them", "register.yaml", plain_rules.RULES)
CONTESTS = {"flat": FLAT, "written": WRITTEN}
