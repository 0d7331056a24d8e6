"""`holdshort show ID`: where an onboarding, a review or an action stands, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand, find_onboarding, read_id
from holdshort.cli.store_options import store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("show", cls=StoreCommand)
@click.argument("which", metavar="ID")
@click.option("--log", is_flag=True, help="Everything that happened to the onboarding, in order.")
@click.option("--all", "everything", is_flag=True, help="Reviews that are over, and what has run, in full.")
@store_command
def command(house: House, which: str, log: bool, everything: bool, as_json: bool) -> None:
    """Show where something stands, and why.

    ID is an onboarding (12, or its key ACCOUNT/DEAL/TRIGGER), a review (12.3) or an action (12/a3).

    A review comes on one screen: why it is here in the row's own words, what is missing or in conflict, the exact
    actions that wait with their content, and which decisions fit and what each allows.

    Exit code 0: shown; 1: there is no such thing; 2: usage.
    """
    from holdshort.cli import board_json, board_view
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.board import onboarding_view

    kind, numbers = read_id(which) or ("onboarding", (find_onboarding(house, which),))
    view = onboarding_view(house.flow, numbers[0])
    if kind == "review":
        review = view.review(numbers[1])
        if review is None:
            raise Refused(
                "FLOW-007",
                f"there is no review {which}",
                f"`holdshort show {numbers[0]}` lists those there are",
            )
        if as_json:
            click.echo(json.dumps(board_json.review_json(view, review), ensure_ascii=False, default=str))
        else:
            board_view.show_review(view, review)
    elif kind == "action":
        action = view.action(numbers[1])
        if action is None:
            raise Refused(
                "FLOW-004",
                f"there is no action {which}",
                f"`holdshort show {numbers[0]}` lists those there are",
            )
        if as_json:
            click.echo(json.dumps(board_json.action_json(view, action), ensure_ascii=False, default=str))
        else:
            board_view.show_action(view, action)
    elif as_json:
        click.echo(json.dumps(board_json.onboarding_json(view, log), ensure_ascii=False, default=str))
    else:
        board_view.show_onboarding(view, log, everything)
