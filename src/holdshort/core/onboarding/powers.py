"""The nine decisions: what each allows and nothing more (requirements J)."""

from __future__ import annotations

from dataclasses import dataclass

from holdshort.core.actions import ActionKind, Catalogue
from holdshort.core.onboarding.events import Code
from holdshort.core.onboarding.state import Review

COMMANDS: dict[str, Code] = {
    "accept-route": "J1",
    "correct-route": "J2",
    "request-info": "J3",
    "approve-kickoff": "J4",
    "approve-with-conditions": "J5",
    "approve-message": "J6",
    "reject": "J7",
    "escalate": "J8",
    "override": "J9",
}
"""How the command line and the API name them."""

NAMES: dict[Code, str] = {code: name.replace("-", " ") for name, code in COMMANDS.items()}

KICKOFF = ("create_project", "create_kickoff_tasks", "draft_scheduling")
"""What an approved kickoff begins: a project, its tasks, a scheduling draft."""

ASKED: dict[str, str] = {
    "sales_owner": "create_sales_task",
    "sales_manager": "create_sales_task",
    "account_owner": "create_sales_task",
    "requester": "create_needs_info_task",
    "finance_ops": "create_finance_task",
    "deal_desk": "create_finance_task",
    "implementation_lead": "create_implementation_task",
    "solutions_engineer": "create_implementation_task",
    "legal": "create_legal_task",
    "privacy": "create_legal_task",
    "security": "create_security_task",
    "customer": "create_customer_task",
}
"""Whom information may be asked of, and which task asks for it; any other role gets a needs-info task."""


@dataclass(frozen=True, slots=True)
class Power:
    """
    What one decision may do.

    `approves`: it can cover actions. `needs_reason`: a reason is mandatory. `lifts_gaps`: it goes on although the row
    lacks evidence, since a reason or a condition stands for it. `ends`: the review is over with it.
    """

    code: Code
    approves: bool = False
    needs_reason: bool = False
    lifts_gaps: bool = False
    ends: bool = False


POWERS: dict[Code, Power] = {
    each.code: each
    for each in (
        Power("J1", approves=True, ends=True),
        Power("J2"),
        Power("J3"),
        Power("J4", approves=True, ends=True),
        Power("J5", approves=True, lifts_gaps=True, ends=True),
        Power("J6", approves=True, ends=True),
        Power("J7", needs_reason=True, ends=True),
        Power("J8", needs_reason=True),
        Power("J9", approves=True, needs_reason=True, lifts_gaps=True, ends=True),
    )
}


def may_cover(code: Code, kind: str, review: Review, catalogue: Catalogue) -> bool:
    """Whether this decision on this review may allow an action of this kind."""
    known = catalogue.find(kind)
    if known is None:
        return False
    match code:
        case "J1":
            # On a finding it only settles the route; each action still asks for itself.
            return review.about == "action" and not known.action_class.customer_facing
        case "J4":
            return kind in KICKOFF or _internal_task(known)
        case "J6":
            return known.action_class.customer_facing
        case "J5" | "J9":
            return True
        case _:
            return False


def _internal_task(kind: ActionKind) -> bool:
    return not kind.stopped_by_hold and kind.kind.startswith("create_") and kind.kind.endswith("_task")
