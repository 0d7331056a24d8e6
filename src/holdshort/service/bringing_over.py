"""
Onboardings that wait, brought to the register version that was published: by whoever published, or by the worker after
that was interrupted. What was chosen for which row is remembered with the publication.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from holdshort.core.onboarding.commands import Refused
from holdshort.ports import PublishedRegister, Store, Transaction
from holdshort.service import publish as publishing
from holdshort.service.acceptance import AcceptanceReport
from holdshort.service.flow import Flow
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


def finish(flow: Flow, actor: str, stop: Callable[[], bool] = lambda: False) -> Iterator[Effect]:
    """Bring over what a publication left behind; each one is settled under the newest version."""
    latest = flow.store.latest_register()
    for effect in left_behind(flow):
        if stop() or latest is None:
            return
        try:
            yield from publishing.bring_over(flow, latest.version, [effect], actor)
        except Refused:  # it has been closed meanwhile
            continue


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
