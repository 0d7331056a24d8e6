"""
Makes tests/fixtures/paused.sqlite.gz and paused.json: onboardings that wait in every way, as some version of Holdshort left them.

    python tools/make_paused_fixture.py

Later versions have to go on with them (tests/store/test_paused_fixture.py), so make a new one beside it rather than in its
place, once it was released. Nobody's data and nobody's keys: the people are made up, the key is made for it and stands in
the JSON. The playbook is that of the tests' small town, and the store holds it.
"""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from holdshort.core.onboarding import commands as c  # noqa: E402
from holdshort.core.onboarding.events import Condition  # noqa: E402
from holdshort.ports import PublishedRegister, User  # noqa: E402
from holdshort.service.flow import Flow  # noqa: E402
from holdshort.service.programs import Programs  # noqa: E402
from holdshort.store.open import open_store  # noqa: E402
from tests.fixtures.reading import summary  # noqa: E402
from tests.flow import town as small  # noqa: E402

LEASE_S = 45.0
MILESTONES = ("go-live", "first value reached", "transitioned to CS")
MESSAGE = "send_customer_message"


def playbook() -> dict[str, bytes]:
    """The small town's, and conditions for the completion states that facts lead to."""
    rows, path = small.ROWS["first"]
    names = ", ".join(f"{each}: []" for each in ("none yet", *MILESTONES))
    milestone = f"  milestone: {{from: handoff.milestone, type: choice, values: {{{names}}}, expected: no}}\n"
    completion = "".join(f"  - {{state: {each}, when: milestone is {each}}}\n" for each in MILESTONES)
    texts = {
        "playbook.toml": small._TOML % path,
        "glossary.yaml": small._GLOSSARY.rstrip() + "\n" + milestone,
        "clean-path.yaml": small._PATH.rstrip() + "\ncompletion states:\n" + completion,
        "actions.yaml": small._ACTIONS,
        "register.yaml": "cases:" + "".join(each.text() for each in rows),
    }
    return {name: text.encode() for name, text in texts.items()}


@dataclass
class Deal:
    """One onboarding, and what people and workers do with it."""

    flow: Flow
    key: int
    facts: dict[str, Any]
    number: int = 0

    def says(self, *asks: str, **facts: Any) -> None:
        """A newer record, with what it asks for."""
        self.flow.clock.jump(seconds=1)  # type: ignore[attr-defined]
        self.facts = {**self.facts, **facts}
        wanted = tuple({"kind": each, "payload": {"to": "ann@acme.example", "text": "hi"}} for each in asks)
        made = small.record(self.key, self.facts, self.flow.clock.now(), wanted)
        made["handoff"]["milestone"] = self.facts.get("milestone")
        self.number = self.flow.intake(made, "crm").number or self.number

    def act(self, command: c.Command, by: str) -> None:
        self.flow.act(self.number, command, by)

    def decide(self, case: str, by: str, code: Any = "J9", **more: Any) -> None:
        review = next(each for each in self.flow.state(self.number).open_reviews() if each.case == case)
        told = {
            "stepped_up": True,
            "reason": "looked into it",
            "exception": "agreed",
            "owner": "revops",
            **more,
        }
        self.act(c.Decide(review.no, code, by, **told), by)

    def action(self, kind: str) -> int:
        return next(each.no for each in self.flow.state(self.number).actions.values() if each.kind == kind)

    def start(self, kind: str, worker: str = "lost") -> None:
        self.act(c.StartRun(self.action(kind), worker, LEASE_S, None), worker)

    def finish(self, kind: str, how: Any, worker: str = "lost") -> None:
        self.act(c.FinishRun(self.action(kind), 1, worker, how, f"it was {how}"), worker)

    def key_of(self, kind: str) -> str:
        """Under which it is or was carried out."""
        return self.flow.state(self.number).actions[self.action(kind)].key

    def ran(self, kind: str) -> None:
        self.start(kind, "w1")
        self.finish(kind, "done", "w1")


@dataclass(frozen=True)
class Piece:
    """A way to come to a state, or a way to wait: facts and asks from the beginning, and what happens then."""

    name: str
    facts: dict[str, Any]
    asks: tuple[str, ...] = ()
    then: Callable[[Deal], Any] = lambda deal: None


def _approved(deal: Deal) -> None:
    deal.decide("CATALOGUE", "tom")


def _lost(deal: Deal) -> None:
    _approved(deal)
    deal.start(MESSAGE)


def _failed(deal: Deal) -> None:
    _lost(deal)
    deal.finish(MESSAGE, "failed")


def _uncertain(deal: Deal) -> None:
    _lost(deal)
    deal.finish(MESSAGE, "uncertain")


def _invited(deal: Deal) -> None:
    review = next(
        each
        for each in deal.flow.state(deal.number).open_reviews()
        if each.action == deal.action("send_kickoff_invite")
    )
    deal.act(
        c.Decide(review.no, "J9", "tom", stepped_up=True, reason="go", exception="ok", owner="revops"), "tom"
    )
    deal.ran("send_kickoff_invite")


def _claimed(deal: Deal) -> None:
    review = next(each for each in deal.flow.state(deal.number).open_reviews() if each.case == "CATALOGUE")
    deal.act(c.Claim(review.no, "tom"), "tom")


def _stale(deal: Deal) -> None:
    deal.decide("CO-EDGE-006", "tom")
    deal.says(**{"AI confidence": 0.3})


def _conditions(deal: Deal) -> None:
    promised = Condition("call them", "csm", deal.flow.clock.now() + timedelta(days=9))
    deal.decide("CATALOGUE", "tom", "J5", conditions=(promised,), scope=(deal.action(MESSAGE),))


STATES = (
    Piece("accepted", {}),
    Piece("handoff received", {"success criteria": ""}),
    Piece(
        "needs information", {"success criteria": ""}, (),
        lambda deal: deal.decide("CO-EDGE-001", "rae", "J3", to="sales_owner", question="what for?"),
    ),
    Piece(
        "customer action needed", {"success criteria": ""}, (),
        lambda deal: deal.decide("CO-EDGE-001", "rae", "J3", to="customer", question="what for?"),
    ),
    Piece("blocked", {"contract plan": "Enterprise"}),
    Piece("kickoff scheduled", {}, ("send_kickoff_invite",), _invited),
    Piece("implementation active", {}, ("create_project",), lambda deal: deal.ran("create_project")),
    *(Piece(each, {"milestone": each}) for each in MILESTONES),
    Piece("closed", {}),
)  # fmt: skip
EVERYWHERE = (
    Piece("a message waits", {}, (MESSAGE,)),
    Piece("released", {}, (MESSAGE,), _approved),
    Piece("lost", {}, (MESSAGE,), _lost),
    Piece("uncertain", {}, (MESSAGE,), _uncertain),
    Piece("a person holds", {}, (), lambda deal: deal.act(c.RaiseHold("rae", "a feeling", "csm", "medium", ()), "rae")),
)  # fmt: skip
"""Ways to wait that leave the state as it is, or may: each is met in each state."""
ONCE = (
    Piece("nothing more", {}),
    Piece("claimed", {}, (MESSAGE,), _claimed),
    Piece("one of two agreed", {"data region": "EU"}, ("import_data",), lambda deal: deal.decide("CO-EDGE-808", "pri")),
    Piece(
        "the first of two agreed", {"segment": "enterprise", "promised timeline": ""}, ("create_kickoff_tasks",),
        lambda deal: deal.decide("CO-EDGE-014", "rae"),
    ),
    Piece("failed", {}, (MESSAGE,), _failed),
    Piece("a clock runs", {"import is late": True}, (), lambda deal: deal.ran("send_reminder")),
    Piece("an approval has gone stale", {"AI confidence": 0.4}, (MESSAGE,), _stale),
    Piece("approved with a condition", {}, (MESSAGE,), _conditions),
)  # fmt: skip


def paused(flow: Flow) -> Iterator[tuple[str, str, Deal]]:
    key = 0
    for state in STATES:
        for pause in (*EVERYWHERE, *(ONCE if state.name == "implementation active" else ())):
            key += 1
            deal = Deal(flow, key, {**small.FACTS, **state.facts})
            deal.says(*state.asks)
            state.then(deal)
            if pause.facts or pause.asks:
                deal.says(*pause.asks, **pause.facts)
            pause.then(deal)
            if state.name == "closed":
                with suppress(c.Refused):  # not while something is under way: it stays as it is
                    deal.act(c.Close("rae", "they left"), "rae")
            yield state.name, pause.name, deal


def _lines(about: dict[str, Any]) -> str:
    """JSON with a line for each onboarding."""
    head = json.dumps({**about, "onboardings": []}, indent=1).removesuffix("[]\n}")
    return head + "[\n" + ",\n".join(json.dumps(each) for each in about["onboardings"]) + "\n]}\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "keys").mkdir(mode=0o700)
        path = folder / "paused.sqlite"
        store = open_store(f"sqlite:///{path}", folder / "keys" / "master.key")
        clock = small.Clock()
        with store.transaction() as tx:
            for name, roles in small.PEOPLE.items():
                tx.put_user(User(name, name.title(), f"{name}@vendor.example", roles))
            tx.publish(PublishedRegister(1, "small town 1", "rob", "rae", clock.now(), playbook()))
        flow = Flow(store, Programs(store), clock, lambda address: f"#{address}")
        happened, onboardings = [], []
        for state, pause, deal in paused(flow):
            if pause in ("lost", "uncertain") and deal.key % 2:  # it did happen
                happened.append(deal.key_of(MESSAGE))
            onboardings.append({"name": f"{state}; {pause}", "number": deal.number})
        for each in onboardings:
            each.update(summary(flow, store, each["number"]))
        store.close()
        with sqlite3.connect(path, isolation_level=None) as connection:
            connection.execute("VACUUM")
            migrations = connection.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        about = {
            "at": clock.now().isoformat(),
            "migrations": [f"{app}.{name}" for app, name in migrations],
            "master_key_of_this_fixture_only": base64.b64encode(
                (folder / "keys" / "master.key").read_bytes()
            ).decode(),
            "happened": happened,
            "onboardings": onboardings,
        }
        into = ROOT / "tests" / "fixtures"
        (into / "paused.sqlite.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        (into / "paused.json").write_text(_lines(about), "utf-8")
    print(f"{len(onboardings)} onboardings, {(into / 'paused.sqlite.gz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
