"""`holdshort legal-hold`: data that the law wants kept is not erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreGroup, find_onboarding
from holdshort.cli.store_options import acting_options, signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.group("legal-hold", cls=StoreGroup)
def command() -> None:
    """Keep an onboarding's data although somebody asks for its erasure, until legal or privacy lifts it.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """


@command.command("place")
@click.argument("onboarding")
@click.option(
    "--reason",
    metavar="TEXT",
    required=True,
    help="Why it has to be kept. It stands in the log for ever: name no person.",
)
@acting_options
@store_command
def place(
    house: House, as_json: bool, onboarding: str, reason: str, user: str, password_file: Path | None
) -> None:
    """Keep the data of ONBOARDING (number or key).

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    from holdshort.core.onboarding.commands import PlaceLegalHold

    signed_in(house, user, password_file)
    number = find_onboarding(house, onboarding)
    house.flow.act(number, PlaceLegalHold(user, reason), user)
    tell(
        {"number": number, "legal_hold": reason},
        as_json,
        lambda: click.echo(f"Onboarding {number} is kept: nothing of it is erased."),
    )


@command.command("lift")
@click.argument("onboarding")
@acting_options
@store_command
def lift(house: House, as_json: bool, onboarding: str, user: str, password_file: Path | None) -> None:
    """Let the data of ONBOARDING be erased again.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    from holdshort.core.onboarding.commands import LiftLegalHold

    signed_in(house, user, password_file)
    number = find_onboarding(house, onboarding)
    acted = house.flow.act(number, LiftLegalHold(user), user)
    said = "is kept no longer" if acted.events else "had no legal hold"
    tell(
        {"number": number, "legal_hold": "", "changed": bool(acted.events)},
        as_json,
        lambda: click.echo(f"Onboarding {number} {said}."),
    )
