"""A replay as one page that opens anywhere: no script, no link to anywhere, light, dark and print."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

from holdshort.core.shadow_statistics import METHOD, Share
from holdshort.core.visible import one_line
from holdshort.service.packet_html import POLICY
from holdshort.service.packet_style import STYLE

if TYPE_CHECKING:
    from holdshort.service.shadowing import ShadowReport, Side


def shadow_page(report: ShadowReport) -> str:
    """The whole report as an HTML page; what somebody else wrote is escaped."""
    title = "Replay of past onboardings"
    span = f"{report.since:%Y-%m-%d} to {report.until:%Y-%m-%d}" if report.since and report.until else ""
    body = [
        f'<div class="bar"><b>Holdshort</b><span>{title}</span></div><main class="one"><h1>{title}</h1>',
        f'<p class="soft">{report.replayed} onboardings that began from {span}, as they were known then. '
        "Nothing was sent or written.</p>",
        *(_side(each) for each in report.sides),
        _comparison(report),
        _card("What this history cannot tell", _list(report.all_limits())),
        _card("How it was counted", _list([METHOD, _minutes(report), *report.said])),
        "</main>",
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer">'
        f'<meta name="robots" content="noindex"><title>{title}</title><style>{STYLE}</style></head><body>{"".join(body)}</body></html>\n'
    )


def _minutes(report: ShadowReport) -> str:
    minutes = report.first.measures.settings.shadow.minutes
    said = ", ".join(f"{tier} {value:g}" for tier, value in minutes.items())
    return f"reviewer minutes for one case are an assumption: {said}"


def _side(side: Side) -> str:
    measures, total = side.measures, side.measures.total
    hours = total.hours
    facts = [
        ("Catch: went wrong, and would have been stopped before", _share(measures.catch(total))),
        ("Drag: went well, and would have been held", _share(measures.drag(total))),
        ("Nobody says how they ended, and would have been held", f"{total.held_open} of {measures.open}"),
        (
            "Business hours added to each of those",
            f"{hours.value:.1f}" if hours.value is not None else "none",
        ),
        ("Reviewer minutes in all", f"{total.minutes:,.0f}"),
    ]
    listed = "".join(f'<div><dt>{title}</dt><dd class="num">{value}</dd></div>' for title, value in facts)
    outcomes = _table(
        ("what went wrong", "happened", "stopped before"),
        (
            (_text(word), str(count), str(measures.caught_outcomes[word]))
            for word, count in sorted(measures.outcomes.items())
        ),
    )
    rows = sorted(measures.rows.values(), key=lambda row: (-row.caught, -row.held_clean, row.case))
    table = _table(
        ("row", "tier", "catch", "only this row", "drag", "open", "hours", "minutes", "tier by this history"),
        (
            (
                _text(row.case),
                f'<span class="tier {escape(row.tier)}">{escape(row.tier)}</span>',
                _share(measures.catch(row)),
                str(row.only_caught),
                _share(measures.drag(row)),
                str(row.held_open or ""),
                f"{row.hours.value:.1f}" if row.hours.value is not None else "",
                f"{row.minutes:,.0f}",
                _text(": ".join(measures.suggested_tier(row))),
            )
            for row in rows
            if row.caught or row.held_clean or row.held_bad or row.held_open or row.undated
        ),
    )
    return _card(_text(side.name), f"<dl>{listed}</dl>{outcomes}{table}")


def _comparison(report: ShadowReport) -> str:
    found = report.comparison
    if found is None:
        return ""
    first, second = (_text(side.name) for side in report.sides)
    rows = (
        ("caught", str(found.caught_by_both), str(found.caught_by_first), str(found.caught_by_second)),
        ("held though clean", str(found.held_by_both), str(found.held_by_first), str(found.held_by_second)),
    )
    return _card("Side by side", _table(("", "both", f"only {first}", f"only {second}"), rows))


def _card(title: str, inner: str) -> str:
    return f'<section class="card"><h2>{title}</h2>{inner}</section>'


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    named = list(titles)
    head = "".join(f'<th scope="col">{each}</th>' for each in named)
    lines = [
        "".join(f'<td data-label="{title}">{cell}</td>' for title, cell in zip(named, row, strict=True))
        for row in rows
    ]
    if not lines:
        return ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{each}</tr>' for each in lines)}</tbody></table>"


def _share(each: Share) -> str:
    if not each.of:
        return "none to tell from"
    return f"{each.count} of {each.of} ({each.count / each.of:.0%}; {each.low:.0%} to {each.high:.0%})"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(each)}</li>' for each in lines)}</ul>"


def _text(text: str) -> str:
    return f"<bdi>{escape(one_line(text))}</bdi>"
