"""What mining found, on a screen: by work area, with numbers, examples and the proposed row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from holdshort.core.columns import COLUMNS
from holdshort.core.shadow_outcomes import KINDS
from holdshort.core.visible import one_line

if TYPE_CHECKING:
    from holdshort.service.mining import Candidate, Found, MiningReport
    from holdshort.service.registers import ImportReport


def show(report: MiningReport) -> None:
    """Print the report."""
    for line in report.said:
        click.echo(one_line(line))
    went_wrong = ", ".join(
        f"{kind.word} {report.happened[kind.word]}" for kind in KINDS if report.happened[kind.word]
    )
    click.echo(f"Went wrong: {went_wrong or 'nothing that is written down'}. Went well: {report.went_well}.")
    click.echo(f"{report.conditions_tried} conditions were tried; what chance alone may bring is not shown.")
    for area, found in report.by_area().items():
        click.echo(f"\n{area.upper()}")
        for each in found:
            _mechanism(each)
    if report.decided:
        click.echo("\nDECISIONS OF PEOPLE")
        for row, candidate in report.decided:
            click.echo(f"  {one_line(row.said)}")
            if candidate is not None:
                _row(candidate)
    if report.labels:
        said = ", ".join(
            f"`{one_line(label)}` ({count} times)" for label, count in report.labels.most_common()
        )
        click.echo(f"\nNot taken for a mechanism, since it only blames: {said}.")
    if report.limits:
        click.echo("\nWhat this history cannot tell:")
        for line in report.limits:
            click.echo(f"  - {one_line(line)}")
    ready = [each.case for each in report.candidates() if not each.fault]
    if ready:
        click.echo(
            f"\n{len(ready)} rows are proposed. To see what the register becomes: `--accept {ready[0]}`; to edit them: `--out FILE`."
        )


def _mechanism(each: Found) -> None:
    found = each.mechanism
    click.echo(f"  {one_line(each.said)}")
    click.echo(
        f"    {found.failed.count / max(1, found.failed.of):.0%} ({found.failed.low:.0%} to {found.failed.high:.0%}) against "
        f"{(found.fine.value or 0):.0%} ({found.fine.low:.0%} to {found.fine.high:.0%}), {found.lift:.1f} times as often; "
        f"chance {found.chance:.1g}; source {each.kind.source}"
    )
    for key, why in each.examples:
        click.echo(f"    {one_line(key)}: {one_line(why)}")
    for case, count in each.stopped_by[:3]:
        click.echo(f"    {case} would have stopped {count} of {len(found.members)}")
    if each.candidate is not None:
        _row(each.candidate)
    elif each.why_none:
        click.echo(f"    {one_line(each.why_none)}")


def _row(candidate: Candidate) -> None:
    state = (
        f"needs a hand: {one_line(candidate.fault)}" if candidate.fault else "parses, and its own test passes"
    )
    click.echo(f"    proposed row ({state}):")
    for column in COLUMNS:
        click.echo(f"      {column.title}: {one_line(candidate.cells.get(column.key, ''))}")
    for name in candidate.records:
        click.echo(f"      with the record records/{name}.json")


def show_import(report: ImportReport, *, to_error: bool) -> None:
    """What the register would become, or became."""
    from holdshort.service.registers import change_lines

    click.echo("", err=to_error)
    for line in change_lines(report.difference):
        click.echo(line, err=to_error)
    for gone in report.inactive:
        click.echo(f"{gone.case}  would not run: {gone.why}", err=to_error)
    for each in report.diagnostics:
        click.echo(f"{each}\n", err=to_error)
    if report.written:
        click.echo(f"Wrote {report.register_file}; as it was before: {report.previous}.", err=to_error)
    elif report.errors:
        click.echo("Nothing is written while there are errors.", err=to_error)
    else:
        click.echo(
            "This was a dry run and nothing was written. Add `--write` to change the register.", err=to_error
        )
