"""What each part of a review packet shows: a table of questions, answered by glossary names, paths or lists."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ask:
    """
    One question of a part.

    `names` are glossary names; the first that is known answers, or all of them where `together`. `kind` gathers every
    name of that kind, so that systems stand side by side. `paths` answer where the glossary has none of the names.
    `stakeholder` takes the people of that role from the stakeholder map; `role` falls back on who holds it in the
    playbook. `list` shows each element of a list. An `optional` question is left out where nothing answers it.
    """

    label: str
    names: tuple[str, ...] = ()
    kind: str = ""
    paths: tuple[str, ...] = ()
    stakeholder: tuple[str, ...] = ()
    role: str = ""
    list: str = ""
    together: bool = False
    optional: bool = False


TITLES: dict[str, str] = {
    "I1": "Where it lives",
    "I2": "The customer and what was bought",
    "I3": "Who is responsible",
    "I4": "Goal and plan",
    "I5": "Paper, billing and commitments",
    "I6": "The customer's people",
    "I7": "Technical, security and legal needs",
    "I8": "What is missing or in conflict",
    "I9": "Suggestion from AI, not evidence",
    "I10": "Why this came to a person",
    "I11": "What can be decided, and what waits",
    "I12": "What happened before",
}
"""The twelve parts in order (requirements I)."""

LAYOUT: dict[str, tuple[Ask, ...]] = {
    "I1": (
        Ask(
            "Account",
            ("account name", "account ID"),
            paths=("crm.account_name", "crm.account_id"),
            together=True,
        ),
        Ask("Opportunity", ("deal name", "opportunity ID"), paths=("crm.opportunity_id",), together=True),
        Ask("Project", list="projects"),
        Ask(
            "CS record",
            ("CS record ID",),
            paths=("cs_platform.account_id", "cs_platform.id", "cs_platform.url"),
        ),
        Ask("Deal stage", ("deal stage",), paths=("crm.stage_label",), optional=True),
        Ask(
            "Event that started it",
            ("trigger type", "event ID", "trigger time"),
            together=True,
            optional=True,
        ),
    ),
    "I2": (
        Ask("Segment", ("segment",), paths=("crm.segment",)),
        Ask("ARR", ("ARR",), paths=("crm.arr",)),
        Ask("Plan", kind="plan", paths=("contract.plan", "crm.plan")),
        Ask("Product package", ("product package",), paths=("crm.product_package",), optional=True),
        Ask("Seats", kind="seats", optional=True),
        Ask("Region", kind="region", paths=("crm.region",)),
        Ask("Legal entity", kind="legal entity", paths=("contract.legal_entity",)),
        Ask("Lane", ("onboarding lane",), paths=("handoff.lane",)),
        Ask("Industry", ("industry",), optional=True),
        Ask("Use case", ("use case",), optional=True),
        Ask("Customer's time zone", ("customer zone", "kickoff time zone", "kickoff zone"), optional=True),
    ),
    "I3": (
        Ask("Sales owner", ("sales owner email",), paths=("crm.owner.email",), role="sales_owner"),
        Ask("CSM", ("CSM", "CSM email"), paths=("people.csm", "crm.csm", "cs_platform.csm"), role="csm"),
        Ask(
            "Onboarding manager",
            ("onboarding manager",),
            paths=("people.onboarding_manager", "project_tool.onboarding_manager"),
            role="onboarding_manager",
        ),
        Ask(
            "Implementation owner",
            ("kickoff owner", "implementation owner"),
            paths=("people.implementation_owner", "project_tool.owner"),
            role="implementation_lead",
        ),
        Ask(
            "Technical owner (customer)",
            stakeholder=("technical_owner", "technical owner", "technical contact"),
        ),
        Ask(
            "Executive sponsor (customer)", stakeholder=("executive_sponsor", "executive sponsor", "sponsor")
        ),
        Ask("Sales owner still here", ("sales owner active",), optional=True),
    ),
    "I4": (
        Ask("Business outcome", ("business outcome",), paths=("handoff.business_outcome",)),
        Ask("Success criteria", ("success criteria",), paths=("handoff.success_criteria",)),
        Ask("Promised timeline", ("promised timeline",), paths=("handoff.promised_timeline",)),
        Ask("Go-live", ("go-live date", "promised go-live"), paths=("handoff.go_live_date",)),
        Ask("Kickoff", ("kickoff time", "kickoff time zone"), together=True, optional=True),
        Ask("Agenda", ("kickoff agenda",), optional=True),
        Ask("Milestone plan", list="milestones"),
        Ask(
            "First value",
            ("first value", "first value date"),
            paths=("handoff.first_value", "handoff.first_value_at"),
        ),
        Ask("Next steps", ("next steps",), optional=True),
        Ask("Training", ("training needs",), optional=True),
    ),
    "I5": (
        Ask(
            "Contract", ("contract status", "contract signed date"), paths=("contract.status",), together=True
        ),
        Ask("Order form", ("order form status",), paths=("order_form.status",), optional=True),
        Ask("Start", kind="start"),
        Ask("Term and renewal", ("contract term", "contract end", "renewal date"), together=True),
        Ask("Value", kind="deal value"),
        Ask("Payment terms", kind="payment terms"),
        Ask("Purchase order", ("PO required", "PO number", "order form PO number"), together=True),
        Ask("Billing", ("billing status", "billing contact", "billing interval"), together=True),
        Ask("Tax", ("billing tax ID", "contract tax ID", "billing tax status", "tax ID"), together=True),
        Ask(
            "Terms beyond the standard",
            (
                "contract SLA",
                "contract liability",
                "contract support terms",
                "contract termination terms",
                "contract confidentiality terms",
                "overage terms",
            ),
            together=True,
        ),
        Ask("Purchased scope", ("order form scope",), paths=("order_form.scope",)),
        Ask("Amendment", list="amendments", optional=True),
        Ask("Contract paper", list="contract documents", optional=True),
        Ask("Risks named by sales", ("customer risks",), paths=("handoff.risks",), optional=True),
        Ask("Note", list="notes"),
    ),
    "I6": (
        Ask("Stakeholder", list="stakeholders"),
        Ask("Map confirmed on", ("stakeholders confirmed date",), optional=True),
        Ask(
            "Customer's domains",
            ("customer domains",),
            paths=("provisioning.verified_domains",),
            optional=True,
        ),
    ),
    "I7": (
        Ask(
            "Data migration",
            ("order form migration", "migration description", "data migration"),
            together=True,
        ),
        Ask(
            "Integrations", ("order form integrations", "integrations", "handoff integrations"), together=True
        ),
        Ask("SSO", ("order form SSO", "SSO", "SSO enforced", "SSO status"), together=True),
        Ask("Domain check", ("domain verification",), optional=True),
        Ask(
            "Workspace",
            ("workspace ID", "workspace status", "instance type"),
            paths=("provisioning.workspace_id",),
            together=True,
        ),
        Ask("Admin rights asked for", ("requested admin", "default role"), together=True, optional=True),
        Ask("Security review", ("security review",), paths=("reviews[type=security].status",)),
        Ask("Regulated data", ("regulated data",), paths=("handoff.regulated_data",)),
        Ask("Data processing agreement", ("DPA required", "DPA signed", "DPA end"), together=True),
        Ask("Business associate agreement", ("BAA required", "BAA signed"), together=True),
        Ask("Data transfer", ("transfer mechanism",), optional=True),
        Ask("Subprocessor", list="subprocessors", optional=True),
        Ask("Document", list="documents", optional=True),
    ),
    "I12": (
        Ask("Review recorded elsewhere", list="reviews", optional=True),
        Ask("Approval recorded elsewhere", list="approvals", optional=True),
        Ask("Message", list="messages", optional=True),
        Ask("Message from the customer", list="inbox", optional=True),
        Ask("Task", list="tasks", optional=True),
        Ask("Related deal", list="related deals", optional=True),
        Ask("Related account", list="related accounts", optional=True),
        Ask(
            "Existing contract",
            ("existing contract ID", "existing contract status"),
            together=True,
            optional=True,
        ),
        Ask("Write and what was read back", list="writes", optional=True),
        Ask("Changed on the deal", ("changed property",), optional=True),
        Ask("Events already handled", ("processed events",), optional=True),
    ),
}
"""The parts that a table can fill; I8 to I11 come from the answer itself."""

LIST_PATHS: dict[str, tuple[str, ...]] = {
    "amendments": ("contract.amendments",),
    "contract documents": ("contract.documents",),
    "related deals": ("related_opportunities",),
    "related accounts": ("related_accounts",),
    "writes": ("writebacks",),
}
"""Where a list lives in a record whose playbook has no name for it; else under its own name."""

ELSEWHERE = {
    "reviews": "A fact from elsewhere. It releases nothing here.",
    "approvals": "A fact from elsewhere. It releases nothing here.",
}
