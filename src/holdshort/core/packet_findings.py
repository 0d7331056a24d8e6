"""Parts I8 and I10 of a packet: what is missing or in conflict, and why a person sees the onboarding."""

from __future__ import annotations

from collections.abc import Iterator

from holdshort.core.action_words import role
from holdshort.core.answers import Answer, EvidenceRead, Finding
from holdshort.core.packet_rows import Row, capital
from holdshort.core.packet_values import Shown, ValueReader, as_text
from holdshort.core.playbook import Playbook
from holdshort.core.presence import NotKnown
from holdshort.core.register import TIER_ORDER
from holdshort.core.rules import ast
from holdshort.core.rules.walk import nodes

_CHECK_STATES = {"the check fails": "check fails", "the check cannot tell": "cannot tell"}


def conflicts_and_gaps(answer: Answer, playbook: Playbook, values: ValueReader) -> Iterator[Row]:
    """Part I8: fields side by side where systems differ, then what is missing, then what nobody looks at."""
    parts = _FindingParts(answer, playbook, values)
    yield from parts.conflicts()
    yield from parts.missing()
    yield from parts.not_covered()


def cases(answer: Answer, playbook: Playbook, values: ValueReader) -> Iterator[Row]:
    """Part I10: a row for each finding, the strictest first."""
    parts = _FindingParts(answer, playbook, values)
    for finding in parts.strictest_first():
        yield parts.case(finding)


class _FindingParts:
    def __init__(self, answer: Answer, playbook: Playbook, values: ValueReader) -> None:
        self.answer = answer
        self.playbook = playbook
        self.values = values
        self.record = values.record

    # --- I8 ---

    def conflicts(self) -> list[Row]:
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
                    Row(
                        capital(label),
                        "values",
                        tuple(shown),
                        note=note,
                        state="conflicting",
                        compared=True,
                        differs=True,
                    )
                )
        for name in names.values():
            if len(name.paths) < 2:
                continue
            value = self.values.reader.read(name, self.record)
            if isinstance(value, NotKnown) and value.state == "conflicting":
                shown = self.values.shown(name)
                rows.append(
                    Row(
                        capital(name.name),
                        "values",
                        tuple(shown),
                        note=value.reason,
                        state="conflicting",
                        compared=True,
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

    def missing(self) -> list[Row]:
        """Gaps of the rows, one line a name, then handoff fields that nobody asked about and that are blank."""
        rows: dict[str, Row] = {}
        for gap in self.answer.gaps:
            if not self._is_quiet(gap.name, gap.state):
                before = rows.get(gap.name)
                cases = (*before.lines, gap.case) if before else (gap.case,)
                rows[gap.name] = Row(
                    capital(gap.name),
                    "gap",
                    note=gap.why,
                    lines=tuple(dict.fromkeys(cases)),
                    state=_CHECK_STATES.get(" ".join(gap.why.split(":")[0].split()[:4]), gap.state),
                )
        for finding in self.answer.findings:
            for read in finding.evidence:
                if (
                    read.state != "known"
                    and read.name not in rows
                    and not self._is_quiet(read.name, read.state)
                ):
                    rows[read.name] = Row(
                        capital(read.name), "gap", note=_why(read), lines=(finding.case,), state=read.state
                    )
        for field in self.playbook.clean_path.lists.get("handoff fields", ()):
            name = self.values.glossary.names.get(field)
            if name is None or field in rows:
                continue
            value = self.values.reader.read(name, self.record)
            if isinstance(value, NotKnown) and value.missing:
                rows[field] = Row(
                    capital(field), "gap", note="handoff field that is not there", state=value.state
                )
        return list(rows.values())

    def _is_quiet(self, name: str, state: str) -> bool:
        """Nobody expects it and no source gives it: one line for all of them says enough."""
        entry = self.values.glossary.names.get(name)
        return entry is not None and not entry.expected and state == "not_provided"

    def not_covered(self) -> list[Row]:
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

    # --- I10 ---

    def strictest_first(self) -> list[Finding]:
        return sorted(
            self.answer.findings, key=lambda each: (-TIER_ORDER.get(each.tier, -1), each.result != "matched")
        )

    def case(self, finding: Finding) -> Row:
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


def _why(read: EvidenceRead) -> str:
    return {
        "missing": "it is blank",
        "not_provided": "no connected source provides it",
        "conflicting": "its sources differ",
        "stale": "it is older than its limit",
        "ai_only": "only AI says so",
    }.get(read.state, "")
