"""`holdshort schema [records|answers]`: what goes in and what comes out, as JSON Schema."""

from __future__ import annotations

import json

import click


@click.command("schema")
@click.argument("which", required=False, type=click.Choice(["records", "answers"]))
@click.option("--json", "_", is_flag=True, help="Taken for consistency; the output is JSON in any case.")
def command(which: str | None, _: bool) -> None:
    """Print the JSON Schema (draft 2020-12) of records or of answers; without a name, both in one object.

    Exit code 0: printed; 2: usage.
    """
    from holdshort.service.schemas import SCHEMAS

    found = SCHEMAS[which]() if which else {name: build() for name, build in SCHEMAS.items()}
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))
