"""`holdshort shadow PLAYBOOK --history FILE…`: what the register would have caught in the past, and what it would have cost."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from holdshort.cli.many_files import ManyFiles


@click.command("shadow", cls=ManyFiles)
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
    "--against",
    type=click.Path(path_type=Path),
    metavar="OTHER",
    help="Another playbook, or a register file with this playbook's words: shown side by side.",
)
@click.option(
    "--register",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A draft register to replay instead of the playbook's own.",
)
@click.option(
    "--days",
    type=click.IntRange(min=1, max=36_500),
    default=90,
    show_default=True,
    help="How far back from the last event an onboarding may have begun.",
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Which column of a plain export is which field.",
)
@click.option("--preset", metavar="NAME", help="A mapping that comes along: salesforce, hubspot or stripe.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object with everything that is shown.")
@click.option(
    "--html", type=click.Path(path_type=Path), metavar="FILE", help="Also write the report as one page."
)
@click.option(
    "--rows", type=click.IntRange(min=0), default=25, show_default=True, help="Show so many rows; 0: all."
)
def command(
    playbook: Path,
    history: tuple[Path, ...],
    against: Path | None,
    register: Path | None,
    days: int,
    mapping: Path | None,
    preset: str | None,
    as_json: bool,
    html: Path | None,
    rows: int,
) -> None:
    """Replay past onboardings, as they were known then, through the register of PLAYBOOK. Nothing is sent or written.

    Catch: what went wrong and would have been stopped before. Drag: what went well and would have been held.

    Exit code 0: replayed; 1: some lines of the history or rows of the register could not be read, the others were
    replayed; 2: usage, or nothing could be replayed.
    """
    if mapping and preset:
        raise click.UsageError("`--mapping` and `--preset` say the same thing twice; give one.")
    from holdshort.service.shadowing import shadow

    report = shadow(
        playbook, history, against=against, register=register, days=days, mapping=mapping, preset=preset
    )
    for fault in report.faults:
        click.echo(f"{fault}\n", err=True)
    if report.fault_count > len(report.faults):
        click.echo(f"… and {report.fault_count - len(report.faults)} more faults of the history.\n", err=True)
    for error in report.first.loaded.errors:
        click.echo(f"{error}\n", err=True)
    if html is not None:
        from holdshort.importers.register_files import replace_file
        from holdshort.service.shadow_html import shadow_page

        replace_file(html, shadow_page(report).encode())
    if as_json:
        import json

        click.echo(json.dumps(report.to_json(), ensure_ascii=False, default=str))
    else:
        from holdshort.cli.shadow_view import show

        show(report, rows)
        if html is not None:
            click.echo(f"The page is {html}.")
    sys.exit(_exit_code(report.replayed, report.fault_count + len(report.first.loaded.errors)))


def _exit_code(replayed: int, faults: int) -> int:
    if not replayed:
        return 2
    return 1 if faults else 0
