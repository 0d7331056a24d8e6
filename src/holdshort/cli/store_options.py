"""What all commands on a running store share: where it is, who acts, how refusals are said."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from holdshort.bootstrap import House

F = TypeVar("F", bound=Callable[..., Any])

PLAYBOOK = "HOLDSHORT_PLAYBOOK"
"""The environment variable that names the playbook folder where a command does not."""
DATABASE = "HOLDSHORT_DB"


def store_options(function: F) -> F:
    """`--playbook`, `--db` and `--json`, the same on every command."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs."),
        click.option(
            "--db", "url", metavar="URL", envvar=DATABASE, default="",
            help="The store: sqlite:///FILE or postgresql://…; by default the playbook's own SQLite file.",
        ),
        click.option(
            "--playbook", "playbook", metavar="DIR", envvar=PLAYBOOK, default=".", type=click.Path(path_type=Path),
            help="The playbook folder; by default the one you are in.",
        ),
    ):  # fmt: skip
        function = option(function)
    return function


def acting_options(function: F) -> F:
    """`--as` and `--password-file`: who acts, and how they show that they do."""
    for option in (
        click.option(
            "--password-file", metavar="FILE", type=click.Path(path_type=Path),
            help="Read your password from a file instead of asking for it; `-` is standard input.",
        ),
        click.option("--as", "user", metavar="USER", required=True, help="Who you are."),
    ):  # fmt: skip
        function = option(function)
    return function


def open_from_options(playbook: Path, url: str, web: Mapping[str, Any] | None = None) -> House:
    """The house that a command works on; `web` as in `open_house`. A folder that is no playbook is a usage error."""
    from holdshort.bootstrap import open_house

    if not url and not (playbook / "playbook.toml").is_file():
        raise click.UsageError(
            f"`{playbook}` is no playbook folder: name one with --playbook, or set {PLAYBOOK}"
        )
    return open_house(playbook, url, web=web)


def signed_in(house: House, user: str, password_file: Path | None) -> None:
    """
    Ask for the password and check it. The same words whether the name or the password is wrong.

    Raises:
        Refused: They do not fit.
    """
    from holdshort.core.onboarding.commands import Refused

    if password_file is None:
        password = click.prompt(f"Password of {user}", hide_input=True, err=True)
    elif str(password_file) == "-":
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        try:
            password = password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"the password file cannot be read: {error}") from error
    if not house.store.password_is(user, password):
        raise Refused(
            "USER-001", "no active user has this name and password", "`holdshort user list` names everybody"
        )


def tell(data: Any, as_json: bool, words: Callable[[], None]) -> None:
    """Answer a program in JSON, a person in words."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, default=str))
    else:
        words()


@contextmanager
def said_plainly(as_json: bool) -> Iterator[None]:
    """Refusals and a store that is away: one message, exit code 1, never a traceback."""
    from holdshort.core.onboarding.commands import Refused
    from holdshort.ports import Conflict, Unavailable
    from holdshort.service.event_json import UnknownEvent

    try:
        yield
    except Refused as refused:
        _fail(refused.code, refused.why, refused.mend, as_json)
    except Conflict as conflict:
        _fail("FLOW-061", f"nothing was done: {conflict}", "look again and repeat what you wanted", as_json)
    except UnknownEvent as unknown:
        why = f"a newer Holdshort wrote to this store: it knows the event `{unknown}`"
        _fail("STORE-003", why, "use that version or a later one", as_json)
    except Unavailable as away:
        if away.outcome_unknown:
            _fail("STORE-002", f"nobody knows whether this was written: {away}", away.mend, as_json)
        _fail("STORE-001", f"the store cannot be used now: {away}", away.mend, as_json)


def _fail(code: str, why: str, mend: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"refused": {"code": code, "why": why, "mend": mend}}, ensure_ascii=False))
    else:
        from holdshort.core.visible import visible

        click.echo(visible(f"refused[{code}]: {why}" + (f"\n  = {mend}" if mend else "")), err=True)
    sys.exit(1)


def store_command(function: F) -> F:
    """A command on the store: shared options, and `house` in the place of folder and URL."""

    @store_options
    @functools.wraps(function)
    def wrapper(*args: Any, playbook: Path, url: str, as_json: bool, **kwargs: Any) -> Any:
        with said_plainly(as_json):
            return function(*args, house=open_from_options(playbook, url), as_json=as_json, **kwargs)

    return wrapper  # type: ignore[return-value]  # the options take the place of `house`


def operation_id(given: str) -> str:
    """Makes a repeated command the same act: the caller's own id, or none."""
    return given or os.environ.get("HOLDSHORT_OPERATION", "")
