"""The columns of a register, in the order in which a row is read."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

DEFAULT_AUDIT_FIELDS = "trigger; AI suggestion; reviewer decision; edits; timestamp"
TIERS = ("low", "medium", "high", "hold")


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of the register.

    `short` says whether the nine-column form holds it; `default` is what a row gets where the file
    leaves the whole column out. `code` is the requirement that the column meets.
    """

    key: str
    title: str
    code: str
    short: bool
    help: str
    aliases: tuple[str, ...] = ()
    default: str = ""
    example: str = ""


COLUMNS: tuple[Column, ...] = (
    Column(
        "id",
        "Edge-case ID",
        "B1",
        True,
        "A name that never changes, so that tests, decisions and history keep pointing at this row.",
        ("ID", "Case ID", "Edge case", "Case", "Edge case number"),
        example="CO-EDGE-014",
    ),
    Column(
        "scenario",
        "Scenario",
        "B2",
        True,
        "What happens, in one plain sentence. Nothing runs from this cell; it is for the reader.",
        ("Description", "Situation", "What happens"),
        example="Strategic customer arrives without success criteria and without a promised timeline",
    ),
    Column(
        "lane",
        "Onboarding lane",
        "B3",
        False,
        "The kind of request that this row belongs to. `any` means every lane.",
        ("Lane", "Request category", "Category", "Onboarding category"),
        "any",
        "enterprise implementation, migration",
    ),
    Column(
        "work_area",
        "Work area",
        "B3",
        False,
        "Where in the work it breaks: handoff, kickoff, implementation, provisioning, billing and so on.",
        ("Area", "Workstream"),
        "",
        "closed-won handoff",
    ),
    Column(
        "segment",
        "Customer segment",
        "B4",
        False,
        "Which customers the row is for. `any` means all of them.",
        ("Segment", "Segments", "Customer segments"),
        "any",
        "strategic",
    ),
    Column(
        "trigger",
        "Trigger",
        "B5",
        True,
        "The condition that makes the row apply. This sentence runs; names come from the glossary.",
        ("Triggers", "Seen when", "When", "Trigger condition"),
        example="deal stage is closed won and any of success criteria or promised timeline is missing",
    ),
    Column(
        "tier",
        "Risk tier",
        "B6",
        True,
        "low, medium, high or hold: how much harm it does when nobody looks, not how annoying it is.",
        ("Tier", "Risk", "Risk level"),
        example="high",
    ),
    Column(
        "evidence",
        "Required evidence",
        "B7",
        True,
        "What has to lie before the reviewer, separated by semicolons.",
        ("Evidence", "Required evidence before review", "Evidence required", "Evidence needed"),
        example="order form; signed contract; success criteria; promised timeline",
    ),
    Column(
        "checks",
        "Deterministic checks",
        "B8",
        False,
        "Conditions that a rule decides without AI, separated by semicolons.",
        ("Checks", "Deterministic check", "Rule checks"),
        example="contract is attached; kickoff owner is assigned",
    ),
    Column(
        "ai",
        "AI assistance allowed",
        "B9",
        True,
        "What AI may prepare for this row, separated by semicolons. Everything else is refused.",
        ("AI may", "AI", "AI allowed", "AI assistance", "AI assistance permitted"),
        example="summarise missing fields; draft internal questions for sales",
    ),
    Column(
        "review",
        "Human review rule",
        "B10",
        True,
        "Who decides, and before which action.",
        ("Human must", "Person must", "Person", "Human review", "Review rule", "Human", "Review"),
        example="RevOps or CS lead approves before create kickoff tasks",
    ),
    Column(
        "owner",
        "First owner",
        "B11",
        False,
        "The role that gets the case first. Left out, it comes from the human review rule.",
        ("Owner", "Owner role", "Reviewer", "First reviewer"),
        example="RevOps",
    ),
    Column(
        "escalation",
        "Escalation owner",
        "B12",
        False,
        "The role that gets the case when the first owner does not act in time.",
        ("Escalation", "Escalate to", "Escalates to", "Second owner"),
        example="CS leader",
    ),
    Column(
        "action",
        "System action",
        "B13",
        True,
        "What the system holds, routes or prepares, separated by semicolons.",
        ("System may", "System must", "System", "Action", "System actions"),
        example="hold create kickoff tasks; notify sales owner; create needs-info task for sales",
    ),
    Column(
        "audit",
        "Audit fields",
        "B14",
        False,
        "What is written down about every decision on this row.",
        ("Audit", "Audit field", "Audit trail"),
        DEFAULT_AUDIT_FIELDS,
        DEFAULT_AUDIT_FIELDS,
    ),
    Column(
        "test",
        "Acceptance test",
        "B15",
        True,
        "A record and what has to happen to it. A row without a test does not activate.",
        ("Test", "Acceptance tests", "Tests", "Acceptance criteria"),
        example="given missing-success-criteria, create kickoff tasks is held until success criteria is "
        "present or RevOps approves an exception",
    ),
    Column(
        "sources",
        "Sources",
        "B",
        False,
        "The real records that the row came from, or the words `made up`.",
        ("Source", "Source records", "Real records", "Comes from"),
        example="deal 4711 (handoff returned 12 March); deal 4802",
    ),
)

BY_KEY: dict[str, Column] = {column.key: column for column in COLUMNS}
SHORT_COLUMNS: tuple[Column, ...] = tuple(column for column in COLUMNS if column.short)


def find_column(header: str) -> Column | None:
    """Return the column that a header names, by key, title or alias; case and punctuation do not count."""
    return _BY_NAME.get(_loose(header)) if len(header) <= 200 else None


def _loose(header: str) -> str:
    folded = unicodedata.normalize("NFKC", header).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


_BY_NAME: dict[str, Column] = {
    _loose(name): column for column in COLUMNS for name in (column.key, column.title, *column.aliases)
}
