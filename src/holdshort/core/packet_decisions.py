"""Part I11 of a packet: what waits, what may go on, and which of the nine decisions fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from holdshort.core.action_words import phrase, phrases, role
from holdshort.core.answers import Answer
from holdshort.core.packet_layout import Ask
from holdshort.core.packet_rows import Row, capital, list_rows
from holdshort.core.packet_values import ValueReader
from holdshort.core.playbook import Playbook

_KICKOFF = ("create_project", "create_kickoff_tasks")
_MESSAGES = (
    "send_customer_message",
    "send_timeline",
    "change_timeline",
    "send_activation_message",
    "send_reminder",
)


def actions_and_decisions(answer: Answer, playbook: Playbook, values: ValueReader) -> Iterator[Row]:
    """Actions with their states, drafts that would be sent, and the decisions that fit (requirements J)."""
    rows = _Decisions(answer, playbook, values)
    yield from rows.actions()
    yield from rows.drafts()
    yield from rows.decisions()


class _Decisions:
    def __init__(self, answer: Answer, playbook: Playbook, values: ValueReader) -> None:
        self.answer = answer
        self.playbook = playbook
        self.values = values
        self.record = values.record

    def actions(self) -> list[Row]:
        """What was asked for, then what else the findings hold, then what the rows themselves ask for."""
        actions = self.answer.actions
        proposed = [each for each in _texts(self.record.get("proposed_actions")) if each in actions]
        rows = [
            Row(
                capital(phrase(kind)),
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
                    capital(said),
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
                Row(capital(phrase(kind)), "action", note=f"asked for by {case}", state=actions[kind].state)
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

    def drafts(self) -> list[Row]:
        rows = list_rows(
            Ask("Draft", list="messages", optional=True), self.values, "Draft that would be sent:"
        )
        return [
            row
            for row in rows
            if not any(each.field == "status" and each.value in ("sent", "delivered") for each in row.values)
        ]

    def decisions(self) -> list[Row]:
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
        drafts = bool(self.drafts())
        wanted = [kind for kind in proposed if kind in _MESSAGES] or (
            ["send_customer_message"] if drafts else []
        )
        messages = [kind for kind in waiting if kind in wanted]
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


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
