"""`holdshort assist NUMBER`: what the assistant says about an onboarding, and what people made of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House


@click.command("assist", cls=StoreCommand)
@click.argument("number", type=click.IntRange(min=1), metavar="[NUMBER]", required=False)
@click.option(
    "--clusters", "clustered", is_flag=True, help="Show decided cases that are alike, over all onboardings."
)
@click.option(
    "--calibration",
    "calibrated",
    is_flag=True,
    help="Show how far what it said was kept, by field and kind of source.",
)
@click.option(
    "--keep",
    "kept",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="S",
    help="Suggestion S was right as it stands.",
)
@click.option(
    "--edited", multiple=True, type=click.IntRange(min=1), metavar="S", help="You used S after changing it."
)
@click.option(
    "--reject",
    "rejected",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="S",
    help="S was wrong or of no use.",
)
@click.option("--note", default="", metavar="TEXT", help="Why, in your words.")
@click.option("--as", "user", metavar="USER", default="", help="Who you are; needed to judge.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read your password from a file instead of asking for it; `-` is standard input.",
)
@store_command
def command(
    house: House, number: int | None, clustered: bool, calibrated: bool, kept: tuple[int, ...], edited: tuple[int, ...], rejected: tuple[int, ...], note: str,
    user: str, password_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Ask the assistant about onboarding NUMBER, show what it said, or say what became of it.

    What it says may be read and nothing starts from it: no hold is lifted and nothing is sent. What you keep, edit and
    reject is counted, and shows how far it can be relied on.

    Without a number: --clusters shows groups of cases that people decided and that are alike, which may ask for a row of
    their own; --calibration shows what was kept, per field and kind of source.

    Exit code 0: shown, or noted; 1: refused; 2: usage.
    """
    from holdshort.cli.advice_view import lines_of, promise_lines
    from holdshort.core.onboarding.commands import JudgeSuggestion
    from holdshort.core.promises import ledger
    from holdshort.core.visible import one_line
    from holdshort.service.suggestion_log import note_suggestions, said_so_far, snapshot_now

    away = ""
    if number is None:
        if clustered == calibrated:
            raise click.UsageError("name an onboarding, or ask for one of --clusters and --calibration")
        _show_clusters(house, as_json) if clustered else _show_calibration(house, as_json)
        return
    if clustered or calibrated:
        raise click.UsageError("--clusters and --calibration are over all onboardings; leave the number out")
    outcomes = [
        *((s, "kept") for s in kept),
        *((s, "edited") for s in edited),
        *((s, "rejected") for s in rejected),
    ]
    if outcomes:
        if not user:
            raise click.UsageError("say who you are with --as USER")
        signed_in(house, user, password_file)
        for suggestion, outcome in outcomes:
            house.flow.act(number, JudgeSuggestion(suggestion, user, outcome, note), user)  # type: ignore[arg-type]
    else:
        asked = note_suggestions(house.flow, number, house.assistant, models=house.models)
        away = asked.away if asked is not None else ""
    said = said_so_far(house.flow, number)
    promises = ledger(snapshot_now(house.flow, number))
    data = {
        "number": number,
        "suggestions": [
            {
                "no": each.no,
                "outcome": each.outcome or None,
                "outdated": each.is_old,
                **each.suggestion.to_json(),
            }
            for each in said
        ],
        "promises": [each.to_json() for each in promises],
        "model_away": away or None,
    }

    def words() -> None:
        for each in said:
            if each.is_old and not each.outcome:
                continue
            for line in lines_of(each.suggestion, each.no):
                click.echo(line)
            if each.outcome:
                click.echo(f"   {each.outcome}")
        for line in promise_lines(promises):
            click.echo(line)
        if away:
            click.echo(one_line(f"Only the built-in assistant speaks: {away}"))
        if not said:
            click.echo("No row of its findings allows AI to say anything.")

    tell(data, as_json, words)


def _show_clusters(house: House, as_json: bool) -> None:
    from holdshort.core.visible import one_line
    from holdshort.service.decided_cases import clusters

    made = clusters(house.flow)

    def words() -> None:
        for each in made.found:
            click.echo(
                f"{len(each.members)} decided cases are alike (likeness {each.likeness}): {', '.join(each.members[:5])}"
            )
            click.echo(one_line(f"   rows {', '.join(each.cases)}; they share {', '.join(each.words)}"))
        if not made.found:
            click.echo(f"Of {made.cases} decided cases no two are alike.")
        if made.is_cut:
            click.echo(f"There are more; the newest {made.cases} were looked at.")

    tell(made.to_json(), as_json, words)


def _show_calibration(house: House, as_json: bool) -> None:
    from holdshort.core.visible import one_line
    from holdshort.service.decided_cases import RISK, calibration

    table = calibration(house.flow)

    def words() -> None:
        for each in table:
            found = each.reliability
            click.echo(
                one_line(
                    f"{found.field} from {found.source}: {found.words}; people changed {found.overridden:.0%}"
                )
            )
            if found.calibration_error is not None:
                click.echo(f"   stated confidence is off by {found.calibration_error:.2f} on average")
            if each.threshold is not None:
                click.echo(
                    f"   at {each.threshold} and above {each.coverage:.0%} could pass with at most {RISK:.0%} wrong"
                )
            else:
                click.echo(f"   no stated confidence is proved to keep errors at or below {RISK:.0%}")
        if not table:
            click.echo("Nobody has said yet what became of a suggestion.")

    tell({"measured": [each.to_json() for each in table]}, as_json, words)
