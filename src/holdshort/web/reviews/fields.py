"""The inputs of each of the nine forms: labels, choices, what was typed before, what has to be mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from holdshort.core.action_words import role
from holdshort.core.onboarding.powers import POWERS
from holdshort.web.reviews.choices import Choice
from holdshort.web.reviews.effects import ActionEffect
from holdshort.web.reviews.forms import (
    MOST_CONDITIONS,
    Fault,
    Typed,
    editable,
    lanes,
    roles,
    stricter,
)
from holdshort.web.reviews.page import ReviewPage

Kind = Literal["line", "lines", "select", "ticks", "one", "when"]
_LABELS = {"to": "To, one address a line", "cc": "Copy to, one address a line", "subject": "Subject", "body": "Text", "text": "Text"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """
    One input. `kind`: a line, several lines, a select, ticks (any number of them), one of several, a day.

    `id` is unique on the page; `fault` says what to mend.
    """

    kind: Kind
    name: str
    id: str
    label: str
    value: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    fault: str = ""
    optional: bool = False

    @property
    def described_by(self) -> str:
        """Ids of what a screen reader reads with it."""
        found = ([f"{self.id}-hint"] if self.hint else []) + ([f"{self.id}-fault"] if self.fault else [])
        return " ".join(found)

    @property
    def is_group(self) -> bool:
        return self.kind in ("ticks", "one")


@dataclass(frozen=True, slots=True)
class Part:
    """Inputs that belong together, under a legend where they have one."""

    fields: tuple[Field, ...]
    legend: str = ""
    optional: bool = False
    """Most people do not need it: it can be folded away."""
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """The form of one decision as it stands on the page."""

    choice: Choice
    parts: tuple[Part, ...]
    faults: tuple[tuple[str, str], ...]
    """The id of an input and what to mend about it, in the order of the page."""
    password_fault: str = ""
    open: bool = False


def form_of(choice: Choice, page: ReviewPage, typed: Typed | None, faults: Sequence[Fault] = ()) -> Form:
    """`typed` is None where nobody has filled it in yet: then what may be ticked beforehand is."""
    parts = tuple(each for each in _Building(choice, page, typed, faults).parts() if each.fields)
    ids = {each.name: each.id for part in parts for each in part.fields}
    listed = tuple((ids.get(each.field, f"{choice.slug}-password"), each.words) for each in faults)
    again = next((each.words for each in faults if each.field == "password"), "")
    return Form(choice, parts, listed, again, typed is not None)


class _Building:
    def __init__(
        self, choice: Choice, page: ReviewPage, typed: Typed | None, faults: Sequence[Fault]
    ) -> None:
        self.choice = choice
        self.page = page
        self.typed = typed
        self.faults: Mapping[str, str] = {each.field: each.words for each in reversed(faults)}

    def parts(self) -> Iterator[Part]:
        match self.choice.code:
            case "J2":
                yield self._route()
            case "J3":
                yield self._question()
            case "J4":
                yield self._scope("What may begin", ticked=True)
            case "J5":
                yield self._scope("Allow only", ticked=False)
                yield from self._conditions()
            case "J6":
                yield from self._messages()
            case "J7":
                yield self._scope("Stop for good", ticked=True)
            case "J8":
                yield Part(
                    (
                        self._select(
                            "to", "Who decides from here on", roles(), self.page.each.review.escalation
                        ),
                    )
                )
            case "J9":
                yield self._scope("Let go on, against the warning", ticked=False)
                yield Part((self._answers_for_it(),))
        if self.choice.takes_exception:
            yield self._exception()
        yield self._reason()

    # --- what several have ---

    def _field(self, kind: Kind, name: str, label: str, **more: object) -> Field:
        value = self.typed.one(name) if self.typed is not None else str(more.pop("value", ""))
        more.pop("value", None)
        return Field(
            kind,
            name,
            f"{self.choice.slug}-{name}",
            label,
            value,
            fault=self.faults.get(name, ""),
            **more,  # type: ignore[arg-type]  # its own fields
        )

    def _select(
        self, name: str, label: str, options: Sequence[tuple[str, str]], chosen: str = "", **more: object
    ) -> Field:
        value = self.typed.one(name) if self.typed is not None else chosen
        found = (
            Option("", "Choose …", not value),
            *(Option(key, text, key == value) for key, text in options),
        )
        return self._field("select", name, label, options=found, **more)

    def _scope(self, legend: str, ticked: bool) -> Part:
        numbers = [each.no for each in self.page.effects] if self.choice.code == "J7" else self.choice.actions
        by_no = {each.no: each for each in self.page.effects}
        options = tuple(
            Option(str(no), _action(by_no[no]), self._is_ticked(no, ticked)) for no in numbers if no in by_no
        )
        if not options:
            return Part(())
        return Part((self._field("ticks", "scope", legend, options=options),))

    def _is_ticked(self, no: int, otherwise: bool) -> bool:
        return str(no) in self.typed.all("scope") if self.typed is not None else otherwise

    def _reason(self) -> Part:
        needed = POWERS[self.choice.code].needs_reason
        hint = "It stands in the log." if needed else "For the log; you may leave it blank."
        return Part(
            (self._field("lines", "reason", "Why" if needed else "Remark", hint=hint, optional=not needed),)
        )

    def _exception(self) -> Part:
        lacks, words = self.page.each.lacks, self._unfounded()
        if not lacks and not words and self.choice.code != "J6":
            return Part(())
        hints = [f"The row asks for this and it is not there: {'; '.join(lacks)}."] if lacks else []
        hints += [f"Nothing on record bears this out: {'; '.join(words)}."] if words else []
        hint = " ".join(hints) or "Only where your text says more than is on record."
        field = self._field("lines", "exception", "Why it may go on without", hint=hint, optional=not lacks)
        return Part((field,), "" if hints else "An exception", not hints, bool(field.value))

    def _unfounded(self) -> list[str]:
        """Of the messages that this decision approves; whoever edits them out needs no exception."""
        messages = self.page.messages if self.choice.code == "J6" else ()
        return list(dict.fromkeys(one.words for each in messages for one in each.unfounded))

    # --- each of its own ---

    def _route(self) -> Part:
        page = self.page
        hint = "The tier only becomes stricter; a looser one is a change of the row."
        return Part(
            (
                self._select("lane", "Lane", [(each, each) for each in lanes(page.playbook)], optional=True,
                             hint=f"Now: {page.view.state.lane or 'not known'}."),
                self._select("owner", "Who decides this instead", roles(), optional=True,
                             hint=f"Now: {role(page.each.review.owner)}."),
                self._select("tier", "Stricter tier", [(each, each) for each in stricter(page)], optional=True,
                             hint=f"Now: {page.each.review.tier}. {hint}"),
                self._field("lines", "milestones", "Milestone plan, as it has to be", optional=True),
            ),
            "At least one of these",
        )  # fmt: skip

    def _question(self) -> Part:
        asked = [("customer", "The customer, through whoever talks to them"), *roles()]
        return Part(
            (
                self._select("to", "Who is asked", asked),
                self._field("lines", "question", "What is needed", hint="One sentence that can be answered."),
            )
        )

    def _conditions(self) -> Iterator[Part]:
        for n in range(1, MOST_CONDITIONS + 1):
            fields = (
                self._field("line", f"condition-{n}", "What has to become true"),
                self._select(f"condition-owner-{n}", "Who sees to it", roles()),
                self._field("when", f"deadline-{n}", "By when", hint="At the end of that business day. What has not run by then does not run."),
            )  # fmt: skip
            yield Part(fields, f"Condition {n}", n > 1, any(each.value for each in fields))

    def _messages(self) -> Iterator[Part]:
        messages = self.page.messages
        if len(messages) > 1:
            chosen = self.typed.one("message") if self.typed is not None else ""
            options = tuple(Option(str(each.no), _action(each), str(each.no) == chosen) for each in messages)
            yield Part((self._field("one", "message", "Which message", options=options),))
        for each in messages:
            legend = f"The text that you approve: a{each.no} {each.what}"
            yield Part(tuple(self._texts(each)), legend)

    def _texts(self, message: ActionEffect) -> Iterator[Field]:
        for name, before in editable(message):
            kind: Kind = "line" if name == "subject" and "\n" not in before else "lines"
            yield self._field(kind, f"{name}-{message.no}", _LABELS[name], value=before)

    def _answers_for_it(self) -> Field:
        people = [(name, f"{name}, in person") for name in self.page.people]
        return self._select("owner", "Who answers for it", [*roles(), *people])


def _action(each: ActionEffect) -> str:
    to = f" to {', '.join(each.recipients)}" if each.recipients else ""
    return f"a{each.no} {each.what}{to}"
