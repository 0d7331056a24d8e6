"""`holdshort accept-route REVIEW`: the route is right (decision J1)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, exception_option, reason_option


@click.command("accept-route", cls=StoreCommand)
@reason_option()
@exception_option
@decision_command
def command(deciding: Deciding, reason: str, exception: str) -> None:
    """Say that the lane, tier and owner of a case are right.

    On a finding no action goes by this: each one that waits still asks for itself, with a review of its own. On a review
    about one internal or system action it lets exactly that action go. On a hold that a person raised it lifts the hold.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    deciding.take("J1", reason=reason, exception=exception)
