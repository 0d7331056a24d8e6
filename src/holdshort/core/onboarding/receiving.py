"""What comes in: records, and actions that somebody asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from holdshort.core.canonical import NotCanonical, digest, plain
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.facts import merge
from holdshort.core.onboarding.looking import quick_digest
from holdshort.core.onboarding.program import World
from holdshort.core.onboarding.settle import action_digest, requested
from holdshort.core.onboarding.state import Onboarding

_LONGEST_KIND = 80
_MOST_ACTIONS = 500


def receive(command: c.Receive, state: Onboarding, world: World) -> Iterator[e.Event]:
    """Opens the onboarding where it is new; nothing at all where the record says nothing new."""
    merged = merge(state.facts, command.record, world.now)
    proposals = list(_proposals(command.record, state))
    if not state.exists:
        yield e.OnboardingOpened(command.key, command.trigger, world.program.version, command.title)
    elif not merged.is_news and not proposals:
        return
    if merged.is_news or not state.exists:
        yield e.FactsReceived(
            command.channel,
            command.source_event,
            quick_digest(command.record),
            world.now,
            tuple(".".join(each).rstrip(".") for each in merged.older),
            command.record,
        )
    number = max(state.actions, default=0)
    seen: set[str] = set()
    for kind, payload in proposals:
        key = action_digest(command.key, kind, payload)
        if key in seen:
            continue
        seen.add(key)
        number += 1
        yield requested(_Keyed(command.key), number, kind, "record", command.channel or "record", payload)


class _Keyed(Onboarding):
    """Just a key: an onboarding that is being opened has no state yet."""

    def __init__(self, key: str) -> None:
        super().__init__(key=key)


def _proposals(record: Mapping[str, Any], state: Onboarding) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What the record proposes and nobody has asked for yet, with the payload it carries."""
    proposed = record.get("proposed_actions")
    for each in proposed if isinstance(proposed, list) else ():
        if isinstance(each, str):
            kind, payload = each, {}
        elif isinstance(each, Mapping) and isinstance(each.get("kind"), str):
            kind = each["kind"]
            inner = each.get("payload")
            payload = (
                dict(inner) if isinstance(inner, Mapping) else {k: v for k, v in each.items() if k != "kind"}
            )
        else:
            kind, payload = str(each)[:_LONGEST_KIND], {}
        if action_digest(state.key, kind, payload) not in state.known:
            yield kind, payload


def request(command: c.Request, state: Onboarding, world: World) -> Iterator[e.Event]:
    """The same request again changes nothing; another payload is another action."""
    if state.is_closed:
        raise c.Refused("FLOW-001", "the onboarding is closed", "open it again first")
    kind = world.program.playbook.catalogue.find(command.kind)
    if kind is None:
        raise c.Refused(
            "FLOW-002",
            f"`{command.kind}` is not in the action catalogue",
            "use a kind of actions.yaml, or add it there",
        )
    if len(state.actions) >= _MOST_ACTIONS:
        raise c.Refused("FLOW-003", f"{_MOST_ACTIONS} actions were asked for already", "look into who asks")
    refuse_what_has_no_form(command.payload)
    wanted = action_digest(state.key, command.kind, command.payload, command.about)
    if wanted in state.known:
        return
    yield requested(
        state, max(state.actions, default=0) + 1, command.kind, "request", command.by, command.payload,
        command.about, answers=command.answers,
    )  # fmt: skip


def amend(command: c.Amend, state: Onboarding, world: World) -> Iterator[e.Event]:
    action = state.actions.get(command.action)
    if action is None:
        raise c.Refused("FLOW-004", f"there is no action a{command.action}", "`holdshort show` lists them")
    if not action.is_open or action.run in ("attempting", "uncertain"):
        raise c.Refused(
            "FLOW-005",
            f"a{action.no} cannot be changed: it is {action.dropped or action.run}",
            "ask for a new action",
        )
    refuse_what_has_no_form(command.payload)
    content = plain(command.payload)
    new = action_digest(state.key, action.kind, content, action.about)
    if new == action.digest:
        return
    if action.run == "released":
        yield e.ReleaseWithdrawn(action.no, "its content was changed")
    yield e.ActionAmended(action.no, new, action.digest, command.by, content)


def withdraw(command: c.Withdraw, state: Onboarding, world: World) -> Iterator[e.Event]:
    action = state.actions.get(command.action)
    if action is None or not action.is_open:
        raise c.Refused(
            "FLOW-004", f"there is no open action a{command.action}", "`holdshort show` lists them"
        )
    if action.run in ("attempting", "uncertain"):
        raise c.Refused("FLOW-005", f"a{action.no} has begun to run", "wait until its outcome is known")
    if action.run == "released":
        yield e.ReleaseWithdrawn(action.no, "it was withdrawn")
    yield e.ActionDropped(action.no, "withdrawn", command.by, command.why)


def refuse_what_has_no_form(payload: Mapping[str, Any]) -> None:
    try:
        digest(plain(payload))
    except NotCanonical as error:
        raise c.Refused(
            "FLOW-006", f"the payload is no plain JSON: {error}", "send text, numbers, yes/no, lists, objects"
        ) from error
