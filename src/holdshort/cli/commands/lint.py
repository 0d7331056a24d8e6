"""`holdshort lint PLAYBOOK`: every problem of a register at once."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from holdshort.core.diagnostics import Diagnostic

SHOWN_OF_ONE_CODE = 5


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
@click.option("--all", "show_all", is_flag=True, help="Show every warning and note in full.")
def command(
    playbook: Path, register_file: Path | None, as_json: bool, errors_only: bool, show_all: bool
) -> None:
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
        for text in [str(each) for each in found] if show_all else _folded(found):
            click.echo(f"{text}\n")
        click.echo(report.summary())
    sys.exit(1 if report.errors else 0)


def _folded(found: Sequence[Diagnostic]) -> Iterator[str]:
    """Errors in full; of a warning or note that many rows get, the first in full and where the others stand."""
    counts = Counter(each.code for each in found if each.severity != "error")
    seen: set[str] = set()
    for each in found:
        if each.severity == "error" or counts[each.code] <= SHOWN_OF_ONE_CODE:
            yield str(each)
        elif each.code not in seen:
            seen.add(each.code)
            others = [
                other.where.case or other.where.column
                for other in found
                if other.code == each.code and other is not each
            ]
            places = ", ".join(dict.fromkeys(others))
            yield f"{each}\n   = {len(others)} more like this: {places}; `--all` shows them"
