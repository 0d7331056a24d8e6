"""`holdshort actions`: what was asked for, how far it came, and asking for more."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import ACTION, StoreGroup, find_onboarding, read_id, read_kinds
from holdshort.cli.store_options import acting_options, operation_id, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.ports import ActionRow

STATUSES = ("held", "released", "attempting", "done", "failed", "uncertain", "rejected", "withdrawn")


@click.group("actions", cls=StoreGroup, default="list")
def command() -> None:
    """List actions, ask for one, change or withdraw it, ask whether it may run, settle a run of unknown outcome.

    `holdshort actions` lists them all, `holdshort actions 12` those of one onboarding. The id of an action is
    ONBOARDING/aNO, such as 12/a3.
    """


# --- looking ---


@command.command("list", short_help="List actions with how far they came.")
@click.argument("onboarding", metavar="[ONBOARDING]", default="")
@click.option(
    "--status",
    type=click.Choice(STATUSES),
    default=None,
    help="Only these. `held` is everything that waits, for whatever.",
)
@click.option(
    "--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N", help="How many."
)
@click.option("--after", default="", metavar="ID", help="Go on after this one, the last of the page before.")
@store_command
def list_(house: House, onboarding: str, status: str | None, limit: int, after: str, as_json: bool) -> None:
    """List actions with how far they came. Those that wait are listed as held; with an onboarding named, why as well.

    Exit code 0: listed; 1: there is no such onboarding; 2: usage.
    """
    if after:
        ACTION.convert(after, None, None)
    if not onboarding:
        rows = house.store.actions(status=status or "", after=after, limit=limit)
        _list_rows(house, rows, limit, as_json)
        return
    from holdshort.cli import board_json, board_view
    from holdshort.cli.screen import Screen
    from holdshort.service.board import onboarding_view

    found = read_id(onboarding)
    number = found[1][0] if found else find_onboarding(house, onboarding)
    view = onboarding_view(house.flow, number)
    waiting = ("held", "needs review", "not due")
    first = ACTION.convert(after, None, None)[1] if after else 0
    shown = [
        each
        for each in view.actions
        if each.action.no > first
        and (status is None or each.status == status or (status == "held" and each.status in waiting))
    ][:limit]
    if as_json:
        for each in shown:
            click.echo(json.dumps(board_json.action_json(view, each), ensure_ascii=False, default=str))
        return
    screen = Screen()
    screen.head((str(number), "bold"), (view.state.title or view.state.key, "bold"), (view.state.state, ""))
    for each in shown:
        board_view.show_action_line(screen, number, each)
    if not shown:
        screen.line("no action of this kind" if view.actions else "nothing was asked for yet", "dim")


def _list_rows(house: House, rows: list[ActionRow], limit: int, as_json: bool) -> None:
    from holdshort.cli import words
    from holdshort.cli.screen import Screen
    from holdshort.service.programs import target_name

    if as_json:
        for row in rows:
            data = {
                "id": row.id, "kind": row.kind, "status": row.status, "target": target_name(row.target),
                "digest": row.digest, "due_at": row.due_at.isoformat() if row.due_at else None,
                "attempts": row.attempt,
            }  # fmt: skip
            click.echo(json.dumps(data, ensure_ascii=False))
        return
    screen = Screen()
    titles: dict[int, str] = {}
    for row in rows:
        if row.number not in titles:
            found = house.store.onboarding(row.number)
            titles[row.number] = (found.title or found.key) if found else ""
        where = f"→ {words.target(row.target)}" if row.target else ""
        screen.head((f"{row.id:<9}", "bold"), (f"{words.kind(row.kind):<28}", ""), (f"{row.status:<11}", ""),
                    (f"{where:<10}", "dim"), (titles[row.number], "dim"), cut=True)  # fmt: skip
    if not rows:
        screen.line(
            "No action fits. Rows of the register, records and `holdshort actions request` ask for them.",
            indent=0,
        )
    elif len(rows) == limit:
        screen.line(f"The next ones: `--after {rows[-1].id}`", indent=0)


@command.command("verdict", short_help="Say whether an action would be released now, and why.")
@click.argument("onboarding", metavar="ONBOARDING")
@click.argument("kind", metavar="KIND")
@store_command
def verdict(house: House, onboarding: str, kind: str, as_json: bool) -> None:
    """Say whether an action of this kind would be released on this onboarding now, and why. Asks for nothing.

    Exit code 0: it would be released; 1: it is held, needs review or is not due; 2: usage.
    """
    from holdshort.core.action_words import phrase, role
    from holdshort.core.visible import one_line
    from holdshort.service.verdicts import verdict_on

    number = find_onboarding(house, onboarding)
    kind = _kind(house, number, kind)
    found = verdict_on(house.flow, number, kind)
    if as_json:
        data = {
            "number": number, "kind": kind, "verdict": found.state, "why": found.why,
            "cases": [each.case for each in found.stops], "decides": list(dict.fromkeys(each.owner for each in found.stops)),
        }  # fmt: skip
        click.echo(json.dumps(data, ensure_ascii=False))
    else:
        owners = list(dict.fromkeys(role(each.owner) for each in found.stops))
        who = f"; {' and '.join(owners)} decide{'s' if len(owners) == 1 else ''}" if owners else ""
        click.echo(f"{phrase(kind)}: {found.state}: {one_line(found.why)}{who}")
    sys.exit(0 if found.state == "released" else 1)


# --- asking ---


@command.command("request", short_help="Ask for an action.")
@click.argument("onboarding", metavar="ONBOARDING")
@click.argument("kind", metavar="KIND")
@click.option(
    "--by",
    required=True,
    metavar="NAME",
    help="Who asks: the automation, agent or person. They cannot approve it.",
)
@click.option(
    "--payload", default="", metavar="JSON", help="What exactly is to be carried out, as one JSON object."
)
@click.option(
    "--payload-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same from a file; `-` is standard input.",
)
@click.option("--about", default="", metavar="TEXT", help="Tells two requests of the same content apart.")
@click.option(
    "--operation", default="", metavar="ID", help="An id of your own: the same one again changes nothing."
)
@store_command
def request(
    house: House,
    onboarding: str,
    kind: str,
    by: str,
    payload: str,
    payload_file: Path | None,
    about: str,
    operation: str,
    as_json: bool,
) -> None:
    """Ask for an action. It runs if nothing stops it; else it waits for whoever decides.

    The same request again changes nothing; another content is another action.

    \b
    holdshort actions request 12 "send customer message" --by csm-bot --payload-file message.json

    Exit code 0: asked for (whether it may run is in the answer); 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Request

    content = _payload(payload, payload_file)
    number = find_onboarding(house, onboarding)
    kind = _kind(house, number, kind)
    asked = Request(kind, content, by, about)
    act_and_show(
        house,
        number,
        asked,
        by,
        as_json,
        operation_id(operation),
        f"{by} asked for {kind.replace('_', ' ')}.",
    )


@command.command("amend", short_help="Put another content in the place of an action's.")
@click.argument("action", type=ACTION, metavar="ACTION")
@click.option("--by", required=True, metavar="NAME", help="Who changes it. They cannot approve it.")
@click.option("--payload", default="", metavar="JSON", help="The whole new content, as one JSON object.")
@click.option(
    "--payload-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same from a file; `-` is standard input.",
)
@store_command
def amend(
    house: House, action: tuple[int, int], by: str, payload: str, payload_file: Path | None, as_json: bool
) -> None:
    """Put another content in the place of an action's. Approvals of the old one do not cover it.

    Exit code 0: changed; 1: refused, such as when it has begun to run; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Amend

    number, no = action
    content = _payload(payload, payload_file, required=True)
    act_and_show(
        house, number, Amend(no, content, by), by, as_json, "", f"{number}/a{no} has another content now."
    )


@command.command("withdraw", short_help="Take back a request.")
@click.argument("action", type=ACTION, metavar="ACTION")
@click.option("--by", required=True, metavar="NAME", help="Who takes it back.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the log.")
@store_command
def withdraw(house: House, action: tuple[int, int], by: str, reason: str, as_json: bool) -> None:
    """Take back a request: the action will not run.

    Exit code 0: withdrawn; 1: refused, such as when it has begun to run; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Withdraw

    number, no = action
    act_and_show(house, number, Withdraw(no, by, reason), by, as_json, "", f"{number}/a{no} is withdrawn.")


@command.command("resolve", short_help="Say whether a run of unknown outcome happened.")
@click.argument("action", type=ACTION, metavar="ACTION")
@click.option(
    "--happened/--did-not-happen", "happened", default=None, help="What you found out at the other side."
)
@acting_options
@click.option("--note", default="", metavar="TEXT", help="How you know; it stands in the log.")
@store_command
def resolve(
    house: House,
    action: tuple[int, int],
    happened: bool | None,
    user: str,
    password_file: Path | None,
    note: str,
    as_json: bool,
) -> None:
    """Say whether a run of unknown outcome happened. What did not happen may run again, as a new attempt.

    Exit code 0: settled; 1: refused, and why; 2: usage.
    """
    from holdshort.cli.deciding import act_and_show
    from holdshort.core.onboarding.commands import Resolve

    if happened is None:
        raise click.UsageError("say what you found out: `--happened` or `--did-not-happen`")
    signed_in(house, user, password_file)
    number, no = action
    said = f"{number}/a{no} {'happened' if happened else 'did not happen'}, says {user}."
    act_and_show(house, number, Resolve(no, happened, user, note), user, as_json, "", said)


def _kind(house: House, number: int, text: str) -> str:
    catalogue = house.flow.programs.version(house.flow.state(number).register).playbook.catalogue
    kinds = read_kinds(text, catalogue)
    if len(kinds) > 1:
        raise click.UsageError(f"`{text}` stands for several kinds: name one of {', '.join(kinds)}")
    return kinds[0]


def _payload(text: str, file: Path | None, required: bool = False) -> dict[str, Any]:
    if text and file is not None:
        raise click.UsageError("`--payload` and `--payload-file` say the same thing twice; give one.")
    if file is not None:
        try:
            text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"`{file}` cannot be read: {error}") from error
    if not text.strip():
        if required or file is not None:
            raise click.UsageError("no content is given: use `--payload` or `--payload-file`")
        return {}
    try:
        content = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"the payload is no JSON: {error}") from error
    if not isinstance(content, dict):
        raise click.UsageError('the payload is no JSON object: write it as {"name": "value"}')
    return content
