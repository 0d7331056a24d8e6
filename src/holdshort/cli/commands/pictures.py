"""`holdshort pictures PLAYBOOK --out DIR`: the pictures of a register."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("pictures")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default=True,
    metavar="DIR",
    help="Where blog/images/ is written.",
)
@click.option("--json", "as_json", is_flag=True, help="The names of the files as one JSON object.")
def command(playbook: Path, out: Path, as_json: bool) -> None:
    """Draw two pictures from the register of PLAYBOOK (a folder), as PNG and SVG.

    A hero image in which every row is a mark, and the workflow with its nine stages and the eighteen items of the go-live
    checklist. Nothing in them is loaded from anywhere.

    Exit code 0: written; 2: the playbook cannot be read, or nothing can be written.
    """
    import json

    from holdshort.service.pictures import draw_pictures

    written = draw_pictures(playbook, out)
    if as_json:
        click.echo(json.dumps({"written": [str(each) for each in written]}))
        return
    for path in written:
        click.echo(str(path))
