"""The two sides: the playbook of the bench as Holdshort runs it, and fifty plain functions."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.plain_rules import RULES
from holdshort.core.reading import RecordReader
from holdshort.core.rules.compiled import CompiledRules
from holdshort.core.screening import Screener
from holdshort.service.load_playbook import LoadedPlaybook, load_playbook

PLAYBOOK = Path(__file__).parent / "playbook"
NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
TODAY = date(2026, 6, 10)


def loaded() -> LoadedPlaybook:
    found = load_playbook(PLAYBOOK)
    if found.errors or len(found.playbook.register.active) != len(RULES):
        raise SystemExit("\n".join(str(each) for each in found.errors) or "rows and functions do not pair")
    return found


def truths() -> CompiledRules:
    playbook = loaded().playbook
    reader = RecordReader(playbook.glossary, playbook.settings.calendar.zone)
    return CompiledRules(
        [case.trigger for case in playbook.register.active], reader, playbook.settings.calendar
    )


def screener() -> Screener:
    return Screener(loaded().playbook)


def plain_answers(record: dict[str, Any]) -> list[int]:
    """The functions that say yes; one that cannot handle a value raises, and counts as no."""
    found = []
    for index, rule in enumerate(RULES):
        try:
            if rule(record, TODAY):
                found.append(index)
        except (TypeError, ValueError, AttributeError):
            pass
    return found
