"""`holdshort init DIR`: a starter playbook in a new folder."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import cast

import click

from holdshort.service.init_playbook import FORMATS, Format, InitReport, init_playbook


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "register_format",
    type=click.Choice(FORMATS),
    default="xlsx",
    show_default=True,
    help="How the register is written.",
)
@click.option("--lane", default="", help="The lane of the first release; otherwise the starter's.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with what was written.")
def command(folder: Path, register_format: str, lane: str, as_json: bool) -> None:
    """Write a starter playbook into DIR, a new or empty folder.

    Exit code 0: written; 2: nothing was written.
    """
    report = init_playbook(folder, cast(Format, register_format), lane)
    if as_json:
        click.echo(json.dumps(_as_json(report), ensure_ascii=False))
        return
    click.echo(f"Wrote {report.folder} (lane of the first release: {report.lane})\n")
    for name, purpose in report.written:
        click.echo(f"  {name:<16} {purpose}")
    shown = shlex.quote(str(report.folder))
    click.echo("\nNext:\n")
    for tail, purpose in (
        (f"lint {shown}", "is everything in it understood?"),
        (f"explain {shown} CO-EDGE-002", "how is a row read, and what would fire it?"),
        (f"run {shown} --records {shown}/records/clean-mid-market.json", "what may go on for this customer?"),
        (f"test {shown}", "do the rows do what they promise?"),
    ):
        click.echo(f"  holdshort {tail}\n      {purpose}")


def _as_json(report: InitReport) -> dict[str, object]:
    return {
        "folder": str(report.folder),
        "register": report.register,
        "rows": report.rows,
        "lane": report.lane,
        "written": [name for name, _ in report.written],
    }
