"""`holdshort metrics`: what the log says about how well it goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.metrics.results import MetricsReport


@click.command("metrics", cls=StoreCommand)
@click.option(
    "--days",
    type=click.FloatRange(0.01, 3660),
    default=30,
    show_default=True,
    metavar="N",
    help="The period: so many days up to now.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write the report as one web page as well.",
)
@store_command
def command(house: House, days: float, html: Path | None, as_json: bool) -> None:
    """Count the sixteen metrics from the log of all onboardings of a period.

    First comes the one that matters: risky or unclear onboardings handled right, at how little drag on clean ones. Each metric
    says what it counted and of what; where there is nothing to count from, it says so instead of showing 0.

    \b
    holdshort metrics my-playbook --days 90

    Exit code 0: shown; 1: refused or the store is away; 2: usage, or no register has been published.
    """
    from holdshort.service.metrics import metrics, metrics_page

    report = metrics(house.flow, days)
    if html is not None:
        try:
            html.write_text(metrics_page(report), "utf-8")
        except OSError as error:
            raise click.UsageError(f"{html} cannot be written: {error.strerror}") from error
    tell(report.to_json(), as_json, lambda: _show(report))


def _show(report: MetricsReport) -> None:
    from holdshort.cli.screen import Screen

    screen = Screen()
    screen.line(report.headline.words(), "bold", indent=0)
    screen.line(
        f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, {report.onboardings} onboardings opened",
        "dim",
        indent=0,
    )
    screen.blank()
    for each in report.results:
        screen.rows([(f"{each.metric.code:<3} {each.metric.title}", each.words())], min_width=52, indent=0)
        if each.by:
            parts = ", ".join(
                f"{label.replace('_', ' ')} {count}"
                for label, count in sorted(each.by.items(), key=lambda part: -part[1])
            )
            screen.line(parts, "dim", indent=4)
