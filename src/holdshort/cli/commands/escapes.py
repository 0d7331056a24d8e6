"""`holdshort escapes PLAYBOOK`: is there a record on which something goes that must not?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from holdshort.core.escapes.report import Escape, EscapeReport


@click.command("escapes")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--mode",
    type=click.Choice(["shadow", "draft-first", "live"]),
    help="Search as if the playbook were in this mode.",
)
@click.option(
    "--depth",
    type=click.IntRange(0, 4),
    default=1,
    show_default=True,
    metavar="N",
    help="How many changes beside the danger are combined.",
)
@click.option(
    "--records",
    "budget",
    type=click.IntRange(1, 1_000_000),
    default=1500,
    show_default=True,
    metavar="N",
    help="How many records may be tried for one statement.",
)
@click.option(
    "--bare",
    is_flag=True,
    help="Also show where only the action catalogue asks for a person and no row tells them why.",
)
@click.option(
    "--gaps",
    is_flag=True,
    help="Instead, show records on which rows overlap with differing answers, and differences that no row looks at.",
)
@click.option("--json", "as_json", is_flag=True, help="The report with its certificate as one JSON object.")
def command(
    playbook: Path, mode: str | None, depth: int, budget: int, bare: bool, gaps: bool, as_json: bool
) -> None:
    """Search PLAYBOOK (a folder) for a record on which a message, a billing, access or project write goes although it must not.

    What must not happen is said by fourteen safety statements that look at no row. The search makes each danger and then tries
    every change that could silence the rows which hold. It says what it covered and claims no more than that.

    Exit code 0: nothing found; 1: something found; 2: the playbook cannot be read.
    """
    if gaps:
        _show_overlaps(playbook, as_json)
        return
    from holdshort.service.escaping import escapes

    report = escapes(playbook, depth, budget, bare, mode)  # type: ignore[arg-type]
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, default=str))
    else:
        _show(report)
    sys.exit(1 if report.escapes else 0)


def _show(report: EscapeReport) -> None:
    from holdshort.cli.screen import Screen

    screen = Screen()
    for each in report.found:
        _show_one(each, screen)
    screen.section("What was covered")
    rows = [
        (
            each.statement,
            f"{each.says}: {each.records:,} records over {len(each.names)} names"
            + (
                f"; {each.never_alone} of {each.kinds} kinds never go without a person"
                if each.never_alone
                else ""
            )
            + ("" if each.complete else "; the budget ended first")
            + (f"; not said by this glossary: {'; '.join(each.not_said)}" if each.not_said else ""),
        )
        for each in report.covered
    ]
    screen.rows(rows)
    screen.blank()
    screen.line(report.certificate(), "bold", indent=0)
    screen.line("It says nothing about other values, names and combinations.", "dim", indent=0)


def _show_one(each: Escape, screen: object) -> None:
    from holdshort.cli.screen import Screen

    assert isinstance(screen, Screen)
    kinds = ", ".join(kind.replace("_", " ") for kind in each.kinds) or "approval"
    style = "bold red" if each.grade == "escape" else "yellow"
    screen.section(f"{each.statement}  {kinds}: {'goes' if each.grade == 'escape' else 'no row holds it'}")
    screen.rows(
        [
            ("must not", each.says),
            ("although", each.danger),
            ("gate says", each.why),
            (
                "seen on",
                f"{each.base} with {'; '.join(each.changes) or 'no change'}"
                if each.base
                else "a made-up record",
            ),
        ],
        text_style=style if each.grade == "escape" else "",
    )
    if each.record:
        screen.line("The smallest record; without any of its fields it is not so:", "dim")
        screen.quoted(json.dumps(each.record, ensure_ascii=False, indent=1, default=str), indent=4)


def _show_overlaps(playbook: Path, as_json: bool) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.service.overlapping import overlaps

    report = overlaps(playbook)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, default=str))
        sys.exit(1 if report.found else 0)
    screen = Screen()
    for each in report.found:
        screen.section(f"{each.what}: {', '.join(each.cases) or 'no row'}")
        screen.line(each.says)
        screen.line(
            f"seen on {each.record_name}" + (f" with {'; '.join(each.changes)}" if each.changes else ""),
            "dim",
        )
    screen.blank()
    screen.line(report.summary(), "bold", indent=0)
    sys.exit(1 if report.found else 0)
