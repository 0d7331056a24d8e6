"""`holdshort serve`: the review app in a browser, and the worker beside it."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import open_from_options, said_plainly, store_options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from holdshort.bootstrap import House

ORIGIN = "HOLDSHORT_ORIGIN"


@click.command("serve", cls=StoreCommand)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8765,
    show_default=True,
    metavar="N",
    help="The port; 0 takes a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    metavar="ADDRESS",
    help="The address of this machine to listen on.",
)
@click.option(
    "--origin",
    default="",
    envvar=ORIGIN,
    metavar="URL",
    help=f"What people type, such as https://holdshort.example.com, where a proxy stands in front; ${ORIGIN} says the same.",
)
@click.option(
    "--no-worker",
    is_flag=True,
    help="Only show pages; `holdshort worker` elsewhere carries out what was released.",
)
@click.option(
    "--demo", is_flag=True, help="A made-up company to try, only for this machine; nobody needs a password."
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the demo lives, to come back to it; without it, it is gone afterwards.",
)
@store_options
def command(
    playbook: Path,
    url: str,
    port: int,
    host: str,
    origin: str,
    no_worker: bool,
    demo: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    """Show the inbox, reviews and settings in a browser, and carry out what was released.

    Runs until Ctrl-C or SIGTERM. It listens on this machine alone; for others put a proxy with TLS in front and say with
    `--origin` under which address they come (docs: how to serve).

    \b
    holdshort serve --demo
    holdshort serve my-playbook --port 8080
    holdshort serve my-playbook --host 0.0.0.0 --origin https://holdshort.example.com

    Exit code 0: it was stopped; 1: refused, such as when the port is taken; 2: wrong usage.
    """
    _check(host, origin, demo, folder)
    with said_plainly(as_json):
        _serve(playbook, url, port, host, origin, not no_worker, demo, folder, as_json)


def _check(host: str, origin: str, demo: bool, folder: Path | None) -> None:
    from holdshort.web.server import is_loopback

    if demo and (not is_loopback(host) or origin):
        raise click.UsageError(
            "the demo lets anybody in, so it is for this machine alone: leave --host and --origin out"
        )
    if folder is not None and not demo:
        raise click.UsageError("--dir is where the demo lives; it goes with --demo")
    if origin:
        parts = urlsplit(origin)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
            raise click.UsageError(
                "--origin is an address without a path, such as https://holdshort.example.com"
            )
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise click.UsageError(
                "--origin has to be https: passwords would travel readable. Put a proxy with TLS in front"
            )
    elif not is_loopback(host):
        raise click.UsageError(
            f"on {host} others can come in: say with --origin https://… under which address, served by a proxy with TLS"
        )


def _serve(
    playbook: Path,
    url: str,
    port: int,
    host: str,
    origin: str,
    works: bool,
    demo: bool,
    folder: Path | None,
    as_json: bool,
) -> None:
    from holdshort.web.server import Serving, is_unspecified, listen, serve
    from holdshort.web.settings import web_settings

    sock = listen(host, port)
    https = origin.startswith("https:")
    hosts = tuple(filter(None, [urlsplit(origin).hostname, "" if is_unspecified(host) else host]))
    web = web_settings(hosts=hosts, https=https, demo=demo)
    address = origin.rstrip("/") or f"http://{_shown(host)}:{sock.getsockname()[1]}"
    with _house(playbook, url, web, demo, folder, as_json) as house:
        log = house.folder / ".holdshort" / "access.jsonl"

        def ready() -> None:
            _say_ready(house, address, demo, as_json)

        def told(line: str) -> None:
            if not as_json:
                click.echo(line, err=True)

        serve(house, Serving(sock, log, works, ready, told))


@contextmanager
def _house(
    playbook: Path, url: str, web: dict[str, object], demo: bool, folder: Path | None, as_json: bool
) -> Iterator[House]:
    if not demo:
        yield open_from_options(playbook, url, web)
        return
    from holdshort.web.demo_house import make_demo_house

    def tell(words: str) -> None:
        if not as_json:
            click.echo(f"The demo: {words} …", err=True)

    if folder is not None:
        yield make_demo_house(folder, web, tell)
        return
    made, owner = Path(tempfile.mkdtemp(prefix="holdshort-demo-")), os.getpid()
    try:
        yield make_demo_house(made / "demo", web, tell)
    finally:
        if os.getpid() == owner:  # the child that answers leaves through here as well
            shutil.rmtree(made, ignore_errors=True)


def _say_ready(house: House, address: str, demo: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"address": address, "playbook": str(house.folder), "demo": demo}))
        return
    click.echo(f"Holdshort is at {address}")
    if demo:
        click.echo("Open it and choose who to be. Ctrl-C ends it.")
        return
    with house.store.transaction() as tx:
        anybody = any(each.active for each in tx.users())
    if not anybody:
        click.echo("Nobody can sign in yet. Add the first person, then sign in with that name and password:")
        click.echo(f"  holdshort user add --playbook {house.folder} NAME --role systems_admin")
    elif house.store.latest_register() is None:
        click.echo("Sign in with your name and password. No register is published yet: `holdshort publish`.")
    else:
        click.echo("Sign in with your name and password. Ctrl-C stops it.")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
