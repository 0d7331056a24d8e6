"""One act of a caller on one onboarding: done once, its answer kept with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdshort.core.onboarding.commands import Command
from holdshort.service.api_answers import Answered
from holdshort.service.foresee import effects
from holdshort.web.api.bodies import Keep, as_json, once
from holdshort.web.current import house_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from holdshort.ports import Acted, Transaction
    from holdshort.web.api.callers import Caller


def act(
    request: HttpRequest, caller: Caller, number: int, command: Command, body: bytes | None = None
) -> HttpResponse:
    """
    Do it and say what followed; the answer is kept in the act's own transaction.

    Args:
        body: What of the request an Idempotency-Key compares; all of it where it is left out.
    """
    flow = house_of(request).flow

    def work(keep: Keep) -> Answered:
        said = Answered(200, b"")

        def also(tx: Transaction, acted: Acted) -> None:
            nonlocal said
            said = Answered(201 if acted.events else 200, as_json(_effects(tx, acted)))
            keep(tx, said.status, said.body)

        def _effects(tx: Transaction, acted: Acted) -> dict[str, Any]:
            before = acted.before if acted.before is not None else acted.state
            found = effects(number, before, acted.events, flow.world_in(tx, before))
            return {"dry_run": False, **found.to_json()}

        flow.act(number, command, caller.name, also=also)
        return said

    return once(request, caller, work, body)
