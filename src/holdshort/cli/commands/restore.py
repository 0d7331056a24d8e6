"""`holdshort restore`: a backup comes back, and nothing leaves before somebody has looked."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.store_options import DATABASE, PLAYBOOK, said_plainly, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House

KEY_FILES = ("master.key", "signing.pem", "erasures.jsonl")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--into",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    required=True,
    help="The playbook folder whose store it becomes; a new folder gets the playbook that was published last.",
)
@click.option(
    "--keys",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The keys of the backup, where they do not lie beside it as FILE.keys.",
)
@click.option(
    "--master",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help=f"The folder of keys of the lost store (master.key in it); otherwise that of DIR, of ${PLAYBOOK} or $HOLDSHORT_KEYS.",
)
@click.option(
    "--db",
    "url",
    metavar="URL",
    envvar=DATABASE,
    default="",
    help="Restore into this database instead: a new SQLite file, or an empty PostgreSQL database.",
)
@click.option("--json", "as_json", is_flag=True, help="Answer in JSON, for programs.")
def command(
    file: Path, folder: Path, keys: Path | None, master: Path | None, url: str, as_json: bool
) -> None:  # fmt: skip
    """Bring the backup FILE back into DIR. It starts in quarantine: nothing leaves.

    What was sent after the backup was made is not in it, so the same things are released again. Look what really happened, then
    `holdshort resume --reconciled`. What was erased since stays erased.

    Exit code 0: restored; 1: refused, nothing was restored; 2: wrong usage.
    """
    with said_plainly(as_json):
        _restore(file, folder, keys, master, url, as_json)


def _restore(
    file: Path, folder: Path, keys: Path | None, master: Path | None, url: str, as_json: bool
) -> None:
    from holdshort.bootstrap import MASTER_KEY, STORE_FOLDER, house_places, open_house
    from holdshort.store.backup import restore

    if not file.is_file():
        raise click.UsageError(f"there is no backup `{file}`")
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    made = [] if not is_new else [folder]
    try:
        folder, place, own = house_places(folder, url)
        (folder / STORE_FOLDER).mkdir(mode=0o700, exist_ok=True)
        _bring_keys(own, master)
        done = restore(file, place, own / MASTER_KEY, keys)
    except BaseException:
        for each in made:
            shutil.rmtree(each, ignore_errors=True)
        raise
    house = open_house(folder, url)
    written = _write_playbook(house)
    _note(house, done.made_at.isoformat())
    data: dict[str, Any] = {
        "restored": str(folder), "made_at": done.made_at.isoformat(), "quarantine": done.quarantine,
        "erased": list(done.erased), "playbook_written": written,
    }  # fmt: skip
    tell(
        data,
        as_json,
        lambda: _say(folder, done.made_at.isoformat()[:16].replace("T", " "), done.erased, written),
    )


def _say(folder: Path, made_at: str, erased: tuple[int, ...], written: int) -> None:
    click.echo(f"Restored into {folder}, as it was on {made_at} UTC.")
    if written:
        click.echo("The playbook that was published last was written into it.")
    if erased:
        click.echo(f"Erased since, and so again: onboardings {', '.join(map(str, erased))}.")
    click.echo(
        "\nQUARANTINE: nothing leaves. What was sent after the backup is not known here and would be sent again.\n"
        "  1. compare with your systems what happened since; close, reject or withdraw it here\n"
        f"  2. holdshort resume --playbook {folder} --reconciled --as USER --reason TEXT"
    )


def _bring_keys(own: Path, master: Path | None) -> None:
    """The folder of keys of the lost store, copied to where the new one looks for it."""
    from holdshort.bootstrap import MASTER_KEY, house_places
    from holdshort.store.sealing import MASTER_VARIABLE

    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    if master is None and ((own / MASTER_KEY).exists() or os.environ.get(MASTER_VARIABLE)):
        return
    playbook = os.environ.get(PLAYBOOK, ".")
    source = master or house_places(Path(playbook))[2]
    if not (source / MASTER_KEY).is_file():
        raise click.UsageError(
            f"`{source}` holds no master.key: name the lost store's folder of keys with --master DIR"
        )
    if source.resolve() == own.resolve():
        return
    if (own / MASTER_KEY).exists() and (own / MASTER_KEY).read_bytes() != (source / MASTER_KEY).read_bytes():
        raise click.UsageError(f"`{own}` holds another master.key: restore into a new folder")
    for name in KEY_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, own / name)
            (own / name).chmod(0o600)


def _write_playbook(house: House) -> int:
    """Into a folder without a playbook: the one that was published last. How many files that were."""
    published = house.store.latest_register()
    if published is None or (house.folder / "playbook.toml").exists():
        return 0
    for name, content in published.files.items():
        path = (house.folder / name).resolve()
        if path.is_relative_to(house.folder) and not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return len(published.files)


def _note(house: House, made_at: str) -> None:
    from holdshort.service.house_log import note

    with house.store.transaction() as tx:
        note(tx, "Restored", "", house.clock.now(), {"made_at": made_at})
