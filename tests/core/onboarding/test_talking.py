"""Comments with mentions, and what a packet did not show: people talk about an onboarding, and no verdict moves."""

from __future__ import annotations

import pytest

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.people import Directory
from holdshort.core.onboarding.talking import LONGEST, mentioned
from tests.core.onboarding.life import Life, everybody, once, only

CASE = "CO-EDGE-001"


@pytest.fixture
def life() -> Life:
    life = Life(only(CASE))
    life.receive("missing-success-criteria")
    return life


def test_a_comment_says_who_wrote_it_on_what_and_whom_it_asks_to_look(life: Life) -> None:
    review = life.review(CASE).no
    event = once(life.do(c.Comment("support", " @revops and @nobody-here, see the call of Monday. ", review)))
    assert event == e.CommentAdded(
        1, review, "support", ("revops",), "@revops and @nobody-here, see the call of Monday."
    )
    assert once(life.do(c.Comment("csm", "And so it is."))).comment == 2


def test_a_comment_moves_no_verdict_no_review_and_no_action(life: Life) -> None:
    life.request("create_kickoff_tasks")
    before = life.state
    life.do(c.Comment("revops", "approved from my side, please go on", life.review(CASE).no))
    life.do(
        c.ReportGap(life.review(CASE).no, "revops", "the criteria are in the proposal, not in the packet")
    )
    after = life.state
    assert after.changed(seq=before.seq, comments=before.comments) == before


def test_a_reviewer_who_had_to_look_elsewhere_has_it_counted_against_the_row(life: Life) -> None:
    event = once(life.do(c.ReportGap(life.review(CASE).no, "csm", "who the admin is: in the call recording")))
    assert (type(event), event.case, event.by) == (e.GapReported, CASE, "csm")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (c.Comment("revops", "  "), "FLOW-090"),
        (c.Comment("revops", "x" * (LONGEST + 1)), "FLOW-091"),
        (c.Comment("stranger", "hello"), "FLOW-009"),
        (c.Comment("revops", "hello", 99), "FLOW-007"),
        (c.ReportGap(99, "revops", "hello"), "FLOW-007"),
        (c.ReportGap(1, "revops", ""), "FLOW-090"),
        (c.ReportGap(1, "stranger", "hello"), "FLOW-009"),
    ],
)
def test_what_says_nothing_or_comes_from_nobody_is_refused(life: Life, command: c.Command, code: str) -> None:
    with pytest.raises(c.Refused) as refused:
        life.do(command)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("@csm, look", ("csm",)),
        ("(@csm) and @legal. @csm again", ("csm", "legal")),
        ("mail csm@legal.example", ()),
        ("@CSM @csmx @", ()),
        ("@csm_2.", ("csm_2",)),
    ],
)
def test_a_mention_is_an_at_sign_before_the_name_of_somebody_who_works_here(text: str, found: tuple) -> None:
    assert mentioned(text, Directory(everybody())) == found
