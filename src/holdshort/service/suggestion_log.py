"""What assist said of an onboarding, in its log: asked for, written, judged, and measured from what people made of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from holdshort.core.answers import Answer
from holdshort.core.calibration import Label, Reliability, reliability
from holdshort.core.documents import Snapshot
from holdshort.core.playbook import Playbook
from holdshort.core.suggestions import Suggestion
from holdshort.service.assisting import USUAL, Advice, Assistant, Bounds, advise, allowed, snapshot_of

if TYPE_CHECKING:
    from holdshort.core.onboarding.state import Onboarding
    from holdshort.service.flow import Flow
    from holdshort.service.model_rounds import Models, Question

ACTOR = "assist"


def note_suggestions(
    flow: Flow,
    number: int,
    assistant: Assistant,
    bounds: Bounds = USUAL,
    measured: Mapping[tuple[str, str], Reliability] | None = None,
    models: Models | None = None,
) -> Advice | None:
    """
    Ask about one onboarding and write what came into its log; None where this very snapshot was asked about before.

    What `assistant` says is written before a model of `models` is asked. Where the model is away that is all, and `away` of
    the advice says why.

    Raises:
        Refused: There is none of this number.
        Unavailable: The store cannot be used now.
    """
    looked = look_at(flow, number)
    advice = None
    if _digest(looked.state.suggested) != looked.snapshot.digest:
        measured = measured_so_far(flow) if measured is None else measured
        advice = advise(
            looked.record, looked.answer, looked.playbook, assistant, bounds=bounds, measured=measured
        )
        _write(flow, number, assistant.name, advice)
    question = None if models is None else question_about(flow, looked, models, measured)
    if isinstance(question, str):
        return replace(advice or Advice(looked.snapshot, (), ()), away=question)
    if question is None or models is None:
        return advice
    more = question.ask()
    note_answer(flow, question, more, models)
    return more if advice is None else replace(
        more, suggestions=(*advice.suggestions, *more.suggestions), left_out=(*advice.left_out, *more.left_out)
    )  # fmt: skip


def note_answer(flow: Flow, question: Question, advice: Advice, models: Models) -> None:
    """Write what a model said into the onboarding's log, and that it was asked into the house's."""
    models.write_calls(question.number)
    if advice.suggestions:
        _write(flow, question.number, question.assistant.name, advice)


@dataclass(frozen=True)
class Looked:
    number: int
    state: Onboarding
    record: Mapping[str, Any]
    answer: Answer
    playbook: Playbook
    snapshot: Snapshot


def look_at(flow: Flow, number: int) -> Looked:
    from holdshort.core.onboarding.looking import look, record_of

    state = flow.state(number)
    world = flow.world(state)
    answer, record, playbook = look(state, world), record_of(state, world), world.program.playbook
    return Looked(number, state, record, answer, playbook, snapshot_of(record, answer, playbook))


def question_about(
    flow: Flow, looked: Looked, models: Models, measured: Mapping[tuple[str, str], Reliability] | None
) -> Question | str | None:
    """What is to be asked of a model; None where nothing is (again), or why it cannot be."""
    from holdshort.service.model_rounds import Question

    if not allowed(looked.answer, looked.playbook):
        return None
    asking = models.about(looked.record, looked.playbook)
    if asking is None or isinstance(asking, str):
        return asking
    if looked.state.suggested == f"{asking.name}:{looked.snapshot.digest}":
        return None
    measured = measured_so_far(flow) if measured is None else measured
    return Question(looked.number, looked.record, looked.answer, looked.playbook, asking, measured)


def _write(flow: Flow, number: int, author: str, advice: Advice) -> None:
    from holdshort.core.onboarding.commands import Suggest

    made = tuple(each.to_json() for each in advice.suggestions)
    # Tells two rounds apart: who was asked, and what was looked at, but for the moment.
    flow.act(number, Suggest(f"{author}:{advice.snapshot.digest}", made), ACTOR)


def _digest(mark: str) -> str:
    """What was looked at, whoever was asked: two who spoke of the same thing are both up to date."""
    return mark.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class Said:
    """One suggestion of a log. `is_old`: it was made from another snapshot than the newest one."""

    no: int
    suggestion: Suggestion
    outcome: str
    is_old: bool


def said_so_far(flow: Flow, number: int) -> tuple[Said, ...]:
    """Every suggestion of an onboarding, oldest first; those whose words were erased are left out."""
    from holdshort.service.story import read_story

    story = read_story(flow.store, number)
    return tuple(said_in(story.entries, story.state.suggested))


def said_in(entries: Sequence[Any], newest: str) -> Iterator[Said]:
    """The same of a log that is at hand; `newest`: the snapshot of the last round."""
    from holdshort.core.onboarding import events as e
    from holdshort.core.suggestions import from_json

    outcomes = {
        each.event.suggestion: each.event.outcome
        for each in entries
        if isinstance(each.event, e.SuggestionJudged)
    }
    for each in entries:
        if isinstance(each.event, e.SuggestionMade) and each.event.content:
            try:
                found = from_json(each.event.content)
            except (KeyError, TypeError, ValueError):  # a part of it was erased
                continue
            no = each.event.suggestion
            yield Said(no, found, outcomes.get(no, ""), _digest(each.event.snapshot) != _digest(newest))


def snapshot_now(flow: Flow, number: int) -> Snapshot:
    return look_at(flow, number).snapshot


def labels_of(flow: Flow, number: int) -> Iterator[Label]:
    """What reviewers did with each value that was suggested for an onboarding."""
    from holdshort.service.story import read_story

    for made, outcome in judged(read_story(flow.store, number).entries):
        stated = made.confidence.stated
        yield from (
            Label(each.field, each.citation.source.partition(".")[0], outcome == "kept", stated)
            for each in made.fields
        )


def measured_so_far(flow: Flow, most: int = 1_000) -> Mapping[tuple[str, str], Reliability]:
    """What people made of suggestions, over the newest `most` onboardings."""
    return reliability(label for number in newest_numbers(flow, most) for label in labels_of(flow, number))


def newest_numbers(flow: Flow, most: int) -> list[int]:
    """The newest onboardings, oldest of them first."""
    newest: list[int] = []
    after = 0
    while rows := flow.store.onboardings(after=after, limit=500):
        newest = [*newest, *(each.number for each in rows)][-most:]
        after = rows[-1].number
    return newest


def judged(entries: Sequence[Any]) -> Iterator[tuple[Suggestion, str]]:
    """Every suggestion of a log that somebody judged, with the outcome."""
    yield from ((each.suggestion, each.outcome) for each in said_in(entries, "") if each.outcome)
