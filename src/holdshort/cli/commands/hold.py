"""`holdshort hold ONBOARDING`: stop something although no row fires."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import ROLE, StoreCommand, find_onboarding, read_kinds
from holdshort.cli.store_options import acting_options, operation_id, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("hold", cls=StoreCommand, spread=["--stop"])
@click.argument("onboarding", metavar="ONBOARDING")
@acting_options
@click.option("--reason", required=True, metavar="TEXT", help="What you sense; whoever decides reads it.")
@click.option(
    "--stop", "stops", multiple=True, metavar="ACTION...",
    help="Only these: `create kickoff tasks`, `billing writes` …; all that reaches the customer or a system if you say nothing.",
)  # fmt: skip
@click.option(
    "--owner",
    type=ROLE,
    default="",
    metavar="ROLE",
    help="Who lifts it; the playbook's pause owner if you say nothing.",
)
@click.option(
    "--tier", type=click.Choice(["low", "medium", "high", "hold"]), default="hold", show_default=True,
    help="How urgent the review is.",
)  # fmt: skip
@click.option(
    "--operation", default="", metavar="ID", help="An id of your own: the same one again changes nothing."
)
@store_command
def command(
    house: House,
    onboarding: str,
    user: str,
    password_file: Path | None,
    reason: str,
    stops: tuple[str, ...],
    owner: str,
    tier: str,
    operation: str,
    as_json: bool,
) -> None:
    """Stop an onboarding, or some actions of it, because you sense a risk that no row finds.

    Anybody who works here may. A review opens for the owner, who lifts the hold by `holdshort accept-route`, or lets
    single actions go. ONBOARDING is its number or key.

    Exit code 0: held; 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import RaiseHold

    number = find_onboarding(house, onboarding)
    catalogue = house.flow.programs.version(house.flow.state(number).register).playbook.catalogue
    words = [part.strip() for each in stops for part in each.split(",")]
    kinds = tuple(dict.fromkeys(kind for word in words for kind in read_kinds(word, catalogue)))
    signed_in(house, user, password_file)
    raised = RaiseHold(user, reason, owner, tier, kinds)
    act_and_show(house, number, raised, user, as_json, operation_id(operation), f"Held by {user}: {reason}")
