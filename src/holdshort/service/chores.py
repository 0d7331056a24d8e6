"""What a worker does now and then beside its runs: checkpoints of the audit log, and onboardings that wait for a version."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from holdshort.core.audit import Checkpoint
from holdshort.core.diagnostics import HoldshortError
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Conflict
from holdshort.service.anchors import AnchorRefused, catch_up_anchor, read_anchor
from holdshort.service.assist_round import AssistRound
from holdshort.service.audit_log import AuditStore, CheckpointSigner, make_checkpoint
from holdshort.service.bringing_over import steps
from holdshort.service.flow import Flow
from holdshort.service.publish import Effect

_LOOK_EVERY_S = 60.0
"""How often a worker looks for onboardings that a newer register version waits for."""
_PIECE = 50
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
    """
    Keeps the time of each chore. Nothing is done twice by two workers, and nothing is lost where one dies.

    Going over onboardings of older versions is done in short pieces, and so seldom that it takes a hundredth of the time,
    however many there are.
    """

    flow: Flow
    store: AuditStore
    signer: Callable[[], CheckpointSigner]
    anchor: Path | None = None
    checkpoint_every: timedelta = timedelta(minutes=15)
    assist: AssistRound | None = None
    """Asks the assistant about onboardings that wait for people; after everything else, in short pieces."""
    _sign_at: datetime | None = None
    _look_at: float = 0.0
    _version_at: float = 0.0
    _version: int = 0
    _under_way: Iterator[Effect | None] | None = None
    _spent_s: float = 0.0

    def run(self, stop: Callable[[], bool] = lambda: False, everything: bool = False) -> Iterator[Chore]:
        """
        Do what is due.

        Args:
            everything: Whether it is due or not, and to its end.

        Raises:
            AnchorRefused: see `checkpoint`.
        """
        if everything or self._under_way is not None or self._is_time_to_look():
            yield from self._bring_over(stop, everything)
        now = self.flow.clock.now()
        if everything or self._sign_at is None or now >= self._sign_at:
            self._sign_at = now + self.checkpoint_every
            yield from self._checkpoint(now)
        if self.assist is not None:
            for number, advice in self.assist.run(stop, everything):
                words = advice.away or f"{len(advice.suggestions)} suggestions"
                yield Chore("assist", f"onboarding {number}: {words}")

    def _is_time_to_look(self) -> bool:
        """When it has been long enough, or another version was published."""
        now = time.monotonic()
        if now >= self._look_at:
            return True
        if now < self._version_at:
            return False
        self._version_at = now + _LOOK_EVERY_S
        return self._newest() != self._version

    def _newest(self) -> int:
        latest = self.flow.store.latest_register()
        return latest.version if latest else 0

    def _bring_over(self, stop: Callable[[], bool], everything: bool) -> Iterator[Chore]:
        if self._under_way is None:
            self._version, self._spent_s = self._newest(), 0.0
            self._under_way = steps(self.flow, ACTOR)
        began, count = time.monotonic(), 0
        try:
            for effect in self._under_way:
                if effect is not None:
                    yield Chore("brought over", f"onboarding {effect.number}: {effect.outcome}")
                count += 1
                if stop() or (count >= _PIECE and not everything):
                    self._spent_s += time.monotonic() - began
                    return
        except (HoldshortError, Refused, Conflict) as error:
            yield Chore("bring over", f"onboardings cannot be brought to the newest version: {error}", True)
        self._under_way = None
        ended = time.monotonic()
        self._spent_s += ended - began
        self._look_at = ended + max(_LOOK_EVERY_S, 100 * self._spent_s)

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
