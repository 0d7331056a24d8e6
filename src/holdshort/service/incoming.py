"""
Webhooks in: believed only when signed, written down before they are answered, taken in afterwards.

Taking a record in asks the whole register, which takes longer than many senders wait; they would give up and send again.
So an arrival is one durable row. A worker takes it in, in one transaction with the mark that it was: a crash in between
neither loses it nor takes it in twice. Nothing of its body stays after that.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from holdshort.core.diagnostics import HoldshortError, did_you_mean
from holdshort.core.onboarding.commands import Refused
from holdshort.core.settings_hooks import HookSettings
from holdshort.ports import Arrival, ArrivalRow, Conflict, Transaction, Unavailable
from holdshort.service.flow import Flow, Received
from holdshort.service.webhook_signatures import CHECKS, Forged, Signed

API = "api"
"""The source of records that the API was asked to take in later."""
KEPT = timedelta(days=30)
MOST_BYTES = 1_000_000
_BATCH = 50
_MOST_TRIES = 20
_FIRST_WAIT = timedelta(seconds=5)
_LONGEST_WAIT = timedelta(hours=1)
_MOST_ROWS = 200


class IncomingTable(Protocol):
    def add_incoming(
        self, tx: Transaction, source: str, event: str, channel: str, body: bytes, at: datetime
    ) -> bool: ...

    def due_incoming(self, now: datetime, limit: int) -> list[Arrival]: ...

    def end_incoming(self, tx: Transaction, id_: int, state: str, number: int | None, why: str) -> bool: ...

    def put_off_incoming(self, tx: Transaction, id_: int, due_at: datetime, why: str) -> None: ...

    def try_incoming_again(self, tx: Transaction, id_: int, now: datetime) -> bool: ...

    def incoming(self, after: int, limit: int, state: str = "") -> list[ArrivalRow]: ...

    def forget_incoming(self, tx: Transaction, before: datetime) -> int: ...


class IncomingStore(Protocol):
    def transaction(self) -> AbstractContextManager[Transaction]: ...


class _Quicker(Exception):
    """Another worker took it in; this one's transaction is taken back."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of a webhook that is believed. `challenge` is to be sent back where the sender asks for it."""

    is_new: bool
    challenge: str = ""


class Incoming:
    """
    What other programs hand in.

    Args:
        folder: The playbook's, where a hook's mapping lies.
        secret_of: The value of an environment variable; empty where it is not set.
    """

    def __init__(
        self, flow: Flow, store: IncomingStore, table: IncomingTable, folder: Path, secret_of: Callable[[str], str]
    ) -> None:  # fmt: skip
        self._flow = flow
        self._store = store
        self._table = table
        self._folder = folder
        self._secret_of = secret_of

    # --- hearing ---

    def hear(self, source: str, request: Signed) -> Heard:
        """
        Believe a webhook and write it down, or refuse it and write nothing.

        Raises:
            Refused: The playbook knows no such source, or its secret is not set here.
            Forged: It is not from whom it says, or too old.
        """
        hooks = self._flow.programs.latest().playbook.settings.hooks
        hook = hooks.get(source)
        if hook is None:
            near = did_you_mean(source, hooks)
            raise Refused(
                "HOOK-001", f"the playbook knows no sender `{source}`",
                f"did you mean `{near}`?" if near else f"write `[hooks.{source}]` in playbook.toml and publish it",
            )  # fmt: skip
        secrets = [each for each in map(self._secret_of, (hook.secret_env, hook.previous_secret_env)) if each]
        if not secrets:
            raise Refused(
                "HOOK-002", f"no secret for `{source}` is set here, so nothing from it can be believed",
                f"set the environment variable {hook.secret_env} where Holdshort runs",
            )  # fmt: skip
        now = self._flow.clock.now()
        event = CHECKS[hook.scheme](request, secrets, now)
        if hook.scheme == "slack" and (challenge := _challenge(request.body)):
            return Heard(False, challenge)
        with self._store.transaction() as tx:
            return Heard(self._table.add_incoming(tx, source, event, hook.channel, request.body, now))

    def put_down(self, record: bytes, channel: str, caller: str, key: str) -> bool:
        """Take a record in later; `key` tells a repetition, its content where it is empty. False: it was put down before."""
        event = f"{caller}/{key or hashlib.sha256(record).hexdigest()}"
        with self._store.transaction() as tx:
            return self._table.add_incoming(tx, API, event, channel, record, self._flow.clock.now())

    # --- taking in ---

    def take_in(self, stop: Callable[[], bool] = lambda: False) -> int:
        """Take in what is due, oldest first. Returns how many were looked at."""
        done = 0
        for arrival in self._table.due_incoming(self._flow.clock.now(), _BATCH):
            if stop():
                break
            self._take(arrival)
            done += 1
        return done

    def _take(self, arrival: Arrival) -> None:
        try:
            records = self._records(arrival)
            self._take_records(arrival, records)
        except HoldshortError as error:
            known = error.diagnostics[0]
            if known.code == "PUB-001":
                self._put_off(arrival, str(known.message))
            else:
                self._end(arrival, "failed", None, f"{known.code}: {known.message}")
        except _Quicker:
            return
        except Conflict as conflict:
            self._put_off(arrival, str(conflict))
        except Unavailable:
            raise
        except Exception as error:  # one arrival that breaks the program must not keep the others
            self._end(arrival, "failed", None, f"a fault of the program: {type(error).__name__}")

    def _take_records(self, arrival: Arrival, records: Sequence[Mapping[str, Any]]) -> None:
        last = len(records) - 1
        for at, record in enumerate(records):
            marked = False

            def mark(tx: Transaction, received: Received, is_last: bool = at == last) -> None:
                nonlocal marked
                if is_last:
                    marked = True
                    if not self._table.end_incoming(
                        tx, arrival.id, "done", received.number, received.outcome
                    ):
                        raise _Quicker

            event = f"{arrival.source}:{arrival.event}"
            received = self._flow.intake(
                record, arrival.channel, event, actor=f"webhook:{arrival.source}", also=mark
            )
            if at == last and not marked:
                self._end(arrival, "done", received.number, received.outcome)
        if not records:
            self._end(arrival, "done", None, "it holds no record")

    def _end(self, arrival: Arrival, state: str, number: int | None, why: str) -> None:
        with self._store.transaction() as tx:
            self._table.end_incoming(tx, arrival.id, state, number, why[:500])

    def _put_off(self, arrival: Arrival, why: str) -> None:
        if arrival.tries + 1 >= _MOST_TRIES:
            self._end(arrival, "failed", None, why)
            return
        wait = min(_FIRST_WAIT * 2**arrival.tries, _LONGEST_WAIT)
        with self._store.transaction() as tx:
            self._table.put_off_incoming(tx, arrival.id, self._flow.clock.now() + wait, why[:500])

    # --- looking after them ---

    def arrivals(self, after: int, limit: int, state: str = "") -> list[ArrivalRow]:
        return self._table.incoming(after, limit, state)

    def try_again(self, id_: int) -> None:
        """
        Raises:
            Refused: There is no arrival of this number that failed.
        """
        with self._store.transaction() as tx:
            if not self._table.try_incoming_again(tx, id_, self._flow.clock.now()):
                raise Refused("HOOK-003", f"there is no arrival {id_} that failed", "list them first")

    def tidy(self) -> None:
        """Forget what was over long ago; a repetition after that is one by its natural key."""
        with self._store.transaction() as tx:
            self._table.forget_incoming(tx, self._flow.clock.now() - KEPT)

    # --- from a body to records ---

    def _records(self, arrival: Arrival) -> list[dict[str, Any]]:
        from holdshort.importers.records_json import check_record, read_bytes_of_records

        if arrival.body is None:
            raise _unreadable("HOOK-004", "its body does not open with this master key")
        if arrival.source == API:
            lines = list(read_bytes_of_records(arrival.body))
        else:
            hooks = self._flow.programs.latest().playbook.settings.hooks
            hook = hooks.get(arrival.source)
            if hook is None:
                raise _unreadable("HOOK-001", f"the playbook knows no sender `{arrival.source}` any more")
            if hook.preset or hook.mapping:
                return self._mapped(hook, _items(arrival.body))
            lines = [
                check_record(json.dumps(_inner(each)).encode(), "webhook", no)
                for no, each in enumerate(_items(arrival.body), start=1)
            ]
        faults = [fault for line in lines if line.record is None for fault in line.faults]
        if faults:
            raise HoldshortError(faults)
        return [line.record for line in lines if line.record is not None]

    def _mapped(self, hook: HookSettings, items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Messages as rows of tables, through the very importer that reads exports."""
        from holdshort.importers.mapping import import_records

        tables: dict[str, list[dict[str, str]]] = {}
        for item in items:
            table, row = _row(hook, item)
            tables.setdefault(table, []).append(row)
        with tempfile.TemporaryDirectory(prefix="holdshort-") as folder:
            files = [_write_table(Path(folder), table, rows) for table, rows in tables.items()]
            mapping = self._folder / hook.mapping if hook.mapping else None
            lines = list(import_records(files, mapping, hook.preset or None))
        faults = [fault for line in lines if line.record is None for fault in line.faults]
        if faults:
            raise HoldshortError(faults)
        return [line.record for line in lines if line.record is not None]


def _challenge(body: bytes) -> str:
    """What Slack wants to have back when an address is entered there."""
    if b"url_verification" not in body:
        return ""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    wanted = (
        said.get("challenge") if isinstance(said, dict) and said.get("type") == "url_verification" else ""
    )
    return wanted if isinstance(wanted, str) and len(wanted) <= 500 else ""


def _items(body: bytes) -> list[dict[str, Any]]:
    """The messages of a body: one object, or a list of them; strict JSON, no key twice."""
    from holdshort.importers.records_json import strict_json

    said = strict_json(body)
    items = said if isinstance(said, list) else [said]
    if len(items) > _MOST_ROWS:
        raise _unreadable("HOOK-005", f"it holds {len(items)} messages, and {_MOST_ROWS} are the most")
    if not all(isinstance(each, dict) for each in items):
        raise _unreadable("HOOK-006", "it is no JSON object, nor a list of objects")
    return items


def _inner(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record itself: below `data` where the message says its own type, as Standard Webhooks has it."""
    data = item.get("data")
    return data if isinstance(item.get("type"), str) and isinstance(data, dict) else item


def _row(hook: HookSettings, item: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """Which table a message is a row of, and the row. HubSpot sends one property, Stripe a whole object."""
    data = item.get("data")
    inner = data.get("object") if isinstance(data, dict) else None
    if isinstance(inner, dict):
        table, row = str(inner.get("object", "")), inner
    elif "objectId" in item:
        table = str(item.get("subscriptionType", "")).partition(".")[0]
        row = {"id": item["objectId"]}
        if isinstance(item.get("propertyName"), str):
            row[item["propertyName"]] = item.get("propertyValue")
    else:
        table, row = str(item.get("type", "")).partition(".")[0], dict(_inner(item))
    return hook.table or table or "records", dict(_flat(row))


def _flat(row: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, str]]:
    """`{"address": {"city": …}}` as the column `address_city`; lists and deeper parts stay JSON."""
    for name, value in row.items():
        if isinstance(value, dict) and not lead:
            yield from _flat(value, f"{name}_")
        if value is None:
            yield f"{lead}{name}", ""
        elif isinstance(value, bool):
            yield f"{lead}{name}", "true" if value else "false"
        elif isinstance(value, str | int | float):
            yield f"{lead}{name}", str(value)
        else:
            yield f"{lead}{name}", json.dumps(value, ensure_ascii=False)


def _write_table(folder: Path, table: str, rows: Sequence[Mapping[str, str]]) -> Path:
    name = "".join(each if each.isalnum() else "_" for each in table)[:80] or "records"
    path = folder / f"{name}.csv"
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def _unreadable(code: str, message: str) -> HoldshortError:
    from holdshort.core.diagnostics import Diagnostic, Where

    return HoldshortError([Diagnostic(code, message, Where(), "see what the sender sends")])


__all__ = ["API", "MOST_BYTES", "Forged", "Heard", "Incoming"]
