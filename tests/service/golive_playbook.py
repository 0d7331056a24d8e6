"""A playbook of nine rows for which the go-live gate passes: the demo company's, with a short register of its own."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import yaml

from holdshort.core.golive.facts import Mutated, Searched
from holdshort.service.demo_playbook import prepare, sign_off
from holdshort.service.golive import Provers, gate

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
ROWS = (
    "CO-EDGE-001",
    "CO-EDGE-002",
    "CO-EDGE-004",
    "CO-EDGE-005",
    "CO-EDGE-014",
    "CO-EDGE-101",
    "CO-EDGE-120",
    "CO-EDGE-803",
)
AI_ROW = {
    "id": "CO-EDGE-701",
    "scenario": "AI is less sure of a draft to the customer than the threshold asks",
    "lane": "any",
    "work_area": "messages",
    "segment": "any",
    "trigger": "AI confidence is less than the AI confidence threshold",
    "tier": "hold",
    "evidence": "AI output",
    "checks": "none",
    "ai": "summarise what is uncertain",
    "review": "CSM approves before send customer message",
    "owner": "CSM",
    "escalation": "CS leader",
    "action": "hold send customer message",
    "audit": "trigger; AI suggestion; reviewer decision; edits; timestamp",
    "test": "given ai-unsure, send customer message is held",
    "sources": "made up: an unsure draft",
}
PROVEN = Provers(lambda loaded, lane: Mutated(40), lambda loaded, lane: Searched((), "nothing found"))


def write_playbook(folder: Path) -> Path:
    """The playbook, signed on NOW."""
    prepare(folder, "yaml")
    register = folder / "register.yaml"
    cases = yaml.safe_load(register.read_text("utf-8"))["cases"]
    kept = [each for each in cases if each["id"] in ROWS] + [AI_ROW]
    for each in kept:
        each["segment"] = "any"
    save_rows(folder, kept)
    _drop_records(folder, kept)
    sign_off(folder, NOW)
    return folder


def _drop_records(folder, cases):
    """Leave the records that the rows' tests use, and the one on which all others build."""
    tests = " ".join(each["test"] for each in cases)
    for path in (folder / "records").glob("*.json"):
        if path.stem not in tests and path.stem != "clean-mid-market":
            path.unlink()


def rows(folder: Path):
    return yaml.safe_load((folder / "register.yaml").read_text("utf-8"))["cases"]


def save_rows(folder: Path, cases):
    text = yaml.safe_dump({"cases": cases}, sort_keys=False, allow_unicode=True, width=1000)
    (folder / "register.yaml").write_text(text, "utf-8")


def copy_of(folder: Path, to: Path) -> Path:
    shutil.copytree(folder, to)
    return to


def asked(folder: Path, **options):
    return gate(folder, now=NOW, **{"provers": PROVEN, **options})
