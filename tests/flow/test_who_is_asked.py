"""Who is asked follows from what stands now, never from a reason that is gone."""

from __future__ import annotations

import pytest

from holdshort.core.onboarding import commands as c
from tests.flow.town import FACTS, NOON, Town, record

PAYLOAD = {"to": "ann@acme.example", "text": "hi"}


def decided(town: Town, number: int, review: int, code: str, by: str) -> None:
    command = c.Decide(review, code, by, stepped_up=True, reason="looked", exception="ok", owner="revops")  # type: ignore[arg-type]
    town.act(number, command, by)


def waiting(town: Town, number: int) -> dict[str, int]:
    """Open reviews about one action, by who is asked."""
    return {each.owner: each.no for each in town.flow.state(number).open_reviews() if each.about == "action"}


def with_an_accepted_route() -> tuple[Town, int]:
    """A hold-tier row stops the billing write; its owner has accepted the route, so the write asks for itself."""
    town = Town()
    proposed = ({"kind": "write_billing", "payload": PAYLOAD},)
    unsure = {**FACTS, "AI confidence": 0.4}
    number = town.intake(record(1, unsure, NOON, proposed)).number
    assert number is not None
    row = next(each.no for each in town.flow.state(number).open_reviews() if each.about == "finding")
    decided(town, number, row, "J1", "tom")
    assert set(waiting(town, number)) == {"csm"}
    return town, number


def the_reason_goes(town: Town, number: int) -> None:
    town.clock.jump(hours=1)
    town.intake(record(1, FACTS, town.clock.now()))


@pytest.mark.keeps("S4")
def test_whoever_was_asked_for_an_accepted_route_is_not_asked_any_more_once_its_row_is_clear() -> None:
    town, number = with_an_accepted_route()
    the_reason_goes(town, number)
    assert set(waiting(town, number)) == {"finance_ops"}
    with pytest.raises(c.Refused) as refused:
        decided(town, number, waiting(town, number)["finance_ops"], "J9", "tom")
    assert refused.value.code == "FLOW-010"
    town.sweep()
    assert not [each for each in town.outside.effects if each.kind == "write_billing"]


@pytest.mark.keeps("S4")
def test_what_they_agreed_to_before_does_not_release_it_either() -> None:
    town, number = with_an_accepted_route()
    decided(town, number, waiting(town, number)["csm"], "J9", "tom")
    assert town.flow.state(number).actions[1].run == "released"
    the_reason_goes(town, number)
    assert town.flow.state(number).actions[1].run == ""
    decided(town, number, waiting(town, number)["finance_ops"], "J9", "fin")
    town.sweep()
    assert [each.kind for each in town.outside.effects if each.kind == "write_billing"] == ["write_billing"]


@pytest.mark.keeps("S4")
def test_whom_a_closed_review_had_been_passed_on_to_has_no_say_in_the_next_one() -> None:
    town = Town()
    number = town.intake(record(1, FACTS, NOON, ({"kind": "write_billing", "payload": PAYLOAD},))).number
    assert number is not None
    route = c.Decide(
        waiting(town, number)["finance_ops"], "J2", "fin", stepped_up=True, reason="theirs", owner="cs_leader"
    )
    town.act(number, route, "fin")
    assert set(waiting(town, number)) == {"cs_leader"}, "in this review"
    town.act(number, c.Close("rae", "by mistake"), "rae")
    town.clock.jump(hours=1)
    town.intake(record(1, {**FACTS, "stage": "open"}, town.clock.now()))
    town.act(number, c.Reopen("rae", "it goes on"), "rae")
    town.clock.jump(hours=1)
    town.intake(record(1, FACTS, town.clock.now()))
    (review,) = [each for each in town.flow.state(number).open_reviews() if each.about == "action"]
    assert (review.owner, review.roles(0)) == ("finance_ops", ("finance_ops",))
