"""`holdshort backup`: a copy of the store, made while it runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("backup", cls=StoreCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--prune",
    is_flag=True,
    help="FILE is an older backup: take the keys of what was erased since out of its keys file.",
)
@store_command
def command(house: House, as_json: bool, file: Path, prune: bool) -> None:
    """Copy the whole store into FILE while it is in use, and the keys of customers' data into FILE.keys.

    Keep the two apart: the copy alone reads nothing of customers' data. The folder of keys (master key, signing key, ledger of
    erasures) is not in it; keep a copy of that at a third place.

    Exit code 0: made, or pruned; 1: it could not be made, nothing is left of it; 2: wrong usage.
    """
    from holdshort.store.backup import back_up

    if prune:
        _prune(house, as_json, file)
        return

    made = back_up(house.sql_store, file, house.clock.now())
    data = {
        "backup": str(made.path), "keys": str(made.keys), "onboardings": made.onboardings,
        "made_at": made.made_at.isoformat(), "master_keys": str(house.keys),
    }  # fmt: skip

    def words() -> None:
        click.echo(f"Wrote {made.path}\n  and {made.keys}: keep the two apart.")
        click.echo(
            f"Not in it: the folder {house.keys}. Without its master.key nobody can restore customers' data."
        )

    tell(data, as_json, words)


def _prune(house: House, as_json: bool, file: Path) -> None:
    from holdshort.store.backup_keys import keys_path, prune

    gone = prune(keys_path(file), house.keys)
    data = {"keys": str(keys_path(file)), "pruned": gone}
    tell(data, as_json, lambda: click.echo(f"{gone} keys were taken out of {keys_path(file)}."))
