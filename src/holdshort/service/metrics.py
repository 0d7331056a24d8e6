"""The sixteen metrics of a running store, read from its log one onboarding at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from html import escape

from holdshort.core.charts import Bar, bars
from holdshort.core.metrics.results import MetricsReport, Result
from holdshort.core.metrics.tally import Tally
from holdshort.core.visible import one_line
from holdshort.ports import HOUSE_KEY, OnboardingRow
from holdshort.service.event_json import from_store
from holdshort.service.flow import Flow
from holdshort.service.packet_html import POLICY
from holdshort.service.packet_style import STYLE

_PAGE = 200


def metrics(flow: Flow, days: float = 30, until: datetime | None = None) -> MetricsReport:
    """
    Count the period that ends now, or at `until`.

    Args:
        days: Length of the period.

    Raises:
        HoldshortError: No register has been published.
        Unavailable: The store cannot be read now.
    """
    end = until or flow.clock.now()
    tally = Tally(flow.programs.latest().playbook, end - timedelta(days=days), end)
    for row in _rows(flow):
        if row.closed_at is not None and row.closed_at < tally.since:
            continue  # nothing of it lies in the period
        tally.add((each.at, from_store(each)) for each in flow.store.history(row.number))
    return tally.report()


def _rows(flow: Flow) -> Iterator[OnboardingRow]:
    after = 0
    while page := flow.store.onboardings(after=after, limit=_PAGE):
        yield from (each for each in page if each.key != HOUSE_KEY)
        after = page[-1].number


def metrics_page(report: MetricsReport) -> str:
    """The report as one page: the headline first, then each metric with what it was counted from, charts where it is parted."""
    rows = "".join(_row(each) for each in report.results)
    charts = "".join(
        f'<section class="card"><h2>{_text(each.metric.title)}</h2>{chart(each)}</section>'
        for each in report.results
        if each.by
    )
    period = f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}, {report.onboardings} onboardings opened"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"><title>Metrics</title><style>{STYLE}</style></head><body>'
        f'<header class="head"><div><h1>{_text(report.headline.words())}</h1><p class="soft">{_text(period)}</p></div></header>'
        '<div class="one"><section class="card"><table><thead><tr><th scope="col">Metric</th><th scope="col">Value</th>'
        f'<th scope="col">Counted</th></tr></thead><tbody>{rows}</tbody></table></section>{charts}</div></body></html>\n'
    )


def chart(result: Result) -> str:
    """A metric's parts as bars, the longest first."""
    ordered = sorted(result.by.items(), key=lambda each: (-each[1], each[0]))
    said = "; ".join(f"{label}: {count}" for label, count in ordered)
    rows = [Bar(label.replace("_", " "), float(count), str(count)) for label, count in ordered[:20]]
    return bars(f"{result.metric.code} {result.metric.title}", said, rows, result.metric.code)


def _row(each: Result) -> str:
    of = f"{each.metric.numerator}" + (f", of {each.metric.denominator}" if each.metric.denominator else "")
    return (
        f'<tr><th scope="row">{each.metric.code} {_text(each.metric.title)}</th><td class="num">{_text(each.words())}</td>'
        f"<td><small>{_text(of)}</small></td></tr>"
    )


def _text(said: str) -> str:
    return escape(one_line(said), quote=True)
