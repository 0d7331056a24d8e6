"""Addresses of the API. Each is named `api:…`, and its caller is looked at here rather than in `web/policy.py`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from ninja import NinjaAPI, Router
from ninja.openapi.schema import OpenAPISchema

from holdshort.web.api import audit, hooks, intake, onboardings, register, reviews, subscriptions
from holdshort.web.api.bodies import StrictParser, answer
from holdshort.web.api.callers import AUTH
from holdshort.web.api.limits import CallerLimit
from holdshort.web.api.problems import PROBLEM, Problem, add_handlers

ROOT = "api/v1/"


class Api(NinjaAPI):
    def get_openapi_schema(self, *args: Any, **named: Any) -> OpenAPISchema:
        """Problems come as problem+json, which ninja cannot say."""
        found = super().get_openapi_schema(*args, **named)
        for operations in found["paths"].values():
            for operation in operations.values():
                for status, said in operation["responses"].items():
                    if int(status) >= 400 and "application/json" in said.get("content", {}):
                        said["content"] = {PROBLEM: said["content"]["application/json"]}
        return found


api = Api(
    title="Holdshort",
    version="1",
    description="Hand in records, read what waits and why, decide, ask for actions. Keys: `holdshort api-key`.",
    urls_namespace="api",
    docs_url=None,
    openapi_url=None,
    auth=AUTH,
    throttle=[CallerLimit()],
    parser=StrictParser(),
)
add_handlers(api)
for part in (intake, onboardings, reviews, register, audit, hooks, subscriptions):
    api.add_router("", part.router)


@api.get("/openapi.json", include_in_schema=False, url_name="description")
def description(request: HttpRequest) -> HttpResponse:
    """The API's own description; for callers who are known, like everything else."""
    return answer(api.get_openapi_schema(path_prefix=f"/{ROOT}"))


elsewhere = Router()


@elsewhere.api_operation(
    ["GET", "POST", "PUT", "PATCH", "DELETE"], "/{path:rest}", include_in_schema=False, url_name="unknown"
)
def unknown(request: HttpRequest, rest: str) -> HttpResponse:
    raise Problem(
        404, "API-005", "there is no such address", "GET /api/v1/openapi.json describes those there are"
    )


api.add_router("", elsewhere)  # last, since it takes whatever is left

urlpatterns: list[URLPattern | URLResolver] = [path(ROOT, api.urls)]
