"""The demo company's own playbook: the starter with everything that a team has to add, so that the go-live gate passes."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

from holdshort.importers.register_files import replace_file
from holdshort.service.golive import sign
from holdshort.service.init_playbook import Format, init_playbook

_SYSTEMS = {
    "CRM": "Salesforce",
    "CS platform": "Gainsight",
    "project tool": "Asana",
    "billing and subscription": "Stripe",
    "support desk": "Zendesk",
    "identity and provisioning": "Okta",
}
_METRICS = ["M1", "M2", "M4", "M8", "M12", "M16"]
_GIVEN = ("training needs", "next steps")
"""Handoff fields that Lumenboard's handoff form has."""
_SIGNED = {
    "O6": (
        "Rae Olsen",
        "made-up company: the rows' sources were read, and the forty onboardings of the demo week",
    ),
    "O10": (
        "Omar Vance",
        "made-up company: everybody under [roles] is at Lumenboard and knows which rows they decide",
    ),
    "O15": (
        "Hugo Lindqvist",
        "made-up company: read the tests of every high and hold row against what the row says",
    ),
}


def write_demo_playbook(folder: Path, now: datetime, register_format: Format = "xlsx") -> list[str]:
    """
    Write the playbook into a new or empty folder, with its sign-offs.

    Args:
        now: When the demo's people sign; a sign-off about recent cases is good for 90 days.

    Raises:
        HoldshortError: The folder holds something, or cannot be written.
    """
    prepare(folder, register_format)
    sign_off(folder, now)
    return [
        f"{folder}: the playbook of Lumenboard, signed by its made-up people; try `holdshort gate {folder}`"
    ]


def prepare(folder: Path, register_format: Format = "xlsx") -> None:
    """Everything but the sign-offs: products, launch metrics, handoff fields that Lumenboard's form has."""
    init_playbook(folder, register_format)
    toml = folder / "playbook.toml"
    text = toml.read_text("utf-8").replace('name = "Starter playbook"', 'name = "Lumenboard (made up)"', 1)
    for system, product in _SYSTEMS.items():
        text = text.replace(f'"{system}" = ""', f'"{system}" = "{product}"', 1)
    said = ", ".join(f'"{each}"' for each in _METRICS)
    text = re.sub(r"^launch_metrics = \[\]", f"launch_metrics = [{said}]", text, count=1, flags=re.MULTILINE)
    replace_file(toml, text.encode("utf-8"))
    glossary = folder / "glossary.yaml"
    words = glossary.read_text("utf-8")
    for name in _GIVEN:
        words = re.sub(rf"^(  {name}: {{.*), expected: no}}", r"\1}", words, count=1, flags=re.MULTILINE)
    replace_file(glossary, words.encode("utf-8"))


def sign_off(folder: Path, now: datetime) -> None:
    """The words of Lumenboard's made-up people."""
    for item, (who, note) in _SIGNED.items():
        sign(folder, item, who, note, now=now)
