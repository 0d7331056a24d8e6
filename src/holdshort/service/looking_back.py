"""What a draft register would have said of the onboardings of the last weeks, beside what the one that runs says."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from holdshort.core.answers import Answer
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.program import Program, World
from holdshort.ports import OnboardingRow, Store
from holdshort.service.flow import Flow, directory

DAYS = 90
MOST = 500
"""So many onboardings are looked at, the newest; a page says so where there are more."""
_PAGE = 500


@dataclass(frozen=True)
class Changed:
    """One onboarding of which the draft says something else."""

    number: int
    title: str
    now: str
    would: str
    comes: tuple[str, ...]
    """Rows that would find something and do not now."""
    goes: tuple[str, ...]
    held: tuple[str, ...]
    """Kinds of action that would be held and are not now."""
    freed: tuple[str, ...]

    @property
    def loosens(self) -> bool:
        return bool(self.freed)


@dataclass(frozen=True)
class Looked:
    """The comparison in all: how many were looked at, how many there are, and those that change."""

    looked_at: int
    there_are: int
    changed: tuple[Changed, ...]


def look_back(flow: Flow, draft: Program, days: int = DAYS, most: int = MOST) -> Looked:
    """
    Screen each onboarding of the last `days` days, as its facts stand now, under its own register and under `draft`.

    Facts are today's: what was known at the time is the business of `holdshort shadow`.
    """
    since = flow.clock.now() - timedelta(days=days)
    there_are, rows = _newest(flow.store, since, most)
    with flow.store.transaction() as tx:
        people = directory(tx)
    world = World(draft, people, flow.clock.now())
    changed = [found for row in rows if (found := _compared(flow, row, world)) is not None]
    return Looked(len(rows), there_are, tuple(changed))


def _newest(store: Store, since: datetime, most: int) -> tuple[int, deque[OnboardingRow]]:
    kept: deque[OnboardingRow] = deque(maxlen=most)
    count = 0
    for row in _rows(store):
        if row.opened_at >= since:
            kept.append(row)
            count += 1
    return count, kept


def _rows(store: Store) -> Iterator[OnboardingRow]:
    after = 0
    while page := store.onboardings(after=after, limit=_PAGE):
        yield from page
        after = page[-1].number


def _compared(flow: Flow, row: OnboardingRow, draft: World) -> Changed | None:
    state = flow.state(row.number)
    before, after = look(state, flow.world(state)), look(state, draft)
    old, new = _cases(before), _cases(after)
    was, will = _held(before), _held(after)
    if before.verdict == after.verdict and before.tier == after.tier and old == new and was == will:
        return None
    return Changed(
        row.number,
        row.title,
        _said(before),
        _said(after),
        tuple(sorted(new - old)),
        tuple(sorted(old - new)),
        tuple(sorted(will - was)),
        tuple(sorted(was - will)),
    )


def _cases(answer: Answer) -> set[str]:
    return {each.case for each in answer.findings}


def _held(answer: Answer) -> set[str]:
    return {kind for kind, verdict in answer.actions.items() if verdict.state == "held"}


def _said(answer: Answer) -> str:
    return answer.verdict if answer.tier == "none" else f"{answer.verdict}, {answer.tier}"
