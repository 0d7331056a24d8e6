"""What a worker does now and then beside its runs: checkpoints of the audit log, and onboardings that wait for a version."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from holdshort.core.audit import Checkpoint
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Conflict
from holdshort.service import publish
from holdshort.service.anchors import AnchorRefused, catch_up_anchor, read_anchor
from holdshort.service.audit_log import AuditStore, CheckpointSigner, make_checkpoint
from holdshort.service.bringing_over import finish
from holdshort.service.flow import Flow

LOOK_EVERY = timedelta(minutes=1)
"""How often a worker looks for onboardings that a newer register version waits for."""
ACTOR = "holdshort"


@dataclass(frozen=True, slots=True)
class Chore:
    """Something that was done, or that could not be."""

    kind: str
    words: str
    is_fault: bool = False


def checkpoint(
    store: AuditStore, signer: CheckpointSigner, now: datetime, anchor: Path | None = None
) -> tuple[Checkpoint | None, int]:
    """
    Sign where the chains end now, and bring the anchor up to date.

    Returns:
        The new checkpoint, None where nothing has happened; and how many the anchor got.

    Raises:
        AnchorRefused: The anchor holds another history: release nothing before somebody knows why.
        OSError: The anchor cannot be written.
    """
    try:
        made = make_checkpoint(store, signer, now)
    except Conflict:  # another worker made it at the same moment
        made = None
    return made, catch_up(store, anchor) if anchor is not None else 0


def catch_up(store: AuditStore, anchor: Path) -> int:
    """Write to the anchor what it lacks, its last checkpoint held against the store's. Raises as `checkpoint` does."""
    held = read_anchor(anchor) if anchor.exists() and anchor.stat().st_size else []
    last = held[-1].no if held else 0
    newest = store.last_checkpoint()
    if last > (newest.no if newest else 0):
        raise AnchorRefused(
            f"the anchor `{anchor}` knows checkpoint {last}, and this store ends with {newest.no if newest else 'none'}: "
            "it is an older copy",
            "release nothing; after a restore reconcile first, keep that anchor and begin another file",
        )
    return catch_up_anchor(anchor, store.checkpoints(after=max(0, last - 1)))


@dataclass
class Chores:
    """Keeps the time of each chore. Nothing is done twice by two workers, and nothing is lost where one dies."""

    flow: Flow
    store: AuditStore
    signer: Callable[[], CheckpointSigner]
    anchor: Path | None = None
    checkpoint_every: timedelta = timedelta(minutes=15)
    due: dict[str, datetime] = field(default_factory=dict)

    def run(self, stop: Callable[[], bool] = lambda: False, everything: bool = False) -> Iterator[Chore]:
        """
        Do what is due.

        Args:
            everything: Whether it is due or not.

        Raises:
            AnchorRefused: see `checkpoint`.
        """
        now = self.flow.clock.now()
        if self._is_due("look", now, LOOK_EVERY, everything):
            yield from self._bring_over(stop)
        if self._is_due("checkpoint", now, self.checkpoint_every, everything):
            yield from self._checkpoint(now)

    def _is_due(self, name: str, now: datetime, every: timedelta, everything: bool) -> bool:
        if not everything and now < self.due.get(name, now):
            return False
        self.due[name] = now + every
        return True

    def _bring_over(self, stop: Callable[[], bool]) -> Iterator[Chore]:
        try:
            for number in publish.drain(self.flow):
                yield Chore(
                    "drained",
                    f"onboarding {number} has nothing waiting any more and runs under the newest version",
                )
            for effect in finish(self.flow, ACTOR, stop):
                yield Chore("brought over", f"onboarding {effect.number}: {effect.outcome}")
        except (HoldshortError, Refused, Conflict) as error:
            yield Chore("bring over", f"onboardings cannot be brought to the newest version: {error}", True)

    def _checkpoint(self, now: datetime) -> Iterator[Chore]:
        try:
            made, anchored = checkpoint(self.store, self.signer(), now, self.anchor)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            yield Chore("anchor", f"the anchor {self.anchor} cannot be written: {reason}", True)
            return
        if made is not None:
            yield Chore("checkpoint", f"checkpoint {made.no} over {len(made.heads)} onboardings is signed")
        if anchored:
            yield Chore("anchor", f"{anchored} checkpoints were added to {self.anchor}")
