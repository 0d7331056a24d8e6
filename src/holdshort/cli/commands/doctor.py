"""`holdshort doctor`: is this store safe, and the house in order?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import PLAYBOOK, said_plainly, store_options, tell

if TYPE_CHECKING:
    from holdshort.service.checkup import Check

_SHAPES = {"ok": "✓", "warn": "!", "bad": "✗"}
_STYLES = {"ok": "green", "warn": "yellow", "bad": "bold red"}


@click.command("doctor", cls=StoreCommand)
@click.option("--migrate", is_flag=True, help="First bring the tables up to those of this version.")
@click.option("--all", "show_all", is_flag=True, help="Show what is in order as well.")
@store_options
def command(playbook: Path, url: str, as_json: bool, migrate: bool, show_all: bool) -> None:
    """Look at database, keys, clock, playbook, targets, people, work that waits and the audit log; each with a mend.

    It changes nothing, unless you say `--migrate`.

    Exit code 0: nothing is bad, though something may be worth a look; 1: something is bad; 2: wrong usage.
    """
    with said_plainly(as_json):
        checks = list(_checks(playbook, url, migrate))
        data = {
            "checks": [
                {"name": each.name, "level": each.level, "words": each.words, "mend": each.mend}
                for each in checks
            ],
            "bad": sum(each.level == "bad" for each in checks),
            "warn": sum(each.level == "warn" for each in checks),
        }
        tell(data, as_json, lambda: _show(checks, show_all))
        sys.exit(1 if data["bad"] else 0)


def _checks(playbook: Path, url: str, migrate: bool) -> Iterator[Check]:
    from holdshort.bootstrap import MASTER_KEY, SIGNING_KEY, house_places, open_house
    from holdshort.service.checkup import Check, checkup, keys_check
    from holdshort.store.doctor import examine
    from holdshort.store.places import place_of

    if not url and not (playbook / "playbook.toml").is_file():
        raise click.UsageError(
            f"`{playbook}` is no playbook folder: name one with --playbook, or set {PLAYBOOK}"
        )
    folder, place, keys = house_places(playbook, url)
    path = place_of(place).path
    if path is not None and not path.exists() and not migrate:
        mend = "any command on it makes it, such as `holdshort user list`"
        yield Check("database", "bad", f"there is no store `{path}` yet", mend)
        return
    if migrate:
        open_house(folder, url)
    found = examine(place, keys / MASTER_KEY)
    for each in found:
        yield Check(each.name, each.level, each.words, each.mend)
    yield keys_check(keys, (MASTER_KEY, SIGNING_KEY))
    if found[0].level != "bad":
        house = open_house(folder, url)
        yield from checkup(house.flow, house.audit_store, house.folder, house.stopped(), os.environ)


def _show(checks: list[Check], show_all: bool) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.cli.words import plural

    screen = Screen()
    for each in checks:
        if each.level == "ok" and not show_all:
            continue
        screen.rows(
            [(f"{_SHAPES[each.level]} {each.name}", each.words)],
            label_style=_STYLES[each.level],
            min_width=14,
            indent=0,
        )
        if each.mend:
            screen.line(f"= {each.mend}", "dim", indent=16)
    fine = sum(each.level == "ok" for each in checks)
    bad, warn = (sum(each.level == level for each in checks) for level in ("bad", "warn"))
    hidden = "" if show_all or not fine else " (--all shows them)"
    click.echo(f"{plural(bad, 'thing')} bad, {warn} worth a look, {fine} in order{hidden}.")
