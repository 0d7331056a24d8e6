"""One transaction on a durable store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from holdshort.core.audit import GENESIS, event_hash
from holdshort.ports import (
    HOUSE_KEY,
    HOUSE_NUMBER,
    ActionRow,
    Conflict,
    Delegation,
    NewEvent,
    PublishedRegister,
    Rows,
    StoredEvent,
    Switch,
    Unavailable,
    User,
)
from holdshort.store import attachments, people, queries, registers
from holdshort.store.connections import Database
from holdshort.store.erasure import KEY_COLUMNS, Destroyed, erase
from holdshort.store.facts import QUARANTINE, fact, set_fact
from holdshort.store.faults import is_drivers
from holdshort.store.histories import Head, read_head, read_history
from holdshort.store.row_tables import (
    ACTION_COLUMNS,
    CHANGE_ONBOARDING,
    REVIEW_COLUMNS,
    action_values,
    onboarding_change,
    review_values,
)
from holdshort.store.sealing import Sealer
from holdshort.store.sql import IGNORE, Sql, Step, changing, inserts, utc
from holdshort.store.values import from_json, instant, json_text, storable

P = ParamSpec("P")
T = TypeVar("T")

_OPEN = """
INSERT INTO store_onboarding ("key", "version", "head", "unanchored", "title", "folded", "lane", "segment", "stage",
                              "state", "verdict", "tier", "register", "legal_hold", "key_no")
VALUES (?, 0, ?, ?, '', '', '', '', '', '', '', '', 0, ?, 0) ON CONFLICT ("key") DO NOTHING RETURNING "number"
"""
_OPEN_HOUSE = _OPEN.replace('("key",', '("number", "key",').replace("VALUES (?", f"VALUES ({HOUSE_NUMBER}, ?")
_EVENT = ("number", "seq", "kind", "at", "actor", "body", "commitment", "hash", "previous")
_SECRET = ("number", "seq", "ciphertext", "erased")
_RUN = ("number", "no", "attempt", "target", "started_at")
_SWITCH = ("scope", "by", "reason", "since")
_RECIPIENT = ("recipient", "started_at", "number", "no", "attempt", "target")


def _guarded(
    method: Callable[Concatenate[SqlTransaction, P], T],
) -> Callable[Concatenate[SqlTransaction, P], T]:
    """Nothing is done with a transaction that is over or broken; drivers' errors come out as those of `ports`."""

    @wraps(method)
    def guarded(self: SqlTransaction, *args: P.args, **named: P.kwargs) -> T:
        if self.over:
            raise RuntimeError("this transaction is over")
        if self.broken is not None:
            raise self.broken
        try:
            return method(self, *args, **named)
        except Exception as error:
            understood = self._database.foretold(error)
            if isinstance(understood, Unavailable) or (self._sql.postgresql and is_drivers(error)):
                self.broken = understood or error
            if understood is None:
                raise
            raise understood from error

    return guarded  # type: ignore[return-value]  # mypy loses the method in what `wraps` returns


class SqlTransaction:
    """See `ports.Transaction` for what each method promises."""

    def __init__(self, database: Database, connection: Any, sealer: Sealer) -> None:
        self._database = database
        self._sql = Sql(connection)
        self._sealer = sealer
        self._heads: dict[int, Head] = {}
        self.destroyed: list[Destroyed] = []
        self.over = False
        self.broken: Exception | None = None
        """What a statement failed with. PostgreSQL would answer COMMIT with a rollback and say nothing."""

    # --- onboardings and their events ---

    @_guarded
    def number_of(self, key: str) -> int | None:
        return queries.number_of(self._sql, key)

    @_guarded
    def open_onboarding(self, key: str) -> int:
        found = self._sql.one(_OPEN_HOUSE if key == HOUSE_KEY else _OPEN, (key, GENESIS, False, False))
        if found is None:
            raise Conflict(f"an onboarding with the key `{key}` exists")
        self._heads[found[0]] = Head(0, GENESIS)
        return int(found[0])

    @_guarded
    def history(self, number: int) -> list[StoredEvent]:
        head, events = read_history(self._sql, self._sealer, number, lock=True)
        if head is not None:
            self._heads[number] = head
        return events

    @_guarded
    def append(self, number: int, expected: int, events: Sequence[NewEvent], rows: Rows) -> None:
        head = self._locked(number)
        if head is None or head.version != expected:
            found = "unknown" if head is None else f"at event {head.version}, not {expected}"
            raise Conflict(f"onboarding {number} is {found}")
        secrets = self._sealed(number, head, events)
        written = self._chained(
            number, head, events, {seq: commitment for _, seq, _, _, commitment in secrets}
        )
        version, last = expected + len(written), str(written[-1][7]) if written else head.hash
        change = onboarding_change(self._sql, rows.onboarding, expected, version, last, head.key_no)
        steps: list[Step] = [
            (CHANGE_ONBOARDING, change),
            *inserts("store_event", _EVENT, written),
            *inserts("store_eventsecret", _SECRET, [secret[:4] for secret in secrets]),
            *self._row_steps(rows),
        ]
        if self._sql.together(steps) != 1:
            raise self._broken(
                Conflict(f"onboarding {number} with the key `{rows.onboarding.key}` is unknown")
            )
        head.version, head.hash = version, last

    @_guarded
    def attach(self, number: int, no: int, sealed: bytes) -> None:
        attachments.attach(self._sql, number, no, sealed)

    @_guarded
    def drop_attachments(self, number: int) -> None:
        attachments.drop_attachments(self._sql, number)

    @_guarded
    def erase(self, number: int, redacted: Mapping[int, Mapping[str, Any] | None]) -> None:
        head = self._locked(number)
        if head is None:
            return
        destroyed = erase(self._sql, self._sealer, number, head, redacted)
        if destroyed is not None:
            self.destroyed.append(destroyed)

    def _broken(self, why: Conflict) -> Conflict:
        self.broken = why
        return why

    def _locked(self, number: int) -> Head | None:
        """Where the onboarding stands, nobody else being able to change it before this transaction ends."""
        if number not in self._heads:
            head = read_head(self._sql, self._sealer, number)
            if head is None:
                return None
            self._heads[number] = head
        return self._heads[number]

    def _sealed(self, number: int, head: Head, events: Sequence[NewEvent]) -> list[tuple[Any, ...]]:
        """Rows of `store_eventsecret`, each with the commitment at its end."""
        secrets: list[tuple[Any, ...]] = []
        for seq, new in enumerate(events, head.version + 1):
            if new.private is not None:
                sealed = self._sealer.seal(self._key(number, head), number, seq, new.private)
                secrets.append((number, seq, sealed.ciphertext, False, sealed.commitment))
        return secrets

    def _chained(
        self, number: int, head: Head, events: Sequence[NewEvent], commitments: Mapping[int, str]
    ) -> list[tuple[Any, ...]]:
        """Rows of `store_event`."""
        written: list[tuple[Any, ...]] = []
        previous = head.hash
        for seq, new in enumerate(events, head.version + 1):
            kind, actor, at, body = (
                storable(new.kind),
                storable(new.actor),
                instant(new.at),
                json_text(new.body),
            )
            commitment = commitments.get(seq, "")
            chained = event_hash(previous, number, seq, kind, at, actor, from_json(body), commitment)
            moment = self._sql.moment(at)
            written.append((number, seq, kind, moment, actor, body.decode(), commitment, chained, previous))
            previous = chained
        return written

    def _key(self, number: int, head: Head) -> bytes:
        """The onboarding's key; it is made with the first private part."""
        if head.key is None:
            head.key, head.key_no = self._sealer.new_key(), head.key_no + 1
            wrapped = self._sealer.wrap(head.key, number)
            self._sql.add("store_subjectkey", KEY_COLUMNS, [(number, head.key_no, wrapped)])
        return head.key

    def _row_steps(self, rows: Rows) -> list[Step]:
        sql = self._sql
        reviews = [review_values(sql, row) for row in rows.reviews]
        actions = [action_values(sql, row) for row in rows.actions]
        started = [row for row in rows.actions if row.started_at is not None]
        recipients = [values for row in started for values in _recipient_values(sql, row)]
        return [
            *inserts("store_review", REVIEW_COLUMNS, reviews, changing(REVIEW_COLUMNS, 2)),
            *inserts("store_action", ACTION_COLUMNS, actions, changing(ACTION_COLUMNS, 2)),
            *inserts("store_run", _RUN, [_run_values(sql, row) for row in started], IGNORE),
            *inserts("store_runrecipient", _RECIPIENT, recipients, IGNORE),
        ]

    # --- marks, switches, quarantine, runs ---

    @_guarded
    def mark(self, name: str) -> bool:
        statement = 'INSERT INTO store_mark ("name", "at") VALUES (?, ?) ON CONFLICT DO NOTHING'
        return self._sql.run(statement, (name, self._sql.moment(datetime.now(UTC)))) == 1

    @_guarded
    def marked(self, name: str) -> bool:
        return self._sql.one('SELECT 1 FROM store_mark WHERE "name" = ?', (name,)) is not None

    @_guarded
    def switches(self) -> list[Switch]:
        found = self._sql.rows(
            'SELECT "scope", "by", "reason", "since" FROM store_pauseswitch ORDER BY "scope"'
        )
        return [Switch(scope, by, reason, utc(since)) for scope, by, reason, since in found]

    @_guarded
    def set_switch(self, switch: Switch) -> None:
        values = (switch.scope, switch.by, switch.reason, self._sql.moment(switch.since))
        self._sql.add("store_pauseswitch", _SWITCH, [values], changing(_SWITCH, 1))

    @_guarded
    def clear_switch(self, scope: str) -> bool:
        return self._sql.run('DELETE FROM store_pauseswitch WHERE "scope" = ?', (scope,)) == 1

    @_guarded
    def quarantine(self) -> str:
        return fact(self._sql, QUARANTINE)

    @_guarded
    def set_quarantine(self, why: str) -> None:
        set_fact(self._sql, QUARANTINE, why)

    @_guarded
    def runs_started(self, since: datetime, target: str = "", recipient: str = "") -> int:
        self._count_alone(f"{target}/{recipient}")
        table = "store_runrecipient" if recipient else "store_run"
        where, values = ['"started_at" >= ?'], [self._sql.moment(since)]
        for column, value in (("target", target), ("recipient", recipient)):
            if value:
                where.append(f'"{column}" = ?')
                values.append(value)
        statement = f"SELECT count(*) FROM {table} WHERE {' AND '.join(where)}"  # noqa: S608 (our own names)
        return int(self._sql.one(statement, values)[0])

    def _count_alone(self, what: str) -> None:
        """Whoever counts the same runs waits for this transaction, so that two cannot both take the last place."""
        if self._sql.postgresql:
            self._sql.one("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (f"holdshort runs {what}",))

    # --- people and registers ---

    @_guarded
    def users(self) -> list[User]:
        return people.users(self._sql)

    @_guarded
    def put_user(self, user: User, password: str | None = None) -> None:
        people.put_user(self._database.alias, user, password)

    @_guarded
    def delegations(self) -> list[Delegation]:
        return people.delegations(self._sql)

    @_guarded
    def put_delegation(self, delegation: Delegation) -> None:
        people.put_delegation(self._sql, delegation)

    @_guarded
    def publish(self, published: PublishedRegister) -> None:
        registers.publish(self._sql, published)


def _run_values(sql: Sql, row: ActionRow) -> tuple[Any, ...]:
    return row.number, row.no, row.attempt, row.target, sql.moment(row.started_at)


def _recipient_values(sql: Sql, row: ActionRow) -> list[tuple[Any, ...]]:
    started_at = sql.moment(row.started_at)
    return [
        (recipient, started_at, row.number, row.no, row.attempt, row.target)
        for recipient in dict.fromkeys(row.recipients)
    ]
