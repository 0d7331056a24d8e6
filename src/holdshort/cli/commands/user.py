"""`holdshort user`: people who may act, their roles, and who stands in for whom."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from holdshort.cli.arguments import ROLE, StoreGroup
from holdshort.cli.store_options import F, acting_options, signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.ports import Delegation, User
    from holdshort.service.people import Wanted

_NEW_PASSWORD = click.option(
    "--new-password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read the new password from a file instead of asking for it.",
)
_GENERATE = click.option("--generate", is_flag=True, help="Make a password up and print it, this once.")


def _admin_options(function: F) -> F:
    """As `acting_options`; without `--as` where there is nobody yet."""
    for option in (
        click.option(
            "--password-file", metavar="FILE", type=click.Path(path_type=Path),
            help="Read your password from a file; `-` is standard input. For the first person: the password they get.",
        ),
        click.option("--as", "actor", metavar="USER", help="Who you are: a systems admin or RevOps. Left out for the first person."),
    ):  # fmt: skip
        function = option(function)
    return function


@click.group("user", cls=StoreGroup)
def command() -> None:
    """Add people, give and take roles, name who stands in for whom.

    The first person is added by whoever has the store; from then on a systems admin or RevOps does it, and nobody gives
    themselves a role. Every change is logged: `holdshort audit log house`.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """


# --- people -------------------------------------------------------------------------------------------------


@command.command("add", short_help="Add somebody, with at least one role.")
@click.argument("name")
@click.option("--title", default="", help="The person's full name.")
@click.option("--email", default="", help="Their address.")
@click.option(
    "--role", "roles", type=ROLE, multiple=True, required=True, help="A role; repeat it for several."
)
@_NEW_PASSWORD
@_GENERATE
@_admin_options
@store_command
def add(
    house: House,
    as_json: bool,
    name: str,
    title: str,
    email: str,
    roles: tuple[str, ...],
    new_password_file: Path | None,
    generate: bool,
    actor: str | None,
    password_file: Path | None,
) -> None:
    """Add NAME, such as `rae`, with at least one role.

    Exit code 0: added; 1: refused; 2: wrong usage.
    """
    from holdshort.ports import User
    from holdshort.service.people import add_user

    is_first = not _users(house)
    if is_first:
        new_password_file = new_password_file or password_file
    else:
        _sign_in(house, actor, password_file)
    password, generated = _new_password(name, new_password_file, generate, as_json)
    user = User(name, title, email, frozenset(roles))
    add_user(house.store, user, password, actor or "", house.clock.now())
    data = {"added": name, "roles": sorted(roles), **({"password": password} if generated else {})}
    tell(data, as_json, lambda: _say_added(user, password if generated else ""))


def _say_added(user: User, password: str) -> None:
    from holdshort.cli.words import listed
    from holdshort.core.action_words import role

    click.echo(f"Added {user.name}: {listed(role(each) for each in sorted(user.roles))}.")
    if password:
        click.echo(f"Password, shown only now: {password}")


@command.command("list", short_help="Show everybody, their roles, and who stands in for whom.")
@store_command
def list_(house: House, as_json: bool) -> None:
    """Show everybody, their roles, and who stands in for whom."""
    with house.store.transaction() as tx:
        users, delegations = tx.users(), tx.delegations()
    now = house.clock.now()
    current = [each for each in delegations if each.ends_at > max(now, each.starts_at)]
    data = {
        "users": [
            {
                "name": each.name, "title": each.title, "email": each.email, "roles": sorted(each.roles),
                "active": each.active,
            }
            for each in users
        ],
        "delegations": [_delegation_json(each) for each in current],
    }  # fmt: skip
    tell(data, as_json, lambda: _show_people(users, current, now))


def _show_people(users: Sequence[User], delegations: Sequence[Delegation], now: datetime) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.cli.words import moment
    from holdshort.core.action_words import role

    if not users:
        click.echo("Nobody yet. Begin with yourself: holdshort user add NAME --role revops")
        return
    screen = Screen()
    for each in users:
        roles = ", ".join(role(name) for name in sorted(each.roles)) or "no role"
        about = f"{each.title} <{each.email}>" if each.email else each.title
        off = "disabled; " if not each.active else ""
        screen.rows(
            [(each.name, f"{off}{roles}{f' · {about}' if about else ''}")], label_style="bold", min_width=14
        )
    for one in delegations:
        when = "now" if one.starts_at <= now else f"from {moment(one.starts_at)}"
        screen.line(
            f"{one.to_user} stands in for {one.from_user} {when}, until {moment(one.ends_at)}", indent=0
        )


@command.command("roles", short_help="Give somebody exactly these roles.")
@click.argument("name")
@click.argument("roles", nargs=-1, type=ROLE)
@click.option("--none", "no_role", is_flag=True, help="Take all roles away.")
@acting_options
@store_command
def roles_(
    house: House,
    as_json: bool,
    name: str,
    roles: tuple[str, ...],
    no_role: bool,
    user: str,
    password_file: Path | None,
) -> None:
    """Give NAME exactly these ROLES; what is not named is taken away.

    Approvals that they gave in a role they lose stop counting.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    from holdshort.core.action_words import role
    from holdshort.service.people import set_roles

    if not roles and not no_role:
        raise click.UsageError("name the roles, or --none to take all away")
    signed_in(house, user, password_file)
    changed = set_roles(house.store, name, roles, user, house.clock.now())
    said = ", ".join(role(each) for each in sorted(changed.roles)) or "no role"
    tell({"user": name, "roles": sorted(changed.roles)}, as_json, lambda: click.echo(f"{name}: {said}."))


@command.command("password", short_help="Set your password, or as an admin somebody else's.")
@click.argument("name")
@_NEW_PASSWORD
@_GENERATE
@acting_options
@store_command
def password_(
    house: House,
    as_json: bool,
    name: str,
    new_password_file: Path | None,
    generate: bool,
    user: str,
    password_file: Path | None,
) -> None:
    """Give NAME a new password: your own, or as a systems admin or RevOps somebody else's.

    At least 12 characters, not the name, never on the command line.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    from holdshort.service.people import set_password

    signed_in(house, user, password_file)
    password, generated = _new_password(name, new_password_file, generate, as_json)
    set_password(house.store, name, password, user, house.clock.now())
    data = {"user": name, **({"password": password} if generated else {})}
    shown = f" Shown only now: {password}" if generated else ""
    tell(data, as_json, lambda: click.echo(f"{name} has a new password.{shown}"))


@command.command("disable", short_help="Keep somebody out.")
@click.argument("name")
@acting_options
@store_command
def disable(house: House, as_json: bool, name: str, user: str, password_file: Path | None) -> None:
    """Keep NAME out: they cannot act, and what they approved and has not run stops counting.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    _set_active(house, as_json, name, False, user, password_file)


@command.command("enable", short_help="Let somebody in again.")
@click.argument("name")
@acting_options
@store_command
def enable(house: House, as_json: bool, name: str, user: str, password_file: Path | None) -> None:
    """Let NAME in again.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    _set_active(house, as_json, name, True, user, password_file)


def _set_active(
    house: House, as_json: bool, name: str, active: bool, user: str, password_file: Path | None
) -> None:
    from holdshort.service.people import set_active

    signed_in(house, user, password_file)
    set_active(house.store, name, active, user, house.clock.now())
    said = "may act again" if active else "is kept out"
    tell({"user": name, "active": active}, as_json, lambda: click.echo(f"{name} {said}."))


# --- out of office ------------------------------------------------------------------------------------------


@command.command("delegate", short_help="Name who decides for somebody who is away.")
@click.argument("from_user", metavar="FROM")
@click.argument("to_user", metavar="TO")
@click.option(
    "--from", "first", metavar="DATE", help="The first day, such as 2026-12-21; today, where you say nothing."
)
@click.option("--until", "last", metavar="DATE", help="The last day, which still counts.")
@click.option("--cancel", is_flag=True, help="End it now.")
@acting_options
@store_command
def delegate(
    house: House,
    as_json: bool,
    from_user: str,
    to_user: str,
    first: str | None,
    last: str | None,
    cancel: bool,
    user: str,
    password_file: Path | None,
) -> None:
    """While FROM is out of office, TO may decide what FROM may; the log says for whom.

    FROM does it, or a systems admin or RevOps who is not TO. Days are those of the playbook's calendar.

    Exit code 0: done; 1: refused; 2: wrong usage.
    """
    from holdshort.cli.words import moment
    from holdshort.ports import Delegation
    from holdshort.service.people import end_delegation, set_delegation

    now = house.clock.now()
    if not cancel and not last:
        raise click.UsageError("say until when: --until DATE (or --cancel to end it now)")
    starts, ends = _days(house, first, last, now)
    signed_in(house, user, password_file)
    if cancel:
        ended = end_delegation(house.store, from_user, to_user, user, now)
        said = "does not stand in any more" if ended else "did not stand in"
        tell({"ended": ended}, as_json, lambda: click.echo(f"{to_user} {said} for {from_user}."))
        return
    wanted = Delegation(from_user, to_user, starts, ends)
    set_delegation(house.store, wanted, user, now)
    tell(
        _delegation_json(wanted), as_json,
        lambda: click.echo(f"{to_user} stands in for {from_user} from {moment(starts)} until {moment(ends)}."),
    )  # fmt: skip


def _days(house: House, first: str | None, last: str | None, now: datetime) -> tuple[datetime, datetime]:
    """The instants at which the first day begins and the last one is over."""
    from holdshort.cli.commands.resume import settings_of

    zone = ZoneInfo(settings_of(house).calendar.zone)
    starts = datetime.combine(_day(first), time(), zone).astimezone(UTC) if first else now
    over = _day(last) + timedelta(days=1) if last else now.astimezone(zone).date()
    return starts, datetime.combine(over, time(), zone).astimezone(UTC)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise click.UsageError(f"`{text}` is no date: write it as 2026-12-21") from error


def _delegation_json(each: Delegation) -> dict[str, str]:
    return {
        "from_user": each.from_user, "to_user": each.to_user,
        "starts_at": each.starts_at.isoformat(), "ends_at": each.ends_at.isoformat(),
    }  # fmt: skip


# --- from the playbook --------------------------------------------------------------------------------------


@command.command("from-playbook", short_help="Make accounts for the people of playbook.toml.")
@click.option("--write", is_flag=True, help="Make the accounts; without it they are only shown.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write the passwords into a new file that only you can read, instead of printing them.",
)
@_admin_options
@store_command
def from_playbook(
    house: House, as_json: bool, write: bool, out: Path | None, actor: str | None, password_file: Path | None
) -> None:
    """Make accounts for the people that playbook.toml names under [roles], with passwords that nobody chose.

    The name is what stands before the @ of their address. Whoever has an account already keeps it as it is. Without
    `--write` this is a dry run.

    Exit code 0: done, or the dry run found nobody in the way; 1: some cannot be taken over, or refused; 2: wrong usage.
    """
    from holdshort.service.people import add_users, new_password, people_of

    users = _users(house)
    wanted, faults = people_of(_playbook_people(house), users)
    new = [each.user for each in wanted if each.is_new]
    if not write:
        data = {"would_add": [_person_json(each) for each in new], "faults": faults}
        tell(data, as_json, lambda: _show_wanted(wanted, faults))
        sys.exit(1 if faults else 0)
    if users:
        _sign_in(house, actor, password_file)
    if out is not None and out.exists():
        raise click.UsageError(f"`{out}` exists: name a new file")
    made = [(each, new_password()) for each in new]
    if out is not None:
        _write_passwords(out, made)
    try:
        add_users(house.store, made, actor or "", house.clock.now())
    except BaseException:
        if out is not None:
            out.unlink(missing_ok=True)
        raise
    data = {
        "added": [
            {**_person_json(user), **({"password": password} if out is None else {})}
            for user, password in made
        ],
        "faults": faults,
    }
    tell(data, as_json, lambda: _say_made(made, faults, out))
    sys.exit(1 if faults else 0)


def _playbook_people(house: House) -> list[tuple[str, tuple[str, ...]]]:
    """The roles of the folder's playbook.toml as it is now."""
    import tomllib

    from holdshort.core.playbook import read_settings

    try:
        data = tomllib.loads((house.folder / "playbook.toml").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise click.UsageError(f"playbook.toml in `{house.folder}` cannot be read: {error}") from error
    return list(read_settings(data, "playbook.toml")[0].people.items())


def _show_wanted(wanted: Sequence[Wanted], faults: Sequence[str]) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.core.action_words import role

    screen = Screen()
    for each in wanted:
        roles = ", ".join(role(name) for name in sorted(each.user.roles))
        is_there = "" if each.is_new else "; has an account, which stays as it is"
        screen.rows(
            [(each.user.name, f"{each.user.title} <{each.user.email}>: {roles}{is_there}")],
            label_style="bold",
            min_width=14,
        )
    screen.lines(faults, "!", style="yellow")
    click.echo("Nothing was changed. `--write` makes the accounts.")


def _say_made(made: Sequence[tuple[User, str]], faults: Sequence[str], out: Path | None) -> None:
    from holdshort.cli.screen import Screen

    screen = Screen()
    if out is None:
        screen.rows([(user.name, password) for user, password in made], label_style="bold", min_width=14)
        click.echo("These passwords are shown only now. Give each to its person by a safe way.")
    else:
        click.echo(
            f"{len(made)} accounts were made; their passwords are in {out}. Delete it once they are handed out."
        )
    screen.lines(faults, "!", style="yellow")


def _write_passwords(path: Path, made: Sequence[tuple[User, str]]) -> None:
    lines = [f"{user.name}\t{user.email}\t{password}\n" for user, password in made]
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.writelines(lines)
    except OSError as error:
        raise click.UsageError(f"`{path}` cannot be written: {error.strerror}") from error


def _person_json(user: User) -> dict[str, Any]:
    return {"name": user.name, "title": user.title, "email": user.email, "roles": sorted(user.roles)}


# --- what they share ----------------------------------------------------------------------------------------


def _users(house: House) -> list[User]:
    with house.store.transaction() as tx:
        return tx.users()


def _sign_in(house: House, actor: str | None, password_file: Path | None) -> None:
    if not actor:
        raise click.UsageError("there are people already, so say who you are: --as USER")
    signed_in(house, actor, password_file)


def _new_password(name: str, path: Path | None, generate: bool, as_json: bool) -> tuple[str, bool]:
    """The new password, and whether it was made up here."""
    from holdshort.service.people import new_password

    if generate and path is not None:
        raise click.UsageError("--generate and a password file exclude each other")
    if generate:
        return new_password(), True
    if path is None:
        if as_json and not sys.stdin.isatty():
            raise click.UsageError(
                "a program cannot be asked for a password: add --new-password-file or --generate"
            )
        return click.prompt(
            f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True
        ), False
    if str(path) == "-":
        return sys.stdin.readline().rstrip("\r\n"), False
    try:
        return path.read_text("utf-8").rstrip("\r\n"), False
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the password file cannot be read: {error}") from error
