"""`holdshort inbox`: the reviews that wait for a person, most urgent first."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import REVIEW, ROLE, StoreCommand
from holdshort.cli.store_options import store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("inbox", cls=StoreCommand)
@click.option(
    "--as",
    "user",
    metavar="USER",
    default="",
    help="Only what this person may decide, also for others who are away.",
)
@click.option(
    "--role",
    type=ROLE,
    default="",
    metavar="ROLE",
    help="Only what this role may decide: RevOps, finance, legal …",
)
@click.option("--at-risk", is_flag=True, help="Only what is nearly late or late, in business hours.")
@click.option("--breached", is_flag=True, help="Only what is late.")
@click.option(
    "--uncertain",
    is_flag=True,
    help="Only runs of which nobody knows whether they happened, or that went wrong.",
)
@click.option(
    "--state",
    default="",
    metavar="STATE",
    help="Only onboardings in this state: blocked, needs information …",
)
@click.option(
    "--search", default="", metavar="TEXT", help="Only onboardings whose key or title holds this text."
)
@click.option(
    "--all", "onboardings", is_flag=True, help="List onboardings instead, also those that wait for nobody."
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N", help="How many."
)
@click.option("--after", default="", metavar="ID", help="Go on after this one, the last of the page before.")
@store_command
def command(
    house: House,
    user: str,
    role: str,
    at_risk: bool,
    breached: bool,
    uncertain: bool,
    state: str,
    search: str,
    onboardings: bool,
    limit: int,
    after: str,
    as_json: bool,
) -> None:
    """Show the reviews that wait for a person, most urgent first.

    A review is a pause: something waits until somebody decides. Its id, such as 12.3, is what `holdshort show` and the
    decisions take. Time left counts in business hours of the playbook's calendar.

    \b
    holdshort inbox my-playbook --as rae
    holdshort inbox my-playbook --role finance --at-risk

    Exit code 0: shown, also where nothing waits; 1: refused, such as an unknown user; 2: usage.
    """
    from holdshort.cli import inbox_view
    from holdshort.core.onboarding.state import STATES

    if state and state not in STATES:
        raise click.UsageError(f"`{state}` is no state; choose one of: {', '.join(STATES)}")
    if onboardings:
        if user or role or at_risk or breached or uncertain:
            raise click.UsageError(
                "`--all` lists onboardings; it goes with --state, --search, --limit and --after."
            )
        if after and not after.isdigit():
            raise click.UsageError("with `--all`, `--after` takes the number of an onboarding")
        from holdshort.ports import HOUSE_KEY

        listed = house.store.onboardings(state=state, search=search, after=int(after or 0), limit=limit + 1)
        rows = [each for each in listed if each.key != HOUSE_KEY][:limit]
        if as_json:
            for row in rows:
                click.echo(json.dumps(inbox_view.onboarding_json(row), ensure_ascii=False))
        else:
            inbox_view.show_onboardings(house, rows, limit, narrowed=bool(state or search))
        return
    from holdshort.service.inbox import Wanted, inbox

    if after:
        REVIEW.convert(after, None, None)
    wanted = Wanted(user, role, at_risk, breached, uncertain, state, search)
    found = inbox(house.flow, wanted, limit, after) if house.store.latest_register() else []
    if as_json:
        for each in found:
            click.echo(json.dumps(each.to_json(), ensure_ascii=False))
    else:
        inbox_view.show_inbox(house, found, wanted, limit)
