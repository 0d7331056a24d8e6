"""Everything that the page of one review shows, gathered from the house and nowhere else. Reads only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.commands import Refused
from holdshort.core.onboarding.progress import STAGES
from holdshort.core.packet import Packet, Part
from holdshort.core.packet_rows import Row
from holdshort.core.playbook import Playbook
from holdshort.ports import OnboardingRow, ReviewRow
from holdshort.service.attaching import Attached, attached
from holdshort.service.board import OnboardingView, ReviewView, onboarding_view, packet_of
from holdshort.service.flow import Flow
from holdshort.service.story import Decided, Entry
from holdshort.service.words import pace, steps
from holdshort.web.reviews.choices import GROUPS, Choice, choices, steps_up
from holdshort.web.reviews.citations import Claim, claims_of
from holdshort.web.reviews.effects import ActionEffect, effect_of, systems_of

MAIN = ("I2", "I4", "I5", "I7")
"""Parts below the reasons, the effects and the gaps, in the wide column."""
SIDE = ("I3", "I6", "I1", "I12")
_OVER = ("done", "rejected", "withdrawn")
_MOST_RELATED = 20
_MOST_OF_ROW = 6


@dataclass(frozen=True, slots=True)
class Remark:
    """A comment, or a report that the packet lacked something."""

    by: str
    entry: Entry
    text: str
    is_gap: bool
    mentions: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReviewPage:
    """
    One review as its page shows it.

    `effects` are the actions that wait for it, `others` what else of the onboarding is asked for and not over. `moved`
    are approvals of this review that do not count any more since something changed.
    """

    view: OnboardingView
    each: ReviewView
    packet: Packet
    record: Mapping[str, Any]
    playbook: Playbook
    effects: tuple[ActionEffect, ...]
    others: tuple[ActionEffect, ...]
    choices: tuple[Choice, ...]
    related: tuple[OnboardingRow, ...]
    same_row: tuple[ReviewRow, ...]
    """Reviews on the same row that were decided elsewhere."""
    user: str
    people: tuple[str, ...]
    may_have: tuple[str, ...]
    """Whom the review may be handed to: everybody who may decide some step of it."""

    # --- head ---

    @property
    def number(self) -> int:
        return self.view.number

    @property
    def no(self) -> int:
        return self.each.review.no

    @property
    def id(self) -> str:
        return f"{self.number}.{self.no}"

    @property
    def title(self) -> str:
        return self.view.state.title or self.view.state.key

    @property
    def is_open(self) -> bool:
        return self.each.review.status == "open"

    @property
    def time_left(self) -> str:
        return pace(self.each.pace, self.each.left, self.each.day)

    @property
    def order(self) -> str:
        """Who has to agree, one after another."""
        return steps(self.each.review.steps)

    @property
    def steps_up(self) -> bool:
        return steps_up(self.each)

    @cached_property
    def path(self) -> tuple[tuple[str, str, str], ...]:
        return path_of(self.view.state.stage)

    # --- the twelve parts ---

    @property
    def why(self) -> tuple[Row, ...]:
        """The finding that this review is about, as the packet tells it."""
        return tuple(each for each in self.packet.part("I10").rows if self._is_mine(each))

    @property
    def other_findings(self) -> tuple[Row, ...]:
        return tuple(each for each in self.packet.part("I10").rows if not self._is_mine(each))

    def _is_mine(self, row: Row) -> bool:
        return row.label.split(" ")[0] == self.each.review.case

    @property
    def gaps(self) -> Part:
        return self.packet.part("I8")

    @property
    def loud_gaps(self) -> tuple[Row, ...]:
        return tuple(each for each in self.gaps.rows if each.kind == "gap" and not each.quote)

    @property
    def quiet_gaps(self) -> tuple[Row, ...]:
        """What nobody expects and no source gives, in one line."""
        return tuple(each for each in self.gaps.rows if each.kind == "gap" and each.quote)

    @property
    def held_kinds(self) -> tuple[Row, ...]:
        """What nobody has asked for and would be held."""
        return tuple(
            each
            for each in self.packet.part("I11").rows
            if each.kind == "action" and each.note.startswith("not asked for now")
        )

    @property
    def drafts(self) -> tuple[Row, ...]:
        """Drafts in the record, which are not yet actions that somebody asked for."""
        return tuple(
            each
            for each in self.packet.part("I11").rows
            if each.kind == "element" and not each.label.startswith("a")
        )

    @property
    def suggestion(self) -> Part:
        return self.packet.part("I9")

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        return claims_of(self.record)

    @property
    def main_parts(self) -> tuple[Part, ...]:
        return tuple(self.packet.part(code) for code in MAIN)

    @property
    def side_parts(self) -> tuple[Part, ...]:
        return tuple(self.packet.part(code) for code in SIDE)

    # --- decisions ---

    @property
    def groups(self) -> tuple[tuple[str, tuple[Choice, ...]], ...]:
        by_code = {each.code: each for each in self.choices}
        return tuple((title, tuple(by_code[code] for code in codes)) for title, codes in GROUPS)

    @property
    def messages(self) -> tuple[ActionEffect, ...]:
        """Messages of which the text may be approved here."""
        allowed = next((each.actions for each in self.choices if each.code == "J6"), ())
        return tuple(each for each in self.effects if each.no in allowed)

    @property
    def stale(self) -> tuple[Decided, ...]:
        """The newest approval of each person that something has moved under, where nothing of theirs counts since."""
        last: dict[str, Decided] = {}
        for each in self.each.decided:
            last[each.record.by] = each
        return tuple(each for each in last.values() if each.standing == "stale") if self.is_open else ()

    @property
    def runs(self) -> tuple[ActionEffect, ...]:
        """The action whose outcome nobody knows, where the review is about one."""
        return tuple(each for each in (*self.effects, *self.others) if each.no == self.each.review.action and self.each.review.about == "run")  # fmt: skip

    # --- before this, and beside it ---

    @property
    def other_reviews(self) -> tuple[ReviewView, ...]:
        return tuple(each for each in self.view.reviews if each.review.no != self.no)

    @cached_property
    def files(self) -> tuple[Attached, ...]:
        """What was attached to this review, or to the onboarding as a whole."""
        return tuple(attached(self.view.story, self.no))

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        return tuple(remarks_of(self.view, self.no))


def review_page(flow: Flow, number: int, review: int, user: str) -> ReviewPage:
    """
    Raises:
        Refused: There is no such onboarding, or no such review (`FLOW-007`).
    """
    view = onboarding_view(flow, number)
    each = view.review(review)
    if each is None:
        raise Refused("FLOW-007", f"there is no review {number}.{review}", "the inbox lists those that wait")
    world = flow.world(view.state)
    packet, record = packet_of(flow, number)
    playbook = world.program.playbook
    effects = all_effects(view, record, playbook)
    waiting = {action.no for action in each.waiting}
    return ReviewPage(
        view,
        each,
        packet,
        record,
        playbook,
        tuple(one for one in effects if one.no in waiting),
        tuple(one for one in effects if one.no not in waiting and one.status not in _OVER),
        choices(view, each, user, world),
        tuple(_related(flow, view)),
        tuple(_same_row(flow, view, each)),
        user,
        tuple(sorted(name for name in world.directory.people if world.directory.is_known(name))),
        tuple(
            sorted(
                name
                for name in world.directory.people
                if world.directory.standing(name, each.review.all_roles, world.now) is not None
            )
        ),
    )


def all_effects(
    view: OnboardingView, record: Mapping[str, Any], playbook: Playbook
) -> tuple[ActionEffect, ...]:
    names = {each.key: each.name for each in playbook.glossary.systems.values()}
    systems = systems_of(view, names)
    return tuple(effect_of(view, each, record, systems) for each in view.actions)


def path_of(stage: str) -> tuple[tuple[str, str, str], ...]:
    """
    The nine stages with where the onboarding is: code, name, and `done`, `now` or `ahead`.

    P8 and P9 are about the register version, which was proven before anything of it ran.
    """
    found = []
    mark = "done"
    for code, name in STAGES.items():
        if code in ("P8", "P9"):
            found.append((code, name, "register"))
        elif code == stage:
            found.append((code, name, "now"))
            mark = "ahead"
        else:
            found.append((code, name, mark))
    return tuple(found)


def remarks_of(view: OnboardingView, review: int = 0) -> Iterator[Remark]:
    """What people said, oldest first: on one review, or (0) on the onboarding and all its reviews."""
    for entry in view.story.entries:
        event = entry.event
        if isinstance(event, e.CommentAdded) and (not review or event.review in (0, review)):
            yield Remark(event.by, entry, event.text, False, event.mentions)
        elif isinstance(event, e.GapReported) and (not review or event.review == review):
            yield Remark(event.by, entry, event.text, True)


def _same_row(flow: Flow, view: OnboardingView, each: ReviewView) -> Iterator[ReviewRow]:
    if each.review.about == "finding":
        for row in flow.store.reviews(case=each.review.case, status="decided", limit=_MOST_OF_ROW):
            if row.number != view.number:
                yield row


def _related(flow: Flow, view: OnboardingView) -> Iterator[OnboardingRow]:
    """Other onboardings of the same account."""
    account = view.state.key.partition("/")[0]
    if len(account) > 1:
        for row in flow.store.onboardings(search=account, limit=_MOST_RELATED):
            if row.number != view.number and row.key.partition("/")[0] == account:
                yield row
