"""`holdshort override REVIEW`: on despite the warning (decision J9)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import StoreCommand, read_role
from holdshort.cli.deciding import Deciding, allow_option, decision_command, reason_option


@click.command("override", cls=StoreCommand, spread=["--allow"])
@reason_option(required=True)
@click.option("--owner", required=True, metavar="ROLE|USER", help="The role or person that answers for it.")
@allow_option(False, "Only these of what waits for the review: a3, or a kind; all of it if you say nothing.")
@decision_command
def command(deciding: Deciding, reason: str, owner: str, allow: tuple[str, ...]) -> None:
    """Let go on what a review stops, despite the warning. The reason and who answers for it stand in the log.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J9", scope=deciding.scope(allow), reason=reason, owner=read_role(owner) or owner)
