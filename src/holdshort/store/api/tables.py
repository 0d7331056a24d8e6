"""
The tables behind the API as the services know them: keys, answers to repeat, what came in, what goes out.

Fits `service.api_keys.KeyTable`, `service.api_answers.AnswerTable`, `service.incoming.IncomingTable` and
`service.notices.NoticeTable`, whose rows it takes and gives as plain values. Changes happen within a transaction of the
store, so that they are there together with what they tell of, or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from holdshort.ports import ApiKey, Arrival, ArrivalRow, Conflict, Delivery, Subscription, Transaction
from holdshort.store.api.sealed import BodySeal
from holdshort.store.sql import IGNORE, Sql, utc

if TYPE_CHECKING:
    from holdshort.store.sql_store import SqlStore

_KEY = ("prefix", "digest", "name", "kind", "owner", "scopes", "created_by", "created_at", "expires_at", "revoked_at", "used_at")  # fmt: skip
_ANSWER = ("caller", "key", "digest", "status", "sealed", "at")
_INCOMING = ("source", "event", "channel", "state", "sealed", "received_at", "due_at", "tries", "why")
_SUBSCRIPTION = ("id", "url", "kinds", "secret_no", "about", "created_by", "created_at", "ended_at")
_DELIVERY = ("id", "subscription", "event", "kind", "body", "state", "tries", "due_at", "created_at", "tried_at", "status", "why")  # fmt: skip

_NEWEST = 2**62


def _names(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{each}"' for each in columns)


_SELECT_KEYS = f"SELECT {_names(_KEY)} FROM api_apikey"  # noqa: S608 (our own names)
_SELECT_SUBSCRIPTIONS = f"SELECT {_names(_SUBSCRIPTION)} FROM api_subscription"  # noqa: S608 (our own names)
_SELECT_DELIVERIES = f"SELECT {_names(_DELIVERY)} FROM api_delivery"  # noqa: S608 (our own names)


class ApiTables:
    """Rows in and out. Times are aware UTC instants."""

    def __init__(self, store: SqlStore, seal: BodySeal) -> None:
        self._store = store
        self._seal = seal

    # --- keys ---

    def key(self, prefix: str) -> ApiKey | None:
        found = self._read(lambda sql: sql.one(f'{_SELECT_KEYS} WHERE "prefix" = ?', (prefix,)))
        return _key(found) if found else None

    def all_keys(self) -> list[ApiKey]:
        return [_key(each) for each in self._read(lambda sql: sql.rows(f'{_SELECT_KEYS} ORDER BY "name"'))]

    def add_key(self, tx: Transaction, key: ApiKey) -> None:
        """Raises Conflict where name or prefix is taken."""
        sql = _sql(tx)
        row = (
            key.prefix, key.digest, key.name, key.kind, key.owner, " ".join(sorted(key.scopes)), key.created_by,
            sql.moment(key.created_at), sql.moment(key.expires_at), None, None,
        )  # fmt: skip
        if sql.add("api_apikey", _KEY, [row], IGNORE) != 1:
            raise Conflict(f"a key `{key.name}` exists")

    def revoke_key(self, tx: Transaction, prefix: str, at: datetime) -> None:
        sql = _sql(tx)
        sql.run('UPDATE api_apikey SET "revoked_at" = ? WHERE "prefix" = ?', (sql.moment(at), prefix))

    def key_was_used(self, prefix: str, at: datetime) -> None:
        with self._store.transaction() as tx:
            sql = _sql(tx)
            sql.run('UPDATE api_apikey SET "used_at" = ? WHERE "prefix" = ?', (sql.moment(at), prefix))

    def is_active(self, user: str) -> bool:
        """Whether this person may sign in at all."""
        found = self._read(
            lambda sql: sql.one('SELECT "active" FROM store_account WHERE "name" = ?', (user,))
        )
        return bool(found and found[0])

    # --- answers ---

    def answer(self, caller: str, key: str) -> tuple[str, int, bytes, datetime] | None:
        """Digest of the request, status, body, and when; None where nothing was answered, or cannot be read any more."""
        statement = (
            'SELECT "digest", "status", "sealed", "at" FROM api_apianswer WHERE "caller" = ? AND "key" = ?'
        )
        found = self._read(lambda sql: sql.one(statement, (caller, key)))
        if not found:
            return None
        body = self._seal.open(bytes(found[2]), f"answer {caller} {key}")
        return (found[0], int(found[1]), body, utc(found[3])) if body is not None else None

    def add_answer(
        self, tx: Transaction, caller: str, key: str, digest: str, status: int, body: bytes, at: datetime
    ) -> bool:
        """False where there is one already."""
        sql = _sql(tx)
        row = (caller, key, digest, status, self._seal.seal(body, f"answer {caller} {key}"), sql.moment(at))
        return sql.add("api_apianswer", _ANSWER, [row], IGNORE) == 1

    def forget_answers(self, tx: Transaction, before: datetime) -> int:
        sql = _sql(tx)
        return sql.run('DELETE FROM api_apianswer WHERE "at" < ?', (sql.moment(before),))

    # --- in ---

    def add_incoming(
        self, tx: Transaction, source: str, event: str, channel: str, body: bytes, at: datetime
    ) -> bool:
        """False where this event of this source was taken already."""
        sql = _sql(tx)
        sealed = self._seal.seal(body, f"incoming {source} {event}")
        row = (source, event, channel, "waiting", sealed, sql.moment(at), sql.moment(at), 0, "")
        return sql.add("api_incoming", _INCOMING, [row], IGNORE) == 1

    def due_incoming(self, now: datetime, limit: int) -> list[Arrival]:
        """What waits, oldest first."""
        statement = (
            'SELECT "id", "source", "event", "channel", "sealed", "tries" FROM api_incoming '
            """WHERE "state" = 'waiting' AND "due_at" <= ? ORDER BY "due_at", "id" LIMIT ?"""
        )
        found = self._read(lambda sql: sql.rows(statement, (sql.moment(now), limit)))
        return [
            Arrival(
                id_,
                source,
                event,
                channel,
                self._seal.open(bytes(sealed), f"incoming {source} {event}"),
                tries,
            )
            for id_, source, event, channel, sealed, tries in found
        ]

    def end_incoming(self, tx: Transaction, id_: int, state: str, number: int | None, why: str) -> bool:
        """It is over: nothing of the body stays where it was taken in. False where somebody else was quicker."""
        kept = "" if state == "failed" else """, "sealed" = ?"""
        values = (state, number, why, *(() if state == "failed" else (b"",)), id_)
        statement = (
            f'UPDATE api_incoming SET "state" = ?, "number" = ?, "why" = ?{kept} '  # noqa: S608 (our own text)
            """WHERE "id" = ? AND "state" = 'waiting'"""
        )
        return _sql(tx).run(statement, values) == 1

    def put_off_incoming(self, tx: Transaction, id_: int, due_at: datetime, why: str) -> None:
        sql = _sql(tx)
        sql.run(
            'UPDATE api_incoming SET "tries" = "tries" + 1, "due_at" = ?, "why" = ? WHERE "id" = ?',
            (sql.moment(due_at), why, id_),
        )

    def try_incoming_again(self, tx: Transaction, id_: int, now: datetime) -> bool:
        """False where there is none of this number that failed."""
        sql = _sql(tx)
        statement = (
            """UPDATE api_incoming SET "state" = 'waiting', "tries" = 0, "due_at" = ? """
            """WHERE "id" = ? AND "state" = 'failed'"""
        )
        return sql.run(statement, (sql.moment(now), id_)) == 1

    def incoming(self, after: int, limit: int, state: str = "") -> list[ArrivalRow]:
        """Newest first, those before `after` (0: from the newest)."""
        where: list[str] = ['"id" < ?']
        values: list[Any] = [after or _NEWEST]
        if state:
            where.append('"state" = ?')
            values.append(state)
        statement = (
            'SELECT "id", "source", "event", "state", "received_at", "tries", "number", "why" FROM api_incoming '  # noqa: S608 (our own text)
            f'WHERE {" AND ".join(where)} ORDER BY "id" DESC LIMIT ?'
        )
        found = self._read(lambda sql: sql.rows(statement, (*values, limit)))
        return [_arrival_row(*each) for each in found]

    def forget_incoming(self, tx: Transaction, before: datetime) -> int:
        sql = _sql(tx)
        statement = """DELETE FROM api_incoming WHERE "received_at" < ? AND "state" <> 'waiting'"""
        return sql.run(statement, (sql.moment(before),))

    # --- out ---

    def subscriptions(self, tx: Transaction | None = None) -> list[Subscription]:
        """All of them, also those that ended; by id."""
        statement = f'{_SELECT_SUBSCRIPTIONS} ORDER BY "id"'
        found = _sql(tx).rows(statement) if tx else self._read(lambda sql: sql.rows(statement))
        return [_subscription(each) for each in found]

    def add_subscription(
        self, tx: Transaction, url: str, kinds: str, about: str, by: str, at: datetime
    ) -> int:
        sql = _sql(tx)
        statement = (
            'INSERT INTO api_subscription ("url", "kinds", "secret_no", "about", "created_by", "created_at") '
            'VALUES (?, ?, 1, ?, ?, ?) RETURNING "id"'
        )
        return int(sql.one(statement, (url, kinds, about, by, sql.moment(at)))[0])

    def end_subscription(self, tx: Transaction, id_: int, at: datetime) -> None:
        sql = _sql(tx)
        sql.run('UPDATE api_subscription SET "ended_at" = ? WHERE "id" = ?', (sql.moment(at), id_))
        gone = """UPDATE api_delivery SET "state" = 'failed', "why" = ? WHERE "subscription" = ? AND "state" = 'waiting'"""
        sql.run(gone, ("the subscription ended", id_))

    def change_secret(self, tx: Transaction, id_: int) -> None:
        _sql(tx).run('UPDATE api_subscription SET "secret_no" = "secret_no" + 1 WHERE "id" = ?', (id_,))

    def secret(self, id_: int, secret_no: int) -> str:
        return self._seal.webhook_secret(id_, secret_no)

    def add_deliveries(self, tx: Transaction, rows: list[tuple[int, str, str, str, datetime]]) -> None:
        """Each: subscription, event, kind, body, when it happened."""
        sql = _sql(tx)
        values = [
            (subscription, event, kind, body, "waiting", 0, sql.moment(at), sql.moment(at), "")
            for subscription, event, kind, body, at in rows
        ]
        columns = ("subscription", "event", "kind", "body", "state", "tries", "due_at", "created_at", "why")
        sql.add("api_delivery", columns, values, IGNORE)

    def due_deliveries(self, now: datetime, limit: int) -> list[Delivery]:
        statement = f"""{_SELECT_DELIVERIES} WHERE "state" = 'waiting' AND "due_at" <= ? ORDER BY "due_at", "id" LIMIT ?"""
        return [
            _delivery(each) for each in self._read(lambda sql: sql.rows(statement, (sql.moment(now), limit)))
        ]

    def deliveries(self, subscription: int, after: int, limit: int) -> list[Delivery]:
        """Newest first, those before `after` (0: from the newest)."""
        statement = f'{_SELECT_DELIVERIES} WHERE "subscription" = ? AND "id" < ? ORDER BY "id" DESC LIMIT ?'
        values = (subscription, after or _NEWEST, limit)
        return [_delivery(each) for each in self._read(lambda sql: sql.rows(statement, values))]

    def claim_delivery(self, tx: Transaction, id_: int, tries: int, until: datetime) -> bool:
        """Take one for this worker until then; False where another has it, or it is over."""
        sql = _sql(tx)
        statement = (
            'UPDATE api_delivery SET "tries" = "tries" + 1, "due_at" = ? '
            """WHERE "id" = ? AND "tries" = ? AND "state" = 'waiting'"""
        )
        return sql.run(statement, (sql.moment(until), id_, tries)) == 1

    def settle_delivery(
        self, tx: Transaction, id_: int, state: str, status: int | None, why: str, due_at: datetime, at: datetime
    ) -> None:  # fmt: skip
        sql = _sql(tx)
        sql.run(
            'UPDATE api_delivery SET "state" = ?, "status" = ?, "why" = ?, "due_at" = ?, "tried_at" = ? WHERE "id" = ?',
            (state, status, why, sql.moment(due_at), sql.moment(at), id_),
        )

    def send_again(self, tx: Transaction, subscription: int, id_: int, now: datetime) -> bool:
        """False where this subscription has no such delivery."""
        sql = _sql(tx)
        statement = """UPDATE api_delivery SET "state" = 'waiting', "due_at" = ? WHERE "id" = ? AND "subscription" = ?"""
        return sql.run(statement, (sql.moment(now), id_, subscription)) == 1

    def forget_deliveries(self, tx: Transaction, before: datetime) -> int:
        sql = _sql(tx)
        statement = """DELETE FROM api_delivery WHERE "created_at" < ? AND "state" <> 'waiting'"""
        return sql.run(statement, (sql.moment(before),))

    def _read(self, work: Callable[[Sql], Any]) -> Any:
        database = self._store.database
        return database.read(lambda: work(Sql(database.connection)))


def _sql(tx: Transaction) -> Sql:
    return cast(Any, tx)._sql  # type: ignore[no-any-return]  # only this store's transactions come here


def _key(found: Any) -> ApiKey:
    prefix, digest, name, kind, owner, scopes, by, *moments = found
    return ApiKey(
        prefix, digest, name, kind, owner, frozenset(scopes.split()), by, *(utc(each) for each in moments)
    )


def _subscription(found: Any) -> Subscription:
    id_, url, kinds, secret_no, about, by, created_at, ended_at = found
    wanted = frozenset(kinds.split()) - {"*"}
    return Subscription(id_, url, wanted, secret_no, about, by, utc(created_at), utc(ended_at))


def _arrival_row(
    id_: int, source: str, event: str, state: str, received_at: Any, tries: int, number: int | None, why: str
) -> ArrivalRow:
    return ArrivalRow(id_, source, event, state, utc(received_at), tries, number, why)


def _delivery(found: Any) -> Delivery:
    id_, subscription, event, kind, body, state, tries, due_at, created_at, tried_at, status, why = found
    moments = utc(due_at), utc(created_at), utc(tried_at)
    return Delivery(id_, subscription, event, kind, body, state, tries, *moments, status, why)
