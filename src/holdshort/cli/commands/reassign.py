"""`holdshort reassign REVIEW --to USER`: give a review to another person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import REVIEW, StoreCommand
from holdshort.cli.store_options import acting_options, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("reassign", cls=StoreCommand)
@click.argument("review", type=REVIEW, metavar="REVIEW")
@click.option("--to", required=True, metavar="USER", help="Who takes it; somebody who may decide it.")
@acting_options
@store_command
def command(
    house: House, review: tuple[int, int], to: str, user: str, password_file: Path | None, as_json: bool
) -> None:
    """Give a review to another person who may decide it. For another role: `holdshort escalate`.

    Exit code 0: it is theirs; 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Reassign

    signed_in(house, user, password_file)
    number, no = review
    act_and_show(house, number, Reassign(no, to, user), user, as_json, "", f"{number}.{no} is with {to}.")
