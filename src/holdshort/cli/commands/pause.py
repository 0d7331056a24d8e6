"""`holdshort pause`: nothing begins any more, at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import open_from_options, said_plainly, signed_in, store_options, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("pause", cls=StoreCommand)
@click.option("--lane", metavar="LANE", help="Only onboardings of this lane; otherwise everything.")
@click.option("--connector", metavar="NAME", help="Only what goes to this target of playbook.toml.")
@click.option(
    "--reason", metavar="TEXT", default="", help="Why; it is logged, and shown with everything that waits."
)
@click.option("--as", "user", metavar="USER", help="Who you are. Anybody who works here may pause.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read your password from a file instead of asking for it; `-` is standard input.",
)
@click.option("--list", "only_list", is_flag=True, help="Show what is paused now.")
@store_options
def command(
    playbook: Path,
    url: str,
    as_json: bool,
    lane: str | None,
    connector: str | None,
    reason: str,
    user: str | None,
    password_file: Path | None,
    only_list: bool,
) -> None:
    """Stop everything, one lane or one connector: no run begins from this moment on.

    What has begun ends, and is recorded. Decisions can still be taken; what they release waits. `holdshort resume` lets it go
    on. Where the store cannot be reached, a file named PAUSE in the playbook folder does the same.

    Exit code 0: it is paused (with `--list`: nothing is); 1: it could not be paused (with `--list`: something is);
    2: wrong usage.
    """
    from holdshort.cli.commands.resume import list_pauses, scope_of
    from holdshort.service.switches import pause

    with said_plainly(as_json):
        house = _open(playbook, url)
        if only_list:
            list_pauses(house, as_json)
            return
        if not user:
            raise click.UsageError("say who you are: --as USER")
        if not reason.strip():
            raise click.UsageError("say why: --reason TEXT")
        signed_in(house, user, password_file)
        scope = scope_of(house, lane, connector)
        is_new = pause(house.store, scope, user, reason, house.clock.now())
        data: dict[str, Any] = {"paused": scope, "changed": is_new, "by": user, "reason": reason}
        tell(data, as_json, lambda: _say(scope, is_new))


def _say(scope: str, is_new: bool) -> None:
    what = scope.replace(":", " ")
    click.echo(f"Paused: {what}. No run begins any more." if is_new else f"It was paused already: {what}.")
    click.echo("`holdshort resume` lets it go on; `holdshort pause --list` shows what is paused.")


def _open(playbook: Path, url: str) -> House:
    """The house; where its store is away, the file that pauses without one is named."""
    from holdshort.bootstrap import PAUSE_FILE
    from holdshort.ports import Unavailable

    try:
        return open_from_options(playbook, url)
    except Unavailable as away:
        raise Unavailable(
            f"{away}; to stop everything without it, put a file named {PAUSE_FILE} into the playbook folder",
            f"touch {playbook / PAUSE_FILE}",
        ) from away
