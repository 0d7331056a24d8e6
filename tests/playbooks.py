"""A tiny playbook that tests write for themselves, so that they do not depend on the starter register."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

_TOML = """
name = "Tiny"
mode = "draft-first"
pause_owner = "revops"
[thresholds]
ai_confidence = 0.8
[calendar]
zone = "UTC"
[owner_precedence]
order = ["legal", "csm", "revops"]
[roles]
revops = ["Rae <rae@vendor.example>"]
csm = ["Tom <tom@vendor.example>"]
"""
_GLOSSARY = """
placeholders: [N/A, TBD, "."]
systems:
  CRM record: {from: crm}
  contract: {from: contract}
  handoff record: {from: handoff}
names:
  deal stage: {from: crm.stage, type: choice, values: {closed won: [won], open: []}}
  opportunity ID: {from: crm.opportunity_id, type: text}
  account ID: {from: crm.account_id, type: text}
  account name: {from: crm.account_name, type: name}
  CRM plan: {from: crm.plan, type: choice, values: {Pro: [], Enterprise: []}, kind: plan}
  contract plan: {from: contract.plan, type: choice, values: {Pro: [], Enterprise: []}, kind: plan}
  success criteria: {from: handoff.success_criteria, type: text, ai from: ai_output.fields.success_criteria}
  onboarding lane: {from: handoff.lane, type: choice, values: {guided: [], self-serve: []}}
  segment: {from: crm.segment, type: choice, values: {smb: [], enterprise: []}}
  AI confidence: {from: ai_output.confidence, type: confidence, expected: no}
  notes:
    type: list
    from: notes
    expected: no
    item: note
    fields:
      text: {type: text}
"""
_PATH = """
triggers:
  - {kind: closed_won, title: Closed won, when: deal stage is closed won}
lanes: [guided, self-serve]
segments: [smb, enterprise]
lane from: onboarding lane
segment from: segment
account from: account ID
account name from: account name
deal from: opportunity ID
handoff fields: [success criteria]
"""
_ACTIONS = """
classes:
  project: {group: project writes, system write: yes, draft-first: released, live: released, shadow: person}
  customer-facing: {group: every customer-facing action, customer facing: yes, draft-first: person, live: released, shadow: person}
  provisioning: {group: provisioning writes, system write: yes, draft-first: person, live: person, shadow: person}
  internal: {draft-first: released, live: released, shadow: released}
actions:
  create_project: {class: project}
  create_kickoff_tasks: {class: project}
  send_customer_message: {class: customer-facing, person first: customer message}
  provision_access: {class: provisioning}
  create_needs_info_task: {class: internal}
  prepare_review_packet: {class: internal}
prefixes: {draft_: internal}
"""
ROWS = """
cases:
  - id: CO-EDGE-001
    scenario: Success criteria are missing
    trigger: success criteria is missing
    tier: medium
    evidence: success criteria
    ai: summarise missing fields
    review: RevOps approves before create kickoff tasks
    owner: RevOps
    escalation: CSM
    action: hold create kickoff tasks; create needs-info task
    test: given clean with success criteria blank, create kickoff tasks is held
  - id: CO-EDGE-002
    scenario: Contract and CRM name different plans
    trigger: contract plan and CRM plan disagree
    tier: high
    evidence: contract
    checks: contract plan and CRM plan agree
    ai: summarise the conflict
    review: RevOps decides before provision access
    owner: RevOps
    escalation: legal
    action: hold provision access
    test: given clean with CRM plan set to Enterprise, provision access is held
  - id: CO-EDGE-006
    scenario: AI is unsure
    trigger: AI confidence is below the AI confidence threshold
    tier: hold
    evidence: account name
    ai: summarise what is uncertain
    review: CSM approves before send customer message
    owner: CSM
    escalation: RevOps
    action: hold send customer message; prepare review packet
    test: given unsure, send customer message is held
  - id: CO-EDGE-010
    scenario: Nobody wrote a note
    trigger: any note mentions "tidy up"
    tier: low
    evidence: notes
    ai: summarise missing fields
    review: RevOps confirms before create project
    owner: RevOps
    escalation: CSM
    action: none
    test: given clean, create project is released
"""
CLEAN: dict[str, Any] = {
    "record_id": "clean",
    "as_of": "2026-06-10T12:00:00Z",
    "crm": {
        "stage": "won",
        "opportunity_id": "OPP-1",
        "account_id": "ACC-1",
        "account_name": "Acme Ltd",
        "plan": "Pro",
        "segment": "smb",
        "_as_of": "2026-06-08T12:00:00Z",
        "_url": "https://crm.example/opp/1",
    },
    "contract": {"plan": "Pro"},
    "handoff": {"success_criteria": "80% of orders by day 30", "lane": "guided"},
    "notes": [{"id": "N1", "text": "Standard rollout."}],
    "ai_output": None,
    "proposed_actions": ["create_project", "create_kickoff_tasks"],
}


def write_playbook(folder: Path, rows: str = ROWS) -> Path:
    """Write the playbook and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("playbook.toml", _TOML),
        ("glossary.yaml", _GLOSSARY),
        ("clean-path.yaml", _PATH),
        ("actions.yaml", _ACTIONS),
        ("register.yaml", rows),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "records").mkdir(exist_ok=True)
    for name, made in (("clean", CLEAN), ("unsure", record("unsure", ai_output={"confidence": 0.3}))):
        (folder / "records" / f"{name}.json").write_text(json.dumps(made), encoding="utf-8")
    return folder


def record(record_id: str = "clean", **changes: Any) -> dict[str, Any]:
    """The clean record with systems changed: `record(crm={"plan": "Enterprise"})` merges, other values replace."""
    made = deepcopy(CLEAN)
    made["record_id"] = record_id
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(made.get(key), dict):
            made[key] = {**made[key], **value}
        else:
            made[key] = value
    return made


def conflicting(record_id: str = "conflict", **changes: Any) -> dict[str, Any]:
    """A record whose plans differ."""
    return record(
        record_id, **{"contract": {"plan": "Enterprise"}, "proposed_actions": ["provision_access"], **changes}
    )


def write_records(path: Path, *records: Any) -> Path:
    """Write one record a line; a text stands for itself, so that broken lines can be written."""
    lines = [each if isinstance(each, str) else json.dumps(each, ensure_ascii=False) for each in records]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
