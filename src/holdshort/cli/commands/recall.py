"""`holdshort recall DECISION`: take an approval back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import DECISION, StoreCommand
from holdshort.cli.store_options import acting_options, operation_id, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("recall", cls=StoreCommand)
@click.argument("decision", type=DECISION, metavar="DECISION")
@acting_options
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the log.")
@click.option(
    "--operation", default="", metavar="ID", help="An id of your own: the same one again changes nothing."
)
@store_command
def command(
    house: House,
    decision: tuple[int, int],
    user: str,
    password_file: Path | None,
    reason: str,
    operation: str,
    as_json: bool,
) -> None:
    """Take back what a decision approved. What has not run under it does not run, and its review opens again.

    DECISION is its id, such as 12.d2, as `holdshort show 12` gives it. Whoever decided may, and whoever could have.

    Exit code 0: recalled; 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Recall

    signed_in(house, user, password_file)
    number, no = decision
    said = f"{number}.d{no} counts no more."
    act_and_show(house, number, Recall(no, user, reason), user, as_json, operation_id(operation), said)
