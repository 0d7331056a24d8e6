"""What a person filled in on one of the nine forms, read as a decision; or what is missing, in the words of its labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from holdshort.core.onboarding.commands import Decide, Refused
from holdshort.core.onboarding.events import Code, Condition
from holdshort.core.onboarding.powers import COMMANDS, POWERS
from holdshort.core.playbook import Playbook
from holdshort.core.register import TIER_ORDER
from holdshort.core.roles import ROLES, TITLES
from holdshort.web.reviews.choices import Choice
from holdshort.web.reviews.effects import ActionEffect
from holdshort.web.reviews.page import ReviewPage

MOST_CONDITIONS = 3
"""How many conditions a form has room for. More than three is a case for another decision."""
LONGEST = 20_000
"""Characters of any one field."""
_OPERATION = re.compile(r"[0-9a-f-]{16,40}")
_SLUGS: dict[Code, str] = {code: name for name, code in COMMANDS.items()}
_ADDRESS = re.compile(r"[\s,;]+")
EDITABLE = ("to", "cc", "subject", "body", "text")
"""What of a message a reviewer may change; recipients are written one a line."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing to mend: `field` is the name of the input, `words` what to do, as its label says it."""

    field: str
    words: str


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent, by the name of the input. Secrets are never part of it."""

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        found = self.values.get(name, ())
        return found[0].replace("\r\n", "\n").strip() if found else ""

    def all(self, name: str) -> tuple[str, ...]:
        return self.values.get(name, ())

    def has(self, name: str) -> bool:
        return name in self.values


@dataclass(frozen=True, slots=True)
class Read:
    """A decision ready to be taken, or what has to be mended first."""

    choice: Choice
    command: Decide | None
    faults: tuple[Fault, ...] = ()


def typed_of(lists: Mapping[str, Sequence[Any]], secrets: Sequence[str]) -> Typed:
    """`lists` is every input with its values, as a form sent them."""
    return Typed(
        {name: tuple(str(each) for each in values) for name, values in lists.items() if name not in secrets}
    )


def operation_of(typed: Typed, number: int, user: str) -> str:
    """Names this very act, so that sending a form twice decides once. Another person's form is another act."""
    sent = typed.one("operation")
    return f"web:{user}:{number}:{sent}" if _OPERATION.fullmatch(sent) else ""


def read_decision(slug: str, typed: Typed, page: ReviewPage) -> Read | None:
    """
    The decision that a form asks for; None where there is no such decision.

    Raises:
        Refused: What was sent names something that the form does not have.
    """
    choice = next((each for each in page.choices if each.slug == slug), None)
    if choice is None:
        return None
    _refuse_other_than_seen(typed, page)
    reading = _Reading(choice, typed, page)
    own = reading.own()
    own["reason"] = reading.reason()
    if choice.takes_exception:
        own["exception"] = reading.exception()
    faults = tuple(reading.faults)
    if faults:
        return Read(choice, None, faults)
    return Read(choice, Decide(page.no, choice.code, page.user, False, typed.one("seen"), **own))


def _refuse_other_than_seen(typed: Typed, page: ReviewPage) -> None:
    """What was ticked on an older page would not be among what waits now, so that is told first."""
    if not page.is_open:
        raise Refused("FLOW-008", f"the review is {page.each.review.status}")
    if typed.one("seen") != page.each.seen:
        raise Refused("FLOW-011", "what you saw is out of date: something has changed since", "look again")


class _Reading:
    def __init__(self, choice: Choice, typed: Typed, page: ReviewPage) -> None:
        self.choice = choice
        self.typed = typed
        self.page = page
        self.faults: list[Fault] = []
        for name, values in typed.values.items():
            if any(len(each) > LONGEST for each in values):
                self.faults.append(Fault(name, f"Shorten this to {LONGEST:,} characters"))

    def own(self) -> dict[str, Any]:
        """What belongs to this decision alone."""
        match self.choice.code:
            case "J2":
                return self._route()
            case "J3":
                return self._question()
            case "J4" | "J7":
                return {"scope": self._all_or_some()}
            case "J5":
                return {"scope": self._named(), "conditions": tuple(self._conditions())}
            case "J6":
                return self._message()
            case "J8":
                return {"to": self._role("to", "Choose who decides from here on")}
            case "J9":
                return {"scope": self._named(), "owner": self._answers_for_it()}
        return {}

    # --- what several have ---

    def reason(self) -> str:
        text = self.typed.one("reason")
        if not text and POWERS[self.choice.code].needs_reason:
            self._fault("reason", "Say why; it stands in the log")
        return text

    def exception(self) -> str:
        text = self.typed.one("exception")
        if not text and self.page.each.lacks:
            self._fault("exception", "Say why it may go on although this is missing")
        return text

    def _fault(self, name: str, words: str) -> None:
        self.faults.append(Fault(name, words))

    def _scope(self) -> tuple[int, ...]:
        found: list[int] = []
        for text in self.typed.all("scope"):
            if not text.isdecimal() or int(text) not in self.offered:
                raise Refused(
                    "FLOW-034",
                    f"a{text[:20]} does not wait for this review",
                    "load the page again and choose there",
                )
            found.append(int(text))
        return tuple(dict.fromkeys(found))

    @property
    def offered(self) -> tuple[int, ...]:
        """Numbers of the actions among which the form lets one choose."""
        if self.choice.code == "J7":
            return tuple(each.no for each in self.page.effects)
        return self.choice.actions

    def _named(self) -> tuple[int, ...]:
        """Exactly those that were ticked, and at least one."""
        found = self._scope()
        if not found:
            self._fault("scope", "Choose the actions that may run")
        return found

    def _all_or_some(self) -> tuple[int, ...]:
        """Empty where all were ticked: the decision is then about whatever waits, and ends the review."""
        found = self._scope()
        if self.offered and not found:
            self._fault("scope", "Choose at least one action")
        return () if set(found) == set(self.offered) else found

    def _role(self, name: str, words: str, also: Sequence[str] = ()) -> str:
        found = self.typed.one(name)
        if (found not in ROLES and found not in also) or found == "none":
            self._fault(name, words)
        return found

    # --- each of its own ---

    def _route(self) -> dict[str, Any]:
        own = {name: self.typed.one(name) for name in ("lane", "owner", "tier", "milestones")}
        if not any(own.values()):
            self._fault("lane", "Choose a lane, an owner or a stricter tier, or write the milestone plan")
        return own

    def _question(self) -> dict[str, Any]:
        question = self.typed.one("question")
        if not question:
            self._fault("question", "Write what is needed, in a sentence")
        return {"to": self._role("to", "Choose who is asked", ("customer",)), "question": question}

    def _conditions(self) -> Iterator[Condition]:
        """Those that are filled in; the first one has to be."""
        for n in range(1, MOST_CONDITIONS + 1):
            text, deadline = self.typed.one(f"condition-{n}"), self.typed.one(f"deadline-{n}")
            if n > 1 and not text:
                continue
            if not text:
                self._fault(f"condition-{n}", "Write what has to become true")
            owner = self._role(f"condition-owner-{n}", "Choose who sees to it")
            moment = read_deadline(deadline, self.page.playbook)
            if moment is None:
                self._fault(f"deadline-{n}", "Enter by when, as a date")
            else:
                yield Condition(text, owner, moment)

    def _message(self) -> dict[str, Any]:
        wanted = self.typed.one("message")
        found = next((each for each in self.page.messages if str(each.no) == wanted), None)
        if found is None and len(self.page.messages) == 1 and not wanted:
            found = self.page.messages[0]
        if found is None:
            self._fault("message", "Choose the message that you approve")
            return {}
        edits = dict(self._edits(found))
        if found.is_empty and not edits:
            self._fault(f"body-{found.no}", "Write the text: there is none yet that could be approved")
        return {"scope": (found.no,), "payload": edits or None}

    def _edits(self, found: ActionEffect) -> Iterator[tuple[str, Any]]:
        """What differs from the stored payload; what was left alone stays byte for byte as it is."""
        for name, before in editable(found):
            if not self.typed.has(f"{name}-{found.no}"):
                continue
            raw = self.typed.values[f"{name}-{found.no}"][0].replace("\r\n", "\n")
            if raw.strip() == before.replace("\r\n", "\n").strip():
                continue
            yield (
                name,
                [each for each in _ADDRESS.split(raw.strip()) if each] if name in ("to", "cc") else raw,
            )

    def _answers_for_it(self) -> str:
        return self._role("owner", "Choose who answers for it", self.page.people)


def editable(found: ActionEffect) -> tuple[tuple[str, str], ...]:
    """The parts of a message that may be changed, each as a form shows it: recipients one a line."""
    payload = found.payload
    names = [each for each in EDITABLE if each in payload and _is_text(payload[each])]
    if "text" not in names:
        names += [each for each in ("subject", "body") if each not in names]
    names += [each for each in ("to",) if each not in names]
    return tuple((name, _as_lines(payload.get(name))) for name in EDITABLE if name in names)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(each, str) for each in value)
    )


def _as_lines(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return value if isinstance(value, str) else ""


def read_deadline(text: str, playbook: Playbook) -> datetime | None:
    """A day (its closing time, by the playbook's calendar) or a moment of it, as a UTC instant; None where it is neither."""
    settings = playbook.settings
    zone = ZoneInfo(settings.calendar.zone)
    try:
        if len(text) == 10:
            closes = settings.closes if settings.closes != time(0) else time(23, 59, 59)
            return datetime.combine(date.fromisoformat(text), closes, zone).astimezone(UTC)
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# --- what the selects offer ---


def roles() -> tuple[tuple[str, str], ...]:
    """Every role that can own or decide something, by its title."""
    return tuple((name, title) for name, title in TITLES.items() if name != "none")


def lanes(playbook: Playbook) -> tuple[str, ...]:
    return tuple(sorted(set(playbook.clean_path.lanes.values())))


def stricter(page: ReviewPage) -> tuple[str, ...]:
    """Tiers above the one that it has: a decision does not lower one."""
    now = TIER_ORDER.get(page.each.review.tier, 0)
    return tuple(each for each, order in TIER_ORDER.items() if order > now)


def again(page: ReviewPage, slug: str, decision: int) -> Typed:
    """What confirming an earlier approval once more would send: the same act on what waits now."""
    made = page.view.story.decisions[decision].record
    waiting = {each.no for each in page.effects}
    values: dict[str, tuple[str, ...]] = {
        "reason": (made.reason,),
        "exception": (made.exception,),
        "owner": (made.owner,),
        "scope": tuple(str(each.action) for each in made.covers if each.action in waiting),
    }
    for n, condition in enumerate(made.conditions[:MOST_CONDITIONS], 1):
        values |= {
            f"condition-{n}": (condition.text,),
            f"condition-owner-{n}": (condition.owner,),
            f"deadline-{n}": (condition.deadline.isoformat(),),
        }
    if slug == "approve-message" and values["scope"]:
        values["message"] = values["scope"][:1]
    return Typed(values)
