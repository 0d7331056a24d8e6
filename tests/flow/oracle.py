"""
Who may do what, said a second time and from outside: written from the requirements, in plain data, without the product's code.

It hears what people did (and the house accepted), keeps its own facts, and says of an effect whether it was allowed at the
moment at which its run began. It is deliberately slow and plain: every question is answered from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any

from tests.flow.town import FACTS, PEOPLE, ROWS, Row

CATALOGUE: dict[str, tuple[str, str, bool]] = {
    # kind: (class, role that looks at it where the catalogue wants a person, whether it does in draft-first mode)
    "create_project": ("project", "onboarding_manager", False),
    "create_kickoff_tasks": ("project", "onboarding_manager", False),
    "send_kickoff_invite": ("customer", "csm", True),
    "send_customer_message": ("customer", "csm", True),
    "send_reminder": ("customer", "csm", False),
    "write_billing": ("billing", "finance_ops", True),
    "provision_access": ("provisioning", "systems_admin", True),
    "import_data": ("provisioning", "systems_admin", True),
}
"""Everything else is internal: released unless a row holds it."""
KICKOFF = {"create_project", "create_kickoff_tasks", "draft_scheduling"}
EXTERNAL = {"project", "customer", "billing", "provisioning"}
VALID = timedelta(hours=72)


def class_of(kind: str) -> str:
    return CATALOGUE.get(kind, ("internal", "", False))[0]


def may(code: str, kind: str, about: str) -> bool:
    """Requirements J: what a decision may let go."""
    match code:
        case "J1":
            return about == "action" and class_of(kind) != "customer"
        case "J4":
            return kind in KICKOFF or (kind.startswith("create_") and kind.endswith("_task"))
        case "J5" | "J9":
            return True
        case "J6":
            return class_of(kind) == "customer"
    return False


@dataclass
class Consent:
    """One decision that somebody took and the house accepted."""

    seq: int
    by: str
    roles: dict[str, set[str]]
    """What they could decide as, and on whose behalf (empty: their own)."""
    case: str
    part: int
    review: int
    code: str
    covers: dict[int, tuple[bytes, str]]
    waives: bool
    at: datetime
    evidence: dict[str, Any]
    row: Row | None
    deadlines: list[datetime] = field(default_factory=list)
    met: set[int] = field(default_factory=set)
    over: bool = False


@dataclass
class Hold:
    case: str
    owner: str
    kinds: tuple[str, ...]
    lifted: bool = False


@dataclass
class Deal:
    """What is known of one onboarding."""

    facts: dict[str, tuple[datetime, Any]] = field(default_factory=dict)
    version: int = 1
    closed: bool = False
    consents: list[Consent] = field(default_factory=list)
    holds: list[Hold] = field(default_factory=list)
    alone: dict[int, str] = field(default_factory=dict)
    """Reviews that were passed on: to whom."""
    owners: dict[str, str] = field(default_factory=dict)
    """Rows whose owner a person corrected."""
    tiers: dict[str, str] = field(default_factory=dict)
    lane: str = ""
    authors: dict[int, set[str]] = field(default_factory=dict)
    again: dict[int, int] = field(default_factory=dict)
    """Actions of which a person said that they had not happened: how often."""
    asked: set[tuple[str, bytes, str]] = field(default_factory=set)

    def fact(self, name: str) -> Any:
        if name == "onboarding lane" and self.lane:
            return self.lane
        return self.facts.get(name, (None, None))[1]


@dataclass
class Oracle:
    names: dict[int, str]
    people: dict[str, frozenset[str]] = field(default_factory=lambda: dict(PEOPLE))
    stand_ins: list[tuple[str, str, datetime, datetime]] = field(default_factory=list)
    deals: dict[int, Deal] = field(default_factory=dict)
    paused: bool = False
    seq: int = 0

    # --- what happens ---

    def received(self, number: int, facts: dict[str, Any], as_of: datetime) -> None:
        deal = self.deals.setdefault(number, Deal(version=max(self.names)))
        for name in FACTS:
            known = deal.facts.get(name)
            if known is None or as_of > known[0]:
                deal.facts[name] = (as_of, facts[name])

    def decided(
        self, number: int, by: str, code: str, case: str, part: int, review: int, about: str,
        covers: dict[int, tuple[bytes, str]], now: datetime, deadlines: Iterable[datetime] = (),
    ) -> None:  # fmt: skip
        deal = self.deals[number]
        self.seq += 1
        roles = self._roles_now(by, now)
        waives = code == "J1" and about == "finding"
        deal.consents.append(
            Consent(
                self.seq, by, roles, case, part, review, code, covers, waives, now,
                self._evidence(deal, case), self._row(deal, case), list(deadlines),
            )
        )  # fmt: skip
        if code == "J1" and about == "hold":
            for hold in deal.holds:
                if hold.case == case and deal.alone.get(review, hold.owner) in roles:
                    hold.lifted = True

    def _roles_now(self, name: str, now: datetime) -> dict[str, set[str]]:
        """Own roles and those of whom they stand in for now, each with the person it belongs to (empty: themselves)."""
        roles: dict[str, set[str]] = {}
        if name in self.people:
            for role in self.people[name]:
                roles.setdefault(role, set()).add("")
            for absent, who, start, end in self.stand_ins:
                if who == name and start <= now < end:
                    for role in self.people.get(absent, ()):
                        roles.setdefault(role, set()).add(absent)
        return roles

    # --- the register ---

    def rows(self, deal: Deal) -> tuple[Row, ...]:
        return ROWS[self.names[deal.version]][0]

    def target(self, deal: Deal) -> str:
        return ROWS[self.names[deal.version]][1]

    def _row(self, deal: Deal, case: str) -> Row | None:
        return next((each for each in self.rows(deal) if each.case == case), None)

    def matched(self, deal: Deal) -> list[Row]:
        return [each for each in self.rows(deal) if self._holds(each.case, deal)]

    def _holds(self, case: str, deal: Deal) -> bool:
        """Whether the row matches or cannot tell: either is a finding."""
        blank = (None, "")
        match case:
            case "CO-EDGE-001":
                return deal.fact("success criteria") in blank
            case "CO-EDGE-002":
                a, b = deal.fact("contract plan"), deal.fact("CRM plan")
                return a in blank or b in blank or a != b
            case "CO-EDGE-808":
                return deal.fact("data region") in (*blank, "EU")
            case "CO-EDGE-014":
                segment = deal.fact("segment")
                return segment in (*blank, "enterprise") and deal.fact("promised timeline") in blank
            case "CO-EDGE-006":
                confidence = deal.fact("AI confidence")
                return confidence is not None and confidence < 0.8
            case "CO-EDGE-601":
                return deal.fact("import is late") is not False
            case "CO-EDGE-010":  # holds nothing by itself; a person may have made it a hold
                criteria = deal.fact("success criteria")
                return criteria in blank or "tidy" in criteria
        return False

    def tier(self, deal: Deal, row: Row) -> str:
        order = ("low", "medium", "high", "hold")
        return max(row.tier, deal.tiers.get(row.case, "low"), key=order.index)

    def _evidence(self, deal: Deal, case: str) -> dict[str, Any]:
        row = self._row(deal, case)
        names = row.cites if row is not None else ("segment",)
        return {name: deal.fact(name) for name in (*names, "onboarding lane")}

    # --- may it run ---

    def why_not(self, number: int, no: int, kind: str, content: bytes, target: str, now: datetime) -> str:
        """Why this action must not begin to run now; empty where it may."""
        deal = self.deals[number]
        if deal.closed:
            return "the onboarding is closed"
        if self.paused:
            return "everything is paused"
        if deal.fact("stage") != "won" and class_of(kind) in EXTERNAL:
            return "the deal is not won"
        if target != self.target(deal):
            return f"it goes to {target}, not to {self.target(deal)}"
        about = (no, content, target, kind)
        some = False
        waived: set[str] = set()
        for row in self.matched(deal):
            tier = self.tier(deal, row)
            if kind not in row.holds and not (tier == "hold" and class_of(kind) in EXTERNAL):
                continue
            parts = list(self._parts(deal, row, kind))
            if all(self._agreed(deal, row.case, part, "", about, now) for part in parts):
                some = True
            elif all(self._agreed(deal, row.case, part, "", None, now) for part in parts):
                waived.add(deal.owners.get(row.case, _role(row.owner)))
            else:
                return f"{row.case} holds it and nobody has agreed"
        for hold in deal.holds:
            if not hold.lifted and (kind in hold.kinds or (not hold.kinds and class_of(kind) in EXTERNAL)):
                if not self._agreed(deal, hold.case, 0, hold.owner, about, now):
                    return f"{hold.case} holds it"
                some = True
        _, owner, wants = CATALOGUE.get(kind, ("internal", "", False))
        if (wants or waived) and not some:
            looking = {owner or "revops", *waived}
            if not any(self._agreed(deal, f"CATALOGUE {no}", 0, each, about, now) for each in looking):
                return "nobody has looked at it"
        return ""

    def _parts(self, deal: Deal, row: Row, kind: str) -> Iterator[int]:
        naming = [no for no, part in enumerate(row.parts) if kind in part.kinds]
        return (no for no in range(len(row.parts)) if len(row.parts) == 1 or no in (naming or [0]))

    def _ways(self, deal: Deal, case: str, part: int, review: int, owner: str) -> Iterator[Any]:
        """Every list of steps by which this review may be agreed."""
        row = self._row(deal, case)
        escalation = _role(row.escalation) if row is not None else ""
        if review in deal.alone:
            yield _with((((deal.alone[review],), 1),), escalation)
        elif row is None:
            yield (((owner,), 1),)
        else:
            yield _with(row.parts[part].steps, escalation)
            if case in deal.owners:
                yield _with((((deal.owners[case],), 1),), escalation)

    def _agreed(
        self, deal: Deal, case: str, part: int, owner: str, about: tuple[int, bytes, str, str] | None, now: datetime
    ) -> bool:  # fmt: skip
        """Whether the people of every step have agreed, in one review, to this very action (None: to the route)."""
        counting = [
            each
            for each in deal.consents
            if (each.case, each.part) == (case, part) and self._counts(deal, each, about, now)
        ]
        authors = deal.authors.get(about[0], set()) if about else set()
        for review in {each.review for each in counting}:
            own = [each for each in counting if each.review == review]
            if any(
                self._filled(own, each, now, authors, 0)
                for each in self._ways(deal, case, part, review, owner)
            ):
                return True
        return False

    def _counts(
        self, deal: Deal, one: Consent, about: tuple[int, bytes, str, str] | None, now: datetime
    ) -> bool:
        if one.over or now >= one.at + VALID or one.by not in self.people:
            return False
        if any(now >= deadline and no not in one.met for no, deadline in enumerate(one.deadlines)):
            return False
        if one.row is not self._row(deal, one.case) or one.evidence != self._evidence(deal, one.case):
            return False
        if about is None:
            return one.waives
        no, content, target, kind = about
        if one.covers.get(no) != (content, target):
            return False
        kind_of_review = "action" if one.case.startswith("CATALOGUE") else "finding"
        return may(one.code, kind, kind_of_review)

    def _filled(self, consents: list[Consent], steps: Any, now: datetime, used: set[str], after: int) -> bool:
        """Whether the steps can be filled one after another, by different people in different roles, by nobody twice."""
        if not steps:
            return True
        roles, needed = steps[0]
        for chosen in permutations(
            [each for each in consents if each.seq > after and each.by not in used], needed
        ):
            for order in permutations(roles, needed):
                people = self._people(chosen, order, now, used)
                if people is not None and self._filled(
                    consents, steps[1:], now, used | people, max(each.seq for each in chosen)
                ):
                    return True
        return False

    def _people(
        self, chosen: tuple[Consent, ...], roles: tuple[str, ...], now: datetime, used: set[str]
    ) -> set[str] | None:
        """Everybody who has decided where each brings that role, which they had then and have now; None if they have not."""
        people = set(used)
        for one, role in zip(chosen, roles, strict=True):
            if one.by in people or role not in one.roles or role not in self._roles_now(one.by, now):
                return None
            others = [each for each in one.roles[role] if each not in people]
            if not others:
                return None
            people |= {one.by, min(others)} - {""}
        return people


def _with(steps: Any, role: str) -> Any:
    """The clock adds the escalation owner to every step."""
    return tuple((tuple({*roles, role} - {""}), needed) for roles, needed in steps)


def _role(said: str) -> str:
    words = {
        "RevOps": "revops", "CSM": "csm", "finance operations": "finance_ops", "CS leader": "cs_leader",
        "sales manager": "sales_manager", "legal": "legal", "privacy": "privacy",
    }  # fmt: skip
    return words.get(said, said)
