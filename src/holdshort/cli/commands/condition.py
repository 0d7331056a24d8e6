"""`holdshort condition met CONDITION`: what an approval asked for has come true."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import CONDITION, StoreGroup
from holdshort.cli.store_options import acting_options, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.group("condition", cls=StoreGroup)
def command() -> None:
    """Say that a condition of an approval has come true."""


@command.command("met")
@click.argument("condition", type=CONDITION, metavar="CONDITION")
@acting_options
@click.option("--note", default="", metavar="TEXT", help="How you know; it stands in the log.")
@store_command
def met(
    house: House,
    condition: tuple[int, int, int],
    user: str,
    password_file: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Say that a condition is met, before its deadline. Its owner does, or who stands in for them.

    CONDITION is its id, such as 12.d2.1, as `holdshort show 12` gives it.

    Exit code 0: noted; 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import MeetCondition

    signed_in(house, user, password_file)
    number, decision, no = condition
    said = f"Condition {number}.d{decision}.{no} is met."
    act_and_show(house, number, MeetCondition(decision, no - 1, user, note), user, as_json, "", said)
