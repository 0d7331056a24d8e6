"""`holdshort escalate REVIEW`: somebody else decides (decision J8)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import ROLE, StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, reason_option


@click.command("escalate", cls=StoreCommand)
@click.option(
    "--to", "to", type=ROLE, default="", metavar="ROLE",
    help="Who decides: CS leader, finance, legal, security …; the row's escalation owner if you say nothing.",
)  # fmt: skip
@reason_option(required=True)
@decision_command
def command(deciding: Deciding, to: str, reason: str) -> None:
    """Pass a review on: from here on that role decides it. Everything stays paused.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J8", to=to, reason=reason)
