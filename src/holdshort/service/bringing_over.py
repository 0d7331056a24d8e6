"""
Onboardings that wait, brought to the register version that was published: by whoever published, or by the worker after
that was interrupted. What was chosen for which row is remembered with the publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from holdshort.core.onboarding.commands import Pin, Refused
from holdshort.core.onboarding.program import World
from holdshort.ports import PublishedRegister, Store, Transaction
from holdshort.service import publish as publishing
from holdshort.service.acceptance import AcceptanceReport
from holdshort.service.flow import Flow, directory
from holdshort.service.house_log import entries, note
from holdshort.service.publish import Candidate, Choice, Effect

PUBLISHED = "RegisterPublished"


def note_published(choices: Mapping[str, Choice]) -> Callable[[Transaction, PublishedRegister], None]:
    """For `publish`: remembers, in its transaction, who published and what was chosen for the rows that changed."""

    def write(tx: Transaction, published: PublishedRegister) -> None:
        body = {
            "version": published.version, "digest": published.digest, "author": published.author,
            "choices": dict(choices),
        }  # fmt: skip
        note(tx, PUBLISHED, published.publisher, published.published_at, body)

    return write


def choices_of(store: Store, version: int) -> dict[str, Choice]:
    """What was chosen when this version was published; empty where nothing was, or nobody wrote it down."""
    for each in reversed(entries(store)):
        if each.kind == PUBLISHED and each.body.get("version") == version:
            return cast("dict[str, Choice]", dict(each.body.get("choices", {})))
    return {}


def left_behind(flow: Flow) -> Iterator[Effect]:
    """Open onboardings that neither run under the newest version nor keep an older one on purpose, and what becomes of them."""
    latest = flow.store.latest_register()
    if latest is None or latest.version < 2 or not _any_left(flow, latest.version):
        return iter(())
    return publishing.effects(flow, _again(flow, latest), choices_of(flow.store, latest.version))


def finish(flow: Flow, actor: str) -> Iterator[Effect]:
    """Bring over what a publication left behind; each one is settled under the newest version."""
    return (each for each in steps(flow, actor) if each is not None)


def steps(flow: Flow, actor: str) -> Iterator[Effect | None]:
    """
    Go over all open onboardings that run under an older version, one at a time.

    Those that a publication left behind are brought over as was chosen, those that have nothing waiting any more and kept
    their version only until then as well; for every other one, None: nothing is to be done.
    """
    latest = flow.store.latest_register()
    choices: dict[str, Choice] | None = None
    for version in range(1, latest.version if latest else 1):
        for number in flow.store.pinned(version):
            state = flow.state(number)
            if publishing.is_drained(state):
                flow.act(number, Pin("drain"), actor)
                yield Effect(
                    number, state.key, state.title, "re-check", "drain", ("nothing of it waits any more",)
                )
            elif state.keeps or latest is None:
                yield None
            else:
                choices = choices_of(flow.store, latest.version) if choices is None else choices
                yield _bring(flow, number, latest, choices, actor)


def _bring(
    flow: Flow, number: int, latest: PublishedRegister, choices: Mapping[str, Choice], actor: str
) -> Effect | None:
    found = _again(flow, latest)
    with flow.store.transaction() as tx:
        world = World(found.program, directory(tx), flow.clock.now())
    effect = publishing.effect_on(number, flow.state(number), found, choices, world)
    try:
        return next(iter(publishing.bring_over(flow, latest.version, [effect], actor)))
    except Refused:  # it has been closed meanwhile
        return None


def _any_left(flow: Flow, newest: int) -> bool:
    return any(
        not flow.state(number).keeps for version in range(1, newest) for number in flow.store.pinned(version)
    )


def _again(flow: Flow, latest: PublishedRegister) -> Candidate:
    """The newest version as it stood before it was published."""
    program = flow.programs.version(latest.version)
    old = flow.programs.version(latest.version - 1)
    proven = AcceptanceReport("", latest.digest, (), (), ())
    changed = publishing.changed_rows(old, program)
    before = flow.store.register(latest.version - 1)
    return Candidate(latest.files, latest.digest, program, proven, (), changed, before)
