"""`holdshort approve-kickoff REVIEW`: project, internal tasks and a scheduling draft may begin (decision J4)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, exception_option, reason_option


@click.command("approve-kickoff", cls=StoreCommand)
@exception_option
@reason_option()
@decision_command
def command(deciding: Deciding, exception: str, reason: str) -> None:
    """Let the kickoff begin: the project, its internal tasks and a scheduling draft. Nothing else, no message to the customer.

    Where the row lacks evidence, have it supplied, or say with --exception why it may begin without.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J4", exception=exception, reason=reason)
