"""A register with a fault of every kind: each is reported at its cell, none hides another, and mending all is enough."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from holdshort.cli.commands.lint import command
from holdshort.core.columns import COLUMNS
from holdshort.core.lint.assistance import PERMITTED
from holdshort.core.lint.people import AUTHORITY
from holdshort.core.lint.suppose import STEPS_IN_ALL, Supposer
from holdshort.core.roles import TITLES
from holdshort.core.table import make_table
from holdshort.importers.register_files import write_register
from holdshort.service.lint import lint_playbook
from holdshort.service.load_playbook import load_playbook

PLAYBOOK = """
name = "Planted"
lane = "guided"
mode = "draft-first"
pause_owner = "revops"
[thresholds]
ai_confidence = 0.8
[calendar]
zone = "Europe/Berlin"
[roles]
revops = ["Rae <rae@vendor.example>"]
csm = ["Tom <tom@vendor.example>"]
cs_leader = ["Omar <omar@vendor.example>"]
finance_ops = ["Dora <dora@vendor.example>"]
legal = []
"""
CLEAN_PATH = """
triggers:
  - {kind: closed_won, title: Closed-won opportunity, when: deal stage is closed won}
lanes: {guided: [], migration: []}
segments: {smb: [], enterprise: []}
lane from: onboarding lane
segment from: segment
account from: account ID
deal from: opportunity ID
account name from: account ID
systems of record: [CRM, contract repository]
"""
GLOSSARY = """
placeholders: [N/A, TBD, "-"]
systems:
  contract: {from: contract, code: contract repository}
names:
  opportunity ID: {from: crm.opportunity_id, type: text}
  account ID: {from: crm.account_id, type: text}
  deal stage: {from: crm.stage, type: choice, values: [closed won, open]}
  segment: {from: crm.segment, type: choice, values: [smb, enterprise]}
  onboarding lane: {from: handoff.lane, type: choice, values: [guided, migration]}
  ARR: {from: crm.arr, type: number}
  close date: {from: crm.close_date, type: date}
  contract plan: {from: contract.plan, type: choice, values: [Enterprise, Pro]}
  success criteria: {from: handoff.success_criteria, type: text}
  AI confidence: {from: ai_output.confidence, type: confidence, expected: no}
  warehouse flag: {from: warehouse.flag, type: yes/no, expected: no}
"""
ACTIONS = """
classes:
  project: {group: project writes, system write: yes, draft-first: released, live: released, shadow: person}
  customer-facing: {group: every customer-facing action, customer facing: yes, draft-first: person, live: released, shadow: person}
  billing: {group: billing writes, system write: yes, draft-first: person, live: person, shadow: person}
  internal: {draft-first: released, live: released, shadow: released}
actions:
  create_kickoff_tasks: {class: project}
  send_customer_message: {class: customer-facing}
  write_billing: {class: billing}
  create_needs_info_task: {class: internal}
prefixes: {notify_: internal}
"""
# Rows that say everything the playbook knows, so that nothing is left unused.
ALWAYS_THERE = [
    {
        "id": "ROW-001",
        "trigger": "AI confidence is below the AI confidence threshold or warehouse flag is yes or close date is in the past",
        "checks": "contract is attached; contract plan is Pro; success criteria is present",
    }
]
GOOD = {
    "scenario": "The deal is won and nobody wrote down what success means",
    "lane": "any",
    "work_area": "closed-won handoff",
    "segment": "any",
    "tier": "medium",
    "evidence": "contract; success criteria",
    "checks": "success criteria is present",
    "ai": "summarise missing fields",
    "review": "RevOps confirms before create kickoff tasks",
    "owner": "RevOps",
    "escalation": "CS leader",
    "action": "hold create kickoff tasks; notify sales owner",
    "audit": "trigger; AI suggestion; reviewer decision; edits; timestamp",
    "test": "given no-criteria, create kickoff tasks is held until success criteria is present",
    "sources": "OPP-1001",
}
HIGH = {"tier": "high"}
BILLING = {"work_area": "billing", "action": "hold create kickoff tasks and write billing", "owner": "CSM"}

# What each row says otherwise than a good one, and what has to be found: column, code, the words underlined.
# `WHOLE` underlines the whole cell, None nothing, because nothing is there.
WHOLE = object()
PLANTED = [
    # --- words that cannot be read ---
    ({"trigger": "success critera is missing"}, [("trigger", "RULE-012", "success critera")]),
    ({"trigger": 'close date mentions "soon"'}, [("trigger", "RULE-016", "mentions")]),
    ({"trigger": 'success criteria mentions "soon'}, [("trigger", "RULE-002", '"soon')]),
    ({"trigger": "(ARR is at least 3 and contract plan is Pro"}, [("trigger", "RULE-006", "(")]),
    ({"trigger": "close date is before 2026-02-30"}, [("trigger", "RULE-003", "2026-02-30")]),
    ({"trigger": "ARR is at least 7 maybe"}, [("trigger", "RULE-010", "maybe")]),
    ({"trigger": "contract plan is Gold"}, [("trigger", "RULE-012", "Gold")]),
    ({"trigger": "ARR is at least 8 § now"}, [("trigger", "RULE-001", "§")]),
    ({"trigger": "ARR is more than lots"}, [("trigger", "RULE-028", "lots")]),
    ({"trigger": ""}, [("trigger", "REG-006", None)]),
    ({"id": ""}, [("id", "REG-001", None)]),
    ({"id": "ROW-001"}, [("id", "REG-002", WHOLE)]),
    ({"lane": "guided, migraton"}, [("lane", "LANE-001", "migraton")]),
    ({"segment": "tiny"}, [("segment", "LANE-001", "tiny")]),
    ({"tier": "urgent"}, [("tier", "REG-003", WHOLE)]),
    ({"tier": ""}, [("tier", "REG-003", None)]),
    ({"evidence": "contract; sucess criteria"}, [("evidence", "RULE-012", "sucess criteria")]),
    (
        {"checks": "contract is atached; succes criteria is present"},
        [("checks", "RULE-015", "atached"), ("checks", "RULE-012", "succes criteria")],
    ),
    ({"ai": "summarise missing fields; negotiate the price"}, [("ai", "AI-001", "negotiate the price")]),
    ({"review": "RevOpps confirms"}, [("review", "RULE-012", "RevOpps")]),
    ({"review": "RevOps before create kickoff tasks"}, [("review", "REV-001", "before")]),
    ({"review": "3 of RevOps, CSM approve"}, [("review", "REV-002", "3 of RevOps, CSM")]),
    ({"review": "RevOps approves before launch rockets"}, [("review", "RULE-012", "launch rockets")]),
    ({"owner": "RevOpps"}, [("owner", "RULE-012", "RevOpps")]),
    ({"escalation": "the boss"}, [("escalation", "RULE-012", "boss")]),
    (
        {"action": "hold create kickoff tasks; hold lunch"},
        [("action", "RULE-012", "lunch")],
    ),
    ({"action": ""}, [("action", "REG-004", None)]),
    (
        {"audit": "trigger; AI suggestion; reviewer decision; edits; timestamp; mood"},
        [("audit", "REG-007", "mood")],
    ),
    ({"test": "create kickoff tasks is held"}, [("test", "TEST-001", "create")]),
    ({"test": "given no-criteria, create kickoff tasks"}, [("test", "TEST-004", "s")]),
    ({"test": "given no-criteria create kickoff tasks is held"}, [("test", "TEST-002", "d")]),
    ({"test": "given no-criteria, the case is sad"}, [("test", "TEST-003", "sad")]),
    # --- words that can be read and say something doubtful ---
    ({"test": "given no-critera, the case is matched"}, [("test", "LINT-031", "no-critera")]),
    ({"test": ""}, [("test", "LINT-030", None)]),
    (
        {"test": "given no-criteria, write billing is held"},
        [("test", "LINT-033", "write billing")],
    ),
    (
        {"test": "given no-criteria, the case is matched until finance approves an exception"},
        [("test", "LINT-034", WHOLE)],
    ),
    ({"test": "given no-criteria, the case is clear"}, [("test", "LINT-032", WHOLE)]),
    ({"id": "ROW-O1O1".replace("O1", "\u041e1")}, [("id", "LINT-002", "\u041e")]),
    ({"id": "ROW-0001"}, [("id", "LINT-001", WHOLE)]),
    ({"scenario": "Bad handoff"}, [("scenario", "LINT-040", WHOLE)]),
    ({"scenario": "Criteria are missing"}, [("scenario", "LINT-040", WHOLE)]),
    ({"scenario": "=SUM(A1:A3) of all deals that were won"}, [("scenario", "LINT-003", WHOLE)]),
    ({"scenario": "The deal is won\u202e and nobody wrote it down"}, [("scenario", "LINT-003", "\u202e")]),
    ({"work_area": "biling"}, [("work_area", "LINT-043", "biling")]),
    ({"sources": ""}, [("sources", "LINT-041", None)]),
    ({"sources": "made up"}, [("sources", "LINT-042", "made up")]),
    (
        {"trigger": "success criteria is missing and success criteria is present"},
        [("trigger", "LINT-010", "success criteria is present")],
    ),
    ({"trigger": "never"}, [("trigger", "LINT-010", "never")]),
    (
        {"trigger": "ARR is exactly 3 or ARR is above 5 and ARR is below 4"},
        [("trigger", "LINT-011", "ARR is above 5 and ARR is below 4")],
    ),
    (
        {"trigger": "success criteria is missing or success criteria is present"},
        [("trigger", "LINT-012", WHOLE)],
    ),
    (
        {"trigger": "ARR is exactly 100", "tier": "low"},
        [],
    ),
    ({"trigger": "ARR is exactly 100"}, [("trigger", "LINT-013", WHOLE)]),
    (
        {"trigger": "AI confidence is below 0.7 and ARR is exactly 9"},
        [("trigger", "LINT-016", "0.7")],
    ),
    ({"trigger": "warehouse flag is no"}, [("trigger", "LINT-050", WHOLE)]),
    ({"checks": "ARR is above 5 and ARR is below 4"}, [("checks", "LINT-018", WHOLE)]),
    ({"owner": "support"}, [("owner", "LINT-020", WHOLE)]),
    ({"escalation": "legal"}, [("escalation", "LINT-021", WHOLE)]),
    ({"escalation": "RevOps"}, [("escalation", "LINT-024", WHOLE)]),
    ({"owner": "none"}, [("owner", "LINT-022", WHOLE)]),
    ({**HIGH, "escalation": "none"}, [("escalation", "LINT-023", WHOLE)]),
    (
        {"review": "RevOps and legal both approve before create kickoff tasks"},
        [("review", "LINT-025", WHOLE)],
    ),
    ({**BILLING, "review": "CSM decides before write billing"}, [("review", "LINT-026", WHOLE)]),
    ({"review": "requester confirms before create kickoff tasks"}, [("review", "LINT-027", WHOLE)]),
    ({"review": "none"}, [("review", "LINT-028", WHOLE)]),
    (
        {"action": "hold create kickoff tasks; create needs-info task for legal"},
        [("action", "LINT-029", WHOLE)],
    ),
    ({**HIGH, "ai": "classify the lane"}, [("ai", "LINT-060", "classify the lane")]),
    ({"ai": "draft customer message about it"}, [("ai", "LINT-060", "draft customer message about it")]),
    (
        {"ai": "extract whether the contract is attached"},
        [("ai", "LINT-061", "whether the contract")],
    ),
    (
        {**HIGH, "action": "none", "review": "RevOps confirms", "test": "given no-criteria, the case is matched"},
        [("action", "LINT-071", WHOLE)],
    ),
    ({**HIGH, "evidence": "none"}, [("evidence", "LINT-072", WHOLE)]),
    ({"audit": "trigger; edits"}, [("audit", "LINT-074", WHOLE)]),
    # --- several in one row: none hides another ---
    (
        {
            "scenario": "Misc",
            "lane": "nowhere",
            "trigger": "sucess criteria is missing",
            "evidence": "kontract",
            "ai": "classify whether ARR is high; do my job",
            "owner": "support",
            "escalation": "nobody in particular",
            "test": "given elsewhere, the case is matched",
            "sources": "",
        },
        [
            ("scenario", "LINT-040", WHOLE),
            ("lane", "LANE-001", "nowhere"),
            ("trigger", "RULE-012", "sucess criteria"),
            ("evidence", "RULE-012", "kontract"),
            ("ai", "LINT-061", "whether ARR"),
            ("ai", "AI-001", "do my job"),
            ("owner", "LINT-020", WHOLE),
            ("escalation", "RULE-010", "in particular"),
            ("test", "LINT-031", "elsewhere"),
            ("sources", "LINT-041", None),
        ],
    ),
]  # fmt: skip


def rows(planted):
    """The rows of the register: each says what a good row says, with a trigger of its own."""
    made = [{**GOOD, **texts} for texts in ALWAYS_THERE]
    for number, (texts, _) in enumerate(planted, start=2):
        own = {
            "id": f"ROW-{number:03d}",
            "trigger": f"deal stage is closed won and ARR is exactly {number + 1000}",
        }
        made.append({**GOOD, **own, **texts})
    return made


@pytest.fixture
def folder(tmp_path):
    for name, text in (
        ("playbook.toml", PLAYBOOK),
        ("clean-path.yaml", CLEAN_PATH),
        ("glossary.yaml", GLOSSARY),
        ("actions.yaml", ACTIONS),
    ):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "no-criteria.json").write_text("{}", "utf-8")
    return tmp_path


def lint_rows(folder, texts, name="register.xlsx"):
    write_register(folder / name, make_table(texts))
    return list(lint_playbook(folder).diagnostics)


def cell_of(number, key):
    """The cell of a column in the row with this place among the rows, from 1; the header is row 1."""
    letters = "ABCDEFGHIJKLMNOPQ"
    return f"{letters[[column.key for column in COLUMNS].index(key)]}{number + 1}"


def title_of(key):
    return next(column.title for column in COLUMNS if column.key == key)


def wanted_of(planted, texts):
    for place, ((_, faults), row) in enumerate(zip(planted, texts[1:], strict=True), start=2):
        for key, code, words in faults:
            shown = None if words is None else row[key].strip() if words is WHOLE else words
            yield cell_of(place, key), row["id"], title_of(key), code, shown


def found_of(diagnostics):
    for each in diagnostics:
        shown = None if each.span is None else each.text[each.span[0] : each.span[1]]
        yield each.where.cell, each.where.case, each.where.column, each.code, shown


@pytest.mark.shows("B1", "B2", "B5", "B15", "F3", "H0", "G12", "O7", "O9", "O10")
def test_every_planted_fault_is_reported_at_its_cell_in_one_run(folder):
    texts = rows(PLANTED)
    found = lint_rows(folder, texts)
    at_cells = [each for each in found if each.where.cell]

    assert sorted(found_of(at_cells), key=str) == sorted(wanted_of(PLANTED, texts), key=str)
    assert len({each.code for each in at_cells}) >= 45
    for each in found:
        assert each.mend, each
        assert each.message[0] in "`" or not each.message[0].isupper() or each.message.startswith("AI"), each
        assert not each.message.endswith("."), each
        assert each.where.file, each
        if each.where.cell:
            assert each.where.file.endswith("register.xlsx")
            assert each.where.sheet


def test_faults_come_in_the_order_of_the_cells(folder):
    found = [each for each in lint_rows(folder, rows(PLANTED)) if each.where.cell]
    places = [(int(each.where.cell[1:]), each.where.cell[0]) for each in found]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "planted", PLANTED, ids=lambda each: ",".join(code for _, code, _ in each[1]) or "none"
)
def test_a_fault_alone_is_reported_as_among_many(folder, planted):
    """What is found in one row does not hang on the other rows, except where it is about two rows."""
    alone = [planted]
    if any(code == "LINT-013" for _, code, _ in planted[1]):
        alone = [({"trigger": "ARR is exactly 100", "tier": "low"}, []), planted]
    texts = rows(alone)
    found = [each for each in lint_rows(folder, texts) if each.where.cell]
    assert sorted(found_of(found), key=str) == sorted(wanted_of(alone, texts), key=str)


def test_mending_all_of_them_leaves_nothing(folder):
    texts = rows([({}, []) for _ in PLANTED])
    assert lint_rows(folder, texts) == []


def test_faults_of_the_other_files_do_not_hide_those_of_the_register(folder):
    (folder / "playbook.toml").write_text(
        PLAYBOOK.replace('lane = "guided"', 'lane = "giuded"')
        .replace('"revops"', '"support"')
        .replace("[thresholds]", "[thresholds]\nhigh_arr = 5"),
        "utf-8",
    )
    (folder / "glossary.yaml").write_text(
        GLOSSARY.replace("code: contract repository", "code: contract repo")
        + "  renewal date: {from: billing.renewal, type: date}\n"
        + "word lists: {hedge words: [maybe]}\ndefinitions: {small deal: ARR is below 10}\n",
        "utf-8",
    )
    (folder / "clean-path.yaml").write_text(
        CLEAN_PATH.replace("segments: {", "segments: {tiny: [], "), "utf-8"
    )
    texts = [{**row, "segment": "smb, enterprise"} for row in rows([({"sources": ""}, [])])]
    texts = [{**row, "review": row["review"].replace(" before create kickoff tasks", "")} for row in texts]
    texts = [
        {**row, "action": "hold write billing", "test": "given no-criteria, the case is matched"}
        for row in texts
    ]
    found = lint_rows(folder, texts)
    beside = {(each.where.file, each.where.column, each.code) for each in found if not each.where.cell}
    assert beside == {
        ("playbook.toml", "lane", "LINT-055"),
        ("playbook.toml", "pause_owner", "LINT-058"),
        ("playbook.toml", "thresholds", "LINT-054"),
        ("clean-path.yaml", "segments", "LINT-057"),
        ("actions.yaml", "actions", "LINT-070"),
        ("glossary.yaml", "systems > contract", "LINT-056"),
        ("glossary.yaml", "names", "LINT-051"),
        ("glossary.yaml", "word lists", "LINT-052"),
        ("glossary.yaml", "definitions", "LINT-053"),
    }
    assert "LINT-041" in {each.code for each in found}


@pytest.mark.parametrize("name", ["register.yaml", "register.csv", "register.md"])
def test_text_registers_report_the_same_faults_by_line(folder, name):
    planted = [each for each in PLANTED if "\u202e" not in str(each) and "id" not in each[0]]
    texts = rows(planted)
    found = [each for each in lint_rows(folder, texts, name) if each.where.file.endswith(name)]
    wanted = [(case, column, code) for _, case, column, code, _ in wanted_of(planted, texts)]
    got = [(each.where.case, each.where.column, each.code) for each in found if each.where.column]
    assert sorted(got) == sorted(wanted)
    assert all(each.where.line for each in found)


# --- on the command line ---


def run(folder, *options):
    return CliRunner().invoke(command, [str(folder), *options])


def test_the_command_says_no_where_there_are_errors_and_yes_where_there_are_only_doubts(folder):
    lint_rows(folder, rows([({"tier": "urgent"}, [])]))
    assert run(folder).exit_code == 1
    lint_rows(folder, rows([({"sources": ""}, [])]))
    assert run(folder).exit_code == 0
    assert "LINT-041" not in run(folder, "--errors-only").output
    assert "1 warning" in run(folder).output
    lint_rows(folder, rows([({}, [])]))
    assert run(folder).output == "2 rows, 2 active: nothing to mend\n"


def test_what_many_rows_share_is_shown_once_in_full_with_all_its_places(folder):
    lint_rows(folder, rows([({"sources": "made up"}, [])] * 8))
    short, full = run(folder).output, run(folder, "--all").output
    assert short.count("LINT-042") == 1
    assert full.count("LINT-042") == 8
    assert all(f"ROW-{number:03d}" in short for number in range(2, 10))


def test_json_gives_one_object_a_finding_with_its_place(folder):
    lint_rows(folder, rows([({"tier": "urgent", "sources": ""}, [])]))
    found = [json.loads(line) for line in run(folder, "--json").output.splitlines()]
    assert [(each["code"], each["cell"], each["case"], each["severity"]) for each in found] == [
        ("REG-003", "G3", "ROW-002", "error"),
        ("LINT-041", "Q3", "ROW-002", "warning"),
    ]
    assert all(each["mend"] and each["message"] for each in found)


def test_every_code_of_lint_is_explained_in_the_reference():
    root = Path(__file__).resolve().parents[2]
    sources = "".join(path.read_text("utf-8") for path in (root / "src/holdshort/core/lint").glob("*.py"))
    page = (root / "docs/reference/lint.md").read_text("utf-8")
    assert set(re.findall(r"LINT-\d{3}", sources)) == set(re.findall(r"LINT-\d{3}", page))
    for tier, uses in PERMITTED.items():
        assert f"| {tier} | {' '.join(sorted(uses))} |" in page, tier
    for area, roles in AUTHORITY.items():
        titles = ", ".join(TITLES[role] for role in TITLES if role in roles)
        assert f"| {area} | {titles} |" in page, area


@pytest.mark.parametrize("rows_wanted", [200])
def test_two_hundred_rows_are_judged_within_the_budget_of_the_search(folder, rows_wanted):
    """Counted in steps, not seconds, so that a busy machine does not fail it."""
    lint_rows(folder, rows([({}, [])] * (rows_wanted - 1)))
    loaded = load_playbook(folder)
    supposer = Supposer(loaded.playbook.glossary, loaded.playbook.settings.calendar)
    for case in loaded.playbook.register.cases:
        assert supposer.can_match(case.trigger) is True
        assert supposer.always_matches(case.trigger) is False
    assert supposer.steps_left > STEPS_IN_ALL / 2
