"""The parts of a packet that come from the answer: conflicts and gaps, AI, why a person sees it, what may be decided."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdshort.core.action_words import phrase, phrases
from holdshort.core.answers import Answer, EvidenceRead, Finding
from holdshort.core.packet import Row, list_rows
from holdshort.core.packet_layout import Ask
from holdshort.core.packet_values import Shown, ValueReader, as_text
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown
from holdshort.core.register import TIER_ORDER
from holdshort.core.roles import TITLES as ROLE_TITLES
from holdshort.core.rules import ast
from holdshort.core.rules.walk import nodes

_KICKOFF = ("create_project", "create_kickoff_tasks", "schedule_kickoff", "send_kickoff_invite")
_MESSAGES = (
    "send_customer_message",
    "send_timeline",
    "change_timeline",
    "send_activation_message",
    "send_reminder",
)
_AI_WORDS = {
    "type": "Kind of output",
    "confidence": "Confidence it states",
    "model": "Model",
    "generated_at": "Written",
    "fields": "Extracted",
    "citations": "Citations",
    "sources": "Sources",
    "uncertainty": "What it is unsure of",
    "lane": "Lane it suggests",
    "reviewer": "Reviewer it suggests",
    "actions": "Actions it asks for",
}


class FindingParts:
    """Builds the rows of I8 to I11 for one answer."""

    def __init__(self, answer: Answer, playbook: Playbook, values: ValueReader) -> None:
        self.answer = answer
        self.playbook = playbook
        self.values = values
        self.record = values.record

    def rows(self) -> dict[str, tuple[Row, ...]]:
        return {
            "I8": tuple([*self._conflicts(), *self._missing(), *self._not_covered()]),
            "I9": tuple(self._suggestion()),
            "I10": tuple(self._case(each) for each in self._strictest_first()),
            "I11": tuple([*self._actions(), *self._drafts(), *self._decisions()]),
        }

    # --- I8 ---

    def _conflicts(self) -> list[Row]:
        """Values that should be one and are not: by kind across systems, within one name, or as a row compares them."""
        names = self.values.glossary.names
        groups: dict[tuple[str, ...], str] = {}
        for kind in dict.fromkeys(name.kind for name in names.values() if name.kind):
            groups[tuple(name.name for name in self.values.of_kind(kind))] = kind
        for finding in self.answer.findings:
            case = self.playbook.register.case(finding.case)
            for node in nodes(case.trigger) if case else ():
                if isinstance(node, ast.Agree) and not any(set(node.names) <= set(group) for group in groups):
                    groups[node.names] = " and ".join(node.names)
        rows = []
        for group, label in groups.items():
            members = [names[each] for each in group if each in names]
            if self.values.differ(members):
                shown = [each for name in members for each in self.values.shown(name)]
                shown = [each for each in shown if each.state != "not_provided"]
                asked = self._cases_reading(group)
                note = f"looked at by {', '.join(asked)}" if asked else "no finding is about it"
                rows.append(
                    Row(_capital(label), "values", tuple(shown), note=note, state="conflicting", differs=True)
                )
        for name in names.values():
            value = self.values.reader.read(name, self.record)
            if isinstance(value, NotKnown) and value.state == "conflicting":
                shown = self.values.shown(name)
                rows.append(
                    Row(
                        _capital(name.name),
                        "values",
                        tuple(shown),
                        note=value.reason,
                        state="conflicting",
                        differs=True,
                    )
                )
        return rows

    def _cases_reading(self, group: tuple[str, ...]) -> list[str]:
        return [
            finding.case
            for finding in self.answer.findings
            if len({each.name for each in finding.evidence} & set(group)) > 1
        ]

    def _missing(self) -> list[Row]:
        """Gaps of the rows, one line a name, then handoff fields that nobody asked about and that are blank."""
        rows: dict[str, Row] = {}
        for gap in self.answer.gaps:
            if not self._is_quiet(gap.name, gap.state):
                before = rows.get(gap.name)
                cases = (*before.lines, gap.case) if before else (gap.case,)
                rows[gap.name] = Row(
                    _capital(gap.name),
                    "gap",
                    note=gap.why,
                    lines=tuple(dict.fromkeys(cases)),
                    state=gap.state,
                )
        for finding in self.answer.findings:
            for read in finding.evidence:
                if (
                    read.state != "known"
                    and read.name not in rows
                    and not self._is_quiet(read.name, read.state)
                ):
                    rows[read.name] = Row(
                        _capital(read.name), "gap", note=_why(read), lines=(finding.case,), state=read.state
                    )
        for field in self.playbook.clean_path.lists.get("handoff fields", ()):
            name = self.values.glossary.names.get(field)
            if name is None or field in rows:
                continue
            value = self.values.reader.read(name, self.record)
            if isinstance(value, NotKnown) and value.missing:
                rows[field] = Row(
                    _capital(field), "gap", note="handoff field that is not there", state=value.state
                )
        return list(rows.values())

    def _is_quiet(self, name: str, state: str) -> bool:
        """Nobody expects it and no source gives it: one line for all of them says enough."""
        entry = self.values.glossary.names.get(name)
        return entry is not None and not entry.expected and state == "not_provided"

    def _not_covered(self) -> list[Row]:
        names = dict.fromkeys(gap.name for gap in self.answer.gaps if self._is_quiet(gap.name, gap.state))
        found = {finding.case for finding in self.answer.findings}
        cases = dict.fromkeys(
            gap.case for gap in self.answer.gaps if self._is_quiet(gap.name, gap.state) and gap.case in found
        )
        if not names:
            return []
        note = "no connected source provides these, and the playbook does not expect one to; rows about them stay quiet"
        return [
            Row(
                "Not looked at",
                "gap",
                quote="; ".join(names),
                note=note,
                lines=tuple(cases),
                state="not_provided",
            )
        ]

    # --- I9 ---

    def _suggestion(self) -> list[Row]:
        said = self.record.get("ai_output")
        if not isinstance(said, Mapping) or not said:
            return []
        rows = [Row(why, "remark", state="doubt") for why in self._doubts(said)]
        order = [*(key for key in _AI_WORDS if key in said), *(key for key in said if key not in _AI_WORDS)]
        for key in order:
            value = said[key]
            label = _AI_WORDS.get(str(key)) or _capital(str(key).replace("_", " "))
            if key == "claims" and isinstance(value, list):
                rows += [self._claim(each) for each in value]
            elif isinstance(value, Mapping):
                rows += [
                    self._said(f"{label}: {str(inner).replace('_', ' ')}", f"{key}.{inner}", each)
                    for inner, each in value.items()
                ]
            elif not str(key).startswith("_"):
                note = "AI may ask for nothing: this stays a text" if key == "actions" else ""
                rows.append(self._said(label, str(key), value, note))
        return rows

    def _said(self, label: str, field: str, value: Any, note: str = "") -> Row:
        shown = Shown(label, "AI output", field, as_text(value), "ai_only")
        return Row(label, "values", (shown,), note=note, state="ai_only")

    def _claim(self, claim: Any) -> Row:
        if not isinstance(claim, Mapping):
            return Row("Claim", "element", quote=as_text(claim), note="cites nothing", state="ai_only")
        cited = claim.get("citations")
        rest = [
            each
            for each in self.values.element_values("ai_output", claim)
            if each.field not in ("text", "citations")
        ]
        note = "" if cited else "cites nothing"
        lines = (
            [as_text(each) for each in cited]
            if isinstance(cited, list)
            else [as_text(cited)]
            if cited
            else []
        )
        return Row(
            "Claim",
            "element",
            tuple(rest),
            quote=as_text(claim.get("text")),
            note=note,
            lines=tuple(lines),
            state="ai_only",
        )

    def _doubts(self, said: Mapping[Any, Any]) -> list[str]:
        """Why nobody should lean on it; the threshold is the playbook's."""
        doubts = []
        confidence, limit = said.get("confidence"), self.playbook.settings.thresholds.get("ai_confidence")
        if (
            isinstance(confidence, bool)
            or not isinstance(confidence, int | float)
            or not 0 <= confidence <= 1
        ):
            doubts.append("It states no usable confidence, so it counts as unsure")
        elif isinstance(limit, int | float) and confidence < limit:
            doubts.append(f"Its confidence {confidence} is below this playbook's {limit}")
        claims = said.get("claims")
        if isinstance(claims, list) and any(
            not isinstance(each, Mapping) or not each.get("citations") for each in claims
        ):
            doubts.append("At least one of its claims cites nothing")
        if said.get("sources_conflict") or said.get("conflicting_sources"):
            doubts.append("It says itself that its sources conflict")
        return doubts

    # --- I10 ---

    def _strictest_first(self) -> list[Finding]:
        return sorted(
            self.answer.findings, key=lambda each: (-TIER_ORDER.get(each.tier, -1), each.result != "matched")
        )

    def _case(self, finding: Finding) -> Row:
        case = self.playbook.register.case(finding.case)
        shown = tuple(self._read(each) for each in finding.evidence)
        seen = "matched" if finding.result == "matched" else "could not tell, so it counts"
        lines = [*finding.why]
        texts = case.texts if case else {}
        note = f"{seen}; {role(finding.owner)} decides"
        if texts.get("review", "").strip():
            note += f" ({texts['review'].strip()})"
        if case and case.escalation:
            note += f", then {role(case.escalation)}"
        label = (
            f"{finding.case} {case.scenario}"
            if case
            else f"{finding.case} No row of the register covers this onboarding"
        )
        return Row(
            label,
            "case",
            shown,
            quote=texts.get("trigger", "").strip(),
            note=note,
            lines=tuple(lines),
            state=finding.tier,
        )

    def _read(self, read: EvidenceRead) -> Shown:
        return Shown(
            read.name,
            self.values.title_of(read.system),
            read.field,
            as_text(read.value),
            read.state,
            read.as_of or "",
            self.values.age(read.as_of),
            read.url or "",
        )

    # --- I11 ---

    def _actions(self) -> list[Row]:
        """What was asked for, then what else the findings hold, then what the rows themselves ask for."""
        actions = self.answer.actions
        proposed = [each for each in _texts(self.record.get("proposed_actions")) if each in actions]
        rows = [
            Row(
                _capital(phrase(kind)),
                "action",
                note=self._why(kind),
                lines=self._holding(kind),
                state=actions[kind].state,
            )
            for kind in dict.fromkeys(proposed)
        ]
        rest = [
            kind
            for kind, verdict in actions.items()
            if verdict.cases and verdict.state == "held" and kind not in proposed
        ]
        by_cases: dict[tuple[str, ...], list[str]] = {}
        for kind in rest:
            by_cases.setdefault(actions[kind].cases, []).append(kind)
        for kinds in by_cases.values():
            said = ", ".join(phrases(kinds, self.playbook.catalogue))
            rows.append(
                Row(
                    _capital(said),
                    "action",
                    note="not asked for now; it would wait",
                    lines=self._holding(kinds[0]),
                    state="held",
                )
            )
        asked = [kind for finding in self.answer.findings for kind in finding.asks]
        asked = [
            kind
            for kind in dict.fromkeys(asked)
            if kind in actions and kind not in proposed and actions[kind].state != "held"
        ]
        for kind in asked:
            case = next(each.case for each in self.answer.findings if kind in each.asks)
            rows.append(
                Row(_capital(phrase(kind)), "action", note=f"asked for by {case}", state=actions[kind].state)
            )
        return rows

    def _why(self, kind: str) -> str:
        verdict = self.answer.actions[kind]
        return (
            "asked for in the record"
            if verdict.cases and verdict.state == "held"
            else f"asked for in the record; {verdict.why}"
        )

    def _holding(self, kind: str) -> tuple[str, ...]:
        verdict = self.answer.actions[kind]
        return verdict.cases if verdict.state == "held" else ()

    def _drafts(self) -> list[Row]:
        rows = list_rows(
            Ask("Draft", list="messages", optional=True), self.values, "Draft that would be sent:"
        )
        return [
            row
            for row in rows
            if not any(each.field == "status" and each.value in ("sent", "delivered") for each in row.values)
        ]

    def _decisions(self) -> list[Row]:
        """Those of the nine decisions (requirements J) that fit, each with what it allows and nothing more."""
        waiting = [
            kind
            for kind, verdict in self.answer.actions.items()
            if (verdict.state == "held" and verdict.cases)
            or (verdict.state == "needs review" and kind in _texts(self.record.get("proposed_actions")))
        ]
        held = ", ".join(phrases(waiting, self.playbook.catalogue)) or "nothing"
        kickoff = [kind for kind in waiting if kind in _KICKOFF]
        proposed = _texts(self.record.get("proposed_actions"))
        drafts = bool(self._drafts())
        messages = [kind for kind in waiting if kind in _MESSAGES and (drafts or kind in proposed)]
        case_of = {each.case: self.playbook.register.case(each.case) for each in self.answer.findings}
        escalation = dict.fromkeys(
            role(each.escalation) for each in case_of.values() if each and each.escalation
        )
        to = ", ".join(escalation) or "CS leader, finance, legal, security, implementation or sales manager"
        found = [
            ("J1", "Accept route", f"On to {self._lane()}. Each action still asks for itself.", True),
            (
                "J2",
                "Correct route",
                "Lane, owner, tier, milestone plan and history are updated; the checks run again.",
                True,
            ),
            (
                "J3",
                "Request information",
                "A task for sales, customer, finance, implementation or legal. Everything stays paused.",
                True,
            ),
            (
                "J4",
                "Approve kickoff",
                f"Allows {', '.join(map(phrase, kickoff))}, and a scheduling draft. Nothing else.",
                bool(kickoff),
            ),
            (
                "J5",
                "Approve with conditions",
                "Allows only the scope you name, with an owner of the condition and a deadline.",
                bool(waiting),
            ),
            (
                "J6",
                "Approve a customer message",
                f"Allows {', '.join(map(phrase, messages))} with exactly the text that you saw or edited; both texts are kept.",
                bool(messages),
            ),
            ("J7", "Reject", f"Stops {held}.", bool(waiting)),
            ("J8", "Escalate", f"Passes it to {to}. Everything stays paused.", True),
            (
                "J9",
                "Override",
                f"Lets {held} go on against the warning. A reason and an owner are needed, and it stands in the log.",
                bool(waiting),
            ),
        ]
        return [
            Row(title, "decision", note=allows, state=code) for code, title, allows, fits in found if fits
        ]

    def _lane(self) -> str:
        name = self.values.glossary.names.get(self.playbook.clean_path.lane_name)
        shown = self.values.shown(name) if name else []
        known = shown[0].value.replace("_", " ") if shown and shown[0].state == "known" else ""
        return f"the lane {known}" if known else "the lane or queue you name"


def role(role_id: str) -> str:
    return ROLE_TITLES.get(role_id, role_id.replace("_", " "))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _why(read: EvidenceRead) -> str:
    return {
        "missing": "it is blank",
        "not_provided": "no connected source provides it",
        "conflicting": "its sources differ",
        "stale": "it is older than its limit",
        "ai_only": "only AI says so",
    }.get(read.state, "")
