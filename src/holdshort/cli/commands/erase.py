"""`holdshort erase`: take a person's data out, while the log still verifies."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreCommand, find_onboarding
from holdshort.cli.store_options import acting_options, signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.erase_elsewhere import Elsewhere
    from holdshort.service.erase_words import Words
    from holdshort.service.erasing import Plan

_PAGE = 200


@click.command("erase", cls=StoreCommand)
@click.argument("onboarding", required=False)
@click.option("--everywhere", is_flag=True, help="In every onboarding, instead of one.")
@click.option(
    "--person",
    "emails",
    metavar="EMAIL",
    multiple=True,
    help="Whose data: name and phone beside the address go, too. Repeat it.",
)
@click.option(
    "--text",
    "texts",
    metavar="TEXT",
    multiple=True,
    help="A text that stands for them, such as a nickname. Repeat it.",
)
@click.option(
    "--keep",
    metavar="TEXT",
    multiple=True,
    help="Something that was found beside the address and is not theirs. Repeat it.",
)
@click.option(
    "--request",
    metavar="REF",
    default="",
    help="The reference of the request, such as DSR-2026-014. It is logged: name no person.",
)
@click.option(
    "--look-in",
    "others",
    metavar="PATH",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A file or folder that may hold it as well, such as an export. Repeat it.",
)
@click.option("--dry-run", is_flag=True, help="Show what would go, and change nothing.")
@click.option("--yes", is_flag=True, help="Erase without asking.")
@acting_options
@store_command
def command(
    house: House,
    as_json: bool,
    onboarding: str | None,
    everywhere: bool,
    emails: tuple[str, ...],
    texts: tuple[str, ...],
    keep: tuple[str, ...],
    request: str,
    others: tuple[Path, ...],
    dry_run: bool,
    yes: bool,
    user: str,
    password_file: Path | None,
) -> None:
    """Take a person's data out of ONBOARDING (number or key), or out of all of them, for good.

    It is for privacy or legal. What stays: that something was received, decided and sent, by whom of yours, and when; the log
    still verifies. What was to be sent to the person is withdrawn; what only names them has to be approved again. Files
    of the house that still hold the data are named, for you to delete.

    Exit code 0: erased, or the dry run found nothing in the way; 1: refused (a legal hold gives its reason), or something is
    left that cannot be taken out; 2: wrong usage.
    """
    _refuse_unclear(onboarding, everywhere, emails, texts, request, dry_run, yes, as_json)
    signed_in(house, user, password_file)
    numbers = _all(house) if everywhere else [find_onboarding(house, onboarding or "")]
    found, refused = _plans(house, numbers, everywhere, user, (emails, texts, keep))
    data: dict[str, Any] = {"onboardings": [_plan_json(plan) for plan, _ in found], "refused": refused}
    if not as_json:
        _show_plans([plan for plan, _ in found], refused)
    every = _joined(found, emails, texts)
    more: list[dict[str, Any]] = []
    if not dry_run:
        if found and not yes:
            click.confirm("Erase this for good?", abort=True, err=True)
        done, more = _erase(house, found, everywhere, user, request)
        refused += more
        data["erased"] = done
        if not as_json:
            _show_done(done)
    left = _left(house, found) if not dry_run else []
    places = _elsewhere(house, every, others)
    data |= {
        "left": left,
        "elsewhere": [{"place": each.place, "mend": each.mend} for each in places],
    }
    tell(data, as_json, lambda: _show_rest(left, places, more))
    sys.exit(1 if refused or left else 0)


def _refuse_unclear(
    onboarding: str | None, everywhere: bool, emails: Sequence[str], texts: Sequence[str], request: str, dry_run: bool,
    yes: bool, as_json: bool,
) -> None:  # fmt: skip
    if bool(onboarding) == everywhere:
        raise click.UsageError("name one onboarding, or --everywhere")
    if not emails and not texts:
        raise click.UsageError("say whose data: --person EMAIL, or --text TEXT")
    for each in emails:
        if "@" not in each or " " in each.strip():
            raise click.UsageError(f"`{each}` is no e-mail address; a name or number is given with --text")
    for each in texts:
        if len("".join(each.split())) < 3:
            raise click.UsageError(f"`{each}` is too short to stand for a person")
    if not dry_run and not request.strip():
        raise click.UsageError("give the reference of the request: --request REF (or only look: --dry-run)")
    if as_json and not (yes or dry_run):
        raise click.UsageError("a program cannot be asked: add --yes, or --dry-run")


def _all(house: House) -> Iterator[int]:
    after = 0
    while page := house.store.onboardings(after=after, limit=_PAGE):
        yield from (
            each.number for each in page if each.opened_at is not None and not each.key.startswith("-/-/")
        )
        after = page[-1].number


def _plans(
    house: House, numbers: Iterator[int] | list[int], everywhere: bool, user: str,
    who: tuple[Sequence[str], Sequence[str], Sequence[str]],
) -> tuple[list[tuple[Plan, Words]], list[dict[str, Any]]]:  # fmt: skip
    """What would go from each onboarding; and those whose data may not go, with the reason."""
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.erasing import check_may_erase, plan, words_for

    found: list[tuple[Plan, Words]] = []
    refused: list[dict[str, Any]] = []
    for number in numbers:
        words = words_for(house.store.history(number), *who)
        one = plan(house.flow, number, words)
        if everywhere and not (one.count or one.open_texts):
            continue
        try:
            check_may_erase(house.flow, number, user)
        except Refused as why:
            if not everywhere or why.code != "FLOW-051":
                raise
            refused.append(_refusal(number, why))
            continue
        found.append((one, words))
    return found, refused


def _refusal(number: int, why: Refused) -> dict[str, Any]:
    return {"number": number, "code": why.code, "why": why.why, "mend": why.mend}


def _erase(
    house: House, found: Sequence[tuple[Plan, Words]], everywhere: bool, user: str, request: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.erasing import erase

    done: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for one, words in found:
        if not one.count and (everywhere or not one.files):
            continue
        try:
            erased = erase(house.flow, one.number, words, user, request)
        except Refused as why:
            if len(found) == 1:
                raise
            refused.append(_refusal(one.number, why))
            continue
        done.append({"number": one.number, "places": erased.places, "events": list(erased.events)})
    return done, refused


def _left(house: House, found: Sequence[tuple[Plan, Words]]) -> list[str]:
    from holdshort.service.erasing import left_in

    return [
        f"onboarding {one.number}, {each}"
        for one, words in found
        for each in left_in(house.flow, one.number, words)
    ]


def _joined(found: Sequence[tuple[Plan, Words]], emails: Sequence[str], texts: Sequence[str]) -> Words:
    from holdshort.service.erase_words import Words

    return Words([*emails, *texts, *(text for _, words in found for text in words.texts)])


def _elsewhere(house: House, words: Words, others: Sequence[Path]) -> list[Elsewhere]:
    from holdshort.cli.commands.resume import settings_of
    from holdshort.service.erase_elsewhere import elsewhere

    settings = settings_of(house)
    return elsewhere(
        house.folder, house.store, settings.targets.values(), settings.facts_folder, words, others
    )


# --- what it says -------------------------------------------------------------------------------------------


def _plan_json(plan: Plan) -> dict[str, Any]:
    return {
        "number": plan.number,
        "onboarding": plan.key,
        "texts": list(plan.texts),
        "places": dict(plan.places),
        "withdrawn": [f"{plan.number}/a{no}" for no in plan.withdrawn],
        "amended": [f"{plan.number}/a{no}" for no in plan.amended],
        "open_texts": list(plan.open_texts),
        "files": list(plan.files),
        "perhaps": dict(plan.hints),
    }


_SAID = {
    "OnboardingOpened": "its title",
    "FactsReceived": "records that came",
    "Screened": "answers of the register",
    "DecisionRecorded": "decisions",
    "ActionRequested": "actions asked for",
    "ActionAmended": "actions changed",
    "EvidenceAttached": "names of files",
}


def _show_plans(plans: Sequence[Plan], refused: Sequence[dict[str, Any]]) -> None:
    from holdshort.cli.screen import Screen

    screen = Screen()
    for plan in plans:
        screen.head((f"{plan.number}", "bold"), (plan.title or plan.key, "bold"))
        screen.rows(_plan_rows(plan), min_width=11)
    for each in refused:
        screen.line(f"{each['number']}: refused, {each['why']}", "yellow", indent=0)
    if not plans and not refused:
        click.echo("Nothing of this person is in any onboarding.")


def _plan_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    from holdshort.cli.words import listed, plural

    yield "Goes", "; ".join(plan.texts)
    places = ", ".join(f"{_SAID.get(kind, kind)} ({count})" for kind, count in plan.places.items())
    yield "From", places or "nowhere: it is not in there"
    if plan.withdrawn:
        yield "Withdrawn", f"{_ids(plan, plan.withdrawn)}: to the person"
    if plan.amended:
        yield "Asked anew", f"{_ids(plan, plan.amended)}: names the person"
    if plan.files:
        what = plural(len(plan.files), "attached file")
        yield "Files", f"{what}, whole: a person cannot be taken out of one"
    if plan.open_texts:
        yield "Stays", f"{listed(plan.open_texts)}: in the open part of the log, which never changes"
    if plan.hints:
        alone = ", ".join(f"“{word}” alone, {plural(count, 'time')}" for word, count in plan.hints.items())
        yield "Perhaps", f"{alone}; name it with --text if it is the person"


def _ids(plan: Plan, numbers: Sequence[int]) -> str:
    return ", ".join(f"{plan.number}/a{no}" for no in numbers)


def _show_done(done: Sequence[dict[str, Any]]) -> None:
    from holdshort.cli.words import plural

    places = sum(each["places"] for each in done)
    click.echo(
        f"Erased: {plural(places, 'text')} in {plural(len(done), 'onboarding')}."
        if done
        else "Nothing was erased."
    )


def _show_rest(left: Sequence[str], places: Sequence[Elsewhere], refused: Sequence[dict[str, Any]]) -> None:
    from holdshort.cli.screen import Screen

    screen = Screen()
    for each in refused:
        screen.line(f"{each['number']}: refused, {each['why']}. {each['mend']}", "yellow", indent=0)
    if left:
        screen.section("Cannot be taken out")
        screen.lines(left)
    if places:
        screen.section("Still there")
        for mend in dict.fromkeys(each.mend for each in places):
            screen.line(f"{mend}:")
            screen.lines((each.place for each in places if each.mend == mend), indent=4)
    screen.section("Remember")
    screen.lines(
        [
            "systems that send records still have it: erase it there, or the next record brings it back",
            "a restore leaves out what was erased; `holdshort backup FILE --prune` takes its keys out of an older backup",
            "files attached to an onboarding where nothing else names the person stay: erase that onboarding by its number",
            "exports with private parts that you handed out: --look-in PATH looks into those at hand",
        ]
    )
