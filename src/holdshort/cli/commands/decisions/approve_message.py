"""`holdshort approve-message REVIEW`: exactly this text may go to the customer (decision J6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from holdshort.cli.arguments import StoreCommand
from holdshort.cli.deciding import Deciding, decision_command, exception_option, reason_option


@click.command("approve-message", cls=StoreCommand, spread=["--action"])
@click.option(
    "--action", "actions", multiple=True, metavar="ACTION...", help="Which message, where several wait: a3."
)
@click.option("--subject", metavar="TEXT", help="Another subject.")
@click.option("--body", metavar="TEXT", help="Another text.")
@click.option(
    "--body-file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Another text, from a file.",
)
@click.option(
    "--to", "to", multiple=True, metavar="ADDRESS", help="Another recipient; may be given more than once."
)
@exception_option
@reason_option()
@decision_command
def command(
    deciding: Deciding,
    actions: tuple[str, ...],
    subject: str | None,
    body: str | None,
    body_file: Path | None,
    to: tuple[str, ...],
    exception: str,
    reason: str,
) -> None:
    """Let a message go to the customer with exactly the text that you see, or that you give here.

    An edited text takes the place of the draft; both are kept, and the edited one is what is approved.

    Exit code 0: recorded; 1: refused, and why; 2: usage.
    """
    if body is not None and body_file is not None:
        raise click.UsageError("`--body` and `--body-file` say the same thing twice; give one.")
    edits: dict[str, Any] = {}
    if subject is not None:
        edits["subject"] = subject
    if body is not None:
        edits["body"] = body
    elif body_file is not None:
        edits["body"] = _read(body_file)
    if to:
        edits["to"] = list(to)
    scope = deciding.scope(actions) or _only_message(deciding)
    _refuse_no_text(deciding, scope, edits)
    deciding.take("J6", scope=scope, payload=edits or None, exception=exception, reason=reason)


def _only_message(deciding: Deciding) -> tuple[int, ...]:
    """One message is meant where one waits; of several, somebody says which."""
    waiting = deciding.review.decisions.get("approve message", ())
    if len(waiting) > 1:
        said = ", ".join(
            f"a{no} ({deciding.view.state.actions[no].kind.replace('_', ' ')})" for no in waiting
        )
        raise click.UsageError(f"several messages wait: {said}; name those that you approve with --action")
    return waiting


def _refuse_no_text(deciding: Deciding, scope: tuple[int, ...], edits: dict[str, Any]) -> None:
    """Exactly a text is approved: where an action says that something is sent and not what, there is none."""
    from holdshort.core.onboarding.commands import Refused

    for number in scope:
        action = deciding.view.state.actions.get(number)
        if action is not None and action.kind.startswith("send_") and not action.payload and not edits:
            raise Refused(
                "FLOW-072",
                f"a{number} {action.kind.replace('_', ' ')} has no text that could be approved",
                "give the text: --to, --subject and --body or --body-file",
            )


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8").replace("\r\n", "\n").rstrip("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"`{path}` cannot be read as UTF-8 text: {error}") from error
