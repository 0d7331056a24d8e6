"""`holdshort request-info REVIEW`: ask somebody for what is missing (decision J3)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import ROLE_OR_CUSTOMER, StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, reason_option


@click.command("request-info", cls=StoreCommand)
@click.option(
    "--to", "to", type=ROLE_OR_CUSTOMER, required=True, metavar="ROLE",
    help="Who is asked: sales, customer, finance, implementation, legal or another role.",
)  # fmt: skip
@click.option("--question", required=True, metavar="TEXT", help="What is needed, in a sentence.")
@reason_option()
@decision_command
def command(deciding: Deciding, to: str, question: str, reason: str) -> None:
    """Ask somebody for what is missing. A task is made; everything stays paused until the answer comes in.

    A task for the customer is made for whoever talks to the customer: nothing is sent to the customer by this.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J3", to=to, question=question, reason=reason)
