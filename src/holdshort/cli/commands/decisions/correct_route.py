"""`holdshort correct-route REVIEW`: another lane, owner, tier or milestone plan (decision J2)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import ROLE, StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, reason_option


@click.command("correct-route", cls=StoreCommand)
@click.option("--lane", default="", metavar="LANE", help="The lane that the onboarding belongs to.")
@click.option("--owner", type=ROLE, default="", metavar="ROLE", help="The role that decides this instead.")
@click.option(
    "--tier",
    default="",
    type=click.Choice(["", "low", "medium", "high", "hold"]),
    metavar="TIER",
    help="A stricter tier: medium, high, hold.",
)
@click.option("--milestones", default="", metavar="TEXT", help="The milestone plan as it has to be.")
@reason_option()
@decision_command
def command(deciding: Deciding, lane: str, owner: str, tier: str, milestones: str, reason: str) -> None:
    """Set right where a case goes: lane, owner, tier or milestone plan.

    The old values stay in the history, and the checks run again. Everything stays paused. A tier only becomes stricter:
    a looser one is a change of the row.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    from holdshort.core.text import fold

    known = deciding.playbook.clean_path.lanes
    deciding.take(
        "J2",
        lane=known.get(fold(lane), lane) if lane else "",
        owner=owner,
        tier=tier,
        milestones=milestones,
        reason=reason,
    )
