"""
Take a person out of an onboarding, while its log still verifies and the onboarding still works.

What the chain covers stays: that something was received, decided, sent, by whom and when. What the person could be known
by goes out of every private part, in one transaction with the event that says so. What had not run yet and was for that
person is withdrawn; what merely named them has to be agreed to again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from holdshort.core.onboarding import acts, receiving
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.decide import decide
from holdshort.core.onboarding.events import Event, EvidenceAttached
from holdshort.core.onboarding.evolve import evolve, replay
from holdshort.core.onboarding.lease import Bound, bind
from holdshort.core.onboarding.looking import look
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.state import LIVE, Action, Onboarding
from holdshort.ports import StoredEvent, Transaction
from holdshort.service.erase_words import ERASED, Words, known_beside
from holdshort.service.event_json import from_store, state_from, to_store
from holdshort.service.flow import Flow, directory
from holdshort.service.rows import changed_rows, recipients

_ROUNDS = 3
_SHORTEST_HINT = 3


@dataclass(frozen=True)
class Plan:
    """
    What erasing would mean for one onboarding; nothing is changed.

    `places`: how many texts name the person, by kind of event. `withdrawn` and `amended`: actions that have not run, the
    former for the person, the latter naming them. `open_texts`: events whose open part names the person and cannot change.
    `hints`: parts of the name that stand alone elsewhere, with how often. `files`: what was attached and goes as a whole,
    since nobody can take a person out of it.
    """

    number: int
    key: str
    title: str
    texts: tuple[str, ...]
    places: Mapping[str, int]
    withdrawn: tuple[int, ...] = ()
    amended: tuple[int, ...] = ()
    open_texts: tuple[str, ...] = ()
    hints: Mapping[str, int] = field(default_factory=dict)
    legal_hold: str = ""
    files: tuple[int, ...] = ()

    @property
    def count(self) -> int:
        return sum(self.places.values())


@dataclass(frozen=True)
class Erased:
    """What was done to one onboarding."""

    number: int
    events: tuple[int, ...]
    """Seqs of the events out of which something was taken."""
    places: int
    state: Onboarding


# --- whom ---------------------------------------------------------------------------------------------------


def identify(
    parts: Iterable[Any], emails: Sequence[str], texts: Sequence[str] = (), keep: Sequence[str] = ()
) -> Words:
    """
    Everything by which a person may be known in these private parts.

    Args:
        emails: Their addresses; names and phones beside them are found.
        texts: What else stands for them, as it is written.
        keep: What was found and is not theirs.
    """
    whole = list(parts)
    marks = dict.fromkeys([*emails, *texts])
    kept = {" ".join(each.split()).casefold() for each in keep}
    for _ in range(_ROUNDS):
        before = len(marks)
        for each in whole:
            for found in known_beside(each, marks):
                if " ".join(found.split()).casefold() not in kept:
                    marks.setdefault(found)
        if len(marks) == before:
            break
    return Words(marks)


def words_for(
    history: Sequence[StoredEvent], emails: Sequence[str], texts: Sequence[str] = (), keep: Sequence[str] = ()
) -> Words:
    """`identify` over the log of one onboarding."""
    return identify((each.private for each in history if each.private), emails, texts, keep)


# --- looking ------------------------------------------------------------------------------------------------


def plan(flow: Flow, number: int, words: Words) -> Plan:
    """
    What erasing would mean.

    Raises:
        Refused: There is no such onboarding.
    """
    history = flow.store.history(number)
    state = state_from(history)
    if not state.exists:
        raise c.Refused("FLOW-000", f"there is no onboarding {number}", "`holdshort inbox --all` lists them")
    places: Counter[str] = Counter()
    for each in history:
        places[each.kind] += words.found_in(each.private)
    open_texts = tuple(f"event {each.seq} ({each.kind})" for each in history if words.found_in(each.body))
    touched = [each for each in _waiting(state) if words.found_in(each.payload)]
    withdrawn = tuple(each.no for each in touched if _is_for(each, words))
    return Plan(
        number, state.key, state.title, words.texts, {kind: n for kind, n in places.items() if n},
        withdrawn, tuple(each.no for each in touched if each.no not in withdrawn), open_texts,
        _hints(history, words), state.legal_hold, tuple(_files(history).values()),
    )  # fmt: skip


def _files(history: Sequence[StoredEvent]) -> dict[int, int]:
    """Files that are still there: the seq of each one's event, and its number."""
    return {
        each.seq: int(each.body["attachment"])
        for each in history
        if each.kind == EvidenceAttached.__name__ and each.private and each.private.get("key")
    }


def _waiting(state: Onboarding) -> Iterator[Action]:
    return (each for each in state.actions.values() if each.is_open)


def _is_for(action: Action, words: Words) -> bool:
    return any(words.found_in(each) for each in recipients(action.payload))


def _hints(history: Sequence[StoredEvent], words: Words) -> dict[str, int]:
    """Single words of a name that stand alone somewhere: perhaps the person, perhaps somebody else."""
    alone = {
        word
        for text in words.texts
        if "@" not in text and len(text.split()) > 1
        for word in text.replace(",", " ").split()
        if len(word) >= _SHORTEST_HINT and word.isalpha()
    }
    left = [words.without(each.private) for each in history if each.private]
    found = {word: sum(Words([word]).found_in(each) for each in left) for word in sorted(alone)}
    return {word: count for word, count in found.items() if count}


# --- doing --------------------------------------------------------------------------------------------------


def check_may_erase(flow: Flow, number: int, by: str) -> None:
    """
    Raises:
        Refused: It is for privacy or legal, there is no such onboarding, or a legal hold keeps its data.
    """
    state = flow.state(number)
    list(acts.erase(c.Erase(by, "look"), state, flow.world(state)))


def erase(flow: Flow, number: int, words: Words, by: str, request: str) -> Erased:
    """
    Take the person out of one onboarding, for good; files that were attached to it go with their names.

    Args:
        words: What they are known by (`words_for`).
        by: Somebody of privacy or legal.
        request: A reference to who asked for it, which does not name the person.

    Raises:
        Refused: A legal hold keeps it, the actor may not, something that names the person is running, or the onboarding
            would not work any more. Nothing happened.
    """
    if not request.strip():
        raise c.Refused(
            "ERASE-001", "there is no reference to a request", "give one: `--request DSR-2026-014`"
        )
    if words.found_in(request):
        raise c.Refused(
            "ERASE-002",
            "the reference names the person, and it would stand in the log for ever",
            "give a number: `--request DSR-2026-014`",
        )
    with flow.store.transaction() as tx:
        erased = _erase(flow, tx, number, words, by, request)
    flow.replays.forget(number)
    return erased


def _erase(flow: Flow, tx: Transaction, number: int, words: Words, by: str, request: str) -> Erased:
    history = tx.history(number)
    state = state_from(history)
    if not state.exists:
        raise c.Refused("FLOW-000", f"there is no onboarding {number}", "`holdshort inbox --all` lists them")
    world = World(flow.programs.version(state.register), directory(tx), flow.clock.now())
    files = _files(history)
    touched = tuple(each.seq for each in history if each.seq in files or words.found_in(each.private))
    places = sum(words.found_in(each.private) for each in history)
    events = list(acts.erase(c.Erase(by, request, touched), state, world))
    _refuse_running(state, words)
    try:
        redacted = _redacted(history, words, state, world)
        before = replay((from_store(each), each.at) for each in redacted)
        after, more = _follow(before, events, state, words, by, world)
    except (msgspec.ValidationError, ValueError, KeyError, TypeError) as error:
        raise c.Refused(
            "ERASE-003",
            f"without these texts the onboarding could not be read any more: {error}",
            "leave out the text that is too short or too common, with `--keep TEXT`",
        ) from error
    written = [to_store(each, by, world.now) for each in [*events, *more]]
    rows = changed_rows(number, before, after, flow.recipient_hash, world.now)
    tx.append(number, state.seq, written, rows)
    private = {each.seq: each.private for each in redacted}
    private |= {seq: each.private for seq, each in enumerate(written, state.seq + 1)}
    tx.erase(number, {seq: part for seq, part in private.items() if part is not None})
    tx.drop_attachments(number)
    return Erased(number, touched, places, after)


def _refuse_running(state: Onboarding, words: Words) -> None:
    running = [each for each in state.actions.values() if each.run in LIVE and words.found_in(each.payload)]
    if running:
        names = ", ".join(f"a{each.no}" for each in running)
        raise c.Refused(
            "ERASE-004",
            f"{names} names the person and its outcome is not known yet",
            "wait for it, or say what became of it: `holdshort actions`",
        )


def _redacted(
    history: Sequence[StoredEvent], words: Words, state: Onboarding, world: World
) -> list[StoredEvent]:
    """The log without the person. Evidence keeps fitting its facts, so that nobody has to decide again for this."""
    files = _files(history)
    parts = [
        replace(each, private=words.without(each.private) if each.private and each.seq not in files else None)
        for each in history
    ]
    bare = replay((from_store(each), each.at) for each in parts)
    old, new = _bounds(state, world), _bounds(bare, world)
    return [
        replace(each, private=_with_new_digests(before, each, old, new))
        if each.kind == "DecisionRecorded"
        else each
        for before, each in zip(history, parts, strict=True)
    ]


def _bounds(state: Onboarding, world: World) -> dict[int, Bound]:
    answer = look(state, world)
    reviews = {each.decision.review for each in state.valid_approvals()}
    return {no: bind(state.reviews[no], state, answer, world) for no in reviews}


def _with_new_digests(
    before: StoredEvent, each: StoredEvent, old: Mapping[int, Bound], new: Mapping[int, Bound]
) -> Mapping[str, Any] | None:
    """A digest of what was erased would still tell it to whoever guesses; it becomes that of what is left."""
    if not each.private or not before.private or not each.private.get("evidence"):
        return each.private
    review = int(each.body.get("review", 0))
    was = {seen.name: seen for seen in old[review].evidence} if review in old else {}
    now = {seen.name: seen for seen in new[review].evidence} if review in new else {}
    evidence = []
    for then, item in zip(before.private["evidence"], each.private["evidence"], strict=True):
        seen = was.get(then.get("name"))
        current = now.get(then.get("name"))
        if seen is not None and current is not None and seen.digest == then.get("digest"):
            item = {**item, "digest": current.digest, "state": current.state}
        elif item != then:
            item = {**item, "digest": ""}
        evidence.append(item)
    return {**each.private, "evidence": evidence}


def _follow(
    before: Onboarding, events: Sequence[Event], was: Onboarding, words: Words, by: str, world: World
) -> tuple[Onboarding, list[Event]]:
    """What else happens: waiting actions lose the person or are withdrawn, and the register is asked again."""
    state = before
    for event in events:
        state = evolve(state, event, world.now)
    more: list[Event] = []
    for action in _waiting(was):
        if not words.found_in(action.payload):
            continue
        if _is_for(action, words):
            steps = receiving.withdraw(c.Withdraw(action.no, by, "whom it was for was erased"), state, world)
        else:
            steps = receiving.amend(c.Amend(action.no, state.actions[action.no].payload, by), state, world)
        for event in steps:
            more.append(event)
            state = evolve(state, event, world.now)
    for event in decide(c.Recheck(), state, world):
        more.append(event)
        state = evolve(state, event, world.now)
    return state, more


# --- looking again ------------------------------------------------------------------------------------------


def left_in(flow: Flow, number: int, words: Words) -> tuple[str, ...]:
    """Where the log of an onboarding still names the person: open parts only, once `erase` is done."""
    found = []
    for each in flow.store.history(number):
        for part, name in ((each.private, "private"), (each.body, "open")):
            if words.found_in(part):
                found.append(f"event {each.seq} ({each.kind}, {name} part)")
    row = flow.store.onboarding(number)
    if row is not None and words.found_in([row.title, row.key]):
        found.append("the list of onboardings")
    return tuple(found)


__all__ = [
    "ERASED",
    "Erased",
    "Plan",
    "check_may_erase",
    "erase",
    "identify",
    "left_in",
    "plan",
    "words_for",
]
