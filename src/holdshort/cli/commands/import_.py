"""`holdshort import FILE…`: spreadsheets and table exports into records; a dry run first."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--preset",
    metavar="NAME",
    help="A mapping that comes along: salesforce, hubspot or stripe. Guessed where it is left out.",
)
@click.option(
    "--mapping", type=click.Path(path_type=Path), metavar="FILE", help="A mapping file of your own."
)
@click.option(
    "--documents",
    type=click.Path(path_type=Path),
    multiple=True,
    metavar="FILE",
    help="Contract or note texts to attach; for an export of one onboarding.",
)
@click.option(
    "--write",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE.jsonl",
    help="Write the records, one JSON object a line.",
)
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@click.option("--json", "as_json", is_flag=True, help="The dry run as JSON.")
def command(
    files: tuple[Path, ...],
    preset: str | None,
    mapping: Path | None,
    documents: tuple[Path, ...],
    target: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Turn FILES (.csv, .tsv, .xlsx, .parquet) into records that `holdshort run` reads.

    Without `--write` this is a dry run: which columns become which field, which do not, which could be two things, and
    what looks wrong in the rows. A column that the export does not have is left out of the records, never blank.

    Exit code 0: all rows could be read; 1: some could not, the others are written; 2: nothing could be read.
    """
    from holdshort.service.import_records import dry_run, write_records

    if mapping and preset:
        raise click.UsageError("`--mapping` and `--preset` say the same thing twice; give one.")
    if target is None:
        plan = dry_run(files, mapping, preset)
        if as_json:
            click.echo(json.dumps(plan.to_json(), ensure_ascii=False, indent=2))
        else:
            click.echo(plan.to_text())
            click.echo("Add `--write records.jsonl` to write the records.")
        sys.exit(2 if plan.faults and not plan.records else 1 if plan.refused or plan.faults else 0)
    if target.exists() and not force:
        raise click.UsageError(f"`{target}` exists; add `--force` to write over it.")
    written, refused, faults = write_records(files, mapping, preset, documents, target)
    for fault in faults:
        click.echo(f"{fault}\n", err=True)
    click.echo(f"{written} records written to {target}" + (f", {refused} rows refused" if refused else ""))
    sys.exit(2 if not written else 1 if refused else 0)
