"""
What may be under way when a process dies: for each scene what went before, the act itself, and what must be true afterwards.

A scene is one deal of the small town (`tests.flow.town`) on a real database. Its act runs in a process of its own.
"""

from __future__ import annotations

import random
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding.settle import action_digest
from holdshort.core.onboarding.state import Onboarding
from holdshort.execution.runner import Runner
from holdshort.execution.sweeper import Sweeper
from holdshort.ports import Conflict, PublishedRegister, Switch, User
from holdshort.service.chores import checkpoint
from holdshort.service.erase_words import Words
from holdshort.service.erasing import erase
from holdshort.service.flow import Flow
from tests.flow.town import FACTS, PEOPLE, Clock, Programs, record
from tests.sweep.boundaries import Fate, MortalFlow, MortalStore, MortalTarget

BY_ROLE = {
    "csm": "tom",
    "finance_ops": "fin",
    "systems_admin": "ada",
    "revops": "rae",
    "onboarding_manager": "pam",
}
WANTS_A_PERSON = {"send_customer_message": "csm", "write_billing": "finance_ops"}
FREE = ("create_project", "notify_csm")
LEASE_S = 45.0


class House:
    """One database with a published register and people; `hands` are what one process works with."""

    def __init__(self, store: Any, outside: Any, folder: Path, runner: type[Runner] = Runner) -> None:
        self.store, self.outside, self.folder, self.runner = store, outside, folder, runner
        self.clock = Clock()
        self.programs = Programs(store)
        self.programs.names[1] = "first"
        self.deals = 0
        self._own: dict[bool, Hands] = {}
        with store.transaction() as tx:
            for name, roles in PEOPLE.items():
                tx.put_user(User(name, name, f"{name}@vendor.example", roles))
            tx.publish(PublishedRegister(1, "first 1", "rob", "rae", self.clock.now(), {}))

    def own_hands(self, remembers: bool = True) -> Hands:
        """Those of this process, which does not die."""
        if remembers not in self._own:
            self._own[remembers] = self.hands(Fate(), remembers)
        own = self._own[remembers]
        sweeper = Sweeper(own.store, own.flow, own.runner, self.clock)  # a new one has put nothing off
        return replace(own, sweeper=sweeper)

    def hands(self, fate: Fate, remembers: bool) -> Hands:
        store = MortalStore(self.store, fate)
        flow = MortalFlow(Flow(store, self.programs, self.clock, lambda address: f"#{address}"), fate)
        target = MortalTarget(self.outside, fate, remembers=remembers)
        runner = self.runner(flow, "w1", lambda state, name: target, lease_s=LEASE_S)
        return Hands(self, fate, store, flow, runner, Sweeper(store, flow, runner, self.clock))


@dataclass
class Hands:
    house: House
    fate: Fate
    store: Any
    flow: Any
    runner: Runner
    sweeper: Sweeper


@dataclass
class Scene:
    """One deal, with dice of its own."""

    house: House
    act: str
    dice: random.Random
    remembers: bool = True
    key: int = 0
    number: int = 0
    made: dict[str, Any] = field(default_factory=dict)
    amended: bool = False

    # --- before ---

    def prepare(self) -> None:
        house = self.house
        house.deals += 1
        self.key = house.deals
        kinds = [
            *self.dice.sample(sorted(WANTS_A_PERSON), self.dice.randint(1, 2)),
            *self.dice.sample(FREE, 1),
        ]
        asks = [
            {"kind": kind, "payload": {"to": f"ann{self.key}@acme.example", "text": "hi"}} for kind in kinds
        ]
        facts = {**FACTS, "import is late": self.act == "timer"}
        self.made = record(self.key, facts, house.clock.now(), tuple(asks))
        if self.act == "intake":
            return
        hands = house.own_hands(self.remembers)
        self.number = hands.flow.intake(self.made, "crm").number
        if self.act == "timer":
            hands.sweeper.sweep()
            house.clock.jump(days=1, minutes=1)
        if self.act in ("run", "recover", "resolve", "amend", "recall"):
            self._decide(hands, "first")
        if self.act in ("recover", "resolve"):
            self._lose_a_worker(hands)

    def _lose_a_worker(self, hands: Hands) -> None:
        """Somebody claims what is released, perhaps acts, and is never heard of again."""
        for action in list(self.state().actions.values()):
            if action.run == "released":
                hands.flow.act(self.number, c.StartRun(action.no, "lost", LEASE_S, None), "lost")
                if self.dice.random() < 0.5:
                    now = self.state().actions[action.no]
                    order = {
                        "key": now.key, "kind": now.kind, "release": f"{self.number}/a{now.no}",
                        "onboarding": self.state().key, "payload": dict(now.payload),
                    }  # fmt: skip
                    self.house.outside.ask(what="perform", order=order, honours_keys=False, kill=0)
        self.house.clock.jump(seconds=2 * LEASE_S)
        if self.act == "resolve":
            hands.sweeper.sweep()

    # --- the act, in a process that may die ---

    def play(self, hands: Hands) -> None:
        fate, flow = hands.fate, hands.flow
        match self.act:
            case "intake":
                with fate.acting("intake"):
                    flow.intake(self.made, "crm")
            case "decide":
                self._decide(hands, "first")
            case "run" | "recover" | "timer":
                hands.sweeper.sweep()
            case "resolve":
                self._resolve(hands)
            case "request":
                payload = {"to": "bob@acme.example", "text": "second"}
                flow.act(
                    self.number,
                    c.Request("send_customer_message", payload, "out", "more"),
                    "out",
                    self._op("ask"),
                )
            case "amend":
                for action in self._open("send_customer_message", "write_billing"):
                    if action.run not in (
                        "attempting",
                        "uncertain",
                    ):  # what has begun is not changed any more
                        told = c.Amend(action.no, {"text": "changed"}, "out")
                        flow.act(self.number, told, "out", self._op(f"amend {action.no}"))
            case "recall":
                for each in list(self.state().valid_approvals()):
                    told = c.Recall(each.decision.decision, each.decision.by, "no")
                    flow.act(self.number, told, each.decision.by)
            case "pause":
                with fate.acting("pause"), hands.store.transaction() as tx:
                    tx.set_switch(Switch("everything", "rae", "drill", self.house.clock.now()))
            case "publish":
                version = max(self.house.programs.names)
                with fate.acting("publish"), hands.store.transaction() as tx:
                    name = "legal decides about criteria"
                    tx.publish(PublishedRegister(version + 1, name, "rob", "rae", self.house.clock.now(), {}))
                self.house.programs.names[version + 1] = name
                flow.act(self.number, c.Pin(), "rae")
            case "erase":
                with fate.acting("erase"):
                    self._erase(hands)
            case "checkpoint":
                with fate.acting("checkpoint"):
                    checkpoint(hands.store, _Signer(), self.house.clock.now(), self.house.folder / "anchor")

    def _erase(self, hands: Hands) -> None:
        words = Words([f"ann{self.key}@acme.example"])
        erase(hands.flow, self.number, words, "pri", "DSR-1")

    def _decide(self, hands: Hands, name: str) -> None:
        """Whoever has to agrees to everything, each by an operation of its own; asked again it changes nothing."""
        for review in list(self.state().open_reviews()):
            if review.about != "action":
                continue
            by = BY_ROLE[review.owner]
            command = c.Decide(
                review.no, "J9", by, stepped_up=True, reason="looked", exception="ok", owner="revops"
            )
            try:
                hands.flow.act(self.number, command, by, self._op(f"{name} {review.no}"))
            except c.Refused as refused:
                if refused.code not in ("FLOW-008", "FLOW-033"):
                    raise

    def _resolve(self, hands: Hands) -> None:
        for action in self.state().actions.values():
            if action.run == "uncertain":
                happened = any(each["key"] == action.key for each in self.effects())
                review = next(each for each in self.state().open_reviews() if each.action == action.no)
                by = BY_ROLE[review.owner]
                hands.flow.act(
                    self.number, c.Resolve(action.no, happened, by), by, self._op(f"resolve {action.key}")
                )

    def _op(self, name: str) -> str:
        return f"deal {self.key} {name}"

    # --- afterwards ---

    def state(self) -> Onboarding:
        return self.house.own_hands().flow.state(self.number)

    def effects(self) -> list[dict[str, Any]]:
        return self.house.outside.effects(f"ACC-{self.key}/OPP-{self.key}/closed_won")

    def _open(self, *kinds: str) -> list[Any]:
        return [each for each in self.state().actions.values() if each.is_open and each.kind in kinds]

    def one_recovery_pass(self) -> dict[str, int]:
        """The lease is over, one worker looks once: nothing hangs, and what nobody knows is in a person's queue."""
        self.house.clock.jump(minutes=3)
        hands = self.house.own_hands(self.remembers)
        found = self.house.store.number_of(f"ACC-{self.key}/OPP-{self.key}/closed_won")
        if found is None:
            return {}
        self.number = found
        hands.sweeper.sweep()
        state = self.state()
        uncertain = [each for each in state.actions.values() if each.run == "uncertain"]
        hanging = [each.no for each in state.actions.values() if each.run == "attempting"]
        assert not hanging, f"{hanging} hang after one recovery pass"
        for each in uncertain:
            queue = [
                review for review in state.open_reviews() if (review.about, review.action) == ("run", each.no)
            ]
            assert queue, f"nobody is asked about a{each.no}"
        if self.remembers:
            assert not uncertain, "the target could tell"
        return {"uncertain": len(uncertain)}

    def do_it_again(self) -> None:
        """Whoever got no answer asks once more, as people and sources do."""
        hands = self.house.own_hands(self.remembers)
        if self.act == "intake":
            self.number = hands.flow.intake(self.made, "crm").number or self.number
        elif self.act in ("decide", "request", "amend", "pause", "checkpoint"):
            self.play(hands)
        elif self.act == "erase" and not any(each.kind == "PersonErased" for each in self._log()):
            self._resolve(hands)  # what is not known yet cannot be erased
            self.play(hands)
        elif self.act == "publish":
            published = self.house.store.latest_version()
            self.house.programs.names.setdefault(published, "legal decides about criteria")
            hands.flow.act(self.number, c.Pin(), "rae")

    def drain(self) -> None:
        """Everybody is willing, until nothing is left to do."""
        hands = self.house.own_hands(self.remembers)
        if self.act == "pause":
            before = len(self.effects())
            hands.sweeper.sweep()
            assert len(self.effects()) == before, "something left although everything is paused"
            with self.house.store.transaction() as tx:
                tx.clear_switch("everything")
        for turn in range(8):
            hands = self.house.own_hands(self.remembers)
            hands.sweeper.sweep()
            self._resolve(hands)
            self._decide(hands, f"drain {turn}")
            hands.sweeper.sweep()
            now = self.house.clock.now()
            if not any(
                each.is_open and (each.due_at or now) <= now for each in self.state().actions.values()
            ):
                return
            self.house.clock.jump(minutes=6)
        left = [(each.no, each.kind, each.run) for each in self.state().actions.values() if each.is_open]
        raise AssertionError(f"lost: {left}")

    def check(self) -> None:
        state, effects = self.state(), self.effects()
        assert state.key == f"ACC-{self.key}/OPP-{self.key}/closed_won"
        again = {
            f"{self.number}/a{each.body['action']}"
            for each in self._log()
            if each.kind == "RunResolved" and not each.body["happened"]
        }
        for release in {each["release"] for each in effects}:
            times = sum(each["release"] == release for each in effects)
            assert times <= 1 or release in again, f"{release} happened {times} times"
            keys = [each["key"] for each in effects if each["release"] == release]
            assert len(keys) == len(set(keys)), f"{release} happened twice under one key"
        done = {f"{self.number}/a{each.no}" for each in state.actions.values() if each.run == "done"}
        happened = {each["release"] for each in effects}
        assert done == happened, f"said to be done: {sorted(done)}; happened: {sorted(happened)}"
        for effect in effects:
            self._agreed(effect)
        if self.act == "timer":
            kinds = sorted(each["kind"] for each in effects)
            assert kinds.count("send_reminder") == kinds.count("escalate_to_csm") == 1, kinds
        if self.act == "erase":
            said = [str(each.private) for each in self._log()]
            assert any(each.kind == "PersonErased" for each in self._log())
            assert not any(f"ann{self.key}@" in each for each in said), "it can still be read"
        if self.act == "checkpoint":
            lines = (self.house.folder / "anchor").read_bytes().splitlines()
            assert len(lines) == self.house.store.last_checkpoint().no

    def _agreed(self, effect: dict[str, Any]) -> None:
        """The log alone says who agreed to exactly this, before it began, and nobody had taken it back."""
        role = WANTS_A_PERSON.get(effect["kind"])
        if role is None:
            return
        no = int(effect["release"].partition("/a")[2])
        agreed: dict[int, Any] = {}
        about, begun = "", False
        for each in self._log():
            body = each.body
            if each.kind == "ActionRequested" and body["action"] == no:
                about = body["about"]
            elif each.kind == "DecisionRecorded" and body["role"] == role:
                for cover in body["covers"]:
                    if cover["action"] == no:
                        agreed[body["decision"]] = cover["digest"]
            elif each.kind == "ApprovalEnded":
                agreed.pop(body["decision"], None)
            elif each.kind == "RunStarted" and (body["action"], body["key"]) == (no, effect["key"]):
                begun = True  # an attempt that was lost for certain may begin once more under its key, even amended
                wanted = action_digest(self.state().key, effect["kind"], effect["payload"], about)
                if wanted in agreed.values():
                    return
        why = f"although no {role} had agreed to it" if begun else "without a claim"
        raise AssertionError(f"{effect['release']} ran {why}")

    def _log(self) -> list[Any]:
        return self.house.store.history(self.number)

    def close(self) -> None:
        """Its clocks say nothing any more in later scenes."""
        with suppress(c.Refused, Conflict):
            self.house.own_hands().flow.act(self.number, c.Close("rae", "enough"), "rae")


class _Signer:
    key_id = "k" * 16

    def sign(self, message: bytes) -> str:
        return "s"
