"""Gaps, conflicts and overlaps of a playbook folder."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from holdshort.core.overlaps import OverlapReport, find_overlaps
from holdshort.service.acceptance import FOLDER, load_records
from holdshort.service.load_playbook import load_playbook


def overlaps(folder: Path, now: datetime | None = None) -> OverlapReport:
    """
    Raises:
        HoldshortError: The playbook cannot be read.
    """
    loaded = load_playbook(folder)
    records, _ = load_records(folder / FOLDER)
    return find_overlaps(loaded.playbook, records, now or datetime.now(UTC))
