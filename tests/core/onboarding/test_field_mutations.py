"""
An approval covers exactly what was seen: after it, each field is changed in turn, and the run is refused with the reason.

The fields are taken from the data itself: every key of the payload, every fact that the approval cites, every setting of
the target, every cell of the row that a review depends on. What nobody cited goes through, and the log says so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.lease import bind
from holdshort.core.onboarding.looking import look
from holdshort.core.register import COLUMNS
from tests.core.onboarding.life import (
    Life,
    changed_row,
    changed_settings,
    kinds_of,
    once,
    only,
    program_of,
    record,
    starter,
)

pytestmark = pytest.mark.shows("J6", "J9", "G12", "O13")
LATER = "2026-03-11T16:00:00Z"
PAYLOAD = {"to": "it@oldmill.example", "amount": 60000, "currency": "USD", "seats": 80, "note": "as sold"}


@dataclass(frozen=True)
class Approved:
    """One way of approving: which rows, which record, which action, by whom and how."""

    name: str
    rows: tuple[str, ...]
    made: str
    kind: str
    by: str
    code: str
    case: str

    def life(self) -> Life:
        base = _approved(self)
        life = Life(base.program, base.now)
        life.state, life.log = base.state, list(base.log)
        return life

    def review(self, life: Life) -> Any:
        return life.own_review(self.kind) if self.case == "CATALOGUE" else life.review(self.case)


FINDING = Approved(
    "finding",
    ("CO-EDGE-005", "CO-EDGE-001"),
    "sso-without-review",
    "provision_access",
    "security",
    "J9",
    "CO-EDGE-005",
)
ACTION = Approved(
    "action",
    ("CO-EDGE-134", "CO-EDGE-001"),
    "clean-mid-market",
    "write_billing",
    "finance_ops",
    "J1",
    "CATALOGUE",
)
MESSAGE = Approved(
    "message",
    ("CO-EDGE-134", "CO-EDGE-001"),
    "clean-mid-market",
    "send_customer_message",
    "csm",
    "J6",
    "CATALOGUE",
)
WAYS = (FINDING, ACTION, MESSAGE)


@cache
def _approved(way: Approved) -> Life:
    life = Life(only(*way.rows))
    life.receive(way.made)
    life.request(way.kind, **PAYLOAD)
    life.decide_(way.review(life), way.code, way.by)
    assert way.kind in life.released()
    life.later(minutes=30)
    return life


def words_of(events: list[e.Event]) -> str:
    ended = [word for each in kinds_of(events, e.ApprovalEnded) for word in (each.how, *each.words)]
    withdrawn = [word for each in kinds_of(events, e.ReleaseWithdrawn) for word in (each.why, *each.words)]
    return "; ".join([*ended, *withdrawn])


def assert_refused(way: Approved, life: Life, events: list[e.Event], said: str) -> None:
    """Nothing started, the reason is in the log in words, and a person is asked again."""
    assert not kinds_of(events, e.RunStarted)
    assert said in words_of(events)
    assert life.refused(c.StartRun(life.action(way.kind).no, "w1", 60)).code == "FLOW-040"
    waiting = {stop.case for stop in life.gate(way.kind).stops}
    assert waiting
    assert waiting <= life.open_cases()


def run_with(way: Approved, life: Life, made: dict[str, Any] | None = None) -> list[e.Event]:
    return life.start(way.kind, record=made)


def other(value: Any) -> Any:
    """Another value of the same sort."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, str):
        return f"{value} x" if value else "x"
    if isinstance(value, list):
        return [*value, "one more"] if not value or isinstance(value[0], str) else value[:-1]
    if isinstance(value, dict):
        return {**value, "more": 1}
    return "something"


# --- the payload ---


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("key", [*PAYLOAD, "a key of its own"])
@pytest.mark.parametrize("how", ["changed", "removed"])
def test_another_payload_does_not_run_on_the_old_approval(way: Approved, key: str, how: str) -> None:
    life = way.life()
    payload: dict[str, Any] = dict(PAYLOAD)
    if how == "changed":
        payload[key] = other(payload.get(key))
    else:
        payload.pop(key, None)
    events = life.do(c.Amend(life.action(way.kind).no, payload, "agent"))
    if payload == PAYLOAD:
        assert events == []
        return
    assert_refused(way, life, events, "its content was changed")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize(
    "same",
    [
        dict(reversed(PAYLOAD.items())),
        json.loads(json.dumps(PAYLOAD, indent=4)),
        {**PAYLOAD, "amount": 60000.0},
    ],
    ids=["keys in another order", "other blanks between", "the same number written otherwise"],
)
def test_the_same_payload_written_otherwise_keeps_its_approval(way: Approved, same: dict[str, Any]) -> None:
    life = way.life()
    assert life.do(c.Amend(life.action(way.kind).no, same, "agent")) == []
    assert once(kinds_of(run_with(way, life), e.RunStarted))


# --- the evidence ---


def cited(way: Approved) -> list[e.Seen]:
    life = way.life()
    return list(next(iter(life.state.approvals.values())).decision.evidence)


def moved_records(way: Approved) -> Iterator[tuple[str, dict[str, Any]]]:
    """For every fact that the approval cites: the record with that fact at another value, and without it."""
    for seen in cited(way):
        base = record(way.made, as_of=LATER)
        for what, made in (("changed", deepcopy(base)), ("gone", deepcopy(base))):
            system = made.get(seen.system)
            if not seen.field:
                made[seen.system] = None if what == "gone" else ({} if system is None else system)
                if what == "changed" and system is not None:
                    continue
            elif isinstance(system, dict):
                system[seen.field] = other(system.get(seen.field)) if what == "changed" else None
            elif isinstance(system, list):
                made[seen.system] = other(system) if what == "changed" else []
            else:
                made[seen.system] = {seen.field: "x"} if what == "changed" else None
            yield f"{seen.name}, {what}", made


def _cases() -> Iterator[Any]:
    for way in WAYS:
        for name, made in moved_records(way):
            yield pytest.param(way, name, made, id=f"{way.name}: {name}")


@pytest.mark.parametrize(("way", "name", "made"), list(_cases()))
@pytest.mark.parametrize("when", ["before", "re-read"])
def test_a_cited_fact_that_moved_stops_the_run_and_says_what_moved(
    way: Approved, name: str, made: dict[str, Any], when: str
) -> None:
    life = way.life()
    before = _evidence(way, life)
    probe = way.life()
    probe.do(c.Receive(made, probe.state.key, "closed_won"))
    if _evidence(way, probe) == before:
        pytest.skip("says the same in other words: another spelling, or blank before and after")
    if when == "before":
        events = life.do(c.Receive(made, life.state.key, "closed_won"))
        assert "provision_access" not in life.released()
    else:
        events = run_with(way, life, made)
    if way is FINDING and not any(each.case == way.case for each in life.state.findings):
        return  # what held it is gone, so nothing about it has to be approved
    ended = once(kinds_of(events, e.ApprovalEnded))
    assert ended.how == "stale"
    fact = name.rpartition(",")[0]
    assert any(fact in each or "was matched" in each for each in ended.words)
    assert_refused(way, life, events, "stale")


def _evidence(way: Approved, life: Life) -> Any:
    review = life.state.reviews[next(iter(life.state.approvals.values())).decision.review]
    return bind(review, life.state, look(life.state, life.world), life.world).digest()


def uncited_records(way: Approved) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every scalar field of the record that the approval does not cite, changed on its own."""
    places = {(each.system, each.field) for each in cited(way)}
    base = record(way.made, as_of=LATER)
    for system, value in base.items():
        if not isinstance(value, dict) or (system, "") in places:
            continue
        for field, inner in value.items():
            if (system, field) not in places and isinstance(inner, (str, int, float)):
                made = deepcopy(base)
                made[system][field] = other(inner)
                yield f"{system}.{field}", made


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_fact_that_nobody_cited_lets_the_run_go_and_the_log_names_it(way: Approved) -> None:
    through = 0
    for place, made in uncited_records(way):
        life = way.life()
        before = _evidence(way, life)
        events = run_with(way, life, made)
        if _evidence(way, life) != before or life.state.verdict == "not triggered" or _new_holds(way, life):
            assert not kinds_of(events, e.RunStarted), (
                place
            )  # read in another way by what was cited after all
            continue
        assert once(kinds_of(events, e.RunStarted)).changed == (place,), place
        through += 1
    assert through >= 10


def _new_holds(way: Approved, life: Life) -> bool:
    return any(way.kind in each.holds and each.case != way.case for each in life.state.findings)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_a_later_record_that_says_the_same_lets_the_run_go(way: Approved) -> None:
    life = way.life()
    started = once(kinds_of(run_with(way, life, record(way.made, as_of=LATER)), e.RunStarted))
    assert started.changed == ()


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_the_same_value_from_another_system_is_looked_at_again(way: Approved) -> None:
    """The value a person saw came from a certain place; the same words elsewhere are another claim."""
    life = way.life()
    review = life.state.reviews[next(iter(life.state.approvals.values())).decision.review]
    approval = next(iter(life.state.approvals.values()))
    from holdshort.core.onboarding.lease import moved

    now = bind(review, life.state, look(life.state, life.world), life.world)
    for seen in now.evidence:
        if seen.state != "known" or not seen.field:
            continue
        elsewhere = tuple(
            replace(each, system="billing", field="x") if each is seen else each for each in now.evidence
        )
        words = moved(approval.decision, review, replace(now, evidence=elsewhere))
        assert words
        assert seen.name in words[0]


# --- the register and the catalogue ---


@pytest.mark.parametrize("column", [each.key for each in COLUMNS if each.key not in ("case", "id")])
def test_a_row_that_reads_otherwise_makes_its_approvals_stale(column: str) -> None:
    life = FINDING.life()
    row = life.program.row(FINDING.case)
    assert row is not None
    texts = {**row.texts, column: f"{row.texts.get(column, '')} and more"}
    life.program = changed_row(life.program, FINDING.case, texts=texts)
    events = life.do(c.Pin())
    assert "the row CO-EDGE-005 of the register reads differently now" in words_of(events)
    assert_refused(FINDING, life, events, "stale")


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_another_version_of_the_register_with_the_same_row_lets_the_run_go(way: Approved) -> None:
    life = way.life()
    row = life.program.row("CO-EDGE-001")
    assert row is not None
    life.program = changed_row(life.program, "CO-EDGE-001", texts={**row.texts, "scenario": "in other words"})
    events = life.do(c.Pin())
    assert not kinds_of(events, e.ApprovalEnded)
    assert once(kinds_of(run_with(way, life), e.RunStarted))


@pytest.mark.parametrize("way", [ACTION, MESSAGE], ids=lambda way: way.name)
def test_a_catalogue_that_names_somebody_else_makes_approvals_of_its_kinds_stale(way: Approved) -> None:
    life = way.life()
    catalogue = deepcopy(life.program.playbook.catalogue)
    kind = catalogue.kinds[way.kind]
    catalogue.kinds[way.kind] = replace(kind, action_class=replace(kind.action_class, owner="legal"))
    life.program = program_of(replace(life.program.playbook, catalogue=catalogue), version=2)
    events = life.do(c.Pin())
    assert_refused(way, life, events, "the catalogue of actions reads differently now")
    assert life.own_review(way.kind).owner == "legal"


def test_a_higher_tier_makes_an_approval_stale() -> None:
    life = FINDING.life()
    life.program = changed_row(life.program, FINDING.case, tier="hold")
    assert_refused(FINDING, life, life.do(c.Pin()), "the tier was high and is hold now")


# --- the target ---


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
def test_another_setting_of_the_target_is_another_target(way: Approved) -> None:
    settings = starter().settings
    for name, target in settings.targets.items():
        for option, value in target.options.items():
            life = way.life()
            moved = replace(target, options={**target.options, option: other(value)})
            life.program = changed_settings(life.program, 2, targets={**settings.targets, name: moved})
            events = life.do(c.Pin())
            assert_refused(way, life, events, f"you approved {way.kind.replace('_', ' ')} to")
            assert f"it would go to {life.program.target_of(way.kind)} now" in words_of(events)


# --- who, how long, what else ---


def _changes() -> dict[str, tuple[Callable[[Life, Approved], list[e.Event]], str]]:
    def role(life: Life, way: Approved) -> list[e.Event]:
        life.has_roles(way.by, "support")
        return run_with(way, life)

    def gone(life: Life, way: Approved) -> list[e.Event]:
        life.leaves(way.by)
        return run_with(way, life)

    def expired(life: Life, way: Approved) -> list[e.Event]:
        life.now += timedelta(hours=73)
        return run_with(way, life)

    def recalled(life: Life, way: Approved) -> list[e.Event]:
        return life.do(c.Recall(1, way.by, "I was wrong"))

    def hold(life: Life, way: Approved) -> list[e.Event]:
        return life.do(c.RaiseHold("support", "something is off"))

    def lane(life: Life, way: Approved) -> list[e.Event]:
        return run_with(way, life, record(way.made, as_of=LATER, handoff__lane="strategic_account"))

    return {
        "the role of who approved": (role, "does not decide as"),
        "who approved has left": (gone, "does not decide as"),
        "time": (expired, "expired"),
        "its recall": (recalled, "I was wrong"),
        "a hold by a person": (hold, "held by PERSON-1"),
        "the lane": (lane, "you approved onboarding lane"),
    }


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.name)
@pytest.mark.parametrize("change", list(_changes()))
def test_whatever_else_the_approval_rests_on_changes_stops_the_run_in_words(
    way: Approved, change: str
) -> None:
    life = way.life()
    how, said = _changes()[change]
    assert_refused(way, life, how(life, way), said)


def test_a_new_finding_that_holds_the_action_stops_the_run() -> None:
    life = Life(only("CO-EDGE-134", "CO-EDGE-005"))
    life.receive()
    life.request("provision_access", **PAYLOAD)
    life.decide_(life.own_review("provision_access"), "J1", "systems_admin")
    events = life.start("provision_access", record=record(as_of=LATER, order_form__sso=True))
    assert not kinds_of(events, e.RunStarted)
    assert "held by CO-EDGE-005" in words_of(events)


def test_a_check_that_fails_only_now_stops_the_run() -> None:
    """The exception was written down for what was lacking then, not for what is lacking now."""
    life = Life(only("CO-EDGE-014"))
    life.receive("strategic-gaps")
    life.approve("CO-EDGE-014", "revops", "cs_leader")
    events = life.receive("strategic-gaps", as_of=LATER, contract=None)
    assert "create_kickoff_tasks" not in life.released()
    assert "contract" in words_of(events)


def test_what_was_stored_otherwise_than_it_was_approved_does_not_run() -> None:
    """Somebody who can write to the database is not somebody who can approve."""
    life = FINDING.life()
    action = life.action(FINDING.kind)
    forged = replace(action, payload={**action.payload, "to": "thief@evil.example"})
    life.state = life.state.changed(actions={**life.state.actions, action.no: forged})
    events = life.start(FINDING.kind)
    assert not kinds_of(events, e.RunStarted)
    assert "its stored content is not what was approved" in words_of(events)
