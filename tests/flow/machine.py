"""
Everything that may happen to onboardings, in any order: people right and wrong, workers that die, clocks that jump.

After every step the outside world's list of effects is held against the oracle; in the end everything is healed, and what
may go has gone, while everything else waits in somebody's queue.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from holdshort.core.canonical import canonical_bytes, plain
from holdshort.core.onboarding import commands as c
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.state import Action, Onboarding, Review
from holdshort.ports import Order
from holdshort.service.publish import drain
from tests.flow.oracle import Oracle, class_of, may
from tests.flow.town import FACTS, FAULTS, NOON, PEOPLE, ROWS, Town, published, record

CODES = ("J1", "J2", "J3", "J4", "J5", "J6", "J7", "J8", "J9")
KINDS = (
    "create_kickoff_tasks", "provision_access", "send_customer_message", "write_billing", "import_data",
    "send_kickoff_invite", "create_project", "notify_csm",
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "stage": ("won", "won", "won", "open"),
    "CRM plan": ("Pro", "Enterprise", ""),
    "contract plan": ("Pro", "Pro", "Enterprise"),
    "data region": ("US", "EU"),
    "success criteria": ("80% of orders by day 30", "", "tidy up the books"),
    "promised timeline": ("seven weeks", ""),
    "import is late": (False, True),
    "onboarding lane": ("guided", "guided", "self-serve"),
    "segment": ("smb", "enterprise"),
    "AI confidence": (None, None, 0.4, 0.95),
}
TROUBLES: tuple[tuple[str, Any], ...] = (
    ("contract plan", "Enterprise"), ("data region", "EU"), ("success criteria", ""), ("segment", "enterprise"),
    ("promised timeline", ""), ("import is late", True), ("AI confidence", 0.4),
)  # fmt: skip
SHOWN = {published(name, 1).target_of("create_project"): where for name, (_, where) in ROWS.items()}

small = st.integers(0, 7)
names = st.sampled_from(tuple(PEOPLE))
workers = st.sampled_from(("w1", "w2"))


def content_of(payload: Any) -> bytes:
    return canonical_bytes(plain(payload))


class Lives(RuleBasedStateMachine):
    """Two customers in one town."""

    seen: ClassVar[Counter[str]] = Counter()
    """How often each rule did something, over all runs."""
    build: ClassVar[Any] = staticmethod(lambda remembers: Town(remembers=remembers))

    def __init__(self) -> None:
        super().__init__()
        self.moments = 0
        self.judged = 0
        self.verdicts: list[str] = []
        self.claims: list[tuple[Order, int, int, str, str, bool]] = []
        self.known: dict[int, dict[str, Any]] = {}
        self.sent: dict[int, list[dict[str, Any]]] = {}
        self._states: dict[int, tuple[int, Any]] = {}
        self.latest = NOON

    # --- the beginning ---

    @initialize(
        remembers=st.booleans(),
        troubles=st.sets(st.integers(0, 6), min_size=1, max_size=4),
        kinds=st.sets(st.sampled_from(KINDS), min_size=3),
    )
    def begin(self, remembers: bool, troubles: set[int], kinds: set[str]) -> None:
        self.town = self.build(remembers)
        self.oracle = Oracle(self.town.programs.names)
        perform = self.town.outside.happen

        def watched(order: Order) -> None:
            before = len(self.town.outside.effects)
            perform(order)
            if len(self.town.outside.effects) > before:
                self.verdicts.append(self._judge(order))

        self.town.outside.happen = watched
        self.known[1] = {**FACTS, **dict(TROUBLES[each] for each in sorted(troubles))}
        self._send(1, [], tuple(sorted(kinds)))

    def teardown(self) -> None:
        if hasattr(self, "town"):
            self.settle_everything()

    # --- helpers ---

    @property
    def now(self) -> datetime:
        return self.town.clock.now()

    def numbers(self) -> list[int]:
        return sorted(self.oracle.deals)

    def state(self, which: int) -> Onboarding:
        states = self.states()
        return states[which % len(states)]

    def states(self) -> list[Onboarding]:
        """All onboardings as they stand; read anew only after something was written."""
        found = []
        for number in self.numbers():
            length = len(self.town.store.history(number))
            if self._states.get(number, (0, None))[0] != length:
                self._states[number] = (length, self.town.flow.state(number))
            found.append(self._states[number][1])
        return found

    def any_run(self, run: str) -> bool:
        return any(action.run == run for each in self.states() for action in each.actions.values())

    def number(self, which: int) -> int:
        numbers = self.numbers()
        return numbers[which % len(numbers)]

    def did(self, what: str) -> None:
        self.seen[what] += 1

    def act(
        self, what: str, number: int, command: c.Command, actor: str = "somebody"
    ) -> list[e.Event] | None:
        """What happened, or None where the house refused."""
        try:
            events = list(self.town.act(number, command, actor).events)
        except c.Refused as refusal:
            self.seen[f"{what}, refused {refusal.code}"] += 1
            return None
        self.did(what)
        return events

    def _facts(self, changes: list[tuple[str, int]], of: int) -> dict[str, Any]:
        made = dict(self.known.get(of, FACTS))
        for name, which in changes:
            made[name] = VALUES[name][which % len(VALUES[name])]
        return made

    def _send(
        self,
        key: int,
        changes: list[tuple[str, int]],
        proposed: tuple[str, ...] = (),
        age_h: float = 0,
        channel: str = "crm",
    ) -> None:
        self.moments += 1
        as_of = NOON + timedelta(seconds=self.moments) - timedelta(hours=age_h)
        facts = self._facts(changes, key)
        made = record(key, facts, as_of, proposed)
        self._deliver(key, made, facts, as_of, channel)
        self.sent.setdefault(key, []).append({"made": made, "facts": facts, "as_of": as_of})
        if not age_h:
            self.known[key] = facts

    def _deliver(
        self, key: int, made: dict[str, Any], facts: dict[str, Any], as_of: datetime, channel: str
    ) -> None:
        received = self.town.intake(made, channel)
        if received.number is None:
            assert facts["stage"] != "won"
            return
        self.oracle.received(received.number, facts, as_of)
        self._hear_asked(received.number, received.acted.events if received.acted else ())

    def _hear_asked(self, number: int, events: Any, by: str = "") -> None:
        for event in events:
            if isinstance(event, e.ActionRequested) and event.source in ("record", "request"):
                self.oracle.deals[number].authors.setdefault(event.action, set()).add(by or event.by)
                wanted = (event.kind, content_of(event.payload), event.about)
                assert wanted not in self.oracle.deals[number].asked, "the same was asked for twice"
                self.oracle.deals[number].asked.add(wanted)

    def _judge(self, order: Order) -> str:
        """Whether the run that this order belongs to was allowed to begin, at the moment it began: now."""
        number, no = int(order.release.partition("/a")[0]), int(order.release.partition("/a")[2])
        for claim in self.claims:
            if claim[0] is order:
                return claim[4]
        return self._may(number, no, order.kind, content_of(order.payload))

    def _may(self, number: int, no: int, kind: str, content: bytes) -> str:
        target = SHOWN[self.town.flow.state(number).actions[no].target]
        return self.oracle.why_not(number, no, kind, content, target, self.now)

    # --- what comes in ---

    @rule(
        key=st.integers(1, 2), changes=st.lists(st.tuples(st.sampled_from(tuple(VALUES)), small), max_size=2)
    )
    def a_newer_record_comes(self, key: int, changes: list[tuple[str, int]]) -> None:
        self._send(key, changes)
        self.did("newer record")

    @rule(key=st.integers(1, 2), kind=st.sampled_from(KINDS), kind2=st.sampled_from(KINDS))
    def a_record_proposes(self, key: int, kind: str, kind2: str) -> None:
        self._send(key, [], (kind, kind2))
        self.did("proposal")

    @rule(
        key=st.integers(1, 2),
        changes=st.lists(st.tuples(st.sampled_from(tuple(VALUES)), small), max_size=3),
        hours=st.integers(1, 200),
    )
    def an_older_record_comes(self, key: int, changes: list[tuple[str, int]], hours: int) -> None:
        self._send(key, changes, age_h=hours)
        self.did("older record")

    @rule(key=st.integers(1, 2), which=small, times=st.integers(1, 3))
    def a_record_comes_again(self, key: int, which: int, times: int) -> None:
        before = self.numbers()
        for _ in range(times if key in self.sent else 0):
            again = self.sent[key][which % len(self.sent[key])]
            self._deliver(key, again["made"], again["facts"], again["as_of"], "another channel")
            self.did("same record again")
        assert len(self.numbers()) <= len(before) + 1

    @rule(
        which=small,
        kind=st.sampled_from(KINDS),
        by=names,
        text=st.integers(0, 2),
        about=st.sampled_from(("", "", "second")),
    )
    def somebody_asks_for_an_action(self, which: int, kind: str, by: str, text: int, about: str) -> None:
        number = self.number(which)
        payload = {"to": "ann@acme.example", "text": f"t{text}"}
        events = self.act("request", number, c.Request(kind, payload, by, about), by)
        self._hear_asked(number, events or ())

    @rule(which=small, no=small, by=names, text=st.integers(0, 3))
    def somebody_changes_an_action(self, which: int, no: int, by: str, text: int) -> None:
        number, action = self.number(which), self._action(which, no)
        if action is None or action.source not in ("record", "request"):
            return
        payload = {"to": "ann@acme.example", "text": f"t{text}"}
        events = self.act("amend", number, c.Amend(action.no, payload, by), by)
        if events and any(isinstance(each, e.ActionAmended) for each in events):
            self.oracle.deals[number].authors.setdefault(action.no, set()).add(by)
            self.oracle.deals[number].asked.add((action.kind, content_of(payload), action.about))

    @rule(which=small, no=small, by=names)
    def somebody_withdraws_an_action(self, which: int, no: int, by: str) -> None:
        action = self._action(which, no)
        if action is not None and no < 2:
            self.act("withdraw", self.number(which), c.Withdraw(action.no, by), by)

    def _action(self, which: int, no: int) -> Action | None:
        actions = [each for each in self.state(which).actions.values() if each.is_open]
        return actions[no % len(actions)] if actions else None

    # --- decisions ---

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(
        which=small,
        review=small,
        code=st.sampled_from(("J9", "J9", "J5", "J6", "J1", "J4", "J9")),
        person=small,
        part=st.booleans(),
        edit=st.booleans(),
    )
    def whose_turn_it_is_decides(
        self, which: int, review: int, code: str, person: int, part: bool, edit: bool
    ) -> None:
        found = self._review(which, review)
        if found is None:
            return
        roles = {role for step in found.steps for role in step.roles}
        people = sorted(name for name, own in self.oracle.people.items() if own & roles)
        if people:
            self._decide(which, found, code, people[person % len(people)], part, edit)

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(
        which=small,
        review=small,
        code=st.sampled_from(CODES),
        by=names,
        part=st.booleans(),
        edit=st.booleans(),
        up=st.booleans(),
    )
    def anybody_decides_anything(
        self, which: int, review: int, code: str, by: str, part: bool, edit: bool, up: bool
    ) -> None:
        found = self._review(which, review)
        if found is not None:
            self._decide(which, found, code, by, part, edit, up)

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(
        which=small,
        review=small,
        code=st.sampled_from(("J2", "J3", "J7", "J8")),
        person=small,
        to=st.sampled_from(("cs_leader", "legal", "csm")),
    )
    def whose_turn_it_is_does_something_else(
        self, which: int, review: int, code: str, person: int, to: str
    ) -> None:
        found = self._review(which, review)
        if found is None or (code == "J7" and person):
            return
        people = sorted(name for name, own in self.oracle.people.items() if own & set(found.all_roles))
        if people:
            self._decide(which, found, code, people[person % len(people)], part=True, edit=False, to=to)

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(
        which=small,
        first=small,
        codes=st.lists(st.sampled_from(("J9", "J9", "J5", "J4", "J6", "J1")), min_size=2, max_size=5),
    )
    def several_people_decide_one_after_another(self, which: int, first: int, codes: list[str]) -> None:
        for no, code in enumerate(codes, first):
            found = self._review(which, no)
            if found is None:
                return
            roles = {role for step in found.steps for role in step.roles}
            people = sorted(name for name, own in self.oracle.people.items() if own & roles)
            if people:
                self._decide(which, found, code, people[no % len(people)], part=False, edit=True)

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(which=small, review=small, start=small, code=st.sampled_from(("J9", "J5")))
    def everybody_of_a_review_decides_it(self, which: int, review: int, start: int, code: str) -> None:
        found = self._review(which, review)
        if found is None:
            return
        roles = {role for step in found.steps for role in step.roles}
        people = sorted(name for name, own in self.oracle.people.items() if own & roles)
        for no in range(len(people)):
            now = self.state(which).reviews[found.no]
            if now.status == "open":
                self._decide(which, now, code, people[(start + no) % len(people)], part=False, edit=False)

    def _review(self, which: int, no: int) -> Review | None:
        found = list(self.state(which).open_reviews())
        return found[no % len(found)] if found else None

    def _decide(
        self,
        which: int,
        review: Review,
        code: str,
        by: str,
        part: bool,
        edit: bool,
        up: bool = True,
        to: str = "cs_leader",
    ) -> None:
        number, before = self.number(which), self.state(which)
        shown = self._shown(number, before, review)
        scope = tuple(sorted(shown)[:1]) if part or code == "J5" else ()
        payload = {"text": "edited"} if code == "J6" and edit and len(scope or shown) == 1 else None
        deadline = self.now + timedelta(hours=20)
        command = c.Decide(
            review.no, code, by, stepped_up=up, reason="looked into it", exception="agreed on the phone" if edit else "",
            scope=scope, conditions=(e.Condition("papers come", "revops", deadline),) if code == "J5" else (),
            payload=payload, to=to, owner=("revops" if code == "J9" else to if code == "J2" and part else ""),
            lane="self-serve" if code == "J2" and edit else "", tier="hold" if code == "J2" and not edit else "",
            question="What was agreed?",
        )  # fmt: skip
        events = self.act(f"{code} on {review.about}", number, command, by)
        if events is None:
            return
        self._hear_decision(number, before, review, command, events, shown, deadline)

    def _shown(self, number: int, state: Onboarding, review: Review) -> dict[int, Action]:
        """The actions that this review stops, as whoever wrote the requirements sees it."""
        deal = self.oracle.deals[number]
        found: dict[int, Action] = {}
        for action in state.actions.values():
            if not action.is_open or action.run in ("attempting", "uncertain"):
                continue
            if review.about == "action":
                stops = review.action == action.no
            elif review.about == "hold":
                hold = next(each for each in deal.holds if each.case == review.case)
                stops = action.kind in hold.kinds or (not hold.kinds and class_of(action.kind) != "internal")
            else:
                row = next((each for each in self.oracle.matched(deal) if each.case == review.case), None)
                everything = (
                    row and self.oracle.tier(deal, row) == "hold" and class_of(action.kind) != "internal"
                )
                stops = row is not None and (action.kind in row.holds or bool(everything))
                if stops and row is not None and len(row.parts) > 1:
                    naming = [no for no, each in enumerate(row.parts) if action.kind in each.kinds] or [0]
                    stops = review.part in naming
            if stops:
                found[action.no] = action
        return found

    def _hear_decision(
        self, number: int, before: Onboarding, review: Review, command: c.Decide, events: list[e.Event],
        shown: dict[int, Action], deadline: datetime,
    ) -> None:  # fmt: skip
        deal, code = self.oracle.deals[number], command.code
        target = self.oracle.target(deal)
        chosen = {no: each for no, each in shown.items() if not command.scope or no in command.scope}
        covers = {
            no: (content_of(each.payload), target)
            for no, each in chosen.items()
            if may(code, each.kind, review.about)
        }
        if command.payload is not None:
            for no, each in chosen.items():
                edited = {**each.payload, **command.payload}
                covers[no] = (content_of(edited), target)
                deal.asked.add((each.kind, content_of(edited), each.about))
        if code == "J4":  # it begins a kickoff
            for event in events:
                if isinstance(event, e.ActionRequested) and event.source == "decision":
                    covers[event.action] = (content_of(event.payload), target)
        case = f"CATALOGUE {review.action}" if review.about == "action" else review.case
        deadlines = [deadline] if code == "J5" else []
        if code == "J8":
            deal.alone[review.no] = command.to
        if code == "J2":
            if command.owner and command.owner != review.owner:
                deal.alone[review.no] = command.owner
                deal.owners[review.case] = command.owner
            if command.tier:
                deal.tiers[review.case] = command.tier
            deal.lane = command.lane or deal.lane
        self.oracle.decided(
            number, command.by, code, case, review.part, review.no, review.about, covers, self.now, deadlines
        )  # fmt: skip

    # --- beside decisions ---

    @rule(
        which=small,
        by=names,
        owner=st.sampled_from(("csm", "revops", "cs_leader")),
        kind=st.sampled_from(("", "", *KINDS)),
    )
    def somebody_raises_a_hold(self, which: int, by: str, owner: str, kind: str) -> None:
        from tests.flow.oracle import Hold

        number = self.number(which)
        kinds = (kind,) if kind else ()
        events = self.act("hold", number, c.RaiseHold(by, "a feeling", owner, "medium", kinds), by)
        for event in events or ():
            if isinstance(event, e.HoldRaised):
                self.oracle.deals[number].holds.append(Hold(f"PERSON-{event.hold}", owner, kinds))

    @precondition(lambda self: any(list(each.open_reviews()) for each in self.states()))
    @rule(which=small, review=small, by=names)
    def somebody_claims_a_review(self, which: int, review: int, by: str) -> None:
        found = self._review(which, review)
        if found is not None:
            self.act("claim", self.number(which), c.Claim(found.no, by), by)

    @precondition(lambda self: any(list(each.valid_approvals()) for each in self.states()))
    @rule(which=small, decision=small, by=names)
    def somebody_takes_a_decision_back(self, which: int, decision: int, by: str) -> None:
        number = self.number(which)
        valid = [each.decision for each in self.state(which).valid_approvals()]
        if not valid:
            return
        chosen = valid[decision % len(valid)]
        who = chosen.by if decision % 2 else by
        if self.act("recall", number, c.Recall(chosen.decision, who, "on second thoughts"), who) is not None:
            self._consent(number, chosen).over = True

    def _consent(self, number: int, decision: e.DecisionRecorded) -> Any:
        """The oracle's own note of a decision: the n-th that was taken."""
        return self.oracle.deals[number].consents[decision.decision - 1]

    @precondition(
        lambda self: any(a.decision.conditions for each in self.states() for a in each.valid_approvals())
    )
    @rule(which=small, decision=small, by=names)
    def somebody_meets_a_condition(self, which: int, decision: int, by: str) -> None:
        number = self.number(which)
        found = [each.decision for each in self.state(which).valid_approvals() if each.decision.conditions]
        if found:
            chosen = found[decision % len(found)]
            if self.act("condition met", number, c.MeetCondition(chosen.decision, 0, by), by):
                self._consent(number, chosen).met.add(0)

    @rule(which=small, by=names, again=st.booleans())
    def somebody_closes_or_opens_again(self, which: int, by: str, again: bool) -> None:
        number = self.number(which)
        closed = self.oracle.deals[number].closed
        if not closed and not again:
            return  # most onboardings stay open
        command = c.Reopen(by, "not yet") if closed else c.Close(by, "enough")
        if self.act("reopen" if closed else "close", number, command, by) is not None:
            self.oracle.deals[number].closed = not closed

    # --- people ---

    @rule(absent=names, who=names, start=st.integers(-5, 20), hours=st.integers(1, 60))
    def somebody_is_stood_in_for(self, absent: str, who: str, start: int, hours: int) -> None:
        window = self.now + timedelta(hours=start), self.now + timedelta(hours=start + hours)
        if any((a, w, s) == (absent, who, window[0]) for a, w, s, _ in self.oracle.stand_ins):
            return
        self.town.delegate(absent, who, *window)
        self.oracle.stand_ins.append((absent, who, *window))
        self.did("delegation")

    @rule(name=names, other=names, leaves=st.booleans(), back=st.booleans())
    def somebody_gets_other_roles(self, name: str, other: str, leaves: bool, back: bool) -> None:
        if back:
            self.town.has_roles(name, PEOPLE[name])
            self.oracle.people[name] = PEOPLE[name]
        elif leaves:
            self.town.has_roles(name, PEOPLE[name], active=False)
            self.oracle.people.pop(name, None)
        else:
            self.town.has_roles(name, PEOPLE[other])
            self.oracle.people[name] = PEOPLE[other]
        self.did("roles")

    # --- the register ---

    @precondition(lambda self: len(self.town.programs.names) < 6)
    @rule(
        name=st.sampled_from(tuple(ROWS)),
        choice=st.sampled_from(("recheck", "recheck", "grandfather", "drain")),
    )
    def a_register_is_published(self, name: str, choice: str) -> None:
        version = self.town.publish(name)
        for number in self.numbers():
            state = self.town.flow.state(number)
            if state.is_closed or state.keeps:
                continue
            if choice == "recheck":
                self.town.act(number, c.Pin())
                self.oracle.deals[number].version = version
            else:
                self.town.act(number, c.Keep(version, choice))  # type: ignore[arg-type]
        self.did(f"publish, {choice}")

    @precondition(lambda self: any(each.keeps == "drain" for each in self.states()))
    @rule()
    def what_drains_is_brought_over(self) -> None:
        for number in drain(self.town.flow):
            self.oracle.deals[number].version = max(self.town.programs.names)
            self.did("drained")

    # --- workers ---

    @rule(worker=workers)
    def a_worker_works(self, worker: str) -> None:
        self.town.sweep(worker)
        self.did("sweep")

    @precondition(lambda self: self.any_run("released"))
    @rule(worker=workers, fault=st.sampled_from(FAULTS), dies=st.booleans())
    def a_worker_has_bad_luck(self, worker: str, fault: str, dies: bool) -> None:
        self.town.sweep(worker, fault, dies)
        self.did(f"sweep, {fault or 'dies before telling' if dies else fault}")

    @precondition(lambda self: self.any_run("released"))
    @rule(which=small, no=small, worker=workers, lease=st.sampled_from((60, 120)))
    def a_worker_claims_and_is_slow(self, which: int, no: int, worker: str, lease: int) -> None:
        number = self.number(which)
        released = [each for each in self.state(which).actions.values() if each.run == "released"]
        if not released:
            return
        action = released[no % len(released)]
        reread = self.town.reread.get(self.state(which).key)
        events = self.act("slow claim", number, c.StartRun(action.no, worker, lease, reread), worker)
        started = [each for each in events or () if isinstance(each, e.RunStarted)]
        if started:
            payload = self.town.flow.state(number).actions[action.no].payload
            order = Order(action.kind, payload, started[0].key, "", f"{number}/a{action.no}")
            verdict = self._may(number, action.no, action.kind, content_of(payload))
            self.claims.append((order, number, started[0].attempt, worker, verdict, False))

    @precondition(lambda self: any(not each[5] for each in self.claims))
    @rule(which=small)
    def a_slow_worker_acts(self, which: int) -> None:
        waiting = [no for no, each in enumerate(self.claims) if not each[5]]
        if waiting:
            no = waiting[which % len(waiting)]
            order, *rest = self.claims[no]
            self.town.outside.happen(order)
            self.claims[no] = (order, *rest[:-1], True)  # type: ignore[assignment]
            self.did("slow act")

    @precondition(lambda self: self.claims)
    @rule(which=small, state=st.sampled_from(("done", "done", "uncertain")))
    def a_slow_worker_tells(self, which: int, state: str) -> None:
        """It only says what is true; where it has not acted, it says so."""
        if self.claims:
            order, number, attempt, worker, _, acted = self.claims.pop(which % len(self.claims))
            said = state if acted else "failed"
            no = int(order.release.partition("/a")[2])
            self.act("slow tells", number, c.FinishRun(no, attempt, worker, said, "so it went"), worker)  # type: ignore[arg-type]

    @precondition(lambda self: self.any_run("uncertain"))
    @rule(which=small, right=st.booleans(), by=names)
    def somebody_finds_out(self, which: int, right: bool, by: str) -> None:
        self._resolve(self.number(which), by, right)

    def _resolve(self, number: int, by: str, right: bool = True) -> None:
        for action in self.town.flow.state(number).actions.values():
            if action.run != "uncertain":
                continue
            happened = any(each.key == action.key for each in self.town.outside.effects)
            said = happened if right else not happened
            if self.act("resolve", number, c.Resolve(action.no, said, by), by) is not None and not said:
                again = self.oracle.deals[number].again
                again[action.no] = again.get(action.no, 0) + 1

    # --- time and switches ---

    @rule(hours=st.sampled_from((0.01, 0.05, 1, 8, 25, 80)))
    def time_passes(self, hours: float) -> None:
        self.town.clock.jump(hours=hours)
        self.did("time")

    @rule(hours=st.integers(1, 30))
    def the_clock_is_set_back(self, hours: int) -> None:
        self.latest = max(self.latest, self.now)
        self.town.clock.jump(hours=-hours)
        self.did("time, backwards")

    @rule(on=st.booleans())
    def everything_is_paused_or_goes_on(self, on: bool) -> None:
        from holdshort.ports import Switch

        with self.town.store.transaction() as tx:
            if on:
                tx.set_switch(Switch("everything", "rae", "fire drill", self.now))
            else:
                tx.clear_switch("everything")
        self.oracle.paused = on
        self.did("pause" if on else "go on")

    @rule(
        key=st.integers(1, 2),
        changes=st.lists(st.tuples(st.sampled_from(tuple(VALUES)), small), min_size=1, max_size=2),
    )
    def the_source_says_something_new_that_nobody_was_told(
        self, key: int, changes: list[tuple[str, int]]
    ) -> None:
        number = self.town.store.number_of(f"ACC-{key}/OPP-{key}/closed_won")
        if number is None:
            return
        self.moments += 1
        as_of, facts = NOON + timedelta(seconds=self.moments), self._facts(changes, key)
        made = record(key, facts, as_of)
        self.town.reread[self.town.flow.state(number).key] = made
        self.known[key] = facts
        self.sent.setdefault(key, []).append({"made": made, "facts": facts, "as_of": as_of})
        self.oracle.received(number, facts, as_of)
        self.did("source changes")

    # --- what must hold ---

    @invariant()
    def nothing_happens_outside_that_nobody_with_a_say_agreed_to(self) -> None:
        for no in range(self.judged, len(self.verdicts)):
            effect = self.town.outside.effects[no]
            assert not self.verdicts[no], (
                f"{effect.release} {effect.kind} {effect.payload!r}: {self.verdicts[no]}"
            )
        self.judged = len(self.verdicts)

    @invariant()
    def nothing_happens_twice_unless_a_person_says_that_it_did_not_happen(self) -> None:
        if not hasattr(self, "town"):
            return
        for release, times in Counter(each.release for each in self.town.outside.effects).items():
            number, no = int(release.partition("/a")[0]), int(release.partition("/a")[2])
            again = self.oracle.deals[number].again.get(no, 0)
            assert times <= 1 + again, (
                f"{release} happened {times} times, and {again} times a person said that it had not"
            )
        reminders = [each for each in self.town.outside.effects if each.kind == "send_reminder"]
        for onboarding, times in Counter(each.onboarding for each in reminders).items():
            number = self.town.store.number_of(onboarding)
            allowed = 1 + sum(self.oracle.deals[number].again.values()) if number else 1
            assert times <= allowed, f"{times} reminders"

    def settle_everything(self) -> None:
        """Everything is healed and everybody willing: then what may go goes, and the rest waits in a queue."""
        self._heal()
        for number in self.numbers():
            self._nothing_is_lost(number)
        self._everybody_agrees()
        for number in self.numbers():
            state = self.town.flow.state(number)
            left = [
                f"a{each.no} {each.kind} {each.run}" for each in state.actions.values()
                if each.is_open and each.kind in published("first", 1).playbook.catalogue.kinds
            ]  # fmt: skip
            assert not left, f"{left} of {number} are stuck although everybody agrees"
        self.nothing_happens_outside_that_nobody_with_a_say_agreed_to()
        self.nothing_happens_twice_unless_a_person_says_that_it_did_not_happen()

    def _heal(self) -> None:
        with self.town.store.transaction() as tx:
            tx.clear_switch("everything")
        self.oracle.paused = False
        self.town.reread.clear()
        self.town.clock.at = max(self.latest, self.now) + timedelta(
            minutes=10
        )  # right again, and no lease left
        for number in self.numbers():
            key = int(self.town.flow.state(number).key.partition("/")[0].removeprefix("ACC-"))
            self.known[key] = {**self.known.get(key, FACTS), "stage": "won"}
            self._send(key, [])
        self.claims.clear()
        self._quiet()

    def _quiet(self) -> None:
        for _ in range(40):
            before = self._versions()
            self.town.sweep("w1")
            self.town.clock.jump(minutes=3)
            if self._versions() == before:
                return

    def _versions(self) -> list[int]:
        return [self.town.flow.state(number).seq for number in self.numbers()]

    def _under_way(self) -> bool:
        runs = {
            each.run for number in self.numbers() for each in self.town.flow.state(number).actions.values()
        }
        return bool(runs & {"attempting"})

    def _nothing_is_lost(self, number: int) -> None:
        """What nothing stops has run; what has not is in somebody's queue, or its time has not come."""
        state, deal = self.town.flow.state(number), self.oracle.deals[number]
        if deal.closed:
            return
        queue = {(each.case, each.action) for each in state.open_reviews()}
        for action in state.actions.values():
            if not action.is_open or action.kind == "fly":
                continue
            if action.run in ("uncertain", "failed"):
                waits = ("RUN", action.no) in queue or action.retry_at is not None
                assert waits or any(each[0] != "RUN" for each in queue), (
                    f"a{action.no} is {action.run} and nobody knows"
                )
                continue
            assert action.run == "", f"a{action.no} {action.kind} is {action.run} and nobody runs it"
            if action.due_at is not None and self.now < action.due_at:
                continue
            cases = {
                row.case
                for row in self.oracle.matched(deal)
                if action.kind in row.holds or self.oracle.tier(deal, row) == "hold"
            }
            cases |= {hold.case for hold in deal.holds if not hold.lifted}
            stops = {(case, 0) for case in cases} | {("CATALOGUE", action.no)}
            assert stops & queue, f"a{action.no} {action.kind} is stopped and in nobody's queue: {queue}"

    def _everybody_agrees(self) -> None:
        """For each role two people who have never had to do with anything here agree to everything, one after another."""
        roles = sorted({role for own in PEOPLE.values() for role in own} | {"legal", "csm", "cs_leader"})
        fresh = {f"new {role} {no}": frozenset([role]) for no in range(3) for role in roles}
        for name, own in fresh.items():
            self.town.has_roles(name, own)
            self.oracle.people[name] = own
        for number in self.numbers():
            if self.oracle.deals[number].closed:
                self.town.act(number, c.Reopen("new revops 0", "to see"))
                self.oracle.deals[number].closed = False
        self.town.clock.jump(days=3)
        self._quiet()
        for _ in range(8):
            if all(
                not each.is_open for n in self.numbers() for each in self.town.flow.state(n).actions.values()
            ):
                return
            for which, number in enumerate(self.numbers()):
                for role in roles:
                    self._resolve(number, f"new {role} 0")
                self._agree_once(which, number, fresh)
            self.town.clock.jump(hours=5)
            self._quiet()
            if all(
                not each.is_open for n in self.numbers() for each in self.town.flow.state(n).actions.values()
            ):
                return

    def _agree_once(self, which: int, number: int, fresh: dict[str, frozenset[str]]) -> None:
        for review in list(self.state(which).open_reviews()):
            if review.about == "run":
                for name, own in fresh.items():
                    if own & set(review.all_roles):
                        self._settle_run(number, review, name)
                        break
                continue
            for name, own in fresh.items():
                state = self.town.flow.state(number)
                now = state.reviews[review.no]
                if now.status != "open" or not self._shown(number, state, now):
                    break
                if own & {role for step in now.steps for role in step.roles}:
                    self._decide(which, now, "J9", name, part=False, edit=False)

    def _settle_run(self, number: int, review: Review, by: str) -> None:
        action = self.town.flow.state(number).actions[review.action]
        happened = any(each.key == action.key for each in self.town.outside.effects)
        if self.act("resolve", number, c.Resolve(action.no, happened, by), by) is not None and not happened:
            again = self.oracle.deals[number].again
            again[action.no] = again.get(action.no, 0) + 1
