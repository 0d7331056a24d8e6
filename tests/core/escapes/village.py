"""
A village: twelve rows that stand alone between a danger and the act, in live mode with a catalogue that lets everything go.

`breaks` says from outside, in plain Python over the raw record, whether a danger stands; nothing of the product is asked.
"""

import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from holdshort.core.escapes.search import EscapeSearch
from holdshort.core.escapes.statements import STATEMENTS
from holdshort.service.load_playbook import load_playbook

NOW = datetime(2026, 3, 16, 12, tzinfo=UTC)
TORTURE = bool(os.environ.get("HOLDSHORT_TORTURE"))
_TOML = """
name = "Village"
lane = "guided"
mode = "live"
pause_owner = "revops"
[thresholds]
ai_confidence = 0.8
[roles]
revops = ["Rae <rae@vendor.example>"]
"""
_GLOSSARY = """
placeholders: [N/A, TBD]
systems:
  CRM record: {from: crm, code: CRM}
  contract: {from: contract, code: contract repository}
  order form: {from: order_form, code: contract repository}
  billing record: {from: billing, code: billing and subscription}
  handoff record: {from: handoff}
names:
  deal stage: {from: crm.stage, type: choice, values: {closed won: [won], open: []}}
  account ID: {from: crm.account_id, type: text}
  opportunity ID: {from: crm.opportunity_id, type: text}
  ARR: {from: crm.arr, type: number}
  CRM plan: {from: crm.plan, type: choice, values: [Pro, Enterprise], kind: plan}
  contract plan: {from: contract.plan, type: choice, values: [Pro, Enterprise], kind: plan}
  order form plan: {from: order_form.plan, type: choice, values: [Pro, Enterprise], kind: plan}
  billing plan: {from: billing.plan, type: choice, values: [Pro, Enterprise], kind: plan}
  contract legal entity: {from: contract.entity, type: name, kind: legal entity}
  billing legal entity: {from: billing.entity, type: name, kind: legal entity}
  contract payment terms: {from: contract.terms, type: choice, values: [Net 30, Net 60], kind: payment terms}
  billing payment terms: {from: billing.terms, type: choice, values: [Net 30, Net 60], kind: payment terms}
  contract start: {from: contract.start, type: date, kind: start}
  billing start: {from: billing.start, type: date, kind: start}
  contract seats: {from: contract.seats, type: number, kind: seats}
  billing seats: {from: billing.seats, type: number, kind: seats}
  contract status: {from: contract.status, type: choice, values: [signed, sent]}
  DPA required: {from: contract.dpa_required, type: yes/no}
  DPA signed: {from: contract.dpa_signed, type: yes/no}
  order form SSO: {from: order_form.sso, type: yes/no}
  order form migration: {from: order_form.migration, type: yes/no}
  security review: {from: handoff.security_review, type: choice, values: [approved, open], expected: no}
  success criteria: {from: handoff.success_criteria, type: text}
  business outcome: {from: handoff.outcome, type: text}
  promised timeline: {from: handoff.timeline, type: text}
  onboarding lane: {from: handoff.lane, type: choice, values: [guided, self-serve]}
  segment: {from: crm.segment, type: choice, values: [smb, enterprise]}
  AI output type: {from: ai_output.type, type: choice, values: {customer message: [message]}, expected: no}
  AI confidence: {from: ai_output.confidence, type: confidence, expected: no}
  AI sources conflict: {from: ai_output.conflict, type: yes/no, expected: no}
  inbox: {type: list, from: inbox, expected: no, item: inbox message, named by: sender, fields: {sender: {type: email}, text: {type: text}}}
word lists:
  churn words: ["cancel the contract", "leave you"]
"""
_PATH = """
triggers:
  - {kind: closed_won, title: Closed won, when: deal stage is closed won}
lanes: [guided, self-serve]
segments: [smb, enterprise]
lane from: onboarding lane
segment from: segment
account from: account ID
deal from: opportunity ID
handoff fields: [success criteria]
context: [segment]
"""
_ACTIONS = """
classes:
  project: {group: project writes, owner: RevOps, system write: yes, draft-first: released, live: released, shadow: person}
  customer-facing: {group: every customer-facing action, owner: CSM, customer facing: yes, draft-first: person, live: released, shadow: person}
  billing: {group: billing writes, owner: finance operations, system write: yes, draft-first: person, live: released, shadow: person}
  provisioning: {group: provisioning writes, owner: systems admin, system write: yes, draft-first: person, live: released, shadow: person}
  internal: {draft-first: released, live: released, shadow: released}
actions:
  create_kickoff_tasks: {class: project}
  schedule_kickoff: {class: customer-facing}
  send_kickoff_invite: {class: customer-facing}
  send_reminder: {class: customer-facing}
  send_customer_message: {class: customer-facing, person first: customer message}
  send_timeline: {class: customer-facing, person first: timeline}
  change_timeline: {class: customer-facing, person first: timeline change}
  send_activation_message: {class: customer-facing, person first: activation message}
  write_billing: {class: billing}
  change_plan: {class: billing}
  provision_access: {class: provisioning}
  grant_admin: {class: provisioning}
  notify_csm: {class: internal}
prefixes: {draft_: internal}
"""
STRICT = _ACTIONS.replace("draft-first: person, live: released, shadow: person}\n  provisioning", "draft-first: person, live: person, shadow: person}\n  provisioning").replace(
    "{group: provisioning writes, owner: systems admin, system write: yes, draft-first: person, live: released",
    "{group: provisioning writes, owner: systems admin, system write: yes, draft-first: person, live: person",
)  # fmt: skip
_KICKOFF = ("create kickoff tasks", "schedule kickoff", "send kickoff invite")
_BILLING = ("write billing", "change plan")
_ACCESS = ("provision access", "grant admin")
_FACING = (
    "schedule kickoff",
    "send kickoff invite",
    "send reminder",
    "send customer message",
    "send timeline",
    "change timeline",
    "send activation message",
)


@dataclass(frozen=True)
class Row:
    case: str
    parts: tuple[str, ...]
    """Any of these makes it match."""
    holds: tuple[str, ...]
    statements: tuple[str, ...]
    lane: str = "any"
    unless: str = ""

    def text(self):
        trigger = " or ".join(f"({each})" for each in self.parts)
        trigger = f"({trigger}) unless {self.unless}" if self.unless else trigger
        return f"""
  - id: {self.case}
    scenario: it is seen
    lane: {self.lane}
    segment: any
    trigger: {trigger}
    tier: high
    evidence: contract
    checks: none
    ai: none
    review: RevOps approves before {self.holds[0]}
    owner: RevOps
    escalation: CS leader
    action: hold {"; hold ".join(self.holds)}
    test: given clean, the case is clear
    sources: made up
"""


def _pairs(*names):
    return tuple(f"{left} differs from {right}" for at, left in enumerate(names) for right in names[at + 1 :])


_CLEARED = "(security review is present and security review is approved)"
ROWS = (
    Row("V-01", _pairs("CRM plan", "contract plan", "order form plan", "billing plan"), (*_BILLING, *_ACCESS), ("SAFE-01",)),
    Row("V-02", _pairs("contract legal entity", "billing legal entity"), _BILLING, ("SAFE-02",)),
    Row("V-03", _pairs("contract payment terms", "billing payment terms"), _BILLING, ("SAFE-03",)),
    Row("V-04", _pairs("contract start", "billing start"), _BILLING, ("SAFE-04",)),
    Row("V-05", _pairs("contract seats", "billing seats"), (*_BILLING, *_ACCESS), ("SAFE-05",)),
    Row("V-06", ("success criteria is missing", "business outcome is missing", "promised timeline is missing"), _KICKOFF, ("SAFE-06",)),
    Row("V-07", ("order form SSO is yes", "order form migration is yes"), _ACCESS, ("SAFE-07",), unless=_CLEARED),
    Row("V-08", ("contract is attached and contract status is not signed",), (*_BILLING, *_ACCESS, *_FACING), ("SAFE-08",)),
    Row("V-09", ("DPA required is yes and DPA signed is no",), _ACCESS, ("SAFE-09",)),
    Row("V-10", ("AI output type is customer message and AI confidence is less than the AI confidence threshold", "AI sources conflict is yes"), _FACING, ("SAFE-11",)),
    Row("V-11", ("any inbox message whose text mentions churn words",), _FACING, ("SAFE-14",)),
)  # fmt: skip
CLEAN = {
    "as_of": "2026-03-16T12:00:00Z",
    "crm": {"stage": "won", "account_id": "A-1", "opportunity_id": "D-1", "arr": 60000, "plan": "Pro", "segment": "smb"},
    "contract": {"plan": "Pro", "entity": "Old Mill Ltd", "terms": "Net 30", "start": "2026-04-01", "seats": 80, "status": "signed", "dpa_required": False, "dpa_signed": False},
    "order_form": {"plan": "Pro", "sso": False, "migration": False},
    "billing": {"plan": "Pro", "entity": "Old Mill Ltd", "terms": "Net 30", "start": "2026-04-01", "seats": 80},
    "handoff": {"success_criteria": "90% by day 45", "outcome": "fewer stock-outs", "timeline": "seven weeks", "lane": "guided"},
}  # fmt: skip
ROW_STATEMENTS = tuple(each for each in STATEMENTS if each.code != "SAFE-13")
"""Here the catalogue lets billing and access go: the rows are all there is."""


def village(rows=ROWS, actions=_ACTIONS):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {
            "playbook.toml": _TOML,
            "glossary.yaml": _GLOSSARY,
            "clean-path.yaml": _PATH,
            "actions.yaml": actions,
        }
        for file, text in files.items():
            (folder / file).write_text(text, "utf-8")
        (folder / "register.yaml").write_text("cases:\n" + "".join(each.text() for each in rows), "utf-8")
        loaded = load_playbook(folder)
    assert loaded.errors == (), "\n".join(map(str, loaded.errors))
    return loaded


def search(loaded, statements=ROW_STATEMENTS, **options):
    return EscapeSearch(
        loaded.playbook, loaded.clauses, {"clean": CLEAN}, NOW, **{"budget": 4000, **options}
    ).run(statements)


# --- holes ---


def _without(rows, case, **changes):
    return tuple(replace(each, **changes) if each.case == case else each for each in rows)


def holes():
    """Registers with one hole each: name, rows, and the statements that it breaks."""
    for row in ROWS:
        yield f"{row.case} is gone", tuple(each for each in ROWS if each is not row), row.statements
        yield f"{row.case} is for another lane", _without(ROWS, row.case, lane="self-serve"), row.statements
        narrowed = tuple(f"({part}) and ARR is at least 100000" for part in row.parts)
        yield f"{row.case} is for large deals only", _without(ROWS, row.case, parts=narrowed), row.statements
        # Of four plans that have to agree, the other pairs see what one pair overlooks: that is no hole.
        for part in row.parts if 1 < len(row.parts) < 6 else ():
            left = tuple(each for each in row.parts if each is not part)
            yield f"{row.case} overlooks `{part}`", _without(ROWS, row.case, parts=left), row.statements
        few = row.holds if TORTURE else row.holds[:3]
        for kind in few:
            if kind in (
                "send customer message",
                "send timeline",
                "change timeline",
                "send activation message",
            ):
                continue  # the catalogue has a person look at these anyway
            others = tuple(each for each in row.holds if each != kind)
            yield f"{row.case} lets `{kind}` go", _without(ROWS, row.case, holds=others), row.statements
        if row.unless:
            yield (
                f"{row.case} takes any review for a cleared one",
                _without(ROWS, row.case, unless="security review is present"),
                row.statements,
            )


# --- from outside ---

_BY_CODE = {
    "SAFE-01": "plan",
    "SAFE-02": "entity",
    "SAFE-03": "terms",
    "SAFE-04": "start",
    "SAFE-05": "seats",
}
_KINDS = {
    "SAFE-01": _BILLING + _ACCESS, "SAFE-02": _BILLING, "SAFE-03": _BILLING, "SAFE-04": _BILLING, "SAFE-05": _BILLING + _ACCESS,
    "SAFE-06": _KICKOFF, "SAFE-07": _ACCESS, "SAFE-08": _BILLING + _ACCESS + _FACING, "SAFE-09": _ACCESS,
    "SAFE-11": _FACING, "SAFE-14": _FACING,
}  # fmt: skip


def dangers(record):
    """Codes of the statements whose danger plainly stands in a raw record."""
    at = {
        name: record.get(name) if isinstance(record.get(name), dict) else {}
        for name in ("crm", "contract", "order_form", "billing", "handoff", "ai_output")
    }
    for code, field in _BY_CODE.items():
        values = [at[system].get(field) for system in ("crm", "contract", "order_form", "billing")]
        if len({str(each) for each in values if each not in (None, "")}) > 1:
            yield code
    if any(
        at["handoff"].get(each) in (None, "", "TBD") for each in ("success_criteria", "outcome", "timeline")
    ):
        yield "SAFE-06"
    if (at["order_form"].get("sso") is True or at["order_form"].get("migration") is True) and at[
        "handoff"
    ].get("security_review") != "approved":
        yield "SAFE-07"
    if at["contract"].get("status") == "sent":
        yield "SAFE-08"
    if at["contract"].get("dpa_required") is True and at["contract"].get("dpa_signed") is False:
        yield "SAFE-09"
    confidence = at["ai_output"].get("confidence")
    sure = isinstance(confidence, float) and 0.8 <= confidence <= 1  # anything else is no confidence at all
    unsure = str(at["ai_output"].get("type")).casefold() in ("message", "customer message") and not sure
    if unsure or at["ai_output"].get("conflict") is True:
        yield "SAFE-11"
    if any("cancel the contract" in str(each.get("text")) for each in record.get("inbox") or ()):
        yield "SAFE-14"


def breaks(record, answer):
    """Pairs of statement and kind that are broken on this record by what the gate answered."""
    if answer.verdict == "not triggered":
        return set()
    return {
        (code, kind)
        for code in dangers(record)
        for kind in (each.replace(" ", "_") for each in _KINDS[code])
        if answer.actions[kind].state == "released"
    }
