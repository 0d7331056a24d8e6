"""`holdshort packet ID`: the review packet of an onboarding as it stands now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand, find_onboarding, read_id
from holdshort.cli.store_options import store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.packet import Packet


@click.command("packet", cls=StoreCommand)
@click.argument("which", metavar="ID")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE.html",
    help="Write the page to a file, for a browser, an e-mail or a printer.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Write over a file that exists.")
@store_command
def command(house: House, which: str, out: Path | None, force: bool, as_json: bool) -> None:
    """Show the review packet of an onboarding as it stands now: twelve parts, on one page.

    ID is an onboarding (12, or its key) or one of its reviews (12.3). The page decides and sends nothing.

    Exit code 0: shown or written; 1: there is no such onboarding; 2: usage, or the file could not be written.
    """
    from holdshort.service.board import packet_of

    found = read_id(which)
    number = found[1][0] if found else find_onboarding(house, which)
    packet, _ = packet_of(house.flow, number)
    if out is not None:
        _write(packet, out, force)
    if as_json:
        click.echo(json.dumps(packet.to_json(), ensure_ascii=False, default=str))
    elif out is not None:
        click.echo(f"Wrote {out}")
    else:
        from holdshort.cli.packet_view import show_packet

        show_packet(packet)


def _write(packet: Packet, out: Path, force: bool) -> None:
    import os

    from holdshort.service.packet_html import packet_page

    if out.exists() and not force:
        raise click.UsageError(f"`{out}` exists; name another file, or add --force")
    beside = out.with_name(f".{out.name}.{os.getpid()}.tmp")
    try:
        beside.write_text(packet_page(packet), encoding="utf-8", newline="\n")
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise click.UsageError(
            f"`{out}` cannot be written: {(error.strerror or str(error)).lower()}"
        ) from error
