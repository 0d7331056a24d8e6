"""The register that is published: what runs, in the words of its owners."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Path, Query

from holdshort.core.register import EdgeCase
from holdshort.web.api import shapes
from holdshort.web.api.bodies import answer
from holdshort.web.api.callers import require
from holdshort.web.api.problems import Problem
from holdshort.web.current import house_of

router = Router(tags=["Register"], by_alias=True)


@router.get(
    "/register",
    response={200: shapes.Register, **shapes.problems()},
    operation_id="get_register",
    summary="The published version and its rows",
)
def get_register(
    request: HttpRequest,
    after: str = Query("", max_length=200, description="The ID of the last row seen."),
    limit: int = Query(100, ge=1, le=500),
) -> HttpResponse:
    require(request, "register:read")
    house = house_of(request)
    program = house.flow.programs.latest()
    published = house.store.register(program.version)
    if published is None:
        raise Problem(409, "PUB-001", "no register has been published", "publish one")
    cases = list(program.playbook.register.cases)
    ids = [each.case for each in cases]
    if after and after not in ids:
        raise Problem(
            422, "API-017", f"there is no row `{after}` to go on after", "take the `next` of the page before"
        )
    rest = cases[ids.index(after) + 1 :] if after else cases
    shown = rest[:limit]
    return answer(
        {
            "version": published.version,
            "digest": published.digest,
            "author": published.author,
            "publisher": published.publisher,
            "published_at": published.published_at.isoformat(),
            "items": [_short(each) for each in shown],
            "next": shown[-1].case if len(rest) > limit else None,
        }
    )


@router.get(
    "/register/{case}",
    response={200: shapes.Row, **shapes.problems()},
    operation_id="get_row",
    summary="One row, its cells as written",
)
def get_row(request: HttpRequest, case: str = Path(..., max_length=200)) -> HttpResponse:
    require(request, "register:read")
    row = house_of(request).flow.programs.latest().row(case)
    if row is None:
        raise Problem(
            404, "API-005", f"the published register has no row `{case}`", "GET /register lists them"
        )
    return answer({**_short(row), "texts": dict(row.texts)})


def _short(row: EdgeCase) -> dict[str, Any]:
    return {
        "case": row.case,
        "scenario": row.scenario,
        "lanes": list(row.lanes),
        "segments": list(row.segments),
        "tier": row.tier,
        "owner": row.owner,
        "escalation": row.escalation,
        "holds": list(row.holds),
        "active": row.is_active,
    }
