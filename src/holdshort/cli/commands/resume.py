"""`holdshort resume`: what was paused goes on."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import acting_options, signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.playbook import Settings


@click.command("resume", cls=StoreCommand)
@click.option("--lane", metavar="LANE", help="The lane that was paused; otherwise the pause of everything.")
@click.option("--connector", metavar="NAME", help="The target that was paused.")
@click.option("--reason", metavar="TEXT", default="", help="Why it may go on; needed with `--reconciled`.")
@click.option(
    "--reconciled",
    is_flag=True,
    help="After a restore: you have compared what was really sent with this store. Lifts the quarantine.",
)
@acting_options
@store_command
def command(
    house: House,
    as_json: bool,
    lane: str | None,
    connector: str | None,
    reason: str,
    reconciled: bool,
    user: str,
    password_file: Path | None,
) -> None:
    """Take a pause back: the pause of everything, of one lane or of one connector.

    It is for whoever paused, for the pause owner of the playbook, RevOps or a systems admin. The quarantine after a restore is
    lifted by a systems admin or the pause owner only, with `--reconciled`.

    Exit code 0: it is not paused any more; 1: refused; 2: wrong usage.
    """
    from holdshort.service.switches import lift_quarantine, resume

    if reconciled and (lane or connector):
        raise click.UsageError("the quarantine is over everything: leave --lane and --connector out")
    signed_in(house, user, password_file)
    owner = settings_of(house).pause_owner
    now = house.clock.now()
    if reconciled:
        changed = lift_quarantine(house.store, user, reason, owner, now)
        what = "quarantine"
    else:
        what = scope_of(house, lane, connector)
        changed = resume(house.store, what, user, reason, owner, now)
    left = _still_paused(house)
    data: dict[str, Any] = {"resumed": what, "changed": changed, "by": user, "still_paused": left}
    tell(data, as_json, lambda: _say(what, changed, left))


def _say(what: str, changed: bool, left: list[str]) -> None:
    from holdshort.core.visible import one_line

    said = what.replace(":", " ")
    click.echo(f"Resumed: {said}." if changed else f"It was not paused: {said}.")
    for each in left:
        click.echo(f"  still: {one_line(each)}")


def settings_of(house: House) -> Settings:
    """What playbook.toml says in the version that runs; of the folder where nothing is published yet. No row is read."""
    import tomllib

    from holdshort.core.playbook import Settings, read_settings

    published = house.store.latest_register()
    try:
        text = (
            published.files["playbook.toml"] if published else (house.folder / "playbook.toml").read_bytes()
        ).decode("utf-8")
        return read_settings(tomllib.loads(text), "playbook.toml")[0]
    except (OSError, KeyError, ValueError):
        return Settings()


def scope_of(house: House, lane: str | None, connector: str | None) -> str:
    """
    What a switch is over.

    Raises:
        Refused: The playbook has no such lane or target.
    """
    from holdshort.service.switches import EVERYTHING, connector_scope, lane_scope

    if lane and connector:
        raise click.UsageError("give --lane or --connector; a second command does the other")
    if lane:
        return lane_scope(lane, house.flow.programs.latest().playbook)
    if connector:
        return connector_scope(connector, settings_of(house).targets)
    return EVERYTHING


def list_pauses(house: House, as_json: bool) -> None:
    """Show everything that keeps actions from leaving; exit code 1 where there is something."""
    from holdshort.core.visible import one_line

    with house.store.transaction() as tx:
        switches, quarantine = tx.switches(), tx.quarantine()
    by_file = house.stopped()
    data = {
        "switches": [
            {"scope": each.scope, "by": each.by, "reason": each.reason, "since": each.since.isoformat()}
            for each in switches
        ],
        "quarantine": quarantine,
        "file": by_file,
    }

    def words() -> None:
        for each in switches:
            what = each.scope.replace(":", " ")
            click.echo(
                f"{what}: paused by {each.by} since {each.since:%Y-%m-%d %H:%M} UTC: {one_line(each.reason)}"
            )
        if quarantine:
            click.echo(f"quarantine: {one_line(quarantine)}")
        if by_file:
            click.echo(f"everything: {by_file}")
        if not (switches or quarantine or by_file):
            click.echo("Nothing is paused.")

    tell(data, as_json, words)
    sys.exit(1 if switches or quarantine or by_file else 0)


def _still_paused(house: House) -> list[str]:
    with house.store.transaction() as tx:
        left = [f"{each.scope}, paused by {each.by}: {each.reason}" for each in tx.switches()]
        quarantine = tx.quarantine()
    left += [f"quarantine: {quarantine}"] if quarantine else []
    stopped = house.stopped()
    return left + ([f"everything: {stopped}; remove it to go on"] if stopped else [])
