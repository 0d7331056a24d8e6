"""The roles that own rows and decide reviews, and the words people use for them."""

from __future__ import annotations

ROLES: dict[str, tuple[str, ...]] = {
    "revops": ("RevOps", "revenue operations"),
    "csm": ("CSM", "customer success manager", "CS", "customer success"),
    "onboarding_manager": ("onboarding manager",),
    "implementation_lead": ("implementation lead", "implementation"),
    "solutions_engineer": ("solutions engineer",),
    "finance_ops": ("finance operations", "finance", "finance ops"),
    "legal": ("legal",),
    "security": ("security",),
    "privacy": ("privacy",),
    "support": ("support",),
    "product_ops": ("product operations", "product ops"),
    "sales_owner": ("sales owner", "sales"),
    "sales_manager": ("sales manager",),
    "account_owner": ("account owner",),
    "cs_leader": ("CS leader", "CS lead", "CS leadership"),
    "deal_desk": ("deal desk",),
    "systems_admin": ("systems admin", "systems owner", "systems administrator"),
    "requester": ("requester",),
    "none": ("none", "nobody"),
}
"""Role id to its title and the other words for it; the ids are fixed, the words are how a cell says them."""

TITLES: dict[str, str] = {role: words[0] for role, words in ROLES.items()}
