"""What lint says of rows that can be read: over one playbook in memory, one row at a time."""

import pytest

from holdshort.core.actions import read_catalogue
from holdshort.core.clause_parser import ClauseParser
from holdshort.core.clean_path import read_clean_path
from holdshort.core.diagnostics import in_order
from holdshort.core.glossary_reading import GlossaryReader
from holdshort.core.lint.all_checks import lint
from holdshort.core.lint.assistance import PERMITTED
from holdshort.core.lint.people import AUTHORITY
from holdshort.core.playbook import Playbook, read_settings
from holdshort.core.register import RegisterReader
from holdshort.core.rules.vocabulary import Vocabulary
from holdshort.core.table import make_table

SETTINGS = {
    "lane": "guided",
    "pause_owner": "revops",
    "thresholds": {"ai_confidence": 0.8},
    "roles": {
        role: ["Someone <someone@vendor.example>"]
        for role in (
            "revops",
            "csm",
            "cs_leader",
            "finance_ops",
            "legal",
            "security",
            "deal_desk",
            "systems_admin",
        )
    },
}
GLOSSARY = {
    "systems": {"contract": {"from": "contract"}},
    "names": {
        "account ID": {"from": "crm.account_id", "type": "text"},
        "lane": {"from": "handoff.lane", "type": "choice", "values": ["guided", "migration"]},
        "segment": {"from": "crm.segment", "type": "choice", "values": ["smb", "enterprise"]},
        "ARR": {"from": "crm.arr", "type": "number"},
        "success criteria": {"from": "handoff.success_criteria", "type": "text"},
        "contract plan": {"from": "contract.plan", "type": "choice", "values": ["Enterprise", "Pro"]},
        "AI confidence": {"from": "ai_output.confidence", "type": "confidence", "expected": False},
        "usage": {"from": "warehouse.usage", "type": "number", "expected": False},
        "tasks": {
            "type": "list", "from": "tasks", "item": "task", "expected": False, "named by": "status",
            "fields": {"status": {"type": "choice", "values": ["open", "done"]}},
        },
    },
    "definitions": {"deal is small": "ARR is below 10", "open work": "any task is open"},
}  # fmt: skip
CLEAN_PATH = {
    "triggers": [{"kind": "won", "when": "ARR is present"}],
    "lanes": ["guided", "migration"],
    "segments": ["smb", "enterprise"],
    "lane from": "lane",
    "segment from": "segment",
    "account from": "account ID",
}
ACTIONS = {
    "classes": {
        "project": {"group": "project writes", "system write": True, "draft-first": "released"},
        "customer-facing": {"customer facing": True, "draft-first": "person"},
        "billing": {"system write": True, "draft-first": "person"},
        "provisioning": {"system write": True, "draft-first": "person"},
        "internal": {"draft-first": "released", "live": "released", "shadow": "released"},
    },
    "actions": {
        "create_kickoff_tasks": {"class": "project"},
        "close_milestone": {"class": "project"},
        "send_customer_message": {"class": "customer-facing"},
        "write_billing": {"class": "billing"},
        "provision_access": {"class": "provisioning"},
        "create_finance_task": {"class": "internal"},
    },
}
ROW = {
    "id": "ROW-001",
    "scenario": "Nobody wrote down what the customer will call a success",
    "work_area": "closed-won handoff",
    "trigger": "success criteria is missing",
    "tier": "medium",
    "evidence": "contract",
    "ai": "summarise missing fields",
    "review": "RevOps confirms before create kickoff tasks",
    "owner": "RevOps",
    "escalation": "CS leader",
    "action": "hold create kickoff tasks and close milestone",
    "test": "given no-criteria, create kickoff tasks is held",
    "sources": "OPP-1001",
}


def found(*rows, settings=SETTINGS, records=("no-criteria",)):
    """All that lint says about rows that each differ from a good one."""
    read, faults = read_settings(settings, "playbook.toml")
    words = GlossaryReader("glossary.yaml")
    glossary = words.read(GLOSSARY, settings["thresholds"])
    path, path_faults = read_clean_path(CLEAN_PATH, "clean-path.yaml", glossary)
    catalogue, catalogue_faults = read_catalogue(ACTIONS, "actions.yaml")
    assert [*faults, *words.faults, *path_faults, *catalogue_faults] == []
    clauses = ClauseParser(Vocabulary(glossary), catalogue)
    reader = RegisterReader(clauses, path.lanes, path.segments)
    texts = [{**ROW, "id": f"ROW-{place:03d}", **row} for place, row in enumerate(rows, start=1)]
    table = make_table(texts, file="register.csv")
    register = reader.read(table)
    playbook = Playbook(read, glossary, path, catalogue, register)
    return lint(playbook, table, records=records, faults=reader.faults, clauses=clauses)


def codes(*rows, **changed):
    """Codes and columns of what is said of the rows; what is left unused is another test's matter."""
    unused = {"LINT-051", "LINT-052", "LINT-053", "LINT-054"}
    return {(each.code, each.where.column) for each in found(*rows, **changed)} - {
        (each.code, each.where.column) for each in found(*rows, **changed) if each.code in unused
    }


def severity(code, *rows, **changed):
    return {each.severity for each in found(*rows, **changed) if each.code == code}


def test_a_row_that_says_everything_is_left_in_peace():
    assert codes({}) == set()


# --- triggers ---


@pytest.mark.parametrize(
    ("trigger", "words"),
    [
        ("success criteria is missing and success criteria is present", "success criteria is present"),
        ("ARR is above 10 and deal is small", "deal is small"),
        ("contract is not attached and contract plan is Pro", "contract plan is Pro"),
        ("success criteria is missing and ARR is between 9 and 3", "ARR is between 9 and 3"),
        (
            "any task whose status is open and status is done",
            "any task whose status is open and status is done",
        ),
        ("ARR is present and never", "never"),
        ("success criteria is present unless success criteria is present", None),
    ],
)
def test_a_trigger_that_can_never_be_matched_is_shown_with_what_excludes_what(trigger, words):
    said = [each for each in found({"trigger": trigger}) if each.code == "LINT-010"]
    assert len(said) == 1
    start, end = said[0].span
    assert said[0].text[start:end] == (words or trigger)
    assert said[0].severity == "warning"


def test_a_trigger_whose_contradiction_hangs_on_a_threshold_is_found():
    assert ("LINT-010", "Trigger") in codes(
        {"trigger": "AI confidence is at least the AI confidence threshold and AI confidence is below 0.5"}
    )


def test_one_dead_alternative_is_told_from_a_dead_trigger():
    trigger = "success criteria is missing or (ARR is above 5 and ARR is below 4)"
    said = [each for each in found({"trigger": trigger}) if each.code.startswith("LINT-01")]
    assert [each.code for each in said] == ["LINT-011"]
    start, end = said[0].span
    assert said[0].text[start:end] == "ARR is above 5 and ARR is below 4"


@pytest.mark.parametrize("trigger", ["always", "not never", "ARR is missing or ARR is present"])
def test_a_trigger_that_every_record_matches_is_found(trigger):
    assert ("LINT-012", "Trigger") in codes({"trigger": trigger})


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"tier": "high"}, "LINT-013"),
        ({"owner": "CSM"}, "LINT-013"),
        ({"trigger": "(Success criteria is  blank)"}, "LINT-014"),
        ({}, "LINT-014"),
    ],
)
def test_two_rows_with_one_trigger_are_told_apart_or_made_one(other, code):
    said = [each for each in found({}, other) if each.code in ("LINT-013", "LINT-014")]
    assert [(each.code, each.where.case) for each in said] == [(code, "ROW-002")]


def test_rows_for_different_lanes_may_have_the_same_trigger():
    assert codes({"lane": "guided"}, {"lane": "migration", "tier": "high"}) == set()


def test_a_row_that_only_repeats_a_stricter_one_is_noted():
    narrow = {"trigger": "success criteria is missing and ARR is above 5"}
    assert ("LINT-015", "Trigger") in codes({}, narrow)
    assert ("LINT-015", "Trigger") not in codes({}, {**narrow, "owner": "CSM"})
    assert ("LINT-015", "Trigger") not in codes(
        {}, {**narrow, "action": "hold create kickoff tasks and write billing"}
    )
    assert ("LINT-015", "Trigger") not in codes({}, {**narrow, "tier": "high"})
    assert ("LINT-015", "Trigger") not in codes(
        {"lane": "migration"}, narrow, {"lane": "guided", "trigger": "ARR is 1"}
    )


def test_a_number_that_the_playbook_names_is_noted_in_trigger_and_checks():
    assert ("LINT-016", "Trigger") in codes({"trigger": "AI confidence is below 0.7"})
    assert ("LINT-016", "Deterministic checks") in codes({"checks": "AI confidence is at least 0.7"})
    assert codes({"trigger": "AI confidence is below the AI confidence threshold"}) == set()


def test_checks_that_prove_nothing_or_can_never_hold():
    assert ("LINT-017", "Deterministic checks") in codes({"checks": "success criteria is missing"})
    assert ("LINT-018", "Deterministic checks") in codes(
        {"checks": "ARR is present; ARR is above 5 and ARR is below 4"}
    )
    assert codes({"checks": "success criteria is present"}) == set()


# --- people ---


@pytest.mark.shows("L6.1", "L5.4")
@pytest.mark.parametrize("area", sorted(AUTHORITY))
def test_only_roles_with_authority_decide_a_specialists_row(area):
    row = {
        "work_area": area,
        "escalation": "RevOps" if area != "billing" else "CS leader",
        "owner": "CSM",
        "action": "hold write billing, provision access, create kickoff tasks and close milestone",
    }
    expert = sorted(AUTHORITY[area] & set(SETTINGS["roles"]))[0].replace("_", " ")
    expert = {"revops": "RevOps", "finance ops": "finance"}.get(expert, expert)
    before = "before create kickoff tasks"
    assert ("LINT-026", "Human review rule") in codes({**row, "review": f"CSM approves {before}"})
    assert ("LINT-026", "Human review rule") in codes({**row, "review": f"CSM or {expert} approves {before}"})
    assert ("LINT-026", "Human review rule") in codes(
        {**row, "review": "none", "test": "given no-criteria, the case is matched"}
    )
    for enough in (
        f"{expert} approves",
        f"CSM and {expert} both approve",
        f"first CSM, then {expert} approves",
    ):
        assert ("LINT-026", "Human review rule") not in codes({**row, "review": f"{enough} {before}"})


def test_a_billing_row_that_stops_no_billing_write_needs_no_authority_over_billing():
    assert codes({"work_area": "billing", "review": "CSM confirms before create kickoff tasks"}) == set()


@pytest.mark.shows("O10")
@pytest.mark.parametrize(
    ("tier", "level"), [("low", "warning"), ("medium", "error"), ("high", "error"), ("hold", "error")]
)
def test_an_owner_that_nobody_fills_is_an_error_from_medium_up(tier, level):
    assert severity("LINT-020", {"tier": tier, "owner": "support"}) == {level}


def test_requester_and_nobody_need_no_people():
    assert (
        codes({"tier": "low", "owner": "requester", "review": "requester confirms", "escalation": "none"})
        == set()
    )


def test_a_review_that_one_of_two_roles_can_finish_needs_only_one_of_them():
    rule = "RevOps or support approves before create kickoff tasks"
    assert codes({"review": rule}) == set()
    assert ("LINT-025", "Human review rule") in codes(
        {"review": rule.replace(" or ", " and ").replace("approves", "both approve")}
    )
    assert ("LINT-025", "Human review rule") in codes(
        {"review": "first RevOps, then support approves before create kickoff tasks"}
    )


def test_somebody_may_pause_everything():
    assert ("LINT-058", "pause_owner") in codes({}, settings={**SETTINGS, "pause_owner": ""})
    assert ("LINT-058", "pause_owner") in codes({}, settings={**SETTINGS, "pause_owner": "support"})


# --- AI ---

USES = {
    "H1": "classify the lane",
    "H2": "extract dates",
    "H3": "summarise gaps",
    "H4": "suggest reviewer",
    "H5": "draft internal questions",
    "H7": "prepare packet",
    "H8": "cluster decided cases",
}


@pytest.mark.shows("F1", "F2", "F3", "F4", "H1", "H2", "H3", "H4", "H5", "H7", "H8", "O9")
@pytest.mark.parametrize("tier", sorted(PERMITTED))
@pytest.mark.parametrize("use", sorted(USES))
def test_ai_may_do_what_the_tier_permits_and_nothing_else(tier, use):
    said = ("LINT-060", "AI assistance allowed") in codes({"tier": tier, "ai": USES[use]})
    assert said == (use not in PERMITTED[tier])


@pytest.mark.shows("H6", "L4.11")
def test_ai_drafts_a_customer_message_only_where_the_row_keeps_it_waiting():
    draft = {"ai": "draft customer message about the plan", "escalation": "CS leader"}
    wait = {"action": "hold create kickoff tasks, close milestone and send customer message"}
    for tier in ("low", "medium", "high"):
        assert severity("LINT-060", {**draft, "tier": tier}) == {"error"}
        assert severity("LINT-060", {**draft, **wait, "tier": tier}) == set()
    assert severity("LINT-060", {**draft, **wait, "tier": "hold"}) == {"error"}


@pytest.mark.shows("G1")
@pytest.mark.parametrize(
    "use",
    [
        "extract whether the contract is attached",
        "summarise if ARR is high enough",
        "classify the deal and check contract plan against the order",
        "extract whether there is open work",
    ],
)
def test_what_a_rule_decides_is_not_asked_of_ai(use):
    assert ("LINT-061", "AI assistance allowed") in codes({"ai": use})


@pytest.mark.parametrize(
    "use", ["extract criteria from the notes", "summarise what the contract says", "extract dates"]
)
def test_finding_words_in_texts_is_ais_work(use):
    assert codes({"ai": use}) == set()


# --- tests ---


@pytest.mark.shows("B15", "O15")
def test_a_row_without_a_test_that_can_be_run_is_an_error():
    assert severity("LINT-030", {"test": ""}) == {"error"}
    assert severity("LINT-030", {"test": "none"}) == {"error"}
    assert severity("LINT-031", {"test": "given no-critera, the case is matched"}) == {"error"}
    assert severity("LINT-031", {"test": "given no-critera, the case is matched"}, records=None) == set()


def test_a_test_that_would_pass_without_the_row_is_noted():
    for test in (
        "given no-criteria, create kickoff tasks is released",
        "given no-criteria, write billing needs review",
        "given no-criteria, the case is clear",
    ):
        assert ("LINT-032", "Acceptance test") in codes({"test": test})
    assert (
        codes(
            {"test": "given no-criteria, write billing needs review\ngiven no-criteria, the case is matched"}
        )
        == set()
    )


def test_a_hold_row_holds_every_write_and_message_without_naming_them():
    row = {"tier": "hold", "action": "hold create kickoff tasks and close milestone", "ai": "prepare packet"}
    assert codes({**row, "test": "given no-criteria, write billing is held"}) == set()
    assert ("LINT-033", "Acceptance test") in codes({"test": "given no-criteria, write billing is held"})


# --- words ---


@pytest.mark.parametrize(
    "scenario",
    [
        "Bad handoff",
        "data issue",
        "Misc",
        "other problems with the deal",
        "TBD",
        "CRM sync error again",
        "x y z",
    ],
)
def test_a_label_is_no_scenario(scenario):
    assert ("LINT-040", "Scenario") in codes({"scenario": scenario})


@pytest.mark.parametrize(
    "scenario",
    [
        "Contract and CRM name different plans",
        "A billing error makes the import stop before the last row is read, so seats are missing",
    ],
)
def test_a_sentence_that_names_what_fails_is_one(scenario):
    assert codes({"scenario": scenario}) == set()


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("ROW-0\u0441", "\u0441"),
        ("ROW\u200b-1", "\u200b"),
        ("ROW/1", "/"),
        ("ROW 1", " "),
        ("ROW-\u0661", "\u0661"),
    ],
)
def test_letters_that_only_look_alike_do_not_belong_in_an_id(text, at):
    said = [each for each in found({"id": text}) if each.code == "LINT-002"]
    assert len(said) == 1
    start, end = said[0].span
    assert said[0].text[start:end] == at


@pytest.mark.parametrize(
    ("one", "other"), [("ROW-7", "ROW-007"), ("CO-EDGE-14", "CO_EDGE_14"), ("row-1a", "ROW-01A")]
)
def test_ids_that_people_take_for_each_other_are_found(one, other):
    said = [
        each for each in found({"id": one}, {"id": other, "trigger": "ARR is 1"}) if each.code == "LINT-001"
    ]
    assert [each.where.case for each in said] == [other]


@pytest.mark.parametrize(
    ("one", "other"), [("ROW-10", "ROW-1"), ("ROW-100", "ROW-010"), ("ROW-11", "ROW-1-1")]
)
def test_ids_that_differ_in_their_numbers_are_not(one, other):
    assert codes({"id": one}, {"id": other, "trigger": "ARR is 1"}) == set()


def test_a_text_that_a_spreadsheet_would_run_is_found_and_a_list_is_not():
    assert ("LINT-003", "Sources") in codes({"sources": '=HYPERLINK("http://x")'})
    assert ("LINT-003", "Sources") in codes({"sources": "+cmd|' /C calc'!A0"})
    assert codes({"sources": "- OPP-1001\n- OPP-1002"}) == set()
    assert codes({"sources": "+49 30 1234 called about OPP-7"}) == set()


# --- the rest of the playbook ---


@pytest.mark.shows("O13")
def test_an_action_that_runs_by_itself_and_that_no_row_holds_is_named_once():
    said = [each for each in found({"action": "hold create kickoff tasks"}) if each.code == "LINT-070"]
    assert [each.where.file for each in said] == ["actions.yaml"]
    assert "`close milestone`" in said[0].message
    assert "create kickoff tasks" not in said[0].message


def test_a_row_that_no_source_lets_run_is_named_with_what_it_lacks():
    said = [each for each in found({"trigger": "usage is above 5 and open work"}) if each.code == "LINT-050"]
    assert len(said) == 1
    assert "`usage`, `tasks`" in said[0].message
    assert codes({"trigger": "usage is above 5 or success criteria is missing"}) == set()
    assert codes({"trigger": "AI confidence is below the AI confidence threshold"}) == set()


def test_a_lane_or_segment_without_a_row_is_named():
    assert ("LINT-057", "lanes") in codes({"lane": "guided"})
    assert ("LINT-057", "segments") in codes({"segment": "smb"})
    assert ("LINT-055", "lane") in codes({}, settings={**SETTINGS, "lane": "giuded"})


def test_what_is_left_unused_is_said_in_one_line_a_kind():
    said = [each for each in found({}) if each.code in ("LINT-051", "LINT-053", "LINT-054")]
    assert sorted(each.code for each in said) == ["LINT-051", "LINT-053", "LINT-054"]
    assert {each.severity for each in said} == {"note"}


def test_a_fault_of_one_column_does_not_keep_the_others_from_being_judged():
    row = {
        "trigger": "sucess criteria is missing",
        "owner": "support",
        "sources": "",
        "tier": "urgent",
        "ai": "do magic; extract whether ARR is high",
    }
    said = codes(row)
    assert {("LINT-041", "Sources"), ("LINT-061", "AI assistance allowed")} <= said
    assert not any(code.startswith("LINT-01") for code, _ in said)
    assert ("LINT-020", "First owner") not in said, "how bad that is hangs on the tier, which cannot be read"


def test_everything_comes_sorted_with_a_mend():
    said = found(
        {"sources": ""}, {"scenario": "Misc", "trigger": "never"}, {"tier": "high", "ai": "classify it"}
    )
    assert said == in_order(said)
    assert all(each.mend and each.message and each.where.file for each in said)
