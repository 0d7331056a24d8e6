"""`holdshort mutate PLAYBOOK`: break the register on purpose and see which tests notice."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from holdshort.service.mutating import Fate, MutationReport

_FEW = 20


@click.command("mutate")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option("--case", default="", metavar="ID", help="Break only this row.")
@click.option(
    "--all", "with_all", is_flag=True, help="Show what was noticed too, by which test, and the small slips."
)
@click.option("--json", "as_json", is_flag=True, help="The report as one JSON object, with every mutant.")
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as one web page as well.",
)
def command(playbook: Path, case: str, with_all: bool, as_json: bool, html: Path | None) -> None:
    """Break the register in PLAYBOOK (a folder) on purpose, one slip at a time, and see which acceptance tests notice.

    A part of a trigger is dropped or turned round, required evidence is lost, a limit is stretched, an action is no longer
    held, a tier is lowered, somebody without a say decides, a row is gone … Each slip that no test notices is told with a
    test that would have. Nothing is changed and nothing leaves this machine.

    Exit code 0: no slip in the safety of a high or hold row goes unnoticed; 1: one does, or a test fails already; 2:
    nothing could be read.
    """
    from holdshort.bootstrap import memory_stage
    from holdshort.cli.progress import Progress
    from holdshort.service.mutating import mutate_playbook

    with Progress(not as_json, "rows") as progress:
        report = mutate_playbook(
            playbook,
            memory_stage,
            case,
            workers=min(os.cpu_count() or 1, 2),
            with_all=with_all or bool(case),
            tell=lambda done, of: progress.step(done),
        )
    if html is not None:
        from holdshort.cli.written import write_file
        from holdshort.service.mutating_html import page

        write_file(html, page(report, with_all))
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        for line in _lines(report, with_all):
            click.echo(line)
    sys.exit(0 if report.passed and not report.failing and not report.diagnostics else 1)


def _lines(report: MutationReport, with_all: bool) -> Iterator[str]:
    from holdshort.core.visible import one_line
    from holdshort.service.mutating_html import summary

    for diagnostic in report.diagnostics:
        yield f"{diagnostic}\n"
    for name, said in report.failing:
        yield f"fails already, so it proves nothing: {name}: {one_line(said)}"
    counting = [each for each in report.survivors if each.counts]
    small = [each for each in report.survivors if not each.counts]
    for fate in counting:
        yield from _survivor(fate)
    shown = small if with_all else small[: 0 if counting else _FEW]
    if shown:
        yield "Less hangs on these:\n"
    for fate in shown:
        yield from _survivor(fate)
    if len(small) > len(shown):
        yield f"and {len(small) - len(shown)} on which less hangs: --all shows them\n"
    for fate in report.fates if with_all else ():
        if fate.ending == "killed":
            yield f"noticed: if {one_line(fate.what)}\n    by {fate.by[0]}: {one_line(fate.by[1])}"
        elif fate.ending == "makes no difference":
            yield f"no difference: if {one_line(fate.what)}: {one_line(fate.why)}"
    yield summary(report)


def _survivor(fate: Fate) -> Iterator[str]:
    from holdshort.core.visible import one_line

    yield f"{fate.case} ({fate.tier}): if {one_line(fate.what)}, no test would notice."
    if fate.proposal is not None:
        yield f"    this one would: {one_line(fate.proposal.sentence)}"
        if fate.proposal.record is not None:
            yield f"    with records/{fate.proposal.record[0]}.json, which --json prints"
    yield ""
