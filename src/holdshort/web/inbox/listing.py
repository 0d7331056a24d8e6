"""What the inbox lists: a view such as "my queue", narrowed by filters, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from holdshort.core.onboarding.powers import NAMES
from holdshort.core.roles import TITLES
from holdshort.service.board import onboarding_view
from holdshort.service.inbox import Waiting, Wanted, inbox
from holdshort.service.words import pace

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.core.onboarding.people import Directory

PAGE = 25
VIEWS = {
    "mine": "My queue",
    "team": "My team’s",
    "risk": "At risk",
    "late": "Late",
    "uncertain": "Uncertain runs",
    "all": "All",
}
_ACCEPT = NAMES["J1"]
TIERS = ("low", "medium", "high", "hold")
_NUMBER = re.compile(r"(\d{1,12})(?:\.\d{1,6})?", re.ASCII)
_REVIEW = re.compile(r"\d{1,12}\.\d{1,6}", re.ASCII)
_LONGEST_SEARCH = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; anything that makes no sense is left out."""

    view: str = "mine"
    tier: str = ""
    lane: str = ""
    owner: str = ""
    q: str = ""
    after: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Asked:
        view, tier, owner = query.get("view", ""), query.get("tier", ""), query.get("owner", "")
        after = query.get("after", "")
        return cls(
            view if view in VIEWS else "mine",
            tier if tier in TIERS else "",
            query.get("lane", "")[:_LONGEST_SEARCH],
            owner if owner in TITLES else "",
            " ".join(query.get("q", "").split())[:_LONGEST_SEARCH],
            after if _REVIEW.fullmatch(after) else "",
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.tier or self.lane or self.owner or self.q)

    def address(self, **changes: str) -> str:
        """The query string of this with changes; what says nothing is left out."""
        changed = replace(self, **{"after": "", **changes})
        pairs = [(each.name, str(getattr(changed, each.name))) for each in fields(changed)]
        return urlencode(
            [(name, value) for name, value in pairs if value and (name, value) != ("view", "mine")]
        )


@dataclass(frozen=True)
class Row:
    """One review in the list. `seen` lets it be accepted together with others; empty where that is not offered."""

    waiting: Waiting
    seen: str
    givable: tuple[str, ...]
    """Who could take it over: those whose turn it may be."""
    is_mine: bool

    @property
    def pace(self) -> str:
        return pace(self.waiting.pace, self.waiting.left, self.waiting.day)


class Listing:
    """The page that was asked for."""

    def __init__(self, house: House, people: Directory, user: str, asked: Asked) -> None:
        self._house = house
        self._people = people
        self._user = user
        self.asked = asked
        self.is_running = house.store.latest_register() is not None

    @cached_property
    def _found(self) -> list[Waiting]:
        """One more than the page shows, to know whether there is another."""
        if not self.is_running:
            return []
        return inbox(self._house.flow, self.wanted, PAGE + 1, self.asked.after)

    @property
    def wanted(self) -> Wanted:
        asked, mine = self.asked, self._user if self.asked.view in ("mine", "team") else ""
        wanted = Wanted(
            user=mine,
            free_for=self._user if asked.view == "mine" else "",
            role=asked.owner,
            at_risk=asked.view == "risk",
            breached=asked.view == "late",
            uncertain=asked.view == "uncertain",
            tier=asked.tier,
            lane=asked.lane,
        )
        return self._searching(wanted)

    def _searching(self, wanted: Wanted) -> Wanted:
        """A number is an onboarding's or review's, an ID of a row is that row, anything else is looked for in names."""
        number = _NUMBER.fullmatch(self.asked.q)
        if number:
            return replace(wanted, number=int(number[1]))
        case = next((each for each in self._cases if each.casefold() == self.asked.q.casefold()), "")
        return replace(wanted, case=case) if case else replace(wanted, search=self.asked.q)

    @property
    def _cases(self) -> list[str]:
        register = self._house.flow.programs.latest().playbook.register
        return [each.case for each in register.cases]

    @cached_property
    def rows(self) -> list[Row]:
        return [self._row(each) for each in self._found[:PAGE]]

    @property
    def next_address(self) -> str:
        """Where the next page is; empty on the last."""
        return self.asked.address(after=self._found[PAGE - 1].row.id) if len(self._found) > PAGE else ""

    @property
    def lanes(self) -> list[str]:
        if not self.is_running:
            return []
        return list(dict.fromkeys(self._house.flow.programs.latest().playbook.clean_path.lanes.values()))

    @cached_property
    def counts(self) -> Mapping[str, int]:
        return self._house.store.counts()

    @property
    def open_reviews(self) -> int:
        return int(self.counts.get("reviews.open", 0))

    @property
    def on_record(self) -> int:
        """How many onboardings there are; the house's own log has no state."""
        return sum(
            int(count)
            for name, count in self.counts.items()
            if name.startswith("onboardings.") and name != "onboardings."
        )

    def _row(self, each: Waiting) -> Row:
        holders = {name for role in each.turn.roles for name in self._people.holders(role)}
        return Row(
            each,
            self._seen(each),
            tuple(sorted(holders - {each.row.claimed_by})),
            self._user == each.row.claimed_by,
        )

    def _seen(self, each: Waiting) -> str:
        """
        The digest under which a low review may be accepted from the list. Whoever is not to decide it, and a review
        whose evidence has gaps, gets none.
        """
        if each.row.tier != "low" or self.asked.view not in ("mine", "team"):
            return ""
        review = onboarding_view(self._house.flow, each.row.number).review(each.row.no)
        fits = (
            review is not None
            and _ACCEPT in review.decisions
            and not review.lacks
            and self._user in review.may_decide
        )
        return review.seen if review is not None and fits else ""
