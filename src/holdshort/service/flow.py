"""
Onboardings that pause and resume: each act is one transaction that reads the log, asks the decider and appends.

Nothing waits in memory. A second act on the same onboarding either comes after the first one or is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.events import Event
from holdshort.core.onboarding.evolve import evolve
from holdshort.core.onboarding.looking import is_ignored
from holdshort.core.onboarding.people import Directory, Person, StandIn
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.packet import account_of
from holdshort.ports import Acted, Clock, Conflict, Store, Transaction
from holdshort.service.event_json import to_store
from holdshort.service.programs import Programs, target_name
from holdshort.service.replaying import Replays
from holdshort.service.rows import RecipientHash, changed_rows, recipients

_MOST_TRIES = 5
_NO_ONE = "-/-/"


@dataclass(frozen=True)
class Received:
    """What became of one record: `opened`, `updated`, `unchanged`, `ignored` (a repeated event) or `not triggered`."""

    outcome: str
    key: str
    acted: Acted | None = None

    @property
    def number(self) -> int | None:
        return self.acted.number if self.acted else None


Told = Callable[[Transaction, int, int, Sequence[Event], datetime], None]
"""Takes the transaction, the onboarding, the seq before its events, the events, and when they happened."""


class _TakenBack(Exception):
    """Ends the transaction of a dry run, so that nothing of it is kept."""


class Flow:
    """
    The life of onboardings over a store.

    Args:
        recipient_hash: Keyed hash of a recipient's address, for the cap on messages to one person.
        stopped: Says why nothing may leave by other means than the store's switches (a pause file); empty: it may.
        told: Hears of every event in the transaction that writes it.
    """

    def __init__(
        self,
        store: Store,
        programs: Programs,
        clock: Clock,
        recipient_hash: RecipientHash,
        stopped: Callable[[], str] = lambda: "",
        told: Told = lambda tx, number, after, events, at: None,
    ) -> None:
        self.store = store
        self.programs = programs
        self.clock = clock
        self.recipient_hash = recipient_hash
        self._stopped = stopped
        self._told = told
        self.replays = Replays()

    # --- in ---

    def intake(
        self,
        record: Mapping[str, Any],
        channel: str = "",
        source_event: str = "",
        actor: str = "intake",
        dry_run: bool = False,
        also: Callable[[Transaction, Received], None] = lambda tx, received: None,
    ) -> Received:
        """
        Take in one record: the same closed-won by any channel, any number of times, in any order, is one onboarding.

        With `dry_run` everything is done and then taken back; a new onboarding's number means nothing. `also` is done in
        the transaction that takes the record in, where there is one: what is ignored or not triggered has none.

        Raises:
            HoldshortError: The record names no account and no deal, or no register has been published.
            Unavailable: The store cannot be written now; nothing happened.
        """
        program = self.programs.latest()
        now = self.clock.now()
        answer = program.screener.screen(record, 0, now)
        key = answer.onboarding
        if key.startswith(_NO_ONE):
            raise HoldshortError([_nobody(record)])
        if is_ignored(answer, World(program, Directory(), now)):
            return Received("ignored", key)
        title = " · ".join(each for each in account_of(record, program.playbook, now) if each)
        for _ in range(_MOST_TRIES):
            try:
                with self.store.transaction() as tx:
                    number = self._known(tx, key, program)
                    if number is None and answer.verdict == "not triggered":
                        return Received("not triggered", key)
                    is_new = number is None
                    if number is None:
                        number = tx.open_onboarding(key)
                    state = self.replays.state(number, tx.history(number))
                    if state.exists:
                        key = state.key
                    command = c.Receive(record, key, key.rpartition("/")[2], title, channel, source_event)
                    acted = self._apply(tx, number, state, command, actor)
                    outcome = "opened" if is_new else "updated" if acted.events else "unchanged"
                    received = Received(outcome, key, acted)
                    also(tx, received)
                    if dry_run:
                        raise _TakenBack
            except _TakenBack:
                return received
            except Conflict:
                continue
            return received
        raise Conflict(f"{key} is being changed by others")

    def _known(self, tx: Transaction, key: str, program: Program) -> int | None:
        """The onboarding of this key; a record that no trigger places belongs to the one of its deal that is there."""
        number = tx.number_of(key)
        deal, _, kind = key.rpartition("/")
        if number is not None or kind not in ("none", "unknown"):
            return number
        for trigger in program.playbook.clean_path.triggers:
            number = tx.number_of(f"{deal}/{trigger.kind}")
            if number is not None:
                return number
        return None

    # --- acts ---

    def act(
        self,
        number: int,
        command: c.Command,
        actor: str,
        operation: str = "",
        also: Callable[[Transaction, Acted], None] = lambda tx, acted: None,
    ) -> Acted:
        """
        Do one thing to one onboarding.

        Args:
            number: The onboarding.
            command: What is asked.
            actor: Who acts, for the log.
            operation: Identifies this very act: asked again, it changes nothing and answers with the state.
            also: Done in the same transaction, after the act.

        Raises:
            Refused: It is not allowed or not possible. Nothing happened.
            Conflict: Others kept changing the onboarding.
            Unavailable: The store cannot be written now; nothing happened, or `outcome_unknown`.
        """
        for _ in range(_MOST_TRIES):
            try:
                with self.store.transaction() as tx:
                    state = self.replays.state(number, tx.history(number))
                    if operation and not tx.mark(f"op:{operation}"):
                        return Acted(number, (), state)
                    acted = self._apply(tx, number, state, command, actor)
                    also(tx, acted)
                    return acted
            except Conflict:
                continue
        raise Conflict(f"onboarding {number} is being changed by others")

    def _apply(
        self, tx: Transaction, number: int, state: Onboarding, command: c.Command, actor: str
    ) -> Acted:
        world = self._world(tx, state, command)
        events = decide(command, state, world)
        after = state
        for event in events:
            after = evolve(after, event, world.now)
        if events or (isinstance(command, c.Recheck) and state.exists):
            # A clock that had nothing to say after all is set anew too, or it would be asked again for ever.
            written = [to_store(each, actor, world.now) for each in events]
            rows = changed_rows(number, state, after, self.recipient_hash, world.now)
            tx.append(number, state.seq, written, rows)
            self._told(tx, number, state.seq, events, world.now)
        return Acted(number, tuple(events), after, state)

    def state(self, number: int) -> Onboarding:
        """
        Raises:
            Refused: There is no such onboarding.
        """
        state = self.replays.state(number, self.store.history(number))
        if not state.exists:
            raise c.Refused(
                "FLOW-000", f"there is no onboarding {number}", "`holdshort inbox --all` lists them"
            )
        return state

    def world(self, state: Onboarding) -> World:
        """What the onboarding runs under now, for looking only."""
        with self.store.transaction() as tx:
            return self.world_in(tx, state)

    def world_in(self, tx: Transaction, state: Onboarding) -> World:
        """As `world`, where a transaction is open already."""
        return self._world(tx, state, c.Recheck())

    # --- what surrounds an onboarding ---

    def _world(self, tx: Transaction, state: Onboarding, command: c.Command) -> World:
        wanted = 0 if isinstance(command, c.Pin) or not state.exists else state.register
        program = self.programs.version(wanted) if wanted else self.programs.latest()
        now = self.clock.now()
        paused: tuple[str, ...] = ()
        if isinstance(command, c.StartRun):
            paused = tuple(self._why_paused(tx, state, command, program))
        return World(program, directory(tx), now, paused)

    def _why_paused(
        self, tx: Transaction, state: Onboarding, command: c.StartRun, program: Program
    ) -> list[str]:
        """Switches, quarantine and caps: everything that stops this very run although it is released."""
        action = state.actions.get(command.action)
        target = target_name(action.target) if action else ""
        scopes = {"everything", f"lane:{state.lane}", f"connector:{target}"}
        said = [
            f"{each.by} paused {each.scope}: {each.reason}" for each in tx.switches() if each.scope in scopes
        ]
        said += [each for each in (tx.quarantine(), self._stopped()) if each]
        if action is None:
            return said
        limits = program.playbook.settings.limits
        now = self.clock.now()
        if tx.runs_started(now - timedelta(hours=1)) >= limits.per_hour:
            said.append(f"{limits.per_hour} runs began within an hour, which is the most the playbook allows")
        cap = limits.per_minute.get(target)
        if cap is not None and tx.runs_started(now - timedelta(minutes=1), target=target) >= cap:
            said.append(
                f"{cap} runs of {target} began within a minute, which is the most the playbook allows"
            )
        known = program.playbook.catalogue.find(action.kind)
        if known is not None and known.action_class.customer_facing:
            for each in recipients(action.payload):
                marked = self.recipient_hash(each)
                if tx.runs_started(now - timedelta(days=1), recipient=marked) >= limits.per_recipient_per_day:
                    said.append(
                        f"{limits.per_recipient_per_day} messages went to one of its recipients within a day"
                    )
        return said


def directory(tx: Transaction) -> Directory:
    """Everybody who may act, as the store knows them now."""
    people = {each.name: Person(each.name, each.roles, each.active) for each in tx.users()}
    stand_ins = tuple(
        StandIn(each.from_user, each.to_user, each.starts_at, each.ends_at) for each in tx.delegations()
    )
    return Directory(people, stand_ins)


def _nobody(record: Mapping[str, Any]) -> Diagnostic:
    said = record.get("record_id")
    return Diagnostic(
        "FLOW-060",
        "the record names neither account nor deal, so nobody can tell whose onboarding it is",
        Where(f"record {said}" if said is not None else ""),
        "send the account ID and the opportunity ID with it; clean-path.yaml says where they are read",
    )
