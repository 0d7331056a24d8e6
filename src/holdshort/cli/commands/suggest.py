"""`holdshort suggest PLAYBOOK --records FILE`: what the built-in assistant would say, without a store."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click


@click.command("suggest")
@click.argument("playbook", type=click.Path(path_type=Path))
@click.option(
    "--records",
    "source",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A .json or .jsonl file with records.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a record.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read no more than N records.")
def command(playbook: Path, source: Path, as_json: bool, limit: int | None) -> None:
    """Show what the built-in assistant says about records: no model, no network, only quotes.

    It is asked for no more than the rows of the findings allow. Nothing it says changes an answer. The promises it finds in
    notes are held against contract, order form and CRM.

    Exit code 0: all records were read; 1: some were not; 2: nothing could be read, or wrong usage.
    """
    from holdshort.assist.capabilities import BuiltIn
    from holdshort.cli.advice_view import lines_of, promise_lines
    from holdshort.core.visible import one_line
    from holdshort.service.assisting import advise
    from holdshort.service.run import run_records

    run = run_records(playbook, [source], datetime.now(UTC), limit=limit)
    for each in run:
        if each.answer is None or each.record is None:
            for fault in each.faults:
                click.echo(str(fault), err=True)
            continue
        advice = advise(each.record, each.answer, run.loaded.playbook, BuiltIn())
        if as_json:
            data = {
                "onboarding": each.answer.onboarding,
                "record_id": each.answer.record_id,
                "line": each.line,
                "suggestions": [one.to_json() for one in advice.suggestions],
                "promises": [one.to_json() for one in advice.promises],
                "left_out": list(advice.left_out),
                "snapshot": advice.snapshot.digest,
            }
            click.echo(json.dumps(data, ensure_ascii=False))
            continue
        click.echo(
            one_line(f"{each.answer.onboarding}  {each.answer.record_id or ''}  {each.answer.verdict}")
        )
        for suggestion in advice.suggestions:
            for line in lines_of(suggestion):
                click.echo(f"  {line}")
        for line in promise_lines(advice.promises):
            click.echo(f"  {line}")
        click.echo("")
    sys.exit(run.exit_code if run.exit_code != 1 or run.tally.unreadable else 0)
