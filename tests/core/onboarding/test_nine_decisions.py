"""Each of the nine decisions allows exactly its kinds of action and nothing else (requirements J), over the whole catalogue."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.powers import may_cover
from holdshort.core.onboarding.program import Program
from tests.core.onboarding.life import (
    Life,
    changed_settings,
    kinds_of,
    once,
    only,
    program_of,
    starter,
    with_rows,
)

CODES = ("J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9")
CASE = "CO-EDGE-801"
KINDS = tuple(starter().catalogue.kinds)
FACING = {kind for kind, each in starter().catalogue.kinds.items() if each.action_class.customer_facing}
KICKOFF = {"create_project", "create_kickoff_tasks", "draft_scheduling"}
TASKS = {kind for kind in KINDS if kind.startswith("create_") and kind.endswith("_task")}
NOT_YET = {"escalate_review", "escalate_to_csm"}
"""They wait for a row to ask for them, whoever approves them."""

ALLOWED = {  # what a decision may let go, as requirements J have it, on a finding or a person's hold
    "J1": set(),
    "J2": set(),
    "J3": set(),
    "J4": KICKOFF | TASKS,
    "J5": set(KINDS),
    "J6": FACING,
    "J7": set(),
    "J8": set(),
    "J9": set(KINDS),
}


@cache
def holding_everything() -> Program:
    """One row that holds every kind of the catalogue, decided by RevOps."""
    row = next(each for each in starter().register.cases if each.case == "CO-EDGE-001")
    action = replace(row.action, holds=KINDS, asks=())
    return program_of(with_rows(starter(), [replace(row, action=action)]))


def asked_for_everything(program: Program, **places: object) -> Life:
    life = Life(program)
    life.receive("missing-success-criteria", proposed_actions=[], **places)
    for kind in KINDS:
        life.request(kind)
    return life


@cache
def _held_by_finding() -> Life:
    return asked_for_everything(holding_everything())


@cache
def _held_by_person() -> Life:
    life = asked_for_everything(only("CO-EDGE-134"))
    life.do(c.RaiseHold("csm", "something feels wrong", owner="revops", tier="medium", kinds=KINDS))
    return life


def copy(life: Life) -> Life:
    made = Life(life.program, life.now)
    made.state, made.log = life.state, list(life.log)
    return made


def held(about: str) -> tuple[Life, int]:
    life = copy(_held_by_finding() if about == "finding" else _held_by_person())
    review = life.review("CO-EDGE-001" if about == "finding" else "PERSON-1")
    return life, review.no


def let_go(events: list[e.Event], life: Life) -> set[str]:
    return {life.state.actions[each.action].kind for each in kinds_of(events, e.ReleaseGranted)}


@pytest.mark.parametrize("about", ["finding", "hold"])
@pytest.mark.parametrize("code", CODES)
@pytest.mark.shows("J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9")
def test_a_decision_releases_exactly_what_requirements_j_allow(about: str, code: str) -> None:
    life, review = held(about)
    before = set(life.state.actions)
    events = life.decide_(review, code, "revops", exception="looked at by hand")
    new = {each.kind for no, each in life.state.actions.items() if no not in before}
    released = let_go(events, life)
    if code == "J1" and about == "hold":  # lifting a hold leaves what nobody else stops
        wanted = {kind for kind in KINDS if not _wants_person(kind)} - NOT_YET
    else:
        wanted = ALLOWED[code] - NOT_YET
    assert released == wanted
    assert new == ({"create_sales_task"} if code == "J3" else set())


@pytest.mark.parametrize("about", ["finding", "hold"])
@pytest.mark.parametrize("code", CODES)
def test_what_the_powers_say_is_what_is_covered(about: str, code: str) -> None:
    life, number = held(about)
    review = life.state.reviews[number]
    covers = once(kinds_of(life.decide_(number, code, "revops", exception="x"), e.DecisionRecorded)).covers
    said = {kind for kind in KINDS if may_cover(code, kind, review, starter().catalogue)}  # type: ignore[arg-type]
    assert {each.kind for each in covers} == said == ALLOWED[code]
    for each in covers:
        action = life.state.actions[each.action]
        assert (each.kind, each.digest, each.target) == (
            action.kind,
            action.digest,
            life.program.target_of(each.kind),
        )


def _wants_person(kind: str) -> bool:
    known = starter().catalogue.kinds[kind]
    return bool(known.person_first) or "draft-first" in known.person_in


@cache
def _asking_for_itself(kind: str) -> Life:
    """The route of the finding was accepted, so that the action asks for itself."""
    life = Life(holding_everything())
    life.receive("missing-success-criteria", proposed_actions=[])
    life.request(kind)
    life.decide_(life.review("CO-EDGE-001"), "J1", "revops", exception="looked at by hand")
    return life


@pytest.mark.parametrize("code", CODES)
def test_on_one_action_a_decision_releases_that_action_or_nothing(code: str) -> None:
    """J1 for everything that does not reach the customer, J6 for what does, J4 for a kickoff, J5 and J9 for any."""
    approving = {
        "J1": set(KINDS) - FACING,
        "J4": KICKOFF | TASKS,
        "J5": set(KINDS),
        "J6": FACING,
        "J9": set(KINDS),
    }
    wanted = approving.get(code, set())
    for kind in set(KINDS) - NOT_YET:
        life = copy(_asking_for_itself(kind))
        assert life.gate(kind).state == "needs review"
        command = life.asks(life.own_review(kind), code, "revops_2")
        if code in approving and kind not in wanted:
            assert life.refused(command).code in ("FLOW-022", "FLOW-031"), kind
            continue
        events = life.do(command)
        assert let_go(events, life) == wanted & {kind}, kind


@pytest.mark.parametrize("code", CODES)
def test_no_decision_releases_a_run_whose_outcome_is_unknown(code: str) -> None:
    """Somebody has to find out and say so; then it is done, or asks again."""
    life = Life(only("CO-EDGE-134"))
    life.receive()
    life.run("create_project", "uncertain")
    review = life.review("RUN", action=life.action("create_project").no)
    assert review.about == "run"
    command = life.asks(review, code, "onboarding_manager")
    if code in ("J1", "J4", "J5", "J6", "J9"):
        assert life.refused(command).code in ("FLOW-015", "FLOW-026", "FLOW-031")
    else:
        life.do(command)
    assert life.action("create_project").run == "uncertain"
    assert review.no in {each.no for each in life.state.open_reviews()}


@pytest.mark.shows("J1")
def test_accept_route_leaves_each_action_to_ask_for_itself() -> None:
    life = copy(_held_by_finding())
    life.decide_(life.review("CO-EDGE-001"), "J1", "revops", exception="looked at by hand")
    assert life.released() == set()
    assert life.review("CO-EDGE-001").status == "decided"
    life.decide_(life.own_review("create_kickoff_tasks"), "J1", "revops")
    assert life.released() == {"create_kickoff_tasks"}


@pytest.mark.shows("J2")
def test_correct_route_changes_lane_owner_tier_and_milestones_and_the_checks_run_again() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    events = life.decide_(
        life.review("CO-EDGE-001"), "J2", "revops",
        lane="strategic account", owner="cs_leader", tier="hold", milestones="kickoff in May",
    )  # fmt: skip
    assert once(kinds_of(events, e.RouteCorrected)).milestones == "kickoff in May"
    review = life.review("CO-EDGE-001")
    assert (life.state.lane, review.owner, review.tier) == ("strategic account", "cs_leader", "hold")
    assert once(kinds_of(events, e.Screened)).tier == "hold"
    assert life.gate("create_project").state == "held"
    assert life.cannot(review, "J9", "revops").code == "FLOW-010"


@pytest.mark.parametrize("tier", ["low", "medium"])
@pytest.mark.shows("J2")
def test_correct_route_never_lowers_a_tier(tier: str) -> None:
    life = Life(only("CO-EDGE-005"))
    life.receive("sso-without-review")
    refusal = life.cannot(life.review("CO-EDGE-005"), "J2", "security", tier=tier)
    assert refusal.code == "FLOW-019"
    assert "does not lower a tier" in refusal.why


def test_correct_route_does_not_take_back_a_tier_that_was_raised() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    life.decide_(life.review("CO-EDGE-001"), "J2", "revops", tier="hold")
    assert life.cannot(life.review("CO-EDGE-001"), "J2", "revops", tier="medium").code == "FLOW-019"


@pytest.mark.shows("J3")
def test_request_information_asks_somebody_and_everything_stays_paused() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    for to, kind in [
        ("customer", "create_customer_task"),
        ("legal", "create_legal_task"),
        ("csm", "create_needs_info_task"),
    ]:
        life.decide_(life.review("CO-EDGE-001"), "J3", "revops", to=to, question="What counts as a success?")
        task = life.action(kind)
        assert task.payload == {"case": "CO-EDGE-001", "for": to, "question": "What counts as a success?"}
        assert task.run == "released"
        assert life.gate("create_kickoff_tasks").state == "held"
        assert life.review("CO-EDGE-001").status == "open"
    assert life.state.state == "needs information"
    life.receive("missing-success-criteria", as_of="2026-03-12T09:00:00Z", handoff__risks="A late migration")
    assert life.review("CO-EDGE-001").asked_role == ""


@pytest.mark.shows("J4")
def test_approve_kickoff_begins_what_nobody_asked_for_yet() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria", proposed_actions=[])
    life.decide_(life.review("CO-EDGE-001"), "J4", "revops", exception="the sponsor told me on the phone")
    assert life.released() >= KICKOFF


@pytest.mark.shows("J5")
def test_approve_with_conditions_allows_only_the_named_scope() -> None:
    life = copy(_held_by_finding())
    scope = (life.action("write_crm").no, life.action("send_timeline").no)
    events = life.decide_(life.review("CO-EDGE-001"), "J5", "revops", scope=scope)
    assert let_go(events, life) == {"write_crm", "send_timeline"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"conditions": ()}, "FLOW-023"),
        ({"conditions": (e.Condition("", "revops", Life().now.replace(year=2027)),)}, "FLOW-024"),
        ({"conditions": (e.Condition("papers", "nobody", Life().now.replace(year=2027)),)}, "FLOW-024"),
        ({"conditions": (e.Condition("papers", "revops", Life().now),)}, "FLOW-025"),
        ({"scope": ()}, "FLOW-026"),
        ({"scope": (999,)}, "FLOW-034"),
    ],
)
def test_a_condition_needs_a_text_an_owner_a_deadline_to_come_and_a_scope(
    changes: dict[str, object], code: str
) -> None:
    life, review = held("finding")
    assert life.cannot(review, "J5", "revops", **changes).code == code


@pytest.mark.shows("J6")
def test_the_edited_text_is_what_is_approved_and_both_are_kept() -> None:
    life = Life(only("CO-EDGE-134"))
    life.receive()
    draft = life.request("send_customer_message", to="a@oldmill.example", text="We start on Monday")
    events = life.decide_(
        life.own_review("send_customer_message"), "J6", "csm", payload={"text": "We start on Tuesday"}
    )
    amended = once(kinds_of(events, e.ActionAmended))
    assert (amended.was, amended.payload["text"]) == (draft.digest, "We start on Tuesday")
    assert amended.payload["to"] == "a@oldmill.example"
    assert once(kinds_of(events, e.ReleaseGranted)).digest == amended.digest
    asked = [
        event.payload
        for event, _ in life.log
        if isinstance(event, e.ActionRequested) and event.action == draft.no
    ]
    assert asked == [{"to": "a@oldmill.example", "text": "We start on Monday"}]


def test_a_message_that_was_edited_is_not_asked_for_again_when_its_record_comes_again() -> None:
    life = Life(only("CO-EDGE-134"))
    proposal = [{"kind": "send_customer_message", "to": "a@oldmill.example", "text": "Monday"}]
    life.receive(proposed_actions=proposal)
    life.decide_(life.own_review("send_customer_message"), "J6", "csm", payload={"text": "Tuesday"})
    life.run("send_customer_message")
    before = len(life.state.actions)
    life.receive(proposed_actions=proposal)
    assert len(life.state.actions) == before


def test_an_edited_text_that_has_no_form_is_refused() -> None:
    life = Life(only("CO-EDGE-134"))
    life.receive()
    life.request("send_customer_message", text="x")
    review = life.own_review("send_customer_message")
    assert life.cannot(review, "J6", "csm", payload={"text": float("nan")}).code == "FLOW-006"


@pytest.mark.shows("J7")
def test_reject_stops_what_is_named_and_asks_why() -> None:
    life = copy(_held_by_finding())
    number = life.action("write_crm").no
    assert life.cannot(life.review("CO-EDGE-001"), "J7", "revops", reason=" ").code == "FLOW-013"
    life.decide_(life.review("CO-EDGE-001"), "J7", "revops", scope=(number,))
    assert life.action("write_crm").dropped == "rejected"
    assert life.review("CO-EDGE-001").status == "open"
    life.decide_(life.review("CO-EDGE-001"), "J7", "revops")
    assert {each.dropped for each in life.state.actions.values()} == {"rejected"}
    assert life.review("CO-EDGE-001").status == "decided"


def test_what_was_rejected_is_not_asked_for_again_by_the_same_record() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    life.decide_(life.review("CO-EDGE-001"), "J7", "revops")
    life.receive("missing-success-criteria", as_of="2026-03-12T09:00:00Z")
    assert life.action("create_kickoff_tasks").dropped == "rejected"


@pytest.mark.shows("J8")
def test_escalate_gives_the_decision_to_somebody_else_and_everything_stays_paused() -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    for role in ("cs_leader", "finance_ops", "legal", "security", "implementation_lead", "sales_manager"):
        before = life.review("CO-EDGE-001")
        life.decide_(before, "J8", life.review("CO-EDGE-001").owner, to=role)
        review = life.review("CO-EDGE-001")
        assert (review.owner, review.all_roles) == (role, (role,))
        assert life.gate("create_kickoff_tasks").state == "held"
    assert life.cannot(life.review("CO-EDGE-001"), "J9", "revops").code == "FLOW-010"
    assert (
        life.cannot(life.review("CO-EDGE-001"), "J8", "sales_manager", to="sales_manager").code == "FLOW-029"
    )


@pytest.mark.shows("J9")
def test_an_override_needs_a_reason_and_somebody_who_answers_for_it() -> None:
    life, review = held("finding")
    assert life.cannot(review, "J9", "revops", reason="").code == "FLOW-013"
    assert life.cannot(review, "J9", "revops", owner="").code == "FLOW-030"
    assert life.cannot(review, "J9", "revops", owner="nobody at all").code == "FLOW-030"
    events = life.decide_(review, "J9", "revops", reason="the customer insists", owner="cs_leader")
    decision = once(kinds_of(events, e.DecisionRecorded))
    assert (decision.reason, decision.owner) == ("the customer insists", "cs_leader")


@pytest.mark.parametrize("code", ["J1", "J4"])
def test_a_row_that_lacks_evidence_is_not_approved_unless_the_exception_is_written_down(code: str) -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    refusal = life.cannot(life.review("CO-EDGE-001"), code, "revops")
    assert refusal.code == "FLOW-014"
    assert "success criteria" in refusal.why
    life.decide_(life.review("CO-EDGE-001"), code, "revops", exception="agreed on the phone")


@pytest.mark.parametrize("code", ["J5", "J9"])
def test_a_condition_or_an_override_stands_for_what_the_row_lacks(code: str) -> None:
    life = Life(only("CO-EDGE-001"))
    life.receive("missing-success-criteria")
    life.decide_(life.review("CO-EDGE-001"), code, "revops")
    assert "create_kickoff_tasks" in life.released()


@pytest.mark.parametrize("code", CODES)
def test_in_shadow_mode_no_decision_releases_anything(code: str) -> None:
    life = asked_for_everything(changed_settings(holding_everything(), mode="shadow"))
    command = life.asks(life.review("CO-EDGE-001"), code, "revops", exception="looked at by hand")
    assert not kinds_of(life.do(command), e.ReleaseGranted)
    assert life.released() == set()
