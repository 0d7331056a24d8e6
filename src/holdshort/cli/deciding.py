"""What the nine decisions share: options, what they would do, the question before, the password, what they have done."""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from holdshort.cli.arguments import REVIEW, read_scope
from holdshort.cli.store_options import acting_options, operation_id, signed_in, store_command

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.onboarding.events import Code
    from holdshort.core.playbook import Playbook
    from holdshort.service.board import OnboardingView, ReviewView
    from holdshort.service.foresee import Effects

F = TypeVar("F", bound=Callable[..., Any])
_SHORTEST_SEEN = 8


def decision_command(function: F) -> F:
    """Turn `function(deciding, **own options)` into a command on one review."""

    @click.argument("review", type=REVIEW, metavar="REVIEW")
    @acting_options
    @click.option(
        "--seen",
        default="",
        metavar="DIGEST",
        help="What you saw, from `holdshort show`: refused if it is another by now.",
    )
    @click.option(
        "--operation", default="", metavar="ID", help="An id of your own: the same one again changes nothing."
    )
    @click.option(
        "--dry-run", is_flag=True, help="Say exactly what it would do, and do nothing. Needs no password."
    )
    @click.option("--yes", is_flag=True, help="Do not ask before doing it.")
    @store_command
    @functools.wraps(function)
    def wrapper(
        house: House,
        review: tuple[int, int],
        user: str,
        password_file: Path | None,
        seen: str,
        operation: str,
        dry_run: bool,
        yes: bool,
        as_json: bool,
        **own: Any,
    ) -> None:
        deciding = Deciding(
            house, *review, user, password_file, seen, operation_id(operation), dry_run, yes, as_json
        )
        function(deciding, **own)

    return wrapper  # type: ignore[return-value]  # the shared options become one object


def reason_option(required: bool = False) -> Callable[[F], F]:
    if required:
        return click.option("--reason", required=True, metavar="TEXT", help="Why; it stands in the log.")
    return click.option("--reason", default="", metavar="TEXT", help="Why, for the log.")


def exception_option(function: F) -> F:
    return click.option(
        "--exception",
        default="",
        metavar="WHY",
        help="Approve although evidence is lacking or a message says more than is on record, and why that is right here.",
    )(function)


def allow_option(required: bool, help_: str) -> Callable[[F], F]:
    return click.option("--allow", "allow", multiple=True, required=required, metavar="ACTION...", help=help_)


class Deciding:
    """One decision on its way from the command line into the log."""

    def __init__(
        self,
        house: House,
        number: int,
        review: int,
        user: str,
        password_file: Path | None,
        seen: str,
        operation: str,
        dry_run: bool,
        yes: bool,
        as_json: bool,
    ) -> None:
        self.house = house
        self.number = number
        self.review_no = review
        self._user = user
        self._password_file = password_file
        self._seen = seen.strip().casefold()
        self._operation = operation
        self._dry_run = dry_run
        self._yes = yes
        self._as_json = as_json

    # --- what the options need to know ---

    @cached_property
    def view(self) -> OnboardingView:
        from holdshort.service.board import onboarding_view

        return onboarding_view(self.house.flow, self.number)

    @property
    def review(self) -> ReviewView:
        from holdshort.core.onboarding.commands import Refused

        found = self.view.review(self.review_no)
        if found is None:
            raise Refused(
                "FLOW-007",
                f"there is no review {self.number}.{self.review_no}",
                "`holdshort inbox` lists those that wait",
            )
        return found

    @property
    def playbook(self) -> Playbook:
        return self.house.flow.programs.version(self.view.state.register).playbook

    def scope(self, words: Iterable[str]) -> tuple[int, ...]:
        words = tuple(words)
        return read_scope(words, self.number, self.review.waiting, self.view.catalogue) if words else ()

    # --- taking it ---

    def take(self, code: Code, **fields: Any) -> None:
        """Show what it would do, ask, check the password, do it, show what it did."""
        from holdshort.core.onboarding.commands import Decide
        from holdshort.service.foresee import foresee

        if self._was_done():
            self._tell_done_before()
            return
        command = Decide(self.review_no, code, self._user, True, self._expanded(), **fields)
        plan = foresee(self.house.flow, self.number, command)
        if self._dry_run:
            self._show(plan, done=False)
            return
        if not self._yes and not self._as_json and can_ask():
            self._show(plan, done=False)
            click.echo(err=True)
            if not click.confirm("Do this?", err=True):
                click.echo("Nothing was done.", err=True)
                sys.exit(1)
        signed_in(self.house, self._user, self._password_file)
        # What is decided is what was shown: anything that has moved in between refuses it.
        decision = plan.decision
        bound = replace(command, seen=decision.seen_digest if decision is not None else command.seen)
        acted = self.house.flow.act(self.number, bound, self._user, self._operation)
        if not acted.events:
            self._tell_done_before()
            return
        self._show(_done(self.house, self.number, acted.state.seq, len(acted.events)), done=True)

    def _expanded(self) -> str:
        """The whole digest where the beginning of it was given and fits; anything else is refused as out of date."""
        if len(self._seen) < _SHORTEST_SEEN:
            if self._seen:
                raise click.UsageError(f"`--seen` takes at least {_SHORTEST_SEEN} characters of the digest")
            return ""
        whole = self.review.seen
        return whole if whole.startswith(self._seen) else self._seen

    def _was_done(self) -> bool:
        if not self._operation:
            return False
        with self.house.store.transaction() as tx:
            return tx.marked(f"op:{self._operation}")

    def _tell_done_before(self) -> None:
        if self._as_json:
            click.echo(json.dumps({"number": self.number, "done_before": True, "operation": self._operation}))
        else:
            click.echo(f"`{self._operation}` was done before: nothing was changed.")

    def _show(self, found: Effects, done: bool) -> None:
        if self._as_json:
            data = {"dry_run": not done, **found.to_json()}
            click.echo(json.dumps(data, ensure_ascii=False, default=str))
            return
        from holdshort.cli.effects_view import show_effects

        if not done:
            click.echo("Dry run: nothing is done.\n" if self._dry_run else "This is what would happen:\n")
        show_effects(found, done)


def can_ask() -> bool:
    """Whether somebody sits at the terminal who can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _done(house: House, number: int, seq: int, count: int) -> Effects:
    """What an act did, from the log: its last `count` events up to `seq`."""
    from holdshort.core.onboarding.evolve import replay
    from holdshort.service.foresee import effects
    from holdshort.service.story import read_story

    entries = [each for each in read_story(house.store, number).entries if each.seq <= seq]
    before = replay((each.event, each.at) for each in entries[: len(entries) - count])
    world = house.flow.world(before)
    return effects(number, before, [each.event for each in entries[len(entries) - count :]], world)


def act_and_show(
    house: House, number: int, command: Any, user: str, as_json: bool, operation: str, said: str
) -> None:
    """Do something beside the nine decisions, and show what followed."""
    acted = house.flow.act(number, command, user, operation)
    if not acted.events:
        if as_json:
            click.echo(json.dumps({"number": number, "changed": False}))
        else:
            click.echo("Nothing had to be changed.")
        return
    found = _done(house, number, acted.state.seq, len(acted.events))
    if as_json:
        click.echo(json.dumps({"changed": True, **found.to_json()}, ensure_ascii=False, default=str))
        return
    from holdshort.cli.effects_view import show_effects
    from holdshort.core.visible import one_line

    click.echo(one_line(said))
    show_effects(found, done=True)
