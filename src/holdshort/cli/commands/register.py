"""`holdshort register …`: out to a spreadsheet, back in again, merged with what changed since, and what differs."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from collections.abc import Iterable

    from holdshort.core.diagnostics import Diagnostic
    from holdshort.core.merging import Side
    from holdshort.service.merging import MergeReport
    from holdshort.service.registers import ImportReport

_PATH = click.Path(path_type=Path)


@click.group("register")
def command() -> None:
    """Export, import, merge and compare registers."""


@command.command("export")
@click.argument("playbook", type=_PATH)
@click.argument("file", type=_PATH)
@click.option(
    "--form",
    type=click.Choice(["long", "short"]),
    default="long",
    show_default=True,
    help="All columns, or the nine of the short form.",
)
@click.option("--force", is_flag=True, help="Replace FILE where it exists.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with what was written.")
def export(playbook: Path, file: Path, form: str, force: bool, as_json: bool) -> None:
    """Write the register of PLAYBOOK to FILE: .xlsx with drop-down lists, .csv, .yaml or .md, by its name.

    Exit code 0: written; 2: nothing was written.
    """
    from holdshort.service.registers import export_register

    remarks = export_register(playbook, file, "short" if form == "short" else "long", force=force)
    if as_json:
        said = {"file": str(file), "form": form, "diagnostics": [each.to_json() for each in remarks]}
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    _show(remarks)
    click.echo(f"Wrote {file}. Take its changes back with `holdshort register import {playbook} {file}`.")


@command.command("import")
@click.argument("playbook", type=_PATH)
@click.argument("file", type=_PATH)
@click.option("--write", is_flag=True, help="Write the changes; without it nothing is written.")
@click.option("--partial", is_flag=True, help="FILE holds some of the rows: those it lacks stay.")
@click.option("--remove", is_flag=True, help="With --write: rows that FILE lacks go, however many they are.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything that is shown.")
def import_(playbook: Path, file: Path, write: bool, partial: bool, remove: bool, as_json: bool) -> None:
    """Show what the register of PLAYBOOK would become with the rows of FILE; with --write, make it so.

    Nothing is written where a cell has an error. The register as it was before is kept beside the new one.

    Exit code 0: no errors; 1: errors, so nothing is written; 2: nothing could be read.
    """
    from holdshort.service.registers import plan_import, write_import

    report = plan_import(playbook, file, partial=partial)
    gone = len(report.difference.cases("row removed"))
    if write and not remove and gone > max(3, len(report.table.rows) // 10):
        raise click.UsageError(
            f"`{file.name}` lacks {gone} rows of the register, and they would be removed. If it holds only some of the "
            "rows, add `--partial`; if they shall go, add `--remove`."
        )
    if write:
        report = write_import(report)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _show_import(report)
    sys.exit(1 if report.errors else 0)


@command.command("diff")
@click.argument("a", type=_PATH)
@click.argument("b", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a change, with whole texts.")
def diff(a: Path, b: Path, as_json: bool) -> None:
    """Say what changed from register A to register B, each a playbook folder or a register file.

    Exit code 0: they say the same; 1: they differ; 2: one of them cannot be read.
    """
    from holdshort.service.registers import change_lines, changes_to_json, diff_registers

    difference, remarks = diff_registers(a, b)
    if as_json:
        for change in changes_to_json(difference):
            click.echo(json.dumps(change, ensure_ascii=False))
    else:
        _show(each for each in remarks if each.severity == "error")
        for line in change_lines(difference):
            click.echo(line)
        if difference.is_none:
            click.echo("The two registers say the same.")
    sys.exit(0 if difference.is_none else 1)


@command.command("merge")
@click.argument("playbook", type=_PATH)
@click.argument("base", type=_PATH)
@click.argument("theirs", type=_PATH)
@click.option("--dry-run", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--prefer",
    type=click.Choice(["ours", "theirs"]),
    help="Settle every conflict for the playbook (ours) or for the spreadsheet (theirs).",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything that is shown.")
def merge(playbook: Path, base: Path, theirs: Path, dry_run: bool, prefer: str | None, as_json: bool) -> None:
    """Take the changes that THEIRS made since BASE into the register of PLAYBOOK, which has moved on since.

    Rows are found by their ID, whatever place they stand at; edits to different cells of one row both count. Where both
    sides changed one cell, it is a conflict: nothing is written, and each is shown with the three texts. Extra columns,
    order, comments and formats of the playbook's register stay, and the register as it was before is kept beside it.

    Exit code 0: merged; 1: conflicts or errors, so nothing is written; 2: nothing could be read.
    """
    from holdshort.service.merging import plan_merge, write_merge

    report = plan_merge(playbook, base, theirs, lambda conflict: cast("Side | None", prefer))
    if not dry_run:
        report = write_merge(report)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        _show_merge(report, dry_run)
    sys.exit(0 if report.clean else 1)


def _show_merge(report: MergeReport, dry_run: bool) -> None:
    from holdshort.service.registers import plain

    for each in report.conflicts:
        click.echo(f"{each.case}  conflict in {each.column_title}")
        for side, text in (("base", each.base), ("ours", each.ours), ("theirs", each.theirs)):
            click.echo(f"  {side:<7} {plain(text) or '(nothing)'}")
    if report.conflicts:
        click.echo()
    _show_import(report.change, "" if report.conflicts else _merged(report, dry_run))
    if report.conflicts:
        click.echo(
            f"{_count(len(report.conflicts), 'conflict')}: nothing is written. Agree on each, change it in one of the two, "
            "and merge again; or settle all of them with --prefer ours or --prefer theirs."
        )


def _merged(report: MergeReport, dry_run: bool) -> str:
    change = report.change
    if dry_run and report.clean and change.difference.changes:
        return f"This was a dry run and nothing was written to {change.register_file}."
    return _outcome(change)


def _show_import(report: ImportReport, outcome: str | None = None) -> None:
    from holdshort.service.registers import change_lines

    for line in change_lines(report.difference):
        click.echo(line)
    for gone in report.inactive:
        now = "would stop running" if gone.was_active else "would not run"
        click.echo(f"{gone.case}  {now}: {gone.why}")
    if report.difference.changes or report.inactive:
        click.echo()
    for each in report.diagnostics:
        click.echo(f"{each}\n")
    click.echo(_summary(report))
    if report.other_errors:
        click.echo(
            f"The playbook's other files have {_count(report.other_errors, 'error')}: `holdshort lint` shows them."
        )
    said = _outcome(report) if outcome is None else outcome
    if said:
        click.echo(said)


def _summary(report: ImportReport) -> str:
    difference = report.difference
    cells = sum(1 for each in difference.changes if each.column_title != "row")
    return (
        f"{_count(cells, 'cell')} changed in {_count(len(difference.cases('cell')), 'row')}, "
        f"{_count(len(difference.cases('row added')), 'row')} added, "
        f"{_count(len(difference.cases('row removed')), 'row')} removed; "
        f"{_count(len(report.inactive), 'row')} would not run; {_count(report.errors, 'error')}."
    )


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _outcome(report: ImportReport) -> str:
    register = report.register_file
    if report.written and report.previous:
        return (
            f"Wrote {register}. The register as it was before is {report.previous}; to undo, put it back "
            f"under the name {register.name}."
        )
    if report.errors:
        return "Nothing is written while there are errors: mend them, then try again."
    if not report.difference.changes:
        return f"Nothing to write: {register} says the same."
    return f"This was a dry run and nothing was written. Add --write to change {register}."


def _show(remarks: Iterable[Diagnostic]) -> None:
    for each in remarks:
        click.echo(f"{each}\n", err=True)
