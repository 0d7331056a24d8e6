"""`holdshort demo`: the main job on a made-up company, and what to look at next."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from holdshort.core.answers import Answer
    from holdshort.service.demo import DemoRun


@click.command("demo")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object an onboarding, as `run --json` prints it."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Also write the demo's playbook, records and review packets into a new folder.",
)
@click.option(
    "--playbook",
    "playbook",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Only write the demo company's own playbook, signed off, into a new folder: the go-live gate passes for it.",
)
@click.option(
    "--history",
    "history",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Only write ninety made-up days with planted failures into a new folder, to try `shadow` and `mine`.",
)
@click.option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    help="With --history: the same seed makes the same days.",
)
@click.option(
    "--onboardings",
    type=click.IntRange(min=1, max=1_000_000),
    default=500,
    show_default=True,
    help="With --history: how many onboardings.",
)
def command(
    as_json: bool,
    out: Path | None,
    playbook: Path | None,
    history: Path | None,
    seed: int,
    onboardings: int,
) -> None:
    """Run forty made-up onboardings of one week at Lumenboard, a company that does not exist, through the starter register.

    Nothing is sent anywhere. Exit code 0: done.
    """
    if history is not None:
        _write_history(history, seed, onboardings)
        sys.exit(0)
    from holdshort.service.demo import run_demo, write_demo

    if playbook is not None:
        from holdshort.service.demo_playbook import write_demo_playbook

        for line in write_demo_playbook(playbook, datetime.now(UTC)):
            click.echo(line)
        return
    demo = run_demo(datetime.now(UTC))
    if as_json:
        for _, answer in demo.answered:
            click.echo(json.dumps(answer.to_json(), ensure_ascii=False, default=str))
    else:
        _show(demo)
    if out is not None:
        for line in write_demo(demo, out):
            click.echo(line, err=as_json)
    sys.exit(0)


def _write_history(folder: Path, seed: int, onboardings: int) -> None:
    from holdshort.service.made_history import write_history

    for line in write_history(folder, seed, onboardings):
        click.echo(line)
    click.echo("Next: `holdshort init my-playbook`, then")
    click.echo(f"  holdshort shadow my-playbook --history {folder}")
    click.echo(f"  holdshort mine my-playbook --history {folder}")


def _show(demo: DemoRun) -> None:
    from rich.table import Table
    from rich.text import Text

    from holdshort.cli.answer_view import badge, new_console

    console = new_console()
    console.print(
        Text(
            "Lumenboard (made up): forty deals closed in one week, and the automation that is about to act on them.\n"
        )
    )
    table = Table(box=None, pad_edge=False, show_edge=False, header_style="bold", expand=True)
    table.add_column("customer", width=17)
    table.add_column("risk", width=15)
    table.add_column("what stops it, in the register's words", ratio=1)
    table.add_column("held", justify="right", width=5)
    table.add_column("who decides", width=21)
    for onboarding, answer in demo.answered:
        table.add_row(
            onboarding.account.removesuffix(" Ltd"),
            Text(badge(answer)),
            _why(answer),
            str(sum(1 for verdict in answer.actions.values() if verdict.state == "held"))
            if answer.findings
            else "",
            _who(answer),
        )
    console.print(table)
    console.print()
    for line in demo.lessons():
        console.print(Text(line))


def _why(answer: Answer) -> str:
    if answer.verdict == "not triggered":
        return "not won yet: nothing is due"
    if not answer.findings:
        return "nothing; it proceeds"
    first = answer.findings[0] if len(answer.findings) == 1 else max(answer.findings, key=_weight)
    more = f" (+{len(answer.findings) - 1} more)" if len(answer.findings) > 1 else ""
    return f"{first.case}: {', '.join(first.why[:2]) or 'it cannot tell'}{more}"


def _weight(finding: object) -> tuple[int, bool]:
    from holdshort.core.register import TIER_ORDER

    return TIER_ORDER[finding.tier], finding.result == "matched"  # type: ignore[attr-defined]


def _who(answer: Answer) -> str:
    from holdshort.core.roles import TITLES

    if not answer.findings:
        return "nobody has to"
    others = len(answer.reviewers) - 1
    return (
        TITLES[answer.reviewer] + (f" +{others}" if others else "")
        if answer.reviewer != "none"
        else "nobody has to"
    )
