"""`holdshort mine PLAYBOOK --history FILE…`: why past onboardings went wrong, and rows against it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from holdshort.cli.many_files import ManyFiles


@click.command("mine", cls=ManyFiles)
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--history",
    "history",
    multiple=True,
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE...",
    help="Files or folders: .jsonl of events, history tables of a CRM, plain records or exports.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Which column of a plain export is which field.",
)
@click.option("--preset", metavar="NAME", help="A mapping that comes along: salesforce, hubspot or stripe.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the proposed rows into a register file of their own (.csv, .yaml, .xlsx, .md), to edit them.",
)
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="ID",
    help="Show what the register becomes with this row; may be given more than once.",
)
@click.option("--write", is_flag=True, help="With --accept: add the rows to the register, and their records.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything that is shown.")
def command(
    playbook: Path,
    history: tuple[Path, ...],
    mapping: Path | None,
    preset: str | None,
    out: Path | None,
    accepted: tuple[str, ...],
    write: bool,
    as_json: bool,
) -> None:
    """Search past onboardings for what was so where they went wrong and seldom where they went well, and propose rows.

    A proposal is a difference between two groups, with its numbers; a person accepts it, edits it (--out) or drops it.
    Without --write the playbook stays as it is.

    Exit code 0: mined; 1: some lines could not be read, or an accepted row has errors; 2: usage, or nothing could be mined.
    """
    if mapping and preset:
        raise click.UsageError("`--mapping` and `--preset` say the same thing twice; give one.")
    if write and not accepted:
        raise click.UsageError("`--write` is about accepted rows; name them with `--accept ID`.")
    if out is not None and out.exists():
        raise click.UsageError(f"`{out}` exists; name a new file.")
    from holdshort.service.mining import accept, mine, write_candidates

    report = mine(playbook, history, mapping=mapping, preset=preset)
    for fault in report.faults:
        click.echo(f"{fault}\n", err=True)
    if as_json:
        import json

        click.echo(json.dumps(report.to_json(), ensure_ascii=False, default=str))
    else:
        from holdshort.cli.mining_view import show

        show(report)
    if out is not None:
        count = write_candidates(report, out)
        click.echo(f"{count} proposed rows are in {out}.", err=as_json)
    errors = 0
    if accepted:
        from holdshort.cli.mining_view import show_import

        planned = accept(report, accepted, write=write)
        errors = planned.errors
        show_import(planned, to_error=as_json)
    sys.exit(1 if report.fault_count or errors else 0)
