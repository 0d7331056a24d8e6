"""`holdshort audit`: read the log, prove it, hand it out."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from holdshort.cli.arguments import StoreGroup, find_onboarding
from holdshort.cli.store_options import signed_in, store_command, tell

if TYPE_CHECKING:
    from holdshort.bootstrap import House

ANCHOR = "HOLDSHORT_ANCHOR"
HOUSE = "house"
_ANCHOR = click.option(
    "--anchor", metavar="FILE", envvar=ANCHOR, type=click.Path(path_type=Path),
    help=f"The file of checkpoints that is kept elsewhere; ${ANCHOR} says the same.",
)  # fmt: skip


@click.group("audit", cls=StoreGroup)
def command() -> None:
    """Read the audit log, prove that nobody changed it, and hand it out.

    Exit code 0: done, and nothing is wrong; 1: something is; 2: wrong usage, or nothing could be read.
    """


@command.command("verify", short_help="Check that nobody changed the log.")
@_ANCHOR
@store_command
def verify(house: House, as_json: bool, anchor: Path | None) -> None:
    """Check every hash, signature and run of the log, against the anchor where you name one.

    The same check runs without Holdshort on an export: `python3 verify_audit.py`.

    Exit code 0: no problem; 1: problems; 2: it cannot be read.
    """
    from holdshort.service.audit_check import check_log
    from holdshort.verifier.verify_audit import summary

    try:
        report = check_log(house.audit_store, house.signer.public_key_hex, anchor)
    except (OSError, ValueError) as error:
        raise click.UsageError(f"the anchor `{anchor}` cannot be read: {error}") from error
    tell(report.to_json(), as_json, lambda: click.echo("\n".join(summary(report))))
    sys.exit(1 if report.problems else 0)


@command.command("checkpoint", short_help="Sign where the log ends now.")
@_ANCHOR
@store_command
def checkpoint_(house: House, as_json: bool, anchor: Path | None) -> None:
    """Sign where the log ends now, and append it to the anchor. The worker does so by itself.

    Exit code 0: done; 1: the anchor holds another history; 2: the anchor cannot be written.
    """
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.anchors import AnchorRefused
    from holdshort.service.chores import checkpoint

    try:
        made, anchored = checkpoint(house.audit_store, house.signer, house.clock.now(), anchor)
    except AnchorRefused as refused:
        raise Refused("AUDIT-001", str(refused), refused.mend) from refused
    except OSError as error:
        raise click.UsageError(f"the anchor `{anchor}` cannot be written: {error.strerror}") from error
    data = {
        "checkpoint": made.no if made else None,
        "onboardings": len(made.heads) if made else 0,
        "anchored": anchored,
        "key_id": house.signer.key_id,
        "public_key": house.signer.public_key_hex,
    }

    def words() -> None:
        click.echo(
            f"Checkpoint {made.no} over {len(made.heads)} logs is signed with the key {house.signer.key_id}."
            if made
            else "Nothing has happened since the last checkpoint."
        )
        if anchor is not None:
            click.echo(f"{anchored} checkpoints were added to {anchor}.")

    tell(data, as_json, words)


@command.command("export", short_help="Write the log into a folder that others can verify.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--with-private",
    is_flag=True,
    help="Customers' data, reasons and notes as well; needs `--as` somebody of privacy, legal or a systems admin.",
)
@click.option("--as", "user", metavar="USER", help="Who you are, with `--with-private`.")
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Read your password from a file instead of asking for it; `-` is standard input.",
)
@_ANCHOR
@store_command
def export(
    house: House,
    as_json: bool,
    folder: Path,
    with_private: bool,
    user: str | None,
    password_file: Path | None,
    anchor: Path | None,
) -> None:
    """Write the whole log into DIR, a new folder: proof, tables for a spreadsheet, and the program that verifies it.

    `audit-fields.csv` has for every decision what its row wants written down: trigger, AI suggestion, reviewer decision, edits,
    timestamp, and the names that the row lists.

    Exit code 0: written; 1: refused; 2: it cannot be written.
    """
    from holdshort.service.audit_check import export_with_fields
    from holdshort.service.audit_export import CannotExport
    from holdshort.service.chores import checkpoint

    if with_private:
        if not user:
            raise click.UsageError("customers' data is handed out to somebody: say who you are, --as USER")
        signed_in(house, user, password_file)
        _note_private(house, user)
    checkpoint(house.audit_store, house.signer, house.clock.now())
    try:
        made, rows = export_with_fields(
            house.flow, house.audit_store, folder, [house.signer.public_key_hex], house.clock.now(), anchor=anchor,
            private=house.private_parts if with_private else None,
        )  # fmt: skip
    except CannotExport as fault:
        raise click.UsageError(f"{fault}; {fault.mend}") from fault
    data = {
        "folder": str(folder), "events": made.events, "decisions": made.decisions, "checkpoints": made.checkpoints,
        "private_parts": made.private_parts, "audit_fields": rows,
    }  # fmt: skip

    def words() -> None:
        click.echo(
            f"Wrote {folder}: {made.events} events, {made.decisions} decisions, {made.checkpoints} checkpoints."
        )
        if with_private:
            click.echo("It holds customers' data. Whoever erases a person has to erase it here, too.")
        click.echo(f"Whoever gets it verifies it with: python3 {folder / 'verify_audit.py'}")

    tell(data, as_json, words)


def _note_private(house: House, user: str) -> None:
    """It is for some only, and it is logged before anything is handed out."""
    from holdshort.core.onboarding.commands import Refused
    from holdshort.service.flow import directory
    from holdshort.service.house_log import note

    now = house.clock.now()
    with house.store.transaction() as tx:
        if directory(tx).standing(user, ("privacy", "legal", "systems_admin"), now) is None:
            raise Refused(
                "AUDIT-002",
                f"{user} may not export customers' data: it is for privacy, legal or a systems admin",
                "leave --with-private out, or ask one of them",
            )
        note(tx, "AuditExported", user, now)


@command.command("log", short_help="Read what happened, to an onboarding or to the house.")
@click.argument("onboarding", metavar="[ONBOARDING|house]", required=False, default="")
@click.option("--last", metavar="N", type=click.IntRange(1), help="Only the last N entries.")
@store_command
def log(house: House, as_json: bool, onboarding: str, last: int | None) -> None:
    """Read what happened, oldest first: to one ONBOARDING (number or key), or to the house itself.

    The house's own log has people and their roles, pauses, published registers, restores. It is what you see where you name
    nothing.

    Exit code 0: shown; 1: there is no such onboarding.
    """
    lines = (
        _house_lines(house)
        if onboarding in ("", HOUSE)
        else _lines(house, find_onboarding(house, onboarding))
    )
    found = list(lines)
    if last:
        found = found[-last:]
    if as_json:
        for each in found:
            click.echo(json.dumps(each, ensure_ascii=False, default=str))
        return
    _show(found)


def _house_lines(house: House) -> Iterable[dict[str, Any]]:
    from holdshort.service.house_log import entries

    for each in entries(house.store):
        said = "; ".join(f"{name}: {value}" for name, value in _details(each.body, each.private))
        yield {
            "event": each.seq, "at": each.at.isoformat(), "who": each.actor, "kind": each.kind,
            "words": each.words + (f" ({said})" if said else ""),
        }  # fmt: skip


def _details(body: Any, private: Any) -> Iterable[tuple[str, str]]:
    for name, value in {**(body or {}), **(private or {})}.items():
        text = ", ".join(map(str, value)) if isinstance(value, list) else value
        if (
            text
            and name not in ("user", "to", "scope", "version", "made_at", "digest")
            and not isinstance(text, dict)
        ):
            yield name, str(text)
        elif text and isinstance(text, dict):
            yield name, ", ".join(f"{case}={choice}" for case, choice in text.items())


def _lines(house: House, number: int) -> Iterable[dict[str, Any]]:
    from holdshort.service.event_words import words_of
    from holdshort.service.story import read_story

    for each in read_story(house.store, number).entries:
        yield {
            "event": each.seq, "at": each.at.isoformat(), "who": each.actor, "kind": type(each.event).__name__,
            "words": words_of(each.event), "hash": each.hash,
        }  # fmt: skip


def _show(found: list[dict[str, Any]]) -> None:
    from holdshort.cli.screen import Screen
    from holdshort.cli.words import who

    screen = Screen()
    day = ""
    for each in found:
        if each["at"][:10] != day:
            day = each["at"][:10]
            screen.head((f"{day} (UTC)", "bold"))
        name = who(each["who"]) or "whoever has the store"
        by = "" if each["words"].startswith(name) else f" · {name}"
        screen.rows([(f"{each['event']:>4}  {each['at'][11:19]}", f"{each['words']}{by}")])
    if not found:
        click.echo("Nothing is written down yet.")
