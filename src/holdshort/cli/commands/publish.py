"""`holdshort publish`: a playbook becomes the version that runs."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.store_options import signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.cli.screen import Screen
    from holdshort.service.publish import Candidate, Choice, Effect

CHOICES = ("recheck", "grandfather", "drain")
_MOST_SHOWN = 20
_ORDER = ("needs a new owner", "approval void", "re-check", "stays", "same outcome")


@click.command("publish", cls=StoreCommand)
@click.option(
    "--as", "user", metavar="USER", help="Who you are: RevOps or a systems admin. A dry run needs nobody."
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read your password from a file instead of asking for it; `-` is standard input.",
)
@click.option(
    "--author", metavar="NAME", default="", help="Who wrote the change; not the one who publishes it."
)
@click.option(
    "--choose",
    "choices",
    metavar="CASE=CHOICE",
    multiple=True,
    help="For onboardings that wait on a row that changed: recheck (the new row counts), grandfather (they keep the old "
    "version for good) or drain (they keep it until nothing of them waits). recheck, where you say nothing.",
)
@click.option("--dry-run", is_flag=True, help="Show what it would mean, and change nothing.")
@click.option(
    "--resume", "only_resume", is_flag=True, help="Only finish what an interrupted publication left behind."
)
@click.option("--yes", is_flag=True, help="Publish without asking.")
@store_command
def command(
    house: House,
    as_json: bool,
    user: str | None,
    password_file: Path | None,
    author: str,
    choices: tuple[str, ...],
    dry_run: bool,
    only_resume: bool,
    yes: bool,
) -> None:
    """Make the playbook in PLAYBOOK (or `--playbook`) the version under which new onboardings run.

    It has to be free of errors, and all its acceptance tests have to pass. You see which rows changed and what that means for
    every onboarding that waits; then they are brought over as chosen. An interrupted publication is finished by
    `--resume`, or by the worker.

    Exit code 0: published, or the dry run found nothing in the way; 1: refused, nothing was published; 2: wrong usage, or the
    playbook cannot be read.
    """
    from holdshort.service import publish as service

    if not user and not dry_run:
        raise click.UsageError("say who you are: --as USER (or only look: --dry-run)")
    if as_json and not (yes or dry_run or only_resume):
        raise click.UsageError("a program cannot be asked: add --yes, or --dry-run")
    chosen = _choices(choices)
    if user and not dry_run:
        signed_in(house, user, password_file)
    if only_resume:
        _resume(house, user or "", dry_run, as_json)
        return
    found = service.candidate(house.flow, house.folder)
    plan = [] if found.faults else list(service.effects(house.flow, found, chosen))
    if as_json and (dry_run or found.faults):
        click.echo(json.dumps(_plan_json(found, plan), ensure_ascii=False))
    elif not as_json:
        _show(found, plan)
    if found.faults:
        sys.exit(1)
    if dry_run:
        return
    if found.is_published and _left(house):
        _resume(house, user or "", False, as_json)
        return
    if not found.is_published and not yes:
        click.confirm(f"Publish this as version {found.program.version}?", abort=True, err=True)
    _publish(house, found, plan, chosen, user or "", author, as_json)


def _choices(said: Iterable[str]) -> dict[str, Choice]:
    chosen: dict[str, Choice] = {}
    for each in said:
        case, is_there, choice = each.partition("=")
        if not is_there or choice.strip() not in CHOICES:
            raise click.UsageError(
                f"`{each}` is no choice: write CASE=recheck, CASE=grandfather or CASE=drain"
            )
        chosen[case.strip()] = cast("Choice", choice.strip())
    return chosen


# --- doing --------------------------------------------------------------------------------------------------


def _publish(
    house: House, found: Candidate, plan: Sequence[Effect], chosen: dict[str, Choice], user: str, author: str,
    as_json: bool,
) -> None:  # fmt: skip
    from holdshort.service import publish as service
    from holdshort.service.bringing_over import note_published

    published = service.publish(house.flow, found, user, author, note_published(chosen))
    if not as_json:
        click.echo(f"Published as version {published.version}. New onboardings run under it from now on.")
    done = _brought(service.bring_over(house.flow, published.version, plan, user), len(plan), as_json)
    if as_json:
        data = {**_plan_json(found, plan), "published": published.version, "brought_over": done}
        click.echo(json.dumps(data, ensure_ascii=False))


def _left(house: House) -> bool:
    from holdshort.service.bringing_over import left_behind

    return any(True for _ in left_behind(house.flow))


def _resume(house: House, user: str, dry_run: bool, as_json: bool) -> None:
    from holdshort.service.bringing_over import finish, left_behind

    plan = list(left_behind(house.flow))
    if not as_json:
        if not plan:
            click.echo(
                "Nothing was left behind: every open onboarding runs under the version that it should."
            )
            return
        _show_effects(plan)
    if dry_run:
        done = 0
    else:
        from holdshort.core.onboarding.commands import Refused
        from holdshort.service.flow import directory
        from holdshort.service.publish import MAY_PUBLISH

        with house.store.transaction() as tx:
            if directory(tx).standing(user, MAY_PUBLISH, house.clock.now()) is None:
                raise Refused(
                    "PUB-007",
                    f"{user} may not publish: it is for RevOps or a systems admin",
                    "ask one of them",
                )
        done = _brought(finish(house.flow, user), len(plan), as_json)
    if as_json:
        click.echo(
            json.dumps(
                {"effects": [each.to_json() for each in plan], "brought_over": done}, ensure_ascii=False
            )
        )


def _brought(effects: Iterable[Effect], total: int, as_json: bool) -> int:
    """Carry them out, telling every now and then how far it is."""
    done = 0
    for done, _ in enumerate(effects, 1):
        if not as_json and (done % 100 == 0 and done != total):
            click.echo(f"  {done} of {total} onboardings brought over", err=True)
    if total and not as_json:
        click.echo(f"{done} of {max(done, total)} onboardings brought over.")
    return done


# --- showing ------------------------------------------------------------------------------------------------


def _plan_json(found: Candidate, plan: Sequence[Effect]) -> dict[str, Any]:
    return {
        "version": found.program.version,
        "digest": found.digest,
        "is_published": found.is_published,
        "faults": [each.to_json() for each in found.faults],
        "tests": {
            "passed": sum(each.passed for each in found.report.outcomes),
            "all": len(found.report.outcomes),
        },
        "untested": list(found.report.untested),
        "changed": list(found.changed),
        "counts": dict(Counter(each.outcome for each in plan)),
        "effects": [each.to_json() for each in plan],
    }


def _show(found: Candidate, plan: Sequence[Effect]) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.cli.words import plural
    from holdshort.core.visible import visible

    if found.faults:
        for each in found.faults:
            click.echo(visible(str(each)), err=True)
        faults = plural(len(found.faults), "fault")
        click.echo(f"\nNot published: {faults} to mend first. Nothing has changed.", err=True)
        return
    screen = Screen()
    tests = len(found.report.outcomes)
    screen.line(f"{plural(tests, 'acceptance test')} passed", indent=0)
    if found.report.untested:
        screen.line(f"Without a test, so not active: {', '.join(found.report.untested)}", "yellow", indent=0)
    if found.is_published:
        screen.line("This very playbook is the version that runs.", indent=0)
    elif found.previous is None:
        screen.line("It is the first version.", indent=0)
    else:
        names = ", ".join(found.changed) or "none; other files of the playbook did"
        screen.line(f"Rows that changed since version {found.previous.version}: {names}", indent=0)
    _show_effects(plan)


def _show_effects(plan: Sequence[Effect]) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.cli.words import plural

    if not plan:
        return
    screen = Screen()
    counts: Counter[str] = Counter(each.outcome for each in plan)
    said = ", ".join(f"{counts[each]} {each}" for each in _ORDER if counts[each])
    screen.section(f"{plural(len(plan), 'onboarding')} under way: {said}")
    told = [each for each in plan if each.outcome != "same outcome"]
    told.sort(key=lambda each: (_ORDER.index(each.outcome), each.number))
    for each in told[:_MOST_SHOWN]:
        _show_effect(screen, each)
    if len(told) > _MOST_SHOWN:
        screen.line(f"and {len(told) - _MOST_SHOWN} more; --json lists them all", "dim")


def _show_effect(screen: Screen, each: Effect) -> None:
    screen.rows([(f"{each.number}  {each.outcome}", each.title or each.key)], label_style="bold")
    screen.lines(each.words[:4], indent=4)
