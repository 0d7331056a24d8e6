"""`holdshort onboarding close|reopen`: end an onboarding, or take it up again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreGroup, find_onboarding
from holdshort.cli.store_options import acting_options, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.group("onboarding", cls=StoreGroup)
def command() -> None:
    """Close an onboarding, or open it again."""


@command.command("close", short_help="End it: nothing of it runs any more.")
@click.argument("onboarding", metavar="ONBOARDING")
@acting_options
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the log.")
@store_command
def close(
    house: House, onboarding: str, user: str, password_file: Path | None, reason: str, as_json: bool
) -> None:
    """Close an onboarding: its reviews end, and nothing of it runs any more.

    Exit code 0: closed; 1: refused, such as while something of it is running; 2: usage.
    """
    from holdshort.core.onboarding.commands import Close

    _turn(house, onboarding, user, password_file, Close(user, reason), as_json, "is closed")


@command.command("reopen", short_help="Take it up again.")
@click.argument("onboarding", metavar="ONBOARDING")
@acting_options
@click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the log.")
@store_command
def reopen(
    house: House, onboarding: str, user: str, password_file: Path | None, reason: str, as_json: bool
) -> None:
    """Open a closed onboarding again: the register is asked anew, and reviews open as it says.

    Exit code 0: open; 1: refused, and why; 2: usage.
    """
    from holdshort.core.onboarding.commands import Reopen

    _turn(house, onboarding, user, password_file, Reopen(user, reason), as_json, "is open again")


def _turn(
    house: House,
    onboarding: str,
    user: str,
    password_file: Path | None,
    asked: object,
    as_json: bool,
    said: str,
) -> None:
    from holdshort.cli.deciding import act_and_show

    number = find_onboarding(house, onboarding)
    signed_in(house, user, password_file)
    act_and_show(house, number, asked, user, as_json, "", f"Onboarding {number} {said}.")
