"""
Who may open which address, and whether it may change anything.

Every route has an entry, by its name; a route without one is refused, and a test walks all routes. Rights come from the
store at each act: nothing here is kept in a session. What a person may decide about a review is a finer question that the
decider answers with the same directory.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from holdshort.core.onboarding.people import Directory
from holdshort.service.drafting import MAY_EDIT
from holdshort.service.people import ADMINS
from holdshort.service.publish import MAY_PUBLISH

Who = Literal["anybody", "signed in", "roles", "api", "demo"]
Does = Literal["reads", "changes", "form"]
METHODS: dict[Does, frozenset[str]] = {
    "reads": frozenset({"GET", "HEAD"}),
    "changes": frozenset({"POST"}),
    "form": frozenset({"GET", "HEAD", "POST"}),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One route's rule. `reads` answers GET alone, `changes` POST alone, `form` shows with GET and acts with POST.

    `roles` counts where `who` is "roles". Routes for programs ("api") look at the key they are sent and take any method.
    """

    who: Who
    does: Does = "reads"
    roles: frozenset[str] = frozenset()

    def takes(self, method: str) -> bool:
        return self.who == "api" or method in METHODS[self.does]

    def admits(self, name: str, people: Directory) -> bool:
        """Whether `name` (empty for nobody) may come in, by what the store says of them now."""
        if self.who in ("anybody", "api", "demo"):
            return True
        if not name or not people.is_known(name):
            return False
        return self.who == "signed in" or bool(people.people[name].roles & self.roles)


def anybody(does: Does = "reads") -> Rule:
    return Rule("anybody", does)


def signed_in(does: Does = "reads") -> Rule:
    return Rule("signed in", does)


def holders_of(roles: Iterable[str], does: Does = "reads") -> Rule:
    return Rule("roles", does, frozenset(roles))


def admin(does: Does = "reads") -> Rule:
    """A systems admin or RevOps."""
    return holders_of(ADMINS, does)


def api() -> Rule:
    """A program with a key; `holdshort.web.api` checks it."""
    return Rule("api", "form")


def demo(does: Does = "reads") -> Rule:
    """Only there in `holdshort serve --demo`."""
    return Rule("demo", does)


POLICY: dict[str, Rule] = {
    # --- signing in ---
    "sign_in": anybody("form"),
    "sign_in_code": anybody("changes"),
    "sign_in_with": anybody("changes"),
    "sign_in_from": anybody(),
    "sign_in_link": anybody(),
    "sign_out": signed_in("changes"),
    "demo_people": demo(),
    "demo_sign_in": demo("changes"),
    # --- inbox ---
    "inbox": signed_in(),
    "inbox_claim": signed_in("changes"),
    "inbox_reassign": signed_in("changes"),
    "inbox_accept": signed_in("changes"),
    "inbox_save_view": signed_in("changes"),
    "inbox_forget_view": signed_in("changes"),
    # --- reviews ---
    "review": signed_in(),
    "review_packet": signed_in(),
    "review_packet_file": signed_in(),
    "review_packet_json": signed_in(),
    "review_preview": signed_in("changes"),
    "review_decide": signed_in("changes"),
    "review_confirm_again": signed_in("changes"),
    "review_claim": signed_in("changes"),
    "review_reassign": signed_in("changes"),
    "review_comment": signed_in("changes"),
    "review_gap": signed_in("changes"),
    "review_attach": signed_in("changes"),
    # --- onboardings ---
    "onboardings": signed_in(),
    "onboarding": signed_in(),
    "onboarding_file": signed_in(),
    "onboarding_hold": signed_in("changes"),
    "onboarding_comment": signed_in("changes"),
    "onboarding_close": signed_in("changes"),
    "onboarding_reopen": signed_in("changes"),
    "onboarding_recall": signed_in("changes"),
    "onboarding_condition": signed_in("changes"),
    "onboarding_resolve": signed_in("changes"),
    # --- register ---
    "register": signed_in(),
    "register_row": signed_in(),
    "register_examples": signed_in(),
    "register_cell": holders_of(MAY_EDIT, "form"),
    "register_check": holders_of(MAY_EDIT, "changes"),
    "register_upload": holders_of(MAY_EDIT, "form"),
    "register_upload_look": holders_of(MAY_EDIT),
    "register_upload_take": holders_of(MAY_EDIT, "changes"),
    "register_download": signed_in(),
    "register_changes": signed_in(),
    "register_effects": signed_in(),
    "register_publish": holders_of(MAY_PUBLISH, "changes"),
    "register_versions": signed_in(),
    "register_version": signed_in(),
    "register_go_back": holders_of(MAY_EDIT, "changes"),
    # --- golive ---
    "golive": signed_in(),
    "golive_sign": signed_in("changes"),
    # --- proof ---
    "proof": signed_in(),
    "proof_part": signed_in(),
    "proof_run": holders_of(MAY_EDIT, "changes"),
    # --- metrics ---
    "metrics": signed_in(),
    # --- audit ---
    "audit": signed_in(),
    "audit_verify": signed_in("changes"),
    "audit_export": holders_of((*ADMINS, "legal", "privacy", "security"), "changes"),
    # --- settings ---
    "settings": signed_in(),
    "my_sessions": signed_in(),
    "end_session": signed_in("changes"),
    "my_password": signed_in("form"),
    "my_second_factor": signed_in(),
    "begin_second_factor": signed_in("changes"),
    "confirm_second_factor": signed_in("changes"),
    "remove_second_factor": signed_in("changes"),
    "away": signed_in(),
    "delegate": signed_in("changes"),
    "end_delegation": signed_in("changes"),
    "people": signed_in(),
    "add_person": admin("changes"),
    "person": admin(),
    "person_roles": admin("changes"),
    "person_active": admin("changes"),
    "person_password": admin("changes"),
    "person_second_factor": admin("changes"),
    "person_sessions": admin("changes"),
    "person_sign_in": admin("changes"),
    "person_sign_in_end": admin("changes"),
    "calendars": signed_in(),
    "connectors": signed_in(),
    "pauses": signed_in(),
    "pause": signed_in("changes"),
    "resume": signed_in("changes"),
    "lift_quarantine": signed_in("changes"),
    # --- for programs: every operation of the API named `api` ---
    "api:*": api(),
}


def rule_for(name: str) -> Rule | None:
    """The rule of a route by its full name; one for all of a namespace is written `namespace:*`."""
    namespace, colon, _ = name.partition(":")
    return POLICY.get(name) or (POLICY.get(f"{namespace}:*") if colon else None)
