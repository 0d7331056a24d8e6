"""Publish a playbook: prove it, show what it means for onboardings that wait, and bring them over as chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.core.golive.report import GateReport
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.events import (
    ApprovalEnded,
    Event,
    RegisterPinned,
    ReviewClosed,
    ReviewOpened,
    Screened,
)
from holdshort.core.onboarding.program import Program, World
from holdshort.core.onboarding.state import Onboarding
from holdshort.core.screening import Screener
from holdshort.ports import PublishedRegister, Transaction
from holdshort.service.acceptance import FOLDER, AcceptanceReport, load_records, report_on
from holdshort.service.drafting import authors
from holdshort.service.flow import Flow, directory
from holdshort.service.golive import faults_of, live_gate, live_word
from holdshort.service.load_playbook import load_playbook
from holdshort.service.programs import GATE, TargetNames, digest_of_files, files_of, in_effect

Choice = Literal["recheck", "grandfather", "drain"]
Outcome = Literal["same outcome", "re-check", "approval void", "needs a new owner", "stays"]
_STRICTEST: Sequence[Choice] = ("grandfather", "drain", "recheck")
MAY_PUBLISH = ("revops", "systems_admin")


@dataclass(frozen=True)
class Candidate:
    """A playbook folder that could be published: read, and proven or not."""

    files: Mapping[str, bytes]
    digest: str
    program: Program
    report: AcceptanceReport
    diagnostics: tuple[Diagnostic, ...]
    changed: tuple[str, ...]
    """IDs of the rows that read differently than in the version that runs now, new and removed ones too."""
    previous: PublishedRegister | None
    gate: GateReport | None = None
    """Of the go-live gate, where the playbook is to be live."""

    @property
    def is_published(self) -> bool:
        return self.previous is not None and self.previous.digest == self.digest

    @property
    def faults(self) -> list[Diagnostic]:
        """Why it cannot be published; empty where it can."""
        errors = [each for each in self.diagnostics if each.severity == "error"]
        errors += faults_of(self.gate) if self.gate is not None else []
        errors += [each for each in self.report.diagnostics if each.severity == "error"]
        for row in self.report.rows:
            for outcome in row.outcomes:
                if not outcome.passed:
                    said = "; ".join(outcome.failures)
                    errors.append(
                        Diagnostic(
                            "PUB-004",
                            f"an acceptance test of {row.case.case} fails: {said}",
                            row.case.where,
                            "`holdshort test` shows it in full",
                        )
                    )
        return errors


@dataclass(frozen=True)
class Effect:
    """What publishing means for one onboarding that is open."""

    number: int
    key: str
    title: str
    outcome: Outcome
    choice: Choice
    words: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "onboarding": self.key,
            "title": self.title,
            "outcome": self.outcome,
            "choice": self.choice,
            "words": list(self.words),
        }


def candidate(flow: Flow, folder: Path) -> Candidate:
    """
    Read and prove the playbook in `folder`, and compare it with the version that runs.

    Raises:
        HoldshortError: It cannot be read at all.
    """
    loaded = load_playbook(folder)
    files = files_of(folder)
    digest = digest_of_files(files)
    previous = flow.store.latest_register()
    version = previous.version + 1 if previous else 1
    records, faults = load_records(folder / FOLDER)
    now = flow.clock.now()
    report = report_on(loaded, records, faults, now=now)
    gate = live_gate(loaded, report, now)
    if gate is not None and gate.passed:
        files = {**files, GATE: live_word(gate, now)}
    playbook = in_effect(loaded.playbook, files)
    program = Program(version, digest, Screener(playbook), TargetNames(playbook))
    changed = changed_rows(flow.programs.version(previous.version), program) if previous else ()
    return Candidate(files, digest, program, report, loaded.diagnostics, changed, previous, gate)


def changed_rows(old: Program, new: Program) -> tuple[str, ...]:
    """IDs of the rows that read differently, new and removed ones too."""
    cases = [
        *(each.case for each in old.playbook.register.cases),
        *(each.case for each in new.playbook.register.cases),
    ]
    return tuple(case for case in dict.fromkeys(cases) if old.row_digest(case) != new.row_digest(case))


def effects(flow: Flow, found: Candidate, choices: Mapping[str, Choice]) -> Iterator[Effect]:
    """
    What publishing would mean, for every open onboarding that runs under an older version; nothing is changed.

    Args:
        choices: Row ID to what happens to onboardings that wait on it; `recheck` where none is named.
    """
    unknown = [each for each in choices if each not in found.changed]
    if unknown:
        raise HoldshortError(
            [
                Diagnostic(
                    "PUB-005",
                    f"`{each}` does not change with this version",
                    Where(),
                    f"rows that do: {', '.join(found.changed) or 'none'}",
                )
                for each in unknown
            ]
        )
    with flow.store.transaction() as tx:
        people = directory(tx)
    world = World(found.program, people, flow.clock.now())
    for number in _open_numbers(flow, found):
        state = flow.state(number)
        if not state.keeps:
            yield effect_on(number, state, found, choices, world)


def effect_on(
    number: int, state: Onboarding, found: Candidate, choices: Mapping[str, Choice], world: World
) -> Effect:
    """What publishing would mean for one onboarding; `world` is that of the version to come."""
    choice = _choice(state, found.changed, choices)
    if choice != "recheck":
        return Effect(
            number, state.key, state.title, "stays", choice, (f"stays with version {state.register}",)
        )
    outcome, words = _outcome(decide(c.Pin(), state, world), state, world)
    return Effect(number, state.key, state.title, outcome, choice, words)


def _open_numbers(flow: Flow, found: Candidate) -> Iterator[int]:
    for version in range(1, found.program.version):
        yield from flow.store.pinned(version)


def _choice(state: Onboarding, changed: Sequence[str], choices: Mapping[str, Choice]) -> Choice:
    """The most careful choice of all rows that this onboarding waits on and that change."""
    cases = {each.case for each in state.open_reviews()} | {each.case for each in state.findings}
    chosen = {choices.get(case, "recheck") for case in cases if case in changed}
    return next((each for each in _STRICTEST if each in chosen), "recheck")


def _outcome(events: list[Event], state: Onboarding, world: World) -> tuple[Outcome, tuple[str, ...]]:
    words: list[str] = []
    outcome: Outcome = "same outcome"
    owners = {each.no: each.owner for each in state.reviews.values()}
    for event in events:
        if isinstance(event, ApprovalEnded):
            outcome = "approval void"
            words.extend(event.words)
        elif isinstance(event, ReviewOpened):
            nobody = not any(world.directory.holders(role) for step in event.steps for role in step.roles)
            if nobody:
                outcome = "needs a new owner"
                words.append(f"{event.case} is for {event.owner}, a role that nobody holds")
            else:
                outcome = outcome if outcome != "same outcome" else "re-check"
                words.append(f"{event.case} needs {event.owner}")
        elif isinstance(event, ReviewClosed):
            outcome = outcome if outcome != "same outcome" else "re-check"
            words.append(f"the review for {owners.get(event.review, '?')} closes: {event.why}")
        elif isinstance(event, Screened):
            before, after = {each.case for each in state.findings}, {each.case for each in event.findings}
            if before != after:
                outcome = outcome if outcome != "same outcome" else "re-check"
                words += [f"{case} does not apply any more" for case in sorted(before - after)]
    return outcome, tuple(dict.fromkeys(words))


def publish(
    flow: Flow,
    found: Candidate,
    publisher: str,
    author: str = "",
    also: Callable[[Transaction, PublishedRegister], None] = lambda tx, published: None,
) -> PublishedRegister:
    """
    Make the candidate the version under which new onboardings run. Those that wait are brought over by `bring_over`.

    Args:
        also: Done in the same transaction.

    Raises:
        Refused: The publisher may not, is one of its authors, or it is published already.
        HoldshortError: It has faults or failing tests.
        Conflict: Somebody else published meanwhile.
    """
    if found.faults:
        raise HoldshortError(found.faults)
    if found.is_published:
        raise c.Refused("PUB-006", "this very playbook is the version that runs", "change it first")
    written_by = authors(flow.store)
    with flow.store.transaction() as tx:
        people = directory(tx)
        if people.standing(publisher, MAY_PUBLISH, flow.clock.now()) is None:
            raise c.Refused(
                "PUB-007",
                f"{publisher} may not publish: it is for RevOps or a systems admin",
                "ask one of them",
            )
        if publisher in (author, *written_by):
            raise c.Refused(
                "PUB-008",
                "author and publisher are the same person",
                "have somebody else look at it and publish",
            )
        author = author or ", ".join(written_by)
        published = PublishedRegister(
            found.program.version, found.digest, author, publisher, flow.clock.now(), found.files
        )
        tx.publish(published)
        also(tx, published)
    return published


def bring_over(flow: Flow, version: int, plan: Sequence[Effect], actor: str) -> Iterator[Effect]:
    """Carry out what `effects` said, one onboarding at a time; each is settled under its new version."""
    for effect in plan:
        command: c.Command = c.Pin() if effect.choice == "recheck" else c.Keep(version, effect.choice)
        flow.act(effect.number, command, actor)
        yield effect


def drain(flow: Flow) -> list[int]:
    """Bring over the onboardings that kept their version only until nothing of it waited any more."""
    latest = flow.store.latest_register()
    done: list[int] = []
    for version in range(1, latest.version if latest else 1):
        for number in list(flow.store.pinned(version)):
            if is_drained(flow.state(number)):
                flow.act(number, c.Pin("drain"), "holdshort")
                done.append(number)
    return done


def is_drained(state: Onboarding) -> bool:
    """Whether it kept its version only until nothing of it waited any more, and nothing does."""
    busy = any(state.open_reviews()) or any(
        each.run in ("released", "attempting", "uncertain") for each in state.actions.values()
    )
    return state.keeps == "drain" and not busy


__all__ = [
    "Candidate",
    "Choice",
    "Effect",
    "RegisterPinned",
    "bring_over",
    "candidate",
    "changed_rows",
    "drain",
    "effect_on",
    "effects",
    "is_drained",
    "publish",
]
