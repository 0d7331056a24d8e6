"""
A store in this process alone: the same face and rules as the durable ones, and nothing survives it.

Acceptance tests and the state machine run on it. One transaction runs at a time, like SQLite's IMMEDIATE; a second
thread waits for it. Private parts are kept open, since there is no disk to keep them from.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from holdshort.core.audit import GENESIS, Checkpoint, Envelope, Head, Opened, event_hash
from holdshort.ports import (
    HOUSE_KEY,
    HOUSE_NUMBER,
    ActionRow,
    Conflict,
    Delegation,
    NewEvent,
    OnboardingRow,
    PublishedRegister,
    ReviewRow,
    Rows,
    StoredEvent,
    Switch,
    User,
)
from holdshort.store.values import (
    action_id,
    folded,
    from_json,
    instant,
    json_text,
    review_id,
    search_text,
    storable,
)

_ABSENT: Any = object()


@dataclass(frozen=True, slots=True)
class _Entry:
    """An event with what an export of its private part needs."""

    event: StoredEvent
    commitment: str
    salt: bytes
    text: bytes
    erased: bool = False


class _Tables:
    """Dictionaries that remember how to take back what was done to them since `begin`."""

    def __init__(self) -> None:
        self.keys: dict[str, int] = {}
        self.onboardings: dict[int, OnboardingRow] = {}
        self.events: dict[int, tuple[_Entry, ...]] = {}
        self.attachments: dict[tuple[int, int], bytes] = {}
        self.reviews: dict[tuple[int, int], ReviewRow] = {}
        self.actions: dict[tuple[int, int], ActionRow] = {}
        self.runs: dict[tuple[int, int, int], ActionRow] = {}
        self.marks: dict[str, bool] = {}
        self.switches: dict[str, Switch] = {}
        self.meta: dict[str, str] = {}
        self.users: dict[str, User] = {}
        self.passwords: dict[str, tuple[bytes, bytes]] = {}
        self.delegations: dict[tuple[str, str, datetime], Delegation] = {}
        self.registers: dict[int, PublishedRegister] = {}
        self.checkpoints: dict[int, Checkpoint] = {}
        self.undo: list[tuple[dict[Any, Any], Any, Any]] = []

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        self.undo.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def drop(self, table: dict[Any, Any], key: Any) -> bool:
        if key not in table:
            return False
        self.undo.append((table, key, table.pop(key)))
        return True

    def take_back(self) -> None:
        for table, key, before in reversed(self.undo):
            if before is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = before
        self.undo.clear()


class MemoryTransaction:
    """One transaction of a MemoryStore; see `ports.Transaction` for what each method promises."""

    def __init__(self, tables: _Tables) -> None:
        self._tables = tables
        self._over = False

    @property
    def _open(self) -> _Tables:
        if self._over:
            raise RuntimeError("this transaction is over")
        return self._tables

    def end(self) -> None:
        self._over = True

    # --- onboardings and their events ---

    def number_of(self, key: str) -> int | None:
        return self._open.keys.get(key)

    def open_onboarding(self, key: str) -> int:
        tables = self._open
        if key in tables.keys:
            raise Conflict(f"an onboarding with the key `{key}` exists")
        number = HOUSE_NUMBER if key == HOUSE_KEY else 1 + sum(each != HOUSE_KEY for each in tables.keys)
        tables.put(tables.keys, key, number)
        return number

    def history(self, number: int) -> list[StoredEvent]:
        return [each.event for each in self._open.events.get(number, ())]

    def append(self, number: int, expected: int, events: Sequence[NewEvent], rows: Rows) -> None:
        tables = self._open
        before = tables.events.get(number, ())
        if tables.keys.get(rows.onboarding.key) != number:
            raise Conflict(f"onboarding {number} with the key `{rows.onboarding.key}` is unknown")
        if len(before) != expected:
            raise Conflict(f"onboarding {number} is at event {len(before)}, not {expected}")
        chained = _chained(number, before, events)
        tables.put(tables.events, number, before + chained)
        tables.put(tables.onboardings, number, rows.onboarding)
        for review in rows.reviews:
            tables.put(tables.reviews, (review.number, review.no), review)
        for action in rows.actions:
            tables.put(tables.actions, (action.number, action.no), action)
            self._note_run(action)

    def _note_run(self, action: ActionRow) -> None:
        run = (action.number, action.no, action.attempt)
        if action.started_at is not None and run not in self._tables.runs:
            self._tables.put(self._tables.runs, run, action)

    def attach(self, number: int, no: int, sealed: bytes) -> None:
        tables = self._open
        if (number, no) in tables.attachments:
            raise Conflict(f"onboarding {number} has a file {no}")
        tables.put(tables.attachments, (number, no), sealed)

    def drop_attachments(self, number: int) -> None:
        tables = self._open
        for key in [each for each in tables.attachments if each[0] == number]:
            tables.drop(tables.attachments, key)

    def erase(self, number: int, redacted: Mapping[int, Mapping[str, Any] | None]) -> None:
        tables = self._open
        before = tables.events.get(number, ())
        kept = {seq: part for seq, part in redacted.items() if part is not None}
        unknown = kept.keys() - {each.event.seq for each in before if each.commitment}
        if unknown:
            raise ValueError(f"onboarding {number} has no private part at {sorted(unknown)}")
        after = tuple(_erased(each, kept.get(each.event.seq)) for each in before)
        tables.put(tables.events, number, after)

    # --- marks, switches, quarantine, runs ---

    def mark(self, name: str) -> bool:
        tables = self._open
        if name in tables.marks:
            return False
        tables.put(tables.marks, name, True)
        return True

    def marked(self, name: str) -> bool:
        return name in self._open.marks

    def switches(self) -> list[Switch]:
        tables = self._open
        return [tables.switches[scope] for scope in sorted(tables.switches)]

    def set_switch(self, switch: Switch) -> None:
        self._open.put(self._tables.switches, switch.scope, switch)

    def clear_switch(self, scope: str) -> bool:
        return self._open.drop(self._tables.switches, scope)

    def quarantine(self) -> str:
        return self._open.meta.get("quarantine", "")

    def set_quarantine(self, why: str) -> None:
        self._open.put(self._tables.meta, "quarantine", why)

    def runs_started(self, since: datetime, target: str = "", recipient: str = "") -> int:
        found = 0
        for run in self._open.runs.values():
            assert run.started_at is not None
            if run.started_at >= since and target in ("", run.target):
                found += not recipient or recipient in run.recipients
        return found

    # --- people and registers ---

    def users(self) -> list[User]:
        tables = self._open
        return [tables.users[name] for name in sorted(tables.users)]

    def put_user(self, user: User, password: str | None = None) -> None:
        tables = self._open
        tables.put(tables.users, user.name, user)
        if password is not None:
            salt = os.urandom(16)
            tables.put(tables.passwords, user.name, (salt, _password_hash(salt, password)))

    def delegations(self) -> list[Delegation]:
        tables = self._open
        return [tables.delegations[key] for key in sorted(tables.delegations)]

    def put_delegation(self, delegation: Delegation) -> None:
        key = (delegation.from_user, delegation.to_user, instant(delegation.starts_at))
        self._open.put(self._tables.delegations, key, delegation)

    def publish(self, published: PublishedRegister) -> None:
        tables = self._open
        if published.version in tables.registers:
            raise Conflict(f"register version {published.version} exists")
        tables.put(tables.registers, published.version, replace(published, files=dict(published.files)))


class MemoryStore:
    """The store behind `ports.Store` and `audit_log.AuditStore`, in this process."""

    def __init__(self) -> None:
        self._tables = _Tables()
        self._lock = threading.RLock()
        self._busy = False

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with self._lock:
            if self._busy:
                raise RuntimeError("a transaction is open in this thread")
            self._busy = True
            one = MemoryTransaction(self._tables)
            try:
                yield one
            except BaseException:
                self._tables.take_back()
                raise
            finally:
                self._tables.undo.clear()
                self._busy = False
                one.end()

    def close(self) -> None:
        """Nothing to let go of; what it holds stays readable."""

    # --- onboardings ---

    def history(self, number: int) -> list[StoredEvent]:
        with self._lock:
            return [each.event for each in self._tables.events.get(number, ())]

    def number_of(self, key: str) -> int | None:
        with self._lock:
            return self._tables.keys.get(key)

    def onboarding(self, number: int) -> OnboardingRow | None:
        with self._lock:
            return self._tables.onboardings.get(number)

    def onboardings(
        self, *, state: str = "", search: str = "", after: int = 0, limit: int = 50, open_only: bool = False
    ) -> list[OnboardingRow]:
        with self._lock:
            rows = sorted(self._tables.onboardings.values(), key=lambda row: row.number)
        found = [
            row
            for row in rows
            if row.number > after
            and state in ("", row.state)
            and folded(search) in search_text(row)
            and not (open_only and row.closed_at is not None)
        ]
        return found[:limit]

    def pinned(self, version: int) -> Iterator[int]:
        with self._lock:
            rows = list(self._tables.onboardings.values())
        return iter(sorted(row.number for row in rows if row.closed_at is None and row.register == version))

    def due_wakes(self, now: datetime, limit: int) -> list[int]:
        with self._lock:
            rows = list(self._tables.onboardings.values())
        due = sorted(
            (row.wake_at, row.number) for row in rows if row.wake_at is not None and row.wake_at <= now
        )
        return [number for _, number in due[:limit]]

    def counts(self) -> Mapping[str, int]:
        with self._lock:
            tables = self._tables
            counts = Counter(f"onboardings.{row.state}" for row in tables.onboardings.values())
            counts.update(f"actions.{row.status}" for row in tables.actions.values())
            waiting = [row for row in tables.reviews.values() if row.status == "open"]
        counts["reviews.open"] = len(waiting)
        counts["reviews.breached"] = sum(row.breached for row in waiting)
        return dict(counts)

    # --- reviews and actions ---

    def reviews(
        self, *, number: int | None = None, owners: Sequence[str] = (), claimed_by: str = "", status: str = "open",
        breached: bool | None = None, at_risk_before: datetime | None = None, after: str = "", limit: int = 50,
        about: str = "", tier: str = "", lane: str = "", case: str = "",
    ) -> list[ReviewRow]:  # fmt: skip
        with self._lock:
            rows = sorted(self._tables.reviews.values(), key=_urgency)
            lanes = {each.number: each.lane for each in self._tables.onboardings.values()} if lane else {}
            seen = self._tables.reviews.get(review_id(after)) if after else None
        if after and seen is None:
            return []
        found = [
            row
            for row in rows
            if number in (None, row.number)
            and (not owners or row.owner in owners)
            and claimed_by in ("", row.claimed_by)
            and status in ("", row.status)
            and breached in (None, row.breached)
            and (at_risk_before is None or row.at_risk_at <= at_risk_before)
            and about in ("", row.about)
            and tier in ("", row.tier)
            and case in ("", row.case)
            and (not lane or lanes.get(row.number) == lane)
            and (seen is None or _urgency(row) > _urgency(seen))
        ]
        return found[:limit]

    def actions(
        self, *, number: int | None = None, status: str = "", after: str = "", limit: int = 50
    ) -> list[ActionRow]:
        seen = action_id(after) if after else (0, 0)
        with self._lock:
            rows = sorted(self._tables.actions.items())
        found = [
            row
            for at, row in rows
            if at > seen and number in (None, row.number) and status in ("", row.status)
        ]
        return found[:limit]

    def due_actions(self, now: datetime, limit: int) -> list[ActionRow]:
        return self._actions_by("released", "due_at", now, limit)

    def lost_runs(self, now: datetime, limit: int) -> list[ActionRow]:
        return self._actions_by("attempting", "lease_until", now, limit)

    def _actions_by(self, status: str, clock: str, now: datetime, limit: int) -> list[ActionRow]:
        with self._lock:
            rows = [row for row in self._tables.actions.values() if row.status == status]
        due = [
            (getattr(row, clock), row.number, row.no, row) for row in rows if getattr(row, clock) is not None
        ]
        return [row for at, _, _, row in sorted(due, key=lambda each: each[:3]) if at <= now][:limit]

    def attachment(self, number: int, no: int) -> bytes | None:
        with self._lock:
            return self._tables.attachments.get((number, no))

    # --- registers and people ---

    def register(self, version: int) -> PublishedRegister | None:
        with self._lock:
            return self._tables.registers.get(version)

    def latest_register(self) -> PublishedRegister | None:
        with self._lock:
            versions = self._tables.registers
            return versions[max(versions)] if versions else None

    def latest_version(self) -> int:
        with self._lock:
            return max(self._tables.registers, default=0)

    def password_is(self, name: str, password: str) -> bool:
        with self._lock:
            user = self._tables.users.get(name)
            salt, known = self._tables.passwords.get(name, (b"", b""))
        same = hmac.compare_digest(known, _password_hash(salt, password))
        return same and user is not None and user.active

    # --- the audit log ---

    def envelopes(self, after: tuple[int, int] = (0, 0)) -> Iterator[Envelope]:
        with self._lock:
            histories = sorted(self._tables.events.items())
        for number, entries in histories:
            for each in entries:
                if (number, each.event.seq) > after:
                    yield _envelope(number, each)

    def opened(self, number: int) -> Iterator[Opened]:
        with self._lock:
            entries = self._tables.events.get(number, ())
        return iter(
            [
                Opened(each.event.seq, each.salt, each.text)
                for each in entries
                if each.commitment and not each.erased
            ]
        )

    def changed_heads(self) -> list[Head]:
        with self._lock:
            covered = {head for one in self._tables.checkpoints.values() for head in one.heads}
            heads = [
                (number, entries[-1].event.seq, entries[-1].event.hash)
                for number, entries in sorted(self._tables.events.items())
                if entries
            ]
        return [head for head in heads if head not in covered]

    def add_checkpoint(self, checkpoint: Checkpoint) -> None:
        with self._lock:
            if checkpoint.no in self._tables.checkpoints:
                raise Conflict(f"checkpoint {checkpoint.no} exists")
            self._tables.checkpoints[checkpoint.no] = checkpoint

    def checkpoints(self, after: int = 0) -> list[Checkpoint]:
        with self._lock:
            return [one for no, one in sorted(self._tables.checkpoints.items()) if no > after]

    def last_checkpoint(self) -> Checkpoint | None:
        with self._lock:
            known = self._tables.checkpoints
            return known[max(known)] if known else None


def _chained(number: int, before: tuple[_Entry, ...], events: Sequence[NewEvent]) -> tuple[_Entry, ...]:
    previous = before[-1].event.hash if before else GENESIS
    entries = []
    for seq, new in enumerate(events, len(before) + 1):
        kind, actor, at = storable(new.kind), storable(new.actor), instant(new.at)
        salt, text, commitment = _committed(new.private)
        body = from_json(json_text(new.body))
        previous = event_hash(previous, number, seq, kind, at, actor, body, commitment)
        private = None if new.private is None else from_json(text)
        event = StoredEvent(seq, kind, body, private, actor, at, previous)
        entries.append(_Entry(event, commitment, salt, text))
    return tuple(entries)


def _committed(private: Mapping[str, Any] | None) -> tuple[bytes, bytes, str]:
    """Salt, text and commitment of a private part; empty where there is none."""
    if private is None:
        return b"", b"", ""
    salt, text = os.urandom(16), json_text(private)
    return salt, text, hashlib.sha256(salt + text).hexdigest()


def _erased(entry: _Entry, part: Mapping[str, Any] | None) -> _Entry:
    if not entry.commitment:
        return entry
    text = b"" if part is None else json_text(part)
    private = from_json(text) if text else None
    return replace(entry, event=replace(entry.event, private=private), salt=b"", text=text, erased=True)


def _envelope(number: int, entry: _Entry) -> Envelope:
    event = entry.event
    return Envelope(
        number, event.seq, event.kind, event.at, event.actor, event.body, entry.commitment, event.hash
    )


def _urgency(row: ReviewRow) -> tuple[datetime, int, int]:
    return row.breaches_at, row.number, row.no


def _password_hash(salt: bytes, password: str) -> bytes:
    return hashlib.blake2b(password.encode(), salt=salt).digest()
