"""
Who may do what, written a second time from requirements J, semantics 3 and docs/reference/decisions.md, and from nothing else.

Plain values and plain rules; nothing of the product is imported. A scene is what a test says about one review, a person is what
a test says about whoever acts.
"""

from dataclasses import dataclass, field

APPROVE = ("J1", "J4", "J5", "J6", "J9")
"""They let something go: for those whose turn it is. The others also for the row's owner, at every step."""
WANT_A_REASON = ("J7", "J8", "J9")
STOPPED_BY_GAPS = ("J1", "J4", "J6")
ASK_AGAIN = ("high", "hold")
KICKOFF = {"create_project", "create_kickoff_tasks", "draft_scheduling"}


@dataclass(frozen=True)
class Waits:
    """An action that waits for the review."""

    kind: str
    faces_customer: bool = False
    authors: frozenset = frozenset()


@dataclass(frozen=True)
class Scene:
    steps: tuple
    """Of each step the roles of whom one decides, or (`together`) of whom each does."""
    owner: str
    tier: str
    waits: tuple = ()
    about: str = "finding"
    status: str = "open"
    lacks: bool = False
    kickoff: bool = False
    """Whether what the row holds has part of a kickoff in it."""
    together: bool = False
    agreed: tuple = ()
    """Who has agreed already: pairs of role and person (and, as more pairs, whom they stood in for)."""
    decided_by: str = ""
    """Whose approval of this review counts."""
    closed: bool = False

    def turn(self, code):
        """Roles of which one decides next."""
        if code == "J1" and self.about == "finding":
            return self.steps[0]  # a route is accepted from the first step on
        if self.together:
            return tuple(role for role in self.steps[0] if role not in {role for role, _ in self.agreed})
        return self.steps[min(len(self.agreed), len(self.steps) - 1)]

    @property
    def everybody(self):
        return {self.owner, *(role for step in self.steps for role in step)}


@dataclass(frozen=True)
class Who:
    """`for_whom`: people for whom they stand in now, with those people's roles; only who is still here counts."""

    name: str
    roles: frozenset = frozenset()
    active: bool = True
    for_whom: tuple = field(default=())

    def standing(self, wanted):
        """In whose name they act in one of these roles; None where they may not."""
        if not self.active:
            return None
        if self.roles & set(wanted):
            return self.name
        return next((each.name for each in self.for_whom if each.active and each.roles & set(wanted)), None)


def may_decide(scene, code, who, *, shown_again=True, reason=True, exception=True):
    """Whether this person may take this decision now, everything else about it being well formed."""
    if scene.status != "open" or not who.active:
        return False
    approves = code in APPROVE
    name = who.standing(scene.turn(code) if approves else scene.everybody)
    if name is None:
        return False
    acts_as = {who.name, name}
    if approves and not (code == "J1" and scene.about == "finding"):
        if scene.agreed and acts_as & {person for _, person in scene.agreed}:
            return False  # nobody twice
        if any(acts_as & each.authors for each in _of_kind(scene, code)):
            return False  # nobody for themselves
    if scene.tier in ASK_AGAIN and not shown_again:
        return False
    if code in WANT_A_REASON and not reason:
        return False
    if code in STOPPED_BY_GAPS and scene.lacks and not exception:
        return False
    return allows(scene, code)


def _of_kind(scene, code):
    """What of it waits and this decision may let go."""
    for each in scene.waits:
        if (
            code in ("J5", "J9")
            or (code == "J6" and each.faces_customer)
            or code == "J4"
            and (each.kind in KICKOFF or each.kind.endswith("_task"))
            or code == "J1"
            and scene.about == "action"
            and not each.faces_customer
        ):
            yield each


def allows(scene, code):
    """Whether there is something here that this decision is for."""
    if code in ("J2", "J3", "J7", "J8"):
        return True
    if code == "J1" and scene.about in ("finding", "hold"):
        return True
    if code == "J4" and scene.kickoff:
        return True
    return any(True for _ in _of_kind(scene, code))


def may_claim(scene, who):
    return scene.status == "open" and who.standing(scene.everybody) is not None


def may_be_given(scene, giver, taker):
    return giver.active and may_claim(scene, taker)


def may_recall(scene, who):
    if not scene.decided_by or not who.active:
        return False
    return who.name == scene.decided_by or who.standing(scene.everybody) is not None


def may_hold(scene, who):
    """Anybody who works here, on what is open."""
    return who.active and not scene.closed


def may_comment(scene, who):
    return who.active


def may_keep_for_the_law(who):
    return who.standing(("legal", "privacy")) is not None


# --- by role alone: the pages ---

EDITS = {"revops", "product_ops", "systems_admin"}
PUBLISHES = {"revops", "systems_admin"}
ADMINISTERS = {"revops", "systems_admin"}
EXPORTS = ADMINISTERS | {"legal", "privacy", "security"}
BY_ROLE = {
    "register_cell": EDITS, "register_check": EDITS, "register_upload": EDITS, "register_upload_look": EDITS,
    "register_upload_take": EDITS, "register_go_back": EDITS, "proof_run": EDITS,
    "register_publish": PUBLISHES,
    "add_person": ADMINISTERS, "person": ADMINISTERS, "person_roles": ADMINISTERS, "person_active": ADMINISTERS,
    "person_password": ADMINISTERS, "person_second_factor": ADMINISTERS, "person_sessions": ADMINISTERS,
    "person_sign_in": ADMINISTERS, "person_sign_in_end": ADMINISTERS,
    "audit_export": EXPORTS,
}  # fmt: skip
"""Routes that not everybody who is signed in may use; every other one is for all of them."""
OPEN = {"sign_in", "sign_in_code", "sign_in_with", "sign_in_from", "sign_in_link"}
"""For whoever is not signed in."""
