"""`holdshort api-key`: keys with which programs call the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreGroup
from holdshort.cli.store_options import acting_options, signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.ports import ApiKey

_USUAL_DAYS = 90


@click.group("api-key", cls=StoreGroup, default="list")
def command() -> None:
    """Make, list and revoke the keys with which programs call the API.

    A service's key is made by a systems admin or RevOps and has an owner who answers for it; it hands in records, reads and
    asks for actions, and never decides. A person's key is made by that person and may decide what they may. Every change is
    logged: `holdshort audit log house`.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """


@command.command("add", short_help="Make a key; it is shown once.")
@click.argument("name")
@click.option(
    "--scope", "scopes", multiple=True, required=True, metavar="SCOPE",
    help="What it is good for: intake:write, onboardings:read, reviews:read, decisions:write, actions:propose, register:read, "
    "audit:read, webhooks:manage. Repeat it for several.",
)  # fmt: skip
@click.option(
    "--owner", metavar="USER", default="", help="Who answers for a service's key; you if you say nothing."
)
@click.option("--for-me", is_flag=True, help="A key of your own: it acts as you, in your roles.")
@click.option(
    "--until",
    metavar="DATE",
    default="",
    help=f"The last day on which it is good, such as 2027-03-31; {_USUAL_DAYS} days from now if you say nothing, a year at most.",
)
@acting_options
@store_command
def add(
    house: House,
    as_json: bool,
    name: str,
    scopes: tuple[str, ...],
    owner: str,
    for_me: bool,
    until: str,
    user: str,
    password_file: Path | None,
) -> None:
    """Make the key NAME, such as `crm-sync`, and print it: nobody can see it again.

    \b
    holdshort api-key add crm-sync --scope intake:write --owner rae --as ravi
    holdshort api-key add my-scripts --for-me --scope reviews:read --scope decisions:write --as dora

    Exit code 0: made; 1: refused; 2: wrong usage.
    """
    from holdshort.service.api_keys import Wanted, add_key

    if for_me and owner not in ("", user):
        raise click.UsageError("`--for-me` makes a key of your own; leave --owner out")
    now = house.clock.now()
    wanted = Wanted(
        name, "person" if for_me else "service", owner or user, frozenset(scopes), _until(until, now)
    )
    signed_in(house, user, password_file)
    key, token = add_key(house.store, house.api_tables, wanted, user, now)
    data = {**_facts(key, now), "token": token}

    def words() -> None:
        click.echo(
            f"Made the key {key.name} for {key.owner}, good until {key.expires_at:%Y-%m-%d}: {', '.join(sorted(key.scopes))}."
        )
        click.echo(f"The key, shown only now: {token}")

    tell(data, as_json, words)


@command.command("list", short_help="Show all keys, who answers for them and when they were used.")
@store_command
def list_(house: House, as_json: bool) -> None:
    """Show all keys: what they are good for, until when, who answers for them, when they were last used. No key itself.

    Exit code 0: shown.
    """
    now = house.clock.now()
    found = [_facts(each, now) for each in house.api_tables.all_keys()]

    def words() -> None:
        from holdshort.cli.screen import Screen

        screen = Screen()
        for each in found:
            screen.head(
                (each["name"], "bold"),
                (each["kind"], ""),
                (f"of {each['owner']}", ""),
                (each["standing"], ""),
            )
            used = each["used_at"][:16].replace("T", " ") if each["used_at"] else "never"
            screen.line(
                f"{', '.join(each['scopes'])}; until {each['expires_at'][:10]}; last used {used} (UTC)"
            )
        if not found:
            screen.line("There are no keys. `holdshort api-key add` makes one.", indent=0)

    tell({"keys": found}, as_json, words)


@command.command("revoke", short_help="End a key at once.")
@click.argument("name")
@acting_options
@store_command
def revoke(house: House, as_json: bool, name: str, user: str, password_file: Path | None) -> None:
    """End the key NAME at once. Its owner may, and a systems admin or RevOps.

    Exit code 0: revoked; 1: refused; 2: wrong usage.
    """
    from holdshort.service.api_keys import revoke_key

    signed_in(house, user, password_file)
    key = revoke_key(house.store, house.api_tables, name, user, house.clock.now())
    tell(
        {"revoked": key.name},
        as_json,
        lambda: click.echo(f"The key {key.name} does not open anything any more."),
    )


def _facts(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "name": key.name, "prefix": key.prefix, "kind": key.kind, "owner": key.owner, "scopes": sorted(key.scopes),
        "standing": key.standing(now), "created_by": key.created_by, "created_at": key.created_at.isoformat(),
        "expires_at": key.expires_at.isoformat(), "used_at": key.used_at.isoformat() if key.used_at else None,
    }  # fmt: skip


def _until(text: str, now: datetime) -> datetime:
    if not text:
        return now + timedelta(days=_USUAL_DAYS)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"`{text}` is no date: write 2027-03-31") from error
    return datetime.combine(day, time(23, 59, 59), UTC)
