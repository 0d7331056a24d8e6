"""
Webhooks out: other systems hear what happened, by ids and kinds. Nothing of a customer's record is in them.

What happened and that somebody is to hear of it are written in one transaction; a worker sends it afterwards, as often as
it takes within a few days. A receiver may hear of something twice (it is told apart by `webhook-id`) and never of something
that did not happen. Notices decide nothing, and nothing waits for them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from holdshort.core.diagnostics import did_you_mean
from holdshort.core.onboarding import events as e
from holdshort.core.onboarding.commands import Refused
from holdshort.ports import Clock, Delivery, Sent, Subscription, Transaction
from holdshort.service.house_log import note
from holdshort.service.people import ADMINS

KINDS: dict[type[e.Event], str] = {
    e.OnboardingOpened: "onboarding.opened",
    e.StateChanged: "onboarding.state_changed",
    e.StageReached: "onboarding.stage_reached",
    e.OnboardingClosed: "onboarding.closed",
    e.OnboardingReopened: "onboarding.reopened",
    e.ReviewOpened: "review.opened",
    e.ReviewClosed: "review.closed",
    e.ReviewAtRisk: "review.at_risk",
    e.ReviewBreached: "review.breached",
    e.ReviewEscalated: "review.escalated",
    e.HoldRaised: "hold.raised",
    e.HoldLifted: "hold.lifted",
    e.DecisionRecorded: "decision.recorded",
    e.ApprovalEnded: "approval.ended",
    e.ActionRequested: "action.requested",
    e.ActionDropped: "action.dropped",
    e.ReleaseGranted: "action.released",
    e.ReleaseWithdrawn: "action.withheld",
    e.RunSucceeded: "run.succeeded",
    e.RunFailed: "run.failed",
    e.RunUncertain: "run.uncertain",
    e.RunResolved: "run.resolved",
}
"""What somebody may hear of, by the names under which they do."""
_PLAIN = (
    "case",
    "about",
    "tier",
    "owner",
    "role",
    "state",
    "stage",
    "outcome",
    "code",
    "kind",
    "attempt",
    "happened",
)
"""Fields that go out as they are: kinds, roles and row ids. `private` parts never do."""
_IDS = {"review": "{number}.{no}", "action": "{number}/a{no}", "decision": "{number}.d{no}"}

MOST_SUBSCRIPTIONS = 50
MOST_TRIES = 15
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=12)
_TIMEOUT_S = 5.0
_CLAIM = timedelta(seconds=60)
"""A worker that died while sending is followed by another after this long."""
_BATCH = 20
KEPT = timedelta(days=30)
_URL_SHAPE = re.compile(r"https?://[^\s]{1,2000}")


class NoticeTable(Protocol):
    """Where subscriptions and deliveries are kept."""

    def subscriptions(self, tx: Transaction | None = None) -> list[Subscription]: ...

    def add_subscription(
        self, tx: Transaction, url: str, kinds: str, about: str, by: str, at: datetime
    ) -> int: ...

    def end_subscription(self, tx: Transaction, id_: int, at: datetime) -> None: ...

    def change_secret(self, tx: Transaction, id_: int) -> None: ...

    def secret(self, id_: int, secret_no: int) -> str: ...

    def add_deliveries(self, tx: Transaction, rows: list[tuple[int, str, str, str, datetime]]) -> None: ...

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]: ...

    def deliveries(self, subscription: int, after: int, limit: int) -> list[Delivery]: ...

    def claim_delivery(self, tx: Transaction, id_: int, tries: int, until: datetime) -> bool: ...

    def settle_delivery(
        self, tx: Transaction, id_: int, state: str, status: int | None, why: str, due_at: datetime, at: datetime
    ) -> None: ...  # fmt: skip

    def send_again(self, tx: Transaction, subscription: int, id_: int, now: datetime) -> bool: ...

    def forget_deliveries(self, tx: Transaction, before: datetime) -> int: ...


class NoticeStore(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]: ...


class NoticeSender(Protocol):
    """Sends one message, to public addresses only; raises for nothing that the outside world does."""

    def refusal(self, url: str) -> str:
        """Why this URL can never be called; empty where nothing speaks against it."""
        ...

    def send(self, url: str, secrets: Sequence[str], event: str, body: bytes, timeout_s: float) -> Sent: ...


# --- telling ----------------------------------------------------------------------------------------------------


def note_happened(
    table: NoticeTable, tx: Transaction, number: int, after: int, events: Sequence[e.Event], at: datetime
) -> None:
    """
    Write down, in the transaction of the events themselves, who is to hear of them.

    Args:
        after: The seq of the event before them.
    """
    named = [(seq, each) for seq, each in enumerate(events, after + 1) if type(each) in KINDS]
    if not named:
        return
    wanting = [each for each in table.subscriptions(tx) if each.ended_at is None]
    rows = [
        (subscription.id, f"{number}-{seq}", KINDS[type(event)], message(number, seq, event, at), at)
        for seq, event in named
        for subscription in wanting
        if subscription.wants(KINDS[type(event)])
    ]
    if rows:
        table.add_deliveries(tx, rows)


def message(number: int, seq: int, event: e.Event, at: datetime) -> str:
    """What a receiver is sent: the shape of Standard Webhooks, with ids to look up by the API."""
    data: dict[str, Any] = {"onboarding": number, "seq": seq}
    for field, form in _IDS.items():
        no = getattr(event, field, 0)
        if no:
            data[field] = form.format(number=number, no=no)
    private = {
        name for name, each in type(event).__dataclass_fields__.items() if each.metadata.get("private")
    }
    if isinstance(event, e.StateChanged):
        data["state"] = event.now
    for field in _PLAIN:
        value = getattr(event, field, None)
        if field not in private and isinstance(value, str | int) and value != "":
            data[field] = value
    told = {"type": KINDS[type(event)], "timestamp": at.astimezone(UTC).isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


# --- subscribing ------------------------------------------------------------------------------------------------


class Notices:
    """
    Subscriptions and their deliveries.

    Args:
        stopped: Says why nothing may leave (a pause file); empty: it may.
    """

    def __init__(
        self, store: NoticeStore, table: NoticeTable, sender: NoticeSender, clock: Clock, stopped: Callable[[], str]
    ) -> None:  # fmt: skip
        self._store = store
        self._table = table
        self._sender = sender
        self._clock = clock
        self._stopped = stopped

    def subscribe(self, url: str, kinds: Sequence[str], about: str, actor: str) -> tuple[Subscription, str]:
        """
        Have webhooks sent to `url`; of everything where `kinds` is empty.

        Returns:
            The subscription, and the secret under which its messages are signed.

        Raises:
            Refused: The URL is none that may be called, a kind is unknown, or there are too many.
        """
        self._check_url(url)
        names = sorted(KINDS.values())
        for kind in kinds:
            if kind not in names:
                near = did_you_mean(kind, names)
                raise Refused(
                    "HOOK-012", f"nobody can hear of `{kind}`",
                    f"did you mean `{near}`?" if near else f"choose from {', '.join(names)}",
                )  # fmt: skip
        now = self._clock.now()
        with self._store.transaction() as tx:
            if sum(each.ended_at is None for each in self._table.subscriptions(tx)) >= MOST_SUBSCRIPTIONS:
                raise Refused(
                    "HOOK-013", f"there are {MOST_SUBSCRIPTIONS} subscriptions already", "end one first"
                )
            wanted = " ".join(sorted(set(kinds))) or "*"
            id_ = self._table.add_subscription(tx, url, wanted, about, actor, now)
            note(
                tx,
                "WebhookSubscribed",
                actor,
                now,
                {"subscription": id_, "host": _host(url), "kinds": wanted},
            )
        return self.subscription(id_), self._table.secret(id_, 1)

    def subscriptions(self) -> list[Subscription]:
        return self._table.subscriptions()

    def subscription(self, id_: int) -> Subscription:
        """
        Raises:
            Refused: There is none.
        """
        found = next((each for each in self._table.subscriptions() if each.id == id_), None)
        if found is None:
            raise Refused("HOOK-010", f"there is no subscription {id_}", "list them first")
        return found

    def end(self, id_: int, actor: str) -> None:
        """Send nothing to it any more, what waits included. Ending it again changes nothing."""
        if self.subscription(id_).ended_at is not None:
            return
        now = self._clock.now()
        with self._store.transaction() as tx:
            self._table.end_subscription(tx, id_, now)
            note(tx, "WebhookEnded", actor, now, {"subscription": id_})

    def change_secret(self, id_: int, actor: str) -> str:
        """A new secret; messages are signed with the one before as well until the next change."""
        found = self.subscription(id_)
        with self._store.transaction() as tx:
            self._table.change_secret(tx, id_)
            note(tx, "WebhookSecretChanged", actor, self._clock.now(), {"subscription": id_})
        return self._table.secret(id_, found.secret_no + 1)

    def deliveries(self, id_: int, after: int, limit: int) -> list[Delivery]:
        self.subscription(id_)
        return self._table.deliveries(id_, after, limit)

    def send_again(self, id_: int, delivery: int) -> None:
        """
        Raises:
            Refused: There is no such delivery, or the subscription ended.
        """
        if self.subscription(id_).ended_at is not None:
            raise Refused("HOOK-014", f"the subscription {id_} has ended", "make a new one")
        with self._store.transaction() as tx:
            if not self._table.send_again(tx, id_, delivery, self._clock.now()):
                raise Refused(
                    "HOOK-011", f"there is no delivery {delivery} of this subscription", "list them first"
                )

    def _check_url(self, url: str) -> None:
        fault = "is no web address" if not _URL_SHAPE.fullmatch(url) else self._sender.refusal(url)
        if fault:
            raise Refused("HOOK-015", f"the address {fault}", "name a public host by https://")

    # --- sending ----------------------------------------------------------------------------------------------

    def deliver(self, stop: Callable[[], bool] = lambda: False) -> int:
        """
        Send what is due. A subscriber that does not answer is not asked again in this round.

        Returns:
            How many were tried.
        """
        now = self._clock.now()
        due = self._table.due_deliveries(now, _BATCH)
        if not due or self._why_stopped():
            return 0
        known = {each.id: each for each in self._table.subscriptions()}
        silent: set[int] = set()
        tried = 0
        for each in due:
            if stop():
                break
            if each.subscription in silent:
                continue
            tried += 1
            if not self._try(each, known.get(each.subscription)):
                silent.add(each.subscription)
        return tried

    def tidy(self) -> None:
        """Forget deliveries that were over long ago."""
        with self._store.transaction() as tx:
            self._table.forget_deliveries(tx, self._clock.now() - KEPT)

    def _why_stopped(self) -> str:
        """A restored backup tells nobody anything before a person has looked, and a pause of everything holds here too."""
        with self._store.transaction() as tx:
            paused = next((each.reason for each in tx.switches() if each.scope == "everything"), "")
            return tx.quarantine() or paused or self._stopped()

    def _try(self, each: Delivery, subscription: Subscription | None) -> bool:
        now = self._clock.now()
        with self._store.transaction() as tx:
            if not self._table.claim_delivery(tx, each.id, each.tries, now + _CLAIM):
                return True
        if subscription is None or subscription.ended_at is not None:
            sent = Sent(410, "the subscription ended")
        else:
            numbers = range(subscription.secret_no, max(0, subscription.secret_no - 2), -1)
            secrets = [self._table.secret(subscription.id, no) for no in numbers]
            sent = self._sender.send(subscription.url, secrets, each.event, each.body.encode(), _TIMEOUT_S)
        after = self._clock.now()
        tries = each.tries + 1
        state = (
            "delivered" if sent.arrived else "failed" if sent.is_gone or tries >= MOST_TRIES else "waiting"
        )
        with self._store.transaction() as tx:
            self._table.settle_delivery(
                tx, each.id, state, sent.status, sent.why[:500], after + wait_after(tries), after
            )
            if sent.is_gone and subscription is not None and subscription.ended_at is None:
                self._table.end_subscription(tx, subscription.id, after)
                note(tx, "WebhookEnded", "holdshort", after, {"subscription": subscription.id, "why": "the receiver answered 410"})  # fmt: skip
        return sent.arrived


def wait_after(tries: int) -> timedelta:
    """30 seconds, twice as long each time, at most 12 hours: the last of the tries comes after about two days."""
    doubled: int = 2 ** min(tries - 1, 20)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)


def may_manage(roles: frozenset[str]) -> bool:
    """Who says where news of customers go: a systems admin or RevOps."""
    return bool(roles.intersection(ADMINS))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
