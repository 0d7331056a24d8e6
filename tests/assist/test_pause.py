"""The pause rule, and that AI only ever adds caution."""

import json
import math
import os
import random
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from holdshort.core.calibration import Label, coverage_at, reliability, wilson_lower
from holdshort.core.documents import Concern, Document, Fact, Snapshot
from holdshort.core.pausing import why_paused
from holdshort.core.screening import Screener
from holdshort.core.suggestions import (
    Citation,
    Confidence,
    Extracted,
    Suggestion,
    Withheld,
    from_json,
    read_confidence,
)
from holdshort.service.load_playbook import load_playbook

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
STARTER = Path(__file__).resolve().parents[2] / "src" / "holdshort" / "starter"
PAIRS = 10_000 if os.environ.get("HOLDSHORT_TORTURE") else 150
LIMIT = Decimal("0.8")
NOTE = Document("notes.N1", "The Pro plan is agreed.")
OTHER = Document("notes.N2", "The Enterprise plan is agreed.")
HELD = Snapshot(
    "A", facts=(Fact("contract", "plan", "Enterprise"),), documents=(NOTE, OTHER), plans=("Pro", "Enterprise")
)
CONCERN = Concern("CO-1", "s", "high", "matched", "csm", "revops", ("why",))


def citation(document=NOTE):
    return Citation(document.id, document.sha256, 0, len(document.text), document.text)


def said(capability="H2", **more):
    stated = more.pop("stated", Decimal("0.95"))
    return Suggestion(
        capability, ("x",), confidence=Confidence(stated), **({"citations": (citation(),)} | more)
    )


def codes(suggestion, snapshot=HELD, measured=()):
    return [each.partition(":")[0] for each in why_paused(suggestion, snapshot, LIMIT, dict(measured))]


def proved(field="H2", source="all", kept=240, count=250):
    return reliability([Label(field, source, at < kept) for at in range(count)])


@pytest.mark.shows("L7.1")
def test_no_citation_or_one_that_does_not_stand_there_pauses():
    assert "L7.1" in codes(said(citations=()))
    assert "L7.1" in codes(said(citations=(replace(citation(), quote="The Max plan is agreed."),)))
    assert "L7.1" not in codes(said())


@pytest.mark.shows("L7.2")
def test_sources_in_conflict_pause():
    fields = (Extracted("plan", "Pro", citation()), Extracted("plan", "Enterprise", citation(OTHER)))
    assert "L7.2" in codes(said(fields=fields))
    assert "L7.2" in codes(said(), replace(HELD, concerns=(replace(CONCERN, conflicting=True),)))


@pytest.mark.shows("L7.3")
@pytest.mark.parametrize(
    "raw", [None, "1.0", float("nan"), math.inf, 1e309, -0.1, 1.1, True, [], {"value": 1}, Decimal("NaN")]
)
def test_what_is_no_confidence_counts_as_none(raw):
    assert read_confidence(raw) == Confidence()
    assert "L7.3" in codes(said(stated=read_confidence(raw).stated), measured=proved())


@pytest.mark.shows("L7.3", "M9")
@pytest.mark.keeps("S19")
def test_stated_confidence_alone_never_lifts_the_pause():
    assert "L7.3" in codes(said(stated=Decimal(1)))  # nobody has measured it
    assert "L7.3" not in codes(said(stated=Decimal(1)), measured=proved())
    assert "L7.3" in codes(said(stated=Decimal("0.79")), measured=proved())
    assert "L7.3" in codes(said(stated=Decimal(1)), measured=proved(count=199, kept=199))


@pytest.mark.shows("L7.4")
def test_a_plan_that_the_contract_does_not_have_pauses():
    assert "L7.4" in codes(said(fields=(Extracted("plan", "Pro", citation()),)))
    assert "L7.4" not in codes(said(fields=(Extracted("plan", "Enterprise", citation(OTHER)),)))


@pytest.mark.shows("L7.5")
def test_a_doubtful_person_date_or_commitment_pauses():
    assert "L7.5" in codes(said(fields=(Extracted("date", "July 1", citation(), "unsure"),)))
    assert "L7.5" in codes(said(withheld=(Withheld("hedge", "we deliver"),)))


@pytest.mark.shows("L7.6")
def test_a_customer_message_on_missing_evidence_pauses():
    gaps = replace(HELD, concerns=(replace(CONCERN, gaps=("success criteria",)),))
    assert "L7.6" in codes(said("H6"), gaps)
    assert "L7.6" not in codes(said("H3"), gaps)


@pytest.mark.keeps("S17")
def test_a_higher_confidence_takes_no_reason_of_a_rule_away():
    fields = (Extracted("plan", "Pro", citation(), "unsure"),)
    low, high = (
        codes(said("H6", fields=fields, citations=(), stated=Decimal(each))) for each in ("0.1", "1")
    )
    assert [each for each in low if each != "L7.3"] == [each for each in high if each != "L7.3"]


# --- calibration ---


@pytest.mark.keeps("S19")
def test_below_two_hundred_outcomes_nothing_is_calibrated():
    few = reliability([Label("date", "notes", True)] * 199)[("date", "notes")]
    enough = reliability([Label("date", "notes", True)] * 200)[("date", "notes")]
    assert not few.is_calibrated
    assert few.words.startswith("not calibrated")
    assert enough.is_calibrated
    assert coverage_at([Label("date", "notes", True, Decimal("0.9"))] * 199, 0.05) == (0.0, None)


@pytest.mark.keeps("S19")
def test_the_wilson_bound_is_the_textbook_one():
    """Published values, 95 %: 0 of 10 gives 0; 10 of 10 gives 0.7225; 81 of 263 gives 0.2553."""
    assert wilson_lower(0, 10) == 0
    assert wilson_lower(10, 10) == pytest.approx(0.7225, abs=1e-4)
    assert wilson_lower(81, 263) == pytest.approx(0.2553, abs=1e-4)
    with pytest.raises(ValueError, match="between"):
        wilson_lower(3, 2)


@pytest.mark.keeps("S19")
def test_overconfidence_shows_as_calibration_error_and_coverage_is_what_the_bound_proves():
    labels = [Label("plan", "notes", at % 4 == 0, Decimal("0.95")) for at in range(400)]
    found = reliability(labels)[("plan", "notes")]
    assert found.calibration_error == pytest.approx(0.7)
    assert found.overridden == 0.75
    assert coverage_at(labels, 0.1) == (0.0, None)
    good = [Label("plan", "notes", True, Decimal("0.9"))] * 300 + [
        Label("plan", "notes", False, Decimal("0.4"))
    ] * 100
    assert coverage_at(good, 0.05) == (0.75, Decimal("0.9"))


def test_a_suggestion_survives_its_way_through_the_log():
    made = said(
        fields=(Extracted("plan", "Pro", citation(), "unsure"),),
        withheld=(Withheld("hedge", "a", "b"), Withheld("negation", "c")),
    )
    assert from_json(json.loads(json.dumps(made.to_json()))) == made


# --- with and without AI ---


def _ai(draw, confidence):
    made = {
        "type": draw.choice(
            ("handoff_summary", "customer_message", "action_proposal", "field_extraction", 7)
        ),
        "confidence": confidence,
        "claims": [
            {
                "text": draw.choice(("Pro plan", "SSO is included", "")),
                "citations": draw.choice(([], ["notes.N1"])),
            }
        ],
        "fields": draw.choice(
            (
                {},
                {
                    "success_criteria": "all done",
                    "business_outcome": "yes",
                    "promised_timeline": "soon",
                    "plan": "Enterprise",
                },
            )
        ),
        "actions": ["send_customer_message"],
        "sources_conflict": draw.choice((True, False, None)),
    }
    return {key: made[key] for key in draw.sample(sorted(made), draw.randint(1, len(made)))} | {
        "confidence": confidence
    }


def _bare(draw, base):
    record = {
        **base,
        "handoff": dict(base["handoff"]),
        "crm": dict(base["crm"]),
        "contract": dict(base["contract"]),
    }
    for system, field in draw.sample(
        [("handoff", "success_criteria"), ("handoff", "business_outcome"), ("handoff", "promised_timeline"), ("crm", "plan"), ("contract", "plan"), ("crm", "segment")], 2
    ):  # fmt: skip
        record[system][field] = draw.choice((None, "TBD", "Pro", "Enterprise", "better adoption"))
    return record


def _held(answer):
    return {
        (kind, case) for kind, each in answer.actions.items() if each.state == "held" for case in each.cases
    }


@pytest.mark.shows("L7.3", "G11")
@pytest.mark.keeps("S17")
def test_with_ai_nothing_is_free_that_was_held_without():
    """Pairs of one record with and without AI output, and with low and high confidence."""
    draw = random.Random(11)
    screener = Screener(load_playbook(STARTER).playbook)
    base = json.loads((STARTER / "records" / "clean-mid-market.json").read_text("utf-8"))
    base.pop("ai_output", None)
    odd = (None, "1.0", float("nan"), 1e309, -1, 2, True, "high", [], {})
    for at in range(PAIRS):
        record = _bare(draw, base)
        without = screener.screen(record, 0, NOW)
        low, high = sorted((draw.random(), draw.random()))
        ai = _ai(draw, draw.choice(odd) if at % 3 == 0 else low)
        answer = screener.screen({**record, "ai_output": ai}, 0, NOW)
        assert _held(answer) >= _held(without), (record, ai)
        assert {each.case for each in answer.findings} >= {each.case for each in without.findings}
        if at % 3:
            raised = screener.screen({**record, "ai_output": ai | {"confidence": high}}, 0, NOW)
            assert _held(raised) >= _held(without)
        else:
            lowest = screener.screen({**record, "ai_output": ai | {"confidence": 0}}, 0, NOW)
            assert _held(answer) == _held(lowest), ai
