"""`holdshort intake --records FILE…`: take records in; each closed-won deal becomes one onboarding, however often it comes."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.diagnostics import Diagnostic
    from holdshort.importers.records_json import RecordLine
    from holdshort.service.flow import Received

STOPPED = 130
_WOULD = {"opened": "would open", "updated": "would update"}


@click.command("intake", cls=StoreCommand, spread=["--records"])
@click.option(
    "--records",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE...",
    help="One or more of .json, .jsonl or - (standard input); .csv, .tsv, .xlsx, .parquet with a mapping or preset.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Which column of an export is which field.",
)
@click.option("--preset", metavar="NAME", help="A mapping that comes along: salesforce, hubspot or stripe.")
@click.option(
    "--channel",
    default="",
    metavar="NAME",
    help="Where the records come from, for the log: CRM, Slack, form …",
)
@click.option("--dry-run", is_flag=True, help="Say what would become of each record, and change nothing.")
@store_command
def command(
    house: House,
    sources: tuple[str, ...],
    mapping: Path | None,
    preset: str | None,
    channel: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Take records in. Each deal becomes one onboarding, by whichever channel and however often it comes.

    What may go on goes on by itself; what a row of the register holds waits in the inbox for a named person. Newer
    facts are never overwritten by older ones. A record that cannot be read does not hide the next one.

    \b
    holdshort intake my-playbook --records records.jsonl --channel CRM
    holdshort intake my-playbook --records deals.csv --preset salesforce --dry-run

    Exit code 0: every record was taken in, also those that changed nothing; 1: some could not be read; 2: usage, or
    not one could be read. 130: stopped by Ctrl-C.
    """
    if mapping and preset:
        raise click.UsageError("`--mapping` and `--preset` say the same thing twice; give one.")
    if sources.count("-") > 1:
        raise click.UsageError("standard input can be read only once; give `-` one time.")
    from holdshort.service.record_sources import read_sources

    house.flow.programs.latest()  # nothing is read where no register has been published
    stdin = sys.stdin.buffer if "-" in sources else None
    lines = read_sources(sources, mapping=mapping, preset=preset, stdin=stdin)
    intake = _Intake(house, channel, dry_run, as_json)
    try:
        intake.take(lines)
        code = intake.exit_code
    except KeyboardInterrupt:
        code = STOPPED
    finally:
        intake.end()
    sys.exit(code)


class _Intake:
    def __init__(self, house: House, channel: str, dry_run: bool, as_json: bool) -> None:
        self._flow = house.flow
        self._channel = channel
        self._dry_run = dry_run
        self._as_json = as_json
        self._outcomes: Counter[str] = Counter()
        self._waiting = 0
        self._faults: list[Diagnostic] = []
        self._unreadable = 0

    @property
    def exit_code(self) -> int:
        if self._unreadable:
            return 1 if self._outcomes else 2
        return 0

    def take(self, lines: Iterable[RecordLine]) -> None:
        from holdshort.cli.progress import Progress

        with Progress(visible=not sys.stdout.isatty()) as progress:
            for count, line in enumerate(lines, start=1):
                progress.step(count)
                self._one(line)

    def _one(self, line: RecordLine) -> None:
        from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
        from holdshort.ports import Conflict, Unavailable
        from holdshort.service.event_json import UnknownEvent

        errors = [each for each in line.faults if each.severity == "error"]
        if line.record is None:
            self._refuse(line, errors or list(line.faults))
            return
        try:
            received = self._flow.intake(line.record, self._channel, dry_run=self._dry_run)
        except HoldshortError as error:
            self._refuse(line, [_placed(each, line.line) for each in error.diagnostics])
        except (Unavailable, UnknownEvent):
            raise
        except Conflict as conflict:
            fault = Diagnostic(
                "FLOW-061",
                f"it was not taken in: {conflict}",
                Where(line=line.line),
                "take the record in once more",
            )
            self._refuse(line, [fault])
        except Exception as error:
            # One record that breaks the program must neither hide the next one nor pass for one that was taken in.
            fault = Diagnostic(
                "FLOW-071",
                f"the record could not be taken in; this is a fault of the program: `{type(error).__name__}: {error}`",
                Where(line=line.line),
                "nothing of it was kept: report the fault with this record",
            )
            self._refuse(line, [fault])
        else:
            self._tell(line, received)

    def _tell(self, line: RecordLine, received: Received) -> None:
        self._outcomes[received.outcome] += 1
        data = _facts(line, received, self._dry_run)
        self._waiting += received.outcome in ("opened", "updated") and bool(data["decides"])
        if self._as_json:
            click.echo(json.dumps(data, ensure_ascii=False, default=str))
        else:
            click.echo(_words(data, self._dry_run))

    def _refuse(self, line: RecordLine, faults: list[Diagnostic]) -> None:
        self._unreadable += 1
        self._faults.extend(faults)
        if self._as_json:
            data = {"line": line.line, "outcome": "unreadable", "faults": [each.to_json() for each in faults]}
            click.echo(json.dumps(data, ensure_ascii=False, default=str))

    def end(self) -> None:
        """All faults at once, in the order of the records, then what it came to."""
        if self._as_json:
            return
        from holdshort.cli.words import plural

        for fault in self._faults:
            click.echo(f"{fault}\n", err=True)
        total = sum(self._outcomes.values())
        said = ", ".join(
            f"{count} {_WOULD.get(each, each) if self._dry_run else each}"
            for each, count in self._outcomes.items()
        )
        text = f"{plural(total, 'record')}{': ' + said if said else ''}"
        if self._unreadable:
            text += f". {plural(self._unreadable, 'record')} could not be read"
        if self._dry_run:
            text += ". Dry run: nothing was changed"
        elif self._waiting:
            text += f". {self._waiting} of them wait{'s' if self._waiting == 1 else ''} for a person: `holdshort inbox`"
        click.echo(text)


def _placed(fault: Diagnostic, line: int) -> Diagnostic:
    from dataclasses import replace

    return fault if fault.where.line is not None else replace(fault, where=replace(fault.where, line=line))


def _facts(line: RecordLine, received: Received, dry_run: bool) -> dict[str, Any]:
    state = received.acted.state if received.acted else None
    data: dict[str, Any] = {
        "line": line.line,
        "outcome": received.outcome,
        "onboarding": received.key,
        "number": None if dry_run and received.outcome == "opened" else received.number,
        "title": state.title if state else "",
        "verdict": state.verdict if state else "",
        "tier": state.tier if state else "",
        "state": state.state if state else "",
        "decides": list(dict.fromkeys(each.owner for each in state.open_reviews())) if state else [],
        "reviews": [f"{received.number}.{each.no}" for each in state.open_reviews()] if state else [],
        "released": [each.kind for each in state.actions.values() if each.run == "released"] if state else [],
    }
    if dry_run:
        data |= {"dry_run": True}
        if received.outcome == "opened":
            data["reviews"] = []
    return data


def _words(data: dict[str, Any], dry_run: bool) -> str:
    from holdshort.cli.screen import badge
    from holdshort.core.action_words import role
    from holdshort.core.visible import one_line

    outcome = _WOULD.get(data["outcome"], data["outcome"]) if dry_run else data["outcome"]
    number = "" if data["number"] is None else str(data["number"])
    tier = badge(data["tier"]) if data["tier"] else "–"
    who = [role(each) for each in data["decides"] if each != "none"]
    decides = (
        f"{', '.join(who[:3])}{' …' if len(who) > 3 else ''} decide{'s' if len(who) == 1 else ''}"
        if who
        else ""
    )
    if not decides and data["tier"]:
        decides = "waits for nobody"
    parts = (
        f"{outcome:<13}",
        f"{number:>5}",
        f"{tier:<9}",
        f"{data['verdict']:<13}",
        one_line(data["onboarding"]),
    )
    return "  ".join((*parts, decides)).rstrip()
