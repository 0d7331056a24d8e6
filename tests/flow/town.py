"""
A small town to live whole onboardings in: seven rows in four versions, a dozen people, a store, two workers, an outside world.

The rows are those of the starter playbook in few words, so that a life of fifty steps takes a moment. The outside world is
a list of effects; nothing else says what happened.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from holdshort.core.canonical import canonical_bytes, plain
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.program import Program
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.screening import Screener
from holdshort.execution.runner import Runner
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Acted, Delegation, Order, Outcome, PublishedRegister, Store, User
from holdshort.service.flow import Flow, Received
from holdshort.service.load_playbook import load_playbook
from holdshort.service.programs import TargetNames
from holdshort.store.memory import MemoryStore

NOON = datetime(2026, 3, 11, 12, 0, tzinfo=UTC)

_TOML = """
name = "Small town"
mode = "draft-first"
pause_owner = "revops"
[thresholds]
ai_confidence = 0.8
[calendar]
zone = "UTC"
[owner_precedence]
order = ["legal", "privacy", "finance_ops", "cs_leader", "csm", "revops"]
[roles]
revops = ["Rae <rae@vendor.example>"]
[approvals]
valid_hours = 72
[limits]
per_hour = 100000
per_recipient_per_day = 100000
[route]
default = "outbox"
[targets.outbox]
type = "folder"
path = "%s"
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
  data region: {from: contract.region, type: choice, values: {US: [], EU: []}}
  success criteria: {from: handoff.success_criteria, type: text}
  promised timeline: {from: handoff.timeline, type: text}
  import is late: {from: handoff.import_late, type: yes/no}
  onboarding lane: {from: handoff.lane, type: choice, values: {guided: [], self-serve: []}}
  segment: {from: crm.segment, type: choice, values: {smb: [], enterprise: []}}
  AI confidence: {from: ai_output.confidence, type: confidence, expected: no}
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
context: [segment]
"""
_ACTIONS = """
classes:
  project: {group: project writes, owner: onboarding manager, system write: yes, draft-first: released, live: released, shadow: person}
  customer-facing: {group: every customer-facing action, owner: CSM, customer facing: yes, draft-first: person, live: released, shadow: person}
  billing: {group: billing writes, owner: finance operations, system write: yes, draft-first: person, live: person, shadow: person}
  provisioning: {group: provisioning writes, owner: systems admin, system write: yes, draft-first: person, live: person, shadow: person}
  internal: {draft-first: released, live: released, shadow: released}
actions:
  create_project: {class: project}
  create_kickoff_tasks: {class: project}
  send_kickoff_invite: {class: customer-facing}
  send_customer_message: {class: customer-facing, person first: customer message}
  send_reminder: {class: customer-facing, draft-first: released}
  write_billing: {class: billing}
  provision_access: {class: provisioning}
  import_data: {class: provisioning}
  create_needs_info_task: {class: internal}
  create_sales_task: {class: internal}
  create_customer_task: {class: internal}
  create_finance_task: {class: internal}
  create_legal_task: {class: internal}
  notify_csm: {class: internal}
  draft_scheduling: {class: internal}
  prepare_review_packet: {class: internal}
  escalate_to_csm: {class: internal, waits for a row: yes}
"""


@dataclass(frozen=True)
class Part:
    """A part of a row's review rule: kinds that wait for it, and its steps (roles, how many of them)."""

    kinds: tuple[str, ...]
    steps: tuple[tuple[tuple[str, ...], int], ...]


@dataclass(frozen=True)
class Row:
    """A row twice: as the register says it, and in plain data for whoever checks from outside."""

    case: str
    trigger: str
    tier: str
    owner: str
    escalation: str
    review: str
    action: str
    evidence: str
    cites: tuple[str, ...]
    holds: tuple[str, ...]
    parts: tuple[Part, ...]
    checks: str = "none"

    def text(self) -> str:
        return f"""
  - id: {self.case}
    scenario: {self.case} is seen
    lane: any
    work_area: kickoff
    segment: any
    trigger: {self.trigger}
    tier: {self.tier}
    evidence: {self.evidence}
    checks: {self.checks}
    ai: summarise missing fields
    review: {self.review}
    owner: {self.owner}
    escalation: {self.escalation}
    action: {self.action}
    audit: trigger; AI suggestion; reviewer decision; edits; timestamp
    test: given clean, the case is clear
"""


def _one(*roles: str, kinds: tuple[str, ...] = ()) -> tuple[Part, ...]:
    return (Part(kinds, ((roles, 1),)),)


CRITERIA = Row(
    "CO-EDGE-001", "success criteria is missing", "medium", "RevOps", "CSM",
    "RevOps or sales manager approves before create kickoff tasks",
    "hold create kickoff tasks; create needs-info task for sales owner", "success criteria",
    ("success criteria",), ("create_kickoff_tasks",), _one("revops", "sales_manager"), "success criteria is present",
)  # fmt: skip
PLANS = Row(
    "CO-EDGE-002", "contract plan differs from CRM plan", "high", "RevOps", "finance operations",
    "RevOps decides before provision access; finance operations decides before write billing",
    "hold provision access and billing writes; notify CSM", "contract plan; CRM plan",
    ("contract plan", "CRM plan"), ("provision_access", "write_billing"),
    (Part(("provision_access",), ((("revops",), 1),)), Part(("write_billing",), ((("finance_ops",), 1),))),
)  # fmt: skip
REGION = Row(
    "CO-EDGE-808", "data region is EU", "high", "privacy", "RevOps", "privacy and legal both approve before import data",
    "hold provisioning writes; create legal task for legal", "data region", ("data region",),
    ("provision_access", "import_data"), (Part(("import_data",), ((("privacy", "legal"), 2),)),),
)  # fmt: skip
STRATEGIC = Row(
    "CO-EDGE-014", "segment is enterprise and promised timeline is missing", "high", "RevOps", "CS leader",
    "first RevOps, then CS leader or sales manager approve before create kickoff tasks",
    "hold create kickoff tasks and send kickoff invite; prepare review packet", "promised timeline",
    ("promised timeline", "segment"), ("create_kickoff_tasks", "send_kickoff_invite"),
    (Part(("create_kickoff_tasks",), ((("revops",), 1), (("cs_leader", "sales_manager"), 1))),),
)  # fmt: skip
UNSURE = Row(
    "CO-EDGE-006", "AI confidence is below the AI confidence threshold", "hold", "CSM", "RevOps",
    "CSM approves before send customer message", "hold send customer message; prepare review packet", "AI confidence",
    ("AI confidence",), ("send_customer_message",), _one("csm"),
)  # fmt: skip
LATE = Row(
    "CO-EDGE-601", "import is late is yes", "medium", "CSM", "RevOps", "CSM confirms",
    'send reminder "data import" once, then after 1 day escalate to CSM', "import is late",
    ("import is late",), (), _one("csm"),
)  # fmt: skip
LOW = Row(
    "CO-EDGE-010", 'success criteria mentions "tidy"', "low", "RevOps", "CSM", "RevOps confirms", "none", "success criteria",
    ("success criteria",), (), _one("revops"),
)  # fmt: skip

V1 = (CRITERIA, PLANS, REGION, STRATEGIC, UNSURE, LATE, LOW)
_LEGAL_CRITERIA = Row(**{
    **CRITERIA.__dict__, "owner": "legal", "review": "legal approves before create kickoff tasks",
    "parts": _one("legal"), "tier": "high",
})  # fmt: skip
_IN_TURN_REGION = Row(**{
    **REGION.__dict__, "review": "first privacy, then legal approve before import data",
    "parts": (Part(("import_data",), ((("privacy",), 1), (("legal",), 1))),),
})  # fmt: skip
V2 = (_LEGAL_CRITERIA, *V1[1:])
V3 = (CRITERIA, _IN_TURN_REGION, STRATEGIC, UNSURE, LOW)
ROWS: dict[str, tuple[tuple[Row, ...], str]] = {
    "first": (V1, "outbox"),
    "legal decides about criteria": (V2, "outbox"),
    "two rows less, another address": (V3, "elsewhere"),
}
"""What may be published: rows, and where actions go."""

PEOPLE: dict[str, frozenset[str]] = {
    "rae": frozenset(["revops"]),
    "rob": frozenset(["revops"]),
    "sam": frozenset(["sales_manager"]),
    "fin": frozenset(["finance_ops"]),
    "pri": frozenset(["privacy"]),
    "leg": frozenset(["legal"]),
    "csl": frozenset(["cs_leader"]),
    "tom": frozenset(["csm"]),
    "ada": frozenset(["systems_admin"]),
    "pam": frozenset(["onboarding_manager"]),
    "max": frozenset(["revops", "cs_leader"]),
    "dot": frozenset(["privacy", "legal"]),
    "out": frozenset(["support"]),
}
FACTS: dict[str, Any] = {
    "stage": "won",
    "CRM plan": "Pro",
    "contract plan": "Pro",
    "data region": "US",
    "success criteria": "80% of orders by day 30",
    "promised timeline": "seven weeks",
    "import is late": False,
    "onboarding lane": "guided",
    "segment": "smb",
    "AI confidence": None,
}


def record(
    key: int, facts: Mapping[str, Any], as_of: datetime, proposed: tuple[Any, ...] = ()
) -> dict[str, Any]:
    """The record that says these facts of the customer of this number."""
    confidence = facts["AI confidence"]
    return {
        "as_of": as_of.isoformat(),
        "crm": {
            "stage": facts["stage"],
            "opportunity_id": f"OPP-{key}",
            "account_id": f"ACC-{key}",
            "account_name": "Acme Ltd",
            "plan": facts["CRM plan"],
            "segment": facts["segment"],
        },
        "contract": {"plan": facts["contract plan"], "region": facts["data region"]},
        "handoff": {
            "success_criteria": facts["success criteria"],
            "timeline": facts["promised timeline"],
            "import_late": facts["import is late"],
            "lane": facts["onboarding lane"],
        },
        "ai_output": None if confidence is None else {"confidence": confidence},
        "proposed_actions": list(proposed),
    }


@cache
def published(name: str, version: int) -> Program:
    """A variant of the register as the program of this version."""
    rows, path = ROWS[name]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files = {
            "playbook.toml": _TOML % path,
            "glossary.yaml": _GLOSSARY,
            "clean-path.yaml": _PATH,
            "actions.yaml": _ACTIONS,
            "register.yaml": "cases:" + "".join(each.text() for each in rows),
        }
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")
        loaded = load_playbook(folder)
    errors = [each for each in loaded.diagnostics if each.severity == "error"]
    assert not errors, errors
    return Program(version, f"{name} {version}", Screener(loaded.playbook), TargetNames(loaded.playbook))


class Programs:
    """Published versions, kept by the test itself."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.names: dict[int, str] = {}

    def version(self, version: int) -> Program:
        return published(self.names[version], version)

    def latest(self) -> Program:
        return self.version(max(self.names))


@dataclass
class Clock:
    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    def jump(self, **time: float) -> None:
        self.at += timedelta(**time)


# --- the outside world ---


class Crash(BaseException):
    """The worker is gone: nothing of it catches this."""


@dataclass(frozen=True)
class Effect:
    """Something that happened outside, as the outside world saw it."""

    key: str
    kind: str
    payload: bytes
    onboarding: str
    release: str
    at: datetime
    worker: str = ""


@dataclass
class Outside:
    """
    Everything beyond the house.

    `remembers`: it knows keys again (a second order under one key has no second effect) and can be asked about them.
    `fault` strikes the next order.
    """

    clock: Clock
    remembers: bool = True
    effects: list[Effect] = field(default_factory=list)
    fault: str = ""
    name: str = "outside"

    def perform(self, order: Order, timeout_s: float) -> Outcome:
        fault, self.fault = self.fault, ""
        if fault == "crash before":
            raise Crash
        if fault == "fails":
            return Outcome("failed", "it said no")
        if fault == "no answer, nothing done":
            return Outcome("uncertain", "no answer")
        if fault == "breaks off":
            raise OSError("connection reset")
        self.happen(order)
        if fault == "crash after":
            raise Crash
        if fault == "no answer, done":
            return Outcome("uncertain", "no answer")
        return Outcome("done", "it said yes", f"ref-{len(self.effects)}")

    def happen(self, order: Order) -> None:
        if self.remembers and any(each.key == order.key for each in self.effects):
            return
        content = canonical_bytes(plain(order.payload))
        effect = Effect(order.key, order.kind, content, order.onboarding, order.release, self.clock.now())
        self.effects.append(effect)

    def look_up(self, key: str, timeout_s: float) -> Outcome | None:
        if not self.remembers:
            return None
        found = any(each.key == key for each in self.effects)
        return Outcome("done", "it is there") if found else Outcome("failed", "it is not there")

    def read_back(self, order: Order, outcome: Outcome, timeout_s: float) -> Mapping[str, Any] | None:
        return None


FAULTS = (
    "",
    "crash before",
    "crash after",
    "fails",
    "no answer, nothing done",
    "no answer, done",
    "breaks off",
)


class CrashingWork:
    """The flow as a worker sees it; the worker may die after it has acted outside and before it says so."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.dies_before_telling = False

    def act(self, number: int, command: c.Command, actor: str, operation: str = "") -> Acted:
        if isinstance(command, c.FinishRun) and self.dies_before_telling:
            self.dies_before_telling = False
            raise Crash
        return self.flow.act(number, command, actor, operation)

    def state(self, number: int) -> Onboarding:
        return self.flow.state(number)


# --- the town ---


class Town:
    """
    People, store, clock, workers and the outside world.

    `runner` builds a worker's runner: the museum hands in worse ones.
    """

    def __init__(
        self, store: Any = None, remembers: bool = True, runner: Any = Runner, flow: Any = Flow
    ) -> None:
        self.clock = Clock()
        self.store = store if store is not None else MemoryStore()
        self.programs = Programs(self.store)
        self.flow: Flow = flow(self.store, self.programs, self.clock, lambda address: f"#{address}")
        self.outside = Outside(self.clock, remembers)
        self.works = {name: CrashingWork(self.flow) for name in ("w1", "w2")}
        self.reread: dict[str, dict[str, Any]] = {}
        self.runners = {
            name: runner(work, name, self._target, self._read_facts) for name, work in self.works.items()
        }
        with self.store.transaction() as tx:
            for name, roles in PEOPLE.items():
                tx.put_user(User(name, name, f"{name}@vendor.example", roles))
        self.publish("first")

    def _target(self, state: Onboarding, target: str) -> Any:
        return self.outside

    def _read_facts(self, state: Onboarding) -> dict[str, Any] | None:
        return self.reread.get(state.key)

    def publish(self, name: str) -> int:
        version = len(self.programs.names) + 1
        with self.store.transaction() as tx:
            tx.publish(PublishedRegister(version, f"{name} {version}", "rob", "rae", self.clock.now(), {}))
        self.programs.names[version] = name
        return version

    def has_roles(self, name: str, roles: frozenset[str], active: bool = True) -> None:
        with self.store.transaction() as tx:
            tx.put_user(User(name, name, f"{name}@vendor.example", roles, active))

    def delegate(self, absent: str, who: str, starts_at: datetime, ends_at: datetime) -> None:
        with self.store.transaction() as tx:
            tx.put_delegation(Delegation(absent, who, starts_at, ends_at))

    def intake(self, made: Mapping[str, Any], channel: str = "crm") -> Received:
        return self.flow.intake(made, channel)

    def act(self, number: int, command: c.Command, actor: str = "somebody") -> Acted:
        return self.flow.act(number, command, actor)

    def sweep(self, worker: str = "w1", fault: str = "", dies: bool = False) -> None:
        """One round of one worker; a worker that dies leaves things as they are."""
        self.outside.fault, self.works[worker].dies_before_telling = fault, dies
        sweeper = Sweeper(self.store, self.works[worker], self.runners[worker], self.clock)
        try:
            sweeper.sweep()
        except Crash:
            pass
        finally:
            self.outside.fault, self.works[worker].dies_before_telling = "", False
