"""The register: rows whose words have been read and can run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from holdshort.core.clause_parser import AUDIT_FIELDS, ClauseParser, Part, lanes, parts_of
from holdshort.core.clauses import AcceptanceTest, AiUse, Evidence, ReviewRule, SystemAction
from holdshort.core.columns import BY_KEY, COLUMNS, TIERS
from holdshort.core.diagnostics import Diagnostic, Where, did_you_mean
from holdshort.core.rules.ast import Always, Condition
from holdshort.core.rules.faults import RuleFault
from holdshort.core.table import RegisterTable, TableRow

T = TypeVar("T")
TIER_ORDER = {tier: place for place, tier in enumerate(TIERS)}


@dataclass(frozen=True)
class EdgeCase:
    """
    One row that can run.

    `owner` and `escalation` are role ids; `lanes` and `segments` are empty where the row is for any. `texts` holds the
    cells as written, by column key. `is_active` is False for a row without an acceptance test: it is read and shown,
    but it does not take part in a run.
    """

    case: str
    scenario: str
    lanes: tuple[str, ...]
    segments: tuple[str, ...]
    work_area: str
    trigger: Condition
    tier: str
    evidence: tuple[Evidence, ...]
    checks: tuple[Condition, ...]
    ai: tuple[AiUse, ...]
    review: tuple[ReviewRule, ...]
    owner: str
    escalation: str
    action: SystemAction
    audit: tuple[str, ...]
    tests: tuple[AcceptanceTest, ...]
    sources: str
    texts: Mapping[str, str]
    where: Where

    @property
    def holds(self) -> tuple[str, ...]:
        """Kinds that this row's finding stops: its own holds and those that wait for its review."""
        return tuple(
            dict.fromkeys([*self.action.holds, *(kind for rule in self.review for kind in rule.actions)])
        )

    @property
    def is_active(self) -> bool:
        return bool(self.tests)


@dataclass(frozen=True)
class Register:
    cases: tuple[EdgeCase, ...] = ()
    digest: str = ""
    name: str = ""

    @property
    def active(self) -> tuple[EdgeCase, ...]:
        return tuple(case for case in self.cases if case.is_active)

    def case(self, case_id: str) -> EdgeCase | None:
        wanted = case_id.strip().casefold()
        return next((each for each in self.cases if each.case.casefold() == wanted), None)


def digest_of(table: RegisterTable) -> str:
    """SHA-256 over the cells of all rows in order: the same texts give the same digest in every file format."""
    sha = hashlib.sha256()
    for row in table.rows:
        for column in COLUMNS:
            sha.update(row.text(column.key).strip().encode("utf-8", "surrogatepass"))
            sha.update(b"\x1f")
        sha.update(b"\x1e")
    return sha.hexdigest()


def row_digest(case: EdgeCase) -> str:
    """SHA-256 of one row's cells: what an approval is bound to."""
    text = "\x1f".join(case.texts.get(column.key, "").strip() for column in COLUMNS)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class RegisterReader:
    """Reads a table of text into a register, reporting every fault of every cell at once."""

    def __init__(
        self, clauses: ClauseParser, lane_names: Mapping[str, str], segment_names: Mapping[str, str]
    ) -> None:
        self.clauses = clauses
        self.lane_names = lane_names
        self.segment_names = segment_names
        self.faults: list[Diagnostic] = []

    def read(self, table: RegisterTable) -> Register:
        """Rows with a fault of level error are left out: a row that does not parse does not run."""
        cases: list[EdgeCase] = []
        seen: dict[str, Where] = {}
        for row in table.rows:
            before = sum(each.severity == "error" for each in self.faults)
            case = self._row(row)
            key = row.case.casefold()
            if key in seen:
                self._fault(
                    row,
                    "id",
                    "REG-002",
                    f"`{row.case}` is already the ID of another row ({seen[key]})",
                    "give each row an ID of its own and never use one again",
                )
            seen[key] = row.cells["id"].where if "id" in row.cells else Where()
            if case is not None and sum(each.severity == "error" for each in self.faults) == before:
                cases.append(case)
        return Register(tuple(cases), digest_of(table), table.name)

    def _row(self, row: TableRow) -> EdgeCase | None:
        if not row.case:
            self._fault(
                row, "id", "REG-001", "the row has no ID", "give it a stable one such as `CO-EDGE-101`"
            )
        owner = self._role(row, "owner")
        escalation = self._role(row, "escalation")
        review = self._parts(row, "review", lambda text: self.clauses.review(text, owner, escalation))
        if not owner and review:
            # The short form has no owner column: who decides first owns the row.
            owner = review[0].steps[0].roles[0]
        tier = row.text("tier").strip().casefold()
        if tier not in TIER_ORDER:
            self._fault(
                row,
                "tier",
                "REG-003",
                f"`{row.text('tier')}` is no risk tier" if tier else "the risk tier is blank",
                "choose one of `low`, `medium`, `high`, `hold`",
            )
        trigger = self._trigger(row)
        action, action_faults = self.clauses.system_action(row.text("action"))
        for part, fault in action_faults:
            self._rule_fault(row, "action", fault, part)
        if not row.text("action").strip():
            self._fault(
                row, "action", "REG-004", "the system action is blank", "write what is held, or `none`"
            )
        if not owner:
            self._fault(
                row,
                "owner",
                "REG-005",
                "nobody owns the row",
                "name a role as first owner, or who approves in the review rule",
            )
        # The other cells are read even where the trigger is at fault, so that it does not hide theirs.
        case = EdgeCase(
            case=row.case,
            scenario=row.text("scenario").strip(),
            lanes=self._lanes(row, "lane", self.lane_names),
            segments=self._lanes(row, "segment", self.segment_names),
            work_area=row.text("work_area").strip(),
            trigger=trigger or Always(False),
            tier=tier,
            evidence=self._parts(row, "evidence", self.clauses.evidence),
            checks=self._parts(row, "checks", self.clauses.conditions),
            ai=self._parts(row, "ai", self.clauses.ai_uses),
            review=review,
            owner=owner,
            escalation=escalation,
            action=action,
            audit=self._audit(row),
            tests=self._parts(
                row,
                "test",
                lambda text: self.clauses.tests(text, {"owner": owner, "escalation owner": escalation}),
            ),
            sources=row.text("sources").strip(),
            texts={column.key: row.text(column.key) for column in COLUMNS},
            where=row.cells["id"].where if "id" in row.cells else Where(),
        )
        return case if trigger is not None else None

    def _trigger(self, row: TableRow) -> Condition | None:
        text = row.text("trigger")
        if not text.strip():
            self._fault(
                row,
                "trigger",
                "REG-006",
                "the trigger is blank",
                "write when the row applies, for instance `success criteria is missing`",
            )
            return None
        try:
            return self.clauses.condition(text)
        except RuleFault as fault:
            self._rule_fault(row, "trigger", fault, Part(text, 0))
            return None

    def _role(self, row: TableRow, key: str) -> str:
        text = row.text(key).strip()
        if not text:
            return ""
        try:
            return self.clauses.role(text)
        except RuleFault as fault:
            self._rule_fault(row, key, fault, Part(text, row.text(key).find(text)))
            return ""

    def _lanes(self, row: TableRow, key: str, known: Mapping[str, str]) -> tuple[str, ...]:
        found = lanes(row.text(key), known)
        if isinstance(found, RuleFault):
            self._rule_fault(row, key, found, Part(row.text(key), 0))
            return ()
        return found

    def _audit(self, row: TableRow) -> tuple[str, ...]:
        known = {each.casefold(): each for each in AUDIT_FIELDS}
        names = {each.casefold(): each for each in self.clauses.vocabulary.glossary.names}
        found = []
        for part in parts_of(row.text("audit") or BY_KEY["audit"].default):
            key = part.text.casefold()
            if key in known or key in names:
                found.append(known.get(key) or names[key])
                continue
            near = did_you_mean(part.text, [*known.values(), *names.values()])
            fault = RuleFault(
                "REG-007",
                f"`{part.text}` is no audit field",
                (0, len(part.text)),
                f"did you mean `{near}`?"
                if near
                else "use `trigger; AI suggestion; reviewer decision; edits; timestamp` or names of the glossary",
            )
            self._rule_fault(row, "audit", fault, part)
        return tuple(found)

    def _parts(
        self, row: TableRow, key: str, read: Callable[[str], list[tuple[Part, T | RuleFault]]]
    ) -> tuple[T, ...]:
        found: list[T] = []
        for part, result in read(row.text(key)):
            if isinstance(result, RuleFault):
                self._rule_fault(row, key, result, part)
            else:
                found.append(result)
        return tuple(found)

    def _rule_fault(self, row: TableRow, key: str, fault: RuleFault, part: Part) -> None:
        self.faults.append(fault.at(self._place(row, key), row.text(key), part.start))

    def _fault(self, row: TableRow, key: str, code: str, message: str, mend: str) -> None:
        text = row.text(key)
        span = (0, len(text)) if text else None
        self.faults.append(Diagnostic(code, message, self._place(row, key), mend, "error", text, span))

    def _place(self, row: TableRow, key: str) -> Where:
        cell = row.cells.get(key)
        where = cell.where if cell else Where()
        return Where(where.file, where.sheet, where.cell, where.line, row.case, BY_KEY[key].title)
