"""The go-live checklist (requirements O) as data: eighteen items, what each asks, and who answers for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Proof = Literal["computed", "signed", "computed and signed"]


@dataclass(frozen=True, slots=True)
class Item:
    """
    One item of the checklist.

    `asks` is what has to be so; `proof` says whether the playbook shows it or a person answers for it. `days` is how long
    a sign-off is good, 0 for as long as what was signed stays the same.
    """

    code: str
    title: str
    asks: str
    proof: Proof = "computed"
    days: int = 0


ITEMS: tuple[Item, ...] = (
    Item("O1", "One lane for the first release", "the playbook names one lane of the clean path"),
    Item("O2", "Trigger", "something that a connected source tells starts an onboarding"),
    Item("O3", "Systems of record", "CRM, CS platform, project tool, billing, support and provisioning are named"),
    Item("O4", "Handoff fields", "every field of the handoff has a name that rules can read, from a connected source"),
    Item("O5", "Segments and lanes", "records say lane and segment, and rows cover each of them"),
    Item("O6", "Cases of the last 60 to 90 days", "every row of the lane cites where it comes from, and a person has looked through the recent cases", "computed and signed", 90),
    Item("O7", "A tier each", "every row of the register can be read and has a risk tier"),
    Item("O8", "Checks before AI", "what a rule can decide is decided by a rule before AI is asked"),
    Item("O9", "AI boundaries", "every row says what AI may do, and nothing beyond the eight things"),
    Item("O10", "Review rules on named roles", "every row names who decides, and those people are there", "computed and signed"),
    Item("O11", "Packet fields", "every row that a person decides promises evidence, and every part of the packet has a source"),
    Item("O12", "Draft-first", "what reaches the customer waits for a person until a named person lets it go alone", "computed and signed"),
    Item("O13", "Writes gated", "billing, provisioning, legal and security writes wait for a person, on every record"),
    Item("O14", "A hold rule for uncertain output", "AI output that is unsure stops everything that could reach the customer"),
    Item("O15", "Tests for each high-risk case", "tests of all high and hold rows pass and would notice if a row got weaker", "computed and signed"),
    Item("O16", "Audit fields", "every row writes down trigger, AI suggestion, decision, edits and time"),
    Item("O17", "Launch metrics", "the playbook says what is measured from the first day"),
    Item("O18", "Rollback or pause owner", "a named person may pause everything"),
)  # fmt: skip

BY_CODE: dict[str, Item] = {each.code: each for each in ITEMS}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the build sequence (requirements N); done when all of `items` pass."""

    code: str
    title: str
    items: tuple[str, ...]
    command: str
    """What to run next, with PLAYBOOK for the folder."""


STEPS: tuple[Step, ...] = (
    Step("N1", "Map one lane with real records", ("O1", "O2", "O3", "O4", "O5"), "holdshort import FILE --preset NAME, then holdshort run PLAYBOOK --records FILE"),
    Step("N2", "Register and tiers", ("O6", "O7", "O16"), "holdshort lint PLAYBOOK"),
    Step("N3", "Checks before models", ("O8",), "holdshort test PLAYBOOK"),
    Step("N4", "Packet, and who reviews what", ("O10", "O11", "O18"), "holdshort gate PLAYBOOK --sign O10 --as NAME --note TEXT"),
    Step("N5", "Shadow test on history", ("O15",), "holdshort mutate PLAYBOOK --json > PLAYBOOK/mutation.json, then holdshort shadow PLAYBOOK --history FILE"),
    Step("N6", "AI helps within its boundaries", ("O9", "O14"), "holdshort lint PLAYBOOK"),
    Step("N7", "Commitments, writes and uncertain output stay with people", ("O12", "O13"), "holdshort escapes PLAYBOOK"),
    Step("N8", "Measure", ("O17",), "holdshort metrics --playbook PLAYBOOK"),
)  # fmt: skip
"""The eight steps, each with the items of the checklist that it makes pass."""
