"""Role x act x state x relation, every cell against the rules of `spec.py`: the product says no and yes where they do, and nowhere else."""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.people import Directory, Person, StandIn
from holdshort.core.onboarding.program import World
from holdshort.core.roles import ROLES
from holdshort.web.policy import POLICY
from tests.core.onboarding.life import Life, everybody, only, record
from tests.web.matrix.spec import (
    BY_ROLE,
    OPEN,
    Scene,
    Waits,
    Who,
    may_be_given,
    may_claim,
    may_comment,
    may_decide,
    may_hold,
    may_keep_for_the_law,
    may_recall,
)

TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
NAMED, OTHERS = (None, None) if TORTURE else (6_000, 2_000)
"""How many cells of the nine decisions an ordinary run looks at, drawn with a fixed seed: of roles that a review names, and of the rest."""
CODES = ("J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9")
NAMES = tuple(role for role in ROLES if role != "none")
PAT = "pat"
AGENT = frozenset({"agent"})


def _life(case, name, **places):
    life = Life(only(case))
    life.receive(name, **places)
    return life


def access(author):
    """CO-EDGE-005: security or privacy approves before provision access; its check fails."""
    life = _life("CO-EDGE-005", "sso-without-review", proposed_actions=[])
    life.request("provision_access", by=author)
    waits = (Waits("provision_access", authors=frozenset({author})),)
    return life, "CO-EDGE-005", Scene((("security", "privacy"),), "security", "high", waits, lacks=True)


def criteria(author):
    life = _life("CO-EDGE-001", "missing-success-criteria", proposed_actions=[])
    life.request("create_kickoff_tasks", by=author)
    waits = (Waits("create_kickoff_tasks", authors=frozenset({author})),)
    return (
        life,
        "CO-EDGE-001",
        Scene((("revops", "sales_manager"),), "revops", "medium", waits, lacks=True, kickoff=True),
    )


def in_turn(author):
    """CO-EDGE-014: first RevOps, then CS leader or sales manager."""
    life = _life("CO-EDGE-014", "strategic-gaps", proposed_actions=[])
    life.request("create_kickoff_tasks", by=author)
    steps = (("revops",), ("cs_leader", "sales_manager"))
    waits = (Waits("create_kickoff_tasks", authors=frozenset({author})),)
    return life, "CO-EDGE-014", Scene(steps, "revops", "high", waits, lacks=True, kickoff=True)


def in_turn_second(author):
    life, case, scene = in_turn(author)
    life.approve(case, "revops_2")
    return life, case, replace(scene, agreed=(("revops", "revops_2"),), decided_by="revops_2")


def both(author):
    """CO-EDGE-521: finance operations and sales manager both."""
    life = _life("CO-EDGE-521", "bridge-asked", proposed_actions=[])
    life.request("extend_entitlement", by=author)
    waits = (Waits("extend_entitlement", authors=frozenset({author})),)
    return (
        life,
        "CO-EDGE-521",
        Scene((("finance_ops", "sales_manager"),), "finance_ops", "high", waits, together=True),
    )


def both_second(author):
    life, case, scene = both(author)
    life.approve(case, "finance_ops_2")
    return life, case, replace(scene, agreed=(("finance_ops", "finance_ops_2"),), decided_by="finance_ops_2")


def message(author):
    """CO-EDGE-003: the implementation lead approves; a message waits."""
    life = _life("CO-EDGE-003", "promise-in-notes", proposed_actions=[])
    life.request("send_customer_message", by=author, to="a@x.example", body="Hello")
    waits = (Waits("send_customer_message", True, frozenset({author})),)
    return (
        life,
        "CO-EDGE-003",
        Scene((("implementation_lead",),), "implementation_lead", "high", waits, kickoff=True),
    )


def passed_on(author):
    """Two were needed; the CS leader decides alone since it was passed on."""
    life, case, scene = both(author)
    life.decide_(life.review(case), "J8", "finance_ops_2", to="cs_leader")
    return life, case, replace(scene, steps=(("cs_leader",),), owner="cs_leader", together=False)


def late(author):
    """Past its limit the escalation owner may as well."""
    life, case, scene = message(author)
    life.later(days=30)
    return life, case, replace(scene, steps=(("implementation_lead", "solutions_engineer"),))


def persons_hold(author):
    life = _life("CO-EDGE-134", "clean-mid-market", proposed_actions=[])
    life.request("create_kickoff_tasks", by=author)
    life.do(c.RaiseHold("support_2", "something feels wrong", owner="csm"))
    waits = (Waits("create_kickoff_tasks", authors=frozenset({author})),)
    return life, "PERSON-1", Scene((("csm",),), "csm", "hold", waits, about="hold", kickoff=True)


def decided(author):
    life, case, scene = criteria(author)
    life.approve(case, "revops_2")
    return life, case, replace(scene, status="decided", decided_by="revops_2")


def gone(author):
    """The criteria came: what it was about is gone."""
    life, case, scene = criteria(author)
    life.now += timedelta(hours=1)
    again = record(
        "missing-success-criteria",
        proposed_actions=[],
        handoff__success_criteria="90% of orders planned by day 45",
    )
    again["as_of"] = life.now.isoformat()
    life.receive(again)
    assert life.review(case).status == "closed"
    return life, case, replace(scene, status="closed")


def closed(author):
    life, case, scene = criteria(author)
    life.do(c.Close("revops", "the deal fell through"))
    status = life.review(case).status
    return life, case, replace(scene, status=status, closed=True)


SCENES = (
    access, criteria, in_turn, in_turn_second, both, both_second, message, passed_on, late, persons_hold, decided, gone, closed,
)  # fmt: skip


@cache
def scene_of(make, author="agent"):
    return make(author)


# --- relations: what a person of one role is to the review ---


def _alone(role):
    return Who(PAT, frozenset({role}))


RELATIONS = {
    "holds the role": (_alone, "agent", ()),
    "holds two roles": (lambda role: Who(PAT, frozenset({role, "support"})), "agent", ()),
    "has left": (lambda role: Who(PAT, frozenset({role}), active=False), "agent", ()),
    "asked for it": (_alone, PAT, ()),
    "stands in": (lambda role: Who(PAT, for_whom=(Who("mo", frozenset({role})),)), "agent", ((-1, 1),)),
    "stood in": (lambda role: Who(PAT), "agent", ((-9, -1),)),
    "will stand in": (lambda role: Who(PAT), "agent", ((1, 9),)),
    "stands in for who left": (
        lambda role: Who(PAT, for_whom=(Who("mo", frozenset({role}), active=False),)), "agent", ((-1, 1),)
    ),
    "stands in for who asked": (lambda role: Who(PAT, for_whom=(Who("mo", frozenset({role})),)), "mo", ((-1, 1),)),
    "stands in for a stand-in": (lambda role: Who(PAT, for_whom=(Who("mo"),)), "agent", ((-1, 1),)),
    "holds none": (lambda role: Who(PAT), "agent", ()),
    "is nobody": (None, "agent", ()),
}  # fmt: skip
MO_HOLDS = {"stood in", "will stand in"}


def world_of(life, role, relation):
    """The people of a cell, and the one who acts as the rules see them."""
    make, _, windows = RELATIONS[relation]
    people = dict(everybody())
    who = Who(PAT, active=False) if make is None else make(role)
    if make is not None:
        people[PAT] = Person(PAT, who.roles, who.active)
    absent = next(iter(who.for_whom), Who("mo", frozenset({role})))
    if relation == "stands in for a stand-in":
        people["ana"] = Person("ana", frozenset({role}))
    people["mo"] = Person("mo", absent.roles, absent.active)
    hours = [(life.now + timedelta(hours=start), life.now + timedelta(hours=end)) for start, end in windows]
    away = [StandIn("mo", PAT, *each) for each in hours]
    if relation == "stands in for a stand-in":
        away.append(StandIn("ana", "mo", *hours[0]))
    return World(life.program, Directory(people, tuple(away)), life.now), who


def allowed(command, life, world):
    try:
        decide(command, life.state, world)
    except c.Refused:
        return False
    return True


VARIANTS = ({}, {"shown_again": False}, {"reason": False}, {"exception": False})


def cells():
    """Every cell of the nine decisions in an order that is drawn: those of roles that the review names, and the others."""
    drawn = random.Random(7)
    named, others = [], []
    for make in SCENES:
        wanted = scene_of(make)[2].everybody
        for role in NAMES:
            for relation in RELATIONS:
                for code in CODES:
                    for variant in VARIANTS:
                        (named if role in wanted else others).append((make, role, relation, code, variant))
    drawn.shuffle(named)
    drawn.shuffle(others)
    return named, others


def decision(life, number, code, variant):
    more = {
        "stepped_up": variant.get("shown_again", True),
        "exception": "checked" if variant.get("exception", True) else "",
    }
    if not variant.get("reason", True):
        more["reason"] = ""
    if code == "J9":
        more["owner"] = "revops"
    if code == "J8":
        more["to"] = "deal_desk"
    return life.asks(number, code, PAT, **more)


@pytest.mark.keeps("S13", "S14")
@pytest.mark.shows("B10", "J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9")
def test_the_nine_decisions_are_open_to_exactly_those_whom_the_rules_name():
    named, others = cells()
    wrong, counted = [], Counter()
    for make, role, relation, code, variant in (*named[:NAMED], *others[:OTHERS]):
        life, case, scene = scene_of(make, RELATIONS[relation][1])
        world, who = world_of(life, role, relation)
        said = allowed(decision(life, life.review(case).no, code, variant), life, world)
        due = may_decide(scene, code, who, **variant)
        counted[said] += 1
        if said != due:
            wrong.append((make.__name__, role, relation, code, variant, f"product {said}, rules {due}"))
    print(
        f"{sum(counted.values())} of {len(named) + len(others)} cells: {counted[True]} allowed, {counted[False]} refused"
    )
    assert wrong == []
    assert counted[True] > 300


def other_acts(life, case, scene, who):
    """The acts beside the nine decisions: a command, and whether the rules allow it."""
    number = life.review(case).no
    revops = Who("revops", frozenset({"revops"}))
    yield "claim", c.Claim(number, PAT), may_claim(scene, who)
    yield "give to somebody", c.Reassign(number, PAT, "revops"), may_be_given(scene, revops, who)
    yield "hold", c.RaiseHold(PAT, "something feels wrong"), may_hold(scene, who)
    yield "comment", c.Comment(PAT, "look at this"), may_comment(scene, who)
    yield "report a gap", c.ReportGap(number, PAT, "the order form was elsewhere"), may_comment(scene, who)
    yield "keep for the law", c.PlaceLegalHold(PAT, "a claim is pending"), may_keep_for_the_law(who)
    yield "erase", c.Erase(PAT, "asked by mail"), may_keep_for_the_law(who)
    yield "close", c.Close(PAT, "the deal fell through"), who.active and not scene.closed
    yield "open again", c.Reopen(PAT, "it came back"), who.active and scene.closed
    if life.state.approvals:
        yield "recall", c.Recall(max(life.state.approvals), PAT, "too early"), may_recall(scene, who)


@pytest.mark.keeps("S13", "S14")
def test_every_other_act_is_open_to_exactly_those_whom_the_rules_name():
    wrong, counted = [], Counter()
    for make in SCENES if TORTURE else SCENES[::2]:
        for role in NAMES:
            for relation in RELATIONS:
                life, case, scene = scene_of(make, RELATIONS[relation][1])
                world, who = world_of(life, role, relation)
                for act, command, due in other_acts(life, case, scene, who):
                    said = allowed(command, life, world)
                    counted[said] += 1
                    if said != due:
                        wrong.append((make.__name__, role, relation, act, f"product {said}, rules {due}"))
    print(f"{sum(counted.values())} cells: {counted[True]} allowed, {counted[False]} refused")
    assert wrong == []
    assert min(counted.values()) > 300


@pytest.mark.keeps("S13")
def test_every_page_is_open_to_exactly_the_roles_that_the_rules_name():
    wrong, count = [], 0
    for route, rule in POLICY.items():
        if rule.who in ("api", "demo"):
            continue
        for role in (*NAMES, ""):
            for active in (True, False):
                people = Directory({PAT: Person(PAT, frozenset({role} - {""}), active)})
                due = route in OPEN or (active and (route not in BY_ROLE or role in BY_ROLE[route]))
                count += 1
                if rule.admits(PAT, people) != due:
                    wrong.append((route, role, active))
    print(f"{count} cells of {len(POLICY)} routes")
    assert wrong == []
    assert set(BY_ROLE) <= set(POLICY)
