"""`holdshort claim REVIEW`: say that you are on it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import REVIEW, StoreCommand
from holdshort.cli.store_options import acting_options, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("claim", cls=StoreCommand)
@click.argument("review", type=REVIEW, metavar="REVIEW")
@acting_options
@store_command
def command(
    house: House, review: tuple[int, int], user: str, password_file: Path | None, as_json: bool
) -> None:
    """Take a review, so that nobody else looks at it as well. Others may still decide it.

    Exit code 0: it is yours; 1: refused, such as when somebody else has it; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Claim

    signed_in(house, user, password_file)
    number, no = review
    act_and_show(house, number, Claim(no, user), user, as_json, "", f"{number}.{no} is with {user}.")
