"""How an answer reads in a terminal: who, how risky, what is held and why, what may go on, who decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from holdshort.core.action_words import phrase, phrases, role
from holdshort.core.answers import Answer, EvidenceRead, Finding, Gap
from holdshort.core.packet import account_of, moment
from holdshort.core.packet_values import ValueReader, as_text
from holdshort.core.playbook import Playbook
from holdshort.core.register import TIER_ORDER
from holdshort.core.visible import one_line

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from holdshort.service.run import Tally

SHAPES = {"hold": "■", "high": "▲", "medium": "●", "low": "○", "clean": "✓", "not triggered": "–"}
_STYLES = {
    "hold": "bold red",
    "high": "bold yellow",
    "medium": "yellow",
    "low": "green",
    "clean": "green",
    "not triggered": "dim",
}
_MOST_GAPS = 6
_MOST_UNSURE = 3
_LONGEST = 240
VERDICTS = ("held", "needs review", "clean", "not triggered")


def new_console(width: int | None = None) -> Console:
    """A console as wide as the terminal, at most 120; 100 where there is no terminal to ask."""
    import os

    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False, width=width)
    if width is None and not console.is_terminal and not os.environ.get("COLUMNS"):
        return Console(highlight=False, emoji=False, markup=False, width=100)
    if console.width > 120:
        console.width = 120
    return console


def badge(answer: Answer) -> str:
    """Word and shape together, so that colour is never all that tells: `▲ high`."""
    word = answer.tier if answer.findings else answer.verdict
    return f"{SHAPES[word]} {word}"


def tier_style(answer: Answer) -> str:
    """The colour that goes with `badge`."""
    return _STYLES[answer.tier if answer.findings else answer.verdict]


class AnswerView:
    """Prints answers of one playbook, one block each."""

    def __init__(self, console: Console, playbook: Playbook, now: datetime, why: bool = False) -> None:
        self.console = console
        self.playbook = playbook
        self.now = now
        self.why = why

    def show(self, answer: Answer, record: Mapping[str, Any]) -> None:
        from rich.text import Text

        word = answer.tier if answer.findings else answer.verdict
        account, title = account_of(record, self.playbook, self.now)
        head = Text()
        head.append(badge(answer), _STYLES[word])
        head.append("  " + (_cut(one_line(account)) or "(no account name)"), "bold")
        if title and title != account:
            head.append(f"  {_cut(one_line(title))}")
        if answer.findings:
            head.append(f"  {answer.verdict}", _STYLES[word])
        self.console.print(head)
        marks = [one_line(answer.onboarding), *([one_line(answer.record_id)] if answer.record_id else [])]
        self.console.print(Text(f"  {' · '.join(marks)} · line {answer.line}", "dim"))
        self.console.print(self._facts(answer, record))
        if self.why:
            for finding in answer.findings:
                self._reasons(finding, record)
        self.console.print()

    def _facts(self, answer: Answer, record: Mapping[str, Any]) -> Table:
        from rich.table import Table

        grid = Table.grid(padding=(0, 2, 0, 0), expand=False)
        grid.add_column(no_wrap=True, style="dim", min_width=11)
        grid.add_column(overflow="fold", ratio=1)
        for label, text in self._lines(answer, record):
            grid.add_row(f"  {label}", text)
        return grid

    def _lines(self, answer: Answer, record: Mapping[str, Any]) -> Iterable[tuple[str, Text]]:
        from rich.text import Text

        proposed = dict.fromkeys(
            each
            for each in _listed(record.get("proposed_actions"))
            if isinstance(each, str) and each in answer.actions
        )
        held = [
            kind
            for kind, each in answer.actions.items()
            if each.state == "held" and (each.cases or kind in proposed)
        ]
        if held:
            asked = [kind for kind in held if kind in proposed]
            bold = [_plain(kind) for kind in asked]
            # Groups are named over all that is held, so that a wide hold reads as one.
            rest = [each for each in self._phrases(held) if each not in bold]
            text = Text(", ".join(bold), "bold")
            if bold and rest:
                text.append("; also ", "not bold")
            text.append(", ".join(rest), "not bold")
            yield "Held", text
        for number, line in enumerate(self._because(answer.findings)):
            yield ("" if number else "Because"), Text(line)
        waiting = [kind for kind in proposed if answer.actions[kind].state == "needs review"]
        if waiting:
            yield "Waits", Text(f"{', '.join(map(_plain, waiting))}: a person looks first")
        not_due = [kind for kind in proposed if answer.actions[kind].state == "not due"]
        if not_due:
            yield "Not due", Text(", ".join(map(_plain, not_due)))
        released = [kind for kind in proposed if answer.actions[kind].state == "released"]
        if released:
            yield "May go on", Text(", ".join(map(_plain, released)))
        elif not proposed and answer.verdict != "not triggered":
            free = [
                kind
                for kind, each in answer.actions.items()
                if each.state == "released"
                and (known := self.playbook.catalogue.find(kind))
                and known.stopped_by_hold
            ]
            said = ", ".join(self._phrases(free)) or "work inside the house"
            yield "May go on", Text(f"{said} (nothing was asked for)")
        if answer.verdict == "not triggered":
            yield "May go on", Text("nothing yet: no valid trigger, no onboarding under way")
        if answer.reviewers:
            yield "Decides", self._deciders(answer)
        missing = self._missing(answer)
        if missing:
            yield "Missing", Text(missing)

    def _phrases(self, kinds: Iterable[str]) -> list[str]:
        return [one_line(each) for each in phrases(kinds, self.playbook.catalogue)]

    def _because(self, findings: Iterable[Finding]) -> Iterable[str]:
        """What was seen, finding by finding; many rows that cannot tell become one line that says what they lack."""
        findings = list(findings)
        unsure = [each for each in findings if each.result == "unknown"]
        few = len(unsure) <= _MOST_UNSURE
        for finding in findings:
            if finding.result == "matched" or few:
                yield self._seen(finding)
        if not few:
            lacking = list(dict.fromkeys(one_line(why) for each in unsure for why in each.why))
            shown = "; ".join(lacking[:_MOST_UNSURE])
            more = f"; and {len(lacking) - _MOST_UNSURE} more" if len(lacking) > _MOST_UNSURE else ""
            strictest = max((each.tier for each in unsure), key=lambda tier: TIER_ORDER[tier])
            yield f"{len(unsure)} rows cannot tell (up to {strictest}): {shown}{more}. --why lists them"

    def _seen(self, finding: Finding) -> str:
        case = self.playbook.register.case(finding.case)
        scenario = one_line(case.scenario) if case else "no active row of the register covers this onboarding"
        seen = ", ".join(one_line(why) for why in finding.why[:2]) or scenario
        unsure = "" if finding.result == "matched" else "cannot tell: "
        stops = "" if finding.holds else ", stops nothing"
        return f"{unsure}{seen} ({finding.case}, {finding.tier}{stops})"

    def _deciders(self, answer: Answer) -> Text:
        from rich.text import Text

        first, *others = answer.reviewers
        if first == "none":
            return Text("nobody has to")
        people = self.playbook.settings.people.get(first, ())
        text = Text(role(first), "bold")
        if people:
            text.append(f" ({one_line(', '.join(each.split(' <')[0] for each in people))})", "not bold")
        if others:
            text.append(f"; for their own rows also {', '.join(map(role, others))}", "not bold")
        return text

    def _missing(self, answer: Answer) -> str:
        """What the findings lack; a name that nobody expects and no source gives is the register's matter."""
        names = self.playbook.glossary.names
        cases = {finding.case for finding in answer.findings}

        def is_quiet(gap: Gap) -> bool:
            entry = names.get(gap.name)
            return gap.case not in cases or (
                entry is not None and not entry.expected and gap.state == "not_provided"
            )

        found = dict.fromkeys(_gap_words(gap) for gap in answer.gaps if not is_quiet(gap))
        shown = list(found)[:_MOST_GAPS]
        more = len(found) - len(shown)
        return "; ".join(shown) + (f"; and {more} more" if more else "")

    def _reasons(self, finding: Finding, record: Mapping[str, Any]) -> None:
        from rich.padding import Padding
        from rich.text import Text

        case = self.playbook.register.case(finding.case)
        seen = "matched" if finding.result == "matched" else "cannot tell"
        self.console.print(
            Text(f"  {finding.case}: {seen}, {finding.tier}, {role(finding.owner)} decides", "bold")
        )
        if case:
            self.console.print(
                Padding(Text(f"“{one_line(case.texts.get('trigger', ''))}”", "italic"), (0, 0, 0, 4))
            )
        for why in finding.why:
            self.console.print(Padding(Text(f"· {one_line(why)}"), (0, 0, 0, 4)))
        zone = self.playbook.settings.calendar.zone
        values = ValueReader(self.playbook.glossary, record, moment(record, self.now, zone), zone)
        for read in finding.evidence:
            self.console.print(Padding(Text(_evidence(read, values), "dim"), (0, 0, 0, 4)))


def summary(tally: Tally) -> str:
    """Onboardings by verdict and by who decides first; tasks are never counted."""
    count = tally.answered
    verdicts = ", ".join(
        f"{tally.verdicts[each]} {_need(each, tally.verdicts[each])}"
        for each in VERDICTS
        if tally.verdicts[each]
    )
    text = (
        f"{count} onboarding{'' if count == 1 else 's'}: {verdicts}"
        if count
        else "No onboarding could be answered"
    )
    if tally.reviewers:
        text += ". First to decide: " + ", ".join(
            f"{role(each)} {number}" for each, number in tally.reviewers.most_common()
        )
    if tally.unreadable:
        text += f". Could not be read: {tally.unreadable}"
    return text


def _need(verdict: str, number: int) -> str:
    return "need review" if verdict == "needs review" and number != 1 else verdict


def _cut(text: str, most: int = 70) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _plain(kind: str) -> str:
    return one_line(phrase(kind))


def _gap_words(gap: Gap) -> str:
    if gap.why.startswith("the check "):
        return f"check “{gap.name}” {gap.why.removeprefix('the check ').split(':')[0]}"
    state = {"missing": "", "not_provided": " (no source gives it)", "conflicting": " (sources differ)"}
    return f"{gap.name}{state.get(gap.state, ' (' + gap.state.replace('_', ' ') + ')')}"


def _evidence(read: EvidenceRead, values: ValueReader) -> str:
    value = one_line(as_text(read.value))
    if len(value) > _LONGEST:
        value = value[:_LONGEST] + " …"
    state = "" if read.state == "known" else f" [{read.state.replace('_', ' ')}]"
    place = f"{values.title_of(read.system)} {read.field.replace('_', ' ')}".strip()
    age = values.age(read.as_of)
    return f"{read.name}: {value or '–'}{state} ({place}{', ' + age if age else ''})"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
