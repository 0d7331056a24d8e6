"""
What went wrong, in the words of a history: the twelve sources from which cases are mined, and what each stands for.

A word names what happened to whom. It is no label for blame: what the mechanism was is for the facts to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from holdshort.core.text import fold


@dataclass(frozen=True, slots=True)
class OutcomeKind:
    """
    One kind of bad outcome.

    `holds`, `owner`, `escalation` and `tier` are what a row against it usually says; a person edits that.
    """

    word: str
    source: str
    """The code of requirements D."""
    said: str
    """As the end of a sentence: `the handoff was returned to sales`."""
    work_area: str
    tier: str
    owner: str
    escalation: str
    holds: tuple[str, ...]
    also: tuple[str, ...] = ()


KINDS: tuple[OutcomeKind, ...] = (
    OutcomeKind(
        "handoff returned", "D1", "the handoff was returned to sales", "closed-won handoff", "medium", "RevOps",
        "sales manager", ("create_kickoff_tasks", "schedule_kickoff"), ("returned handoff", "handoff rejected"),
    ),
    OutcomeKind(
        "late kickoff", "D2", "the kickoff was late", "kickoff", "medium", "onboarding manager", "CS leader",
        ("create_kickoff_tasks", "schedule_kickoff", "send_kickoff_invite"), ("kickoff late", "kickoff delayed"),
    ),
    OutcomeKind(
        "told again", "D3", "the customer had to say it all again", "closed-won handoff", "medium", "RevOps",
        "CS leader", ("create_kickoff_tasks", "schedule_kickoff"), ("customer repeated itself", "asked again"),
    ),
    OutcomeKind(
        "records disagreed", "D4", "the records turned out to disagree", "closed-won handoff", "high", "RevOps",
        "finance operations", ("provision_access", "write_billing"), ("data conflict", "records differed"),
    ),
    OutcomeKind(
        "wrong plan", "D4", "the wrong plan or right was set up", "provisioning", "hold", "RevOps",
        "finance operations", ("provision_access", "write_billing", "change_plan"), ("wrong plan set up", "wrong access"),
    ),
    OutcomeKind(
        "customer task late", "D5", "the project waited on a customer task", "milestones", "medium", "CSM",
        "CS leader", ("close_milestone",), ("waiting on customer", "customer task overdue"),
    ),
    OutcomeKind(
        "technical blocker", "D6", "provisioning, SSO, import, API access or environment got stuck", "provisioning",
        "medium", "implementation lead", "solutions engineer", ("provision_access", "import_data"),
        ("provisioning blocked", "sso blocked", "import blocked"),
    ),
    OutcomeKind(
        "billing trouble", "D7", "billing, tax, PO, payment or subscription went wrong", "billing", "medium",
        "finance operations", "RevOps", ("write_billing", "send_invoice", "activate_subscription", "send_activation_message"),
        ("billing blocked", "invoice corrected"),
    ),
    OutcomeKind(
        "message corrected", "D8", "a message to the customer was changed or stopped", "messages", "high", "CSM",
        "CS leader", ("send_customer_message", "send_timeline"), ("message stopped", "message changed"),
    ),
    OutcomeKind(
        "scope changed", "D9", "a promise or the scope turned out otherwise", "implementation", "high",
        "implementation lead", "CS leader", ("send_timeline", "create_project"), ("nonstandard promise", "scope change"),
    ),
    OutcomeKind(
        "late legal question", "D10", "a legal, security or privacy question came up after kickoff", "legal and security",
        "high", "security", "legal", ("provision_access",), ("late security question", "compliance question"),
    ),
    OutcomeKind(
        "AI corrected", "D11", "a person corrected what AI had written", "messages", "medium", "CSM", "RevOps",
        ("send_customer_message", "write_crm"), ("summary corrected", "ai output corrected"),
    ),
    OutcomeKind(
        "escalation", "D12", "it was escalated", "strategic", "high", "CS leader", "account owner",
        ("send_customer_message", "send_timeline"), ("escalated",),
    ),
)  # fmt: skip
WENT_WELL = "went well"
_WELL = frozenset(fold(each) for each in (WENT_WELL, "clean", "first value reached", "transitioned to CS"))
_LABELS = (
    "bad handoff", "poor handoff", "bad data", "data issue", "data quality", "process issue", "process problem",
    "human error", "user error", "sales error", "mistake", "miscommunication", "misalignment", "communication issue",
    "alignment issue", "bad fit", "issue", "problem", "error", "other", "misc", "unknown", "quality", "sloppy handoff",
)  # fmt: skip


@cache
def _by_word() -> dict[str, OutcomeKind]:
    return {fold(word): each for each in KINDS for word in (each.word, *each.also)}


def outcome_kind(word: str) -> OutcomeKind | None:
    """The kind that `word` names, however it is spelt; None where it names none."""
    return _by_word().get(fold(word))


def is_well(word: str) -> bool:
    """Whether the word says that the onboarding ended well."""
    return fold(word) in _WELL


def outcome_words() -> list[str]:
    return [*(each.word for each in KINDS), WENT_WELL]


def is_label(text: str) -> bool:
    """Whether a text blames instead of naming a mechanism with its values: `bad handoff`."""
    folded = fold(text)
    return bool(folded) and any(folded in (label, f"a {label}", f"{label}s") for label in map(fold, _LABELS))
