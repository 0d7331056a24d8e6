"""One place says whether an action may run, and always says why."""

from __future__ import annotations

import pytest

from holdshort.core.actions import Catalogue, read_catalogue
from holdshort.core.answers import Finding
from holdshort.core.gate import clear_to_run

CATALOGUE = {
    "classes": {
        "project": {
            "group": "project writes",
            "system write": True,
            "draft-first": "released",
            "live": "released",
            "shadow": "person",
        },
        "customer": {
            "customer facing": True,
            "draft-first": "person",
            "live": "released",
            "shadow": "person",
        },
        "internal": {"draft-first": "released", "live": "released", "shadow": "released"},
    },
    "actions": {
        "create_project": {"class": "project"},
        "send_message": {"class": "customer", "person first": "timeline change"},
        "send_reminder": {"class": "customer", "draft-first": "released"},
        "schedule_kickoff": {"class": "customer"},
        "log_audit": {"class": "internal"},
        "escalate": {"class": "internal", "waits for a row": True},
    },
    "prefixes": {"draft_": "internal"},
}


@pytest.fixture
def catalogue() -> Catalogue:
    found, faults = read_catalogue(CATALOGUE, "actions.yaml")
    assert not faults
    return found


def finding(*holds: str, asks: tuple[str, ...] = ()) -> Finding:
    return Finding("CO-EDGE-900", "matched", "medium", "revops", ("because",), holds, (), asks)


@pytest.mark.shows("P3")
@pytest.mark.shows("G12")
def test_a_finding_stops_the_actions_it_names_and_no_others(catalogue: Catalogue) -> None:
    stopped = [finding("create_project")]
    verdict = clear_to_run("create_project", stopped, catalogue, "live")
    assert (verdict.state, verdict.cases) == ("held", ("CO-EDGE-900",))
    assert clear_to_run("send_reminder", stopped, catalogue, "live").state == "released"


def test_an_unknown_kind_is_held(catalogue: Catalogue) -> None:
    verdict = clear_to_run("erase_everything", [], catalogue, "live")
    assert verdict.state == "held"
    assert "not in the action catalogue" in verdict.why


@pytest.mark.parametrize("kind", ["draft_plan", "draft_anything_new"])
def test_a_known_prefix_makes_a_kind_known(kind: str, catalogue: Catalogue) -> None:
    assert clear_to_run(kind, [], catalogue, "draft-first").state == "released"


def test_a_bare_prefix_is_no_kind(catalogue: Catalogue) -> None:
    assert clear_to_run("draft_", [], catalogue, "live").state == "held"


@pytest.mark.shows("O12")
def test_draft_first_wants_a_person_for_what_leaves_the_house(catalogue: Catalogue) -> None:
    assert clear_to_run("schedule_kickoff", [], catalogue, "draft-first").state == "needs review"
    assert clear_to_run("schedule_kickoff", [], catalogue, "live").state == "released"


@pytest.mark.shows("L4.1")
def test_a_low_risk_reminder_is_automatic_even_in_draft_first(catalogue: Catalogue) -> None:
    assert clear_to_run("send_reminder", [], catalogue, "draft-first").state == "released"


@pytest.mark.shows("L4.5")
def test_a_person_first_message_needs_one_in_every_mode(catalogue: Catalogue) -> None:
    for mode in ("shadow", "draft-first", "live"):
        assert clear_to_run("send_message", [], catalogue, mode).state == "needs review"  # type: ignore[arg-type]


def test_what_waits_for_a_row_is_not_due_until_one_asks(catalogue: Catalogue) -> None:
    assert clear_to_run("escalate", [], catalogue, "live").state == "not due"
    assert clear_to_run("escalate", [finding(asks=("escalate",))], catalogue, "live").state == "released"


@pytest.mark.shows("P1")
def test_nothing_leaves_before_an_onboarding_begins(catalogue: Catalogue) -> None:
    assert clear_to_run("create_project", [], catalogue, "live", triggered=False).state == "not due"
    assert clear_to_run("log_audit", [], catalogue, "live", triggered=False).state == "released"


def test_only_the_word_released_releases() -> None:
    """A slip of the pen, or a mode that nobody thought of, asks for a person."""
    data = {"classes": {"c": {"draft-first": "relesed"}}, "actions": {"a": {"class": "c"}}}
    found, _ = read_catalogue(data, "actions.yaml")
    assert clear_to_run("a", [], found, "draft-first").state == "needs review"
    assert clear_to_run("a", [], found, "live").state == "needs review"
