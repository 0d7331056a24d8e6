"""Metrics: the one that matters first, then each of the sixteen with what it was counted from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render
from django.utils.safestring import mark_safe

from holdshort.core.metrics.results import MetricsReport, Result
from holdshort.service.metrics import chart, metrics
from holdshort.web.current import house_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PERIODS = (7, 30, 90, 365)
_USUAL = 30


def show(request: HttpRequest) -> HttpResponse:
    days = request.GET.get("days", "")
    period = int(days) if days.isdecimal() and int(days) in PERIODS else _USUAL
    found: MetricsReport = metrics(house_of(request).flow, period)
    context = {
        "found": found,
        "days": period,
        "periods": PERIODS,
        "results": found.results,
        "charts": [(each.metric, _drawn(each)) for each in found.results if each.by],
    }
    return render(request, "metrics/metrics.html", context)


def _drawn(result: Result) -> str:
    """`core.charts` escapes every text that it draws; nothing else comes out unescaped on our pages."""
    return mark_safe(chart(result))  # noqa: S308  see above
