"""`holdshort reject REVIEW`: that message, write, access or billing step stops (decision J7)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, reason_option


@click.command("reject", cls=StoreCommand, spread=["--action"])
@click.option(
    "--action", "actions", multiple=True, metavar="ACTION...",
    help="Only these of what waits for the review: a3, or a kind such as `write billing`.",
)  # fmt: skip
@reason_option(required=True)
@decision_command
def command(deciding: Deciding, actions: tuple[str, ...], reason: str) -> None:
    """Stop for good what waits for a review, or some of it. The finding stands; whoever wants it asks anew.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J7", scope=deciding.scope(actions), reason=reason)
