"""Records in, and what the register says of a record without taking it in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from holdshort.core.diagnostics import Diagnostic, HoldshortError, Where
from holdshort.importers.records_json import RecordLine, read_bytes_of_records
from holdshort.ports import Conflict, Transaction
from holdshort.service.api_answers import Answered
from holdshort.web.api import shapes
from holdshort.web.api.bodies import Keep, answer, as_json, once
from holdshort.web.api.callers import Caller, require
from holdshort.web.api.problems import Problem, of_faults
from holdshort.web.current import house_of

if TYPE_CHECKING:
    from holdshort.bootstrap import House
    from holdshort.service.flow import Received

router = Router(tags=["Intake"], by_alias=True)
MOST = 100
"""Records in one request: each is a transaction of its own, and somebody waits for the answer."""
_RECORDS = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "oneOf": [
                        {"type": "object"},
                        {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": MOST},
                    ]
                }
            }
        },
    }
}


@router.post(
    "/intake",
    response={200: shapes.TakenList, 201: shapes.TakenList, 202: shapes.TakenList, **shapes.problems()},
    openapi_extra=_RECORDS,
    operation_id="intake",
    summary="Hand in a record, or a list of them",
)
def intake(request: HttpRequest, channel: str = Query("API", max_length=100)) -> HttpResponse:
    """
    Each deal becomes one onboarding, by whichever channel and however often it comes: the natural key (account, opportunity,
    trigger) makes it so, with or without an Idempotency-Key. A record that cannot be read does not hide the next one.

    With `Prefer: respond-async` the records are only written down (202), and a worker takes them in; that is quicker.
    """
    caller = require(request, "intake:write")
    lines = _lines(request)
    if "respond-async" in request.headers.get("Prefer", ""):
        return _put_down(
            house_of(request), caller, lines, channel, request.headers.get("Idempotency-Key", "")
        )

    def work(keep: Keep) -> Answered:
        taking = _Taking(house_of(request), caller, channel)
        only = len(lines) == 1
        items = [taking.take(line, keep if only else None) for line in lines]
        if all(each["outcome"] == "unreadable" for each in items):
            faults = [fault for each in items for fault in each["faults"]]
            raise Problem(422, faults[0]["code"], faults[0]["message"], faults[0].get("mend", ""), faults)
        return Answered(_status(items), as_json({"items": items}))

    return once(request, caller, work)


@router.post(
    "/run",
    response={200: shapes.RanList, **shapes.problems()},
    openapi_extra=_RECORDS,
    operation_id="run",
    summary="Ask what the published register says of records; nothing is kept",
)
def run(request: HttpRequest) -> HttpResponse:
    """As `holdshort run --json`: verdict, tier, findings with evidence, actions, gaps. It reads and writes no onboarding."""
    require(request, "register:read")
    house = house_of(request)
    program, now = house.flow.programs.latest(), house.clock.now()
    items: list[dict[str, Any]] = []
    for line in _lines(request):
        found = None
        if line.record is not None:
            found = program.screener.screen(line.record, line.line, now).to_json()
        items.append({"line": line.line, "answer": found, "faults": of_faults(line.faults)})
    return answer({"register": program.version, "items": items})


class _Taking:
    """Takes records in, one after another."""

    def __init__(self, house: House, caller: Caller, channel: str) -> None:
        self._flow = house.flow
        self._flow.programs.latest()  # nothing is read where no register has been published
        self._caller = caller
        self._channel = channel

    def take(self, line: RecordLine, keep: Keep | None) -> dict[str, Any]:
        if line.record is None:
            return _unreadable(line.line, line.faults)

        def also(tx: Transaction, received: Received) -> None:
            if keep is not None:
                item = _item(line.line, received)
                keep(tx, _status([item]), as_json({"items": [item]}))

        try:
            received = self._flow.intake(line.record, self._channel, actor=self._caller.name, also=also)
        except HoldshortError as error:
            return _unreadable(line.line, error.diagnostics)
        except Conflict as conflict:
            why = f"it was not taken in: {conflict}"
            return _unreadable(line.line, [Diagnostic("FLOW-061", why, Where(), "send the record once more")])
        return _item(line.line, received)


def _put_down(house: House, caller: Caller, lines: list[RecordLine], channel: str, key: str) -> HttpResponse:
    items: list[dict[str, Any]] = []
    for line in lines:
        if line.record is None:
            items.append(_unreadable(line.line, line.faults))
            continue
        own = f"{key}/{line.line}" if key else ""
        is_new = house.incoming.put_down(as_json(line.record), channel, caller.name, own)
        items.append({"line": line.line, "outcome": "put down" if is_new else "put down before"})
    return answer({"items": items}, 202)


def _lines(request: HttpRequest) -> list[RecordLine]:
    lines: list[RecordLine] = []
    try:
        for line in read_bytes_of_records(request.body):
            lines.append(line)
            if len(lines) > MOST:
                raise Problem(
                    413, "API-008", f"more than {MOST} records came at once", f"send at most {MOST} at a time"
                )
    except HoldshortError as error:
        found = error.diagnostics[0]
        raise Problem(400, found.code, found.message, found.mend, of_faults(error.diagnostics)) from error
    return lines


def _item(line: int, received: Received) -> dict[str, Any]:
    state = received.acted.state if received.acted else None
    number = received.number
    return {
        "line": line,
        "outcome": received.outcome,
        "onboarding": received.key,
        "number": number,
        "verdict": state.verdict if state else "",
        "tier": state.tier if state else "",
        "state": state.state if state else "",
        "decides": list(dict.fromkeys(each.owner for each in state.open_reviews())) if state else [],
        "reviews": [f"{number}.{each.no}" for each in state.open_reviews()] if state else [],
        "released": [each.kind for each in state.actions.values() if each.run == "released"] if state else [],
    }


def _unreadable(line: int, faults: Any) -> dict[str, Any]:
    placed = [
        each if each.where.line is not None else replace(each, where=replace(each.where, line=line))
        for each in faults
    ]
    return {"line": line, "outcome": "unreadable", "faults": of_faults(placed)}


def _status(items: list[dict[str, Any]]) -> int:
    return 201 if any(each["outcome"] == "opened" for each in items) else 200
