"""`holdshort approve-with-conditions REVIEW`: only this scope, under conditions with owner and deadline (decision J5)."""

from __future__ import annotations

import click

from holdshort.cli.arguments import ROLE, StoreCommand, read_deadline
from holdshort.cli.deciding import Deciding, allow_option, decision_command, reason_option


@click.command("approve-with-conditions", cls=StoreCommand, spread=["--allow"])
@allow_option(True, "The actions that may run, and no others: a3, or a kind such as `create kickoff tasks`.")
@click.option(
    "--condition", "conditions", multiple=True, required=True, metavar="TEXT", help="What has to become true."
)
@click.option(
    "--owner",
    "owners",
    multiple=True,
    required=True,
    type=ROLE,
    metavar="ROLE",
    help="The role that sees to it.",
)
@click.option(
    "--deadline", "deadlines", multiple=True, required=True, metavar="DATE",
    help="By when: 2026-12-01 (its closing time), or 2026-12-01T15:00.",
)  # fmt: skip
@reason_option()
@decision_command
def command(
    deciding: Deciding,
    allow: tuple[str, ...],
    conditions: tuple[str, ...],
    owners: tuple[str, ...],
    deadlines: tuple[str, ...],
    reason: str,
) -> None:
    """Let named actions run under conditions, each with an owner and a deadline.

    For several conditions repeat --condition, with --owner and --deadline once for all of them or once for each, in the
    same order. What has not run when a deadline passes does not run any more.

    \b
    holdshort approve-with-conditions 12.1 --as rae --allow a1 --condition "success criteria are in the CRM" \\
        --owner sales --deadline 2026-12-01

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    from holdshort.core.onboarding.events import Condition

    settings = deciding.playbook.settings
    owners = _for_each(owners, len(conditions), "--owner")
    moments = [read_deadline(each, settings) for each in _for_each(deadlines, len(conditions), "--deadline")]
    found = tuple(Condition(*each) for each in zip(conditions, owners, moments, strict=True))
    deciding.take("J5", scope=deciding.scope(allow), conditions=found, reason=reason)


def _for_each(values: tuple[str, ...], count: int, option: str) -> tuple[str, ...]:
    if len(values) == count:
        return values
    if len(values) == 1:
        return values * count
    raise click.UsageError(
        f"{count} conditions and {len(values)} times {option}: give it once for all, or once for each"
    )
