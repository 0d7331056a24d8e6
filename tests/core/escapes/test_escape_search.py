"""The escape search finds every planted hole, shows it on a minimal record, and raises no false alarm."""

import os
import random

import pytest

from holdshort.core.actions import read_catalogue
from holdshort.core.escapes.authority import ask_for_authority
from holdshort.core.escapes.search import EscapeSearch
from holdshort.core.escapes.shrink import places, shrink, without
from holdshort.core.escapes.statements import STATEMENTS, UNKNOWN_KIND
from holdshort.core.screening import Screener
from tests.core.escapes.village import (
    _ACTIONS,
    CLEAN,
    NOW,
    ROW_STATEMENTS,
    ROWS,
    STRICT,
    breaks,
    dangers,
    holes,
    search,
    village,
)

HOLES = list(holes())
STEPS = 1_000_000 if os.environ.get("HOLDSHORT_TORTURE") else 4_000
BY_CODE = {each.code: each for each in STATEMENTS}


def screened(loaded, record):
    return Screener(loaded.playbook).screen(record, 1, NOW)


@pytest.fixture(scope="module")
def sound():
    return village()


@pytest.mark.shows("O13", "O14", "L2.1", "L5.9")
def test_a_sound_register_has_no_escape_and_says_what_was_looked_at(sound):
    report = search(sound)
    assert report.found == ()
    assert all(each.complete for each in report.covered)
    said = report.to_json()["certificate"]
    assert said["register"] == sound.playbook.register.digest
    assert {each["statement"] for each in said["covered"]} == {each.code for each in ROW_STATEMENTS}
    assert {"contract plan", "CRM plan", "order form SSO"} <= {
        name for each in said["covered"] for name in each["names"]
    }
    assert said["records"] == sum(each["records"] for each in said["covered"]) > 100
    assert "no escape found" in said["words"]
    assert any(each["not_said"] for each in said["covered"])  # this glossary has no word for regulated data


def test_there_are_at_least_fifty_holes():
    assert len({name for name, _, _ in HOLES}) == len(HOLES) >= 50


@pytest.mark.shows("O13", "O14", "O15")
@pytest.mark.parametrize(("name", "rows", "codes"), HOLES, ids=[name for name, _, _ in HOLES])
def test_every_planted_hole_is_found_on_a_minimal_record(name, rows, codes):
    loaded = village(rows)
    report = search(loaded, [BY_CODE[code] for code in codes], first_only=True)
    assert report.escapes, f"not found: {name}"
    for escape in report.escapes:
        kinds = set(escape.kinds)
        broken = {
            kind
            for code, kind in breaks(escape.record, screened(loaded, escape.record))
            if code == escape.statement
        }
        assert kinds <= broken, "it is no escape seen from outside"
        for place in places(escape.record):
            less = without(escape.record, place)
            still = {kind for code, kind in breaks(less, screened(loaded, less)) if code == escape.statement}
            assert not kinds <= still, f"{place} is not needed"


@pytest.mark.shows("O12", "O13", "L4.5")
@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("write_billing: {class: billing}", "write_billing: {class: billing, live: released}", "SAFE-13"),
        ("change_plan: {class: billing}", "change_plan: {class: billing, live: released}", "SAFE-13"),
        (
            "provision_access: {class: provisioning}",
            "provision_access: {class: provisioning, live: released}",
            "SAFE-13",
        ),
        (
            "grant_admin: {class: provisioning}",
            "grant_admin: {class: provisioning, live: released}",
            "SAFE-13",
        ),
        ("person first: customer message", "live: released", "SAFE-10"),
        ("person first: timeline}", "live: released}", "SAFE-10"),
        ("person first: timeline change", "live: released", "SAFE-10"),
        ("person first: activation message", "live: released", "SAFE-10"),
        ("prefixes: {draft_: internal}", "prefixes: {wire_: internal}", "SAFE-12"),
    ],
)
def test_a_weakened_catalogue_is_found(old, new, code):
    assert old in STRICT
    whole, weak = village(actions=STRICT), village(actions=STRICT.replace(old, new, 1))
    always = [each for each in STATEMENTS if each.always]
    assert search(whole, always).found == ()
    found = search(weak, always).escapes
    assert {each.statement for each in found} == {code}
    (escape,) = found
    answer = screened(weak, escape.record)
    assert answer.actions[escape.kinds[0]].state == "released"
    for place in places(escape.record):
        less = screened(weak, without(escape.record, place))
        assert (
            less.verdict == "not triggered"
            or less.actions.get(escape.kinds[0]) is None
            or less.actions[escape.kinds[0]].state != "released"
        )


def test_what_only_the_catalogue_stops_is_shown_apart():
    rows = tuple(each for each in ROWS if each.case != "V-01")
    loaded = village(rows, STRICT)
    plain, bare = (search(loaded, [BY_CODE["SAFE-01"]], bare=each) for each in (False, True))
    assert plain.found == ()
    assert plain.covered[0].never_alone == plain.covered[0].kinds == 4
    assert bare.escapes == ()
    assert {each.grade for each in bare.bare} == {"bare"}


def test_where_the_budget_ends_first_the_certificate_says_so(sound):
    report = search(sound, [BY_CODE["SAFE-01"]], budget=6)
    assert not report.covered[0].complete
    assert "the budget ended first" in report.certificate()


@pytest.mark.shows("J1", "J4", "J9")
def test_no_role_without_authority_approves(sound):
    records = {
        "plan": {**CLEAN, "crm": {**CLEAN["crm"], "plan": "Enterprise"}},
        "gap": {**CLEAN, "handoff": {**CLEAN["handoff"], "outcome": ""}},
    }
    asked = ask_for_authority(Screener(sound.playbook), records, NOW)
    assert asked.accepted == ()
    assert asked.reviews >= 1
    assert asked.refusals >= 15 * asked.reviews


@pytest.mark.shows("O13")
def test_a_random_walk_finds_nothing_that_the_search_says_is_not_there(sound):
    screener = Screener(sound.playbook)
    endangered = 0
    for record in walk(STEPS):
        broken = breaks(record, screener.screen(record, 1, NOW))
        assert broken == set(), record
        endangered += any(True for _ in dangers(record))
    assert endangered > STEPS / 10


def test_a_random_walk_over_registers_with_holes_finds_none_that_the_search_did_not():
    chosen = random.Random(3).sample(HOLES, 4)
    for name, rows, codes in chosen:
        loaded = village(rows)
        screener = Screener(loaded.playbook)
        walked = {pair for record in walk(400) for pair in breaks(record, screener.screen(record, 1, NOW))}
        found = {
            (each.statement, kind)
            for each in search(loaded, [BY_CODE[code] for code in codes]).escapes
            for kind in each.kinds
        }
        assert {pair for pair in walked if pair[0] in codes} <= found, name


def walk(steps):
    """Records, each a step from the last: a field set to another value, blanked, taken away or put back."""
    dice = random.Random(11)
    values = {
        "plan": ["Pro", "Enterprise", "", None, "Gold"], "entity": ["Old Mill Ltd", "Other GmbH", ""], "terms": ["Net 30", "Net 60", "?"],
        "start": ["2026-04-01", "2026-05-01", "soon"], "seats": [80, 81, "many"], "status": ["signed", "sent", None], "sso": [True, False, ""],
        "migration": [True, False], "dpa_required": [True, False], "dpa_signed": [True, False, None], "success_criteria": ["90%", "", "TBD"],
        "outcome": ["less", None], "timeline": ["7 weeks", ""], "lane": ["guided", "self-serve", "?"], "segment": ["smb", "enterprise"],
        "security_review": ["approved", "open", None], "arr": [60000, 200000], "type": ["message", None], "confidence": [0.3, 0.8, 0.95],
        "conflict": [True, False], "stage": ["won", "open"],
    }  # fmt: skip
    systems = {name: list(CLEAN[name]) for name in ("crm", "contract", "order_form", "billing", "handoff")}
    systems["handoff"].append("security_review")
    systems["ai_output"] = ["type", "confidence", "conflict"]
    record = CLEAN
    for _ in range(steps):
        if dice.random() < 0.08:
            record = CLEAN
        system = dice.choice([*systems, "inbox"])
        if system == "inbox":
            record = {
                **record,
                "inbox": dice.choice(
                    [[], [{"sender": "a@b.example", "text": "We cancel the contract."}], [{"text": "Hello"}]]
                ),
            }
        elif dice.random() < 0.04:
            record = {key: value for key, value in record.items() if key != system}
        elif dice.random() < 0.04:
            record = {**record, system: None}
        else:
            field = dice.choice(systems[system])
            inner = dict(record.get(system) or {})
            if dice.random() < 0.1:
                inner.pop(field, None)
            elif field in values:
                inner[field] = dice.choice(values[field])
            record = {**record, system: inner}
        yield record


# --- the parts ---


def test_shrinking_leaves_only_what_is_needed_and_never_changes_what_is_left():
    record = {"a": {"b": 1, "c": [1, {"d": 2}, 3]}, "e": {"f": None}}
    small = shrink(
        record,
        lambda each: any(isinstance(x, dict) and x.get("d") == 2 for x in each.get("a", {}).get("c", ())),
    )
    assert small == {"a": {"c": [{"d": 2}]}}
    assert record == {"a": {"b": 1, "c": [1, {"d": 2}, 3]}, "e": {"f": None}}


def test_the_unknown_kind_is_really_unknown():
    import yaml

    catalogue, _ = read_catalogue(yaml.safe_load(_ACTIONS), "actions.yaml")
    assert catalogue.find(UNKNOWN_KIND) is None


def test_without_records_the_search_still_says_what_it_did(sound):
    report = EscapeSearch(sound.playbook, sound.clauses, {}, NOW).run()
    assert report.records == 0
    assert report.bases == ()
