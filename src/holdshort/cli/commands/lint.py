"""`holdshort lint PLAYBOOK`: every problem of a register at once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click


@click.command("lint")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--register",
    "register_file",
    type=click.Path(path_type=Path),
    help="Another register file to read with this playbook's words.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a finding.")
@click.option("--errors-only", is_flag=True, help="Leave warnings and notes out.")
def command(playbook: Path, register_file: Path | None, as_json: bool, errors_only: bool) -> None:
    """Show everything that is wrong or doubtful in PLAYBOOK (a folder), each with its place and how to mend it.

    Exit code 0: nothing stops the register from going live; 1: there are errors; 2: nothing could be read.
    """
    from holdshort.service.lint import lint_playbook

    report = lint_playbook(playbook, register_file)
    found = [each for each in report.diagnostics if not errors_only or each.severity == "error"]
    if as_json:
        for each in found:
            click.echo(json.dumps(each.to_json(), ensure_ascii=False))
    else:
        for each in found:
            click.echo(f"{each}\n")
        click.echo(report.summary())
    sys.exit(1 if report.errors else 0)
