"""Everything that the page of one onboarding shows, and a page of the list of them. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from holdshort.core.action_words import phrase, phrases
from holdshort.core.onboarding.state import STATES
from holdshort.core.playbook import Playbook
from holdshort.ports import OnboardingRow, Store
from holdshort.service.attaching import Attached, attached
from holdshort.service.board import OnboardingView, onboarding_view, packet_of
from holdshort.service.flow import Flow
from holdshort.service.story import Decided, Entry
from holdshort.web.reviews.effects import ActionEffect
from holdshort.web.reviews.forms import roles
from holdshort.web.reviews.page import Remark, all_effects, path_of, remarks_of

PAGE = 50
"""Onboardings on one page of the list."""
_LONGEST_SEARCH = 200
_ENDED = ("done", "rejected", "withdrawn")


@dataclass(frozen=True, slots=True)
class Raised:
    """A person's hold as it stands."""

    case: str
    by: str
    owner: str
    tier: str
    stops: str
    why: str
    lifted: bool
    review: int


@dataclass(frozen=True, slots=True)
class ToMeet:
    """A condition of an approval that counts; `no` counts from 1."""

    decision: int
    no: int
    text: str
    owner: str
    deadline: datetime
    state: str


@dataclass(frozen=True)
class OnboardingPage:
    view: OnboardingView
    effects: tuple[ActionEffect, ...]
    playbook: Playbook
    user: str

    @property
    def number(self) -> int:
        return self.view.number

    @property
    def title(self) -> str:
        return self.view.state.title or self.view.state.key

    @cached_property
    def path(self) -> tuple[tuple[str, str, str], ...]:
        return path_of(self.view.state.stage)

    @property
    def states(self) -> tuple[tuple[str, bool], ...]:
        """The eleven states, and which one it is in."""
        return tuple((each, each == self.view.state.state) for each in STATES)

    @property
    def open_actions(self) -> tuple[ActionEffect, ...]:
        return tuple(each for each in self.effects if each.status not in _ENDED)

    @property
    def ended_actions(self) -> tuple[ActionEffect, ...]:
        return tuple(each for each in self.effects if each.status in _ENDED)

    @property
    def uncertain(self) -> tuple[ActionEffect, ...]:
        """Runs of which nobody knows the outcome, or that ended in a way a person has to look at."""
        asked = {each.review.action for each in self.view.reviews if each.review.about == "run" and each.review.status == "open"}  # fmt: skip
        return tuple(each for each in self.effects if each.no in asked or each.status == "uncertain")

    @property
    def holds(self) -> tuple[Raised, ...]:
        state = self.view.state
        return tuple(
            Raised(
                hold.case,
                hold.by,
                hold.owner,
                hold.tier,
                ", ".join(phrases(hold.kinds, self.view.catalogue))
                or "everything that reaches the customer or a system",
                self.view.story.hold_reasons.get(hold.case, ""),
                hold.lifted,
                next((each.no for each in state.reviews.values() if each.case == hold.case), 0),
            )
            for hold in state.holds.values()
        )

    @property
    def decisions(self) -> tuple[Decided, ...]:
        return tuple(self.view.story.decisions.values())

    @property
    def recallable(self) -> frozenset[int]:
        """Decisions of which the approval counts and might still be taken back."""
        return frozenset(no for no, each in self.view.state.approvals.items() if not each.ended)

    @property
    def conditions(self) -> tuple[ToMeet, ...]:
        found = []
        for no, approval in self.view.state.approvals.items():
            for n, each in enumerate(approval.decision.conditions):  # the log counts them from 0
                state = "met" if n in approval.met else "missed" if n in approval.missed else "open"
                if not approval.ended:
                    found.append(ToMeet(no, n + 1, each.text, each.owner, each.deadline, state))
        return tuple(found)

    @property
    def timeline(self) -> tuple[Entry, ...]:
        """Newest first."""
        return tuple(reversed(self.view.story.entries))

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        return tuple(remarks_of(self.view))

    @cached_property
    def files(self) -> tuple[Attached, ...]:
        return tuple(attached(self.view.story))

    @property
    def kinds(self) -> tuple[tuple[str, str], ...]:
        """What a hold may be about: groups, then each kind that reaches the customer or a system."""
        catalogue = self.view.catalogue
        groups = [(name, name) for name in catalogue.groups() if name != "everything"]
        single = [(each.kind, phrase(each.kind)) for each in catalogue.kinds.values() if each.stopped_by_hold]
        return (*groups, *single)

    @property
    def roles(self) -> Sequence[tuple[str, str]]:
        return roles()


def onboarding_page(flow: Flow, number: int, user: str) -> OnboardingPage:
    """
    Raises:
        Refused: There is none of this number.
    """
    view = onboarding_view(flow, number)
    _, record = packet_of(flow, number)
    playbook = flow.programs.version(view.state.register).playbook
    return OnboardingPage(view, all_effects(view, record, playbook), playbook, user)


@dataclass(frozen=True, slots=True)
class ListPage:
    """`next` is the number after which the next page goes on; 0 where there is none."""

    rows: tuple[OnboardingRow, ...]
    search: str
    state: str
    only_open: bool
    after: int
    next: int


def list_page(store: Store, search: str, state: str, only_open: bool, after: int) -> ListPage:
    """A page of onboardings by number, those that fit; one row more than fits is read to know whether more follow."""
    search = search.strip()[:_LONGEST_SEARCH]
    state = state if state in STATES else ""
    rows = store.onboardings(state=state, search=search, after=after, limit=PAGE + 1, open_only=only_open)
    more = rows[PAGE - 1].number if len(rows) > PAGE else 0
    return ListPage(tuple(rows[:PAGE]), search, state, only_open, after, more)


def kinds_named(view: OnboardingView, names: Sequence[str]) -> tuple[str, ...]:
    """The kinds that groups and kinds stand for, each once."""
    groups = view.catalogue.groups()
    return tuple(dict.fromkeys(kind for name in names for kind in groups.get(name, (name,))))
